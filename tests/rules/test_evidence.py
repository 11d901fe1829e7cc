"""What a finding tells beside yes or no: every condition that was looked at, and what patterns caught.

And that no mail can make it slow, long or dangerous.
"""

import time
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.model.message import Address
from maildesk.model.rule import Checked, RuleFacts
from maildesk.rules.operators import CAPTURE_CHARS, PATTERN_SECONDS, clean
from tests import make
from tests.rules.written_rules import facts, rule_when, rules


def _checks(when: str, mail: RuleFacts) -> list[tuple[str, bool, str]]:
    return [(c.condition, c.held, c.evidence) for c in rule_when(when).when(mail).checks]


GAVE_UP = f"gave up, the pattern took longer than {PATTERN_SECONDS} s on this mail"
IS_A, IS_B = 'subject equals "a"', 'subject equals "b"'


@pytest.mark.parametrize(
    ("when", "checks"),
    [
        ("{}", []),
        ("{subject: a}", [(IS_A, True, '"a"')]),
        ("{subject: b}", [(IS_B, False, '"a"')]),
        ("{subject: a, kind: alert, size: 1 KB}", [(IS_A, True, '"a"'), ('kind equals "alert"', False, '"person"')]),
        ("{any: [{subject: b}, {subject: a}, {kind: alert}]}", [(IS_B, False, '"a"'), (IS_A, True, '"a"')]),
        ("{not: {subject: b}}", [(f"not {IS_B}", True, '"a"')]),
        ("{none: [{subject: b}, {subject: a}]}", [(f"not {IS_B}", True, '"a"'), (f"not {IS_A}", False, '"a"')]),
        ("{not: {not: {subject: a}}}", [(IS_A, True, '"a"')]),
        ("{not: {subject: a, kind: alert}}",
            [(f"not {IS_A}", False, '"a"'), ('not kind equals "alert"', True, '"person"')]),
        ("{business_hours: false}", [("business_hours equals false", False, "")]),
        ("{vip: false}", [("vip equals false", True, "")]),
        ("{cc: {exists: true}}", [("cc exists true", False, "nothing there")]),
        ("{time: {greater: 9:00}}", [('time greater "9:00"', True, '"10:00"')]),
        ("{subject: {matches: '(a|aa)+$'}}",
            [('subject matches "(a|aa)+$"', False, GAVE_UP)]),
    ],
)  # fmt: skip
def test_every_condition_looked_at_is_told(when, checks):
    subject = "a" * 400 + "b" if "matches" in when else "a"
    assert _checks(when, facts(subject=subject)) == checks


def test_durations_are_told_in_words():
    mail = facts(age="2d3h", until_due="-90m")
    assert _checks("{age: {greater: 1d}, until_due: {less: 0}}", mail) == [
        ('age greater "1d"', True, '"2d 3h"'),
        ('until_due less "0"', True, '"-1h 30m"'),
    ]


def test_a_rule_that_stops_tells_its_checks_too():
    rule = rules("rules: [{name: r, when: {subject: a}, stop: true}]")[0]
    assert rule.when(facts(subject="a")).checks == (Checked(IS_A, held=True, evidence='"a"'),)


def test_evidence_is_not_made_until_it_is_read():
    finding = rule_when("{body: {contains: x}}").when(facts(body="x" * 10_000))
    assert callable(finding.told)
    assert len(finding.because) < 200


# ------------------------------------------------------------------ captures

SITE, HOST = r"outage in (?P<site>\w+)", r"host (?P<host>\w+)"


@pytest.mark.parametrize(
    ("when", "mail", "captures"),
    [
        (f"{{subject: {{matches: '{SITE}'}}}}", facts(subject="Outage in Rome!"), {"site": "Rome"}),
        (f"{{subject: {{matches: '{SITE}'}}}}", facts(subject="Outage in !"), {}),
        # Numbered groups catch nothing.
        ("{subject: {matches: '(a)(?P<rest>b)'}}", facts(subject="ab"), {"rest": "b"}),
        (f"{{subject: {{matches: '{SITE}'}}, body: {{matches: '{HOST}'}}}}",
            facts(subject="outage in Rome", body="host web1"), {"site": "Rome", "host": "web1"}),
        # Of a name that is caught twice the first one counts, and of several patterns the one that matches.
        (f"{{subject: {{matches: '{SITE}'}}, body: {{matches: '{SITE}'}}}}",
            facts(subject="outage in Rome", body="outage in Oslo"), {"site": "Rome"}),
        (f"{{any: [{{subject: {{matches: '{SITE}'}}}}, {{body: {{matches: '{HOST}'}}}}]}}",
            facts(subject="x", body="host web1"), {"host": "web1"}),
        (f"{{subject: {{matches: ['{HOST}', '{SITE}']}}}}", facts(subject="outage in Rome"), {"site": "Rome"}),
        # What must not hold catches nothing, nor does a branch that failed.
        (f"{{not: {{subject: {{matches: '{SITE}'}}}}}}", facts(subject="all is well"), {}),
        (f"{{not: {{not: {{subject: {{matches: '{SITE}'}}}}}}}}", facts(subject="outage in Rome"), {}),
        (f"{{any: [{{subject: {{matches: '{SITE}'}}, kind: alert}}, {{kind: person}}]}}",
            facts(subject="outage in Rome"), {}),
        # A group that took no part, or caught blanks alone.
        ("{subject: {matches: 'a(?P<more>b)?'}}", facts(subject="ac"), {}),
        ("{subject: {matches: 'a(?P<more> +)'}}", facts(subject="a   c"), {}),
        # Any header and any occurrence of it.
        ("{header.X-Site: {matches: '^(?P<site>r.*)'}}", facts(header_X_Site=["Oslo", "Rome"]), {"site": "Rome"}),
    ],
)  # fmt: skip
def test_captures(when, mail, captures):
    assert dict(rule_when(when).when(mail).captures) == captures


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  two \t words \n", "two words"),
        ("a\r\nBcc: eve@evil.test", "a Bcc: eve@evil.test"),
        ("a\x00b\x1bc\u202edc\u2028e", "abcdc e"),
        ("\ud800x", "x"),
        ("\u200b\u200b", ""),
        ("ß" * 1000, "ß" * CAPTURE_CHARS),
        (" " * 10_000 + "late", ""),
        ("{{7*7}} {other} %s", "{{7*7}} {other} %s"),
    ],
)
def test_caught_text_is_one_short_clean_line(text, cleaned):
    assert clean(text) == cleaned


@given(st.text(max_size=500))
def test_caught_text_never_breaks_a_line(text):
    found = clean(text)
    assert len(found) <= CAPTURE_CHARS
    assert not any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in found)


# ------------------------------------------------------------------ attacks


def _mail(**fields: object) -> RuleFacts:
    mail = facts(attachment="x")
    return replace(mail, message=replace(mail.message, **fields))


HOSTILE = [
    _mail(subject="a" * 100_000),
    _mail(subject="(((((" * 20_000),
    _mail(text="\u0130" * 100_000),
    _mail(headers=tuple(("X-Note", f"{'a' * 400}{n}b") for n in range(1000))),
    _mail(attachments=tuple(make.file("a" * 5000) for _ in range(500))),
    _mail(to=tuple(Address("", f"{'a' * 60}{n}@{'b' * 60}.test") for n in range(1000))),
]
EXPLOSIVE = ["(a|aa)+$", "(a+)+b", "(.*a){20}c", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?P<x>a*)*b(?P<y>c)"]


@pytest.mark.parametrize("mail", HOSTILE, ids=["long", "brackets", "folding", "headers", "attachments", "recipients"])
@pytest.mark.parametrize("pattern", EXPLOSIVE)
def test_no_pattern_takes_long_on_any_mail(mail, pattern):
    keys = ("subject", "body", "header.X-Note", "attachment", "to")
    rule = rule_when(f"{{any: [{', '.join(f'{{{key}: {{matches: {pattern!r}}}}}' for key in keys)}]}}")
    began = time.process_time()
    finding = rule.when(mail)
    assert len(finding.because) < 1000
    assert all(len(check.evidence) < 200 for check in finding.checks)
    assert time.process_time() - began < len(keys) * 14 * PATTERN_SECONDS


def test_a_thousand_headers_are_all_looked_at():
    mail = facts(header_Received=[f"by relay{n}" for n in range(1000)])
    assert rule_when("{header.received: {contains: relay999}}").when(mail).hit
    assert not rule_when("{header.received: {contains: relay1000}}").when(mail).hit


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=20))
def test_evidence_never_raises(subject, body, name):
    mail = _mail(subject=subject, text=body, visible_text=body, headers=((name, subject),))
    rule = rule_when(f"{{any: [{{subject: {{matches: '{SITE}'}}}}, {{not: {{body: {{matches: '(?P<all>.*)'}}}}}}]}}")
    finding = rule.when(mail)
    assert finding.because
    assert all(len(check.evidence) <= 200 for check in finding.checks)
