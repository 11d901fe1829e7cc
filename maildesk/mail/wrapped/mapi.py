"""MAPI property lists (MS-OXTNEF §2.1.3.4, MS-OXCDATA §2.11): bytes to a table of properties.

Called by `tnef`. Lengths in such a list lie: each is held against what is left before it is believed, and what follows
a lie is not read. Never raises on any bytes, never takes more time than its input is long.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from maildesk.mail import budgets
from maildesk.mail.charsets import decode_text

_SHORT, _BOOLEAN, _OBJECT, _STRING8, _UNICODE, _TIME, _BINARY = 0x02, 0x0B, 0x0D, 0x1E, 0x1F, 0x40, 0x102
_VARIABLE = frozenset((_OBJECT, _STRING8, _UNICODE, _BINARY))
#: Bytes of a value of each other type; what is shorter than four is padded to four in a list.
_FIXED = {
    0x00: 4, 0x01: 4, _SHORT: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, _BOOLEAN: 2, 0x14: 8, _TIME: 8,
    0x48: 16,
}  # fmt: skip
_MULTIPLE = 0x1000
_NAMED = 0x8000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_CODE_PAGES = {
    1200: "utf-16le", 1201: "utf-16be", 20127: "us-ascii", 20866: "koi8-r", 20932: "euc-jp", 21866: "koi8-u",
    50220: "iso-2022-jp", 50221: "iso-2022-jp", 50222: "iso-2022-jp", 50225: "iso-2022-kr", 51932: "euc-jp",
    51936: "gb2312", 51949: "euc-kr", 52936: "hz", 54936: "gb18030", 65000: "utf-7", 65001: "utf-8",
}  # fmt: skip

#: A property's tag, or for a named one its set (GUID as it stands, in hexadecimal) and number.
Key = int | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Property:
    """One value as it came; of several values of one property the first."""

    kind: int
    octets: bytes

    def text(self, charset: str) -> str:
        """Return the value as text; `charset` is for 8-bit strings."""
        octets = self.octets
        if self.kind == _UNICODE:
            return octets[: len(octets) & ~1].decode("utf-16-le", "replace").partition("\x00")[0]
        return decode_text(octets, charset)[0].partition("\x00")[0]

    @property
    def is_unicode(self) -> bool:
        """Tell whether the value is a Unicode string."""
        return self.kind == _UNICODE

    @property
    def number(self) -> int:
        """The value as an unsigned number; 0 for what is none."""
        return int.from_bytes(self.octets[:8], "little") if self.kind not in _VARIABLE else 0

    def find_instant(self) -> datetime | None:
        """Return the value as an instant (FILETIME), or None for what is none."""
        if self.kind != _TIME:
            return None
        try:
            return _EPOCH + timedelta(microseconds=self.number // 10)
        except OverflowError:
            return None


def find_charset(code_page: int) -> str:
    """Return the charset of a Windows code page, as it would be named in a mail; empty when there is none."""
    if 28591 <= code_page <= 28606:
        return f"iso-8859-{code_page - 28590}"
    return _CODE_PAGES.get(code_page, f"cp{code_page}" if 0 < code_page < 2000 else "")


def parse_properties(octets: bytes) -> tuple[dict[Key, Property], bool]:
    """Return the properties of a list, and whether all of it could be read."""
    cursor = _Cursor(octets)
    found: dict[Key, Property] = {}
    try:
        count = cursor.number(4)
        for _ in range(min(count, budgets.PROPERTIES)):
            kind, tag = cursor.number(2), cursor.number(2)
            key = cursor.name() if tag >= _NAMED else tag
            value = cursor.value(kind)
            found.setdefault(key, Property(kind & ~_MULTIPLE, value))
    except _Short:
        return found, False
    return found, count <= budgets.PROPERTIES


class _Short(Exception):
    """The list ends before what it promised, or holds a type nobody knows the length of."""


class _Cursor:
    """A place in a list, which only moves forward."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes; raises _Short."""
        end = self._at + count
        if end > len(self._octets):
            raise _Short
        taken, self._at = self._octets[self._at : end], end
        return taken

    def number(self, size: int) -> int:
        """Return the next number of `size` bytes; raises _Short."""
        return int.from_bytes(self.take(size), "little")

    def name(self) -> Key:
        """Read what stands in for the tag of a named property; names that are words all count as number 0."""
        group = self.take(16).hex()
        if self.number(4) == 0:
            return group, self.number(4)
        self._padded(self.number(4))
        return group, 0

    def value(self, kind: int) -> bytes:
        """Read the values of a property and return the first; raises _Short."""
        single = kind & ~_MULTIPLE
        count = self.number(4) if kind & _MULTIPLE or single in _VARIABLE else 1
        if single in _VARIABLE:
            first = self._padded(self.number(4)) if count else b""
            for _ in range(count - 1):
                self._padded(self.number(4))
            return first
        if single not in _FIXED:
            raise _Short
        size = _FIXED[single]
        values = self.take(count * size)
        self.take(-len(values) % 4)
        return values[:size]

    def _padded(self, length: int) -> bytes:
        taken = self.take(length)
        # QUIRK: the last value of a list comes without its padding from some writers.
        self._at = min(self._at + -length % 4, len(self._octets))
        return taken


def group_key(guid: tuple[int, int, int, str]) -> str:
    """Return a property set's GUID as it is written in a list."""
    return struct.pack("<IHH", *guid[:3]).hex() + guid[3]
