"""Invitations and answers to them: the calendar object of a mail, and what it says in words (RFC 5545, 5546, 6047).

Called by `wrapped`. The first event (or task) of the first calendar that can be read counts. Times without a zone are
read in the calendar's own zone or else at the offset of the mail's Date field, because that is the sender's clock. Line
by line, so that a bad line loses only itself; nothing recurs, and no zone a mail defines outlives the mail.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.parser import Contentline, Contentlines
from icalendar.prop import vDuration
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from maildesk.mail import budgets
from maildesk.mail.addresses import find_specs
from maildesk.mail.attachments import find_name
from maildesk.mail.charsets import clean_line, clean_text, decode_text
from maildesk.mail.tree import Part, leaves
from maildesk.model.message import Address, Attendee, Invitation

_TYPES = ("text/calendar", "application/ics", "application/calendar", "text/x-vcalendar")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(?:\d\d)?", re.ASCII)
_BY_DAY = re.compile(r"([+-]?[1-5])(SU|MO|TU|WE|TH|FR|SA)", re.ASCII)
_BY_MONTH = re.compile(r"0?([1-9]|1[0-2])", re.ASCII)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_ANSWERS = {
    "accepted": "accepts", "declined": "declines", "tentative": "tentatively accepts", "delegated": "delegates",
    "needs-action": "has not answered",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    """One content line: name and parameter names in upper case, the value unescaped; of several values the first."""

    name: str
    parameters: dict[str, str]
    value: str

    def parameter(self, name: str) -> str:
        """Return a parameter; empty when it is not there."""
        return self.parameters.get(name, "")


@dataclass(slots=True)
class _Component:
    kind: str
    lines: list[_Line] = field(default_factory=list)
    parts: list["_Component"] = field(default_factory=list)

    def find(self, name: str) -> _Line | None:
        """Return the first line of a name, or None."""
        return next((line for line in self.lines if line.name == name), None)

    def value(self, name: str) -> str:
        """Return the value of the first line of a name; empty when there is none."""
        line = self.find(name)
        return line.value if line else ""


@dataclass(frozen=True, slots=True)
class FoundInvitation:
    """An invitation and what it says in words, for a mail that says nothing else."""

    invitation: Invitation
    text: str


def find_invitation(root: Part, date: str) -> FoundInvitation | None:
    """Return the invitation a mail carries, or None. `date` is the Date field as written."""
    parts = [part for part in leaves(root) if _is_calendar(part)]
    # What is a part of the text goes before what is a file (RFC 6047 §2.4).
    parts.sort(key=lambda part: (part.get_content_disposition() == "attachment", not part.get_param("method")))
    for part in parts[: budgets.SEALS]:
        octets = part.octets()
        if len(octets) > budgets.CALENDAR_BYTES:
            continue
        text = decode_text(octets, str(part.get_param("charset", "") or "utf-8"))[0]
        if found := _read(clean_text(text), _parameter(part, "method"), zone_of(date)):
            return found
    return None


def describe(invitation: Invitation, zone: tzinfo, remarks: Iterable[str] = ()) -> str:
    """Put an invitation into words; times as clocks in `zone` show them, remarks are texts people wrote to it."""
    lines = [_headline(invitation)]
    if when := _when(invitation, zone):
        lines.append(f"When: {when}" + (" (repeated)" if invitation.recurrence else ""))
    if invitation.location:
        lines.append(f"Where: {invitation.location}")
    if invitation.organizer and invitation.method != "reply":
        lines.append(f"From: {_shown(invitation.organizer)}")
    return "\n\n".join(filter(None, ("\n".join(lines), *(remark.strip() for remark in remarks))))


def zone_of(date: str) -> tzinfo:
    """Return the offset a Date field was written at; UTC where it names none."""
    try:
        parsed = parsedate_tz(date[: budgets.SUBJECT_CHARS])
        offset = parsed[9] if parsed else None
        return timezone(timedelta(seconds=offset)) if offset else UTC
    except (ValueError, TypeError, IndexError, OverflowError):
        return UTC


def _parameter(part: Part, name: str) -> str:
    value = part.get_param(name)
    return value.strip() if isinstance(value, str) else ""


def _is_calendar(part: Part) -> bool:
    kind = part.get_content_type()
    return kind in _TYPES or (kind == "application/octet-stream" and find_name(part).lower().endswith((".ics", ".vcs")))


def _read(text: str, method: str, zone: tzinfo) -> FoundInvitation | None:
    calendar = _parse(text)
    event = next((part for kind in ("VEVENT", "VTODO") for part in calendar.parts if part.kind == kind), None)
    if event is None:
        return None
    zones = _Zones(calendar, zone)
    starts, ends = _instants(event, zones)
    start = event.find("DTSTART")
    method = (method or calendar.value("METHOD") or "publish").lower()
    invitation = Invitation(
        method=clean_line(method, 40),
        uid=clean_line(event.value("UID"), budgets.ID_CHARS),
        summary=clean_line(event.value("SUMMARY"), budgets.SUBJECT_CHARS),
        organizer=_find_person(event.find("ORGANIZER")),
        attendees=_attendees(event),
        starts_at=starts,
        ends_at=ends,
        all_day=start is not None and "T" not in start.value.upper(),
        location=clean_line(event.value("LOCATION"), budgets.SUBJECT_CHARS),
        recurrence=clean_line(event.value("RRULE"), budgets.SUBJECT_CHARS),
    )
    shown_in = zones.find(start.parameter("TZID")) if start and start.parameter("TZID") else zones.floating
    remarks = (event.value(name) for name in ("COMMENT", "DESCRIPTION") if method != "reply" or name == "COMMENT")
    words = describe(invitation, shown_in, map(clean_text, remarks))
    return FoundInvitation(invitation, words[: budgets.TEXT_CHARS])


def _parse(text: str) -> _Component:
    """Return the calendar of a text; bad lines and what is over the budget are left out."""
    root = _Component("VCALENDAR")
    open_ones = [root]
    content_lines: Contentlines = Contentlines.from_ical(text)  # type: ignore[no-untyped-call]
    for content_line in content_lines[: budgets.CALENDAR_LINES]:
        line = _find_line(content_line)
        if line is None:
            continue
        match line.name, line.value.strip().upper():
            case "BEGIN", "VCALENDAR":
                pass
            case "BEGIN", kind if len(open_ones) < budgets.DEPTH:
                open_ones[-1].parts.append(_Component(kind))
                open_ones.append(open_ones[-1].parts[-1])
            case "END", kind if len(open_ones) > 1 and kind == open_ones[-1].kind:
                open_ones.pop()
            case _:
                open_ones[-1].lines.append(line)
    return root


def _find_line(content_line: Contentline) -> _Line | None:
    try:
        name, parameters, value = content_line.parts() if content_line else ("", {}, "")
    except ValueError:
        return None
    found: dict[str, str] = {}
    for key, given in parameters.items():
        found[key.upper()] = given if isinstance(given, str) else next(iter(given), "")
    return _Line(name.upper(), found, value)


def _instants(event: _Component, zones: "_Zones") -> tuple[datetime | None, datetime | None]:
    starts = zones.instant(event.find("DTSTART"))
    ends = zones.instant(event.find("DTEND") or event.find("DUE"))
    if starts and ends is None and (duration := event.value("DURATION")):
        try:
            length: timedelta = vDuration.from_ical(duration[:40])  # type: ignore[no-untyped-call]
            ends = starts + min(length, timedelta(days=36_500))
        except (ValueError, OverflowError):
            ends = None
    return starts, ends


def _find_person(line: _Line | None) -> Address | None:
    if line is None:
        return None
    # QUIRK: Exchange writes `invalid:nomail` or a directory name and, at best, the address in EMAIL (RFC 7986 §6.2).
    specs = find_specs(line.value.removeprefix("mailto:").removeprefix("MAILTO:")) or find_specs(
        line.parameter("EMAIL")
    )
    return Address(clean_line(line.parameter("CN"), budgets.NAME_CHARS), clean_line(specs[0])) if specs else None


def _attendees(event: _Component) -> tuple[Attendee, ...]:
    found = []
    for line in [line for line in event.lines if line.name == "ATTENDEE"][: budgets.ADDRESSES]:
        person = _find_person(line)
        answer = line.parameter("PARTSTAT").lower() or "needs-action"
        if person:
            found.append(Attendee(person, clean_line(answer, 40)))
    return tuple(found)


class _Zones:
    """The zones one calendar speaks of."""

    def __init__(self, calendar: _Component, mail_zone: tzinfo) -> None:
        self._defined = {part.value("TZID"): part for part in calendar.parts if part.kind == "VTIMEZONE"}
        self.floating = _known_zone(calendar.value("X-WR-TIMEZONE")) or mail_zone

    def find(self, name: str) -> tzinfo:
        """Return a zone by its name here: of the world, of Windows, or as the calendar defines it."""
        definition = self._defined.get(name)
        known = _known_zone(name) or (_known_zone(definition.value("X-LIC-LOCATION")) if definition else None)
        return known or (_Defined(definition) if definition else self.floating)

    def instant(self, line: _Line | None) -> datetime | None:
        """Return a date or time in UTC; a date is its midnight in UTC; None for what is neither."""
        match = _STAMP.match(line.value.strip().upper()) if line else None
        if match is None or line is None:
            return None
        year, month, day, hour, minute, second = (int(group or 0) for group in match.groups()[:6])
        zone = UTC if match[7] or match[4] is None else self.find(line.parameter("TZID"))
        if not 1900 <= year <= 2200:
            return None
        try:
            return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            return None


def _known_zone(name: str) -> tzinfo | None:
    cleaned = name.strip(' "/')[:200]
    # A vendor's prefix stands before a name of the world in "/vendor.example/20250101_1/Europe/Berlin".
    steps = cleaned.split("/")[:8]
    for key in (WINDOWS_TO_OLSON.get(cleaned, cleaned), *("/".join(steps[i:]) for i in range(1, len(steps) - 1))):
        try:
            return ZoneInfo(key)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None


class _Defined(tzinfo):
    """A zone as a calendar defines it: the observance begun last counts (RFC 5545 §3.6.5).

    Only rules of the one form in use are read, a weekday of a month each year; an observance without one is begun once.
    """

    def __init__(self, definition: _Component) -> None:
        self._observances = tuple(found for part in definition.parts[:50] if (found := _Observance.find(part)))

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """Return the offset in force at a local time."""
        if moment is None or not self._observances:
            return timedelta(0)
        local = moment.replace(tzinfo=UTC)
        begun = [(onset, item.offset) for item in self._observances if (onset := item.last_onset(local))]
        first = min(self._observances, key=lambda item: item.start)
        return max(begun)[1] if begun else first.before

    def dst(self, _moment: datetime | None) -> timedelta:
        """Return nothing; nobody asks."""
        return timedelta(0)

    def tzname(self, _moment: datetime | None) -> None:
        """Return no name; the offset is shown."""


@dataclass(frozen=True, slots=True)
class _Observance:
    start: datetime
    before: timedelta
    offset: timedelta
    rule: tuple[int, int, int] | None

    @classmethod
    def find(cls, part: _Component) -> "_Observance | None":
        """Read one STANDARD or DAYLIGHT; None when it says too little."""
        match, offset = _STAMP.match(part.value("DTSTART")), _find_offset(part.value("TZOFFSETTO"))
        if match is None or offset is None:
            return None
        try:
            # A local time; UTC only stands for "no zone" here.
            year, month, day, hour, minute, second = (int(group or 0) for group in match.groups()[:6])
            start = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:
            return None
        rule = _find_yearly(part.value("RRULE"), start.month)
        return cls(start, _find_offset(part.value("TZOFFSETFROM")) or offset, offset, rule)

    def last_onset(self, local: datetime) -> datetime | None:
        """Return when this observance last began before a local time, or None."""
        if local < self.start:
            return None
        if self.rule is None:
            return self.start
        onsets = (self._onset_in(year) for year in (local.year, local.year - 1))
        return next((onset for onset in onsets if self.start.replace(day=1) <= onset <= local), self.start)

    def _onset_in(self, year: int) -> datetime:
        """The week counts from the month's first day, or from its last."""
        month, nth, weekday = self.rule or (1, 1, 0)
        first = self.start.replace(year=year, month=month, day=1)
        after = (first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)) - timedelta(days=1)
        if nth > 0:
            return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
        return after - timedelta(days=(after.weekday() - weekday) % 7 + 7 * (-nth - 1))


def _find_yearly(rule: str, month: int) -> tuple[int, int, int] | None:
    """Return month, which one and weekday (Monday is 0) of a yearly rule; None for every other rule."""
    # QUIRK: Outlook names the month in the rule only and lets the observance begin in January of 1601.
    steps = dict(step.partition("=")[::2] for step in rule[:200].upper().split(";"))
    by_day, by_month = _BY_DAY.fullmatch(steps.get("BYDAY", "")), _BY_MONTH.fullmatch(steps.get("BYMONTH", str(month)))
    if by_day is None or by_month is None:
        return None
    return int(by_month[1]), int(by_day[1]), _WEEKDAYS.index(by_day[2])


def _find_offset(value: str) -> timedelta | None:
    match = _OFFSET.match(value.strip())
    if match is None or int(match[2]) > 23:
        return None
    offset = timedelta(hours=int(match[2]), minutes=min(int(match[3]), 59))
    return -offset if match[1] == "-" else offset


def _headline(invitation: Invitation) -> str:
    summary = invitation.summary or "(no subject)"
    match invitation.method:
        case "reply":
            answers = [f"{_name(a.address)} {_ANSWERS.get(a.answer, 'answers')}" for a in invitation.attendees[:10]]
            return f"{', '.join(answers) or 'Somebody answers'}: {summary}"
        case "cancel":
            return f"Cancelled: {summary}"
        case "counter":
            return f"Another time proposed: {summary}"
        case _:
            return f"Invitation: {summary}"


def _when(invitation: Invitation, zone: tzinfo) -> str:
    starts, ends = invitation.starts_at, invitation.ends_at
    if starts is None:
        return ""
    if invitation.all_day:
        # The end is the first day that no longer belongs to it.
        last = ends - timedelta(days=1) if ends and ends > starts else starts
        days = dict.fromkeys((f"{starts:%Y-%m-%d}", f"{last:%Y-%m-%d}"))
        return " to ".join(days)
    local = _local(starts, zone)
    until = ""
    if ends and ends > starts:
        local_end = _local(ends, zone)
        until = f"{local_end:–%H:%M}" if local_end.date() == local.date() else f"{local_end: to %Y-%m-%d %H:%M}"
    named = getattr(zone, "key", "") or f"UTC{local:%z}"
    return f"{local:%Y-%m-%d %H:%M}{until} ({named})"


def _local(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError):
        return moment


def _name(address: Address) -> str:
    return address.name or address.address


def _shown(address: Address) -> str:
    return f"{address.name} <{address.address}>" if address.name else address.address
