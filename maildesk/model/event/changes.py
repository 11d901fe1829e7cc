"""What else changed about a ticket."""

from dataclasses import dataclass
from datetime import datetime

from maildesk.model.clock import Clock
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address


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
class Stay:
    """A ticket has had a status `since` then. `answered_at`: when the requester wrote while it waited for them."""

    status: str
    since: datetime
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """Where a ticket has been: its stays, the present one last, how often it was reopened, and how many reminders the
    requester had during the present stay, the last one at `reminded_at`.
    """

    stays: tuple[Stay, ...] = ()
    reopened: int = 0
    reminders: int = 0
    reminded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """`status` and `before` are words of `Status`. `close_due_at`: when a resolved ticket closes by itself.

    `resolved_at`, `closed_at`: since when it is so, where that is not the instant of this event.
    `course`: where the ticket has been, once a change of status was taken back; None: what was goes on.
    """

    status: str
    before: str
    close_due_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    course: Course | None = None


@dataclass(frozen=True, slots=True)
class PriorityChanged:
    """`because` names what set it: the matrix, a rule, a technician."""

    impact: Level
    urgency: Level
    priority: Priority
    because: str = ""


@dataclass(frozen=True, slots=True)
class DeadlinesSet:
    """The instants at which the ticket's clocks run out; None where one stands still or has no target.

    `next_deadline_at`: when time alone may next change something about the ticket.
    """

    first_response_due_at: datetime | None
    resolution_due_at: datetime | None
    next_response_due_at: datetime | None = None
    update_due_at: datetime | None = None
    next_deadline_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeadlineWarned:
    """Somebody was told that so many percent of a clock's time are used up. `since`: when the clock began to run.

    A step that was passed over, because a later one had come too, is recorded like one that was told.
    `seconds`: how much time that was a share of; None: not recorded.
    """

    clock: Clock
    percent: int
    since: datetime
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RequesterReminded:
    """The requester was reminded, for the `nth` time, that the ticket waits for their answer."""

    nth: int


@dataclass(frozen=True, slots=True)
class VendorChased:
    """The ticket's technicians were told that the vendor it waits for is silent."""


@dataclass(frozen=True, slots=True)
class Escalated:
    """The ticket went to the next level, to the vendor `queue`, or stayed, as there is no further one.

    `by`: a technician's main address, or what sent it on by itself (`unanswered`, `reopened`, `rule: NAME`).
    `sheet` is what those who take over were told, as headings and texts; internal.
    """

    by: str
    queue: str
    before: str
    reason: str
    sheet: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class EscalatorsChanged:
    """Main addresses of all technicians who confirm the solution with the requester from now on."""

    escalators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleFired:
    """A rule that remembers its hits on a ticket hit it. `mails`: how many mails it sent."""

    rule: str
    mails: int = 0


@dataclass(frozen=True, slots=True)
class FieldsChanged:
    """All fields of the admin's own, as pairs of name and value, that the ticket has from now on."""

    fields: tuple[tuple[str, str], ...]


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
    """When the requester may expect a solution, as a technician told them; None: taken back.

    `promised_at`, `warnings`: when that was and how often technicians were warned of it, once a change is taken back.
    """

    expected_at: datetime | None
    promised_at: datetime | None = None
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class PromiseWarned:
    """The ticket's technicians were told of `expected_at`: that it is near, or that it has `passed`."""

    expected_at: datetime
    passed: bool


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
class Undone:
    """A technician took back what an earlier mail did, as far as `what` says. `of`: that mail's ledger id.

    `freed`: what that mail changed and nobody else did, so that rules may set it again.
    """

    what: tuple[str, ...]
    of: int = 0
    freed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecklistSet:
    """A rule attached a list of questions or steps to the ticket."""

    items: tuple[str, ...]


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
