"""Two technicians at one ticket, and a note that is about to go out: held with what speaks against it, until `send`."""

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA, Person

pytestmark = pytest.mark.servers

LEA = Person("Lea Roth", "lea@staff.test")
BOTH = {"technicians": [*POLICY["technicians"], {"email": LEA.address, "name": LEA.name, "queues": ["general"]}]}
NOTE = "She pulled the plug herself and will not hear of it, canary-plug, so whoever answers had better be kind.\n"


def overtaken(desk: TestDesk, text: str) -> tuple[Sent, Sent]:
    """Let Lea answer first and Tia, who had the same notice, three minutes later; return both results for Tia."""
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(LEA.reply(opened.to(LEA.address), "Please pull the plug.\n"), dmarc="pass")
    desk.clock.advance(minutes=3)
    notice = opened.to("tia@staff.test")
    return notice, desk.deliver(TIA.reply(notice, text), dmarc="pass").to("tia@staff.test")


@pytest.fixture
def both(make_desk: MakeDesk, database_url: str) -> TestDesk:
    return make_desk(database_url, policy=BOTH)


def test_answer_that_a_colleague_was_quicker_with_is_held(both: TestDesk):
    _, held = overtaken(both, "#tag fuser\n\nWhich floor, canary-late?\n")

    assert both.outcomes() == ["ticket", "follow-up", "held"]
    text = " ".join(held.text.split())
    assert "Lea Roth answered 3 minutes ago" in text
    assert "Please pull the plug." in text and "canary-late" in text
    assert both.ticket().tags == ()
    assert len(both.folder("Held")) == 1


def test_send_lets_it_out_all_the_same(both: TestDesk):
    _, held = overtaken(both, "#tag fuser\n\nWhich floor?\n")
    mails = both.deliver(TIA.reply(held, "send\n"), dmarc="pass")

    assert mails.to(ANN.address).text.startswith("Which floor?\n")
    assert both.ticket().tags == ("fuser",)
    assert both.folder("Held") == []


def test_new_answer_to_the_result_mail_goes_out(both: TestDesk):
    """Whoever answers it has read what the colleague wrote."""
    _, held = overtaken(both, "Which floor, canary-late?\n")
    mails = both.deliver(TIA.reply(held, "And then count to ten.\n"), dmarc="pass")

    assert mails.to(ANN.address).text.startswith("And then count to ten.\n")


@pytest.mark.parametrize("text", ["#note\n\nHa, canary-note.\n", "#tag fuser\n"])
def test_notes_and_commands_alone_are_never_overtaken(both: TestDesk, text: str):
    opened = both.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    both.deliver(LEA.reply(opened.to(LEA.address), "Please pull the plug.\n"), dmarc="pass")
    both.deliver(TIA.reply(opened.to("tia@staff.test"), text), dmarc="pass")

    assert both.outcomes()[-1] == "follow-up"


def test_what_was_recalled_overtakes_nobody(make_desk: MakeDesk):
    desk = make_desk(policy={**BOTH, "recall": "60s"})
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(LEA.reply(opened.to(LEA.address), "Please pull the plug.\n"), dmarc="pass")
    desk.deliver(LEA.reply(opened.to(LEA.address), "undo\n"), dmarc="pass")
    desk.deliver(TIA.reply(opened.to("tia@staff.test"), "Which floor?\n"), dmarc="pass")

    assert desk.outcomes()[-1] == "follow-up"
    assert desk.ticket().assignee == "tia@staff.test"


def test_first_to_answer_owns_it_and_the_others_are_told_once(both: TestDesk):
    opened = both.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    mails = both.deliver(LEA.reply(opened.to(LEA.address), "Please pull the plug.\n"), dmarc="pass")

    assert both.ticket().assignee == LEA.address
    assert mails.recipients == [ANN.address, "tia@staff.test"]
    assert "has taken" in mails.to("tia@staff.test").text
    # Whatever the owner says from now on, nobody hears of the taking again.
    for text in ("And then count to ten.\n", "#note\n\nShe is deaf, canary-deaf.\n", "#priority P2\n"):
        mails = both.deliver(LEA.reply(opened.to(LEA.address), text), dmarc="pass")
        assert "tia@staff.test" not in mails.recipients


# ------------------------------------------------------------------ passages of notes


def leaking(desk: TestDesk) -> Sent:
    """Let Lea leave a note and Tia answer with most of it; return what Tia is told, or what Ann gets."""
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(LEA.reply(opened.to(LEA.address), f"#note\n\n{NOTE}"), dmarc="pass")
    answer = "Hello Ann,\n\n" + NOTE.replace(" herself", "\nherself")
    mails = desk.deliver(TIA.reply(opened.to("tia@staff.test"), answer), dmarc="pass")
    (mail,) = [m for m in mails if m.recipient in (ANN.address, "tia@staff.test")]
    return mail


def test_passage_of_a_note_is_held_and_shown(both: TestDesk):
    held = leaking(both)

    assert held.recipient == "tia@staff.test"
    assert both.outcomes()[-1] == "held"
    assert "internal entry" in " ".join(held.text.split()) and "canary-plug" in held.text


def test_words_that_tell_nothing_internal_pass(both: TestDesk):
    opened = both.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    both.deliver(LEA.reply(opened.to(LEA.address), f"#note\n\n{NOTE}"), dmarc="pass")
    answer = "Had you pulled the plug yourself? Kind regards, and sorry for the long wait that you had.\n"
    assert both.deliver(TIA.reply(opened.to("tia@staff.test"), answer), dmarc="pass").to(ANN.address)


@pytest.mark.parametrize("how", ["send", "policy"])
def test_author_or_admin_may_let_it_out(make_desk: MakeDesk, how: str, monkeypatch: pytest.MonkeyPatch):
    desk = make_desk(policy={**BOTH, **({"leak_check": False} if how == "policy" else {})})
    monkeypatch.setattr("tests.stories.test_collisions.NOTE", NOTE.replace("canary-plug", "poor thing"))
    monkeypatch.setattr("tests.stories.afterwards._words_of_notes", lambda desk: set())
    mail = leaking(desk)
    if how == "send":
        mail = desk.deliver(TIA.reply(mail, "send\n"), dmarc="pass").to(ANN.address)

    assert mail.recipient == ANN.address and "pulled the plug" in mail.text
    assert desk.events(ev.CorrespondenceSent)
