"""Small builders for the tests of the pure layers: every value has a sensible default, each test says what it is about.

Times hang on `NOW`, a Wednesday noon; the desk is `desk()` unless a test changes it.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.clock import BUSINESS, Calendar
from maildesk.model.decision import Decision
from maildesk.model.desk import Desk, DeskMailbox, Queue, Technician
from maildesk.model.message import Address, Attachment, AuthVerdict, InboundMessage, Kind
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.rule import Finding, Rule, RuleActions
from maildesk.model.situation import Candidate, Signal, Situation, Token
from maildesk.model.ticket import Status, Ticket

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

SUPPORT = "support@desk.test"
ANN = Address("Ann Ames", "ann@client.test")
BOB = Address("Bob Bone", "bob@client.test")
EVE = Address("Eve", "eve@elsewhere.test")
TIA = Technician("tia@staff.test", "Tia Berg", ("general",), ("tia@home.test",))
TOM = Technician("tom@staff.test", "Tom Tell", ("general",))
NED = Technician("ned@staff.test", "Ned Ode", ("network",), lead=True)

PASS = AuthVerdict(dmarc="pass", from_aligned=True)
FAIL = AuthVerdict(dmarc="fail", from_aligned=True)
NO_VERDICT = None

WEEKDAYS = tuple((day, ((time(9), time(17)),)) for day in range(5))


def calendar(hours: Any = (), zone: str = "Europe/Berlin", **fields: Any) -> Calendar:
    """The desk's own calendar; it never closes unless hours are given."""
    return Calendar(BUSINESS, ZoneInfo(zone), hours, **fields)


def desk(**fields: Any) -> Desk:
    """Two queues, three technicians, one mailbox; a site whose mail server authenticates."""
    values: dict[str, Any] = {
        "name": "Example Support", "calendars": (calendar(),), "authenticates": True,
        "queues": (Queue("general", escalates_to="network"), Queue("network", 2)), "technicians": (TIA, TOM, NED),
        "mailboxes": (DeskMailbox("support", SUPPORT, ("help@desk.test",), "general"),),
    }  # fmt: skip
    return Desk(**(values | fields))


def message(text: str = "It smokes.", sender: Address | None = ANN, **fields: Any) -> InboundMessage:
    """A person's mail. `text` is the typed text; the whole text is the same unless given."""
    values: dict[str, Any] = {
        "message_id": "<in@client.test>", "to": (Address("", SUPPORT),), "subject": "Printer", "text": text,
        "kind": Kind.PERSON,
    }  # fmt: skip
    return InboundMessage("raw", "content", 1000, sender=sender, visible_text=text, **(values | fields))


def file(name: str = "error.log", *, inline: bool = False) -> Attachment:
    """A file that came with a mail; `inline`: a picture of a signature, say."""
    return Attachment(0, name, "text/plain", 10, inline, "0" * 64)


def ticket(number: int = 1042, **fields: Any) -> Ticket:
    """A ticket of Ann's that nobody owns."""
    values: dict[str, Any] = {
        "subject": "Printer", "requester": ANN, "mailbox": SUPPORT, "queue": "general", "status": Status.OPEN,
        "created_at": NOW - timedelta(days=1), "updated_at": NOW - timedelta(days=1), "seq": 5,
    }  # fmt: skip
    return Ticket(number, **(values | fields))


def resolved(**fields: Any) -> Ticket:
    """A ticket resolved yesterday."""
    at = NOW - timedelta(days=1)
    return ticket(status=Status.RESOLVED, resolved_at=at, close_due_at=at + timedelta(days=5), **fields)


def closed(days: float, **fields: Any) -> Ticket:
    """A ticket closed so many days ago."""
    at = NOW - timedelta(days=days)
    return ticket(status=Status.CLOSED, resolved_at=at, closed_at=at, **fields)


def token(recipient: str = TIA.email, **fields: Any) -> Token:
    """A token of a mail to a technician, or to anybody else as a member of the public side."""
    staff = any(t.owns(recipient) for t in (TIA, TOM, NED))
    values: dict[str, Any] = {
        "outbox_id": 7, "ticket": 1042, "visibility": Visibility.PUBLIC, "issued_at": NOW - timedelta(hours=1),
        "audience": Audience.TECHNICIAN if staff else Audience.PUBLIC,
    }  # fmt: skip
    return Token(recipient=recipient, **(values | fields))


def candidate(
    signal: Signal = Signal.ADDRESS_TOKEN, on: Ticket | None = None, token: Token | None = None, value: str = "x"
) -> Candidate:
    """A ticket a mail may belong to."""
    return Candidate(signal, value, on or ticket(), token)


def by_token(recipient: str = TIA.email, on: Ticket | None = None, **fields: Any) -> Candidate:
    """A ticket named by a reply token made for `recipient`."""
    on = on or ticket()
    return Candidate(Signal.ADDRESS_TOKEN, "token", on, token(recipient, ticket=on.number, **fields))


def by_id(on: Ticket | None = None) -> Candidate:
    """A ticket named by a Message-ID that the store knows."""
    return candidate(Signal.STORED_ID, on, value="<stored@client.test>")


def by_subject(on: Ticket | None = None) -> Candidate:
    """A ticket named by its number in the subject."""
    on = on or ticket()
    return candidate(Signal.SUBJECT, on, value=f"[#{on.number}]")


def situation(mail: InboundMessage | None = None, *candidates: Candidate, **fields: Any) -> Situation:
    """A mail that came in now, and the tickets it may belong to."""
    return Situation(mail or message(), fields.pop("mailbox", "support"), NOW, candidates=candidates, **fields)


def from_technician(text: str, *candidates: Candidate, auth: AuthVerdict | None = PASS, **fields: Any) -> Situation:
    """A mail of Tia's: with dmarc=pass and through the token of a notice on ticket 1042, unless said otherwise."""
    mail = message(text, Address("Tia", TIA.email), auth=auth, message_id="<in@staff.test>")
    return situation(mail, *(candidates or (by_token(),)), **fields)


def rule(name: str = "r", **actions: Any) -> Rule:
    """A rule that always hits."""
    return Rule(name, lambda _: Finding(True, "always"), RuleActions(**actions))


def decide(text: str, *candidates: Candidate, on_desk: Desk | None = None, **fields: Any) -> Decision:
    """What becomes of Tia's mail with this text."""
    return decide_message(from_technician(text, *candidates, **fields), on_desk or desk())


def anns(text: str, on: Ticket | None = None, **fields: Any) -> Decision:
    """What becomes of Ann's answer, unproven, through the token of a mail to her."""
    return decide_message(situation(message(text, **fields), by_token(ANN.address, on=on)), desk())


def first(text: str = "It smokes.", sender: Address = ANN, *, on_desk: Desk | None = None, **fields: Any) -> Decision:
    """What becomes of a first mail; fields of the situation go there, all others into the mail."""
    known = {k: fields.pop(k) for k in ("known_sender", "recent", "mailbox", "away") if k in fields}
    return decide_message(situation(message(text, sender, **fields), **known), on_desk or desk())


def events(decision: Decision) -> list[ev.Event]:
    """The events of a decision, in order."""
    return [act.event for act in decision.acts]


def statuses(decision: Decision) -> list[str]:
    """The statuses a decision sets, in order."""
    return [event.status for event in events(decision) if isinstance(event, ev.StatusChanged)]


def names(decision: Decision) -> list[str]:
    """The names of a decision's events, in order."""
    return [type(event).__name__ for event in events(decision)]


def mails(decision: Decision) -> list[tuple[str, str]]:
    """Whom a decision writes what, in order."""
    return [(notice.name.value, notice.to.address) for notice in decision.notices]


def notice(decision: Decision, name: NoticeName) -> Notice:
    """The one notice of this name."""
    (found,) = [n for n in decision.notices if n.name is name]
    return found


def changed(value: Any, **fields: Any) -> Any:
    """`dataclasses.replace`, at hand."""
    return replace(value, **fields)
