"""Tickets and their histories.

Used by `apply`, the intake and the timers inside their transactions, and by `reading`. It folds nothing and decides
nothing: it keeps the row and the events it is given.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Executable, Table, bindparam, func, insert, select, text, update

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
from maildesk.adapters.store.portable import AnyRow, Portable, batches, insert_or_update, insert_unless_there
from maildesk.adapters.store.schema import awaited_ids, counters, events, message_ids, tickets, vendor_numbers
from maildesk.model.event import Event, Recorded
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

#: Merges that are followed from one ticket.
_MOST_MERGES = 10

_next_number = (
    update(counters).where(counters.c.name == "ticket").values(value=counters.c.value + 1).returning(counters.c.value)
)
_last_number = select(counters.c.value).where(counters.c.name == "ticket").with_for_update()
_read = select(tickets).where(tickets.c.number == bindparam("wanted"))
_lock = _read.with_for_update()
_look = select(tickets).where(tickets.c.number.in_(bindparam("numbers", expanding=True)))
_save = insert_or_update(tickets, "number")
_of_requester = (
    select(tickets)
    .where(tickets.c.requester_key == bindparam("address"))
    .order_by(tickets.c.number.desc())
    .limit(bindparam("most"))
)
_knows = select(tickets.c.number).where(tickets.c.requester_key == bindparam("address")).limit(1)
_open_of = (
    select(func.count())
    .select_from(tickets)
    .where(tickets.c.requester_key == bindparam("address"), tickets.c.status.not_in(("resolved", "closed")))
)
_due = (
    select(tickets.c.number)
    .where(tickets.c.next_deadline_at <= bindparam("now"))
    .order_by(tickets.c.next_deadline_at, tickets.c.number)
)
_not_closed = (
    select(tickets.c.number)
    .where(tickets.c.number > bindparam("after"), tickets.c.status != "closed")
    .order_by(tickets.c.number)
    .limit(bindparam("most"))
)
_POLICY = "policy"
_find_policy = select(counters.c.value).where(counters.c.name == _POLICY)
_remember_policy = insert_or_update(counters, "name")
_append = insert(events)
_history = select(events).where(events.c.ticket == bindparam("wanted")).order_by(events.c.seq)
_newest = (
    select(events)
    .where(events.c.ticket == bindparam("wanted"), events.c.type.in_(bindparam("kinds", expanding=True)))
    .order_by(events.c.seq.desc())
    .limit(bindparam("most"))
)
_remember = insert_unless_there(message_ids, "key", "ticket")
_hold = text("SELECT pg_advisory_xact_lock(hashtextextended(held, 0)) FROM unnest(CAST(:keys AS text[])) AS held")
_await = insert_unless_there(awaited_ids, "key", "ticket")


def _tickets_of(ids: Table) -> Executable:
    wanted = ids.c.key.in_(bindparam("keys", expanding=True))
    return select(ids.c.key, ids.c.ticket).where(wanted).order_by(ids.c.ticket)


_by_ids, _by_awaited_ids = _tickets_of(message_ids), _tickets_of(awaited_ids)
_remembered = select(message_ids.c.key).where(
    message_ids.c.key == bindparam("wanted"), message_ids.c.ticket == bindparam("number")
)
_learn = insert_unless_there(vendor_numbers, "vendor", "number", "ticket")
_by_vendor_number = (
    select(vendor_numbers.c.ticket)
    .where(vendor_numbers.c.vendor == bindparam("vendor_key"), vendor_numbers.c.number == bindparam("number_key"))
    .order_by(vendor_numbers.c.ticket)
    .limit(bindparam("most"))
)


class Tickets:
    """Tickets inside one transaction."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def next_number(self) -> int:
        """Return the number of the next ticket; the first is 1001. Undone with the transaction, so none is skipped."""
        return int(self._connection.execute(_next_number).scalar_one())

    def peek_number(self) -> int:
        """Return what `next_number` will return first; nobody else takes it while the transaction lasts."""
        return int(self._connection.execute(_last_number).scalar_one()) + 1

    def load(self, number: int, *, lock: bool = True) -> Ticket | None:
        """Return a ticket, locked until the transaction ends unless `lock` is False; None: there is none."""
        row = self._connection.execute(_lock if lock else _read, {"wanted": number}).one_or_none()
        return None if row is None else ticket_from_row(row)

    def look_at(self, numbers: Collection[int]) -> dict[int, Ticket]:
        """Return tickets by number as they are at this moment, unlocked: for looking, not for changing."""
        found: dict[int, Ticket] = {}
        for wanted in batches(numbers):
            for row in self._connection.execute(_look, {"numbers": list(wanted)}):
                found[row.number] = ticket_from_row(row)
        return found

    def follow_merges(self, number: int) -> tuple[Ticket, ...]:
        """Return a ticket and, behind it, those that took it in one after another; empty: there is none.

        Mail of the first one belongs to the last one. All are locked until the transaction ends. A row that leads
        nowhere or in a circle is none of our making; the ticket then stands alone.
        """
        first = self.load(number)
        chain: tuple[Ticket, ...] = () if first is None else (first,)
        while chain and (into := chain[-1].merged_into) is not None:
            after = self.load(into)
            if after is None or after in chain or len(chain) == _MOST_MERGES:
                return chain[:1]
            chain = (*chain, after)
        return chain

    def load_survivor(self, number: int) -> Ticket | None:
        """Return a ticket or the one that took it in, locked; None: there is none."""
        chain = self.follow_merges(number)
        return chain[-1] if chain else None

    def hold_ids(self, ids: Iterable[str]) -> None:
        """Make whoever decides mail of the same ids at this moment wait, so that neither overlooks the other.

        On SQLite there is only one writer at a time anyway.
        """
        if self._connection.dialect.name == "postgresql":
            # Everybody takes them in the same order, so that nobody waits in a circle.
            keys = sorted({bounded(message_id) for message_id in ids})
            self._connection.execute(_hold, {"keys": keys})

    def by_message_ids(self, ids: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """Return, for each Message-ID that some ticket remembers, the numbers of those tickets."""
        return self._numbers(_by_ids, ids)

    def by_awaited_ids(self, ids: Iterable[str]) -> dict[str, tuple[int, ...]]:
        """Return, for each Message-ID that some ticket waits for, the numbers of those tickets."""
        return self._numbers(_by_awaited_ids, ids)

    def _numbers(self, statement: Executable, ids: Iterable[str]) -> dict[str, tuple[int, ...]]:
        id_of_key = {bounded(message_id): message_id for message_id in ids}
        found: dict[str, tuple[int, ...]] = {}
        for keys in batches(id_of_key):
            for row in self._connection.execute(statement, {"keys": keys}):
                message_id = id_of_key[row.key]
                found[message_id] = (*found.get(message_id, ()), row.ticket)
        return found

    def remembers(self, ticket_number: int, key: str) -> bool:
        """Tell whether a ticket remembers a Message-ID, or what else `remember_ids` was given."""
        wanted = {"wanted": bounded(key), "number": ticket_number}
        return self._connection.execute(_remembered, wanted).one_or_none() is not None

    def by_vendor_number(self, vendor: str, number: str, limit: int) -> tuple[int, ...]:
        """Return the tickets that a vendor keeps under a number; case does not count."""
        wanted = {**_vendor_keys(vendor, number), "most": limit}
        return tuple(self._connection.execute(_by_vendor_number, wanted).scalars())

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
        self._keep(_remember, ticket_number, ids)

    def await_ids(self, ticket_number: int, ids: Iterable[str]) -> None:
        """Remember Message-IDs that a ticket's mail answers and nobody has seen: their mail may come late."""
        self._keep(_await, ticket_number, ids)

    def _keep(self, statement: Portable, ticket_number: int, ids: Iterable[str]) -> None:
        rows = [{"key": bounded(message_id), "ticket": ticket_number} for message_id in ids]
        if rows:
            self._connection.execute(statement.on(self._connection), rows)

    def learn_vendor_number(self, ticket_number: int, vendor: str, number: str) -> None:
        """Remember under which number a vendor keeps a ticket."""
        keys = _vendor_keys(vendor, number)
        row = {"vendor": keys["vendor_key"], "number": keys["number_key"], "ticket": ticket_number}
        self._connection.execute(_learn.on(self._connection), row)

    def history(self, number: int) -> tuple[Recorded, ...]:
        """Return everything that happened to a ticket, in order."""
        return tuple(_as_recorded(row) for row in self._connection.execute(_history, {"wanted": number}))

    def newest(self, number: int, kinds: Collection[type[Event]], limit: int) -> tuple[Recorded, ...]:
        """Return the last so many events of these classes in a ticket's history, newest first."""
        wanted = {"wanted": number, "kinds": [kind.__name__ for kind in kinds], "most": limit}
        return tuple(_as_recorded(row) for row in self._connection.execute(_newest, wanted))

    def of_requester(self, address: str, limit: int) -> tuple[Ticket, ...]:
        """Return the tickets of an address, newest first."""
        rows = self._connection.execute(_of_requester, {"address": address_key(address), "most": limit})
        return tuple(ticket_from_row(row) for row in rows)

    def knows_sender(self, address: str) -> bool:
        """Tell whether an address has ever been the requester of a ticket."""
        return self._connection.execute(_knows, {"address": address_key(address)}).one_or_none() is not None

    def count_open(self, address: str) -> int:
        """Return how many tickets of a requester's address are neither resolved nor closed."""
        return int(self._connection.execute(_open_of, {"address": address_key(address)}).scalar_one())

    def due(self, now: datetime) -> tuple[int, ...]:
        """Return the numbers of tickets whose next deadline has come, the longest overdue first."""
        return tuple(self._connection.execute(_due, {"now": now}).scalars())

    def not_closed(self, after: int, limit: int) -> tuple[int, ...]:
        """Return the first so many numbers, in order, of tickets above `after` that are not closed."""
        wanted = {"after": after, "most": limit}
        return tuple(self._connection.execute(_not_closed, wanted).scalars())

    def find_policy(self) -> int | None:
        """Return under what policy the deadlines of all tickets were last computed, as `remember_policy` was told."""
        return self._connection.execute(_find_policy).scalar_one_or_none()

    def remember_policy(self, fingerprint: int) -> None:
        """Remember under what policy the deadlines of all tickets are computed now; a number below 2 ** 63."""
        row = {"name": _POLICY, "value": fingerprint}
        self._connection.execute(_remember_policy.on(self._connection), row)


def _vendor_keys(vendor: str, number: str) -> dict[str, str]:
    return {"vendor_key": bounded(vendor.casefold()), "number_key": bounded(number.casefold())}


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
