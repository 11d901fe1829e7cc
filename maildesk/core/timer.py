"""What time alone does to a ticket: a resolved one closes, a sleeping one wakes, a date is reminded of. Pure.

Called by the timer loop. Whatever is due happens in one go, and each event moves the date that caused it, so that a
second tick finds nothing to do.
"""

from dataclasses import dataclass
from datetime import datetime

from maildesk.core.notices import one_each, tell_crew
from maildesk.core.when import shown
from maildesk.model.decision import Act, TimerDecision
from maildesk.model.desk import Desk
from maildesk.model.event import Event, ReminderSent, SnoozeSet, StatusChanged
from maildesk.model.notice import NoticeName
from maildesk.model.ticket import Status, Ticket
from maildesk.model.trace import TraceLine

_ACTOR = "timer"


@dataclass(frozen=True, slots=True)
class _Due:
    """One date that has come: what happens, why, and what the ticket's technicians are told (may be nothing)."""

    name: str
    events: tuple[Event, ...]
    because: str
    told: str = ""


def decide_timer(ticket: Ticket, desk: Desk, now: datetime) -> TimerDecision:
    """Decide what has come due on a ticket by `now`."""
    due = [d for d in (_closing(ticket, now), _waking(ticket, desk, now), _reminding(ticket, desk, now)) if d]
    if not due:
        return TimerDecision(trace=(TraceLine("timer", "ticket", hit=False, because="nothing is due"),))
    told = "; ".join(d.told for d in due if d.told)
    reminders = tell_crew(
        NoticeName.REMINDER, desk, ticket.queue, ticket.assignee, watchers=ticket.watchers, detail=told
    )
    return TimerDecision(
        tuple(Act(_ACTOR, event) for d in due for event in d.events),
        one_each(reminders, desk, None) if told else (),
        tuple(TraceLine("timer", d.name, hit=True, because=d.because) for d in due),
    )


def _closing(ticket: Ticket, now: datetime) -> _Due | None:
    due_at = ticket.close_due_at
    if due_at is None or due_at > now:
        return None
    if ticket.status is not Status.RESOLVED:
        # A due date without a resolved ticket cannot be folded from any history; clearing it keeps the loop moving.
        return _Due("close", (StatusChanged(ticket.status, ticket.status),), "not resolved")
    closed = StatusChanged(Status.CLOSED, ticket.status)
    return _Due("close", (closed,), f"resolved and silent until {due_at.isoformat()}")


def _waking(ticket: Ticket, desk: Desk, now: datetime) -> _Due | None:
    until = ticket.snoozed_until
    if until is None or until > now:
        return None
    if ticket.status is not Status.SCHEDULED:
        # Somebody was faster: an answer of the requester's, say, opened it.
        return _Due("snooze", (SnoozeSet(None),), f"the ticket is {ticket.status} and sleeps no more")
    events = (SnoozeSet(None), StatusChanged(Status.OPEN, ticket.status))
    told = f"it slept until {shown(until, desk)} and is open again"
    return _Due("snooze", events, f"asleep until {until.isoformat()}", told)


def _reminding(ticket: Ticket, desk: Desk, now: datetime) -> _Due | None:
    due_at = ticket.due_at
    if due_at is None or due_at > now or due_at == ticket.reminded_of or ticket.status.is_done:
        return None
    return _Due("due", (ReminderSent(due_at),), f"due {due_at.isoformat()}", f"it was due {shown(due_at, desk)}")
