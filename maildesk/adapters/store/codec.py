"""Events, traces and tickets as rows, and back, exactly.

Used by the other modules of this package. JSON is made and read by pydantic against the model's own dataclasses, so a
new event needs nothing here. What is read back is trusted to be our own writing: a row that does not fit its class is
an error, not a quirk.
"""

import hashlib
import json
from dataclasses import fields
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_jsonable_python

from maildesk.adapters.store.portable import AnyRow
from maildesk.adapters.store.schema import clean_text
from maildesk.model.event import EVENTS, Course, DeadlineWarned, Event
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address
from maildesk.model.ticket import Firing, Status, Ticket
from maildesk.model.trace import TraceLine

#: PostgreSQL refuses an index entry above 2704 bytes; a hostile Message-ID or address may be longer.
KEY_CHARACTERS = 300


def bounded(key: str) -> str:
    """Return a key that any index takes: itself as the database will store it, or its digest when it is very long."""
    key = clean_text(key)
    return key if len(key) <= KEY_CHARACTERS else "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def address_key(address: str) -> str:
    """Return an address as it is compared: case does not count."""
    return bounded(address.casefold())


#: What is written as JSON, by a name of ours: each event, and the lists inside rows.
_FORMS: dict[str, Any] = {
    **EVENTS,
    "trace": tuple[TraceLine, ...],
    "words": tuple[str, ...],
    "numbers": tuple[int, ...],
    "addresses": tuple[Address, ...],
    "course": Course,
    "warnings": tuple[DeadlineWarned, ...],
    "firings": tuple[Firing, ...],
    "pairs": tuple[tuple[str, str], ...],
}


@cache
def _adapter(form: str) -> TypeAdapter[Any]:
    return TypeAdapter(_FORMS[form])


def _to_json(form: str, value: object) -> str:
    adapter = _adapter(form)
    try:
        text = adapter.dump_json(value).decode()
    except PydanticSerializationError:  # a lone surrogate
        return _cleaned_json(adapter.dump_python(value))
    # The escape may also be the letters \u0000 that somebody typed; the slow path tells them apart.
    return _cleaned_json(adapter.dump_python(value)) if r"\u0000" in text else text


def _cleaned_json(value: object) -> str:
    return json.dumps(_cleaned(value), ensure_ascii=False)


def _cleaned(value: Any) -> Any:
    match value:
        case str():
            return clean_text(str(value))
        case dict():
            return {key: _cleaned(item) for key, item in value.items()}
        case list() | tuple():
            return [_cleaned(item) for item in value]
        case _:
            return to_jsonable_python(value)


def event_to_json(event: Event) -> str:
    """Write an event's fields as a JSON object; its name is the row's `type`."""
    return _to_json(type(event).__name__, event)


def event_from_json(name: str, data: str) -> Event:
    """Read an event back by its name in EVENTS; KeyError or ValueError when the row is not of our making."""
    event: Event = _adapter(name).validate_json(data)
    return event


def trace_to_json(trace: tuple[TraceLine, ...]) -> str:
    """Write a trace as a JSON list."""
    return _to_json("trace", trace) if trace else "[]"


def trace_from_json(data: str) -> tuple[TraceLine, ...]:
    """Read a trace back."""
    trace: tuple[TraceLine, ...] = _adapter("trace").validate_json(data)
    return trace


#: Fields of a ticket that are columns of JSON, and what they hold.
_NESTED = {
    "tags": "words", "message_ids": "words", "muted": "words", "watchers": "words", "checklist": "words",
    "participants": "addresses", "proposed": "addresses", "links": "numbers", "steps_done": "numbers",
    "course": "course", "warned": "warnings", "fired": "firings", "escalators": "words", "escalated_for": "words",
    "fields": "pairs", "kept": "words",
}  # fmt: skip
#: Fields of a ticket that are columns of the same name and need no conversion but for the enums on the way out.
_PLAIN = tuple(field.name for field in fields(Ticket) if field.name not in {"requester", *_NESTED})


def ticket_to_row(ticket: Ticket) -> dict[str, object]:
    """Return the values of every column of `tickets`."""
    row = {name: getattr(ticket, name) for name in _PLAIN}
    row["requester_name"] = ticket.requester.name
    row["requester_address"] = ticket.requester.address
    row["requester_key"] = address_key(ticket.requester.address)
    row |= {name: _to_json(form, getattr(ticket, name)) for name, form in _NESTED.items()}
    return row


def ticket_from_row(row: AnyRow) -> Ticket:
    """Return the ticket a row of `tickets` stands for."""
    values = row._mapping
    plain = {name: values[name] for name in _PLAIN}
    plain["status"] = Status(plain["status"])
    plain["impact"] = Level(plain["impact"])
    plain["urgency"] = Level(plain["urgency"])
    plain["priority"] = Priority(plain["priority"])
    return Ticket(
        requester=Address(values["requester_name"], values["requester_address"]),
        **{name: _adapter(form).validate_json(values[name]) for name, form in _NESTED.items()},
        **plain,
    )
