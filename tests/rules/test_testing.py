"""Tests beside rules: what passes, and how a difference reads."""

import pytest

from maildesk.rules.testing import run_tests
from tests.rules.written_rules import DESK, rules

TEXT = """
    rules:
      - name: Guard
        when: {{subject: quiet}}
        stop: true
      - name: Outage
        when: {{subject: {{contains: down}}, phase: new}}
        then: {{impact: high, urgency: high, queue: network, tags: [outage, x], acknowledge: false}}
        tests:
          - {test}
      - name: Spam
        when: {{header.X-Spam: yes}}
        then: {{hold: Looks like spam}}
    """


@pytest.mark.parametrize(
    "test",
    [
        "{given: {subject: down}, expect: {priority: P1, queue: network, tags: outage, acknowledge: false, hit: true}}",
        "{given: {subject: up}, expect: {priority: P3, queue: general, status: new, acknowledge: true, hit: false}}",
        "{given: {subject: up, mailbox: alerts}, expect: {queue: network}}",
        "{given: {subject: down, phase: follow-up, priority: P5}, expect: {priority: P5, hit: false}}",
        "{given: {header.X-Spam: 'yes'}, expect: {hold: true, discard: false}}",
        "{given: {header.X-Spam: 'yes'}, expect: {hold: Looks like spam}}",
        "{given: {subject: quiet}, expect: {hit: false}}",
        "{given: {subject: down, header.X-Spam: 'yes'}, expect: {rules: [Outage, Spam]}}",
        "{given: {subject: quiet down}, expect: {rules: Outage}}",
        "{given: {subject: up}, expect: {rules: false, tags: false, assign: false, type: false, cc: false}}",
        "{given: {subject: down}, expect: {tags: true, hold: false}}",
        "{expect: {impact: medium, urgency: medium}}",
    ],
)
def test_passes(test):
    assert [(r.passed, r.differences) for r in run_tests(rules(TEXT.format(test=test)), DESK)] == [(True, ())]


@pytest.mark.parametrize(
    ("test", "differences"),
    [
        ("{given: {subject: down}, expect: {priority: P2}}", ("priority: expected P2, got P1",)),
        ("{given: {subject: down}, expect: {tags: [outage, vip]}}", ("tags: expected vip, got outage, x",)),
        ("{given: {subject: down}, expect: {hold: true, acknowledge: true}}",
            ("hold: expected true, got false", "acknowledge: expected true, got false")),
        ("{given: {subject: up}, expect: {hit: true}}",
            ("hit: expected true, got false", 'the rule did not hit: not subject contains "down": "up"')),
        ("{given: {subject: down}, expect: {rules: [Outage, Spam]}}", ("rules: expected Outage, Spam, got Outage",)),
        ("{given: {subject: down}, expect: {rules: false}}", ("rules: expected nothing, got Outage",)),
        ("{given: {subject: down}, expect: {tags: false, assign: true}}",
            ("tags: expected false, got true", "assign: expected true, got false")),
        ("{given: {subject: quiet}, expect: {assign: tia@home.test}}",
            ("assign: expected tia@staff.test, got nothing", "the rule did not hit: a rule above it stopped the run")),
    ],
)  # fmt: skip
def test_differences_read_well(test, differences):
    result = run_tests(rules(TEXT.format(test=test)), DESK)[0]
    assert (result.rule, result.line, result.passed) == ("Outage", 10, False)
    assert result.differences == differences
