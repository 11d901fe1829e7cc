"""The least that can be said of a mail: its main header fields and the start of its text, by an own scanner.

Called by `parse.parse_headers_only` after a full reading died or spent its budget. Uses no library that could die
again, never looks at structure beyond the first text part, never fails.
"""

import hashlib
import re
from email.message import Message

from maildesk.mail import addresses, budgets, ids, transfer
from maildesk.mail.charsets import clean_line, clean_text, decode_field, decode_text, decode_words, find_hint
from maildesk.model.message import Address, InboundMessage

_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
_FIELD = re.compile(rb"(?m)^([!-9;-~]{1,76})[ \t]*:((?:[^\r\n]|\r?\n[ \t]){0,4000})")
_TEXT_PART = re.compile(rb"(?im)^content-type:[ \t]*text/plain")
_CHARSET = re.compile(rb"(?i)charset[ \t]*=[ \t]*\"?([a-z0-9_:.-]{2,30})")
_ENCODING = re.compile(rb"(?im)^content-transfer-encoding:[ \t]*\"?([a-z0-9-]{2,30})")


def scan(raw: bytes) -> tuple[InboundMessage, Message]:
    """Return the message and a tree that holds its header fields only."""
    match = _BLANK_LINE.search(raw, 0, budgets.HEADER_BLOCK_BYTES)
    end = match.end() if match else min(len(raw), budgets.HEADER_BLOCK_BYTES)
    fields = _fields(raw[:end], "" if raw.isascii() else find_hint(raw))
    headers = tuple((name, clean_line(decode_words(value))) for name, value in fields)
    tree = Message()
    for name, value in headers:
        tree[name] = value
    tree.set_payload("")
    sender, problem = _sender(tuple(_values(fields, "from")))
    text = _text(raw, end)
    digest = hashlib.sha256(raw).hexdigest()
    message = InboundMessage(
        raw_sha256=digest,
        content_sha256=digest,
        size_bytes=len(raw),
        message_id=ids.find_message_id(tuple(_values(fields, "message-id"))),
        sender=sender,
        sender_problem=problem,
        claimed_sender=None if sender else addresses.find_claimed_sender(tuple(_values(fields, "from"))),
        to=_recipients(fields, "to"),
        cc=_recipients(fields, "cc"),
        return_path=next((found for value in _values(fields, "return-path") for found in _paths(value)), None),
        delivered_to=tuple(spec for value in _values(fields, "delivered-to") for spec in addresses.find_specs(value)),
        subject=next(iter(_values(headers, "subject")), "")[: budgets.SUBJECT_CHARS],
        in_reply_to=ids.parse_ids(" ".join(_values(fields, "in-reply-to"))),
        references=ids.parse_ids(" ".join(_values(fields, "references"))),
        thread_index=ids.find_thread_index(tuple(_values(fields, "thread-index"))),
        headers=headers,
        text=text,
        visible_text=text,
        problems=("the mail could not be read in full; only its header and the start of its text were",),
    )
    return message, tree


def _fields(block: bytes, hint: str) -> tuple[tuple[str, str], ...]:
    """Return the fields unfolded, their 8-bit octets as text, nothing cleaned: an identity is judged by what came."""
    found = _FIELD.findall(block)[: budgets.HEADER_COUNT]
    return tuple((name.decode("ascii"), _unfolded(name.decode("ascii"), value, hint)) for name, value in found)


def _unfolded(name: str, value: bytes, hint: str) -> str:
    unfolded = value.replace(b"\r", b"").replace(b"\n", b"").strip().decode("ascii", "surrogateescape")
    return decode_field(name, unfolded, hint)


def _values(fields: tuple[tuple[str, str], ...], wanted: str) -> list[str]:
    return [value for name, value in fields if name.lower() == wanted]


def _paths(value: str) -> tuple[str, ...]:
    return addresses.find_specs(value) or (("",) if value.replace(" ", "") == "<>" else ())


def _sender(values: tuple[str, ...]) -> tuple[Address | None, str]:
    # Without a library to look closer, only the plain forms name somebody.
    return addresses.find_sender(values, ())


def _recipients(fields: tuple[tuple[str, str], ...], wanted: str) -> tuple[Address, ...]:
    return addresses.recipients(addresses.find_mailboxes(", ".join(_values(fields, wanted))))


def _text(raw: bytes, body_at: int) -> str:
    """Decode at most the first 64 KiB of the first text/plain part, or of the body where none is declared."""
    window = raw[: body_at + 4 * budgets.MINIMAL_TEXT_BYTES]
    part = _TEXT_PART.search(window)
    start = part.start() if part else 0
    blank = _BLANK_LINE.search(window, start if part else max(0, body_at - 4))
    begin = blank.end() if blank else body_at
    head, octets = window[start:begin], window[begin : begin + budgets.MINIMAL_TEXT_BYTES]
    if start > body_at:
        octets = re.split(rb"\r?\n--", octets, maxsplit=1)[0]
    encoding = _ENCODING.search(head)
    charset = _CHARSET.search(head)
    octets = transfer.decode(octets, transfer.find_encoding(encoding[1].decode() if encoding else ""), is_text=True)
    return clean_text(decode_text(octets, charset[1].decode("ascii") if charset else "", guess=False)[0])
