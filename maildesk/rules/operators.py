"""How a field is compared: one row an operator in `OPERATORS`.

To add an operator write a function that prepares its arguments once and returns the look at the values, and add a row
at the bottom. A look answers with the spot that fits or None; only `TimeoutError` may leave it, caught above.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from maildesk.model.desk import domains_of
from maildesk.rules.durations import ahead
from maildesk.rules.fields import Field, Type, Values
from maildesk.rules.fields.field import Read
from maildesk.rules.needles import find_needles
from maildesk.rules.patterns import PATTERN_SECONDS, Match, be_patient, compiled, search
from maildesk.rules.written import (
    Plain,
    Words,
    WritingError,
    flag,
    items,
    one_line,
    size_bytes,
    text_sought,
    unknown,
    word_of,
)

#: What named groups caught: name and text.
Captures: TypeAlias = tuple[tuple[str, str], ...]
#: A value that fits, the place in it (from, to), and what was caught there.
Spot: TypeAlias = tuple[str, int, int, Captures]
Look: TypeAlias = Callable[[Values], Spot | None]
#: Words of which one stands in every text that fits, casefolded; none: no such words are known.
Sought: TypeAlias = tuple[str, ...]

EVIDENCE_CHARS = 80
CAPTURE_CHARS = 200
PATTERN_SECONDS_LEAST = 0.02
PATTERN_INPUT_CHARS = 64 * 1024
PATTERN_VALUES = 100

_WORKING = "working"
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare. `types`: the kinds of field it makes sense for.  `sought`: what it cannot do without."""

    name: str
    prepare: Callable[[Field, tuple[Plain, ...], Words], Look]
    types: frozenset[Type]
    description: str
    example: str
    sought: Callable[[Field, tuple[Plain, ...], Words], Sought] = lambda _field, _arguments, _words: ()


def forget_mail() -> None:
    """Forget what was remembered of the mail that ran past the rules before: the next one is given the whole time."""
    folded.cache_clear()
    be_patient()


@lru_cache(maxsize=64)
def folded(text: str) -> str:
    """Return text as it is compared. Remembered while one mail runs past all rules; `engine` has it forgotten."""
    return text.casefold()


def shown(field: Field, values: Values) -> str:
    """Return what a condition looked at, short, for the trace."""
    if not values:
        return "nothing there"
    more = f" and {len(values) - 1} more" if len(values) > 1 else ""
    return f'"{excerpt(field.show(values[0]), 0, 0)}"{more}'


def excerpt(text: str, start: int, end: int) -> str:
    """Show a spot: return at most 80 characters of one line around the place that matched."""
    room = max(0, EVIDENCE_CHARS - 2 - (end - start)) // 2
    first = max(0, min(start - room, len(text) - EVIDENCE_CHARS + 2))
    last = min(len(text), first + EVIDENCE_CHARS - 2)
    line = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{line}{'…' if last < len(text) else ''}"


def _argument(field: Field, value: Plain, words: Words) -> str:
    """Return a written argument in the form the field's values have, case apart."""
    if field.argument is not None:
        return folded(field.argument(value, words))
    match field.type:
        case Type.SIZE:
            return str(size_bytes(value))
        case Type.NUMBER:
            return str(_count(value))
        case Type.FLAG:
            return "true" if flag(value) else "false"
        case Type.WORD if field.allowed(words):
            return folded(word_of(field.name, value, field.allowed(words)))
        case _:
            return folded(text_sought(value).strip())


def _equals(field: Field, arguments: tuple[Plain, ...], words: Words) -> Look:
    wanted = frozenset(_whole_values(field, arguments, words))
    lacking = next((w for w in sorted(wanted) if "@" not in w), None)
    if field.type is Type.ADDRESS and lacking is not None:
        raise WritingError(f"'{lacking}' is not a mail address; for a whole domain write {{domain: {lacking}}}")

    def look(values: Values) -> Spot | None:
        for value in values:
            if folded(value).strip() in wanted:
                return value, 0, len(value), ()
        return None

    return look


def _whole_values(field: Field, arguments: tuple[Plain, ...], words: Words) -> Sought:
    return tuple(_argument(field, a, words) for a in arguments)


def _contains(field: Field, arguments: tuple[Plain, ...], words: Words) -> Look:
    wanted = _parts(field, arguments, words)

    def look(values: Values) -> Spot | None:
        for value in values:
            text = folded(value)
            for part in wanted:
                if part in text:
                    return _around(value, text, text.index(part), len(part))
        return None

    return look


def _parts(_field: Field, arguments: tuple[Plain, ...], _words: Words) -> Sought:
    return tuple(text_sought(a).casefold() for a in arguments)


def _around(value: str, text: str, start: int, length: int) -> Spot:
    # Folding may change lengths (ß, İ); then the place is only right in the folded text.
    return value if len(value) == len(text) else text, start, start + length, ()


def _starts_with(field: Field, arguments: tuple[Plain, ...], words: Words) -> Look:
    wanted = _parts(field, arguments, words)

    def look(values: Values) -> Spot | None:
        for value in values:
            if folded(value).lstrip().startswith(wanted):
                return value, 0, 0, ()
        return None

    return look


def _matches(_field: Field, arguments: tuple[Plain, ...], _words: Words) -> Look:
    patterns = tuple((compiled(text_sought(a)), find_needles(text_sought(a))) for a in arguments)

    def look(values: Values) -> Spot | None:
        tried = values[:PATTERN_VALUES]
        # The time is shared: a mail with a hundred recipients may not take a hundred times as long.
        timeout = max(PATTERN_SECONDS_LEAST, PATTERN_SECONDS / max(1, len(tried) * len(patterns) // 4))
        for value in tried:
            for pattern, needles in patterns:
                if needles and not all(map(folded(value).__contains__, needles)):
                    continue
                found = search(pattern, value[:PATTERN_INPUT_CHARS], timeout)
                if found is not None:
                    start, end = found.span()
                    return value, start, end, _caught(found) if pattern.groupindex else ()
        return None

    return look


def _needles(_field: Field, arguments: tuple[Plain, ...], _words: Words) -> Sought:
    found = tuple(find_needles(text_sought(a)) for a in arguments)
    return tuple(needles[0] for needles in found) if all(found) else ()


def _caught(found: Match) -> Captures:
    cleaned = ((name, clean(text)) for name, text in found.groupdict().items() if text)
    return tuple((name, text) for name, text in cleaned if text)


def clean(text: str) -> str:
    """Return caught text as one short line without control, format or half characters: a stranger wrote it."""
    line = " ".join(text[: 4 * CAPTURE_CHARS].split())
    plain = "".join(c for c in line if unicodedata.category(c)[0] != "C")
    return plain[:CAPTURE_CHARS].strip()


def _domain(field: Field, arguments: tuple[Plain, ...], words: Words) -> Look:
    wanted = _endings(field, arguments, words)

    def look(values: Values) -> Spot | None:
        for value in values:
            if folded(value).endswith(wanted):
                return value, 0, len(value), ()
        return None

    return look


def _endings(_field: Field, arguments: tuple[Plain, ...], _words: Words) -> Sought:
    names = [domain_name(one_line(a)) for a in arguments]
    # With the sign before it, `notexample.test` does not end like `example.test`.
    return tuple(f"{sign}{name}" for name in names for sign in "@.")


def domain_name(text: str) -> str:
    """Return a domain as it is compared. Raises `WritingError`."""
    name = text.casefold().removeprefix("@").strip(".")
    if not name or any(sign in name for sign in "@ /:"):
        raise WritingError(f"'{text[:80]}' is not a domain; write it as example.test")
    return name


def _in_list(field: Field, arguments: tuple[Plain, ...], words: Words) -> Look:
    names = {name.casefold(): name for name in words.lists}
    chosen = [one_line(a) for a in arguments]
    strange = next((name for name in chosen if name.casefold() not in names), None)
    if strange is not None:
        raise WritingError(unknown("list", strange, words.lists))
    lists = tuple(words.lists[names[name.casefold()]] for name in chosen)
    as_compared = _with_domains if field.type is Type.ADDRESS else _alone

    def look(values: Values) -> Spot | None:
        for value in values:
            for key in as_compared(folded(value).strip()):
                if any(key in items_of for items_of in lists):
                    return value, 0, len(value), ()
        return None

    return look


def _alone(value: str) -> Iterable[str]:
    return (value,)


def _with_domains(address: str) -> Iterable[str]:
    return (address, *domains_of(address))


def _greater(field: Field, arguments: tuple[Plain, ...], _words: Words) -> Look:
    limit = min(amount_of(field, a) for a in arguments)

    def look(values: Values) -> Spot | None:
        return next(((field.show(v), 0, 0, ()) for v in values if _read_number(v) > limit), None)

    return look


def _less(field: Field, arguments: tuple[Plain, ...], _words: Words) -> Look:
    limit = max(amount_of(field, a) for a in arguments)

    def look(values: Values) -> Spot | None:
        return next(((field.show(v), 0, 0, ()) for v in values if _read_number(v) < limit), None)

    return look


def amount_of(field: Field, value: Plain) -> float:
    """Return the number a written amount is compared by: bytes, a count, seconds. Raises `WritingError`."""
    match field.type:
        case Type.SIZE:
            return float(size_bytes(value))
        case Type.NUMBER:
            return float(_count(value))
        case Type.DURATION:
            return _seconds(value)
        case Type.TIME:
            return _time_of_day(value)
        case _:
            number = _read_number(one_line(value))
            if math.isnan(number):
                raise WritingError(f"'{value}' is not a number")
            return number


def _count(value: Plain) -> int:
    text = one_line(value)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise WritingError(f"'{text[:80]}' is not a whole number")
    return int(text)


def _seconds(value: Plain) -> float:
    text = one_line(value)
    # What is left until a deadline is negative once it is past.
    sign = -1 if text.startswith("-") else 1
    return sign * ahead(text.removeprefix("-").lstrip()).seconds


def _time_of_day(value: Plain) -> float:
    text = one_line(value)
    found = _TIME.fullmatch(text)
    if found is None:
        raise WritingError(f"'{text[:80]}' is not a time of day; write it as 18:00")
    return int(found[1]) * 3600.0 + int(found[2]) * 60.0


def _read_number(text: str) -> float:
    """Return the number a value holds; for other text not-a-number, neither greater nor less than anything."""
    try:
        return float(text[:40])
    except ValueError:
        return math.nan


def _exists(field: Field, arguments: tuple[Plain, ...], _words: Words) -> Look:
    wanted = {flag(a) for a in arguments}

    def look(values: Values) -> Spot | None:
        return (field.show(values[0]) if values else "nothing there", 0, 0, ()) if bool(values) in wanted else None

    return look


_ANY_TEXT = frozenset({Type.TEXT, Type.ADDRESS, Type.WORD, Type.FREE})
_NUMBERS = frozenset({Type.SIZE, Type.NUMBER, Type.FREE, Type.DURATION, Type.TIME})
#: A duration or time of day is never exactly anything.
_WHOLE = frozenset(Type) - {Type.DURATION, Type.TIME}

OPERATORS: tuple[Operator, ...] = (
    Operator("equals", _equals, _WHOLE, "The whole value, case-blind.", "ann@example.test", _whole_values),
    Operator("contains", _contains, _ANY_TEXT, "A part of the value, case-blind.", "outage", _parts),
    Operator("starts_with", _starts_with, _ANY_TEXT, "The beginning of the value, case-blind.", "[ALERT]", _parts),
    Operator(
        "matches",
        _matches,
        _ANY_TEXT,
        "A regular expression found anywhere, case-blind, bounded in time; (?P<name>…) catches text for the actions.",
        "server .+ down",
        _needles,
    ),
    Operator(
        "domain",
        _domain,
        frozenset({Type.ADDRESS}),
        "The address's domain or one above it.",
        "example.test",
        _endings,
    ),
    Operator("one_of", _equals, _WHOLE, "One of several whole values, case-blind.", "ann@example.test", _whole_values),
    Operator(
        "in_list",
        _in_list,
        _ANY_TEXT,
        "A whole value of a list under `lists`; for addresses an item @example.test means that domain too.",
        "blocked",
    ),
    Operator("greater", _greater, _NUMBERS, "More than a size, number, duration or time of day.", "10 MB"),
    Operator("less", _less, _NUMBERS, "Less than a size, number, duration or time of day.", "2 KB"),
    Operator("exists", _exists, frozenset(Type), "Whether there is any value at all.", "true"),
)


def prepare(operator: Operator, field: Field, value: Plain, words: Words) -> tuple[Read, Look, Sought]:
    """Prepare one comparison: what reads the values, the look at them, and what it cannot do without.

    A list of arguments means any of them.  Raises `WritingError`.
    """
    if field.type not in operator.types:
        fitting = ", ".join(o.name for o in OPERATORS if field.type in o.types)
        raise WritingError(f"'{operator.name}' cannot be asked of '{field.name}'; allowed: {fitting}")
    arguments = items(value)
    look = operator.prepare(field, arguments, words)
    return _reader(field, arguments), look, operator.sought(field, arguments, words)


def _reader(field: Field, arguments: tuple[Plain, ...]) -> Read:
    """Return what reads a field's values: those of a duration in the time that its arguments count in."""
    if field.worked is None:
        return field.read
    in_working = {isinstance(a, str) and a.strip().casefold().endswith(f" {_WORKING}") for a in arguments}
    if len(in_working) > 1:
        raise WritingError(f"say '{_WORKING}' behind each of these durations or behind none")
    return field.worked if True in in_working else field.read
