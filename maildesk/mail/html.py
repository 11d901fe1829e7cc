"""HTML mail made harmless, and made readable as plain text.

Called by `bodies` and `parse`. nh3 (html5ever) does the hostile part: it turns anything into a small well-formed
subset, which the renderer here then reads. Neither is given what is too large, too deep or too dense for it: such HTML
is flattened by html-to-markdown, which is linear, or shown escaped.
"""

import html as markup
import re
from collections.abc import Callable

import nh3
from html_to_markdown import ConversionOptions, convert

from maildesk.mail import budgets
from maildesk.mail.charsets import clean_text

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)>")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_OPENING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE
)
_UNBORDERED = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
#: Containers that hold nothing but the mail answered, by class or id.
_QUOTE_MARK = re.compile(
    r"\b(?:yahoo_quoted|protonmail_quote|moz-cite-prefix|zmail_extra|tutanota_quote|OLK_SRC_BODY_SECTION|"
    r"mail-editor-reference-message-container|ms-outlook-mobile-reference-message|gmail_attr)\b"
)
#: QUIRK: Outlook's mark after which, outside this element, the older mail follows to the end.
_HISTORY_MARK = re.compile(r"(?:x_)?(?:divRplyFwdMsg|appendonsend)")
_VOID = frozenset(("br", "hr", "img", "wbr", "col", "area"))
#: Elements that do not deepen the tree when they are never closed.
_CLOSED_BY_THE_NEXT = _VOID | {"p", "li", "tr", "td", "th", "dt", "dd", "option", "input", "meta", "link"}
_PARAGRAPHS = frozenset(("p", "ul", "ol", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "blockquote"))
_LINES = frozenset(
    ("div", "tr", "li", "dt", "dd", "article", "section", "header", "footer", "center", "caption", "figure")
)
_DROPPED_WITH_CONTENT = {
    "script", "style", "title", "template", "noscript", "svg", "math", "object", "iframe", "select", "audio", "video",
}  # fmt: skip
_KEPT_FOR_TEXT = {"*": {"class", "id", "style", "type"}, "a": {"href"}}
_KEPT = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"class", "title", "lang", "dir"},
    "blockquote": {"cite", "type"},
    "td": nh3.ALLOWED_ATTRIBUTES["td"] | {"valign", "width"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "ftp"}


def sanitise_html(html: str) -> str:
    """Return the HTML without scripts, styles, forms and remote pictures; `cid:` pictures stay.

    HTML over a budget comes back as its escaped text in <pre>.
    """
    if _is_too_much(html):
        return f"<pre>{markup.escape(html_to_text(html))}</pre>"
    return nh3.clean(
        html,
        attributes=_KEPT,
        attribute_filter=_without_remote_pictures,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def _without_remote_pictures(tag: str, attribute: str, value: str) -> str | None:
    return None if tag == "img" and attribute == "src" and not value.lower().startswith("cid:") else value


def html_to_text(html: str) -> str:
    """Return the text a reader sees: quotes prefixed with `> `, list items with `- `, link targets in `<…>`."""
    if not html.strip():
        return ""
    if _is_too_much(html):
        options = ConversionOptions(
            output_format="plain", hidden_content="drop", skip_images=True, extract_metadata=False
        )
        return clean_text(convert(html, options).content or "").strip("\n")
    tidy = nh3.clean(
        html,
        attributes=_KEPT_FOR_TEXT,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        link_rel=None,
        url_schemes=_SCHEMES,
    )
    return clean_text(_Rendering().render(tidy))


def _is_too_much(html: str) -> bool:
    if (
        len(html) > budgets.HTML_CHARS
        or html.count("&") > budgets.HTML_ENTITIES
        or html.count("=") > budgets.HTML_ATTRIBUTES
    ):
        return True
    if html.count("<") < budgets.HTML_DEPTH:
        return False
    depth = deepest = 0
    for closing, name in _OPENING.findall(html):
        if name.lower() not in _CLOSED_BY_THE_NEXT:
            depth += -1 if closing else 1
            deepest = max(deepest, depth)
            depth = max(depth, 0)
    return deepest > budgets.HTML_DEPTH


class _Rendering:
    """One pass over well-formed HTML, writing lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.hidden = 0
        self.verbatim = 0
        self.stack: list[tuple[str, Callable[[], None]]] = []

    def render(self, tidy: str) -> str:
        """Return the text of nh3's output."""
        position = 0
        for match in _TAG.finditer(tidy):
            self._write(tidy[position : match.start()])
            position = match.end()
            if match[1]:
                self._close(match[2])
            else:
                self._open(match[2], match[3])
        self._write(tidy[position:])
        self._break()
        while self.lines and not self.lines[-1].strip("> "):
            self.lines.pop()
        return "\n".join(self.lines).strip("\n")

    def _write(self, source: str) -> None:
        if not source or self.hidden:
            return
        text = markup.unescape(source)
        if self.verbatim:
            first, *rest = text.split("\n")
            self.line.append(first)
            for line in rest:
                self._break(force=True)
                self.line.append(line)
            return
        text = _BLANKS.sub(" ", text)
        if text == " " and (not self.line or self.line[-1].endswith(" ")):
            return
        self.line.append(text.lstrip(" ") if not self.line else text)

    def _break(self, *, force: bool = False) -> None:
        """End the line, if there is one."""
        if self.line or force:
            text = "".join(self.line).rstrip(" ").replace("\xa0", " ")
            self.lines.append("> " * self.quotes + text if text.strip() else ">" * self.quotes)
            self.line = []

    def _gap(self) -> None:
        """End the line and leave one empty line, unless there is one."""
        self._break()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * self.quotes)

    def _open(self, name: str, attributes: str) -> None:
        if name in _VOID:
            self._void(name)
            return
        values = dict(_ATTRIBUTE.findall(attributes)) if attributes else {}
        if name in _PARAGRAPHS:
            self._gap()
        elif name in _LINES:
            self._break()
        undo = self._undo(name, values)
        if name == "li" and not self.hidden:
            self.line.append("- ")
        elif name in ("td", "th") and self.line and not self.hidden:
            self.line.append("\t")
        self.stack.append((name, undo))

    def _void(self, name: str) -> None:
        if self.hidden:
            return
        if name == "br":
            self._break(force=True)
        elif name == "hr":
            self._break()
            self.line.append("_" * 32)
            self._break()

    def _undo(self, name: str, values: dict[str, str]) -> Callable[[], None]:
        """Apply what the element changes for its content and return what takes it back."""
        style = values.get("style", "")
        if style and _HIDDEN.search(style):
            self.hidden += 1
            return self._unhide
        if name == "pre":
            self.verbatim += 1
            return self._unverbatim
        if _HISTORY_MARK.fullmatch(values.get("id", "")):
            self._break()
            self.quotes = max(self.quotes, 1)
            return lambda: None
        if self._is_quote(name, values, style):
            self._break()
            self.quotes += 1
            return self._unquote
        href = values.get("href", "")
        if name == "a" and href:
            start = len(self.line)
            return lambda: self._link(href, start)
        return lambda: None

    def _is_quote(self, name: str, values: dict[str, str], style: str) -> bool:
        marks = values.get("class", "") + " " + values.get("id", "")
        if name != "blockquote":
            return len(marks) > 1 and _QUOTE_MARK.search(marks) is not None
        # QUIRK: "increase indent" of web mail is a blockquote without a border.
        return not (_UNBORDERED.search(style) and values.get("type") != "cite" and "quote" not in marks)

    def _close(self, name: str) -> None:
        if not self.stack or self.stack[-1][0] != name:
            return
        undo = self.stack.pop()[1]
        if name in _PARAGRAPHS or name in _LINES:
            self._break()
        undo()
        if name in _PARAGRAPHS:
            self._gap()

    def _unhide(self) -> None:
        self.hidden -= 1

    def _unverbatim(self) -> None:
        self.verbatim -= 1

    def _unquote(self) -> None:
        self._break()
        self.quotes -= 1

    def _link(self, href: str, start: int) -> None:
        target = markup.unescape(href)
        shown = "".join(self.line[start:]).strip()
        bare = target.removeprefix("mailto:").rstrip("/")
        if shown and bare not in shown and shown not in bare and target.startswith(("http", "ftp")):
            self.line.append(f" <{target[: budgets.HEADER_VALUE_CHARS]}>")
