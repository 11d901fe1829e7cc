"""What time alone does to a ticket: one row a duty in `DUTIES`. Pure.

Called by the timer loop. Whatever is due happens in one go, and each event moves the date that caused it, so that a
second tick finds nothing to do. To add a duty write when it is due and what happens then, and add a row at the bottom.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from maildesk.core.absence import also, covered
from maildesk.core.duty import Due, Duty
from maildesk.core.escalation import ESCALATION_DUTIES
from maildesk.core.notices import one_each, tell_crew
from maildesk.core.waiting import WAITING_DUTIES
from maildesk.core.warning import WARNING_DUTIES
from maildesk.core.when import shown
from maildesk.model.decision import Act, TimerDecision
from maildesk.model.desk import Desk
from maildesk.model.event import PromiseWarned, ReminderSent, SnoozeSet, StatusChanged
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.ticket import Status, Ticket
from maildesk.model.trace import TraceLine

_ACTOR = "timer"
#: Mails one person gets in one tick without a pause between them; and the pause between the others.
_AT_ONCE, _APART_SECONDS = 10, 30.0
#: How long before a promised time its technicians are warned: at least so long, or so much of the time there was.
_PROMISE_HOUR, _PROMISE_PART = timedelta(hours=1), 0.1


def decide_timer(ticket: Ticket, desk: Desk, now: datetime, away: frozenset[str] = frozenset()) -> TimerDecision:
    """Decide what has come due on a ticket by `now`. `away`: main addresses of absent technicians."""
    due: list[tuple[str, Due]] = []
    for duty in DUTIES:
        at = duty.due_at(ticket, desk)
        if at is not None and at <= now:
            due.append((duty.name, duty.carry_out(ticket, desk, now)))
    if not due:
        return TimerDecision(trace=(TraceLine("timer", "ticket", hit=False, because="nothing is due"),))
    told = "; ".join(d.told for _, d in due if d.told)
    reminders = tell_crew(NoticeName.REMINDER, desk, ticket, visibility=Visibility.PUBLIC, detail=told)
    notices = _together((*(n for _, d in due for n in d.notices), *(reminders if told else ())))
    return TimerDecision(
        tuple(Act(_ACTOR, event) for _, d in due for event in d.events),
        one_each(covered(notices, desk, ticket.queue, ticket.assignee, away), desk, None),
        tuple(TraceLine("timer", name, hit=True, because=d.because) for name, d in due),
    )


def _together(notices: tuple[Notice, ...]) -> tuple[Notice, ...]:
    """Make one mail of what a technician is told at once: the first of them says the rest, too."""
    kept: dict[tuple[str, Audience], Notice] = {}
    for notice in notices:
        key = (notice.to.key, notice.audience)
        first = kept.setdefault(key, notice)
        if first is not notice and notice.audience is Audience.TECHNICIAN:
            internal = Visibility.INTERNAL in (first.visibility, notice.visibility)
            visibility = Visibility.INTERNAL if internal else first.visibility
            kept[key] = replace(first, detail=also(first.detail, notice.detail), visibility=visibility)
    return tuple(kept.values())


def spread(notices: tuple[Notice, ...], told: Mapping[str, int]) -> tuple[Notice, ...]:
    """Let whoever had many mails in one tick get the next ones later, one after the other.

    `told`: how many mails each address (lower case) had so far.  Mail is looked at once more before it leaves.
    """
    waits = ((n, max(told.get(n.to.key, 0) + 1 - _AT_ONCE, 0) * _APART_SECONDS) for n in notices)
    return tuple(replace(n, delay_seconds=n.delay_seconds + wait) if wait else n for n, wait in waits)


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


def _promise_warning_at(ticket: Ticket, _desk: Desk) -> datetime | None:
    """Return when a promised time is near enough to say so."""
    expected_at = ticket.expected_at
    if expected_at is None or ticket.promise_warnings or _is_kept(ticket):
        return None
    return expected_at - _warning_span(ticket, expected_at)


def _warn_of_promise(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    expected_at = ticket.expected_at or now
    if expected_at <= now:
        return _tell_of_broken_promise(ticket, desk, now)
    told = f"the requester was promised {shown(expected_at, desk)}; #eta tells them another time"
    return Due((PromiseWarned(expected_at, passed=False),), f"promised for {expected_at.isoformat()}", told)


def _promise_broken_at(ticket: Ticket, _desk: Desk) -> datetime | None:
    """Return when a promised time passes without the requester having heard anything since it came near."""
    expected_at = ticket.expected_at
    if expected_at is None or ticket.promise_warnings != 1 or _is_kept(ticket):
        return None
    near_at = expected_at - _warning_span(ticket, expected_at)
    promised_at, answered_at = ticket.promised_at or ticket.created_at, ticket.answered_at
    heard = answered_at is not None and answered_at > max(near_at, promised_at)
    return None if heard else expected_at


def _tell_of_broken_promise(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    expected_at = ticket.expected_at or now
    told = f"the requester was promised {shown(expected_at, desk)}, which has passed, and has heard nothing since"
    return Due((PromiseWarned(expected_at, passed=True),), f"promised for {expected_at.isoformat()}, passed", told)


def _warning_span(ticket: Ticket, expected_at: datetime) -> timedelta:
    """Return how long before a promised time its technicians are warned, never more than half of the time there was."""
    whole = expected_at - (ticket.promised_at or ticket.created_at)
    return min(max(_PROMISE_HOUR, whole * _PROMISE_PART), whole / 2)


def _is_kept(ticket: Ticket) -> bool:
    return ticket.status.is_done or ticket.merged_into is not None


DUTIES: tuple[Duty, ...] = (
    Duty("close", _closing_at, _close),
    Duty("snooze", _waking_at, _wake),
    Duty("due", _reminding_at, _remind),
    Duty("promise near", _promise_warning_at, _warn_of_promise),
    Duty("promise passed", _promise_broken_at, _tell_of_broken_promise),
    *ESCALATION_DUTIES,
    *WARNING_DUTIES,
    *WAITING_DUTIES,
)
