"""Rules of phase `time` on one ticket: when they hit, and that the next instant finds nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from maildesk.core.rule_timer import decide_rules, has_time_rules
from maildesk.model import event as ev
from maildesk.model.decision import TimerDecision
from maildesk.model.rule import Finding, Once, Phase, Rule, RuleActions
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import ANN, NOW, TIA

OLD = make.ticket(awaiting_since=NOW)
RULE = Rule(
    "old", lambda f: Finding(f.ticket is not None and f.now - f.ticket.created_at > timedelta(hours=1), "age"),
    RuleActions(tags=("old",), reply="We have not forgotten you.", notify=("boss@x.test",)), phases=(Phase.TIME,),
)  # fmt: skip
DESK = make.desk(rules=(RULE,))


def after(ticket: Ticket, decision: TimerDecision) -> Ticket:
    for n, act in enumerate(decision.acts, 1):
        ticket = evolve(ticket, ev.Recorded(ticket.number, ticket.seq + n, NOW, act.actor, act.event))
    return ticket


def test_a_rule_hits_once() -> None:
    decision = decide_rules(OLD, DESK, NOW)
    assert [n.to.address for n in decision.notices] == [ANN.address, "boss@x.test"]
    assert {a.actor for a in decision.acts} == {"rule: old"}
    assert [h.name for h in decision.rules if h.hit] == ["old"]
    again = decide_rules(after(OLD, decision), DESK, NOW + timedelta(days=90))
    assert again == TimerDecision()


@pytest.mark.parametrize(
    "ticket",
    [
        make.closed(1), make.ticket(merged_into=7), make.ticket(created_at=NOW),
    ],
    ids=["closed", "merged", "too young"],
)  # fmt: skip
def test_nothing_happens(ticket: Ticket) -> None:
    assert decide_rules(ticket, DESK, NOW) == TimerDecision()


def test_a_resolved_ticket_is_looked_at() -> None:
    assert decide_rules(replace(OLD, status=Status.RESOLVED), DESK, NOW).acts != ()


def test_each_day_anew() -> None:
    desk = make.desk(rules=(replace(RULE, once=Once.DAY),))
    ticket, told = OLD, 0
    for hour in range(0, 72, 3):
        decision = decide_rules(ticket, desk, NOW + timedelta(hours=hour))
        told += bool(decision.acts)
        for n, act in enumerate(decision.acts, 1):
            at = NOW + timedelta(hours=hour)
            ticket = evolve(ticket, ev.Recorded(1042, ticket.seq + n, at, act.actor, act.event))
    assert told == 4, "noon of one day to noon of the third after it"


def test_a_machine_gets_no_answer() -> None:
    decision = decide_rules(replace(OLD, awaiting_since=None), DESK, NOW)
    assert [n.to.address for n in decision.notices] == ["boss@x.test"]


@pytest.mark.parametrize(("rules", "has"), [((), False), ((make.rule(),), False), ((make.rule(), RULE), True)])
def test_desks_with_rules_of_time(rules: tuple[Rule, ...], has: bool) -> None:
    assert has_time_rules(make.desk(rules=rules)) == has


def test_the_absent_get_nothing() -> None:
    desk = make.desk(rules=(replace(RULE, then=RuleActions(assign=TIA.email)),))
    assert not any(isinstance(a.event, ev.Assigned) for a in decide_rules(OLD, desk, NOW, frozenset({TIA.email})).acts)


def test_two_rules_that_undo_each_other_do_so_once_an_hour() -> None:
    def to(status: Status, other: Status) -> Rule:
        return Rule(
            f"to {status}", lambda f: Finding(f.ticket is not None and f.ticket.status is other, "it is"),
            RuleActions(status=status), phases=(Phase.TIME,), once=Once.STATUS,
        )  # fmt: skip

    desk = make.desk(rules=(to(Status.OPEN, Status.SCHEDULED), to(Status.SCHEDULED, Status.OPEN)))
    ticket, changes = OLD, 0
    for minute in range(24 * 60):
        at = NOW + timedelta(minutes=minute)
        decision = decide_rules(ticket, desk, at)
        changes += bool(decision.acts)
        for n, act in enumerate(decision.acts, 1):
            ticket = evolve(ticket, ev.Recorded(ticket.number, ticket.seq + n, at, act.actor, act.event))
    assert changes == 48


@pytest.mark.parametrize(("ticket", "echo"), [(OLD, False), (replace(OLD, answered_at=NOW), True)])
def test_words_of_somebody_nobody_ever_answered_are_not_sent_on(ticket: Ticket, echo: bool) -> None:
    assert decide_rules(ticket, DESK, NOW).notices[0].echo is echo


def test_who_got_enough_automatic_answers_gets_no_more() -> None:
    decision = decide_rules(OLD, DESK, NOW, silence="cap reached")
    assert [n.to.address for n in decision.notices] == ["boss@x.test"]
    assert any("cap reached" in line.because for line in decision.trace)
