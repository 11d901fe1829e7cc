"""Written amounts → numbers: durations, rates, working hours, ports. Called by `shapes`; pure."""

import re
from collections.abc import Callable, Iterable
from datetime import time
from itertools import pairwise
from typing import TypeVar

from maildesk.model.clock import ALWAYS
from maildesk.model.desk import Cap
from maildesk.rules.durations import duration_seconds
from maildesk.rules.written import DAYS, Plain, WritingError, kind_of, one_line, unknown

T = TypeVar("T")

Spans = tuple[tuple[time, time], ...]
Hours = tuple[tuple[int, Spans], ...]

NONE = "none"
NEVER = "never"

_DAY_SECONDS = 86400
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", re.ASCII)


def parse_duration(value: Plain) -> float:
    """Return the seconds of `90s`, `15m`, `4h`, `2d`, `1w` or several together (`1h30m`)."""
    return duration_seconds(value)


def parse_interval(value: Plain) -> float:
    """Return the seconds of a duration that something repeats in: at least one."""
    seconds = parse_duration(value)
    if seconds < 1:
        raise WritingError("must be at least 1s")
    return seconds


def _or(word: str, read: Callable[[Plain], T], value: Plain) -> T:
    """Read a value that a word may stand for, so that a complaint names that word too."""
    try:
        return read(value)
    except WritingError as wrong:
        raise WritingError(f"{wrong}; or write {word}") from wrong


def parse_duration_or_never(value: Plain) -> float | None:
    """Return the seconds of a duration, or None for `never`."""
    return None if value == NEVER else _or(NEVER, parse_duration, value)


def parse_interval_or_never(value: Plain) -> float | None:
    """Return the seconds of a duration of at least one second, or None for `never`."""
    return None if value == NEVER else _or(NEVER, parse_interval, value)


def parse_durations_or_never(value: Plain) -> tuple[float, ...]:
    """Return the seconds of a duration or of several, each longer than the one before; none for `never`."""
    if value == NEVER:
        return ()
    seconds = tuple(parse_interval(one) for one in (value if isinstance(value, list) else [value]))
    for earlier, later in pairwise(seconds):
        if later <= earlier:
            raise WritingError("each duration must be longer than the one before, as in [3d, 7d]")
    return seconds


def parse_cap(value: Plain) -> Cap | None:
    """Return a rate such as `3/24h` (at most 3 in 24 hours); `none` lifts the cap."""
    text = one_line(value)
    if text.casefold() == NONE:
        return None
    count, slash, window = text.partition("/")
    if not slash or not count.strip().isascii() or not count.strip().isdigit():
        raise WritingError(f"'{text}' is not a rate; write it as 3/24h, or none")
    return Cap(int(count[:9]), parse_interval(window))


def parse_daily_cap(value: Plain) -> Cap | None:
    """Return a rate of what is remembered for a day, such as `10/1d`; `none` lifts the cap."""
    cap = parse_cap(value)
    if cap is not None and cap.seconds > _DAY_SECONDS:
        raise WritingError(f"'{value}' counts over more than a day; write it as 10/1d, or none")
    return cap


def parse_count_or_none(value: Plain) -> int | None:
    """Return a count, or None for `none`."""
    return None if value == NONE else _or(NONE, parse_count, value)


def parse_count(value: Plain) -> int:
    """Return a whole number from 0."""
    text = one_line(value)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise WritingError(f"'{text}' is not a whole number")
    return int(text)


def parse_positive(value: Plain) -> int:
    """Return a whole number from 1 to 100, such as connections or a support level."""
    number = parse_count(value)
    if not 1 <= number <= 100:
        raise WritingError(f"{number} is out of range; allowed: 1 to 100")
    return number


def parse_positive_or_none(value: Plain) -> int | None:
    """Return a whole number from 1 to 100, or None for `none`."""
    return None if value == NONE else _or(NONE, parse_positive, value)


def parse_percent(value: Plain) -> int:
    """Return how many percent `75%` are: 1 to 100."""
    text = one_line(value)
    number = text.removesuffix("%").strip()
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= 100):
        raise WritingError(f"'{text[:40]}' is no share; allowed: 1% to 100%")
    return int(number)


def parse_table_or_none(value: Plain) -> Plain:
    """Return a mapping as it is written, an empty one for `none`."""
    return {} if value == NONE else value


def parse_port(value: Plain) -> int:
    """Return a TCP port."""
    number = parse_count(value)
    if not 1 <= number <= 65535:
        raise WritingError(f"{number} is not a port; allowed: 1 to 65535")
    return number


def parse_hours(value: Plain) -> Hours:
    """Return working hours such as `{mon-fri: "09:00-12:00, 13:00-17:00"}` by weekday; `always` gives none at all."""
    if value == ALWAYS:
        return ()
    if not isinstance(value, dict) or not value:
        raise WritingError(f'expected days such as {{mon-fri: "09:00-17:00"}} or always, not {kind_of(value)}')
    week: dict[int, list[tuple[time, time]]] = {}
    for days, spans in value.items():
        for day in _days(days):
            week.setdefault(day, []).extend(_spans(spans))
    return tuple((day, _in_order(day, week[day])) for day in sorted(week))


def _days(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().casefold().partition("-")
        start, end = _day(first), _day(last if dash else first)
        # `sat-mon` runs over the end of the week.
        found.extend((start + step) % 7 for step in range((end - start) % 7 + 1))
    return tuple(found)


def _day(text: str) -> int:
    word = text.strip()
    if word not in DAYS:
        raise WritingError(unknown("day", word, DAYS))
    return DAYS.index(word)


def _spans(value: Plain) -> Spans:
    return tuple(_span(part.strip()) for part in one_line(value).split(","))


def _span(text: str) -> tuple[time, time]:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise WritingError(f"'{text}' are not working hours; write them as 09:00-17:00")
    start, end = _time(match[1], match[2]), _time(match[3], match[4])
    if start >= end:
        raise WritingError(f"'{text}' ends before it begins; hours over midnight are two days' hours")
    return start, end


def _time(hour: str, minute: str) -> time:
    if (int(hour), int(minute)) == (24, 0):
        return time.max
    if int(hour) > 23 or int(minute) > 59:
        raise WritingError(f"'{hour}:{minute}' is not a time of day")
    return time(int(hour), int(minute))


def _in_order(day: int, spans: Iterable[tuple[time, time]]) -> Spans:
    ordered = tuple(sorted(spans))
    for earlier, later in pairwise(ordered):
        if later[0] < earlier[1]:
            raise WritingError(f"the hours of {DAYS[day]} overlap")
    return ordered
