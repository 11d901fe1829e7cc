"""A technician sends an answer in which nothing is typed: by slip, with a picture alone, or with a lone command."""

import pytest

from maildesk.model import event as ev
from tests.desk import Sent, TestDesk
from tests.stories.people import ANN, NED, TIA, Client, gmail, iphone, outlook

pytestmark = pytest.mark.servers

SAID = "On Sun, Nov 22, 2026 at 06:10 AM Ann Bauer (Example Support) <support@example.test> wrote:\n"
BLOCK = "From: Ann Bauer (Example Support)\nSent: Sunday, November 22, 2026\nTo: Tia Berg\nSubject: Printer\n\n"


def notice_showing_a_note(desk: TestDesk) -> Sent:
    """Let Ann open ticket 1001, Tia note something and Ann write again; return what Tia is told."""
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(TIA.reply(opened.to(TIA.address), "#note\nShe lies, canary-note.\n"), dmarc="pass")
    return desk.deliver(ANN.reply(opened.to(ANN.address), "It burns.\n"), dmarc="pass").to(TIA.address)


def cut_short(notice: Sent, mark: str = "> ") -> str:
    """Quote a notice down to its note, without the footer that would give the quotation away."""
    lines = notice.text.splitlines()
    end = next(n for n, line in enumerate(lines) if "canary-note" in line) + 1
    return "\n".join(mark + line for line in lines[:end])


@pytest.mark.parametrize("typed", ["", "-- \nTia Berg\n", "Sent from my iPhone\n"])
@pytest.mark.parametrize(("introduction", "mark"), [("", "> "), (SAID, "> "), (BLOCK, "")])
def test_quotation_never_goes_out_in_place_of_words(desk: TestDesk, typed: str, introduction: str, mark: str):
    notice = notice_showing_a_note(desk)
    text = f"{typed}\n{introduction}{cut_short(notice, mark)}\n"
    mails = desk.deliver(TIA.bare_reply(notice, text), dmarc="pass")

    assert mails.recipients == [TIA.address]
    assert "Nothing was typed above the mail you quote" in mails.to(TIA.address).text
    assert desk.last().outcome == "held"


def test_quotation_without_any_mark_is_not_taken_for_words(desk: TestDesk):
    """Neither an introduction nor marks: no program does it, but people paste."""
    notice = notice_showing_a_note(desk)
    pasted = "Tia Berg, Sun 22 Nov 2026, 06:15 UTC (internal):\nShe lies, canary-note.\n"
    mails = desk.deliver(TIA.bare_reply(notice, f"Dear Ann, no.\n\n{pasted}"), dmarc="pass")

    assert mails.recipients == [TIA.address]
    assert desk.last().outcome == "held"


@pytest.mark.parametrize("client", [gmail, outlook, iphone], ids=lambda client: client.__name__)
def test_picture_alone_is_an_answer(desk: TestDesk, client: Client):
    notice = notice_showing_a_note(desk)
    answer = TIA.using(client).reply(notice, "")
    answer.add_attachment(b"\xff\xd8\xff" * 300, "image", "jpeg", filename="IMG_1.jpg")
    mail = desk.deliver(answer, dmarc="pass").to(ANN.address)

    assert [part.get_filename() for part in mail.message.iter_attachments()] == ["IMG_1.jpg"]
    assert [e.text for e in desk.events(ev.CorrespondenceSent)] == [""]


@pytest.mark.parametrize("lines", ["#note", "#reply", "#replyonly", "#reply\n#replyonly"])
def test_word_about_the_text_needs_a_text(desk: TestDesk, lines: str):
    mails = desk.deliver(TIA.reply(notice_showing_a_note(desk), lines), dmarc="pass")

    assert mails.recipients == [TIA.address]
    assert "There is no text below it" in mails.to(TIA.address).text


def test_word_of_a_colleague_is_answered(desk: TestDesk):
    """Ned got Tia's result mail passed on and thinks that his word counts too."""
    result = desk.deliver(TIA.reply(notice_showing_a_note(desk), "#close"), dmarc="pass").to(TIA.address)
    mails = desk.deliver(NED.reply(result, "undo"), dmarc="pass")

    assert mails.recipients == [NED.address]
    assert f"went to {TIA.address}" in mails.to(NED.address).text
    assert desk.ticket().status == "resolved"
