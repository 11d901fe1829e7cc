"""The tests an admin writes beside a rule: a mail in a few words, and what the rules must make of it.

`load` reads them, `rules test` runs them; what a test may give stands in `given`. All rules run, top to
bottom, as they would on a real mail. Never sends or stores anything.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from maildesk.model.desk import Desk
from maildesk.model.level import Level, matrix
from maildesk.model.message import InboundMessage
from maildesk.model.rule import Rule, RuleActions, RuleFacts, RuleTest, RuleVerdict
from maildesk.model.ticket import Status
from maildesk.rules.actions import ACTIONS, find_action, value_of
from maildesk.rules.engine import run_rules
from maildesk.rules.given import GIVEN, blank_facts, build_facts, find_giver
from maildesk.rules.written import Plain, Reading, Trail, Words, WritingError, flag, items, one_line

_HIT = "hit"
_RULES = "rules"
_MAIL = "mail"
#: Actions that are true or false themselves, and what every ticket has; of all others `true` expects something, `false`
#: nothing.
_NEVER_NOTHING = ("acknowledge", "accept", "impact", "urgency", "priority", "queue", "status")

#: What a test may expect: any action's outcome, whether this very rule hits, and the names of all rules that hit.
EXPECT: tuple[str, ...] = (*(a.name for a in ACTIONS), _HIT, _RULES)


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test beside a rule came out. `line` is where the test stands in rules.yaml."""

    #: Keeps pytest from taking this for a test class.
    __test__: ClassVar[bool] = False

    rule: str
    line: int
    passed: bool
    differences: tuple[str, ...]


def run_tests(rules: tuple[Rule, ...], desk: Desk) -> tuple[TestResult, ...]:
    """Run every test beside every rule against all rules."""
    return tuple(_run(rule, test, rules, desk) for rule in rules for test in rule.tests)


def _run(rule: Rule, test: RuleTest, rules: tuple[Rule, ...], desk: Desk) -> TestResult:
    facts = build_facts(test.given, desk, test.mail, rule.phases)
    verdict = run_rules(rules, facts)
    mine = next((h for h in verdict.hits if h.name == rule.name), None)
    hit = mine is not None and mine.hit
    outcome = _outcome(verdict, facts)
    hits = tuple(h.name for h in verdict.hits if h.hit)
    found = tuple(_difference(name, expected, _got(name, outcome, hits, hit=hit)) for name, expected in test.expect)
    differences = tuple(d for d in found if d)
    if differences and not hit:
        why = mine.because if mine else "a rule above it stopped the run"
        differences = (*differences, f"the rule did not hit: {why}")
    return TestResult(rule.name, test.line, not differences, differences)


def _outcome(verdict: RuleVerdict, facts: RuleFacts) -> RuleActions:
    """Return what the ticket would have in the end, where the rules say nothing too."""
    asked, ticket = verdict.actions, facts.ticket
    impact = asked.impact or (ticket.impact if ticket else Level.MEDIUM)
    urgency = asked.urgency or (ticket.urgency if ticket else Level.MEDIUM)
    stays = ticket is not None and asked.impact is None and asked.urgency is None
    usual = ticket.priority if ticket and stays else matrix(impact, urgency)
    return replace(
        asked,
        impact=impact,
        urgency=urgency,
        priority=asked.priority or usual,
        queue=asked.queue or facts.queue,
        status=asked.status or (ticket.status if ticket else Status.NEW),
        acknowledge=asked.acknowledge is not False,
    )


def _got(name: str, outcome: RuleActions, hits: tuple[str, ...], *, hit: bool) -> object:
    match name:
        case "hit":
            return hit
        case "rules":
            return hits
        case _:
            return value_of(outcome, name)


def _difference(name: str, expected: object, got: object) -> str:
    if isinstance(expected, bool) and not isinstance(got, bool):
        got = got not in (None, ())
    if name == _RULES:
        # Named are all rules that hit, in their order: one more may undo what is expected of the others.
        return "" if got == expected else f"rules: expected {_said(expected)}, got {_said(got)}"
    if isinstance(expected, tuple) and isinstance(got, tuple):
        missing = [str(e) for e in expected if e not in got]
        return f"{name}: expected {', '.join(missing)}, got {_said(got)}" if missing else ""
    return "" if got == expected else f"{name}: expected {_said(expected)}, got {_said(got)}"


def _said(value: object) -> str:
    match value:
        case None | ():
            return "nothing"
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(str(v) for v in value)
        case _:
            return str(value)


def read_test(value: Plain, trail: Trail, reading: Reading) -> RuleTest:
    """Read one test, complaining of every key that cannot be given or expected."""
    written = reading.mapping(value, trail, "a test", ("given", "expect"))
    given, mail = _read_given(written.get("given"), (*trail, "given"), reading)
    expect = _read_expect(written.get("expect"), (*trail, "expect"), reading)
    if written and not expect and not written.get("expect"):
        reading.complain(trail, "a test must expect something")
    return RuleTest(given, expect, reading.line_of(trail), mail)


def _read_given(
    value: Plain, trail: Trail, reading: Reading
) -> tuple[tuple[tuple[str, object], ...], InboundMessage | None]:
    written = dict(value) if isinstance(value, dict) else {}
    mail = _read_mail(written.pop(_MAIL), (*trail, _MAIL), reading) if _MAIL in written else None
    if value is not None and not isinstance(value, dict):
        reading.complain(trail, "'given' must be a mapping (what the mail is like)")
    for key, inner in written.items():
        give = find_giver(key)
        if give is None:
            reading.complain_of_key((*trail, key), "key", (_MAIL, *GIVEN))
            continue
        try:
            give(blank_facts(), inner, reading.words)
        except WritingError as wrong:
            reading.complain((*trail, key), str(wrong))
    return tuple(written.items()), mail


def _read_mail(value: Plain, trail: Trail, reading: Reading) -> InboundMessage | None:
    if reading.words.read_mail is None:
        reading.complain(trail, "mail files cannot be read here")
        return None
    try:
        return reading.words.read_mail(one_line(value))
    except WritingError as wrong:
        reading.complain(trail, str(wrong))
        return None


def _read_expect(value: Plain, trail: Trail, reading: Reading) -> tuple[tuple[str, object], ...]:
    written = reading.mapping({} if value is None else value, trail, "'expect'", EXPECT)
    expected: list[tuple[str, object]] = []
    for key, inner in written.items():
        try:
            expected.append((key, _expected(key, inner, reading.words)))
        except WritingError as wrong:
            reading.complain((*trail, key), str(wrong))
    return tuple(expected)


def _expected(key: str, value: Plain, words: Words) -> object:
    """Return an expectation in the form an action has it, so that both compare."""
    if key == _RULES:
        return () if value is False else tuple(one_line(item) for item in items(value))
    action = find_action(key)
    if action is None or (key not in _NEVER_NOTHING and isinstance(value, bool)):
        return flag(value)
    return value_of(action.read(value, words), key)
