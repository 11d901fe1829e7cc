"""Bytes to the standard library's part tree (compat32), with budgets on headers, parts and depth.

Called by `parse`. Parts of type message/* are opaque while reading, so that their octets stay exact and nesting cannot
grow; `expand` opens one level of them afterwards. Never raises on any bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import Policy, compat32
from itertools import islice
from typing import Any

from maildesk.mail import budgets, transfer
from maildesk.mail.charsets import decode_field, find_hint

_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\r\r")
_SANE_BLOCK = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n|[ \t][^\n]*\n)*\Z")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_COMMON_FIELD = re.compile(
    rb"(?i)(?:from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|received|return-path|x-[a-z-]+)[ \t]*:"
)
_BOUNDARY = re.compile(rb"(?i)boundary[ \t]*=")
_FIRST_PART = re.compile(rb"(?:\A|\n)--([^\s\"\\][^\r\n\"\\]{0,69})\r?\n(?=content-)", re.IGNORECASE)
_NO_SEMICOLON = re.compile(r"\A(\s*[\w.+-]+(?:/[\w.+-]+)?)[\s,]+(?=[\w-]+\*?\s?=)")
_UNFOLDED_MOST = 3
_OPAQUE = "application/octet-stream"
_MBOX_LINE = re.compile(rb"\A>?From (?![ \t]*:)[^\r\n]*(?:\r\n|\n|\r)")


class _PartBudgetSpent(Exception):
    """More parts than the budget allows were begun; `root` holds those read."""

    def __init__(self, root: "Part") -> None:
        super().__init__()
        self.root = root


@dataclass(slots=True)
class _Reading:
    """What one reading has used so far. `transparent`: the root's message/* type is not hidden.

    `hint` is the charset that 8-bit headers may be in.
    """

    hint: str = ""
    reading: bool = True
    transparent: bool = False
    root: "Part | None" = None
    parts: int = 0
    multiparts: int = 0
    problems: set[str] = field(default_factory=set)

    def open_part(self, policy: Policy = compat32) -> "Part":
        """Make the next part; the feed parser calls this."""
        part = Part(policy)
        part.reading = self
        self.parts += 1
        # The feed parser makes one part only to test the factory, then the root.
        if self.parts == 2:
            self.root = part
        if self.root is not None and self.parts > budgets.PARTS + 2:
            self.problems.add(f"more than {budgets.PARTS} parts; the rest was not read")
            raise _PartBudgetSpent(self.root)
        return part


class Part(Message):
    """A part within budgets: it takes no more header than allowed and hides a message/* type while reading."""

    reading: _Reading
    _payload: object
    header_chars: int = 0
    flat: bool = False
    #: The media type once it was read: everybody asks for it, and the standard library splits the field each time.
    _media_type: str = ""

    def set_raw(self, name: str, value: str) -> None:
        """Store a field unfolded and with its 8-bit octets as text, unless a budget is spent."""
        if len(value) > budgets.HEADER_BYTES:
            self.reading.problems.add(f"a header field is longer than {budgets.HEADER_BYTES} bytes; it was clipped")
            value = value[: budgets.HEADER_BYTES]
        # Unfolded here, because a parameter folded inside its quotes is one value (RFC 5322 §2.2.3).
        value = decode_field(name, value.replace("\r", "").replace("\n", ""), self.reading.hint)
        self.header_chars += len(name) + len(value)
        if len(self) >= budgets.HEADER_COUNT or self.header_chars > budgets.HEADER_BLOCK_BYTES:
            self.reading.problems.add("the header is over its budget; further fields were ignored")
            return
        self._media_type = ""
        super().set_raw(name, self._bounded(value) if name[:8].lower() == "content-" else value)

    def __setitem__(self, name: str, value: Any) -> None:
        """Append a field."""
        self._media_type = ""
        super().__setitem__(name, value)

    def _bounded(self, value: str) -> str:
        """Keep a MIME field to what the standard library can take."""
        if value.lstrip()[:10].lower() == "multipart/":
            self.reading.multiparts += 1
            self.flat = self.reading.multiparts > budgets.MULTIPARTS
        # QUIRK: `text/plain charset=utf-8` and `text/plain, charset=utf-8`.
        value = _NO_SEMICOLON.sub(r"\1; ", value, count=1) if "=" in value else value
        if value.count(";") > budgets.PARAMETERS:
            self.reading.problems.add(f"a field has more than {budgets.PARAMETERS} parameters; the rest was ignored")
            value = ";".join(value.split(";", budgets.PARAMETERS)[: budgets.PARAMETERS])
        return value.replace("\x00", "")

    def get_content_type(self) -> str:
        """Return the media type in lower case; opaque for message/* while reading."""
        found = self._media_type
        if not found:
            found = super().get_content_type()
            # Without a field the type is a default that the parser may still change.
            self._media_type = found if "content-type" in self else ""
        if found[:8] == "message/" and self.reading.reading:
            return found if self.reading.transparent and self is self.reading.root else _OPAQUE
        return _OPAQUE if self.flat else found

    @property
    def wire(self) -> str:
        """A leaf's content as it came, 8-bit octets as surrogates; empty while or where there is none."""
        # The parser's own attribute: get_payload() would already decode by whatever codec the mail names.
        return self._payload if isinstance(self._payload, str) else ""

    def get_payload(self, i: Any = None, decode: Any = False) -> Any:
        """Return the parts, or the content as the standard library does, but never by a codec the mail names."""
        if self.is_multipart():
            return super().get_payload(i, decode)
        return self.octets() if decode else self.wire.encode("ascii", "surrogateescape").decode("utf-8", "replace")

    def octets(self) -> bytes:
        """Return a leaf's content with the transfer encoding undone; what cannot be undone stays as it is."""
        encoding = transfer.find_encoding(str(self.get("Content-Transfer-Encoding", "")))
        content = self.wire.encode("utf-8", "surrogateescape")
        return transfer.decode(content, encoding, is_text=self.get_content_maintype() == "text")


def parse_tree(raw: bytes) -> tuple[Part, tuple[str, ...]]:
    """Read a mail into its part tree and the problems met; any bytes give a tree."""
    reading = _Reading(hint="" if raw.isascii() else find_hint(raw))
    root = _feed(reading, _repaired(raw))
    _open_unfolded(root, reading)
    return root, tuple(sorted(reading.problems))


def _open_unfolded(root: Part, reading: _Reading) -> None:
    """Open multiparts whose boundary the standard library did not find.

    QUIRK: `boundary=` at the beginning of a line instead of folded; the header seems to end there.
    """
    found = (part for part in leaves(root) if part.get_content_maintype() == "multipart")
    for part in tuple(islice(found, _UNFOLDED_MOST)):
        octets = part.wire.encode("ascii", "surrogateescape")
        if _BOUNDARY.match(octets):
            _reopen(part, reading, octets)
        elif first := _FIRST_PART.search(octets, 0, budgets.HEADER_BYTES):
            # QUIRK: a boundary that was lost or changed on the way; the first part shows what it was.
            _reopen(part, reading, b'boundary="' + first[1].rstrip() + b'"\n\n' + octets)


def _reopen(part: Part, reading: _Reading, octets: bytes) -> None:
    begun = _Reading(hint=reading.hint, multiparts=reading.multiparts)
    opened = _feed(begun, b"Content-Type: " + part.get_content_type().encode("ascii", "replace") + b"; " + octets)
    reading.problems |= begun.problems
    if opened.is_multipart():
        part.set_payload(list(children(opened)))


def expand(part: Part) -> None:
    """Open a message/* leaf in place, one level, as the standard library would have (RFC 2046 §5.2, RFC 3464)."""
    reading = _Reading(transparent=True)
    shell = b"Content-Type: " + part.get_content_type().encode("ascii", "replace") + b"\n\n"
    opened = _feed(reading, shell + part.octets())
    if opened.is_multipart():
        part.set_payload(list(children(opened)))


def _feed(reading: _Reading, octets: bytes) -> Part:
    parser = BytesFeedParser(reading.open_part)
    try:
        parser.feed(octets)
        root = parser.close()
    except _PartBudgetSpent as spent:
        root = spent.root
    reading.reading = False
    _prune(root, reading)
    return root


def _prune(root: Part, reading: _Reading) -> None:
    """Cut the tree at the depth budget."""
    waiting = [(root, 0)]
    while waiting:
        part, depth = waiting.pop()
        if part.is_multipart() and depth < budgets.DEPTH:
            waiting.extend((child, depth + 1) for child in children(part))
        elif part.is_multipart():
            reading.problems.add(f"parts are nested deeper than {budgets.DEPTH}; the inner ones were ignored")
            part.set_payload("")


def children(part: Part) -> tuple[Part, ...]:
    """Return the direct parts of a multipart or opened message; none for a leaf."""
    return tuple(part.get_payload()) if part.is_multipart() else ()


def is_leaf(part: Part) -> bool:
    """Tell whether a part has content of its own; an attached mail has, even when it was opened."""
    return not part.is_multipart() or part.get_content_maintype() == "message"


def leaves(root: Part) -> Iterator[Part]:
    """Walk the leaf parts in order."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if is_leaf(part):
            yield part
        else:
            waiting.extend(reversed(children(part)))


def _repaired(raw: bytes) -> bytes:
    """Drop an mbox line and mend a header block that the standard parser would break off at a malformed line."""
    raw = _MBOX_LINE.sub(b"", raw, count=1)
    if raw[:1] in (b"\r", b"\n", b"\xef"):
        # QUIRK: blank lines or a byte-order mark before the header, left by gateways and editors.
        rest = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
        raw = rest if _FIELD.match(rest) else raw
    if raw[: budgets.HEADER_BYTES].partition(b"\n")[0].endswith(b"\r\r"):
        # QUIRK: CR CR LF, of which the standard parser makes blank lines.
        raw = raw.replace(b"\r\r\n", b"\r\n")
    match = _BLANK_LINE.search(raw, 0, budgets.HEADER_BLOCK_BYTES)
    end = match.start() if match else 0
    block = raw[:end] + b"\n"
    if not end or b"\n" not in raw[:end] or _SANE_BLOCK.fullmatch(block) or not _FIELD.match(raw):
        return raw
    return _mended(raw[:end]) + raw[end:]


def _mended(block: bytes) -> bytes:
    # QUIRK: a blank before the colon (RFC 5322 §4.5) and lines without a colon amid the fields.
    lines = block.split(b"\n")
    last = max((i for i, line in enumerate(lines) if _COMMON_FIELD.match(line)), default=0)
    mended = []
    for i, line in enumerate(lines):
        if i > last or line[:1] in b" \t":
            mended.append(line)
        elif match := _FIELD.match(line):
            mended.append(match[1] + b":" + line[match.end() :])
        else:
            mended.append(b" " + line)
    return b"\n".join(mended)
