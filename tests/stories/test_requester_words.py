"""Words to the desk from real mail programs: status, close, stop, resume; and absence notices of technicians."""

from email.message import EmailMessage

import pytest

from maildesk.model import event as ev
from tests.desk import Mails, Sent, TestDesk
from tests.stories.people import ANN, SOME_CLIENTS, TIA, Client, iphone, outlook

pytestmark = pytest.mark.servers


def opened(desk: TestDesk) -> Mails:
    return desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")


@pytest.mark.parametrize("client", SOME_CLIENTS, ids=lambda client: client.__name__)
def test_words_are_understood_from_every_program(desk: TestDesk, client: Client):
    ack = opened(desk).to(ANN.address)
    ann = ANN.using(client)
    report = desk.deliver(ann.reply(ack, "Status?"))
    assert report.recipients == [ANN.address]
    assert "#1001" in report.to(ANN.address).text

    told = desk.deliver(ann.reply(report.to(ANN.address), "Solved, thanks!\n\nAnn"))
    assert (told.recipients, desk.ticket().status) == ([TIA.address], "resolved")
    assert desk.outcomes() == ["ticket", "follow-up", "follow-up"]


def test_stop_and_resume(any_desk: TestDesk):
    notice = opened(any_desk)
    ack, told = notice.to(ANN.address), notice.to(TIA.address)
    answer = any_desk.deliver(ANN.using(iphone).reply(ack, "Stop"))
    assert answer.recipients == [ANN.address]
    assert "no automatic news" in answer.to(ANN.address).text and "resume" in answer.to(ANN.address).text
    assert any_desk.ticket().muted == (ANN.address,)

    # Technicians' words still come, the desk's own do not.
    words = any_desk.deliver(TIA.reply(told, "Which floor?\n"), dmarc="pass")
    assert words.recipients == [ANN.address]
    assert any_desk.deliver(TIA.reply(told, "#close\n"), dmarc="pass").recipients == [TIA.address]
    asked = any_desk.deliver(ANN.reply(words.to(ANN.address), "status"))
    assert asked.recipients == [ANN.address]

    back = any_desk.deliver(ANN.reply(asked.to(ANN.address), "Resume, please"))
    assert (back.recipients, any_desk.ticket().muted) == ([ANN.address], ())
    assert any_desk.ticket().status == "resolved"


def test_a_thumb_up_reopens_nothing(desk: TestDesk):
    notice = opened(desk)
    solved = desk.deliver(TIA.reply(notice.to(TIA.address), "#close\n\nTry again.\n"), dmarc="pass").to(ANN.address)
    desk.deliver(ANN.using(iphone).reply(solved, "👍🏽"))
    assert desk.ticket().status == "resolved"
    desk.deliver(ANN.using(iphone).reply(solved, "👍 but it still smokes"))
    assert desk.ticket().status == "open"


# ------------------------------------------------------------------ absence notices


def outlook_absence(notice: Sent, sender: str) -> EmailMessage:
    """As Exchange answers: no quote, the subject behind its own title."""
    mail = TIA.using(outlook).write(f"Automatic reply: {notice.subject}", "I am away, canary-away.\n")
    mail.replace_header("From", sender)
    for name, value in (
        ("In-Reply-To", notice.message_id),
        ("References", notice.message_id),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-MS-Exchange-Inbox-Rules-Loop", TIA.address),
    ):
        mail[name] = value
    return mail


def gmail_vacation(notice: Sent, sender: str) -> EmailMessage:
    """As Gmail answers, with the title before Re:."""
    mail = TIA.write(f"Out of office Re: {notice.subject}", "I am away, canary-away.\n")
    mail.replace_header("From", sender)
    for name, value in (
        ("In-Reply-To", notice.message_id),
        ("References", notice.message_id),
        ("Auto-Submitted", "auto-replied"),
        ("Precedence", "bulk"),
        ("X-Autoreply", "yes"),
    ):
        mail[name] = value
    return mail


@pytest.mark.parametrize("absence", [outlook_absence, gmail_vacation])
@pytest.mark.parametrize("to_note", [False, True])
def test_a_technicians_absence_reaches_nobody_and_marks_them(desk: TestDesk, absence: object, to_note: bool):
    notice = opened(desk).to(TIA.address)
    make = outlook_absence if absence is outlook_absence else gmail_vacation
    mail = make(notice, "Tia Berg <tia@staff.test>")
    mail.replace_header("To", notice.reply_address)
    mails = desk.deliver(mail, dmarc="pass", return_path="" if to_note else None)
    assert mails.recipients == []
    assert desk.events(ev.CorrespondenceSent) == [] and desk.events(ev.NoteAdded) == []
    with desk.store() as store, store.transaction() as tx:
        assert tx.absences.away() == {TIA.address}

    # Their own next mail ends it.
    desk.deliver(TIA.reply(notice, "I am back.\n"), dmarc="pass")
    with desk.store() as store, store.transaction() as tx:
        assert tx.absences.away() == frozenset()
