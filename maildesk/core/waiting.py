"""Tickets that wait for somebody outside: the requester is reminded and at last told that the ticket counts as solved;
the technicians hear of a vendor that is silent. Pure.

Called by `timer`, whose duties these are, by the outbox's last look at a mail and by the letter writer. Whether a
ticket waits is read off where it stands and who wrote last, so that an answer ends all of it at once.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from maildesk.core.calendar import next_opening
from maildesk.core.duty import Due, Duty
from maildesk.core.notices import tell_public
from maildesk.core.status import status_changed
from maildesk.core.when import shown
from maildesk.model.clock import Calendar
from maildesk.model.desk import Desk
from maildesk.model.event import RequesterReminded, VendorChased
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.ticket import Status, Ticket

#: Whoever was reminded late has at least so long to answer before the ticket counts as solved.
_GRACE = timedelta(days=2)
_DAY = timedelta(days=1)


def silent_since(ticket: Ticket) -> datetime | None:
    """Return since when the requester owes an answer: since our last public word or since the ticket began to wait.

    None: it does not wait for the requester, or they have written more than thanks; a machine's mail is no answer.
    """
    if ticket.status is not Status.WAITING_REQUESTER or ticket.merged_into is not None:
        return None
    began = ticket.stays[-1].since if ticket.stays else ticket.updated_at
    since = max(began, ticket.answered_at or began)
    # The same words that let the clocks go on; else somebody's thanks would leave it waiting, and nobody reminded.
    asked_at = (ticket.awaiting_since, ticket.stays[-1].answered_at if ticket.stays else None)
    return None if any(at is not None and at > since for at in asked_at) else since


def resolving_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """Return when a ticket counts as solved for want of an answer; None: never, as it stands.

    The requester is told of it, so that it never comes before they had time to answer the last reminder.
    """
    since, wait = silent_since(ticket), desk.waiting.resolve
    if since is None or wait is None:
        return None
    at = since + timedelta(seconds=wait)
    reminded_at, told = ticket.course.reminded_at, min(ticket.course.reminders, len(desk.waiting.remind))
    if reminded_at is not None and told:
        # The admin's own distance where that is shorter: then everything was in time.
        usual = timedelta(seconds=wait - desk.waiting.remind[told - 1])
        at = max(at, next_opening(_calendar_of(ticket, desk), reminded_at) + min(_GRACE, max(usual, timedelta(0))))
    return next_opening(_calendar_of(ticket, desk), at)


def _calendar_of(ticket: Ticket, desk: Desk) -> Calendar:
    return desk.calendar_for(ticket.requester.address, ticket.queue)


# ------------------------------------------------------------------ the requester


def _reminding_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """Return when the next reminder is due: one that came too late for its time is passed over by the one after it."""
    since, told = silent_since(ticket), ticket.course.reminders
    if since is None or told >= len(desk.waiting.remind):
        return None
    at = since + timedelta(seconds=desk.waiting.remind[told])
    if told and ticket.course.reminded_at is not None:
        # The one before may have come late; nobody is reminded twice on one day where the admin did not ask for it.
        usual = timedelta(seconds=desk.waiting.remind[told] - desk.waiting.remind[told - 1])
        at = max(at, ticket.course.reminded_at + min(_DAY, usual))
    return next_opening(_calendar_of(ticket, desk), at)


def _remind(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    since, calendar = silent_since(ticket) or now, _calendar_of(ticket, desk)
    due = (next_opening(calendar, since + timedelta(seconds=seconds)) <= now for seconds in desk.waiting.remind)
    nth = max(ticket.course.reminders + 1, sum(due))
    because = f"no answer since {since.isoformat()}: reminder {nth} of {len(desk.waiting.remind)}"
    requester = ticket.requester
    if requester.key in ticket.muted:
        told = f"it waits for the requester since {shown(since, desk)}, who wants no automatic mail: ask them yourself"
        return Due((RequesterReminded(nth),), f"{because}, muted", told)
    # After a night of standing still the decision is made now, and the mail leaves when somebody would write it.
    delay = (next_opening(calendar, now) - now).total_seconds()
    echo = _is_known(ticket)
    notice = Notice(
        NoticeName.WAITING_REMINDER, requester, Audience.PUBLIC, Visibility.PUBLIC, echo=echo, delay_seconds=delay
    )
    return Due((RequesterReminded(nth),), because, notices=(notice,))


def _giving_up_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """Return when a ticket is resolved unanswered: not before every reminder has gone."""
    return None if ticket.course.reminders < len(desk.waiting.remind) else resolving_at(ticket, desk)


def _give_up(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    since = silent_since(ticket) or now
    resolved = status_changed(desk, now, ticket.status, Status.RESOLVED)
    echo = _is_known(ticket)
    told = tuple(replace(n, echo=echo) for n in tell_public(NoticeName.RESOLVED_UNANSWERED, desk, ticket))
    because = f"no answer since {since.isoformat()}, after {ticket.course.reminders} reminders"
    return Due((resolved,), because, notices=told)


def _is_known(ticket: Ticket) -> bool:
    """Tell whether somebody of the desk has ever written to the public side.

    Where only rules did, the requester may be anybody whose address was borrowed: their words are not sent to it.
    """
    return ticket.answered_at is not None


# ------------------------------------------------------------------ the vendor


def _chasing_at(ticket: Ticket, desk: Desk) -> datetime | None:
    every = desk.waiting.chase_vendor
    if ticket.status is not Status.WAITING_VENDOR or ticket.merged_into is not None or every is None:
        return None
    began = ticket.stays[-1].since if ticket.stays else ticket.updated_at
    since = max(began, ticket.chased_at or began)
    return next_opening(_calendar_of(ticket, desk), since + timedelta(seconds=every))


def _chase(ticket: Ticket, desk: Desk, now: datetime) -> Due:
    began = ticket.stays[-1].since if ticket.stays else now
    told = f"the vendor has been silent since {shown(began, desk)}; ask there how it stands"
    return Due((VendorChased(),), f"waiting for a vendor since {began.isoformat()}", told)


WAITING_DUTIES: tuple[Duty, ...] = (
    Duty("resolve unanswered", _giving_up_at, _give_up),
    Duty("remind requester", _reminding_at, _remind),
    Duty("chase vendor", _chasing_at, _chase),
)
