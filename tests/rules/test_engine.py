"""The engine: order, overriding, adding up, stop, and who had the last word."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.model import event as ev
from maildesk.model.level import Level, Priority
from maildesk.model.rule import MAIL_PHASES, Once, Phase, Rule, RuleActions, RuleFacts
from maildesk.model.ticket import Firing
from maildesk.rules.engine import run_rules
from tests import make
from tests.rules.written_rules import facts, rules

ORDER = rules("""
    rules:
      - name: first
        when: {kind: person}
        then: {impact: high, urgency: high, queue: network, tags: [a, b], acknowledge: false, checklist: [one],
               notify: x@y.test, hold: true}
      - name: never
        when: {subject: nobody writes this}
        then: {priority: P1, tags: z}
      - name: second
        when: {phase: new}
        then: {urgency: low, tags: [b, c], checklist: two, notify: [x@y.test, z@y.test], acknowledge: true}
    """)
STOP = rules("""
    rules:
      - {name: guard, when: {subject: stop}, stop: true}
      - {name: below, when: {}, then: {priority: P1}}
    """)


def test_later_rules_win_action_by_action_and_lists_add_up():
    verdict = run_rules(ORDER, facts())
    asked = verdict.actions
    assert (asked.impact, asked.urgency, asked.queue) == (Level.HIGH, Level.LOW, "network")
    assert (asked.tags, asked.notify) == (("a", "b", "c"), ("x@y.test", "z@y.test"))
    assert (asked.checklist, asked.acknowledge, asked.priority) == (("two",), True, None)
    assert asked.hold == "held by a rule"


def test_who_had_the_last_word_is_known():
    verdict = run_rules(ORDER, facts())
    assert [verdict.author_of(a) for a in ("impact", "urgency", "tags", "hold")] == [
        "first",
        "second",
        "second",
        "first",
    ]
    assert verdict.author_of("priority") == ""


def test_every_rule_that_ran_has_its_line():
    verdict = run_rules(ORDER, facts(subject="hi"))
    assert [(h.name, h.hit) for h in verdict.hits] == [("first", True), ("never", False), ("second", True)]
    assert verdict.hits[1].because == 'not subject equals "nobody writes this": "hi"'


def test_stop_ends_only_when_its_rule_hits():
    stopped, went_on = run_rules(STOP, facts(subject="stop")), run_rules(STOP, facts(subject="go"))
    assert [h.name for h in stopped.hits] == ["guard"]
    assert stopped.actions.priority is None
    assert stopped.hits[0].because.endswith("stops here")
    assert went_on.actions.priority is Priority.P1


def test_no_rules_ask_for_nothing():
    verdict = run_rules((), facts())
    assert verdict.hits == verdict.set_by == ()


@given(st.text(max_size=50), st.text(max_size=200), st.integers(0, 2))
def test_running_twice_gives_the_same(subject, body, which):
    mail = (facts(), facts(status="open"), facts(kind="alert"))[which]
    mail = replace(mail, message=replace(mail.message, subject=subject, text=body, visible_text=body))
    assert run_rules(ORDER + STOP, mail) == run_rules(ORDER + STOP, mail)


# ------------------------------------------------------------------ phases and how often

FIRED = RuleActions(tags=("hit",))
NOW = make.NOW


def hits(rule: Rule, phase: Phase, **ticket: object) -> bool:
    on = None if phase is Phase.NEW else make.ticket(**ticket)
    berlin = NOW.astimezone(ZoneInfo("Europe/Berlin"))
    found = run_rules((rule,), RuleFacts(NOW, phase, ticket=on, local_now=berlin)).hits
    return any(hit.hit for hit in found)


def always(**fields: object) -> Rule:
    return replace(make.rule("r"), then=FIRED, **fields)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("phases", [(Phase.NEW,), (Phase.CHANGE, Phase.TIME), MAIL_PHASES])
def test_a_rule_runs_in_its_phases(phase, phases):
    assert hits(always(phases=phases), phase) == (phase in phases)


def test_only_rules_of_mail_have_a_line_on_mail():
    rules_ = (always(phases=(Phase.TIME,)), replace(always(phases=(Phase.NEW,)), name="new"))
    found = run_rules(rules_, RuleFacts(NOW, Phase.FOLLOW_UP, ticket=make.ticket())).hits
    assert [(hit.name, hit.because) for hit in found] == [("new", "it is for phase new, not follow-up")]


MIDNIGHT = NOW.replace(hour=23, minute=0) - timedelta(days=1)  # in Berlin


@pytest.mark.parametrize(
    ("once", "phase", "fired", "again"),
    [
        (None, Phase.FOLLOW_UP, NOW, True),
        (None, Phase.CHANGE, NOW, True),
        # Time would bring it about every minute.
        (None, Phase.TIME, NOW - timedelta(days=90), False),
        (Once.TICKET, Phase.FOLLOW_UP, NOW - timedelta(days=90), False),
        (Once.TICKET, Phase.CHANGE, NOW - timedelta(days=90), False),
        (Once.DAY, Phase.TIME, MIDNIGHT, False),
        (Once.DAY, Phase.TIME, MIDNIGHT - timedelta(seconds=1), True),
        # The clock was set back.
        (Once.DAY, Phase.TIME, NOW + timedelta(days=1), False),
        (Once.STATUS, Phase.TIME, NOW - timedelta(hours=1), False),
        (Once.STATUS, Phase.TIME, NOW - timedelta(hours=3), True),
    ],
)
def test_how_often(once, phase, fired, again):
    course = ev.Course((ev.Stay("new", NOW - timedelta(days=1)), ev.Stay("open", NOW - timedelta(hours=2))))
    rule = always(once=once, phases=(phase,))
    assert hits(rule, phase, fired=(Firing("r", fired), Firing("other", NOW)), course=course) == again
    assert hits(rule, phase, fired=(Firing("other", NOW),), course=course)


def test_what_is_remembered():
    facts_ = RuleFacts(NOW, Phase.TIME, ticket=make.ticket())
    assert run_rules((always(phases=(Phase.TIME,)),), facts_).remembered == ("r",)
    mail = RuleFacts(NOW, Phase.FOLLOW_UP, ticket=make.ticket())
    assert run_rules((always(),), mail).remembered == ()
    assert run_rules((always(once=Once.DAY),), mail).remembered == ("r",)


def test_deeds_of_a_rule_for_all_mail_are_done_once():
    rule = replace(make.rule("r", tags=("hit",), note=("Call.",), escalate=""), then_follow_up=RuleActions(note=("x",)))
    first = run_rules((rule,), RuleFacts(NOW, Phase.FOLLOW_UP, ticket=make.ticket()))
    assert (first.actions.note, first.actions.escalate, first.remembered) == (("Call.", "x"), "", ("r",))
    fired = make.ticket(fired=(Firing("r", NOW),))
    later = run_rules((rule,), RuleFacts(NOW, Phase.FOLLOW_UP, ticket=fired))
    assert (later.actions.note, later.actions.escalate, later.actions.tags) == ((), None, ("hit",))
    assert later.dropped == tuple(("r", deed, "done before on this ticket") for deed in ("note", "escalate"))
    own = replace(rule, phases=(Phase.FOLLOW_UP,))
    assert run_rules((own,), RuleFacts(NOW, Phase.FOLLOW_UP, ticket=fired)).actions.note == ("Call.", "x")


def test_what_holds_against_a_person():
    both = replace(make.rule("r", queue="network", tags=("a",)), then_follow_up=RuleActions(tags=("b",)))
    mail = RuleFacts(NOW, Phase.FOLLOW_UP, ticket=make.ticket())
    assert run_rules((both,), mail).firm == ("tags",)
    own = replace(make.rule("s", queue="general"), phases=(Phase.FOLLOW_UP,))
    assert run_rules((both, own), mail).firm == ("queue", "tags")
    assert run_rules((own, both), mail).firm == ("tags",)


def test_rules_that_had_their_turn_in_a_chain_hit_no_more():
    rule = always(phases=(Phase.CHANGE,))
    (line,) = run_rules((rule,), RuleFacts(NOW, Phase.CHANGE, ticket=make.ticket()), frozenset({"r"})).hits
    assert (line.hit, line.because) == (False, "always; not again in one chain of changes")


def test_where_no_mail_is_what_needs_one_is_left_out():
    rule = replace(make.rule("r", discard="x", tags=("a",), link="1001"), phases=(Phase.NEW, Phase.CHANGE))
    asked = run_rules((rule,), RuleFacts(NOW, Phase.CHANGE, ticket=make.ticket())).actions
    assert (asked.discard, asked.link, asked.tags) == (None, None, ("a",))
