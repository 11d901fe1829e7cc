"""Bytes to `InboundMessage`: the one place where a mail is taken apart, and the only module that knows mail-parser.

Called by `read`. mail-parser reads addresses and dates (RFC 5322 §3.4, §4.4, with its record of every doubt); the part
tree and all octets come from `tree`. Never classifies, never looks at quotes, never touches the world.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from email.errors import MessageError
from email.message import Message

import mailparser

from maildesk.mail import addresses, budgets, ids, minimal
from maildesk.mail.attachments import read_attachments
from maildesk.mail.bodies import Body, read_body
from maildesk.mail.charsets import clean_line, clean_text, decode_words
from maildesk.mail.dates import find_date, is_sane, tolerant_date
from maildesk.mail.html import sanitise_html
from maildesk.mail.tree import expand, leaves, parse_tree
from maildesk.mail.wrapped import unwrap
from maildesk.model.message import Address, Attachment, InboundMessage

_FAULTS = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MessageError, RecursionError, TypeError, ValueError
)  # fmt: skip
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_LISTS = ("From", "To", "Cc", "Reply-To")
_DATES = 3
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail taken apart. `parts[i]` are the decoded bytes of `message.attachments[i]`; `tree` is compat32.

    Below these are the files inside a mail that it passes on (`InboundMessage.forwarded`), by their index too.
    `is_text_made` tells that the text is a description made here, because nobody typed one.
    """

    message: InboundMessage
    parts: tuple[bytes, ...]
    tree: Message
    is_text_made: bool = False


class UnreadableMail(Exception):
    """The one error of `parse_message`: a library failed on these bytes in a way that has no remedy here."""


def parse_message(raw: bytes) -> ParsedMail:
    """Take a mail apart. Any bytes give a message, or UnreadableMail; an empty mail is a message with empty fields."""
    try:
        return _parsed(raw)
    # The parsers below raise nearly anything on bytes nobody has tried before; each of these was seen, or is of a
    # kind that was. A programming error ends here too, and the caller falls back to the minimal reading.
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as fault:
        raise UnreadableMail(f"the mail cannot be read: {type(fault).__name__}: {fault}"[:300]) from fault


def parse_headers_only(raw: bytes) -> ParsedMail:
    """Read the header and the first 64 KiB of text without any library; never fails. `content_sha256` is of the raw."""
    message, tree = minimal.scan(raw)
    return ParsedMail(message, (), tree)


def _parsed(raw: bytes) -> ParsedMail:
    tree, problems = parse_tree(raw)
    header = _Header([(name, str(value)) for name, value in tree.raw_items()])
    wrapped = unwrap(tree, next(iter(header.values("Date")), ""))
    body = read_body(tree)
    says_nothing = not body.text.strip()
    body = replace(body, text=wrapped.words) if says_nothing else body
    taken = frozenset(map(id, body.parts))
    attachments, parts, more = read_attachments(tree, taken, body.html)
    digest = _content_digest(header, attachments, body)
    for part in tuple(leaves(tree)):
        if part.get_content_maintype() == "message":
            expand(part)
    message = header.message(raw, digest, body, attachments, (*problems, *wrapped.problems, *body.problems, *more))
    message = replace(message, protection=wrapped.protection, invitation=wrapped.invitation)
    return ParsedMail(message, parts, tree, is_text_made=says_nothing and bool(wrapped.words))


class _Header:
    """The header fields of one mail, unfolded but with their encoded words, and the values made of them."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields
        self.by_name: dict[str, list[str]] = {}
        for name, value in fields:
            self.by_name.setdefault(name.lower(), []).append(value)
        outline = Message()
        for name in _LISTS:
            if values := self.values(name):
                shown = values[:1] if name == "From" else values
                outline[name] = addresses.tolerant(_first_members(", ".join(shown)))
        if dates := self.values("Date"):
            outline["Date"] = tolerant_date(dates[0])
        library = mailparser.MailParser(outline)
        self.lists: dict[str, list[tuple[str, str]]] = {
            "From": library.from_, "To": library.to, "Cc": library.cc, "Reply-To": library.reply_to,
        }  # fmt: skip
        self.unread: frozenset[str] = frozenset(
            defect["header"] for defect in library.address_header_defects if not defect["recovered"]
        )
        self.date: datetime | None = library.date

    def values(self, name: str) -> tuple[str, ...]:
        """Return the raw values of a field."""
        return tuple(self.by_name.get(name.lower(), ()))

    def message(
        self, raw: bytes, digest: str, body: Body, attachments: tuple[Attachment, ...], problems: tuple[str, ...]
    ) -> InboundMessage:
        """Put the message together."""
        sender, sender_problem = addresses.find_sender(self.values("From"), self.lists["From"])
        claimed = None if sender else addresses.find_claimed_sender(self.values("From"))
        subject = next(iter(self.values("Subject")), "")
        return InboundMessage(
            raw_sha256=hashlib.sha256(raw).hexdigest(),
            content_sha256=digest,
            size_bytes=len(raw),
            message_id=ids.find_message_id(self.values("Message-ID")),
            sender=sender,
            sender_problem=sender_problem,
            claimed_sender=claimed,
            to=self.recipients("To"),
            cc=self.recipients("Cc"),
            reply_to=self.recipients("Reply-To"),
            delivered_to=self.delivered_to(),
            return_path=self.return_path(),
            subject=clean_line(decode_words(subject), budgets.SUBJECT_CHARS),
            date_at=self.date_at(),
            in_reply_to=ids.parse_ids(" ".join(self.values("In-Reply-To"))),
            references=ids.parse_ids(" ".join(self.values("References"))),
            thread_index=ids.find_thread_index(self.values("Thread-Index")),
            headers=tuple((clean_line(name), clean_line(decode_words(value))) for name, value in self.fields),
            text=body.text,
            visible_text=body.text,
            html=None if body.html is None else clean_text(sanitise_html(body.html)),
            attachments=attachments,
            language=self.language(),
            problems=(*problems, *self.problems()),
        )

    def recipients(self, name: str) -> tuple[Address, ...]:
        """Return the mailboxes of a list field, read by our own tolerant reader where mail-parser met a doubt."""
        if name.lower() in self.unread:
            return addresses.recipients(addresses.find_mailboxes(_first_members(", ".join(self.values(name)))))
        return addresses.recipients(self.lists[name])

    def delivered_to(self) -> tuple[str, ...]:
        """Return the addresses the mail server says it delivered to, in order."""
        specs = (spec for name in _DELIVERED for value in self.values(name) for spec in addresses.find_specs(value))
        return tuple(dict.fromkeys(specs))[: budgets.ADDRESSES]

    def return_path(self) -> str | None:
        """Return the envelope sender; empty for the null sender, None when no field tells."""
        value = next(iter(self.values("Return-Path")), None)
        if value is None:
            return None
        specs = addresses.find_specs(value)
        return specs[0] if specs else clean_line(value).strip("<> ")

    def date_at(self) -> datetime | None:
        """Return the Date as the sender claims it, in UTC, or None when it is missing or absurd."""
        if is_sane(self.date):
            return self.date
        # QUIRK: a second Date below a broken one, where a gateway mended the mail by adding fields.
        readings = (find_date(tolerant_date(value)) for value in self.values("Date")[:_DATES])
        return next(filter(is_sane, readings), None)

    def language(self) -> str | None:
        """Return the primary tag of Content-Language (RFC 3282), where one is declared."""
        tag = next(iter(self.values("Content-Language")), "").partition(",")[0].strip().partition("-")[0].lower()
        return tag if _LANGUAGE.fullmatch(tag) else None

    def problems(self) -> tuple[str, ...]:
        """Return what is wrong with the header as sentences."""
        single = ("message-id", "subject", "date", "to", "cc", "reply-to", "in-reply-to", "references")
        return tuple(
            f"the mail has {len(self.by_name[n])} {n} fields" for n in single if len(self.by_name.get(n, ())) > 1
        )


def _first_members(value: str) -> str:
    """Clip an address list to somewhat more members than are kept; the library's work grows with the list."""
    members = value.split(",", 2 * budgets.ADDRESSES)
    return ",".join(members[:-1]) if len(members) > 2 * budgets.ADDRESSES else value


def _content_digest(header: _Header, attachments: tuple[Attachment, ...], body: Body) -> str:
    """Hash what two deliveries of one mail share: sender, Date as written, subject and the decoded leaf parts."""
    texts = [(part.get_content_type(), hashlib.sha256(_plain_lines(part.octets())).hexdigest()) for part in body.parts]
    files = [(attachment.content_type, attachment.sha256) for attachment in attachments]
    senders = ",".join(spec.casefold() for _, spec in header.lists["From"])
    subject = clean_line(decode_words(next(iter(header.values("Subject")), "")), budgets.SUBJECT_CHARS)
    date = next(iter(header.values("Date")), "").strip()
    told = "\n".join((senders, date, subject, *(f"{kind} {digest}" for kind, digest in sorted(texts + files))))
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def _plain_lines(octets: bytes) -> bytes:
    # Newline style and trailing newlines change on the way; they are no part of a text.
    return octets.replace(b"\r\n", b"\n").rstrip(b"\n")
