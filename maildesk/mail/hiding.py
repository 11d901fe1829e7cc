"""Styles by which HTML mail hides text from its reader: what nobody sees was not said, and must not be a command.

Called by `html` and `rendering`. Knows single declarations and the simplest rules of a style sheet (one class or id);
what depends on the reader's screen hides nothing. Bounded; never raises.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

#: Tags and attributes as nh3 writes them.
TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)>")
ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
VOID = frozenset(("br", "hr", "img", "wbr", "col", "area"))

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_ZERO = r"(?:0+(?:\.0*)?|\.0+)"
_END = r"(?:[a-z]{1,4}|%)?\s*(?:!|;|$)"
_HIDING = re.compile(
    r"(?<![\w-])(?:"
    r"display\s*:\s*none|visibility\s*:\s*hidden|"
    rf"opacity\s*:\s*{_ZERO}{_END}|"
    r"(?:left|top|right|margin-left|margin-top|text-indent)\s*:\s*-\d{3,}|"
    r"color\s*:\s*transparent|clip\s*:\s*rect\(\s*0|clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(\s*0)|"
    rf"transform\s*:\s*scale\(\s*{_ZERO}\s*\)|font\s*:\s*(?:[a-z]+\s+){{0,3}}0(?:px|pt|em)?\s*/"
    r")",
    re.IGNORECASE,
)
#: No height or width hides only what cannot overflow.
_FLAT = re.compile(rf"(?<![\w-])(?:max-)?(?:height|width)\s*:\s*{_ZERO}{_END}", re.IGNORECASE)
_OVERFLOW = re.compile(r"(?<![\w-])overflow\s*:\s*(?:hidden|clip)", re.IGNORECASE)

_MOST_SHEETS = 5
_SHEET_CHARS = 64 * 1024
_STYLE_CHARS = 2_000
_OPENING = re.compile(r"<style\b[^<>]{0,500}>", re.IGNORECASE)
_CLOSING = re.compile(r"</style", re.IGNORECASE)
_SELECTOR = re.compile(r"[a-z0-9]{0,20}([.#])([\w-]{1,100})", re.IGNORECASE)


def hides(style: str) -> bool:
    """Tell whether these declarations hide an element with all that is in it."""
    plain = _COMMENT.sub("", style) if "/*" in style else style
    return bool(_HIDING.search(plain) or (_FLAT.search(plain) and _OVERFLOW.search(plain)))


def find_hidden_names(html: str) -> frozenset[str]:
    """Return the classes and ids that the style sheets of a page hide, as `.name` and `#name`."""
    found: set[str] = set()
    for sheet in islice(_sheets(html), _MOST_SHEETS):
        for rule in _top_level(_COMMENT.sub("", sheet)).split("}"):
            names, _, style = rule.partition("{")
            if hides(style[:_STYLE_CHARS]):
                selectors = (_SELECTOR.fullmatch(one.strip()) for one in names[-_STYLE_CHARS:].split(","))
                found.update(match[1] + match[2] for match in selectors if match)
    return frozenset(found)


def is_hidden(attributes: Mapping[str, str], names: frozenset[str]) -> bool:
    """Tell whether an element is hidden, by itself or by the hidden `names` of its page's style sheets."""
    if "hidden" in attributes or hides(attributes.get("style", "")):
        return True
    if not names:
        return False
    called = {f".{name}" for name in attributes.get("class", "").split()} | {f"#{attributes.get('id', '')}"}
    return not names.isdisjoint(called)


def without_hidden(tidy: str, names: frozenset[str]) -> str:
    """Return well-formed HTML without the elements nobody sees."""
    kept: list[str] = []
    position = depth = 0
    for tag in TAG.finditer(tidy):
        before, position = position, tag.end()
        is_open = not tag[1] and tag[2] not in VOID
        if depth:
            depth += 1 if is_open else -bool(tag[1])
            continue
        kept.append(tidy[before : tag.start()])
        if not tag[1] and is_hidden(dict(ATTRIBUTE.findall(tag[3])), names):
            depth = int(is_open)
        else:
            kept.append(tag[0])
    return "".join(kept) if depth else "".join((*kept, tidy[position:]))


def _sheets(html: str) -> Iterator[str]:
    end = 0
    while (opening := _OPENING.search(html, end)) and (closing := _CLOSING.search(html, opening.end())):
        end = closing.end()
        yield html[opening.end() : min(closing.start(), opening.end() + _SHEET_CHARS)]


def _top_level(sheet: str) -> str:
    """Return a style sheet without its @media and other conditional blocks."""
    kept: list[str] = []
    depth = conditional = 0
    for piece in re.split(r"([{}])", sheet):
        if piece == "{":
            depth += 1
            conditional = conditional or (depth if kept and "@" in kept[-1] else 0)
        if not conditional:
            kept.append(piece)
        if piece == "}":
            depth -= 1
            if depth < conditional:
                conditional = 0
                kept[-1] = ""
    return "".join(kept)
