"""What rules do to a ticket, anew each time: notes, dates, the next level, other tickets. A row of `DEEDS` is one."""

from dataclasses import replace
from datetime import datetime, timedelta

from maildesk.core.calendar import add_working
from maildesk.core.escalation import escalate
from maildesk.core.notices import tell_crew
from maildesk.core.ruling.grounds import PERSON_SINCE, SYSTEM, Done, Grounds, Wish, is_kept
from maildesk.core.status import status_changed
from maildesk.model import event as ev
from maildesk.model.decision import Act, Aside
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.rule import Ahead, RuleVerdict, SecondTicket
from maildesk.model.ticket import Status, Ticket

_NEVER_OPEN = "its calendar has no such hour within three years"


def _note(verdict: RuleVerdict, _ticket: Ticket, _grounds: Grounds, _left: int) -> Done:
    return Done(tuple(ev.NoteAdded(SYSTEM, text, None) for text in verdict.actions.note))


def _due(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    at = _ahead(verdict.actions.due, ticket, grounds)
    if at is None:
        return Done(why=_NEVER_OPEN)
    if is_kept("due_at", "due", verdict, ticket):
        return Done(why=PERSON_SINCE)
    return Done((ev.DueSet(at),))


def _snooze(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    until = _ahead(verdict.actions.snooze, ticket, grounds)
    if until is None:
        return Done(why=_NEVER_OPEN)
    if is_kept("snoozed_until", "snooze", verdict, ticket):
        return Done(why=PERSON_SINCE)
    slept = status_changed(grounds.desk, grounds.now, ticket.status, Status.SCHEDULED)
    changed = () if ticket.status is Status.SCHEDULED else (slept,)
    return Done((*changed, ev.SnoozeSet(until)))


def _ahead(wanted: Ahead | None, ticket: Ticket, grounds: Grounds) -> datetime | None:
    if wanted is None:
        return None
    if not wanted.working:
        return grounds.now + timedelta(seconds=wanted.seconds)
    calendar = grounds.desk.calendar_for(ticket.requester.address, ticket.queue)
    return add_working(calendar, grounds.now, wanted.seconds)


def _escalate(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    by = f"rule: {verdict.author_of('escalate')}"
    events, notices = escalate(
        ticket, grounds.desk, by, f"rule '{verdict.author_of('escalate')}'", verdict.actions.escalate or None,
        now=grounds.now, entries=grounds.entries,
    )  # fmt: skip
    return Done(events, notices)


def _link(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    number = int(verdict.actions.link or 0)
    other = next((t for t in grounds.others if t.number == number), None)
    if other is None:
        return Done(why=f"there is no ticket {number}")
    if number == ticket.number or number in ticket.links:
        return Done()
    mine = ev.LinksChanged(tuple(sorted({*ticket.links, number})))
    if not ticket.number or ticket.number in other.links:
        return Done((mine,))
    by = f"rule: {verdict.author_of('link')}"
    theirs = ev.LinksChanged(tuple(sorted({*other.links, ticket.number})))
    return Done((mine,), asides=(Aside(number, (Act(by, theirs),)),))


def _also(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    """Open further tickets. Their numbers follow that of this one, where it is about to be opened itself."""
    by, first = f"rule: {verdict.author_of('also')}", grounds.next_number
    asides = tuple(_second(second, ticket, grounds, by) for second in verdict.actions.also)
    if first is None:
        return Done(asides=asides)
    start = first + (ticket.number == first)
    numbers = range(start, start + len(asides))
    return Done((ev.LinksChanged(tuple(sorted({*ticket.links, *numbers}))),), asides=asides)


def _second(second: SecondTicket, ticket: Ticket, grounds: Grounds, by: str) -> Aside:
    queue = second.queue or ticket.queue
    opened = ev.TicketOpened(second.subject, ticket.requester, ticket.mailbox, queue, language=ticket.language)
    note = (ev.NoteAdded(SYSTEM, second.text, None),) if second.text else ()
    linked = (ev.LinksChanged((ticket.number,)),) if ticket.number else ()
    told = tell_crew(
        NoticeName.TICKET_OPENED, grounds.desk, replace(ticket, queue=queue, assignee=None, watchers=()),
        visibility=Visibility.INTERNAL, text=second.text,
        detail=f"opened beside ticket {ticket.number} by {by.replace(': ', ' ', 1)}",
    )  # fmt: skip
    return Aside(None, tuple(Act(by, event) for event in (opened, *note, *linked)), told)


#: In the order in which they are carried out.
DEEDS: tuple[tuple[str, Wish], ...] = (
    ("note", _note),
    ("due", _due),
    ("snooze", _snooze),
    ("escalate", _escalate),
    ("link", _link),
    ("also", _also),
)
