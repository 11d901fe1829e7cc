"""Which parts of a mail are its body, and that body as text and as HTML.

Called by `parse`. A body is a run of sections: one text part, or the alternatives of one text. Everything that is not
a body is an attachment (`attachments`). Never looks inside an attached mail.
"""

import html as markup
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from maildesk.mail import budgets
from maildesk.mail.attachments import find_parameter_name
from maildesk.mail.charsets import clean_text, decode_text
from maildesk.mail.flowed import unflow
from maildesk.mail.html import html_to_text
from maildesk.mail.tree import Part, children, is_leaf, parse_tree

#: Blank lines, and what cannot be seen but hides the first word of a command: byte-order marks and their like.
_TOP = re.compile("\\A(?:[\\s\ufeff\u200b\u2060]*\n)?[\ufeff\u200b\u2060\xa0]*")
_DOUBLED_LINES = 12
#: Texts that are read as they are; `text/text` is a QUIRK.
_PLAIN = ("text/plain", "text/text", "text/markdown", "text/x-markdown")
#: Words that a stub has at most.
_STUB_WORDS = 60
_META_CHARSET = re.compile(rb"""(?i)<meta\s[^>]{0,200}?charset\s*=\s*["']?([a-z0-9_:.-]{2,30})""")


@dataclass(frozen=True, slots=True)
class Section:
    """One stretch of the body: its text parts and, where it has alternatives, its HTML parts."""

    plain: tuple[Part, ...]
    html: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """The body decoded. `html` is as it came, not sanitised; `parts` are the tree parts it was made of."""

    text: str
    html: str | None
    parts: tuple[Part, ...]
    problems: tuple[str, ...]


def read_body(root: Part) -> Body:
    """Choose and decode the body of a part tree (RFC 2046 §5.1, RFC 2387, RFC 3676).

    QUIRK: a gateway forwards by wrapping: the whole mail is one message/rfc822. Its text is then what is to be read.
    """
    if root.get_content_type() == "message/rfc822" and root.get_content_disposition() != "attachment":
        inner = _read(parse_tree(root.octets())[0])
        problem = "the mail is nothing but another mail; the text is of that one"
        return replace(inner, parts=(), problems=(problem, *inner.problems))
    return _read(root)


def _read(root: Part) -> Body:
    sections = tuple(_sections(root, 0, is_rendering=True))
    problems: list[str] = []
    texts: list[str] = []
    htmls: list[str] = []
    for section in sections:
        plain = "\n".join(dict.fromkeys(filter(str.strip, (_plain_text(part, problems) for part in section.plain))))
        html = "\n".join(_html_text(part, problems) for part in section.html)
        texts.append(_shown(plain, html))
        htmls.append(html or f"<pre>{markup.escape(plain)}</pre>")
    has_html = any(section.html for section in sections)
    parts = tuple(part for section in sections for part in (*section.plain, *section.html))
    return Body(_joined(texts, problems), "\n".join(htmls) if has_html else None, parts, tuple(dict.fromkeys(problems)))


def _shown(plain: str, html: str) -> str:
    if plain.strip() and not (html.strip() and "html" in plain.casefold()):
        return plain
    rendered = html_to_text(html)
    if not plain.strip():
        return rendered
    # Both, so that nothing is lost should the two say different things on purpose.
    return f"{rendered}\n\n{plain}" if _is_stub(plain, rendered) else plain


def _is_stub(plain: str, rendered: str) -> bool:
    """QUIRK: a text part that only says that the mail is to be read as HTML, in whatever language."""
    words, seen = plain.casefold().split(), rendered.casefold().split()
    same = len(set(words) & set(seen))
    return len(words) <= _STUB_WORDS and len(seen) > len(words) // 2 and 2 * same < len(set(words))


def _joined(texts: list[str], problems: list[str]) -> str:
    text = "\n\n".join(kept for text in texts if (kept := _TOP.sub("", text).rstrip("\n")))
    if len(text) > budgets.TEXT_CHARS:
        problems.append(f"the text is longer than {budgets.TEXT_CHARS} characters; it was clipped")
    return text[: budgets.TEXT_CHARS]


def _sections(part: Part, depth: int, *, is_rendering: bool) -> Iterator[Section]:
    if is_leaf(part):
        yield from _leaf_section(part, depth, is_rendering=is_rendering)
        return
    is_alternative = part.get_content_type() == "multipart/alternative"
    groups = [tuple(_sections(child, depth + 1, is_rendering=is_alternative)) for child in children(part)]
    if is_alternative:
        yield from _alternative(groups)
    else:
        for group in groups:
            yield from group


def _leaf_section(part: Part, depth: int, *, is_rendering: bool) -> Iterator[Section]:
    # QUIRK: GroupWise, Notes and scripts name the text itself; alone or one of alternatives, it is no file.
    is_file = not is_rendering and bool(find_parameter_name(part))
    if is_file or part.get_content_disposition() == "attachment":
        return
    kind = part.get_content_type()
    if kind == "text/html":
        yield Section((), (part,))
    # QUIRK: a multipart whose boundary never comes is read by the standard library as one leaf; its content is text.
    elif kind in _PLAIN or (depth == 0 and part.get_content_maintype() == "multipart"):
        yield Section((part,), ())


def _alternative(groups: list[tuple[Section, ...]]) -> Iterator[Section]:
    """The plain renderings and the last HTML one are one section (the last is the richest, RFC 2046 §5.1.4)."""
    # QUIRK: a gateway's footer, or a second text, as one more alternative: no plain text may go unread.
    plain = tuple(part for group in groups if not _all(group, "html") for part in _all(group, "plain"))
    plain = plain or next((found for group in groups if (found := _all(group, "plain"))), ())
    html = next((found for group in reversed(groups) if (found := _all(group, "html"))), ())
    if plain or html:
        yield Section(plain, html)


def _all(group: tuple[Section, ...], which: str) -> tuple[Part, ...]:
    return tuple(part for section in group for part in (section.plain if which == "plain" else section.html))


def _plain_text(part: Part, problems: list[str]) -> str:
    text = _decoded(part, part.octets(), str(part.get_param("charset", "") or ""), problems)
    if str(part.get_param("format", "")).lower() == "flowed":
        text = unflow(text, delsp=str(part.get_param("delsp", "")).lower() == "yes")
    return _undoubled(text)


def _undoubled(text: str) -> str:
    # QUIRK: Outlook and some gateways double every newline; then every other line is empty, and of the rest those that
    # were empty before. A text of one-line paragraphs has none of these.
    lines = text.strip("\n").split("\n")
    if len(lines) < _DOUBLED_LINES or any(map(str.strip, lines[1::2])):
        return text
    kept = lines[::2]
    return "\n".join(kept) if sum(not line.strip() for line in kept) > 1 else text


def _html_text(part: Part, problems: list[str]) -> str:
    octets = part.octets()
    declared = str(part.get_param("charset", "") or "")
    if not declared and (match := _META_CHARSET.search(octets, 0, 2048)):
        declared = match[1].decode("ascii")
    text = _decoded(part, octets, declared, problems)
    if len(text) > budgets.HTML_CHARS:
        problems.append(f"the HTML is longer than {budgets.HTML_CHARS} characters; it was clipped")
    return text[: budgets.HTML_CHARS]


def _decoded(part: Part, octets: bytes, declared: str, problems: list[str]) -> str:
    text, right = decode_text(octets[: 4 * budgets.TEXT_CHARS], declared)
    if not right and declared:
        problems.append(f"the {part.get_content_type()} part is not in the charset it declares; it was guessed")
    return clean_text(text)
