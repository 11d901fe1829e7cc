"""What a mail claims to belong to: tokens of ours, Message-IDs it answers, a number in its subject. And subjects.

Pure: knows the shapes, not the tickets. Whoever uses a claim must check it: a token by its MAC, an id and a number
by who sent the mail.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import getaddresses

from maildesk.mail import phrases
from maildesk.mail.quoting import is_forward_marker
from maildesk.model.message import InboundMessage, Kind

#: Characters of our answer's subject before the tag.
SUBJECT_LIMIT = 180
#: Claims of one kind that are looked at; the sender chooses how many there are.
CLAIM_LIMIT = 50
#: The largest ticket number.
NUMBER_LIMIT = 1_000_000_000
_TEXT_LIMIT = 256 * 1024
_RAW_SUBJECT_LIMIT = 2000

_TOKEN = r"([rnb])([a-z2-7]{12})([a-z2-7]{26})"  # noqa: S105 - a shape, not a secret
_SUBADDRESS = re.compile(_TOKEN)
_FOOTER = re.compile(rf"(?<![\w:.+-])ref:{_TOKEN}(?![\w+-])", re.IGNORECASE)
_OWN_ID = re.compile(r"<md\.([rnb])([a-z2-7]{12})\.([a-z2-7]{26})@[^<>@\s]{1,255}>", re.IGNORECASE)
_TAG = re.compile(r"(?<![\w#\]])\[#([1-9][0-9]{0,9})\](?![0-9])")
_ENVELOPE_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To")

_COUNT = r"(?:\s?[\[(^]\s?\d{1,3}\s?[\])]?)?"
_PREFIX = re.compile(
    rf"^\s*(?:(?P<reply>{phrases.REPLY_WORDS})|(?P<forward>{phrases.FORWARD_WORDS})){_COUNT}\s?[:：]\s*", re.IGNORECASE
)
_LIST_ID = re.compile(r"<([^<>\s]{1,255})>\s*$")
_WRAPPED = re.compile(r"^\s*\[fwd?:\s*(.*)\]\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TokenClaim:
    """Something shaped like a token of ours, unverified. `carrier`: address, message-id or footer.

    `purpose` is `r` (reply), `n` (note) or `b` (bounce address). All lower case.
    """

    carrier: str
    purpose: str
    ref: str
    mac: str


@dataclass(frozen=True, slots=True)
class ThreadClaims:
    """All that a mail says about where it belongs, strongest first.

    `tokens`: from addresses, then from ids (newest reference first), then from footers.
    `ids`: ids to look up, In-Reply-To first, then References newest first. `number`: the last `[#N]` of the subject.
    `own_id`: the mail's own Message-ID is shaped like ours.
    """

    tokens: tuple[TokenClaim, ...]
    ids: tuple[str, ...]
    number: int | None
    own_id: TokenClaim | None


def find_claims(message: InboundMessage, own_addresses: frozenset[str]) -> ThreadClaims:
    """Collect the claims of a mail. Only subaddresses of `own_addresses` (lower case) count."""
    ids = tuple(dict.fromkeys((*message.in_reply_to, *reversed(message.references))))[:CLAIM_LIMIT]
    tokens = (*_address_tokens(message, own_addresses), *_id_tokens(ids), *_footer_tokens(message.text))
    own_id = next(iter(_id_tokens((message.message_id or "",))), None)
    return ThreadClaims(tuple(dict.fromkeys(tokens)), ids, _find_number(message.subject), own_id)


def answered_ids(message: InboundMessage) -> tuple[str, ...]:
    """Return the ids of mail that is not ours and that a mail answers, newest first; none when it is a forward.

    Who passes a mail on answers nobody: two mails forwarded from one foreign conversation are two requests.
    """
    ids = dict.fromkeys((*message.in_reply_to, *reversed(message.references)))
    foreign = tuple(i for i in ids if not is_token_id(i))[:CLAIM_LIMIT]
    return () if foreign and is_forward(message) else foreign


def is_token_id(message_id: str) -> bool:
    """Tell whether a Message-ID is shaped like ours, which prove whoever answers them."""
    return _OWN_ID.fullmatch(message_id) is not None


def thread_index_key(message: InboundMessage) -> str | None:
    """Return under what a mail's Outlook conversation is remembered beside Message-IDs; no id can look like it."""
    return f"thread-index:{message.thread_index}" if message.thread_index else None


def list_key(message: InboundMessage) -> str | None:
    """Return under what a mail's mailing list is remembered beside Message-IDs (RFC 2919); None for other mail."""
    if message.kind is not Kind.LIST:
        return None
    found = (_LIST_ID.search(value[:_RAW_SUBJECT_LIMIT]) for value in message.header_values("List-Id"))
    return next((f"list-id:{match[1].casefold()}" for match in found if match), None)


def is_same_subject(subject: str, other: str) -> bool:
    """Tell whether two subjects name one conversation, whatever prefixes and ticket numbers they carry.

    An empty subject names none.
    """
    one, two = (base_subject(untagged(text)).casefold() for text in (subject, other))
    return one == two != ""


def base_subject(subject: str) -> str:
    """Return a subject without reply and forward prefixes, in any language (RFC 5256 §2.1), blanks joined."""
    base = " ".join(subject[:_RAW_SUBJECT_LIMIT].split())
    while base:
        wrapped = _WRAPPED.match(base)
        shorter = wrapped.group(1).strip() if wrapped else _PREFIX.sub("", base, count=1).strip()
        if shorter == base:
            break
        base = shorter
    return base


def untagged(subject: str) -> str:
    """Return a subject without ticket numbers, so that a new ticket does not carry the number of an old one."""
    bare = subject[:_RAW_SUBJECT_LIMIT]
    # Right behind another number a number is none; it becomes one when that is gone.
    while (shorter := _TAG.sub(" ", bare)) != bare:
        bare = shorter
    return " ".join(bare.split())


def tag_subject(subject: str, number: int) -> str:
    """Return the subject of our answer: `Re: <their subject> [#1042]`, without any tag they had."""
    plain = base_subject(untagged(subject))
    text = f"Re: {plain}".rstrip()
    if len(text) > SUBJECT_LIMIT:
        text = text[: SUBJECT_LIMIT - 1].rstrip() + "…"
    return f"{text} [#{number}]"


def is_forward(message: InboundMessage) -> bool:
    """Tell whether somebody passes on a mail: the outermost prefix says so or, without one, a line of the text."""
    prefix = _PREFIX.match(message.subject[:_RAW_SUBJECT_LIMIT])
    if _WRAPPED.match(message.subject[:_RAW_SUBJECT_LIMIT]) or (prefix and prefix["forward"]):
        return True
    return prefix is None and forward_start(message.text[:_TEXT_LIMIT]) is not None


def forward_start(text: str) -> int | None:
    """Return where the first line begins that announces a forwarded mail, itself not quoted; None: there is none."""
    lines = text.split("\n")
    at = next((n for n, line in enumerate(lines) if line[:1] != ">" and is_forward_marker(line)), None)
    return None if at is None else sum(len(line) + 1 for line in lines[:at])


def _find_number(subject: str) -> int | None:
    numbers = [int(digits) for digits in _TAG.findall(subject[:_RAW_SUBJECT_LIMIT])]
    return next((number for number in reversed(numbers) if number <= NUMBER_LIMIT), None)


def _address_tokens(message: InboundMessage, own_addresses: frozenset[str]) -> Iterator[TokenClaim]:
    for address in _recipients(message):
        local, _, domain = address.casefold().rpartition("@")
        desk, plus, subaddress = local.rpartition("+")
        token = _SUBADDRESS.fullmatch(subaddress)
        if plus and token and f"{desk}@{domain}" in own_addresses:
            yield TokenClaim("address", *token.groups())


def _recipients(message: InboundMessage) -> Iterator[str]:
    yield from (a.address for a in (*message.to, *message.cc)[:CLAIM_LIMIT])
    yield from message.delivered_to[:CLAIM_LIMIT]
    for name in _ENVELOPE_FIELDS:
        values = [value[:1000] for value in message.header_values(name)[:CLAIM_LIMIT]]
        yield from (address for _, address in getaddresses(values))


def _id_tokens(ids: Iterable[str]) -> Iterator[TokenClaim]:
    for message_id in ids:
        match = _OWN_ID.fullmatch(message_id)
        if match:
            yield TokenClaim("message-id", *(group.lower() for group in match.groups()))


def _footer_tokens(text: str) -> Iterator[TokenClaim]:
    for number, match in enumerate(_FOOTER.finditer(text[:_TEXT_LIMIT])):
        if number == CLAIM_LIMIT:
            return
        yield TokenClaim("footer", *(group.lower() for group in match.groups()))
