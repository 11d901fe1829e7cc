"""Conditions: what each field and operator makes of a mail, and what the trace says of it."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.model.message import InboundMessage
from maildesk.rules.conditions import compile_when
from maildesk.rules.fields import FIELDS, Type
from maildesk.rules.operators import EVIDENCE_CHARS, OPERATORS, PATTERN_SECONDS
from maildesk.rules.written import Reading, Words
from tests.rules.written_rules import facts, rule_when

HIT, MISS = True, False


@pytest.mark.parametrize(
    ("when", "mail", "expected"),
    [
        # A scalar means equals, a list one of; case and outer blanks do not count.
        ("{subject: help}", facts(subject="HELP"), HIT),
        ("{subject: help}", facts(subject="help me"), MISS),
        ("{subject: [a, help]}", facts(subject="Help"), HIT),
        ("{subject: {one_of: [a, b]}}", facts(subject="B"), HIT),
        ("{subject: 0123}", facts(subject="0123"), HIT),
        ("{subject: 1.10}", facts(subject="1.1"), MISS),
        ("{subject: STRASSE}", facts(subject="Straße"), HIT),
        ("{subject: {contains: [x, 'größe']}}", facts(subject="Falsche GRÖSSE"), HIT),
        ("{subject: {contains: ' down '}}", facts(subject="down"), MISS),
        ("{subject: {starts_with: '[alert]'}}", facts(subject=" [ALERT] disk"), HIT),
        ("{subject: {starts_with: disk}}", facts(subject="[ALERT] disk"), MISS),
        ("{subject: {matches: 'server .+ (is )?down'}}", facts(subject="SERVER web1 is Down!"), HIT),
        ("{subject: {matches: '^web'}}", facts(subject="the web"), MISS),
        ("{subject: {contains: up, starts_with: web}}", facts(subject="web is up"), HIT),
        ("{subject: {contains: up, starts_with: web}}", facts(subject="web is down"), MISS),
        ("{subject: {exists: false}}", facts(), HIT),
        ("{subject: {exists: true}}", facts(), MISS),
        # The body of a first mail is the whole text.
        ("{body: {contains: outage}}", facts(body="an Outage"), HIT),
        # Addresses: the sender's display name is never looked at.
        ("{from: ann@example.test}", facts(from_="ANN@Example.Test"), HIT),
        ("{from: boss@example.test}", facts(from_='"boss@example.test" <eve@evil.test>'), MISS),
        ("{from: {domain: example.test}}", facts(from_="ann@mail.EXAMPLE.test"), HIT),
        ("{from: {domain: '@example.test'}}", facts(from_="ann@example.test"), HIT),
        ("{from: {domain: example.test}}", facts(from_="ann@notexample.test"), MISS),
        ("{from: {domain: [a.test, b.test]}}", facts(from_="ann@b.test"), HIT),
        ("{from: {starts_with: noreply}}", facts(from_="noreply@x.test"), HIT),
        ("{to: b@x.test}", facts(to=["a@x.test", "b@x.test"]), HIT),
        ("{not: {to: b@x.test}}", facts(to=["a@x.test", "b@x.test"]), MISS),
        ("{cc: {exists: true}}", facts(cc="c@x.test"), HIT),
        ("{requester: {domain: x.test}}", facts(from_="a@x.test"), HIT),
        ("{requester: r@x.test}", facts(from_="a@x.test", requester="r@x.test"), HIT),
        # Headers by name, case-blind, every occurrence, numbers where they hold one.
        ("{header.x-spam: yes}", facts(header_X_Spam="Yes"), HIT),
        ("{header.X-Spam: {exists: true}}", facts(), MISS),
        ("{header.X-Score: {greater: 5}}", facts(header_X_Score=["1", "7.5"]), HIT),
        ("{header.X-Score: {less: 5}}", facts(header_X_Score="high"), MISS),
        ("{header.Received: {contains: relay2}}", facts(header_Received=["by relay1", "by relay2"]), HIT),
        ("{attachment: {matches: '\\.exe$'}}", facts(attachment=["a.txt", "b.EXE"]), HIT),
        ("{attachment: {exists: false}}", facts(), HIT),
        # Sizes.
        ("{size: {greater: 10 MB}}", facts(size="11 MB"), HIT),
        ("{size: {greater: 10 MB}}", facts(size="10 MB"), MISS),
        ("{size: {less: 512 KB}}", facts(size="500 KiB"), HIT),
        # Of several amounts one is enough.
        ("{size: {greater: [10 MB, 1 GB]}}", facts(size="11 MB"), HIT),
        ("{size: {less: [1 KB, 512 KB]}}", facts(size="500 KiB"), HIT),
        ("{size: 1 KB}", facts(size="1024"), HIT),
        # Words of the desk.
        ("{kind: [bounce, alert]}", facts(kind="alert"), HIT),
        ("{kind: person}", facts(), HIT),
        ("{mailbox: alerts}", facts(mailbox="alerts"), HIT),
        ("{mailbox: Support}", facts(), HIT),
        ("{queue: network}", facts(mailbox="alerts"), HIT),
        ("{queue: network}", facts(queue="general"), MISS),
        ("{language: de}", facts(language="DE"), HIT),
        ("{tag: vip}", facts(tag=["vip", "x"]), HIT),
        ("{tag: vip}", facts(), MISS),
        ("{priority: P3}", facts(), HIT),
        ("{priority: [p1, p2]}", facts(priority="P1"), HIT),
        ("{status: new}", facts(), HIT),
        ("{status: {starts_with: waiting}}", facts(status="waiting-vendor"), HIT),
        ("{phase: new}", facts(), HIT),
        ("{phase: follow-up}", facts(status="open"), HIT),
        ("{role: technician}", facts(from_="tia@home.test"), HIT),
        ("{proof: [pass, signed]}", facts(proof="pass"), HIT),
        ("{business_hours: false}", facts(business_hours=False), HIT),
        ("{business_hours: false}", facts(), MISS),
        # Nesting.
        ("{}", facts(), HIT),
        ("{any: [{subject: a}, {subject: b}]}", facts(subject="b"), HIT),
        ("{any: [{subject: a}, {subject: b}]}", facts(subject="c"), MISS),
        ("{all: [{subject: a}, {kind: person}]}", facts(subject="a"), HIT),
        ("{not: [{subject: a}, {subject: b}]}", facts(subject="b"), MISS),
        ("{not: [{subject: a}, {subject: b}]}", facts(subject="c"), HIT),
        ("{not: {subject: a, kind: alert}}", facts(subject="a"), HIT),
        ("{not: {not: {any: [{all: [{subject: a}]}]}}}", facts(subject="a"), HIT),
        ("{subject: a, any: [{kind: alert}, {not: {kind: person}}]}", facts(subject="a"), MISS),
    ],
)  # fmt: skip
def test_condition(when, mail, expected):
    finding = rule_when(when).when(mail)
    assert finding.hit is expected, finding.because


def test_body_of_a_follow_up_is_only_what_was_typed():
    first = facts(body="quoted outage")
    message = replace(first.message, visible_text="thanks")
    follow_up = replace(facts(status="open"), message=message)
    rule = rule_when("{body: {contains: outage}}")
    assert rule.when(replace(first, message=message)).hit
    assert not rule.when(follow_up).hit


def test_mail_without_a_sender_is_from_nobody():
    mail = replace(facts(), message=InboundMessage("", "", 1, sender=None))
    assert not rule_when("{from: {contains: a}}").when(mail).hit
    assert rule_when("{from: {exists: false}}").when(mail).hit


@pytest.mark.parametrize(
    ("when", "mail", "because"),
    [
        ("{subject: {contains: down}}", facts(subject="web is down"), 'subject contains "down": "web is down"'),
        ("{subject: {contains: down}}", facts(subject="hello"), 'not subject contains "down": "hello"'),
        ("{subject: {contains: [a, b]}}", facts(), 'not subject contains any of "a", "b": nothing there'),
        ("{kind: person, subject: x, from: {domain: q.test}}", facts(subject="y"), 'not subject equals "x": "y"'),
        ("{to: {domain: q.test}}", facts(to=["a@b.test", "c@d.test"]), 'not to domain "q.test": "a@b.test" and 1 more'),
        ("{business_hours: true}", facts(), "business_hours equals true"),
        ("{not: {kind: person}}", facts(), 'excluded, kind equals "person": "person"'),
        ("{any: [{kind: alert}]}", facts(), 'none of: not kind equals "alert": "person"'),
        ("{}", facts(), "holds for every mail"),
    ],
)  # fmt: skip
def test_the_trace_gives_evidence(when, mail, because):
    assert rule_when(when).when(mail).because == because


def test_evidence_shows_the_place_that_matched_and_no_more():
    mail = facts(body=f"{'before ' * 500}\n\nthe needle\nhere {'after ' * 500}")
    because = rule_when("{body: {contains: needle}}").when(mail).because
    evidence = because.removeprefix('body contains "needle": ').strip('"')
    assert "the needle here" in evidence
    assert len(evidence) <= EVIDENCE_CHARS


def test_a_pattern_that_takes_too_long_is_a_miss_that_says_so():
    finding = rule_when("{subject: {matches: '(a|aa)+$'}}").when(facts(subject="a" * 400 + "b"))
    assert not finding.hit
    assert "took longer" in finding.because


def test_many_slow_values_share_the_time():
    mail = facts(attachment=[f"{'a' * 400}{n}b" for n in range(300)])
    rule = rule_when("{attachment: {matches: ['(a|aa)+$', '(b|bb)+$']}}")
    began = time.monotonic()
    assert not rule.when(mail).hit
    assert time.monotonic() - began < 20 * PATTERN_SECONDS


_TEXT = st.text(max_size=60)


@given(
    subject=_TEXT,
    body=_TEXT,
    name=_TEXT,
    header=_TEXT,
    argument=st.text(alphabet="ab(.*)+[]{}|\\^$?", min_size=1, max_size=12),
)
def test_a_loaded_condition_never_raises(subject, body, name, header, argument):
    """Whatever the mail, and whatever pattern could be loaded."""
    reading = Reading(Words(), lambda _trail: 1)
    fields = [f.name for f in FIELDS if Type.TEXT is f.type] + ["header.X"]
    names = [o.name for o in OPERATORS if o.name not in ("domain", "greater", "less", "exists")]
    tests = [{field: {operator: argument}} for field in fields for operator in names]
    condition, _ = compile_when({"any": [{"not": {"any": [test]}} for test in tests]}, (), reading)
    plain = facts(attachment="x")
    message = replace(plain.message, subject=subject, text=body, headers=(("X", header), (name, name)))
    finding = condition(replace(plain, message=message))
    assert isinstance(finding.because, str)
