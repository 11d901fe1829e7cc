"""What a person typed in a mail: the text without quoted mail, attribution lines and signature.

Called by `read` on the whole text. Works line by line with bounded expressions; answers between quotes survive; what
cannot be told from own words is kept, and a text of which nothing would be left is kept whole. The full text is stored
beside this in any case. RFC 3676 §4.3 (signatures); everything else is custom.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailparser_reply.parser import EmailMessage

from maildesk.mail import budgets
from maildesk.mail import quotemarks as marks

#: Lines joined at most to read one attribution.
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_CHARS = 400
_ATTRIBUTION_ENDS = (":", "：", "-", "*", ">", "wrote")
_HEADER_WINDOW = 8
#: Non-blank lines a signature may have: after `-- `, after a bare `--` and after "Sent from …".
_SIGNATURE_LINES = 20
_LOOSE_SIGNATURE_LINES = 6
_SENT_FROM_LINES = 3
_WRAPPED_AT = 68


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: as it stands, stripped and clipped for matching, and whether it is quoted."""

    raw: str
    bare: str
    quoted: bool


def find_visible_text(text: str) -> str:
    """Return what was typed: no quotes, attributions nor signature; the whole text when nothing else is left."""
    lines = _lines(text)
    own, forwarded = _split_history(lines)
    typed = [line.raw.rstrip() for line in _without_signatures(_without_quotes(own))]
    visible = "\n".join((*typed, *(line.raw for line in forwarded))).strip("\n")
    return visible if visible.strip() else text.strip("\n")


def has_forward_marker(text: str) -> bool:
    """Tell whether a line announces a forwarded mail."""
    return any(marks.FORWARD.match(line[: budgets.QUOTING_LINE_CHARS]) for line in text.split("\n"))


def has_header_block(text: str) -> bool:
    """Tell whether the header of another mail stands in the text, as Outlook puts it above what it forwards."""
    lines = _lines(text)
    return any(_is_header_block(lines, at) for at in range(len(lines)))


def _lines(text: str) -> list[_Line]:
    lines = text.replace("\r\n", "\n").split("\n")
    # Three marks without one or two anywhere are a Python prompt or an ornament.
    depths = (">",) if any(line.startswith(">") and not line.startswith(">>>") for line in lines) else ()
    return [_line(raw, depths) for raw in lines]


def _line(raw: str, quoted: tuple[str, ...]) -> _Line:
    bare = raw[: budgets.QUOTING_LINE_CHARS].replace("\xa0", " ").replace("\u202f", " ").replace("\ufeff", "").strip()
    return _Line(raw, bare, bare.startswith(quoted))


def _split_history(lines: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Cut at the first mark below which everything is older mail; return what is above, and what was forwarded."""
    for at, line in enumerate(lines):
        if not line.bare or line.quoted:
            continue
        if marks.FORWARD.match(line.bare):
            return lines[:at], lines[at:]
        if marks.SEPARATOR.match(line.bare) or _is_header_block(lines, at):
            return _without_rules(lines[:at]), []
        length = _attribution_length(lines, at)
        if length and not _is_quoted_next(lines, at + length):
            return _without_rules(lines[:at]), []
    return _before_library_mark(lines), []


def _without_rules(lines: list[_Line]) -> list[_Line]:
    end = len(lines)
    while end and (not lines[end - 1].bare or marks.RULE.match(lines[end - 1].bare)):
        end -= 1
    return lines[:end]


def _before_library_mark(lines: list[_Line]) -> list[_Line]:
    """Ask mail-parser-reply about the languages only it knows.

    It gets clipped lines and no runs of blank ones: on raw text its expressions take minutes. It is asked for the place
    of the first header only, because its signatures swallow text that begins like one (`Tak…`, `/etc/…`, `- item`).
    """
    text = "\n".join(dict.fromkeys(line.bare for line in lines))[: budgets.QUOTING_CHARS]
    languages = [name for name, words in marks.LIBRARY_LANGUAGES if any(word in text for word in words)]
    if not languages:
        return lines
    replies = EmailMessage(text=text, languages=languages, include_english=False).read().replies
    header = next((first for reply in replies if (first := (reply.headers or "").split("\n")[0].strip())), None)
    if header is None:
        return lines
    at = next((i for i, line in enumerate(lines) if line.bare == header), len(lines))
    return lines if at < len(lines) and _is_quoted_next(lines, at + 1) else _without_rules(lines[:at])


def _is_header_block(lines: Sequence[_Line], at: int) -> bool:
    first = lines[at].bare
    if not (marks.FROM_LABEL.match(first) or marks.OTHER_LABEL.match(first)):
        return False
    window = [line.bare for line in lines[at : at + _HEADER_WINDOW]]
    sender = next((line for line in window if marks.FROM_LABEL.match(line)), None)
    others = sum(marks.OTHER_LABEL.match(line) is not None for line in window)
    if sender is None:
        return False
    return others >= 2 or (others == 1 and sender is first and ("@" in sender or "[" in sender))


def _attribution_length(lines: Sequence[_Line], at: int) -> int:
    """Return over how many lines an attribution stands here; 0 when none does, or when it begins further down."""
    if not marks.ATTRIBUTION_START.match(lines[at].bare) or not marks.EVIDENCE.search(lines[at].bare):
        return 0
    joined = ""
    for end in range(at, min(at + _ATTRIBUTION_LINES, len(lines))):
        line = lines[end].bare
        if not line or (lines[end].quoted and line not in (">:", "> wrote:")):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > _ATTRIBUTION_CHARS:
            return 0
        if joined.endswith(_ATTRIBUTION_ENDS) and _is_attribution(joined, lines, end + 1):
            inner = any(_attribution_length(lines, later) for later in range(at + 1, end + 1))
            return 0 if inner else end + 1 - at
    return 0


def _is_attribution(joined: str, lines: Sequence[_Line], after: int) -> bool:
    if marks.ATTRIBUTION.search(joined):
        return True
    if not marks.DATED_ADDRESS.match(joined):
        return False
    below = _next_line(lines, after)
    return joined.endswith((":", "：")) or (below is not None and (below.quoted or below.bare.startswith("|")))


def _is_quoted_next(lines: Sequence[_Line], at: int) -> bool:
    below = _next_line(lines, at)
    return below is not None and below.quoted


def _next_line(lines: Sequence[_Line], at: int) -> _Line | None:
    return next((lines[i] for i in range(at, len(lines)) if lines[i].bare), None)


def _without_quotes(lines: list[_Line]) -> list[_Line]:
    kept: list[_Line] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.quoted or _is_wrapped_quote(lines, at):
            at += 1
            # An empty line keeps the answers above and below a quote apart.
            kept.append(_Line("", "", quoted=True))
        elif line.bare and (length := _attribution_length(lines, at)) and _is_quoted_next(lines, at + length):
            at += length
        else:
            kept.append(line)
            at += 1
    return kept


def _is_wrapped_quote(lines: Sequence[_Line], at: int) -> bool:
    """QUIRK: the rest of a quoted line that a program broke without a new quote mark."""
    if not lines[at].bare or at == 0 or at + 1 >= len(lines) or not (lines[at - 1].quoted and lines[at + 1].quoted):
        return False
    before = lines[at - 1].bare
    cut_link = before.count("(") > before.count(")") or before.count("<") > before.count(">") - before.count("> ")
    return ("http" in before and cut_link) or (len(before) >= _WRAPPED_AT and lines[at].bare[0].islower())


def _without_signatures(lines: list[_Line]) -> list[_Line]:
    """Drop each signature: from its mark to the next removed quote or the end; runs of blank lines become one."""
    kept: list[_Line] = []
    skipping = False
    for at, line in enumerate(lines):
        if line.quoted:
            skipping = False
        elif not skipping and line.bare:
            skipping = _is_signature(lines, at)
        blank = not line.bare
        if not skipping and not (blank and kept and not kept[-1].bare and line.quoted):
            kept.append(line)
    return kept


def _is_signature(lines: Sequence[_Line], at: int) -> bool:
    line = lines[at]
    below = _lines_below(lines, at)
    if line.raw.rstrip("\r") in ("-- ", "--\xa0"):
        return below <= _SIGNATURE_LINES
    if marks.SIGNATURE.match(line.bare):
        return 0 < below <= _LOOSE_SIGNATURE_LINES
    if marks.FOOTER.match(line.bare):
        return below <= _SIGNATURE_LINES
    sent_from = marks.SENT_FROM.match(marks.LINK.sub("", line.bare))
    return below <= _SENT_FROM_LINES and (sent_from or marks.SIGNED.match(line.bare)) is not None


def _lines_below(lines: Sequence[_Line], at: int) -> int:
    count = 0
    for i in range(at + 1, len(lines)):
        line = lines[i]
        if line.quoted or count > _SIGNATURE_LINES or marks.FOOTER.match(line.bare):
            break
        count += bool(line.bare)
    return count
