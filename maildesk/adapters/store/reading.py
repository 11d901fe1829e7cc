"""Everything the command line prints, as plain values.

Used by the verbs that only read. A reader sees one state of the database throughout and cannot write.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select

from maildesk.adapters.store.codec import ticket_from_row
from maildesk.adapters.store.outbox import OutboxState
from maildesk.adapters.store.people import People
from maildesk.adapters.store.portable import AnyRow
from maildesk.adapters.store.replaying import Archive
from maildesk.adapters.store.schema import inbound, outbox, past_outcomes, rule_hits, tickets
from maildesk.adapters.store.tickets import Tickets
from maildesk.model.decided import Outcome
from maildesk.model.event import Recorded
from maildesk.model.person import Person
from maildesk.model.settings import FolderRole
from maildesk.model.ticket import Status, Ticket

#: Rows read at once from lists without limit.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A message and its one outcome, decided at `at`."""

    id: int
    mailbox: str
    uidvalidity: int
    uid: int
    message_id: str | None
    sender: str
    subject: str
    outcome: Outcome
    reason: str
    ticket: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule hit, on how many mails, and when it last did."""

    rule: str
    hits: int
    mails: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class UndecidedMail:
    """A message that was seen and has no outcome yet: in hand, or its mailbox cannot be read."""

    id: int
    mailbox: str
    uidvalidity: int
    uid: int
    attempts: int
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A held or quarantined message. `requested`: `release` or `requeue` waits for the loop; None: nothing does."""

    id: int
    mailbox: str
    message_id: str | None
    sender: str
    subject: str
    outcome: Outcome
    reason: str
    ticket: int | None
    at: datetime
    size_bytes: int
    requested: str | None


@dataclass(frozen=True, slots=True)
class PastOutcome:
    """What a message's outcome was until a release, a requeue or a discard replaced it."""

    outcome: Outcome
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An outgoing mail to one recipient; `next_attempt_at` None: nothing more is to be done."""

    id: int
    ticket: int | None
    notice: str
    message_id: str
    recipient: str
    state: OutboxState
    attempts: int
    next_attempt_at: datetime | None
    last_reply: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each; a word that is missing counts nothing."""

    tickets: tuple[tuple[Status, int], ...]
    mail: tuple[tuple[Outcome, int], ...]
    undecided: int
    outbox: tuple[tuple[OutboxState, int], ...]


_newest_change = select(func.max(tickets.c.updated_at))
_ledger = select(
    inbound.c.id, inbound.c.mailbox, inbound.c.uidvalidity, inbound.c.uid, inbound.c.message_id, inbound.c.sender,
    inbound.c.subject, inbound.c.outcome, inbound.c.reason, inbound.c.ticket, inbound.c.decided_at,
).where(inbound.c.outcome.is_not(None))  # fmt: skip
_undecided = (
    select(inbound.c.id, inbound.c.mailbox, inbound.c.uidvalidity, inbound.c.uid, inbound.c.attempts, inbound.c.seen_at)
    .where(inbound.c.outcome.is_(None))
    .order_by(inbound.c.id)
)
_held = (
    select(
        inbound.c.id, inbound.c.mailbox, inbound.c.message_id, inbound.c.sender, inbound.c.subject, inbound.c.outcome,
        inbound.c.reason, inbound.c.ticket, inbound.c.decided_at, inbound.c.size_bytes, inbound.c.requested,
    )
    .where(inbound.c.outcome.in_([Outcome.HELD.value, Outcome.QUARANTINED.value]))
    .order_by(inbound.c.id)
)  # fmt: skip
_past = select(
    past_outcomes.c.inbound_id, past_outcomes.c.outcome, past_outcomes.c.reason, past_outcomes.c.decided_at
).order_by(past_outcomes.c.id)
_outbox = select(
    outbox.c.id, outbox.c.ticket, outbox.c.notice, outbox.c.message_id, outbox.c.recipient, outbox.c.state,
    outbox.c.attempts, outbox.c.next_attempt_at, outbox.c.last_reply, outbox.c.created_at,
)  # fmt: skip
_filed = (
    select(inbound.c.id, inbound.c.raw_sha256)
    .where(inbound.c.mailbox == bindparam("box"), inbound.c.filed == bindparam("folder"))
    .where(inbound.c.raw_sha256.is_not(None))
    .order_by(inbound.c.id)
)
_rule_hits = (
    select(
        rule_hits.c.rule, func.count(), func.count(rule_hits.c.inbound_id.distinct()),
        func.max(rule_hits.c.at, type_=rule_hits.c.at.type),
    )
    .where(rule_hits.c.at >= bindparam("since"))
    .group_by(rule_hits.c.rule)
    .order_by(rule_hits.c.rule)
)  # fmt: skip


class Reader:
    """One state of the database, to look at; `archive` shows stored mail with what it did."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._tickets = Tickets(connection)
        self._people = People(connection)
        self.archive = Archive(connection)

    def tickets(
        self,
        status: Status | None = None,
        queue: str | None = None,
        assignee: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Ticket]:
        """Iterate over tickets, oldest first; None: any, and no limit."""
        wanted: tuple[tuple[ColumnElement[Any], str | None], ...] = (
            (tickets.c.status, status), (tickets.c.queue, queue), (tickets.c.assignee, assignee),
        )  # fmt: skip
        query = select(tickets).where(*(column == value for column, value in wanted if value is not None))
        return (ticket_from_row(row) for row in self._pages(query, tickets.c.number, limit))

    def ticket(self, number: int) -> Ticket | None:
        """Return one ticket; None: there is none."""
        return self._tickets.load(number, lock=False)

    def history(self, number: int) -> tuple[Recorded, ...]:
        """Return everything that happened to a ticket, in order."""
        return self._tickets.history(number)

    def person(self, address: str) -> Person | None:
        """Return what is remembered of an address; None: nothing."""
        return self._people.find((address,)).get(address.casefold())

    def ledger(self, outcome: Outcome | None = None, limit: int | None = None) -> Iterator[LedgerEntry]:
        """Iterate over every decided message, oldest first."""
        query = _ledger if outcome is None else _ledger.where(inbound.c.outcome == outcome)
        return (_as_ledger_entry(row) for row in self._pages(query, inbound.c.id, limit))

    def undecided(self) -> tuple[UndecidedMail, ...]:
        """Return the messages that were seen and have no outcome yet, oldest first."""
        return tuple(UndecidedMail(*row) for row in self._connection.execute(_undecided))

    def held(self) -> tuple[HeldMail, ...]:
        """Return held and quarantined mail, oldest first."""
        return tuple(_as_held_mail(row) for row in self._connection.execute(_held))

    def past_outcomes(self) -> dict[int, list[PastOutcome]]:
        """Return the outcomes messages had before their present ones, oldest first, by ledger id; few have any."""
        past: dict[int, list[PastOutcome]] = {}
        for row in self._connection.execute(_past):
            past.setdefault(row.inbound_id, []).append(PastOutcome(Outcome(row.outcome), row.reason, row.decided_at))
        return past

    def filed(self, mailbox: str, folder: FolderRole) -> dict[str, list[int]]:
        """Return what should lie in a folder of a mailbox: ledger ids by the SHA-256 of their bytes."""
        expected: dict[str, list[int]] = {}
        for row in self._connection.execute(_filed, {"box": mailbox, "folder": folder}):
            expected.setdefault(row.raw_sha256, []).append(row.id)
        return expected

    def outbox(self, state: OutboxState | None = None, limit: int | None = None) -> Iterator[OutboxEntry]:
        """Iterate over outgoing mail, oldest first."""
        query = _outbox if state is None else _outbox.where(outbox.c.state == state)
        return (_as_outbox_entry(row) for row in self._pages(query, outbox.c.id, limit))

    def find_damage(self) -> tuple[str, ...]:
        """Return what SQLite finds broken in its file; PostgreSQL looks after its own."""
        if self._connection.dialect.name != "sqlite":
            return ()
        said = self._connection.exec_driver_sql("PRAGMA quick_check(20)").scalars()
        return tuple(str(line) for line in said if line != "ok")

    def rule_hits(self, since: datetime) -> tuple[RuleCount, ...]:
        """Return the hits since then of every rule that had any, by name."""
        return tuple(RuleCount(*row) for row in self._connection.execute(_rule_hits, {"since": since}))

    def newest_change_at(self) -> datetime | None:
        """Return when any ticket last changed."""
        newest: datetime | None = self._connection.execute(_newest_change).scalar_one_or_none()
        return newest

    def counts(self) -> Counts:
        """Count tickets by status, messages by outcome and outgoing mail by state."""
        by_outcome = self._count(inbound.c.outcome)
        return Counts(
            tickets=tuple((Status(word), count) for word, count in self._count(tickets.c.status)),
            mail=tuple((Outcome(word), count) for word, count in by_outcome if word is not None),
            undecided=sum(count for word, count in by_outcome if word is None),
            outbox=tuple((OutboxState(word), count) for word, count in self._count(outbox.c.state)),
        )

    def _pages(self, query: Select[Any], key: ColumnElement[int], limit: int | None) -> Iterator[AnyRow]:
        # Pages by key rather than one long cursor: any list, whatever its length, costs the memory of one page.
        last, left = 0, limit
        while left is None or left > 0:
            size = CHUNK if left is None else min(CHUNK, left)
            rows = self._connection.execute(query.where(key > last).order_by(key).limit(size)).all()
            yield from rows
            if len(rows) < size:
                return
            last, left = rows[-1][0], None if left is None else left - size

    def _count(self, column: ColumnElement[Any]) -> list[tuple[Any, int]]:
        rows = self._connection.execute(select(column, func.count()).group_by(column).order_by(column))
        return [(word, count) for word, count in rows]


def _as_ledger_entry(row: AnyRow) -> LedgerEntry:
    return LedgerEntry(
        row.id, row.mailbox, row.uidvalidity, row.uid, row.message_id, row.sender, row.subject, Outcome(row.outcome),
        row.reason, row.ticket, row.decided_at,
    )  # fmt: skip


def _as_held_mail(row: AnyRow) -> HeldMail:
    return HeldMail(
        row.id, row.mailbox, row.message_id, row.sender, row.subject, Outcome(row.outcome), row.reason, row.ticket,
        row.decided_at, row.size_bytes, row.requested,
    )  # fmt: skip


def _as_outbox_entry(row: AnyRow) -> OutboxEntry:
    return OutboxEntry(
        row.id, row.ticket, row.notice, row.message_id, row.recipient, OutboxState(row.state), row.attempts,
        row.next_attempt_at, row.last_reply, row.created_at,
    )  # fmt: skip
