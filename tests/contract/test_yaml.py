"""What `config.yaml` relies on in ruamel.yaml: YAML 1.2 words, positions on every node, errors with marks."""

import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from maildesk.config.yaml import parse_document

STR, BOOL, NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("on", STR), ("off", STR), ("yes", STR), ("no", STR), ("09:00-17:00", STR), ("1h30m", STR),
        ("true", BOOL), ("FALSE", BOOL), ("~", NULL), ("", NULL), ("'true'", STR),
    ],
)  # fmt: skip
def test_words_are_resolved_by_yaml_1_2(text, tag):
    root = YAML(typ="safe", pure=True).compose(f"key: {text}\n")
    assert str(root.value[0][1].tag) == tag


def test_every_node_knows_its_line_and_column():
    root = YAML(typ="safe", pure=True).compose("a: 1\nb:\n  - x\n  - {c: y}\n")
    inner = root.value[1][1].value[1]
    key, value = inner.value[0]
    assert [(n.start_mark.line, n.start_mark.column) for n in (inner, key, value)] == [(3, 4), (3, 5), (3, 8)]


def test_a_scalar_keeps_its_text():
    root = YAML(typ="safe", pure=True).compose("a: 0123\nb: 1.10\n")
    assert [value.value for _, value in root.value] == ["0123", "1.10"]


def test_a_syntax_error_has_a_mark():
    with pytest.raises(MarkedYAMLError) as caught:
        YAML(typ="safe", pure=True).compose("a: 1\nb: [\n")
    assert caught.value.problem_mark.line == 2


def test_deep_nesting_ends_in_an_error_not_in_a_crash():
    with pytest.raises(RecursionError):
        YAML(typ="safe", pure=True).compose("[" * 2000)


def test_a_duplicate_key_fails_with_its_line():
    document = parse_document("x.yaml", b"on: 1\nb: 2\non: 3\n")
    assert [str(p) for p in document.problems] == [
        "x.yaml:3:1: duplicate key 'on'; it already stands in line 1; a list item begins with '- '"
    ]


def test_on_stays_a_word():
    assert parse_document("x.yaml", b"on: off\n1: 2\n").data == {"on": "off", "1": "2"}
    assert parse_document("x.yaml", b"%YAML 1.1\n---\non: x\n").data == {"on": "x"}
