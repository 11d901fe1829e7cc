"""Files written into a text: uuencode (POSIX) and yEnc, from before MIME and from programs that never learnt it.

Called by `wrapped` before the body is chosen. A block that is not whole and right in every line stays a text: somebody
may have typed it, or quotes it.
"""

import re

from maildesk.mail import budgets
from maildesk.mail.attachments import find_name
from maildesk.mail.charsets import decode_text
from maildesk.mail.transfer import uu_line
from maildesk.mail.tree import Part, leaves
from maildesk.mail.wrapped.grafts import file_part, replace_with, with_content

_BEGIN = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n?")
_DATA = re.compile(rb"[!-_][ -`]+")
_Y_BEGIN = re.compile(rb"=ybegin (?:part=1 total=1 )?line=\d{1,4} size=(\d{1,9}) name=([^\r\n]{1,255})\r?\n?")
_MARKS = (b"begin ", b"=ybegin ")

#: A file's name, its content, and the line behind it.
_Found = tuple[bytes, bytes, int]


def may_hold_files(wire: str) -> bool:
    """Tell cheaply whether a text may hold a file."""
    return "\nbegin " in wire or "=ybegin " in wire or wire.startswith("begin ")


def open_inlined(root: Part) -> None:
    """Make files of the blocks in the texts of a mail; the words around them stay."""
    for part in tuple(leaves(root)):
        is_text = part.get_content_type() == "text/plain" and part.get_content_disposition() != "attachment"
        if is_text and not find_name(part) and may_hold_files(part.wire):
            _open_text(part)


def _open_text(part: Part) -> None:
    lines = part.octets().split(b"\n")
    lines[:-1] = [line + b"\n" for line in lines[:-1]]
    kept: list[bytes] = []
    files: list[Part] = []
    at = 0
    while at < len(lines):
        found = None
        if lines[at].startswith(_MARKS) and len(files) < budgets.ATTACHMENTS:
            found = _find_uuencoded(lines, at) or _find_yenc(lines, at)
        if found:
            name, content, at = found
            files.append(file_part(decode_text(name.strip())[0], "application/octet-stream", content))
        else:
            kept.append(lines[at])
            at += 1
    if files:
        replace_with(part, "mixed", (with_content(part, b"".join(kept)), *files))


def _find_uuencoded(lines: list[bytes], begin: int) -> _Found | None:
    match = _BEGIN.fullmatch(lines[begin])
    content: list[bytes] = []
    is_sure = False
    for at in range(begin + 1, len(lines) if match else 0):
        line = lines[at].rstrip(b"\r\n")
        if line == b"end":
            return (match[1], b"".join(content), at + 1) if match and is_sure else None
        if line.strip() in (b"", b"`"):
            continue
        if not _is_data(line):
            return None
        content.append(uu_line(line))
        is_sure |= len(line) > _letters(line)
    return None


def _is_data(line: bytes) -> bool:
    """Tell whether a line is as long as its first letter says; blanks at its end may be lost, a checksum may follow."""
    return bool(_DATA.fullmatch(line)) and len(line) <= _letters(line) + 2


def _letters(line: bytes) -> int:
    return (line[0] - 30) // 3 * 4


def _find_yenc(lines: list[bytes], begin: int) -> _Found | None:
    match = _Y_BEGIN.fullmatch(lines[begin])
    content = bytearray()
    for at in range(begin + 1, len(lines) if match else 0):
        line = lines[at].removesuffix(b"\n").removesuffix(b"\r")
        if line.startswith(b"=yend "):
            return (match[2], bytes(content), at + 1) if match and len(content) == int(match[1]) else None
        if line.startswith(b"=y") and not line.startswith(b"=ypart "):
            return None
        if not line.startswith(b"=y"):
            content += _yenc_line(line)
    return None


def _yenc_line(line: bytes) -> bytes:
    first, *escaped = line.split(b"=")
    plain = first.translate(_SHIFTED)
    for piece in escaped:
        plain += bytes(((piece[0] - 64 - 42) % 256,)) + piece[1:].translate(_SHIFTED) if piece else b""
    return plain


_SHIFTED = bytes((octet - 42) % 256 for octet in range(256))
