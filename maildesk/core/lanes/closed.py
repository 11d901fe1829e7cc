"""Answers to closed tickets: by its queue they open the ticket again, open a new one, or are refused.

Called by the lane of requesters. Who cannot be told of a refusal is not refused: a new ticket is opened. Thanks and a
requester's own words (`status`, say) are no such answers, and neither is anything that would not open a ticket that is
merely resolved.
"""

from dataclasses import replace

from maildesk.core.access import Identity
from maildesk.core.lanes.opening import author_of, rule_trace
from maildesk.core.lanes.wishes import find_wish
from maildesk.core.notices import one_each, refusal
from maildesk.core.status import only_thanks
from maildesk.model.clock import AnswerToClosed
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import Desk
from maildesk.model.message import Kind
from maildesk.model.notice import Notice
from maildesk.model.rule import RuleVerdict
from maildesk.model.situation import Proof, Role, Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine


def past_reopening(situation: Situation, desk: Desk, identity: Identity) -> Identity:
    """Let go of a closed ticket that is not opened again: the answer opens a new one, linked to it."""
    ticket = _answered(situation, identity)
    if ticket is None or ticket.closed_at is None:
        return identity
    match desk.queue(ticket.queue).answer_to_closed:
        case AnswerToClosed.REOPEN:
            if (situation.now - ticket.closed_at).total_seconds() <= desk.reopen_seconds:
                return identity
            why = f"ticket {ticket.number} was closed too long ago to be reopened"
        case AnswerToClosed.NEW:
            why = f"ticket {ticket.number} is closed, and queue {ticket.queue} opens no closed ticket again"
        case AnswerToClosed.REFUSE:
            told, line = _refusal(situation, desk, identity, ticket)
            if told:
                return identity
            # Nothing a person wrote may end where neither they nor a technician hears of it.
            why = f"ticket {ticket.number} is closed, and its sender cannot be told so: {line.because}"
    return replace(identity, candidate=None, token=None, claims=ticket.number, why=why)


def refuse_closed(situation: Situation, desk: Desk, identity: Identity, verdict: RuleVerdict) -> Decision | None:
    """Refuse an answer to a closed ticket where its queue says so, and tell the sender once how to write anew.

    Mail that an admin released is not refused.
    """
    ticket = _answered(situation, identity)
    if ticket is None or situation.released:
        return None
    if desk.queue(ticket.queue).answer_to_closed is not AnswerToClosed.REFUSE:
        return None
    told, line = _refusal(situation, desk, identity, ticket)
    if not told:
        return None
    why = f"ticket {ticket.number} is closed, and queue {ticket.queue} takes no answers to closed tickets"
    return Decision(
        Disposition.REJECT,
        Outcome.REJECTED,
        why,
        ticket=ticket.number,
        notices=one_each(told, desk, author_of(situation.message)),
        trace=(*rule_trace(verdict), TraceLine("guard", "closed", hit=True, because=why), line),
        rules=verdict.hits,
    )


def _refusal(
    situation: Situation, desk: Desk, identity: Identity, ticket: Ticket
) -> tuple[tuple[Notice, ...], TraceLine]:
    """Tell somebody who takes part that their answer was not taken in; empty, with the reason, when nobody may be."""
    sender = author_of(situation.message)
    told, line = refusal(situation, desk, sender, identity.proof)
    if told and not ticket.takes_part(sender.address):
        return (), TraceLine("notice", "refused", hit=False, because="they do not take part in it")
    return told, line


def _answered(situation: Situation, identity: Identity) -> Ticket | None:
    """Return the closed ticket that somebody who takes part answers; None: this is no such mail."""
    ticket, message = identity.ticket, situation.message
    if ticket is None or ticket.closed_at is None or message.kind is not Kind.PERSON:
        return None
    bystander = identity.holds_copy or identity.answers_aside or identity.role is Role.VENDOR
    if bystander or identity.proof is Proof.FAILED:
        return None
    if only_thanks(message.visible_text, message.attachments) or find_wish(situation, identity) is not None:
        return None
    return ticket
