"""Written durations → seconds: `90s`, `4h`, `1h30m`, `2d`, and `4h working` for time that only business hours count.

Called by actions, conditions and `config`. Pure.
"""

import re

from maildesk.model.rule import Ahead
from maildesk.rules.written import Plain, WritingError, one_line

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST_SECONDS = 10 * 366 * 86400
_DURATION = re.compile(r"(?:\d{1,9}[smhdw])+|0", re.IGNORECASE | re.ASCII)
_IN_WORDS = re.compile(r"(\d{1,9})((?:s|m|h|d|w)[a-z]*|)", re.IGNORECASE | re.ASCII)
_WORKING = "working"


def duration_seconds(value: Plain) -> float:
    """Return the seconds of `90s`, `15m`, `4h`, `2d`, `1w` or several together (`1h30m`)."""
    text = one_line(value).replace(" ", "")
    if not _DURATION.fullmatch(text):
        raise WritingError(f"'{value}' is not a duration; write it as 90s, 15m, 4h, 2d or 1h30m{_meant(text)}")
    parts = re.findall(r"(\d+)([smhdw])", text.casefold())
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in parts)
    if seconds > _LONGEST_SECONDS:
        raise WritingError(f"'{value}' is longer than ten years")
    return float(seconds)


def _meant(text: str) -> str:
    """Say what was probably meant by a number alone or with its unit in full."""
    found = _IN_WORDS.fullmatch(text)
    if found is None:
        return ""
    count, unit = found[1], found[2][:1].casefold()
    return f"; did you mean '{count}{unit}'?" if unit else f"; did you mean '{count}s', '{count}m' or '{count}h'?"


def ahead(value: Plain) -> Ahead:
    """Return a duration, behind which `working` may stand: it then counts in working hours only."""
    text = one_line(value)
    working = text.casefold().endswith(f" {_WORKING}")
    return Ahead(duration_seconds(text[: -len(_WORKING)] if working else text), working)
