"""Working time: when a calendar is open, and what instant so many working seconds make. Pure.

Called by `clocks`, by the commands that take dates and by rules' facts. All arithmetic walks the spans of local working
time and compares instants in UTC, so that a day with a DST change is as long as it really is.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias

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
    spans = () if calendar.holiday(day) else dict(calendar.hours).get(day.weekday(), ())
    return _instant(calendar, day, min((opens for opens, _ in spans), default=_USUAL_OPENING))


def _counted(calendar: Calendar, start: datetime, end: datetime, pauses: Pauses) -> Iterator[Span]:
    """Yield the working spans between two instants, without what lies in a pause."""
    for begins, ends in _spans(calendar, start, end):
        yield from _without(begins, ends, pauses)


def _without(begins: datetime, ends: datetime, pauses: Pauses) -> Iterator[Span]:
    """Yield what is left of a span outside the pauses, which are in order and do not overlap."""
    for paused, resumed in pauses:
        if resumed is not None and resumed <= begins:
            continue
        if paused >= ends:
            break
        if paused > begins:
            yield begins, paused
        if resumed is None or resumed >= ends:
            return
        begins = resumed
    yield begins, ends


def _spans(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Span]:
    """Yield the working spans between two instants, cut at both."""
    if not calendar.hours:
        if start < end:
            yield start, end
        return
    hours = dict(calendar.hours)
    day, last = start.astimezone(calendar.timezone).date(), end.astimezone(calendar.timezone).date()
    while day <= last:
        # A holiday is looked up only where somebody would work.
        worked = hours.get(day.weekday(), ())
        for opens, closes in worked if worked and not calendar.holiday(day) else ():
            begins, ends = max(start, _instant(calendar, day, opens)), min(end, _closing(calendar, day, closes))
            if begins < ends:
                yield begins, ends
        day += timedelta(days=1)


def _instant(calendar: Calendar, day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=calendar.timezone).astimezone(UTC)


def _closing(calendar: Calendar, day: date, at: time) -> datetime:
    # "24:00" is midnight of the next day.
    is_midnight = at in (time(0), time.max)
    return _instant(calendar, day + timedelta(days=1), time(0)) if is_midnight else _instant(calendar, day, at)
