"""Dates on tickets while the clock goes on: sleeping, reminders, and what the requester may expect."""

import json

import pytest

from maildesk.model import event as ev
from tests.desk import Mails, TestDesk
from tests.stories.people import ANN, TIA

pytestmark = pytest.mark.servers


def said(desk: TestDesk, text: str) -> Mails:
    """Let Ann open ticket 1001 and Tia, who takes it, answer the notice with this text."""
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    return desk.deliver(TIA.reply(notice, f"#mine\n{text}"), dmarc="pass")


def test_sleeping_ticket_wakes_once(any_desk: TestDesk):
    mails = said(any_desk, "#snooze 2h\n")
    assert mails.recipients == ["tia@staff.test"] and "sleeps until" in mails.to("tia@staff.test").text
    assert any_desk.ticket().status == "scheduled"
    any_desk.clock.advance(hours=1)
    any_desk.run_once()
    assert any_desk.outgoing() == ()

    any_desk.clock.advance(hours=1)
    any_desk.run_once()
    reminder = any_desk.outgoing().to("tia@staff.test")
    assert "slept until" in reminder.text
    assert (any_desk.ticket().status, any_desk.ticket().snoozed_until) == ("open", None)
    any_desk.clock.advance(hours=1)
    any_desk.run_once()
    assert any_desk.outgoing() == ()

    # The reminder is answered like any notice.
    answer = any_desk.deliver(TIA.reply(reminder, "#close\n\nIt is replaced.\n"), dmarc="pass")
    assert "It is replaced." in answer.to("ann@customer.test").text


def test_answer_wakes_a_sleeping_ticket_for_good(desk: TestDesk):
    opened = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(TIA.reply(opened.to("tia@staff.test"), "#mine\n#snooze 2h\n"), dmarc="pass")
    told = desk.deliver(ANN.reply(opened.to("ann@customer.test"), "It burns.\n"), dmarc="pass")
    assert told.recipients == ["tia@staff.test"]
    assert desk.ticket().status == "open"
    desk.clock.advance(hours=3)
    desk.run_once()
    assert desk.outgoing() == ()
    assert desk.ticket().snoozed_until is None


def test_due_date_reminds_its_owner_once(any_desk: TestDesk):
    said(any_desk, "#due 1h\n")
    for _ in range(3):
        any_desk.clock.advance(hours=1)
        any_desk.run_once()
    assert "was due" in any_desk.outgoing().to("tia@staff.test").text
    assert len(any_desk.events(ev.ReminderSent)) == 1
    assert any_desk.ticket().status == "new"


@pytest.mark.parametrize("text", ["#due 1h\n#due none\n", "#due 1h\n#close\n"])
def test_nobody_is_reminded_of_what_is_off_the_table(desk: TestDesk, text: str):
    said(desk, text)
    desk.clock.advance(hours=2)
    desk.run_once()
    assert desk.outgoing() == ()


def test_requester_is_told_what_to_expect(desk: TestDesk):
    mails = said(desk, "#eta 2h\n")

    told = mails.to("ann@customer.test").text
    assert "we expect to be done by" in told
    assert "canary" not in told
    # The next answer does not say it again.
    again = desk.deliver(TIA.reply(mails.to("tia@staff.test"), "We are on it.\n"), dmarc="pass")
    assert "we expect" not in again.to("ann@customer.test").text


def test_answer_says_what_to_expect_itself(desk: TestDesk):
    mails = said(desk, "#eta 2h\n\nWe are on it.\n")

    told = mails.to("ann@customer.test").text
    assert told.startswith("We are on it.\n") and "we expect to be done by" in told


@pytest.mark.parametrize("line", ["#snooze soon", "#due 12/1/2099", "#eta 2001-01-01"])
def test_unclear_date_is_explained(desk: TestDesk, line: str):
    mails = said(desk, f"{line}\n\nDear Ann, canary-text.\n")

    assert mails.recipients == ["tia@staff.test"]
    assert line in mails.to("tia@staff.test").text
    assert desk.ticket().assignee is None


def test_show_tells_all_that_commands_set(desk: TestDesk):
    said(desk, "#due 2026-12-01\n#snooze 2h\n#eta 3d\n#watch ned\n#via phone\n#time 1h30m\n")
    shown = json.loads(desk.cli("show", "1001", "--json"))
    assert {name: shown[name] for name in ("watchers", "channel", "time_seconds", "proposed", "links", "steps")} == {
        "watchers": ["ned@staff.test"], "channel": "phone", "time_seconds": 5400,
        "proposed": [], "links": [], "steps": [],
    }  # fmt: skip
    assert all(shown[name].endswith("Z") for name in ("due_at", "snoozed_until", "expected_at"))
