"""What a person typed in a mail: the text without quoted mail, attribution lines, signature and legal footer.

Called by `read` on the whole text, and by `intake` again once the earlier mails of the ticket are known. Works line by
line with bounded expressions; answers between quotes survive; what cannot be told from own words is kept, and a text of
which nothing would be left is kept whole. The full text is stored beside this in any case. RFC 3676 §4.3 (signatures);
everything else is custom.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from mailparser_reply.parser import EmailMessage

from maildesk.mail import budgets
from maildesk.mail import quotemarks as marks
from maildesk.mail.comparison import Earlier, find_inserted_lines, find_known_lines, read_earlier

#: Lines joined at most to read one attribution.
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_CHARS = 400
_ATTRIBUTION_ENDS = (":", "：", "-", "*", ">", "wrote")
#: QUIRK: the end of an attribution in a line of its own, which only looks quoted.
_CLOSERS = (">:", "> wrote:")
_HEADER_WINDOW = 8
#: Non-blank lines a signature may have: after `-- `, after a bare `--` and after "Sent from …".
_SIGNATURE_LINES = 20
_LOOSE_SIGNATURE_LINES = 6
_SENT_FROM_LINES = 3
_WRAPPED_AT = 68
#: Words a legal footer has at least, and the different things it must speak of.
_LEGAL_WORDS = 12
_LEGAL_TOPICS = 3
_LEGAL_CHARS = 3_000
#: Lines an introduction in an unknown language may have: a header, an attribution.
_HEADER_LINES = 8
_HEADER_LEAST = 3
_INTRODUCTION_LINES = 3
_SIGNS = (marks.TIME, marks.DATE, marks.BRACKETED_ADDRESS)
#: Blanks of all kinds, and the marks that only steer the direction of writing.
_UNSEEN = dict.fromkeys(map(ord, "\xa0\u202f\u2007"), " ") | dict.fromkeys(
    map(ord, "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), None
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: as it stands, stripped and clipped for matching, and whether it is quoted."""

    raw: str
    bare: str
    quoted: bool


def find_visible_text(text: str, earlier: Sequence[str] = ()) -> str:
    """Return what was typed: no quotes, attributions nor signature; the whole text when nothing else is left.

    `earlier` are texts that were exchanged before, newest first: what is quoted from them goes without any mark, and
    what was typed into a quotation of them comes back, with the quote mark its program gave it.
    """
    lines = _lines(text)
    own, forwarded = _split_history(lines)
    known = read_earlier(earlier)
    history = lines[: len(lines) - len(forwarded)]
    answers = find_inserted_lines([line.raw for line in history], known) if known else frozenset[int]()
    kept = _without_known(_without_quotes(own, answers), known)
    # What stands below a mark that ends the own text is looked at for answers only.
    kept = [*_without_legal_footer(_without_signatures(kept)), *(lines[n] for n in sorted(answers) if n >= len(own))]
    visible = "\n".join((*(line.raw.rstrip() for line in kept), *(line.raw for line in forwarded))).strip("\n")
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
    clipped = raw[: budgets.QUOTING_LINE_CHARS]
    bare = (clipped if clipped.isascii() else clipped.translate(_UNSEEN)).strip()
    return _Line(raw, bare, bare.startswith(quoted))


def _split_history(lines: list[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Cut at the first mark below which everything is older mail; return what is above, and what was forwarded."""
    folded = "\n".join(line.bare for line in lines).casefold()
    delimited = any(word in folded for word in marks.DELIMITER_WORDS)
    for at, line in enumerate(lines):
        if delimited and _is_delimiter(lines, at):
            above = lines[: _introduction_start(lines, at)]
            if any(line.bare for line in above):
                return _without_rules(above), []
        if not line.bare or line.quoted:
            continue
        ends_like_mark = line.bare.endswith(marks.MARK_ENDS)
        if ends_like_mark and marks.FORWARD.match(line.bare):
            return lines[:at], lines[at:]
        if (ends_like_mark and marks.SEPARATOR.match(line.bare)) or _is_header_block(lines, at):
            return _without_rules(lines[:at]), []
        length = _attribution_length(lines, at)
        if length and not _is_quoted_next(lines, at + length):
            return _without_rules(lines[:at]), []
    return _before_library_mark(lines), []


def _is_delimiter(lines: Sequence[_Line], at: int) -> bool:
    """Tell whether this line asks to write above it, or opens mail of this desk.

    One with a quote mark is only a quote, unless the marks end with it: then the program gave them up.
    """
    line = lines[at].bare
    is_heading = at > 0 and marks.HISTORY.match(line) and marks.ORNAMENT.match(lines[at - 1].bare)
    if not (is_heading or marks.DELIMITER.match(line) or marks.OWN_NOTICE.match(line)):
        return False
    return not (lines[at].quoted and _is_quoted_next(lines, at + 1))


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
    if not (":" in first or "：" in first) or not (marks.FROM_LABEL.match(first) or marks.OTHER_LABEL.match(first)):
        return False
    window = [line.bare for line in lines[at : at + _HEADER_WINDOW]]
    sender = next((line for line in window if marks.FROM_LABEL.match(line)), None)
    others = sum(marks.OTHER_LABEL.match(line) is not None for line in window)
    if sender is None:
        return False
    if others >= 2:
        return any("@" in line or marks.SUBJECT_LABEL.match(line) for line in window)
    return others == 1 and sender is first and ("@" in sender or "[" in sender)


def _attribution_length(lines: Sequence[_Line], at: int) -> int:
    """Return over how many lines an attribution stands here; 0 when none does, or when it begins further down."""
    first = lines[at].bare
    # The cheapest look first: there is no evidence without a digit or an address.
    if not (marks.DIGIT.search(first) and marks.EVIDENCE.search(first) and marks.ATTRIBUTION_START.match(first)):
        return 0
    if marks.DATED_NAME.match(first):
        return 1
    joined = ""
    left = _ATTRIBUTION_LINES
    for end in range(at, min(at + 2 * _ATTRIBUTION_LINES, len(lines))):
        line = lines[end].bare
        if not line:
            # QUIRK: converters set the address in brackets apart.
            below = _next_line(lines, end)
            if below is None or not below.bare.startswith("<") or joined.endswith((".", "!", "?", ":")):
                return 0
            continue
        left -= 1
        joined = f"{joined} {line}".strip()
        if left < 0 or len(joined) > _ATTRIBUTION_CHARS or (lines[end].quoted and line not in _CLOSERS):
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
    if below is not None and below.bare in _CLOSERS:
        return False
    return joined.endswith((":", "：")) or (below is not None and (below.quoted or below.bare.startswith("|")))


def _is_quoted_next(lines: Sequence[_Line], at: int) -> bool:
    below = _next_line(lines, at)
    return below is not None and below.quoted


def _next_line(lines: Sequence[_Line], at: int) -> _Line | None:
    return next((lines[i] for i in range(at, len(lines)) if lines[i].bare), None)


def _without_quotes(lines: list[_Line], answers: frozenset[int]) -> list[_Line]:
    kept: list[_Line] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if at in answers:
            kept.append(replace(line, quoted=False))
            at += 1
        elif line.quoted or _is_wrapped_quote(lines, at):
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
    if marks.STRAY_LINK.match(lines[at].bare):
        return True
    before = lines[at - 1].bare
    cut_link = before.count("(") > before.count(")") or before.count("<") > before.count(">") - before.count("> ")
    return ("http" in before and cut_link) or (len(before) >= _WRAPPED_AT and lines[at].bare[0].islower())


def _without_known(lines: list[_Line], earlier: Earlier) -> list[_Line]:
    """Drop what stands in an earlier text, and what introduces it."""
    if not earlier:
        return lines

    def is_introduced(at: int) -> bool:
        return _introduction_start(lines, at) < at

    known = find_known_lines([line.raw for line in lines], earlier, is_introduced)
    dropped = set(known)
    for at in known:
        if at - 1 not in known:
            dropped.update(range(_introduction_start(lines, at), at))
    for at, line in enumerate(lines):
        if at - 1 in dropped and (not line.bare or marks.ORNAMENT.match(line.bare)):
            dropped.add(at)
    # An empty line keeps the answers above and below a quotation apart.
    return [_Line("", "", quoted=True) if at in dropped else line for at, line in enumerate(lines)]


def _introduction_start(lines: Sequence[_Line], at: int) -> int:
    """Return where the introduction of older text begins that stands right above this line; the line itself if none.

    In no particular language: a rule, a header of three lines or more, or a paragraph that ends like an attribution
    and names the day and the hour, or one of them and an address.
    """
    end = at
    while end and (not lines[end - 1].bare or marks.ORNAMENT.match(lines[end - 1].bare)):
        end -= 1
    ruled = any(lines[i].bare for i in range(end, at))
    start = end
    while start and end - start < _HEADER_LINES and lines[start - 1].bare and not lines[start - 1].quoted:
        start -= 1
    paragraph = [line.bare for line in lines[start:end]]
    header = [*takewhile(marks.ANY_LABEL.match, reversed(paragraph))]
    if len(header) >= _HEADER_LEAST and any(marks.TIME.search(line) or "@" in line for line in header):
        return _rule_above(lines, end - len(header))
    length = _introduction_length(paragraph[-_INTRODUCTION_LINES:])
    if length:
        return _rule_above(lines, end - length)
    return end if ruled else at


def _introduction_length(paragraph: Sequence[str]) -> int:
    """Return over how many of its last lines a paragraph ends like an attribution; 0 when it does not."""
    lengths = range(1, len(paragraph) + 1)
    length = next((n for n in lengths if _introduces(" ".join(paragraph[-n:]))), 0)
    while 0 < length < len(paragraph) and _may_begin_introduction(paragraph[-length - 1]):
        length += 1
    return length


def _may_begin_introduction(line: str) -> bool:
    return not line.endswith((".", "!", "?")) and any(sign.search(line) for sign in _SIGNS)


def _rule_above(lines: Sequence[_Line], at: int) -> int:
    return at - 1 if at and marks.RULE.match(lines[at - 1].bare) else at


def _introduces(paragraph: str) -> bool:
    if not paragraph.endswith(_ATTRIBUTION_ENDS) or len(paragraph) > _ATTRIBUTION_CHARS:
        return False
    return sum(sign.search(paragraph) is not None for sign in _SIGNS) >= 2


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


def _without_legal_footer(lines: list[_Line]) -> list[_Line]:
    """Drop the closing paragraphs that lawyers and virus scanners append, unless nothing else is there."""
    kept = lines
    while end := _last_written(kept):
        start = end
        while start and kept[start - 1].bare and not marks.RULE.match(kept[start - 1].bare):
            start -= 1
        if start == end or not _is_legal([line.bare for line in kept[start:end]]):
            break
        kept = _without_rules(kept[:start])
        if kept and marks.LEGAL_HEADING.match(kept[-1].bare):
            kept = _without_rules(kept[:-1])
    return kept if end else lines


def _last_written(lines: Sequence[_Line]) -> int:
    """Return the number of lines up to the last that is not blank."""
    return next((n for n in range(len(lines), 0, -1) if lines[n - 1].bare), 0)


def _is_legal(paragraph: list[str]) -> bool:
    if len(paragraph) == 1 and marks.SERVICE_LINE.match(paragraph[0]):
        return True
    if marks.LEGAL_HEADING.match(paragraph[0]):
        paragraph = paragraph[1:]
    if not paragraph or not marks.LEGAL_OPENING.match(paragraph[0]):
        return False
    text = " ".join(paragraph)[:_LEGAL_CHARS]
    topics = {found.lastgroup for found in marks.LEGAL.finditer(text)}
    return "mail" in topics and len(topics) >= _LEGAL_TOPICS and len(text.split()) >= _LEGAL_WORDS
