"""Commands that take a ticket out of its team's hands: to the next level, or out of sight as spam."""

from dataclasses import replace

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb, pick_word
from maildesk.core.commands.tickets import set_status
from maildesk.model.event import Assigned, QueueChanged, TagsChanged
from maildesk.model.ticket import Status, Ticket

#: The tag of a ticket that is none; whoever is told of closed tickets is not told of this one.
SPAM = "spam"


def escalate(command: Command, context: Context) -> Applied | Refused:
    """Hand the ticket to the next level, or to a queue; the text below is a note to whoever takes over."""
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    if context.as_reply:
        return Refused("the text below is a note to the next level; answer the requester in a mail of its own")
    misplaced = context.about_text()
    if misplaced is not None:
        return misplaced
    target = _next_level(command, context, ticket)
    if isinstance(target, Refused):
        return target
    owner = context.desk.technician(ticket.assignee) if ticket.assignee else None
    freed = () if ticket.assignee is None or (owner and target in owner.queues) else (Assigned(None),)
    after = context.after(QueueChanged(target, ticket.queue), *freed)
    told = f"queue {ticket.queue} → {target}"
    if context.is_silent:
        return Applied(after, told)
    return Applied(replace(after, as_note=True), f"{told}; the text is a note to them")


def _next_level(command: Command, context: Context, ticket: Ticket) -> str | Refused:
    names = tuple(q.name for q in context.desk.queues if q.name != ticket.queue)
    if command.value:
        if command.value.casefold() == ticket.queue.casefold():
            return Refused(f"it is in {ticket.queue} already")
        return pick_word(command.value, names)
    target = next((q.escalates_to for q in context.desk.queues if q.name == ticket.queue), None)
    if target is None:
        return Refused(f"{ticket.queue} has no further level; name a queue: {', '.join(names)}", "#escalate QUEUE")
    return target


def spam(command: Command, context: Context) -> Applied | Refused:
    """Close the ticket as spam; nobody outside is told, and the text below is a note."""
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    if command.value:
        return Refused("#spam takes no value")
    if context.as_reply:
        return Refused("nobody outside is told of spam; answer them in a mail of its own")
    misplaced = context.about_text()
    if misplaced is not None:
        return misplaced
    tagged = context if SPAM in ticket.tags else context.after(TagsChanged((*ticket.tags, SPAM)))
    closed = set_status(replace(tagged, as_note=True), Status.CLOSED)
    return closed if isinstance(closed, Refused) else Applied(closed.context, "closed as spam; nobody outside is told")


ESCALATION_VERBS: dict[str, Verb] = {
    "escalate": Verb(escalate, "[QUEUE]"),
    "spam": Verb(spam),
}
