"""What the clock alone does to a ticket: each date once, all that is due in one go."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.core.timer import decide_timer, next_look, spread
from maildesk.model import event as ev
from maildesk.model.desk import Technician
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import NED, NOW, TIA, TOM

DESK = make.desk()
DAY = timedelta(days=1)
BEFORE, PAST, SOON = NOW - timedelta(days=1), NOW - timedelta(hours=1), NOW + timedelta(hours=1)
ASLEEP = {"status": Status.SCHEDULED, "snoozed_until": PAST}
WOKEN = [ev.SnoozeSet(None), ev.StatusChanged("open", "scheduled")]


@pytest.mark.parametrize(
    ("ticket", "expected", "told"),
    [
        (make.ticket(**ASLEEP), WOKEN, [TIA.email, TOM.email]),
        (make.ticket(**ASLEEP, assignee=TOM.email), WOKEN, [TOM.email]),
        (make.ticket(**ASLEEP, assignee=TOM.email, watchers=(NED.email,)), WOKEN, [TOM.email, NED.email]),
        (make.ticket(status=Status.SCHEDULED, snoozed_until=NOW), WOKEN, [TIA.email, TOM.email]),
        (make.ticket(status=Status.SCHEDULED, snoozed_until=SOON), [], []),
        # Somebody was faster.
        (make.ticket(snoozed_until=PAST), [ev.SnoozeSet(None)], []),
        (make.closed(1, snoozed_until=PAST), [ev.SnoozeSet(None)], []),
        (make.ticket(due_at=PAST, assignee=TIA.email), [ev.ReminderSent(PAST)], [TIA.email]),
        (make.ticket(due_at=PAST, reminded_of=PAST), [], []),
        # A later date is reminded of anew; a ticket that is done is left alone.
        (make.ticket(due_at=PAST, reminded_of=BEFORE, queue="network"), [ev.ReminderSent(PAST)], [NED.email]),
        (make.ticket(due_at=SOON), [], []),
        (make.resolved(due_at=PAST), [], []),
        # What the requester was promised: near, then passed without a word, each once.
        (make.ticket(expected_at=SOON), [ev.PromiseWarned(SOON, passed=False)], [TIA.email, TOM.email]),
        (make.ticket(expected_at=SOON, promise_warnings=1), [], []),
        (make.ticket(expected_at=SOON, promised_at=NOW), [], []),
        (make.ticket(expected_at=NOW + DAY, promised_at=NOW - 9 * DAY, assignee=TOM.email),
         [ev.PromiseWarned(NOW + DAY, passed=False)], [TOM.email]),
        (make.ticket(expected_at=NOW + DAY, promised_at=NOW - 8 * DAY), [], []),
        (make.ticket(expected_at=PAST), [ev.PromiseWarned(PAST, passed=True)], [TIA.email, TOM.email]),
        (make.ticket(expected_at=PAST, promise_warnings=1, assignee=TIA.email),
         [ev.PromiseWarned(PAST, passed=True)], [TIA.email]),
        (make.ticket(expected_at=PAST, promise_warnings=2), [], []),
        (make.ticket(expected_at=PAST, promise_warnings=1, answered_at=PAST - timedelta(minutes=1)), [], []),
        (make.ticket(expected_at=PAST, promise_warnings=1, answered_at=BEFORE),
         [ev.PromiseWarned(PAST, passed=True)], [TIA.email, TOM.email]),
        (make.resolved(expected_at=PAST), [], []),
        (make.ticket(expected_at=PAST, merged_into=7), [], []),
        # All at once, in one mail.
        (make.ticket(**ASLEEP, due_at=PAST, assignee=TIA.email), [*WOKEN, ev.ReminderSent(PAST)], [TIA.email]),
        (make.ticket(status=Status.RESOLVED, close_due_at=PAST, snoozed_until=PAST, due_at=PAST),
         [ev.StatusChanged("closed", "resolved"), ev.SnoozeSet(None)], []),
    ],
)  # fmt: skip
def test_what_is_due(ticket: Ticket, expected: list[ev.Event], told: list[str]) -> None:
    decision = decide_timer(ticket, DESK, NOW)
    assert [act.event for act in decision.acts] == expected
    assert [n.to.address for n in decision.notices] == told
    assert decision.trace


def test_a_reminder_says_what_it_is_about() -> None:
    decision = decide_timer(make.ticket(**ASLEEP, due_at=PAST, assignee=TIA.email), DESK, NOW)
    (notice,) = decision.notices
    assert notice.detail == ("it slept until Wed 4 Mar 2026 12:00 and is open again; it was due Wed 4 Mar 2026 12:00")


# ------------------------------------------------------------------ who hears of it


@pytest.mark.parametrize(
    ("owner", "queue", "away", "told"),
    [
        (TIA, "general", (), [TIA]),
        # The others of the queue, and the owner for when they are back.
        (TIA, "general", (TIA,), [TIA, TOM]),
        (TIA, "general", (TOM,), [TIA]),
        # Nobody else of the queue is there: the leads; no lead either: everybody.
        (TIA, "general", (TIA, TOM), [TIA, NED]),
        (NED, "network", (NED,), [NED, TIA, TOM]),
        (NED, "network", (NED, TIA, TOM), [NED]),
        # Nobody owns it: its queue hears of it anyway.
        (None, "general", (TIA,), [TIA, TOM]),
    ],
)
def test_others_hear_of_it_while_the_owner_is_away(
    owner: Technician | None, queue: str, away: tuple[Technician, ...], told: list[Technician]
) -> None:
    ticket = make.ticket(due_at=PAST, assignee=owner.email if owner else None, queue=queue)
    notices = decide_timer(ticket, DESK, NOW, frozenset(t.email for t in away)).notices
    assert [n.to.address for n in notices] == [t.email for t in told]
    for notice in notices:
        stands_in = owner is not None and notice.to.address != owner.email
        assert ("is away" in notice.detail) == stands_in


@pytest.mark.parametrize(("so_far", "delay"), [(0, 0), (9, 0), (10, 30), (11, 60), (500, 491 * 30)], ids=str)
def test_whoever_had_many_mails_gets_the_next_ones_later(so_far: int, delay: float) -> None:
    notices = decide_timer(make.ticket(due_at=PAST), DESK, NOW).notices
    assert [n.delay_seconds for n in spread(notices, {TIA.email: so_far})] == [delay, 0]


# ------------------------------------------------------------------ once


instants = st.one_of(st.none(), st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours)))


@given(st.sampled_from(Status), instants, instants, instants, instants)
def test_a_second_tick_finds_nothing(
    status: Status, closes: datetime | None, sleeps: datetime | None, due: datetime | None, reminded: datetime | None
) -> None:
    ticket = make.ticket(status=status, close_due_at=closes, snoozed_until=sleeps, due_at=due, reminded_of=reminded)
    for act in decide_timer(ticket, DESK, NOW).acts:
        ticket = evolve(ticket, ev.Recorded(ticket.number, ticket.seq + 1, NOW, act.actor, act.event))
    assert decide_timer(ticket, DESK, NOW).acts == ()
    assert (next_look(ticket, DESK) or SOON) > NOW
