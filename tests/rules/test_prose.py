"""The rules in plain English: words for everything there is, and sentences a person can read."""

from textwrap import dedent

import pytest

from maildesk.config.yaml import parse_document
from maildesk.model.rule import Once, Phase
from maildesk.rules.actions import ACTIONS
from maildesk.rules.fields import FIELDS, Type
from maildesk.rules.operators import OPERATORS
from maildesk.rules.prose import told_rules
from maildesk.rules.wording import ACTION_WORDS, FIELD_WORDS, FLAG_WORDS, HOW_OFTEN, OCCASIONS, OPERATOR_WORDS
from tests.rules.written_rules import complaints


def _told(text: str) -> list[str]:
    assert complaints(text) == []
    return [str(rule) for rule in told_rules(parse_document("rules.yaml", dedent(text).encode()).data)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (FIELD_WORDS, [f.name for f in FIELDS]),
        (FLAG_WORDS, [f.name for f in FIELDS if f.type is Type.FLAG]),
        (OPERATOR_WORDS, [o.name for o in OPERATORS]),
        (ACTION_WORDS, [a.name for a in ACTIONS]),
        (OCCASIONS, list(Phase)),
        (HOW_OFTEN, list(Once)),
    ],
    ids=["fields", "flags", "operators", "actions", "phases", "once"],
)
def test_everything_has_words(words, names):
    assert set(words) == set(names)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_every_action_can_be_told(action):
    assert ACTION_WORDS[action.name](action.example)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{}", "On any mail: "),
        ("{phase: new}", "On a first mail: "),
        ("{phase: [change, time], status: open}", "On a change of a ticket or the passing of time (once a ticket), when the status is open: "),  # noqa: E501
        ("{subject: help}", "when the subject is help: "),
        ("{subject: [help, me too]}", 'when the subject is help or "me too": '),
        ("{from: {domain: [a.test, b.test]}}", "when the sender is of a.test or b.test: "),
        ("{header.X-Spam: {exists: true}}", "when the header X-Spam is there: "),
        ("{header.X-Spam: {exists: false}}", "when the header X-Spam is not there: "),
        ("{not: {header.X-Spam: {exists: false}}}", "when the header X-Spam is there: "),
        ("{vip: true}", "when the requester is a VIP: "),
        ("{business_hours: false, kind: alert}", "when the desk is closed and the kind of mail is alert: "),
        ("{not: {vip: true}}", "when the requester is no VIP: "),
        ("{not: {subject: {contains: a}}}", "when the subject does not contain a: "),
        ("{size: {greater: 15 MB}}", "when the size of the mail is more than 15 MB: "),
        ("{any: [{kind: alert}, {kind: list}]}", "when the kind of mail is alert or the kind of mail is list: "),
        ("{phase: change, before.status: open}", "when the status before is open: "),
        ("{field.site: Rome}", "when the field site is Rome: "),
    ],
)  # fmt: skip
def test_conditions(when, said):
    [told] = _told(f"rules: [{{name: r, when: {when}, then: {{tags: a}}}}]")
    assert said in " ".join(told.split())
    assert told.startswith("1. r. On ")


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("then: {impact: high, urgency: high}", "impact high, urgency high (that makes P1). No tests."),
        ("then: {urgency: low, impact: High, priority: P2}", "urgency low, impact High, priority P2. No tests."),
        ("then: {tags: [a, b]}, stop: true", "tags a, b; and stop here. No tests."),
        ("stop: true", "stop here. No tests."),
        ("then: {}", "do nothing. No tests."),
        ("then: {discard: true}", "open no ticket. No tests."),
        ("then: {hold: Looks odd}", "hold the mail (Looks odd). No tests."),
        ("then: {acknowledge: false}", "send no acknowledgement. No tests."),
        ("then: {escalate: true}", "escalate it. No tests."),
        ("then: {escalate: network}", "escalate it to network. No tests."),
        ("then: {checklist: [Call, Write]}", "give a checklist of 2 steps (Call; Write). No tests."),
        ("then: {also: [{subject: A, queue: network}, {subject: B}]}", 'open a second ticket "A" in queue network and open a second ticket "B". No tests.'),  # noqa: E501
        ("then: {tags: a, new: {type: b}, follow-up: {untag: c}}", "tag a; on a first mail also type b; on a follow-up also take away the tag c. No tests."),  # noqa: E501
        ("then: {tags: a}, once: day", "On any mail (once a day on each ticket): tag a. No tests."),
        ("then: {tags: a}, tests: [{expect: {hit: true}}]", "tag a. 1 test."),
        ("then: {tags: a}, tests: [{expect: {hit: true}}, {expect: {hit: true}}]", "tag a. 2 tests."),
    ],
)  # fmt: skip
def test_actions(rest, said):
    [told] = _told(f"rules: [{{name: r, when: {{}}, {rest}}}]")
    assert " ".join(told.split()).endswith(said)


def test_nested_conditions_become_a_list_and_names_stay_names():
    told = _told("""\
        conditions: {ours: {from: {domain: example.test}}}
        macros: {major: {impact: high, urgency: high}}
        rules:
          - name: Outage
            when:
              phase: new
              any:
                - subject: {matches: '(server|network) .+ down'}
                - all: [{body: {contains: outage}}, {none: [{kind: list}, {kind: own}]}]
              condition: ours
            then: {macro: major, urgency: low, notify: boss@example.test}
            stop: true
            tests: [{given: {subject: x}, expect: {hit: false}}]
        """)
    assert told == [
        dedent("""\
            1. Outage. On a first mail, when all of this holds:
               - one of these holds:
                 - the subject matches "(server|network) .+ down"
                 - all of this holds:
                   - the text contains outage
                   - none of this holds:
                     - the kind of mail is list
                     - the kind of mail is own
               - it is a case of 'ours'
               Then impact high, urgency low (that makes P3), tell boss@example.test; and stop here. 1 test.""")
    ]
