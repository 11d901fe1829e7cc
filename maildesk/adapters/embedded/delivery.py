"""What a mail server adds to a mail, and takes out of it, when it puts it into a mailbox.

Called by the embedded servers for each delivery.  Pure: no clock, no sockets, only the standard library.  Must never
let a mail bring along a header that only this server may write, nor raise on any bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import format_datetime, getaddresses

HOSTNAME = "localhost"

# One header field with its folded lines.  A bare CR or LF ends a line too, because parsers differ on it and a
# forged field must not hide behind one.
_FIELD = re.compile(rb"[^\r\n]+(?:\r\n|\r|\n|\Z)(?:[ \t][^\r\n]*(?:\r\n|\r|\n|\Z))*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP knows about a mail beside its bytes: `login` is the authenticated account, None without AUTH."""

    sender: str
    recipient: str
    helo: str | None = None
    login: str | None = None


def parse_sender(raw: bytes) -> str:
    """Read the envelope sender off a mail: its Return-Path, else its From; empty is the null sender."""
    headers = _parse_headers(raw)
    own = headers["Return-Path"]
    return _find_author(headers) or "" if own is None else str(own).strip(" \t<>")


def as_delivered(raw: bytes, envelope: Envelope, authserv_id: str | None, arrived_at: datetime) -> bytes:
    """Prepend the trace headers of final delivery (RFC 5321 §4.4), replacing those that only this server may write.

    With `authserv_id` the server also gives its verdict on From (RFC 8601).
    """
    fields, body = _split_fields(raw)
    kept = [field for field in fields if not _is_reserved(field, authserv_id)]
    trace = [f"Return-Path: <{envelope.sender}>", f"Delivered-To: {envelope.recipient}"]
    if authserv_id is not None:
        trace.append(_authentication_results(_parse_headers(raw), envelope.login, authserv_id))
    trace.append(_received(envelope, arrived_at))
    lines = [printable(line).encode("utf-8", "surrogateescape") + b"\r\n" for line in trace]
    return b"".join((*lines, *kept, body or _missing_end(kept)))


def printable(text: str) -> str:
    """Replace control characters, so that an address cannot begin a header field or reply line of its own."""
    return _CONTROL.sub("?", text)


def _split_fields(raw: bytes) -> tuple[list[bytes], bytes]:
    """Cut a mail into its header fields and the rest, which begins with the empty line; joined they are the mail."""
    fields: list[bytes] = []
    end = 0
    while match := _FIELD.match(raw, end):
        fields.append(match.group())
        end = match.end()
    return fields, raw[end:]


def _missing_end(fields: Sequence[bytes]) -> bytes:
    """Give a mail that is nothing but a header its empty line, as servers do; pymap loses a byte of it otherwise."""
    return b"\r\n" if not fields or fields[-1].endswith((b"\r", b"\n")) else b"\r\n\r\n"


def _is_reserved(field: bytes, authserv_id: str | None) -> bool:
    """Tell whether a field of the arriving mail claims to come from this server (RFC 8601 §5)."""
    name, _, value = field.partition(b":")
    match name.strip().lower():
        case b"return-path":
            return True
        case b"authentication-results" if authserv_id is not None:
            # Anywhere in the value rather than at its start: comments and quoting can precede or disguise the name,
            # and to drop a foreign result too many harms nobody.
            return authserv_id.lower().encode() in value.replace(b"\\", b"").lower()
        case _:
            return False


def _authentication_results(headers: Message, login: str | None, authserv_id: str) -> str:
    """Vouch for From only when the client logged in as just that account."""
    author = _find_author(headers) or ""
    is_own = login is not None and author.casefold() == login.casefold()
    domain = author.rpartition("@")[2]
    claim = f" header.from={domain}" if _DOMAIN.fullmatch(domain) else ""
    return f"Authentication-Results: {authserv_id}; dmarc={'pass' if is_own else 'none'}{claim}"


def _received(envelope: Envelope, arrived_at: datetime) -> str:
    origin = "" if envelope.helo is None else f"from {envelope.helo} ([127.0.0.1]) "
    protocol = "ESMTP" if envelope.login is None else "ESMTPA"
    stamp = format_datetime(arrived_at)
    return f"Received: {origin}by {HOSTNAME} with {protocol} for <{envelope.recipient}>; {stamp}"


def _parse_headers(raw: bytes) -> Message:
    return BytesHeaderParser().parsebytes(b"".join(_split_fields(raw)[0]))


def _find_author(headers: Message) -> str | None:
    """Find the one address of From; None when there are several, none, or it cannot be read."""
    fields = [str(value) for value in headers.get_all("From", [])]
    try:
        addresses = getaddresses(fields)
    except RecursionError:
        # QUIRK: comments within comments, hundreds deep, are only found in attacks.
        return None
    return addresses[0][1] or None if len(addresses) == 1 else None
