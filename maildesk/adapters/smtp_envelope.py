"""What one SMTP transaction says: addresses and data made fit for the wire, or a clear word why they are not.

`adapters/smtp.py` is the only caller. Pure: touches no socket. Never lets a character through that could end a command
or the data early.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# No controls, blanks, brackets, quotes or second @. A quoted local part is lawful, and met in attacks only.
_ADDRESS = re.compile(r'[^\x00-\x20\x7f<>@",;:\\\s]+@[^\x00-\x20\x7f<>@",;\\\s]+')
_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")


class Unsendable(Exception):  # named for what the mail is
    """A mail that can never go to this server; trying again does not help. `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Envelope:
    """One transaction: bytes for the commands, and the data ready for the wire but for the final dot.

    `size_bytes` is the size as RFC 1870 counts it, without the doubled dots.
    """

    sender: bytes
    recipient: bytes
    data: bytes
    needs_smtputf8: bool
    size_bytes: int


def seal(sender: str, recipient: str, data: bytes) -> Envelope:
    """Check and encode one transaction; `sender` is empty for the null reverse-path. Raise Unsendable."""
    mail_from, sender_needs_utf8 = _encode_address(sender) if sender else (b"", False)
    rcpt_to, recipient_needs_utf8 = _encode_address(recipient)
    body = _end_lines(data)
    dotted = body.replace(b"\r\n.", b"\r\n..")
    dotted = b"." + dotted if dotted.startswith(b".") else dotted
    return Envelope(mail_from, rcpt_to, dotted, sender_needs_utf8 or recipient_needs_utf8, len(body))


def mail_options(extensions: Mapping[str, str], envelope: Envelope) -> list[bytes]:
    """Return the MAIL parameters for what the server offers. Raise Unsendable when it cannot take this mail at all."""
    options: list[bytes] = []
    if "size" in extensions:
        limit = extensions["size"]
        if limit.isdecimal() and 0 < int(limit) < envelope.size_bytes:
            raise Unsendable(f"the server takes {limit} bytes at most")
        options.append(b"SIZE=%d" % envelope.size_bytes)
    if not envelope.data.isascii() and "8bitmime" in extensions:
        options.append(b"BODY=8BITMIME")
    if envelope.needs_smtputf8:
        if "smtputf8" not in extensions:
            raise Unsendable("the address needs SMTPUTF8, which the server lacks")
        options.append(b"SMTPUTF8")
    return options


def _encode_address(address: str) -> tuple[bytes, bool]:
    """Return an address for a command, and whether it needs SMTPUTF8 (RFC 6531): its local part is not ASCII."""
    if len(address) > 320 or not _ADDRESS.fullmatch(address):
        raise Unsendable(f"not an address that can be mailed: {address!r}")
    local, _, domain = address.rpartition("@")
    try:
        encoded = local.encode() + b"@" + (domain.encode() if domain.isascii() else domain.encode("idna"))
    except UnicodeError:
        raise Unsendable(f"not an address that can be mailed: {address!r}") from None
    return encoded, not local.isascii()


def _end_lines(data: bytes) -> bytes:
    """Return data whose every line ends in CRLF: some server would take a bare CR or LF for part of a final dot."""
    # Finished mail is so already; counting is a hundred times faster than the expression.
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        data = _BARE_LINE_END.sub(b"\r\n", data)
    return data if data.endswith(b"\r\n") else data + b"\r\n"
