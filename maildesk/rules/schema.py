"""The JSON Schema (draft 2020-12) of rules.yaml, for editors. Built from the tables, so it cannot lag behind them."""

from maildesk.rules.actions import ACTIONS, Action
from maildesk.rules.fields import FIELDS, Field, Type
from maildesk.rules.given import GIVEN
from maildesk.rules.operators import OPERATORS, Operator
from maildesk.rules.testing import EXPECT
from maildesk.rules.written import Words

Schema = dict[str, object]

_CONDITION: Schema = {"$ref": "#/$defs/condition"}
_CONDITIONS: Schema = {"type": "array", "items": _CONDITION, "minItems": 1}
_SCALAR: list[Schema] = [{"type": "string"}, {"type": "number"}]
_RULE_EXAMPLE = {"name": "Site outage", "when": {"subject": {"contains": "outage"}}, "then": {"impact": "high"}}
_HEADER_PATTERN = "^[Hh][Ee][Aa][Dd][Ee][Rr]\\.[!-9;-~]+$"


def rules_schema() -> Schema:
    """Return the schema; `rules schema` prints it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "maildesk rules.yaml",
        "description": "Priority and routing: rules run top to bottom on every mail.",
        "examples": [{"rules": [_RULE_EXAMPLE]}],
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "rules": {
                "type": "array", "items": {"$ref": "#/$defs/rule"},
                "description": "Run top to bottom; a later rule overrides an earlier one.",
                "examples": [[_RULE_EXAMPLE]],
            },
        },
        "$defs": {"rule": _rule(), "condition": _condition(), "actions": _actions(), "test": _test()},
    }  # fmt: skip


def _described(shape: Schema, description: str, *examples: object) -> Schema:
    return {**shape, "description": description, "examples": list(examples)}


def _rule() -> Schema:
    tests: Schema = {"type": "array", "items": {"$ref": "#/$defs/test"}}
    test_example = {"given": {"subject": "Outage in Rome"}, "expect": {"priority": "P2"}}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "when"],
        "description": "One rule.",
        "examples": [_RULE_EXAMPLE],
        "properties": {
            "name": _described({"type": "string"}, "Named in the trace and the ledger; unique.", "Site outage"),
            "when": _described(
                _CONDITION, "Every key must hold; {} holds for every mail.", {"from": {"domain": "example.test"}}
            ),
            "then": _described(
                {"$ref": "#/$defs/actions"}, "What the rule asks for.", {"impact": "high", "tags": ["outage"]}
            ),
            "stop": _described({"type": "boolean", "default": False}, "Ends the run when this rule hits.", True),
            "tests": _described(
                tests, "Mails in a few words and what must come of them; `rules test` runs them.", [test_example]
            ),
        },
    }


def _condition() -> Schema:
    fields = {f.name: _field(f) for f in FIELDS if f.type is not Type.HEADER}
    header = next(f for f in FIELDS if f.type is Type.HEADER)
    not_shape: Schema = {"oneOf": [_CONDITION, _CONDITIONS]}
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "Every key must hold.",
        "examples": [{"subject": {"contains": "outage"}, "from": {"domain": "example.test"}}],
        "properties": {
            **fields,
            "any": _described(
                _CONDITIONS, "One of these must hold.", [{"subject": "help"}, {"body": {"contains": "help"}}]
            ),
            "all": _described(_CONDITIONS, "Each of these must hold.", [{"phase": "new"}, {"kind": "person"}]),
            "not": _described(not_shape, "None of these may hold.", {"tag": "vip"}),
        },
        "patternProperties": {_HEADER_PATTERN: _field(header)},
    }


def _field(field: Field) -> Schema:
    value = _value(field)
    operators = {o.name: _operator(o, field, value) for o in OPERATORS if field.type in o.types}
    map_shape: Schema = {"type": "object", "additionalProperties": False, "minProperties": 1, "properties": operators}
    shape: Schema = {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}, map_shape]}
    return _described(shape, field.description, _example(field))


def _value(field: Field) -> Schema:
    words = field.allowed(Words())
    if field.type is Type.FLAG:
        return {"type": "boolean"}
    return {"enum": list(words)} if words else {"anyOf": _SCALAR}


def _operator(operator: Operator, field: Field, value: Schema) -> Schema:
    # A closed set of words binds only whole values: a part or a pattern of one is free text.
    whole = operator.name in ("equals", "one_of")
    inner: Schema = {"type": "boolean"} if operator.name == "exists" else value if whole else {"anyOf": _SCALAR}
    shape: Schema = {"anyOf": [inner, {"type": "array", "items": inner, "minItems": 1}]}
    example: object = operator.example == "true" if operator.name == "exists" else operator.example
    return _described(shape, operator.description, _example(field) if whole else example)


def _example(field: Field) -> object:
    return field.example == "true" if field.type is Type.FLAG else field.example


def _actions() -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "What the rule asks for.",
        "examples": [{"impact": "high", "urgency": "high"}],
        "properties": {a.name: _action(a) for a in ACTIONS},
    }


def _action(action: Action) -> Schema:
    how = "What several rules say adds up." if action.adds else "The last rule that says it wins."
    return _described(action.shape, f"{action.description} {how}", action.example)


def _test() -> Schema:
    any_value: Schema = {"type": ["string", "number", "boolean", "array"]}
    given = {name: any_value for name in GIVEN if not name.startswith("header.")}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["expect"],
        "description": "A mail in a few words and what must come of it.",
        "examples": [{"given": {"subject": "Outage in Rome"}, "expect": {"priority": "P2"}}],
        "properties": {
            "given": {
                "type": "object", "additionalProperties": False, "properties": given,
                "patternProperties": {_HEADER_PATTERN: any_value},
                "description": "The mail; what is not said is an ordinary mail.",
                "examples": [{"subject": "Outage in Rome"}],
            },
            "expect": {
                "type": "object", "additionalProperties": False, "minProperties": 1,
                "properties": dict.fromkeys(EXPECT, any_value),
                "description": "What the ticket must have in the end; lists must be contained.",
                "examples": [{"priority": "P2"}],
            },
        },
    }  # fmt: skip
