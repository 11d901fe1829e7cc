"""What has happened to a ticket. Facts, in the past tense; appended to its history and never changed.

`EVENTS` at the end is the table of names that history rows and `show` use.
"""

from dataclasses import dataclass
from datetime import datetime

from maildesk.model.level import Level, Priority
from maildesk.model.message import Address, Attachment
from maildesk.model.trace import TraceLine


@dataclass(frozen=True, slots=True)
class TicketOpened:
    """A request came in. `claims` is a ticket number the sender named without being entitled to it."""

    subject: str
    requester: Address
    mailbox: str
    queue: str
    claims: int | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class CorrespondenceReceived:
    """A requester or participant wrote. `visible_text` is `text` without quoted history and signature."""

    sender: Address
    text: str
    visible_text: str
    message_id: str | None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrespondenceSent:
    """A technician's text went to the public side."""

    author: Address
    text: str
    message_id: str | None
    recipients: tuple[Address, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrespondencePending:
    """Text that technicians may see but that is not part of the conversation until somebody vouches for it."""

    sender: Address
    text: str
    reason: str
    message_id: str | None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """Internal text. It never leaves the circle of technicians."""

    author: Address
    text: str
    message_id: str | None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class AutomaticMailReceived:
    """A machine answered on this ticket (an absence notice, say). Kept; it changes nothing."""

    sender: Address
    text: str
    message_id: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class MailQueued:
    """A mail to the public side was put into the outbox; its id belongs to the thread from now on."""

    notice: str
    recipient: str
    message_id: str


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """`status` and `before` are words of `Status`. `close_due_at`: when a resolved ticket closes by itself."""

    status: str
    before: str
    close_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PriorityChanged:
    """`because` names what set it: the matrix, a rule, a technician."""

    impact: Level
    urgency: Level
    priority: Priority
    because: str = ""


@dataclass(frozen=True, slots=True)
class DeadlinesSet:
    """The instants computed from the SLA target of the ticket's priority; None where there is no target."""

    first_response_due_at: datetime | None
    resolution_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """`assignee` is a technician's main address; None returns the ticket to its queue."""

    assignee: str | None


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """The ticket moved to another queue."""

    queue: str
    before: str


@dataclass(frozen=True, slots=True)
class TagsChanged:
    """All tags the ticket has from now on."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TypeChanged:
    """What sort of request this is (incident, request, …): a free word of the admin's."""

    type: str


@dataclass(frozen=True, slots=True)
class SubjectChanged:
    """The ticket got another subject."""

    subject: str
    before: str


@dataclass(frozen=True, slots=True)
class ParticipantAdded:
    """Somebody joined the public side, by a rule or by a proven technician."""

    participant: Address


@dataclass(frozen=True, slots=True)
class ResolutionRecorded:
    """What a technician wrote behind `cause:`, `fix:` and `config:`; internal."""

    cause: str = ""
    fix: str = ""
    config: str = ""


@dataclass(frozen=True, slots=True)
class ChecklistSet:
    """A rule attached a list of questions or steps to the ticket."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MailHeld:
    """A mail about this ticket was held. Its text is not an entry until somebody releases it."""

    sender: Address | None
    reason: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """A mail of ours did not reach `recipient` and will not be tried again."""

    recipient: str
    status: str
    diagnostic: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class DeliveryDelayed:
    """A mail of ours has not reached `recipient` yet; somebody is still trying."""

    recipient: str
    status: str
    diagnostic: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Merged:
    """The ticket went into another one, where its mail lands from now on."""

    into: int


@dataclass(frozen=True, slots=True)
class VendorNumberLearned:
    """A vendor keeps this ticket under `number` in a desk of its own."""

    vendor: str
    number: str


Event = (
    TicketOpened
    | CorrespondenceReceived
    | CorrespondenceSent
    | CorrespondencePending
    | NoteAdded
    | AutomaticMailReceived
    | MailQueued
    | StatusChanged
    | PriorityChanged
    | DeadlinesSet
    | Assigned
    | QueueChanged
    | TagsChanged
    | TypeChanged
    | SubjectChanged
    | ParticipantAdded
    | ResolutionRecorded
    | ChecklistSet
    | MailHeld
    | DeliveryFailed
    | DeliveryDelayed
    | Merged
    | VendorNumberLearned
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event at its place in a history: the `seq`-th of ticket `ticket`, at `at`, done by `actor`.

    `actor` is an address, `rule: NAME`, `timer` or `maildesk`. `trace` tells how the decision came about.
    """

    ticket: int
    seq: int
    at: datetime
    actor: str
    event: Event
    trace: tuple[TraceLine, ...] = ()


#: Name in history rows and in `show` → class.
EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        TicketOpened,
        CorrespondenceReceived,
        CorrespondenceSent,
        CorrespondencePending,
        NoteAdded,
        AutomaticMailReceived,
        MailQueued,
        StatusChanged,
        PriorityChanged,
        DeadlinesSet,
        Assigned,
        QueueChanged,
        TagsChanged,
        TypeChanged,
        SubjectChanged,
        ParticipantAdded,
        ResolutionRecorded,
        ChecklistSet,
        MailHeld,
        DeliveryFailed,
        DeliveryDelayed,
        Merged,
        VendorNumberLearned,
    )
}
