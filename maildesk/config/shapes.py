"""maildesk.yaml and desk.yaml as read → their shapes, or every fault in them.

Private to this package; `settings` and `desk` turn a valid shape into the values the rest of maildesk uses. The library
finds every fault in one pass; each is told in words of our own.
"""

from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from maildesk.config.desk_shape import DeskShape
from maildesk.config.settings_shape import SettingsShape
from maildesk.rules.written import Fault, Plain, Trail, unknown


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
            return Fault(trail, unknown("key", str(trail[-1]), _keys_at(root, trail[:-1])), at_key=True)
        case "value_error":
            return Fault(trail, str(error["ctx"]["error"]), at_key=at_key)
        case "tuple_type" | "list_type":
            return Fault(trail, "expected a list; write [a, b] or begin each line with '- '")
        case "model_type" | "dict_type":
            return Fault(trail, "expected a mapping (key: value)")
        case _:
            return Fault(trail, error["msg"], at_key=at_key)


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
