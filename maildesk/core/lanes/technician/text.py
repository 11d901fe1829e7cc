"""What the text of a technician's mail becomes: an entry of the history, and mail to whoever may see it."""

from dataclasses import dataclass

from maildesk.core.access import Standing
from maildesk.core.commands import CommandRun
from maildesk.core.commands.context import Strand
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.notices import result, tell_crew, tell_public
from maildesk.core.sla import status_changed
from maildesk.model import event as ev
from maildesk.model.decision import Act
from maildesk.model.notice import Notice, NoticeName, Visibility
from maildesk.model.ticket import Status


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the text came to. `visibility` None: there is no text."""

    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    visibility: Visibility | None = None


def speak(mail: TechnicianMail, run: CommandRun, strand: Strand) -> Spoken:
    """Turn the text into an entry and tell whoever may see it."""
    if mail.is_empty and mail.block.commands:
        return Spoken()
    if mail.identity.text_standing is Standing.PENDING:
        return _wait(mail, strand)
    if mail.is_empty or visibility_of(mail, run) is Visibility.INTERNAL:
        return _note(mail, strand, "(empty mail)" if mail.is_empty else mail.block.text)
    return _answer(mail, run, strand)


def visibility_of(mail: TechnicianMail, run: CommandRun) -> Visibility:
    """Say who may see the text: a command's word counts most, then the notice answered; doubt stays internal."""
    if run.context.as_note or mail.identity.text_standing is Standing.NOTE:
        return Visibility.INTERNAL
    return Visibility.PUBLIC if run.context.as_reply else mail.identity.visibility


def _note(mail: TechnicianMail, strand: Strand, text: str) -> Spoken:
    message, author = mail.situation.message, mail.technician.address
    event = ev.NoteAdded(author, text, message.message_id, message.attachments)
    notices = tell_crew(
        NoticeName.NOTE,
        mail.desk,
        strand.ticket.queue,
        strand.ticket.assignee,
        text=text,
        author=author,
        attachments=message.attachments,
        visibility=Visibility.INTERNAL,
    )
    return Spoken((Act(author.address, event),), notices, Visibility.INTERNAL)


def _wait(mail: TechnicianMail, strand: Strand) -> Spoken:
    message, author = mail.situation.message, mail.technician.address
    why = f"not sent on: {mail.identity.why}"
    event = ev.CorrespondencePending(author, mail.block.text, why, message.message_id, message.attachments)
    answer = result(
        NoticeName.COMMAND_REJECTED,
        mail.technician,
        (),
        visibility=mail.identity.visibility,
        text=mail.block.text,
        detail=f"your text waits on ticket {strand.before.number} and was shown to nobody outside: {mail.identity.why}",
    )
    return Spoken((Act(author.address, event),), (answer,), Visibility.INTERNAL)


def _answer(mail: TechnicianMail, run: CommandRun, strand: Strand) -> Spoken:
    message, author, ticket = mail.situation.message, mail.technician.address, strand.ticket
    actor = author.address
    sent = ev.CorrespondenceSent(author, mail.block.text, message.message_id, ticket.audience, message.attachments)
    acts = [Act(actor, sent)]
    if ticket.status is Status.NEW:
        acts.append(Act(actor, status_changed(mail.desk, mail.situation.now, Status.NEW, Status.OPEN)))
    takes_over = ticket.assignee is None and not run.context.keep_owner and not _was_released(strand)
    if takes_over:
        acts.append(Act(actor, ev.Assigned(mail.technician.email)))
    # A ticket that went into another one is closed, but nothing of it is solved.
    solved = ticket.status.is_done and not strand.before.status.is_done and ticket.merged_into is None
    name = NoticeName.RESOLVED if solved else NoticeName.CORRESPONDENCE
    public = tell_public(name, mail.desk, ticket, text=mail.block.text, author=author, attachments=message.attachments)
    told = tell_crew(
        NoticeName.FOLLOW_UP, mail.desk, ticket.queue, ticket.assignee, text=mail.block.text, author=author
    )
    # Who takes a ticket by answering is announced as its owner instead.
    return Spoken(tuple(acts), (*public, *(() if takes_over else told)), Visibility.PUBLIC)


def _was_released(strand: Strand) -> bool:
    """`#release` or `#assign none` in this very mail: answering must not take the ticket back."""
    return any(isinstance(a.event, ev.Assigned) and a.event.assignee is None for a in strand.acts)
