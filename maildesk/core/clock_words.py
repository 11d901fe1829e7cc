"""The clocks of a ticket in plain words, for technicians: a line each, or the whole arithmetic. Pure.

Called by the questions, by the mails to technicians and by `show`. It reckons nothing by itself: `clocks` does.
"""

from collections.abc import Iterator
from datetime import date, datetime, time

from maildesk.core.calendar import holidays_between, hours_on
from maildesk.core.clocks import Reading, Stand, readings
from maildesk.core.when import shown, worked
from maildesk.model.clock import Calendar, Clock, Run
from maildesk.model.desk import Desk
from maildesk.model.ticket import Ticket

NAMES = {
    Clock.FIRST_RESPONSE: "First answer", Clock.NEXT_RESPONSE: "Next answer", Clock.UPDATE: "Next word",
    Clock.RESOLUTION: "Solution",
}  # fmt: skip
_STANDS = {
    "waiting-requester": "waiting for the requester", "waiting-vendor": "waiting for the vendor",
    "scheduled": "asleep until its date",
}  # fmt: skip
#: Pauses and holidays told of one clock; older ones are counted.
_MOST_TOLD = 20


def clock_states(ticket: Ticket, desk: Desk, now: datetime) -> tuple[tuple[Clock, str], ...]:
    """Return the clocks that are not done, each with words for where it stands; none of a resolved ticket."""
    if ticket.status.is_done:
        return ()
    return tuple((r.clock, state_of(r, desk, now)) for r in readings(ticket, desk) if r.done_at is None)


def state_of(reading: Reading, desk: Desk, now: datetime) -> str:
    """Say where a clock stands: `due Mon 9 Mar 2026 10:00 (2 h 10 min left)`."""
    left, due_at = _left(reading, now), reading.due_at
    if reading.done_at is not None:
        how = "in time" if left >= 0 else f"{worked(-left)} late"
        return f"done {shown(reading.done_at, desk)}, {how}"
    if due_at is None and reading.run is Run.RUN:
        return f"due in more than three years ({worked(left)} left)"
    if due_at is None:
        return f"stands still ({_reason(reading)}; {worked(left)} left)"
    if left < 0:
        return f"was due {shown(due_at, desk)} ({worked(-left)} over)"
    return f"due {shown(due_at, desk)} ({worked(left)} left)"


def sla_text(ticket: Ticket, desk: Desk, now: datetime) -> str:
    """Write the arithmetic of every clock of a ticket: target, hours, pauses, holidays, what is used, left and due."""
    if ticket.merged_into is not None:
        return f"It went into #{ticket.merged_into}: no clock runs here any more."
    found = readings(ticket, desk)
    measured = {reading.clock for reading in found}
    blocks = ["\n".join(_arithmetic(reading, desk, now)) for reading in found]
    idle = [f"{NAMES[clock]}: {_idle(clock, ticket)}" for clock in Clock if clock not in measured]
    return "\n\n".join([*blocks, *(["\n".join(idle)] if idle else [])])


def _arithmetic(reading: Reading, desk: Desk, now: datetime) -> Iterator[str]:
    end, due_at, left = reading.done_at or now, reading.due_at, _left(reading, now)
    yield f"{NAMES[reading.clock]}: {state_of(reading, desk, now)}"
    yield f"  Target   {worked(reading.seconds)}, {reading.source}"
    yield f"  Hours    {_hours(reading.calendar, now)}"
    yield f"  Since    {shown(reading.since, desk)}"
    yield from _shortened([f"  Stood    {_stand(stand, desk)}" for stand in reading.stands if stand.since < end])
    days = holidays_between(reading.calendar, reading.since, max(end, due_at or end))
    yield from _shortened([f"  Holiday  {_day(day)}, {name}" for day, name in days])
    yield f"  Used     {worked(reading.seconds - left)}, {worked(abs(left))} {'left' if left >= 0 else 'over'}"
    yield f"  Due      {shown(due_at, desk) if due_at else 'at no time while it stands still'}"


def _idle(clock: Clock, ticket: Ticket) -> str:
    """Say why there is nothing to tell of a clock."""
    if clock is Clock.NEXT_RESPONSE and ticket.first_responded_at is None:
        return "begins after the first answer"
    if clock is Clock.NEXT_RESPONSE and ticket.awaiting_since is None:
        return "nobody waits for one"
    return f"no target for {ticket.priority} in queue {ticket.queue}"


def _left(reading: Reading, now: datetime) -> float:
    """Return the working seconds left; negative: so many over."""
    return reading.seconds - reading.used_seconds(now)


def _reason(reading: Reading) -> str:
    return _waits(reading.stands[-1].status) if reading.stands else "stopped"


def _waits(status: str) -> str:
    return _STANDS.get(status, status)


def _stand(stand: Stand, desk: Desk) -> str:
    until = f"to {shown(stand.until, desk)}" if stand.until else "until now"
    ended = ", until they wrote" if stand.answered else ""
    return f"{shown(stand.since, desk)} {until}: {_waits(stand.status)}{ended}"


def _hours(calendar: Calendar, now: datetime) -> str:
    """Name a calendar and say when it is open today."""
    if not calendar.hours:
        return f"{calendar.name}: round the clock"
    today = now.astimezone(calendar.timezone).date()
    spans = ", ".join(f"{opens:%H:%M}-{_closing(closes)}" for opens, closes in hours_on(calendar, today))
    holiday = calendar.holiday(today)
    closed = f"closed: {holiday}" if holiday else "closed"
    return f"{calendar.name} ({calendar.timezone.key}), today {spans or closed}"


def _closing(closes: time) -> str:
    return "24:00" if closes in (time(0), time.max) else f"{closes:%H:%M}"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _shortened(lines: list[str]) -> list[str]:
    """Leave out the oldest of very many lines."""
    more = len(lines) - _MOST_TOLD
    return [f"  […] {more} earlier ones", *lines[more:]] if more > 0 else lines
