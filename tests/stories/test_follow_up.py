"""Later mail: what ties it to its ticket, what it does to the status, and what a stranger gains by the same means."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from maildesk.model import event as ev
from tests.desk import Mails, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, CLIENTS, TIA, Client, Person

pytestmark = pytest.mark.servers

FIRST_ID = "<first@customer.test>"
Answer = Callable[[Person, Sent, str], EmailMessage]


def opened(desk: TestDesk) -> Mails:
    """Let Ann open ticket 1001 and return the mails that left."""
    return desk.deliver(ANN.write("Printer", "It smokes.\n", Message_ID=FIRST_ID), dmarc="pass")


def resolved(desk: TestDesk, how: str = "#resolve") -> Sent:
    """Let Ann open ticket 1001 and Tia finish it; return Ann's mail about it."""
    notice = opened(desk).to("tia@staff.test")
    return desk.deliver(TIA.reply(notice, f"{how}\n\nNew fuser.\n"), dmarc="pass").to("ann@customer.test")


def by_address(who: Person, ack: Sent, text: str) -> EmailMessage:
    return who.write("anything", text, to=ack.reply_address)


def by_own_message_id(who: Person, ack: Sent, text: str) -> EmailMessage:
    return who.write("anything", text, In_Reply_To=ack.message_id)


def by_reference(who: Person, ack: Sent, text: str) -> EmailMessage:
    return who.write("anything", text, References=f"<unknown@elsewhere.test> {ack.message_id}")


def by_their_message_id(who: Person, ack: Sent, text: str) -> EmailMessage:
    return who.write("anything", text, In_Reply_To=FIRST_ID)


def by_subject(who: Person, ack: Sent, text: str) -> EmailMessage:
    return who.write("Re: anything [#1001]", text)


@pytest.mark.parametrize("dmarc", ["pass", None])
@pytest.mark.parametrize("answer", [by_address, by_own_message_id, by_reference, by_their_message_id])
def test_requester_is_recognised_by(desk: TestDesk, answer: Answer, dmarc: str | None):
    ack = opened(desk).to("ann@customer.test")
    mails = desk.deliver(answer(ANN, ack, "It burns now.\n"), dmarc=dmarc)

    assert desk.outcomes() == ["ticket", "follow-up"]
    assert [e.visible_text for e in desk.events(ev.CorrespondenceReceived)] == ["It smokes.", "It burns now."]
    assert mails.recipients == ["tia@staff.test"]
    assert "It burns now." in mails.to("tia@staff.test").text


@pytest.mark.parametrize(
    ("dmarc", "outcome", "claims"), [("pass", "follow-up", None), (None, "ticket", 1001), ("none", "ticket", 1001)]
)
def test_number_in_the_subject_needs_proof(any_desk: TestDesk, dmarc: str | None, outcome: str, claims: int | None):
    ack = opened(any_desk).to("ann@customer.test")
    any_desk.deliver(by_subject(ANN, ack, "It burns now.\n"), dmarc=dmarc)

    assert any_desk.outcomes() == ["ticket", outcome]
    assert any_desk.tickets()[-1].claims == claims


@pytest.mark.parametrize("answer", [by_address, by_own_message_id, by_reference])
@pytest.mark.parametrize("dmarc", ["pass", None])
def test_stranger_with_a_forwarded_token_is_heard_by_technicians_alone(
    desk: TestDesk, answer: Answer, dmarc: str | None
):
    ack = opened(desk).to("ann@customer.test")
    mails = desk.deliver(answer(BOB, ack, "I know more: canary-bob\n"), dmarc=dmarc)

    assert [t.number for t in desk.tickets()] == [1001]
    assert len(desk.events(ev.CorrespondenceReceived)) == 1
    assert [e.text for e in desk.events(ev.CorrespondencePending)] == ["I know more: canary-bob"]
    assert mails.recipients == ["tia@staff.test"]
    assert "canary-bob" in mails.to("tia@staff.test").text
    # Whatever the technician now writes to the requester quotes what the requester may know, and nothing of Bob's.
    public = desk.deliver(TIA.reply(mails.to("tia@staff.test"), "#reply\n\nWe look into it.\n"), dmarc="pass")
    assert "We look into it." in public.to("ann@customer.test").text


@pytest.mark.parametrize("answer", [by_their_message_id, by_subject])
@pytest.mark.parametrize("dmarc", ["pass", None])
def test_stranger_who_only_names_a_ticket_gets_one_of_their_own(desk: TestDesk, answer: Answer, dmarc: str | None):
    ack = opened(desk).to("ann@customer.test")
    mails = desk.deliver(answer(BOB, ack, "And mine?\n"), dmarc=dmarc)

    assert desk.outcomes() == ["ticket", "ticket"]
    assert (desk.ticket(1002).claims, desk.ticket(1002).requester.address) == (1001, "bob@other.test")
    assert mails.recipients == ["bob@other.test", "tia@staff.test"]
    assert len(desk.events(ev.CorrespondenceReceived, 1001)) == 1
    assert "names ticket 1001" in mails.to("tia@staff.test").text
    assert "1001" not in mails.to("bob@other.test").subject


def test_forged_token_is_worth_nothing(desk: TestDesk):
    ack = opened(desk).to("ann@customer.test")
    local, _, domain = ack.reply_address.partition("@")
    forged = local[:-1] + ("a" if local[-1] != "a" else "b")
    desk.deliver(BOB.write("anything", "And mine?\n", to=f"{forged}@{domain}"), dmarc="pass")

    assert desk.outcomes() == ["ticket", "ticket"]
    assert desk.ticket(1002).claims is None


def test_participant_answers_a_copy_of_somebody_else(make_desk: MakeDesk):
    rules = "rules:\n  - {name: Carbon, when: {phase: new}, then: {cc: [bob@other.test]}}\n"
    desk = make_desk(rules=rules)
    notice = opened(desk).to("tia@staff.test")
    mails = desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass")
    assert [r for r in mails.recipients if "staff" not in r] == ["ann@customer.test", "bob@other.test"]

    desk.deliver(BOB.bare_reply(mails.to("ann@customer.test"), "The second.\n"), dmarc="pass")
    assert desk.events(ev.CorrespondenceReceived)[-1].sender.address == "bob@other.test"
    assert desk.ticket().status == "open"


def test_without_subaddresses_the_footer_carries_the_token(make_desk: MakeDesk):
    desk = make_desk(changes={"subaddress": False})
    ack = opened(desk).to("ann@customer.test")
    assert ack.reply_address == "support@example.test"
    ref = ack.text.strip().splitlines()[-1]
    assert ref.startswith("ref:r")

    # A gateway that rewrote every header leaves only the quoted text.
    desk.deliver(ANN.write("unrelated", f"It burns now.\n\n> {ref}\n"))
    assert desk.outcomes() == ["ticket", "follow-up"]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_only_what_was_typed_becomes_the_entry(desk: TestDesk, client: Client):
    ack = opened(desk).to("ann@customer.test")
    desk.deliver(ANN.using(client).reply(ack, "It burns now.\n\nPlease hurry."))

    assert desk.events(ev.CorrespondenceReceived)[-1].visible_text == "It burns now.\n\nPlease hurry."


# ------------------------------------------------------------------ finished tickets


def test_answer_reopens_a_resolved_ticket(any_desk: TestDesk):
    mail = resolved(any_desk)
    assert any_desk.ticket().status == "resolved"
    mails = any_desk.deliver(ANN.reply(mail, "It smokes again.\n"))

    assert any_desk.ticket().status == "open"
    assert mails.recipients == ["tia@staff.test"]
    assert "resolved → open" in mails.to("tia@staff.test").text


def test_thanks_alone_reopen_nothing(desk: TestDesk):
    desk.deliver(ANN.reply(resolved(desk), "Thank you very much!\n"))

    assert desk.ticket().status == "resolved"


def test_resolved_ticket_closes_by_itself_and_an_answer_within_thirty_days_reopens_it(any_desk: TestDesk):
    mail = resolved(any_desk)
    any_desk.clock.advance(days=5, minutes=1)
    any_desk.run_once()
    assert any_desk.ticket().status == "closed"
    any_desk.run_once()
    assert [e.status for e in any_desk.events(ev.StatusChanged)].count("closed") == 1

    any_desk.clock.advance(days=29)
    any_desk.deliver(ANN.reply(mail, "It smokes again.\n"))
    assert any_desk.ticket().status == "open"
    assert len(any_desk.tickets()) == 1


def test_answer_to_a_ticket_closed_for_long_opens_a_linked_one(any_desk: TestDesk):
    mail = resolved(any_desk, "#status closed")
    any_desk.clock.advance(days=31)
    mails = any_desk.deliver(ANN.reply(mail, "It smokes again.\n"), dmarc="pass")

    assert (any_desk.ticket(1001).status, any_desk.ticket(1002).status) == ("closed", "new")
    assert any_desk.ticket(1002).claims == 1001
    assert mails.to("ann@customer.test").subject == "Re: Printer [#1002]"
    # The next answer hangs on the new ticket, not on the old one.
    any_desk.deliver(ANN.reply(mails.to("ann@customer.test"), "Still.\n"))
    assert any_desk.last().ticket == 1002 and len(any_desk.tickets()) == 2


def test_number_of_the_old_ticket_is_removed_from_the_subject_of_the_new(desk: TestDesk):
    mail = resolved(desk, "#status closed")
    desk.clock.advance(days=31)
    mails = desk.deliver(ANN.reply(mail, "It smokes again.\n"), dmarc="pass")

    assert "1001" not in mails.to("ann@customer.test").text
    assert desk.ticket(1002).subject.removeprefix("Re: ") == "Printer"


def test_requester_closes_by_one_word(desk: TestDesk):
    ack = opened(desk).to("ann@customer.test")
    desk.deliver(ANN.bare_reply(ack, "close\n"))

    assert desk.ticket().status.is_done


def test_requester_asks_for_the_status(desk: TestDesk):
    ack = opened(desk).to("ann@customer.test")
    mails = desk.deliver(ANN.bare_reply(ack, "status\n"))

    assert mails.recipients == ["ann@customer.test"]
    assert "waits for its turn" in mails.to("ann@customer.test").text
    assert desk.ticket().status == "new"


def test_commands_of_a_requester_are_text(desk: TestDesk):
    ack = opened(desk).to("ann@customer.test")
    desk.deliver(ANN.bare_reply(ack, "#priority P1\n"))

    assert desk.ticket().priority == "P3"
    assert desk.events(ev.CorrespondenceReceived)[-1].visible_text == "#priority P1"


# ------------------------------------------------------------------ absences


def test_absence_notice_of_a_requester_changes_nothing_and_reaches_nobody(any_desk: TestDesk):
    mail = resolved(any_desk)
    away = ANN.bare_reply(mail, "I am on holiday.\n", subject="Out of office", Auto_Submitted="auto-replied")
    mails = any_desk.deliver(away, return_path="")

    assert mails.recipients == []
    assert any_desk.ticket().status == "resolved"
    assert [e.text for e in any_desk.events(ev.AutomaticMailReceived)] == ["I am on holiday."]
    assert any_desk.last().outcome == "follow-up"


def test_absence_notice_of_a_technician_marks_them_away(make_desk: MakeDesk):
    rules = "rules:\n  - {name: Give, when: {phase: new}, then: {assign: tia@staff.test}}\n"
    desk = make_desk(rules=rules)
    notice = opened(desk).to("tia@staff.test")
    assert desk.ticket().assignee == "tia@staff.test"
    away = TIA.bare_reply(notice, "I am out of the office.\n", subject="Out of office", Auto_Submitted="auto-replied")
    assert desk.deliver(away, dmarc="pass", return_path="").recipients == []

    mails = desk.deliver(ANN.write("Screen", "It flickers.\n"), dmarc="pass")
    assert desk.ticket(1002).assignee is None
    assert "tia@staff.test" in mails.recipients
    # Their own next mail ends it.
    desk.deliver(TIA.reply(mails.to("tia@staff.test"), "#note\n\ncanary-back\n"), dmarc="pass")
    desk.deliver(ANN.write("Keyboard", "It sticks.\n"), dmarc="pass")
    assert desk.ticket(1003).assignee == "tia@staff.test"
