"""Loading: every fault is found, in its place, with what is allowed and what was probably meant."""

import pytest

from maildesk.rules.then import THEN_KEYS
from maildesk.rules.written import Words
from tests.rules.written_rules import complaints, rules

RULE = "rules:\n  - name: r\n    when: {}\n    then: "


@pytest.mark.parametrize("text", ["", "# nothing\n", "rules:\n", "rules: []\n"])
def test_no_rules_is_no_fault(text):
    assert rules(text) == ()


@pytest.mark.parametrize(
    ("then", "field", "value"),
    [
        ("{impact: HIGH}", "impact", "high"),
        ("{priority: p2}", "priority", "P2"),
        ("{queue: Network}", "queue", "network"),
        ("{assign: TIA@home.test}", "assign", "tia@staff.test"),
        ("{tags: VIP}", "tags", ("vip",)),
        ("{tags: [a, b, a]}", "tags", ("a", "b")),
        ("{status: waiting-vendor}", "status", "waiting-vendor"),
        ("{notify: [a@b.test]}", "notify", ("a@b.test",)),
        ("{template: rule_notice}", "template", "rule_notice"),
        ("{acknowledge: false}", "acknowledge", False),
        ("{checklist: [Call back, Check]}", "checklist", ("Call back", "Check")),
        ("{hold: true}", "hold", "held by a rule"),
        ("{hold: Looks odd}", "hold", "Looks odd"),
        ("{discard: true}", "discard", "discarded by a rule"),
    ],
)
def test_action(then, field, value):
    assert getattr(rules(RULE + then)[0].then, field) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", ["1:1 rules.yaml must be a mapping (key: value), not a list"]),
        ("rule: []", ["1:1 unknown key 'rule'; allowed: lists, conditions, macros, rules; did you mean 'rules'?"]),
        ("rules: {a: b}", ["1:8 'rules' must be a list; begin each rule with '- name:'"]),
        ("rules: [x]", ["1:9 a rule must be a mapping (key: value), not text"]),
        ("rules: [{name: r, then: {tags: a}}]", ["1:9 missing key 'when'; 'when: {}' holds for every mail"]),
        ("rules: [{name: r, when: {}}]", ["1:9 missing key 'then'; only a rule with 'stop: true' may do without"]),
        ("rules: [{when: {}, then: {tags: a}}]", ["1:9 every rule needs a name: expected text, not nothing"]),
        ("rules: [{name: r, when: {}, then: {tags: a}, stop: maybe}]", ["1:52 expected true or false, not text"]),
        (f"{RULE}{{prioritee: P1}}", [
            f"4:12 unknown key 'prioritee'; allowed: {', '.join(THEN_KEYS)}; did you mean 'priority'?"]),
        (f"{RULE}{{impact: hihg}}", ["4:20 unknown impact 'hihg'; allowed: high, medium, low; did you mean 'high'?"]),
        (f"{RULE}{{queue: netwrok}}", [
            "4:19 unknown queue 'netwrok'; allowed: general, network; did you mean 'network'?"]),
        (f"{RULE}{{assign: tina@staff.test}}", [
            ("4:20 unknown technician 'tina@staff.test'; allowed: ned@x.test, tia@staff.test; "
            "did you mean 'tia@staff.test'?")]),
        (f"{RULE}{{notify: [a@b.test, 'a b@c']}}", [
            "4:20 'a b@c' is not a mail address; write it as name@example.test"]),
        (f"{RULE}{{template: ack}}", ["4:22 unknown template 'ack'; allowed: acknowledgement, rule_notice; did you mean 'acknowledgement'?"]),  # noqa: E501
        (f"{RULE}{{hold: true, discard: true}}", ["4:33 a rule cannot both hold and discard"]),
        (f"{RULE}{{hold: false}}", [
            "4:18 expected true or a sentence that says why; leave the action out to do nothing"]),
        (f"{RULE}{{tags: [two words]}}", [
            "4:18 'two words' must be one word of at most 64 characters, without blanks or any of , ; #"]),
    ],
)  # fmt: skip
def test_fault_in_a_rule(text, expected):
    assert complaints(text) == expected


@pytest.mark.parametrize(
    ("when", "part"),
    [
        ("{subjekt: a}", "unknown field 'subjekt'; allowed: subject, body,"),
        ("{subjekt: a}", "did you mean 'subject'?"),
        ("{header.: a}", "unknown field 'header.'"),
        ("{header.NA ME: a}", "unknown field 'header.NA ME'"),
        ("{subject: {contain: a}}", "unknown operator 'contain'"),
        ("{subject: {contain: a}}", "did you mean 'contains'?"),
        ("{subject: {}}", "'subject' says nothing"),
        ("{subject: }", "expected text, not nothing"),
        ("{subject: ''}", "expected text, not nothing"),
        ("{subject: true}", "expected text, not true or false"),
        ("{subject: [[a]]}", "expected text, not a list"),
        ("{subject: []}", "the list is empty"),
        ("{subject: {domain: a.test}}", "'domain' cannot be asked of 'subject'; allowed: equals, contains,"),
        ("{subject: {greater: 3}}", "'greater' cannot be asked of 'subject'"),
        ("{size: {contains: 3}}", "allowed: equals, one_of, greater, less, exists"),
        ("{size: {greater: many}}", "'many' is not a size; write it as 512 KB, 10 MB or 1 GB"),
        ("{header.X: {greater: many}}", "'many' is not a number"),
        ("{subject: {matches: '('}}", "'(' is not a regular expression: missing ) at position 1"),
        ("{subject: {matches: '(?u)a(?L)'}}", "is not a regular expression"),
        ("{subject: {exists: sometimes}}", "expected true or false, not text"),
        ("{from: example.test}", "for a whole domain write {domain: example.test}"),
        ("{from: {domain: ann@x.test}}", "'ann@x.test' is not a domain"),
        ("{kind: persn}", "allowed: person, auto-reply, bounce, list, own, alert; did you mean 'person'?"),
        ("{queue: netwerk}", "unknown queue 'netwerk'; allowed: general, network; did you mean 'network'?"),
        ("{mailbox: x}", "unknown mailbox 'x'; allowed: support, alerts"),
        ("{business_hours: often}", "expected true or false, not text"),
        ("{any: {subject: a}}", "'any' takes a list of conditions"),
        ("{any: []}", "'any' takes a list of conditions"),
        ("{not: {}}", "'not' takes the conditions that must not hold"),
        ("[subject]", "conditions must be a mapping"),
    ],
)  # fmt: skip
def test_fault_in_a_condition(when, part):
    found = complaints(f"rules: [{{name: r, when: {when}, then: {{tags: a}}}}]")
    assert len(found) == 1
    assert part in found[0]


@pytest.mark.parametrize(
    ("test", "part"),
    [
        ("{given: {subjct: a}, expect: {hit: true}}", "unknown key 'subjct'"),
        ("{given: {subject: a}, expect: {prio: P1}}", "unknown key 'prio'"),
        ("{given: {subject: a}}", "a test must expect something"),
        ("{given: {kind: x}, expect: {hit: true}}", "unknown kind 'x'"),
        ("{given: {from: nobody}, expect: {hit: true}}", "'nobody' is not a mail address"),
        ("{given: x, expect: {hit: true}}", "'given' must be a mapping"),
        ("{expect: {hit: P1}}", "expected true or false"),
        ("{expect: {queue: nowhere}}", "unknown queue 'nowhere'"),
        ("{expected: {hit: true}}", "did you mean 'expect'?"),
    ],
)
def test_fault_in_a_test(test, part):
    found = complaints(f"rules: [{{name: r, when: {{}}, then: {{tags: a}}, tests: [{test}]}}]")
    assert any(part in f for f in found)


def test_all_faults_come_at_once_with_their_places():
    found = complaints("""\
        rules:
          - name: one
            when: {subjct: a, kind: [persn, alert]}
            then: {impct: high}
          - name: one
            when:
              any:
                - body: {contians: x}
            then: {queue: nowhere}
        """)
    assert [f.split(" ", 1)[0] for f in found] == ["3:12", "3:29", "4:12", "8:18", "9:19", "5:11"]
    assert found[-1] == "5:11 a rule named 'one' already stands in line 2"


def test_names_not_known_now_are_not_checked():
    """With a desk.yaml that cannot be read, rules.yaml is still checked for everything else."""
    assert complaints(f"{RULE}{{queue: any, assign: a@b.test, template: t}}", Words()) == []


def test_rules_know_their_lines():
    loaded = rules(
        "# a\nrules:\n  - name: a\n    when: {}\n    then: {tags: x}\n    tests:\n      - expect: {hit: true}\n"
    )
    assert (loaded[0].line, loaded[0].tests[0].line) == (3, 7)
