"""Who From names: strict where it is an identity, tolerant of what real programs write."""

import time

import pytest

from maildesk.mail.parse import parse_headers_only, parse_message

ACCEPTED = [
    (b"ann@x.test", "", "ann@x.test"),
    (b"Ann <ann@x.test>", "Ann", "ann@x.test"),
    (b"Ann B. Doe <ann@x.test>", "Ann B. Doe", "ann@x.test"),
    (b"Doe, Ann <ann@x.test>", "Doe, Ann", "ann@x.test"),
    (b"=?utf-8?q?Doe=2C_Ann?= <ann@x.test>", "Doe, Ann", "ann@x.test"),
    (b'"=?utf-8?q?Doe=2C_Ann?=" <ann@x.test>', "Doe, Ann", "ann@x.test"),
    ("Jörg <j@x.test>".encode(), "Jörg", "j@x.test"),
    ("Jörg <j@x.test>".encode("latin-1"), "Jörg", "j@x.test"),
    (b"Ann [mailto:ann@x.test]", "Ann", "ann@x.test"),
    (b"ann@x.test (Ann Doe)", "Ann Doe", "ann@x.test"),
    (b"ann@x.test <ann@x.test>", "", "ann@x.test"),
    (b'"tech@corp.test" <eve@x.test>', "tech@corp.test", "eve@x.test"),
    (b"=?utf-8?q?a=0D=0ABcc=3A_b?= <ann@x.test>", "a Bcc: b", "ann@x.test"),
    ("\u202eAnn\u200b <ann@x.test>".encode(), "Ann", "ann@x.test"),
    ("用户@例子.测试".encode(), "", "用户@例子.测试"),
    (b"j..d@x.test", "", "j..d@x.test"),
    (b"Ann\r\n <ann@x.test>", "Ann", "ann@x.test"),
    (b"=?utf-8?b?QW5u==?= <ann@x.test>", "Ann", "ann@x.test"),
    (b"=?utf-8?b?QW5uQ?= <ann@x.test>", "Ann", "ann@x.test"),
    (b"=?utf-8?b?QW5uIEI?= <ann@x.test>", "Ann B", "ann@x.test"),
    (b"\"'Ann Doe'\" <ann@x.test>", "Ann Doe", "ann@x.test"),
    (b"=?utf-8?q?Doe?=, =?utf-8?q?Ann?= <ann@x.test>", "Doe, Ann", "ann@x.test"),
    (b"=?iso-8859-1?q?Doe,_Ann?= <ann@x.test>", "Doe, Ann", "ann@x.test"),
]
REFUSED = [
    b"", b"<>", b"MAILER-DAEMON", b"ann at x.test", b"a@b@c.test", b"Ann <ann@x.test", b"Ann <ann@x.test> junk",
    b"Ann <ann@x.test>, Bob <bob@x.test>", b"ann@x.test, bob@x.test", b"Team: ann@x.test;", b"undisclosed-recipients:;",
    b"tech@corp.test(<eve@x.test>", b"tech@corp.test <eve@x.test>", b"<tech@corp.test> <eve@x.test>",
    b'"=?utf-8?q?tech=40corp=3E=00?="@x.test', b"=?utf-8?q?tech=40corp.test?=@x.test", b"<@a.test,@b.test:c@d.test>",
    b"ann@x.test\x00", b"ann@\x00x.test", b"a\x0bnn@x.test", b"ann @x.test", b"Ann <ann@x.test.>", b"ann@[127.0.0.1]",
    b"Ann <" + b"a" * 400 + b"@x.test>", b"x" * 3000 + b" <ann@x.test>",
    # Compared without case they would be another's.
    "tia@\u017ftaff.test".encode(), "tia@straße.test".encode(), "mi\u212ae@x.test".encode(),
]  # fmt: skip


@pytest.mark.parametrize(("value", "name", "address"), ACCEPTED)
def test_one_clean_mailbox_is_the_sender(value: bytes, name: str, address: str):
    message = parse_message(b"From: " + value + b"\r\n\r\n").message
    assert message.sender_problem == ""
    assert message.sender is not None
    assert (message.sender.name, message.sender.address) == (name, address)


@pytest.mark.parametrize("value", REFUSED)
def test_doubt_about_from_names_nobody(value: bytes):
    raw = b"From: " + value + b"\r\nTo: b@x.test\r\n\r\n"
    for message in (parse_message(raw).message, parse_headers_only(raw).message):
        assert message.sender is None
        assert message.sender_problem


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: no From\r\n",
        b"From: ann@x.test\r\nFrom: eve@x.test\r\n",
        b"from: ann@x.test\r\nFROM: ann@x.test\r\n",
        b"From : eve@x.test\r\nFrom: ann@x.test\r\n",
        b"From: ann@x.test\r\nSubject: s\r\nFrom : eve@x.test\r\n",
        b"From: ann@x.test\r\n From: eve@x.test\r\n",
        b"From: ann@x.test\rFrom: eve@x.test\r\n",
    ],
)
def test_not_exactly_one_from_field_names_nobody(head: bytes):
    message = parse_message(head + b"\r\nbody").message
    assert message.sender is None
    assert message.sender_problem


CLAIMED = [
    (b"Ann <ann@x.test>, Bob <bob@x.test>", "Ann", "ann@x.test"),
    (b"ann@x.test, bob@x.test", "", "ann@x.test"),
    (b"=?utf-8?q?Doe=2C_Ann?= <ann@x.test>, bob@x.test", "Doe, Ann", "ann@x.test"),
    (b"Doe, Ann <ann@x.test>, Bob <bob@x.test>", "Doe, Ann", "ann@x.test"),
    (b"Team: Ann <ann@x.test>, bob@x.test;", "Ann", "ann@x.test"),
    (b"Old, Team: Ann <ann@x.test>, bob@x.test;", "Ann", "ann@x.test"),
    (b"<@a.test,@b.test:c@d.test>", "", "c@d.test"),
    (b"Ann;ann@x.test", "Ann", "ann@x.test"),
    (b"Ann <ann@x.test", "Ann", "ann@x.test"),
    (b"Ann Doe ann@x.test junk, bob@x.test", "Ann Doe  junk", "ann@x.test"),
    (b'"Re: Ann, B." <ann@x.test.>', "Re: Ann, B.", "ann@x.test."),
    (b'"ann@x.test"', "", "ann@x.test"),
    (b"tech@corp.test <eve@x.test>", "tech@corp.test", "eve@x.test"),
    (b"a@b@c.test", "", "a@b@c.test"),
    (b"ann@[127.0.0.1]", "", "ann@[127.0.0.1]"),
    (b"ann@x.test\x00", "", "ann@x.test"),
    (b"Moderator <moderator>", "Moderator", "moderator"),
    (b"MAILER-DAEMON", "", "MAILER-DAEMON"),
    (b"MAILER-DAEMON (Mail Delivery System)", "Mail Delivery System", "MAILER-DAEMON"),
    ("\u202eJörg\u200b <j@x.>".encode(), "Jörg", "j@x."),
    (b"=?utf-8?q?a=0D=0ABcc=3A_b?= <ann@x.test>, b@x.test", "a Bcc: b", "ann@x.test"),
    (b"=?utf-8?q?Ann_=3Cann=40x=2Etest=3E?=", "Ann", "ann@x.test"),
    (b"Ann <ann @x.test>", "Ann", "ann@x.test"),
    ("山田太郎 <ann@x.test>".encode("iso2022_jp"), "山田太郎", "ann@x.test"),
]
NOBODY = [
    b"", b"<>", b"undisclosed-recipients:;", b"ann at x.test", b"(only a comment)", b"x" * 3000,
    b"Ann <" + b"a" * 400 + b"@x.test>", b'"' * 1999, b"(" * 2000, b'<"' * 1000, b"," * 2000, b": <" * 600,
]  # fmt: skip


@pytest.mark.parametrize(("value", "name", "address"), CLAIMED)
def test_a_refused_from_still_tells_what_a_client_would_show(value: bytes, name: str, address: str):
    raw = b"From: " + value + b"\r\nTo: b@x.test\r\n\r\n"
    for message in (parse_message(raw).message, parse_headers_only(raw).message):
        assert message.sender is None
        assert message.claimed_sender is not None
        assert (message.claimed_sender.name, message.claimed_sender.address) == (" ".join(name.split()), address)


@pytest.mark.parametrize("value", NOBODY)
def test_where_nothing_can_be_read_nobody_is_claimed(value: bytes):
    raw = b"From: " + value + b"\r\n\r\n"
    for message in (parse_message(raw).message, parse_headers_only(raw).message):
        assert (message.sender, message.claimed_sender) == (None, None)


@pytest.mark.parametrize("value", [row[0] for row in ACCEPTED])
def test_a_believed_sender_is_not_claimed_as_well(value: bytes):
    raw = b"From: " + value + b"\r\n\r\n"
    for message in (parse_message(raw).message, parse_headers_only(raw).message):
        assert (message.sender is None) is (message.claimed_sender is not None)


def test_the_first_of_several_from_fields_is_what_a_client_shows():
    message = parse_message(b"From: junk at x\r\nFrom: Ann <ann@x.test>\r\nFrom: eve@x.test\r\n\r\n").message
    assert message.sender is None
    assert message.claimed_sender is not None
    assert message.claimed_sender.address == "ann@x.test"


@pytest.mark.parametrize(
    ("octets", "charset", "name", "address"),
    [
        ("Анна <ann@x.test>".encode("koi8-r"), b"koi8-r", "Анна", "ann@x.test"),
        ("陳小姐 <ann@x.test>".encode("big5"), b"big5", "陳小姐", "ann@x.test"),
        ("Анна <ann@x.test>".encode(), b"koi8-r", "Анна", "ann@x.test"),
        # In Shift_JIS the mark would be half a character, and one of two addresses gone.
        (b"tech\x83@corp.test <eve@x.test>", b"shift_jis", None, None),
    ],
)
def test_a_raw_name_is_in_the_charset_of_the_text(octets: bytes, charset: bytes, name: str | None, address: str | None):
    raw = b"From: " + octets + b"\r\nContent-Type: text/plain; charset=" + charset + b"\r\n\r\nb"
    for sender in (parse_message(raw).message.sender, parse_headers_only(raw).message.sender):
        assert (sender and sender.name, sender and sender.address) == (name, address)


LISTS = [
    (b"ann@x.test, Bob <bob@x.test>", ["ann@x.test", "bob@x.test"]),
    (b"=?utf-8?q?Doe=2C_Ann?= <ann@x.test>, bob@x.test", ["ann@x.test", "bob@x.test"]),
    (b"Team: ann@x.test, bob@x.test;", ["ann@x.test", "bob@x.test"]),
    (b"undisclosed-recipients:;", []),
    (b"ann@x.test, ANN@x.test", ["ann@x.test"]),
    (b"Ann <ann@x.test", ["ann@x.test"]),
    (b"Ann <ann@x.test, bob@x.test", ["ann@x.test", "bob@x.test"]),
    (b"junk, ann@x.test, a@b@c.test", ["ann@x.test"]),
    (b", , ann@x.test", ["ann@x.test"]),
]


@pytest.mark.parametrize(("value", "addresses"), LISTS)
def test_recipients_are_read_leniently(value: bytes, addresses: list[str]):
    raw = b"From: a@x.test\r\nTo: " + value + b"\r\nCc: " + value + b"\r\nReply-To: " + value + b"\r\n\r\n"
    message = parse_message(raw).message
    for found in (message.to, message.cc, message.reply_to):
        assert [a.address for a in found] == addresses


NAMED = [
    (b"A <a@x.test>; B <b@x.test>;", [("A", "a@x.test"), ("B", "b@x.test")]),
    (b'"Doe, A" <a@x.test>; Roe, B <b@x.test>', [("Doe, A", "a@x.test"), ("Roe, B", "b@x.test")]),
    (b"Doe, A <a@x.test>, Roe, B <b@x.test>", [("Doe, A", "a@x.test"), ("Roe, B", "b@x.test")]),
    (b"A <a@x.test> B <b@x.test>", [("A", "a@x.test"), ("B", "b@x.test")]),
    (b"a@x.test b@x.test", [("", "a@x.test"), ("", "b@x.test")]),
    (b"A <a@x.test, B <b@x.test>", [("A", "a@x.test"), ("B", "b@x.test")]),
    (b"<a@x.test,b@x.test>", [("", "a@x.test"), ("", "b@x.test")]),
    (b"A [mailto:a@x.test], B <mailto:b@x.test>", [("A", "a@x.test"), ("B", "b@x.test")]),
    (b"A <<a@x.test>>", [("A", "a@x.test")]),
    (b"A <a.@x.test>, 'B C' <b@x.test>", [("A", "a.@x.test"), ("B C", "b@x.test")]),
    (b"=?iso-8859-1?Q?M=FCller,_J?= <j@x.test>, b@x.test", [("Müller, J", "j@x.test"), ("", "b@x.test")]),
    (b"Team: a@x.test; , b@x.test", [("", "a@x.test"), ("", "b@x.test")]),
    (b'"Undisclosed-Recipient:;"@x.test', []),
]


@pytest.mark.parametrize(("value", "mailboxes"), NAMED)
def test_a_sloppy_list_keeps_its_order_and_its_names(value: bytes, mailboxes: list[tuple[str, str]]):
    found = parse_message(b"From: ann@x.test\r\nTo: " + value + b"\r\n\r\n").message.to
    assert [(a.name, a.address) for a in found] == mailboxes


@pytest.mark.parametrize("piece", [b"<", b"a <", b"a, ", b"<a", b"a@b <", b"[mailto:", b"=?a?q?", b"'", b"a b "])
def test_a_long_list_of_nonsense_is_read_in_no_time(piece: bytes):
    begun = time.process_time()
    parse_message(b"From: ann@x.test\r\nTo: " + piece * (60_000 // len(piece)) + b"\r\n\r\n")
    assert time.process_time() - begun < 5


def test_several_to_fields_are_one_list():
    message = parse_message(b"To: ann@x.test\r\nTo: bob@x.test\r\n\r\n").message
    assert [a.address for a in message.to] == ["ann@x.test", "bob@x.test"]
    assert message.problems == ("the mail has 2 to fields",)
