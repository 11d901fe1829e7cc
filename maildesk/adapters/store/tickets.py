"""Tickets and their histories.

Used by `apply`, the intake and the timers inside their transactions, and by `reading`. It folds nothing and decides
nothing: it keeps the row and the events it is given.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from maildesk.adapters.store.codec import (
    address_key,
    bounded,
    event_from_json,
    event_to_json,
    ticket_from_row,
    ticket_to_row,
    trace_from_json,
    trace_to_json,
)  # fmt: skip
from maildesk.adapters.store.portable import AnyRow, batches, insert_or_update, insert_unless_there
from maildesk.adapters.store.schema import counters, events, message_ids, tickets
from maildesk.model.event import Recorded
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

_next_number = (
    update(counters).where(counters.c.name == "ticket").values(value=counters.c.value + 1).returning(counters.c.value)
)
_read = select(tickets).where(tickets.c.number == bindparam("wanted"))
_lock = _read.with_for_update()
_save = insert_or_update(tickets, "number")
_of_requester = (
    select(tickets)
    .where(tickets.c.requester_key == bindparam("address"))
    .order_by(tickets.c.number.desc())
    .limit(bindparam("most"))
)
_knows = select(tickets.c.number).where(tickets.c.requester_key == bindparam("address")).limit(1)
_due = (
    select(tickets.c.number)
    .where(tickets.c.next_deadline_at <= bindparam("now"))
    .order_by(tickets.c.next_deadline_at, tickets.c.number)
    .limit(bindparam("most"))
)
_append = insert(events)
_history = select(events).where(events.c.ticket == bindparam("wanted")).order_by(events.c.seq)
_remember = insert_unless_there(message_ids, "key", "ticket")
_by_ids = (
    select(message_ids.c.key, message_ids.c.ticket)
    .where(message_ids.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(message_ids.c.ticket)
)


class Tickets:
    """Tickets inside one transaction."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def next_number(self) -> int:
        """Return the number of the next ticket; the first is 1001. Undone with the transaction, so none is skipped."""
        return int(self._connection.execute(_next_number).scalar_one())

    def load(self, number: int, *, lock: bool = True) -> Ticket | None:
        """Return a ticket, locked until the transaction ends unless `lock` is False; None: there is none."""
        row = self._connection.execute(_lock if lock else _read, {"wanted": number}).one_or_none()
        return None if row is None else ticket_from_row(row)

    def by_message_ids(self, ids: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """Return, for each Message-ID that some ticket remembers, the numbers of those tickets."""
        id_of_key = {bounded(message_id): message_id for message_id in ids}
        found: dict[str, tuple[int, ...]] = {}
        for keys in batches(id_of_key):
            for key, ticket in self._connection.execute(_by_ids, {"keys": keys}):
                found[id_of_key[key]] = (*found.get(id_of_key[key], ()), ticket)
        return found

    def save(self, ticket: Ticket) -> None:
        """Write the ticket row, new or not."""
        self._connection.execute(_save.on(self._connection), ticket_to_row(ticket))

    def append(self, recorded: Sequence[Recorded], inbound_id: int | None) -> None:
        """Add events to the history; `inbound_id` is the mail that caused them, if one did."""
        traces: dict[int, str] = {}
        rows = [_as_row(one, inbound_id, traces) for one in recorded]
        if rows:
            self._connection.execute(_append, rows)

    def remember_ids(self, ticket_number: int, ids: Iterable[str]) -> None:
        """Remember Message-IDs as belonging to a ticket."""
        rows = [{"key": bounded(message_id), "ticket": ticket_number} for message_id in ids]
        if rows:
            self._connection.execute(_remember.on(self._connection), rows)

    def history(self, number: int) -> tuple[Recorded, ...]:
        """Return everything that happened to a ticket, in order."""
        return tuple(_as_recorded(row) for row in self._connection.execute(_history, {"wanted": number}))

    def of_requester(self, address: str, limit: int) -> tuple[Ticket, ...]:
        """Return the tickets of an address, newest first."""
        rows = self._connection.execute(_of_requester, {"address": address_key(address), "most": limit})
        return tuple(ticket_from_row(row) for row in rows)

    def knows_sender(self, address: str) -> bool:
        """Tell whether an address has ever been the requester of a ticket."""
        return self._connection.execute(_knows, {"address": address_key(address)}).one_or_none() is not None

    def due(self, now: datetime, limit: int) -> tuple[int, ...]:
        """Return the numbers of tickets whose next deadline has come, the longest overdue first."""
        return tuple(self._connection.execute(_due, {"now": now, "most": limit}).scalars())


def _as_row(recorded: Recorded, inbound_id: int | None, traces: dict[int, str]) -> dict[str, object]:
    # The events of one decision share one trace object; it is written out once.
    trace = traces.get(id(recorded.trace))
    if trace is None:
        trace = traces[id(recorded.trace)] = trace_to_json(recorded.trace)
    return {
        "ticket": recorded.ticket, "seq": recorded.seq, "at": recorded.at, "actor": recorded.actor, "trace": trace,
        "type": type(recorded.event).__name__, "data": event_to_json(recorded.event), "inbound_id": inbound_id,
    }  # fmt: skip


def _as_recorded(row: AnyRow) -> Recorded:
    event = event_from_json(row.type, row.data)
    trace: tuple[TraceLine, ...] = trace_from_json(row.trace)
    return Recorded(row.ticket, row.seq, row.at, row.actor, event, trace)
