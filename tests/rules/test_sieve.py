"""The engine leaves out rules whose words are nowhere; whatever is written, it comes to what asking every rule does."""

import random
from dataclasses import replace

import pytest

from maildesk.model.message import Address, Kind
from maildesk.model.rule import Phase, Rule, RuleFacts, RuleVerdict
from maildesk.model.ticket import Firing
from maildesk.rules.engine import run_rules
from maildesk.rules.sieve import Sieve
from tests import make
from tests.rules.written_rules import facts, rule_when, rules

WORDS = ("server", "Down", "web 7", "ß", "STRASSE", "İstanbul", "ſie", "K", "invoice")
PATTERNS = (
    r"\bserver\b.*down",
    "(web|db) ?7",
    "(?i)DOWN",
    "inv[a-o]+ice",
    "Stra(ß|ss)e",
    "sie$",
    "down?",
    "(?=.*server)web",
)
DOMAINS = ("client.test", "sub.client.test", "test", "other.test")
SHAPES = (
    lambda c: f"subject: {{contains: {_some(c, WORDS)}}}",
    lambda c: f"body: {{contains: {_some(c, WORDS)}}}",
    lambda c: f"subject: {{starts_with: {_some(c, WORDS)}}}",
    lambda c: f"body: {{matches: {_some(c, PATTERNS)}}}",
    lambda c: f"subject: {{matches: {_some(c, PATTERNS)}, contains: {_some(c, WORDS)}}}",
    lambda c: f"from: {{domain: {_some(c, DOMAINS)}}}",
    lambda c: f"from: [ann@client.test, {c.choice(('Ann@Sub.Client.test', 'bob@other.test'))}]",
    lambda c: f"to: {{domain: {_some(c, DOMAINS)}, contains: desk}}",
    lambda c: f"kind: {c.choice(('person', 'alert', '[person, list]'))}",
    lambda c: f"header.X-Site: {_some(c, WORDS)}",
    lambda c: f"header.x-site: {{in_list: {c.choice(('sites', 'none'))}}}",
    lambda c: f"attachment: {{exists: {c.choice(('true', 'false'))}}}",
    lambda c: f"recipients: {{greater: {c.randrange(4)}}}",
    lambda c: f"tag: {_some(c, WORDS)}",
    lambda c: f"condition: {c.choice(('broken', 'ours'))}",
    lambda c: f"any: [{{{_shape(c)}}}, {{{_shape(c)}}}]",
    lambda c: f"all: [{{{_shape(c)}}}, {{{_shape(c)}}}]",
    lambda c: f"not: {{{_shape(c)}}}",
    lambda c: f"none: [{{{_shape(c)}}}, {{{_shape(c)}}}]",
)
TOP = """\
lists: {sites: [Server, straße], none: [x]}
conditions:
  broken: {any: [{subject: {contains: down}}, {subject: {matches: '(web|db) ?7'}, body: {contains: server}}]}
  ours: {not: {from: {domain: other.test}}}
rules:
"""


def _some(chance: random.Random, words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in chance.sample(words, chance.randrange(1, 4))) + "]"


def _shape(chance: random.Random) -> str:
    return chance.choice(SHAPES)(chance)


def _rules(chance: random.Random) -> tuple[Rule, ...]:
    lines = []
    for number in range(20):
        # A key may stand only once.
        keys = {shape.partition(":")[0]: shape for shape in (_shape(chance) for _ in range(chance.randrange(4)))}
        phase = chance.choice(("", "", "", ", phase: new", ", phase: follow-up", ", phase: [new, change]"))
        stop = ", stop: true" if chance.random() < 0.05 else ""
        once = ", once: day" if chance.random() < 0.1 else ""
        when = f"{{{', '.join(keys.values())}{phase if keys else phase[2:]}}}"
        lines.append(f"  - {{name: r{number}, when: {when}, then: {{tags: t{number}, type: y{number}}}{stop}{once}}}\n")
    return rules(TOP + "".join(lines))


def _mail(chance: random.Random) -> RuleFacts:
    def text() -> str:
        words = (chance.choice(WORDS) for _ in range(chance.randrange(6)))
        return " ".join(chance.choice((str.upper, str.lower, str.swapcase, str))(word) for word in words)

    found = facts() if chance.random() < 0.5 else facts(status="open")
    senders = ("ann@client.test", "Bob@SUB.client.test", "x@notclient.test", "bob@other.test")
    message = replace(
        found.message, subject=text(), text=text(), visible_text=text(), kind=chance.choice((Kind.PERSON, Kind.ALERT)),
        sender=Address("", chance.choice(senders)), headers=(("X-Site", text()), ("x-site", text())),
        to=tuple(Address("", chance.choice((*senders, "desk@x.test"))) for _ in range(chance.randrange(3))),
    )  # fmt: skip
    ticket = found.ticket and replace(found.ticket, tags=tuple(text().split()))
    if ticket is not None and chance.random() < 0.3:
        return replace(found, ticket=ticket, phase=Phase.CHANGE)
    return replace(found, message=message, ticket=ticket)


def asked_all(rules_: tuple[Rule, ...], about: RuleFacts) -> RuleVerdict:
    """Run rules that say of none what they need, so that each of them is asked."""
    return run_rules(tuple(replace(rule, needs=()) for rule in rules_), about)


@pytest.mark.parametrize("seed", range(12))
def test_leaving_rules_out_changes_nothing(seed):
    chance = random.Random(seed)
    some = _rules(chance)
    for about in (_mail(chance) for _ in range(25)):
        found, wanted = run_rules(some, about), asked_all(some, about)
        assert found == wanted
        assert [hit.evidence for hit in found.hits] == [hit.evidence for hit in wanted.hits]


@pytest.mark.parametrize(
    ("when", "needs"),
    [
        ("{subject: {contains: [Down, dead]}}", {"subject": ("down", "dead")}),
        ("{subject: {matches: 'server .* down'}}", {"subject": ("server ",)}),
        ("{subject: {matches: ['server', 'a|b']}}", {}),
        ("{from: {domain: x.test}, kind: person}", {"from": ("@x.test", ".x.test"), "kind": ("person",)}),
        ("{any: [{subject: a}, {subject: {contains: b}, body: c}]}", {"subject": ("a", "b")}),
        ("{any: [{subject: a}, {body: b}]}", {}),
        ("{not: {subject: a}}", {}),
        ("{all: [{subject: a}, {not: {body: b}}]}", {"subject": ("a",)}),
        ("{attachment: {exists: true}, size: {greater: 1 KB}}", {}),
        ("{}", {}),
    ],
)
def test_what_a_rule_needs(when, needs):
    (rule,) = rules(f"rules: [{{name: r, when: {when}, then: {{tags: t}}}}]")
    assert {need.name: need.words for need in rule.needs} == needs


def test_a_rule_left_out_says_why_it_misses():
    some = rules("rules: [{name: r, when: {kind: person, subject: {contains: down}}, then: {tags: t}, once: ticket}]")
    (missed,) = run_rules(some, facts(subject="up")).hits
    assert missed.because == 'not subject contains "down": "up"'
    assert [check.held for check in missed.checks] == [True, False]
    before = replace(facts(status="open"), ticket=make.ticket(fired=(Firing("r", make.NOW),)))
    assert run_rules(some, before).hits[0].because == "hit before on this ticket (once: ticket)"


def test_only_rules_whose_words_are_there_are_let_through():
    written = ("subject: {contains: down}", "subject: {contains: up}", "not: {subject: up}", "kind: alert, subject: up")
    some = tuple(rule_when(f"{{{when}}}") for when in written)
    assert f"{Sieve(some).let_through(facts(subject='up')):04b}" == "0110"
    assert f"{Sieve(some).let_through(facts(subject='down', kind='alert')):04b}" == "0101"
