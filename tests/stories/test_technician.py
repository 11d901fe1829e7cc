"""A technician at work: answers, notes and commands, from any mail program; what goes out and what stays inside."""

import re

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, Mails, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, CLIENTS, TIA, Client, Person, mutt, with_telltales

pytestmark = pytest.mark.servers

LEA = Person("Lea Roth", "lea@staff.test")
BOTH = {"technicians": [*POLICY["technicians"], {"email": LEA.address, "name": LEA.name, "queues": ["general"]}]}


def notice_of_new(desk: TestDesk, text: str = "It smokes.\n") -> Sent:
    """Let Ann open ticket 1001 and return what Tia is told."""
    return desk.deliver(ANN.write("Printer", text), dmarc="pass").to("tia@staff.test")


def said(desk: TestDesk, text: str) -> Mails:
    """Let Ann open ticket 1001 and Tia answer the notice with this text."""
    return desk.deliver(TIA.reply(notice_of_new(desk), text), dmarc="pass")


# ------------------------------------------------------------------ answers


def test_plain_answer_goes_out_in_the_desks_name(any_desk: TestDesk):
    notice = notice_of_new(any_desk)
    answer = with_telltales(TIA.reply(notice, "Which floor?\n\nTia"))
    answer.add_attachment(b"\x00\xff" * 500, "application", "pdf", filename="Anleitung für Öfen.pdf")
    mails = any_desk.deliver(answer, dmarc="pass")

    assert mails.recipients == ["ann@customer.test"]
    mail = mails.to("ann@customer.test")
    sender = mail.message["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Tia Berg (Example Support)", "support@example.test")
    assert mail.subject == "Re: Printer [#1001]"
    assert mail.text.startswith("Which floor?\n\nTia\n")
    assert mail.message["Auto-Submitted"] is None
    assert re.fullmatch(r"support\+b[a-z2-7]{38}@example\.test", mail.mail_from)
    assert mail.message_id != answer["Message-ID"] and answer["Message-ID"] not in mail.everything
    assert "teltale" not in mail.everything.casefold()
    (part,) = mail.message.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("Anleitung für Öfen.pdf", b"\x00\xff" * 500)
    ticket = any_desk.ticket()
    assert (ticket.status, ticket.assignee) == ("open", "tia@staff.test")
    assert ticket.first_responded_at is not None


def test_answer_hangs_on_the_requesters_own_mail(desk: TestDesk):
    opening = ANN.write("Printer", "It smokes.\n")
    notice = desk.deliver(opening, dmarc="pass").to("tia@staff.test")
    mail = desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass").to("ann@customer.test")

    references = str(mail.message["References"]).split()
    assert references[0] == opening["Message-ID"]
    assert mail.message["In-Reply-To"] == references[-1]


def test_answer_waits_for_the_recall_window_unless_it_burns(make_desk: MakeDesk):
    desk = make_desk(policy={"recall": "60s"})
    assert said(desk, "Which floor?\n").recipients == []
    desk.clock.advance(seconds=61)
    desk.run_once()
    assert desk.outgoing().recipients == ["ann@customer.test"]

    urgent = desk.deliver(ANN.write("Server web1 is down", "Help.\n"), dmarc="pass").to("ned@staff.test")
    ned = Person("Ned Ode", "ned@staff.test")
    assert desk.deliver(ned.reply(urgent, "On it.\n"), dmarc="pass").recipients == ["ann@customer.test"]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_neither_quote_nor_note_in_it_goes_out(make_desk: MakeDesk, client: Client):
    """What Lea answers shows a note between what Ann said; her program quotes all of it in its own manner."""
    desk = make_desk(policy=BOTH)
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(TIA.reply(opened.to("tia@staff.test"), "#note\n\nShe broke it, canary-note.\n"), dmarc="pass")
    ack = opened.to("ann@customer.test")
    notice = desk.deliver(ANN.reply(ack, "It burns.\n")).to(LEA.address)
    assert "canary-note" in notice.text
    mails = desk.deliver(
        LEA.using(client).reply(notice, "#priority P2\n#tag fire\n\nWhich floor?\n\nLea"), dmarc="pass"
    )

    assert [e.text for e in desk.events(ev.CorrespondenceSent)] == ["Which floor?\n\nLea"]
    assert (desk.ticket().priority, desk.ticket().tags) == ("P2", ("fire",))
    assert mails.to("ann@customer.test").text.startswith("Which floor?\n\nLea\n")
    assert "#priority" not in mails.to("ann@customer.test").everything


def test_answer_below_the_quote(desk: TestDesk):
    mails = desk.deliver(TIA.using(mutt).reply(notice_of_new(desk), "Which floor?"), dmarc="pass")

    assert [e.text for e in desk.events(ev.CorrespondenceSent)] == ["Which floor?"]
    assert "written with care" not in mails.to("ann@customer.test").everything


def test_quoted_commands_never_run(desk: TestDesk):
    """Ann writes commands; Tia's Outlook quotes them without a mark."""
    notice = notice_of_new(desk, "#close\n#priority P1\n#assign ned\n")
    mails = desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass")

    ticket = desk.ticket()
    assert (ticket.status, ticket.priority, ticket.assignee) == ("open", "P3", "tia@staff.test")
    assert mails.recipients == ["ann@customer.test"]


def test_answer_of_a_technician_who_asked_as_requester_is_a_requesters(desk: TestDesk):
    ack = desk.deliver(TIA.write("My chair", "It squeaks.\n"), dmarc="pass").to("tia@staff.test")
    desk.deliver(TIA.reply(ack, "It still squeaks.\n"), dmarc="pass")

    texts = [e.visible_text for e in desk.events(ev.CorrespondenceReceived)]
    assert texts == ["It squeaks.", "It still squeaks."]


# ------------------------------------------------------------------ notes


def test_note_by_command_reaches_colleagues_alone(make_desk: MakeDesk):
    desk = make_desk(policy=BOTH)
    mails = said(desk, "#note\n\nShe broke it, canary-note.\n")

    assert mails.recipients == [LEA.address]
    assert "canary-note" in mails.to(LEA.address).text
    assert [e.text for e in desk.events(ev.NoteAdded)] == ["She broke it, canary-note."]
    assert desk.ticket().status == "new"

    # The answer to a note's notice is a note.
    again = desk.deliver(LEA.reply(mails.to(LEA.address), "No, canary-lea did.\n"), dmarc="pass")
    assert "ann@customer.test" not in again.recipients
    assert len(desk.events(ev.NoteAdded)) == 2


def test_note_by_its_address(any_desk: TestDesk):
    notice = notice_of_new(any_desk)
    address = re.search(r"internal note write to\s+(\S+)", notice.text)
    assert address is not None
    mails = any_desk.deliver(TIA.write("whatever", "She broke it, canary-note.\n", to=address[1]), dmarc="pass")

    assert mails.recipients == []
    assert [e.text for e in any_desk.events(ev.NoteAdded)] == ["She broke it, canary-note."]


def test_note_address_decides_against_the_public_message_id(desk: TestDesk):
    """A reply-all whose To was changed to the note address still names the public notice in References."""
    notice = notice_of_new(desk)
    address = re.search(r"internal note write to\s+(\S+)", notice.text)
    assert address is not None
    desk.deliver(TIA.reply(notice, "She broke it, canary-note.\n", to=address[1]), dmarc="pass")

    assert len(desk.events(ev.NoteAdded)) == 1
    assert desk.events(ev.CorrespondenceSent) == []


def test_reply_to_a_note_can_be_made_public(make_desk: MakeDesk):
    desk = make_desk(policy=BOTH)
    mails = said(desk, "#note\n\nShe broke it, canary-note.\n")
    answer = LEA.reply(mails.to(LEA.address), "#reply\n\nWe send somebody.\n")
    assert "We send somebody." in desk.deliver(answer, dmarc="pass").to("ann@customer.test").text


def test_what_closes_a_ticket_is_recorded_inside(desk: TestDesk):
    text = "#close\ncause: worn fuser canary-cause\nfix: new one canary-fix\n\nPlease print again.\n"
    mails = said(desk, text)

    (recorded,) = desk.events(ev.ResolutionRecorded)
    assert (recorded.cause, recorded.fix) == ("worn fuser canary-cause", "new one canary-fix")
    assert desk.ticket().status == "resolved"
    assert "Please print again." in mails.to("ann@customer.test").text
    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]


# ------------------------------------------------------------------ commands


def test_commands_run_and_are_answered_by_one_result(any_desk: TestDesk):
    mails = said(any_desk, "#impact high\n#urgency medium\n#tag fuser\n#queue network\n")

    ticket = any_desk.ticket()
    assert (ticket.priority, ticket.tags, ticket.queue) == ("P2", ("fuser",), "network")
    assert mails.recipients == ["ned@staff.test", "tia@staff.test"]
    result = mails.to("tia@staff.test")
    assert result.message["X-Maildesk-Reason"] == "result"
    assert all(line in result.text for line in ("#impact high", "#urgency medium", "#tag fuser", "#queue network"))
    assert any_desk.events(ev.CorrespondenceSent) == []


def test_assignment_tells_the_owner_and_the_colleagues(make_desk: MakeDesk):
    mails = said(make_desk(policy=BOTH), "#assign ned\n")

    assert mails.recipients == ["lea@staff.test", "ned@staff.test", "tia@staff.test"]
    assert "is now yours" in mails.to("ned@staff.test").text
    assert "has taken" in mails.to("lea@staff.test").text


@pytest.mark.parametrize(
    ("line", "hint"),
    [("#asign ned", "#assign"), ("#piority P1", "#priority"), ("#frobnicate", ""), ("#queue moon", "")],
)
def test_line_that_is_not_understood_holds_the_whole_mail(desk: TestDesk, line: str, hint: str):
    mails = said(desk, f"#tag fuser\n{line}\n\nDear Ann, canary-text.\n")

    assert desk.outcomes() == ["ticket", "held"]
    assert mails.recipients == ["tia@staff.test"]
    explained = mails.to("tia@staff.test").text
    assert line in explained and "canary-text" in explained
    assert (f"Did you mean {hint} ?" in explained) is bool(hint)
    assert (desk.ticket().tags, desk.ticket().status) == ((), "new")
    assert len(desk.events(ev.MailHeld)) == 1
    assert len(desk.folder("Held")) == 1


def test_corrected_mail_after_a_held_one_runs(desk: TestDesk):
    notice = notice_of_new(desk)
    desk.deliver(TIA.reply(notice, "#piority P1\n\ncanary-wrong\n"), dmarc="pass")
    mails = desk.deliver(TIA.reply(notice, "#priority P1\n\nWe come.\n"), dmarc="pass")

    assert desk.ticket().priority == "P1"
    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]


def test_help_is_sent_and_spends_nothing(desk: TestDesk):
    notice = notice_of_new(desk)
    mails = desk.deliver(TIA.reply(notice, "#help\n"), dmarc="pass")
    assert "#priority P1…P5" in mails.to("tia@staff.test").text
    desk.deliver(TIA.reply(notice, "#priority P1\n"), dmarc="pass")
    assert desk.ticket().priority == "P1"


def test_hash_that_is_no_command_is_text(desk: TestDesk):
    mails = said(desk, "# Findings\n#1 is broken\n")

    assert mails.to("ann@customer.test").text.startswith("# Findings\n#1 is broken")
