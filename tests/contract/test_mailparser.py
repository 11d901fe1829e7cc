"""What this project leans on in the mail libraries, and what it works around: fails when a new version differs."""

import email
import time
from email.errors import HeaderParseError

import mailparser
import pytest
from mailparser_reply.parser import EmailMessage

from maildesk.mail.parse import parse_message
from maildesk.mail.quoting import find_visible_text
from maildesk.mail.tree import parse_tree

NESTED = (
    b"From: a@x.test\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\nouter\r\n--bb\r\n"
    b"Content-Type: message/rfc822\r\n\r\nSubject: s\r\n\r\ninner\r\n--bb--\r\n"
)
NAMELESS = (
    b"From: a@x.test\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\ntext\r\n--bb\r\n"
    b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n//79\r\n--bb--\r\n"
)
DSN = (
    b"From: a@x.test\r\nContent-Type: multipart/report; boundary=bb\r\n\r\n--bb\r\n\r\ntext\r\n--bb\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\n--bb--\r\n"
)


def outline(**fields: str) -> email.message.Message:
    message = email.message.Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


def test_mailparser_takes_a_message_without_any_header():
    library = mailparser.MailParser(outline())
    assert (library.from_, library.to, library.reply_to, library.date) == ([], [], [], None)


def test_mailparser_splits_lists_before_decoding_and_tells_its_doubts():
    library = mailparser.MailParser(outline(From="=?utf-8?q?a=2C_b?= <a@x.test>", To="junk, b@x.test"))
    assert library.from_ == [("a, b", "a@x.test")]
    assert library.to == [("", "b@x.test")]
    assert [(d["header"], d["raw"], d["recovered"]) for d in library.address_header_defects] == [("to", "junk", False)]


def test_mailparser_dates_are_aware_and_utc():
    library = mailparser.MailParser(outline(Date="Mon, 3 Feb 2025 09:15:00 +0100"))
    assert library.date.isoformat() == "2025-02-03T08:15:00+00:00"


def test_mailparser_mixes_nested_text_in_and_we_do_not():
    assert any("inner" in text for text in mailparser.parse_from_bytes(NESTED).text_plain)
    assert parse_message(NESTED).message.text == "outer"


def test_mailparser_loses_a_nameless_picture_and_we_do_not():
    assert mailparser.parse_from_bytes(NAMELESS).attachments == []
    assert parse_message(NAMELESS).parts == (b"\xff\xfe\xfd",)


def test_mailparser_hides_the_delivery_status_and_we_do_not():
    assert mailparser.parse_from_bytes(DSN).attachments == []
    parsed = parse_message(DSN)
    assert [a.content_type for a in parsed.message.attachments] == ["message/delivery-status"]
    status = parsed.tree.get_payload()[1].get_payload()
    assert [dict(block) for block in status] == [{"Reporting-MTA": "dns; x"}, {"Action": "failed"}]


def test_mailparser_trips_over_nul_in_a_charset_and_we_do_not():
    raw = b"From: a@x.test\r\nContent-Type: text/plain; charset=utf\x00-8\r\n\r\nGr\xc3\xbc\xc3\x9fe"
    with pytest.raises(ValueError, match="null"):
        mailparser.parse_from_bytes(raw)
    assert parse_message(raw).message.text == "Grüße"


def test_mailparser_fails_over_a_badly_padded_name_and_we_do_not():
    with pytest.raises(HeaderParseError):
        mailparser.MailParser(outline(From="=?utf-8?b?QW5uQ?= <a@x.test>"))
    assert parse_message(b"From: =?utf-8?b?QW5uQ?= <a@x.test>\r\n\r\n").message.sender is not None


def test_mailparser_leaves_seven_bit_japanese_undecoded_and_we_do_not():
    raw = b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + "日本".encode("iso2022_jp")
    assert mailparser.parse_from_bytes(raw).text_plain == ["\x1b$BF|K\\\x1b(B"]
    assert parse_message(raw).message.text == "日本"


def test_nul_and_surrogates_do_not_get_through():
    raw = b"From: a\x00b@x.test\r\nSubject: a\x00b =?utf-7?q?+2AA-?=\r\n\r\na\x00b\xed\xa0\x80"
    message = parse_message(raw).message
    "".join((message.subject, message.text, *(value for _, value in message.headers))).encode()
    assert "\x00" not in message.subject + message.text


def test_the_feed_parser_makes_one_part_to_try_the_factory_and_keeps_content_in_payload():
    tree, problems = parse_tree(b"Content-Type: text/plain; charset=idna\r\n\r\nGr\xfc\xdfe")
    assert tree.octets() == b"Gr\xfc\xdfe"
    assert tree.get_payload(decode=True) == b"Gr\xfc\xdfe"
    assert problems == ()


def test_mailparser_reply_signatures_swallow_text_so_only_its_headers_are_used():
    reply = EmailMessage(text="Hello\n- first item\nlast words", languages=["en"]).read().replies[0]
    assert "last words" not in reply.body
    assert find_visible_text("Hello\n- first item\nlast words") == "Hello\n- first item\nlast words"


def test_mailparser_reply_tells_where_an_older_mail_begins():
    replies = (
        EmailMessage(text="好的\n\n发件人: a\n主题: b\n\nold", languages=["zh"], include_english=False).read().replies
    )
    assert [reply.headers.split("\n")[0] for reply in replies] == ["", "发件人: a"]


def test_sixty_kilobytes_of_blank_lines_take_less_than_a_second():
    begun = time.process_time()
    find_visible_text("hello\n" + " \n" * 30_000 + "年\n" * 1_000)
    assert time.process_time() - begun < 1
