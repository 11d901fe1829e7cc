"""What patterns of a rule caught, written `{name}` inside the values of its actions.

Called by `then`, which finds out what may stand there, and through it by `engine`, which fills it in. Caught text is a
stranger's: whatever names something of the desk is read again once it is filled in, and what cannot be read is dropped.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from maildesk.model.rule import Late, RuleActions
from maildesk.rules.written import Plain, WritingError

_GROUP = re.compile(r"\(\?P?<([^\W\d]\w*)>")
_PLACE = re.compile(r"\{([^\W\d]\w{0,63})\}")

#: What patterns caught, as pairs of name and text.
Captures = tuple[tuple[str, str], ...]


def places_in(value: Plain) -> tuple[str, ...]:
    """Return the names that stand in braces anywhere in a written value, each once."""
    return tuple(dict.fromkeys(name for text in _texts(value) for name in _PLACE.findall(text)))


def late_action(name: str, value: Plain, read: Callable[[Plain], RuleActions]) -> RuleActions:
    """Return an action that is read, by `read`, only when it is known what was caught."""

    def read_with(caught: Captures) -> RuleActions | str:
        known = dict(caught)
        missing = next((place for place in places_in(value) if not known.get(place)), None)
        if missing is not None:
            return f"nothing was caught as {{{missing}}}"
        try:
            return read(_filled(value, known))
        except WritingError as wrong:
            return str(wrong)

    return RuleActions(late=(Late(name, str(value), read_with),))


def _filled(value: Plain, known: Mapping[str, str]) -> Plain:
    match value:
        case str():
            # In one pass, so that a place that was itself caught stays text.
            return _PLACE.sub(lambda found: known[found[1]], value)
        case list():
            return [_filled(item, known) for item in value]
        case dict():
            return {key: _filled(item, known) for key, item in value.items()}
        case _:
            return value


def _texts(value: Plain) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)


def caught_in(when: Plain, conditions: Mapping[str, Plain]) -> tuple[str, ...]:
    """Return the names of what the patterns of a rule catch. `conditions`: the named ones it may use."""
    return tuple(dict.fromkeys(name for pattern in _patterns(when, conditions) for name in _GROUP.findall(pattern)))


def _patterns(when: Plain, conditions: Mapping[str, Plain]) -> Iterator[str]:
    """Yield the patterns that hold where the conditions do. What must not hold catches nothing."""
    for key, value in when.items() if isinstance(when, dict) else ():
        match key:
            case "not" | "none":
                continue
            case "matches":
                yield from _texts(value)
            case "condition":
                # Whatever it names stands above it, so that no circle is met; one that does not is a fault of its own.
                left = {name: inner for name, inner in conditions.items() if name not in _texts(value)}
                for name in _texts(value):
                    yield from _patterns(conditions.get(name), left)
            case _:
                for inner in value if isinstance(value, list) else (value,):
                    yield from _patterns(inner, conditions)
