"""What a delivery report consists of: the words of the reporting server, its machine fields, the mail that came back.

Made once by `parse_bounce`, read by every format. Must never look at more than the first 64 KiB of a text: the other
end chooses its length.
"""

import re
from copy import copy
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser

from maildesk.mail.phrases import one_of
from maildesk.model.message import InboundMessage

#: Characters of report text that are looked at, characters of one line of it, lines. Patterns are linear in a line.
TEXT_LIMIT = 64 * 1024
LINE_LIMIT = 500
LINES_LIMIT = 3000
#: Parts that are visited, and how deep.
PART_LIMIT = 200
DEPTH_LIMIT = 12
#: Recipients of one report that are looked at; a mail of ours has one.
RECIPIENT_LIMIT = 50
_LINES_BESIDE = 12
_RULERS = " \t>*=_.-"

_RETURNED_TYPES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "text/rfc822")

#: A line after which a server repeats the mail it could not deliver. QUIRK: every product words it differently.
_BOUNDARY = one_of(
    r"(?:the )?original message(?: (?:headers? )?(?:follows|attached|is attached|was(?! received)|below).*"
    r"|[\s:*=_.-]*$)",
    "(?:a |this is a )?copy of (?:the|your|my) (?:original )?message\\b.*|included is a copy of the message.*",
    "below (?:the next|this) line is a copy of .*|(?:here is|here's) (?:your returned mail|a copy) ?.*",
    r"(?:returned|undelivered|unsent|failed|rejected) (?:e?mail|message)(?: headers?| follows| is below)*[\s:*=_.-]*$",
    "(?:message|mail)(?: text| headers?| body)? follows?\\b.*",
    "(?:start of|begin) (?:returned|original|undelivered) message.*",
    r"-+ ?(?:the )?headers? (?:of the )?(?:original|message|follows|from).*|forwarded message[\s:*=_.-]*$",
    r"return-path: ?<.*|received: ?(?:from |by |\().*|message-id: ?<.*",
    before=r"^[\s>*=_.-]{0,80}",
)
#: Lines that repeat an address and say nothing of it; and one that goes on to the next.
_MENTION = re.compile(r"\s{0,9}(?:(?:original-|final-|x-actual-)recipient|to|cc|for)\s{0,9}:", re.IGNORECASE)
_NEXT = re.compile(r"[\s*]{0,9}<?[^\s<>@:]{1,64}@[^\s<>@:]{1,255}>?:")
_FIELD = re.compile(r"^[!-9;-~]{1,78}:")
_MESSAGE_ID = re.compile(
    r"^[>\s]{0,9}(?:x-)?(?:original-)?message-id:\s{0,9}(<[^<>\s]{1,500}>)", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A report taken apart. `text` is what the server wrote, `returned` the head of the mail that came back.

    `whole` is `text` and the returned mail as far as it stands in the same part.
    `status` holds the bodies of all parts made for machines, as (content type, text).
    """

    tree: Message
    message: InboundMessage
    text: str
    returned: Message | None
    status: tuple[tuple[str, str], ...]
    whole: str

    def status_text(self, *content_types: str) -> str:
        """Return the machine fields of the given content types; empty when there are none."""
        return "\n\n".join(text for kind, text in self.status if kind in content_types)

    def words_beside(self, address: str) -> str:
        """Return what the server wrote behind an address, a few lines as one; empty when it is not mentioned."""
        lines = self.text.splitlines()
        wanted = address.lower()
        at = next((n for n, line in enumerate(lines) if wanted in line.lower() and not _MENTION.match(line)), None)
        if at is None:
            return ""
        behind = lines[at][lines[at].lower().find(wanted) + len(wanted) :].strip("<>:)].,\"' ")
        below = lines[at + 1 : at + _LINES_BESIDE]
        end = next((n for n, line in enumerate(below) if _NEXT.match(line) and wanted not in line.lower()), len(below))
        words = _paragraph([behind, *below[:end]])
        return " ".join(" ".join(words).split())[:LINE_LIMIT]


def gather(tree: Message, message: InboundMessage) -> Evidence:
    """Take a report apart. Never raises; what is missing is empty."""
    tree = _unwrapped(tree)
    leaves = tuple(_leaves(tree))
    status = tuple((part.get_content_type(), _fields_text(part)) for part in leaves if _is_status(part))
    whole = clip("\n".join(decoded(p) for p in leaves if _is_words(p)) or message.text)
    text, rest = _split_at_returned(whole)
    attached = next((part for part in leaves if _is_returned(part) and part is not tree), None)
    returned = _head_of(attached) if attached is not None else parse_head(rest)
    return Evidence(tree, message, text, returned, status, whole)


def find_original_id(evidence: Evidence) -> str | None:
    """Find the Message-ID of the mail that came back, in brackets.

    It stands in the attached mail, in the machine fields (`Original-Message-ID`, RFC 8098 §3.2.5; QUIRK: Gmail and
    Exchange use `X-Original-Message-ID`), or is what the report answers to.
    """
    heads = "" if evidence.returned is None else f"Message-ID: {evidence.returned.get('Message-ID', '')}"
    found = (_MESSAGE_ID.search(text) for text in (heads, *(text for _, text in evidence.status)))
    first = next((match.group(1) for match in found if match), None)
    answered = evidence.message.in_reply_to or evidence.message.references[-1:]
    return first or (answered[0] if answered else None)


def decoded(part: Message) -> str:
    """Return the text of a leaf part; what its charset cannot decode is replaced. At most four times the limit."""
    plain = part.get_payload()
    if isinstance(plain, str) and "\r" in plain and "\n" not in plain:
        # QUIRK: some relays end lines with a lone CR, which the decoding of quoted-printable takes for text.
        part = copy(part)
        part.set_payload(plain.replace("\r", "\n"))
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload[: 4 * TEXT_LIMIT].decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # An invented charset, one that is no text codec, a NUL in its name.
        return payload[: 4 * TEXT_LIMIT].decode("latin-1")


def clip(text: str) -> str:
    """Cut a text to what may be searched: the limit as a whole, and every line."""
    lines = text[:TEXT_LIMIT].replace("\x00", "").splitlines()[:LINES_LIMIT]
    return "\n".join(line[:LINE_LIMIT].replace("\xa0", " ") for line in lines)


def parse_head(text: str) -> Message | None:
    """Parse the first block of header fields in a text; None when no line of it looks like one."""
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if _FIELD.match(line.lstrip("> \t"))), None)
    if start is None:
        return None
    indent = len(lines[start]) - len(lines[start].lstrip("> \t"))
    block = "\n".join(line[indent:] for line in lines[start:])
    return HeaderParser().parsestr(block)


def _leaves(part: Message, depth: int = 0, budget: list[int] | None = None) -> list[Message]:
    """Return all parts without those inside a returned mail, in order."""
    budget = [PART_LIMIT] if budget is None else budget
    budget[0] -= 1
    if budget[0] < 0 or depth > DEPTH_LIMIT:
        return []
    children = part.get_payload()
    if part.get_content_maintype() != "multipart" or not isinstance(children, list):
        return [part]
    return [leaf for child in children if isinstance(child, Message) for leaf in _leaves(child, depth + 1, budget)]


def _unwrapped(tree: Message) -> Message:
    """Return the report inside a mail that only wraps it. QUIRK: mail filters attach a server's report to their own."""
    leaves = _leaves(tree)
    attached = next((part for part in leaves if part.get_content_type() == "message/rfc822"), None)
    payload = attached.get_payload() if attached is not None else None
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, Message) or inner.get_content_type() != "multipart/report":
        return tree
    return tree if any(_is_status(part) for part in leaves) else inner


def _paragraph(lines: list[str]) -> list[str]:
    """Return the first lines up to the blank one behind them; blank ones before and behind a colon do not count."""
    start = next((n for n, line in enumerate(lines) if line.strip(_RULERS)), len(lines))
    blank = (n for n in range(start + 1, len(lines)) if not lines[n].strip())
    return lines[start : next((n for n in blank if not lines[n - 1].rstrip().endswith(":")), len(lines))]


def _is_returned(part: Message) -> bool:
    """QUIRK: some servers make the returned mail itself a part, its fields among those of MIME."""
    return part.get_content_type() in _RETURNED_TYPES or part.get("Message-ID") is not None


def _is_status(part: Message) -> bool:
    kind = part.get_content_type()
    return kind.startswith("message/") and kind not in _RETURNED_TYPES


def _is_words(part: Message) -> bool:
    """QUIRK: a multipart whose boundary never comes is one text, fields and all."""
    return part.get_content_maintype() in ("text", "multipart") and part.get_content_type() not in (
        "text/rfc822-headers",
        "text/html",
    )


def _fields_text(part: Message) -> str:
    """Return the body of a machine part as text.

    The parser has already undone any transfer encoding (QUIRK: some servers use one, which the RFC forbids) and split
    message/delivery-status into blocks (RFC 3464 §2.1).
    """
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return clip(decoded(part))
    return clip("\n\n".join(_block_text(block) for block in blocks if isinstance(block, Message)))


def _block_text(block: Message) -> str:
    fields = "\n".join(f"{name}: {' '.join(str(value).split())}" for name, value in block.items())
    body = block.get_payload()
    return f"{fields}\n{body}" if isinstance(body, str) else fields


def _split_at_returned(text: str) -> tuple[str, str]:
    lines = text.splitlines()
    at = next((n for n, line in enumerate(lines) if _BOUNDARY.match(line)), len(lines))
    return "\n".join(lines[:at]), "\n".join(lines[at:])


def _head_of(part: Message) -> Message | None:
    if part.get_content_type() not in _RETURNED_TYPES:
        return part
    payload = part.get_payload()
    first = payload[0] if isinstance(payload, list) and payload else part
    if isinstance(first, Message) and first is not part and len(first):
        return first
    # QUIRK: a blank line before the fields of the returned mail, so that they are its body.
    return parse_head(clip(decoded(first))) if isinstance(first, Message) else None
