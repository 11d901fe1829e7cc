"""What a person typed in a mail: the text without quoted mail, attribution lines, signature and legal footer.

Called by `read` on the whole text, and by `intake` again once the earlier mails of the ticket are known. Works line by
line with bounded expressions; answers between quotes survive; what cannot be told from own words is kept, and a text of
which nothing would be left is kept whole. The full text is stored beside this in any case. RFC 3676 §4.3 (signatures);
everything else is custom.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from mailparser_reply.parser import EmailMessage

from maildesk.mail import budgets
from maildesk.mail import quotemarks as marks
from maildesk.mail.comparison import Earlier, find_inserted_lines, find_known_lines, read_earlier
from maildesk.mail.footers import Line, without_banners, without_legal_footer, without_rules, without_signatures

#: Lines joined at most to read one attribution.
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_CHARS = 400
_ATTRIBUTION_ENDS = (":", "：", "-", "*", ">", "wrote")
#: QUIRK: the end of an attribution in a line of its own, which only looks quoted.
_CLOSERS = (">:", "> wrote:")
_HEADER_WINDOW = 8
_WRAPPED_AT = 68
#: Lines an introduction in an unknown language may have: a header, an attribution.
_HEADER_LINES = 8
_HEADER_LEAST = 3
_INTRODUCTION_LINES = 3
#: Characters of a line like `Ann wrote:`.
_LOOSE_CHARS = 90
_SIGNS = (marks.TIME, marks.DATE, marks.BRACKETED_ADDRESS)
#: Blanks of all kinds, and the marks that only steer the direction of writing.
_UNSEEN = dict.fromkeys(map(ord, "\xa0\u202f\u2007"), " ") | dict.fromkeys(
    map(ord, "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), None
)


def find_visible_text(text: str, earlier: Sequence[str] = ()) -> str:
    """Return what was typed (see `find_typed_text`), and the whole text when nothing was."""
    return find_typed_text(text, earlier) or text.strip("\n")


def find_typed_text(text: str, earlier: Sequence[str] = ()) -> str:
    """Return what was typed: no quotes, attributions nor signature; empty when nothing else is there.

    `earlier` are texts that were exchanged before, newest first: what is quoted from them goes without any mark, and
    what was typed into a quotation of them comes back, with the quote mark its program gave it.
    """
    lines = read_lines(text)
    own, forwarded = _split_history(lines)
    known = read_earlier(earlier)
    history = lines[: len(lines) - len(forwarded)]
    answers = find_inserted_lines([line.raw for line in history], known) if known else frozenset[int]()
    kept = _without_known(_without_quotes(own, answers), known)
    # What stands below a mark that ends the own text is looked at for answers only.
    kept = [
        *without_legal_footer(without_signatures(without_banners(kept))),
        *(lines[n] for n in sorted(answers) if n >= len(own)),
    ]
    visible = "\n".join((*(line.raw.rstrip() for line in kept), *(line.raw for line in forwarded))).strip("\n")
    return visible if visible.strip() else ""


def has_forward_marker(text: str) -> bool:
    """Tell whether a line announces a forwarded mail."""
    return any(map(is_forward_marker, text.split("\n")))


def is_forward_marker(line: str) -> bool:
    """Tell whether this line announces a forwarded mail."""
    clipped = line[: budgets.QUOTING_LINE_CHARS].rstrip()
    return clipped.endswith(marks.MARK_ENDS) and marks.FORWARD.match(clipped) is not None


def has_header_block(text: str) -> bool:
    """Tell whether the header of another mail stands in the text, as Outlook puts it above what it forwards."""
    lines = read_lines(text)
    return any(is_header_block(lines, at) for at in range(len(lines)))


def read_lines(text: str) -> list[Line]:
    """Return the lines of a text as they are looked at: clipped, stripped, without unseen marks."""
    lines = text.replace("\r\n", "\n").split("\n")
    # Three marks without one or two anywhere are a Python prompt or an ornament.
    depths = (">",) if any(line.startswith(">") and not line.startswith(">>>") for line in lines) else ()
    return [_line(raw, depths) for raw in lines]


def _line(raw: str, quoted: tuple[str, ...]) -> Line:
    clipped = raw[: budgets.QUOTING_LINE_CHARS]
    bare = (clipped if clipped.isascii() else clipped.translate(_UNSEEN)).strip()
    return Line(raw, bare, bare.startswith(quoted))


def _split_history(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Cut at the first mark below which everything is older mail; return what is above, and what was forwarded."""
    folded = "\n".join(line.bare for line in lines).casefold()
    delimited = any(word in folded for word in marks.DELIMITER_WORDS)
    for at, line in enumerate(lines):
        if delimited and _is_delimiter(lines, at):
            above = lines[: _introduction_start(lines, at)]
            if any(line.bare for line in above):
                return without_rules(above), []
        if not line.bare or line.quoted:
            continue
        if is_forward_marker(line.bare):
            return lines[:at], lines[at:]
        length = _introduction_length(lines, at)
        if length and not _is_quoted_next(lines, at + length):
            return _above(lines[:at]), []
    return _before_library_mark(lines), []


def _is_delimiter(lines: Sequence[Line], at: int) -> bool:
    """Tell whether this line asks to write above it, or opens mail of this desk.

    One with a quote mark is only a quote, unless the marks end with it: then the program gave them up.
    """
    line = lines[at].bare
    is_heading = at > 0 and marks.HISTORY.match(line) and marks.ORNAMENT.match(lines[at - 1].bare)
    if not (is_heading or marks.DELIMITER.match(line) or marks.OWN_NOTICE.match(line)):
        return False
    return not (lines[at].quoted and _is_quoted_next(lines, at + 1))


def _before_library_mark(lines: list[Line]) -> list[Line]:
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
    # What has an introduction known here has answers between its quotes, else it were cut already.
    if at < len(lines) and (_is_quoted_next(lines, at + 1) or _introduction_length(lines, at)):
        return lines
    return without_rules(lines[:at])


def is_header_block(lines: Sequence[Line], at: int) -> bool:
    """Tell whether the header of another mail begins at this line."""
    first = lines[at].bare
    if not (":" in first or "：" in first) or not (marks.FROM_LABEL.match(first) or marks.OTHER_LABEL.match(first)):
        return False
    window = [line.bare for line in lines[at : at + _HEADER_WINDOW]]
    sender = next((line for line in window if marks.FROM_LABEL.match(line)), None)
    others = sum(marks.OTHER_LABEL.match(line) is not None for line in window)
    if sender is None:
        return False
    above = lines[at - 1].bare if at else ""
    if others >= 2:
        if any("@" in line for line in window):
            return True
        # A form that somebody filled in has other fields too.
        is_form = marks.ANY_LABEL.match(above) is not None
        return not is_form and any(marks.SUBJECT_LABEL.match(line) for line in window)
    if others == 0 or sender is not first or not ("@" in sender or "[" in sender):
        return False
    # Two lines alone may be a setting that somebody quotes in a sentence.
    is_set_apart = not above or marks.RULE.match(above) is not None
    return is_set_apart and not any(marks.REPLY_LABEL.match(line) for line in window)


def attribution_length(lines: Sequence[Line], at: int) -> int:
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
            # QUIRK: converters set the address in brackets apart, or the verb.
            below = _next_line(lines, end)
            if below is None or joined.endswith((".", "!", "?", ":")) or not _is_torn_off(joined, below.bare):
                return 0
            continue
        left -= 1
        joined = f"{joined} {line}".strip()
        if left < 0 or len(joined) > _ATTRIBUTION_CHARS or (lines[end].quoted and line not in _CLOSERS):
            return 0
        if joined.endswith(_ATTRIBUTION_ENDS) and _is_attribution(joined, lines, end + 1):
            # QUIRK: the date, or the first half of a long name, in a line of its own.
            inner = not marks.DATED_START.match(first) and any(
                attribution_length(lines, later) for later in range(at + 1, end + 1)
            )
            return 0 if inner else end + 1 - at
    return 0


def _is_torn_off(joined: str, below: str) -> bool:
    return (
        below.startswith("<")
        or joined.endswith("<")
        or (joined.endswith(">") and marks.VERB_ONLY.match(below) is not None)
    )


def _is_attribution(joined: str, lines: Sequence[Line], after: int) -> bool:
    if marks.ATTRIBUTION.search(joined):
        return True
    if not marks.DATED_ADDRESS.match(joined):
        return False
    below = _next_line(lines, after)
    if below is not None and below.bare in _CLOSERS:
        return False
    return joined.endswith((":", "：")) or (below is not None and (below.quoted or below.bare.startswith("|")))


def _introduction_length(lines: Sequence[Line], at: int) -> int:
    """Return over how many lines a separator, the header of an older mail or an attribution stands here; 0 if none."""
    bare = lines[at].bare
    if bare.endswith(marks.MARK_ENDS) and marks.SEPARATOR.match(bare):
        below = at + 1
        while below < len(lines) and not lines[below].bare:
            below += 1
        return max(1, _header_end(lines, below) - at)
    if is_header_block(lines, at):
        return _header_end(lines, at) - at
    end = at + attribution_length(lines, at)
    return (_header_end(lines, end) if at < end < len(lines) and is_header_block(lines, end) else end) - at


def _header_end(lines: Sequence[Line], at: int) -> int:
    """Return the number of the line below the last label of a header that begins here."""
    end = at
    for n in range(at, min(at + _HEADER_WINDOW, len(lines))):
        if not lines[n].bare or lines[n].quoted:
            break
        if marks.ANY_LABEL.match(lines[n].bare):
            end = n + 1
    return end


def _above(lines: list[Line]) -> list[Line]:
    """Return the lines without what belongs to the introduction below them: rules, and a header under a rule."""
    start = len(lines)
    while start and marks.OTHER_LABEL.match(lines[start - 1].bare):
        start -= 1
    if start and marks.RULE.match(lines[start - 1].bare):
        lines = lines[:start]
    return without_rules(lines)


def _is_quoted_next(lines: Sequence[Line], at: int) -> bool:
    below = _next_line(lines, at)
    return below is not None and below.quoted


def _next_line(lines: Sequence[Line], at: int) -> Line | None:
    return next((lines[i] for i in range(at, len(lines)) if lines[i].bare), None)


def _without_quotes(lines: list[Line], answers: frozenset[int]) -> list[Line]:
    kept: list[Line] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if at in answers:
            kept.append(replace(line, quoted=False))
            at += 1
        elif line.quoted or _is_wrapped_quote(lines, at):
            if at and not lines[at - 1].quoted:
                kept = _without_loose_introduction(kept)
            at += 1
            # An empty line keeps the answers above and below a quote apart.
            kept.append(Line("", "", quoted=True))
        elif line.bare and (length := _introduction_length(lines, at)) and _is_quoted_next(lines, at + length):
            kept = _above(kept)
            at += length
        else:
            kept.append(line)
            at += 1
    return kept


def _without_loose_introduction(kept: list[Line]) -> list[Line]:
    """Drop from the end what only a quote right below makes an attribution.

    `Ann wrote:`, one without its colon, or one in a language nobody taught us.
    """
    end = len(kept)
    while end and not kept[end - 1].bare:
        end -= 1
    nearest = reversed(kept[max(0, end - _INTRODUCTION_LINES) : end])
    paragraph = [line.bare for line in takewhile(lambda line: line.bare, nearest)]
    paragraph.reverse()
    if not paragraph:
        return kept
    if len(paragraph[-1]) <= _LOOSE_CHARS and marks.LOOSE_ATTRIBUTION.match(paragraph[-1]):
        return _above(kept[: end - 1])
    for length in range(1, len(paragraph) + 1):
        if _is_loose_introduction(" ".join(paragraph[-length:])):
            return _above(kept[: end - _extended(paragraph, length)])
    return kept


def _is_loose_introduction(joined: str) -> bool:
    if not marks.EVIDENCE.search(joined) or len(joined) > _ATTRIBUTION_CHARS:
        return False
    if marks.ATTRIBUTION_START.match(joined) and marks.ATTRIBUTION.search(f"{joined}:"):
        return True
    signs = [sign.search(joined) is not None for sign in _SIGNS]
    return joined.endswith((":", "：")) and "@" in joined and (sum(signs) >= 2 or signs[-1])


def _is_wrapped_quote(lines: Sequence[Line], at: int) -> bool:
    """QUIRK: the rest of a quoted line that a program broke without a new quote mark."""
    if not lines[at].bare or at == 0 or at + 1 >= len(lines) or not (lines[at - 1].quoted and lines[at + 1].quoted):
        return False
    if marks.STRAY_LINK.match(lines[at].bare):
        return True
    before = lines[at - 1].bare
    cut_link = before.count("(") > before.count(")") or before.count("<") > before.count(">") - before.count("> ")
    return ("http" in before and cut_link) or (len(before) >= _WRAPPED_AT and lines[at].bare[0].islower())


def _without_known(lines: list[Line], earlier: Earlier) -> list[Line]:
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
    return [Line("", "", quoted=True) if at in dropped else line for at, line in enumerate(lines)]


def _introduction_start(lines: Sequence[Line], at: int) -> int:
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
    length = _unknown_length(paragraph[-_INTRODUCTION_LINES:])
    if length:
        return _rule_above(lines, end - length)
    return end if ruled else at


def _unknown_length(paragraph: Sequence[str]) -> int:
    """Return over how many of its last lines a paragraph ends like an attribution; 0 when it does not."""
    lengths = range(1, len(paragraph) + 1)
    length = next((n for n in lengths if _introduces(" ".join(paragraph[-n:]))), 0)
    return _extended(paragraph, length) if length else 0


def _extended(paragraph: Sequence[str], length: int) -> int:
    while length < len(paragraph) and _may_begin_introduction(paragraph[-length - 1]):
        length += 1
    return length


def _may_begin_introduction(line: str) -> bool:
    return not line.endswith((".", "!", "?")) and any(sign.search(line) for sign in _SIGNS)


def _rule_above(lines: Sequence[Line], at: int) -> int:
    return at - 1 if at and marks.RULE.match(lines[at - 1].bare) else at


def _introduces(paragraph: str) -> bool:
    if not paragraph.endswith(_ATTRIBUTION_ENDS) or len(paragraph) > _ATTRIBUTION_CHARS:
        return False
    return sum(sign.search(paragraph) is not None for sign in _SIGNS) >= 2
