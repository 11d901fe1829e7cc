"""Bytes to text: declared charset, then what the bytes look like; and the cleaning every text of a mail goes through.

Called by all readers of mail bytes. Never decodes with a codec outside the list: `rot13`, `idna`, `unicode_escape` and
the like are not charsets, whatever a mail says. mail-parser's own decoding is not used for texts: it drops octets it
cannot decode, knows no vendor names of charsets and leaves 7-bit ISO-2022-JP undecoded.
"""

import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header

from charset_normalizer import from_bytes

from maildesk.mail import budgets

_SAME = (
    "utf-8 utf-16 utf-16le utf-16be utf-32 utf-7 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 "
    "cp1258 cp437 cp850 cp852 cp855 cp858 cp862 cp866 cp874 cp932 cp949 cp950 iso-8859-2 iso-8859-3 "
    "iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 "
    "iso-8859-16 koi8-r koi8-u mac-roman mac-cyrillic mac-latin2 gb18030 hz euc-jp big5hkscs johab "
    "iso2022_jp_ext iso2022_jp_2 iso2022_kr ptcp154 kz1048"
)
#: Names seen in mail and the codec that decodes what is really sent under them (WHATWG Encoding, mostly).
#: QUIRK: ISO-8859-1 and US-ASCII are said for Windows-1252; GB2312 for GBK; KS_C_5601 for UHC; Shift_JIS for CP932.
_CODECS = {name: name for name in _SAME.split()} | {
    "utf8": "utf-8", "unicode-1-1-utf-7": "utf-7", "unicode": "utf-16", "ucs-2": "utf-16", "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "l1": "cp1252", "8859-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "iso-8859-9": "cp1254", "iso-8859-11": "cp874",
    "tis-620": "cp874", "latin2": "iso-8859-2", "latin-9": "iso-8859-15", "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "euc-cn": "gb18030", "hz-gb-2312": "hz", "big5": "cp950", "big5-hkscs": "big5hkscs", "shift_jis": "cp932",
    "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932", "ms_kanji": "cp932",
    "eucjp": "euc-jp", "x-euc-jp": "euc-jp", "iso-2022-jp": "iso2022_jp_ext", "iso-2022-jp-1": "iso2022_jp_ext",
    "iso-2022-jp-2": "iso2022_jp_2", "iso-2022-jp-ext": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext", "iso-2022-jp-ms": "iso2022_jp_ext", "iso-2022-kr": "iso2022_kr",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "ks_c_5601-1989": "cp949", "euc-kr": "cp949",
    "euckr": "cp949", "uhc": "cp949", "koi8r": "koi8-r", "koi8u": "koi8-u", "win-1251": "cp1251",
    "x-mac-cyrillic": "mac-cyrillic", "x-mac-ce": "mac-latin2", "x-mac-centraleurroman": "mac-latin2",
}  # fmt: skip
#: Codecs in which octets below 128 are not all US-ASCII.
_NOT_ASCII = frozenset(("utf-7", "hz", "utf-16", "utf-16le", "utf-16be", "utf-32"))
_WIDE = frozenset(("utf-16", "utf-16le", "utf-16be", "utf-32"))
_EAST_ASIAN = frozenset(("gb18030", "cp950", "big5hkscs", "cp932", "cp949", "euc-jp", "johab"))
_ESCAPING = frozenset(("iso2022_jp_ext", "iso2022_jp_2", "iso2022_kr"))
#: QUIRK: ISO-2022-JP with NEC's row 13 (circled digits), or said of plain Shift_JIS; the like of EUC-JP; Hong Kong's
#: characters in Big5.
_RELATED = {
    "iso2022_jp_ext": ("iso2022_jp_ext", "nec", "cp932"), "iso2022_jp_2": ("iso2022_jp_2", "nec", "cp932"),
    "euc-jp": ("euc-jp", "euc_jis_2004"), "cp950": ("cp950", "big5hkscs"),
}  # fmt: skip
_WINDOWS = re.compile(r"(?:x-)?(?:windows|cp|ibm|win)-?(\d{3,4})")
_ISO = re.compile(r"iso_?(?:ir-)?8859[-_](\d{1,2})(?::\d{4})?")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

#: As a charset parameter, or in an encoded word.
_NAMED_CHARSET = re.compile(rb"""(?i)charset\s{0,3}=\s{0,3}["']?([a-z0-9_:.-]{2,40})|=\?([a-z0-9_:.-]{2,40})[?*]""")
_TELLS_NOTHING = frozenset((None, "utf-8", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-7", "cp1252"))
_ADDRESS_FIELDS = frozenset(("from", "to", "cc", "bcc", "reply-to", "sender", "return-path"))
_STRUCTURE = re.compile(r"[@<>,;:\"()\\]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNENDED_WORD = re.compile(r"=\?[\w:.*+-]{1,80}\?(?:[bB]\?[A-Za-z0-9+/]{4,}=?|[qQ]\?[^?=]*=[0-9A-Fa-f]{2}[^?]*)=?\??\Z")
_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_BASE64_WORD = re.compile(r"(=\?[^?\s]{1,80}\?[bB]\?)([^?\s]*)\?=")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\x80-\x9f]")
_LINE_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def find_codec(name: str) -> str | None:
    """Return the codec for a charset name as it stands in a mail, or None when it is not a charset we decode."""
    wanted = name.strip(" \t\r\n\"';").lower().removeprefix("charset=")
    if wanted in _CODECS:
        return _CODECS[wanted]
    if match := _WINDOWS.fullmatch(wanted):
        return _CODECS.get("cp" + match[1])
    if match := _ISO.fullmatch(wanted):
        return _CODECS.get("iso-8859-" + match[1])
    return None


def decode_text(octets: bytes, declared: str = "", *, guess: bool = True) -> tuple[str, bool]:
    """Return the octets as text, and whether the declared charset was right (or none was needed).

    Order: byte-order mark, declared, UTF-8, a guess from the bytes, Windows-1252. Never raises.
    """
    codec = find_codec(declared)
    if codec in _WIDE:
        codec = _find_width(octets, codec)
    if octets.isascii() and b"\x1b" not in octets and codec not in _NOT_ASCII:
        return octets.decode("ascii"), True
    for mark, marked in _BOMS:
        if octets.startswith(mark):
            return octets.decode(marked, "replace"), True
    # QUIRK: ISO-2022-JP under a false or no charset; its escape sequences are unmistakable.
    codec = "iso2022_jp_ext" if b"\x1b$" in octets[: budgets.GUESS_BYTES] and codec not in _ESCAPING else codec
    if codec == "cp1252" and _is_plainly_utf8(octets):
        return octets.decode(), False
    for related in _RELATED.get(codec, (codec,)) if codec else ():
        if (text := _decoded(octets, related)) is not None:
            return text, True
    return _undeclared(octets, declared, guess)


def _find_width(octets: bytes, codec: str) -> str | None:
    """Return the codec of a text said to be in wide characters."""
    if b"\x00" not in octets and octets.isascii():
        # QUIRK: `charset=unicode` and `utf-16` of pages that an editor saved so and the mailer sent as 8-bit text.
        return None
    # Without a mark it is big-endian (RFC 2781 §4.3), though Windows writes the other; the zeros tell which.
    return "utf-16be" if codec == "utf-16" and octets[:1] == b"\x00" else codec


def _is_plainly_utf8(octets: bytes) -> bool:
    """Tell whether a text said to be Latin-1 is UTF-8; one pair of octets alone may be `\u00c9\u2026` as well."""
    if not any(lead in octets for lead in (b"\xc3", b"\xc4", b"\xc5", b"\xe2")):
        return False
    text = _decoded(octets, "utf-8")
    return text is not None and sum(c > "\x7f" for c in text) > 1


def _undeclared(octets: bytes, declared: str, guess: bool) -> tuple[str, bool]:
    if (strict := _decoded(octets, "utf-8")) is not None:
        return strict, not declared
    text = octets.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    # UTF-8 with a few bad octets (a clipped character, a foreign signature) is still UTF-8.
    if sum(c > "\x7f" for c in text) > 10 * damaged:
        return text, False
    guessed = _guessed(octets) if guess else None
    # Eastern characters are never single octets between letters; accents nearly always are.
    runs = _HIGH_RUNS.findall(octets, 0, budgets.GUESS_BYTES) if guessed in _EAST_ASIAN else []
    guessed = "cp1252" if runs and 2 * sum(len(run) == 1 for run in runs) >= len(runs) else guessed
    if guessed is not None and (likely := _decoded(octets, guessed)) is not None:
        return likely, False
    return octets.decode("cp1252", "replace"), False


def _decoded(octets: bytes, codec: str) -> str | None:
    if codec == "nec":
        # JIS X 0213 has row 13 where NEC put it; the codec only wants another escape sequence.
        octets, codec = octets.replace(b"\x1b$B", b"\x1b$(Q").replace(b"\x1b$@", b"\x1b$(Q"), "iso2022_jp_2004"
    try:
        text = octets.decode(codec)
        # Some codecs (UTF-7) can make lone surrogates.
        text.encode("utf-8")
    except (UnicodeError, ValueError):
        if codec == "utf-8" and b"\xed" in octets:
            return _paired(octets)
        # Windows-1252 leaves five octets undefined; no other reading of such a text is better.
        return octets.decode(codec, "replace") if codec == "cp1252" else None
    return text


def _paired(octets: bytes) -> str | None:
    # QUIRK: CESU-8, in which old Java and databases write what lies beyond the first plane, such as emoji.
    try:
        return octets.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return None


def _guessed(octets: bytes) -> str | None:
    best = from_bytes(octets[: budgets.GUESS_BYTES]).best()
    return None if best is None else find_codec(best.encoding.replace("_", "-"))


def clean_text(text: str) -> str:
    """Return text that any database takes: no NUL, no surrogates, no controls but newline and tab, NFC, LF newlines."""
    if "\r" in text:
        # QUIRK: CR CR LF, which gateways make of CRLF.
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROLS.search(text):
        text = _CONTROLS.sub(_replacement, text)
    return text if text.isascii() or unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _replacement(match: re.Match[str]) -> str:
    octet = match[0]
    if octet in "\x0b\x0c\x85":
        return "\n"
    return "\ufffd" if octet == "\x00" or octet >= "\ud800" else ""


def clean_line(text: str, limit: int = budgets.HEADER_VALUE_CHARS) -> str:
    """Return one line without controls, bidirectional marks and zero-width characters, blanks joined, clipped."""
    if not (text.isascii() and text.isprintable()):
        text = unicodedata.normalize("NFC", _LINE_CONTROLS.sub(_line_replacement, text))
    return " ".join(text[: 4 * limit].split())[:limit].rstrip()


def _line_replacement(match: re.Match[str]) -> str:
    return " " if match[0] in "\t\n\r\x0b\x0c\x85\u2028\u2029" else ""


def decode_octets(value: str, hint: str = "") -> str:
    """Return a raw header value with its 8-bit octets (surrogate-escaped by the standard parser) as text.

    `hint` is a charset that the mail names elsewhere.
    """
    if _SURROGATES.search(value) is None:
        return value
    # QUIRK: unencoded 8-bit headers; nearly always UTF-8 (RFC 6532 allows it), else the charset of the text below.
    octets = value.encode("utf-8", "surrogateescape")
    text = _decoded(octets, "utf-8")
    return decode_text(octets, hint, guess=False)[0] if text is None else text


def find_hint(raw: bytes) -> str:
    """Return the first charset a mail names that tells anything about its unencoded 8-bit headers, or nothing."""
    for match in _NAMED_CHARSET.finditer(raw, 0, budgets.HEADER_BYTES):
        name = (match[1] or match[2]).decode("ascii")
        if find_codec(name) not in _TELLS_NOTHING:
            return name
    return ""


def decode_field(name: str, value: str, hint: str = "") -> str:
    """Return a raw field as `decode_octets` does, an address field with all its marks where its octets have them.

    The second octet of a Shift_JIS or Big5 character may be such a mark: where a charset swallows one, another reader
    sees another address, so that charset is not used.
    """
    if value.isascii():
        return value
    text = decode_octets(value, hint)
    if name.lower() not in _ADDRESS_FIELDS or _STRUCTURE.findall(value) == _STRUCTURE.findall(text):
        return text
    return value.encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def decode_words(value: str) -> str:
    """Return a raw header value with its encoded words decoded (RFC 2047); over the budget they stay as they are."""
    value = decode_octets(value)
    if "\x1b" in value:
        # QUIRK: ISO-2022-JP in headers as it is, from scripts; it is US-ASCII to the eye of a parser.
        value = decode_text(value.encode("utf-8"), guess=False)[0]
    if "=?" not in value or value.count("=?") > budgets.ENCODED_WORDS:
        return value
    # QUIRK: a subject that was cut off within a word.
    value = _UNENDED_WORD.sub(lambda match: match[0].rstrip("?=") + "?=", value)
    try:
        chunks = decode_header(mend_words(value))
    except (HeaderParseError, ValueError):
        return value
    return "".join(_chunk_text(chunk, charset) for chunk, charset in chunks)


def mend_words(value: str) -> str:
    """Return a header value whose base64 words can be decoded.

    QUIRK: too much, too little or stray padding; the standard library refuses the field for it, and mail-parser fails.
    """
    return _BASE64_WORD.sub(_mended, value) if "=?" in value else value


def _mended(match: re.Match[str]) -> str:
    letters = _NOT_BASE64.sub("", match[2])
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return f"{match[1]}{letters}{'=' * (-len(letters) % 4)}?="


def _chunk_text(chunk: bytes | str, charset: str | None) -> str:
    if isinstance(chunk, str):
        return chunk
    if charset is None:
        return chunk.decode("raw-unicode-escape", "replace")
    return decode_text(chunk, charset.partition("*")[0], guess=False)[0]
