"""Text that technicians see and nobody else, until somebody vouches for it. Called by the lanes of outsiders."""

from maildesk.core.absence import covered
from maildesk.core.lanes.joining import Newcomers
from maildesk.core.lanes.opening import author_of
from maildesk.core.notices import one_each, tell_crew
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.situation import Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine


def keep_pending(
    situation: Situation, desk: Desk, ticket: Ticket, reason: str, coming: Newcomers | None = None
) -> Decision:
    """Keep the text where technicians see it and nobody else, until one of them vouches for it by one word.

    `coming`: whom the mail names beside its sender; they wait, too.
    """
    message = situation.message
    sender = author_of(message)
    event = ev.CorrespondencePending(sender, message.visible_text, reason, message.message_id, message.attachments)
    notices = tell_crew(
        NoticeName.PENDING,
        desk,
        ticket,
        text=message.visible_text,
        detail=f"{reason}. {coming.detail}" if coming and coming.detail else reason,
        author=sender,
        attachments=message.attachments,
        visibility=Visibility.INTERNAL,
    )
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"kept for technicians only: {reason}",
        ticket=ticket.number,
        acts=(Act(sender.address, event), *(coming.acts(sender) if coming else ())),
        notices=one_each(covered(notices, desk, ticket.queue, ticket.assignee, situation.away), desk, sender),
        trace=(TraceLine("guard", "pending", hit=True, because=reason),),
    )
