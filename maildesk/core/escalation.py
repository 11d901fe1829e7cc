"""How a ticket goes to the next level, whoever or whatever wants it: a technician's command, a rule, or time. Pure.

Called by the command `#escalate`, by the acts of rules and by `timer`, whose duties stand at the bottom. Nothing here
writes to anybody outside: a vendor is asked by a technician alone, in words of theirs.
"""

from dataclasses import dataclass
from datetime import datetime

from maildesk.core.clocks import readings
from maildesk.core.duty import Due, Duty
from maildesk.core.handover import NOT_RECORDED, Sheet, write_sheet
from maildesk.core.notices import crew
from maildesk.core.wording import handed_on
from maildesk.model.clock import Clock
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import Assigned, Escalated, Event, QueueChanged, Recorded, WatchersChanged
from maildesk.model.message import Address, Attachment
from maildesk.model.notice import Answer, Audience, Notice, NoticeName, Visibility
from maildesk.model.ticket import Ticket, evolve

#: What sends a ticket on by itself.
UNANSWERED, REOPENED = "unanswered", "reopened"


def escalate(
    ticket: Ticket,
    desk: Desk,
    by: str,
    reason: str,
    to: str | None = None,
    *,
    now: datetime,
    entries: tuple[Recorded, ...] = (),
) -> tuple[tuple[Event, ...], tuple[Notice, ...]]:
    """Send a ticket on by itself, to a queue, else to its next level; return what happens and who is told.

    `by`: `rule: NAME`, or one of the words above.  `entries`: the newest texts of the ticket, for the handover sheet.
    Where no queue comes next, those are told who can do something, once for each `by`.
    """
    target = to or next_level(ticket, desk)
    sheet = write_sheet(ticket, desk, now, reason, entries)
    if target is not None and desk.vendor_named(target) is None:
        events = hand_over(ticket, desk, by, target, reason, sheet)
        after = ticket
        for place, event in enumerate(events, 1):
            after = evolve(after, Recorded(ticket.number, ticket.seq + place, now, by, event))
        return events, handover_news(desk, ticket, after, events)
    if by in ticket.escalated_for:
        return (), ()
    event = Escalated(by, ticket.queue, ticket.queue, reason, sheet)
    return (event,), _cry_for_help(ticket, desk, event, target)


def next_level(ticket: Ticket, desk: Desk) -> str | None:
    """Return the queue, or the vendor, that comes after a ticket's own; None: there is none."""
    return desk.queue(ticket.queue).escalates_to


def hand_over(ticket: Ticket, desk: Desk, by: str, target: str, reason: str, sheet: Sheet) -> tuple[Event, ...]:
    """Return what happens when a ticket goes to another queue; nothing when it is there already.

    An owner who does not work there gives it back and reads along, and so does a technician who hands it on.
    """
    if target == ticket.queue:
        return ()
    owner, colleague = desk.technician(ticket.assignee or ""), desk.technician(by)
    stays = owner is not None and target in owner.queues
    followers = (t.email for t in (owner, colleague) if t is not None and not (stays and t is owner))
    watchers = tuple(dict.fromkeys((*ticket.watchers, *followers)))
    return (
        QueueChanged(target, ticket.queue),
        *(() if ticket.assignee is None or stays else (Assigned(None),)),
        *(() if watchers == ticket.watchers else (WatchersChanged(watchers),)),
        Escalated(by, target, ticket.queue, reason, sheet),
    )


# ------------------------------------------------------------------ who is told


@dataclass(frozen=True, slots=True)
class Note:
    """What whoever hands a ticket on writes to those who take it over. `readers`: addresses of others who get it."""

    author: Address | None = None
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    readers: tuple[str, ...] = ()


def handover_news(
    desk: Desk, before: Ticket, after: Ticket, events: tuple[Event, ...], note: Note = Note()
) -> tuple[Notice, ...]:
    """Tell whoever works on a ticket now, with the sheet, and in one line those who did; nothing unless it moved."""
    event = next((e for e in reversed(events) if isinstance(e, Escalated) and e.queue == after.queue), None)
    if event is None or before.queue == after.queue:
        return ()
    working = crew(desk, after.queue, after.assignee)
    old = (*crew(desk, before.queue, before.assignee), *_named(desk, after.watchers), *_named(desk, note.readers))
    reading = (t for t in dict.fromkeys(old) if t not in working)
    return (*_to_new_crew(working, after, event, note), *_to_old_crew(tuple(reading), event, note))


def _named(desk: Desk, addresses: tuple[str, ...]) -> tuple[Technician, ...]:
    return tuple(t for t in desk.technicians if t.email in addresses)


def _to_new_crew(working: tuple[Technician, ...], ticket: Ticket, event: Escalated, note: Note) -> tuple[Notice, ...]:
    """Hand the sheet over. What answers a colleague's words is a note; nobody wrote what comes by itself."""
    by = f" by {note.author.name or note.author.address}" if note.author else ""
    return tuple(
        Notice(
            NoticeName.ESCALATED,
            t.address,
            Audience.TECHNICIAN,
            Visibility.INTERNAL if note.author else Visibility.PUBLIC,
            text=note.text,
            author=note.author,
            attachments=note.attachments,
            answers=_answers(event),
            detail=f"escalated {handed_on(event)}{by}",
            reason=_reason(t, ticket),
        )
        for t in working
    )


def _to_old_crew(reading: tuple[Technician, ...], event: Escalated, note: Note) -> tuple[Notice, ...]:
    why = f"escalated: {event.reason or NOT_RECORDED}".rstrip(".")
    return tuple(
        Notice(
            NoticeName.QUEUE_CHANGED,
            t.address,
            Audience.TECHNICIAN,
            Visibility.INTERNAL,
            text=note.text,
            author=note.author,
            attachments=note.attachments,
            detail=f"{why}. You need not do anything",
            reason="watching",
        )
        for t in reading
    )


def _answers(event: Escalated) -> tuple[Answer, ...]:
    return tuple(Answer(heading, text=said) for heading, said in event.sheet)


def _reason(told: Technician, ticket: Ticket) -> str:
    return "owner" if ticket.assignee and told.owns(ticket.assignee) else f"queue {ticket.queue}"


def _cry_for_help(ticket: Ticket, desk: Desk, event: Escalated, vendor: str | None) -> tuple[Notice, ...]:
    """Tell those who can do something where no queue comes next: its leads and managers, below a vendor its crew."""
    above = dict.fromkeys(managers(desk, ticket.queue), "manager") | dict.fromkeys(leads(desk, ticket.queue), "lead")
    told = {t: _reason(t, ticket) for t in crew(desk, ticket.queue, ticket.assignee)}
    detail = f"{event.reason}. No queue comes after {ticket.queue}, so you are told"
    if vendor is not None:
        detail = (
            f"{event.reason}. The next level is the vendor {vendor}, whom only you can write to: answer with #escalate "
            f"and, below it, what they are to read"
        )
    elif above:
        told = above
    return tuple(
        Notice(
            NoticeName.ESCALATED,
            t.address,
            Audience.TECHNICIAN,
            Visibility.PUBLIC,
            answers=_answers(event),
            detail=detail,
            reason=reason,
        )
        for t, reason in told.items()
    )


def leads(desk: Desk, queue: str) -> tuple[Technician, ...]:
    """Return the leads of a queue."""
    return tuple(t for t in desk.technicians_of(queue) if t.lead)


def managers(desk: Desk, queue: str) -> tuple[Technician, ...]:
    """Return who hears of broken promises in a queue: its managers, and those who have no queues."""
    return tuple(t for t in desk.technicians if t.manager and (not t.queues or queue in t.queues))


# ------------------------------------------------------------------ by time


def _unanswered_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """Return when a ticket that nobody took or answered goes on."""
    percent = dict(desk.escalation.unanswered).get(ticket.priority)
    if percent is None or ticket.assignee or UNANSWERED in ticket.escalated_for or ticket.status.is_done:
        return None
    clock = next((r for r in readings(ticket, desk) if r.clock is Clock.FIRST_RESPONSE), None)
    return clock.at(percent) if clock is not None and clock.is_running else None


def _send_on_unanswered(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    percent = dict(desk.escalation.unanswered)[ticket.priority]
    why = f"nobody answered or took it in {percent} % of the time for a first answer to {ticket.priority}"
    events, notices = escalate(ticket, desk, UNANSWERED, why, now=now)
    return Due(events, why, notices=notices)


def _reopened_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """Return since when a ticket has been open too often; it goes on at the next tick."""
    limit = desk.escalation.reopened
    if limit is None or ticket.course.reopened < limit or REOPENED in ticket.escalated_for:
        return None
    return None if ticket.status.is_done or not ticket.stays else ticket.stays[-1].since


def _send_on_reopened(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    why = f"it was reopened {ticket.course.reopened} times"
    events, notices = escalate(ticket, desk, REOPENED, why, now=now)
    return Due(events, why, notices=notices)


ESCALATION_DUTIES: tuple[Duty, ...] = (
    Duty("escalate unanswered", _unanswered_at, _send_on_unanswered),
    Duty("escalate reopened", _reopened_at, _send_on_reopened),
)
