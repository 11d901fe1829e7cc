"""Transfer encodings as they really come."""

import base64

import pytest

from maildesk.mail.parse import parse_message
from maildesk.mail.transfer import decode, find_encoding

TEXT = "Grüße aus Köln und mehr Text".encode()
CODED = base64.b64encode(TEXT)
NAMES = {
    "base64": "base64", " BASE64;": "base64", '"quoted-printable"': "quoted-printable",
    "quoted/printable": "quoted-printable", "quotedprintable": "quoted-printable", "x-uuencode": "uuencode",
    "x-uue": "uuencode", "uue": "uuencode", "8bit": "", "binary": "", "": "", "utf-8": "",
}  # fmt: skip
TEXTS = {
    "blank behind a soft break": ("quoted-printable", b"Gr=C3=BC=C3=9Fe = \r\nK=C3=B6ln", "Grüße Köln"),
    "a URL nobody encoded": ("quoted-printable", b"http://x.test/?a=XY&b=zz", "http://x.test/?a=XY&b=zz"),
    "junk in base64": ("base64", CODED[:8] + b"!!" + CODED[8:], TEXT.decode()),
    "blanks in base64": ("base64", b" ".join(CODED[i : i + 4] for i in range(0, len(CODED), 4)), TEXT.decode()),
    "base64 cut off": ("base64", CODED[:25], "Grüße aus Köln "),
    "base64 without padding": ("base64", CODED.rstrip(b"="), TEXT.decode()),
    "two texts encoded one by one": ("base64", b"SGVsbG8gQQ==\r\nIHdvcmxk\r\n", "Hello A world"),
    "words behind the padding": ("base64", b"SGVsbG8gQQ== ignored\r\n", "Hello A"),
    "a footer below base64": ("base64", CODED + b"\r\n\r\nA list\r\nof x.\r\n", TEXT.decode() + "\nA list\nof x."),
    "no base64 at all": ("base64", b"This is plain text.\r\nYes, it is.", "This is plain text.\nYes, it is."),
}  # fmt: skip


@pytest.mark.parametrize(("field", "encoding"), NAMES.items())
def test_an_encoding_is_known_by_its_many_names(field: str, encoding: str):
    assert find_encoding(field) == encoding


@pytest.mark.parametrize(("encoding", "octets", "text"), TEXTS.values(), ids=TEXTS.keys())
def test_no_words_are_lost_in_a_broken_encoding(encoding: str, octets: bytes, text: str):
    head = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    assert parse_message(head.encode() + octets).message.text == text


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "uuencode", ""])
@pytest.mark.parametrize("octets", [b"", b"=", b"====", b"\xff" * 9, b"begin 644 x\n\n", b"M", b"A\n" * 3])
@pytest.mark.parametrize("is_text", [True, False])
def test_any_octets_give_octets(encoding: str, octets: bytes, is_text: bool):
    assert isinstance(decode(octets, encoding, is_text=is_text), bytes)


def test_a_file_cut_off_in_base64_keeps_its_beginning():
    assert decode(b"AAECAwQ", "base64", is_text=False) == bytes(range(5))
    assert decode(b"AAECAwQFB", "base64", is_text=False) == bytes(range(6))
