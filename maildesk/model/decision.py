"""What the core answers with: events, notices and why. Inert values; `apply` carries them out."""

from dataclasses import dataclass
from enum import StrEnum

from maildesk.model.event import Event
from maildesk.model.message import Address, Attachment
from maildesk.model.person import Lesson
from maildesk.model.rule import RuleHit
from maildesk.model.situation import Audience, Candidate, Proof, Role, Visibility
from maildesk.model.trace import TraceLine


class Disposition(StrEnum):
    """What becomes of a mail."""

    ACCEPT = "accept"
    DISCARD = "discard"
    HOLD = "hold"
    REJECT = "reject"


class Outcome(StrEnum):
    """How a message stands in the ledger."""

    TICKET = "ticket"
    FOLLOW_UP = "follow-up"
    HELD = "held"
    DISCARDED = "discarded"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"


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
    STATUS_REPORT = "status_report"
    DELIVERY_FAILED = "delivery_failed"
    COMMAND_RESULT = "command_result"
    COMMAND_REJECTED = "command_rejected"
    FORGERY_WARNING = "forgery_warning"
    RULE_NOTICE = "rule_notice"


@dataclass(frozen=True, slots=True)
class CommandResult:
    """One command line and what came of it. `hint` is the nearest command when the line was not understood."""

    line: str
    ok: bool
    outcome: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail that ought to be sent to exactly one address.

    `visibility`: what a plain reply to it will mean.  `author`: the technician whose words `text` are.
    `echo`: the recipient's own subject may be repeated (never to an unproven stranger).
    `delay_seconds`: the recall window.  `detail`: one sentence about this occasion, for the template.
    `template`: another template than the notice's own, chosen by a rule.
    """

    name: NoticeName
    to: Address
    audience: Audience
    visibility: Visibility
    text: str = ""
    author: Address | None = None
    attachments: tuple[Attachment, ...] = ()
    results: tuple[CommandResult, ...] = ()
    detail: str = ""
    echo: bool = True
    delay_seconds: float = 0.0
    template: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """An event and who did it: an address, `rule: NAME`, `timer` or `maildesk`."""

    actor: str
    event: Event


@dataclass(frozen=True, slots=True)
class Aside:
    """What one mail brings about on another ticket than its own: silent, nobody is written to."""

    ticket: int
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole answer to one situation.

    `ticket`: the number of the existing ticket the acts belong to; None when they open a new one or there are none.
    `reason`: one sentence for the ledger.  `spends_token`: the outbox row whose token is used up by this.
    `runs_body`: outbox row through whose token this body's commands ran; the same body never runs there again.
    `outbox_states`: outgoing mail whose state this changes, as (outbox id, state).
    `absences`: technicians who are away from now on (True) or back (False), as (main address, away).
    `lessons`: what this mail teaches about people.  `asides`: what happens to other tickets.
    """

    disposition: Disposition
    outcome: Outcome
    reason: str
    ticket: int | None = None
    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    role: Role = Role.STRANGER
    proof: Proof = Proof.NONE
    match: Candidate | None = None
    rules: tuple[RuleHit, ...] = ()
    commands: tuple[CommandResult, ...] = ()
    spends_token: int | None = None
    runs_body: int | None = None
    outbox_states: tuple[tuple[int, str], ...] = ()
    absences: tuple[tuple[str, bool], ...] = ()
    lessons: tuple[Lesson, ...] = ()
    asides: tuple[Aside, ...] = ()


@dataclass(frozen=True, slots=True)
class TimerDecision:
    """What time alone, or the mail server's last word on a mail, changes on one ticket."""

    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    lessons: tuple[Lesson, ...] = ()
