"""Mail in a technician's name that proves too little: asked about at the stored address, done after `yes`."""

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, SOME_CLIENTS, TIA, Client, Person

pytestmark = pytest.mark.servers

TIA_AT_HOME = Person("Tia", "tia@home.test")


def notice_of_new(desk: TestDesk) -> Sent:
    return desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")


@pytest.mark.parametrize("client", SOME_CLIENTS, ids=lambda client: client.__name__)
def test_confirmed_commands_run(desk: TestDesk, client: Client):
    """A token without a verdict; neither does the `yes` carry one: it shows that the stored mailbox was read."""
    asked = desk.deliver(TIA.reply(notice_of_new(desk), "#priority P1\n\nWe come.\n")).to("tia@staff.test")
    assert desk.outcomes() == ["ticket", "held"]
    assert "#priority P1" in asked.text and "We come." in asked.text and "24 hours" in asked.text
    mails = desk.deliver(TIA.using(client).reply(asked, "Yes"))

    assert desk.outcomes() == ["ticket", "follow-up", "follow-up"]
    assert desk.ticket().priority == "P1"
    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    assert desk.folder("Held") == []


def test_question_goes_to_the_stored_address(any_desk: TestDesk):
    """Written from a private alias: asked at the main one, answered from there."""
    notice = notice_of_new(any_desk)
    mails = any_desk.deliver(TIA_AT_HOME.reply(notice, "#tag fuser\n"))
    assert mails.recipients == ["tia@staff.test"]
    any_desk.deliver(TIA.reply(mails.to("tia@staff.test"), "yes\n"), dmarc="pass")

    assert any_desk.ticket().tags == ("fuser",)


def test_confirmed_text_goes_out(any_desk: TestDesk):
    asked = any_desk.deliver(TIA.reply(notice_of_new(any_desk), "We come.\n")).to("tia@staff.test")
    (pending,) = any_desk.events(ev.CorrespondencePending)
    assert pending.text == "We come."
    mails = any_desk.deliver(TIA.reply(asked, "yes\n"))

    assert mails.to("ann@customer.test").text.startswith("We come.\n")
    assert any_desk.events(ev.PendingSettled)[0].approved
    again = any_desk.deliver(TIA.reply(asked, "yes\n"))
    assert again.recipients == ["tia@staff.test"]
    assert len(any_desk.events(ev.CorrespondenceSent)) == 1


def test_spent_token_asks_and_runs(any_desk: TestDesk):
    notice = notice_of_new(any_desk)
    any_desk.deliver(TIA.reply(notice, "#priority P1\n"), dmarc="pass")
    asked = any_desk.deliver(TIA.reply(notice, "#priority P5\n"), dmarc="pass").to("tia@staff.test")
    assert any_desk.ticket().priority == "P1"
    any_desk.deliver(TIA.reply(asked, "yes\n"), dmarc="pass")

    assert any_desk.ticket().priority == "P5"


def test_command_under_a_number_asks_and_runs_and_its_text_is_public_only_if_it_says_so(desk: TestDesk):
    notice_of_new(desk)
    mail = TIA.write("Re: Printer [#1001]", "#reply\n#tag fuser\n\nWe come.\n")
    asked = desk.deliver(mail, dmarc="pass").to("tia@staff.test")
    assert desk.outcomes()[-1] == "held"
    mails = desk.deliver(TIA.reply(asked, "yes\n"), dmarc="pass")

    assert mails.to("ann@customer.test").text.startswith("We come.\n")
    assert desk.ticket().tags == ("fuser",)


def test_command_that_names_its_ticket_in_a_mail_without_any_asks_and_runs(any_desk: TestDesk):
    """The question belongs to no ticket, and so does the token of its answer."""
    notice_of_new(any_desk)
    asked = any_desk.deliver(TIA.write("From the train", "#ticket 1001\n#tag fuser\n"), dmarc="pass")
    assert any_desk.outcomes()[-1] == "held"
    assert any_desk.ticket().tags == ()
    any_desk.deliver(TIA.reply(asked.to("tia@staff.test"), "yes\n"))

    assert any_desk.ticket().tags == ("fuser",)


@pytest.mark.parametrize(
    ("word", "hours", "dmarc", "told"),
    [
        ("yes\n", 25, "pass", "24 hours"),
        ("no\n", 0, "pass", "stays held"),
        ("yes\n", 0, "fail", "Somebody sent mail in your name"),
    ],
)
def test_what_confirms_nothing(desk: TestDesk, word: str, hours: int, dmarc: str, told: str):
    asked = desk.deliver(TIA.reply(notice_of_new(desk), "#close\n\ncanary-held\n")).to("tia@staff.test")
    desk.clock.advance(hours=hours)
    mails = desk.deliver(TIA.reply(asked, word), dmarc=dmarc)

    assert desk.ticket().status == "new"
    assert mails.recipients == ["tia@staff.test"]
    assert told in " ".join(mails.to("tia@staff.test").text.split())


def test_somebody_elses_yes_is_worth_nothing(make_desk: MakeDesk):
    """Lea is a technician, but the mail was Tia's and so is the token."""
    lea = {"email": "lea@staff.test", "name": "Lea Roth", "queues": ["network"]}
    desk = make_desk(policy={"technicians": [*POLICY["technicians"], lea]})
    asked = desk.deliver(TIA.reply(notice_of_new(desk), "#close\n\ncanary-held\n")).to("tia@staff.test")
    for who, dmarc in ((Person("Lea Roth", "lea@staff.test"), "pass"), (ANN, "pass"), (ANN, None)):
        desk.deliver(who.reply(asked, "yes, canary-yes\n"), dmarc=dmarc)
        desk.deliver(who.reply(asked, "yes\n\ncanary-below\n"), dmarc=dmarc)

    assert desk.ticket().status in ("new", "open")
    assert desk.events(ev.CorrespondenceSent) == []


def test_bad_line_is_explained_and_send_confirms(desk: TestDesk):
    rejected = desk.deliver(TIA.reply(notice_of_new(desk), "#frobnicate\n\nWe come.\n")).to("tia@staff.test")
    assert "#frobnicate" in rejected.text
    assert desk.deliver(TIA.reply(rejected, "yes\n")).recipients == ["tia@staff.test"]
    mails = desk.deliver(TIA.reply(rejected, "send\n"))

    assert mails.to("ann@customer.test").text.startswith("We come.\n")


def test_whoever_holds_a_token_cannot_fill_a_technicians_mailbox(desk: TestDesk):
    notice = notice_of_new(desk)
    for number in range(22):
        desk.receive(TIA.reply(notice, f"#tag a{number}\n"))
    desk.run_once()

    assert desk.outgoing().recipients == ["tia@staff.test"] * 20
    assert desk.outcomes() == ["ticket", *["held"] * 22]
    assert "in silence" in desk.last().reason


def test_site_that_authenticates_nobody_asks_when_the_token_was_seen_by_others(plain_desk: TestDesk):
    answer = TIA.reply(notice_of_new(plain_desk), "#tag fuser\n\nWe come.\n")
    answer["Cc"] = "bob@other.test"
    mails = plain_desk.deliver(answer)
    assert mails.recipients == ["tia@staff.test"]
    mails = plain_desk.deliver(TIA.reply(mails.to("tia@staff.test"), "yes\n"))

    assert mails.to("ann@customer.test").text.startswith("We come.\n")
    assert plain_desk.ticket().tags == ("fuser",)
