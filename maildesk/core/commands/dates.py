"""Commands that set a date: until when a ticket sleeps, by when something is due, what the requester may expect."""

from datetime import datetime

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb
from maildesk.core.status import status_changed
from maildesk.core.when import UnclearTime, parse_when, shown
from maildesk.model.event import DueSet, ExpectedSet, SnoozeSet
from maildesk.model.ticket import Status, Ticket

_NEVER = ("none", "never", "-")


def snooze(command: Command, context: Context) -> Applied | Refused:
    """Let the ticket sleep until then: it opens by itself, and its technicians are reminded. `none` wakes it.

    WHEN is 2h, 3d, 1w, 14:00, tomorrow, tomorrow 9:00, fri, fri 14:00, 2026-12-01, 1.12.2026 or 1 Dec; a day alone is
    the start of business that day.
    """
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
    """Set a day for your own work: the owner, or else the queue, is reminded then. `none` takes it away.

    WHEN is 2h, 3d, 1w, 14:00, tomorrow, tomorrow 9:00, fri, fri 14:00, 2026-12-01, 1.12.2026 or 1 Dec; a day alone is
    the start of business that day.
    """
    wanted = _read(command, context)
    if isinstance(wanted, Refused):
        return wanted
    ticket, due_at = wanted
    if ticket.due_at == due_at:
        return Applied(context, f"the date was {_named(due_at, context)} already")
    outcome = f"due {shown(due_at, context.desk)}" if due_at else "no date any more"
    return Applied(context.after(DueSet(due_at)), outcome)


def eta(command: Command, context: Context) -> Applied | Refused:
    """Tell the requester by when you expect to have solved it; `none` takes it back without a word.

    WHEN is 2h, 3d, 1w, 14:00, tomorrow, tomorrow 9:00, fri, fri 14:00, 2026-12-01, 1.12.2026 or 1 Dec; a day alone is
    the start of business that day.
    """
    wanted = _read(command, context)
    if isinstance(wanted, Refused):
        return wanted
    ticket, expected_at = wanted
    if ticket.expected_at == expected_at:
        return Applied(context, f"the expected time was {_named(expected_at, context)} already")
    told = f"expected {shown(expected_at, context.desk)}; the requester is told" if expected_at else "none any more"
    return Applied(context.after(ExpectedSet(expected_at)), told)


def _named(at: datetime | None, context: Context) -> str:
    return shown(at, context.desk) if at else "none"


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
