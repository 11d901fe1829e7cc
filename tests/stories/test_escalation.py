"""Promises in danger, and tickets that go to the next level: through mail, with the clock moved."""

from datetime import timedelta
from typing import Any

import pytest

from maildesk.model import event as ev
from tests.desk import Mails, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, NED, TIA, Person

pytestmark = pytest.mark.servers

LEO, MIA = Person("Leo Lead", "leo@staff.test"), Person("Mia Roth", "mia@staff.test")
VENDOR = Person("Vera Nolan", "vera@acme.test")
HEADINGS = (
    "Symptom", "Impact and urgency", "Asset", "Steps tried", "Asked and answered", "SLA left", "Reason",
)  # fmt: skip
POLICY: dict[str, Any] = {
    "queues": {"general": {"escalates_to": "network"}, "network": {"level": 2, "escalates_to": "Acme"}},
    "technicians": [
        {"email": TIA.address, "name": TIA.name, "queues": ["general"]},
        {"email": NED.address, "name": NED.name, "queues": ["network"]},
        {"email": LEO.address, "name": LEO.name, "queues": ["escalations"], "lead": True},
        {"email": MIA.address, "name": MIA.name, "manager": True},
    ],
    "sla": {"P1": {"first_response": "1h", "resolution": "4h"}, "P3": {"resolution": "40h"}},
    "vendors": [{"name": "Acme", "domain": "acme.test", "number": "CASE-[0-9]+", "address": "help@acme.test"}],
}
POLICY["queues"]["escalations"] = {"level": 3}


@pytest.fixture
def desk(make_desk: MakeDesk) -> TestDesk:
    return make_desk(policy=POLICY)


def opened(desk: TestDesk, commands: str = "", subject: str = "Printer") -> Mails:
    """Let Ann ask, and Tia answer the notice with these commands."""
    mails = desk.deliver(ANN.write(subject, "It smokes.\n"), dmarc="pass")
    if commands:
        desk.deliver(TIA.reply(mails.to(TIA.address), commands), dmarc="pass")
    return mails


def after(desk: TestDesk, **how_far: float) -> Mails:
    """Move the clock, and return what left."""
    desk.clock.advance(**how_far)
    desk.run_once()
    return desk.outgoing()


def test_owner_lead_and_manager_are_warned_once_each(make_desk: MakeDesk):
    technicians = [{**t, "queues": ["general"]} if t["name"] == LEO.name else t for t in POLICY["technicians"]]
    desk = make_desk(policy={**POLICY, "technicians": technicians, "sla": {"P1": {"resolution": "4h"}}})
    opened(desk, "#mine\n#priority P1\n")
    seen = [(at, mail) for at in range(10, 300, 10) for mail in after(desk, minutes=10)]

    assert [(at, mail.recipient) for at, mail in seen] == [
        (180, TIA.address), (220, LEO.address), (240, MIA.address),
    ]  # fmt: skip
    mails = [mail for _, mail in seen]
    assert [m.message["X-Maildesk-Reason"] for m in mails] == ["warning owner", "warning lead", "warning manager"]
    assert {m.message["Importance"] for m in mails} == {"high"}
    assert "is in danger. Solution due" in " ".join(mails[0].text.split()) and "1 h left" in mails[0].text
    assert "It smokes." in mails[0].text
    # Whoever is warned acts by replying.
    done = desk.deliver(LEO.reply(mails[1], "#assign leo\n\nWe are on it.\n"), dmarc="pass")
    assert done.to(ANN.address).text.startswith("We are on it.")
    assert desk.ticket().assignee == LEO.address


def test_a_requester_who_heard_nothing_is_written_to_by_one_word(make_desk: MakeDesk):
    desk = make_desk(policy={**POLICY, "sla": {"P1": {"update": "1h"}}})
    opening = opened(desk, "#mine\n#priority P1\n\nWe come.\n")
    asked = after(desk, minutes=61).to(TIA.address)
    shown = "We are still working on your request, and will write again as soon as there is news."
    unquoted = " ".join(asked.text.replace(">", "").split())
    assert "The requester has heard nothing for 1 h" in unquoted and shown in unquoted
    assert asked.message["Importance"] == "high" and ">Send</a>" in asked.html

    # What stands below the word would be lost in it: nothing goes out, and the text is kept.
    kept = desk.deliver(TIA.reply(asked, "send\n\nThe part is here, canary.\n"), dmarc="pass")
    assert ANN.address not in kept.recipients and "canary" in desk.events(ev.NoteAdded)[0].text
    sent = desk.deliver(TIA.reply(asked, "send\n"), dmarc="pass").to(ANN.address)
    assert sent.text.startswith(shown) and "send" not in sent.text.split("\n", 1)[0].split()[:1]
    assert desk.events(ev.CorrespondenceSent)[-1].text == shown
    # That is a word of hers, so the clock begins anew; in any other mail it is no such word.
    assert desk.ticket().update_due_at == desk.ticket().answered_at + timedelta(hours=1)
    plain = desk.deliver(TIA.reply(opening.to(TIA.address), "send\n"), dmarc="pass").to(ANN.address)
    assert plain.text.startswith("send\n")


def test_up_by_command_with_a_sheet_and_confirmed_at_the_end(desk: TestDesk):
    first = opened(desk, "Which floor?\n")
    desk.deliver(ANN.reply(first.to(ANN.address), "The third.\n"), dmarc="pass")
    notice = first.to(TIA.address)
    asked = desk.deliver(TIA.reply(notice, "#escalate\n\nThe switch is dead, canary-switch.\n"), dmarc="pass")

    # What only she knows is asked first, with a form to fill in.
    assert asked.recipients == [TIA.address]
    question = asked.to(TIA.address)
    assert "lacks what was tried (tried:)" in " ".join(question.text.split())
    assert desk.ticket().queue == "general"
    filled = "#escalate\ntried: a new cable, canary-cable\n\nThe switch is dead, canary-switch.\n"
    mails = desk.deliver(TIA.reply(question, filled), dmarc="pass")

    assert mails.recipients == [NED.address, TIA.address]
    sheet = mails.to(NED.address)
    positions = [sheet.text.index(f"\n{heading}\n") for heading in HEADINGS]
    assert positions == sorted(positions)
    assert "canary-cable" in sheet.text and "Which floor?" in sheet.text and "The third." in sheet.text
    ticket = desk.ticket()
    assert (ticket.queue, ticket.assignee, ticket.watchers) == ("network", None, (TIA.address,))

    # Tia reads along; Ned solves it; Tia confirms with Ann, and is asked once.
    solved = desk.deliver(NED.reply(sheet, "#mine\n#reply\n#close\n\nA new switch.\n"), dmarc="pass")
    confirm = solved.to(TIA.address)
    assert "Please confirm with Ann Bauer that it works" in " ".join(confirm.text.split())
    assert "A new switch." in confirm.text and "canary" not in solved.to(ANN.address).text
    told = desk.deliver(TIA.reply(confirm, "Does it work now?\n"), dmarc="pass")
    assert "Does it work now?" in told.to(ANN.address).text
    assert desk.ticket().escalators == ()


def test_undo_takes_it_back(desk: TestDesk):
    notice = opened(desk, "#mine\n").to(TIA.address)
    before = desk.ticket()
    mails = desk.deliver(TIA.reply(notice, "#escalate: dead\ntried: a cable\n"), dmarc="pass")
    desk.deliver(TIA.reply(mails.to(TIA.address), "undo\n"), dmarc="pass")
    ticket = desk.ticket()
    assert (ticket.queue, ticket.assignee, ticket.watchers, ticket.escalators) == (
        before.queue, before.assignee, before.watchers, (),
    )  # fmt: skip


def test_sent_all_the_same(desk: TestDesk):
    asked = desk.deliver(TIA.reply(opened(desk).to(TIA.address), "#escalate\n"), dmarc="pass")
    mails = desk.deliver(TIA.reply(asked.to(TIA.address), "send\n"), dmarc="pass")
    assert mails.to(NED.address).text.count("not recorded") >= 2


def test_nobody_answers_what_cannot_wait(desk: TestDesk):
    opened(desk, "#priority P1\n")
    assert after(desk, minutes=29).recipients == []
    mails = after(desk, minutes=2)

    assert mails.recipients == [NED.address, TIA.address]
    sheet, short = mails.to(NED.address), mails.to(TIA.address)
    assert all(f"\n{heading}\n" in sheet.text for heading in HEADINGS)
    assert sheet.message["Importance"] == "high"
    assert "has moved to the queue network" in short.text and "You need not do anything" in short.text
    (found,) = desk.events(ev.Escalated)
    assert (found.by, found.queue) == ("unanswered", "network")
    (trace,) = [r.trace for r in desk.history() if r.trace and r.trace[0].name == "escalate unanswered"]
    assert "50 % of the time" in trace[0].because
    # Once; what comes then are warnings.
    assert [m.message["X-Maildesk-Reason"] for m in after(desk, minutes=15)] == ["warning queue network"]
    # A plain answer to the sheet goes to Ann: nobody wrote it.
    assert "We come." in desk.deliver(NED.reply(sheet, "We come.\n"), dmarc="pass").to(ANN.address).text


def test_reopened_for_the_third_time(desk: TestDesk):
    mails = told = opened(desk)
    for nth in range(3):
        desk.deliver(TIA.reply(told.to(TIA.address), "#close\n"), dmarc="pass")
        told = desk.deliver(ANN.reply(mails.to(ANN.address), "It smokes again.\n"), dmarc="pass")
        assert (NED.address in (*told.recipients, *after(desk, minutes=1).recipients)) is (nth == 2)
    (found,) = desk.events(ev.Escalated)
    assert (desk.ticket().queue, found.by, found.reason) == ("network", "reopened", "it was reopened 3 times")


def test_a_vendor_gets_the_text_alone(desk: TestDesk):
    notice = opened(desk).to(TIA.address)
    typed = "#escalate vendor acme: canary-reason\ntried: canary-tried\n\nIs fault 12 known?\n"
    mails = desk.deliver(TIA.reply(notice, typed), dmarc="pass")
    mails = Mails((*mails, *after(desk, minutes=2)))

    asked = mails.to("help@acme.test")
    whole = asked.raw.decode()
    assert "Is fault 12 known?" in asked.text
    assert not any(word in whole for word in ("canary", "Printer", "smokes", "1001", ANN.address))
    ticket = desk.ticket()
    assert (ticket.status, ticket.queue, ticket.watchers) == ("waiting-vendor", "general", ())
    answer = desk.deliver(VENDOR.reply(asked, "Yes, since May, canary-vendor.\n"), dmarc="pass")
    assert answer.recipients == [TIA.address] and "canary-vendor" in answer.to(TIA.address).text
    # The question went to the vendor's desk, and one of its people answered: that is the vendor's word all the same.
    (answered,) = desk.events(ev.SideAnswered)
    assert (desk.ticket().status, answered.sender.address) == ("open", VENDOR.address)
