"""Writes winmail.dat as Outlook does, for the tests of what reads it."""

import struct

MAGIC = struct.pack("<IH", 0x223E9F78, 7)
UNICODE, BINARY, OBJECT, STRING8, TIME, NUMBER, BOOLEAN = 0x1F, 0x102, 0x0D, 0x1E, 0x40, 0x03, 0x0B
APPOINTMENT = bytes.fromhex("0220060000000000c000000000000046")
AS_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def value(kind: int, data: object) -> bytes:
    if kind == NUMBER:
        return struct.pack("<I", data)
    if kind == BOOLEAN:
        return struct.pack("<HH", data, 0)
    if kind == TIME:
        return struct.pack("<Q", data)
    raw = (str(data) + "\0").encode("utf-16-le") if kind == UNICODE else data
    assert isinstance(raw, bytes)
    return struct.pack("<II", 1, len(raw)) + raw + b"\0" * (-len(raw) % 4)


def properties(*rows: tuple[int, int, object]) -> bytes:
    """Rows of type, tag (above 0x8000: a number of the appointment set) and value."""
    out = struct.pack("<I", len(rows))
    for kind, tag, data in rows:
        named = tag >= 0x8000
        out += struct.pack("<HH", kind, 0x8001 if named else tag)
        out += APPOINTMENT + struct.pack("<II", 0, tag) if named else b""
        out += value(kind, data)
    return out


def message(*rows: tuple[int, int, object], code_page: int = 1252) -> bytes:
    return attribute(1, 0x9007, struct.pack("<II", code_page, 0)) + attribute(1, 0x9003, properties(*rows))


def attached(title: bytes, data: bytes | None, *rows: tuple[int, int, object]) -> bytes:
    out = attribute(2, 0x9002, b"\0" * 14)
    out += attribute(2, 0x8010, title + b"\0") if title else b""
    out += attribute(2, 0x800F, data) if data is not None else b""
    return out + (attribute(2, 0x9005, properties(*rows)) if rows else b"")


def compressed(rtf: bytes) -> bytes:
    """Rich text in its compressed form, all of it literal."""
    runs = b"".join(b"\0" + rtf[i : i + 8] for i in range(0, len(rtf), 8))
    return struct.pack("<IIII", len(runs) + 12, len(rtf), 0x75465A4C, 0) + runs
