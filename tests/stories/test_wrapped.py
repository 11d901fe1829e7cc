"""Mails that say nothing by themselves: an invitation, winmail.dat, signed and encrypted mail reach people readable."""

from email.message import EmailMessage

import pytest

from maildesk.model import event as ev
from tests.desk import DESK, TestDesk
from tests.mail.wrapped import winmail as w

pytestmark = pytest.mark.servers

INVITATION = """\
BEGIN:VCALENDAR\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:42@customer.test\r
SUMMARY:Fuser\r
ORGANIZER;CN=Ann Bauer:mailto:ann@customer.test\r
ATTENDEE:mailto:support@example.test\r
DTSTART;TZID=W. Europe Standard Time:20260706T100000\r
DTEND;TZID=W. Europe Standard Time:20260706T110000\r
LOCATION:Room 1\r
END:VEVENT\r
END:VCALENDAR\r
"""
SIGNATURE = b"-----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----\r\n"


def written(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann Bauer <ann@customer.test>", DESK, subject
    mail["Message-ID"] = f"<{subject.lower()}@customer.test>"
    return mail


def multipart(subject: str, kind: str, *parts: tuple[str, bytes]) -> bytes:
    head = (
        f"From: Ann Bauer <ann@customer.test>\r\nTo: {DESK}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
        f"Message-ID: <{subject.lower()}@customer.test>\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n"
    )
    inner = b"".join(f"--b\r\nContent-Type: {name}\r\n\r\n".encode() + body + b"\r\n" for name, body in parts)
    return head.encode() + inner + b"--b--\r\n"


def attached(mail: EmailMessage) -> list[tuple[str | None, bytes]]:
    return [(part.get_filename(), part.get_payload(decode=True) or b"") for part in mail.iter_attachments()]  # type: ignore[misc]


def test_an_invitation_opens_a_ticket_that_tells_when_and_where(desk: TestDesk):
    mail = written("Fuser")
    mail.set_content(INVITATION, subtype="calendar", params={"method": "REQUEST"})
    notice = desk.deliver(mail, dmarc="pass").to("tia@staff.test")

    assert "Invitation: Fuser" in notice.text
    assert "When: 2026-07-06 10:00–11:00 (Europe/Berlin)" in notice.text
    assert "Where: Room 1" in notice.text
    assert b"UID:42@customer.test" in attached(notice.message)[0][1]


def test_winmail_dat_reaches_the_technician_unwrapped(desk: TestDesk):
    mail = written("Report")
    stream = (
        w.MAGIC + w.message((w.BINARY, 0x1013, b"<p>See the <b>report</b>.</p>")) + w.attached(b"report.csv", b"1,2")
    )
    mail.set_content(stream, "application", "ms-tnef", filename="winmail.dat")
    notice = desk.deliver(mail, dmarc="pass").to("tia@staff.test")

    assert "See the report." in notice.text
    assert attached(notice.message) == [("report.csv", b"1,2")]
    assert "winmail" not in notice.text


def test_signed_mail_is_read_like_any_other_and_its_signature_goes_along(desk: TestDesk):
    signed = 'signed; protocol="application/pgp-signature"'
    parts = (("text/plain", b"It smokes."), ("application/pgp-signature; name=signature.asc", SIGNATURE))
    mails = desk.deliver(multipart("Printer", signed, *parts), dmarc="pass")

    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    notice = mails.to("tia@staff.test")
    assert "It smokes." in notice.text
    assert attached(notice.message)[0] == ("signature.asc", SIGNATURE)


def test_encrypted_mail_is_never_shown_empty(desk: TestDesk):
    encrypted = 'encrypted; protocol="application/pgp-encrypted"'
    parts = (
        ("application/pgp-encrypted", b"Version: 1"),
        ("application/octet-stream; name=encrypted.asc", b"sealed"),
    )
    notice = desk.deliver(multipart("Secret", encrypted, *parts), dmarc="pass").to("tia@staff.test")

    assert "This mail is encrypted (OpenPGP); the desk cannot read it." in notice.text
    assert ("encrypted.asc", b"sealed") in attached(notice.message)
    assert desk.events(ev.CorrespondenceReceived)[0].visible_text.startswith("This mail is encrypted")
