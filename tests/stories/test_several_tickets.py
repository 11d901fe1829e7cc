"""One mail of a technician's about several tickets, and one that names the tickets it is about."""

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA, Person

pytestmark = pytest.mark.servers

LEA = Person("Lea Roth", "lea@staff.test")
BOTH = {"technicians": [*POLICY["technicians"], {"email": LEA.address, "name": LEA.name, "queues": ["general"]}]}


def test_lines_act_on_the_tickets_they_name(any_desk: TestDesk):
    first = any_desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    any_desk.deliver(BOB.write("Mouse", "It squeaks.\n"), dmarc="pass")
    text = "#mine\n#link 1002\n#ticket 1002\n#close\n\nWe come.\n"
    mails = any_desk.deliver(TIA.reply(first, text), dmarc="pass")

    assert mails.recipients == ["ann@customer.test", "bob@other.test", "tia@staff.test"]
    assert mails.to("ann@customer.test").text.startswith("We come.\n")
    solved = mails.to("bob@other.test")
    assert solved.subject == "Re: Mouse [#1002]" and "We come." not in solved.everything
    assert "ticket 1002: Mouse" in mails.to("tia@staff.test").text
    assert (any_desk.ticket(1001).links, any_desk.ticket(1002).links) == ((1002,), (1001,))
    assert (any_desk.ticket(1001).assignee, any_desk.ticket(1002).status) == ("tia@staff.test", "resolved")


def test_requester_of_both_is_written_to_once(desk: TestDesk):
    first = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    desk.deliver(ANN.write("Mouse", "It squeaks.\n"), dmarc="pass")
    mails = desk.deliver(TIA.reply(first, "#close\n#ticket 1002\n#close\n"), dmarc="pass")

    assert mails.recipients == ["tia@staff.test"]
    assert "gets one mail at most" in mails.to("tia@staff.test").text.replace("\n", " ")
    assert {t.status for t in desk.tickets()} == {"new"}

    # What is told nobody goes together all the same.
    desk.deliver(TIA.reply(first, "#mine\n#ticket 1002\n#mine\n"), dmarc="pass")
    assert {t.assignee for t in desk.tickets()} == {"tia@staff.test"}


def test_colleague_hears_of_both_in_one_mail(make_desk: MakeDesk):
    desk = make_desk(policy=BOTH)
    first = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    desk.deliver(BOB.write("Mouse", "It squeaks.\n"), dmarc="pass")
    mails = desk.deliver(TIA.reply(first, "#mine\n#ticket 1002\n#mine\n"), dmarc="pass")

    told = mails.to(LEA.address)
    assert told.message["X-Maildesk-Ticket"] == "1001"
    assert "changed ticket 1002" in told.text and "changed ticket 1002" in told.html


def test_mail_of_its_own_acts_after_confirmation(desk: TestDesk):
    desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    asked = desk.deliver(TIA.write("two things", "#ticket 1001\n#mine\n\nShe broke it, canary-note.\n"), dmarc="pass")
    assert asked.recipients == ["tia@staff.test"]
    assert desk.ticket().assignee is None

    mails = desk.deliver(TIA.reply(asked.to("tia@staff.test"), "yes\n"), dmarc="pass")
    desk.run_once()
    later = (*mails, *desk.outgoing())
    assert desk.ticket().assignee == "tia@staff.test"
    assert [e.text for e in desk.events(ev.NoteAdded)] == ["She broke it, canary-note."]
    assert {mail.recipient for mail in later} <= {"tia@staff.test"}
