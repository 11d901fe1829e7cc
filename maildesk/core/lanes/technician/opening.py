"""A technician's mail that belongs to no ticket: a question, a request of their own, or one for somebody else.

A ticket for somebody else is drafted before the lines run, so that all of them work on it as on any other.
"""

from dataclasses import dataclass, replace

from maildesk.core.commands import CommandRun
from maildesk.core.commands.context import Strand
from maildesk.core.commands.siding import side_questions
from maildesk.core.lanes.opening import (
    home_of,
    open_ticket,
    opened_event,
    reason_of,
    rule_trace,
    run_desk_rules,
)
from maildesk.core.lanes.ruled import acknowledged, rule_on_draft
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.text import speak
from maildesk.core.lanes.technician.told import command_trace, people_news, results, status_news
from maildesk.core.notices import one_each, result, tell_crew
from maildesk.core.ruling import Ruling
from maildesk.mail.quoting import find_visible_text
from maildesk.mail.threads import base_subject
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.message import Address, Attachment, InboundMessage
from maildesk.model.notice import Notice, NoticeName, Visibility
from maildesk.model.rule import RuleVerdict
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

_SYSTEM = Address("maildesk", "")
#: Characters of a note that colleagues are told in a sentence; the whole stands in the history.
_NOTE_CHARS = 500
_WHOSE = "Whose is it? Reply with #requester ADDRESS"
_WRONG = "reply with #requester ADDRESS if that is wrong"
#: Of what is told of a new ticket's status, only this is worth more than its acknowledgement.
_WORTH_MORE = (NoticeName.RESOLVED, NoticeName.EXPECTED)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the text of the mail is on the new ticket; `entry` None: there is none that the requester may see."""

    entry: ev.CorrespondenceReceived | None
    notes: tuple[Act, ...]
    text: str
    files: tuple[Attachment, ...]
    detail: str


def answer_questions(mail: TechnicianMail, run: CommandRun) -> Decision:
    """Answer questions that belong to no ticket, and open none for them."""
    asked = ", ".join(c.line for c in mail.block.commands)
    return Decision(
        Disposition.DISCARD,
        Outcome.DISCARDED,
        f"only a question, answered: {asked}",
        notices=results(mail, run),
        trace=command_trace(run.results),
        commands=run.results,
    )


def open_own(mail: TechnicianMail, run: CommandRun) -> Decision:
    """Open the technician's own ticket; where it may be somebody else's, ask."""
    opened = open_ticket(
        mail.situation,
        mail.desk,
        mail.identity,
        run_desk_rules(mail.situation, mail.desk, mail.identity),
        requester=mail.technician.address,
        opened_by=mail.technician.address,
        text=mail.block.text if mail.block.commands else None,
        claims=mail.identity.claims,
    )
    asked = _told(mail, run, f"it is your own ticket for now: {mail.doubt}. {_WHOSE}") if mail.doubt else ()
    notices = one_each((*opened.notices, *(asked or results(mail, run))), mail.desk, mail.technician.address)
    trace = (*opened.trace, *command_trace(run.results))
    return replace(opened, notices=notices, commands=run.results, trace=trace)


def already_known(mail: TechnicianMail, ticket: Ticket) -> Decision:
    """Say that a mail which was passed on without a word has reached the desk already."""
    told = result(
        NoticeName.COMMAND_RESULT, mail.technician, (), visibility=Visibility.INTERNAL, detail=mail.kept_because
    )
    why = f"passed on, but {mail.kept_because}"
    return Decision(Disposition.ACCEPT, Outcome.FOLLOW_UP, why, ticket=ticket.number, notices=(told,))


# ------------------------------------------------------------------ for somebody else


def draft(mail: TechnicianMail) -> Strand | None:
    """Return the ticket that a mail is about to open for somebody else, for its lines to work on; None: it opens none.

    Whose it is becomes plain with `#for` or with the mail that is passed on.
    """
    if not mail.opens_for_other:
        return None
    whose = mail.passed_on.sender if mail.passed_on else None
    _, ruling = _opening(mail, whose or mail.technician.address, "")
    return Strand(ruling.ticket, ruling.ticket)


def open_for(mail: TechnicianMail, run: CommandRun, draft: Ticket) -> Decision:
    """Open a ticket for whom `#for` names or whose mail is passed on, with all that the lines did to it."""
    strand = run.context.strand_of(draft.number) or Strand(draft, draft)
    requester, verdict = strand.ticket.requester, _verdict(mail)
    said = _said(mail, run, requester)
    spoken = speak(mail, run, strand) if run.context.as_reply else None
    first, ruling = _opening(mail, requester, said.entry.text if said.entry else "")
    entry = (Act(mail.technician.email, said.entry),) if said.entry and spoken is None else ()
    acts = (first, *entry, *said.notes, *ruling.acts, *strand.acts, *(spoken.acts if spoken else ()))
    ack, why = _acknowledged(mail, verdict, strand, ruling)
    notices = (
        *_news(mail, strand),
        *(spoken.notices if spoken else ()),
        *_told_inside(mail, strand.ticket, said),
        *ack,
        *ruling.notices,
        *_told(mail, run, _outcome(mail, requester)),
    )
    return Decision(
        Disposition.ACCEPT,
        Outcome.TICKET,
        reason_of(f"opened a ticket for {requester.address}", verdict, mail.identity.claims),
        acts=acts,
        notices=one_each(notices, mail.desk, mail.technician.address),
        trace=(*rule_trace(verdict), *ruling.trace, why, *command_trace(run.results)),
        rules=verdict.hits,
        commands=run.results,
    )


def _opening(mail: TechnicianMail, requester: Address, text: str) -> tuple[Act, Ruling]:
    """Return how the ticket begins, and what the rules make of it. `text`: what those are shown whom rules notify."""
    situation, desk = replace(mail.situation, message=_request(mail)), mail.desk
    opened = opened_event(situation, home_of(situation, desk), requester, mail.identity.claims)
    first = Act(mail.technician.email, opened)
    return first, rule_on_draft(situation, mail.identity.proof, desk, _verdict(mail), (first,), text)


def _verdict(mail: TechnicianMail) -> RuleVerdict:
    return run_desk_rules(replace(mail.situation, message=_request(mail)), mail.desk, mail.identity)


def _request(mail: TechnicianMail) -> InboundMessage:
    """Return the mail as the requester might have written it: what is passed on, or what they said on the phone."""
    message, found = mail.situation.message, mail.passed_on
    if found is None:
        return replace(message, text=mail.block.text, visible_text=mail.block.text)
    subject = base_subject(found.subject) or base_subject(message.subject)
    return replace(
        message,
        sender=found.sender or message.sender,
        subject=subject,
        text=found.text,
        visible_text=find_visible_text(found.text),
        attachments=found.attachments,
        language=found.language,
    )


def _said(mail: TechnicianMail, run: CommandRun, requester: Address) -> _Said:
    """Say what the text becomes: what is passed on is the requester's word, what was typed above it a note."""
    technician, message, found = mail.technician, mail.situation.message, mail.passed_on
    typed, files = mail.block.text.strip(), message.attachments
    if run.context.is_text_taken:
        return _Said(None, (), "", (), f"opened by {technician.name}")
    if found is not None:
        # The files beside an attached mail are the technician's own.
        own = tuple(a for a in files if a not in found.attachments and not a.content_type.startswith("message/"))
        note = _note(mail, typed or "(files)", own) if typed or any(not a.inline for a in own) else ()
        entry = _passed_on(mail, requester)
        with_note = f", with a note: {' '.join(typed.split())[:_NOTE_CHARS]}" if typed else ""
        return _Said(
            entry, (*_origin(mail), *note), entry.text, found.attachments, f"forwarded by {technician.name}{with_note}"
        )
    if mail.is_empty:
        return _Said(None, (), "", (), f"opened by {technician.name}")
    if run.context.as_note:
        return _Said(None, _note(mail, typed, files), typed, files, f"opened by {technician.name}, with this note")
    # Not under the technician's own Message-ID, which would show outside in References.
    entry = ev.CorrespondenceReceived(technician.address, mail.block.text, mail.block.text, None, files)
    return _Said(entry, (), entry.text, files, f"opened by {technician.name}")


def _passed_on(mail: TechnicianMail, requester: Address) -> ev.CorrespondenceReceived:
    request, found = _request(mail), mail.passed_on
    message_id = found.message_id if found else None
    return ev.CorrespondenceReceived(requester, request.text, request.visible_text, message_id, request.attachments)


def _note(mail: TechnicianMail, text: str, files: tuple[Attachment, ...]) -> tuple[Act, ...]:
    author = mail.technician.address
    return (Act(author.address, ev.NoteAdded(author, text, mail.situation.message.message_id, files)),)


def _origin(mail: TechnicianMail) -> tuple[Act, ...]:
    """Note who passed the mail on, and when it was written."""
    found = mail.passed_on
    if found is None:
        return ()
    at = found.date_at.astimezone(mail.desk.timezone) if found.date_at else None
    written = f"{at:%Y-%m-%d %H:%M %Z}" if at else found.written
    by = f" by {found.name}" if found.name else ""
    text = f"Forwarded by {mail.technician.name}" + (f"; written on {written}{by}." if written else ".")
    return (Act("maildesk", ev.NoteAdded(_SYSTEM, text, None)),)


def _outcome(mail: TechnicianMail, requester: Address) -> str:
    if mail.passed_on is None:
        return ""
    number = f"ticket {mail.situation.next_number}" if mail.situation.next_number else "a ticket"
    return f"opened {number} for {requester.address}; {_WRONG}"


# ------------------------------------------------------------------ who is told


def _told(mail: TechnicianMail, run: CommandRun, detail: str) -> tuple[Notice, ...]:
    """Tell the technician what came of it; their plain reply goes to the requester, as one to any new ticket does."""
    return (
        result(
            NoticeName.COMMAND_RESULT,
            mail.technician,
            run.results,
            visibility=Visibility.PUBLIC,
            detail=detail,
            answers=run.context.answers,
        ),
    )


def _news(mail: TechnicianMail, strand: Strand) -> tuple[Notice, ...]:
    status = (n for n in status_news(mail.desk, strand) if n.name in _WORTH_MORE)
    return (*status, *people_news(strand), *side_questions(mail.desk, strand))


def _told_inside(mail: TechnicianMail, ticket: Ticket, said: _Said) -> tuple[Notice, ...]:
    return tell_crew(
        NoticeName.TICKET_OPENED,
        mail.desk,
        ticket,
        text=said.text,
        detail=said.detail,
        author=said.entry.sender if said.entry else mail.technician.address,
        attachments=said.files,
        # The answer to a note is a note, wherever the note is told of.
        visibility=Visibility.INTERNAL if said.text and said.entry is None else Visibility.PUBLIC,
    )


def _acknowledged(
    mail: TechnicianMail, verdict: RuleVerdict, strand: Strand, ruling: Ruling
) -> tuple[tuple[Notice, ...], TraceLine]:
    """Acknowledge the ticket to its requester, unless this very mail has solved it."""
    if strand.ticket.status.is_done:
        return (), TraceLine("notice", "acknowledgement", hit=False, because="the same mail solved the ticket")
    return acknowledged(mail.situation, mail.identity.proof, mail.desk, verdict, strand.ticket, ruling)
