"""Turn the written rules into values, with every fault found in one pass.

Called by `config`, which has read the file and knows where each key stands. Patterns are compiled here, once.
"""

from collections.abc import Callable
from dataclasses import replace

from maildesk.model.rule import Condition, Finding, Need, Rule, RuleFacts, RuleTest
from maildesk.rules.conditions import NamedConditions, compile_when
from maildesk.rules.lists import LISTS, read_lists
from maildesk.rules.phases import read_once, read_phases
from maildesk.rules.places import strange_key
from maildesk.rules.testing import read_test
from maildesk.rules.then import Around, Macros, Then, read_macros, read_then
from maildesk.rules.written import Fault, Plain, Reading, Trail, Words, WritingError, flag, one_line

TOP_KEYS = ("lists", "conditions", "macros", "rules")
RULE_KEYS = ("name", "when", "then", "stop", "once", "tests")


def load_rules(
    node: Plain, words: Words, line_of: Callable[[Trail], int]
) -> tuple[tuple[Rule, ...], tuple[Fault, ...]]:
    """Return the rules of a whole rules.yaml and every fault in it; with faults the rules are not to be run."""
    reading = Reading(words, line_of, strange_key=strange_key)
    top = reading.mapping({} if node is None else node, (), "rules.yaml", TOP_KEYS)
    reading = replace(reading, words=replace(words, lists=read_lists(top.get(LISTS), reading)))
    named = _load_conditions(top.get("conditions"), reading)
    macros = read_macros(top.get("macros"), ("macros",), reading)
    written = top.get("rules")
    if written is None:
        return (), tuple(reading.faults)
    if not isinstance(written, list):
        reading.complain(("rules",), "'rules' must be a list; begin each rule with '- name:'")
        return (), tuple(reading.faults)
    rules = tuple(_load_rule(rule, ("rules", place), reading, named, macros) for place, rule in enumerate(written))
    _complain_of_twins(rules, reading)
    return rules, tuple(reading.faults)


def _load_conditions(value: Plain, reading: Reading) -> NamedConditions:
    """Return the conditions with names, whether or not a rule uses them."""
    if value is not None and not isinstance(value, dict):
        reading.complain(("conditions",), "'conditions' must be a mapping (name: conditions)")
    named = NamedConditions(value if isinstance(value, dict) else {}, reading)
    named.compile_all()
    return named


def _complain_of_twins(rules: tuple[Rule, ...], reading: Reading) -> None:
    first: dict[str, int] = {}
    for place, rule in enumerate(rules):
        if rule.name and rule.name in first:
            reading.complain(
                ("rules", place, "name"), f"a rule named '{rule.name}' already stands in line {first[rule.name]}"
            )
        first.setdefault(rule.name, rule.line)


def _load_rule(value: Plain, trail: Trail, reading: Reading, named: NamedConditions, macros: Macros) -> Rule:
    written = reading.mapping(value, trail, "a rule", RULE_KEYS)
    phases = read_phases(written.get("when"), (*trail, "when"), reading)
    around = Around(written.get("when"), phases, named.written, macros)
    # In the order in which they are written, so that faults come in that order.
    name = _load_name(written, trail, reading)
    when, needs = _load_when(written, trail, reading, named) if written else (_always, ())
    then = _load_then(written, trail, around, reading) if written else Then()
    return Rule(
        name=name,
        when=when,
        then=then.usual,
        then_new=then.new,
        then_follow_up=then.follow_up,
        phases=phases,
        once=read_once(written, trail, phases, reading),
        stop=_load_stop(written, trail, reading),
        tests=_load_tests(written.get("tests"), (*trail, "tests"), reading),
        line=reading.line_of(trail),
        needs=needs,
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


def _load_when(
    written: dict[str, Plain], trail: Trail, reading: Reading, named: NamedConditions
) -> tuple[Condition, tuple[Need, ...]]:
    if "when" not in written:
        # A forgotten or wrongly indented `when` would otherwise hold for every mail.
        reading.complain(trail, "missing key 'when'; 'when: {}' holds for every mail")
        return _always, ()
    return compile_when(written["when"], (*trail, "when"), reading, named)


def _load_then(written: dict[str, Plain], trail: Trail, around: Around, reading: Reading) -> Then:
    if "then" in written:
        return read_then(written["then"], (*trail, "then"), around, reading)
    if written.get("stop") is not True:
        reading.complain(trail, "missing key 'then'; only a rule with 'stop: true' may do without")
    return Then()


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
