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
        (b"a: 1\nb: [\n", "3:1 YAML syntax: the file ends before a bracket that was opened is closed"),
        (b"a: 1\n\tb: 2\n", "2:1 YAML syntax: a tab stands here"),
        (b"a: b: c\n", "1:5 YAML syntax: this ':' is one too many"),
        (b"a: 1\n---\nb: 2\n", "2:1 YAML syntax: '---' begins a second document"),
        (b"a: 1\nb: \xff\n", "2:1 is not UTF-8 text"),
        (b"a: 1\nb: \x07\n", "2:1 contains a character that YAML forbids"),
        (b"a: !!python/object:os.system x\n", "1:4 the tag '"),
        (b"a: !x y\n", "1:4 the tag '!x' means nothing here"),
        (b"? [a, b]\n: c\n", "1:3 a key must be a plain word"),
        (b'a: "\\ud800"\n', "1:4 contains half a character"),
        (b"&a [*a]", "is nested deeper than 60 levels"),
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: c\n", "2:1 YAML syntax: a tab stands here; indent with blanks"),
        ("a: @b\n", "1:4 YAML syntax: a value cannot begin with @; put it in 'quotes'"),
        ("a: b: c\n", "1:5 YAML syntax: this ':' is one too many; put a text that holds ': ' in quotes, "),
        ("a:\n  b: c\n   d: e\n", "3:5 YAML syntax: this ':' is one too many"),
        ("a:\n - b: c\n  d: e\n", "3:3 YAML syntax: this line is indented differently from those it belongs to"),
        ("a: 'it's'\n", "1:8 YAML syntax: text behind a closing quote; quote the whole value once"),
        ("a: 'it\nb: c\n", "3:1 YAML syntax: the quote that opens in line 1 is never closed"),
        (
            'a: "\\d+"\n',
            "1:6 YAML syntax: '\\d' means nothing inside \"double quotes\"; put a pattern in 'single quotes'",
        ),
        ("a: [b\nc: d\n", "2:2 YAML syntax: the '[' of line 1 is not closed: ']' is missing before this place"),
        (
            "a: {b: [a-z]+}\n",
            "1:13 YAML syntax: expected ',' or '}': put a value that holds any of [ ] { } , as text in",
        ),
        ("a: [b, #c]\nd: e\n", "put a text with # in quotes"),
        ("a: {b: #c}\nd: e\n", "put a text with # in quotes"),
        ("a: {b: c: d}\n", "1:9 YAML syntax: this ':' is one too many; put a text that holds ': ' in quotes"),
        ("a: {b: c}}\n", "1:10 YAML syntax: this '}' is one too many"),
        ("a: [,]\n", "1:5 YAML syntax: a value is missing before ','"),
        ("- a\nb: c\n", "2:1 YAML syntax: a key stands where the list of line 1 goes on; begin the item with '- '"),
        ("a: b\n- c\n", "2:1 YAML syntax: a '- ' stands among the keys that begin in line 1"),
        ("a: - b\n", "1:4 YAML syntax: a list begins on the line below its key, each item with '- '"),
        ("a: *b\n", "1:4 YAML syntax: '*b' points to nothing; put a text that begins with * in quotes"),
        ("a: >b\n", "1:5 YAML syntax: behind | or > the text begins on the next line"),
        ("a: b\n---\nc: d\n", "2:1 YAML syntax: '---' begins a second document; a file holds one"),
        ("a: {{ b }}\n", "1:5 a key must be a plain word; put a text that begins with { or [ in quotes"),
        ("a: !b c\n", "1:4 the tag '!b' means nothing here; put a text that begins with ! in quotes"),
        ("a: b\na: c\n", "2:1 duplicate key 'a'; it already stands in line 1; a list item begins with '- '"),
        ("a: #b\n", "1:2 what stands behind '#' is a comment; put a text with # in quotes"),
        ("a: Order #17\n", "1:9 what stands behind '#' is a comment; put a text with # in quotes"),
        ("a:\n  - #b\n", "2:4 what stands behind '#' is a comment; put a text with # in quotes"),
    ],
)
def test_a_slip_is_told_so_that_it_can_be_mended(text, said):
    problems = parse_document("f.yaml", text.encode()).problems
    assert said in f"{problems[0].line}:{problems[0].column} {problems[0].message}"


@pytest.mark.parametrize(
    "text", ["a: b  # c\n", "a: b #c\n", "a:   # c\n  b: d\n", "a: '#b'\n", "# c\na: b\n", "a: b#17\n"]
)
def test_an_ordinary_comment_is_no_slip(text):
    assert parse_document("f.yaml", text.encode()).problems == ()
