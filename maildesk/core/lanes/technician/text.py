"""What the text of a technician's mail becomes: an entry of the history, and mail to whoever may see it."""

from dataclasses import dataclass, replace

from maildesk.core.access import Standing
from maildesk.core.commands import CommandRun
from maildesk.core.commands.context import Strand
from maildesk.core.escalation import Note, handover_news
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.told import ask_to_confirm
from maildesk.core.notices import tell_crew, tell_public
from maildesk.core.status import status_changed
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
    if (mail.is_empty and mail.block.commands) or run.context.is_text_taken:
        return Spoken()
    if mail.only_waits:
        return _wait(mail, strand)
    if mail.is_empty or visibility_of(mail, run) is Visibility.INTERNAL:
        spoken = _note(mail, run, strand, "(empty mail)" if mail.is_empty else mail.block.text)
    else:
        spoken = _answer(mail, run, strand)
    return replace(spoken, acts=(*_settled(mail, strand), *spoken.acts))


def _settled(mail: TechnicianMail, strand: Strand) -> tuple[Act, ...]:
    """Return what settles the entry under which this very mail waited until somebody stood for it."""
    if not mail.situation.released:
        return ()
    message = mail.situation.message
    return tuple(
        Act(mail.technician.email, ev.PendingSettled(recorded.seq, approved=True))
        for recorded in mail.situation.notes
        if isinstance(recorded.event, ev.CorrespondencePending)
        and recorded.ticket == strand.ticket.number
        and mail.technician.owns(recorded.event.sender.address)
        and (recorded.event.message_id, recorded.event.text) == (message.message_id, mail.block.text)
    )


def visibility_of(mail: TechnicianMail, run: CommandRun) -> Visibility:
    """Say who may see the text: a command's word counts most, then the notice answered; doubt stays internal."""
    if run.context.as_note or run.context.is_homeless:
        return Visibility.INTERNAL
    if run.context.as_reply and mail.identity.command_standing is Standing.AS_SAID:
        return Visibility.PUBLIC
    if mail.identity.text_standing is Standing.NOTE:
        return Visibility.INTERNAL
    return Visibility.PUBLIC if run.context.as_reply else mail.identity.visibility


def _note(mail: TechnicianMail, run: CommandRun, strand: Strand, text: str) -> Spoken:
    message, author, ticket = mail.situation.message, mail.technician.address, strand.ticket
    event = ev.NoteAdded(author, text, message.message_id, message.attachments)
    files, readers = message.attachments, tuple(t.email for t in run.context.note_to)
    handed_over = handover_news(mail.desk, strand.before, ticket, strand.events, Note(author, text, files, readers))
    if handed_over:
        return Spoken((Act(author.address, event),), handed_over, Visibility.INTERNAL)
    # What is written to the queue that takes over says so itself.
    name = NoticeName.NOTE if ticket.queue == strand.before.queue else NoticeName.QUEUE_CHANGED
    notices = tell_crew(
        name,
        mail.desk,
        replace(ticket, watchers=(*ticket.watchers, *readers)),
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
    waits = f"your text waits on ticket {strand.before.number} and was shown to nobody outside: {mail.identity.why}"
    return Spoken((Act(author.address, event),), ask_to_confirm(mail, (), waits), Visibility.INTERNAL)


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
        NoticeName.FOLLOW_UP,
        mail.desk,
        ticket,
        visibility=Visibility.PUBLIC,
        text=mail.block.text,
        author=author,
    )
    # Who takes a ticket by answering is announced as its owner instead.
    return Spoken(tuple(acts), (*public, *(() if takes_over else told)), Visibility.PUBLIC)


def _was_released(strand: Strand) -> bool:
    """`#release` or `#assign none` in this very mail: answering must not take the ticket back."""
    return any(isinstance(a.event, ev.Assigned) and a.event.assignee is None for a in strand.acts)
