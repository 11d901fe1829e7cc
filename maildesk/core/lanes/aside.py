"""Answers to what a technician asked somebody aside: for technicians alone. Called by the lane of requesters.

Whoever is asked aside takes no part in the ticket: their mail opens, closes and shows nothing.
"""

from maildesk.core.absence import covered
from maildesk.core.lanes.opening import author_of
from maildesk.core.notices import one_each, tell_crew
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk
from maildesk.model.message import Kind
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.situation import Situation
from maildesk.model.ticket import Status, Ticket
from maildesk.model.trace import TraceLine


def decide_aside(situation: Situation, desk: Desk, ticket: Ticket) -> Decision:
    """Keep the answer for technicians and tell them; a ticket that waited for somebody else waits no longer."""
    message = situation.message
    sender = author_of(message)
    answered = ev.SideAnswered(sender, message.visible_text, message.message_id, message.attachments)
    waited = ticket.status is Status.WAITING_VENDOR and message.kind is Kind.PERSON
    opened = (ev.StatusChanged(Status.OPEN, ticket.status),) if waited else ()
    told = tell_crew(
        NoticeName.SIDE_ANSWER,
        desk,
        ticket,
        text=message.visible_text,
        detail=f"{ticket.status} → open" if waited else "",
        author=sender,
        attachments=message.attachments,
        visibility=Visibility.INTERNAL,
    )
    why = f"{sender.address} answered what they were asked aside"
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"{why} on ticket {ticket.number}",
        ticket=ticket.number,
        acts=tuple(Act(sender.address, event) for event in (answered, *opened)),
        notices=one_each(covered(told, desk, ticket.queue, ticket.assignee, situation.away), desk, sender),
        trace=(TraceLine("guard", "aside", hit=True, because=why),),
    )
