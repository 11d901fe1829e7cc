"""What one written condition says about another: whether it can hold at all, and whether it implies the other.

Used by `analysis` alone. Only what follows from the words themselves is said: in doubt a condition can hold, and
implies nothing.
"""

from collections.abc import Callable, Iterable

from maildesk.model.level import Level, Priority
from maildesk.model.rule import MAIL_PHASES, Phase
from maildesk.model.ticket import Status
from maildesk.rules.fields import Type, find_field
from maildesk.rules.operators import amount_of, domain_name
from maildesk.rules.outline import Asked, Branch, Join, Node
from maildesk.rules.written import Plain, Words, WritingError, items

#: Fields with several values, of which each comparison may find another.
MANY = frozenset({
    "to", "cc", "header", "attachment", "attachment_type", "attachment_size", "tag", "participant", "group", "asset",
    "asset_type", "changed", "open", "reply_to", "field", "before",
})  # fmt: skip
#: What a new ticket always is.
NEW_TICKET = {"status": Status.NEW, "priority": Priority.P3, "impact": Level.MEDIUM, "urgency": Level.MEDIUM}

_WHOLE = ("equals", "one_of")
_POSITIVE = ("equals", "one_of", "contains", "starts_with", "matches", "domain", "in_list", "greater", "less")


def family(name: str) -> str:
    """Return a field's name without what is free in it: `header` for `header.X-Spam`."""
    return name.partition(".")[0].casefold()


def folded_texts(asked: Asked) -> tuple[str, ...]:
    """Return the arguments as they are compared."""
    return tuple(_folded(value) for value in asked.arguments)


def _folded(value: Plain) -> str:
    return str(value).strip().casefold()


def required(node: Node) -> tuple[Asked, ...]:
    """Return every comparison without which a condition cannot hold."""
    match node:
        case Asked():
            return (node,)
        case Branch(join=Join.ALL) | Branch(join=Join.ANY, parts=[_]):
            return tuple(asked for part in node.parts for asked in required(part))
        case _:
            return ()


def excluded(node: Node) -> tuple[Node, ...]:
    """Return everything that must not hold for a condition to hold."""
    match node:
        case Branch(join=Join.NONE):
            return tuple(inner for part in node.parts for inner in _each_excluded(part))
        case Branch(join=Join.ALL) | Branch(join=Join.ANY, parts=[_]):
            return tuple(inner for part in node.parts for inner in excluded(part))
        case _:
            return ()


def _each_excluded(node: Node) -> tuple[Node, ...]:
    match node:
        case Branch(join=Join.ANY, parts=parts) | Branch(join=Join.ALL, parts=[_] as parts):
            return tuple(inner for part in parts for inner in _each_excluded(part))
        case _:
            return (node,)


# ------------------------------------------------------------------ can it hold?


def why_absent(asked: Asked, phases: Iterable[Phase]) -> str:
    """Return why a comparison finds nothing in any of these phases; empty when it may."""
    if asked.operator == "exists" and asked.arguments == (False,):
        return ""
    reasons = [_why_absent_in(asked, phase) for phase in phases]
    return reasons[0] if reasons and all(reasons) else ""


def _why_absent_in(asked: Asked, phase: Phase) -> str:
    name, field = asked.field, find_field(asked.field)
    if field is not None and phase not in field.phases:
        if phase is Phase.NEW and Phase.FOLLOW_UP in field.phases:
            return f"in phase 'new' there is no ticket yet, so '{name}' finds nothing"
        if phase in (Phase.CHANGE, Phase.TIME) and set(field.phases) <= set(MAIL_PHASES):
            return f"there is no mail in phase '{phase}', so '{name}' finds nothing"
        return f"'{name}' is known in phase {', '.join(field.phases)} only"
    usual = NEW_TICKET.get(name) if phase is Phase.NEW else None
    if usual is not None and asked.operator in _WHOLE and usual.casefold() not in folded_texts(asked):
        return f"in phase 'new' the {name} is always {usual}"
    return ""


def why_impossible(asked: Asked, words: Words) -> str:
    """Return why no value there is fits a comparison; empty when one may."""
    field = find_field(asked.field)
    allowed = field.allowed(words) if field else ()
    if allowed and asked.operator in ("contains", "starts_with"):
        parts = folded_texts(asked)
        fits: Callable[[str], bool] = (
            (lambda word: any(part in word for part in parts))
            if asked.operator == "contains"
            else (lambda word: word.startswith(parts))
        )
        if not any(fits(word.casefold()) for word in allowed):
            return f"no {asked.field} {asked.operator.replace('_', ' ')} '{parts[0]}'; allowed: {', '.join(allowed)}"
    if asked.operator == "less" and field and field.type in (Type.SIZE, Type.NUMBER):
        limits = _amounts(asked)
        if limits and max(limits) <= 0:
            return f"nothing is less than {asked.arguments[0]}"
    return ""


def why_contradictory(one: Asked, other: Asked) -> str:
    """Return why two comparisons cannot both hold; empty when they may."""
    if one.field.casefold() != other.field.casefold():
        return ""
    if "exists" in (one.operator, other.operator):
        return _why_contradicts_absence(one, other)
    if family(one.field) in MANY:
        return ""
    if one.operator in _WHOLE and _is_text(one) and not any(_fits(value, other) for value in folded_texts(one)):
        return f"{_shown(one)} and {_shown(other)} cannot both hold"
    limits = {asked.operator: _amounts(asked) for asked in (one, other)}
    if limits.keys() == {"greater", "less"} and all(limits.values()) and min(limits["greater"]) >= max(limits["less"]):
        return f"{_shown(one)} and {_shown(other)} cannot both hold"
    return ""


def _why_contradicts_absence(one: Asked, other: Asked) -> str:
    absent = next((a for a in (one, other) if a.operator == "exists" and a.arguments == (False,)), None)
    present = other if absent is one else one
    is_there = present.operator in _POSITIVE or (present.operator == "exists" and present.arguments == (True,))
    return f"'{one.field}' cannot be missing and {_shown(present)} too" if absent is not None and is_there else ""


def _is_text(asked: Asked) -> bool:
    """Tell whether equal values are written alike; amounts can be written in many ways."""
    field = find_field(asked.field)
    return field is not None and field.type in (Type.TEXT, Type.ADDRESS, Type.WORD, Type.FREE, Type.FLAG)


def _shown(asked: Asked) -> str:
    values = ", ".join(str(value) for value in asked.arguments[:3])
    return (
        f"'{asked.field}: {values}'" if asked.operator in _WHOLE else f"'{asked.field}: {{{asked.operator}: {values}}}'"
    )


def _fits(value: str, asked: Asked) -> bool:
    """Tell whether a whole value may satisfy a comparison; in doubt it may."""
    arguments = folded_texts(asked)
    match asked.operator:
        case "equals" | "one_of":
            return value in arguments
        case "contains":
            return any(part in value for part in arguments)
        case "starts_with":
            return value.startswith(arguments)
        case "domain":
            return any(f".{value.rpartition('@')[2]}".endswith(f".{domain_name(name)}") for name in arguments)
        case _:
            return True


def _amounts(asked: Asked) -> tuple[float, ...]:
    """Return the numbers a comparison names; none for working time, which cannot be compared with any other."""
    field = find_field(asked.field)
    if any(text.endswith(" working") for text in folded_texts(asked)):
        return ()
    try:
        return tuple(amount_of(field, value) for value in items(list(asked.arguments))) if field else ()
    except WritingError:
        return ()


# ------------------------------------------------------------------ implication


def implies(one: Node, other: Node) -> bool:
    """Tell whether a condition cannot hold without the other, as far as their words show."""
    match one, other:
        case _, Branch(join=Join.ALL):
            return all(implies(one, part) for part in other.parts)
        case Branch(join=Join.ANY), _:
            return all(implies(part, other) for part in one.parts)
        case _, Branch(join=Join.NONE):
            without = excluded(one)
            return all(any(implies(part, known) for known in without) for part in excluded(other))
        case _, Branch(join=Join.ANY):
            return any(implies(one, part) for part in other.parts) or _a_part_implies(one, other)
        case Asked(), Asked():
            return _asked_implies(one, other)
        case _:
            return _a_part_implies(one, other)


def _a_part_implies(one: Node, other: Node) -> bool:
    return isinstance(one, Branch) and one.join is Join.ALL and any(implies(part, other) for part in one.parts)


def _asked_implies(one: Asked, other: Asked) -> bool:
    if one.field.casefold() != other.field.casefold():
        return False
    if other.operator == "exists":
        return other.arguments == (True,) and (one.operator in _POSITIVE or one.arguments == (True,))
    mine, theirs = folded_texts(one), folded_texts(other)
    match one.operator, other.operator:
        case (("equals" | "one_of"), ("equals" | "one_of" | "contains" | "starts_with" | "domain")) if _is_text(one):
            return all(_fits(value, other) for value in mine)
        case ("contains", "contains") | ("starts_with", "contains"):
            return all(any(part in value for part in theirs) for value in mine)
        case "starts_with", "starts_with":
            return all(value.startswith(theirs) for value in mine)
        case "domain", "domain":
            return all(_fits(f"x@{domain_name(name)}", other) for name in mine)
        case ("greater", "greater") | ("less", "less"):
            return _amount_implies(one, other)
        case _:
            return one.operator == other.operator and set(one.arguments) <= set(other.arguments)


def _amount_implies(one: Asked, other: Asked) -> bool:
    mine, theirs = _amounts(one), _amounts(other)
    if not mine or not theirs:
        return False
    return min(mine) >= min(theirs) if one.operator == "greater" else max(mine) <= max(theirs)
