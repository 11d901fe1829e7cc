"""The engine: order, overriding, adding up, stop, and who had the last word."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from maildesk.model.level import Level, Priority
from maildesk.rules.engine import run_rules
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
