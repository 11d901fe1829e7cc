"""A part of well-formed HTML, written anew: only the pieces that were chosen, only tags and attributes made here.

Called by `relaying` with nh3's output.  Text is escaped again and attributes are checked one by one, so that the result
is harmless whatever came in.  Knows nothing of mail; decides nothing about which pieces are shown.
"""

import re
from collections.abc import Collection, Sequence
from html import escape, unescape

from maildesk.mail import budgets
from maildesk.mail.hiding import ATTRIBUTE, TAG
from maildesk.mail.rendering import Span, is_marginless

_INLINE = frozenset((
    "b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "sub", "sup", "small", "mark", "q", "cite", "code",
    "tt", "kbd", "samp", "var", "bdi", "bdo", "ruby", "rt", "rp",
))  # fmt: skip
_BLOCKS = frozenset((
    "p", "div", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre", "center",
    "thead", "tbody", "tfoot", "tr", "td", "th", "caption",
))  # fmt: skip
#: Other elements that begin a line.
_LIKE_DIV = frozenset((
    "article", "section", "header", "footer", "figure", "figcaption", "aside", "nav", "hgroup", "details", "summary",
    "address", "main",
))  # fmt: skip
_STYLES = (
    (re.compile(r"font-weight\s*:\s*(?:bold|bolder|[6-9]00)\b", re.IGNORECASE), "font-weight:bold"),
    (re.compile(r"font-style\s*:\s*italic\b", re.IGNORECASE), "font-style:italic"),
    (re.compile(r"text-decoration(?:-line)?\s*:[^;]{0,40}\bunderline\b", re.IGNORECASE), "text-decoration:underline"),
    (re.compile(r"text-decoration(?:-line)?\s*:[^;]{0,40}\bline-through\b", re.IGNORECASE),
     "text-decoration:line-through"),
    (re.compile(r"white-space\s*:\s*(?:pre|break-spaces)", re.IGNORECASE), "white-space:pre-wrap"),
)  # fmt: skip
_MADE_FOR = {
    "blockquote": "margin:0 0 12px;padding:0 0 0 14px;border-left:3px solid #b3b8bf",
    "pre": "white-space:pre-wrap;font-family:ui-monospace,Consolas,Menlo,monospace",
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_COUNT = re.compile(r"[1-9][0-9]{0,3}")
_LINK = re.compile(r"(?:https?://[^\s/?#]|mailto:[^\s?]{1,300}@)\S*", re.IGNORECASE)
_WIDEST_PIXELS = 560


class _Frame:
    """One open element. `opening` is empty for an element that only its content survives."""

    __slots__ = ("closing", "is_open", "name", "opening", "waiting")

    def __init__(self, name: str, opening: str) -> None:
        self.name = name
        self.opening = opening
        self.closing = f"</{opening[1:].partition(' ')[0].rstrip('>')}>" if opening else ""
        self.is_open = False
        #: Empty cells of a row of which nothing was written yet.
        self.waiting = ""


def excerpt(html: str, kept: Sequence[Span], dropped: Collection[int]) -> str:
    """Return the HTML of the kept spans, in the elements they stand in.

    Line breaks and blank paragraphs stay between kept pieces; where something was `dropped` (places where it begins)
    one of them stays.
    """
    ends = dict(kept)
    breaks = _kept_breaks(html, ends, dropped)
    writing = _Writing()
    position = 0
    for tag in TAG.finditer(html):
        _write_text(writing, html, (position, tag.start()), ends, breaks)
        position = tag.end()
        if tag[1]:
            writing.close(tag[2])
        elif tag[2] in ("br", "hr", "img"):
            if tag.start() in ends or tag.start() in breaks:
                writing.add(_void(tag[2], dict(ATTRIBUTE.findall(tag[3]))))
        elif tag[2] not in ("wbr", "col", "area"):
            writing.open(tag[2], dict(ATTRIBUTE.findall(tag[3])) if tag[3] else {})
    _write_text(writing, html, (position, len(html)), ends, breaks)
    return writing.finish()


def _write_text(writing: "_Writing", html: str, stretch: Span, ends: dict[int, int], breaks: Collection[int]) -> None:
    at, end = stretch
    while at < end:
        if at in ends:
            writing.add(escape(unescape(html[at : ends[at]]), quote=False))
            at = max(ends[at], at + 1)
        elif at in breaks:
            writing.add("\n" if html[at] == "\n" else "&nbsp;")
            at = at + 1 if html[at] == "\n" else end
        else:
            # Only a stretch of fixed lines holds several pieces, each a line.
            below = html.find("\n", at, end)
            at = below + 1 if below >= 0 else end


def _kept_breaks(html: str, ends: dict[int, int], dropped: Collection[int]) -> frozenset[int]:
    """Return which line breaks and blank paragraphs stand between kept pieces, by where they begin."""
    kept: set[int] = set()
    waiting: list[int] = []
    has_begun = has_gap = False
    for place, is_break in _places(html):
        if place in ends:
            if has_begun:
                kept.update(waiting[:1] if has_gap else waiting)
            waiting, has_begun, has_gap = [], True, False
        elif place in dropped:
            has_gap = True
        elif is_break:
            waiting.append(place)
    return frozenset(kept)


def _places(html: str) -> list[tuple[int, bool]]:
    """Return where each piece begins, in order, and whether it is a line break or blank."""
    places: list[tuple[int, bool]] = []
    position = 0
    for tag in TAG.finditer(html):
        places += _text_places(html, position, tag.start())
        position = tag.end()
        if tag[2] in ("br", "hr", "img"):
            places.append((tag.start(), tag[2] == "br"))
    return [*places, *_text_places(html, position, len(html))]


def _text_places(html: str, start: int, end: int) -> list[tuple[int, bool]]:
    if start == end:
        return []
    text = html[start:end]
    starts = [start, *(start + m.end() for m in re.finditer("\n", text) if m.end() < len(text))]
    is_empty = not unescape(text).strip()
    is_blank = is_empty and ("&nbsp;" in text or "\xa0" in text)
    # An empty line among fixed ones.
    return [(starts[0], is_blank), *((place, not is_empty and html[place] == "\n") for place in starts[1:])]


class _Writing:
    """Writes elements when, and only when, something stands in them."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.frames: list[_Frame] = []

    def open(self, name: str, values: dict[str, str]) -> None:
        """Begin an element."""
        self.frames.append(_Frame(name, _opening(name, values)))

    def close(self, name: str) -> None:
        """End an element."""
        if not self.frames or self.frames[-1].name != name:
            return
        frame = self.frames.pop()
        if frame.is_open:
            self.written.append(frame.closing)
        elif name in ("td", "th") and self.frames and self.frames[-1].name == "tr":
            self._leave_empty(self.frames[-1])

    def _leave_empty(self, row: _Frame) -> None:
        # An empty cell keeps the others of its row in their columns.
        if row.is_open:
            self.written.append("<td></td>")
        else:
            row.waiting += "<td></td>"

    def add(self, piece: str) -> None:
        """Write a piece, and the elements it is the first piece of."""
        if not piece:
            return
        waiting = []
        for frame in reversed(self.frames):
            if frame.is_open:
                break
            waiting.append(frame)
        for frame in reversed(waiting):
            frame.is_open = True
            self.written += (frame.opening, frame.waiting)
        self.written.append(piece)

    def finish(self) -> str:
        """Return everything written."""
        while self.frames:
            self.close(self.frames[-1].name)
        return "".join(self.written)


def _opening(name: str, values: dict[str, str]) -> str:
    """Return the tag an element is opened with; empty when only its content is kept."""
    if name == "a":
        return _link(values)
    if name == "table":
        return '<table cellpadding="4" cellspacing="0" border="1" style="border-collapse:collapse">'
    written = "div" if name in _LIKE_DIV else name
    style = _style(written, values)
    if written not in _INLINE | _BLOCKS and not (name == "span" and style):
        return ""
    shown = [f' style="{style}"'] if style else []
    if values.get("dir", "").lower() in ("ltr", "rtl", "auto"):
        shown.append(f' dir="{values["dir"].lower()}"')
    if _LANGUAGE.fullmatch(values.get("lang", "")):
        shown.append(f' lang="{values["lang"]}"')
    counts = {"ol": ("start",), "td": ("colspan", "rowspan"), "th": ("colspan", "rowspan")}.get(name, ())
    shown += [f' {count}="{values[count]}"' for count in counts if _COUNT.fullmatch(values.get(count, ""))]
    return f"<{written}{''.join(shown)}>"


def _style(name: str, values: dict[str, str]) -> str:
    given = values.get("style", "")
    chosen = [made for pattern, made in _STYLES if given and pattern.search(given)]
    if name == "p" and is_marginless(values, given):
        chosen.append("margin:0")
    if name in _MADE_FOR:
        chosen.append(_MADE_FOR[name])
    return ";".join(dict.fromkeys(chosen))


def _link(values: dict[str, str]) -> str:
    target = unescape(values.get("href", "")).strip()
    if len(target) > budgets.HEADER_VALUE_CHARS or not _LINK.fullmatch(target):
        return ""
    # What a mailto link would put into a new mail is nobody's words.
    bare = target.partition("?")[0] if target.lower().startswith("mailto:") else target
    return f'<a href="{escape(bare)}">'


def _void(name: str, values: dict[str, str]) -> str:
    if name == "br":
        return "<br>"
    if name == "hr":
        return "<hr>"
    alt = " ".join(unescape(values.get("alt", "")).split())[:80]
    source = unescape(values.get("src", ""))
    if not source.lower().startswith("cid:"):
        return escape(alt)
    width, height = (values.get(side, "") for side in ("width", "height"))
    shown = f'<img src="cid:{escape(source[4:])}" alt="{escape(alt)}"'
    if _COUNT.fullmatch(width) and _COUNT.fullmatch(height) and int(width) <= _WIDEST_PIXELS:
        shown += f' width="{width}" height="{height}"'
    return f'{shown} style="max-width:100%">'
