"""A ticket, its history and the reasons of its decisions in plain words, for technicians only.

Called by the questions. Whatever it returns may hold internal text: it must never go into mail to anybody else.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from maildesk.core.clock_words import NAMES, clock_states
from maildesk.core.clocks import Reading, readings
from maildesk.core.when import shown, span, worked
from maildesk.core.wording import happened, spoken
from maildesk.model.desk import Desk
from maildesk.model.event import Assigned, Event, PriorityChanged, QueueChanged, Recorded, TagsChanged
from maildesk.model.message import Address
from maildesk.model.question import ExplainedMail
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

#: A first row without names of columns: the table says what it shows by itself.
NO_COLUMNS = ("", "")
#: Characters of one entry; a text longer than that is for a mail program or the command line.
_LONGEST_ENTRY = 10_000
_MOST_TRACE_LINES = 60
_MORE = "[…]"


def title(ticket: Ticket) -> str:
    """Name a ticket by number and subject."""
    return f"#{ticket.number} {ticket.subject}"


def person(address: Address) -> str:
    """Name somebody by name and address."""
    return f"{address.name} <{address.address}>" if address.name else address.address


def owner_of(ticket: Ticket, desk: Desk) -> str:
    """Name the technician who owns a ticket; empty: nobody does."""
    technician = desk.technician(ticket.assignee) if ticket.assignee else None
    return technician.name if technician else (ticket.assignee or "")


# ------------------------------------------------------------------ facts


def facts(ticket: Ticket, desk: Desk, now: datetime) -> tuple[tuple[str, ...], ...]:
    """Return what is known of a ticket as rows of a name and a value, without what is not set."""
    clocks = ((NAMES[clock], state) for clock, state in clock_states(ticket, desk, now))
    rows = (*_state(ticket, desk), *_people(ticket, desk), *clocks, *_dates(ticket, desk), *_ties(ticket))
    return (NO_COLUMNS, *((name, value) for name, value in rows if value))


def _state(ticket: Ticket, desk: Desk) -> tuple[tuple[str, str], ...]:
    sort = ", ".join((*([ticket.type] if ticket.type else []), *(f"[{tag}]" for tag in ticket.tags)))
    return (
        ("State", f"{ticket.status}, {ticket.priority} (impact {ticket.impact}, urgency {ticket.urgency})"),
        ("Queue", f"{ticket.queue}, {owner_of(ticket, desk) or 'nobody'} owns it"),
        ("Sort", sort),
        *ticket.fields,
        ("Came by", ticket.channel),
    )


def _people(ticket: Ticket, desk: Desk) -> tuple[tuple[str, str], ...]:
    watchers = (t.name or t.email for t in desk.technicians if t.email in ticket.watchers)
    return (
        ("Requester", person(ticket.requester)),
        ("Takes part", _list(map(person, ticket.participants))),
        ("Proposed", _list(map(person, ticket.proposed))),
        ("No updates", _list(ticket.muted)),
        ("Watched by", _list(watchers)),
    )


def _dates(ticket: Ticket, desk: Desk) -> tuple[tuple[str, str], ...]:
    dates = (
        ("Opened", ticket.created_at),
        ("Last change", ticket.updated_at),
        ("Answered", ticket.first_responded_at),
        ("Due", ticket.due_at),
        ("Promised", ticket.expected_at),
        ("Sleeps until", ticket.snoozed_until),
        ("Resolved", ticket.resolved_at),
        ("Closes itself", ticket.close_due_at),
        ("Closed", ticket.closed_at),
    )
    return tuple((name, shown(at, desk)) for name, at in dates if at is not None)


def _ties(ticket: Ticket) -> tuple[tuple[str, str], ...]:
    marks = (("x" if n in ticket.steps_done else " ", n, text) for n, text in enumerate(ticket.checklist, 1))
    return (
        ("Went into", f"#{ticket.merged_into}" if ticket.merged_into else ""),
        ("Linked", _list(f"#{number}" for number in ticket.links)),
        ("Claims", f"to belong to #{ticket.claims}, without proof" if ticket.claims else ""),
        ("Time spent", worked(ticket.time_seconds) if ticket.time_seconds else ""),
        *((f"Step {n}", f"[{mark}] {text}") for mark, n, text in marks),
    )


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)


# ------------------------------------------------------------------ history


def history(newest_first: tuple[Recorded, ...], desk: Desk, most_characters: int) -> str:
    """Write a history as text, newest first: texts whole, all else a line each; the oldest give way when it is long."""
    blocks: list[str] = []
    left = most_characters
    for place, recorded in enumerate(newest_first):
        block = _entry(recorded, desk)
        left -= len(block) + 2
        if left < 0 and blocks:
            blocks.append(f"{_MORE} {len(newest_first) - place} earlier entries are left out here")
            break
        blocks.append(block)
    return "\n".join(_spaced(blocks))


def _spaced(blocks: list[str]) -> Iterator[str]:
    """Yield the blocks with an empty line around those of several lines: only texts stand apart."""
    for before, block in zip(["", *blocks], blocks, strict=False):
        if before and "\n" in before + block:
            yield ""
        yield block


def _entry(recorded: Recorded, desk: Desk) -> str:
    at, said = shown(recorded.at, desk), spoken(recorded.event)
    if said is None:
        return f"{at}  {happened(recorded.event, desk)}, by {recorded.actor}"
    mark = " (internal)" if said.internal else ""
    text = said.text if len(said.text) <= _LONGEST_ENTRY else f"{said.text[:_LONGEST_ENTRY]}\n{_MORE}"
    files = f"\n  Files: {_list(said.files)}" if said.files else ""
    body = "\n".join(f"  {line}" if line else "" for line in text.strip("\n").split("\n"))
    return f"{at}  {said.who} {said.verb}{mark}:\n{body}{files}"


# ------------------------------------------------------------------ reasons


def reasons(mail: ExplainedMail, desk: Desk) -> str:
    """Write why a mail was decided so: one line a guard, rule, command and notice."""
    head = f'{shown(mail.decided_at, desk)}  mail of {mail.sender or "nobody"}, "{mail.subject}": {mail.outcome}'
    return "\n".join((head, f"  {mail.reason}", *trace_lines(mail.trace)))


def trace_lines(trace: tuple[TraceLine, ...]) -> tuple[str, ...]:
    """Write a trace, one line each, indented."""
    lines = tuple(f"  {line.step:<8} {_told(line)}" for line in trace[:_MOST_TRACE_LINES])
    more = len(trace) - len(lines)
    return (*lines, *([f"  {_MORE} {more} more lines"] if more else []))


def _told(line: TraceLine) -> str:
    word = _OUTCOMES.get(line.step, ("", ""))[0 if line.hit else 1]
    named = f"{line.name}: {word}" if word else line.name
    return f"{named}{',' if word else ':'} {line.because}" if line.because else named


#: What hit and miss mean where they are worth a word.
_OUTCOMES = {
    "rule": ("hit", "missed"), "command": ("done", "not done"), "notice": ("sent", "not sent"),
    "timer": ("due", "not due"),
}  # fmt: skip


def timer_reasons(newest_first: tuple[Recorded, ...], desk: Desk) -> tuple[str, ...]:
    """Write what the clock or the mail server did to a ticket, and why."""
    by_itself = (r for r in newest_first if r.trace and "@" not in r.actor and r.trace[0].step in ("timer", "delivery"))
    return tuple(
        "\n".join((f"{shown(r.at, desk)}  {happened(r.event, desk)}, by {r.actor}", *trace_lines(r.trace)))
        for r in by_itself
    )


def deadline_reasons(ticket: Ticket, newest_first: tuple[Recorded, ...], desk: Desk) -> tuple[tuple[str, ...], ...]:
    """Return how priority and deadlines came about, as rows of a name and a value."""
    because = next((r.event.because for r in newest_first if isinstance(r.event, PriorityChanged)), "")
    rows = (
        ("Priority", f"{ticket.priority}: {because or f'impact {ticket.impact} × urgency {ticket.urgency}'}"),
        ("Queue", f"{ticket.queue}{_by(newest_first, QueueChanged)}"),
        ("Owner", f"{owner_of(ticket, desk) or 'nobody'}{_by(newest_first, Assigned)}"),
        *([("Tags", f"{_list(ticket.tags)}{_by(newest_first, TagsChanged)}")] if ticket.tags else []),
        *((NAMES[reading.clock], _deadline(reading, desk)) for reading in readings(ticket, desk)),
    )
    return (NO_COLUMNS, *rows)


def _by(newest_first: tuple[Recorded, ...], kind: type[Event]) -> str:
    """Say who last changed something, where anybody did."""
    return next((f", by {r.actor}" for r in newest_first if isinstance(r.event, kind)), "")


def _deadline(reading: Reading, desk: Desk) -> str:
    due_at = reading.due_at
    when = shown(due_at, desk) if due_at else "stands still"
    return f"{when}: {span(reading.seconds)} ({reading.source}) since {shown(reading.since, desk)}"
