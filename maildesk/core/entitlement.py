"""Whether an outgoing mail may still go to whom it was written: looked at again when it is about to leave. Pure.

Called by the outbox loop with what the database says at that instant. Between the decision and the sending a
technician may have left, a participant been removed, a ticket got another requester; and should a mistake anywhere else
address inside text to an outsider, this is where it ends.
"""

from dataclasses import dataclass
from datetime import datetime

from maildesk.core.clocks import readings
from maildesk.core.waiting import silent_since
from maildesk.model.clock import Run
from maildesk.model.desk import Desk
from maildesk.model.event import ParticipantAdded, ParticipantRemoved, Recorded, RequesterChanged, SideAsked
from maildesk.model.notice import Audience, NoticeName
from maildesk.model.ticket import Ticket

#: The events of a ticket that name whoever was let in or asked, whose newest tell who is entitled to what.
NAMING_EVENTS = (ParticipantAdded, ParticipantRemoved, RequesterChanged, SideAsked)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A mail about to leave. `ticket` is the one it speaks of, as it is now; `named`: the ticket's `NAMING_EVENTS`.

    `decided_at`: when it was asked for.
    """

    notice: str
    audience: Audience
    recipient: str
    ticket: Ticket | None
    decided_at: datetime
    named: tuple[Recorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a mail must not leave. `alarming`: its recipient never was entitled to it, so that something is wrong."""

    why: str
    alarming: bool = False


def needs_history(mail: Leaving) -> bool:
    """Tell whether the ticket's naming events are needed to judge this mail: hardly ever."""
    if mail.audience is Audience.ASIDE:
        return True
    return mail.audience is Audience.PUBLIC and not _takes_part(mail)


def find_objection(mail: Leaving, desk: Desk, now: datetime) -> Objection | None:
    """Say why a mail must not leave; None when its recipient is entitled to it and its reason still holds."""
    gone = _reason_gone(mail, mail.ticket, desk, now) if mail.ticket is not None else ""
    return _not_entitled(mail, desk) or (Objection(gone) if gone else None)


def _reason_gone(mail: Leaving, ticket: Ticket, desk: Desk, now: datetime) -> str:
    """Say why nobody needs this reminder or warning any more; empty: it still holds, or it is another mail."""
    began = ticket.stays[-1].since if ticket.stays else ticket.created_at
    match mail.notice:
        case NoticeName.WAITING_REMINDER:
            return "" if silent_since(ticket) is not None else "the ticket no longer waits for the requester"
        case NoticeName.RESOLVED_UNANSWERED:
            return "" if ticket.status.is_done else f"the ticket is {ticket.status} again"
        case NoticeName.DEADLINE_WARNING | NoticeName.UPDATE_DUE | NoticeName.REMINDER if ticket.status.is_done:
            return f"the ticket is {ticket.status}"
        case NoticeName.REMINDER if began > mail.decided_at:
            return f"the ticket is {ticket.status} since"
        case NoticeName.REMINDER | NoticeName.UPDATE_DUE if (ticket.answered_at or mail.decided_at) > mail.decided_at:
            return "the requester was answered since"
        case NoticeName.DEADLINE_WARNING if not _is_any_in_danger(ticket, desk, max(now, mail.decided_at)):
            return "no deadline of the ticket is in danger any more"
        case _:
            return ""


def _is_any_in_danger(ticket: Ticket, desk: Desk, now: datetime) -> bool:
    lowest = min((w.percent for w in desk.escalation.warnings), default=100)
    running = (r for r in readings(ticket, desk) if r.run is Run.RUN and r.done_at is None)
    return any((at := r.at(lowest)) is not None and at <= now for r in running)


def _not_entitled(mail: Leaving, desk: Desk) -> Objection | None:
    match mail.audience:
        case Audience.TECHNICIAN:
            return _as_technician(mail, desk)
        case Audience.PUBLIC:
            return _as_reader(mail)
        case Audience.ASIDE:
            asked = any(isinstance(r.event, SideAsked) and r.event.to.key == _key(mail) for r in mail.named)
            return None if asked else Objection("nobody asked this address aside on this ticket", alarming=True)
        case Audience.NOTIFIED:
            named = any(_key(mail) in rule.told for rule in desk.rules)
            return None if named else Objection("no rule names this address any more")


def _as_technician(mail: Leaving, desk: Desk) -> Objection | None:
    owner = desk.technician(mail.recipient)
    if owner is not None and owner.email.casefold() == _key(mail):
        return None
    if owner is not None:
        return Objection("the technician is written to at another address now")
    if _takes_part(mail):
        return Objection("this is mail for technicians, and the recipient is on the public side", alarming=True)
    return Objection("the recipient is no technician any more")


def _as_reader(mail: Leaving) -> Objection | None:
    if _takes_part(mail) or (mail.notice == NoticeName.REFUSED and mail.ticket is None):
        return None
    left = any(isinstance(r.event, ParticipantRemoved) and r.event.participant.key == _key(mail) for r in mail.named)
    if left and mail.notice == NoticeName.LEFT:
        return None
    if left or any(_let_in(r, _key(mail)) for r in mail.named):
        return Objection("the recipient does not take part in the ticket any more")
    return Objection("the recipient never took part in the ticket", alarming=True)


def _let_in(recorded: Recorded, key: str) -> bool:
    match recorded.event:
        case ParticipantAdded(participant=person) | RequesterChanged(before=person):
            return person.key == key
        case _:
            return False


def _takes_part(mail: Leaving) -> bool:
    return mail.ticket is not None and mail.ticket.takes_part(mail.recipient)


def _key(mail: Leaving) -> str:
    return mail.recipient.casefold()
