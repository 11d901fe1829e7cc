"""`yes` or `no` in answer to a mail that told of a text or of people that wait for a technician's word.

Called where the words of technicians are told apart. What the word does is what `#approve` and `#refuse` do.
"""

from maildesk.core.access import Standing
from maildesk.core.commands.approving import Waiting, decide_about
from maildesk.core.commands.context import Context, Refused, Strand
from maildesk.core.commands.words import Spoken, Word, read_word
from maildesk.core.lanes.opening import hold
from maildesk.core.lanes.technician.below import keep_below, refuse_word
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.told import ask_to_confirm, command_trace, people_news
from maildesk.core.notices import one_each, result
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision
from maildesk.model.event import CorrespondencePending, ParticipantProposed
from maildesk.model.notice import CommandResult, NoticeName
from maildesk.model.situation import Reported
from maildesk.model.ticket import Ticket


def approve(mail: TechnicianMail, reported: Reported, yes: bool) -> Decision:
    """Let in what the answered mail told of, or turn it down; what was decided already stays so.

    Text below the word is kept as a note.
    """
    word = Word.YES if yes else Word.NO
    spoken = read_word(mail.situation.message.visible_text) or Spoken(word, "")
    ticket = mail.identity.ticket
    waiting = _still_waiting(mail, reported, ticket) if ticket else Waiting()
    if ticket is None or not waiting.names:
        return refuse_word(mail, spoken, "that was decided already; nothing was changed")
    strand = Strand(ticket, ticket)
    context = Context(mail.desk, mail.technician, mail.situation.now, strand, home=ticket.number)
    answer = decide_about(waiting, context, approved=yes)
    if isinstance(answer, Refused):
        return refuse_word(mail, spoken, answer.why)
    outcome = CommandResult(word, True, answer.outcome)
    if mail.identity.command_standing is not Standing.AS_SAID:
        return _hold(mail, outcome)
    return _told(mail, answer.context, spoken, outcome)


def _still_waiting(mail: TechnicianMail, reported: Reported, ticket: Ticket) -> Waiting:
    """Return what of the reported mail's still waits for anybody's word."""
    events = tuple(r for deed in reported.deeds for r in deed.history)
    told = {(r.ticket, r.seq) for r in events if isinstance(r.event, CorrespondencePending)}
    named = {r.event.participant.key for r in events if isinstance(r.event, ParticipantProposed)}
    texts = tuple(r for r in mail.situation.waiting if (r.ticket, r.seq) in told)
    # In answer to a text that waits the word is about the text; whom it names beside its sender waits on.
    return Waiting(texts) if told else Waiting(people=tuple(p for p in ticket.proposed if p.key in named))


def _hold(mail: TechnicianMail, outcome: CommandResult) -> Decision:
    why = f"your word needs more proof here: {mail.identity.why}"
    return hold(mail.situation, mail.identity, why, notices=ask_to_confirm(mail, (outcome,), why))


def _told(mail: TechnicianMail, context: Context, spoken: Spoken, outcome: CommandResult) -> Decision:
    """Carry the word out and answer it by one result mail."""
    token, strand, ticket = mail.identity.token, context.strand, mail.identity.ticket
    kept = keep_below(mail, spoken, ticket)
    notices = (
        *(people_news(strand) if strand else ()),
        *(kept.notices if kept else ()),
        result(NoticeName.COMMAND_RESULT, mail.technician, (outcome,), visibility=mail.identity.visibility),
    )
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"technician's word: {spoken.word}, {outcome.outcome}",
        ticket=ticket.number if ticket else None,
        acts=(*(strand.acts if strand else ()), *(kept.acts if kept else ())),
        notices=one_each(notices, mail.desk, mail.technician.address),
        trace=command_trace((outcome,)),
        commands=(outcome,),
        spends_token=token.outbox_id if token else None,
        asides=context.asides,
    )
