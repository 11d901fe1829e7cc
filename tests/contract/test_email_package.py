"""What `mail.compose` leans on, or steers round, in the standard library's email package and its codecs."""

import binascii
import email
import re
from email.header import Header, decode_header
from email.parser import BytesHeaderParser

import pytest


@pytest.mark.parametrize(
    ("block", "names"),
    [
        (b"Subject: a\r\nBcc: x\r\n\r\n", ["Subject", "Bcc"]),
        (b"Subject: a\nBcc: x\r\n\r\n", ["Subject", "Bcc"]),
        (b"Subject: a\rBcc: x\r\n\r\n", ["Subject", "Bcc"]),
        (b"Subject: a\r\n folded\r\nBcc: x\r\n\r\n", ["Subject", "Bcc"]),
        (b"Subject: a\r\n\r\nBcc: x", ["Subject"]),
    ],
)
def test_the_header_parser_sees_what_a_careless_server_would(block: bytes, names: list[str]) -> None:
    assert list(BytesHeaderParser().parsebytes(block).keys()) == names


@pytest.mark.parametrize(
    "text", ["Größe " * 60, "日本語の件名です" * 30, "🖨️ brennt 🔥" * 20, "e\u0301" * 200, "=?utf-8?q?x?="]
)
def test_header_makes_short_words_and_cuts_no_character(text: str) -> None:
    encoded = Header(text, "utf-8", maxlinelen=75, header_name="X-Maildesk-Ticket").encode(linesep="\r\n")
    words = re.findall(r"=\?\S+\?=", encoded)
    assert max(map(len, encoded.split("\r\n"))) <= 76
    assert max(map(len, words)) <= 75
    pieces = [piece for word in words for piece, _ in decode_header(word)]
    assert "".join(piece.decode() for piece in pieces) == text


@pytest.mark.parametrize(
    "data", [b"a \r\n", b"\xc3\xa4" * 100 + b"\r\n", b"-- \r\nx\r\n", b"a\r\n\r\n.\r\n", b"=\t\r\n"]
)
def test_quoted_printable_keeps_lines_and_ends_none_in_white_space(data: bytes) -> None:
    encoded = binascii.b2a_qp(data, istext=True)
    assert binascii.a2b_qp(encoded) == data
    assert encoded.count(b"\r") == encoded.count(b"\n") == len(re.findall(b"\r\n", encoded))
    assert all(len(line) <= 76 and not line.endswith((b" ", b"\t")) for line in encoded.split(b"\r\n"))


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        (b"Content-Disposition: attachment; filename*=utf-8''%C3%BC.pdf", "ü.pdf"),
        (
            b"Content-Type: a/b; name=\"u.pdf\"\r\nContent-Disposition: attachment;\r\n filename*=utf-8''%C3%BC.pdf",
            "ü.pdf",
        ),
        # The reason why the ASCII name stands in Content-Type: beside `filename*` it would be taken for the name.
        (b"Content-Disposition: attachment; filename*=utf-8''%C3%BC.pdf; filename=\"u.pdf\"", "u.pdf"),
    ],
)
def test_which_of_two_file_names_is_read(fields: bytes, seen: str) -> None:
    assert email.message_from_bytes(fields + b"\r\n\r\n").get_filename() == seen


def test_idna_of_the_standard_library_changes_some_domains() -> None:
    assert "bücher.example".encode("idna") == b"xn--bcher-kva.example"
    assert "straße.example".encode("idna") == b"strasse.example"
