"""Well-formed HTML as the lines a reader sees: paragraphs, lists, tables, quotes, links.

Called by `html` and `relaying`, and only with what nh3 made: this reader trusts that elements nest and attributes are
quoted. Never judges what is a quote in meaning; it only marks what the HTML marks.
"""

import html as markup
import re
from collections.abc import Callable
from typing import NamedTuple

from maildesk.mail import budgets
from maildesk.mail.hiding import ATTRIBUTE, TAG, VOID, is_hidden

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_FONT_SIZE = re.compile(r"font-size\s*:\s*(\d*\.?\d+)", re.IGNORECASE)
_WHITE_SPACE = re.compile(r"white-space\s*:\s*(pre|break-spaces|normal|nowrap|initial)", re.IGNORECASE)
_UNBORDERED = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
#: Outlook's paragraphs are lines: its style sheet gives them no margin.
_MARGINLESS_CLASS = re.compile(r"\bMso(?:Normal|PlainText|NoSpacing|ListParagraph\w*)\b")
_MARGINLESS = re.compile(r"margin\s*:\s*0[a-z]{0,2}(?:\s+0[a-z]{0,2})*\s*(?:[;!]|$)", re.IGNORECASE)
_MARGIN = re.compile(r"margin-(?:top|bottom)\s*:\s*[1-9]", re.IGNORECASE)
#: Containers that hold nothing but the mail answered, by class or id.
_QUOTE_MARK = re.compile(
    r"\b(?:\w*yahoo_quoted|protonmail_quote|moz-cite-prefix|zmail_extra|tutanota_quote|OLK_SRC_BODY_SECTION|"
    r"mail-editor-reference-message-container|ms-outlook-mobile-reference-message|gmail_attr)\b"
)
#: QUIRK: Outlook's mark after which, outside this element, the older mail follows to the end.
_HISTORY_MARK = re.compile(r"(?:x_)?(?:divRplyFwdMsg|appendonsend)")
_PARAGRAPHS = frozenset(("p", "ul", "ol", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "blockquote"))
_LINES = frozenset((
    "div", "tr", "li", "dt", "dd", "article", "section", "header", "footer", "center", "caption", "figure", "aside",
    "nav", "hgroup", "summary", "details", "figcaption", "address", "fieldset", "form", "legend", "main",
))  # fmt: skip
#: Paragraphs that stand close inside a list item.
_TIGHT_IN_LISTS = frozenset(("p", "ul", "ol"))
#: QUIRK: newsletters pad their preview with hundreds of these.
_UNSEEN = re.compile("[\\s\xad\u034f\u200b-\u200f\u2060\ufeff]+")
_NAMED_PICTURE = re.compile(r"cid:([^@\s\"]{1,60}\.[A-Za-z]{3,4})(?:@|$)")
_NUMBER = re.compile("[1-9][0-9]{0,5}")
_ALT_CHARS = 80
#: How far above a picture the text may stand that it belongs to.
_LOOK_BACK_LINES = 3

#: Where in the HTML a piece of a line stands: a stretch of text, or the tag of a picture or rule.
Span = tuple[int, int]


class Line(NamedTuple):
    """A line, how deep it is quoted, and where in the HTML it comes from."""

    depth: int
    text: str
    spans: tuple[Span, ...] = ()


def render(tidy: str, hidden_names: frozenset[str] = frozenset()) -> str:
    """Return the text of nh3's output; `hidden_names` are the classes and ids its style sheets hid."""
    lines = render_lines(tidy, hidden_names)
    return "\n".join("> " * line.depth + line.text if line.text else ">" * line.depth for line in lines)


def render_lines(tidy: str, hidden_names: frozenset[str] = frozenset()) -> list[Line]:
    """Return the same as lines, without quote marks."""
    rendering = _Rendering(hidden_names)
    position = 0
    for match in TAG.finditer(tidy):
        rendering.write(tidy[position : match.start()], position)
        position = match.end()
        if match[1]:
            rendering.close(match[2])
        else:
            rendering.open(match[2], match[3], match.span())
    rendering.write(tidy[position:], position)
    return rendering.finish()


def _nothing() -> None:
    """Take nothing back."""


class _Rendering:
    """One pass over well-formed HTML, writing lines."""

    def __init__(self, hidden_names: frozenset[str]) -> None:
        self.hidden_names = hidden_names
        self.lines: list[Line] = []
        self.line: list[str] = []
        self.spans: list[Span] = []
        #: What an item begins with, until it has text; and the next number of each open list, 0 in one without.
        self.marker = ""
        self.numbers: list[int] = []
        self.rows: list[list[list[Line]]] = []
        self.quotes = 0
        self.hidden = 0
        self.is_tiny = False
        self.is_verbatim = False
        self.stack: list[tuple[str, bool, Callable[[], None]]] = []

    def finish(self) -> list[Line]:
        """Return everything written."""
        self._break()
        return _without_edges(self.lines)

    def write(self, source: str, at: int) -> None:
        """Write a stretch of text; `at` is where it stands."""
        if not source or self.hidden or self.is_tiny:
            return
        if self.is_verbatim:
            self._write_verbatim(source, at)
            return
        text = _BLANKS.sub(" ", markup.unescape(source))
        if text == " " and (not self.line or self.line[-1].endswith(" ")):
            return
        self._append(text if self.line else text.lstrip(" "), (at, at + len(source)))

    def _write_verbatim(self, source: str, at: int) -> None:
        for number, line in enumerate(source.split("\n")):
            if number:
                self._break(force=True)
            # The span of a line holds its line break.
            self._append(markup.unescape(line), (at, at + len(line) + 1))
            at += len(line) + 1
        self.spans[-1] = (self.spans[-1][0], at - 1)

    def _append(self, text: str, span: Span) -> None:
        if self.marker and text.strip():
            self.line.append(self.marker)
            self.marker = ""
        self.line.append(text)
        self.spans.append(span)

    def _break(self, *, force: bool = False) -> None:
        """End the line, if there is one."""
        if self.spans and not self.line:
            self._settle_pictures()
        if self.line or force:
            text = "".join(self.line).rstrip(" ").replace("\xa0", " ")
            shown = "" if _UNSEEN.fullmatch(text) else text
            self.lines.append(Line(self.quotes, shown, tuple(self.spans) if self.line else ()))
            self.line, self.spans = [], [] if self.line else self.spans

    def _settle_pictures(self) -> None:
        """Give pictures that make no words to the text above them; where there is none, they wait for the next line."""
        for at in range(len(self.lines) - 1, max(-1, len(self.lines) - 1 - _LOOK_BACK_LINES), -1):
            line = self.lines[at]
            if line.text:
                self.lines[at] = line._replace(spans=(*line.spans, *self.spans))
                self.spans = []
                return

    def _gap(self) -> None:
        """End the line and leave one empty line, unless there is one."""
        self._break()
        if self.lines and self.lines[-1].text:
            self.lines.append(Line(self.quotes, ""))

    def open(self, name: str, attributes: str, span: Span) -> None:
        """Begin an element; `span` is where its tag stands."""
        if self.hidden:
            if name not in VOID:
                self.stack.append((name, False, _nothing))
            return
        values = dict(ATTRIBUTE.findall(attributes)) if attributes else {}
        if name in VOID:
            self._void(name, values, span)
            return
        style = values.get("style", "")
        has_gap = name in _PARAGRAPHS and not self._is_tight(name, values, style)
        if has_gap:
            self._gap()
        elif name in _PARAGRAPHS or name in _LINES:
            self._break()
        self.stack.append((name, has_gap, self._begin(name, values, style)))

    def _is_tight(self, name: str, values: dict[str, str], style: str) -> bool:
        return (bool(self.numbers) and name in _TIGHT_IN_LISTS) or (name == "p" and is_marginless(values, style))

    def close(self, name: str) -> None:
        """End an element."""
        if not self.stack or self.stack[-1][0] != name:
            return
        _, has_gap, undo = self.stack.pop()
        if self.hidden and undo is _nothing:
            return
        if name in _PARAGRAPHS or name in _LINES:
            self._break()
        undo()
        if has_gap:
            self._gap()

    def _void(self, name: str, values: dict[str, str], span: Span) -> None:
        if name == "br":
            self._break(force=True)
        elif name == "hr":
            self._break()
            self._append("_" * 32, span)
            self._break()
        elif name == "img":
            self._picture(values, span)

    def _picture(self, values: dict[str, str], span: Span) -> None:
        """Name a picture that came with the mail, and one that is all there is to see of a link."""
        if values.get("width") in ("0", "1") or values.get("height") in ("0", "1"):
            return
        alt = " ".join(markup.unescape(values.get("alt", "")).split())[:_ALT_CHARS]
        source = values.get("src", "")
        if source.startswith("cid:"):
            named = _NAMED_PICTURE.match(source)
            if name := alt or (named[1] if named else ""):
                self._append(f"[image: {name}]", span)
            elif "alt" not in values:
                self._append("[image]", span)
            else:
                self.spans.append(span)
        elif alt and any(entry[0] == "a" for entry in self.stack):
            self._append(alt, span)

    def _begin(self, name: str, values: dict[str, str], style: str) -> Callable[[], None]:
        """Apply what the element changes for its content and return what takes it back."""
        if is_hidden(values, self.hidden_names):
            self.hidden += 1
            return self._unhide
        undo_style = self._restyle(name, style)
        undo = self._begin_element(name, values, style)
        if undo_style is _nothing:
            return undo
        if undo is _nothing:
            return undo_style

        def both() -> None:
            undo()
            undo_style()

        return both

    def _restyle(self, name: str, style: str) -> Callable[[], None]:
        is_tiny, is_verbatim = self.is_tiny, self.is_verbatim
        if style:
            if size := _FONT_SIZE.search(style):
                # QUIRK: page builders set no size on the frame and a size on each text inside.
                self.is_tiny = float(size[1]) == 0
            if space := _WHITE_SPACE.search(style):
                self.is_verbatim = space[1].lower() in ("pre", "break-spaces")
        if name == "pre":
            self.is_verbatim = True
        if (is_tiny, is_verbatim) == (self.is_tiny, self.is_verbatim):
            return _nothing
        return lambda: self._style(is_tiny, is_verbatim)

    def _style(self, is_tiny: bool, is_verbatim: bool) -> None:
        self.is_tiny, self.is_verbatim = is_tiny, is_verbatim

    def _begin_element(self, name: str, values: dict[str, str], style: str) -> Callable[[], None]:
        match name:
            case "a":
                start = len(self.line)
                return (lambda: self._link(values["href"], start)) if values.get("href") else _nothing
            case "ul" | "ol":
                start_at = values.get("start", "1")
                self.numbers.append(0 if name == "ul" else int(start_at) if _NUMBER.fullmatch(start_at) else 1)
                return self._end_list
            case "li":
                self._begin_item()
                return self._end_item
            case "tr":
                self.rows.append([])
                return self._end_row
            case "td" | "th" if self.rows:
                return self._begin_cell()
            case _:
                return self._begin_quote(name, values, style)

    def _begin_quote(self, name: str, values: dict[str, str], style: str) -> Callable[[], None]:
        if _HISTORY_MARK.fullmatch(values.get("id", "")):
            self._break()
            self.quotes = max(self.quotes, 1)
        elif _is_quote(name, values, style):
            self._break()
            self.quotes += 1
            return self._unquote
        return _nothing

    def _unhide(self) -> None:
        self.hidden -= 1

    def _unquote(self) -> None:
        self._break()
        self.quotes -= 1

    def _begin_item(self) -> None:
        number = self.numbers[-1] if self.numbers else 0
        if number:
            self.numbers[-1] += 1
        self.marker = "  " * (len(self.numbers) - 1) + (f"{number}. " if number else "- ")

    def _end_item(self) -> None:
        self.marker = ""

    def _end_list(self) -> None:
        self.numbers.pop()

    def _begin_cell(self) -> Callable[[], None]:
        around, line, spans = self.lines, self.line, self.spans
        self.lines, self.line, self.spans = [], [], []

        def end() -> None:
            self._break()
            if self.rows:
                self.rows[-1].append(self.lines)
            self.lines, self.line, self.spans = around, line, spans

        return end

    def _end_row(self) -> None:
        """Put the cells side by side where each is one line: such a table holds data; else it is for layout."""
        self._break()
        cells = [_without_edges(cell) for cell in self.rows.pop()]
        filled = [cell for cell in cells if cell]
        if len(filled) > 1 and all(len(cell) == 1 and cell[0].depth == filled[0][0].depth for cell in filled):
            row = "\t".join(cell[0].text if cell else "" for cell in cells).rstrip("\t")
            self.lines.append(Line(filled[0][0].depth, row, tuple(span for cell in filled for span in cell[0].spans)))
        else:
            self.lines.extend(line for cell in filled for line in cell)

    def _link(self, href: str, start: int) -> None:
        target = markup.unescape(href)
        shown = "".join(self.line[start:]).strip()
        bare = target.removeprefix("mailto:").partition("?")[0] if target.startswith("mailto:") else target.rstrip("/")
        is_told = bare in shown or shown in bare or bare.casefold() == shown.casefold()
        if shown and not is_told and target.startswith(("http", "ftp", "mailto:")):
            told = bare if target.startswith("mailto:") else target
            self.line.append(f" <{told[: budgets.HEADER_VALUE_CHARS]}>")


def is_marginless(values: dict[str, str], style: str) -> bool:
    """Tell whether a paragraph stands close to its neighbours."""
    if _MARGIN.search(style):
        return False
    marked = values.get("class", "")
    return bool((marked and _MARGINLESS_CLASS.search(marked)) or (style and _MARGINLESS.search(style)))


def _is_quote(name: str, values: dict[str, str], style: str) -> bool:
    marks = values.get("class", "") + " " + values.get("id", "")
    if name != "blockquote":
        return len(marks) > 1 and _QUOTE_MARK.search(marks) is not None
    # QUIRK: "increase indent" of web mail is a blockquote without a border.
    return not (_UNBORDERED.search(style) and values.get("type") != "cite" and "quote" not in marks)


def _without_edges(lines: list[Line]) -> list[Line]:
    """Return the lines without empty ones at either end."""
    begin, end = 0, len(lines)
    while begin < end and not lines[begin].text:
        begin += 1
    while end > begin and not lines[end - 1].text:
        end -= 1
    return lines[begin:end]
