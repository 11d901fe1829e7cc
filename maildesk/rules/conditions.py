"""Compile what stands under `when` into one function of the facts.

Called by `load`. Every key must hold; `any`, `all`, `none` and `not` nest, and `condition` stands for what has a name.
A compiled condition never raises: a pattern that takes too long is a miss that says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from maildesk.model.rule import Checked, Condition, Evidence, Finding, Need, RuleFacts
from maildesk.rules.fields import FIELDS, Field, Type, find_field
from maildesk.rules.fields.field import Read, Values
from maildesk.rules.operators import (
    OPERATORS,
    Look,
    Spot,
    excerpt,
    prepare,
    shown,
)
from maildesk.rules.patterns import PATTERN_SECONDS
from maildesk.rules.written import Plain, Reading, Trail, WritingError, items, kind_of, one_line, unknown

MAX_BECAUSE = 300
#: Conditions within conditions; what is deeper nobody can read any more.
MAX_DEPTH = 20

#: Stands for a condition with a name, under `conditions`.
CONDITION = "condition"
_NEGATIONS = ("not", "none")

#: Why a part holds or does not, put into words only if somebody will read them.
Reason: TypeAlias = Callable[[], Evidence]
Answer: TypeAlias = tuple[bool, Reason]
Ask: TypeAlias = Callable[[RuleFacts], Answer]
Combine: TypeAlias = Callable[[tuple["Part", ...]], "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a condition; `needs`: without each of these it does not hold."""

    ask: Ask
    needs: tuple[Need, ...] = ()


def condition_names() -> tuple[str, ...]:
    """Return every key that may stand in `when`."""
    return (*(f.name for f in FIELDS), *COMBINATIONS, "not", CONDITION)


def compile_when(
    value: Plain, trail: Trail, reading: Reading, named: "NamedConditions | None" = None
) -> tuple[Condition, tuple[Need, ...]]:
    """Compile a mapping of conditions that must all hold, and say what they need; an empty one holds for every mail."""
    part = _Compiler(reading, named or NamedConditions({}, reading)).mapping(value, trail, 0)
    ask = part.ask

    def condition(facts: RuleFacts) -> Finding:
        return Finding(*ask(facts))

    return condition, part.needs


class NamedConditions:
    """The conditions with names of one rules.yaml, each compiled once, when it is first met."""

    def __init__(self, written: Mapping[str, Plain], reading: Reading) -> None:
        self.written = written
        self._compiler = _Compiler(reading, self)
        self._parts: dict[str, Part] = {}
        self._unfinished: list[str] = []

    def compile_all(self) -> None:
        """Compile those too that no rule uses, so that every fault is found."""
        for name in self.written:
            self.part(name, 0)

    def part(self, name: str, depth: int) -> Part:
        """Return a named condition. Raises `WritingError` where there is none, or where it needs itself."""
        if name not in self.written:
            raise WritingError(unknown(CONDITION, name, self.written))
        if name in self._unfinished:
            circle = " → ".join((*self._unfinished[self._unfinished.index(name) :], name))
            raise WritingError(f"these conditions need each other in a circle: {circle}")
        if name not in self._parts:
            self._unfinished.append(name)
            inner = self._compiler.mapping(self.written[name], ("conditions", name), depth)
            self._unfinished.pop()
            self._parts[name] = _named(name, inner)
        return self._parts[name]


class _Compiler:
    """One reading of conditions; every fault is noted and stands in for a condition that always holds."""

    def __init__(self, reading: Reading, named: NamedConditions) -> None:
        self._reading = reading
        self._named = named

    def mapping(self, value: Plain, trail: Trail, depth: int) -> Part:
        """Compile a mapping whose keys must all hold."""
        if depth > MAX_DEPTH:
            self._reading.complain(trail, f"conditions are nested deeper than {MAX_DEPTH} levels; give some a name")
            return hold_all(())
        if not isinstance(value, dict):
            hint = "; a list stands behind 'any:' or 'all:'" if isinstance(value, list) else ""
            what = f"conditions must be a mapping (field: what it should be), not {kind_of(value)}{hint}"
            self._reading.complain(trail, what)
            return hold_all(())
        parts = tuple(self._key(key, inner, (*trail, key), depth) for key, inner in value.items())
        return parts[0] if len(parts) == 1 else hold_all(parts)

    def _key(self, key: str, value: Plain, trail: Trail, depth: int) -> Part:
        if key in _NEGATIONS:
            return self._negation(key, value, trail, depth)
        if key == CONDITION:
            return self._condition(value, trail, depth)
        combine = COMBINATIONS.get(key)
        if combine is not None:
            return combine(self._list(key, value, trail, depth))
        field = find_field(key)
        if field is None:
            self._reading.complain_of_key(trail, "field", condition_names())
            return hold_all(())
        return self._field(field, value, trail)

    def _list(self, key: str, value: Plain, trail: Trail, depth: int) -> tuple[Part, ...]:
        if not isinstance(value, list) or not value:
            self._reading.complain(trail, f"'{key}' takes a list of conditions; begin each with '- '")
            return ()
        return tuple(self.mapping(inner, (*trail, place), depth + 1) for place, inner in enumerate(value))

    def _negation(self, key: str, value: Plain, trail: Trail, depth: int) -> Part:
        if isinstance(value, list) or key == "none":
            return hold_none(self._list(key, value, trail, depth))
        if not value:
            self._reading.complain(trail, f"'{key}' takes the conditions that must not hold")
        return hold_not(self.mapping(value, trail, depth + 1))

    def _condition(self, value: Plain, trail: Trail, depth: int) -> Part:
        try:
            return hold_all(tuple(self._named.part(one_line(name), depth + 1) for name in items(value)))
        except WritingError as wrong:
            self._reading.complain(trail, str(wrong))
            return hold_all(())

    def _field(self, field: Field, value: Plain, trail: Trail) -> Part:
        """Compile one field: an operator map, a scalar (equals) or a list (one of)."""
        if not isinstance(value, dict):
            operator = "one_of" if isinstance(value, list) else "equals"
            return self._test(field, operator, value, trail)
        if not value:
            self._reading.complain(trail, f"'{field.name}' says nothing; write a value or an operator")
        tests = tuple(self._test(field, name, inner, (*trail, name)) for name, inner in value.items())
        return tests[0] if len(tests) == 1 else hold_all(tests)

    def _test(self, field: Field, name: str, value: Plain, trail: Trail) -> Part:
        operator = next((o for o in OPERATORS if o.name == name), None)
        if operator is None:
            self._reading.complain_of_key(trail, "operator", (o.name for o in OPERATORS))
            return hold_all(())
        try:
            read, look, sought = prepare(operator, field, value, self._reading.words)
        except WritingError as wrong:
            self._reading.complain(trail, str(wrong))
            return hold_all(())
        ask = _ask(field, f"{field.name} {name.replace('_', ' ')} {_written(value)}", read, look)
        return Part(ask, (Need(field.name, sought, read),) if sought else ())


def _written(value: Plain) -> str:
    """Return the argument as the trace shows it."""
    if isinstance(value, list):
        shown_items = ", ".join(_written(v) for v in value[:3])
        return f"any of {shown_items}{', …' if len(value) > 3 else ''}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{str(value)[:60]}"'


def _ask(field: Field, question: str, read: Read, look: Look) -> Ask:
    gave_up = partial(_gave_up, question)

    # Runs once a condition, rule and mail: nothing is put into words here.
    def ask(facts: RuleFacts) -> Answer:
        values = read(facts)
        try:
            spot = look(values)
        except TimeoutError:
            return False, gave_up
        if spot is None:
            return False, lambda: _missed(field, question, values)
        return True, lambda: _found(field, question, spot)

    return ask


def _gave_up(question: str) -> Evidence:
    why = f"gave up, the pattern took longer than {PATTERN_SECONDS} s on this mail"
    return Evidence(f"{question}: {why}", (Checked(question, held=False, evidence=why),))


def _missed(field: Field, question: str, values: Values) -> Evidence:
    looked_at = "" if field.type is Type.FLAG else shown(field, values)
    return Evidence(_told(f"not {question}", looked_at), (Checked(question, held=False, evidence=looked_at),))


def _found(field: Field, question: str, spot: Spot) -> Evidence:
    value, start, end, caught = spot
    place = "" if field.type is Type.FLAG else f'"{excerpt(value, start, end)}"'
    return Evidence(_told(question, place), (Checked(question, held=True, evidence=place),), caught)


def _told(question: str, evidence: str) -> str:
    return f"{question}: {evidence}" if evidence else question


def _named(name: str, inner: Part) -> Part:
    """Return a condition that says its name."""

    def ask(facts: RuleFacts) -> Answer:
        hit, reason = inner.ask(facts)
        return hit, partial(_by_name, name, reason)

    return Part(ask, inner.needs)


def _by_name(name: str, reason: Reason) -> Evidence:
    evidence = reason()
    return Evidence(f"condition '{name}': {evidence.because}", evidence.checks, evidence.captures)


def hold_all(parts: tuple[Part, ...]) -> Part:
    """Every part must hold; the first that does not is the reason of a miss."""
    asks = tuple(part.ask for part in parts)

    def ask(facts: RuleFacts) -> Answer:
        reasons: list[Reason] = []
        for inner in asks:
            hit, reason = inner(facts)
            if not hit:
                return False, partial(_decided, reasons, reason) if reasons else reason
            reasons.append(reason)
        return True, partial(_together, reasons, "", "holds for every mail")

    return Part(ask, tuple(need for part in parts for need in part.needs))


def hold_any(parts: tuple[Part, ...]) -> Part:
    """One part must hold; the first that does is the reason of a hit."""
    asks = tuple(part.ask for part in parts)

    def ask(facts: RuleFacts) -> Answer:
        reasons: list[Reason] = []
        for inner in asks:
            hit, reason = inner(facts)
            if hit:
                return True, partial(_decided, reasons, reason) if reasons else reason
            reasons.append(reason)
        return False, partial(_together, reasons, "none of: ", "")

    return Part(ask, _needs_of_any(parts))


def _needs_of_any(parts: tuple[Part, ...]) -> tuple[Need, ...]:
    """Return what each part needs of one and the same field: then some word of theirs all must be there."""
    by_field = [{need.name: need for need in reversed(part.needs)} for part in parts]
    shared = (name for name in (by_field[0] if by_field else ()) if all(name in needs for needs in by_field))
    return tuple(
        Need(name, tuple(word for needs in by_field for word in needs[name].words), by_field[0][name].read)
        for name in shared
    )


def hold_none(parts: tuple[Part, ...]) -> Part:
    """No part may hold."""
    return hold_not(hold_any(parts))


def hold_not(inner: Part) -> Part:
    """The part must not hold. A pattern that timed out did not hold."""

    def ask(facts: RuleFacts) -> Answer:
        hit, reason = inner.ask(facts)
        return not hit, partial(_denied, reason, hit)

    return Part(ask)


def _decided(before: list[Reason], reason: Reason) -> Evidence:
    """Return the evidence of the part that decided, behind the checks of those looked at before it."""
    deciding = reason()
    earlier = (check for known in before for check in known().checks)
    return Evidence(deciding.because, (*earlier, *deciding.checks), deciding.captures)


def _together(reasons: list[Reason], opening: str, otherwise: str) -> Evidence:
    found = [reason() for reason in reasons]
    captures: dict[str, str] = {}
    for evidence in found:
        # The first one that caught something under a name wins.
        captures = dict(evidence.captures) | captures
    checks = tuple(check for evidence in found for check in evidence.checks)
    because = _shortened("; ".join(evidence.because for evidence in found)) or otherwise
    return Evidence(f"{opening}{because}", checks, tuple(captures.items()))


def _denied(reason: Reason, hit: bool) -> Evidence:
    evidence = reason()
    because = f"excluded, {evidence.because}" if hit else evidence.because
    return Evidence(because, tuple(_opposite(check) for check in evidence.checks))


def _opposite(check: Checked) -> Checked:
    is_denied = check.condition.startswith("not ")
    condition = check.condition.removeprefix("not ") if is_denied else f"not {check.condition}"
    return Checked(condition, not check.held, check.evidence)


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_BECAUSE else f"{text[: MAX_BECAUSE - 1]}…"


COMBINATIONS: dict[str, Combine] = {"any": hold_any, "all": hold_all, "none": hold_none}
