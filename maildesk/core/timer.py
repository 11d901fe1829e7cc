"""What time alone does to a ticket: one row a duty in `DUTIES`. Pure.

Called by the timer loop. Whatever is due happens in one go, and each event moves the date that caused it, so that a
second tick finds nothing to do. To add a duty write when it is due and what happens then, and add a row at the bottom.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from maildesk.core.notices import one_each, tell_crew
from maildesk.core.when import shown
from maildesk.model.decision import Act, TimerDecision
from maildesk.model.desk import Desk
from maildesk.model.event import Event, ReminderSent, SnoozeSet, StatusChanged
from maildesk.model.notice import Notice, NoticeName
from maildesk.model.ticket import Status, Ticket
from maildesk.model.trace import TraceLine

_ACTOR = "timer"


@dataclass(frozen=True, slots=True)
class Due:
    """What happens because a date has come, and why. `told`: what the ticket's technicians are told in a reminder."""

    events: tuple[Event, ...]
    because: str
    told: str = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that time brings about. `due_at`: when; None: not as the ticket stands. `carry_out`: what, by now."""

    name: str
    due_at: Callable[[Ticket, Desk], datetime | None]
    carry_out: Callable[[Ticket, Desk, datetime], Due]


def decide_timer(ticket: Ticket, desk: Desk, now: datetime) -> TimerDecision:
    """Decide what has come due on a ticket by `now`."""
    due: list[tuple[str, Due]] = []
    for duty in DUTIES:
        at = duty.due_at(ticket, desk)
        if at is not None and at <= now:
            due.append((duty.name, duty.carry_out(ticket, desk, now)))
    if not due:
        return TimerDecision(trace=(TraceLine("timer", "ticket", hit=False, because="nothing is due"),))
    told = "; ".join(d.told for _, d in due if d.told)
    reminders = tell_crew(
        NoticeName.REMINDER, desk, ticket.queue, ticket.assignee, watchers=ticket.watchers, detail=told
    )
    notices = (*(n for _, d in due for n in d.notices), *(reminders if told else ()))
    return TimerDecision(
        tuple(Act(_ACTOR, event) for _, d in due for event in d.events),
        one_each(notices, desk, None),
        tuple(TraceLine("timer", name, hit=True, because=d.because) for name, d in due),
    )


def next_look(ticket: Ticket, desk: Desk) -> datetime | None:
    """Return when time alone may next change something about a ticket."""
    dates = (duty.due_at(ticket, desk) for duty in DUTIES)
    return min((at for at in dates if at is not None), default=None)


def _closing_at(ticket: Ticket, _desk: Desk) -> datetime | None:
    return ticket.close_due_at


def _close(ticket: Ticket, _desk: Desk, _now: datetime) -> Due:
    if ticket.status is not Status.RESOLVED or ticket.close_due_at is None:
        # A due date without a resolved ticket cannot be folded from any history; clearing it keeps the loop moving.
        return Due((StatusChanged(ticket.status, ticket.status),), "not resolved")
    closed = StatusChanged(Status.CLOSED, ticket.status)
    return Due((closed,), f"resolved and silent until {ticket.close_due_at.isoformat()}")


def _waking_at(ticket: Ticket, _desk: Desk) -> datetime | None:
    return ticket.snoozed_until


def _wake(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    until = ticket.snoozed_until or now
    if ticket.status is not Status.SCHEDULED:
        # Somebody was faster: an answer of the requester's, say, opened it.
        return Due((SnoozeSet(None),), f"the ticket is {ticket.status} and sleeps no more")
    events = (SnoozeSet(None), StatusChanged(Status.OPEN, ticket.status))
    return Due(events, f"asleep until {until.isoformat()}", f"it slept until {shown(until, desk)} and is open again")


def _reminding_at(ticket: Ticket, _desk: Desk) -> datetime | None:
    return None if ticket.due_at == ticket.reminded_of or ticket.status.is_done else ticket.due_at


def _remind(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    due_at = ticket.due_at or now
    return Due((ReminderSent(due_at),), f"due {due_at.isoformat()}", f"it was due {shown(due_at, desk)}")


DUTIES: tuple[Duty, ...] = (
    Duty("close", _closing_at, _close),
    Duty("snooze", _waking_at, _wake),
    Duty("due", _reminding_at, _remind),
)
