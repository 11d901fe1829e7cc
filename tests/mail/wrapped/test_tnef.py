"""winmail.dat opened: files by name and byte, the text it carries, what stays when it is damaged."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail import budgets
from maildesk.mail.parse import ParsedMail, parse_message
from tests.mail.wrapped import winmail as w

CORPUS = Path(__file__).parents[4] / "shared/corpus/tnef"


def mail(tnef: bytes, text: str = "", content_type: str = "application/ms-tnef; name=winmail.dat") -> ParsedMail:
    said = f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n" if text else ""
    head = (
        "From: ann@x.test\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{said}"
        f"--b\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return parse_message(head.encode() + base64.encodebytes(tnef) + b"--b--\r\n")


def names(parsed: ParsedMail) -> list[str]:
    return [attachment.filename for attachment in parsed.message.attachments]


FILES = [
    (w.attached(b"a.txt", b"A"), "a.txt", b"A", "text/plain"),
    (w.attached(b"REPORT~1.PDF", b"%", (w.UNICODE, 0x3707, "Größe 1.pdf")), "Größe 1.pdf", b"%", "application/pdf"),
    (w.attached(b"gr\xfc\xdfe.txt", b"A"), "grüße.txt", b"A", "text/plain"),
    (w.attached(b"", b"A", (w.UNICODE, 0x3704, "b.bin")), "b.bin", b"A", "application/octet-stream"),
    (w.attached(b"", b"A"), "unknown.dat", b"A", "application/octet-stream"),
    (w.attached(b"x", b"A", (w.STRING8, 0x370E, b"image/png\0")), "x", b"A", "image/png"),
    (w.attached(b"x", b"A", (w.STRING8, 0x370E, b"multipart/mixed\0")), "x", b"A", "application/octet-stream"),
    (w.attached(b"zeros.bin", b"A\0\0\0"), "zeros.bin", b"A\0\0\0", "application/octet-stream"),
    (w.attached(b"empty.txt", b""), "empty.txt", b"", "text/plain"),
    (w.attached(b"../../etc/passwd", b"A"), "passwd", b"A", "application/octet-stream"),
    (
        w.attached(b"sheet", None, (w.OBJECT, 0x3701, bytes.fromhex("0b00000000000000c000000000000046") + b"\xd0\xcf")),
        "sheet", b"\xd0\xcf", "application/octet-stream",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("stream", "name", "octets", "kind"), FILES, ids=[row[1] + row[3] for row in FILES])
def test_a_file_comes_out_with_its_name_bytes_and_type(stream: bytes, name: str, octets: bytes, kind: str):
    parsed = mail(w.MAGIC + w.message() + stream, "See there.")

    assert [(a.filename, a.content_type) for a in parsed.message.attachments] == [(name, kind)]
    assert parsed.parts == (octets,)
    assert parsed.message.text == "See there."
    assert parsed.message.problems == ()


def test_files_stand_where_the_wrapping_stood_in_order():
    tnef = w.MAGIC + w.attached(b"a.txt", b"A") + w.attached(b"b.txt", b"B")
    raw = (
        b"From: ann@x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: image/png; name=first.png\r\n\r\n1\r\n"
        b"--b\r\nContent-Type: application/octet-stream; name=WINMAIL.DAT\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(tnef)
        + b"--b\r\nContent-Type: image/png; name=last.png\r\n\r\n2\r\n--b--\r\n"
    )
    assert names(parse_message(raw)) == ["first.png", "a.txt", "b.txt", "last.png"]


RTF = rb"{\rtf1\ansi\ansicpg1252 One \'fc\par two\u8364?}"
HTML_IN_RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1{\*\htmltag19 <p>}\htmlrtf {\htmlrtf0 One {\*\htmltag84 &amp;}\htmlrtf &"
    rb"\htmlrtf0  two{\*\htmltag27 </p>}\htmlrtf \par}\htmlrtf0}"
)
BODIES = [
    ("html", ((w.BINARY, 0x1013, "<p>Über</p>".encode()), (w.NUMBER, 0x3FDE, 65001)), "Über", True),
    ("html of a code page", ((w.BINARY, 0x1013, b"<p>\xdcber</p>"), (w.NUMBER, 0x3FDE, 1252)), "Über", True),
    ("text", ((w.UNICODE, 0x1000, "Über\r\nalles"),), "Über\nalles", False),
    ("8-bit text", ((w.STRING8, 0x1000, b"\xdcber\0"),), "Über", False),
    ("text and html", ((w.UNICODE, 0x1000, "plain"), (w.BINARY, 0x1013, b"<p>rich</p>")), "plain", True),
    ("rich text", ((w.BINARY, 0x1009, w.compressed(RTF)),), "One ü\ntwo€", False),
    ("html in rich text", ((w.BINARY, 0x1009, w.compressed(HTML_IN_RTF)),), "One & two", True),
    ("damaged rich text", ((w.BINARY, 0x1009, b"\0" * 40),), "", False),
]


@pytest.mark.parametrize(("rows", "text", "is_html"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_the_text_is_read_where_the_mail_has_no_other(rows: tuple, text: str, is_html: bool):
    tnef = w.MAGIC + w.message(*rows) + w.attached(b"a.txt", b"A")

    alone, beside = mail(tnef), mail(tnef, "Typed.")

    assert alone.message.text == text
    assert (alone.message.html is not None) is is_html
    assert names(alone) == ["a.txt"]
    assert (beside.message.text, beside.message.html) == ("Typed.", None)


def test_a_picture_of_the_html_is_inline():
    rows = ((w.BINARY, 0x1013, b"<img src='cid:pic@x'>see"),)
    tnef = w.MAGIC + w.message(*rows) + w.attached(b"p.png", b"P", (w.UNICODE, 0x3712, "pic@x"))
    (picture,) = mail(tnef).message.attachments
    assert picture.inline and picture.content_id == "pic@x"


def test_an_attached_message_becomes_an_attached_mail():
    inner = w.message((w.UNICODE, 0x0037, "Old matter"), (w.UNICODE, 0x1000, "Said before"))
    inner += w.attached(b"in.txt", b"I")
    tnef = w.MAGIC + w.attached(b"", None, (w.OBJECT, 0x3701, w.AS_MESSAGE + w.MAGIC + inner))

    parsed = mail(tnef, "See there.")
    again = parse_message(parsed.parts[0])

    assert names(parsed) == ["Old matter.eml"]
    assert (again.message.subject, again.message.text) == ("Old matter", "Said before")
    assert again.parts == (b"I",)


WHOLE = w.MAGIC + w.message((w.UNICODE, 0x1000, "Hello")) + w.attached(b"a.txt", b"A") + w.attached(b"b.txt", b"B" * 50)
DAMAGED = [
    ("cut in a file", WHOLE[:-20], ["a.txt", "b.txt", "winmail.dat"]),
    ("more properties than bytes", w.MAGIC + w.attribute(1, 0x9003, b"\xff" * 4), ["winmail.dat"]),
    ("a string longer than its list", w.MAGIC + w.attribute(1, 0x9003, b"\1\0\0\0\x1f\0\0\x10\1\0\0\0\xff\xff\xff\xff"),
     ["winmail.dat"]),
    ("more values than bytes", w.MAGIC + w.attribute(1, 0x9003, b"\1\0\0\0\x1f\x10\0\x10\xff\xff\xff\xff" + b"\0" * 64),
     ["winmail.dat"]),
    ("no such stream", b"nonsense" * 10, ["winmail.dat"]),
    ("nothing", b"", ["winmail.dat"]),
]  # fmt: skip


@pytest.mark.parametrize(("stream", "left"), [row[1:] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
def test_what_is_damaged_stays_and_is_told(stream: bytes, left: list[str]):
    parsed = mail(stream, "See there.")

    assert names(parsed) == left
    assert parsed.parts[-1] == stream
    assert any("winmail.dat" in problem for problem in parsed.message.problems)
    assert parsed.message.text == "See there."


def test_garbage_behind_the_end_and_false_checksums_do_no_harm():
    damaged_sums = w.MAGIC + w.attached(b"a.txt", b"A")[:-2] + b"\xff\xff"
    assert names(mail(WHOLE + b"\0\0\0", "x")) == ["a.txt", "b.txt"]
    assert names(mail(damaged_sums, "x")) == ["a.txt"]


def test_more_files_than_the_budget_stay_wrapped():
    parsed = mail(w.MAGIC + w.attached(b"a.txt", b"A") * (budgets.ATTACHMENTS + 5))
    assert len(parsed.parts) == budgets.ATTACHMENTS
    assert any("winmail.dat is damaged" in problem for problem in parsed.message.problems)


MEETINGS = [
    ("IPM.Schedule.Meeting.Request", "request", "Invitation: Fuser\nWhen: 2026-03-03 10:00–11:00 (UTC+0100)"),
    ("IPM.Schedule.Meeting.Canceled", "cancel", "Cancelled: Fuser\nWhen: 2026-03-03 10:00–11:00 (UTC+0100)"),
    ("IPM.Microsoft Schedule.MtgRespP", "reply", "Ann accepts: Fuser\nWhen: 2026-03-03 10:00–11:00 (UTC+0100)"),
]


@pytest.mark.parametrize(("message_class", "method", "text"), MEETINGS)
def test_a_meeting_is_told(message_class: str, method: str, text: str):
    begins = 134170020000000000  # 2026-03-03 09:00 UTC, in tenths of microseconds since 1601
    tnef = w.MAGIC + w.message(
        (w.UNICODE, 0x001A, message_class), (w.UNICODE, 0x0037, "Fuser"), (w.UNICODE, 0x5D02, "ann@x.test"),
        (w.UNICODE, 0x0042, "Ann"), (w.TIME, 0x820D, begins), (w.TIME, 0x820E, begins + 36_000_000_000),
        (w.UNICODE, 0x8208, "Room 1"),
    )  # fmt: skip
    message = mail(tnef).message

    assert message.invitation is not None
    assert (message.invitation.method, message.invitation.location) == (method, "Room 1")
    assert message.invitation.starts_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert message.text.startswith(text)


@given(st.binary(max_size=400), st.integers(0, len(WHOLE)))
def test_any_bytes_give_a_mail(noise: bytes, at: int):
    mail(WHOLE[:at] + noise + WHOLE[at + len(noise) :], "x")
    mail(w.MAGIC + noise)


def test_files_of_the_corpus_are_named():
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}")
    cases = [json.loads(line) for line in (CORPUS / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    wrong = [
        case["id"]
        for case in cases
        if sorted(names(mail((CORPUS / case["file"]).read_bytes()))) != sorted(case["expect"]["filenames"])
    ]
    assert wrong == []
