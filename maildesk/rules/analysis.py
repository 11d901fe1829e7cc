"""What is allowed in rules.yaml but can hardly be meant: rules that never hit, hide each other or do nothing.

Called by `config` on a file without faults; every finding is a warning. Says only what follows from what was written:
a rule it is silent about may still be useless.
"""

from collections.abc import Callable, Iterator
from itertools import combinations

import regex

from maildesk.model.rule import MAIL_PHASES, Phase
from maildesk.rules.actions import ACTIONS
from maildesk.rules.logic import excluded, implies, required, why_absent, why_contradictory, why_impossible
from maildesk.rules.outline import Asked, Branch, Join, Node, Outlined, every, every_name, listed, mapping, outline
from maildesk.rules.written import Fault, Plain, Trail, Words

#: Actions that open no ticket, and so leave nothing for others to act on.
_OPENS_NOTHING = ("discard", "reject")
#: Actions that also work where no ticket is opened.
_WITHOUT_TICKET = (*_OPENS_NOTHING, "hold", "notify")
_ADDING = frozenset({*(action.name for action in ACTIONS if action.adds), "notify", "reply", "note", "also"})

Look = Callable[[tuple[Outlined, ...], Words], Iterator[Fault]]


def find_warnings(node: Plain, words: Words) -> tuple[Fault, ...]:
    """Return every warning about a sound rules.yaml, in no particular order."""
    rules = outline(node)
    found = [warning for look in LOOKS for warning in look(rules, words)]
    found += [*_unused(mapping(node), rules)]
    # One rule may be hopeless in several ways; the first that was found is said.
    return tuple({warning.trail: warning for warning in reversed(found)}.values())


def _warning(trail: Trail, message: str, *, at_key: bool = False) -> Fault:
    return Fault(trail, message, warning=True, at_key=at_key)


# ------------------------------------------------------------------ conditions


def _never(rules: tuple[Outlined, ...], words: Words) -> Iterator[Fault]:
    for rule in rules:
        fault = _hopeless(rule.when, rule.phases, words)
        if fault is not None:
            yield _warning(fault.trail, f"rule '{rule.name}' can never match: {fault.message}")
            continue
        yield from _hopeless_parts(rule.when, rule.phases, words)


def _hopeless(node: Node, phases: tuple[Phase, ...], words: Words) -> Fault | None:
    """Find why a condition cannot hold in any of these phases."""
    asked = required(node)
    for one in asked:
        why = _nested_phase(one, phases) or why_absent(one, phases) or why_impossible(one, words)
        if why:
            return Fault(one.trail, why)
    for one, other in combinations(asked, 2):
        why = why_contradictory(one, other) or why_contradictory(other, one)
        if why:
            return Fault(other.trail, why)
    for one in asked:
        if any(implies(one, wrong) for wrong in excluded(node)):
            return Fault(one.trail, f"what '{one.field}' asks here is excluded by a 'not' or 'none' beside it")
    return _hopeless_choice(node, phases, words)


def _hopeless_choice(node: Node, phases: tuple[Phase, ...], words: Words) -> Fault | None:
    if not isinstance(node, Branch) or node.join is Join.NONE:
        return None
    whys = [_hopeless(part, phases, words) for part in node.parts]
    found = [why for why in whys if why is not None]
    if node.join is Join.ANY:
        return found[0] if whys and len(found) == len(whys) else None
    return found[0] if found else None


def _nested_phase(asked: Asked, phases: tuple[Phase, ...]) -> str:
    wanted = {str(value).strip().casefold() for value in asked.arguments}
    if asked.field != "phase" or asked.operator not in ("equals", "one_of") or wanted & set(phases):
        return ""
    runs = " and ".join(phases)
    return f"the rule runs in phase {runs} only; write 'phase' as a key of 'when' itself to choose another"


def _hopeless_parts(node: Node, phases: tuple[Phase, ...], words: Words) -> Iterator[Fault]:
    """Yield each choice of an `any` or `none` that can never hold."""
    for branch in every(node):
        if isinstance(branch, Branch) and branch.join is not Join.ALL:
            for part in branch.parts:
                fault = _hopeless(part, phases, words)
                if fault is not None:
                    yield _warning(fault.trail, f"this part can never hold: {fault.message}")


def _patterns(rules: tuple[Outlined, ...], _words: Words) -> Iterator[Fault]:
    for rule in rules:
        for node in every(rule.when):
            if isinstance(node, Asked) and node.operator == "matches":
                for why in filter(None, map(_odd_pattern, node.arguments)):
                    yield _warning(node.trail, why)


def _odd_pattern(written: Plain) -> str:
    pattern = str(written)
    try:
        holds_for_all = regex.compile(pattern, regex.IGNORECASE).fullmatch("", timeout=0.1) is not None
    except (regex.error, TimeoutError):
        return ""
    if holds_for_all:
        return f"'{pattern[:60]}' also fits the empty text, so it is found in everything"
    if pattern.startswith((".*", "^.*")):
        return f"'{pattern[:60]}' begins with '.*', which only costs time: a pattern is found anywhere in the text"
    return ""


# ------------------------------------------------------------------ rules beside each other


def _hidden(rules: tuple[Outlined, ...], _words: Words) -> Iterator[Fault]:
    """Yield rules that an earlier rule with `stop` never lets through, and rules with one and the same condition."""
    for place, later in enumerate(rules):
        for earlier in rules[:place]:
            if earlier.stop and not earlier.once and _covers(earlier, later):
                why = f"rule '{earlier.name}' above holds whenever this one would, and stops the run"
                yield _warning(later.trail, f"rule '{later.name}' is never reached: {why}")
                break
            if _covers(earlier, later) and _covers(later, earlier) and earlier.when.parts:
                message = (
                    f"rule '{later.name}' has the same condition as rule '{earlier.name}' above; one rule can do both"
                )
                yield _warning(later.trail, message)
                break


def _covers(wide: Outlined, narrow: Outlined) -> bool:
    """Tell whether the one rule holds whenever the other does."""
    return set(narrow.phases) <= set(wide.phases) and implies(narrow.when, wide.when)


def _overridden(rules: tuple[Outlined, ...], _words: Words) -> Iterator[Fault]:
    for place, rule in enumerate(rules):
        effects = set(rule.asks_for)
        if rule.stop or not effects or effects & (_ADDING | set(_WITHOUT_TICKET)):
            continue
        for later in _reached_from(rules[place + 1 :]):
            if effects <= set(later.then) and not later.once and _covers(later, rule):
                message = f"rule '{rule.name}' has no effect: rule '{later.name}' below holds too and says otherwise"
                yield _warning(rule.trail, message)
                break


def _reached_from(rules: tuple[Outlined, ...]) -> Iterator[Outlined]:
    """Yield the rules below that surely run: those up to the first that may stop the run, this one included."""
    for rule in rules:
        yield rule
        if rule.stop:
            return


# ------------------------------------------------------------------ actions


def _idle_actions(rules: tuple[Outlined, ...], _words: Words) -> Iterator[Fault]:
    for rule in rules:
        if not rule.asks_for and not rule.stop:
            yield _warning(rule.trail, f"rule '{rule.name}' does nothing: 'then' is empty")
        last = next((name for name in _OPENS_NOTHING if name in rule.asks_for), None)
        idle = [name for name in rule.asks_for if name not in _WITHOUT_TICKET]
        if last is not None and idle and set(rule.phases) <= set(MAIL_PHASES):
            message = f"'{idle[0]}' does nothing beside '{last}', which opens no ticket"
            yield _warning((*rule.trail, "then", idle[0]), message, at_key=True)


# ------------------------------------------------------------------ names


def _unused(top: dict[str, Plain], rules: tuple[Outlined, ...]) -> Iterator[Fault]:
    asked = [mapping(rule).get("when") for rule in listed(top.get("rules"))]
    conditions, macros = mapping(top.get("conditions")), mapping(top.get("macros"))
    written: list[Plain] = [*asked, *conditions.values()]
    used = {
        "lists": {name for value in written for name in every_name(value, "in_list")},
        "conditions": {name for value in written for name in every_name(value, "condition")},
        "macros": {name for rule in rules for name in rule.macros},
    }
    for key, names in (("lists", mapping(top.get("lists"))), ("conditions", conditions), ("macros", macros)):
        for name in names:
            if name not in used[key]:
                yield _warning((key, name), f"{key.removesuffix('s')} '{name}' is used by no rule", at_key=True)


#: Everything that is looked for; what stands first is said where several are true of one place.
LOOKS: tuple[Look, ...] = (_never, _hidden, _overridden, _idle_actions, _patterns)
