"""Rich text of Outlook: decompressed (MS-OXRTFCP) and read as text, or as the HTML wrapped in it (MS-OXRTFEX).

Called by `tnef`. One pass over a bounded input without recursion; any bytes give a text. Pictures, objects and styles
are passed over. Written here because what exists reads no wrapped HTML and takes its time from the input's claims.
"""

import re
import struct

from maildesk.mail import budgets
from maildesk.mail.charsets import decode_text
from maildesk.mail.wrapped.mapi import find_charset

_WINDOW = 4096
_INITIAL = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    r"\\([A-Za-z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|."
)
_HYPERLINK = re.compile(r'HYPERLINK\s+"([^"\s]{1,2000})"')
_PASSED_OVER = frozenset((
    "colortbl", "stylesheet", "info", "pict", "object", "objdata", "header", "headerl", "headerr", "headerf", "footer",
    "footerl", "footerr", "footerf", "footnote", "annotation", "listtable", "listoverridetable", "rsidtbl", "generator",
    "themedata", "datastore", "xmlnstbl", "filetbl", "revtbl", "bkmkstart", "bkmkend", "pntext", "pnseclvl",
    "nonshppict", "mhtmltag", "shppict", "latentstyles", "colorschememapping",
))  # fmt: skip
_SPECIAL = {
    "par": "\n", "line": "\n", "sect": "\n\n", "page": "\n\n", "row": "\n", "cell": "\t", "nestcell": "\t", "tab": "\t",
    "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•",
    "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
_SYMBOLS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\", "\n": "\n", "\r": "\n"}
#: \fcharset of the font table → code page.
_FONT_CODE_PAGES = {
    77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
    178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437,
}  # fmt: skip


def decompress(octets: bytes) -> bytes | None:
    """Return the rich text of a compressed one, clipped to the budget; None when it is in no known form."""
    if len(octets) < 16:
        return None
    size, _, form = struct.unpack_from("<III", octets)
    content = octets[16 : size + 4]
    match form:
        case 0x414C454D:
            return content[: budgets.RTF_BYTES]
        case 0x75465A4C:
            return _expanded(content)
    return None


def _expanded(content: bytes) -> bytes:
    # The window's unwritten rest is blank and lies, seen from its end, before the text it begins with.
    out = bytearray(b" " * (_WINDOW - len(_INITIAL)) + _INITIAL)
    at = 0
    while at < len(content) and len(out) < budgets.RTF_BYTES + _WINDOW:
        flags = content[at]
        at += 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += content[at : at + 1]
                at += 1
                continue
            if at + 2 > len(content):
                return bytes(out[_WINDOW:])
            token = content[at] << 8 | content[at + 1]
            at += 2
            distance = (len(out) + len(_INITIAL) - (token >> 4)) % _WINDOW
            if distance == 0:
                return bytes(out[_WINDOW:])
            length = (token & 15) + 2
            piece = out[len(out) - distance : len(out) - distance + length]
            out += (piece * (length // len(piece) + 1))[:length]
    return bytes(out[_WINDOW:])


def read_rtf(octets: bytes) -> tuple[str, bool]:
    """Return what a rich text shows, and whether that is HTML; nothing for what is no rich text."""
    if not octets.startswith(b"{\\rtf"):
        return "", False
    reading = _Reading(octets[: budgets.RTF_BYTES].decode("latin-1"))
    return reading.read(), reading.wraps_html


class _Group:
    """What is in force within one pair of braces."""

    __slots__ = ("charset", "content", "font", "hidden", "instruction", "link", "link_start", "starred", "unicode_skip")

    def __init__(self, outer: "_Group | None" = None) -> None:
        self.hidden: bool = outer.hidden if outer else False
        self.content: bool = outer.content if outer else True
        self.charset: str = outer.charset if outer else ""
        self.unicode_skip: int = outer.unicode_skip if outer else 1
        self.font: bool = outer.font if outer else False
        self.instruction: bool = outer.instruction if outer else False
        self.starred = False
        self.link = ""
        self.link_start = 0


class _Reading:
    """One pass over a rich text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.wraps_html = False
        self.charset = "windows-1252"
        self.fonts: dict[int, str] = {}
        self.font_number = 0
        self.group = _Group()
        self.outer: list[_Group] = []
        self.pieces: list[str] = []
        self.octets = bytearray()
        self.instruction: list[str] = []
        self.link = ""
        self.skip = 0

    def read(self) -> str:
        """Return the text."""
        at = 0
        while at < len(self.source) and (match := _TOKEN.match(self.source, at)):
            at = match.end()
            word, number, code, symbol, brace, text = match.groups()
            if word == "bin":
                at += max(int(number or 0), 0)
            elif word:
                self._word(word, None if number is None else int(number))
            elif brace:
                self._brace(brace)
                # What follows the outermost group (mostly a NUL) is none of it.
                at = at if 0 < len(self.outer) < budgets.RTF_DEPTH else len(self.source)
            elif code:
                self._write_octets(bytes.fromhex(code))
            elif symbol:
                self._symbol(symbol)
            elif text:
                self._write_octets(text.encode("latin-1"))
        self._flush()
        # Characters beyond the basic plane come as two \u.
        return "".join(self.pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _brace(self, brace: str) -> None:
        self._flush()
        self.skip = 0
        if brace == "{":
            self.outer.append(self.group)
            self.group = _Group(self.group)
        elif self.outer:
            ended, self.group = self.group, self.outer.pop()
            if ended.instruction and not self.group.instruction:
                match = _HYPERLINK.search("".join(self.instruction))
                self.link, self.instruction = match[1] if match else "", []
            # Of a long text only the end is searched, so that nesting costs no time.
            if ended.link and ended.link not in "".join(self.pieces[max(ended.link_start, len(self.pieces) - 20) :]):
                self._write(f" <{ended.link}>")

    def _symbol(self, symbol: str) -> None:
        self._flush()
        if symbol == "*":
            self.group.starred = True
        elif symbol in _SYMBOLS:
            self._write(_SYMBOLS[symbol])

    def _word(self, word: str, number: int | None) -> None:
        self._flush()
        self.skip = 0
        group = self.group
        starred, group.starred = group.starred, False
        if word == "u" and number is not None:
            self._write(chr(number % 0x10000))
            self.skip = group.unicode_skip
        elif word in _SPECIAL:
            self._write(_SPECIAL[word])
        elif word == "htmlrtf":
            group.hidden = number != 0
        elif not self._destination(word, starred):
            self._setting(word, number)

    def _destination(self, word: str, starred: bool) -> bool:
        group = self.group
        if word == "fonttbl":
            group.font, group.content = True, False
        elif word == "fldinst":
            group.instruction, group.content = True, False
        elif word in _PASSED_OVER or (starred and word not in ("fldrslt", "htmltag")):
            group.content = False
        else:
            return False
        return True

    def _setting(self, word: str, number: int | None) -> None:
        match word, number:
            case "ansicpg", int():
                self.charset = find_charset(number) or self.charset
            case "fromhtml", _:
                self.wraps_html = number != 0
            case "uc", int():
                self.group.unicode_skip = min(max(number, 0), 8)
            case "f", int():
                self.font_number = number
                self.group.charset = self.fonts.get(number, "")
            case "fcharset", int() if self.group.font:
                self.fonts[self.font_number] = find_charset(_FONT_CODE_PAGES.get(number, 0))
            case "fldrslt", _:
                self.group.link, self.group.link_start, self.link = self.link, len(self.pieces), ""

    def _write_octets(self, octets: bytes) -> None:
        if self.skip:
            self.skip, octets = max(self.skip - len(octets), 0), octets[self.skip :]
        if self.group.instruction:
            self.instruction.append(octets.decode("latin-1"))
        elif self.group.content:
            self.octets += octets

    def _flush(self) -> None:
        if self.octets:
            self._write(decode_text(bytes(self.octets), self.group.charset or self.charset, guess=False)[0])
            self.octets.clear()

    def _write(self, text: str) -> None:
        if self.group.content and not (self.wraps_html and self.group.hidden):
            self.pieces.append(text)
