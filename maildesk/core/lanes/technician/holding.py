"""Why a technician's mail does not go through as it is, and how they are told: explained, or asked if it is theirs.

Called by the lane before anything happens. What is held here stays whole; `send` or `yes` lets it through later.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from maildesk.core.access import Standing
from maildesk.core.commands import VERBS, CommandRun, unknown
from maildesk.core.commands.grammar import CommandBlock, problem_of
from maildesk.core.handover import LINES, find_gaps
from maildesk.core.lanes.opening import hold
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.text import visibility_of
from maildesk.core.lanes.technician.told import ask_to_confirm, command_trace
from maildesk.core.leaks import find_leak
from maildesk.core.notices import MOST_CONFIRMATIONS, result
from maildesk.core.when import ago
from maildesk.model import event as ev
from maildesk.model.decision import Decision
from maildesk.model.notice import Answer, CommandResult, NoticeName, Visibility
from maildesk.model.situation import Proof, Vouch

#: Our footer below what counts as typed text: the quoted notification was not recognised as such.
_FOOTER = re.compile(r"\bref:[rnb][a-z2-7]{38}\b", re.IGNORECASE)
#: The same without the footer: people cut a quotation short. Nothing of this may go outside.
_INSIDE = re.compile(
    r"\+n[a-z2-7]{38}@|\bFor an internal note (?:write to|begin with)\b"
    r"|\bTo write to the requester, begin with #reply\b|\(internal\):[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
#: Words that say what becomes of the text, and do nothing without one.
_ABOUT_TEXT = frozenset({"note", "reply", "replyonly"})
#: What is asked of whoever hands a ticket on, by the names of the lines.
_GAPS = {"tried": "what was tried (tried:)", "reason": "why it is handed on (reason:)"}
_SHEET_LINE = re.compile(rf"\s*(?:{'|'.join(LINES)})\s*[:：]", re.IGNORECASE)
_ASKED_ENOUGH = f"; in silence: {MOST_CONFIRMATIONS} mails within the hour were answered already"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a text had better not go out unread, and what its author ought to see first."""

    why: str
    shown: Answer


def find_refusal(mail: TechnicianMail) -> str:
    """Say why the lines of a mail are not even tried; empty when they may be."""
    problem = problem_of(mail.block)
    if problem:
        return problem
    if mail.block.commands and mail.situation.body_already_ran:
        return "these commands ran before through the same token"
    if mail.is_empty and mail.words and mail.words <= _ABOUT_TEXT:
        return "there is no text below it"
    if mail.only_quotes and not mail.has_files:
        return "nothing was typed above the mail you quote"
    if _FOOTER.search(mail.block.text) or (mail.may_go_out and _INSIDE.search(mail.block.text)):
        return "the quoted notification could not be told from your own text"
    return ""


def as_note(mail: TechnicianMail, refused: str) -> TechnicianMail:
    """What somebody stands for although it cannot run as it is is kept whole, as a note."""
    whole = CommandBlock((), mail.situation.message.visible_text)
    because = refused if mail.situation.vouched is Vouch.SENT else ""
    identity = replace(mail.identity, text_standing=Standing.NOTE)
    return replace(mail, block=whole, identity=identity, kept_because=because)


def untried(mail: TechnicianMail, reason: str) -> tuple[CommandResult, ...]:
    """Say of each line that it was not tried, and of a wrong one what is wrong with it."""
    return tuple(
        CommandResult(c.line, ok=False, outcome=f"not carried out: {reason}")
        if c.word in VERBS
        else CommandResult(c.line, ok=False, outcome=unknown(c.word).why, hint=unknown(c.word).hint)
        for c in mail.block.commands
    )


# ------------------------------------------------------------------ doubts about the text


def find_doubts(mail: TechnicianMail, run: CommandRun) -> tuple[Doubt, ...]:
    """Return what speaks against sending words out now; nothing for a note, or when their author insisted."""
    if mail.situation.vouched in (Vouch.ADMIN, Vouch.SENT):
        return ()
    acts = (act.event for strand in run.context.strands for act in strand.acts)
    aside = tuple(doubt for e in acts if isinstance(e, ev.SideAsked) for doubt in _leaking(mail, e.text))
    aside = (*aside, *_unfinished(mail, run), *_astray(mail))
    is_public = visibility_of(mail, run) is Visibility.PUBLIC and not run.context.is_text_taken
    if not is_public or mail.is_empty:
        return aside
    return (*_overtaken(mail), *_leaking(mail, mail.block.text), *aside)


def _overtaken(mail: TechnicianMail) -> Iterator[Doubt]:
    """A colleague answered after the notice went out that is answered now."""
    token, now = mail.identity.token, mail.situation.now
    for recorded in mail.situation.answers:
        event = recorded.event
        if not isinstance(event, ev.CorrespondenceSent) or mail.technician.owns(event.author.address):
            continue
        if token is not None and recorded.at > token.issued_at:
            said = f"{event.author.name or event.author.address} answered {ago(recorded.at, now)}"
            yield Doubt(f"{said}, after the mail you reply to", Answer(said, text=event.text))
        return


def _leaking(mail: TechnicianMail, text: str) -> Iterator[Doubt]:
    if not mail.desk.leak_check or mail.situation.released:
        return
    passage = find_leak(text, mail.situation, mail.desk)
    if passage:
        why = "the text repeats a passage of an internal entry, which nobody outside has seen"
        yield Doubt(why, Answer("Internal so far", text=passage))


def _unfinished(mail: TechnicianMail, run: CommandRun) -> Iterator[Doubt]:
    """A ticket is handed on, and its sheet lacks what only whoever does so can know."""
    queues = {queue.name for queue in mail.desk.queues}
    events = (event for strand in run.context.strands for event in strand.events)
    for event in events:
        gaps = find_gaps(event.sheet) if isinstance(event, ev.Escalated) and event.queue in queues else ()
        if gaps:
            lacks = " and ".join(_GAPS[name] for name in gaps)
            form = Answer("Copy this into your reply and fill it in", text=_form(mail, gaps))
            yield Doubt(f"the handover sheet lacks {lacks}", form)
            return


def _form(mail: TechnicianMail, gaps: tuple[str, ...]) -> str:
    """Write the mail anew, with lines to be filled in."""
    lines: list[str] = []
    for command in mail.block.commands:
        wanted = gaps if command.word == "escalate" else ()
        lines += [command.line, *(f"{name}: {said}" for name, said in command.extra), *(f"{name}: " for name in wanted)]
    return "\n".join((*lines, *(("", mail.block.text) if mail.block.text else ())))


def _astray(mail: TechnicianMail) -> Iterator[Doubt]:
    """Lines of a handover sheet answer the question for them, but without the command they would be text like any."""
    token, text = mail.identity.token, mail.block.text
    asked = token is not None and token.notice is NoticeName.COMMAND_REJECTED
    if asked and "escalate" not in mail.words and _SHEET_LINE.match(text):
        form = Answer("Copy this into your reply", text=f"#escalate\n{text}")
        yield Doubt("lines such as tried: count only below #escalate", form)


# ------------------------------------------------------------------ held


def hold_explained(
    mail: TechnicianMail, reason: str, outcomes: tuple[CommandResult, ...], doubts: tuple[Doubt, ...] = ()
) -> Decision:
    """Hold a mail and tell its author why, line by line and with whatever speaks against it."""
    why = "; ".join(part for part in (reason, *(doubt.why for doubt in doubts)) if part)
    notice = result(
        NoticeName.COMMAND_REJECTED,
        mail.technician,
        outcomes,
        visibility=mail.identity.visibility,
        text=mail.situation.message.visible_text,
        detail=why,
        answers=tuple(doubt.shown for doubt in doubts),
    )
    # Whoever has only got hold of a token must not be able to fill a technician's mailbox.
    in_silence = mail.identity.proof is not Proof.PASS and mail.was_asked_enough
    held = hold(
        mail.situation,
        mail.identity,
        f"technician's mail held: {why}{_ASKED_ENOUGH if in_silence else ''}",
        notices=() if in_silence else (notice,),
    )
    return replace(held, commands=outcomes, trace=(*held.trace, *command_trace(outcomes)))


def needs_confirmation(mail: TechnicianMail) -> bool:
    """Tell whether the lines ask for more proof than there is."""
    return mail.identity.command_standing is Standing.CONFIRM and not all(_is_plain(mail, word) for word in mail.words)


def _is_plain(mail: TechnicianMail, word: str) -> bool:
    """Tell whether a command needs no more proof than its text does: it changes nothing and shows nothing outside."""
    verb = VERBS.get(word)
    if verb is None:
        return False
    if mail.identity.ticket is None:
        # What a new ticket begins as is nothing that was there before.
        return verb.opens or verb.asks or (mail.opens_for_other and not verb.names)
    stays_inside = mail.identity.text_standing is Standing.NOTE or mail.identity.visibility is Visibility.INTERNAL
    return not verb.changes and not (verb.publishes and stays_inside)


def hold_to_confirm(mail: TechnicianMail, run: CommandRun) -> Decision:
    """Hold a mail whose lines would work, and ask the stored address whether they may."""
    text = ""
    if not mail.is_empty and not run.context.is_text_taken:
        # What it will be once it is confirmed, not what it would be now.
        confirmed = replace(mail, identity=replace(mail.identity, command_standing=Standing.AS_SAID))
        is_public = visibility_of(confirmed, run) is Visibility.PUBLIC
        text = "; the text would go to the requester" if is_public else "; the text would become a note"
    asked = ask_to_confirm(mail, run.results, f"commands need more proof here: {mail.identity.why}{text}")
    reason = f"technician's mail waits for a confirmation: {mail.identity.why}{'' if asked else _ASKED_ENOUGH}"
    held = hold(mail.situation, mail.identity, reason, notices=asked)
    return replace(held, commands=run.results, trace=(*held.trace, *command_trace(run.results)))
