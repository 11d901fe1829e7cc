"""Words and files on their way through the desk: what is typed at one end is read at the other, whatever it holds."""

from email.message import EmailMessage

import pytest

from maildesk.model import event as ev
from tests.desk import Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA, Person

pytestmark = pytest.mark.servers

TEXTS = {
    "accents and symbols": "Grüße aus Køge – “quoted”, 50 € und 👋🏽",
    "other scripts": "Здравствуйте\nこんにちは\nمرحبا\nสวัสดี",
    "dots alone": "First\n.\n..\nlast",
    "mbox line": "Hello\n\nFrom here on it works.\n\nFrom there too.",
    "long line": "word " * 400 + "end",
    "line without blanks": "x" * 3000,
    "equals and spaces": "a=3D b=20\n  indented\n\ttabbed",
    "angle brackets": 'use <b>bold</b> & "quotes" {{ 7 * 7 }} {% raw %} ${x}',
    "header look-alike": "Subject: not a header\nBcc: eve@evil.test\n\nText",
    "many blank lines": "one\n\n\n\ntwo",
}


def notice_of_new(desk: TestDesk, mail: EmailMessage | None = None) -> Sent:
    return desk.deliver(mail or ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_of_a_technician_arrives_as_typed(desk: TestDesk, text: str):
    mail = desk.deliver(TIA.bare_reply(notice_of_new(desk), text + "\n"), dmarc="pass").to("ann@customer.test")

    assert mail.text.startswith(text + "\n")
    assert max(len(line) for line in mail.raw.split(b"\r\n")) <= 998
    assert mail.raw.isascii()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_of_a_requester_arrives_as_typed(desk: TestDesk, text: str):
    notice = notice_of_new(desk, ANN.write("Printer", text + "\n"))

    assert f"\n{text}\n" in notice.text
    assert desk.events(ev.CorrespondenceReceived)[0].visible_text == text


@pytest.mark.parametrize(
    "subject", ["Ärger mit Öfen", "日本語の件名", "a" * 400, "tab\tand [brackets]", "50 % off = 3D?"]
)
def test_subject_comes_back(desk: TestDesk, subject: str):
    ack = desk.deliver(ANN.write(subject, "It smokes.\n"), dmarc="pass").to("ann@customer.test")

    assert ack.subject.endswith(" [#1001]")
    assert ack.subject.removeprefix("Re: ").startswith(" ".join(subject.split())[:150])


def test_mail_of_a_phone_in_html_alone_is_readable(desk: TestDesk):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ann Bauer <ann@customer.test>", "support@example.test", "Drucker"
    mail["Message-ID"] = "<phone1@customer.test>"
    mail.set_content(
        '<html><body dir="auto">Er raucht &amp; stinkt.<div dir="auto"><br></div><div dir="auto">Bitte <b>schnell</b>!'
        '</div><script>alert(1)</script><img src="http://spy.test/pixel.gif"></body></html>',
        subtype="html",
    )
    notice = notice_of_new(desk, mail)

    text = desk.events(ev.CorrespondenceReceived)[0].visible_text
    assert "Er raucht & stinkt." in text and "schnell" in text
    assert "alert" not in notice.everything and "spy.test" not in notice.html


def test_files_in_both_directions_are_untouched(desk: TestDesk):
    data = bytes(range(256)) * 200
    mail = ANN.write("Printer", "See there.\n")
    for name, kind in (("Bericht Größe.pdf", "pdf"), ("../../etc/passwd", "octet-stream")):
        mail.add_attachment(data, "application", kind, filename=name)
    notice = notice_of_new(desk, mail)

    parts = list(notice.message.iter_attachments())
    assert [p.get_content() for p in parts] == [data, data]
    assert parts[0].get_filename() == "Bericht Größe.pdf"
    assert "/" not in str(parts[1].get_filename())


def test_files_too_large_to_travel_are_named(make_desk: MakeDesk):
    desk = make_desk(policy={"relay_attachments": "1 KB"})
    answer = TIA.bare_reply(notice_of_new(desk), "See there.\n")
    answer.add_attachment(b"s" * 500, "text", "csv", filename="small.csv")
    answer.add_attachment(b"l" * 5000, "text", "csv", filename="large.csv")
    mail = desk.deliver(answer, dmarc="pass").to("ann@customer.test")

    assert [p.get_filename() for p in mail.message.iter_attachments()] == ["small.csv"]
    assert "large.csv" in mail.text
    assert len(desk.events(ev.CorrespondenceSent)[0].attachments) == 2


def test_technician_writes_from_an_alias_and_is_answered_at_the_stored_address(desk: TestDesk):
    at_home = Person("Tia", "tia@home.test")
    mails = desk.deliver(at_home.reply(notice_of_new(desk), "#priority P2\n\nWe come.\n"), dmarc="pass")

    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    assert desk.ticket().assignee == "tia@staff.test"
    assert mails.to("ann@customer.test").message["From"].addresses[0].display_name == "Tia Berg (Example Support)"


def test_technician_without_a_name_in_from_is_named_by_the_desk(desk: TestDesk):
    mail = desk.deliver(Person("", "tia@staff.test").reply(notice_of_new(desk), "We come.\n"), dmarc="pass")

    assert mail.to("ann@customer.test").message["From"].addresses[0].display_name == "Tia Berg (Example Support)"


@pytest.mark.parametrize(
    ("text", "told"),
    [("#close\n", "is marked as solved"), ("#close\n\nNew fuser.\n", "New fuser."), ("#tag fuser\n", None)],
)
def test_requester_hears_of_the_end_once_and_of_nothing_inside(desk: TestDesk, text: str, told: str | None):
    mails = desk.deliver(TIA.reply(notice_of_new(desk), text), dmarc="pass")

    assert ("ann@customer.test" in mails.recipients) is (told is not None)
    if told is not None:
        assert told in mails.to("ann@customer.test").text


def test_reopened_by_a_technician(desk: TestDesk):
    result = desk.deliver(TIA.reply(notice_of_new(desk), "#close\n"), dmarc="pass").to("tia@staff.test")
    mails = desk.deliver(TIA.reply(result, "#reopen\n"), dmarc="pass")

    assert desk.ticket().status == "open"
    assert "is open again" in mails.to("ann@customer.test").text
