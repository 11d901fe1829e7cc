"""What the `given` of a test may say about a mail: one row a key in `GIVEN`.

To let a test give one more fact write a function that puts it into the facts, and add a row at the bottom. Used by
`testing` alone.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parseaddr
from typing import TypeAlias, cast

from maildesk.model.desk import Desk
from maildesk.model.level import Priority
from maildesk.model.message import Address, Attachment, InboundMessage, Kind
from maildesk.model.rule import Phase, RuleFacts
from maildesk.model.situation import Proof, Role
from maildesk.model.ticket import Status, Ticket
from maildesk.rules.fields import HEADER
from maildesk.rules.written import (
    Plain,
    Words,
    WritingError,
    address,
    flag,
    items,
    kind_of,
    label,
    one_line,
    size_bytes,
    word_of,
)

#: Puts one written value into the facts; raises `WritingError`.
Give: TypeAlias = Callable[[RuleFacts, Plain, Words], RuleFacts]

_NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
_SENDER = Address("", "somebody@example.test")
_HEADER_KEY = "header.NAME"


def build_facts(given: tuple[tuple[str, object], ...], desk: Desk) -> RuleFacts:
    """Build the facts a test describes; what it does not say is an ordinary mail in opening hours."""
    written = dict(given)
    facts = blank_facts()
    # In the order of the table, not of the file: a ticket takes its requester from a sender already known.
    for key in sorted(written, key=_rank):
        give = find_giver(key)
        if give is not None:
            facts = give(facts, cast("Plain", written[key]), Words())
    return _completed(facts, desk)


def _completed(facts: RuleFacts, desk: Desk) -> RuleFacts:
    mailbox = facts.mailbox or (desk.mailboxes[0].name if desk.mailboxes else "")
    known = desk.mailbox(mailbox)
    queue = facts.queue or (known.queue if known else desk.queues[0].name)
    sender = facts.message.sender
    is_technician = sender is not None and desk.technician(sender.address) is not None
    usual = Role.TECHNICIAN if is_technician else Role.REQUESTER
    ticket = replace(facts.ticket, queue=queue, mailbox=mailbox) if facts.ticket else None
    phase = Phase.FOLLOW_UP if ticket and facts.phase is Phase.NEW else facts.phase
    return replace(facts, mailbox=mailbox, queue=queue, role=facts.role or usual.value, ticket=ticket, phase=phase)


def blank_facts() -> RuleFacts:
    """Return an ordinary first mail in opening hours."""
    message = InboundMessage(raw_sha256="", content_sha256="", size_bytes=2000, sender=_SENDER)
    return RuleFacts(_NOW, Phase.NEW, message, proof=Proof.NONE.value)


def find_giver(key: str) -> Give | None:
    """Find what puts a given key into the facts; `header.NAME` makes one for any header."""
    if key.casefold().startswith(HEADER) and len(key) > len(HEADER):
        return _header(key[len(HEADER) :])
    return GIVEN.get(key) if key != _HEADER_KEY else None


def _rank(key: str) -> int:
    names = tuple(GIVEN)
    return names.index(key) if key in names else names.index(_HEADER_KEY)


def _ticket(facts: RuleFacts) -> Ticket:
    requester = facts.message.sender or _SENDER
    return facts.ticket or Ticket(1, "", requester, "", "", created_at=_NOW, updated_at=_NOW)


def _people(value: Plain) -> tuple[Address, ...]:
    pairs = tuple(parseaddr(one_line(item)) for item in items(value))
    return tuple(Address(name, address(addr)) for name, addr in pairs)


def _subject(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, subject=one_line(value)))


def _body(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    if not isinstance(value, str):
        raise WritingError(f"expected text, not {kind_of(value)}")
    return replace(facts, message=replace(facts.message, text=value, visible_text=value))


def _from(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, sender=_people(value)[0]))


def _to(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, to=_people(value)))


def _cc(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, cc=_people(value)))


def _mailbox(facts: RuleFacts, value: Plain, words: Words) -> RuleFacts:
    return replace(facts, mailbox=word_of("mailbox", value, words.mailboxes) if words.mailboxes else one_line(value))


def _header(name: str) -> Give:
    def give(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
        fields = tuple((name, one_line(item)) for item in items(value))
        return replace(facts, message=replace(facts.message, headers=(*facts.message.headers, *fields)))

    return give


def _attachment(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    names = tuple(one_line(item) for item in items(value))
    parts = tuple(Attachment(n, name, "application/octet-stream", 1000, False, "") for n, name in enumerate(names))
    return replace(facts, message=replace(facts.message, attachments=parts))


def _size(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, size_bytes=size_bytes(value)))


def _kind(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, kind=Kind(word_of("kind", value, Kind))))


def _language(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, language=one_line(value)))


def _phase(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    phase = Phase(word_of("phase", value, Phase))
    return facts if phase is Phase.NEW else replace(facts, ticket=_ticket(facts), phase=phase)


def _requester(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, ticket=replace(_ticket(facts), requester=_people(value)[0]))


def _tag(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, ticket=replace(_ticket(facts), tags=tuple(label(tag) for tag in items(value))))


def _queue(facts: RuleFacts, value: Plain, words: Words) -> RuleFacts:
    return replace(facts, queue=word_of("queue", value, words.queues) if words.queues else label(value))


def _priority(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, ticket=replace(_ticket(facts), priority=Priority(word_of("priority", value, Priority))))


def _status(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, ticket=replace(_ticket(facts), status=Status(word_of("status", value, Status))))


def _role(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, role=word_of("role", value, Role))


def _proof(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, proof=word_of("proof", value, Proof))


def _business_hours(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, business_hours=flag(value))


#: What a test may give. `requester`, `tag`, `priority` and `status` make the mail a follow-up.
GIVEN: dict[str, Give] = {
    "from": _from,
    "subject": _subject,
    "body": _body,
    "to": _to,
    "cc": _cc,
    "mailbox": _mailbox,
    _HEADER_KEY: _header("NAME"),
    "attachment": _attachment,
    "size": _size,
    "kind": _kind,
    "language": _language,
    "phase": _phase,
    "requester": _requester,
    "tag": _tag,
    "queue": _queue,
    "priority": _priority,
    "status": _status,
    "role": _role,
    "proof": _proof,
    "business_hours": _business_hours,
}
