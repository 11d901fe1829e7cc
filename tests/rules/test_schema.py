"""The JSON Schema: complete against the tables, described throughout, and closed."""

from collections.abc import Iterator

import pytest

from maildesk.rules.actions import ACTIONS
from maildesk.rules.fields import FIELDS
from maildesk.rules.operators import OPERATORS
from maildesk.rules.schema import rules_schema

SCHEMA = rules_schema()


def _objects(node: object) -> Iterator[dict[str, object]]:
    if isinstance(node, dict):
        if "properties" in node and isinstance(node["properties"], dict):
            yield node
        for inner in node.values():
            yield from _objects(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _objects(inner)


def _definition(name: str) -> dict[str, object]:
    return SCHEMA["$defs"][name]["properties"]


def test_it_is_a_2020_12_schema():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_mapping_is_closed():
    assert all(o["additionalProperties"] is False for o in _objects(SCHEMA))


@pytest.mark.parametrize("field", [f for f in FIELDS if f.name != "header.NAME"], ids=lambda f: f.name)
def test_every_field_is_described_with_its_operators(field):
    shape = _definition("condition")[field.name]
    operators = shape["anyOf"][-1]["properties"]
    assert shape["description"] == field.description
    assert shape["examples"]
    assert set(operators) == {o.name for o in OPERATORS if field.type in o.types}
    assert all(o["description"] and o["examples"] for o in operators.values())


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_every_action_is_described(action):
    shape = _definition("actions")[action.name]
    assert shape["description"].startswith(action.description)
    assert shape["examples"] == [action.example]


@pytest.mark.parametrize("name", ["name", "when", "then", "stop", "tests"])
def test_every_key_of_a_rule_is_described(name):
    shape = _definition("rule")[name]
    assert shape["description"] and shape["examples"]
