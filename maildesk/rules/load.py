"""Turn the written rules into values, with every fault found in one pass.

Called by `config`, which has read the file and knows where each key stands. Patterns are compiled here, once.
"""

from collections.abc import Callable

from maildesk.model.rule import Condition, Finding, Rule, RuleActions, RuleFacts, RuleTest
from maildesk.rules.actions import ACTIONS, find_action, merged
from maildesk.rules.conditions import compile_when
from maildesk.rules.testing import read_test
from maildesk.rules.written import Fault, Plain, Reading, Trail, Words, WritingError, flag, one_line

RULE_KEYS = ("name", "when", "then", "stop", "tests")


def load_rules(
    node: Plain, words: Words, line_of: Callable[[Trail], int]
) -> tuple[tuple[Rule, ...], tuple[Fault, ...]]:
    """Return the rules of a whole rules.yaml and every fault in it; with faults the rules are not to be run."""
    reading = Reading(words, line_of)
    top = reading.mapping({} if node is None else node, (), "rules.yaml", ("rules",))
    written = top.get("rules")
    if written is None:
        return (), tuple(reading.faults)
    if not isinstance(written, list):
        reading.complain(("rules",), "'rules' must be a list; begin each rule with '- name:'")
        return (), tuple(reading.faults)
    rules = tuple(_load_rule(rule, ("rules", place), reading) for place, rule in enumerate(written))
    _complain_of_twins(rules, reading)
    return rules, tuple(reading.faults)


def _complain_of_twins(rules: tuple[Rule, ...], reading: Reading) -> None:
    first: dict[str, int] = {}
    for place, rule in enumerate(rules):
        if rule.name and rule.name in first:
            reading.complain(
                ("rules", place, "name"), f"a rule named '{rule.name}' already stands in line {first[rule.name]}"
            )
        first.setdefault(rule.name, rule.line)


def _load_rule(value: Plain, trail: Trail, reading: Reading) -> Rule:
    written = reading.mapping(value, trail, "a rule", RULE_KEYS)
    return Rule(
        name=_load_name(written, trail, reading),
        when=_load_when(written, trail, reading) if written else _always,
        then=_load_then(written, trail, reading) if written else RuleActions(),
        stop=_load_stop(written, trail, reading),
        tests=_load_tests(written.get("tests"), (*trail, "tests"), reading),
        line=reading.line_of(trail),
    )


def _always(_facts: RuleFacts) -> Finding:
    """Stand in for a condition that could not be read; such rules are never run."""
    return Finding(True, "")


def _load_name(written: dict[str, Plain], trail: Trail, reading: Reading) -> str:
    try:
        return one_line(written.get("name"))
    except WritingError as wrong:
        if written:
            reading.complain((*trail, "name"), f"every rule needs a name: {wrong}")
        return ""


def _load_when(written: dict[str, Plain], trail: Trail, reading: Reading) -> Condition:
    if "when" not in written:
        # A forgotten or wrongly indented `when` would otherwise hold for every mail.
        reading.complain(trail, "missing key 'when'; 'when: {}' holds for every mail")
        return _always
    return compile_when(written["when"], (*trail, "when"), reading)


def _load_then(written: dict[str, Plain], trail: Trail, reading: Reading) -> RuleActions:
    if "then" not in written:
        if written.get("stop") is not True:
            reading.complain(trail, "missing key 'then'; only a rule with 'stop: true' may do without")
        return RuleActions()
    asked = reading.mapping(written["then"], (*trail, "then"), "'then'", (a.name for a in ACTIONS))
    if "hold" in asked and "discard" in asked:
        reading.complain((*trail, "then", "discard"), "a rule cannot both hold and discard")
    actions = RuleActions()
    for name, value in asked.items():
        actions = merged(actions, _load_action(name, value, (*trail, "then", name), reading))
    return actions


def _load_action(name: str, value: Plain, trail: Trail, reading: Reading) -> RuleActions:
    action = find_action(name)
    if action is None:
        return RuleActions()
    try:
        return action.read(value, reading.words)
    except WritingError as wrong:
        reading.complain(trail, str(wrong))
        return RuleActions()


def _load_stop(written: dict[str, Plain], trail: Trail, reading: Reading) -> bool:
    try:
        return flag(written.get("stop", False))
    except WritingError as wrong:
        reading.complain((*trail, "stop"), str(wrong))
        return False


def _load_tests(value: Plain, trail: Trail, reading: Reading) -> tuple[RuleTest, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        reading.complain(trail, "'tests' must be a list; begin each test with '- given:'")
        return ()
    return tuple(read_test(test, (*trail, place), reading) for place, test in enumerate(value))
