"""Written amounts → numbers: durations, rates, working hours, ports. Called by `shapes`; pure."""

import re
from collections.abc import Iterable
from datetime import time
from itertools import pairwise

from maildesk.model.clock import ALWAYS
from maildesk.model.desk import Cap
from maildesk.rules.written import Plain, WritingError, kind_of, one_line, unknown

Spans = tuple[tuple[time, time], ...]
Hours = tuple[tuple[int, Spans], ...]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NONE = "none"
NEVER = "never"

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST_SECONDS = 10 * 366 * 86400
_DURATION = re.compile(r"(?:\d{1,9}[smhdw])+|0", re.IGNORECASE | re.ASCII)
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)", re.ASCII)


def parse_duration(value: Plain) -> float:
    """Return the seconds of `90s`, `15m`, `4h`, `2d`, `1w` or several together (`1h30m`)."""
    text = one_line(value).replace(" ", "")
    if not _DURATION.fullmatch(text):
        raise WritingError(f"'{value}' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m")
    parts = re.findall(r"(\d+)([smhdw])", text.casefold())
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in parts)
    if seconds > _LONGEST_SECONDS:
        raise WritingError(f"'{value}' is longer than ten years")
    return float(seconds)


def parse_interval(value: Plain) -> float:
    """Return the seconds of a duration that something repeats in: at least one."""
    seconds = parse_duration(value)
    if seconds < 1:
        raise WritingError("must be at least 1s")
    return seconds


def parse_duration_or_never(value: Plain) -> float | None:
    """Return the seconds of a duration, or None for `never`."""
    return None if value == NEVER else parse_duration(value)


def parse_cap(value: Plain) -> Cap | None:
    """Return a rate such as `3/24h` (at most 3 in 24 hours); `none` lifts the cap."""
    text = one_line(value)
    if text.casefold() == NONE:
        return None
    count, slash, window = text.partition("/")
    if not slash or not count.strip().isascii() or not count.strip().isdigit():
        raise WritingError(f"'{text}' is not a rate; write it as 3/24h, or none")
    return Cap(int(count[:9]), parse_interval(window))


def parse_count_or_none(value: Plain) -> int | None:
    """Return a count, or None for `none`."""
    return None if value == NONE else parse_count(value)


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
