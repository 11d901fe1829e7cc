"""The HTML that says exactly what may be shown of a mail, and nothing else, built anew from the mail's own HTML.

Called by `apply` with the sanitised HTML of a mail (`InboundMessage.html`) and the text that may be shown of it:
without commands, quotes and signature.  The lines of the HTML that make up this text are found, everything else is left
out, and what remains is written with tags of our own.  The result is then read as text by the code that reads all HTML:
if it does not say the text that was asked for, there is none.  So nothing can travel in the HTML that the text does not
show.  Never parses foreign HTML: that was done in the sandbox; takes time linear in the length of its input.
"""

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from urllib.parse import unquote

from maildesk.mail import budgets
from maildesk.mail.excerpt import excerpt
from maildesk.mail.rendering import Line, render, render_lines

_UNSEEN = re.compile("[\\s\xad\u034f\u200b-\u200f\u2060\ufeff]+")
_QUOTE_MARKS = re.compile(r"\s*(?:>\s?)+")
#: What plain text puts where HTML has a picture, the target of a link, or an item of a list.
_PICTURE = re.compile(
    r"\[(?:image|cid|inline|bild|picture)\b[^\[\]]{0,300}\]|\[[^\[\]]{1,120}\.(?:png|jpe?g|gif|webp|bmp|heic)\]|"
    r"<[^<>/@]{1,120}\.(?:png|jpe?g|gif|webp|bmp|heic)>",
    re.IGNORECASE,
)
_TARGET = re.compile(r"<(?:(?:https?|ftp)://|mailto:)[^<>\s]{1,2000}>")
_BULLET = re.compile(r"\s*(?:[-*+•·◦▪§–]\s|o(?:\s\s|\t))\s*")
#: Emphasis as plain text writes it.
_EMPHASIS = re.compile(r"[*_]|(?<![^\s(*_])/(?=\S)|(?<=\S)/(?![^\s).,;:!?*_])")
_RULE = re.compile(r"_{20,}|-{20,}")
_PICTURE_TAG = re.compile(r'<img src="cid:([^"]*)"(?: alt="([^"]*)")?[^<>]*>')


def find_fragment(html: str | None, shown: str) -> str | None:
    """Return the HTML that says exactly `shown`, or None when no lines of the mail's HTML do.

    Only our own tags stand in it; pictures are `cid:` and call the parts of the mail by their own ids.
    """
    wanted = "".join(map(_letters, shown.split("\n")))
    if html is None or not wanted or is_too_much(html):
        return None
    lines = render_lines(html)
    found = [_letters(line.text) for line in lines]
    kept = _kept(lines, found, wanted)
    if kept is None:
        return None
    dropped = _dropped_spans(lines, found, kept)
    fragment = excerpt(html, [span for n in sorted(kept) for span in lines[n].spans], dropped)
    return fragment if says(fragment, shown) else None


def is_too_much(html: str) -> bool:
    """Tell whether HTML is larger than what is read outside the sandbox."""
    return len(html) > budgets.RELAYED_HTML_CHARS or html.count("<") > budgets.RELAYED_HTML_TAGS


def says(fragment: str, text: str) -> bool:
    """Tell whether HTML made here reads as this text; blanks and the marks that stand for formatting do not count."""
    read = (_letters(line) for line in render(fragment).split("\n"))
    return "".join(read) == "".join(map(_letters, text.split("\n")))


def find_pictures(fragment: str) -> tuple[str, ...]:
    """Return the ids of the pictures in a fragment, each once, in order, as the mail's parts may call themselves."""
    return tuple(dict.fromkeys(unquote(unescape(m[1])) for m in _PICTURE_TAG.finditer(fragment)))


def find_picture_words(text: str) -> tuple[str, ...]:
    """Return what stands in a text in place of pictures, as programs write it there."""
    return tuple(_PICTURE.findall(text))


def with_pictures(fragment: str, ids: Mapping[str, str]) -> str:
    """Return the fragment with its pictures called by new ids; one without a new id is left as the words beside it."""

    def renamed(match: re.Match[str]) -> str:
        new = ids.get(unquote(unescape(match[1])))
        if new is None:
            return match[2] or ""
        return match[0].replace(f"cid:{match[1]}", f"cid:{escape(new)}", 1)

    return _PICTURE_TAG.sub(renamed, fragment)


def _letters(line: str) -> str:
    """Return what of a line counts when two readings of one mail are compared."""
    bare = _QUOTE_MARKS.sub("", line, count=1) if ">" in line[:80] and _QUOTE_MARKS.match(line) else line
    bare = _BULLET.sub("", bare, count=1) if _BULLET.match(bare) else bare
    if "<" in bare or "[" in bare:
        bare = _PICTURE.sub("", _TARGET.sub("", bare))
    if "*" in bare or "_" in bare or "/" in bare:
        bare = _EMPHASIS.sub("", _RULE.sub("", bare))
    return _UNSEEN.sub("", bare)


def _kept(lines: list[Line], found: list[str], wanted: str) -> set[int] | None:
    """Return the numbers of the lines that together say what is wanted, own lines before quoted ones."""
    everywhere = range(len(lines))
    own = [n for n in everywhere if not lines[n].depth]
    for numbers in (own, everywhere):
        if chosen := _matched(numbers, found, wanted):
            return chosen
    backwards = _matched(reversed(everywhere), [one[::-1] for one in found], wanted[::-1])
    return backwards or None


def _matched(numbers: Iterable[int], found: list[str], wanted: str) -> set[int] | None:
    chosen: set[int] = set()
    at = 0
    for n in numbers:
        if found[n] and wanted.startswith(found[n], at):
            chosen.add(n)
            at += len(found[n])
    return chosen if at == len(wanted) else None


def _dropped_spans(lines: list[Line], found: list[str], kept: set[int]) -> frozenset[int]:
    """Add to what is kept the pictures and rules that belong to it; return where the rest begins."""
    dropped: set[int] = set()
    above: int | None = None
    next_kept = _next_kept(found, kept)
    for n, line in enumerate(lines):
        if found[n]:
            above = n
        elif line.text and _is_wordless(line) and _belongs(lines, kept, above, is_followed=next_kept[n]):
            kept.add(n)
        if n not in kept and line.text:
            dropped.update(start for start, _ in line.spans)
    return frozenset(dropped)


def _next_kept(found: list[str], kept: set[int]) -> list[bool]:
    """Tell for each line whether the next one with words is kept."""
    answers = [False] * len(found)
    is_kept = False
    for n in reversed(range(len(found))):
        answers[n] = is_kept
        is_kept = n in kept if found[n] else is_kept
    return answers


def _is_wordless(line: Line) -> bool:
    return not line.depth and not _RULE.sub("", _PICTURE.sub("", line.text)).strip()


def _belongs(lines: list[Line], kept: set[int], above: int | None, *, is_followed: bool) -> bool:
    """Tell whether a picture belongs to what is shown: kept text stands above it, or commands alone do."""
    if above is None or (above not in kept and lines[above].text.startswith("#") and not lines[above].depth):
        return is_followed
    return above in kept
