"""Ids that programs write without brackets, and Outlook's Thread-Index."""

import base64

import pytest

from maildesk.mail.ids import find_thread_index, parse_ids
from maildesk.mail.parse import parse_headers_only, parse_message

GUID = bytes(range(0xA0, 0xB0))
HEAD = b"\x01" + b"\xda\x55\x01\x02\x03"

REFERENCES = [
    ("<a@x.test> <b@x.test>", ("<a@x.test>", "<b@x.test>")),
    ("<a@x.test><b@x.test> <a@x.test>", ("<a@x.test>", "<b@x.test>")),
    ("a@x.test", ("<a@x.test>",)),
    (" a@x.test\t b@x.test ", ("<a@x.test>", "<b@x.test>")),
    ("<a@x.test> b@x.test", ("<a@x.test>",)),
    ("a@x.test, b@x.test", ("<a@x.test>", "<b@x.test>")),
    ("<a@x.test <b@x.test>", ("<a@x.test>", "<b@x.test>")),
    ("<a@x.test> <b@x.t", ("<a@x.test>", "<b@x.t>")),
    ("a@x.test>", ("<a@x.test>",)),
    ("=?us-ascii?Q?=3Ca=40x=2E?= =?us-ascii?Q?test=3E_=3Cb=40x=2Etest=3E?=", ("<a@x.test>", "<b@x.test>")),
    ("<5.AAA=?x?=@x.test>", ("<5.AAA=?x?=@x.test>",)),
    ("a < b, said <ann", ()),
    ("Your message of Monday from ann@x.test", ()),
    ("m", ()),
    ("", ()),
]


@pytest.mark.parametrize(("value", "found"), REFERENCES)
def test_ids_are_told_from_phrases(value: str, found: tuple[str, ...]):
    assert parse_ids(value) == found


def encoded(index: bytes) -> str:
    return base64.b64encode(index).decode()


INDEXES = {
    "first mail": (encoded(HEAD + GUID), GUID.hex()),
    "an answer": (encoded(HEAD + GUID + b"abcde"), GUID.hex()),
    "the tenth answer, folded": (
        encoded(HEAD + GUID + b"abcde" * 10)[:40] + " " + encoded(HEAD + GUID + b"abcde" * 10)[40:],
        GUID.hex(),
    ),
    "half an answer": (encoded(HEAD + GUID + b"abc"), None),
    "too short": (encoded((HEAD + GUID)[:21]), None),
    "another first byte": (encoded(b"\x02" + (HEAD + GUID)[1:]), None),
    "no GUID": (encoded(HEAD + bytes(16)), None),
    "too long": (encoded(HEAD + GUID + b"abcde" * 400), None),
    "not base64": ("AdpV*{}", None),
    "wrong padding": (encoded(HEAD + GUID)[:-1], None),
    "not ASCII": ("Ädé", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("value", "guid"), INDEXES.values(), ids=INDEXES.keys())
def test_a_thread_index_names_a_conversation_or_nothing(value: str, guid: str | None):
    assert find_thread_index((value,)) == guid


def test_both_readings_tell_the_conversation():
    raw = f"From: ann@x.test\r\nThread-Index: {encoded(HEAD + GUID + b'abcde')}\r\n\r\nb".encode()
    assert parse_message(raw).message.thread_index == GUID.hex()
    assert parse_headers_only(raw).message.thread_index == GUID.hex()
    assert parse_message(b"From: ann@x.test\r\n\r\nb").message.thread_index is None
