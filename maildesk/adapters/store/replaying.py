"""Stored mail with the histories it made, in pieces, for `rules replay`.

Used by the command line through `Reader.archive`. It only reads, and never more than a few tickets at once, however
much is stored.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import BindParameter, Connection, bindparam, func, or_, select

from maildesk.adapters.store.codec import event_from_json, trace_from_json
from maildesk.adapters.store.portable import AnyRow, batches
from maildesk.adapters.store.schema import events, inbound, outbox, raw_mails, tickets
from maildesk.model.archive import ArchivedEvent, ArchivedMail, ArchivedTicket
from maildesk.model.decided import Outcome
from maildesk.model.event import Recorded
from maildesk.model.notice import NoticeName
from maildesk.model.situation import Proof, Role
from maildesk.model.trace import TraceLine

#: Neither was ever put before the rules: one is not new, the other could not be read.
_UNRULED = (Outcome.DUPLICATE.value, Outcome.QUARANTINED.value)
_GUARD, _IDENTITY, _PROOF = "guard", "identity", ", proof "

_in_time = (inbound.c.decided_at >= bindparam("since"), inbound.c.outcome.not_in(_UNRULED))
_threaded = (inbound.c.ticket.is_(None), inbound.c.thread.is_not(None))
_stray = (inbound.c.ticket.is_(None), inbound.c.thread.is_(None))
_of_sender = (tickets.c.requester_key == func.lower(inbound.c.sender), tickets.c.created_at < inbound.c.decided_at)
_not_done = or_(tickets.c.resolved_at.is_(None), tickets.c.resolved_at > inbound.c.decided_at)
_counted = select(func.count()).select_from(tickets).where(*_of_sender, _not_done)
_open_then = _counted.correlate(inbound).scalar_subquery()
_mails = select(
    inbound.c.id, inbound.c.mailbox, inbound.c.sender, inbound.c.subject, inbound.c.decided_at, inbound.c.outcome,
    inbound.c.reason, inbound.c.ticket, inbound.c.thread, inbound.c.role, inbound.c.proof, inbound.c.vouch,
    inbound.c.trace, inbound.c.raw_sha256, _open_then.label("open_tickets"),
).where(*_in_time)  # fmt: skip

_count = select(func.count()).where(*_in_time)
_of_tickets = select(inbound.c.ticket).where(*_in_time, inbound.c.ticket.is_not(None)).distinct()
_of_threads = select(inbound.c.thread).where(*_in_time, *_threaded).distinct()
_numbers: BindParameter[int] = bindparam("numbers", expanding=True)
_mails_of_tickets = _mails.where(inbound.c.ticket.in_(_numbers))
_mails_of_threads = _mails.where(*_threaded, inbound.c.thread.in_(_numbers))
_strays = (
    _mails.where(*_stray, inbound.c.id > bindparam("after")).order_by(inbound.c.id).limit(bindparam("most"))
)  # fmt: skip
_histories = (
    select(
        events.c.ticket, events.c.seq, events.c.at, events.c.actor, events.c.type, events.c.data, events.c.inbound_id
    )
    .where(events.c.ticket.in_(_numbers))
    .order_by(events.c.ticket, events.c.seq)
)
_told = (
    select(outbox.c.inbound_id, outbox.c.notice, outbox.c.recipient)
    .where(outbox.c.inbound_id.in_(bindparam("mails", expanding=True)))
    .order_by(outbox.c.id)
)
_raw = select(raw_mails.c.data).where(raw_mails.c.sha256 == bindparam("digest"))


class Archive:
    """Decided mail since an instant, and what it did, in one state of the database."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def count(self, since: datetime) -> int:
        """Count the mails decided since then that rules have a say in."""
        return int(self._connection.execute(_count, {"since": since}).scalar_one())

    def numbers(self, since: datetime) -> Sequence[int]:
        """Return the numbers of all tickets that mail decided since then belongs to, in order."""
        found = {
            *self._connection.execute(_of_tickets, {"since": since}).scalars(),
            *self._connection.execute(_of_threads, {"since": since}).scalars(),
        }
        return array("q", sorted(found))

    def tickets(self, numbers: Sequence[int], since: datetime) -> Iterator[ArchivedTicket]:
        """Iterate over a few tickets, each with its whole history and its mails decided since then."""
        wanted = {"numbers": list(numbers), "since": since}
        queries = (_mails_of_tickets, _mails_of_threads)
        rows = (row for query in queries for row in self._connection.execute(query, wanted))
        mails = sorted(self._described(rows), key=lambda mail: (mail.decided_at, mail.id))
        histories = self._connection.execute(_histories, {"numbers": list(numbers)})
        for number, history in groupby(histories, key=lambda row: row.ticket):
            own = tuple(mail for mail in mails if number in (mail.ticket, mail.thread))
            yield ArchivedTicket(number, tuple(_as_event(row) for row in history), own)

    def strays(self, since: datetime, after: int, limit: int) -> tuple[ArchivedMail, ...]:
        """Return mails that belong to no ticket and have a ledger id above `after`, in order."""
        rows = self._connection.execute(_strays, {"since": since, "after": after, "most": limit}).all()
        return self._described(rows)

    def raw(self, digest: str) -> bytes:
        """Return the bytes of a mail by their SHA-256."""
        data: bytes = self._connection.execute(_raw, {"digest": digest}).scalar_one()
        return data

    def _described(self, rows: Iterable[AnyRow]) -> tuple[ArchivedMail, ...]:
        found = tuple(rows)
        told: dict[int, list[tuple[NoticeName, str]]] = {}
        for some in batches(row.id for row in found):
            for row in self._connection.execute(_told, {"mails": some}):
                told.setdefault(row.inbound_id, []).append((NoticeName(row.notice), row.recipient))
        return tuple(_as_mail(row, tuple(told.get(row.id, ()))) for row in found)


def _as_mail(row: AnyRow, told: tuple[tuple[NoticeName, str], ...]) -> ArchivedMail:
    trace = trace_from_json(row.trace)
    role, proof = (Role(row.role), Proof(row.proof)) if row.role else _told_in(trace)
    return ArchivedMail(
        row.id, row.mailbox, row.sender, row.subject, row.decided_at, Outcome(row.outcome), row.reason, row.ticket,
        row.thread, role, proof, row.vouch is not None, trace, row.raw_sha256, row.open_tickets, told,
    )  # fmt: skip


def _told_in(trace: tuple[TraceLine, ...]) -> tuple[Role | None, Proof | None]:
    """Read role and proof out of the trace of a mail that was decided before they had columns of their own."""
    line = next((line for line in trace if (line.step, line.name) == (_GUARD, _IDENTITY)), None)
    role, found, rest = line.because.partition(_PROOF) if line else ("", "", "")
    return (Role(role), Proof(rest.partition(":")[0])) if found else (None, None)


def _as_event(row: AnyRow) -> ArchivedEvent:
    event = event_from_json(row.type, row.data)
    return ArchivedEvent(Recorded(row.ticket, row.seq, row.at, row.actor, event), row.inbound_id)
