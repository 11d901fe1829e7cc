"""The Date field as an instant (RFC 5322 §3.3, §4.3), with the forms that programs write in its place.

Called by `parse`, beside mail-parser. A Date is what the sender's clock said: it is shown to people and nothing else;
all clocks of the desk run on the time of arrival.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from maildesk.mail import budgets

#: RFC 5322 §3.3 knows no year before 1900; a year far ahead is a typing error and no claim.
_YEARS = range(1900, 2101)
_OFFSET = re.compile(
    r"(\d:\d\d(?::\d\d)?)\s*(?:(?:UTC?|GMT)\s*([+-])(\d{1,2}?):?(\d\d)?|([+-])(\d{1,2}):(\d\d))\s*(?:\(.*)?$",
    re.IGNORECASE,
)
_HALF_DAY = re.compile(r"\b(\d{1,2}):(\d\d(?::\d\d)?)\s*([AP])\.?M\b\.?", re.IGNORECASE)


def tolerant_date(value: str) -> str:
    """Return a Date value with its time of day and offset as RFC 5322 writes them.

    QUIRK: `+01:00`, `GMT+1`, `UTC+0100` and `9:15 PM`, of which the strict readers drop the part that changes the hour.
    """
    value = value[: budgets.SUBJECT_CHARS]
    return _OFFSET.sub(_offset, _HALF_DAY.sub(_day_time, value, count=1), count=1)


def _offset(match: re.Match[str]) -> str:
    clock, *found = match.groups()
    sign, hours, minutes = found[:3] if found[0] else found[3:]
    return f"{clock} {sign}{int(hours):02}{minutes or '00'}"


def _day_time(match: re.Match[str]) -> str:
    hour = int(match[1]) % 12 + (12 if match[3] in "Pp" else 0)
    return f"{hour:02}:{match[2]}"


def find_date(value: str) -> datetime | None:
    """Return the instant of a tolerant Date value in UTC; a date without an offset is taken as UTC."""
    found = _find_mail_date(value) or _find_iso_date(value)
    return None if found is None else _in_utc(found)


def _find_mail_date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _find_iso_date(value: str) -> datetime | None:
    # QUIRK: RFC 3339, from scripts and appliances.
    try:
        return datetime.fromisoformat(value.strip().replace(" +", "+").replace(" -", "-"))
    except ValueError:
        return None


def _in_utc(found: datetime) -> datetime | None:
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def is_sane(found: datetime | None) -> bool:
    """Tell whether a date may be shown.

    A clock that is merely wrong is shown to be wrong, also before 1970: the claim is better than its absence, and
    nothing is computed from it.
    """
    return found is not None and found.year in _YEARS
