"""Whom a technician's commands make the desk write to, beside the text: the public side, colleagues, and themselves."""

from dataclasses import replace

from maildesk.core.commands import CommandRun
from maildesk.core.commands.context import Strand
from maildesk.core.commands.escalating import SPAM
from maildesk.core.escalation import Note, handover_news
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.notices import result, tell_crew, tell_public
from maildesk.model import event as ev
from maildesk.model.decision import Act
from maildesk.model.desk import Desk, Technician
from maildesk.model.notice import Audience, CommandResult, Notice, NoticeName, Visibility
from maildesk.model.ticket import Status, Ticket
from maildesk.model.trace import TraceLine


def status_news(desk: Desk, strand: Strand, told_text: str = "") -> tuple[Notice, ...]:
    """Tell the public side of a status it ought to know; text that goes out anyway carries the news itself."""
    before, after, updates = strand.before, strand.ticket, desk.updates
    if told_text.strip() or after.merged_into is not None or _became_spam(before, after):
        return ()
    if after.expected_at not in (None, before.expected_at) and not after.status.is_done:
        return tell_public(NoticeName.EXPECTED, desk, after)
    if after.status.is_done and not before.status.is_done and updates.resolved:
        return tell_public(NoticeName.RESOLVED, desk, after)
    if before.status.is_done and not after.status.is_done and updates.reopened:
        return tell_public(NoticeName.REOPENED, desk, after)
    if after.assignee and after.assignee != before.assignee and updates.assigned:
        return tell_public(NoticeName.ASSIGNED, desk, after)
    return ()


def _became_spam(before: Ticket, after: Ticket) -> bool:
    return SPAM in after.tags and after.status is Status.CLOSED and (before.tags, before.status) != (
        after.tags, after.status,
    )  # fmt: skip


def confirmations(
    desk: Desk, technician: Technician, strand: Strand, text: str = "", *, internal: bool = False
) -> tuple[Notice, ...]:
    """Ask those who handed a ticket on to confirm its solution with the requester, in place of any other mail.

    `text` was said with it, `internal` or to the requester.
    """
    before, after = strand.before, strand.ticket
    solved = after.status.is_done and not before.status.is_done and after.merged_into is None
    if not solved or _became_spam(before, after):
        return ()
    said = "With it came this note" if internal else "The requester was told this"
    return tuple(
        Notice(
            NoticeName.CONFIRM_WITH_REQUESTER,
            t.address,
            Audience.TECHNICIAN,
            Visibility.PUBLIC,
            text=text,
            author=technician.address,
            detail=said if text.strip() else "",
            reason="escalated by you",
        )
        for t in desk.technicians
        if t.email in before.escalators and t is not technician
    )


def people_news(strand: Strand) -> tuple[Notice, ...]:
    """Tell whoever joined or was taken out; not who lost the ticket to another requester: it was never theirs."""
    before, after = strand.before, strand.ticket
    joined = (p for p in after.audience if not before.takes_part(p.address))
    left = (p for p in before.participants if not after.takes_part(p.address))
    return (
        *(Notice(NoticeName.JOINED, p, Audience.PUBLIC, Visibility.PUBLIC) for p in joined),
        *(Notice(NoticeName.LEFT, p, Audience.PUBLIC, Visibility.PUBLIC) for p in left),
    )


def ownership_news(desk: Desk, technician: Technician, strand: Strand, acts: tuple[Act, ...]) -> tuple[Notice, ...]:
    """Tell a new owner, the colleagues who need not look any more or have to again, and those of a new queue.

    `acts` are all that happened to the ticket, those of the text too.
    """
    before, after = strand.before, strand.ticket
    handed_over = handover_news(desk, before, after, strand.events, Note(technician.address))
    if handed_over:
        return handed_over
    assigned = [a.event.assignee for a in acts if isinstance(a.event, ev.Assigned)]
    owner = desk.technician(assigned[-1]) if assigned and assigned[-1] else None
    # Those who began to watch by this very mail know of it.
    unowned, by = replace(after, assignee=None, watchers=before.watchers), technician.address
    notices: list[Notice] = []
    if owner is not None and owner.email != before.assignee:
        if owner is not technician:
            notices.append(_internal(NoticeName.ASSIGNED_TO_YOU, owner, technician, "owner"))
        if before.assignee is None:
            others = tell_crew(NoticeName.TAKEN, desk, unowned, visibility=Visibility.PUBLIC, author=owner.address)
            notices += [n for n in others if not owner.owns(n.to.address)]
    if assigned and owner is None and before.assignee is not None and after.queue == before.queue:
        # Those who were told that they need not do anything hear that somebody has to, after all.
        notices += tell_crew(NoticeName.GIVEN_BACK, desk, unowned, visibility=Visibility.PUBLIC, author=by)
    if after.queue != before.queue and owner is None:
        # The new team is told although somebody of the old one may still own the ticket; so is that owner.
        for moved in (unowned, replace(unowned, assignee=after.assignee)):
            notices += tell_crew(NoticeName.QUEUE_CHANGED, desk, moved, visibility=Visibility.PUBLIC, author=by)
    return tuple(notices)


def _internal(name: NoticeName, to: Technician, author: Technician, reason: str) -> Notice:
    return Notice(name, to.address, Audience.TECHNICIAN, Visibility.PUBLIC, author=author.address, reason=reason)


def results(mail: TechnicianMail, run: CommandRun) -> tuple[Notice, ...]:
    """Answer state-changing commands and questions with one result mail; a lone `#note` or plain reply gets none."""
    context = run.context
    asked = run.changes or bool(context.answers) or any(not r.ok for r in run.results)
    if not (asked or mail.kept_because):
        return ()
    on_ticket = mail.identity.ticket is not None or bool(context.strands)
    visibility = mail.identity.visibility if on_ticket else Visibility.PUBLIC
    name = NoticeName.COMMAND_RESULT
    detail = f"your text was sent to nobody and kept as a note: {mail.kept_because}" if mail.kept_because else ""
    answers = context.answers
    told = result(name, mail.technician, run.results, visibility=visibility, detail=detail, answers=answers)
    return (told,)


def ask_to_confirm(mail: TechnicianMail, would: tuple[CommandResult, ...], why: str) -> tuple[Notice, ...]:
    """Ask the stored address whether a mail is its owner's; nothing once they were asked too often within the hour.

    `would`: what its lines would do.
    """
    if mail.was_asked_enough:
        return ()
    name, visibility = NoticeName.CONFIRMATION_WANTED, mail.identity.visibility
    return (result(name, mail.technician, would, visibility=visibility, text=mail.block.text, detail=why),)


def command_trace(outcomes: tuple[CommandResult, ...]) -> tuple[TraceLine, ...]:
    """Return one trace line a command."""
    return tuple(
        TraceLine("command", r.line, r.ok, r.outcome + (f"; did you mean {r.hint}?" if r.hint else ""))
        for r in outcomes
    )
