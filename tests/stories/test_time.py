"""The recall window and the dates of tickets when the clock or the desk does something unusual."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from maildesk import timers
from maildesk.core.conclude import deadlines
from maildesk.model import event as ev
from maildesk.model.ticket import evolve
from maildesk.outbox import OutboxLoop
from tests.desk import Sent, TestDesk
from tests.servers import Dovecot, SmtpSink
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA

pytestmark = pytest.mark.servers

#: No deadlines either: their warnings are not what these stories are about.
RECALL = {"recall": "60s", "sla": {}}
#: More than any bound on one tick that hides those behind it; a thousand with the long run.
_TICKETS = 1000 if os.environ.get("MAILDESK_PROOF") else 210


@pytest.fixture
def desk(make_desk: MakeDesk) -> TestDesk:
    return make_desk(policy=RECALL)


def answered(desk: TestDesk, text: str = "Which floor?\n") -> Sent:
    """Let Tia answer Ann's mail; return the notice she answered. Nothing has left yet."""
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    assert ANN.address not in desk.deliver(TIA.reply(notice, text), dmarc="pass").recipients
    return notice


def reached_after(desk: TestDesk, **how_far: float) -> bool:
    """Move the clock and tell whether Ann has got the answer by then, once."""
    desk.clock.advance(**how_far)
    desk.run_once()
    found = [mail for mail in desk.outgoing() if mail.recipient == ANN.address]
    assert len(found) <= 1
    return bool(found)


# ------------------------------------------------------------------ the recall window


@pytest.mark.parametrize(
    ("steps", "reached"),
    [
        ([58, 1], [False, True]),
        # An hour forward: the window is over. An hour back: it lasts so much longer, and no mail leaves twice.
        ([3600, 1], [True, False]),
        ([-3600, 3600, 60, 60], [False, False, True, False]),
        # In the middle of the window forward and back again.
        ([30, 3600, -3600, 120], [False, True, False, False]),
    ],
)
def test_window_ends_once(desk: TestDesk, steps: list[int], reached: list[bool]):
    answered(desk)
    assert [reached_after(desk, seconds=seconds) for seconds in steps] == reached


@pytest.mark.parametrize("recall", ["0s", "1h"])
def test_changed_window_is_for_later_answers(desk: TestDesk, recall: str):
    notice = answered(desk)
    desk.change_policy(recall=recall)
    assert not reached_after(desk, seconds=30)
    assert reached_after(desk, seconds=30)
    desk.receive(TIA.reply(notice, "And which room?\n"), dmarc="pass")
    assert reached_after(desk, seconds=1) == (recall == "0s")


def test_no_window_on_what_is_most_urgent(desk: TestDesk):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    mails = desk.deliver(TIA.reply(notice, "#priority P1\n\nLeave the room!\n"), dmarc="pass")
    assert ANN.address in mails.recipients


def test_what_waits_when_it_becomes_most_urgent_leaves_at_its_time_and_can_be_recalled(desk: TestDesk):
    """The author was promised the time to take it back."""
    notice = answered(desk)
    raised = desk.deliver(TIA.reply(notice, "#priority P1\n"), dmarc="pass")
    assert ANN.address not in raised.recipients
    desk.deliver(TIA.reply(notice, "undo\n"), dmarc="pass")
    assert len(desk.events(ev.CorrespondenceRecalled)) == 1
    assert not reached_after(desk, minutes=5)


@pytest.mark.parametrize("is_leased_first", [True, False], ids=["sent first", "recalled first"])
def test_undo_at_the_very_end_of_the_window(desk: TestDesk, monkeypatch: pytest.MonkeyPatch, is_leased_first: bool):
    notice = answered(desk)
    (waiting,) = [row for row in desk.outbox() if row.recipient == ANN.address and row.state == "queued"]
    if is_leased_first:
        assert waiting.next_attempt_at is not None
        desk.clock.now = waiting.next_attempt_at - timedelta(seconds=1)
        assert reached_after(desk)
    else:
        lease = OutboxLoop._lease
        desk.clock.now = waiting.created_at + timedelta(seconds=59)

        def late(loop: OutboxLoop, now: datetime) -> object:
            return lease(loop, now if desk.last().id == 3 else waiting.created_at)

        monkeypatch.setattr(OutboxLoop, "_lease", late)
    told = desk.deliver(TIA.reply(notice, "undo\n"), dmarc="pass").to(TIA.address)

    assert ("cannot be recalled" in " ".join(told.text.split())) == is_leased_first
    assert len(desk.events(ev.CorrespondenceRecalled)) == (0 if is_leased_first else 1)
    assert not reached_after(desk, minutes=5)


# ------------------------------------------------------------------ dates


def test_all_dates_at_once_are_one_mail_a_ticket(desk: TestDesk):
    notice = answered(desk, "#mine\n#snooze 2h\n#due 3h\n")
    desk.deliver(BOB.write("Mouse", "It squeaks.\n"), dmarc="pass")
    desk.clock.advance(days=30)
    desk.run_once()
    assert desk.outgoing().recipients == [TIA.address]
    ticket = desk.ticket()
    assert (ticket.status, ticket.snoozed_until, ticket.reminded_of) == ("open", None, ticket.due_at)
    # With the clock back before them nothing comes a second time.
    desk.clock.advance(days=-29, hours=-23)
    desk.run_once()
    desk.clock.advance(days=40)
    desk.run_once()
    assert desk.outgoing() == ()
    assert notice.recipient == TIA.address


def test_many_due_after_a_day_of_standing_still(
    make_desk: MakeDesk, dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path
):
    """All in one pass, each ticket one mail, and some that fail do not stand in the way of the others."""
    # Not one of those that are read through afterwards: that takes longer than all the rest.
    desk = TestDesk(tmp_path / "many", dovecot, smtp_sink, f"sqlite:///{tmp_path}/many.sqlite3")
    desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    now, daemon = desk.clock(), desk.daemon()
    with desk.store() as store, store.transaction() as tx:
        first = tx.tickets.history(1001)
        for _ in range(_TICKETS):
            number = tx.tickets.next_number()
            due = ev.Recorded(number, len(first) + 1, now, "tia@staff.test", ev.DueSet(now + timedelta(hours=1)))
            history = (*(replace(r, ticket=number) for r in first), due)
            ticket = None
            for recorded in history:
                ticket = evolve(ticket, recorded)
            assert ticket is not None
            looks = ev.Recorded(number, ticket.seq + 1, now, "maildesk", deadlines(ticket, daemon.workshop().desk))
            tx.tickets.save(evolve(ticket, looks))
            tx.tickets.append((*history, looks), None)
    failing = range(1002, 1207)
    decide = timers.decide_timer

    def fail(ticket: object, *rest: object) -> object:
        if getattr(ticket, "number", 0) in failing:
            raise ValueError("a ticket that always fails")
        return decide(ticket, *rest)  # type: ignore[arg-type]

    started = monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timers, "decide_timer", fail)
        patch.setattr(timers.log, "exception", lambda *_, **__: None)
        assert timers.tick(daemon.store, daemon.workshop(), now + timedelta(days=1)) == _TICKETS - 205
    assert timers.tick(daemon.store, daemon.workshop(), now + timedelta(days=1)) == 205
    assert timers.tick(daemon.store, daemon.workshop(), now + timedelta(days=1)) == 0
    print(f"{monotonic() - started:.1f} s for {_TICKETS} tickets")
    daemon.store.close()
    reminders = [row.ticket for row in desk.outbox() if row.notice == "reminder"]
    assert sorted(reminders) == list(range(1002, 1002 + _TICKETS))


@pytest.mark.parametrize(
    ("now", "value", "until"),
    [
        # In Berlin the clocks go forward on 29 March and back on 25 October 2026.
        ("2026-03-28T12:00Z", "tomorrow 09:00", "2026-03-29T07:00Z"),
        ("2026-03-28T22:30Z", "3h", "2026-03-29T01:30Z"),
        ("2026-03-28T08:00Z", "1d", "2026-03-29T07:00Z"),
        ("2026-10-24T08:00Z", "1d", "2026-10-25T09:00Z"),
        ("2026-10-24T23:30Z", "2h", "2026-10-25T01:30Z"),
    ],
)
def test_ticket_sleeps_over_the_night_the_clocks_change(make_desk: MakeDesk, now: str, value: str, until: str):
    desk = make_desk(policy={"timezone": "Europe/Berlin"})
    desk.clock.now = datetime.fromisoformat(now).astimezone(UTC)
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    desk.clock.now = datetime.fromisoformat(now).astimezone(UTC) - timedelta(seconds=1)
    desk.deliver(TIA.reply(notice, f"#snooze {value}\n"), dmarc="pass")
    wanted = datetime.fromisoformat(until)
    assert desk.ticket().snoozed_until == wanted
    woken = []
    for at in (wanted - timedelta(seconds=2), wanted - timedelta(seconds=1), wanted + timedelta(hours=1)):
        desk.clock.now = at
        desk.run_once()
        woken.append(desk.ticket().status)
    assert woken == ["scheduled", "open", "open"]
    assert len([row for row in desk.outbox() if row.notice == "reminder"]) == 1
