"""What stands at the top of rules.yaml for conditions to use: conditions with names, lists, and when a rule runs."""

import time

import pytest

from maildesk.model.rule import MAIL_PHASES, Once, Phase
from maildesk.rules.lists import items_of, parse_list
from maildesk.rules.written import WritingError
from tests.rules.written_rules import complaints, facts, replace_words, rules

CONDITIONS = """
    conditions:
      outage words: {any: [{subject: {contains: outage}}, {body: {contains: outage}}]}
      from us: {from: {domain: example.test}}
      our outage: {condition: [outage words, from us]}
      foreign: {not: {condition: from us}}
    rules:
      - {name: r, when: {condition: WHICH}, then: {tags: hit}}
    """


@pytest.mark.parametrize(
    ("which", "given", "hit"),
    [
        ("outage words", {"body": "an outage"}, True),
        ("outage words", {"body": "all is well"}, False),
        ("our outage", {"subject": "outage", "from_": "ann@example.test"}, True),
        ("our outage", {"subject": "outage", "from_": "eve@elsewhere.test"}, False),
        ("foreign", {"from_": "eve@elsewhere.test"}, True),
        # Of several every one must hold.
        ("[outage words, foreign]", {"subject": "outage", "from_": "eve@elsewhere.test"}, True),
        ("[outage words, foreign]", {"subject": "outage", "from_": "ann@example.test"}, False),
    ],
)
def test_a_condition_with_a_name(which, given, hit):
    assert rules(CONDITIONS.replace("WHICH", which))[0].when(facts(**given)).hit is hit


def test_the_trace_says_the_name():
    finding = rules(CONDITIONS.replace("WHICH", "our outage"))[0].when(facts(subject="outage", from_="e@x.test"))
    names, why = "condition 'our outage': condition 'from us'", 'not from domain "example.test": "e@x.test"'
    assert finding.because == f"{names}: {why}"


@pytest.mark.parametrize(
    ("conditions", "when", "expected"),
    [
        ("{a: {subject: x}}", "{condition: b}", "unknown condition 'b'; allowed: a"),
        ("{outage: {subject: x}}", "{condition: outge}", "did you mean 'outage'?"),
        ("{a: {condition: b}, b: {condition: a}}", "{}", "these conditions need each other in a circle: a → b → a"),
        ("{a: {not: {condition: a}}}", "{}", "these conditions need each other in a circle: a → a"),
        ("{a: {subjct: x}}", "{}", "did you mean 'subject'?"),
        ("{a: [x]}", "{}", "conditions must be a mapping"),
        ("[x]", "{}", "'conditions' must be a mapping (name: conditions"),
        ("{a: {subject: x}}", "{condition: {a: b}}", "expected text, not a mapping"),
    ],
)
def test_fault_in_a_condition_with_a_name(conditions, when, expected):
    found = complaints(f"{{conditions: {conditions}, rules: [{{name: r, when: {when}, then: {{tags: a}}}}]}}")
    assert len(found) == 1
    assert expected in found[0]


def _nested(depth: int, key: str) -> str:
    return f"{{{key}: [" * depth + "{subject: a}" + "]}" * depth


@pytest.mark.parametrize("key", ["any", "all", "none", "not"])
def test_nesting_has_a_limit_that_is_told(key):
    def found(depth: int) -> list[str]:
        return complaints(f"rules: [{{name: r, when: {_nested(depth, key)}, then: {{tags: a}}}}]")

    assert found(20) == []
    assert "conditions are nested deeper than 20 levels; give some a name" in found(21)[0]


# ------------------------------------------------------------------ lists

FILES = {"blocked.txt": "# everybody who\n\neve@evil.test   # wrote nonsense\n@Spam.test\n  #x\nmallory\n"}


def _read(name: str) -> frozenset[str]:
    if name not in FILES:
        raise WritingError(f"there is no file '{name}'")
    return parse_list(FILES[name])


def _with_lists(lists: str, when: str) -> str:
    return f"{{lists: {lists}, rules: [{{name: r, when: {when}, then: {{tags: hit}}}}]}}"


@pytest.mark.parametrize(
    ("when", "given", "hit"),
    [
        ("{from: {in_list: blocked}}", {"from_": "EVE@evil.test"}, True),
        ("{from: {in_list: blocked}}", {"from_": "ann@evil.test"}, False),
        # For an address `@domain` means all of a domain, and only for an address.
        ("{from: {in_list: blocked}}", {"from_": "any@mail.SPAM.test"}, True),
        ("{from: {in_list: blocked}}", {"from_": "any@notspam.test"}, False),
        ("{subject: {in_list: blocked}}", {"subject": "any@mail.spam.test"}, False),
        ("{subject: {in_list: blocked}}", {"subject": " Mallory "}, True),
        ("{subject: {in_list: blocked}}", {"subject": "mallory was here"}, False),
        ("{from: {in_list: [names, blocked]}}", {"from_": "bob@here.test"}, True),
        ("{not: {from: {in_list: BLOCKED}}}", {"from_": "eve@evil.test"}, False),
        ("{cc: {in_list: names}}", {"cc": ["x@y.test", "Bob@Here.test"]}, True),
    ],
)
def test_a_list(when, given, hit):
    text = _with_lists("{blocked: {file: blocked.txt}, names: [bob@here.test, Ann]}", when)
    with replace_words(read_list=_read):
        assert rules(text)[0].when(facts(**given)).hit is hit


@pytest.mark.parametrize(
    ("lists", "when", "expected"),
    [
        ("{blocked: [a]}", "{from: {in_list: bloked}}", "unknown list 'bloked'; allowed: blocked; did you mean"),
        ("{blocked: [a]}", "{size: {in_list: blocked}}", "'in_list' cannot be asked of 'size'"),
        ("{blocked: {file: none.txt}}", "{}", "there is no file 'none.txt'"),
        ("{blocked: {fil: none.txt}}", "{}", "did you mean 'file'?"),
        ("{blocked: []}", "{}", "the list is empty"),
        ("{blocked: [{a: b}]}", "{}", "expected text, not a mapping"),
        ("[a]", "{}", "'lists' must be a mapping"),
    ],
)  # fmt: skip
def test_fault_in_a_list(lists, when, expected):
    with replace_words(read_list=_read):
        found = complaints(_with_lists(lists, when))
    assert any(expected in fault for fault in found)


def test_a_faulty_list_is_told_once():
    with replace_words(read_list=_read):
        found = complaints(_with_lists("{a: {file: none.txt}}", "{from: {in_list: a}}"))
    assert len(found) == 1


def test_lines_of_a_file_are_known():
    assert list(items_of(FILES["blocked.txt"])) == [(3, "eve@evil.test"), (4, "@Spam.test"), (6, "mallory")]


def test_a_hundred_thousand_items_are_one_look():
    text = "\n".join(f"user{n}@host{n}.test" for n in range(100_000))
    with replace_words(read_list=lambda _name: parse_list(text)):
        rule = rules(_with_lists("{many: {file: many.txt}}", "{from: {in_list: many}}"))[0]
    mail, other = facts(from_="user99999@host99999.test"), facts(from_="nobody@host.test")
    began = time.process_time()
    for _ in range(1000):
        assert rule.when(mail).hit
        assert not rule.when(other).hit
    assert time.process_time() - began < 1


# ------------------------------------------------------------------ when a rule runs, and how often


@pytest.mark.parametrize(
    ("when", "phases"),
    [
        ("{}", MAIL_PHASES),
        ("{phase: new}", (Phase.NEW,)),
        ("{phase: [time, Change]}", (Phase.CHANGE, Phase.TIME)),
        ("{phase: {equals: follow-up}}", (Phase.FOLLOW_UP,)),
        ("{phase: {one_of: [new, change]}}", (Phase.NEW, Phase.CHANGE)),
        # Only at the top it says when the rule runs.
        ("{any: [{phase: time}]}", MAIL_PHASES),
        ("{not: {phase: new}}", MAIL_PHASES),
    ],
)
def test_phases(when, phases):
    assert rules(f"rules: [{{name: r, when: {when}, then: {{tags: a}}}}]")[0].phases == phases


@pytest.mark.parametrize(
    ("rule", "once"),
    [
        ("when: {}", None),
        ("when: {phase: change}", None),
        ("when: {phase: time}", Once.TICKET),
        ("when: {phase: [new, time]}", Once.TICKET),
        ("when: {phase: time}, once: day", Once.DAY),
        ("when: {}, once: Status", Once.STATUS),
        ("when: {phase: new}, once: ticket", Once.TICKET),
    ],
)
def test_once(rule, once):
    assert rules(f"rules: [{{name: r, {rule}, then: {{tags: a}}}}]")[0].once is once


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("when: {phase: {matches: new}}", "here a phase is named whole: write 'phase: new' or a list"),
        ("when: {phase: news}", "unknown phase 'news'; allowed: new, follow-up, change, time; did you mean 'new'?"),
        ("when: {}, once: week", "unknown once 'week'; allowed: ticket, day, status"),
        ("when: {}, once: true", "expected text, not true or false"),
    ],
)
def test_fault_in_when_a_rule_runs(rule, expected):
    found = complaints(f"rules: [{{name: r, {rule}, then: {{tags: a}}}}]")
    assert len(found) == 1
    assert expected in found[0]
