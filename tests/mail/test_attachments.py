"""Names and places of attachments: what senders claim, and what is shown."""

import base64
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail import budgets
from maildesk.mail.attachments import safe_name
from maildesk.mail.parse import parse_message

HEAD = b"From: ann@x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n"


def one_part(head: bytes, body: bytes = b"x") -> bytes:
    return HEAD + b"--bb\r\n\r\ntext\r\n--bb\r\n" + head + b"\r\n\r\n" + body + b"\r\n--bb--\r\n"


CLAIMED = [
    (b"Content-Type: application/pdf; name=a.pdf", "a.pdf"),
    (b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="a b.pdf"', "a b.pdf"),
    (b"Content-Type: application/pdf; name=b.pdf\r\nContent-Disposition: inline; filename=a.pdf", "a.pdf"),
    (b"Content-Disposition: attachment; filename*=utf-8''%E2%82%AC.pdf", "€.pdf"),
    (
        b"Content-Disposition: attachment; filename*0*=utf-8''gr%C3; filename*1*=%BC%C3%9Fe; filename*2=.pdf",
        "grüße.pdf",
    ),
    (b"Content-Disposition: attachment; filename*=utf\x00-8''a.pdf", "a.pdf"),
    (b'Content-Disposition: attachment; filename="=?utf-8?q?gr=C3=BC=C3=9Fe.pdf?="', "grüße.pdf"),
    (b'Content-Disposition: attachment;\r\n filename="=?utf-8?b?w7w=?=\r\n =?utf-8?q?.pdf?="', "ü.pdf"),
    (b'Content-Disposition: attachment; filename="' + "grüße.pdf".encode() + b'"', "grüße.pdf"),
    (b'Content-Disposition: attachment; filename="' + "grüße.pdf".encode("latin-1") + b'"', "grüße.pdf"),
    (b"Content-Disposition: attachment; filename=fallback.pdf; filename*=utf-8''gr%C3%BC.pdf", "grü.pdf"),
    (b"Content-Disposition: attachment; filename*=utf-8''gr%C3%BC.pdf; filename=fallback.pdf", "grü.pdf"),
    (b"Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
    (b"Content-Disposition: attachment; filename*1=a; filename*2=b.pdf", "ab.pdf"),
    (b"Content-Disposition: attachment; filename*=\"UTF-8''gr%C3%BC.pdf\"", "grü.pdf"),
    (b"Content-Disposition: attachment; filename=\"utf-8''gr%C3%BC.pdf\"", "grü.pdf"),
    (b"Content-Disposition: attachment; filename=\"it's'100%25.pdf\"", "it's'100%25.pdf"),
    (b'Content-Disposition: attachment; filename="gr%C3%BC%20a.pdf"', "grü a.pdf"),
    (b'Content-Disposition: attachment; filename="..%2f..%2fevil.exe"', "..%2f..%2fevil.exe"),
    (b'Content-Disposition: attachment; filename="100%F6.pdf"', "100%F6.pdf"),
    (b'Content-Disposition: attachment; filename=a.pdf"', "a.pdf"),
    (b'Content-Disposition: attachment; filename="a.pdf" (a comment)', "a.pdf"),
    (b'Content-Disposition: attachment; name="a.pdf"', "a.pdf"),
    (b'Content-Disposition: attachment filename="a.pdf"', "a.pdf"),
    (b'Content-Type: application/pdf; filename="a.pdf"', "a.pdf"),
    (b'Content-Type: application/pdf name="a.pdf"', "a.pdf"),
    (b"Content-Type: video/quicktime", "part-1.mov"),
    (b"Content-Disposition: attachment; filename*=gr%C3%BC.pdf", "grü.pdf"),
    (b"Content-Disposition: attachment; filename*=iso-8859-1'en'gr%FC.pdf", "grü.pdf"),
    (b"Content-Disposition: attachment; filename*0*=utf-8''gr%C3; filename*1*=%BC.pdf", "grü.pdf"),
    (b"Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=b%20c.pdf", "a b%20c.pdf"),
    (b'Content-Disposition: attachment; filename*0="=?utf-8?B?w7"; filename*1="wucGRm?="', "ü.pdf"),
    (b"Content-Disposition: attachment; FileName=My Report 2024.pdf", "My Report 2024.pdf"),
    (b'Content-Disposition: attachment; filename="a;b\\"c.pdf"', 'a;b"c.pdf'),
    (b'Content-Disposition: attachment; filename="a.pdf', "a.pdf"),
    (b"Content-Disposition: attachment; filename='a b.pdf'", "a b.pdf"),
    (b'Content-Disposition: attachment; filename="C:\\temp\\new.pdf"', "new.pdf"),
    (b"Content-Type: application/pdf; name*=utf-8''gr%C3%BC.pdf", "grü.pdf"),
    (b"Content-Type: image/png\r\nContent-Location: logo.png", "logo.png"),
    (b"Content-Type: image/png\r\nContent-Location: gr%C3%BC%20a.png", "grü a.png"),
    (b"Content-Type: image/png\r\nContent-Location: =?utf-8?q?gr=C3=BC.png?=", "grü.png"),
    (b"Content-Type: image/png\r\nContent-ID: <image001.png@01DA.5678>", "image001.png"),
    (b"Content-Type: image/png\r\nContent-ID: <8B84.a1@x.test>", "part-1.png"),
    (b"Content-Type: application/octet-stream\r\nContent-Description: Report.pdf", "Report.pdf"),
    (b"Content-Type: application/octet-stream\r\nContent-Description: My report, see below", "part-1.bin"),
    (b"Content-Type: image/png\r\nContent-Location: http://x.test/logo.png", "part-1.png"),
    (b"Content-Type: image/png", "part-1.png"),
    (b"Content-Type: application/x-odd", "part-1.bin"),
    (b"Content-Disposition: attachment", "part-1.txt"),
    (b'Content-Type: text/html; name=""\r\nContent-Disposition: attachment; filename=""', "part-1.html"),
]


@pytest.mark.parametrize(("head", "name"), CLAIMED)
def test_claimed_names_are_decoded(head: bytes, name: str):
    parsed = parse_message(one_part(head))
    assert [a.filename for a in parsed.message.attachments] == [name]
    assert parsed.parts == (b"x",)
    assert parsed.message.text == "text"


@pytest.mark.parametrize(
    ("inner", "name"),
    [
        (b"Subject: Old mail\r\n\r\nb", "Old mail.eml"),
        (b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?= a/b\r\n\r\nb", "grüße a_b.eml"),
        (b"Subject: 24/7 \\ support\r\n\r\nb", "24_7 _ support.eml"),
        (b"To: x@y\r\n\r\nSubject: in the body", "in the body.eml"),
        (b"To: x@y\r\n\r\nb", "message.eml"),
    ],
)
def test_an_attached_mail_is_named_by_its_subject(inner: bytes, name: str):
    parsed = parse_message(one_part(b"Content-Type: message/rfc822", inner))
    assert [(a.filename, a.content_type) for a in parsed.message.attachments] == [(name, "message/rfc822")]
    assert parsed.parts == (inner,)


TRICKS = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("C:\\temp\\a.exe", "a.exe"),
    ("/abs/olute", "olute"),
    ("..", "part-1.bin"),
    (".", "part-1.bin"),
    ("", "part-1.bin"),
    ("~", "part-1.bin"),
    ("   ", "part-1.bin"),
    ("a/", "part-1.bin"),
    ("\u200b.htaccess", ".htaccess"),
    ("gpj.\u202eexe.doc", "gpj.exe.doc"),
    ("a\x00b.txt", "ab.txt"),
    ("a\r\nb.txt", "a b.txt"),
    ("．．／secret", "secret"),
    ("ＣＯＮ.txt", "part-1.bin"),
    ("第１号　Ｑ＆Ａ（最終）.pdf", "第１号 Ｑ＆Ａ（最終）.pdf"),
    ("gru\u0308n ﬁx².pdf", "grün ﬁx².pdf"),
    ("CON", "part-1.bin"),
    ("nul.txt", "part-1.bin"),
    ("com1", "part-1.bin"),
    ("report.pdf. . ", "report.pdf"),
    ("a" * 300 + ".pdf", "a" * 251 + ".pdf"),
    ("ä" * 300, "ä" * 127),
]


@pytest.mark.parametrize(("claimed", "shown"), TRICKS)
def test_shown_names_have_no_tricks(claimed: str, shown: str):
    assert safe_name(claimed, 0, "application/x-odd") == shown


@given(st.text(max_size=300))
def test_any_claimed_name_becomes_one_harmless_component(claimed: str):
    name = safe_name(claimed, 0, "text/plain")
    assert name.strip(". ")
    assert len(name.encode()) <= budgets.FILENAME_BYTES
    assert not {"/", "\\", "\n"} & set(name)
    assert all(unicodedata.category(c)[0] != "C" for c in name)


@pytest.mark.parametrize(
    ("head", "html", "inline"),
    [
        (b"Content-ID: <logo@x>\r\nContent-Disposition: attachment; filename=a.png", b'<img src="cid:logo@x">', True),
        (b"Content-ID: <logo@x>\r\nContent-Disposition: attachment; filename=a.png", b"<p>none</p>", False),
        (b"Content-ID: <logo@x>\r\nContent-Disposition: inline; filename=a.png", b"<p>none</p>", True),
        (b"Content-Disposition: inline; filename=a.png", b"<p>none</p>", False),
    ],
)
def test_inline_is_told_by_reference_or_by_disposition_with_an_id(head: bytes, html: bytes, inline: bool):
    raw = HEAD.replace(b"mixed", b"related") + b"--bb\r\nContent-Type: text/html\r\n\r\n" + html
    raw += b"\r\n--bb\r\nContent-Type: image/png\r\n" + head + b"\r\n\r\nx\r\n--bb--\r\n"
    (attachment,) = parse_message(raw).message.attachments
    assert attachment.inline is inline
    assert attachment.content_id == ("logo@x" if b"Content-ID" in head else None)


def test_a_raw_name_is_in_the_charset_of_the_text_beside_it():
    name = "テスト表.pdf"
    head = b'Content-Disposition: attachment; filename="' + name.encode("cp932") + b'"'
    raw = one_part(head).replace(b"--bb\r\n\r\n", b"--bb\r\nContent-Type: text/plain; charset=shift_jis\r\n\r\n", 1)
    assert [a.filename for a in parse_message(raw).message.attachments] == [name]


def test_an_id_that_looks_like_a_file_names_no_text():
    raw = HEAD + b"--bb\r\nContent-Type: text/plain\r\nContent-ID: <body.txt@x.test>\r\n\r\nwords\r\n--bb--\r\n"
    assert (parse_message(raw).message.text, parse_message(raw).parts) == ("words", ())


def test_a_nameless_picture_survives_as_bytes():
    picture = bytes(range(256))
    raw = one_part(b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64", base64.encodebytes(picture))
    assert parse_message(raw).parts == (picture,)


def test_unnamed_inline_text_is_no_attachment_but_a_named_one_is():
    raw = one_part(b"Content-Type: text/plain", b"footer")
    assert (parse_message(raw).message.text, parse_message(raw).parts) == ("text\n\nfooter", ())
    raw = one_part(b"Content-Type: text/plain; name=log.txt\r\nContent-Disposition: inline", b"log")
    assert (parse_message(raw).message.text, parse_message(raw).parts) == ("text", (b"log",))
