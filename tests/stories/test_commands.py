"""Commands through real mail: who hears of what, and what a technician is told of their own lines."""

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, Mails, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, NED, SOME_CLIENTS, TIA, Client, Person

pytestmark = pytest.mark.servers

LEA = Person("Lea Roth", "lea@staff.test")
BOTH = {"technicians": [*POLICY["technicians"], {"email": LEA.address, "name": LEA.name, "queues": ["general"]}]}


def said(desk: TestDesk, text: str) -> Mails:
    """Let Ann open ticket 1001 and Tia answer the notice with this text."""
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    return desk.deliver(TIA.reply(notice, text), dmarc="pass")


def test_question_to_the_requester_waits_for_the_answer(any_desk: TestDesk):
    mails = said(any_desk, "#ask Which floor?\n")

    assert mails.to("ann@customer.test").text.startswith("Which floor?\n")
    assert any_desk.ticket().status == "waiting-requester"
    assert "waiting-requester" in mails.to("tia@staff.test").text
    any_desk.deliver(ANN.reply(mails.to("ann@customer.test"), "The third.\n"), dmarc="pass")
    assert any_desk.ticket().status == "open"


def test_who_joins_is_told_and_takes_part(any_desk: TestDesk):
    mails = said(any_desk, "#cc Bill Lund <bill@customer.test>\n")
    joined = mails.to("bill@customer.test")
    assert "take part in ticket #1001" in joined.text
    assert "It smokes." not in joined.everything

    bill = Person("Bill Lund", "bill@customer.test")
    any_desk.deliver(bill.reply(joined, "Here, too.\n"), dmarc="pass")
    assert [e.visible_text for e in any_desk.events(ev.CorrespondenceReceived)] == ["It smokes.", "Here, too."]

    # A reply to the result mail takes him out again.
    mails = any_desk.deliver(TIA.reply(mails.to("tia@staff.test"), "#cc -bill\n"), dmarc="pass")
    assert "no more" in mails.to("bill@customer.test").text
    assert any_desk.ticket().participants == ()


def test_who_joins_with_a_text_gets_the_text_alone(desk: TestDesk):
    mails = said(desk, "#cc bill@customer.test\n\nWe come.\n")
    assert mails.to("bill@customer.test").text.startswith("We come.\n")


def test_ticket_of_somebody_else(desk: TestDesk):
    mails = said(desk, "#requester Bill Lund <bill@customer.test>\n")

    assert mails.recipients == ["bill@customer.test", "tia@staff.test"]
    assert desk.ticket().requester.address == "bill@customer.test"
    assert not desk.ticket().takes_part("ann@customer.test")


def test_watcher_gets_what_the_owner_gets(make_desk: MakeDesk):
    desk = make_desk(policy=BOTH)
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(LEA.reply(notice.to(LEA.address), "#assign ned\n#watch\n"), dmarc="pass")
    mails = desk.deliver(ANN.reply(notice.to("ann@customer.test"), "It burns.\n"), dmarc="pass")

    assert mails.recipients == [LEA.address, NED.address]
    assert mails.to(LEA.address).message["X-Maildesk-Reason"] == "watching"
    desk.deliver(LEA.reply(mails.to(LEA.address), "#unwatch\n"), dmarc="pass")
    mails = desk.deliver(ANN.reply(notice.to("ann@customer.test"), "It is out.\n"), dmarc="pass")
    assert mails.recipients == [NED.address]


def test_note_for_a_colleague_reaches_them_too(desk: TestDesk):
    mails = said(desk, "#bcc-note ned\n\nShe broke it, canary-note.\n")

    assert mails.recipients == [NED.address]
    again = desk.deliver(NED.reply(mails.to(NED.address), "I know, canary-ned.\n"), dmarc="pass")
    assert "ann@customer.test" not in again.recipients
    assert len(desk.events(ev.NoteAdded)) == 2


def test_next_level_gets_ticket_and_note(desk: TestDesk):
    mails = said(desk, "#escalate\ntried: a new cable\n\nThe switch is dead, canary-switch.\n")

    assert mails.recipients == [NED.address, "tia@staff.test"]
    told = mails.to(NED.address)
    assert "canary-switch" in told.text and "scalated from general to network by Tia Berg" in told.text
    assert (desk.ticket().queue, desk.ticket().assignee) == ("network", None)


def test_spam_is_closed_without_a_word(desk: TestDesk):
    mails = said(desk, "#spam\n\nPills again, canary-pills.\n")

    assert mails.recipients == ["tia@staff.test"]
    assert (desk.ticket().status, desk.ticket().tags) == ("closed", ("spam",))
    # Her next mail is like anybody's.
    assert "ann@customer.test" in desk.deliver(ANN.write("Mouse", "It squeaks.\n"), dmarc="pass").recipients


def test_split_makes_a_second_ticket_and_says_its_number(any_desk: TestDesk):
    mails = said(any_desk, "#split Mouse\n\nHer mouse squeaks, canary-mouse.\n")

    assert mails.recipients == ["tia@staff.test"]
    assert "ticket 1002" in mails.to("tia@staff.test").text
    second = any_desk.ticket(1002)
    assert (second.subject, second.requester.address, second.links) == ("Mouse", "ann@customer.test", (1001,))
    assert any_desk.ticket(1001).links == (1002,)
    (note,) = any_desk.events(ev.NoteAdded, 1002)
    assert "canary-mouse" in note.text
    # The next ticket is counted on.
    any_desk.deliver(ANN.write("Chair", "It squeaks.\n"), dmarc="pass")
    assert any_desk.ticket(1003).subject == "Chair"


def test_split_off_ticket_is_answered_by_whoever_is_told_of_it(make_desk: MakeDesk):
    desk = make_desk(policy=BOTH)
    mails = said(desk, "#split Mouse\n\nHer mouse squeaks, canary-mouse.\n")
    told = mails.to(LEA.address)
    assert "canary-mouse" in told.text and "plit from ticket 1001" in told.text

    # The new ticket begins with a note, so that a plain answer is one, too.
    assert "becomes an internal note" in told.text.splitlines()[0]
    assert desk.deliver(LEA.reply(told, "Has she got a spare one?\n"), dmarc="pass").recipients == [TIA.address]
    answer = desk.deliver(LEA.reply(told, "#reply\nAbout your mouse: we bring a new one.\n"), dmarc="pass")
    assert answer.to("ann@customer.test").subject == "Re: Mouse [#1002]"


@pytest.mark.parametrize("client", SOME_CLIENTS, ids=lambda client: client.__name__)
def test_shortened_and_autocorrected_lines_from_any_program(desk: TestDesk, client: Client):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    typed = "#Prio P2\n#Tag fuser –old\n#ass “Ned Ode”\n\nWe come."
    mails = desk.deliver(TIA.using(client).reply(notice, typed), dmarc="pass")

    ticket = desk.ticket()
    assert (ticket.priority, ticket.tags, ticket.assignee) == ("P2", ("fuser",), NED.address)
    assert mails.to("ann@customer.test").text.startswith("We come.\n")
    assert not any(word in mails.to("ann@customer.test").everything for word in ("#Prio", "#Tag", "#ass"))


def test_html_mail_with_a_paragraph_a_line(desk: TestDesk):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    lines = ("#prio P2", "#close", "cause: worn fuser, canary-cause", "Please print again.")
    html = "".join(f"<p>{line}</p>" for line in lines)
    mails = desk.deliver(TIA.using(lambda _: (None, html)).reply(notice, ""), dmarc="pass")

    assert (desk.ticket().priority, desk.ticket().status) == ("P2", "resolved")
    assert [e.cause for e in desk.events(ev.ResolutionRecorded)] == ["worn fuser, canary-cause"]
    assert "Please print again." in mails.to("ann@customer.test").text


def test_ambiguous_word_is_explained(desk: TestDesk):
    mails = said(desk, "#rep\n\ncanary-text\n")

    assert mails.recipients == ["tia@staff.test"]
    assert "#reply, #replyonly" in mails.to("tia@staff.test").text


def test_work_is_counted(desk: TestDesk):
    mails = said(desk, "#time 1h30\n#via phone\n#note\n\nShe called, canary-call.\n")

    assert (desk.ticket().time_seconds, desk.ticket().channel) == (5400, "phone")
    assert "1 h 30 min logged, 1 h 30 min in all" in mails.to("tia@staff.test").text
