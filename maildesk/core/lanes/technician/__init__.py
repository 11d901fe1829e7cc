"""Technicians: replies, notes and commands, each only as far as the sender is believed (`access.Standing`).

Everything that is not plainly allowed is held and comes back explained; nothing of it has an effect.
"""

from dataclasses import replace

from maildesk.core.access import Identity, Standing
from maildesk.core.commands import CommandRun, not_done, read_commands, run_commands
from maildesk.core.commands.context import Context, Strand
from maildesk.core.commands.grammar import CommandBlock
from maildesk.core.commands.siding import side_questions
from maildesk.core.lanes.opening import hold
from maildesk.core.lanes.technician.forwarding import take_up
from maildesk.core.lanes.technician.holding import (
    as_note,
    find_doubts,
    find_refusal,
    hold_explained,
    hold_to_confirm,
    needs_confirmation,
    untried,
)
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.opening import already_known, answer_questions, draft, open_for, open_own
from maildesk.core.lanes.technician.several import find_objection, home_of_text, one_mail_each
from maildesk.core.lanes.technician.text import speak
from maildesk.core.lanes.technician.told import (
    command_trace,
    confirmations,
    ownership_news,
    people_news,
    results,
    status_news,
)
from maildesk.core.lanes.technician.words import decide_word, with_ready_words
from maildesk.core.notices import forgery_warning, one_each
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Aside, Decision
from maildesk.model.desk import Desk, Technician
from maildesk.model.notice import Visibility
from maildesk.model.situation import Situation, Vouch
from maildesk.model.ticket import Ticket


def decide_technician(situation: Situation, desk: Desk, identity: Identity, technician: Technician) -> Decision:
    """Decide a mail of a technician, or of somebody who claims to be one."""
    if identity.text_standing is Standing.HELD:
        warning = forgery_warning(situation, technician, "a mail in your name failed authentication and was held")
        return hold(situation, identity, f"not believed: {identity.why}", notices=warning)
    block = read_commands(situation.message.visible_text)
    mail = take_up(TechnicianMail(situation, desk, identity, technician, block))
    decision = _decide_believed(mail)
    back = ((technician.email, False),) if technician.email in situation.away else ()
    if situation.message.return_path == "":
        # Nothing answers a null sender (RFC 3834 §2): an absence notice that is not known for one would start a loop.
        others = tuple(n for n in decision.notices if n.to.key != technician.address.key)
        decision = replace(decision, notices=others)
    return replace(decision, absences=back)


def _decide_believed(mail: TechnicianMail) -> Decision:
    spoken = decide_word(mail)
    if spoken is not None:
        return spoken
    mail = with_ready_words(mail)
    if mail.passed_on and mail.identity.ticket and mail.is_wordless:
        return already_known(mail, mail.identity.ticket)
    if mail.only_quotes and mail.has_files:
        mail = replace(mail, block=CommandBlock((), ""))
    refused, insists = find_refusal(mail), mail.situation.vouched in (Vouch.ADMIN, Vouch.SENT)
    if refused and insists:
        mail = as_note(mail, refused)
    elif refused:
        return hold_explained(mail, refused, untried(mail, refused))
    run = run_commands(mail.block, _context(mail), skip_bad=insists)
    working = run_commands(mail.block, _context(mail), skip_bad=True) if run.failed else run
    doubts = find_doubts(mail, working)
    if run.failed:
        return hold_explained(mail, "a command was not understood or is impossible", run.results, doubts)
    if doubts:
        return hold_explained(mail, "", not_done(run.results), doubts)
    decision = _carry_out(mail, run)
    objected = find_objection(mail, run, decision)
    if objected and not insists:
        return hold_explained(mail, "the lines for several tickets do not go together", objected)
    return hold_to_confirm(mail, run) if needs_confirmation(mail) else one_mail_each(mail, decision)


def _carry_out(mail: TechnicianMail, run: CommandRun) -> Decision:
    opened = draft(mail)
    if opened is not None:
        asides = (*run.context.asides, *_asides(mail, run, opened.ticket))
        return replace(open_for(mail, run, opened.ticket), asides=asides)
    main = home_of_text(mail, run)
    if main is not None:
        return _act_on_ticket(mail, run, main)
    return answer_questions(mail, run) if mail.words and mail.is_empty and mail.only_asks else open_own(mail, run)


def _context(mail: TechnicianMail) -> Context:
    situation, ticket, opened = mail.situation, mail.identity.ticket, draft(mail)
    here = Strand(ticket, ticket) if ticket else opened
    return Context(
        mail.desk,
        mail.technician,
        situation.now,
        here,
        home=here.ticket.number if here else None,
        text=mail.block.text,
        files=tuple(a for a in situation.message.attachments if not a.inline),
        named=situation.named,
        next_number=None if opened else situation.next_number,
        is_draft=opened is not None,
        lookups=situation.lookups,
        waiting=situation.waiting,
        entries=(*situation.answers, *situation.notes, *situation.received),
    )


def _act_on_ticket(mail: TechnicianMail, run: CommandRun, main: Ticket) -> Decision:
    strand = run.context.strand_of(main.number) or Strand(main, main)
    spoken = speak(mail, run, strand)
    acts = (*strand.acts, *spoken.acts)
    is_public = spoken.visibility is Visibility.PUBLIC
    notices = (
        *confirmations(mail.desk, mail.technician, strand, mail.block.text, internal=not is_public),
        *spoken.notices,
        *status_news(mail.desk, strand, mail.block.text if is_public else ""),
        *people_news(strand),
        *side_questions(mail.desk, strand),
        *ownership_news(mail.desk, mail.technician, strand, acts),
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
        # What only waits has not run.
        runs_body=token.outbox_id if token and not mail.only_asks and not mail.only_waits else None,
        asides=(*run.context.asides, *_asides(mail, run, main)),
    )


def _asides(mail: TechnicianMail, run: CommandRun, main: Ticket) -> tuple[Aside, ...]:
    """Return what the lines did to other tickets than the one the mail belongs to, and who is told of it."""
    return tuple(
        Aside(
            strand.ticket.number,
            strand.acts,
            (
                *confirmations(mail.desk, mail.technician, strand),
                *status_news(mail.desk, strand),
                *people_news(strand),
                *side_questions(mail.desk, strand),
                *ownership_news(mail.desk, mail.technician, strand, strand.acts),
            ),
        )
        for strand in run.context.strands
        if strand.acts and strand.ticket.number != main.number
    )
