"""What instant a technician means: `2h`, `fri 14:00`, `2026-12-01`; and how instants and lengths of time are written.

Called by the commands that take a date, and by whatever tells technicians of times.

Exact on purpose: what can be read in two ways is refused, never guessed. Libraries that read dates in words guess (all
of them take 1.12.2026 for the twelfth of January) and look at the clock of the machine.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

from maildesk.core.calendar import opening_at
from maildesk.model.desk import Desk

EXAMPLES = "2h, 3d, 1w, 14:00, tomorrow, fri 14:00 or 2026-12-01"
#: Nobody plans further ahead; a mistyped year does.
_FURTHEST = timedelta(days=5 * 366)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_FILLER = re.compile(r"^(?:in|at|on|by|until|till) ")
_SPAN = re.compile(
    r"(\d{1,4}) ?(?:(m|mins?|minutes?)|(h|hrs?|hours?)|(d|days?)|(w|wks?|weeks?))(?![a-z])[ ,]*", re.ASCII
)
_CLOCK = re.compile(r"(?:(.*?)(?:,? at |,? |(?<=\d)t))??(\d{1,2})(?::(\d\d))?(?::00)? ?([ap]m)?", re.ASCII)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d\d)?", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)? (?:of )?([a-z]{3,9})\.?,?(?: (\d{4}))?", re.ASCII)
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?", re.ASCII)


class UnclearTime(ValueError):
    """The value names no instant, several, or a past one; the message says so in plain words."""


def parse_when(value: str, desk: Desk, now: datetime) -> datetime:
    """Return the coming instant (aware UTC) that a person wrote, in the desk's time zone.

    A day alone means the start of business that day. Raises UnclearTime.
    """
    words = _FILLER.sub("", " ".join(value.casefold().split()))
    if not words:
        raise UnclearTime(f"when? Write {EXAMPLES}")
    at = _after_span(words, desk, now)
    if at is None:
        day, clock = _day_and_clock(words, value, desk, now)
        at = opening_at(desk.calendar(None), day) if clock is None else _instant(day, clock, desk)
    if at <= now:
        raise UnclearTime(f"{shown(at, desk)} is past; write {EXAMPLES}")
    if at - now > _FURTHEST:
        raise UnclearTime(f"{shown(at, desk)} is more than five years ahead")
    return at


def shown(at: datetime, desk: Desk) -> str:
    """Write an instant for technicians, in the desk's time zone."""
    local = at.astimezone(desk.timezone)
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"


def span(seconds: float) -> str:
    """Write a length of time by the clock on the wall: 45 min, 3 h 20 min, 2 d 4 h."""
    minutes = round(abs(seconds) / 60)
    return _units(seconds, (minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))


def worked(seconds: float) -> str:
    """Write a length of working time, in which a day has no fixed length: 45 min, 52 h 30 min."""
    minutes = round(abs(seconds) / 60)
    return _units(seconds, (minutes // 60, "h"), (minutes % 60, "min"))


def _units(seconds: float, *parts: tuple[int, str]) -> str:
    """Join the two largest units there are."""
    told = [f"{count} {unit}" for count, unit in parts if count][:2]
    return ("-" if seconds < 0 and told else "") + (" ".join(told) or "0 min")


def age(since: datetime, now: datetime) -> str:
    """Write how long ago something was, in a narrow column: 5m, 3h, 12d."""
    count, unit = _largest(since, now)
    return f"{count}{unit[0]}"


def ago(since: datetime, now: datetime) -> str:
    """Say how long ago something was: 5 minutes ago, 1 hour ago, 12 days ago."""
    count, unit = _largest(since, now)
    return f"{count} {unit}{'s' if count > 1 else ''} ago" if count else "less than a minute ago"


def _largest(since: datetime, now: datetime) -> tuple[int, str]:
    """Return the time passed in its largest unit; up to two days are told in hours."""
    minutes = max(int((now - since).total_seconds()) // 60, 0)
    if minutes < 60:
        return minutes, "minute"
    return (minutes // 60, "hour") if minutes < 48 * 60 else (minutes // 1440, "day")


def _after_span(words: str, desk: Desk, now: datetime) -> datetime | None:
    """Read `2h`, `1d 4h`; None: it is no span. Days and weeks keep the time of day, whatever the clocks do."""
    position, at = 0, now
    while position < len(words):
        found = _SPAN.match(words, position)
        if found is None:
            return None
        count = int(found[1])
        if found[2] or found[3]:
            at += timedelta(minutes=count) if found[2] else timedelta(hours=count)
        else:
            local = at.astimezone(desk.timezone) + timedelta(days=count * (1 if found[4] else 7))
            at = local.astimezone(UTC)
        position = found.end()
    return at


def _day_and_clock(words: str, value: str, desk: Desk, now: datetime) -> tuple[date, time | None]:
    today = now.astimezone(desk.timezone).date()
    day = _find_day(words, today)
    if day is not None:
        return day, None
    found = _CLOCK.fullmatch(words)
    if found is None or not (found[3] or found[4]):
        raise UnclearTime(f"'{value}' is no time; write {EXAMPLES}")
    day = _find_day(found[1], today) if found[1] else today
    if day is None:
        raise UnclearTime(f"'{value}' is no time; write {EXAMPLES}")
    return day, _clock(int(found[2]), int(found[3] or 0), found[4], value)


def _clock(hour: int, minute: int, half: str | None, value: str) -> time:
    fits = hour < 24 if half is None else 1 <= hour <= 12
    if not fits or minute > 59:
        raise UnclearTime(f"'{value}': there is no such time of day")
    return time(hour if half is None else hour % 12 + (12 if half == "pm" else 0), minute)


def _find_day(words: str, today: date) -> date | None:
    """Return the day that words name; None: they name none. A weekday is the next one, never today."""
    if words in ("today", "tomorrow"):
        return today + timedelta(days=words == "tomorrow")
    if len(words) >= 3 and (place := _place(words, _WEEKDAYS)) is not None:
        return today + timedelta(days=(place - today.weekday() - 1) % 7 + 1)
    if found := _ISO.fullmatch(words):
        return _date(int(found[1]), int(found[2]), int(found[3]), words)
    if found := _DOTTED.fullmatch(words):
        return _dated(found[3], int(found[2]), int(found[1]), words, today)
    if found := _SLASHED.fullmatch(words):
        return _either(int(found[3]), int(found[1]), int(found[2]), words)
    if found := _DAY_FIRST.fullmatch(words):
        month = _place(found[2], _MONTHS)
        return None if month is None else _dated(found[3], month + 1, int(found[1]), words, today)
    if found := _MONTH_FIRST.fullmatch(words):
        month = _place(found[1], _MONTHS)
        return None if month is None else _dated(found[3], month + 1, int(found[2]), words, today)
    return None


def _place(word: str, names: tuple[str, ...]) -> int | None:
    return next((place for place, name in enumerate(names) if name.startswith(word)), None)


def _either(year: int, first: int, second: int, words: str) -> date:
    """Read a date whose order differs from country to country, where only one order makes sense."""
    if first <= 12 and second <= 12 and first != second:
        one, other = _date(year, second, first, words), _date(year, first, second, words)
        names = " or ".join(f"{day.day} {day:%B}" for day in (one, other))
        raise UnclearTime(f"'{words}' is {names}; write {one} or {other}")
    day, month = (first, second) if second <= 12 else (second, first)
    return _date(year, month, day, words)


def _dated(year: str | None, month: int, day: int, words: str, today: date) -> date:
    """Return a day of a year; without a year the next such day."""
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day, words)
    # The 29th of February may be eight years away; further ahead than anybody plans is refused above.
    years = (today.year + n for n in range(9) if (month, day) != (2, 29) or _is_leap(today.year + n))
    found = _date(next(years), month, day, words)
    return found if found >= today else _date(next(years), month, day, words)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _date(year: int, month: int, day: int, words: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise UnclearTime(f"'{words}': there is no such day") from None
    # Instants near the ends of the calendar cannot be told in every time zone.
    if not 1900 < year < 3000:
        raise UnclearTime(f"'{words}': nobody plans for the year {year}")
    return found


def _instant(day: date, clock: time, desk: Desk) -> datetime:
    at = datetime.combine(day, clock, tzinfo=desk.timezone).astimezone(UTC)
    if at.astimezone(desk.timezone).time() != clock:
        raise UnclearTime(f"there is no {clock:%H:%M} on {day}: the clocks change")
    return at
