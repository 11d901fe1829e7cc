"""Rich text read as text: words, characters, links, and what is passed over; within bounds on any bytes."""

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail import budgets
from maildesk.mail.wrapped.rtf import decompress, read_rtf

TEXTS = [
    (rb"{\rtf1 Hello\par world\line again}", "Hello\nworld\nagain"),
    (rb"{\rtf1\ansicpg1251 \'cf\'f0\'e8}", "При"),
    (rb"{\rtf1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset128 B;}}\f1 \'93\'fa\'96\'7b\f0  x}", "日本 x"),
    (rb"{\rtf1\uc1 \u8364?\u-10179?\u-8704?!}", "€😀!"),
    (rb"{\rtf1\uc0 \u228 b}", "äb"),
    (rb"{\rtf1\uc2 \u228\'e4\'e4b}", "äb"),
    (rb"{\rtf1 a\{b\}\\c\~d}", "a{b}\\c\xa0d"),
    (rb"{\rtf1{\fonttbl{\f0 A;}}{\colortbl;\red1;}{\stylesheet{\s0 N;}}{\*\generator x;}{\pict 00ff}text}", "text"),
    (rb"{\rtf1\lquote a\rquote\emdash\bullet}", "‘a’—•"),
    (rb'{\rtf1{\field{\*\fldinst HYPERLINK "http://x.test/a"}{\fldrslt here}} now}', "here <http://x.test/a> now"),
    (rb'{\rtf1{\field{\*\fldinst{HYPERLINK "http://x.test/"}}{\fldrslt{http://x.test/}}}}', "http://x.test/"),
    (b"{\\rtf1 a\\bin4 }}}}b}\0\0", "ab"),
    (rb"{\rtf1 one}{\rtf1 two}", "one"),
    (rb"{\rtf1 never closed", "never closed"),
    (b"no rich text", ""),
    (b"", ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text"), TEXTS)
def test_rich_text_is_read(source: bytes, text: str):
    assert read_rtf(source) == (text, False)


def test_html_in_rich_text_is_given_back():
    source = (
        rb'{\rtf1\fromhtml1 {\*\htmltag64 <div class="a">}\htmlrtf {\b\htmlrtf0 Hi{\*\htmltag84 &nbsp;}\htmlrtf \'a0'
        rb'\htmlrtf0 {\*\htmltag244 <a href="http://x.test">}\htmlrtf {\field{\*\fldinst HYPERLINK "http://x.test"}'
        rb"{\fldrslt\htmlrtf0 there\htmlrtf }\htmlrtf0 \htmlrtf }\htmlrtf0 {\*\htmltag252 </a>}{\*\mhtmltag252 </b>}"
        rb"\htmlrtf }\htmlrtf0 {\*\htmltag72 </div>}}"
    )
    assert read_rtf(source) == ('<div class="a">Hi&nbsp;<a href="http://x.test">there</a></div>', True)


def lzfu(content: bytes) -> bytes:
    return struct.pack("<IIII", len(content) + 12, 0, 0x75465A4C, 0) + content


def test_a_reference_may_overlap_itself_and_reach_into_the_known_beginning():
    # Literal "ab", then ten bytes from two back; then "{\rtf1" from the window's first bytes.
    content = bytes([0b1100, ord("a"), ord("b"), (207 >> 4), (207 & 15) << 4 | 8, 0, 4])
    assert decompress(lzfu(content)) == b"ababababab" + b"ab" + b"{\\rtf1"


@pytest.mark.parametrize("octets", [b"", b"\0" * 15, b"\0" * 40, lzfu(b"")[:16], lzfu(b"\xff"), lzfu(b"\xff\0")])
def test_what_is_no_compressed_text_gives_nothing(octets: bytes):
    assert not decompress(octets)


def test_uncompressed_text_is_taken_as_it_is():
    assert decompress(struct.pack("<IIII", 17, 5, 0x414C454D, 0) + b"hello") == b"hello"


HEAVY = [
    b"{" * 900_000, b"{}" * 500_000, rb"\par" * 250_000, rb"\'41" * 250_000, rb"\u1?" * 250_000,
    b"{\\*\\fldinst " * 80_000, b'{\\field{\\*\\fldinst HYPERLINK "x"}{\\fldrslt y' * 20_000,
]  # fmt: skip


@pytest.mark.parametrize("source", HEAVY)
def test_time_and_size_are_bounded(source: bytes):
    began = time.process_time()
    read_rtf(b"{\\rtf1" + source)
    assert time.process_time() - began < 8


def test_what_expands_beyond_the_budget_is_clipped():
    bomb = decompress(lzfu((b"\xff" + b"\x0c\xff" * 8) * 100_000))
    assert bomb is not None and len(bomb) <= budgets.RTF_BYTES + 200


@given(st.binary(max_size=500))
def test_any_bytes_give_a_text(noise: bytes):
    read_rtf(b"{\\rtf1 " + noise)
    decompress(lzfu(noise))
