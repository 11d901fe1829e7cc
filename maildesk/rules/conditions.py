"""Compile what stands under `when` into one function of the facts.

Called by `load`. Every key must hold; `any`, `all` and `not` nest. A compiled condition never raises: a pattern that
takes too long is a miss that says so.
"""

from collections.abc import Callable
from typing import TypeAlias

from maildesk.model.rule import Condition, Finding, RuleFacts
from maildesk.rules.fields import FIELDS, Field, Type, find_field
from maildesk.rules.operators import OPERATORS, PATTERN_SECONDS, Look, excerpt, prepare, shown
from maildesk.rules.written import Plain, Reading, Trail, WritingError, unknown

MAX_BECAUSE = 300

#: Why a part holds or does not, put into words only if somebody will read them.
Reason: TypeAlias = Callable[[], str]
Answer: TypeAlias = tuple[bool, Reason]
Part: TypeAlias = Callable[[RuleFacts], Answer]
Combine: TypeAlias = Callable[[tuple[Part, ...]], Part]


def compile_when(value: Plain, trail: Trail, reading: Reading) -> Condition:
    """Compile a mapping of conditions that must all hold; an empty one holds for every mail."""
    part = _compile_mapping(value, trail, reading)

    def condition(facts: RuleFacts) -> Finding:
        hit, reason = part(facts)
        return Finding(hit, reason())

    return condition


def _compile_mapping(value: Plain, trail: Trail, reading: Reading) -> Part:
    if not isinstance(value, dict):
        reading.complain(trail, "conditions must be a mapping (field: what it should be)")
        return hold_all(())
    parts = tuple(_compile_key(key, inner, (*trail, key), reading) for key, inner in value.items())
    return parts[0] if len(parts) == 1 else hold_all(parts)


def _compile_key(key: str, value: Plain, trail: Trail, reading: Reading) -> Part:
    if key == "not":
        return hold_not(_compile_not(value, trail, reading))
    combine = COMBINATIONS.get(key)
    if combine is not None:
        return combine(_compile_list(key, value, trail, reading))
    field = find_field(key)
    if field is None:
        reading.complain(trail, unknown("field", key, condition_names()), at_key=True)
        return hold_all(())
    return _compile_field(field, value, trail, reading)


def _compile_list(key: str, value: Plain, trail: Trail, reading: Reading) -> tuple[Part, ...]:
    if not isinstance(value, list) or not value:
        reading.complain(trail, f"'{key}' takes a list of conditions; begin each with '- '")
        return ()
    return tuple(_compile_mapping(inner, (*trail, place), reading) for place, inner in enumerate(value))


def _compile_not(value: Plain, trail: Trail, reading: Reading) -> Part:
    if isinstance(value, list):
        return hold_any(_compile_list("not", value, trail, reading))
    if not value:
        reading.complain(trail, "'not' takes the conditions that must not hold")
    return _compile_mapping(value, trail, reading)


def condition_names() -> tuple[str, ...]:
    """Return every key that may stand in `when`."""
    return (*(f.name for f in FIELDS), *COMBINATIONS, "not")


def _compile_field(field: Field, value: Plain, trail: Trail, reading: Reading) -> Part:
    """Compile one field: an operator map, a scalar (equals) or a list (one of)."""
    if not isinstance(value, dict):
        operator = "one_of" if isinstance(value, list) else "equals"
        return _compile_test(field, operator, value, trail, reading)
    if not value:
        reading.complain(trail, f"'{field.name}' says nothing; write a value or an operator")
    tests = tuple(_compile_test(field, name, inner, (*trail, name), reading) for name, inner in value.items())
    return tests[0] if len(tests) == 1 else hold_all(tests)


def _compile_test(field: Field, name: str, value: Plain, trail: Trail, reading: Reading) -> Part:
    operator = next((o for o in OPERATORS if o.name == name), None)
    if operator is None:
        reading.complain(trail, unknown("operator", name, (o.name for o in OPERATORS)), at_key=True)
        return hold_all(())
    try:
        look = prepare(operator, field, value, reading.words)
    except WritingError as wrong:
        reading.complain(trail, str(wrong))
        return hold_all(())
    return _ask(field, f"{field.name} {name.replace('_', ' ')} {_written(value)}", look)


def _written(value: Plain) -> str:
    """Return the argument as the trace shows it."""
    if isinstance(value, list):
        shown_items = ", ".join(_written(v) for v in value[:3])
        return f"any of {shown_items}{', …' if len(value) > 3 else ''}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{str(value)[:60]}"'


def _ask(field: Field, question: str, look: Look) -> Part:
    read = field.read
    shows_values = field.type is not Type.FLAG

    def part(facts: RuleFacts) -> Answer:
        values = read(facts)
        try:
            spot = look(values)
        except TimeoutError:
            return False, lambda: f"{question}: gave up, the pattern took longer than {PATTERN_SECONDS} s on this mail"
        if spot is None:
            return False, lambda: f"not {question}: {shown(values)}" if shows_values else f"not {question}"
        return True, lambda: f'{question}: "{excerpt(*spot)}"' if shows_values else question

    return part


def hold_all(parts: tuple[Part, ...]) -> Part:
    """Every part must hold; the first that does not is the reason of a miss."""

    def part(facts: RuleFacts) -> Answer:
        reasons = []
        for inner in parts:
            answer = inner(facts)
            if not answer[0]:
                return answer
            reasons.append(answer[1])
        return True, lambda: _joined(reasons) or "holds for every mail"

    return part


def hold_any(parts: tuple[Part, ...]) -> Part:
    """One part must hold; the first that does is the reason of a hit."""

    def part(facts: RuleFacts) -> Answer:
        reasons = []
        for inner in parts:
            answer = inner(facts)
            if answer[0]:
                return answer
            reasons.append(answer[1])
        return False, lambda: f"none of: {_joined(reasons)}"

    return part


def hold_not(inner: Part) -> Part:
    """The part must not hold. A pattern that timed out did not hold."""

    def part(facts: RuleFacts) -> Answer:
        hit, reason = inner(facts)
        return not hit, (lambda: f"excluded, {reason()}") if hit else reason

    return part


def _joined(reasons: list[Reason]) -> str:
    text = "; ".join(reason() for reason in reasons)
    return text if len(text) <= MAX_BECAUSE else f"{text[: MAX_BECAUSE - 1]}…"


COMBINATIONS: dict[str, Combine] = {"any": hold_any, "all": hold_all}
