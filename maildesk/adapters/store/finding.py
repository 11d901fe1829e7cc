"""What technicians ask the database by mail: lists, a search of every text, why a mail was decided so, and numbers.

Used by `intake.lookups` inside the deciding transaction. It only reads, locks nothing, and knows no policy: which
tickets somebody wants to see is in the `TicketFilter` it is given.

The search compares pieces of text as they stand in the history. An index of words would find neither `vpn` in
`OpenVPN` nor anything in languages without blanks; a scan of 200,000 entries takes a fraction of a second.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from statistics import median
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Select, Text, and_, case, cast, func, literal, or_, select

from maildesk.adapters.store.codec import event_from_json, ticket_from_row, trace_from_json
from maildesk.adapters.store.portable import BATCH, AnyRow
from maildesk.adapters.store.schema import UTCDateTime, events, inbound, tickets
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.question import ExplainedMail, TicketFilter
from maildesk.model.ticket import Status, Ticket

#: Events whose texts are searched.
_SEARCHED = (
    ev.CorrespondenceReceived, ev.CorrespondenceSent, ev.CorrespondencePending, ev.NoteAdded, ev.AutomaticMailReceived,
    ev.ResolutionRecorded, ev.SideAsked, ev.SideAnswered,
)  # fmt: skip
_has_text = events.c.type.in_([kind.__name__ for kind in _SEARCHED])
_DONE = [status.value for status in Status if status.is_done]
_open = tickets.c.status.not_in(_DONE)
#: Later than any deadline: tickets without one come behind those with one.
_never = literal(datetime(9999, 12, 31, tzinfo=UTC), UTCDateTime())
_newest_tickets = select(tickets.c.number).order_by(tickets.c.updated_at.desc(), tickets.c.number.desc())
_mails = select(
    inbound.c.id, inbound.c.sender, inbound.c.subject, inbound.c.outcome, inbound.c.reason, inbound.c.decided_at,
    inbound.c.trace,
).where(inbound.c.outcome.is_not(None))  # fmt: skip


class Finding:
    """Answers to questions, inside one transaction."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._on_sqlite = connection.dialect.name == "sqlite"

    # -------------------------------------------------------------- lists

    def listed(self, wanted: TicketFilter, limit: int) -> tuple[tuple[Ticket, ...], int]:
        """Return the most urgent wanted tickets (by priority, then deadline, then age), and how many there are."""
        condition = and_(*_conditions(wanted))
        order = (tickets.c.priority, self._deadline(), tickets.c.created_at, tickets.c.number)
        rows = self._connection.execute(select(tickets).where(condition).order_by(*order).limit(limit))
        return tuple(ticket_from_row(row) for row in rows), self._count(condition)

    def _deadline(self) -> ColumnElement[Any]:
        """Return the first date of a ticket: of the answer it waits for, of its solution, or a technician's own."""
        is_new = tickets.c.first_responded_at.is_(None)
        answer = case((is_new, tickets.c.first_response_due_at), else_=tickets.c.next_response_due_at)
        dates = (answer, tickets.c.resolution_due_at, tickets.c.due_at)
        earliest = func.min if self._on_sqlite else func.least
        return earliest(*(func.coalesce(date, _never) for date in dates))

    def _count(self, *conditions: ColumnElement[bool]) -> int:
        return int(self._connection.execute(select(func.count()).select_from(tickets).where(*conditions)).scalar_one())

    # -------------------------------------------------------------- search

    def holding(self, words: Collection[str], limit: int) -> tuple[tuple[tuple[Ticket, str], ...], int]:
        """Return the tickets that hold every word, the last changed first, and how many there are.

        A word counts wherever it stands: number, subject, requester, tags, any text, public or internal; case does not
        matter. Beside each ticket stands its newest text that holds one of the words, empty when none does.
        """
        found = self._numbers_holding(words)
        newest: Iterable[int] = self._connection.execute(_newest_tickets).scalars() if found else ()
        shown = list(islice((number for number in newest if number in found), limit))
        rows = self._connection.execute(select(tickets).where(tickets.c.number.in_(shown)))
        ticket_of = {row.number: ticket_from_row(row) for row in rows}
        return tuple((ticket_of[number], self._newest_text(number, words)) for number in shown), len(found)

    def _numbers_holding(self, words: Iterable[str]) -> set[int]:
        """Intersect the hits of each word; the longest, likely the rarest, goes first and narrows the others down."""
        found: set[int] | None = None
        for word in sorted(words, key=len, reverse=True):
            few = found if found is not None and len(found) <= BATCH else None
            hits = set(self._hits(word, few))
            found = hits if found is None else found & hits
            if not found:
                break
        return found or set()

    def _hits(self, word: str, among: Collection[int] | None) -> Iterator[int]:
        columns = (tickets.c.subject, tickets.c.requester_name, tickets.c.requester_address)
        in_row = [self._holds(column, word) for column in columns]
        tags = self._holds(tickets.c.tags, _in_json(word))
        number = word.removeprefix("#")
        exact = [tickets.c.number == int(number)] if number.isdecimal() and len(number) < 10 else []
        rows = select(tickets.c.number).where(or_(*in_row, tags, *exact))
        texts = select(events.c.ticket).where(_has_text, *self._text_holds(word))
        yield from self._connection.execute(_within(rows, tickets.c.number, among)).scalars()
        yield from self._connection.execute(_within(texts, events.c.ticket, among)).scalars()

    def _text_holds(self, word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Look into the whole row first, which is quick, and then whether it is the text that holds the word."""
        return self._holds(events.c.data, _in_json(word)), self._holds(self._text(), word)

    def _text(self) -> ColumnElement[Any]:
        recorded = self._field("cause") + " " + self._field("fix") + " " + self._field("config")
        return func.coalesce(self._field("text"), recorded)

    def _field(self, name: str) -> ColumnElement[Any]:
        """Return one field of an event's JSON as text."""
        if self._on_sqlite:
            return func.json_extract(events.c.data, f"$.{name}", type_=Text())
        field: ColumnElement[Any] = cast(events.c.data, JSON)[name].as_string()
        return field

    def _holds(self, column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
        """Tell whether a column holds a word; letters beyond ASCII in the case given, in small or in large ones."""
        spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
        patterns = sorted(f"%{_without_wildcards(spelling)}%" for spelling in spellings)
        if self._on_sqlite:
            # SQLite's LIKE ignores the case of ASCII letters by itself.
            return or_(*(column.like(pattern, escape="\\") for pattern in patterns))
        # By the rules of C PostgreSQL compares so, too, in half the time that the rules of a language take.
        return or_(*(column.collate("C").ilike(pattern, escape="\\") for pattern in patterns))

    def _newest_text(self, number: int, words: Iterable[str]) -> str:
        holds_any = or_(*(and_(*self._text_holds(word)) for word in words))
        newest = select(events.c.type, events.c.data).where(events.c.ticket == number, _has_text, holds_any)
        row = self._connection.execute(newest.order_by(events.c.seq.desc()).limit(1)).one_or_none()
        return "" if row is None else _text_of(event_from_json(row.type, row.data))

    # -------------------------------------------------------------- why

    def mails_of(self, number: int, limit: int) -> tuple[ExplainedMail, ...]:
        """Return the mails that a ticket's history comes from, newest first."""
        of_ticket = select(events.c.inbound_id).where(events.c.ticket == number, events.c.inbound_id.is_not(None))
        query = _mails.where(inbound.c.id.in_(of_ticket)).order_by(inbound.c.decided_at.desc(), inbound.c.id.desc())
        return tuple(_as_decided(row) for row in self._connection.execute(query.limit(limit)))

    def mail(self, inbound_id: int) -> ExplainedMail | None:
        """Return a mail of the ledger; None: there is none, or it is not decided."""
        row = self._connection.execute(_mails.where(inbound.c.id == inbound_id)).one_or_none()
        return None if row is None else _as_decided(row)

    # -------------------------------------------------------------- numbers

    def counts(self, since: datetime) -> tuple[tuple[str, int], ...]:
        """Return the desk's numbers by name.

        `opened`, `resolved`, `reopened`, `answered`: tickets to which that happened since then, `median first response`
        in seconds over the answered ones (missing without any).  `open`, and `priority P1`, `queue NAME`, `owner
        ADDRESS` (`owner ` for nobody): open tickets now.  `unanswered`: open ones without any answer, `oldest
        unanswered` the number of the first of them.
        """
        waits = self._seconds_to_answer(since)
        unanswered = (_open, tickets.c.first_responded_at.is_(None))
        oldest = select(tickets.c.number).where(*unanswered).order_by(tickets.c.created_at, tickets.c.number).limit(1)
        return (
            ("opened", self._count(tickets.c.created_at >= since)),
            ("resolved", self._count_became(since, done=True)),
            ("reopened", self._count_became(since, done=False)),
            ("answered", len(waits)),
            *((("median first response", round(median(waits))),) if waits else ()),
            ("open", self._count(_open)),
            *self._open_by("priority", tickets.c.priority),
            *self._open_by("queue", tickets.c.queue),
            *self._open_by("owner", tickets.c.assignee),
            ("unanswered", self._count(*unanswered)),
            *(("oldest unanswered", number) for number in self._connection.execute(oldest).scalars()),
        )

    def _open_by(self, name: str, column: ColumnElement[Any]) -> Iterator[tuple[str, int]]:
        rows = self._connection.execute(select(column, func.count()).where(_open).group_by(column))
        counted = Counter({word or "": count for word, count in rows})
        for word in sorted(counted):
            yield f"{name} {word}", counted[word]

    def _seconds_to_answer(self, since: datetime) -> list[float]:
        query = select(tickets.c.created_at, tickets.c.first_responded_at).where(tickets.c.first_responded_at >= since)
        return [(answered - created).total_seconds() for created, answered in self._connection.execute(query)]

    def _count_became(self, since: datetime, *, done: bool) -> int:
        """Count the tickets that became done, or came back from it; one that went into another is neither."""
        now, before = self._field("status"), self._field("before")
        left, entered = (before.not_in(_DONE), now.in_(_DONE)) if done else (before.in_(_DONE), now.not_in(_DONE))
        # Only these can have such an event, and those of one ticket are found by its number.
        changed = select(tickets.c.number).where(tickets.c.updated_at >= since, tickets.c.merged_into.is_(None))
        of_status = events.c.type == ev.StatusChanged.__name__
        query = select(func.count(events.c.ticket.distinct())).where(
            events.c.ticket.in_(changed), of_status, events.c.at >= since, left, entered
        )
        return int(self._connection.execute(query).scalar_one())


def _conditions(wanted: TicketFilter) -> Iterator[ColumnElement[bool]]:
    yield tickets.c.status.in_([status.value for status in wanted.statuses])
    if wanted.priorities is not None:
        yield tickets.c.priority.in_([priority.value for priority in wanted.priorities])
    if wanted.queues is not None:
        yield tickets.c.queue.in_(wanted.queues)
    owners = [tickets.c.assignee == wanted.owner] if wanted.owner is not None else []
    if wanted.unowned_in is not None:
        owners.append(and_(tickets.c.assignee.is_(None), tickets.c.queue.in_(wanted.unowned_in)))
    if owners:
        yield or_(*owners)


def _within(query: Select[Any], column: ColumnElement[int], among: Collection[int] | None) -> Select[Any]:
    return query if among is None else query.where(column.in_(among))


def _in_json(word: str) -> str:
    """Return a word as it stands inside a JSON string."""
    return json.dumps(word, ensure_ascii=False)[1:-1]


def _without_wildcards(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _text_of(event: ev.Event) -> str:
    match event:
        case ev.ResolutionRecorded():
            return "\n".join(text for text in (event.cause, event.fix, event.config) if text)
        case (
            ev.CorrespondenceReceived() | ev.CorrespondenceSent() | ev.CorrespondencePending() | ev.NoteAdded()
            | ev.AutomaticMailReceived() | ev.SideAsked() | ev.SideAnswered()
        ):  # fmt: skip
            return event.text
        case _:
            return ""


def _as_decided(row: AnyRow) -> ExplainedMail:
    trace = trace_from_json(row.trace)
    return ExplainedMail(row.id, row.sender, row.subject, Outcome(row.outcome), row.reason, row.decided_at, trace)
