"""Questions by mail: lists, a search, one ticket, the reasons of a decision, numbers. They change nothing.

What the database says was looked up before (`intake.lookups`) and stands in the context; here it is put into words. An
answer may hold internal text and goes to the technician who asked, to nobody else.
"""

from dataclasses import replace

from maildesk.core.chronicle import (
    NO_COLUMNS,
    deadline_reasons,
    facts,
    history,
    owner_of,
    reasons,
    timer_reasons,
    title,
)
from maildesk.core.clock_words import sla_text
from maildesk.core.commands.context import Applied, Command, Context, Refused, Verb
from maildesk.core.commands.criteria import USUAL_PERIOD, describe, read_filter, read_period, read_why, read_words
from maildesk.core.commands.grammar import ticket_number
from maildesk.core.when import age, span
from maildesk.model.notice import Answer
from maildesk.model.situation import Lookup
from maildesk.model.ticket import Ticket

#: Rows of a list and of a search.
MOST_LISTED, MOST_FOUND = 30, 20
#: Characters that all texts among the answers to one mail have together, and those of the ticket to do next.
_MOST_CHARACTERS = 60_000
_SHORT = 1500
#: Characters shown around a word that was found.
_EXCERPT = 160
_UNKNOWN = "the desk could not look it up; ask again"


def list_tickets(command: Command, context: Context) -> Applied | Refused:
    """List open tickets, the most urgent first: by default yours and those of your queues that nobody owns.

    Words narrow it down and may be combined: `mine`, `unassigned`, `all` (everybody's), a queue, a status, a priority.
    `#list all P1 P2` lists the urgent tickets of the whole desk, `#list network waiting-vendor` those of one queue.
    """
    wanted = read_filter(command.value, context.technician, context.desk)
    if isinstance(wanted, Refused):
        return wanted
    found = _lookup(context, "list", command.value)
    rows = tuple(_row(ticket, context, ticket.subject) for ticket in found.tickets) if found else ()
    named = f": {describe(wanted)}"
    return _table(context, found, named, ("Ticket", "Prio", "Status", "Age", "Requester", "Owner", "Subject"), rows)


def find(command: Command, context: Context) -> Applied | Refused:
    """Find tickets, open or closed, by words in subject, requester, tags, number and every text.

    All words must occur, wherever they stand, also inside longer words; the ticket changed last comes first. Notes and
    all else that is internal is searched, too.
    """
    words = read_words(command.value)
    if isinstance(words, Refused):
        return words
    found = _lookup(context, "find", command.value)
    hits = zip(found.tickets, found.texts, strict=False) if found else ()
    rows = tuple(_row(ticket, context, _with_excerpt(ticket, text, words)) for ticket, text in hits)
    named = f" with {' and '.join(words)}"
    return _table(context, found, named, ("Ticket", "Prio", "Status", "Age", "Requester", "Owner", "Found"), rows)


def _row(ticket: Ticket, context: Context, last: str) -> tuple[str, ...]:
    requester = ticket.requester.name or ticket.requester.address
    since = age(ticket.created_at, context.now)
    owner = owner_of(ticket, context.desk) or "nobody"
    return (f"#{ticket.number}", ticket.priority, ticket.status, since, requester, owner, last)


def _with_excerpt(ticket: Ticket, text: str, words: tuple[str, ...]) -> str:
    """Return the subject and, behind it, the words found in their surroundings."""
    plain = " ".join(text.split())
    place = min((at for word in words if (at := plain.casefold().find(word.casefold())) >= 0), default=0)
    start = max(place - _EXCERPT // 3, 0)
    piece = plain[start : start + _EXCERPT].strip()
    if not piece:
        return ticket.subject
    return f"{ticket.subject}: {'…' if start else ''}{piece}{'…' if start + _EXCERPT < len(plain) else ''}"


def _table(
    context: Context, found: Lookup | None, named: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]
) -> Applied:
    if found is None:
        return _answered(context, Answer(f"Tickets{named}", text=_UNKNOWN), _UNKNOWN)
    counted = f"{found.total} {'ticket' if found.total == 1 else 'tickets'}" if found.total else "No ticket"
    part = f", the first {len(rows)} are below" if len(rows) < found.total else ""
    answer = Answer(f"{counted}{named}{part}", (columns, *rows) if rows else ())
    return _answered(context, answer, counted + part)


# ------------------------------------------------------------------ one ticket


def show(command: Command, context: Context) -> Applied | Refused:
    """Show this ticket whole, or that of a number: its state, people, dates, links and history.

    The newest comes first. Texts are whole, internal ones are marked.
    """
    number = _number(command, context)
    if isinstance(number, Refused):
        return number
    found = _lookup(context, "show", str(number))
    if found is not None and not found.tickets:
        return Refused(f"there is no ticket {number}")
    if found is None:
        return _answered(context, Answer(f"Ticket {number}", text=_UNKNOWN), _UNKNOWN)
    ticket = found.tickets[0]
    told = history(found.history, context.desk, _space(context))
    left_out = ticket.seq - len(found.history)
    text = told + (f"\n[…] {left_out} earlier entries are left out here" if left_out > 0 else "")
    return _answered(context, Answer(title(ticket), facts(ticket, context.desk, context.now), text), "shown below")


def next_ticket(command: Command, context: Context) -> Applied | Refused:
    """Show the one ticket to do next: the most urgent of yours, else of those in your queues that nobody owns.

    Tickets that wait for somebody or sleep are passed over.
    """
    if command.value:
        return Refused("#next takes no value; #list shows more than one")
    found = _lookup(context, "next", "")
    if found is None:
        return _answered(context, Answer("Next", text=_UNKNOWN), _UNKNOWN)
    if not found.tickets:
        nothing = "nothing waits for you: you own no open ticket, and your queues hold none that nobody owns"
        return _answered(context, Answer("Next: nothing to do", text=f"{nothing}."), nothing)
    ticket = found.tickets[0]
    how = f"To act on it, write #ticket {ticket.number} above your lines."
    text = f"{how}\n\n{history(found.history, context.desk, _SHORT)}"
    others = f"{found.total - 1} more after it" if found.total > 1 else "the only one"
    answer = Answer(f"Next: {title(ticket)}", facts(ticket, context.desk, context.now), text)
    return _answered(context, answer, f"#{ticket.number}, {others}")


def why(command: Command, context: Context) -> Applied | Refused:
    """Explain what was decided and why: how each mail of the ticket was believed, matched and ruled on.

    In answer to a result mail it explains your mail that the result is about; with a number, the ticket of that number.
    `#why sla` shows how the deadlines are reckoned: targets, hours, pauses, holidays, what is used and what is left.
    """
    value, is_about_clocks = read_why(command.value)
    if is_about_clocks:
        return _clocks(replace(command, value=value), context)
    told = _lookup(context, "why", "") if not command.value and not context.parked else None
    if told is not None:
        text = "\n\n".join(reasons(mail, context.desk) for mail in told.mails)
        return _answered(context, Answer("Why your mail was treated so", text=text), "explained below")
    number = _number(command, context)
    if isinstance(number, Refused):
        return number
    found = _lookup(context, "why", str(number))
    if found is not None and not found.tickets:
        return Refused(f"there is no ticket {number}")
    if found is None:
        return _answered(context, Answer(f"Why, ticket {number}", text=_UNKNOWN), _UNKNOWN)
    return _explained(found, found.tickets[0], context)


def _clocks(command: Command, context: Context) -> Applied | Refused:
    number = _number(command, context)
    if isinstance(number, Refused):
        return number
    found = _lookup(context, "why", str(number))
    # This mail's own ticket is told as the lines above leave it.
    own = context.ticket if context.ticket and context.ticket.number == number else None
    ticket = own or next(iter(found.tickets if found else ()), None)
    if ticket is None and found is not None:
        return Refused(f"there is no ticket {number}")
    if ticket is None:
        return _answered(context, Answer(f"Clocks, ticket {number}", text=_UNKNOWN), _UNKNOWN)
    text = sla_text(ticket, context.desk, context.now)
    return _answered(context, Answer(f"Clocks of {title(ticket)}", text=text), "reckoned below")


def _explained(found: Lookup, ticket: Ticket, context: Context) -> Applied:
    parts = (*(reasons(mail, context.desk) for mail in found.mails), *timer_reasons(found.history, context.desk))
    text = "\n\n".join(parts)
    limit = _space(context)
    bounded = text if len(text) <= limit else f"{text[:limit].rpartition(chr(10))[0]}\n[…] the rest is left out here"
    rows = deadline_reasons(ticket, found.history, context.desk)
    return _answered(context, Answer(f"Why {title(ticket)} is as it is", rows, bounded), "explained below")


def _number(command: Command, context: Context) -> int | Refused:
    if command.value:
        number = ticket_number(command.value)
        return number or Refused(f"'{command.value}' is no ticket number; write it like this: #{command.word} 1042")
    if context.ticket is None:
        return Refused(f"this mail belongs to no ticket; name one: #{command.word} 1042")
    return context.ticket.number


# ------------------------------------------------------------------ numbers


def stats(command: Command, context: Context) -> Applied | Refused:
    """Count what the desk did in the last week, or in a span like 24h, 30d or 4w, and what is open now."""
    seconds = read_period(command.value)
    if isinstance(seconds, Refused):
        return seconds
    found = _lookup(context, "stats", command.value)
    period = command.value.strip() or USUAL_PERIOD
    if found is None:
        return _answered(context, Answer(f"The last {period}", text=_UNKNOWN), _UNKNOWN)
    counts = dict(found.counts)
    median = counts.get("median first response")
    rows = (
        ("Opened", str(counts["opened"])),
        ("Resolved", str(counts["resolved"])),
        ("Reopened", str(counts["reopened"])),
        ("First answer", "none given" if median is None else f"after {span(median)} (median of {counts['answered']})"),
    )
    done = Answer(f"The last {period}", (NO_COLUMNS, *rows))
    opened = Answer(f"Open now: {counts['open']}", (NO_COLUMNS, *_open_rows(counts, found, context)))
    outcome = f"{counts['opened']} opened, {counts['resolved']} resolved, {counts['open']} open"
    return _answered(_answered(context, done, outcome).context, opened, outcome)


def _open_rows(counts: dict[str, int], found: Lookup, context: Context) -> tuple[tuple[str, str], ...]:
    oldest = "".join(f"; the oldest is {title(t)}, {age(t.created_at, context.now)}" for t in found.tickets[:1])
    return (
        ("By priority", _by("priority", counts)),
        ("By queue", _by("queue", counts)),
        ("By owner", _by("owner", {_named(name, context): count for name, count in counts.items()})),
        ("Unanswered", f"{counts['unanswered']}{oldest}"),
    )


def _by(kind: str, counts: dict[str, int]) -> str:
    parts = (f"{name.removeprefix(f'{kind} ')}: {n}" for name, n in counts.items() if name.startswith(f"{kind} "))
    return ", ".join(parts) or "none"


def _named(name: str, context: Context) -> str:
    kind, _, address = name.partition(" ")
    if kind != "owner":
        return name
    technician = context.desk.technician(address)
    return f"owner {technician.name if technician else address or 'nobody'}"


# ------------------------------------------------------------------ answers


def _lookup(context: Context, word: str, value: str) -> Lookup | None:
    """Return what the database said; None where none was asked, as when a mail file is explained."""
    return next((found for found in context.lookups if (found.word, found.value) == (word, value)), None)


def _space(context: Context) -> int:
    """Return how long one more text may be: all answers of a mail together have to fit into one."""
    used = sum(len(answer.text) for answer in context.answers)
    return max(_MOST_CHARACTERS - used, _SHORT)


def _answered(context: Context, answer: Answer, outcome: str) -> Applied:
    return Applied(replace(context, answers=(*context.answers, answer)), outcome)


QUESTION_VERBS: dict[str, Verb] = {
    "list": Verb(list_tickets, "[WORDS]", changes=False, asks=True, opens=True),
    "find": Verb(find, "WORDS", changes=False, asks=True, opens=True),
    "show": Verb(show, "[NUMBER]", changes=False, asks=True, opens=True),
    "why": Verb(why, "[sla] [NUMBER]", changes=False, asks=True, opens=True),
    "next": Verb(next_ticket, changes=False, asks=True, opens=True),
    "stats": Verb(stats, "[7d]", changes=False, asks=True, opens=True),
}
