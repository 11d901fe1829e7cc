"""What the desk writes: the name of each mail, for whom it is, and what a reply to it means. Inert values.

`core` asks for notices, `apply` makes mail of them.
"""

from dataclasses import dataclass
from enum import StrEnum

from maildesk.model.message import Address, Attachment


class Visibility(StrEnum):
    """Who may see a text."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Audience(StrEnum):
    """For whom a mail of ours is: the public side, technicians, an address the admin named in a rule, or somebody a
    technician asked aside, who sees nothing but the question.
    """

    PUBLIC = "public"
    TECHNICIAN = "technician"
    NOTIFIED = "notified"
    ASIDE = "aside"


class NoticeName(StrEnum):
    """Every mail the desk writes. Each has a template of this name."""

    ACKNOWLEDGEMENT = "acknowledgement"
    CORRESPONDENCE = "correspondence"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ASSIGNED = "assigned"
    TICKET_OPENED = "ticket_opened"
    FOLLOW_UP = "follow_up"
    NOTE = "note"
    PENDING = "pending"
    ASSIGNED_TO_YOU = "assigned_to_you"
    QUEUE_CHANGED = "queue_changed"
    TAKEN = "taken"
    GIVEN_BACK = "given_back"
    STATUS_REPORT = "status_report"
    DELIVERY_FAILED = "delivery_failed"
    COMMAND_RESULT = "command_result"
    COMMAND_REJECTED = "command_rejected"
    FORGERY_WARNING = "forgery_warning"
    RULE_NOTICE = "rule_notice"
    RULE_REPLY = "rule_reply"
    CONFIRMATION_WANTED = "confirmation_wanted"
    JOIN_WANTED = "join_wanted"
    JOINED = "joined"
    LEFT = "left"
    EXPECTED = "expected"
    REMINDER = "reminder"
    SIDE_QUESTION = "side_question"
    SIDE_ANSWER = "side_answer"
    DEADLINE_WARNING = "deadline_warning"
    UPDATE_DUE = "update_due"
    ESCALATED = "escalated"
    CONFIRM_WITH_REQUESTER = "confirm_with_requester"
    WAITING_REMINDER = "waiting_reminder"
    RESOLVED_UNANSWERED = "resolved_unanswered"
    REFUSED = "refused"


#: Mail that tells a technician what became of a mail of theirs.
RESULTS = frozenset({NoticeName.COMMAND_RESULT, NoticeName.COMMAND_REJECTED, NoticeName.CONFIRMATION_WANTED})
#: Answers of the desk itself to a mail; everything else it writes by itself is a notice (RFC 3834 §5).
ANSWERS = RESULTS | {NoticeName.ACKNOWLEDGEMENT, NoticeName.REFUSED, NoticeName.STATUS_REPORT}


@dataclass(frozen=True, slots=True)
class CommandResult:
    """One command line and what came of it. `hint` is the nearest command when the line was not understood.

    `changes`: it changed a ticket, so that it can be undone.
    """

    line: str
    ok: bool
    outcome: str
    hint: str = ""
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question of a technician's came to: a heading, then a table (first row: its columns) or a text."""

    heading: str
    rows: tuple[tuple[str, ...], ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail that ought to be sent to exactly one address.

    `visibility`: what a plain reply to it will mean.  `author`: the technician whose words `text` are.
    `echo`: the recipient's own subject may be repeated (never to an unproven stranger).
    `delay_seconds`: the recall window.  `detail`: one sentence about this occasion, for the template.
    `template`: another template than the notice's own, chosen by a rule.
    `html`: the same words as `text`, sanitised, with their own emphasis, lists and pictures; None: there are none.
    `results`, `answers`: what the lines of a technician's mail did and what its questions came to.
    """

    name: NoticeName
    to: Address
    audience: Audience
    visibility: Visibility
    text: str = ""
    author: Address | None = None
    attachments: tuple[Attachment, ...] = ()
    html: str | None = None
    results: tuple[CommandResult, ...] = ()
    answers: tuple[Answer, ...] = ()
    detail: str = ""
    echo: bool = True
    delay_seconds: float = 0.0
    template: str | None = None
    reason: str = ""
