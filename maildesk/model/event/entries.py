"""What was said on a ticket, and what became of mail about it."""

from dataclasses import dataclass
from datetime import datetime

from maildesk.model.message import Address, Attachment


@dataclass(frozen=True, slots=True)
class CorrespondenceReceived:
    """A requester or participant wrote. `visible_text` is `text` without quoted history and signature.

    `wants_answer`: they wait for one; a machine does not, nor who says nothing but thank you.
    """

    sender: Address
    text: str
    visible_text: str
    message_id: str | None
    attachments: tuple[Attachment, ...] = ()
    wants_answer: bool = True


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
class PendingSettled:
    """A technician decided about a pending entry, the `entry`-th of this history."""

    entry: int
    approved: bool


@dataclass(frozen=True, slots=True)
class CorrespondenceRecalled:
    """A public text was taken back before it left for anybody: it was never said.

    `message_id`, `author`: those of its `CorrespondenceSent`.  `first_responded_at`, `answered_at`: when the first and
    the last answer that stands was given.  `awaiting_since`: since when somebody outside waits for one.
    """

    author: Address
    message_id: str | None
    first_responded_at: datetime | None
    answered_at: datetime | None = None
    awaiting_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """Internal text. It never leaves the circle of technicians."""

    author: Address
    text: str
    message_id: str | None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SideAsked:
    """A technician asked somebody outside about the ticket; they see nothing but this text."""

    to: Address
    author: Address
    text: str
    message_id: str | None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SideAnswered:
    """Somebody asked aside answered; internal."""

    sender: Address
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
class ResolutionRecorded:
    """What a technician wrote behind `cause:`, `fix:` and `config:`; internal."""

    cause: str = ""
    fix: str = ""
    config: str = ""
