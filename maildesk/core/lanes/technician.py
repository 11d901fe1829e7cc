"""Technicians: replies, notes and commands, each only as far as the sender is believed (`access.Standing`).

Everything that is not plainly allowed is held and comes back explained; nothing of it has an effect.
"""

import re
from dataclasses import dataclass, replace

from maildesk.core.access import Identity, Standing
from maildesk.core.commands import VERBS, CommandRun, help_text, run_commands
from maildesk.core.commands.context import Context
from maildesk.core.commands.grammar import CommandBlock, nearest_verb, problem_of, split_commands
from maildesk.core.lanes.opening import hold, open_ticket, run_desk_rules
from maildesk.core.notices import forgery_warning, one_each, result, tell_crew, tell_public
from maildesk.core.sla import status_changed
from maildesk.model import event as ev
from maildesk.model.decision import Act, CommandResult, Decision, Disposition, Notice, NoticeName, Outcome
from maildesk.model.desk import Desk, Technician
from maildesk.model.situation import Audience, Situation, Visibility
from maildesk.model.ticket import Status, Ticket
from maildesk.model.trace import TraceLine

#: Commands that say only what the text is, or ask: they need no fresh token and spend none.
_PLAIN = frozenset({"note", "reply", "replyonly", "help"})
#: Those of them that would show the text outside.
_PUBLISHING = frozenset({"reply", "replyonly"})
_QUESTIONS = frozenset({"help"})
#: Commands that may stand in a mail which opens a ticket.
_OPENING = frozenset({"for", "help"})
#: Our footer below what counts as typed text: the quoted notification was not recognised as such.
_FOOTER = re.compile(r"\bref:[rnb][a-z2-7]{38}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Mail:
    """What this lane passes along: the facts, the speaker and what they typed."""

    situation: Situation
    desk: Desk
    identity: Identity
    technician: Technician
    block: CommandBlock

    @property
    def words(self) -> frozenset[str]:
        """The command words used."""
        return frozenset(command.word for command in self.block.commands)

    @property
    def has_files(self) -> bool:
        """Files were sent along; the pictures of a signature are none."""
        return any(not a.inline for a in self.situation.message.attachments)


def decide_technician(situation: Situation, desk: Desk, identity: Identity, technician: Technician) -> Decision:
    """Decide a mail of a technician, or of somebody who claims to be one."""
    if identity.text_standing is Standing.HELD:
        warning = forgery_warning(situation, technician, "a mail in your name failed authentication and was held")
        return hold(situation, identity, f"not believed: {identity.why}", notices=warning)
    mail = _Mail(situation, desk, identity, technician, split_commands(situation.message.visible_text))
    decision = _decide_believed(mail)
    back = ((technician.email, False),) if technician.email in situation.away else ()
    if situation.message.return_path == "":
        # Nothing answers a null sender (RFC 3834 §2): an absence notice that is not known for one would start a loop.
        others = tuple(n for n in decision.notices if n.to.key != technician.address.key)
        decision = replace(decision, notices=others)
    return replace(decision, absences=back)


def _decide_believed(mail: _Mail) -> Decision:
    refused = _reason_to_hold(mail)
    if refused and mail.situation.released:
        mail = _as_note(mail)
    elif refused:
        return _hold_explained(mail, refused, _untried(mail, refused))
    situation = mail.situation
    context = Context(mail.desk, mail.technician, situation.now, mail.identity.ticket, named=situation.named)
    run = run_commands(mail.block, context, skip_bad=mail.situation.released)
    if run.failed:
        return _hold_explained(mail, "a command was not understood or is impossible", run.results)
    if mail.identity.ticket is None:
        return _answer(mail, run) if _only_asks(mail) else _open_own(mail, run)
    return _act_on_ticket(mail, run, mail.identity.ticket)


def _reason_to_hold(mail: _Mail) -> str:
    """Say why nothing of this mail may happen; empty when it may."""
    problem = problem_of(mail.block)
    if problem:
        return problem
    if mail.block.commands and mail.situation.body_already_ran:
        return "these commands ran before through the same token"
    if _FOOTER.search(mail.block.text):
        return "the quoted notification could not be told from your own text"
    plain = _OPENING if mail.identity.ticket is None else _PLAIN
    if mail.identity.text_standing is Standing.NOTE:
        plain -= _PUBLISHING
    if mail.identity.command_standing is Standing.CONFIRM and not mail.words <= plain:
        return f"commands need more proof here: {mail.identity.why}"
    return ""


def _as_note(mail: _Mail) -> _Mail:
    """What an admin released although it cannot run as it stands is kept whole, as a note."""
    whole = CommandBlock((), mail.situation.message.visible_text)
    return replace(mail, block=whole, identity=replace(mail.identity, text_standing=Standing.NOTE))


def _untried(mail: _Mail, reason: str) -> tuple[CommandResult, ...]:
    return tuple(
        CommandResult(c.line, ok=False, outcome=f"not carried out: {reason}")
        if c.word in VERBS
        else CommandResult(c.line, ok=False, outcome="unknown command", hint=nearest_verb(c.word, VERBS))
        for c in mail.block.commands
    )


def _hold_explained(mail: _Mail, reason: str, results: tuple[CommandResult, ...]) -> Decision:
    notice = result(
        NoticeName.COMMAND_REJECTED,
        mail.technician,
        results,
        visibility=mail.identity.visibility,
        text=mail.situation.message.visible_text,
        detail=reason,
    )
    held = hold(mail.situation, mail.identity, f"technician's mail held: {reason}", notices=(notice,))
    return replace(held, commands=results, trace=(*held.trace, *_command_trace(results)))


# ------------------------------------------------------------------ mail that names no ticket


def _only_asks(mail: _Mail) -> bool:
    return bool(mail.words) and mail.words <= _QUESTIONS and not mail.block.text.strip() and not mail.has_files


def _answer(mail: _Mail, run: CommandRun) -> Decision:
    """Answer a question that belongs to no ticket, and open none for it."""
    asked = ", ".join(c.line for c in mail.block.commands)
    return Decision(
        Disposition.DISCARD,
        Outcome.DISCARDED,
        f"only a question, answered: {asked}",
        notices=_results(mail, run),
        trace=_command_trace(run.results),
        commands=run.results,
    )


def _open_own(mail: _Mail, run: CommandRun) -> Decision:
    verdict = run_desk_rules(mail.situation, mail.desk, mail.identity)
    requester = run.context.for_requester or mail.technician.address
    opened = open_ticket(
        mail.situation,
        mail.desk,
        mail.identity,
        verdict,
        requester=requester,
        opened_by=mail.technician.address,
        text=mail.block.text if mail.block.commands else None,
        claims=mail.identity.claims,
    )
    answers = _results(mail, run)
    notices = one_each((*opened.notices, *answers), mail.desk, mail.technician.address)
    return replace(opened, notices=notices, commands=run.results, trace=(*opened.trace, *_command_trace(run.results)))


# ------------------------------------------------------------------ mail on a ticket


def _act_on_ticket(mail: _Mail, run: CommandRun, before: Ticket) -> Decision:
    text_acts, text_notices, told = _text(mail, run, before)
    acts = (*run.acts, *text_acts)
    notices = (
        *text_notices,
        *_status_notices(mail, run, before, mail.block.text if told is Visibility.PUBLIC else ""),
        *_ownership_notices(mail, run, acts, before),
        *_results(mail, run),
    )
    token = mail.identity.token
    done = ", ".join(c.line for c in mail.block.commands)
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"technician's mail on ticket {before.number}" + (f": {done}" if done else ""),
        ticket=before.number,
        acts=acts,
        notices=one_each(notices, mail.desk, mail.technician.address),
        trace=_command_trace(run.results),
        commands=run.results,
        spends_token=token.outbox_id if token and run.acts else None,
        runs_body=token.outbox_id if token and not mail.words <= _QUESTIONS else None,
        asides=run.context.asides,
    )


def _visibility(mail: _Mail, run: CommandRun) -> Visibility:
    if run.context.as_note or mail.identity.text_standing is Standing.NOTE:
        return Visibility.INTERNAL
    return Visibility.PUBLIC if run.context.as_reply else mail.identity.visibility


def _text(
    mail: _Mail, run: CommandRun, before: Ticket
) -> tuple[tuple[Act, ...], tuple[Notice, ...], Visibility | None]:
    """Turn the text into an entry and tell whoever may see it; None: there is no text."""
    is_empty = not mail.block.text.strip() and not mail.has_files
    if is_empty and mail.block.commands:
        return (), (), None
    if mail.identity.text_standing is Standing.PENDING:
        return _pending(mail, before)
    if is_empty or _visibility(mail, run) is Visibility.INTERNAL:
        return _note(mail, run, before, "(empty mail)" if is_empty else mail.block.text)
    return _public(mail, run, before)


def _note(
    mail: _Mail, run: CommandRun, before: Ticket, text: str
) -> tuple[tuple[Act, ...], tuple[Notice, ...], Visibility]:
    message, author = mail.situation.message, mail.technician.address
    event = ev.NoteAdded(author, text, message.message_id, message.attachments)
    ticket = run.context.ticket or before
    notices = tell_crew(
        NoticeName.NOTE,
        mail.desk,
        ticket.queue,
        ticket.assignee,
        text=text,
        author=author,
        attachments=message.attachments,
        visibility=Visibility.INTERNAL,
    )
    return (Act(author.address, event),), notices, Visibility.INTERNAL


def _pending(mail: _Mail, before: Ticket) -> tuple[tuple[Act, ...], tuple[Notice, ...], Visibility]:
    message, author = mail.situation.message, mail.technician.address
    why = f"not sent on: {mail.identity.why}"
    event = ev.CorrespondencePending(author, mail.block.text, why, message.message_id, message.attachments)
    answer = result(
        NoticeName.COMMAND_REJECTED,
        mail.technician,
        (),
        visibility=mail.identity.visibility,
        text=mail.block.text,
        detail=f"your text waits on ticket {before.number} and was shown to nobody outside: {mail.identity.why}",
    )
    return (Act(author.address, event),), (answer,), Visibility.INTERNAL


def _public(mail: _Mail, run: CommandRun, before: Ticket) -> tuple[tuple[Act, ...], tuple[Notice, ...], Visibility]:
    message, author, ticket = mail.situation.message, mail.technician.address, run.context.ticket or before
    actor = author.address
    sent = ev.CorrespondenceSent(author, mail.block.text, message.message_id, ticket.audience, message.attachments)
    acts = [Act(actor, sent)]
    if ticket.status is Status.NEW:
        acts.append(Act(actor, status_changed(mail.desk, mail.situation.now, Status.NEW, Status.OPEN)))
    takes_over = ticket.assignee is None and not run.context.keep_owner and not _was_released(run)
    if takes_over:
        acts.append(Act(actor, ev.Assigned(mail.technician.email)))
    # A ticket that went into another one is closed, but nothing of it is solved.
    solved = ticket.status.is_done and not before.status.is_done and ticket.merged_into is None
    name = NoticeName.RESOLVED if solved else NoticeName.CORRESPONDENCE
    public = tell_public(name, mail.desk, ticket, text=mail.block.text, author=author, attachments=message.attachments)
    told = tell_crew(
        NoticeName.FOLLOW_UP, mail.desk, ticket.queue, ticket.assignee, text=mail.block.text, author=author
    )
    # Who takes a ticket by answering is announced as its owner instead.
    return tuple(acts), (*public, *(() if takes_over else told)), Visibility.PUBLIC


def _was_released(run: CommandRun) -> bool:
    """`#release` or `#assign none` in this very mail: answering must not take the ticket back."""
    return any(isinstance(a.event, ev.Assigned) and a.event.assignee is None for a in run.acts)


def _status_notices(mail: _Mail, run: CommandRun, before: Ticket, told_text: str) -> tuple[Notice, ...]:
    """Tell the public side of a status it ought to know; text that goes out anyway carries the news itself."""
    after = run.context.ticket or before
    updates = mail.desk.updates
    if told_text.strip() or after.merged_into is not None:
        return ()
    if after.status.is_done and not before.status.is_done and updates.resolved:
        return tell_public(NoticeName.RESOLVED, mail.desk, after)
    if before.status.is_done and not after.status.is_done and updates.reopened:
        return tell_public(NoticeName.REOPENED, mail.desk, after)
    if after.assignee and after.assignee != before.assignee and updates.assigned:
        return tell_public(NoticeName.ASSIGNED, mail.desk, after)
    return ()


def _ownership_notices(mail: _Mail, run: CommandRun, acts: tuple[Act, ...], before: Ticket) -> tuple[Notice, ...]:
    """Tell a new owner, the colleagues who need not look any more, and the technicians of a new queue."""
    after = run.context.ticket or before
    assigned = [a.event.assignee for a in acts if isinstance(a.event, ev.Assigned)]
    owner = mail.desk.technician(assigned[-1]) if assigned and assigned[-1] else None
    notices: list[Notice] = []
    if owner is not None and owner.email != before.assignee:
        if owner is not mail.technician:
            notices.append(_internal(NoticeName.ASSIGNED_TO_YOU, owner, mail.technician, "owner"))
        if before.assignee is None:
            others = (t for t in mail.desk.technicians_of(after.queue) if t not in (owner, mail.technician))
            notices += [_internal(NoticeName.TAKEN, t, owner, f"queue {after.queue}") for t in others]
    if after.queue != before.queue and owner is None:
        # The new team is told although somebody of the old one may still own the ticket; so is that owner.
        for owned_by in (None, after.assignee):
            author = mail.technician.address
            notices += tell_crew(NoticeName.QUEUE_CHANGED, mail.desk, after.queue, owned_by, author=author)
    return tuple(notices)


def _internal(name: NoticeName, to: Technician, author: Technician, reason: str) -> Notice:
    return Notice(name, to.address, Audience.TECHNICIAN, Visibility.PUBLIC, author=author.address, reason=reason)


def _results(mail: _Mail, run: CommandRun) -> tuple[Notice, ...]:
    """Answer state-changing commands and questions with one result mail; a lone `#note` or plain reply gets none."""
    asked = run.changes or run.context.wants_help or any(not r.ok for r in run.results)
    if not asked:
        return ()
    text = help_text() if run.context.wants_help else ""
    visibility = mail.identity.visibility if mail.identity.ticket else Visibility.PUBLIC
    return (result(NoticeName.COMMAND_RESULT, mail.technician, run.results, visibility=visibility, text=text),)


def _command_trace(results: tuple[CommandResult, ...]) -> tuple[TraceLine, ...]:
    return tuple(
        TraceLine("command", r.line, r.ok, r.outcome + (f"; did you mean {r.hint}?" if r.hint else "")) for r in results
    )
