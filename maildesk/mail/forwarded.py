"""What a mail passes on: who wrote it, when, under which subject and id, and what the forwarder typed above.

Called by `read` for mail that announces itself as a forward or carries another mail as a file, and by the lane of
technicians for the chain below an answer. Never guesses: an address that does not stand there, a date without a zone
and two attached mails are doubts, and doubts are said. What a forward is worth is decided in `core`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from maildesk.mail import budgets
from maildesk.mail import quotemarks as marks
from maildesk.mail.addresses import find_specs, is_addr_spec
from maildesk.mail.charsets import clean_line
from maildesk.mail.dates import find_zoned_date
from maildesk.mail.footers import Line, without_banners, without_legal_footer, without_signatures
from maildesk.mail.ids import find_message_id
from maildesk.mail.language import find_language
from maildesk.mail.parse import UnreadableMail, parse_message
from maildesk.mail.quoting import attribution_length, is_forward_marker, is_header_block, read_lines
from maildesk.mail.threads import base_subject, is_forward, is_token_id
from maildesk.model.message import Address, Attachment, Forwarded, InboundMessage

NOBODY_NAMED = "nothing in it says who wrote it"
NO_ADDRESS = "it names its sender without an address"
SEVERAL = "it passes on several mails at once"
_MAILS = ("message/rfc822", "message/global")
#: A mail, and below it the one it passes on in turn.
_DEPTH = 2
#: Lines in which a mail that is passed on must begin.
_SEARCHED_LINES = 2_000
#: Lines a header may have with its folded ones, blank lines above it, and lines of an attribution.
_HEADER_LINES = 30
_BLANKS = 3
#: What stands for a header in forwards that have none.
_ATTRIBUTION_LINES = 4
_QUOTE = re.compile(r"[ \t]*> ?")
_MAILTO = re.compile(r"mailto:", re.IGNORECASE)
#: Where the address begins, and with it the name ends.
_NAME_END = re.compile(r"[<\[(]|[^\s<>\[\]\"]+@")
#: What stands before the sender in a mark that names one.
_AFTER_FROM = re.compile(r" (?:from|von|de|van|da|fra|från|od|от) ", re.IGNORECASE)
_LABEL_END = re.compile(r"[:：]")
_EMPHASIS = " \t*_\"'“”„«»,;<>[]()"
#: QUIRK: Yahoo's plain text glues the fields of the header together.
_GLUED = re.compile(r"(?<=\S)(?=(?:To|Cc|Sent|Date|Subject): ?\S)")

_OTHER = "other"
_LABELS = (
    ("sender", marks.FROM_LABEL),
    ("subject", marks.SUBJECT_LABEL),
    ("date", marks.DATE_LABEL),
    ("message-id", marks.ID_LABEL),
    (_OTHER, marks.OTHER_LABEL),
    (_OTHER, marks.REPLY_LABEL),
)


@dataclass(slots=True)
class _Header:
    """The fields of a header in a text, by the name `_label` gives them; `end` is the line below it.

    `last` is the field read last, `is_spaced` tells that blank lines stand between the fields.
    """

    end: int
    fields: dict[str, str] = field(default_factory=dict)
    last: str = ""
    is_spaced: bool = False

    def take(self, label: str, value: str) -> None:
        """Add a field; a second one of a name that matters does not replace the first."""
        self.last = label
        if label == _OTHER or not self.fields.get(label):
            self.fields[label] = value

    def extend(self, value: str) -> None:
        """Add what is folded below the last field."""
        self.fields[self.last] = f"{self.fields[self.last]} {value}".strip()

    def value(self, label: str) -> str:
        """Return what stands in a field, without emphasis."""
        return self.fields.get(label, "").strip(" \t*")


def find_forwarded(
    message: InboundMessage, parts: tuple[bytes, ...]
) -> tuple[tuple[Forwarded, ...], tuple[bytes, ...]]:
    """Find what a mail passes on, outermost first, and the bytes of the files inside an attached mail.

    These follow `parts`, the bytes of `message.attachments`, and are called by indexes beyond them. Nothing is found
    in mail that passes nothing on.
    """
    is_announced = is_forward(message)
    inline = find_inline(message.text) if is_announced else ()
    if inline:
        first = _with_ids(inline[0], message)
        return tuple(replace(f, attachments=message.attachments) for f in (first, *inline[1:])), ()
    attached = tuple(a for a in message.attachments if a.content_type in _MAILS)
    if len(attached) == 1:
        return _find_attached(message, attached[0], parts, is_announced=is_announced)
    if not is_announced:
        return (), ()
    doubt = SEVERAL if attached else NOBODY_NAMED
    return (Forwarded(None, message.text, doubt=doubt, attachments=message.attachments),), ()


def _with_ids(found: Forwarded, message: InboundMessage) -> Forwarded:
    """Add the ids that mail programs put into the header of a forward: the mail passed on and its chain."""
    named = find_message_id(message.header_values("X-Forwarded-Message-Id"))
    ids = tuple(dict.fromkeys((*message.references, *message.in_reply_to)))
    newest = named or found.message_id or next(iter((*message.in_reply_to, *reversed(message.references))), None)
    known = newest if newest and not is_token_id(newest) else None
    return replace(found, message_id=known, references=tuple(i for i in ids if i != known))


# ------------------------------------------------------------------ an attached mail


def _find_attached(
    message: InboundMessage, attached: Attachment, parts: tuple[bytes, ...], *, is_announced: bool
) -> tuple[tuple[Forwarded, ...], tuple[bytes, ...]]:
    """Open the one mail that is attached, where this mail is about passing it on."""
    preface = _typed(read_lines(message.text))
    try:
        inner = parse_message(parts[attached.index])
    except UnreadableMail:
        doubt = (Forwarded(None, message.text, doubt="the attached mail cannot be read"),)
        return (doubt, ()) if is_announced else ((), ())
    original, own = inner.message, base_subject(message.subject)
    if not is_announced and own and own != base_subject(original.subject):
        return (), ()
    files = tuple(replace(a, index=a.index + len(parts)) for a in original.attachments)
    first = Forwarded(
        original.sender,
        original.text,
        name=_name_of(original),
        subject=original.subject,
        written=" ".join(original.header_values("Date")[:1])[: budgets.NAME_CHARS],
        date_at=original.date_at,
        message_id=original.message_id,
        references=tuple(dict.fromkeys((*original.references, *original.in_reply_to))),
        attachments=files,
        preface=preface,
        language=find_language(original.text, original.language, original.subject),
        doubt="" if original.sender else original.sender_problem or NO_ADDRESS,
    )
    deeper = find_inline(original.text)[: _DEPTH - 1]
    inward = tuple(replace(f, preface=_joined(preface, f.preface), attachments=files) for f in deeper)
    return (first, *inward), inner.parts


def _name_of(original: InboundMessage) -> str:
    shown = original.sender or original.claimed_sender
    return (shown.name or shown.address) if shown else ""


# ------------------------------------------------------------------ a mail inside the text


def find_inline(text: str, *, is_answer: bool = False) -> tuple[Forwarded, ...]:
    """Find the mail that stands below a forward's mark or a header in a text, and the one below that.

    `is_answer`: one that is only quoted, below an attribution, counts as well.
    """
    found: list[Forwarded] = []
    lines = read_lines(text[: budgets.TEXT_CHARS])
    preface = ""
    while len(found) < _DEPTH:
        start = next(
            (
                n
                for n in range(min(len(lines), _SEARCHED_LINES))
                if _begins(lines, n, is_deeper=is_answer or bool(found))
            ),
            None,
        )
        if start is None:
            break
        header = _read_header(lines, start)
        below = _unquoted(lines, start, header.end)
        preface = _joined(preface, _typed(lines[:start]))
        found.append(_made(header, _whole(below), preface))
        lines = below
    return tuple(found)


def _begins(lines: Sequence[Line], at: int, *, is_deeper: bool) -> bool:
    """Tell whether a mail that is passed on begins here; in such a mail, one that it only quotes counts too."""
    bare = lines[at].bare
    if not bare:
        return False
    if is_forward_marker(bare) or marks.SEPARATOR.match(bare) or is_header_block(lines, at):
        return True
    return is_deeper and attribution_length(lines, at) > 0


def _made(header: _Header, text: str, preface: str) -> Forwarded:
    sender, name = _read_sender(header.value("sender"))
    written, message_id = header.value("date"), header.value("message-id")
    return Forwarded(
        sender,
        text,
        name=name,
        subject=clean_line(header.value("subject"), budgets.SUBJECT_CHARS),
        written=clean_line(written, budgets.NAME_CHARS),
        date_at=find_zoned_date(written),
        message_id=find_message_id((message_id,)) if message_id else None,
        preface=preface,
        language=find_language(text, None, header.value("subject")),
        doubt="" if sender else NO_ADDRESS if name else NOBODY_NAMED,
    )


def _read_header(lines: Sequence[Line], start: int) -> _Header:
    """Read the header that begins here or right below a mark; without one, what the mark or an attribution says."""
    first = lines[start].bare
    is_mark = is_forward_marker(first) or marks.SEPARATOR.match(first) is not None
    at = start + 1 if is_mark else start
    while at < len(lines) and at - start <= _BLANKS and not _content(lines[at]):
        at += 1
    header = _fields(lines, at)
    if not header.fields:
        length = _attribution(lines, at)
        header = _Header(end=at + length, fields={"sender": _joined_line(lines, at, length)})
    if is_mark and not header.value("sender"):
        header.fields["sender"] = _AFTER_FROM.split(first, maxsplit=1)[-1].strip("- ") if "@" in first else ""
    # QUIRK: Zoho repeats its mark below the header.
    while header.end < len(lines) and is_forward_marker(lines[header.end].bare):
        header.end += 1
    return header


def _joined_line(lines: Sequence[Line], at: int, length: int) -> str:
    return " ".join(_content(line) for line in lines[at : at + length])


def _attribution(lines: Sequence[Line], at: int) -> int:
    """Return over how many lines a name with an address and a colon stands here; 0 when none does."""
    for length in range(1, min(_ATTRIBUTION_LINES, len(lines) - at) + 1):
        last = _content(lines[at + length - 1])
        if not last:
            return 0
        if last.endswith((":", "：")):
            return length if len(_addresses(_joined_line(lines, at, length))) == 1 else 0
    return 0


def _fields(lines: Sequence[Line], at: int) -> _Header:
    """Read `Label: value` lines with what is folded below them, up to the blank line that ends a header."""
    header = _Header(end=at)
    for n in range(at, min(at + _HEADER_LINES, len(lines))):
        content = _content(lines[n])
        if not content and _goes_on(lines, n, header):
            header.is_spaced = True
        elif not _read_line(lines[n], content, header):
            break
        elif content:
            header.end = n + 1
    return header


def _read_line(line: Line, content: str, header: _Header) -> bool:
    """Take a line into a header; False when it is no part of one."""
    pieces = _GLUED.split(content) if marks.FROM_LABEL.match(content) else [content]
    if _label(pieces[0]):
        for piece in pieces:
            header.take(_label(piece), _LABEL_END.split(piece, maxsplit=1)[-1].strip())
        return True
    if not content or not header.last or not _is_folded(line, content, header):
        return False
    header.extend(content)
    return True


def _label(content: str) -> str:
    """Return which field a line is; empty when it is none."""
    return next((name for name, label in _LABELS if label.match(content)), "")


def _is_folded(line: Line, content: str, header: _Header) -> bool:
    """Tell whether a line belongs to the field above it.

    QUIRK: a value, or the address of a value, in a line of its own.
    """
    begins_blank = _QUOTE.sub("", line.raw, count=1)[:1] in (" ", "\t")
    value = header.fields[header.last]
    return begins_blank or not value or content.startswith(("<", "[mailto:")) or value.endswith((",", ";"))


def _goes_on(lines: Sequence[Line], at: int, header: _Header) -> bool:
    """QUIRK: HTML turned into text may have a blank line between two fields."""
    below = next((c for line in lines[at : at + _BLANKS] if (c := _content(line))), "")
    label = _label(below)
    is_missing = label in ("sender", "date", "subject") and label not in header.fields
    return bool(label) and (header.is_spaced or is_missing or "sender" not in header.fields)


def _content(line: Line) -> str:
    return line.bare.lstrip("> |").strip()


# ------------------------------------------------------------------ senders and texts


def _read_sender(value: str) -> tuple[Address | None, str]:
    """Return the one address in a From field as people's programs show it, and the name beside it.

    QUIRK: `Ann [mailto:ann@x]`, `Ann <ann@x<mailto:ann@x>>`, `*Ann* <ann@x>`, a name alone.
    """
    found = _addresses(value)
    if len(found) != 1:
        return None, clean_line(value.strip(_EMPHASIS), budgets.NAME_CHARS)
    name = clean_line(_NAME_END.split(_MAILTO.sub("", value), maxsplit=1)[0].strip(_EMPHASIS), budgets.NAME_CHARS)
    return Address("" if name == found[0] or _LABEL_END.search(name) else name, found[0]), name or found[0]


def _addresses(value: str) -> tuple[str, ...]:
    specs = (spec.strip("*.'") for spec in find_specs(_MAILTO.sub(" ", value)))
    return tuple({spec.casefold(): spec for spec in specs if is_addr_spec(spec)}.values())


def _unquoted(lines: Sequence[Line], start: int, end: int) -> list[Line]:
    """Return the lines below a header, without the quote mark that the header has as well.

    QUIRK: Apple Mail quotes what it forwards as plain text, and HTML turned into text keeps the mark of the header.
    """
    raws = [line.raw for line in lines[end:]]
    is_quoted = any(line.bare.startswith(">") for line in lines[start:end])
    if is_quoted or all(line.quoted for line in lines[end:] if line.bare):
        stop = next((n for n, raw in enumerate(raws) if raw.strip() and not _QUOTE.match(raw)), len(raws))
        raws[:stop] = [_QUOTE.sub("", raw, count=1) for raw in raws[:stop]]
    return read_lines("\n".join(raws))


def _whole(lines: Sequence[Line]) -> str:
    end = next((n for n, line in enumerate(lines) if marks.FORWARD_END.match(line.bare)), len(lines))
    return "\n".join(line.raw.rstrip() for line in lines[:end]).strip("\n")


def _typed(lines: list[Line]) -> str:
    """Return what somebody typed above a forward: no signature, no rule."""
    while lines and (not lines[-1].bare or marks.RULE.match(lines[-1].bare)):
        lines = lines[:-1]
    kept = without_legal_footer(without_signatures(without_banners(lines)))
    return "\n".join(line.raw.rstrip() for line in kept).strip("\n")


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)
