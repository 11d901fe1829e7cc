"""The JSON Schema: complete against the tables, described throughout, closed, and never stricter than the loader."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from maildesk.rules.actions import ACTIONS
from maildesk.rules.fields import FIELDS
from maildesk.rules.load import RULE_KEYS, TOP_KEYS, load_rules
from maildesk.rules.operators import OPERATORS
from maildesk.rules.schema import rules_schema
from maildesk.rules.then import THEN_KEYS
from maildesk.rules.written import Words
from tests.rules.written_rules import complaints

#: As an editor gets it.
SCHEMA = json.loads(json.dumps(rules_schema()))
VALIDATOR = Draft202012Validator(SCHEMA)
SHIPPED = YAML(typ="safe", pure=True).load((Path(__file__).parents[2] / "config" / "rules.yaml").read_text())


def _nodes(node: object, path: str = "#") -> Iterator[tuple[str, dict[str, object]]]:
    if isinstance(node, dict):
        yield path, node
        for key, inner in node.items():
            if key != "examples":
                yield from _nodes(inner, f"{path}/{key}")
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from _nodes(inner, f"{path}/{place}")


def _definition(name: str) -> dict[str, object]:
    return SCHEMA["$defs"][name]["properties"]


EXAMPLES = [(path, node, example) for path, node in _nodes(SCHEMA) for example in node.get("examples", ())]


def test_it_is_a_sound_2020_12_schema():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMA)


def test_every_mapping_is_closed():
    # A mapping of shapes is itself no shape, though a key in it may be called `properties`.
    shapes = [(path, node) for path, node in _nodes(SCHEMA) if isinstance(node.get("properties"), dict)]
    assert [path for path, node in shapes if node.get("additionalProperties") is not False] == []


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_every_field_is_described_with_its_operators(field):
    condition = SCHEMA["$defs"]["condition"]
    families = list(condition["patternProperties"].values())
    shapes = [s for s in families if s["description"].startswith(field.description)]
    shape = shapes[0] if field.member else condition["properties"][field.name]
    operators = (shape["anyOf"][-1] if "anyOf" in shape else shape)["properties"]
    assert shape["description"].startswith(field.description)
    assert shape["examples"]
    assert set(operators) == {o.name for o in OPERATORS if field.type in o.types}
    assert all(o["description"] and o["examples"] for o in operators.values())


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.name)
def test_every_action_is_described(action):
    shape = _definition("actions")[action.name]
    assert shape["description"].startswith(action.description)
    assert shape["examples"] == [action.example]


@pytest.mark.parametrize(
    ("keys", "shapes"),
    [
        (TOP_KEYS, SCHEMA["properties"]),
        (RULE_KEYS, _definition("rule")),
        (THEN_KEYS, _definition("actions")),
        (("given", "expect"), _definition("test")),
    ],
    ids=["top", "rule", "then", "test"],
)
def test_every_key_is_described(keys, shapes):
    assert set(shapes) == set(keys)
    assert all(shape["description"] and shape["examples"] for shape in shapes.values())


def test_every_example_fits_its_own_shape():
    wrong = [
        (path, example, error.message)
        for path, node, example in EXAMPLES
        for error in Draft202012Validator({**node, "$defs": SCHEMA["$defs"]}).iter_errors(example)
    ]
    assert len(EXAMPLES) > 300
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "example"),
    [(name, example) for name, shape in _definition("condition").items() for example in shape["examples"]],
)
def test_every_example_of_a_condition_loads(name, example):
    # What names something of a desk's own is unknown to the desk of these tests.
    said = complaints(_rules(when={"phase": "change", name: example} if name != "phase" else {name: example}))
    assert [s for s in said if "unknown" not in s] == []


@pytest.mark.parametrize(("name", "example"), [(a.name, a.example) for a in ACTIONS])
def test_every_example_of_an_action_loads(name, example):
    when = {"from": "form@example.test", "subject": {"matches": "(?P<site>x)(?P<number>[0-9]+)"}, "phase": "new"}
    said = complaints(_rules(when=when, then={name: example}))
    assert [s for s in said if "unknown" not in s] == []


def _rules(**parts: object) -> str:
    return json.dumps({"rules": [{"name": "r", "when": {}, "then": {"tags": "a"}, **parts}]})


def test_the_shipped_rules_fit():
    assert [error.message for error in VALIDATOR.iter_errors(SHIPPED)] == []


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{rule: []}",
        "{rules: {a: b}}",
        "{rules: [x]}",
        "{rules: [{when: {}}]}",
        "{rules: [{name: r, then: {tags: a}}]}",
        "{rules: [{name: r, when: {}, then: {tags: a}, stop: maybe}]}",
        "{rules: [{name: r, when: {}, then: {tags: a}, once: weekly}]}",
        "{rules: [{name: r, when: {subjekt: a}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {subject: {contain: a}}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {size: {contains: a}}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {age: 4h}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {kind: robot}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {any: {subject: a}}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {subject: []}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {vip: sometimes}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {subject: {exists: 1}}, then: {tags: a}}]}",
        "{rules: [{name: r, when: {}, then: {tagss: a}}]}",
        "{rules: [{name: r, when: {}, then: {impact: huge}}]}",
        "{rules: [{name: r, when: {}, then: {acknowledge: maybe}}]}",
        "{rules: [{name: r, when: {}, then: {new: {new: {tags: a}}}}]}",
        "{rules: [{name: r, when: {}, then: {also: {queue: general}}}]}",
        "{rules: [{name: r, when: {}, then: {hold: false}}]}",
        "{rules: [{name: r, when: {}, then: {tags: a}, tests: [{given: {subject: a}}]}]}",
        "{rules: [{name: r, when: {}, then: {tags: a}, tests: [{expect: {prio: P1}}]}]}",
        "{rules: [{name: r, when: {}, then: {tags: a}, tests: [{given: {subjct: a}, expect: {hit: true}}]}]}",
        "{lists: {a: {fil: x}}}",
        "{macros: {a: {tag: x}}}",
        "{conditions: {a: {subjekt: x}}}",
    ],
)
def test_what_loader_and_schema_both_refuse(text):
    data = YAML(typ="safe", pure=True).load(text)
    assert list(VALIDATOR.iter_errors(data)) != []
    assert complaints(text) != []


JUNK = ("x", True, [], {}, [[]], {"a": "b"}, "P1", "high", "true", "4h", ["x", "y"], "X" * 600)


def _mutated(random: Random) -> object:
    """Return the shipped rules with one value replaced, one key renamed, doubled or dropped."""
    data = json.loads(json.dumps(SHIPPED))
    holders = [node for _, node in _nodes(data) if node]
    holder = random.choice(holders)
    key = random.choice(sorted(holder))
    match random.randrange(4):
        case 0:
            holder[key] = random.choice(JUNK)
        case 1:
            holder[f"{key}s"] = holder.pop(key)
        case 2:
            del holder[key]
        case _:
            other = random.choice(holders)
            holder[key] = other[random.choice(sorted(other))]
    return data


def test_what_the_schema_refuses_the_loader_refuses():
    # Where no names are known, none is refused for being unknown.
    random, refused = Random("schema"), 0
    assert load_rules(SHIPPED, Words(), lambda _trail: 1)[1] == ()
    for _ in range(80):
        data = _mutated(random)
        text = json.dumps(data)
        if list(VALIDATOR.iter_errors(data)):
            refused += 1
            _, faults = load_rules(YAML(typ="safe", pure=True).load(text), Words(), lambda _trail: 1)
            assert faults, text
    assert refused > 25
