"""Compares what a desk holds, filed and sent with what was delivered to it. Every sentence it returns is a fault.

Knows nothing of how the desk works inside, but for the tables it reads.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, func, inspect, select

from maildesk.adapters.store.codec import event_from_json, ticket_from_row
from maildesk.adapters.store.schema import events, inbound, outbox, raw_mails, tickets
from maildesk.model.decided import Outcome
from maildesk.model.event import Recorded, TicketOpened
from maildesk.model.ticket import Ticket, evolve
from tests.crash.mails import Delivery
from tests.servers import Received

Row = Any
_FOLDERS = {Outcome.HELD.value: "Held", Outcome.QUARANTINED.value: "Quarantine"}


@dataclass(frozen=True, slots=True)
class Books:
    """The database at rest. `raws`: bytes by digest; `history`: (event, ledger id or None) by ticket."""

    ledger: tuple[Row, ...]
    raws: Mapping[str, bytes]
    outbox: tuple[Row, ...]
    tickets: Mapping[int, Ticket]
    history: Mapping[int, tuple[tuple[Recorded, int | None], ...]]


def read_books(url: str) -> Books:
    """Read everything; only while no daemon runs."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(select(events).order_by(events.c.ticket, events.c.seq)).all()
            history: dict[int, list[tuple[Recorded, int | None]]] = {}
            for row in rows:
                event = event_from_json(row.type, row.data)
                recorded = Recorded(row.ticket, row.seq, row.at, row.actor, event)
                history.setdefault(row.ticket, []).append((recorded, row.inbound_id))
            return Books(
                tuple(connection.execute(select(inbound).order_by(inbound.c.id)).all()),
                {row.sha256: row.data for row in connection.execute(select(raw_mails))},
                tuple(connection.execute(select(outbox).order_by(outbox.c.id)).all()),
                {row.number: ticket_from_row(row) for row in connection.execute(select(tickets))},
                {number: tuple(entries) for number, entries in history.items()},
            )
    finally:
        engine.dispose()


def find_faults(
    books: Books, folders: Mapping[str, Sequence[bytes]], sent: Sequence[Received], deliveries: Sequence[Delivery]
) -> list[str]:
    """Return every way in which the desk is not what it should be; empty: nothing lost, nothing doubled."""
    return [
        *_faults_of_ledger(books, deliveries),
        *_faults_of_folders(books, folders),
        *_faults_of_histories(books),
        *_faults_of_deliveries(books, deliveries),
        *_faults_of_outbox(books, sent, {d.bounces for d in deliveries if d.bounces}),
    ]


def count_in_hand(url: str) -> int:
    """Count what a killed daemon left between two states: messages undecided or not moved, mails being sent."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(outbox.name):
                return 0
            messages = connection.execute(select(func.count()).where(inbound.c.filed.is_(None))).scalar_one()
            mails = connection.execute(select(func.count()).where(outbox.c.state == "sending")).scalar_one()
            return int(messages + mails)
    finally:
        engine.dispose()


# ---------------------------------------------------------------------- the ledger and the folders


def _faults_of_ledger(books: Books, deliveries: Sequence[Delivery]) -> Iterator[str]:
    delivered = Counter(_digest(d.raw) for d in deliveries)
    listed = Counter(row.raw_sha256 for row in books.ledger)
    names = {_digest(d.raw): d.key for d in deliveries}
    for digest, count in (delivered - listed).items():
        yield f"lost: {names[digest]} is missing {count} times in the ledger"
    for digest, count in (listed - delivered).items():
        yield f"doubled: {names.get(digest, digest)} is {count} times too often in the ledger"
    for row in books.ledger:
        if row.outcome is None or not row.reason:
            yield f"ledger {row.id} ({row.message_id}) has no outcome"
        if row.raw_sha256 is None or _digest(books.raws.get(row.raw_sha256, b"")) != row.raw_sha256:
            yield f"ledger {row.id} ({row.message_id}) has lost its bytes"


def _faults_of_folders(books: Books, folders: Mapping[str, Sequence[bytes]]) -> Iterator[str]:
    if folders["INBOX"]:
        yield f"{len(folders['INBOX'])} messages were left in the inbox"
    for name in ("Processed", "Held", "Quarantine"):
        wanted = Counter(r.raw_sha256 for r in books.ledger if _FOLDERS.get(r.outcome, "Processed") == name)
        found = Counter(_digest(raw) for raw in folders[name])
        if wanted != found:
            more, less = (found - wanted).total(), (wanted - found).total()
            yield f"{name} and the ledger differ: {more} too many, {less} missing"
    yield from (f"ledger {r.id}: filed {r.filed}, belongs in {r.wanted}" for r in books.ledger if r.filed != r.wanted)


# ---------------------------------------------------------------------- tickets


def _faults_of_histories(books: Books) -> Iterator[str]:
    if set(books.tickets) != set(books.history):
        yield f"tickets without history or the other way: {sorted(set(books.tickets) ^ set(books.history))}"
    for number, entries in books.history.items():
        ticket: Ticket | None = None
        for place, (recorded, _) in enumerate(entries, 1):
            if recorded.seq != place:
                yield f"ticket {number}: entry {recorded.seq} stands at place {place}"
            ticket = evolve(ticket, recorded)
        if ticket != books.tickets.get(number):
            yield f"ticket {number}: the row is not the fold of its history"


def _faults_of_deliveries(books: Books, deliveries: Sequence[Delivery]) -> Iterator[str]:
    """Hold each mail, together with its repetitions, against what the model says must become of it."""
    groups: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault(delivery.key, []).append(delivery)
    rows: dict[str, list[Row]] = {}
    by_digest = {_digest(d.raw): d.key for d in deliveries}
    for row in books.ledger:
        rows.setdefault(by_digest.get(row.raw_sha256, ""), []).append(row)
    ticket_of = {key: _tickets_opened_by(books, found) for key, found in rows.items()}
    for key, group in groups.items():
        yield from _faults_of_group(books, group, rows.get(key, []), ticket_of)


def _faults_of_group(
    books: Books, group: Sequence[Delivery], rows: Sequence[Row], ticket_of: Mapping[str, Sequence[int]]
) -> Iterator[str]:
    first = group[0]
    opened = ticket_of.get(first.key, ())
    if len(opened) > 1:
        yield f"doubled: {first.key} opened tickets {opened}"
    if first.outcome is None:
        return
    outcomes = Counter(row.outcome for row in rows)
    wanted = Counter([first.outcome.value, *[Outcome.DUPLICATE.value] * (len(group) - 1)])
    if outcomes != wanted:
        yield f"{first.key}: outcomes {dict(outcomes)}, wanted {dict(wanted)}"
    if first.root is not None:
        homes = ticket_of.get(first.root, ())
        strays = {row.ticket for row in rows} - set(homes)
        if strays or not homes:
            yield f"{first.key}: on ticket {strays}, belongs on {homes}"
        yield from _faults_of_entries(books, first, rows)
    yield from _faults_of_notices(books, first, {row.id for row in rows})


def _faults_of_entries(books: Books, delivery: Delivery, rows: Sequence[Row]) -> Iterator[str]:
    """A mail is written into one history once: the entries it caused all come from one of its deliveries."""
    ids = {row.id for row in rows}
    caused = {i for entries in books.history.values() for _, i in entries if i in ids}
    if len(caused) != 1:
        yield f"{delivery.key}: entries from {len(caused)} of its deliveries"
    named = Counter(
        number
        for number, entries in books.history.items()
        for recorded, _ in entries
        if type(recorded.event).__name__ != "MailQueued" and getattr(recorded.event, "message_id", None) == delivery.key
    )
    if delivery.bounces is None and list(named.values()) != [1]:
        yield f"{delivery.key}: stands in histories {dict(named)}"


def _faults_of_notices(books: Books, delivery: Delivery, ids: set[int]) -> Iterator[str]:
    if delivery.mails is None:
        return
    causes = {f"inbound:{i}" for i in ids}
    made = Counter((r.notice, r.recipient) for r in books.outbox if r.cause.partition("@")[0] in causes)
    if made != Counter(delivery.mails):
        yield f"{delivery.key}: caused mails {sorted(made.elements())}, wanted {sorted(delivery.mails)}"


def _tickets_opened_by(books: Books, rows: Iterable[Row]) -> list[int]:
    ids = {row.id for row in rows}
    return [
        number
        for number, entries in books.history.items()
        for recorded, cause in entries
        if isinstance(recorded.event, TicketOpened) and cause in ids
    ]


# ---------------------------------------------------------------------- outgoing mail


def _faults_of_outbox(books: Books, sent: Sequence[Received], bounced: set[str]) -> Iterator[str]:
    arrived: dict[str, list[Received]] = {}
    for mail in sent:
        arrived.setdefault(_message_id(mail.data), []).append(mail)
    for row in books.outbox:
        wanted = "bounced" if row.message_id in bounced else "sent"
        if row.state != wanted:
            yield f"outgoing {row.id} ({row.notice} to {row.recipient}) is {row.state}, not {wanted}"
        copies = arrived.pop(row.message_id, [])
        if not copies:
            yield f"lost: outgoing {row.id} ({row.notice} to {row.recipient}) never arrived"
        if any(copy.data != row.data or copy.recipient != row.recipient for copy in copies):
            yield f"outgoing {row.id}: a repetition differs from the first"
    yield from (f"doubled: {found[0].recipient} got {mid}, which nobody queued" for mid, found in arrived.items())


def count_resent(sent: Sequence[Received]) -> int:
    """Count mails that arrived more than once."""
    return sum(count > 1 for count in Counter(_message_id(mail.data) for mail in sent).values())


def _message_id(data: bytes) -> str:
    head = data.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    fields = (line.partition(b":") for line in head.split(b"\r\n"))
    return next((value.strip().decode() for name, _, value in fields if name.lower() == b"message-id"), "")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
