"""Working time: when a calendar is open, and what instant so many working seconds make. Pure.

Called by `clocks`, by the commands that take dates and by rules' facts. All arithmetic walks the spans of local working
time and compares instants in UTC, so that a day with a DST change is as long as it really is.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

from maildesk.model.clock import Calendar

#: From and to, aware UTC. A pause without an end lasts still.
Span: TypeAlias = tuple[datetime, datetime]
Pauses: TypeAlias = tuple[tuple[datetime, datetime | None], ...]

#: Deadlines further away than this are not computed: hours that are never open would be walked for ever.
_HORIZON = timedelta(days=3 * 366)
#: When a day begins on which nobody works.
_USUAL_OPENING = time(9)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Tell whether somebody works at this instant; without hours somebody always does."""
    return any(start <= at < end for start, end in _spans(calendar, at, at + timedelta(seconds=1)))


def add_working(calendar: Calendar, start: datetime, seconds: float, pauses: Pauses = ()) -> datetime | None:
    """Return the instant at which so many working seconds outside the pauses have passed since `start`.

    None: in a pause that lasts still, or not within three years.
    """
    left = timedelta(seconds=seconds)
    for begins, ends in _counted(calendar, start, start + _HORIZON, pauses):
        if left <= ends - begins:
            # Time that is up as the day's work ends is up then, not as the next one begins.
            return begins + left
        left -= ends - begins
    return None


def working_seconds(calendar: Calendar, start: datetime, end: datetime, pauses: Pauses = ()) -> float:
    """Return how many working seconds outside the pauses lie between two instants; none when the end is no later."""
    return sum((ends - begins).total_seconds() for begins, ends in _counted(calendar, start, end, pauses))


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """Return the first instant from `at` on at which somebody works; `at` itself where nobody ever does."""
    return next((max(at, begins) for begins, _ in _spans(calendar, at, at + _HORIZON)), at)


def opening_at(calendar: Calendar, day: date) -> datetime:
    """Return when work begins on a local day; nine o'clock on one without working hours."""
    first = min((opens for opens, _ in hours_on(calendar, day)), default=_USUAL_OPENING)
    return _instant(calendar.timezone, day, first)


def hours_on(calendar: Calendar, day: date) -> tuple[tuple[time, time], ...]:
    """Return the local spans of a local day in which somebody works; none on a holiday."""
    # A holiday is looked up only where somebody would work.
    worked = next((spans for weekday, spans in calendar.hours if weekday == day.weekday()), ())
    return () if not worked or calendar.holiday(day) else worked


def holidays_between(calendar: Calendar, start: datetime, end: datetime) -> tuple[tuple[date, str], ...]:
    """Return the holidays between two instants on which somebody would work otherwise, with their names."""
    days, end = {weekday for weekday, spans in calendar.hours if spans}, min(end, start + _HORIZON)
    named = ((day, calendar.holiday(day)) for day in _days(calendar, start, end) if day.weekday() in days)
    return tuple((day, name) for day, name in named if name)


def _counted(calendar: Calendar, start: datetime, end: datetime, pauses: Pauses) -> Iterator[Span]:
    """Yield the working spans between two instants, without what lies in a pause.

    The days of a pause are not walked: most of an old ticket's life may be one.
    """
    for begins, ends in _outside(start, end, pauses):
        yield from _spans(calendar, begins, ends)


def _outside(start: datetime, end: datetime, pauses: Pauses) -> Iterator[Span]:
    """Yield what lies between two instants outside the pauses, which are in the order of their beginnings."""
    for paused, resumed in pauses:
        if paused >= end:
            break
        if paused > start:
            yield start, paused
        if resumed is None:
            return
        start = max(start, resumed)
    if start < end:
        yield start, end


def _spans(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    """Yield the working spans between two instants, cut at both."""
    if not calendar.hours:
        if start < end:
            yield start, end
        return
    zone = calendar.timezone
    for day in _days(calendar, start, end):
        for opens, closes in hours_on(calendar, day):
            begins, ends = max(start, _instant(zone, day, opens)), min(end, _closing(zone, day, closes))
            if begins < ends:
                yield begins, ends


def _days(calendar: Calendar, start: datetime, end: datetime) -> Iterator[date]:
    """Yield the local days that two instants lie in and those between them."""
    day, last = start.astimezone(calendar.timezone).date(), end.astimezone(calendar.timezone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


def _closing(zone: ZoneInfo, day: date, at: time) -> datetime:
    # "24:00" is midnight of the next day.
    return _instant(zone, day + timedelta(days=1), time(0)) if at in (time(0), time.max) else _instant(zone, day, at)


@lru_cache(maxsize=8192)
def _instant(zone: ZoneInfo, day: date, at: time) -> datetime:
    """Return when it is so late on a local day: for the first time where it is twice.

    A time that the clocks leap over is the instant of the leap.
    """
    local = datetime.combine(day, at, tzinfo=zone)
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    return first if first <= second else _leap(zone, second, first)


def _leap(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the instant between two at which the clocks go forward, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return after
