"""What a condition may look at: one row a field in `FIELDS`.

To add a field write a function that reads it from the facts and a row at the bottom; the checks, the lists of allowed
names and the JSON Schema follow. A reader never raises and returns no empty text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from maildesk.model.level import Priority
from maildesk.model.message import Address, Kind
from maildesk.model.rule import Phase, RuleFacts
from maildesk.model.situation import Proof, Role
from maildesk.model.ticket import Status
from maildesk.rules.written import Words

Values: TypeAlias = tuple[str, ...]

HEADER = "header."
_HEADER_NAME = re.compile(r"[!-9;-~]{1,64}")


class Type(StrEnum):
    """How a field's values are compared and what may be asked of them."""

    TEXT = "text"
    ADDRESS = "address"
    WORD = "word"
    HEADER = "header"
    SIZE = "size"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a condition may look at. `allowed` gives the closed set of words where there is one."""

    name: str
    type: Type
    read: Callable[[RuleFacts], Values]
    description: str
    example: str
    allowed: Callable[[Words], tuple[str, ...]] = lambda _words: ()


def find_field(name: str) -> Field | None:
    """Find the field of a key in `when`; `header.NAME` (RFC 5322 §2.2) makes one for any header."""
    if name.casefold().startswith(HEADER):
        header = name[len(HEADER) :]
        return _header(header) if _HEADER_NAME.fullmatch(header) else None
    return next((f for f in FIELDS if f.name == name and f.type is not Type.HEADER), None)


def _header(header: str) -> Field:
    def read(facts: RuleFacts) -> Values:
        return _present(*facts.message.header_values(header))

    return Field(f"{HEADER}{header}", Type.HEADER, read, "", "")


def _present(*texts: str | None) -> Values:
    return tuple([text for text in texts if text])


def _one(text: str | None) -> Values:
    return (text,) if text else ()


def _addresses(*found: Address) -> Values:
    return tuple([a.address for a in found if a.address])


def _subject(facts: RuleFacts) -> Values:
    return _one(facts.message.subject)


def _body(facts: RuleFacts) -> Values:
    # A follow-up quotes earlier mail: words somebody else wrote long ago must not trigger anything again.
    return _one(facts.message.text if facts.ticket is None else facts.message.visible_text)


def _from(facts: RuleFacts) -> Values:
    # Not the display name: anybody may write any name there. `header.From` has both.
    return _one(facts.message.sender.address) if facts.message.sender else ()


def _to(facts: RuleFacts) -> Values:
    return _addresses(*facts.message.to)


def _cc(facts: RuleFacts) -> Values:
    return _addresses(*facts.message.cc)


def _mailbox(facts: RuleFacts) -> Values:
    return _one(facts.mailbox)


def _attachment(facts: RuleFacts) -> Values:
    return _present(*(a.filename for a in facts.message.attachments))


def _size(facts: RuleFacts) -> Values:
    return (str(facts.message.size_bytes),)


def _kind(facts: RuleFacts) -> Values:
    return (facts.message.kind,)


def _language(facts: RuleFacts) -> Values:
    return _one(facts.message.language or (facts.ticket.language if facts.ticket else None))


def _requester(facts: RuleFacts) -> Values:
    return _one(facts.ticket.requester.address) if facts.ticket else _from(facts)


def _tag(facts: RuleFacts) -> Values:
    return _present(*facts.ticket.tags) if facts.ticket else ()


def _queue(facts: RuleFacts) -> Values:
    return _one(facts.queue)


def _priority(facts: RuleFacts) -> Values:
    return (facts.ticket.priority if facts.ticket else Priority.P3,)


def _status(facts: RuleFacts) -> Values:
    return (facts.ticket.status if facts.ticket else Status.NEW,)


def _phase(facts: RuleFacts) -> Values:
    return (facts.phase,)


def _role(facts: RuleFacts) -> Values:
    return _one(facts.role)


def _proof(facts: RuleFacts) -> Values:
    return _one(facts.proof)


def _business_hours(facts: RuleFacts) -> Values:
    return ("true" if facts.business_hours else "false",)


def _queues(words: Words) -> tuple[str, ...]:
    return words.queues


def _mailboxes(words: Words) -> tuple[str, ...]:
    return words.mailboxes


FIELDS: tuple[Field, ...] = (
    Field("subject", Type.TEXT, _subject, "Subject line, decoded.", "VPN is down"),
    Field(
        "body",
        Type.TEXT,
        _body,
        "Whole text of a first mail; of a follow-up only what was typed anew.",
        "cannot log in",
    ),
    Field("from", Type.ADDRESS, _from, "Address in From, without the display name.", "ann@example.test"),
    Field("to", Type.ADDRESS, _to, "Any address in To.", "helpdesk@example.test"),
    Field("cc", Type.ADDRESS, _cc, "Any address in Cc.", "boss@example.test"),
    Field("mailbox", Type.WORD, _mailbox, "Name of the mailbox the mail arrived in.", "support", _mailboxes),
    Field(
        "header.NAME", Type.HEADER, lambda _facts: (), "Any header field by its name; every occurrence counts.", "bulk"
    ),
    Field("attachment", Type.TEXT, _attachment, "File name of any attachment.", "invoice.pdf"),
    Field("size", Type.SIZE, _size, "Size of the whole mail; units count by 1024.", "10 MB"),
    Field("kind", Type.WORD, _kind, "What wrote the mail.", "alert", lambda _w: tuple(Kind)),
    Field("language", Type.TEXT, _language, "Language of the mail as a two-letter code.", "de"),
    Field(
        "requester", Type.ADDRESS, _requester, "Whom the ticket is for; of a first mail its sender.", "ann@example.test"
    ),
    Field("tag", Type.TEXT, _tag, "Any tag of the ticket as it stood before this mail.", "vip"),
    Field("queue", Type.WORD, _queue, "Queue of the ticket, or the one it would be opened in.", "general", _queues),
    Field(
        "priority",
        Type.WORD,
        _priority,
        "Priority before this mail; P3 for a new ticket.",
        "P1",
        lambda _w: tuple(Priority),
    ),
    Field(
        "status",
        Type.WORD,
        _status,
        "Status before this mail; new for a new ticket.",
        "resolved",
        lambda _w: tuple(Status),
    ),
    Field(
        "phase",
        Type.WORD,
        _phase,
        "Whether the mail opens a ticket or follows up.",
        "new",
        lambda _w: tuple(Phase),
    ),
    Field("role", Type.WORD, _role, "Who speaks, on this ticket.", "requester", lambda _w: tuple(Role)),
    Field("proof", Type.WORD, _proof, "Why the sender is believed.", "pass", lambda _w: tuple(Proof)),
    Field("business_hours", Type.FLAG, _business_hours, "Whether the desk is open at this moment.", "false"),
)
