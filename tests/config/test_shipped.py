"""The shipped example: it works, it shows every key with its true default, and its rules do what their tests say."""

import re
from pathlib import Path

import pytest

from maildesk.config import check_config, load_desk
from maildesk.config.desk_shape import DeskShape
from maildesk.config.leaves import Shape
from maildesk.config.settings_shape import SettingsShape
from maildesk.config.shapes import read_desk_shape, read_settings_shape, shape_in
from maildesk.config.yaml import parse_document
from maildesk.rules.actions import ACTIONS
from maildesk.rules.fields import FIELDS
from maildesk.rules.operators import OPERATORS
from maildesk.rules.testing import run_tests

CONFIG = Path(__file__).parents[2] / "config"
FILES = ("maildesk.yaml", "desk.yaml", "rules.yaml")
TEXTS = {name: (CONFIG / name).read_text() for name in FILES}
DESK = load_desk(CONFIG, {})


def test_nothing_is_wrong_with_it():
    assert check_config(CONFIG, {}) == ()


@pytest.mark.parametrize("rule", DESK.rules, ids=lambda r: r.name)
def test_every_rule_has_tests_and_they_pass(rule):
    results = [r for r in run_tests(DESK.rules, DESK) if r.rule == rule.name]
    assert results
    assert [r.differences for r in results if not r.passed] == []


@pytest.mark.parametrize("rule", DESK.rules, ids=lambda r: r.name)
def test_every_rule_has_a_comment_above_it(rule):
    assert TEXTS["rules.yaml"].splitlines()[rule.line - 2].lstrip().startswith("#")


@pytest.mark.parametrize("word", [*(f.name for f in FIELDS), *(o.name for o in OPERATORS), *(a.name for a in ACTIONS)])
def test_the_head_of_rules_yaml_names_every_word(word):
    head = TEXTS["rules.yaml"].partition("\nrules:\n")[0]
    assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", head)


def _keys(shape: type[Shape]) -> set[str]:
    found = set(shape.model_fields)
    for field in shape.model_fields.values():
        inner = shape_in(field.annotation)
        if inner is not None:
            found |= _keys(inner)
    return found


@pytest.mark.parametrize(("file", "shape"), [("maildesk.yaml", SettingsShape), ("desk.yaml", DeskShape)])
def test_every_key_is_shown(file, shape):
    missing = [key for key in _keys(shape) if not re.search(rf"\b{key}:", TEXTS[file])]
    assert missing == []


@pytest.mark.parametrize(
    ("file", "read"), [("maildesk.yaml", read_settings_shape), ("desk.yaml", read_desk_shape)], ids=["settings", "desk"]
)
def test_what_is_called_a_default_is_one(file, read):
    """Leaving out every line marked as showing its default changes nothing."""
    kept = [line for line in TEXTS[file].splitlines() if not re.search(r"# default(;|$)", line)]
    assert len(kept) < len(TEXTS[file].splitlines()) - 5
    whole, shorter = (
        read(parse_document(file, "\n".join(t).encode()).data)[0] for t in (TEXTS[file].splitlines(), kept)
    )
    assert whole is not None
    assert shorter == whole
