"""Files written into a text become files; what only looks like one stays a text."""

import binascii

import pytest

from maildesk.mail.parse import parse_message

DATA = bytes(range(256))
UU = b"".join(binascii.b2a_uu(DATA[at : at + 45]) for at in range(0, 256, 45))
BLOCK = b"begin 644 data.bin\n" + UU + b"`\nend\n"
SHIFTED = [(octet + 42) % 256 for octet in DATA]
Y_DATA = b"".join(bytes((61, (c + 64) % 256)) if c in (0, 10, 13, 61) else bytes((c,)) for c in SHIFTED)
YENC = b"=ybegin line=300 size=256 name=data.bin\n" + Y_DATA + b"\n=yend size=256\n"
BLANKS_LOST = b"\n".join(line.rstrip(b" ") for line in BLOCK.split(b"\n"))

FOUND = {
    "below words": (b"See the file.\n\n" + BLOCK, "See the file.", 1),
    "amid words": (b"See this:\n" + BLOCK + b"Thanks\n", "See this:\nThanks", 1),
    "nothing else": (BLOCK, "", 1),
    "two": (b"See:\n" + BLOCK + b"and\n" + BLOCK, "See:\nand", 2),
    "CRLF": ((b"See:\n" + BLOCK).replace(b"\n", b"\r\n"), "See:", 1),
    "blanks for zeros": (b"See:\n" + BLOCK.replace(b"`", b" "), "See:", 1),
    "blanks at line ends lost": (b"See:\n" + BLANKS_LOST, "See:", 1),
    "yEnc": (b"See:\n" + YENC, "See:", 1),
}
TYPED = {
    "prose": b"begin 644 of the story\nthat is how it goes\nend\n",
    "no end": b"See:\n" + BLOCK.removesuffix(b"end\n"),
    "shouted": b"begin 644 of it\nHELLO WORLD\n\nend\n",
    "a line too long": b"See:\n" + BLOCK.replace(UU[:30], UU[:30] + b"ABC", 1),
    "quoted": b"> begin 644 data.bin\n> " + UU.replace(b"\n", b"\n> ") + b"`\n> end\n",
    "empty": b"begin 644 data.bin\n`\nend\n",
    "yEnc of another size": YENC.replace(b"size=256 name", b"size=255 name"),
}


@pytest.mark.parametrize(("body", "text", "count"), FOUND.values(), ids=FOUND.keys())
def test_a_file_in_a_text_is_attached_and_the_words_stay(body: bytes, text: str, count: int):
    parsed = parse_message(b"From: ann@x.test\n\n" + body)
    assert parsed.message.text == text
    assert [attachment.filename for attachment in parsed.message.attachments] == ["data.bin"] * count
    assert parsed.parts == (DATA,) * count


@pytest.mark.parametrize("body", TYPED.values(), ids=TYPED.keys())
def test_what_is_not_wholly_a_file_stays_a_text(body: bytes):
    parsed = parse_message(b"From: ann@x.test\n\n" + body)
    assert not parsed.message.attachments
    assert "begin" in parsed.message.text
