"""What stands under `then`: macros, blocks of one phase, caught text, and actions where they mean nothing."""

import pytest

from maildesk.model.level import Level, Priority
from maildesk.model.rule import Ahead, RuleActions, SecondTicket
from maildesk.rules.actions import ACTIONS, names_set
from maildesk.rules.engine import run_rules
from maildesk.rules.written import Words
from tests.rules.written_rules import complaints, facts, rules

RULE = (
    "rules:\n  - name: r\n    when: {subject: {matches: '(?P<site>rome|oslo)( (?P<word>\\w+))?'}, mailbox: support}\n"
)


def asked(then: str, subject: str = "rome", **given: str) -> RuleActions:
    return run_rules(rules(f"{RULE}    then: {then}"), facts(subject=subject, **given)).actions


def dropped(then: str, subject: str = "rome") -> tuple[tuple[str, str, str], ...]:
    return run_rules(rules(f"{RULE}    then: {then}"), facts(subject=subject)).dropped


@pytest.mark.parametrize(
    ("then", "field", "value"),
    [
        ("{untag: [A, b]}", "untag", ("a", "b")),
        ("{subject: New name}", "subject", "New name"),
        ("{fields: {Cost Centre: 042}}", "fields", (("cost centre", "042"),)),
        ("{watch: [tia@home.test, tia@staff.test]}", "watch", ("tia@staff.test",)),
        ("{note: [One, Two]}", "note", ("One", "Two")),
        ('{reply: "Hello\\n\\nWe know."}', "reply", "Hello\n\nWe know."),
        ("{requester: reply-to}", "requester", "reply-to"),
        ("{due: 4h}", "due", Ahead(14400.0)),
        ("{due: 4h working}", "due", Ahead(14400.0, working=True)),
        ("{snooze: 2d}", "snooze", Ahead(172800.0)),
        ("{escalate: true}", "escalate", ""),
        ("{escalate: Network}", "escalate", "network"),
        ("{link: '#1042'}", "link", "1042"),
        ("{also: {subject: Order}}", "also", (SecondTicket("Order"),)),
        ("{also: [{subject: Order, queue: network, text: For Bob}]}", "also", (
            SecondTicket("Order", "network", "For Bob"),)),
        ("{reject: No jobs here.}", "reject", "No jobs here."),
        ("{accept: true}", "accept", True),
    ],
)  # fmt: skip
def test_action(then, field, value):
    assert getattr(asked(then), field) == value


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_action_has_an_example_that_can_be_read(action):
    example = action.example
    if isinstance(example, str):
        example = example.replace("{site}", "Rome").replace("{number}", "1042")
    assert names_set(action.read(example, Words())) == (action.name,)


@pytest.mark.parametrize(
    ("then", "part"),
    [
        ("{fields: [a]}", "expected a mapping (name: value)"),
        ("{fields: {}}", "expected a mapping (name: value)"),
        ("{watch: nobody@x.test}", "unknown technician 'nobody@x.test'"),
        ("{reply: true}", "expected text, not true or false"),
        ("{reply: ''}", "expected text, not nothing"),
        ("{requester: from}", "unknown requester 'from'; allowed: reply-to"),
        ("{due: soon}", "'soon' is not a duration"),
        ("{due: 4h sometimes}", "is not a duration"),
        ("{escalate: false}", "leave the action out to do nothing"),
        ("{escalate: netwrok}", "did you mean 'network'?"),
        ("{link: abc}", "'abc' is no ticket number"),
        ("{also: Order}", "expected a mapping such as"),
        ("{also: [{queue: network}]}", "a further ticket needs a subject"),
        ("{also: [{subject: a, quue: network}]}", "unknown key 'quue'; allowed: subject, queue, text"),
        ("{reject: true}", "expected the sentence that the sender is told"),
        ("{reject: a, hold: true}", "a rule cannot both hold and reject"),
        ("{subject: " + "x" * 201 + "}", "a subject has at most 200 characters"),
        # What patterns catch.
        ("{note: 'In {town}'}", "unknown caught text 'town'; allowed: site, word"),
        ("{notify: '{site}@x.test'}", "'notify' may not hold {site}: what a pattern catches is a stranger's text"),
        ("{cc: '{site}@x.test'}", "'cc' may not hold {site}"),
        ("{watch: '{site}'}", "'watch' may not hold {site}"),
        ("{reject: 'No {site}'}", "'reject' may not hold {site}"),
        # Blocks and macros.
        ("{new: {prioritee: P1}}", "did you mean 'priority'?"),
        ("{new: {new: {}}}", "'new' cannot stand here"),
        ("{new: [a]}", "'new' must be a mapping"),
        ("{macro: outage}", "unknown macro 'outage'; allowed: none"),
        ("{macro: []}", "the list is empty"),
    ],
)
def test_fault(then, part):
    assert any(part in line for line in complaints(f"{RULE}    then: {then}")), complaints(f"{RULE}    then: {then}")


def test_nothing_is_caught():
    text = "rules: [{name: r, when: {subject: a}, then: {note: 'In {site}'}}]"
    assert "catch it with (?P<site>…)" in complaints(text)[0]


def test_a_form_is_one_form():
    text = "rules: [{name: r, when: {subject: a}, then: {requester: reply-to}}]"
    assert "needs 'from' or 'mailbox'" in complaints(text)[0]
    in_all = "rules: [{name: r, when: {all: [{from: web@x.test}, {subject: a}]}, then: {requester: reply-to}}]"
    in_any = in_all.replace("all:", "any:")
    assert complaints(in_all) == []
    assert len(complaints(in_any)) == 1


# ------------------------------------------------------------------ caught text


def test_caught_text_is_filled_in():
    found = asked("{note: 'In {site}, {braces kept} {}', tags: ['{site}'], fields: {site: '{site}'}}")
    assert (found.note, found.tags) == (("In rome, {braces kept} {}",), ("rome",))
    assert found.fields == (("site", "rome"),)
    assert found.caught == ("fields", "note", "tags")


@pytest.mark.parametrize(
    ("then", "why"),
    [
        ("{queue: '{site}'}", "unknown queue 'rome'; allowed: general, network"),
        ("{priority: '{site}'}", "unknown priority 'rome'"),
        ("{assign: '{site}'}", "unknown technician 'rome'"),
        ("{due: '{site}'}", "'rome' is not a duration"),
        ("{link: '{site}'}", "'rome' is no ticket number"),
        ("{note: '{word}'}", "nothing was caught as {word}"),
    ],
)
def test_caught_text_that_names_nothing_drops_the_action(then, why):
    ((rule, _, because),) = dropped(then)
    assert rule == "r"
    assert because.startswith(why)


def test_caught_text_may_name_what_the_desk_knows():
    assert asked("{priority: '{word}'}", "oslo p2").priority is Priority.P2
    assert asked("{queue: '{word}'}", "oslo Network").queue == "network"


def test_what_was_caught_is_not_looked_at_for_braces_again():
    text = "rules: [{name: r, when: {subject: {matches: '(?P<a>.+)'}}, then: {note: 'x{a}'}}]"
    assert run_rules(rules(text), facts(subject="{a}{a}")).actions.note == ("x{a}{a}",)


# ------------------------------------------------------------------ macros and phases

MACROS = """
    macros:
      outage: {impact: high, urgency: high, tags: outage, new: {checklist: Call}, note: 'In {site}'}
      quiet: {acknowledge: false, impact: low}
    """


def test_own_keys_go_before_a_macros():
    text = (
        MACROS
        + """
    rules:
      - name: r
        when: {subject: {matches: '(?P<site>rome)'}}
        then: {macro: [outage, quiet], urgency: medium}
    """
    )
    found = run_rules(rules(text), facts(subject="rome")).actions
    assert (found.impact, found.urgency, found.acknowledge) == (Level.LOW, Level.MEDIUM, False)
    assert (found.tags, found.checklist, found.note) == (("outage",), ("Call",), ("In rome",))


def test_a_fault_in_a_macro_is_told_once_where_it_stands():
    text = (
        MACROS.replace("tags: outage", "tags: [a b]")
        + """
    rules:
      - {name: r, when: {subject: {matches: '(?P<site>x)'}}, then: {macro: outage}}
      - {name: s, when: {}, then: {macro: outage}}
    """
    )
    found = complaints(text)
    assert "'a b' must be one word" in found[0]
    assert found[0].startswith("3:")
    assert "nothing is caught as 'site'" in found[-1]


@pytest.mark.parametrize(
    ("phase", "tags", "priority"), [("new", ("a", "b"), Priority.P1), ("follow-up", ("a", "c"), None)]
)
def test_blocks_of_one_phase(phase, tags, priority):
    found = asked("{tags: a, new: {tags: b, priority: P1}, follow-up: {tags: c}}", phase=phase)
    assert (found.tags, found.priority) == (tags, priority)
