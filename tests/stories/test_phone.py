"""A technician logs a call: one mail opens the caller's ticket and does everything else there is to do with it."""

import pytest

from maildesk.model import event as ev
from tests.desk import DESK, TestDesk
from tests.stories.people import ANN, TIA

pytestmark = pytest.mark.servers


def test_call_is_logged_with_all_that_belongs_to_it(any_desk: TestDesk):
    call = TIA.write(
        "Printer smokes",
        "#for ann@customer.test Ann Bauer\n#via phone\n#time 15m\n#priority P2\n#mine\n\nShe says it smokes.\n",
    )
    mails = any_desk.deliver(call, dmarc="pass")

    ticket = any_desk.ticket()
    assert (ticket.requester.name, ticket.requester.address) == ("Ann Bauer", "ann@customer.test")
    assert (ticket.channel, ticket.time_seconds, ticket.priority) == ("phone", 900, "P2")
    assert ticket.assignee == "tia@staff.test"
    assert [e.visible_text for e in any_desk.events(ev.CorrespondenceReceived)] == ["She says it smokes."]
    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    assert mails.to("ann@customer.test").subject == "Re: Printer smokes [#1001]"
    assert str(call["Message-ID"]) not in mails.to("ann@customer.test").everything


def test_caller_answers_by_mail(desk: TestDesk):
    mails = desk.deliver(TIA.write("Printer", "#for ann@customer.test\n#mine\n\nIt smokes.\n"), dmarc="pass")
    told = desk.deliver(ANN.reply(mails.to("ann@customer.test"), "It burns now.\n"))

    assert desk.last().ticket == 1001
    assert "It burns now." in told.to("tia@staff.test").text


def test_call_that_was_solved_at_once_is_told_as_solved(desk: TestDesk):
    text = "#for ann@customer.test\n#via phone\n#close\ncause: canary-cause\nfix: canary-fix\n\nShe had no paper.\n"
    mails = desk.deliver(TIA.write("Printer", text), dmarc="pass")

    assert desk.ticket().status == "resolved"
    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    assert [o.notice for o in desk.outbox() if o.recipient == "ann@customer.test"] == ["resolved"]


def test_note_about_a_call_stays_inside(desk: TestDesk):
    mails = desk.deliver(
        TIA.write("Printer", "#for ann@customer.test\n#note\n\nShe broke it, canary-call.\n"), dmarc="pass"
    )

    assert [e.text for e in desk.events(ev.NoteAdded)] == ["She broke it, canary-call."]
    assert "canary-call" not in mails.to("ann@customer.test").everything


def test_plain_reply_to_the_result_reaches_the_caller(desk: TestDesk):
    mails = desk.deliver(TIA.write("Printer", "#for ann@customer.test\n\nIt smokes.\n"), dmarc="pass")
    answer = desk.deliver(TIA.reply(mails.to("tia@staff.test"), "Somebody comes at ten.\n"), dmarc="pass")

    assert answer.to("ann@customer.test").text.startswith("Somebody comes at ten.\n")


def test_call_with_a_wrong_line_comes_back_whole(desk: TestDesk):
    mails = desk.deliver(
        TIA.write("Printer", "#for ann@customer.test\n#prio 9\n\nIt smokes, canary-held.\n"), dmarc="pass"
    )

    assert (desk.tickets(), desk.outcomes()) == ([], ["held"])
    assert mails.recipients == ["tia@staff.test"]
    assert "canary-held" in mails.to("tia@staff.test").text


@pytest.mark.parametrize("dmarc", [None, "fail"])
def test_nobody_logs_calls_without_proof(desk: TestDesk, dmarc: str | None):
    mails = desk.deliver(TIA.write("Printer", "#for ann@customer.test\n\nIt smokes, canary-forged.\n"), dmarc=dmarc)

    assert "ann@customer.test" not in mails.recipients
    assert all(t.requester.address != "ann@customer.test" for t in desk.tickets())
    assert DESK not in mails.recipients


def test_one_address_gets_no_more_acknowledgements_of_calls_than_of_mails(make_desk):
    desk = make_desk(policy={"acknowledgements": {"per_address": "2/24h"}})
    calls = [TIA.write(f"Call {n}", f"#for ann@customer.test\n\nCall {n}.\n") for n in range(3)]
    told = [desk.deliver(call, dmarc="pass").recipients.count("ann@customer.test") for call in calls]
    assert told == [1, 1, 0]
