"""Deadlines in danger: who is warned when so much of a clock's time is used up, each once for each run of it. Pure.

Called by `timer`, whose duties these are. After a time of standing still only the highest step is told; those passed
over are recorded, so that they never come late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from maildesk.core.clock_words import NAMES
from maildesk.core.clocks import Reading, readings
from maildesk.core.duty import Due, Duty
from maildesk.core.escalation import leads, managers
from maildesk.core.handover import time_left
from maildesk.core.notices import crew
from maildesk.core.update_words import ready_words
from maildesk.core.when import worked
from maildesk.model.clock import Clock, DeadlineWarning, Tell
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import DeadlineWarned
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.ticket import Ticket

#: The clock of the periodic update breaks no promise by itself: whoever ought to write is prompted when it is over.
_UPDATE_STEPS = (DeadlineWarning(100, Tell.ASSIGNEE),)


@dataclass(frozen=True, slots=True)
class _Step:
    """A share of a clock's time that is used up, and who hears of it."""

    reading: Reading
    warning: DeadlineWarning


def _steps(ticket: Ticket, desk: Desk) -> Iterator[_Step]:
    """Yield the steps that were not told of yet, those of each clock in order."""
    if ticket.status.is_done:
        return
    for reading in readings(ticket, desk):
        steps = _UPDATE_STEPS if reading.clock is Clock.UPDATE else desk.escalation.warnings
        for step in sorted(steps, key=lambda s: s.percent) if reading.is_running else ():
            if not any(_is_told(step, reading, warned) for warned in ticket.warned):
                yield _Step(reading, step)


def _is_told(step: DeadlineWarning, reading: Reading, warned: DeadlineWarned) -> bool:
    """Tell whether a warning was for this step. One of less time, as of a priority since lowered, was for another."""
    same = (warned.clock, warned.percent, warned.since) == (reading.clock, step.percent, reading.since)
    return same and (warned.seconds is None or warned.seconds >= reading.seconds)


def _warning_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """Return when the next step of any clock is reached."""
    first: dict[Clock, _Step] = {}
    for step in _steps(ticket, desk):
        first.setdefault(step.reading.clock, step)
    dates = (step.reading.at(step.warning.percent) for step in first.values())
    return min((at for at in dates if at is not None), default=None)


def _warn(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    """Tell of the highest step of each clock: a person hears of all clocks in one mail."""
    due = tuple(s for s in _steps(ticket, desk) if (at := s.reading.at(s.warning.percent)) and at <= now)
    highest = {step.reading.clock: step for step in due}
    told: dict[Technician, list[tuple[_Step, str]]] = {}
    for step in highest.values():
        people, role = _people(step.warning.tell, ticket, desk)
        for technician in people:
            told.setdefault(technician, []).append((step, role))
    events = tuple(DeadlineWarned(s.reading.clock, s.warning.percent, s.reading.since, s.reading.seconds) for s in due)
    because = ", ".join(
        f"{step.warning.percent} % of {worked(step.reading.seconds)} for {clock.replace('_', ' ')}"
        for clock, step in highest.items()
    )
    return Due(events, f"used up: {because}", notices=tuple(_notice(t, s, ticket, desk, now) for t, s in told.items()))


def _people(tell: Tell, ticket: Ticket, desk: Desk) -> tuple[tuple[Technician, ...], str]:
    """Return whom a word means on a ticket, and in what capacity; where it means nobody, the next one down."""
    owner = desk.technician(ticket.assignee or "")
    groups = (
        (Tell.MANAGER, managers(desk, ticket.queue), "manager"),
        (Tell.LEAD, leads(desk, ticket.queue), "lead"),
        (Tell.ASSIGNEE, () if owner is None else (owner,), "owner"),
        (Tell.QUEUE, desk.technicians_of(ticket.queue), f"queue {ticket.queue}"),
    )
    start = [word for word, _, _ in groups].index(tell)
    found = ((people, role) for _, people, role in groups[start:] if people)
    return next(found, (crew(desk, ticket.queue, ticket.assignee), "owner"))


def _notice(to: Technician, steps: list[tuple[_Step, str]], ticket: Ticket, desk: Desk, now: datetime) -> Notice:
    only_update = all(step.reading.clock is Clock.UPDATE for step, _ in steps)
    return Notice(
        NoticeName.UPDATE_DUE if only_update else NoticeName.DEADLINE_WARNING,
        to.address,
        Audience.TECHNICIAN,
        Visibility.PUBLIC,
        text=ready_words(ticket, desk) if only_update else "",
        detail="; ".join(_told(step.reading, desk, now) for step, _ in steps),
        reason=f"warning {steps[0][1]}",
    )


def _told(reading: Reading, desk: Desk, now: datetime) -> str:
    """Say how a clock stands."""
    if reading.clock is Clock.UPDATE:
        return f"the requester has heard nothing for {worked(reading.used_seconds(now))}"
    return f"{NAMES[reading.clock].lower()} {time_left(reading, desk, now)} ({reading.source})"


WARNING_DUTIES: tuple[Duty, ...] = (Duty("warn", _warning_at, _warn),)
