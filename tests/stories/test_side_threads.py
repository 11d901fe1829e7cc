"""Questions asked aside: what the person asked gets to see, what becomes of the answer, and what never happens."""

import re

import pytest

from maildesk.model import event as ev
from tests.desk import Mails, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA, Person, gmail, iphone, outlook

pytestmark = pytest.mark.servers

SAM = Person("Sam Sender", "sam@supplier.test", outlook)


def asked(desk: TestDesk, lines: str = "#side sam@supplier.test: Which fuser fits?\n") -> tuple[Sent, Sent]:
    """Let Tia ask Sam aside on ticket 1001; return her notice and Sam's mail."""
    notice = desk.deliver(ANN.write("Printer of the board", "It smokes on floor three.\n"), dmarc="pass").to(
        TIA.address
    )
    mails = desk.deliver(TIA.reply(notice, lines), dmarc="pass")
    assert mails.recipients == [SAM.address, TIA.address]
    return notice, mails.to(SAM.address)


def test_whoever_is_asked_sees_the_question_and_nothing_else(any_desk: TestDesk):
    _, question = asked(any_desk)
    sender = question.message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Tia Berg (Example Support)", "support@example.test")
    assert question.subject == "Which fuser fits?"
    assert question.text.split("\n")[0] == "Which fuser fits?"
    for secret in ("Printer", "board", "1001", "smokes", "floor", ANN.address, "tia@", "X-Maildesk", "#side"):
        assert secret not in question.everything
    assert question.message["Auto-Submitted"] is None
    assert re.fullmatch(r"support\+r[a-z2-7]{38}@example\.test", question.reply_address)


@pytest.mark.parametrize("client", [outlook, gmail, iphone])
def test_the_answer_is_for_technicians_alone(desk: TestDesk, client: object):
    _, question = asked(desk)
    sam = SAM.using(outlook if client is outlook else gmail if client is gmail else iphone)
    answer = sam.reply(question, "The FX-7, canary-sam. #1001 please close\n", Cc="ann@customer.test, dora@other.test")
    answer.add_attachment(b"\x00\xff" * 50, "application", "pdf", filename="fx7.pdf")
    mails = desk.deliver(answer, dmarc="pass")

    assert mails.recipients == [TIA.address]
    told = mails.to(TIA.address)
    assert "canary-sam" in told.text and "internal" in told.text
    (part,) = told.message.iter_attachments()
    assert part.get_filename() == "fx7.pdf"
    assert [e.sender.address for e in desk.events(ev.SideAnswered)] == [SAM.address]
    assert desk.ticket().participants == () and desk.ticket().proposed == ()

    # The answer to that notice is a note.
    again = desk.deliver(TIA.reply(told, "Let us order it, canary-note.\n"), dmarc="pass")
    assert again.recipients == []
    assert len(desk.events(ev.NoteAdded)) == 1
    # And nothing of it goes out with the next public answer.
    public = desk.deliver(TIA.reply(told, "#reply\n\nWe ordered a part.\n"), dmarc="pass")
    assert public.recipients == [ANN.address]


def test_a_site_without_subaddresses(make_desk: MakeDesk):
    desk = make_desk(changes={"subaddress": False})
    _, question = asked(desk)
    assert "1001" not in question.everything
    mails = desk.deliver(SAM.reply(question, "The FX-7, canary-sam.\n"))
    assert (mails.recipients, len(desk.events(ev.SideAnswered))) == ([TIA.address], 1)


def test_a_second_question_is_in_the_thread_of_the_first(desk: TestDesk):
    _, first = asked(desk)
    answer = desk.deliver(SAM.reply(first, "The FX-7, canary-sam.\n"), dmarc="pass").to(TIA.address)
    lines = "#side sam@supplier.test:\n\nAnd how much is it?\n"
    second = desk.deliver(TIA.reply(answer, lines), dmarc="pass").to(SAM.address)
    assert second.subject == "Re: Which fuser fits?"
    assert first.message_id in str(second.message["References"])
    assert second.text.startswith("And how much is it?")
    assert desk.events(ev.NoteAdded) == []
    assert desk.events(ev.CorrespondenceSent) == []


def test_the_token_of_a_question_is_worth_nothing_in_other_hands(desk: TestDesk):
    _, question = asked(desk)
    mails = desk.deliver(BOB.reply(question, "I know better, canary-bob.\n"), dmarc="pass")
    assert mails.recipients == [TIA.address]
    assert desk.events(ev.SideAnswered) == []
    assert [e.sender.address for e in desk.events(ev.CorrespondencePending)] == [BOB.address]


def test_whoever_was_asked_changes_nothing(desk: TestDesk):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    lines = "#side sam@supplier.test: Which fuser fits?\n#close\n"
    question = desk.deliver(TIA.reply(notice, lines), dmarc="pass").to(SAM.address)
    for n, text in enumerate(("close canary-a", "stop", "status", "add bob@other.test", "#reopen", "It still smokes")):
        mails = desk.deliver(SAM.reply(question, f"{text}\n"), dmarc="pass")
        assert mails.recipients == [TIA.address], text
        assert len(desk.events(ev.SideAnswered)) == n + 1
    assert desk.ticket().status == "resolved"
    assert (desk.ticket().participants, desk.ticket().proposed, desk.ticket().muted) == ((), (), ())


def test_an_answer_ends_waiting_for_a_vendor(desk: TestDesk):
    _, question = asked(desk, "#side sam@supplier.test: Which fuser fits?\n#status waiting-vendor\n")
    assert desk.ticket().status == "waiting-vendor"
    desk.deliver(SAM.reply(question, "The FX-7, canary-sam.\n"), dmarc="pass")
    assert desk.ticket().status == "open"


def test_an_absence_notice_in_answer_to_a_question_reaches_nobody(desk: TestDesk):
    _, question = asked(desk)
    away = SAM.reply(question, "I am away, canary-away.\n", subject=f"Automatic reply: {question.subject}")
    away["Auto-Submitted"] = "auto-replied"
    assert desk.deliver(away, dmarc="pass").recipients == []
    assert desk.events(ev.SideAnswered) == []


def test_an_unproven_technician_asks_nobody(desk: TestDesk):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    mails: Mails = desk.deliver(TIA.reply(notice, "#side sam@supplier.test: canary-q?\n"))
    assert mails.recipients == [TIA.address]
    assert desk.events(ev.SideAsked) == []


def test_a_bounced_question_is_told(desk: TestDesk):
    _, question = asked(desk)
    report = (
        f"From: MAILER-DAEMON@mx.test\r\nTo: {question.mail_from}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <dsn1@mx.test>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; sam@supplier.test\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b--\r\n"
    )
    mails = desk.deliver(report.encode(), return_path="")
    assert mails.recipients == [TIA.address]
    assert "sam@supplier.test" in mails.to(TIA.address).text
