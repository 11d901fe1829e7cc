"""The JSON Schema (draft 2020-12) of rules.yaml, for editors. Built from the tables, so it cannot lag behind them.

It refuses nothing that `load` takes; what depends on desk.yaml (queues, people, groups) or on a library (patterns,
amounts) it leaves to `load`.
"""

from maildesk.model.rule import Once, Phase
from maildesk.rules.actions import ACTIONS, Action, find_action
from maildesk.rules.fields import FIELDS, Field, Type, find_field
from maildesk.rules.given import GIVEN
from maildesk.rules.operators import OPERATORS, Operator
from maildesk.rules.testing import EXPECT
from maildesk.rules.written import Words

Schema = dict[str, object]

_CONDITION: Schema = {"$ref": "#/$defs/condition"}
_CONDITIONS: Schema = {"type": "array", "items": _CONDITION, "minItems": 1}
_SCALAR: Schema = {"type": ["string", "number"]}
_TEXTS: Schema = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}
_RULE_EXAMPLE = {"name": "Site outage", "when": {"subject": {"contains": "outage"}}, "then": {"impact": "high"}}
_TEST_EXAMPLE = {"given": {"subject": "Outage in Rome"}, "expect": {"hit": True}}


def rules_schema() -> Schema:
    """Return the schema; `rules schema` prints it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "maildesk rules.yaml",
        "description": "Priority and routing: rules run top to bottom on every mail.",
        "examples": [{"rules": [_RULE_EXAMPLE]}],
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": _top(),
        "$defs": {"rule": _rule(), "condition": _condition(), "actions": _actions(), "test": _test()},
    }


def _top() -> Schema:
    rules: Schema = {"type": ["array", "null"], "items": {"$ref": "#/$defs/rule"}}
    items: Schema = {
        "type": "object", "additionalProperties": False, "description": "A file of items, one a line.",
        "examples": [{"file": "blocked.txt"}],
        "properties": {"file": _described(_SCALAR, "Its name; relative to the folder of this file.", "blocked.txt")},
    }  # fmt: skip
    lists: Schema = {"anyOf": [*_any_of(_TEXTS), items]}
    actions: Schema = {"$ref": "#/$defs/actions"}
    return {
        "rules": _described(rules, "Run top to bottom; a later rule overrides an earlier one.", [_RULE_EXAMPLE]),
        "lists": _described(
            _named(lists), "Items under a name, asked for with `in_list`; or a file of them, one a line.",
            {"blocked": ["spam.test", "@spam.example.test"], "staff": {"file": "staff.txt"}},
        ),
        "conditions": _described(
            _named(_CONDITION), "Conditions under a name, used as `condition: NAME` in any `when`.",
            {"outage words": {"subject": {"contains": ["outage", "down"]}}},
        ),
        "macros": _described(
            _named(actions), "Actions under a name, used as `macro: NAME` in any `then`.",
            {"standard outage": {"impact": "high", "urgency": "high"}},
        ),
    }  # fmt: skip


def _described(shape: Schema, description: str, *examples: object) -> Schema:
    return {**shape, "description": description, "examples": list(examples)}


def _named(shape: Schema) -> Schema:
    return {"type": ["object", "null"], "additionalProperties": shape}


def _any_of(shape: Schema) -> list[object]:
    choices = shape["anyOf"]
    return choices if isinstance(choices, list) else [choices]


def _rule() -> Schema:
    tests: Schema = {"type": ["array", "null"], "items": {"$ref": "#/$defs/test"}}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "when"],
        "description": "One rule.",
        "examples": [_RULE_EXAMPLE],
        "properties": {
            "name": _described(_SCALAR, "Named in the trace and the ledger; unique.", "Site outage"),
            "when": _described(
                _CONDITION, "Every key must hold; {} holds for every mail. `phase` here says when the rule runs.",
                {"from": {"domain": "example.test"}},
            ),
            "then": _described(
                {"$ref": "#/$defs/actions"}, "What the rule asks for.", {"impact": "high", "tags": ["outage"]}
            ),
            "stop": _described({"type": "boolean", "default": False}, "Ends the run when this rule hits.", True),
            "once": _described(_words(tuple(Once)), "How often it may hit one ticket.", *map(str, Once)),
            "tests": _described(
                tests, "Mails in a few words and what must come of them; `rules test` runs them.", [_TEST_EXAMPLE]
            ),
        },
    }  # fmt: skip


# ------------------------------------------------------------------ conditions


def _condition() -> Schema:
    plain = {f.name: _field(f) for f in FIELDS if f.member is None}
    families = {f"^{_folded(_family(f))}\\.": _field(f) for f in FIELDS if f.member}
    either: Schema = {"anyOf": [_CONDITION, _CONDITIONS]}
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "Every key must hold.",
        "examples": [{"subject": {"contains": "outage"}, "from": {"domain": "example.test"}}],
        "properties": {
            **plain,
            "any": _described(
                _CONDITIONS, "One of these must hold.", [{"subject": "help"}, {"body": {"contains": "help"}}]
            ),
            "all": _described(_CONDITIONS, "Each of these must hold.", [{"kind": "person"}, {"language": "de"}]),
            "none": _described(_CONDITIONS, "None of these may hold.", [{"kind": "list"}, {"tag": "vip"}]),
            "not": _described(either, "None of these may hold.", {"tag": "vip"}),
            "condition": _described(_TEXTS, "A condition under `conditions`, or several that must all hold.", "office"),
        },
        "patternProperties": families,
    }


def _family(field: Field) -> str:
    return field.name.partition(".")[0]


def _folded(word: str) -> str:
    """Return a pattern for a word in any case; the patterns of JSON Schema have no flags."""
    return "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else f"\\{c}" if not c.isalnum() else c for c in word)


def _words(words: tuple[str, ...]) -> Schema:
    """Return the shape of a word of a closed set: the words for completion, and any way of writing them."""
    any_case = f"^\\s*({'|'.join(map(_folded, words))})\\s*$"
    return {"anyOf": [{"enum": [str(w) for w in words]}, {"type": "string", "pattern": any_case}]}


def _field(field: Field) -> Schema:
    value = _value(field)
    operators = {o.name: _operator(o, field, value) for o in OPERATORS if field.type in o.types}
    map_shape: Schema = {"type": "object", "additionalProperties": False, "minProperties": 1, "properties": operators}
    shape: Schema = {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}, map_shape]}
    if "equals" not in operators:
        shape = map_shape
    return _described(shape, f"{field.description}{_when_known(field)}", _example(field))


def _when_known(field: Field) -> str:
    """Say in which phases a field can have a value, where it is not in all."""
    return "" if set(field.phases) == set(Phase) else f" In phase {', '.join(field.phases)} only."


def _value(field: Field) -> Schema:
    if field.type is Type.FLAG:
        return {"type": "boolean"}
    words = field.allowed(Words())
    return _words(words) if words and field.argument is None else _SCALAR


def _operator(operator: Operator, field: Field, value: Schema) -> Schema:
    # A closed set of words binds only whole values: a part or a pattern of one is free text.
    whole = operator.name in ("equals", "one_of")
    inner: Schema = {"type": "boolean"} if operator.name == "exists" else value if whole else _SCALAR
    shape: Schema = {"anyOf": [inner, {"type": "array", "items": inner, "minItems": 1}]}
    return _described(shape, operator.description, _argument_example(operator, field))


def _argument_example(operator: Operator, field: Field) -> object:
    match operator.name:
        case "exists":
            return True
        case "equals" | "one_of" | "greater" | "less" if field.type is not Type.FREE:
            return _typed(field)
        case "greater" | "less":
            return "5"
        case _:
            return operator.example


def _typed(field: Field) -> object:
    return field.example == "true" if field.type is Type.FLAG else field.example


def _example(field: Field) -> object:
    """Return an example of what may stand behind a field."""
    whole = next((o for o in OPERATORS if o.name == "equals" and field.type in o.types), None)
    return _typed(field) if whole else {"less": field.example}


# ------------------------------------------------------------------ actions


def _actions() -> Schema:
    actions = {a.name: _action(a) for a in ACTIONS}
    same = {name: {"$ref": f"#/$defs/actions/properties/{name}"} for name in actions}
    phases = {
        str(phase): _described(
            {"type": "object", "additionalProperties": False, "properties": same},
            f"Actions for {words} alone.",
            {"tags": ["outage"]},
        )
        for phase, words in ((Phase.NEW, "a mail that opens a ticket"), (Phase.FOLLOW_UP, "a mail on a ticket"))
    }
    macro = "Does what stands under this name in `macros`, or under several; keys beside it go before."
    return {
        "type": "object",
        "additionalProperties": False,
        "description": "What the rule asks for.",
        "examples": [{"impact": "high", "urgency": "high"}],
        "properties": {**actions, "macro": _described(_TEXTS, macro, "standard outage"), **phases},
    }


def _action(action: Action) -> Schema:
    how = "What several rules say adds up." if action.adds else "The last rule that says it wins."
    caught = " May hold {name} of what a pattern caught." if action.takes_caught else ""
    shape = _as_written(action.shape)
    if action.takes_caught and "anyOf" in shape:
        shape = {"anyOf": [*_any_of(shape), {"type": "string", "pattern": "\\{"}]}
    return _described(shape, f"{action.description} {how}{caught}", action.example)


def _as_written(shape: Schema) -> Schema:
    """Return an action's shape as YAML may have it: words in any case, and what looks like a number as text."""
    changed: Schema = {}
    for key, value in shape.items():
        match key, value:
            case "enum", [*words]:
                return _words(tuple(str(word) for word in words))
            case "type", "string":
                changed[key] = ["string", "number"]
            case "type", [*kinds] if "string" in kinds:
                changed[key] = list(dict.fromkeys((*kinds, "number")))
            case "oneOf" | "anyOf", [*choices]:
                changed["anyOf"] = [_as_written(choice) for choice in choices if isinstance(choice, dict)]
            case "properties", dict() as inner:
                changed[key] = {name: _as_written(part) for name, part in inner.items()}
            case "items", dict() as inner:
                changed[key] = _as_written(inner)
            case _:
                changed[key] = value
    return changed


# ------------------------------------------------------------------ tests


def _test() -> Schema:
    given = {name: _given(name) for name in ("mail", *GIVEN) if not name.endswith(".NAME")}
    families = {f"^{_folded(name.partition('.')[0])}\\.": _given(name) for name in GIVEN if name.endswith(".NAME")}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["expect"],
        "description": "A mail in a few words and what must come of it.",
        "examples": [_TEST_EXAMPLE],
        "properties": {
            "given": {
                "type": ["object", "null"], "additionalProperties": False, "properties": given,
                "patternProperties": families,
                "description": "The mail; what is not said is an ordinary mail.",
                "examples": [{"subject": "Outage in Rome"}],
            },
            "expect": {
                "type": "object", "additionalProperties": False, "minProperties": 1,
                "properties": {name: _expected(name) for name in EXPECT},
                "description": "What the ticket must have in the end; lists must be contained.",
                "examples": [{"hit": True}],
            },
        },
    }  # fmt: skip


def _given(name: str) -> Schema:
    any_value: Schema = {"type": ["string", "number", "boolean", "array"]}
    field = next((f for f in FIELDS if f.name == name), None) or find_field(name)
    if field is None:
        return _described(any_value, "A mail file beside this one, instead of words.", "tests/outage.eml")
    return _described(any_value, field.description, _typed(field))


def _expected(name: str) -> Schema:
    any_value: Schema = {"type": ["string", "number", "boolean", "array", "object"]}
    action = find_action(name)
    if action is not None:
        return _described(any_value, action.description, action.example)
    if name == "hit":
        return _described({"type": "boolean"}, "Whether this very rule hits.", True)
    return _described(any_value, "The names of all rules that hit, in their order; false: none.", ["Site outage"])
