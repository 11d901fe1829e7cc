"""Warnings: what can never match, is hidden, does nothing or is used by nobody; and silence about all else."""

from textwrap import dedent

import pytest

from maildesk.config.yaml import parse_document
from maildesk.rules.analysis import find_warnings
from tests.rules.written_rules import WORDS, complaints


def _warnings(text: str) -> list[str]:
    assert complaints(text) == []
    document = parse_document("rules.yaml", dedent(text).encode())
    found = [document.problem(fault) for fault in find_warnings(document.data, WORDS)]
    return [f"{p.line}:{p.column} {p.message}" for p in sorted(found, key=lambda p: (p.line, p.column))]


def _of_one(when: str, rest: str = "then: {tags: a}") -> list[str]:
    return _warnings(f"rules:\n  - name: r\n    when: {when}\n    {rest}\n")


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("{all: [{kind: alert}, {kind: person}]}", "'kind: alert' and 'kind: person' cannot both hold"),
        ("{kind: alert, any: [{kind: [person, list]}]}", "'kind: alert' and 'kind: person, list' cannot both hold"),
        ("{subject: {equals: hello, contains: outage}}", "'subject: hello' and 'subject: {contains: outage}' cannot"),
        (
            "{from: {equals: a@b.test, domain: c.test}}",
            "'from: a@b.test' and 'from: {domain: c.test}' cannot both hold",
        ),
        ("{size: {greater: 5 MB, less: 1024 KB}}", "'size: {greater: 5 MB}' and 'size: {less: 1024 KB}' cannot"),
        ("{size: {less: 0}}", "nothing is less than 0"),
        ("{subject: {exists: false, contains: a}}", "'subject' cannot be missing and 'subject: {contains: a}' too"),
        ("{kind: alert, not: {kind: alert}}", "what 'kind' asks here is excluded by a 'not' or 'none' beside it"),
        ("{kind: alert, none: [{subject: a}, {kind: [alert, list]}]}", "what 'kind' asks here is excluded"),
        ("{phase: new, tag: vip}", "in phase 'new' there is no ticket yet, so 'tag' finds nothing"),
        ("{phase: new, status: resolved}", "in phase 'new' the status is always new"),
        ("{phase: new, priority: P1}", "in phase 'new' the priority is always P3"),
        ("{phase: new, age: {greater: 4h}}", "in phase 'new' there is no ticket yet, so 'age' finds nothing"),
        ("{phase: new, before.status: open}", "'before.status' is known in phase change only"),
        ("{changed: status}", "'changed' is known in phase change only"),
        ("{phase: change, body: {contains: a}}", "there is no mail in phase 'change', so 'body' finds nothing"),
        ("{phase: time, header.X: a}", "there is no mail in phase 'time', so 'header.X' finds nothing"),
        (
            "{phase: time, attachment: {exists: true}}",
            "there is no mail in phase 'time', so 'attachment' finds nothing",
        ),
        ("{all: [{phase: change}]}", "the rule runs in phase new and follow-up only; write 'phase' as a key of 'when'"),
        ("{kind: {contains: robot}}", "no kind contains 'robot'; allowed: person,"),
        ("{kind: {starts_with: x}}", "no kind starts with 'x'"),
        ("{any: [{phase: time}, {phase: change}]}", "the rule runs in phase new and follow-up only"),
    ],
)
def test_it_can_never_match(when, why):
    [said] = _of_one(when)
    assert "rule 'r' can never match" in said
    assert why in said


@pytest.mark.parametrize(
    "when",
    [
        "{}",
        "{kind: [alert, person], not: {kind: list}}",
        "{any: [{kind: alert}, {kind: person}]}",
        "{to: {contains: a, domain: b.test}}",
        "{tag: a, all: [{tag: b}]}",
        "{size: {greater: 1 MB, less: 2 MB}}",
        "{phase: [new, follow-up], tag: vip}",
        "{phase: new, tag: {exists: false}}",
        "{phase: new, status: new, priority: P3}",
        "{phase: [change, time], status: open}",
        "{phase: change, changed: status, before.status: open, status: resolved}",
        "{phase: time, age: {greater: 4h working, less: 2h}}",
        "{subject: {contains: [a, b]}, not: {subject: {contains: a}}}",
        "{subject: {matches: 'a.*b'}}",
        "{size: 10 MB, all: [{size: 10240 KB}]}",
    ],
)
def test_it_may_match(when):
    assert _of_one(when) == []


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{any: [{kind: alert}, {all: [{kind: list}, {kind: own}]}]}",
            "3:61 this part can never hold: 'kind: list' and 'kind: own' cannot both hold"),
        ("{any: [{kind: alert}, {phase: time}]}", "this part can never hold: the rule runs in phase new and follow-up"),
        ("{subject: {matches: '.*down'}}", "3:31 '.*down' begins with '.*', which only costs time"),
        ("{subject: {matches: 'a*'}}", "3:31 'a*' also fits the empty text, so it is found in everything"),
        ("{subject: {matches: 'down|'}}", "'down|' also fits the empty text"),
    ],
)  # fmt: skip
def test_a_part_is_odd(when, expected):
    [said] = _of_one(when)
    assert expected in said


def _pair(first: str, second: str) -> list[str]:
    return _warnings(f"rules:\n  - {{name: one, {first}}}\n  - {{name: two, {second}}}\n")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("when: {}, stop: true", "when: {kind: alert}, then: {tags: a}"),
        ("when: {kind: alert}, stop: true", "when: {kind: alert, subject: a}, then: {tags: a}"),
        ("when: {kind: [alert, list]}, stop: true", "when: {kind: alert}, then: {tags: a}"),
        ("when: {subject: {contains: out}}, stop: true", "when: {subject: {contains: outage}}, then: {tags: a}"),
        ("when: {subject: {contains: [b, out]}}, stop: true", "when: {subject: {starts_with: out}}, then: {tags: a}"),
        ("when: {subject: {exists: true}}, stop: true", "when: {subject: {matches: x}}, then: {tags: a}"),
        ("when: {from: {domain: b.test}}, stop: true", "when: {from: x@a.b.test}, then: {tags: a}"),
        ("when: {from: {domain: b.test}}, stop: true", "when: {from: {domain: a.b.test}}, then: {tags: a}"),
        ("when: {size: {greater: 1 MB}}, stop: true", "when: {size: {greater: 2048 KB}}, then: {tags: a}"),
        ("when: {size: {less: 2 MB}}, stop: true", "when: {size: {less: 1 MB}}, then: {tags: a}"),
        ("when: {any: [{kind: alert}, {kind: list}]}, stop: true", "when: {kind: list}, then: {tags: a}"),
        ("when: {kind: alert}, stop: true", "when: {any: [{kind: alert, subject: a}, {kind: alert}]}, then: {tags: a}"),
        ("when: {not: {kind: [list, own]}}, stop: true", "when: {none: [{kind: [list, own, alert]}, {subject: b}]}, then: {tags: a}"),  # noqa: E501
        ("when: {phase: [new, follow-up]}, stop: true", "when: {phase: new, kind: alert}, then: {tags: a}"),
    ],
)  # fmt: skip
def test_a_rule_is_never_reached(first, second):
    [said] = _pair(first, second)
    assert said == "3:5 rule 'two' is never reached: rule 'one' above holds whenever this one would, and stops the run"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("when: {kind: alert, subject: a}, stop: true", "when: {kind: alert}, then: {tags: a}"),
        ("when: {kind: alert}, then: {tags: b}", "when: {kind: alert, subject: a}, then: {tags: a}"),
        ("when: {phase: new}, stop: true", "when: {kind: alert}, then: {tags: a}"),
        ("when: {kind: alert}, once: day, stop: true", "when: {kind: alert, subject: a}, then: {tags: a}"),
        ("when: {subject: {contains: outage}}, stop: true", "when: {subject: {contains: out}}, then: {tags: a}"),
        ("when: {subject: {matches: a}}, stop: true", "when: {subject: {matches: ab}}, then: {tags: a}"),
        ("when: {not: {kind: alert}}, stop: true", "when: {kind: list}, then: {tags: a}"),
        ("when: {not: {kind: alert, subject: a}}, stop: true", "when: {not: {kind: list}}, then: {tags: a}"),
        ("when: {from: {domain: b.test}}, stop: true", "when: {from: x@ab.test}, then: {tags: a}"),
        ("when: {size: {greater: 2 MB}}, stop: true", "when: {size: {greater: 1 MB}}, then: {tags: a}"),
        ("when: {phase: time, age: {greater: 1h working}}, stop: true", "when: {phase: time, age: {greater: 2h}}, then: {tags: a}"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_rule_may_be_reached(first, second):
    assert _pair(first, second) == []


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("when: {kind: alert}, then: {queue: network}", "when: {}, then: {queue: general, tags: x}",
            ["2:5 rule 'one' has no effect: rule 'two' below holds too and says otherwise"]),
        ("when: {kind: alert}, then: {queue: network, type: x}", "when: {}, then: {queue: general}", []),
        ("when: {kind: alert}, then: {tags: x}", "when: {}, then: {tags: y}", []),
        ("when: {kind: alert}, then: {notify: a@b.test}", "when: {}, then: {notify: c@d.test}", []),
        ("when: {kind: alert}, then: {queue: network}, stop: true", "when: {}, then: {queue: general}", []),
        ("when: {}, then: {queue: network}", "when: {kind: alert}, then: {queue: general}", []),
        ("when: {kind: alert}, then: {queue: network}", "when: {}, then: {queue: general}, once: day", []),
        ("when: {kind: alert}, then: {tags: x}", "when: {kind: Alert}, then: {type: y}",
            ["3:5 rule 'two' has the same condition as rule 'one' above; one rule can do both"]),
        ("when: {kind: alert}, then: {tags: x}", "when: {kind: alert, phase: new}, then: {type: y}", []),
    ],
)  # fmt: skip
def test_rules_that_undo_each_other(first, second, said):
    assert _pair(first, second) == said


@pytest.mark.parametrize(
    ("then", "said"),
    [
        ("{discard: true, queue: network}", ["4:27 'queue' does nothing beside 'discard', which opens no ticket"]),
        ("{reject: Not here please, tags: a}", ["4:37 'tags' does nothing beside 'reject', which opens no ticket"]),
        ("{discard: true, notify: a@b.test}", []),
        ("{}", ["2:5 rule 'r' does nothing: 'then' is empty"]),
    ],
)
def test_idle_actions(then, said):
    assert _of_one("{kind: alert}", f"then: {then}") == said


def test_what_nobody_uses():
    said = _warnings("""\
        lists: {used: [a@b.test], idle: [c@d.test]}
        conditions:
          used: {from: {in_list: used}}
          idle: {kind: alert}
        macros: {used: {tags: a}, idle: {tags: b}}
        rules:
          - name: r
            when: {condition: used}
            then: {macro: used}
        """)
    assert said == [
        "1:27 list 'idle' is used by no rule",
        "4:3 condition 'idle' is used by no rule",
        "5:27 macro 'idle' is used by no rule",
    ]
