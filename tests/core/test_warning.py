"""Warnings of deadlines: to whom, what they say, and each once for each run of a clock, whenever anybody looks."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.core.decide import decide_timer
from maildesk.core.timer import next_look
from maildesk.model import event as ev
from maildesk.model.clock import Clock, DeadlineWarning, Escalation, SlaTarget, Tell
from maildesk.model.decision import TimerDecision
from maildesk.model.desk import Desk, Queue, Technician
from maildesk.model.level import Priority
from maildesk.model.notice import Audience, Visibility
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import NOW, TIA, TOM

LEO = Technician("leo@staff.test", "Leo Lead", ("general",), lead=True)
MIA = Technician("mia@staff.test", "Mia Roth", manager=True)
ONLY_QUEUES = Technician("kim@staff.test", "Kim", ("general",), manager=True)
HOUR = timedelta(hours=1)
QUIET = Escalation(unanswered=())
DESK = make.desk(
    queues=(Queue("general"),), technicians=(TIA, TOM, LEO, MIA), escalation=QUIET,
    sla=((Priority.P3, SlaTarget(first_response=4 * 3600)),),
)  # fmt: skip
START = NOW - timedelta(days=1)


def on(**targets: float) -> Desk:
    """The desk with these targets, in hours."""
    seconds = {name: hours * 3600 for name, hours in targets.items()}
    return replace(DESK, sla=((Priority.P3, SlaTarget(**seconds)),))


def owned(**fields: object) -> Ticket:
    """Tia's ticket, opened a day ago."""
    return make.ticket(**({"assignee": TIA.email, "created_at": START} | fields))


def fold(ticket: Ticket, decision: TimerDecision, at: datetime) -> Ticket:
    for act in decision.acts:
        ticket = evolve(ticket, ev.Recorded(ticket.number, ticket.seq + 1, at, act.actor, act.event))
    return ticket


def told(decision: TimerDecision) -> list[tuple[str, str, str]]:
    return [(n.name.value, n.to.address.partition("@")[0], n.reason) for n in decision.notices]


def warned(decision: TimerDecision) -> list[int]:
    return [act.event.percent for act in decision.acts if isinstance(act.event, ev.DeadlineWarned)]


@pytest.mark.parametrize(
    ("hours", "percents", "people"),
    [
        (2.9, [], []),
        (3, [75], [("deadline_warning", "tia", "warning owner")]),
        (3.6, [75, 90], [("deadline_warning", "leo", "warning lead")]),
        (4, [75, 90, 100], [("deadline_warning", "mia", "warning manager")]),
        (900, [75, 90, 100], [("deadline_warning", "mia", "warning manager")]),
    ],
)
def test_after_standing_still_only_the_highest_step_is_told(
    hours: float, percents: list[int], people: list[tuple[str, str, str]]
) -> None:
    decision = decide_timer(owned(), DESK, START + hours * HOUR)
    assert (warned(decision), told(decision)) == (percents, people)


def test_three_mails_to_three_people_one_after_the_other() -> None:
    ticket, seen = owned(), []
    for minutes in range(0, 600, 7):
        at = START + timedelta(minutes=minutes)
        decision = decide_timer(ticket, DESK, at)
        ticket, seen = fold(ticket, decision, at), [*seen, *told(decision)]
    assert [name for _, name, _ in seen] == ["tia", "leo", "mia"]
    assert [w.percent for w in ticket.warned] == [75, 90, 100]


@pytest.mark.parametrize(
    ("tell", "technicians", "assignee", "people"),
    [
        (Tell.ASSIGNEE, (TIA, TOM, LEO, MIA), TIA.email, ["tia"]),
        (Tell.ASSIGNEE, (TIA, TOM, LEO, MIA), None, ["tia", "tom", "leo"]),
        (Tell.ASSIGNEE, (TIA, TOM, LEO, MIA), "gone@staff.test", ["tia", "tom", "leo"]),
        (Tell.QUEUE, (TIA, TOM, LEO, MIA), TIA.email, ["tia", "tom", "leo"]),
        (Tell.LEAD, (TIA, TOM, LEO, MIA), TIA.email, ["leo"]),
        (Tell.LEAD, (TIA, TOM, MIA), TIA.email, ["tia"]),
        (Tell.LEAD, (TIA, TOM, replace(LEO, queues=("network",))), None, ["tia", "tom"]),
        (Tell.MANAGER, (TIA, TOM, LEO, MIA, ONLY_QUEUES), TIA.email, ["mia", "kim"]),
        (Tell.MANAGER, (TIA, LEO, replace(ONLY_QUEUES, queues=("network",))), TIA.email, ["leo"]),
        (Tell.MANAGER, (TIA, TOM), TIA.email, ["tia"]),
        # Somebody who works elsewhere still owns it.
        (Tell.QUEUE, (replace(TIA, queues=()),), TIA.email, ["tia"]),
    ],
)
def test_whom_a_word_means(
    tell: Tell, technicians: tuple[Technician, ...], assignee: str | None, people: list[str]
) -> None:
    desk = replace(DESK, technicians=technicians, escalation=Escalation((DeadlineWarning(50, tell),), ()))
    decision = decide_timer(owned(assignee=assignee), desk, START + 2 * HOUR)
    assert [name for _, name, _ in told(decision)] == people


@pytest.mark.parametrize(
    "ticket",
    [
        owned(first_responded_at=NOW),
        owned(status=Status.RESOLVED, resolved_at=NOW),
        owned(status=Status.CLOSED, resolved_at=NOW, closed_at=NOW),
        owned(merged_into=7),
        owned(priority=Priority.P1),
        owned(warned=tuple(ev.DeadlineWarned(Clock.FIRST_RESPONSE, p, START) for p in (75, 90, 100))),
    ],
)
def test_nothing_is_in_danger(ticket: Ticket) -> None:
    assert warned(decide_timer(ticket, DESK, NOW)) == []
    assert next_look(ticket, DESK) is None


def test_a_clock_that_stands_still_warns_nobody() -> None:
    stays = (ev.Stay(Status.OPEN, START), ev.Stay(Status.WAITING_VENDOR, START + HOUR))
    waiting = owned(status=Status.WAITING_VENDOR, course=ev.Course(stays))
    assert warned(decide_timer(waiting, on(resolution=2), START + 9 * HOUR)) == []
    back = replace(waiting, status=Status.OPEN, course=ev.Course((*stays, ev.Stay(Status.OPEN, START + 9 * HOUR))))
    assert next_look(back, on(resolution=2)) == START + 9.5 * HOUR


@pytest.mark.parametrize(
    ("targets", "fields", "hours", "name", "detail"),
    [
        ({"first_response": 4}, {}, 3, "deadline_warning",
         "first answer due Tue 3 Mar 2026 17:00, 1 h left (P3 of the desk)"),
        ({"first_response": 4}, {}, 5, "deadline_warning",
         "first answer was due Tue 3 Mar 2026 17:00, 1 h ago (P3 of the desk)"),
        ({"next_response": 2}, {"first_responded_at": START, "awaiting_since": START + HOUR}, 2.5, "deadline_warning",
         "next answer due Tue 3 Mar 2026 16:00, 30 min left (P3 of the desk)"),
        ({"resolution": 8}, {}, 6, "deadline_warning", "solution due Tue 3 Mar 2026 21:00, 2 h left (P3 of the desk)"),
        # Two clocks at once are one mail to a person.
        ({"first_response": 4, "resolution": 4}, {}, 3, "deadline_warning",
         ("first answer due Tue 3 Mar 2026 17:00, 1 h left (P3 of the desk); "
          "solution due Tue 3 Mar 2026 17:00, 1 h left (P3 of the desk)")),
        ({"update": 1}, {"answered_at": START, "first_responded_at": START}, 1.5, "update_due",
         "the requester has heard nothing for 1 h 30 min"),
        ({"update": 3, "resolution": 4}, {"answered_at": START}, 3, "deadline_warning",
         "the requester has heard nothing for 3 h; solution due Tue 3 Mar 2026 17:00, 1 h left (P3 of the desk)"),
    ],
)  # fmt: skip
def test_what_a_warning_says(
    targets: dict[str, float], fields: dict[str, object], hours: float, name: str, detail: str
) -> None:
    decision = decide_timer(owned(**fields), on(**targets), START + hours * HOUR)
    notices = [n for n in decision.notices if n.to.address == TIA.email] or list(decision.notices)
    assert [(n.name.value, n.detail) for n in notices] == [(name, detail)]
    assert (notices[0].visibility, notices[0].audience) == (Visibility.PUBLIC, Audience.TECHNICIAN)


def test_working_time_is_called_so() -> None:
    desk = replace(on(first_response=4), calendars=(make.calendar(make.WEEKDAYS),))
    # 13:00 on Tuesday, and the desk closes at 17:00.
    (notice,) = decide_timer(owned(), desk, START + 3 * HOUR).notices
    assert notice.detail == "first answer due Tue 3 Mar 2026 17:00, 1 h of working time left (P3 of the desk)"


def test_an_update_is_asked_for_once_a_run() -> None:
    desk, ticket = on(update=1), owned(answered_at=START, first_responded_at=START)
    for hours, expected in ((1, 1), (1.2, 0), (9, 0)):
        decision = decide_timer(ticket, desk, START + hours * HOUR)
        ticket = fold(ticket, decision, START + hours * HOUR)
        assert len(decision.notices) == expected
    again = replace(ticket, answered_at=START + 9 * HOUR)
    assert len(decide_timer(again, desk, START + 10 * HOUR).notices) == 1


def test_a_promise_of_more_time_is_watched_anew_and_one_of_less_is_not_told_again() -> None:
    """Raised by mistake and put back: what was said of the short time does not silence the long one."""
    desk = replace(DESK, sla=(*DESK.sla, (Priority.P1, SlaTarget(first_response=3600))))
    ticket, steps = owned(), []
    for priority, hours in (("P3", 3), ("P1", 3.1), ("P1", 3.5), ("P3", 3.5), ("P3", 3.6), ("P3", 4), ("P1", 4.1)):
        ticket, at = replace(ticket, priority=Priority(priority)), START + hours * HOUR
        decision = decide_timer(ticket, desk, at)
        ticket = fold(ticket, decision, at)
        steps.append((priority, warned(decision)))
    assert steps == [("P3", [75]), ("P1", [90, 100]), ("P1", []), ("P3", []), ("P3", [90]), ("P3", [100]), ("P1", [])]


def test_a_colleague_hears_of_it_while_the_owner_is_away() -> None:
    decision = decide_timer(owned(), DESK, START + 3 * HOUR, frozenset({TIA.email}))
    assert {name for _, name, _ in told(decision)} == {"tia", "tom", "leo"}


def test_a_lead_hears_of_both_clocks_in_one_mail() -> None:
    desk = on(first_response=4, resolution=5)
    decision = decide_timer(owned(), desk, START + 3.75 * HOUR)
    # 94 % and 75 %: one to the lead, one to the owner.
    assert [name for _, name, _ in told(decision)] == ["leo", "tia"]
    later = decide_timer(owned(), desk, START + 4.9 * HOUR)
    assert [name for _, name, _ in told(later)] == ["mia", "leo"]


# ------------------------------------------------------------------ each exactly once

_MINUTES = st.integers(0, 60 * 14)


@given(st.lists(_MINUTES, max_size=25), st.lists(st.tuples(_MINUTES, st.booleans()), max_size=5))
def test_each_step_of_a_run_is_told_or_passed_over_once(ticks: list[int], answers: list[tuple[int, bool]]) -> None:
    """Whenever somebody looks: three mails a run when nothing stands still, never a step twice, never one late."""
    desk = on(next_response=2)
    said = dict(answers)
    ticket = owned(first_responded_at=START)
    runs: Counter[tuple[datetime, int]] = Counter()
    for minute in sorted({*ticks, *said}):
        at = START + timedelta(minutes=minute)
        if minute in said:
            word = ev.CorrespondenceReceived if said[minute] else ev.CorrespondenceSent
            event = word(make.ANN, "x", "x", None)
            ticket = evolve(ticket, ev.Recorded(1042, ticket.seq + 1, at, "x", event))
        decision = decide_timer(ticket, desk, at)
        fresh = [act.event for act in decision.acts if isinstance(act.event, ev.DeadlineWarned)]
        runs.update((event.since, event.percent) for event in fresh)
        # One mail tells the highest of them.
        assert len(decision.notices) == bool(fresh)
        ticket = fold(ticket, decision, at)
        assert decide_timer(ticket, desk, at).acts == ()
        assert (next_look(ticket, desk) or at + HOUR) > at
    assert set(runs.values()) <= {1}


@given(st.lists(_MINUTES, max_size=40))
def test_looking_often_enough_makes_three_mails(ticks: list[int]) -> None:
    ticket, mails = owned(), Counter[str]()
    for minute in sorted({*ticks, 180, 216, 240}):
        at = START + timedelta(minutes=minute)
        decision = decide_timer(ticket, DESK, at)
        mails.update(name for _, name, _ in told(decision))
        ticket = fold(ticket, decision, at)
    assert mails == {"tia": 1, "leo": 1, "mia": 1}
