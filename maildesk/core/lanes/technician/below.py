"""What is typed below a word such as `undo`, and the answer when the word can do nothing. Called by the words' lane."""

from dataclasses import dataclass

from maildesk.core.commands.words import Spoken
from maildesk.core.lanes.opening import hold
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.notices import one_each, result, tell_crew
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.notice import CommandResult, Notice, NoticeName, Visibility
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine


@dataclass(frozen=True, slots=True)
class Kept:
    """The note that the text below became, and who is told of it; nothing where there is no text."""

    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()


def keep_below(mail: TechnicianMail, spoken: Spoken, ticket: Ticket | None) -> Kept | None:
    """Keep what was typed below a word as a note; None: there is no ticket to keep it on."""
    if not spoken.below and not mail.has_files:
        return Kept()
    if ticket is None:
        return None
    message, author = mail.situation.message, mail.technician.address
    event = ev.NoteAdded(author, spoken.below or "(files)", message.message_id, message.attachments)
    told = tell_crew(
        NoticeName.NOTE,
        mail.desk,
        ticket,
        text=event.text,
        author=author,
        attachments=message.attachments,
        visibility=Visibility.INTERNAL,
    )
    return Kept((Act(author.address, event),), told)


def refuse_word(mail: TechnicianMail, spoken: Spoken, problem: str) -> Decision:
    """Do nothing but say why, and keep what was typed below; without a ticket to keep it on the mail is held."""
    ticket = mail.identity.ticket
    kept = keep_below(mail, spoken, ticket)
    trace = (TraceLine("command", spoken.word, hit=False, because=problem),)
    if kept is None:
        why = problem or f"there is no ticket to keep your text on; answer with the word {spoken.word} alone"
        return hold(mail.situation, mail.identity, f"{spoken.word}: {why}", notices=(_told(mail, why),))
    note = ". Your text below is kept as a note" if kept.acts else ""
    notices = (*kept.notices, _told(mail, problem + note))
    return Decision(
        Disposition.ACCEPT if kept.acts else Disposition.DISCARD,
        Outcome.FOLLOW_UP if kept.acts else Outcome.DISCARDED,
        f"{spoken.word}: {problem}",
        ticket=ticket.number if ticket else None,
        acts=kept.acts,
        notices=one_each(notices, mail.desk, mail.technician.address),
        trace=trace,
        commands=(CommandResult(spoken.word, False, problem),),
    )


def _told(mail: TechnicianMail, problem: str) -> Notice:
    visibility = mail.identity.visibility
    return result(NoticeName.COMMAND_REJECTED, mail.technician, (), visibility=visibility, detail=problem)
