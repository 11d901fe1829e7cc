"""A first mail: ticket, acknowledgement, technicians told, rules applied; and first mails that get no answer."""

from email.message import EmailMessage

import pytest

from maildesk.model import event as ev
from tests.desk import ALIAS, DESK, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA, Person

pytestmark = pytest.mark.servers


def test_new_ticket_is_acknowledged_and_told_to_the_queue(any_desk: TestDesk):
    mails = any_desk.deliver(ANN.write("Printer smokes", "It smokes since noon.\n"), dmarc="pass")

    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    ack = mails.to("ann@customer.test")
    assert ack.subject == "Re: Printer smokes [#1001]"
    assert ack.mail_from == ""
    assert ack.message["Auto-Submitted"] == "auto-replied"
    assert str(ack.message["From"]) == "Example Support <support@example.test>"
    assert ack.reply_address.startswith("support+r") and ack.reply_address.endswith("@example.test")
    notice = mails.to("tia@staff.test")
    assert notice.text.startswith("A plain reply goes to the requester: Ann Bauer <ann@customer.test>.")
    assert "It smokes since noon." in notice.text
    assert notice.message["X-Maildesk-Ticket"] == "1001"
    assert "X-Maildesk-Ticket" not in ack.message
    ticket = any_desk.ticket()
    assert (ticket.status, ticket.priority, ticket.queue, ticket.requester.address) == (
        "new", "P3", "general", "ann@customer.test",
    )  # fmt: skip
    assert any_desk.outcomes() == ["ticket"]
    assert len(any_desk.folder("Processed")) == 1


def test_rule_sets_priority_queue_and_tags(any_desk: TestDesk):
    mails = any_desk.deliver(ANN.write("Server web1 is down", "Nothing answers.\n"), dmarc="pass")

    ticket = any_desk.ticket()
    assert (ticket.priority, ticket.queue, ticket.tags) == ("P1", "network", ("outage",))
    assert ticket.first_response_due_at is not None
    assert mails.recipients == ["ann@customer.test", "ned@staff.test"]
    assert "Site outage" in any_desk.last().reason
    actors = {r.actor for r in any_desk.history() if isinstance(r.event, (ev.PriorityChanged, ev.QueueChanged))}
    assert actors == {"rule: Site outage"}


def test_first_mail_without_proof_is_acknowledged_without_a_word_of_it(desk: TestDesk):
    mail = Person("Wordy Name", "wordy@unknown.test").write("Wordy subject", "Wordy text\n")
    ack = desk.deliver(mail).to("wordy@unknown.test")

    assert ack.subject == "We have received your message [#1001]"
    assert "wordy" not in ack.everything.casefold().replace("wordy@unknown.test", "")


def test_known_sender_without_proof_gets_the_subject_back(desk: TestDesk):
    desk.deliver(ANN.write("Printer smokes", "It smokes.\n"))
    ack = desk.deliver(ANN.write("Screen flickers", "It flickers.\n")).to("ann@customer.test")

    assert ack.subject == "Re: Screen flickers [#1002]"


def test_answer_comes_from_the_address_written_to(desk: TestDesk):
    ack = desk.deliver(ANN.write("Printer", "It smokes.\n", to=ALIAS), dmarc="pass").to("ann@customer.test")

    assert ack.message["From"].addresses[0].addr_spec == ALIAS
    assert ack.reply_address.startswith("help+r")


def test_foreign_number_is_removed_from_the_subject(desk: TestDesk):
    ack = desk.deliver(ANN.write("Re: Broken [#4711] thing", "See there.\n"), dmarc="pass").to("ann@customer.test")

    assert ack.subject == "Re: Broken thing [#1001]"


@pytest.mark.parametrize(
    ("subject", "text"), [("Printer", ""), ("", "It smokes.\n"), ("", "")], ids=["no text", "no subject", "nothing"]
)
def test_empty_mail_still_becomes_a_ticket(desk: TestDesk, subject: str, text: str):
    mails = desk.deliver(ANN.write(subject, text), dmarc="pass")

    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    assert desk.ticket().subject == (subject or "(no subject)")


def test_mail_of_nothing_but_an_attachment(desk: TestDesk):
    mail = ANN.write("Screenshot", None)
    mail.add_attachment(b"\x89PNG picture", "image", "png", filename="screen.png")
    mails = desk.deliver(mail, dmarc="pass")

    (received,) = desk.events(ev.CorrespondenceReceived)
    assert [(a.filename, a.size_bytes) for a in received.attachments] == [("screen.png", 12)]
    (part,) = mails.to("tia@staff.test").message.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("screen.png", b"\x89PNG picture")


def _list_mail() -> EmailMessage:
    return BOB.write("Digest", "News of the week\n", List_Id="<news.lists.test>", Precedence="list")


def _alert() -> EmailMessage:
    robot = Person("Monitor", "noreply@monitor.test")
    return robot.write("Disk full on web1", "Disk full\n", Auto_Submitted="auto-generated")


@pytest.mark.parametrize("make", [_list_mail, _alert], ids=["list", "alert"])
def test_machines_open_tickets_and_get_no_answer(any_desk: TestDesk, make: object):
    mails = any_desk.deliver(make())  # type: ignore[operator]

    assert any_desk.outcomes() == ["ticket"]
    assert mails.recipients == ["tia@staff.test"]


def test_own_mail_coming_back_is_discarded(desk: TestDesk):
    ack = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("ann@customer.test")
    mails = desk.deliver(ack.raw, dmarc="pass")

    assert desk.outcomes() == ["ticket", "discarded"]
    assert mails.recipients == []


def test_own_mail_under_another_sender_is_known_by_its_id(desk: TestDesk):
    """A forwarder rewrites From; the Message-ID is still one that only this desk can have made."""
    ack = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("ann@customer.test")
    back = BOB.write("Fwd", "forwarded\n", Message_ID=ack.message_id)

    assert desk.deliver(back).recipients == []
    assert desk.outcomes() == ["ticket", "discarded"]


def test_automatic_answer_to_nothing_is_discarded(desk: TestDesk):
    mail = ANN.write("Out of office", "I am away.\n", Auto_Submitted="auto-replied")

    assert desk.deliver(mail).recipients == []
    assert desk.outcomes() == ["discarded"]


def test_cap_of_acknowledgements_to_one_address(make_desk: MakeDesk):
    desk = make_desk(policy={"acknowledgements": {"per_address": "2/24h"}})
    acked = [
        "ann@customer.test" in desk.deliver(ANN.write(f"Printer {n}", "It smokes.\n"), dmarc="pass").recipients
        for n in range(3)
    ]
    desk.clock.advance(hours=25)
    later = desk.deliver(ANN.write("Printer again", "It smokes.\n"), dmarc="pass").recipients

    assert acked == [True, True, False]
    assert "ann@customer.test" in later
    assert desk.outcomes() == ["ticket"] * 4


def test_cap_of_acknowledgements_to_unproven_senders(make_desk: MakeDesk):
    desk = make_desk(policy={"acknowledgements": {"unproven": "2/1h"}})
    for n in range(3):
        desk.receive(Person("", f"victim{n}@elsewhere.test").write("Hello", "Text\n"))
    desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.run_once()

    acked = [r for r in desk.outgoing().recipients if "staff" not in r]
    assert acked == ["ann@customer.test", "victim0@elsewhere.test", "victim1@elsewhere.test"]


def test_notified_address_of_a_rule_gets_one_mail_without_a_reply_address(make_desk: MakeDesk):
    rules = "rules:\n  - {name: Boss, when: {subject: {contains: fire}}, then: {notify: [boss@hq.test]}}\n"
    mails = make_desk(rules=rules).deliver(ANN.write("A fire", "It burns.\n"), dmarc="pass")

    assert "It burns." in mails.to("boss@hq.test").text
    assert mails.to("boss@hq.test").message["Reply-To"] is None


def test_technician_with_proof_opens_a_ticket_for_somebody_else(desk: TestDesk):
    mail = TIA.write("Phone call", "#for ann@customer.test\n\nShe needs a new mouse.\n")
    mails = desk.deliver(mail, dmarc="pass")

    assert desk.ticket().requester.address == "ann@customer.test"
    assert "ann@customer.test" in mails.recipients
    assert desk.events(ev.CorrespondenceReceived)[0].visible_text == "She needs a new mouse."
    assert DESK not in mails.recipients
