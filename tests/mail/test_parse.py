"""Bytes to message: structure, headers, dates, budgets and totality."""

import dataclasses
import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.mail import budgets
from maildesk.mail.parse import ParsedMail, UnreadableMail, parse_headers_only, parse_message
from maildesk.mail.read import ReadingContext, read_message

DATA = Path(__file__).parents[1] / "data"
DIRTY = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
HEAD = b"From: Ann <ann@x.test>\r\nTo: b@x.test\r\n"


def multipart(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    head = HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/" + kind + b"; boundary=bb\r\n\r\n"
    return head + b"".join(b"--bb\r\n" + part + b"\r\n" for part in parts) + b"--bb--\r\n"


def field(name: bytes, value: bytes) -> bytes:
    return HEAD + name + b": " + value + b"\r\n\r\nbody\r\n"


def strings_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in strings_of(item)]
    if dataclasses.is_dataclass(value):
        return [text for f in dataclasses.fields(value) for text in strings_of(getattr(value, f.name))]
    return []


def test_apple_mail_text_picture_text_is_one_text():
    parsed = parse_message((DATA / "apple-text-picture-text.eml").read_bytes())
    assert parsed.message.text == "This tray is bröken:\n\nAnd this one jams."
    assert [(a.filename, a.content_type, a.inline) for a in parsed.message.attachments] == [
        ("tray.png", "image/png", False)
    ]
    assert parsed.parts == (b"\x89PNG\r\n\x1a\n",)
    assert parsed.message.date_at == datetime(2025, 2, 3, 8, 15, tzinfo=UTC)


def test_a_nested_mail_is_one_attachment_and_its_text_stays_inside():
    parsed = parse_message((DATA / "dsn-with-nested-mail.eml").read_bytes())
    assert "nested" not in parsed.message.text
    assert [(a.filename, a.content_type) for a in parsed.message.attachments] == [
        ("part-1.txt", "message/delivery-status"),
        ("Your ticket.eml", "message/rfc822"),
    ]
    assert parsed.parts[1].startswith(b"From: support@example.test\nTo: nobody@example.test\n")
    nested = parsed.tree.get_payload()[2].get_payload()[0]
    assert nested["Message-ID"] == "<ours-1@example.test>"
    assert parsed.message.return_path == ""


PLAIN = b"Content-Type: text/plain\r\n\r\nplain words"
HTML = b"Content-Type: text/html\r\n\r\n<p>rich words</p>"
BODIES = {
    "no type at all": (HEAD + b"\r\njust text\r\n", "just text"),
    "alternative prefers plain": (multipart(PLAIN, HTML, kind=b"alternative"), "plain words"),
    "empty plain gives way to HTML": (
        multipart(b"Content-Type: text/plain\r\n\r\n \r\n", HTML, kind=b"alternative"),
        "rich words",
    ),
    "HTML alone": (HEAD + b"Content-Type: text/html\r\n\r\nbefore<html><p>in</p></html>after", "before\n\nin\n\nafter"),
    "plain and HTML side by side are both body": (multipart(PLAIN, HTML), "plain words\n\nrich words"),
    "false multipart is text": (
        HEAD + b"Content-Type: multipart/mixed; boundary=zz\r\n\r\nno parts here",
        "no parts here",
    ),
    "flowed": (
        HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\none \r\nline\r\n-- \r\nAnn\r\n",
        "one line\n-- \nAnn",
    ),
    "flowed with DelSp": (
        HEAD + b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nbro \r\nken\r\n",
        "broken",
    ),
    "transfer encoding with a semicolon": (HEAD + b"Content-Transfer-Encoding: base64;\r\n\r\naGVsbG8=\r\n", "hello"),
    "unknown transfer encoding": (HEAD + b"Content-Transfer-Encoding: x-odd\r\n\r\nhello\r\n", "hello"),
    "boundary folded inside its quotes": (
        HEAD + b'Content-Type: multipart/mixed; boundary="a\r\n b"\r\n\r\n--a b\r\n\r\nhello\r\n--a b--\r\n',
        "hello",
    ),
    "a footer as one more alternative": (
        multipart(PLAIN, HTML, b"Content-Type: text/plain\r\n\r\nfooter", kind=b"alternative"),
        "plain words\nfooter",
    ),
    "the same text twice": (multipart(PLAIN, PLAIN, kind=b"alternative"), "plain words"),
    "text around the html element": (
        HEAD + b"Content-Type: text/html\r\n\r\nnew words<html><body>old words</body></html>below",
        "new words\nold words\nbelow",
    ),
    "byte-order mark and blank before the first word": (
        HEAD + "\r\n\r\n\ufeff\xa0#close\r\n  x".encode(),
        "#close\n  x",
    ),
    "blank line of a non-breaking blank": (HEAD + "\r\n\xa0\r\n#close".encode(), "#close"),
    "indentation of the first line": (HEAD + b"\r\n\r\n  code\r\n", "  code"),
    "lone LF": (HEAD.replace(b"\r\n", b"\n") + b"\na\nb\n", "a\nb"),
    "CR CR LF": (HEAD + b"\r\na\r\r\nb\r\r\n\r\r\nc", "a\nb\n\nc"),
    "doubled newlines": (
        HEAD + b"\r\na\r\n\r\nb\r\n \r\n\r\n\r\nc\r\n\r\nd\r\n\r\n\r\n\r\ne\r\n\r\nf\r\n\r\n",
        "a\nb\n\nc\nd\n\ne\nf",
    ),
    "paragraphs of one line": (
        HEAD + b"\r\n" + b"\r\n\r\n".join(b"p%d" % n for n in range(9)),
        "\n\n".join(f"p{n}" for n in range(9)),
    ),
    "nothing but another mail": (
        HEAD + b"Content-Type: message/rfc822\r\n\r\nFrom: z@x.test\r\nContent-Type: text/html\r\n\r\n<p>inner</p>",
        "inner",
    ),
    "nothing but a picture": (HEAD + b"Content-Type: image/png; name=a.png\r\n\r\nx", ""),
    "empty": (b"", ""),
    "only newlines": (b"\r\n\r\n", ""),
    "NUL and controls": (HEAD + b"\r\na\x00b\x07c\x1b[31m\td", "a\ufffdbc[31m\td"),
}


@pytest.mark.parametrize(("raw", "text"), BODIES.values(), ids=BODIES.keys())
def test_body_text(raw: bytes, text: str):
    assert parse_message(raw).message.text == text


CHARSETS = {
    "declared": (b"iso-8859-15", "5 €".encode("iso-8859-15"), "5 €"),
    "latin-1 that is cp1252": (b"iso-8859-1", b"\x935\x94", "“5”"),
    "us-ascii that is UTF-8": (b"us-ascii", "Grüße".encode(), "Grüße"),
    "gb2312 that is GBK": (b"gb2312", "镕基".encode("gbk"), "镕基"),
    "korean vendor name": (b"ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
    "ISO-2022-JP with NEC row 13": (b"iso-2022-jp", b"\x1b$B-!\x1b(B", "①"),
    "7-bit ISO-2022-JP undeclared": (b"us-ascii", "日本".encode("iso2022_jp"), "日本"),
    "not a charset": (b"rot13", b"hello", "hello"),
    "not a charset, 8-bit": (b"idna", "Grüße".encode(), "Grüße"),
    "NUL in the name": (b'"utf\x00-8"', "Grüße".encode(), "Grüße"),
    "visual Hebrew": (b"iso-8859-8-i", "שלום".encode("iso-8859-8"), "שלום"),
    "UTF-8 clipped in a character": (b"utf-8", "aüöäßüöäßüöäßü".encode()[:-1], "aüöäßüöäßüöäß\ufffd"),
}


@pytest.mark.parametrize(("charset", "octets", "text"), CHARSETS.values(), ids=CHARSETS.keys())
def test_charsets(charset: bytes, octets: bytes, text: str):
    raw = HEAD + b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n" + octets
    assert parse_message(raw).message.text == text


SUBJECTS = [
    (b"plain", "plain"),
    (b"=?utf-8?q?h=C3=A4?=", "hä"),
    (b"=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),
    (b"=?utf-8?b?w6Q?=", "ä"),
    (b"folded\r\n\tline", "folded line"),
    ("Grüße".encode(), "Grüße"),
    ("Grüße".encode("latin-1"), "Grüße"),
    (b"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
    (b"=?utf-8?q?a=00b?=", "ab"),
    ("a\u202eb\u200bc".encode(), "abc"),
    (b"=?x-nope?q?abc?=", "abc"),
    (b"=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
    (b"=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=", "日本"),
    (b"\x1b$BF|K\\\x1b(B", "日本"),
]


@pytest.mark.parametrize(("value", "subject"), SUBJECTS)
def test_subject(value: bytes, subject: str):
    message = parse_message(field(b"Subject", value)).message
    assert message.subject == subject
    assert message.header_values("subject") == (subject,)


@pytest.mark.parametrize(
    ("subject", "rest", "shown"),
    [
        ("Вопрос".encode("koi8-r"), b"Content-Type: text/plain; charset=koi8-r\r\n", "Вопрос"),
        ("日本ソース".encode("cp932"), b"From: =?ISO-2022-JP?B?GyRCRnwbKEI=?= <a@x.test>\r\n", "日本ソース"),
        ("Вопрос".encode("koi8-r"), b"Content-Type: text/plain; charset=utf-8\r\nX-A: =?koi8-r?Q?a?=\r\n", "Вопрос"),
        ("Grüße".encode(), b"Content-Type: text/plain; charset=koi8-r\r\n", "Grüße"),
        ("Grüße".encode("latin-1"), b'Content-Type: text/plain; charset="utf-8"\r\n', "Grüße"),
    ],
)
def test_a_raw_subject_is_utf8_or_in_a_charset_the_mail_names(subject: bytes, rest: bytes, shown: str):
    raw = b"Subject: " + subject + b"\r\n" + rest + b"\r\nb"
    assert parse_message(raw).message.subject == shown
    assert parse_headers_only(raw).message.subject == shown


IDS = [
    (b"<a@x.test>", "<a@x.test>"),
    (b"a@x.test", "<a@x.test>"),
    (b"<a@\r\n x.test>", "<a@x.test>"),
    (b"<a@x.test> (comment)", "<a@x.test>"),
    (b"not an id", None),
    (b"<>", None),
    (b"<a\x00@x.test>", None),
    (b"", None),
]


@pytest.mark.parametrize(("value", "message_id"), IDS)
def test_message_id(value: bytes, message_id: str | None):
    assert parse_message(field(b"Message-ID", value)).message.message_id == message_id


def test_the_plain_rendering_stands_alone_beside_a_rich_one_of_several_parts():
    inner = b"Content-Type: multipart/mixed; boundary=cc\r\n\r\n--cc\r\n" + HTML + b"\r\n--cc\r\n\r\nrich\r\n--cc--"
    assert parse_message(multipart(PLAIN, inner, kind=b"alternative")).message.text == "plain words"


def test_two_parts_in_two_charsets_are_both_read():
    raw = multipart(
        b"Content-Type: text/plain; charset=koi8-r\r\n\r\n" + "Вопрос".encode("koi8-r"),
        b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n" + "Grüße".encode("latin-1"),
    )
    assert parse_message(raw).message.text == "Вопрос\n\nGrüße"


def test_a_mail_that_is_another_mail_keeps_its_sender_and_the_other_as_attachment():
    inner = b"From: z@x.test\r\nMessage-ID: <z@x.test>\r\nSubject: inner\r\n\r\nwords"
    outer = b"Delivered-To: desk@x.test\r\nMessage-ID: <a@x.test>\r\nContent-Type: message/rfc822\r\n\r\n"
    parsed = parse_message(HEAD + outer + inner)
    assert parsed.message.sender is not None
    assert (parsed.message.sender.address, parsed.message.message_id) == ("ann@x.test", "<a@x.test>")
    assert parsed.message.delivered_to == ("desk@x.test",)
    assert [a.filename for a in parsed.message.attachments] == ["inner.eml"]
    assert parsed.parts == (inner,)


def test_all_in_the_subject_or_all_in_the_attachment_is_a_mail():
    assert parse_message(HEAD + b"Subject: please call\r\n\r\n").message.text == ""
    message = parse_message(multipart(b"Content-Type: application/pdf; name=a.pdf\r\n\r\nx")).message
    assert (message.text, [a.filename for a in message.attachments]) == ("", ["a.pdf"])


def test_two_hundred_recipients_are_kept_of_many():
    to = b",".join(b"u%d@x.test" % n for n in range(500))
    message = parse_message(b"To: " + to + b"\r\nCc: " + to + b"\r\n\r\n").message
    assert [len(message.to), len(message.cc)] == [budgets.ADDRESSES] * 2
    assert message.to[0].address == "u0@x.test"


def test_references_keep_both_ends_and_drop_phrases():
    many = b" ".join(b"<%d@x.test>" % n for n in range(40))
    message = parse_message(
        HEAD + b"References: " + many + b"\r\nIn-Reply-To: Your mail of Monday <p@x.test>\r\n\r\n"
    ).message
    assert message.in_reply_to == ("<p@x.test>",)
    assert message.references[:5] == tuple(f"<{n}@x.test>" for n in range(5))
    assert message.references[5:] == tuple(f"<{n}@x.test>" for n in range(20, 40))


MENDED = {
    "mbox line": b"From ann@x.test Mon Feb  3 09:15:00 2025\nFrom: ann@x.test\nSubject: s\n\nb",
    "blank lines before the header": b"\r\n\r\nFrom: ann@x.test\r\nSubject: s\r\n\r\nb",
    "byte-order mark": b"\xef\xbb\xbfFrom: ann@x.test\nSubject: s\n\nb",
    "blank before the colon": b"From : ann@x.test\nSubject : s\n\nb",
    "bare CR": b"From: ann@x.test\rSubject: s\r\rb",
}


@pytest.mark.parametrize("raw", MENDED.values(), ids=MENDED.keys())
def test_a_damaged_header_block_is_still_read(raw: bytes):
    message = parse_message(raw).message
    assert message.sender is not None
    assert (message.sender.address, message.subject, message.text) == ("ann@x.test", "s", "b")
    assert message.raw_sha256 == hashlib.sha256(raw).hexdigest()
    assert message.size_bytes == len(raw)


def test_a_line_without_colon_does_not_end_the_header():
    message = parse_message(b"Subject: s\r\nbroken line\r\nFrom: ann@x.test\r\n\r\nb").message
    assert message.sender is not None
    assert message.text == "b"


def test_trace_fields():
    message = parse_message(
        b"Return-Path: <bounce@x.test>\r\nDelivered-To: support@example.test\r\nX-Original-To: help@example.test\r\n"
        + HEAD
        + b"\r\nb"
    ).message
    assert message.return_path == "bounce@x.test"
    assert message.delivered_to == ("support@example.test", "help@example.test")
    assert parse_message(HEAD + b"\r\nb").message.return_path is None
    assert parse_message(b"Return-Path: <>\r\n" + HEAD + b"\r\nb").message.return_path == ""


SAME = HEAD + b"Date: Mon, 3 Feb 2025 09:15:00 +0100\r\nSubject: s\r\n"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (SAME + b"\r\nbody\r\n", b"Received: by a\r\nDelivered-To: z@x.test\r\n" + SAME + b"\r\nbody\r\n", True),
        (SAME + b"\r\nbody\r\n", SAME.replace(b"\r\n", b"\n") + b"\nbody\n", True),
        (
            SAME + b"Message-ID: <a@x>\r\n\r\nbody",
            b"Received: by b\r\n" + SAME + b"Message-ID: <a@x>\r\n\r\nbody",
            True,
        ),
        (SAME + b"\r\nbody\r\n", SAME + b"\r\nbody two\r\n", False),
        (SAME + b"\r\nbody\r\n", SAME.replace(b"ann@", b"eve@") + b"\r\nbody\r\n", False),
        (SAME + b"\r\nbody\r\n", SAME.replace(b"09:15", b"09:16") + b"\r\nbody\r\n", False),
        (SAME + b"\r\nbody\r\n", SAME.replace(b": s", b": t") + b"\r\nbody\r\n", False),
    ],
)
def test_content_digest_is_the_same_on_every_path_of_one_mail(one: bytes, other: bytes, same: bool):
    digests = {parse_message(raw).message.content_sha256 for raw in (one, other)}
    assert (len(digests) == 1) is same


BOMBS = {
    "encoded words": (field(b"Subject", b"=?utf-8?q?ab?= " * 20_000), None),
    "header fields": (HEAD + b"X-A: b\r\n" * 50_000 + b"\r\nb", "the header is over its budget"),
    "one long field": (field(b"X-A", b"a" * 1_000_000), "longer than 65536 bytes"),
    "parts": (multipart(*[b"\r\nx"] * 20_000), "more than 500 parts"),
    "attachments": (multipart(*[b"Content-Type: image/png; name=x.png\r\n\r\nx"] * 300), "more than 100 attachments"),
    "nesting": (
        HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000)),
        "nested deeper than 30",
    ),
    "nested mails": (HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 1000, None),
    "parameters": (
        multipart(*[b"Content-Type: text/plain" + b"; a=b" * 2000 + b"\r\n\r\nx"] * 400),
        "more than 100 parameters",
    ),
    "addresses": (b"To: " + b", ".join(b"u%d@x.test" % n for n in range(50_000)) + b"\r\n\r\n", None),
    "filename continuations": (
        multipart(
            b"Content-Disposition: attachment" + b"".join(b"; filename*%d*=x" % n for n in range(5000)) + b"\r\n\r\nx"
        ),
        None,
    ),
    "text": (HEAD + b"\r\n" + b"hello world\r\n" * 200_000, "the text is longer"),
    "HTML": (HEAD + b"Content-Type: text/html\r\n\r\n" + b"<p>x</p>" * 200_000, "the HTML is longer"),
    "deep HTML": (HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 40_000, None),
}


@pytest.mark.parametrize(("raw", "problem"), BOMBS.values(), ids=BOMBS.keys())
@pytest.mark.timeout(10)
def test_bombs_stay_within_budgets(raw: bytes, problem: str | None):
    message = read_message(raw, ReadingContext()).message
    assert problem is None or any(problem in text for text in message.problems), message.problems
    assert len(message.text) <= budgets.TEXT_CHARS
    assert len(message.headers) <= budgets.HEADER_COUNT
    assert len(message.attachments) <= budgets.ATTACHMENTS
    assert len(message.to) <= budgets.ADDRESSES
    assert all(len(value) <= budgets.HEADER_VALUE_CHARS for _, value in message.headers)


def checked(parsed: ParsedMail, raw: bytes) -> None:
    message = parsed.message
    assert not [text for text in strings_of(message) if DIRTY.search(text)]
    assert not any("\n" in text for text in (message.subject, *(value for _, value in message.headers)))
    assert message.size_bytes == len(raw)
    assert [len(part) for part in parsed.parts] == [a.size_bytes for a in message.attachments]
    assert all(a.filename and len(a.filename.encode()) <= budgets.FILENAME_BYTES for a in message.attachments)
    "".join(strings_of(message)).encode()


NAMES = st.sampled_from(
    b"From|To|Subject|Date|Message-ID|References|Content-Type|Content-Disposition|Content-Transfer-Encoding|Return-Path|"
    b"Reply-To|Received|X-Y|From ".split(b"|")
)
VALUES = st.one_of(
    st.binary(max_size=80),
    st.sampled_from(
        b"text/html; charset=utf-7|multipart/mixed; boundary=x|message/rfc822|base64|=?utf-8?b?/w==?=|<a@b> <c|"
        b'attachment; filename="..\\../a\x00b"|multipart/alternative; boundary=x|a@b, (c <d@e>|quoted-printable|'
        b"text/plain; charset=undefined|message/delivery-status|x-uuencode|text/plain; charset=idna".split(b"|")
    ),
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=8).map(
    lambda fs: b"".join(n + b": " + v + b"\r\n" for n, v in fs)
)
BODY = st.lists(
    st.one_of(st.binary(max_size=60), st.sampled_from([b"--x\r\n", b"--x--\r\n", b"\r\n"]), HEADERS), max_size=8
)
MAILS = st.one_of(st.binary(max_size=400), st.tuples(HEADERS, BODY).map(lambda m: m[0] + b"\r\n" + b"".join(m[1])))


@settings(max_examples=400, deadline=None)
@given(raw=MAILS)
def test_any_bytes_give_a_clean_message_or_the_one_error(raw: bytes):
    for minimal in (False, True):
        try:
            parsed = read_message(raw, ReadingContext(("support@example.test",), ("mx.example.test",)), minimal)
        except UnreadableMail:
            assert not minimal
        else:
            checked(parsed, raw)


def test_minimal_reading_gives_header_and_first_text():
    raw = (DATA / "apple-text-picture-text.eml").read_bytes()
    message = parse_headers_only(raw).message
    assert message.sender is not None
    assert (message.sender.name, message.sender.address) == ("Ann Lee", "ann@example.test")
    assert message.message_id == "<apple-1@example.test>"
    assert message.text.strip() == "This tray is bröken:"
    assert message.problems


def test_a_boundary_that_is_not_folded_still_bounds() -> None:
    inner = b"Content-Type: multipart/alternative;\r\nboundary=i\r\n\r\n--i\r\n\r\nTry a cable.\r\n--i--\r\n"
    assert parse_message(multipart(inner)).message.text == "Try a cable."
    assert parse_message(HEAD + inner).message.text == "Try a cable."
