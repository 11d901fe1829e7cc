"""Tickets that wait, through mail and with the clock moved: for the requester, for a vendor, for a day, for nobody."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from maildesk.model import event as ev
from tests.desk import Mails, Sent, TestDesk
from tests.servers import Dovecot
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, NED, TIA

pytestmark = pytest.mark.servers

NO_SLA = {"sla": {}}


@pytest.fixture
def desk(make_desk: MakeDesk) -> TestDesk:
    return make_desk(policy=NO_SLA)


def opened(desk: TestDesk) -> Sent:
    """Let Ann open a ticket; return what Tia is told of it."""
    return desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)


@dataclass(frozen=True)
class Left:
    """What left in one pass: whom it went to and what it was, and the mails themselves."""

    kinds: list[tuple[str, str]]
    mails: Mails

    def words(self, recipient: str) -> str:
        return " ".join(self.mails.to(recipient).text.split())


def later(desk: TestDesk, **how_far: float) -> Left:
    """Move the clock and run a pass."""
    desk.clock.advance(**how_far)
    desk.run_once()
    mails = desk.outgoing()
    notices = {row.message_id: row.notice for row in desk.outbox()}
    return Left(sorted((mail.recipient, notices[mail.message_id]) for mail in mails), mails)


def asked(desk: TestDesk) -> Sent:
    """Let Tia ask Ann back and wait for her; return the question as Ann has it."""
    return desk.deliver(TIA.reply(opened(desk), "#wait\n\nWhich floor?\n"), dmarc="pass").to(ANN.address)


def test_requester_is_reminded_twice_then_not_waited_for_and_reopens_it(desk: TestDesk):
    question = asked(desk)
    assert desk.ticket().status == "waiting-requester"
    assert later(desk, days=2, hours=23).kinds == []
    left = later(desk, hours=2)
    assert left.kinds == [(ANN.address, "waiting_reminder")]
    reminder = left.mails.to(ANN.address)
    assert reminder.message["Auto-Submitted"] == "auto-generated"
    assert reminder.subject == "Re: Printer [#1001]"
    assert "> Which floor?" in reminder.text
    assert "Without an answer by" in reminder.text
    assert later(desk, hours=1).kinds == []
    assert later(desk, days=4).kinds == [(ANN.address, "waiting_reminder")]
    assert later(desk, days=6, hours=20).kinds == []
    left = later(desk, hours=4)
    assert left.kinds == [(ANN.address, "resolved_unanswered")]
    assert desk.ticket().status == "resolved"
    assert "no answer from you" in left.words(ANN.address)

    desk.deliver(ANN.reply(reminder, "Third floor, sorry!\n"), dmarc="pass")
    assert desk.ticket().status == "open"
    assert later(desk, days=30).kinds == []
    assert question.recipient == ANN.address
    assert [e.nth for e in desk.events(ev.RequesterReminded)] == [1, 2]


def test_answer_ends_the_waiting_at_once(desk: TestDesk):
    question = asked(desk)
    assert later(desk, days=3).kinds == [(ANN.address, "waiting_reminder")]
    mails = desk.deliver(ANN.reply(question, "Third floor.\n"), dmarc="pass")
    assert mails.recipients == [TIA.address]
    assert later(desk, days=60).kinds == []
    assert desk.ticket().status == "open"


def test_standstill_of_a_month_asks_once_more_before_it_resolves(desk: TestDesk):
    asked(desk)
    assert later(desk, days=30).kinds == [(ANN.address, "waiting_reminder")]
    assert later(desk, days=1, hours=23).kinds == []
    # The clock is put back: nothing comes twice.
    assert later(desk, days=-3).kinds == []
    assert later(desk, days=3, hours=2).kinds == [(ANN.address, "resolved_unanswered")]


def test_reminder_made_at_night_leaves_in_the_morning_unless_the_answer_was_faster(make_desk: MakeDesk):
    desk = make_desk(policy={**NO_SLA, "timezone": "Europe/Berlin", "hours": {"mon-fri": "09:00-17:00"}})
    question = asked(desk)
    # Monday, four in the morning.
    monday = (desk.clock.now + timedelta(days=8)).replace(hour=3, minute=0)
    desk.clock.now = monday - timedelta(days=monday.weekday())
    assert later(desk).kinds == []
    (row,) = [row for row in desk.outbox() if row.notice == "waiting_reminder"]
    desk.deliver(ANN.reply(question, "Third floor.\n"), dmarc="pass")
    assert later(desk, hours=6).kinds == []
    (row,) = [row for row in desk.outbox() if row.notice == "waiting_reminder"]
    assert (row.state, row.last_reply) == ("cancelled", "not sent: the ticket no longer waits for the requester")


def test_crew_hears_of_a_silent_vendor_until_it_writes(desk: TestDesk):
    notice = opened(desk)
    desk.deliver(TIA.reply(notice, "#status waiting-vendor\n"), dmarc="pass")
    assert later(desk, days=2).kinds == []
    left = later(desk, days=1)
    assert left.kinds == [(TIA.address, "reminder")]
    assert "The vendor has been silent since" in left.words(TIA.address)
    left = later(desk, days=30)
    assert left.kinds == [(TIA.address, "reminder")]
    assert later(desk, days=2).kinds == []
    desk.deliver(TIA.reply(left.mails.to(TIA.address), "#status open\n"), dmarc="pass")
    assert later(desk, days=30).kinds == []


def test_promise_is_spoken_of_before_and_after_it_breaks_to_technicians_alone(desk: TestDesk):
    notice = opened(desk)
    told = desk.deliver(TIA.reply(notice, "#mine\n#eta 10h\n"), dmarc="pass")
    assert ANN.address in told.recipients
    assert later(desk, hours=8).kinds == []
    assert later(desk, hours=1).kinds == [(TIA.address, "reminder")]
    left = later(desk, hours=1)
    assert left.kinds == [(TIA.address, "reminder")]
    assert "which has passed" in left.words(TIA.address)
    assert later(desk, days=9).kinds == []


# ------------------------------------------------------------------ closed


@pytest.mark.parametrize("closed", ["reopen", "new", "refuse"])
def test_answer_to_a_closed_ticket(make_desk: MakeDesk, closed: str):
    desk = make_desk(policy={**NO_SLA, "queues": {"general": {"closed": closed}, "network": {}}})
    notice = opened(desk)
    solved = desk.deliver(TIA.reply(notice, "#close\n\nMended.\n"), dmarc="pass").to(ANN.address)
    assert later(desk, days=5).kinds == []
    assert desk.ticket().status == "closed"
    mails = desk.deliver(ANN.reply(solved, "It smokes again.\n"), dmarc="pass")
    if closed == "reopen":
        assert (desk.last().outcome, desk.ticket().status) == ("follow-up", "open")
    elif closed == "new":
        assert (desk.last().outcome, desk.last().ticket) == ("ticket", 1002)
        assert (desk.ticket().status, desk.ticket(1002).claims) == ("closed", 1001)
    else:
        assert (desk.last().outcome, desk.ticket().status) == ("rejected", "closed")
        assert "queue general takes no answers to closed tickets" in desk.last().reason
        assert mails.recipients == [ANN.address]
        told = mails.to(ANN.address)
        assert (told.message["Auto-Submitted"], told.mail_from) == ("auto-replied", "")
        assert "smokes" not in told.everything
        assert "write us a new mail" in " ".join(told.text.split())
        assert len(desk.folder("Processed")) == 3
        # Three such mails may leave in a day; whom nobody may tell any more is not refused, as nobody would know.
        again = [desk.deliver(ANN.reply(solved, f"Again {n}!\n"), dmarc="pass").recipients for n in range(3)]
        assert again == [[ANN.address], [ANN.address], [TIA.address]]
        assert desk.ticket(1002).claims == 1001


# ------------------------------------------------------------------ absence, many tickets


def test_others_answer_while_the_owner_is_away(make_desk: MakeDesk):
    people = [
        {"email": "tia@staff.test", "name": "Tia Berg", "queues": ["general"]},
        {"email": "ned@staff.test", "name": "Ned Ode", "queues": ["general"]},
    ]
    desk = make_desk(policy={**NO_SLA, "technicians": people})
    notice = opened(desk)
    question = desk.deliver(TIA.reply(notice, "#due 5h\n\nWhich floor?\n"), dmarc="pass").to(ANN.address)
    away = TIA.reply(notice, "I am away until Monday.\n")
    away["Auto-Submitted"] = "auto-replied"
    away.replace_header("Subject", "Automatic reply: out of office")
    desk.deliver(away, dmarc="pass")
    mails = desk.deliver(ANN.reply(question, "Third floor.\n"), dmarc="pass")
    assert mails.recipients == [NED.address, TIA.address]
    assert "Tia Berg owns this ticket and is away" in " ".join(mails.to(NED.address).text.split())
    assert later(desk, hours=6).kinds == [(NED.address, "reminder"), (TIA.address, "reminder")]
    desk.deliver(TIA.write("Back", "#next\n"), dmarc="pass")
    assert desk.deliver(ANN.reply(question, "Hello?\n"), dmarc="pass").recipients == [TIA.address]


def test_day_of_standstill_with_forty_tickets_is_no_burst(desk: TestDesk, dovecot: Dovecot):
    for number in range(40):
        person = (ANN, BOB)[number % 2]
        desk.receive(person.write(f"Printer {number}", "It smokes.\n"), dmarc="pass")
    desk.run_once()
    told = desk.outgoing()
    for mail in told:
        if mail.recipient == TIA.address:
            desk.receive(TIA.bare_reply(mail, "#due 2h\n"), dmarc="pass")
    desk.run_once()
    results = desk.outgoing()
    left = later(desk, days=1)
    assert left.kinds == [(TIA.address, "reminder")] * 10
    waiting = [row.ticket for row in desk.outbox() if row.notice == "reminder" and row.state == "queued"]
    assert len(waiting) == len(set(waiting)) == 30
    # What is solved meanwhile is not spoken of any more.
    (result,) = [mail for mail in results if f"[#{waiting[-1]}]" in mail.subject]
    desk.deliver(TIA.bare_reply(result, "#close\n"), dmarc="pass")
    then = [later(desk, minutes=2) for _ in range(8)]
    sent = [len([kind for _, kind in one.kinds if kind == "reminder"]) for one in then]
    assert (sum(sent), max(sent) <= 5) == (29, True)
    assert later(desk, days=1).kinds == []
