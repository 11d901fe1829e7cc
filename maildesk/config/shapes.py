"""maildesk.yaml and desk.yaml as read → their shapes, or every fault in them.

Private to this package; `settings` and `desk` turn a valid shape into the values the rest of maildesk uses. The library
finds every fault in one pass; each is told in words of our own.
"""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from maildesk.config.desk_shape import DeskShape
from maildesk.config.settings_shape import SettingsShape
from maildesk.rules.load import TOP_KEYS
from maildesk.rules.written import Fault, Plain, Trail, kind_of, nearest, unknown


def read_settings_shape(data: Plain) -> tuple[SettingsShape | None, tuple[Fault, ...]]:
    """Return maildesk.yaml's shape, or None and every fault."""
    try:
        return SettingsShape.model_validate(_without_empty(data)), ()
    except ValidationError as error:
        return None, tuple(_fault(e, SettingsShape) for e in error.errors())


def read_desk_shape(data: Plain) -> tuple[DeskShape | None, tuple[Fault, ...]]:
    """Return desk.yaml's shape, or None and every fault."""
    try:
        return DeskShape.model_validate(_without_empty(data)), ()
    except ValidationError as error:
        return None, tuple(_fault(e, DeskShape) for e in error.errors())


def _without_empty(data: Plain) -> Plain:
    """Leave out keys with nothing behind them: a section whose lines are all commented out is as good as absent."""
    match data:
        case None:
            return {}
        case dict():
            return {key: _without_empty(value) for key, value in data.items() if value is not None}
        case list():
            return [item if item is None else _without_empty(item) for item in data]
        case _:
            return data


def _fault(error: ErrorDetails, root: type[BaseModel]) -> Fault:
    at_key = error["loc"][-1:] == ("[key]",)
    trail: Trail = error["loc"][:-1] if at_key else error["loc"]
    match error["type"]:
        case "missing":
            return Fault(trail, f"missing key '{trail[-1]}'", at_key=True)
        case "extra_forbidden":
            return Fault(trail, _strange_key(root, trail), at_key=True)
        case "value_error":
            return Fault(trail, str(error["ctx"]["error"]), at_key=at_key)
        case "tuple_type" | "list_type":
            return Fault(trail, f"expected a list, not {_kind(error)}; write [a, b] or begin each line with '- '")
        case "model_type" | "dict_type":
            return Fault(trail, f"expected a mapping (key: value), not {_kind(error)}")
        case _:
            return Fault(trail, error["msg"], at_key=at_key)


def _kind(error: ErrorDetails) -> str:
    # The library leaves the input out of what it tells, but not of the error itself.
    value = error.get("input")
    return kind_of(value) if value is None or isinstance(value, (bool, str, list, dict)) else "this"


def _strange_key(root: type[BaseModel], trail: Trail) -> str:
    """Say what is wrong with a key that is not known at a trail, and where one of this name belongs."""
    word, allowed = str(trail[-1]), _keys_at(root, trail[:-1])
    if word == "<<":
        return "merge keys (<<) are not read here; write the keys out"
    homes = () if nearest(word, allowed) else tuple(_homes(word, root))
    said = unknown("key", word, allowed)
    return f"{said}; '{word}' stands {' or '.join(homes)}" if homes else said


def _homes(word: str, root: type[BaseModel]) -> Iterator[str]:
    """Yield where a key of this name is known, in all three files."""
    if word in TOP_KEYS:
        yield f"at the top of {RULES_FILE}"
    for file, shape in FILES:
        for path in _paths_to(word, shape, ()):
            place = f"under '{': '.join(path)}'" if path else "at the top"
            yield place if shape is root else f"{place} of {file}"


def _paths_to(word: str, shape: type[BaseModel], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, known in shape.model_fields.items():
        if key == word:
            yield above
        inner = shape_in(known.annotation)
        if inner is not None:
            yield from _paths_to(word, inner, (*above, key))


def _keys_at(root: type[BaseModel], trail: Trail) -> tuple[str, ...]:
    """Return the keys allowed at a trail; list places and free keys lead no deeper."""
    here = root
    for step in trail:
        known = here.model_fields.get(str(step))
        here = (shape_in(known.annotation) if known else None) or here
    return tuple(here.model_fields)


def shape_in(annotation: object) -> type[BaseModel] | None:
    """Find the shape a key leads to, through lists, mappings and options."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := shape_in(arg))), None)


RULES_FILE = "rules.yaml"
#: The shapes of the two other files.
FILES: tuple[tuple[str, type[BaseModel]], ...] = (("maildesk.yaml", SettingsShape), ("desk.yaml", DeskShape))
