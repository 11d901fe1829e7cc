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
class ParticipantRemoved:
    """Somebody left the public side, by their own word or a technician's."""

    participant: Address


@dataclass(frozen=True, slots=True)
class ParticipantProposed:
    """Somebody is named by `by`, who may not let them in: a technician's word decides."""

    participant: Address
    by: Address


@dataclass(frozen=True, slots=True)
class PendingSettled:
    """A technician decided about a pending entry, the `entry`-th of this history."""

    entry: int
    approved: bool


@dataclass(frozen=True, slots=True)
class RequesterChanged:
    """The ticket is somebody else's from now on."""

    requester: Address
    before: Address


@dataclass(frozen=True, slots=True)
class UpdatesMuted:
    """Whoever has this address wants no news that the desk sends by itself (`muted`), or wants it again."""

    address: str
    muted: bool


@dataclass(frozen=True, slots=True)
class WatchersChanged:
    """Main addresses of all technicians who read along from now on."""

    watchers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinksChanged:
    """Numbers of all tickets that have to do with this one."""

    links: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SnoozeSet:
    """The ticket sleeps until an instant, then it is open again; None: it sleeps no more."""

    until: datetime | None


@dataclass(frozen=True, slots=True)
class DueSet:
    """By when a technician means to have done something; the owner is reminded then. None: no such date."""

    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReminderSent:
    """The ticket's technicians were reminded that `due_at` has come."""

    due_at: datetime


@dataclass(frozen=True, slots=True)
class ExpectedSet:
    """When the requester may expect a solution, as a technician told them; None: taken back."""

    expected_at: datetime | None


@dataclass(frozen=True, slots=True)
class TimeLogged:
    """A technician worked so long on the ticket; negative takes time back."""

    technician: str
    seconds: int


@dataclass(frozen=True, slots=True)
class ChannelSet:
    """How the request really came in: phone, visit, chat, …: a free word."""

    channel: str


@dataclass(frozen=True, slots=True)
class StepsDone:
    """Numbers (from 1) of all checklist items that are done."""

    done: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SideAsked:
    """A technician asked somebody outside about the ticket; they see nothing but this text."""

    to: Address
    author: Address
    text: str
    message_id: str | None


@dataclass(frozen=True, slots=True)
class SideAnswered:
    """Somebody asked aside answered; internal."""

    sender: Address
    text: str
    message_id: str | None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrespondenceRecalled:
    """A public text was taken back before it left for anybody: it was never said.

    `message_id`, `author`: those of its `CorrespondenceSent`.  `first_responded_at`: when the first answer that stands
    was given.
    """

    author: Address
    message_id: str | None
    first_responded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Undone:
    """A technician took back what an earlier mail did, as far as `what` says."""

    what: tuple[str, ...]


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
class Unmerged:
    """The ticket stands for itself again; it had gone into `before`."""

    before: int


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
    | ParticipantRemoved
    | ParticipantProposed
    | PendingSettled
    | RequesterChanged
    | UpdatesMuted
    | WatchersChanged
    | LinksChanged
    | SnoozeSet
    | DueSet
    | ReminderSent
    | ExpectedSet
    | TimeLogged
    | ChannelSet
    | StepsDone
    | SideAsked
    | SideAnswered
    | CorrespondenceRecalled
    | Undone
    | Unmerged
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
        ParticipantRemoved,
        ParticipantProposed,
        PendingSettled,
        RequesterChanged,
        UpdatesMuted,
        WatchersChanged,
        LinksChanged,
        SnoozeSet,
        DueSet,
        ReminderSent,
        ExpectedSet,
        TimeLogged,
        ChannelSet,
        StepsDone,
        SideAsked,
        SideAnswered,
        CorrespondenceRecalled,
        Undone,
        Unmerged,
    )
}
