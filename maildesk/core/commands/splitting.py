"""The command that makes a second ticket of what does not belong to the first."""

from dataclasses import replace

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb
from maildesk.core.notices import one_each, tell_crew
from maildesk.model.decision import Act, Aside
from maildesk.model.event import Event, LinksChanged, NoteAdded, TicketOpened
from maildesk.model.notice import Notice, NoticeName, Visibility
from maildesk.model.ticket import Ticket

_LONGEST_SUBJECT = 80


def split(command: Command, context: Context) -> Applied | Refused:
    """Make a second, linked ticket for the same requester out of the text below; nobody outside is sent that text."""
    ticket, number = context.ticket, context.next_number
    if context.is_text_taken:
        return Refused("the text below became a ticket already; one #split a mail")
    if ticket is None or number is None:
        return NO_TICKET
    if context.as_note or context.as_reply:
        return Refused("the text below becomes the new ticket; answer or note in a mail of its own")
    if context.has_foreign_text:
        return Refused(f"the text below belongs to ticket {context.home}; split {ticket.number} in a mail of its own")
    if not context.text.strip():
        return Refused("what is the new ticket about? Write it below")
    # Nothing of the text: it is internal, and a subject goes outside with the first answer.
    opened = _opening(ticket, context, command.value or ticket.subject)
    aside = Aside(None, tuple(Act(context.technician.email, event) for event in opened), _news(ticket, context))
    linked = context.after(LinksChanged(tuple(sorted({*ticket.links, number}))))
    split_off = replace(linked, asides=(*linked.asides, aside), is_text_taken=True, next_number=None)
    return Applied(split_off, f"the text is ticket {number} now, linked to {ticket.number}")


def _opening(ticket: Ticket, context: Context, subject: str) -> tuple[Event, ...]:
    """Return how the new ticket begins; its text is internal, as no technician's words go out unasked."""
    title = subject if len(subject) <= _LONGEST_SUBJECT else f"{subject[: _LONGEST_SUBJECT - 1]}…"
    return (
        TicketOpened(title, ticket.requester, ticket.mailbox, ticket.queue, language=ticket.language),
        NoteAdded(context.technician.address, _text(ticket, context), None, context.files),
        LinksChanged((ticket.number,)),
    )


def _text(ticket: Ticket, context: Context) -> str:
    return f"{context.text}\n\n(Split from ticket {ticket.number}.)"


def _news(ticket: Ticket, context: Context) -> tuple[Notice, ...]:
    told = tell_crew(
        NoticeName.TICKET_OPENED,
        context.desk,
        replace(ticket, assignee=None, watchers=()),
        text=context.text,
        detail=f"split from ticket {ticket.number}",
        author=context.technician.address,
        attachments=context.files,
        visibility=Visibility.INTERNAL,
    )
    return one_each(told, context.desk, context.technician.address)


SPLIT_VERBS: dict[str, Verb] = {"split": Verb(split, "[SUBJECT]", spawns=True)}
