"""HTML mail made harmless, and made readable as plain text.

Called by `bodies` and `parse`. nh3 (html5ever) does the hostile part: it turns anything into a small well-formed
subset, which `rendering` then reads. Neither is given what is too large, too deep or too dense for it: such HTML
is flattened by html-to-markdown, which is linear, or shown escaped.
"""

import html as markup
import re

import nh3
from html_to_markdown import ConversionOptions, convert

from maildesk.mail import budgets
from maildesk.mail.charsets import clean_text
from maildesk.mail.hiding import VOID, find_hidden_names, without_hidden
from maildesk.mail.rendering import render

_OPENING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_FRAME = re.compile(r"<(/?)(?:html|body)\b", re.IGNORECASE)
#: Elements that do not deepen the tree when they are never closed.
_CLOSED_BY_THE_NEXT = VOID | {"p", "li", "tr", "td", "th", "dt", "dd", "option", "input", "meta", "link"}
_DROPPED_WITH_CONTENT = {
    "script", "style", "title", "template", "noscript", "svg", "math", "object", "iframe", "select", "audio", "video",
}  # fmt: skip
#: More elements than are safe to relay, so that each still begins its line.
_TAGS_FOR_TEXT = nh3.ALLOWED_TAGS | {"address", "fieldset", "form", "legend", "main", "section", "tfoot"}
_KEPT_FOR_TEXT = {
    "*": {"class", "id", "style", "type", "hidden"},
    "a": {"href"},
    "ol": {"start"},
    "img": {"src", "alt", "width", "height"},
}
_KEPT = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"class", "id", "style", "title", "lang", "dir"},
    "blockquote": {"cite", "type"},
    "td": nh3.ALLOWED_ATTRIBUTES["td"] | {"valign", "width"},
}
_KEPT_FOR_HIDING = {**_KEPT, "*": {*_KEPT["*"], "hidden"}}
#: Declarations by which text is told apart, and those that `rendering` goes by; nothing that loads, moves or colours.
_KEPT_STYLES = {
    "font-weight", "font-style", "text-decoration", "text-decoration-line", "white-space", "font-size",
    "margin", "margin-top", "margin-bottom", "border", "border-left",
}  # fmt: skip
_PLAIN_STYLE = re.compile(r"([a-z-]{1,30})\s{0,5}:([\w\s.#%!-]{1,100})", re.IGNORECASE | re.ASCII)
_STYLE_CHARS = 2_000
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "ftp"}


def sanitise_html(html: str) -> str:
    """Return the HTML without scripts, style sheets, forms, remote pictures and what they hid; `cid:` pictures stay.

    Good to be read by `relaying`, which builds anew what is shown to anybody.  HTML over a budget comes back as its
    escaped text in <pre>.
    """
    if _is_too_much(html):
        return f"<pre>{markup.escape(html_to_text(html))}</pre>"
    # Without its style a hidden text would be seen.
    tidy = nh3.clean(
        _unframed(html),
        attributes=_KEPT_FOR_HIDING,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        link_rel=None,
        url_schemes=_SCHEMES,
    )
    return nh3.clean(
        without_hidden(tidy, find_hidden_names(html)),
        attributes=_KEPT,
        attribute_filter=_filtered,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def _unframed(html: str) -> str:
    # QUIRK: text before and after the html element, typed above what is answered; and language and direction that
    # stand on the body only, which a fragment has not.
    return _FRAME.sub(r"<\1div", html)


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    """Return what is kept of an attribute: no remote picture, and of a style only plain words and lengths."""
    if tag == "img" and attribute == "src" and not value.lower().startswith("cid:"):
        return None
    if attribute != "style":
        return value
    declarations = (one.strip() for one in value[:_STYLE_CHARS].split(";"))
    kept = [one for one in declarations if (found := _PLAIN_STYLE.fullmatch(one)) and found[1].lower() in _KEPT_STYLES]
    return ";".join(kept) or None


def html_to_text(html: str) -> str:
    """Return the text a reader sees: quotes marked `> `, list items `- ` or `1. `, targets of links `<…>`."""
    if not html.strip():
        return ""
    if _is_too_much(html):
        options = ConversionOptions(
            output_format="plain", hidden_content="drop", skip_images=True, extract_metadata=False
        )
        return clean_text(convert(html, options).content or "").strip("\n")
    tidy = nh3.clean(
        _unframed(html),
        tags=_TAGS_FOR_TEXT,
        attributes=_KEPT_FOR_TEXT,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        link_rel=None,
        url_schemes=_SCHEMES,
    )
    return clean_text(render(tidy, find_hidden_names(html)))


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
