"""Every parser that eats what a stranger wrote, and what must hold of it whatever the bytes are.

`TARGETS` at the end is the table that both drivers go by: `test_fuzz` (few inputs, every run) and `python -m
tests.fuzz`. A target takes bytes and raises when the promise is broken; the error a parser documents is no such break.
"""

import contextlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html import unescape

from maildesk.adapters import sandbox_wire as wire
from maildesk.config.shapes import read_desk_shape, read_settings_shape
from maildesk.config.yaml import parse_document
from maildesk.core.commands.grammar import nearest_verb, problem_of, split_commands
from maildesk.mail import addresses, authres, charsets, ids, threads, tokens
from maildesk.mail.attachments import safe_name
from maildesk.mail.bounce import parse_bounce
from maildesk.mail.compose import Draft, Part, UnsafeMail, compose, one_line, quote, trim_references
from maildesk.mail.flowed import unflow
from maildesk.mail.html import html_to_text, sanitise_html
from maildesk.mail.language import find_language
from maildesk.mail.parse import ParsedMail, UnreadableMail, parse_headers_only, parse_message
from maildesk.mail.quoting import find_visible_text, has_forward_marker, has_header_block
from maildesk.mail.read import ReadingContext, read_message
from maildesk.mail.wrapped import mapi, rtf
from maildesk.model.message import Address, InboundMessage
from maildesk.rules.load import load_rules
from maildesk.rules.written import Words
from tests.fuzz import invariants, seeds

_OWN = "support@desk.test"
_CONTEXT = ReadingContext((_OWN,), ("mx.desk.test",), ("mx.desk.test",))
_ACTIONS = {"failed", "delayed", "delivered", "relayed", "expanded"}
_KEY = b"k" * 32
_LARGE_PAGE = 50_000


@dataclass(frozen=True, slots=True)
class Target:
    """`promise`: what holds for any bytes. `seeds`: inputs to begin with."""

    run: Callable[[bytes], None]
    promise: str
    seeds: tuple[bytes, ...]


def _text(data: bytes) -> str:
    """Return text as it is once a mail has been decoded."""
    return charsets.clean_text(data.decode("utf-8", "replace"))


def _halves(data: bytes) -> tuple[bytes, bytes]:
    first, _, rest = data.partition(b"\n")
    return first, rest


# ---------------------------------------------------------------------- whole mails


def _parse(data: bytes) -> None:
    with contextlib.suppress(UnreadableMail):
        invariants.is_sound(parse_message(data), data)


def _read(data: bytes) -> None:
    with contextlib.suppress(UnreadableMail):
        parsed = read_message(data, _CONTEXT)
        invariants.is_sound(parsed, data)
        invariants.crosses_the_wire(parsed)


def _minimal(data: bytes) -> None:
    invariants.is_sound(parse_headers_only(data), data)
    parsed = read_message(data, _CONTEXT, minimal=True)
    invariants.is_sound(parsed, data)
    invariants.crosses_the_wire(parsed)


def _as_part(content_type: str) -> Callable[[bytes], None]:
    """Build a target that reads the bytes as one part of a mail, after a text and then alone."""

    def run(data: bytes) -> None:
        head = b"From: ann@client.test\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: "
        part = content_type.encode() + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + data
        _read(head + b"multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\nhello\r\n--bb\r\nContent-Type: " + part)
        _read(head + part)

    return run


def _bounce(data: bytes) -> None:
    head = b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nTo: support@desk.test\nSubject: Undelivered Mail\n"
    for kind in (b"delivery-status", b"disposition-notification", b"feedback-report"):
        shell = (
            b"Content-Type: multipart/report; report-type=%b; boundary=bb\n\n--bb\n\n%b\n--bb\nContent-Type: message/%b"
        )
        raw = (
            head + shell % (kind, data, kind) + b"\n\n%b\n--bb\nContent-Type: text/rfc822-headers\n\n%b" % (data, data)
        )
        _report(parse_message(raw))
    _report(parse_message(head + b"\n" + data))


def _report(parsed: ParsedMail) -> None:
    report = parse_bounce(parsed.tree, parsed.message)
    if report is None:
        return
    assert report.recipients, "a report about nobody"
    for recipient in report.recipients:
        assert recipient.action in _ACTIONS, f"no action: {recipient.action!r}"
        assert recipient.address, "a recipient without an address"
        assert re.fullmatch(r"(\d\.\d{1,3}\.\d{1,3})?", recipient.status), f"no status: {recipient.status!r}"


# ---------------------------------------------------------------------- texts


def _visible(data: bytes) -> None:
    text = _text(data)
    visible = find_visible_text(text)
    assert bool(visible.strip()) == bool(text.strip()), "nothing is left of a text"
    # Lines may be cut at a mark inside them, joined they never are, and no word appears that was not written.
    lines = {" ".join(line.split()) for line in text.split("\n")}
    for line in visible.split("\n"):
        assert any(" ".join(line.split()) in one for one in lines), f"nobody wrote {line[:80]!r}"
    has_forward_marker(text)
    has_header_block(text)


def _html(data: bytes) -> None:
    page = _text(data)
    clean = charsets.clean_text(sanitise_html(page))
    invariants.is_harmless(clean)
    # A browser that reads it builds a tree of its own, with the same words and still without harm.
    again = charsets.clean_text(sanitise_html(clean))
    invariants.is_harmless(again)
    # What is escaped or closed anew grows, at worst past the budgets above which HTML is flattened.
    is_flattened = len(clean) > _LARGE_PAGE or again.startswith("<pre>")
    assert is_flattened or _words(again) == _words(clean), "sanitising again takes something away"
    invariants.is_text(html_to_text(page))


def _words(page: str) -> str:
    # A byte-order mark in front is no text.
    return unescape(re.sub(r"<[^>]*>", "", page)).replace("\ufeff", "")


def _flowed(data: bytes) -> None:
    text = _text(data)
    for delsp in (False, True):
        joined = unflow(text, delsp=delsp)
        assert _letters(joined) == _letters(text), "letters were lost or made up"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _commands(data: bytes) -> None:
    text = _text(data)
    block = split_commands(text)
    assert not block.text or text.strip("\n").endswith(block.text), "the text below the commands was changed"
    problem_of(block)
    for command in block.commands:
        assert command.line.startswith("#"), f"no command: {command.line!r}"
        assert nearest_verb(command.word[:40], ("close", "note", "resolve"))[:1] in ("", "#")


def _language(data: bytes) -> None:
    first, rest = _halves(data)
    found = find_language(_text(rest), _text(first)[:2] or None, _text(first))
    assert found is None or re.fullmatch(r"[a-z]{2}", found), f"no ISO 639-1 tag: {found!r}"
    assert found == find_language(_text(rest), _text(first)[:2] or None, _text(first)), "two answers to one text"


# ---------------------------------------------------------------------- header fields


def _charsets(data: bytes) -> None:
    first, rest = _halves(data)
    declared = first.decode("latin-1")
    text, _ = charsets.decode_text(rest, declared)
    clean = charsets.clean_text(text)
    invariants.is_text(clean)
    assert charsets.clean_text(clean) == clean, "cleaning twice is not cleaning once"
    raw = data.decode("ascii", "surrogateescape")
    line = charsets.clean_line(charsets.decode_words(raw))
    invariants.is_line(line)
    assert charsets.clean_line(line) == line, "cleaning a line twice is not cleaning it once"
    charsets.mend_words(raw)


def _addresses(data: bytes) -> None:
    line = re.sub(rb"[\r\n]+", b" ", data)
    raw = b"From: %b\nTo: %b\nReply-To: %b\nDelivered-To: %b\n\nx" % (line, line, line, line)
    parsed = parse_message(raw)
    invariants.is_sound(parsed, raw)
    sender = parsed.message.sender
    assert sender is None or addresses.is_addr_spec(sender.address), f"no identity: {sender!r}"
    # An identity that stands nowhere in the field was guessed.
    shown = charsets.decode_words(line.decode("ascii", "surrogateescape")).casefold()
    assert sender is None or sender.key in shown, f"{sender!r} is not in From"
    addresses.find_specs(line.decode("latin-1"))


def _ids(data: bytes) -> None:
    value = data.decode("latin-1")
    for one in ids.parse_ids(value):
        assert re.fullmatch(r"<[^<>]+>", one), f"no Message-ID: {one!r}"
        assert one.isprintable(), f"unprintable: {one!r}"
    guid = ids.find_thread_index((value,))
    assert guid is None or re.fullmatch(r"[0-9a-f]{32}", guid), f"no GUID: {guid!r}"
    references = ids.parse_ids(value)
    assert len("\r\n ".join(trim_references(references))) <= 900 + 998, "References over the limit"


def _claims(data: bytes) -> None:
    text = _text(data)
    line = charsets.clean_line(text)
    own = frozenset({_OWN})
    found = ids.parse_ids(line)
    to = tuple(Address("", spec) for spec in addresses.find_specs(line))
    message = InboundMessage("", "", 0, to=to, subject=line, references=found, in_reply_to=found[:1], text=text)
    claims = threads.find_claims(message, own)
    assert len(claims.ids) <= threads.CLAIM_LIMIT, "more ids than are looked at"
    assert claims.number is None or 0 < claims.number <= threads.NUMBER_LIMIT, "no ticket number"
    for claim in claims.tokens:
        binding = tokens.Binding(claim.ref, 1, "ann@client.test", "public", "public")
        assert not tokens.is_genuine((_KEY,), claim, binding), "a token that nobody made"
    _subjects(line)
    threads.is_forward(message)


def _subjects(subject: str) -> None:
    base = threads.base_subject(subject)
    assert threads.base_subject(base) == base, "the base of a base is another"
    tagged = threads.tag_subject(subject, 1042)
    assert len(tagged) <= threads.SUBJECT_LIMIT + len(" [#1042]"), "an endless subject"
    claims = threads.find_claims(InboundMessage("", "", 0, subject=tagged), frozenset())
    assert claims.number == 1042, f"the number in {tagged!r} is not found again"
    bare = InboundMessage("", "", 0, subject=threads.untagged(subject))
    assert threads.find_claims(bare, frozenset()).number is None, "a number is left"


def _verdict(data: bytes) -> None:
    values = [charsets.clean_line(line) for line in _text(data).split("\n")]
    headers = tuple(("Authentication-Results", value) for value in values)
    verdict = authres.find_verdict(headers, "client.test", ("mx.desk.test",), ())
    said = " ".join(values).casefold()
    assert verdict is None or not verdict.passed or ("dmarc" in said and "pass" in said), "a pass nobody wrote"
    assert authres.find_verdict(headers, "client.test", (), ()) is None, "believed a host nobody trusts"


def _names(data: bytes) -> None:
    for content_type in ("application/pdf", "text/plain"):
        invariants.is_file_name(safe_name(data.decode("utf-8", "replace"), 1, content_type))


# ---------------------------------------------------------------------- what Outlook packs


def _rtf(data: bytes) -> None:
    for octets in (data, rtf.decompress(data) or b""):
        text, _ = rtf.read_rtf(octets)
        invariants.is_text(charsets.clean_text(text))


def _mapi(data: bytes) -> None:
    mapi.parse_properties(data)


# ---------------------------------------------------------------------- what we write, and what is not mail


def _compose(data: bytes) -> None:
    first, rest = _halves(data)
    # Longer subjects are cut before they are composed.
    subject, text = one_line(first.decode("utf-8", "replace"))[:400], rest.decode("utf-8", "surrogateescape")
    name = subject[:100]
    recipient = Address(name, "ann@client.test")
    draft = Draft(
        sender=Address(name, _OWN), recipient=recipient, subject=subject, text=quote(text), html=text,
        message_id="<md.x@desk.test>", date_at=datetime(2026, 3, 4, tzinfo=UTC), references=ids.parse_ids(subject),
        extra_headers=(("X-Maildesk-Ticket", subject),), parts=(Part(subject, text[:80], data, subject),),
    )  # fmt: skip
    try:
        raw = compose(draft)
    except UnsafeMail:
        return
    _says(raw, draft)


def _says(raw: bytes, draft: Draft) -> None:
    """What was composed reads back: by us and by the standard library, as one mail to one person."""
    parsed = parse_message(raw)
    invariants.is_sound(parsed, raw)
    message = parsed.message
    assert message.sender is not None, f"our own From is not believed: {message.sender_problem}"
    found = (message.sender.address, [a.address for a in message.to], message.message_id)
    assert found == (draft.sender.address, [draft.recipient.address], draft.message_id), f"read back as {found}"
    assert message.subject == charsets.clean_line(draft.subject, 1000), f"the subject became {message.subject!r}"
    assert draft.parts[0].data in parsed.parts, "the file is another"
    header = message_from_bytes(raw, policy=policy.compat32)
    assert len(header.get_all("From", [])) == len(header.get_all("To", [])) == 1, "fields were injected"


def _wire(data: bytes) -> None:
    for read in (wire.read_answer, wire.read_mail):
        with contextlib.suppress(wire.BrokenFrame):
            read(io.BytesIO(data))


def _config(data: bytes) -> None:
    document = parse_document("desk.yaml", data)
    assert not document.unreadable or document.problems, "unreadable without a reason"
    settings, settings_faults = read_settings_shape(document.data)
    desk, desk_faults = read_desk_shape(document.data)
    assert (settings is None) <= bool(settings_faults), "refused without a reason"
    assert (desk is None) <= bool(desk_faults), "refused without a reason"
    words = Words(queues=("general",), technicians=(), templates=(), mailboxes=())
    _, faults = load_rules(document.data, words, document.line_of)
    for fault in (*settings_faults, *desk_faults, *faults):
        assert document.problem(fault).message, "a problem without words"


#: One row a parser. To add one: a function above, a row here, inputs in `seeds`.
TARGETS: dict[str, Target] = {
    "parse": Target(_parse, "any bytes → a sound message, or UnreadableMail", seeds.MAILS),
    "read": Target(_read, "any bytes → a sound message that crosses the wire, or UnreadableMail", seeds.MAILS),
    "minimal": Target(_minimal, "any bytes → a sound message; never fails", seeds.MAILS),
    "bounce": Target(_bounce, "any report → recipients with an address, an action, a status, or None", seeds.REPORTS),
    "quoting": Target(_visible, "any text → words that stand in it; something where there was something", seeds.TEXTS),
    "html": Target(_html, "any HTML → no script, handler, style, remote picture, however often read", seeds.PAGES),
    "flowed": Target(_flowed, "any text → the same letters in longer lines", seeds.TEXTS),
    "commands": Target(_commands, "any text → `#` lines at its top and the untouched rest", seeds.TEXTS),
    "language": Target(_language, "any text → one ISO 639-1 tag, always the same, or None", seeds.TEXTS),
    "charsets": Target(
        _charsets, "any bytes, any charset name → storable text; idempotent", (*seeds.FIELDS, *seeds.TEXTS)
    ),
    "addresses": Target(_addresses, "any From → an addr-spec that stands in it, or nobody", seeds.FIELDS),
    "ids": Target(_ids, "any field → `<…>` ids, a GUID, or none", seeds.FIELDS),
    "claims": Target(_claims, "any text → bounded claims, no genuine token; our number is found again", seeds.FIELDS),
    "authres": Target(
        _verdict, "any results → a verdict only of a host we trust; no pass out of nothing", seeds.VERDICTS
    ),
    "names": Target(_names, "any name → one harmless component of a path", seeds.FIELDS),
    "tnef": Target(_as_part("application/ms-tnef; name=winmail.dat"), "any winmail.dat → as `read`", seeds.TNEFS),
    "rtf": Target(_rtf, "any RTF, compressed or not → storable text", seeds.RTF),
    "mapi": Target(_mapi, "any property list → what of it is whole", seeds.MAPI),
    "calendar": Target(_as_part("text/calendar; charset=utf-8"), "any calendar object → as `read`", seeds.CALENDARS),
    "sealed": Target(_as_part("application/pkcs7-mime; smime-type=signed-data"), "any CMS → as `read`", seeds.SEALS),
    "armour": Target(_as_part("text/plain; charset=utf-8"), "any inline OpenPGP or text → as `read`", seeds.ARMOUR),
    "compose": Target(_compose, "what is composed reads back as one mail, or UnsafeMail", seeds.TEXTS),
    "wire": Target(_wire, "any frames → a value, or BrokenFrame", seeds.FRAMES),
    "config": Target(_config, "any YAML → a shape, or problems in words", seeds.CONFIGS),
}
