"""What one inbound mail has done so far: what became of it, the events and the outgoing mail it caused.

Used by the intake when a technician answers the mail that reports on it. It only looks, and locks what may be recalled.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from maildesk.adapters.store.outbox import UNCERTAIN, OutboxState
from maildesk.adapters.store.schema import events, inbound, outbox
from maildesk.model.decided import Outcome
from maildesk.model.notice import Audience


@dataclass(frozen=True, slots=True)
class DecidedMail:
    """What became of a message; `is_awaited`: it is about to be decided anew."""

    id: int
    sender: str
    outcome: Outcome
    decided_at: datetime
    is_awaited: bool


@dataclass(frozen=True, slots=True)
class CausedMail:
    """An outgoing mail that an inbound one caused; `last_attempt_at` None: it was never tried.

    `is_uncertain`: it does not count as sent, but its recipient may have got it all the same.
    """

    id: int
    recipient: str
    audience: Audience
    state: OutboxState
    last_attempt_at: datetime | None
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class CausedEvent:
    """The place of an event that an inbound mail caused, and when that was."""

    ticket: int
    seq: int
    at: datetime


_decided = select(inbound.c.id, inbound.c.sender, inbound.c.outcome, inbound.c.decided_at, inbound.c.requested).where(
    inbound.c.id == bindparam("mail"), inbound.c.outcome.is_not(None)
)
_through = (
    select(inbound.c.id)
    .where(
        inbound.c.answers == bindparam("outgoing"),
        func.lower(inbound.c.sender).in_(bindparam("senders", expanding=True)),
        inbound.c.outcome.in_([Outcome.FOLLOW_UP.value, Outcome.TICKET.value]),
    )
    .order_by(inbound.c.id.desc())
    .limit(bindparam("most"))
)
#: Locked, so that none of them leaves while somebody decides to recall it.
_mails = (
    select(
        outbox.c.id, outbox.c.recipient, outbox.c.audience, outbox.c.state, outbox.c.last_attempt_at,
        outbox.c.last_reply.startswith(UNCERTAIN).label("is_uncertain"),
    )
    .where(outbox.c.inbound_id == bindparam("mail"))
    .order_by(outbox.c.id)
    .with_for_update()
)  # fmt: skip
_events = (
    select(events.c.ticket, events.c.seq, events.c.at)
    .where(events.c.inbound_id == bindparam("mail"))
    .order_by(events.c.ticket, events.c.seq)
)


class Deeds:
    """What inbound mails did, inside one transaction."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def find(self, inbound_id: int) -> DecidedMail | None:
        """Return what became of a message; None: nothing yet."""
        row = self._connection.execute(_decided, {"mail": inbound_id}).one_or_none()
        if row is None:
            return None
        return DecidedMail(row.id, row.sender, Outcome(row.outcome), row.decided_at, row.requested is not None)

    def accepted_through(self, outbox_id: int, senders: Iterable[str], limit: int) -> tuple[int, ...]:
        """Return the newest accepted messages of some addresses that came through one outgoing mail, newest first."""
        wanted = {"outgoing": outbox_id, "senders": [s.casefold() for s in senders], "most": limit}
        return tuple(self._connection.execute(_through, wanted).scalars())

    def mails_of(self, inbound_id: int) -> tuple[CausedMail, ...]:
        """Return the outgoing mails that a message caused, locked, oldest first."""
        return tuple(
            CausedMail(
                row.id, row.recipient, Audience(row.audience), OutboxState(row.state), row.last_attempt_at,
                bool(row.is_uncertain),
            )
            for row in self._connection.execute(_mails, {"mail": inbound_id})
        )  # fmt: skip

    def events_of(self, inbound_id: int) -> tuple[CausedEvent, ...]:
        """Return the places of the events that a message caused, in the order of tickets."""
        return tuple(CausedEvent(*row) for row in self._connection.execute(_events, {"mail": inbound_id}))
