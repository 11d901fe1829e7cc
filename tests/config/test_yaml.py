"""Reading YAML: any bytes give a document, and nothing in a file can blow it up."""

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.config.yaml import MAX_BYTES, Document, parse_document, read_document

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def _said(data: bytes) -> list[str]:
    return [f"{p.line}:{p.column} {p.message}" for p in parse_document("f", data).problems]


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (b"", None),
        (b"# only a comment\n", None),
        (b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", {"a": "1", "b": "2"}),
        (b"a: [1, 1.10, 0x1F, 2026-01-01, true, False, ~, null, '', 'null']",
            {"a": ["1", "1.10", "0x1F", "2026-01-01", True, False, None, None, "", "null"]}),
        (b"a: &x {b: c}\nd: *x\n", {"a": {"b": "c"}, "d": {"b": "c"}}),
        (b"a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
    ],
)  # fmt: skip
def test_plain_data(data, plain):
    document = parse_document("f", data)
    assert document.problems == ()
    assert document.data == plain


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"a: 1\nb: [\n", "3:1 YAML syntax: while parsing a flow node"),
        (b"a: 1\n\tb: 2\n", "2:1 YAML syntax: while scanning for the next token, found character '\\t'"),
        (b"a: b: c\n", "1:5 YAML syntax: mapping values are not allowed here"),
        (b"a: 1\n---\nb: 2\n", "2:1 YAML syntax: expected a single document"),
        (b"a: 1\nb: \xff\n", "2:1 is not UTF-8 text"),
        (b"a: 1\nb: \x07\n", "2:1 contains a character that YAML forbids"),
        (b"a: !!python/object:os.system x\n", "1:4 the tag '"),
        (b"a: !x y\n", "1:4 the tag '!x' means nothing here"),
        (b"? [a, b]\n: c\n", "1:3 a key must be a plain word"),
        (b'a: "\\ud800"\n', "1:4 contains half a character"),
        (b"&a [*a]", "is nested deeper than 40 levels"),
        (b"[" * 2000, "is not YAML (RecursionError)"),
        (b"a: 1\na: 2\nb: {c: 1, c: 2}\n", "2:1 duplicate key 'a'; it already stands in line 1"),
        (b"a: 1\na: 2\nb: {c: 1, c: 2}\n", "3:11 duplicate key 'c'; it already stands in line 3"),
        (b"#" * (MAX_BYTES + 1), "1:1 is larger than 1024 KB"),
        (BOMB.encode(), "holds more than 200000 values once its aliases are written out"),
    ],
)  # fmt: skip
def test_refused(data, part):
    began = time.monotonic()
    assert any(part in line for line in _said(data)), _said(data)
    assert time.monotonic() - began < 10


@given(st.binary(max_size=200) | st.text(alphabet="a:-[]{}&*!|>'\"%@?# \n\t~,<=.01", max_size=60).map(str.encode))
def test_any_bytes_give_a_document(data):
    assert isinstance(parse_document("f", data), Document)


def test_what_is_no_file(tmp_path):
    assert read_document(tmp_path / "gone") is None
    assert "is not a file" in str(read_document(tmp_path).problems[0])
    os.mkfifo(tmp_path / "pipe")
    assert "is not a file" in str(read_document(tmp_path / "pipe").problems[0])
