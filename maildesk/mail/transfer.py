"""Transfer encodings undone (RFC 2045 §6), as they really come: misnamed, cut off, followed by a gateway's own words.

Called by `tree` and `minimal`. Never loses words: what is not in the encoding it claims stays as it is.
"""

import binascii
import quopri
import re

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=\r\n]+")
_PADDED_END = re.compile(rb"(?<==)[ \t]*\r?\n")
_BASE64_LINES = re.compile(rb"(?:[ \t]*+[A-Za-z0-9+/]++={0,2}+[ \t]*+(?:\r?\n|\Z)|\s++)*+")
_WORDS = re.compile(rb"[^\s=]+ [^\s=]")
_BEGIN = re.compile(rb"(?m)^begin [0-7]{3,4} [^\r\n]*\r?\n")
_END_LINES = (b"", b"`", b"end")
_MOST_FOREIGN = 0.05
_MOST_TEXTS = 100
#: Encoders fill their lines; a shorter first line is a word.
_LINE = 16


def find_encoding(field: str) -> str:
    """Return `base64`, `quoted-printable`, `uuencode` or, for everything else, an empty text.

    QUIRK: `base64;`, `"quoted-printable"`, `quoted/printable`, `quotedprintable`, `x-uue`.
    """
    name = _NOT_LETTERS.sub("", field.lower())
    if name.startswith(("quotedprintable", "qoutedprintable")):
        return "quoted-printable"
    if name.startswith("base64"):
        return "base64"
    return "uuencode" if name.startswith(("uue", "xuue", "xuu")) else ""


def decode(octets: bytes, encoding: str, *, is_text: bool) -> bytes:
    """Return the content of a part. `encoding` is one of `find_encoding`."""
    match encoding:
        case "quoted-printable":
            # Blanks behind the mark of a soft line break came on the way (RFC 2045 §6.7 rule 3).
            return quopri.decodestring(_SOFT_BREAK.sub(b"=", octets))
        case "base64":
            return _text_of_base64(octets) if is_text else _base64(octets)
        case "uuencode":
            return _uuencoded(octets)
        case _:
            return octets


def _base64(octets: bytes) -> bytes:
    try:
        return binascii.a2b_base64(octets)
    except binascii.Error:
        # QUIRK: cut off within a group of four.
        letters = _FOREIGN.sub(b"", octets).replace(b"=", b"").replace(b"\r", b"").replace(b"\n", b"")
        letters = letters[:-1] if len(letters) % 4 == 1 else letters
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def _text_of_base64(octets: bytes) -> bytes:
    lines = _BASE64_LINES.match(octets)
    end = lines.end() if lines else 0
    # QUIRK: a gateway's footer, as it is, below the encoded text.
    rest = octets[end:]
    if rest.strip() and octets[:end].strip() and _WORDS.search(rest) and len(octets[:end].split(None, 1)[0]) >= _LINE:
        return _joined(octets[:end]) + b"\n" + rest
    decoded = _joined(octets)
    foreign = sum(map(len, _FOREIGN.findall(octets)))
    return octets if foreign > _MOST_FOREIGN * len(octets) and not _is_utf8(decoded) else decoded


def _joined(octets: bytes) -> bytes:
    # QUIRK: texts that were encoded one by one and put together; each ends with its own padding.
    return b"".join(map(_base64, _PADDED_END.split(octets, _MOST_TEXTS)))


def _is_utf8(octets: bytes) -> bool:
    try:
        return "\x00" not in octets.decode()
    except UnicodeDecodeError:
        return False


def _uuencoded(octets: bytes) -> bytes:
    begin = _BEGIN.search(octets)
    return b"".join(map(uu_line, octets[begin.end() if begin else 0 :].splitlines()))


def uu_line(line: bytes) -> bytes:
    """Return the content of one line of uuencode; empty for the closing lines and what is none."""
    if line.strip() in _END_LINES:
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        # QUIRK: garbage behind the content, from encoders that count the padding in.
        length = (((line[0] - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:length])
    except binascii.Error:
        return b""
