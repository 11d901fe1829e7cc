"""The shipped example: it works, it shows every key with its true default, and its rules do what their tests say."""

import re
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maildesk.config import ConfigError, check_config, load_desk, load_settings
from maildesk.config.desk_shape import DeskShape
from maildesk.config.leaves import Shape
from maildesk.config.settings_shape import SettingsShape
from maildesk.config.shapes import read_desk_shape, read_settings_shape, shape_in
from maildesk.config.yaml import parse_document
from maildesk.model.desk import Desk
from maildesk.model.settings import Settings
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


def _mutated(text: str, place: float, action: str, junk: str) -> str:
    lines = text.splitlines(keepends=True)
    which = int(place * (len(lines) - 1))
    at = int(place * len(text))
    match action:
        case "drop line":
            return "".join(lines[:which] + lines[which + 1 :])
        case "double line":
            return "".join([*lines[: which + 1], lines[which], *lines[which + 1 :]])
        case "cut":
            return text[:at]
        case "indent":
            return "".join([*lines[:which], f"  {lines[which]}", *lines[which + 1 :]])
        case "value":
            return "".join([*lines[:which], re.sub(r": .*", lambda _: f": {junk}", lines[which]), *lines[which + 1 :]])
        case _:
            return text[:at] + junk + text[at + 1 :]


JUNK = st.sampled_from(
    ["", ":", "{", "]", "~", "true", "[]", "{}", "[[a]]", "{a: b}", "-1", "99999999999999999999", "&a", "*a", "!x",
     "é", '"', "'", "\t", "\x00", "\n", "(", "|", "> ", "0", ".", "@", "#"]
) | st.text(max_size=5)  # fmt: skip
PARSED_ONCE = lru_cache(maxsize=8)(parse_document)
ACTIONS_ON_TEXT = st.sampled_from(["drop line", "double line", "cut", "indent", "value", "replace"])


@given(file=st.sampled_from(FILES), place=st.floats(0, 1), action=ACTIONS_ON_TEXT, junk=JUNK)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_to_it_loads_or_says_why(tmp_path, monkeypatch, file, place, action, junk):
    # The two files that are as shipped need not be read three hundred times.
    monkeypatch.setattr("maildesk.config.yaml.parse_document", PARSED_ONCE)
    for name, text in TEXTS.items():
        changed = _mutated(text, place, action, junk) if name == file else text
        (tmp_path / name).write_bytes(changed.encode(errors="surrogatepass"))
    for load, made in ((load_settings, Settings), (load_desk, Desk)):
        try:
            outcome = load(tmp_path, {})
        except ConfigError as error:
            outcome = error
        assert isinstance(outcome, made | ConfigError)
        problems = outcome.problems if isinstance(outcome, ConfigError) else ()
        assert isinstance(outcome, made) or problems
        assert all(p.line >= 1 and p.column >= 1 and p.message for p in problems)
    check_config(tmp_path, {})
