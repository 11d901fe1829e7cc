"""Invitations and answers: what stands in the calendar object, when it is, and the words for a mail that has none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail import budgets
from maildesk.mail.parse import parse_message
from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import Address, Attendee, InboundMessage, Invitation

REQUEST = """\
METHOD:REQUEST
BEGIN:VEVENT
UID:42@x.test
SUMMARY:Fuser\\, second try
ORGANIZER;CN="Ann Bauer":MAILTO:ann@x.test
ATTENDEE;CN=Desk;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:support@example.test
ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@x.test
DTSTART;TZID=Europe/Berlin:20260706T100000
DTEND;TZID=Europe/Berlin:20260706T113000
LOCATION:Room 1
DESCRIPTION:Bring the part.\\nAnd tools.
RRULE:FREQ=WEEKLY;COUNT=3
BEGIN:VALARM
TRIGGER:-PT15M
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
"""


def calendar(lines: str) -> str:
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{lines}END:VCALENDAR\n"


def read(lines: str, content_type: str = "text/calendar; charset=utf-8", text: str = "") -> InboundMessage:
    said = f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n" if text else ""
    raw = (
        "From: ann@x.test\nDate: Mon, 2 Mar 2026 10:00:00 -0500\nMIME-Version: 1.0\n"
        f"Content-Type: multipart/alternative; boundary=b\n\n{said}"
        f"--b\nContent-Type: {content_type}\n\n{calendar(lines)}\n--b--\n"
    )
    return parse_message(raw.replace("\n", "\r\n").encode()).message


def invitation(lines: str, content_type: str = "text/calendar") -> Invitation:
    found = read(lines, content_type).invitation
    assert found is not None
    return found


def test_an_invitation_is_read_whole():
    assert invitation(REQUEST) == Invitation(
        method="request", uid="42@x.test", summary="Fuser, second try", organizer=Address("Ann Bauer", "ann@x.test"),
        attendees=(
            Attendee(Address("Desk", "support@example.test"), "needs-action"),
            Attendee(Address("", "bob@x.test"), "accepted"),
        ),
        starts_at=datetime(2026, 7, 6, 8, 0, tzinfo=UTC), ends_at=datetime(2026, 7, 6, 9, 30, tzinfo=UTC),
        all_day=False, location="Room 1", recurrence="FREQ=WEEKLY;COUNT=3",
    )  # fmt: skip


def test_the_object_stays_a_file_and_a_text_stays_the_text():
    message = read(REQUEST, text="Please come.")
    assert message.text == "Please come."
    assert [a.content_type for a in message.attachments] == ["text/calendar"]
    assert message.invitation is not None


OUTLOOK_ZONE = """\
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
SOUTH_ZONE = OUTLOOK_ZONE.replace("BYMONTH=10", "BYMONTH=04").replace("BYMONTH=3", "BYMONTH=10").replace("-1SU", "1SU")
FIXED_ZONE = (
    "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0530\n"
    "END:STANDARD\nEND:VTIMEZONE\n"
)
ALIAS_ZONE = "BEGIN:VTIMEZONE\nTZID:Mine\nX-LIC-LOCATION:Asia/Tokyo\nEND:VTIMEZONE\n"
CUSTOM = "DTSTART;TZID=Customized Time Zone"
TIMES = [
    ("in UTC", "", "DTSTART:20260706T080000Z", "2026-07-06T08:00"),
    ("named zone, summer", "", "DTSTART;TZID=Europe/Berlin:20260706T100000", "2026-07-06T08:00"),
    ("named zone, winter", "", "DTSTART;TZID=Europe/Berlin:20260106T100000", "2026-01-06T09:00"),
    ("name of Windows", "", 'DTSTART;TZID="W. Europe Standard Time":20260706T100000', "2026-07-06T08:00"),
    ("vendor's prefix", "", "DTSTART;TZID=/mozilla.org/20050126_1/Europe/Berlin:20260706T100000", "2026-07-06T08:00"),
    ("defined zone, summer", OUTLOOK_ZONE, CUSTOM + ":20260706T100000", "2026-07-06T08:00"),
    ("defined zone, winter", OUTLOOK_ZONE, CUSTOM + ":20260106T100000", "2026-01-06T09:00"),
    ("defined zone, last day of winter", OUTLOOK_ZONE, CUSTOM + ":20260328T100000", "2026-03-28T09:00"),
    ("defined zone, first day of summer", OUTLOOK_ZONE, CUSTOM + ":20260329T100000", "2026-03-29T08:00"),
    ("defined zone, last day of summer", OUTLOOK_ZONE, CUSTOM + ":20261024T100000", "2026-10-24T08:00"),
    ("defined in the south, January", SOUTH_ZONE, CUSTOM + ":20260106T100000", "2026-01-06T08:00"),
    ("defined in the south, July", SOUTH_ZONE, CUSTOM + ":20260706T100000", "2026-07-06T09:00"),
    ("defined, always the same", FIXED_ZONE, "DTSTART;TZID=Mine:20260706T100000", "2026-07-06T04:30"),
    ("defined by its place", ALIAS_ZONE, "DTSTART;TZID=Mine:20260706T100000", "2026-07-06T01:00"),
    ("of no zone: the mail's own offset", "", "DTSTART:20260706T100000", "2026-07-06T15:00"),
    ("of no zone: the calendar's", "X-WR-TIMEZONE:Asia/Tokyo\n", "DTSTART:20260706T100000", "2026-07-06T01:00"),
    ("unknown zone: the mail's own offset", "", "DTSTART;TZID=Nowhere/City:20260706T100000", "2026-07-06T15:00"),
    ("a zone that is a path", "", "DTSTART;TZID=../../etc/passwd:20260706T100000", "2026-07-06T15:00"),
    ("a day", "", "DTSTART;VALUE=DATE:20260706", "2026-07-06T00:00"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "start", "instant"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES])
def test_times_become_instants(definition: str, start: str, instant: str):
    found = invitation(f"{definition}BEGIN:VEVENT\nUID:1\n{start}\nEND:VEVENT\n")
    assert found.starts_at == datetime.fromisoformat(f"{instant}:00+00:00")
    assert found.all_day is ("VALUE=DATE" in start)


@pytest.mark.parametrize(
    "start", ["DTSTART:soon", "DTSTART:20261306T100000Z", "DTSTART:00010101T000000Z", "DTSTART:99991231T235959Z", "X:1"]
)
def test_what_is_no_time_is_left_out(start: str):
    assert invitation(f"BEGIN:VEVENT\nUID:1\n{start}\nDURATION:PT1H\nEND:VEVENT\n").starts_at is None


@pytest.mark.parametrize(
    ("duration", "ends"), [("PT90M", "09:30"), ("P1D", "08:00"), ("sometime", None), ("P999999999999999D", None)]
)
def test_a_duration_is_an_end(duration: str, ends: str | None):
    found = invitation(f"BEGIN:VEVENT\nDTSTART:20260706T080000Z\nDURATION:{duration}\nEND:VEVENT\n")
    assert (found.ends_at and f"{found.ends_at:%H:%M}") == ends


def test_a_zone_of_one_mail_is_unknown_to_the_next():
    event = "BEGIN:VEVENT\nDTSTART;TZID=Mine:20260706T100000\nEND:VEVENT\n"
    assert invitation(FIXED_ZONE + event) != invitation(event)


INVITED = """\
Invitation: Fuser, second try
When: 2026-07-06 10:00–11:30 (Europe/Berlin) (repeated)
Where: Room 1
From: Ann Bauer <ann@x.test>

Bring the part.
And tools."""
REPLY = """\
METHOD:REPLY
BEGIN:VEVENT
UID:42
SUMMARY:Fuser
ATTENDEE;CN=Ann;PARTSTAT=ACCEPTED:mailto:ann@x.test
COMMENT:But ten minutes late
DESCRIPTION:Bring the part.
END:VEVENT
"""
WORDS = [
    (REQUEST, INVITED),
    (REPLY, "Ann accepts: Fuser\n\nBut ten minutes late"),
    (
        "METHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Fuser\nATTENDEE;PARTSTAT=DECLINED:mailto:ann@x.test\nEND:VEVENT\n",
        "ann@x.test declines: Fuser",
    ),
    ("METHOD:REPLY\nBEGIN:VEVENT\nSUMMARY:Fuser\nEND:VEVENT\n", "Somebody answers: Fuser"),
    (
        "METHOD:CANCEL\nBEGIN:VEVENT\nSUMMARY:Fuser\nDTSTART;VALUE=DATE:20260706\nDTEND;VALUE=DATE:20260708\nEND:VEVENT\n",
        "Cancelled: Fuser\nWhen: 2026-07-06 to 2026-07-07",
    ),
    (
        "METHOD:COUNTER\nBEGIN:VEVENT\nSUMMARY:Fuser\nDTSTART:20260706T080000Z\nDTEND:20260707T080000Z\nEND:VEVENT\n",
        "Another time proposed: Fuser\nWhen: 2026-07-06 03:00 to 2026-07-07 03:00 (UTC-0500)",
    ),
    ("BEGIN:VTODO\nSUMMARY:Order part\nDUE;VALUE=DATE:20260706\nEND:VTODO\n", "Invitation: Order part"),
    ("BEGIN:VEVENT\nEND:VEVENT\n", "Invitation: (no subject)"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "words"), WORDS)
def test_a_mail_without_text_says_what_it_carries(lines: str, words: str):
    assert read(lines).text == words


def test_words_made_here_tell_no_language_of_the_sender():
    raw = f"From: ann@x.test\r\nContent-Type: text/calendar\r\n\r\n{calendar(REQUEST)}".encode()
    message = read_message(raw, ReadingContext()).message
    assert message.text.startswith("Invitation: ")
    assert message.language is None


METHODS = [
    ("METHOD:REQUEST\n", "text/calendar", "request"),
    ("METHOD:REQUEST\n", "text/calendar; method=REPLY", "reply"),
    ("", "text/calendar; method=CANCEL; name=meeting.ics", "cancel"),
    ("", "text/calendar", "publish"),
    ("METHOD:REQUEST\n", "application/octet-stream; name=invite.ICS", "request"),
    ("METHOD:REQUEST\n", "application/ics; name=invite.ics", "request"),
]


@pytest.mark.parametrize(("line", "content_type", "method"), METHODS)
def test_what_is_asked(line: str, content_type: str, method: str):
    assert invitation(f"{line}BEGIN:VEVENT\nUID:1\nEND:VEVENT\n", content_type).method == method


PEOPLE = [
    ("ORGANIZER:mailto:ann@x.test", Address("", "ann@x.test")),
    ("ORGANIZER;CN=Müller\\, A:mailto:ann@x.test", Address("Müller, A", "ann@x.test")),
    ("ORGANIZER;EMAIL=ann@x.test;CN=A:urn:uuid:1", Address("A", "ann@x.test")),
    ("ORGANIZER:invalid:nomail", None),
]


@pytest.mark.parametrize(("line", "person"), PEOPLE)
def test_who_invites(line: str, person: Address | None):
    assert invitation(f"BEGIN:VEVENT\n{line}\nEND:VEVENT\n").organizer == person


ODD = [
    ("folded", "BEGIN:VEVENT\nSUMMARY:Fus\n er\nEND:VEVENT\n", "Fuser"),
    ("a bad line among good ones", "BEGIN:VEVENT\nno colon here\n:x\nSUMMARY:Fuser\nEND:VEVENT\n", "Fuser"),
    ("never ended", "BEGIN:VEVENT\nSUMMARY:Fuser\n", "Fuser"),
    ("small letters", "begin:vevent\nsummary:Fuser\nend:vevent\n", "Fuser"),
    ("two events", "BEGIN:VEVENT\nSUMMARY:Fuser\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Toner\nEND:VEVENT\n", "Fuser"),
    ("nested without end", "BEGIN:VEVENT\nSUMMARY:Fuser\n" + "BEGIN:X\n" * 200, "Fuser"),
]


@pytest.mark.parametrize(("lines", "summary"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_odd_objects_are_read(lines: str, summary: str):
    assert invitation(lines).summary == summary


@pytest.mark.parametrize("lines", ["", "BEGIN:VFREEBUSY\nEND:VFREEBUSY\n", "X" * (budgets.CALENDAR_BYTES + 1)])
def test_what_is_no_invitation_is_only_a_file(lines: str):
    message = read(lines)
    assert message.invitation is None
    assert len(message.attachments) == 1


@given(st.binary(max_size=300))
def test_any_bytes_give_a_mail(noise: bytes):
    head = b"From: a@x.test\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"
    parse_message(head + OUTLOOK_ZONE.encode() + b"BEGIN:VEVENT\r\n" + noise)
