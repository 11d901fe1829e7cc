"""Outgoing mail: one row a recipient with its finished bytes, from the transaction that wanted it to its last reply.

Used by `apply` (enqueue), the outbox loop (lease, record) and the intake (tokens, bounces, caps), inside their
transactions. It never changes the bytes or the Message-ID of a row: a retry sends the same mail again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, select, true, update

from maildesk.adapters.store.codec import address_key
from maildesk.adapters.store.failures import UnknownMail, WrongState
from maildesk.adapters.store.portable import AnyRow, batches, insert_unless_there
from maildesk.adapters.store.schema import outbox, token_runs
from maildesk.model.notice import Audience, NoticeName, Visibility
from maildesk.model.situation import SentMail


class OutboxState(StrEnum):
    """Where an outgoing mail stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    BOUNCED = "bounced"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail to put into the outbox. `ref` is what its reply token names; `cause` what made it (a mail, a tick).

    One cause sends one notice to one recipient once.  `not_before`: the end of the recall window.
    `unproven`: it answers a first-time sender without proof (counted by the cap of that name).
    `withheld`: the sentence that says why it is held from the beginning; empty: it leaves.  `inbound_id`: the mail that
    caused it, if one did.
    """

    ref: str
    ticket: int | None
    cause: str
    notice: str
    audience: Audience
    visibility: Visibility
    recipient: str
    envelope_sender: str
    message_id: str
    data: bytes
    created_at: datetime
    not_before: datetime
    unproven: bool
    withheld: str = ""
    inbound_id: int | None = None


@dataclass(frozen=True, slots=True)
class LeasedMail:
    """A mail to send now. `attempts` counts this one; handed back to `record`, it proves the lease is the same.

    `not_before`: since when it may leave, which a release made later than `created_at`.
    """

    id: int
    ticket: int | None
    notice: str
    audience: Audience
    recipient: str
    envelope_sender: str
    message_id: str
    data: bytes
    attempts: int
    created_at: datetime
    not_before: datetime


@dataclass(frozen=True, slots=True)
class WithheldMail:
    """A held mail that was never tried."""

    id: int
    audience: Audience


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What the token of an outgoing mail stands for. `id` is the row of that mail."""

    id: int
    ticket: int | None
    recipient: str
    audience: Audience
    visibility: Visibility
    issued_at: datetime
    spent: bool
    notice: NoticeName
    message_id: str
    inbound_id: int | None


class Leaseholders(Protocol):
    """How the database tells living owners of leases from dead ones."""

    def watch_over(self, owner: int) -> None:
        """Show this owner alive."""

    def dead_owners(self, connection: Connection, owners: tuple[int, ...]) -> tuple[int, ...]:
        """Name those of the owners that are gone."""


#: How the reply begins of a mail that its recipient may have got although nobody knows. Stays until the next answer.
UNCERTAIN = "unknown whether it arrived: "

_columns = outbox.c
_row = _columns.id == bindparam("row")
_enqueue = insert_unless_there(outbox, "cause", "notice", "recipient_key")
_ids = select(_columns.ref, _columns.id).where(_columns.ref.in_(bindparam("refs", expanding=True)))
_id_of_same = select(_columns.id).where(
    _columns.cause == bindparam("why"),
    _columns.notice == bindparam("what"),
    _columns.recipient_key == bindparam("whom"),
)
_sending = _columns.state == OutboxState.SENDING.value
#: A lease pushes the next attempt to its own end, so one condition finds the waiting and the abandoned.
_due = (
    select(
        _columns.id, _columns.ticket, _columns.notice, _columns.audience, _columns.recipient, _columns.envelope_sender,
        _columns.message_id, _columns.data, _columns.attempts, _columns.created_at, _columns.not_before,
    )
    .where(_columns.next_attempt_at <= bindparam("now"))
    .order_by(_columns.next_attempt_at, _columns.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)  # fmt: skip
_take = update(outbox).where(_columns.id.in_(bindparam("rows", expanding=True)))
_record = update(outbox).where(_row, _sending, _columns.owner == bindparam("me"))
_record_fenced = _record.where(_columns.attempts == bindparam("attempt"))
_owners = select(_columns.owner).where(_sending, _columns.next_attempt_at.is_not(None)).distinct()
_take_back = (
    update(outbox)
    .where(_sending, _columns.next_attempt_at.is_not(None), _columns.owner.in_(bindparam("owners", expanding=True)))
    .values(
        state=OutboxState.QUEUED.value, next_attempt_at=_columns.not_before, lease_until=None, owner=None,
        last_reply=f"{UNCERTAIN}the process ended while it was being sent",
    )
)  # fmt: skip
_find_state = select(_columns.state).where(_row)
_token = select(
    _columns.id, _columns.ticket, _columns.recipient, _columns.audience, _columns.visibility, _columns.created_at,
    _columns.spent_at, _columns.notice, _columns.message_id, _columns.inbound_id,
).where(_columns.ref == bindparam("wanted"))  # fmt: skip
_sent = select(_columns.id, _columns.ticket, _columns.recipient, _columns.audience, _columns.message_id).where(
    _columns.message_id == bindparam("wanted")
)
_data = select(_columns.data).where(_row)
_ids_to = (
    select(_columns.message_id)
    .where(_columns.ticket == bindparam("about"), _columns.recipient_key == bindparam("to"))
    .order_by(_columns.id.desc())
    .limit(bindparam("most"))
)
_spend = update(outbox).where(_row, _columns.spent_at.is_(None))
_run = insert_unless_there(token_runs, "outbox_id", "body_sha256")
_ran = select(exists().where(token_runs.c.outbox_id == bindparam("row"), token_runs.c.body_sha256 == bindparam("body")))
_set = update(outbox).where(_row, _columns.state.in_(bindparam("before", expanding=True)))
_WAITING = (OutboxState.QUEUED, OutboxState.DEFERRED, OutboxState.HELD)
_TRIED = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.SENT, OutboxState.DEFERRED, OutboxState.FAILED)
#: State → the states from which a decision may lead there. A bounce may overtake our own note that the mail was sent.
_MAY_BECOME = {
    OutboxState.CANCELLED: _WAITING,
    OutboxState.HELD: _WAITING,
    OutboxState.FAILED: _WAITING,
    OutboxState.BOUNCED: _TRIED,
    OutboxState.QUEUED: (OutboxState.HELD,),
}
_held = _columns.state == OutboxState.HELD.value
_withheld = (
    select(_columns.id, _columns.audience)
    .where(
        _held,
        _columns.recipient_key == bindparam("whom"),
        _columns.last_reply.startswith(bindparam("why")),
    )
    .order_by(_columns.id)
)
_release = (
    update(outbox)
    .where(_held, _columns.id.in_(bindparam("rows", expanding=True)))
    .values(state=OutboxState.QUEUED.value, next_attempt_at=bindparam("now"), not_before=bindparam("now"))
)
_retry = (
    update(outbox)
    .where(_row, _columns.state.in_([OutboxState.FAILED.value, OutboxState.DEFERRED.value, OutboxState.HELD.value]))
    .values(state=OutboxState.QUEUED.value, next_attempt_at=_columns.created_at)
)


class Outbox:
    """Outgoing mail inside one transaction. `owner` is the process that leases."""

    def __init__(self, connection: Connection, owner: int, holders: Leaseholders):
        self._connection = connection
        self._owner = owner
        self._holders = holders

    def enqueue(self, mails: Sequence[OutgoingMail]) -> tuple[int, ...]:
        """Put mails into the outbox and return their ids, in order.

        What the same cause already sends to the same recipient as the same notice is not sent twice: the id is then
        that of the earlier row.
        """
        if not mails:
            return ()
        self._connection.execute(_enqueue.on(self._connection), [_as_row(mail) for mail in mails])
        found = self._connection.execute(_ids, {"refs": [mail.ref for mail in mails]})
        ids: dict[str, int] = {row.ref: row.id for row in found}
        return tuple(ids[mail.ref] if mail.ref in ids else self._id_of_same(mail) for mail in mails)

    def lease(self, now: datetime, limit: int, lease_seconds: float) -> tuple[LeasedMail, ...]:
        """Take mail that is due for this process, the longest due first.

        Its next attempt is moved to the end of the lease before anybody talks to a server: whoever dies in between
        leaves a row that becomes due by itself.
        """
        self._holders.watch_over(self._owner)
        rows = self._connection.execute(_due, {"now": now, "most": limit}).all()
        if not rows:
            return ()
        until = now + timedelta(seconds=lease_seconds)
        self._connection.execute(_take.values(attempts=_columns.attempts + 1), {
            "rows": [row.id for row in rows], "state": OutboxState.SENDING, "owner": self._owner,
            "lease_until": until, "next_attempt_at": until, "last_attempt_at": now,
        })  # fmt: skip
        return tuple(_as_leased(row) for row in rows)

    def record(
        self, outbox_id: int, state: OutboxState, next_attempt_at: datetime | None, reply: str, now: datetime,
        *, attempts: int | None = None,
    ) -> bool:  # fmt: skip
        """Write down what came of an attempt; False when the lease is no longer ours, and then nothing is written.

        `attempts` of the leased mail also refuses a lease that this very process took anew meanwhile; None leaves
        that to the owner alone.
        """
        values = {
            "row": outbox_id, "me": self._owner, "state": state, "next_attempt_at": next_attempt_at,
            "last_reply": reply, "last_attempt_at": now, "lease_until": None, "owner": None,
        }  # fmt: skip
        if attempts is None:
            return self._connection.execute(_record, values).rowcount == 1
        return self._connection.execute(_record_fenced, {**values, "attempt": attempts}).rowcount == 1

    def take_back(self) -> int:
        """Put mail leased by dead processes back into the queue at once, same id and bytes; return how many.

        On SQLite every lease counts as dead: only the holder of the loops may ask, before it leases.
        """
        owners = tuple(self._connection.execute(_owners).scalars())
        dead = self._holders.dead_owners(self._connection, owners)
        return self._connection.execute(_take_back, {"owners": list(dead)}).rowcount if dead else 0

    def find_ref(self, ref: str) -> IssuedToken | None:
        """Return what a reply token stands for."""
        row = self._connection.execute(_token, {"wanted": ref}).one_or_none()
        return None if row is None else _as_token(row)

    def find_message_id(self, message_id: str) -> SentMail | None:
        """Return the mail of ours that had a Message-ID."""
        row = self._connection.execute(_sent, {"wanted": message_id}).one_or_none()
        return (
            None if row is None else SentMail(row.id, row.ticket, row.recipient, Audience(row.audience), row.message_id)
        )

    def ids_to(self, ticket: int, recipient: str, limit: int) -> frozenset[str]:
        """Return the Message-IDs of the newest mails about a ticket to one address."""
        facts = {"about": ticket, "to": address_key(recipient), "most": limit}
        return frozenset(self._connection.execute(_ids_to, facts).scalars())

    def find_data(self, outbox_id: int) -> bytes | None:
        """Return the bytes of a mail of ours, sent or not."""
        data: bytes | None = self._connection.execute(_data, {"row": outbox_id}).scalar_one_or_none()
        return data

    def spend(self, outbox_id: int, now: datetime) -> None:
        """Use up the token of a mail; the first time counts."""
        self._connection.execute(_spend, {"row": outbox_id, "spent_at": now})

    def record_run(self, outbox_id: int, body_sha256: str) -> None:
        """Remember that a body's commands ran through the token of a mail."""
        self._connection.execute(_run.on(self._connection), {"outbox_id": outbox_id, "body_sha256": body_sha256})

    def has_run(self, outbox_id: int, body_sha256: str) -> bool:
        """Tell whether a body's commands ran through the token of a mail before."""
        return bool(self._connection.execute(_ran, {"row": outbox_id, "body": body_sha256}).scalar_one())

    def set_state(self, outbox_id: int, state: OutboxState) -> bool:
        """Cancel, hold, fail, bounce or queue a mail; False when it is too late for that (a sent mail stays sent).

        ValueError for the states that only `lease` and `record` give.
        """
        if state not in _MAY_BECOME:
            raise ValueError(f"{state} is the outcome of an attempt")
        values = {"row": outbox_id, "state": state, "lease_until": None, "owner": None, "before": _MAY_BECOME[state]}
        statement = _set.values(next_attempt_at=_columns.not_before if state is OutboxState.QUEUED else None)
        if self._connection.execute(statement, values).rowcount == 1:
            return True
        if self._state(outbox_id) is None:
            raise UnknownMail(f"there is no outgoing mail {outbox_id}")
        return False

    def withheld(self, recipient: str, beginning: str) -> tuple[WithheldMail, ...]:
        """Return the held mails to an address whose reason begins so, oldest first."""
        rows = self._connection.execute(_withheld, {"whom": address_key(recipient), "why": beginning})
        return tuple(WithheldMail(row.id, Audience(row.audience)) for row in rows)

    def release(self, outbox_ids: Sequence[int], now: datetime) -> None:
        """Let held mails leave now, with the id and the bytes they were made with."""
        for ids in batches(outbox_ids):
            self._connection.execute(_release, {"rows": ids, "now": now})

    def retry(self, outbox_id: int) -> None:
        """Queue a failed, deferred or held mail to be sent now; WrongState or UnknownMail otherwise."""
        if self._connection.execute(_retry, {"row": outbox_id}).rowcount == 1:
            return
        state = self._state(outbox_id)
        if state is None:
            raise UnknownMail(f"there is no outgoing mail {outbox_id}")
        raise WrongState(f"outgoing mail {outbox_id} cannot be sent again: it is {state}")

    def counts_since(self, notice: str, recipient: str | None, since: datetime, unproven: bool | None) -> int:
        """Count mails of a notice made after an instant; None for recipient or unproven counts any."""
        conditions: list[ColumnElement[bool]] = [_columns.notice == notice, _columns.created_at > since]
        conditions.append(true() if recipient is None else _columns.recipient_key == address_key(recipient))
        conditions.append(true() if unproven is None else _columns.unproven.is_(unproven))
        return int(self._connection.execute(select(func.count()).select_from(outbox).where(*conditions)).scalar_one())

    def _state(self, outbox_id: int) -> OutboxState | None:
        state = self._connection.execute(_find_state, {"row": outbox_id}).scalar_one_or_none()
        return None if state is None else OutboxState(state)

    def _id_of_same(self, mail: OutgoingMail) -> int:
        same = {"why": mail.cause, "what": mail.notice, "whom": address_key(mail.recipient)}
        return int(self._connection.execute(_id_of_same, same).scalar_one())


def _as_row(mail: OutgoingMail) -> dict[str, object]:
    return {
        "ref": mail.ref, "ticket": mail.ticket, "cause": mail.cause, "notice": mail.notice, "audience": mail.audience,
        "visibility": mail.visibility, "recipient": mail.recipient, "recipient_key": address_key(mail.recipient),
        "envelope_sender": mail.envelope_sender, "message_id": mail.message_id, "data": mail.data,
        "created_at": mail.created_at, "not_before": mail.not_before,
        "next_attempt_at": None if mail.withheld else mail.not_before, "unproven": mail.unproven,
        "state": OutboxState.HELD if mail.withheld else OutboxState.QUEUED, "last_reply": mail.withheld,
        "inbound_id": mail.inbound_id,
    }  # fmt: skip


def _as_leased(row: AnyRow) -> LeasedMail:
    return LeasedMail(
        row.id, row.ticket, row.notice, Audience(row.audience), row.recipient, row.envelope_sender, row.message_id,
        row.data, row.attempts + 1, row.created_at, row.not_before,
    )  # fmt: skip


def _as_token(row: AnyRow) -> IssuedToken:
    return IssuedToken(
        row.id, row.ticket, row.recipient, Audience(row.audience), Visibility(row.visibility), row.created_at,
        row.spent_at is not None, NoticeName(row.notice), row.message_id, row.inbound_id,
    )  # fmt: skip
