"""Finished RFC 5322 bytes from a finished text: the last step before the outbox.

`apply` calls `compose` inside the transaction that queues a mail; a retry resends the very same bytes.  This module
knows header fields and MIME, not tickets.  It must never read a clock, draw a random number, name a host, or pass on
a header or MIME part of a mail that came in: everything is built anew from values.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from hashlib import sha256
from urllib.parse import quote as percent_encoded

from maildesk.mail.wire import wire_address
from maildesk.model.message import Address

_LINE_LIMIT = 998  # RFC 5322 §2.1.1, without CRLF
_FOLD_AT = 76
_FILENAME_LIMIT_BYTES = 200
_EXTENSION_LIMIT_BYTES = 16
_PHRASE_LIMIT = 200

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,400}>")
_OWN_FIELD = re.compile(r"X-Maildesk-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")

_SURROGATES = re.compile("[\ud800-\udfff]")
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_BODY_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NEWLINES = re.compile("\r\n?")
_OUTER_BLANKS = ". \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_SEPARATORS = re.compile(r"[/\\]")
_NOT_FALLBACK = re.compile(r"[^A-Za-z0-9_. ()-]")
_MBOX_FROM = re.compile(rb"^From ", re.MULTILINE)
_NON_ASCII_LEFT = bytes(range(128))

_AUTO_SUBMITTED = ("auto-replied", "auto-generated")
#: Pictures every client can draw and none can run; anything else is never shown inline.
DRAWN_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
#: Types that run scripts when opened straight from a mail.
_ACTIVE_TYPES = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")
_OPAQUE = "application/octet-stream"

_Field = tuple[str, str]  # name, whole folded field without the final CRLF
_Entity = tuple[list[_Field], bytes]  # fields that describe a body, and the encoded body


class UnsafeMail(Exception):
    """The finished bytes, read again, are not exactly the fields and lines that were intended."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that travels with a mail. `inline` is honoured for plain pictures that the HTML shows by `content_id`."""

    filename: str
    content_type: str
    data: bytes
    content_id: str | None = None
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything one outgoing mail says.

    `message_id`, `in_reply_to` and `references` (oldest first) keep their angle brackets.  `date_at` is aware.
    `auto_submitted`: "auto-replied", "auto-generated", or None for a person's own words (RFC 3834 §5).
    `is_urgent`: mail programs show that it cannot wait (RFC 2156 §5.3.4).
    `extra_headers`: `X-Maildesk-*` names only.  `visible_to`, `visible_cc`: people who already see each other; while
    `visible_to` is empty, To names the recipient.
    """

    sender: Address
    recipient: Address
    subject: str
    text: str
    html: str | None
    message_id: str
    date_at: datetime
    reply_to: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    auto_submitted: str | None = None
    is_urgent: bool = False
    extra_headers: tuple[tuple[str, str], ...] = ()
    visible_to: tuple[Address, ...] = ()
    visible_cc: tuple[Address, ...] = ()
    parts: tuple[Part, ...] = ()


def compose(draft: Draft) -> bytes:
    """Return the mail as bytes: ASCII, CRLF, lines ≤ 998; the same draft gives the same bytes.

    Raises ValueError for an address no mail can be sent to, a bad Message-ID, a naive date or a foreign extra header,
    and UnsafeMail when the result does not read back as intended.
    """
    _require_sound(draft)
    described, body = _content(draft)
    data = _sealed([*_head(draft), _field("MIME-Version", "1.0"), *described], body)
    _require_clean_lines(data)
    return data


def trim_references(ids: tuple[str, ...], limit: int = 900) -> tuple[str, ...]:
    """Return the first id and as many of the newest as stay below `limit` characters, folding included.

    Ids that are not plain `<…>` are left out, and of a repeated one the newer place counts (RFC 5322 §3.6.4).
    """
    sound = [one for one in ids if _MESSAGE_ID.fullmatch(one)]
    unique = list(dict.fromkeys(reversed(sound)))[::-1]
    if not unique:
        return ()
    room = limit - len(unique[0]) - 1
    newest: list[str] = []
    for one in reversed(unique[1:]):
        room -= len(one) + 3  # each further id stands on a line of its own: CRLF and a space
        if room < 0:
            break
        newest.append(one)
    return (unique[0], *reversed(newest))


def quote(text: str) -> str:
    """Return the text as a quotation: every line behind `> `, deeper quotations behind one more `>` (RFC 3676 §4.5)."""
    return "\n".join(f">{line}" if not line or line.startswith(">") else f"> {line}" for line in text.split("\n"))


def one_line(text: str) -> str:
    """Return the text fit for one header line: no line break, control, bidi control or lone surrogate in it."""
    visible = _BIDI_CONTROLS.sub("", _SURROGATES.sub("\ufffd", text))
    return _BREAKS.sub(" ", visible).strip(" ")


def _require_sound(draft: Draft) -> None:
    if not _MESSAGE_ID.fullmatch(draft.message_id) or draft.message_id.count("@") != 1:
        raise ValueError(f"not a Message-ID: {draft.message_id!r}")
    if draft.date_at.tzinfo is None:
        raise ValueError("date_at without a time zone")
    if draft.auto_submitted not in (None, *_AUTO_SUBMITTED):
        raise ValueError(f"not an Auto-Submitted value: {draft.auto_submitted!r}")
    for name, _ in draft.extra_headers:
        if not _OWN_FIELD.fullmatch(name):
            raise ValueError(f"not a header of our own: {name!r}")


def _head(draft: Draft) -> list[_Field]:
    """Build every field but those that describe the body."""
    fields = [
        _address_field("From", (draft.sender,)),
        _address_field("To", draft.visible_to or (draft.recipient,)),
    ]
    if draft.visible_cc:
        fields.append(_address_field("Cc", draft.visible_cc))
    if draft.reply_to is not None:
        fields.append(_field("Reply-To", wire_address(draft.reply_to)))
    fields += [
        _text_field("Subject", draft.subject),
        _field("Date", format_datetime(draft.date_at.astimezone(UTC))),
        _field("Message-ID", draft.message_id),
        *_thread_fields(draft),
        *_automatic_fields(draft.auto_submitted),
        *([_field("Importance", "high")] if draft.is_urgent else []),
    ]
    return fields + [_text_field(name, value) for name, value in draft.extra_headers]


def _thread_fields(draft: Draft) -> list[_Field]:
    parent = draft.in_reply_to if draft.in_reply_to and _MESSAGE_ID.fullmatch(draft.in_reply_to) else None
    references = trim_references((*draft.references, parent) if parent else draft.references)
    fields = [_field("In-Reply-To", parent)] if parent else []
    # One id a line: clients that cut long lines would otherwise cut an id.
    return [*fields, _field("References", "\r\n ".join(references))] if references else fields


def _automatic_fields(auto_submitted: str | None) -> list[_Field]:
    """Mark automatic mail so that no machine answers it (RFC 3834 §5, MS-OXCMAIL §2.2.3.2.14)."""
    if auto_submitted is None:
        return []
    fields = [_field("Auto-Submitted", auto_submitted), _field("X-Auto-Response-Suppress", "All")]
    # Old responders know only Precedence; notices go without, because people's filters hide bulk mail.
    return [*fields, _field("Precedence", "bulk")] if auto_submitted == "auto-replied" else fields


def _field(name: str, value: str) -> _Field:
    return name, f"{name}: {value}"


def _text_field(name: str, value: str) -> _Field:
    """Build an unstructured field, as encoded-words where it is not plain ASCII (RFC 2047 §5 (1))."""
    clean = one_line(value)
    if not _is_plain(clean):
        return name, f"{name}: {_encoded_words(name, clean)}"
    lines = [f"{name}:"]
    for word in clean.split(" "):
        # The first word stays beside the name: some servers lose a field whose first line is empty.
        if len(lines[-1]) + len(word) < _FOLD_AT or lines == [f"{name}:"]:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return name, "\r\n".join(lines)


def _address_field(name: str, people: tuple[Address, ...]) -> _Field:
    return name, f"{name}: " + ",\r\n ".join(_mailbox(name, person) for person in people)


def _mailbox(field: str, person: Address) -> str:
    """Build `"Name" <address>`; a name that is not plain ASCII as encoded-words (RFC 2047 §5 (3))."""
    spec = wire_address(person.address)
    name = one_line(person.name)
    if not name:
        return spec
    if _is_plain(name) and len(name) <= _PHRASE_LIMIT:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{spec}>'
    return f"{_encoded_words(field, name)}\r\n <{spec}>"


def _is_plain(text: str) -> bool:
    """Tell whether the text may stand in a header as it is and still be read as it is."""
    return text.isascii() and "=?" not in text and max(map(len, text.split(" "))) < _LINE_LIMIT // 2


def _encoded_words(field: str, text: str) -> str:
    """Return folded encoded-words of at most 75 characters that never cut a character (RFC 2047 §2)."""
    return Header(text, "utf-8", maxlinelen=75, header_name=field).encode(linesep="\r\n")


def _content(draft: Draft) -> _Entity:
    """Build the body: text, or text beside HTML with its pictures, and in front of the files where there are any."""
    entity = _text_entity("plain", draft.text)
    pictures = [_file_entity(part, is_shown=True) for part in draft.parts if _is_shown(part, draft.html)]
    files = [_file_entity(part) for part in draft.parts if not _is_shown(part, draft.html)]
    if draft.html is not None:
        page = _text_entity("html", draft.html)
        page = _multipart("related", draft.message_id, [page, *pictures], root="text/html") if pictures else page
        entity = _multipart("alternative", draft.message_id, [entity, page])
    return _multipart("mixed", draft.message_id, [entity, *files]) if files else entity


def _is_shown(part: Part, html: str | None) -> bool:
    is_picture = (
        part.inline and _MESSAGE_ID.fullmatch(f"<{part.content_id or ''}>") and _media_type(part) in DRAWN_TYPES
    )
    return bool(is_picture) and html is not None and f'"cid:{part.content_id}"' in html


def _multipart(subtype: str, message_id: str, children: Iterable[_Entity], root: str = "") -> _Entity:
    # `=_` can stand in no quoted-printable or base64 body, and `_transfer` encodes a text that holds it.
    boundary = f"=_{sha256(f'{subtype} {message_id}'.encode()).hexdigest()[:32]}"
    chunks = [b"--%b\r\n%b\r\n" % (boundary.encode(), _sealed(fields, body)) for fields, body in children]
    kind = f'; type="{root}"' if root else ""
    value = f'multipart/{subtype}{kind};\r\n boundary="{boundary}"'
    return [_field("Content-Type", value)], b"".join(chunks) + b"--%b--\r\n" % boundary.encode()


def _text_entity(subtype: str, text: str) -> _Entity:
    encoding, body = _transfer(_canonical(text))
    return [
        _field("Content-Type", f"text/{subtype}; charset=utf-8"),
        _field("Content-Transfer-Encoding", encoding),
    ], body


def _canonical(text: str) -> bytes:
    """Return UTF-8 with CRLF and a last line break, free of controls that mail cannot carry (RFC 2046 §4.1.1)."""
    lines = _NEWLINES.sub("\n", _SURROGATES.sub("\ufffd", text))
    whole = _BODY_CONTROLS.sub("", lines)
    return (whole if whole.endswith("\n") else f"{whole}\n").replace("\n", "\r\n").encode()


def _transfer(data: bytes) -> tuple[str, bytes]:
    """Choose the encoding that leaves most of the text readable in its source (RFC 2045 §6)."""
    foreign = len(data.translate(None, _NON_ASCII_LEFT))
    if foreign * 5 > len(data):
        return "base64", _base64(data)
    short = max(map(len, data.split(b"\r\n"))) <= _FOLD_AT + 2
    if not foreign and short and b"=_" not in data and not _MBOX_FROM.search(data):
        return "7bit", data
    # QUIRK: mailbox files put `>` before a line that begins with `From `, which breaks signatures over the body.
    return "quoted-printable", _MBOX_FROM.sub(b"=46rom ", binascii.b2a_qp(data, istext=True))


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _file_entity(part: Part, *, is_shown: bool = False) -> _Entity:
    """Build an attachment with a type and a name of our own making (RFC 2183)."""
    media_type = _media_type(part)
    name = _file_name(part.filename)
    charset = "; charset=utf-8" if media_type.startswith("text/") and _is_utf8(part.data) else ""
    fallback = "" if name.isascii() else f';\r\n name="{_ascii_name(name)}"'
    fields = [
        _field("Content-Type", f"{media_type}{charset}{fallback}"),
        _field("Content-Transfer-Encoding", "base64"),
    ]
    disposition = "inline" if is_shown else "attachment"
    fields.append(_field("Content-Disposition", f"{disposition};\r\n {_name_parameter(name)}"))
    if is_shown:
        fields.append(_field("Content-ID", f"<{part.content_id}>"))
    return fields, _base64(part.data)


def _media_type(part: Part) -> str:
    """Return the declared type where it is harmless, else octets.

    A nested mail must not be base64 (RFC 2046 §5.2.1) and would be changed by any other encoding: it travels as octets.
    """
    declared = part.content_type.strip().lower()
    composite = declared.startswith(("message/", "multipart/"))
    return declared if _MEDIA_TYPE.fullmatch(declared) and not composite and declared not in _ACTIVE_TYPES else _OPAQUE


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _file_name(name: str) -> str:
    """Return the last component of a file name, at most 200 bytes of UTF-8, the extension kept; never empty."""
    last = _SEPARATORS.split(one_line(name).replace('"', "'"))[-1].strip(_OUTER_BLANKS) or "attachment"
    if len(last.encode()) <= _FILENAME_LIMIT_BYTES:
        return last
    stem, _, extension = last.rpartition(".")
    suffix = f".{extension}" if stem and len(extension.encode()) <= _EXTENSION_LIMIT_BYTES else ""
    room = _FILENAME_LIMIT_BYTES - len(suffix.encode())
    return (stem if suffix else last).encode()[:room].decode("utf-8", "ignore") + suffix


def _ascii_name(name: str) -> str:
    """Return what is left of a file name in ASCII, for programs that know nothing else."""
    stem, dot, extension = name.rpartition(".") if "." in name else (name, "", "")
    kept = [_NOT_FALLBACK.sub("", unicodedata.normalize("NFKD", piece)).strip() for piece in (stem, extension)]
    return f"{kept[0] or 'attachment'}{dot if kept[1] else ''}{kept[1]}"


def _name_parameter(name: str) -> str:
    """Build the file name parameter; RFC 2231 §4 where it is not plain ASCII.

    The ASCII fall-back then stands in Content-Type alone: of `filename` beside `filename*` some readers take the first.
    """
    if _is_plain(name):
        return f'filename="{name}"'
    return f"filename*=utf-8''{percent_encoded(name, safe='')}"


def _sealed(fields: list[_Field], body: bytes) -> bytes:
    """Join a header block and its body, and read the block again: exactly these fields, or UnsafeMail."""
    block = "\r\n".join(line for _, line in fields).encode() + b"\r\n\r\n"
    read_again = BytesHeaderParser().parsebytes(block)
    if sorted(read_again.keys()) != sorted(name for name, _ in fields) or read_again.get_payload():
        raise UnsafeMail(f"{sorted(name for name, _ in fields)} became {sorted(read_again.keys())}")
    return block + body


def _require_clean_lines(data: bytes) -> None:
    """Raise UnsafeMail on a bare CR or LF, an octet beyond ASCII or a line over 998 (RFC 5321 §4.5.3.1.6)."""
    lines = data.split(b"\r\n")
    if not data.isascii() or b"\0" in data or max(map(len, lines)) > _LINE_LIMIT:
        raise UnsafeMail("octets or line lengths that mail cannot carry")
    if data.count(b"\r") != len(lines) - 1 or data.count(b"\n") != len(lines) - 1:
        raise UnsafeMail("a line that does not end in CRLF")
