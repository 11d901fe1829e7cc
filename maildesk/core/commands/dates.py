"""Commands that set a date: until when a ticket sleeps, by when something is due, what the requester may expect."""

from datetime import datetime

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb
from maildesk.core.status import status_changed
from maildesk.core.when import UnclearTime, parse_when, shown
from maildesk.model.event import DueSet, ExpectedSet, SnoozeSet
from maildesk.model.ticket import Status, Ticket

_NEVER = ("none", "never", "-")


def snooze(command: Command, context: Context) -> Applied | Refused:
    """Let the ticket sleep until then: it opens by itself, and its technicians are reminded. `none` wakes it."""
    wanted = _read(command, context)
    if isinstance(wanted, Refused):
        return wanted
    ticket, until = wanted
    if until is None:
        return _wake(ticket, context)
    slept = status_changed(context.desk, context.now, ticket.status, Status.SCHEDULED)
    changed = () if ticket.status is Status.SCHEDULED else (slept,)
    return Applied(context.after(*changed, SnoozeSet(until)), f"sleeps until {shown(until, context.desk)}")


def _wake(ticket: Ticket, context: Context) -> Applied:
    if ticket.snoozed_until is None:
        return Applied(context, "the ticket was awake already")
    opened = status_changed(context.desk, context.now, ticket.status, Status.OPEN)
    changed = (opened,) if ticket.status is Status.SCHEDULED else ()
    return Applied(context.after(SnoozeSet(None), *changed), "awake again, status open")


def due(command: Command, context: Context) -> Applied | Refused:
    """Set a day for your own work: the owner, or else the queue, is reminded then. `none` takes it away."""
    return _set(DueSet, "due", command, context)


def eta(command: Command, context: Context) -> Applied | Refused:
    """Tell the requester by when you expect to have solved it; `none` takes it back without a word."""
    return _set(ExpectedSet, "expected", command, context, "; the requester is told")


def _set(
    kind: type[DueSet] | type[ExpectedSet], word: str, command: Command, context: Context, more: str = ""
) -> Applied | Refused:
    """Set a date of a ticket, called by `word`; `more` is said of a new one."""
    wanted = _read(command, context)
    if isinstance(wanted, Refused):
        return wanted
    ticket, at = wanted
    before = ticket.due_at if kind is DueSet else ticket.expected_at
    if at is None:
        after = context.after(kind(None)) if before else context
        return Applied(after, f"no {word} date{' any more' if before else ''}")
    if before == at:
        return Applied(context, f"{word} {shown(at, context.desk)} already")
    return Applied(context.after(kind(at)), f"{word} {shown(at, context.desk)}{more}")


def _read(command: Command, context: Context) -> tuple[Ticket, datetime | None] | Refused:
    """Return the ticket and the instant meant, None for `none`."""
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    if command.value.casefold() in _NEVER:
        return ticket, None
    if ticket.status.is_done:
        return Refused(f"the ticket is {ticket.status}; open it first", "#reopen")
    try:
        return ticket, parse_when(command.value, context.desk, context.now)
    except UnclearTime as unclear:
        return Refused(str(unclear))


DATE_VERBS: dict[str, Verb] = {
    "snooze": Verb(snooze, "WHEN|none"),
    "due": Verb(due, "WHEN|none"),
    "eta": Verb(eta, "WHEN|none"),
}
