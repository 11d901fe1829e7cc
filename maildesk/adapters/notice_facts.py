"""What a notice template may use: the facts handed to `Templates.render`, key by key.

`apply` fills a `NoticeContext`; `templates` checks every template against made-up ones.  Plain values only: a template
must never get hold of an object that can do something.
"""

from datetime import UTC, datetime, timedelta
from typing import TypedDict

MADE_UP_REFERENCE = "ref:made-up"
_AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
#: Notices that may be about no ticket.
_WITHOUT_TICKET = frozenset(
    {"command_result", "command_rejected", "forgery_warning", "rule_notice", "confirmation_wanted", "refused"}
)


class DeskFacts(TypedDict):
    """The desk. `timezone` is an IANA name: times are shown there; `has_zones`: its calendars keep several."""

    name: str
    timezone: str
    has_zones: bool


class StepFacts(TypedDict):
    """One item of the ticket's checklist."""

    number: int
    text: str
    done: bool


class ClockFacts(TypedDict):
    """One SLA clock that is not done: its name and where it stands, in words for technicians."""

    name: str
    state: str


class TicketFacts(TypedDict):
    """The ticket as it stands after the act the notice tells of. `claims`: number it names without proof.

    `answer_by`: when it counts as solved unless the requester answers.  `answer_due_at`: when the requester may expect
    to hear from somebody; None: nothing is promised.
    """

    number: int
    subject: str
    status: str
    priority: str
    impact: str
    urgency: str
    queue: str
    assignee_name: str
    requester_name: str
    requester_address: str
    created_at: datetime
    first_response_due_at: datetime | None
    answer_due_at: datetime | None
    resolution_due_at: datetime | None
    tags: list[str]
    type: str
    claims: int | None
    due_at: datetime | None
    expected_at: datetime | None
    snoozed_until: datetime | None
    answer_by: datetime | None
    watchers: list[str]
    links: list[int]
    steps: list[StepFacts]
    clocks: list[ClockFacts]


class ResultFacts(TypedDict):
    """One command line and what came of it: `hint` is the nearest command if it failed; `changes`: it did something."""

    line: str
    ok: bool
    outcome: str
    hint: str
    changes: bool


class AnswerFacts(TypedDict):
    """What a question came to: a heading, then a table, whose first row names the columns, or a text."""

    heading: str
    rows: list[list[str]]
    text: str


class NoticeFacts(TypedDict):
    """The occasion. `text`: the new text, `html` the same as safe HTML or empty; `author_name`: whose.

    `detail`, `reason`: sentences; `echo`: see `Notice`.

    `folded`: lines of the mail that are not in `text`, being quotes or signature.
    """

    name: str
    text: str
    author_name: str
    detail: str
    reason: str
    html: str
    results: list[ResultFacts]
    answers: list[AnswerFacts]
    echo: bool
    folded: int


class PersonFacts(TypedDict):
    """Whom the mail is for."""

    name: str
    address: str


class EntryFacts(TypedDict):
    """An earlier text on the ticket. `notice.text` is not repeated among them."""

    at: datetime
    who: str
    text: str
    internal: bool


class CardTicketFacts(TypedDict):
    """Another ticket of the same requester."""

    number: int
    subject: str
    status: str


class CardFacts(TypedDict):
    """Who the requester is. `open_tickets` counts their other ones, `tickets` lists the newest of these.

    `dead_since`: mail to the address came back for good then, as `dead_reason` tells; None while it is alive.
    `language`: tag of the language they write in, empty when it is the desk's own or unknown.
    """

    name: str
    address: str
    dead_since: datetime | None
    dead_reason: str
    language: str
    open_tickets: int
    tickets: list[CardTicketFacts]


class ReplyFacts(TypedDict):
    """What a plain reply does, as words without a full stop, and whom it reaches (may be empty)."""

    meaning: str
    to: str


class ActionFacts(TypedDict):
    """A link that opens a ready command mail; `mailto` is a whole `mailto:` URI (RFC 6068)."""

    label: str
    mailto: str


class AttachmentFacts(TypedDict):
    """A file that came with the new text; `size` in bytes; `relayed`: it travels with this mail."""

    filename: str
    size: int
    relayed: bool


class NoticeContext(TypedDict):
    """Everything a template may use. Every key is always there; `entries` run newest first.

    `ticket` is None for mail about no ticket, `card` for anybody but technicians.  `note_address` and `footer_ref` may
    be empty.  `written_at`: now.
    """

    desk: DeskFacts
    ticket: TicketFacts | None
    notice: NoticeFacts
    recipient: PersonFacts
    entries: list[EntryFacts]
    card: CardFacts | None
    reply: ReplyFacts
    actions: list[ActionFacts]
    note_address: str
    footer_ref: str
    attachments: list[AttachmentFacts]
    written_at: datetime


def made_up_contexts(name: str) -> tuple[NoticeContext, ...]:
    """Return facts for the template of this name, as full and as empty as they come in real life."""
    return _full(name), _bare(name)


def _full(name: str) -> NoticeContext:
    return {
        "desk": {"name": "Desk", "timezone": "UTC", "has_zones": False},
        "ticket": _ticket(),
        "notice": _notice(name),
        "recipient": {"name": "Name", "address": "name@example.test"},
        "entries": [{"at": _AT, "who": "Name", "text": "text", "internal": internal} for internal in (True, False)],
        "card": {
            "name": "Name", "address": "name@example.test", "dead_since": _AT, "dead_reason": "reason",
            "language": "de", "open_tickets": 1,
            "tickets": [{"number": 1, "subject": "subject", "status": "open"}],
        },
        "reply": {"meaning": "meaning", "to": "name@example.test"},
        "actions": [{"label": "label", "mailto": "mailto:desk@example.test"}],
        "note_address": "note@example.test",
        "footer_ref": MADE_UP_REFERENCE,
        "attachments": [{"filename": "name", "size": 1, "relayed": relayed} for relayed in (True, False)],
        "written_at": _AT - timedelta(days=3),
    }  # fmt: skip


def _bare(name: str) -> NoticeContext:
    notice = _notice(name)
    notice.update({"text": "", "author_name": "", "detail": "", "reason": "", "results": [], "echo": False})
    notice["answers"] = []
    notice["folded"] = 0
    ticket = _ticket()
    ticket.update({"subject": "", "assignee_name": "", "requester_name": "", "tags": [], "type": "", "claims": None})
    ticket.update({"first_response_due_at": None, "resolution_due_at": None, "due_at": None, "expected_at": None})
    ticket.update({"answer_due_at": None, "answer_by": None, "snoozed_until": None})
    ticket.update({"watchers": [], "links": [], "steps": []})
    ticket["clocks"] = []
    return {
        "desk": {"name": "Desk", "timezone": "UTC", "has_zones": False},
        "ticket": None if name in _WITHOUT_TICKET else ticket,
        "notice": notice,
        "recipient": {"name": "", "address": "name@example.test"},
        "entries": [],
        "card": None,
        "reply": {"meaning": "meaning", "to": ""},
        "actions": [],
        "note_address": "",
        "footer_ref": MADE_UP_REFERENCE,
        "attachments": [],
        "written_at": _AT,
    }


def _notice(name: str) -> NoticeFacts:
    return {
        "name": name, "text": "text", "author_name": "Name", "detail": "detail", "reason": "reason", "echo": True,
        "results": [
            {"line": "#word", "ok": ok, "outcome": "outcome", "hint": "#hint", "changes": ok}
            for ok in (True, False)
        ],
        "folded": 2, "html": "",
        "answers": [{"heading": "heading", "rows": [["column"], ["cell"]], "text": ""}],
    }  # fmt: skip


def _ticket() -> TicketFacts:
    return {
        "number": 1, "subject": "subject", "status": "open", "priority": "P3", "impact": "medium", "urgency": "medium",
        "queue": "general", "assignee_name": "Name", "requester_name": "Name", "requester_address": "name@example.test",
        "created_at": _AT, "first_response_due_at": _AT, "answer_due_at": _AT, "resolution_due_at": _AT,
        "tags": ["tag"], "type": "type",
        "claims": 2, "due_at": _AT, "expected_at": _AT, "snoozed_until": _AT, "answer_by": _AT, "watchers": ["Name"],
        "links": [2],
        "steps": [{"number": 1, "text": "text", "done": done} for done in (True, False)],
        "clocks": [{"name": "Solution", "state": "state"}],
    }  # fmt: skip
