"""Technicians: replies, notes and commands, each only as far as the sender is believed (`access.Standing`).

Everything that is not plainly allowed is held and comes back explained; nothing of it has an effect.
"""

import re
from dataclasses import replace

from maildesk.core.access import Identity, Standing
from maildesk.core.commands import VERBS, CommandRun, run_commands
from maildesk.core.commands.context import Context, Strand
from maildesk.core.commands.grammar import CommandBlock, nearest_verb, problem_of, split_commands
from maildesk.core.lanes.opening import hold
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.opening import answer_questions, open_own
from maildesk.core.lanes.technician.text import speak
from maildesk.core.lanes.technician.told import command_trace, ownership_news, results, status_news
from maildesk.core.notices import forgery_warning, one_each, result
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Aside, Decision
from maildesk.model.desk import Desk, Technician
from maildesk.model.notice import CommandResult, NoticeName, Visibility
from maildesk.model.situation import Situation
from maildesk.model.ticket import Ticket

#: Our footer below what counts as typed text: the quoted notification was not recognised as such.
_FOOTER = re.compile(r"\bref:[rnb][a-z2-7]{38}\b", re.IGNORECASE)


def decide_technician(situation: Situation, desk: Desk, identity: Identity, technician: Technician) -> Decision:
    """Decide a mail of a technician, or of somebody who claims to be one."""
    if identity.text_standing is Standing.HELD:
        warning = forgery_warning(situation, technician, "a mail in your name failed authentication and was held")
        return hold(situation, identity, f"not believed: {identity.why}", notices=warning)
    mail = TechnicianMail(situation, desk, identity, technician, split_commands(situation.message.visible_text))
    decision = _decide_believed(mail)
    back = ((technician.email, False),) if technician.email in situation.away else ()
    if situation.message.return_path == "":
        # Nothing answers a null sender (RFC 3834 §2): an absence notice that is not known for one would start a loop.
        others = tuple(n for n in decision.notices if n.to.key != technician.address.key)
        decision = replace(decision, notices=others)
    return replace(decision, absences=back)


def _decide_believed(mail: TechnicianMail) -> Decision:
    refused = _reason_to_hold(mail)
    if refused and mail.situation.released:
        mail = _as_note(mail)
    elif refused:
        return _hold_explained(mail, refused, _untried(mail, refused))
    run = run_commands(mail.block, _context(mail), skip_bad=mail.situation.released)
    if run.failed:
        return _hold_explained(mail, "a command was not understood or is impossible", run.results)
    if mail.identity.ticket is None:
        return answer_questions(mail, run) if mail.words and mail.is_empty and mail.only_asks else open_own(mail, run)
    return _act_on_ticket(mail, run, mail.identity.ticket)


def _context(mail: TechnicianMail) -> Context:
    situation, ticket = mail.situation, mail.identity.ticket
    return Context(
        mail.desk,
        mail.technician,
        situation.now,
        Strand(ticket, ticket) if ticket else None,
        named=situation.named,
        lookups=situation.lookups,
    )


def _reason_to_hold(mail: TechnicianMail) -> str:
    """Say why nothing of this mail may happen; empty when it may."""
    problem = problem_of(mail.block)
    if problem:
        return problem
    if mail.block.commands and mail.situation.body_already_ran:
        return "these commands ran before through the same token"
    if _FOOTER.search(mail.block.text):
        return "the quoted notification could not be told from your own text"
    if mail.identity.command_standing is Standing.CONFIRM and not all(_is_plain(mail, word) for word in mail.words):
        return f"commands need more proof here: {mail.identity.why}"
    return ""


def _is_plain(mail: TechnicianMail, word: str) -> bool:
    """Tell whether a command needs no more proof than its text does: it changes nothing and shows nothing outside."""
    verb = VERBS.get(word)
    if verb is None:
        return False
    if mail.identity.ticket is None:
        return verb.opens or verb.asks
    return not verb.changes and not (verb.publishes and mail.identity.text_standing is Standing.NOTE)


def _as_note(mail: TechnicianMail) -> TechnicianMail:
    """What somebody stands for although it cannot run as it is is kept whole, as a note."""
    whole = CommandBlock((), mail.situation.message.visible_text)
    return replace(mail, block=whole, identity=replace(mail.identity, text_standing=Standing.NOTE))


def _untried(mail: TechnicianMail, reason: str) -> tuple[CommandResult, ...]:
    return tuple(
        CommandResult(c.line, ok=False, outcome=f"not carried out: {reason}")
        if c.word in VERBS
        else CommandResult(c.line, ok=False, outcome="unknown command", hint=nearest_verb(c.word, VERBS))
        for c in mail.block.commands
    )


def _hold_explained(mail: TechnicianMail, reason: str, outcomes: tuple[CommandResult, ...]) -> Decision:
    notice = result(
        NoticeName.COMMAND_REJECTED,
        mail.technician,
        outcomes,
        visibility=mail.identity.visibility,
        text=mail.situation.message.visible_text,
        detail=reason,
    )
    held = hold(mail.situation, mail.identity, f"technician's mail held: {reason}", notices=(notice,))
    return replace(held, commands=outcomes, trace=(*held.trace, *command_trace(outcomes)))


def _act_on_ticket(mail: TechnicianMail, run: CommandRun, main: Ticket) -> Decision:
    strand = run.context.strand_of(main.number) or Strand(main, main)
    spoken = speak(mail, run, strand)
    acts = (*strand.acts, *spoken.acts)
    notices = (
        *spoken.notices,
        *status_news(mail.desk, strand, mail.block.text if spoken.visibility is Visibility.PUBLIC else ""),
        *ownership_news(mail.desk, mail.technician, strand, acts),
        *run.context.notices,
        *results(mail, run),
    )
    token = mail.identity.token
    done = ", ".join(c.line for c in mail.block.commands)
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"technician's mail on ticket {main.number}" + (f": {done}" if done else ""),
        ticket=main.number,
        acts=acts,
        notices=one_each(notices, mail.desk, mail.technician.address),
        trace=command_trace(run.results),
        commands=run.results,
        spends_token=token.outbox_id if token and run.changes and run.acted else None,
        runs_body=token.outbox_id if token and not mail.only_asks else None,
        asides=(*run.context.asides, *_asides(mail, run, main)),
    )


def _asides(mail: TechnicianMail, run: CommandRun, main: Ticket) -> tuple[Aside, ...]:
    """Return what the lines did to other tickets than the one the mail belongs to, and who is told of it."""
    return tuple(
        Aside(
            strand.ticket.number,
            strand.acts,
            (
                *status_news(mail.desk, strand),
                *ownership_news(mail.desk, mail.technician, strand, strand.acts),
            ),
        )
        for strand in run.context.strands
        if strand.acts and strand.ticket.number != main.number
    )
