"""What a reader of a mail may see, as plain facts for the templates.

The structural guarantee: facts for the public side are made from `public_entries`, which lets only two kinds of events
through. There is no way from an internal entry into a public mail but by changing this file.
"""

from datetime import datetime

from maildesk.adapters.notice_facts import (
    AttachmentFacts,
    CardFacts,
    ClockFacts,
    EntryFacts,
    NoticeContext,
    NoticeFacts,
    TicketFacts,
)
from maildesk.core.clock_words import clock_states
from maildesk.core.waiting import resolving_at
from maildesk.core.words import find_word
from maildesk.model.clock import Clock
from maildesk.model.desk import Desk
from maildesk.model.event import (
    CorrespondencePending,
    CorrespondenceReceived,
    CorrespondenceSent,
    NoteAdded,
    Recorded,
    SideAnswered,
    SideAsked,
)
from maildesk.model.message import Attachment, InboundMessage
from maildesk.model.notice import Audience, Notice
from maildesk.model.person import Person
from maildesk.model.ticket import Status, Ticket

#: Clocks as a technician's card calls them.
_CLOCKS = {
    Clock.FIRST_RESPONSE: "Answer", Clock.NEXT_RESPONSE: "Answer", Clock.UPDATE: "Next word",
    Clock.RESOLUTION: "Solution",
}  # fmt: skip
#: Earlier entries shown below the new text.
MOST_SHOWN = 5
#: Participants named in the first line of a technician's mail.
_MOST_NAMED = 5
#: The events that `public_entries` and `all_entries` show.
PUBLIC_ENTRIES = (CorrespondenceReceived, CorrespondenceSent)
ALL_ENTRIES = (*PUBLIC_ENTRIES, NoteAdded, CorrespondencePending, SideAsked, SideAnswered)


def public_entries(history: tuple[Recorded, ...], desk: Desk) -> list[EntryFacts]:
    """Return what the public side has seen already, in the given order; a technician is named, never by an address.

    A word to the desk itself, `leave` say, was said to nobody else and is left out.
    """
    shown: list[EntryFacts] = []
    for recorded in history:
        match recorded.event:
            case CorrespondenceReceived(sender=sender, visible_text=text) if find_word(text, sender.name) is None:
                who = sender.name or sender.address
            case CorrespondenceSent(author=author, text=text):
                who = author.name or desk.name
            case _:
                continue
        shown.append({"at": recorded.at, "who": who, "text": text, "internal": False})
    return shown


def all_entries(history: tuple[Recorded, ...]) -> list[EntryFacts]:
    """Return what a technician may see, in the given order: public text, notes and text that waits."""
    shown: list[EntryFacts] = []
    for recorded in history:
        match recorded.event:
            case CorrespondenceReceived(sender=who, visible_text=text) | CorrespondenceSent(author=who, text=text):
                shown.append({"at": recorded.at, "who": who.name or who.address, "text": text, "internal": False})
            case (
                NoteAdded(author=who, text=text)
                | CorrespondencePending(sender=who, text=text)
                | SideAnswered(sender=who, text=text)
            ):
                shown.append({"at": recorded.at, "who": who.name or who.address, "text": text, "internal": True})
            case SideAsked(to=to, author=who, text=text):
                asked = f"{who.name or who.address} to {to.address}, aside"
                shown.append({"at": recorded.at, "who": asked, "text": text, "internal": True})
    return shown


def ticket_facts(ticket: Ticket, desk: Desk) -> TicketFacts:
    """Return the ticket as templates see it."""
    owner = desk.technician(ticket.assignee) if ticket.assignee else None
    return {
        "number": ticket.number, "subject": ticket.subject, "status": ticket.status, "priority": ticket.priority,
        "impact": ticket.impact, "urgency": ticket.urgency, "queue": ticket.queue,
        "assignee_name": owner.name if owner else (ticket.assignee or ""),
        "requester_name": ticket.requester.name, "requester_address": ticket.requester.address,
        "created_at": ticket.created_at, "first_response_due_at": ticket.first_response_due_at,
        "answer_due_at": _answer_due_at(ticket),
        "resolution_due_at": ticket.resolution_due_at, "tags": list(ticket.tags), "type": ticket.type,
        "claims": ticket.claims, "due_at": ticket.due_at, "expected_at": ticket.expected_at,
        "snoozed_until": ticket.snoozed_until, "answer_by": resolving_at(ticket, desk), "links": list(ticket.links),
        "watchers": [t.name or t.email for t in desk.technicians if t.email in ticket.watchers],
        "steps": [
            {"number": n, "text": text, "done": n in ticket.steps_done} for n, text in enumerate(ticket.checklist, 1)
        ],
        "clocks": [],
    }  # fmt: skip


def clock_facts(ticket: Ticket, desk: Desk, now: datetime) -> list[ClockFacts]:
    """Return where the ticket's clocks stand; for technicians alone."""
    return [{"name": _CLOCKS[clock], "state": state} for clock, state in clock_states(ticket, desk, now)]


def _answer_due_at(ticket: Ticket) -> datetime | None:
    """Return when the requester may expect to hear from somebody; None: nobody owes them a word by a certain time."""
    if ticket.status.is_done or ticket.status is Status.WAITING_REQUESTER:
        return None
    return ticket.next_response_due_at if ticket.first_responded_at else ticket.first_response_due_at


def public_ticket_facts(ticket: Ticket, desk: Desk) -> TicketFacts:
    """Return the ticket as the public side may know it: nothing of queues, tags, claims or a technician's address.

    Who works on it is named where the desk tells of that by itself, and once somebody has answered.
    """
    is_named = desk.updates.assigned or ticket.first_responded_at is not None
    owner = desk.technician(ticket.assignee) if ticket.assignee and is_named else None
    return {
        **ticket_facts(ticket, desk), "queue": "", "tags": [], "type": "", "claims": None,
        "due_at": None, "snoozed_until": None, "watchers": [], "links": [], "steps": [],
        "assignee_name": owner.name if owner else "",
    }  # fmt: skip


def notice_facts(notice: Notice) -> NoticeFacts:
    """Return the occasion of a mail."""
    return {
        "name": notice.name, "text": notice.text,
        "author_name": (notice.author.name or _outside_name(notice)) if notice.author else "", "detail": notice.detail,
        "reason": notice.reason, "echo": notice.echo, "folded": 0,
        "html": notice.html or "",
        "answers": [{"heading": a.heading, "rows": [list(r) for r in a.rows], "text": a.text} for a in notice.answers],
        "results": [
            {"line": r.line, "ok": r.ok, "outcome": r.outcome, "hint": r.hint, "changes": r.changes}
            for r in notice.results
        ],
    }  # fmt: skip


def folded_lines(notice: Notice, message: InboundMessage | None) -> int:
    """Count the lines of a mail that a notice of it leaves out; 0 when it shows the whole or something else."""
    if message is None or not notice.text or notice.text != message.visible_text:
        return 0
    whole, shown = (sum(bool(line.strip()) for line in text.split("\n")) for text in (message.text, notice.text))
    return max(whole - shown, 0)


def _outside_name(notice: Notice) -> str:
    """A technician's address is never shown to the public side, not even for want of a name."""
    return notice.author.address if notice.author and notice.audience is Audience.TECHNICIAN else ""


def card_facts(ticket: Ticket, person: Person | None, others: tuple[Ticket, ...], desk: Desk) -> CardFacts:
    """Return the requester card: who they are and what else they have open. `others` run newest first."""
    language = own_language(person, ticket) or ""
    tickets = [t for t in others if t.number != ticket.number and not t.status.is_done]
    return {
        "name": ticket.requester.name, "address": ticket.requester.address,
        "dead_since": person.dead_since if person else None, "dead_reason": person.dead_reason if person else "",
        "language": "" if language.partition("-")[0] == desk.language.partition("-")[0] else language,
        "open_tickets": len(tickets),
        "tickets": [{"number": t.number, "subject": t.subject, "status": t.status} for t in tickets[:3]],
    }  # fmt: skip


def readers(ticket: Ticket) -> str:
    """Name everybody who reads an answer, the requester first."""
    shown = [f"{a.name} <{a.address}>" if a.name else a.address for a in ticket.audience[: 1 + _MOST_NAMED]]
    more = len(ticket.audience) - len(shown)
    others = [*shown[1:], *([f"{more} more"] if more else [])]
    return f"{shown[0]}, and to {', '.join(others)}" if others else shown[0]


def own_language(person: Person | None, ticket: Ticket | None) -> str | None:
    """Return the language somebody last wrote in, else the one their ticket was opened in; None: unknown."""
    return (person.language if person else None) or (ticket.language if ticket else None)


def attachment_facts(files: tuple[Attachment, ...], relayed: frozenset[int]) -> list[AttachmentFacts]:
    """Return the files that came with the new text and whether they travel on."""
    return [{"filename": a.filename, "size": a.size_bytes, "relayed": a.index in relayed} for a in files]


def empty_context(desk: Desk, notice: Notice, now: datetime) -> NoticeContext:
    """Return a context with every key; the letter writer fills in what its reader may know."""
    zones = {calendar.timezone.key for calendar in desk.calendars}
    return {
        "desk": {"name": desk.name, "timezone": desk.timezone.key, "has_zones": len(zones) > 1},
        "written_at": now, "ticket": None, "notice": notice_facts(notice),
        "recipient": {"name": notice.to.name, "address": notice.to.address}, "entries": [], "card": None,
        "reply": {"meaning": "", "to": ""}, "actions": [], "note_address": "", "footer_ref": "", "attachments": [],
    }  # fmt: skip
