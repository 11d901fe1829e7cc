"""Outgoing bytes read back, by the standard library's parser, as exactly what was meant."""

import email
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.mail.compose import Draft, Part, UnsafeMail, compose, one_line, quote, trim_references
from maildesk.mail.wire import wire_address
from maildesk.model.message import Address

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=300)
PLAIN_FIELDS = [
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "From",
    "MIME-Version",
    "Message-ID",
    "Subject",
    "To",
]

DRAFT = Draft(
    sender=Address("Example Support", "support@example.test"),
    recipient=Address("Ann Example", "ann@example.test"),
    subject="Re: Printer smokes [#1042]",
    text="Hello Ann,\n\nit is repaired.\n",
    html=None,
    message_id="<md.rabc.def@example.test>",
    date_at=datetime(2026, 11, 23, 9, 40, tzinfo=UTC),
)


def read(data: bytes) -> Message:
    return email.message_from_bytes(data)


def header(message: Message, name: str) -> str:
    raw = re.sub(r"\r?\n(?=[ \t])", "", str(message[name]))
    return str(make_header(decode_header(raw))).strip(" ")


def people(message: Message, name: str) -> list[tuple[str, str]]:
    raw = re.sub(r"\r?\n(?=[ \t])", "", str(message[name]))
    return [(str(make_header(decode_header(shown))), address) for shown, address in getaddresses([raw])]


def body(message: Message) -> str:
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def leaves(message: Message) -> list[Message]:
    return [part for part in message.walk() if not part.is_multipart()]


def assert_fit_for_smtp(data: bytes) -> None:
    lines = data.split(b"\r\n")
    assert data.isascii()
    assert max(map(len, lines)) <= 998
    assert all(b"\r" not in line and b"\n" not in line for line in lines)


def test_a_plain_answer_is_these_bytes() -> None:
    assert compose(DRAFT) == (
        b'From: "Example Support" <support@example.test>\r\n'
        b'To: "Ann Example" <ann@example.test>\r\n'
        b"Subject: Re: Printer smokes [#1042]\r\n"
        b"Date: Mon, 23 Nov 2026 09:40:00 +0000\r\n"
        b"Message-ID: <md.rabc.def@example.test>\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello Ann,\r\n\r\nit is repaired.\r\n"
    )


@pytest.mark.parametrize(
    ("auto_submitted", "extra"),
    [
        (None, {}),
        ("auto-generated", {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}),
        (
            "auto-replied",
            {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All", "Precedence": "bulk"},
        ),
    ],
)
def test_only_automatic_mail_says_so(auto_submitted: str | None, extra: dict[str, str]) -> None:
    message = read(compose(replace(DRAFT, auto_submitted=auto_submitted)))
    assert sorted(message.keys()) == sorted([*PLAIN_FIELDS, *extra])
    assert {name: message[name] for name in extra} == extra


def test_every_field_in_its_place() -> None:
    draft = replace(
        DRAFT,
        reply_to="support+rtoken@example.test",
        in_reply_to="<p@x.test>",
        references=("<a@x.test>", "<p@x.test>"),
        visible_to=(Address("", "all@example.test"), Address("Bo", "bo@example.test")),
        visible_cc=(Address("Cy", "cy@example.test"),),
        is_urgent=True,
        extra_headers=(("X-Maildesk-Queue", "größer"), ("X-Maildesk-Ticket", "1042")),
        date_at=datetime(2026, 11, 23, 10, 40, tzinfo=timezone(timedelta(hours=1))),
    )
    message = read(compose(draft))
    assert people(message, "To") == [("", "all@example.test"), ("Bo", "bo@example.test")]
    assert people(message, "Cc") == [("Cy", "cy@example.test")]
    assert message["Reply-To"] == "support+rtoken@example.test"
    assert message["In-Reply-To"] == "<p@x.test>"
    assert message["Importance"] == "high" and read(compose(DRAFT))["Importance"] is None
    assert message["References"].split() == ["<a@x.test>", "<p@x.test>"]
    assert (header(message, "X-Maildesk-Queue"), message["X-Maildesk-Ticket"]) == ("größer", "1042")
    assert parsedate_to_datetime(message["Date"]) == DRAFT.date_at


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\r\nBcc: x@y.test", "a Bcc: x@y.test"),
        ("a\nX-Maildesk-Ticket: 1", "a X-Maildesk-Ticket: 1"),
        ("a\r\n\r\nbody", "a body"),
        ("a\rBcc: x@y.test", "a Bcc: x@y.test"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("a\x85Bcc: x\u2028Bcc: y", "a Bcc: x Bcc: y"),
        ("=?utf-8?q?a=0ABcc:_x@y?=", "=?utf-8?q?a=0ABcc:_x@y?="),
        ("=?utf-8?b?YQpCY2M6IHhAeQ==?=", "=?utf-8?b?YQpCY2M6IHhAeQ==?="),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\ud800half", "\ufffdhalf"),
        (" \t padded \t ", "padded"),
        ("", ""),
        ("{{7*7}}", "{{7*7}}"),
        ("x" * 1500, "x" * 1500),
        ("word " * 400, ("word " * 400).strip()),
    ],
)
def test_nothing_slips_out_of_a_header(text: str, wanted: str) -> None:
    data = compose(
        replace(DRAFT, subject=text, sender=Address(text, "s@example.test"), recipient=Address(text, "r@x.test"))
    )
    message = read(data)
    assert_fit_for_smtp(data)
    assert sorted(message.keys()) == PLAIN_FIELDS
    assert header(message, "Subject") == wanted
    assert people(message, "From") == [(wanted, "s@example.test")]
    assert people(message, "To") == [(wanted, "r@x.test")]


@pytest.mark.parametrize(
    "subject",
    ["a\r\nBcc: x@y.test", "a\nBcc: x@y.test", "a\r\n\r\nbody", "a\r\nSubject: b", "a\rb", "a\x00b", "ä\r\nBcc: x"],
)
def test_a_hole_in_the_cleaning_stops_the_mail(subject: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maildesk.mail.compose.one_line", lambda text: text)
    monkeypatch.setattr("maildesk.mail.compose._encoded_words", lambda _field, text: text)
    with pytest.raises(UnsafeMail):
        compose(replace(DRAFT, subject=subject))


@pytest.mark.parametrize("filename", ["a\r\nX-A: b", "a\nX-A: b", "a\r\n\r\nbody", "a\rb"])
def test_a_hole_in_the_cleaning_of_file_names_stops_the_mail(filename: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maildesk.mail.compose.one_line", lambda text: text)
    with pytest.raises(UnsafeMail):
        compose(replace(DRAFT, parts=(Part(filename, "application/pdf", b""),)))


@pytest.mark.parametrize("body", [b"bare\rCR\r\n", b"bare\nLF\r\n", b"8 bit \xe4\r\n", b"x" * 999 + b"\r\n"])
def test_a_body_that_servers_read_differently_stops_the_mail(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maildesk.mail.compose._transfer", lambda _data: ("7bit", body))
    with pytest.raises(UnsafeMail):
        compose(DRAFT)


@pytest.mark.parametrize(
    "name",
    [
        "Müller, Jörg",
        'Ann "the fixer" O\\Neil',
        "Ann (at home) <ann@evil.test>",
        "日本太郎" * 30,
        "x" * 600,
        "a,b;c:d@e",
    ],
)
def test_names_come_back(name: str) -> None:
    data = compose(replace(DRAFT, sender=Address(name, "support@example.test")))
    assert people(read(data), "From") == [(name, "support@example.test")]
    assert_fit_for_smtp(data)


@given(
    subject=ANY_TEXT,
    name=ANY_TEXT,
    text=ANY_TEXT,
    html=st.none() | ANY_TEXT,
    filename=ANY_TEXT,
    data=st.binary(max_size=300),
)
@settings(max_examples=200, deadline=None)
def test_any_text_reads_back(subject: str, name: str, text: str, html: str | None, filename: str, data: bytes) -> None:
    parts = (Part(filename, "application/pdf", data),)
    sent = compose(replace(DRAFT, subject=subject, sender=Address(name, "s@x.test"), text=text, html=html, parts=parts))
    message = read(sent)
    assert_fit_for_smtp(sent)
    assert sorted(message.keys()) == [name for name in PLAIN_FIELDS if name != "Content-Transfer-Encoding"]
    assert header(message, "Subject") == one_line(subject)
    assert people(message, "From") == [(one_line(name), "s@x.test")]
    bodies = leaves(message)
    assert [part.get_content_type() for part in bodies] == [
        "text/plain",
        *["text/html"] * (html is not None),
        "application/pdf",
    ]
    for part, meant in zip(bodies, [text] if html is None else [text, html], strict=False):
        assert body(part).replace("\r\n", "\n").rstrip("\n") == _sendable(meant).rstrip("\n")
    assert bodies[-1].get_payload(decode=True) == data
    assert 0 < len(str(bodies[-1].get_filename()).encode()) <= 200


def _sendable(text: str) -> str:
    lines = re.sub("\r\n?", "\n", re.sub("[\ud800-\udfff]", "\ufffd", text))
    return "".join(c for c in lines if c in "\t\n" or not (ord(c) < 32 or 127 <= ord(c) < 160))


@given(subject=ANY_TEXT, name=ANY_TEXT)
@settings(max_examples=100, deadline=None)
def test_encoded_words_are_short_and_whole(subject: str, name: str) -> None:
    data = compose(replace(DRAFT, subject=subject, sender=Address(name, "s@x.test")))
    head = data.split(b"\r\n\r\n")[0].decode("ascii")
    for word in re.findall(r"=\?utf-8\?[qb]\?[^? ]*\?=", head):
        assert len(word) <= 75
        decode_header(word)[0][0].decode()  # raises where a character was cut in two


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("short and plain", "7bit"),
        ("-- \nsignature", "7bit"),
        ("Grüße aus der Werkstatt, wir kommen morgen", "quoted-printable"),
        ("x" * 79, "quoted-printable"),
        ("y" * 5000, "quoted-printable"),
        ("From here on", "quoted-printable"),
        ("--=_0123456789abcdef\n", "quoted-printable"),
        ("Принтер дымится", "base64"),
    ],
)
def test_transfer_encoding_keeps_the_source_readable(text: str, encoding: str) -> None:
    data = compose(replace(DRAFT, text=text))
    message = read(data)
    assert message["Content-Transfer-Encoding"] == encoding
    assert body(message).replace("\r\n", "\n") == text.rstrip("\n") + "\n"
    assert b"\r\nFrom " not in data
    assert_fit_for_smtp(data)


def test_the_boundary_cannot_be_written_by_anybody() -> None:
    boundary = read(compose(replace(DRAFT, html="<p>x</p>"))).get_boundary()
    hostile = f"--{boundary}\nContent-Type: text/html\n\n<script>\n--{boundary}--\n"
    message = read(compose(replace(DRAFT, text=hostile, html=hostile)))
    assert message.get_boundary() == boundary
    assert [part.get_content_type() for part in leaves(message)] == ["text/plain", "text/html"]


def test_the_same_draft_gives_the_same_bytes_and_another_mail_another_boundary() -> None:
    draft = replace(DRAFT, html="<p>x</p>", parts=(Part("a.txt", "text/plain", b"a"),))
    other = replace(draft, message_id="<md.other@example.test>")
    assert compose(draft) == compose(draft)
    assert read(compose(draft)).get_boundary() != read(compose(other)).get_boundary()


@pytest.mark.parametrize(
    ("filename", "wanted"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht März.pdf", "Übersicht März.pdf"),
        ("日本語.txt", "日本語.txt"),
        ("../../etc/cron.d/x", "x"),
        ("C:\\Users\\ann\\a.doc", "a.doc"),
        ('a";\r\n filename="b.exe', "a'; filename='b.exe"),
        ("pay\u202efdp.exe", "payfdp.exe"),
        ("..", "attachment"),
        ("\u00a0.\u3000", "attachment"),
        ("", "attachment"),
        ("=?utf-8?q?x=2Eexe?=", "=?utf-8?q?x=2Eexe?="),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("ä" * 300, "ä" * 100),
        ("名" * 300 + ".docx", "名" * 65 + ".docx"),
        ("＂＼.pdf", "＂＼.pdf"),
    ],
)
def test_file_names_are_our_own_making(filename: str, wanted: str) -> None:
    data = compose(replace(DRAFT, parts=(Part(filename, "application/pdf", b"%PDF"),)))
    part = leaves(read(data))[-1]
    assert part.get_filename() == wanted
    assert sorted(part.keys()) == ["Content-Disposition", "Content-Transfer-Encoding", "Content-Type"]
    assert_fit_for_smtp(data)


def test_a_name_beyond_ascii_leaves_a_name_for_old_programs() -> None:
    part = leaves(read(compose(replace(DRAFT, parts=(Part("Übersicht.pdf", "application/pdf", b""),)))))[-1]
    assert part.get_param("name") == "Ubersicht.pdf"


@pytest.mark.parametrize(
    ("content_type", "data", "wanted"),
    [
        ("application/pdf", b"%PDF", "application/pdf"),
        ("IMAGE/PNG", b"\x89PNG", "image/png"),
        ("message/rfc822", b"From: a\nSubject: b\n\nbare\rCR and 8bit \xff\n", "application/octet-stream"),
        ("multipart/mixed", b"", "application/octet-stream"),
        ("text/html", b"<script>", "application/octet-stream"),
        ("image/svg+xml", b"<svg/>", "application/octet-stream"),
        ("nonsense", b"", "application/octet-stream"),
        ("text/plain; charset=x\r\nBcc: y", b"", "application/octet-stream"),
    ],
)
def test_attached_types_are_harmless_and_bytes_exact(content_type: str, data: bytes, wanted: str) -> None:
    part = leaves(read(compose(replace(DRAFT, parts=(Part("f.bin", content_type, data),)))))[-1]
    assert part.get_content_type() == wanted
    assert part.get_payload(decode=True) == data
    assert part["Content-Transfer-Encoding"] == "base64"


@pytest.mark.parametrize(
    ("part", "html", "disposition"),
    [
        (Part("a.png", "image/png", b"1", "i1@x.test", inline=True), '<img src="cid:i1@x.test">', "inline"),
        (Part("a.png", "image/png", b"1", "i1@x.test", inline=True), '<img src="cid:i1@x.test2">', "attachment"),
        (Part("a.png", "image/png", b"1", "i1@x.test", inline=True), None, "attachment"),
        (Part("a.png", "image/png", b"1", "i1@x.test", inline=False), '<img src="cid:i1@x.test">', "attachment"),
        (Part("a.svg", "image/svg+xml", b"1", "i1@x.test", inline=True), '<img src="cid:i1@x.test">', "attachment"),
        (Part("a.png", "image/png", b"1", None, inline=True), '<img src="cid:None">', "attachment"),
    ],
)
def test_only_pictures_that_the_html_shows_are_inline(part: Part, html: str | None, disposition: str) -> None:
    sent = leaves(read(compose(replace(DRAFT, html=html, parts=(part,)))))[-1]
    shown = disposition == "inline"
    assert (sent.get_content_disposition(), sent["Content-ID"]) == (disposition, "<i1@x.test>" if shown else None)


def test_a_shown_picture_stands_beside_the_html_and_a_file_beside_both() -> None:
    picture = Part("a.png", "image/png", b"1", "i1@x.test", inline=True)
    draft = replace(DRAFT, html='<img src="cid:i1@x.test">', parts=(Part("b.pdf", "application/pdf", b"2"), picture))
    kinds = [part.get_content_type() for part in read(compose(draft)).walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip


def test_a_content_id_that_would_begin_a_field_draws_nothing() -> None:
    part = Part("a.png", "image/png", b"1", "a\r\nBcc: x", inline=True)
    data = compose(replace(DRAFT, html='<img src="cid:a\r\nBcc: x">', parts=(part,)))
    assert leaves(read(data))[-1]["Content-ID"] is None and read(data)["Bcc"] is None


@pytest.mark.parametrize(("data", "charset"), [("größer".encode(), "utf-8"), ("größer".encode("latin-1"), None)])
def test_text_files_name_their_charset_when_it_is_known(data: bytes, charset: str | None) -> None:
    part = leaves(read(compose(replace(DRAFT, parts=(Part("a.txt", "text/plain", data),)))))[-1]
    assert part.get_content_charset() == charset


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ann@example.test", "ann@example.test"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("Ann+tag@EXAMPLE.test", "Ann+tag@EXAMPLE.test"),
        ('"ann smith"@example.test', '"ann smith"@example.test'),
        ("ann..x.@docomo.test", "ann..x.@docomo.test"),
        ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
        ("ann@localhost", "ann@localhost"),
    ],
)
def test_sendable_addresses(address: str, wire: str) -> None:
    assert wire_address(address) == wire
    assert people(read(compose(replace(DRAFT, recipient=Address("Ann", address)))), "To") == [("Ann", wire)]


@pytest.mark.parametrize(
    "address",
    [
        "", "ann", "@example.test", "ann@", "änn@example.test", "ann@straße.test", "ann@a..b", "a b@example.test",
        "ann@example.test\r\nBcc: x@y.test", "ann@example.test, bo@example.test", "<ann@example.test>",
        "=?utf-8?q?x=40evil?=@example.test", '"a@evil.test"@example.test', "ann@exa mple.test", "ann@" + "a" * 400,
        "ann@ｅxample.test", 'a"b@example.test',
    ],
)  # fmt: skip
def test_addresses_no_mail_goes_to(address: str) -> None:
    with pytest.raises(ValueError):
        compose(replace(DRAFT, recipient=Address("Ann", address)))


@pytest.mark.parametrize(
    "bad",
    [
        {"message_id": "no-brackets@example.test"},
        {"message_id": "<a b@example.test>"},
        {"message_id": "<a@b>\r\nBcc: <x@y>"},
        {"date_at": datetime(2026, 11, 23)},
        {"auto_submitted": "no"},
        {"extra_headers": (("Bcc", "x@y.test"),)},
        {"extra_headers": (("X-Maildesk-A\r\nBcc", "x"),)},
        {"extra_headers": (("X-Maildesk-", "x"),)},
        {"reply_to": "support@example.test\r\nBcc: x@y.test"},
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        compose(replace(DRAFT, **bad))  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", ["not an id", "<a b@x>", "<a@x>\r\nBcc: y", "<" + "a" * 500 + "@x>", "<ä@x>", ""])
def test_foreign_ids_that_are_no_ids_stay_out(bad: str) -> None:
    message = read(compose(replace(DRAFT, in_reply_to=bad, references=("<a@x.test>", bad))))
    assert message["In-Reply-To"] is None
    assert message["References"] == "<a@x.test>"


IDS = st.lists(st.integers(0, 60).map(lambda n: f"<{'i' * (n * 3)}{n}@x.test>"), max_size=60).map(tuple)


@given(IDS)
@settings(deadline=None)
def test_references_keep_both_ends_and_stay_short(ids: tuple[str, ...]) -> None:
    kept = trim_references(ids)
    assert len("\r\n ".join(kept)) < 900
    assert len(set(kept)) == len(kept)
    if ids:
        assert kept[-1] == ids[-1]
        assert kept[0] == list(dict.fromkeys(reversed(ids)))[-1]
    newest_first = iter(reversed(ids))
    assert all(one in newest_first for one in reversed(kept[1:]))


@pytest.mark.parametrize(
    ("ids", "kept"),
    [
        ((), ()),
        (("<a@x>",), ("<a@x>",)),
        (("<a@x>", "<b@x>", "<a@x>"), ("<b@x>", "<a@x>")),
        (("junk", "<a@x>"), ("<a@x>",)),
        (tuple(f"<{n:0>196}@x>" for n in range(9)), tuple(f"<{n:0>196}@x>" for n in (0, 6, 7, 8))),
    ],
)
def test_references_by_example(ids: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert trim_references(ids) == kept


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("a\nb", "> a\n> b"),
        ("", ">"),
        ("a\n\nb", "> a\n>\n> b"),
        ("> old", ">> old"),
        ("-- ", "> -- "),
        ("  in", ">   in"),
    ],
)
def test_quote(text: str, quoted: str) -> None:
    assert quote(text) == quoted
