"""The Date field as an instant (RFC 5322 §3.3, §4.3), with the forms that programs write in its place.

Called by `parse`, beside mail-parser. A Date is what the sender's clock said: it is shown to people and nothing else;
all clocks of the desk run on the time of arrival.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from maildesk.mail import budgets
from maildesk.mail.charsets import decode_words

#: RFC 5322 §3.3 knows no year before 1900; a year far ahead is a typing error and no claim.
_YEARS = range(1900, 2101)
_OFFSET = re.compile(
    r"(\d:\d\d(?::\d\d)?)\s*(?:(?:UTC?|GMT)\s*([+-])(\d{1,2}?):?(\d\d)?|([+-])(\d{1,2})(?::(\d\d))?)\s*(?:\(.*)?$",
    re.IGNORECASE,
)
_ZONE = re.compile(
    r"(?<![+-])(?<![+-]\d)(\d:\d\d(?::\d\d)?)\s*\(?([A-Z]{3,5})\)?(?=\s+\d{4}\s*$|\s*(?:\(.*)?$)", re.IGNORECASE
)
#: Minutes east of Greenwich of the names that the standard readers do not know and that mean one zone in mail.
_ZONES = {
    "wet": 0, "west": 60, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "met": 60, "mest": 120, "bst": 60, "eet": 120,
    "eest": 180, "msk": 180, "msd": 240, "sast": 120, "hkt": 480, "sgt": 480, "awst": 480, "jst": 540, "kst": 540,
    "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "akst": -540, "akdt": -480,
    "hst": -600, "brt": -180,
}  # fmt: skip
#: What nearly all mail has and nobody need look at twice.
_PLAIN = re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}(?: \([A-Z]{3,5}\))?")
_FRACTION = re.compile(r"(\d:\d\d:\d\d)\.\d+")
_WRAPPING = re.compile(r"\A[\s\"']*(?:date:)?[\s\"']*|[\s\"']+\Z", re.IGNORECASE)
_AT = re.compile(r"(\d{4}),? at (?=\d)", re.IGNORECASE)
#: Day, month in letters, year; `de` as Spanish and Portuguese have it, a dot as German and French.
_NAMED_MONTH = re.compile(
    r"\A(?:\D{2,20}?[\s,])?\s*(\d{1,2})\.?(?:\s+de)?[\s-]+([^\W\d_]{3,12})\.?(?:\s+de)?[\s-]+(?=\d{4}\s)"
)
_MONTHS = {
    name: english
    for english, names in {
        "Jan": "janv ene gen sty янв oca", "Feb": "févr fév fev lut фев şub", "Mar": "mär mrz mrt мар",
        "Apr": "avr abr kwi апр nis", "May": "mai mag maj mei мая май", "Jun": "juin giu cze июн haz",
        "Jul": "juil lug lip июл tem", "Aug": "août ago sie авг ağu", "Sep": "sept set wrz сен eyl",
        "Oct": "okt ott out paź окт eki", "Nov": "ноя kas", "Dec": "dez déc dic dez gru дек",
    }.items()
    for name in names.split()
}  # fmt: skip
_ISO_DAY = re.compile(r"\A(\d{4})/(\d\d)/(\d\d)")
#: What people's programs write between day and time of day, and behind a day.
_SHOWN_AT = re.compile(r"(\b\d{4}),? (?:at|um|à|om|kl\.?|klo|alle|a las|às|o|v|в|о|,) (?=\d{1,2}[:.])", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<=\b)(\d{1,2})(?:st|nd|rd|th|\.)(?= [^\W\d_]|, \d{4})", re.IGNORECASE)
_SECONDS = re.compile(r"[1-9]\d{9}", re.ASCII)
_HALF_DAY = re.compile(r"\b(\d{1,2}):(\d\d(?::\d\d)?)\s*([AP])\.?M\b\.?", re.IGNORECASE)


def tolerant_date(value: str) -> str:
    """Return a Date value with its month, time of day and offset as RFC 5322 writes them.

    QUIRK: `+01:00`, `GMT+1`, `UTC+0100`, `CEST` and `9:15 PM`, of which the strict readers drop what changes the hour;
    fractions of a second; months in the sender's language, from programs that ask the system for names.
    """
    if _PLAIN.fullmatch(value):
        return value
    value = _WRAPPING.sub("", decode_words(value[: budgets.SUBJECT_CHARS]))
    value = _FRACTION.sub(r"\1", _AT.sub(r"\1 ", value, count=1), count=1)
    value = _HALF_DAY.sub(_day_time, _NAMED_MONTH.sub(_english_date, value, count=1), count=1)
    return _OFFSET.sub(_offset, _ZONE.sub(_named_offset, value, count=1), count=1)


def _english_date(match: re.Match[str]) -> str:
    name = match[2].casefold()
    # Long names too: what begins like one of these is no English month but May, which is the same.
    english = _MONTHS.get(name) or _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])
    return f"{match[1]} {english} " if english else match[0]


def _named_offset(match: re.Match[str]) -> str:
    minutes = _ZONES.get(match[2].casefold())
    if minutes is None:
        return match[0]
    return f"{match[1]} {'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"


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


def find_zoned_date(value: str) -> datetime | None:
    """Return the instant that a date names as people's programs show it to them; None without a zone, or in doubt.

    QUIRK: `2. March 2026 at 09:15:00 CET`, `Monday, March 2, 2026 at 09:15:00 AM GMT+1`. Days in figures alone are
    read in ISO 8601 only: nobody can tell 2/3 from 3/2.
    """
    written = tolerant_date(_SHOWN_AT.sub(r"\1 ", _ORDINAL.sub(r"\1 ", value[: budgets.NAME_CHARS], count=1), count=1))
    found = None if _SECONDS.fullmatch(written.strip()) else _find_mail_date(written) or _find_iso_date(written)
    named = _in_utc(found) if found is not None and found.tzinfo is not None else None
    return named if is_sane(named) else None


def _find_mail_date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _find_iso_date(value: str) -> datetime | None:
    # QUIRK: RFC 3339, from scripts and appliances; and the seconds since 1970.
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return datetime.fromtimestamp(int(value), UTC)
    written = _ISO_DAY.sub(r"\1-\2-\3", value).removesuffix(" UTC").removesuffix(" GMT")
    try:
        return datetime.fromisoformat(written.replace(" +", "+").replace(" -", "-"))
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
