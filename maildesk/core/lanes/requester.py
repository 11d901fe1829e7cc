"""Requesters, participants and strangers: new tickets, follow-ups, and text that waits for somebody's word."""

from dataclasses import replace

from maildesk.core.access import Identity
from maildesk.core.lanes.late import take_in_late
from maildesk.core.lanes.opening import (
    assignee_of,
    author_of,
    hold,
    open_ticket,
    received,
    rule_acts,
    rule_notices,
    rule_trace,
    run_desk_rules,
    stopped_by_rule,
)
from maildesk.core.lanes.pending import keep_pending
from maildesk.core.lanes.vendor import decide_vendor, with_vendor_number
from maildesk.core.notices import forgery_warning, one_each, tell_crew
from maildesk.core.sla import status_changed
from maildesk.core.thanks import is_thanks
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage, Kind
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.rule import RuleVerdict
from maildesk.model.situation import Proof, Role, Signal, Situation
from maildesk.model.ticket import Status, Ticket, evolve
from maildesk.model.trace import TraceLine

#: Whole texts by which a requester asks the desk itself.
_CLOSING_WORDS = frozenset({"close", "cancel"})
_STATUS_WORDS = frozenset({"status"})


def decide_requester(situation: Situation, desk: Desk, identity: Identity) -> Decision:
    """Decide a mail from outside the desk."""
    identity = _past_reopening(situation, desk, identity)
    verdict = run_desk_rules(situation, desk, identity)
    stopped = stopped_by_rule(situation, identity, verdict)
    if stopped is not None:
        return stopped
    if identity.ticket is not None:
        decision = _decide_on_ticket(situation, desk, identity, identity.ticket, verdict)
        return with_vendor_number(situation, desk, identity, decision)
    if identity.proof is Proof.FAILED:
        return _hold_failed(situation, identity, verdict)
    return _warn_technician(situation, desk, identity, _open(situation, desk, identity, verdict))


def _past_reopening(situation: Situation, desk: Desk, identity: Identity) -> Identity:
    """Let go of a ticket closed too long ago to be reopened: the answer opens a new one, linked to it."""
    ticket, message = identity.ticket, situation.message
    if ticket is None or ticket.closed_at is None or message.kind is not Kind.PERSON:
        return identity
    if identity.holds_copy or identity.proof is Proof.FAILED or identity.role is Role.VENDOR:
        return identity
    if (situation.now - ticket.closed_at).total_seconds() <= desk.reopen_seconds:
        return identity
    if _only_thanks(message) or _wish(situation, identity) in _CLOSING_WORDS | _STATUS_WORDS:
        return identity
    why = f"ticket {ticket.number} was closed too long ago to be reopened"
    return replace(identity, candidate=None, token=None, claims=ticket.number, why=why)


def _open(situation: Situation, desk: Desk, identity: Identity, verdict: RuleVerdict) -> Decision:
    proven = identity.technician if identity.role is Role.TECHNICIAN else None
    sender = proven.address if proven else author_of(situation.message)
    claims, detail = identity.claims, ""
    if claims is not None:
        stranger = identity.role not in (Role.REQUESTER, Role.PARTICIPANT)
        detail = f"the sender names ticket {claims} without taking part in it" if stranger else identity.why
    return open_ticket(
        situation,
        desk,
        identity,
        verdict,
        requester=sender,
        opened_by=sender,
        claims=claims,
        detail=detail,
    )


def _hold_failed(situation: Situation, identity: Identity, verdict: RuleVerdict) -> Decision:
    why = situation.message.sender_problem or "the domain in From disowns this mail (dmarc=fail)"
    auth = situation.message.auth
    if situation.message.sender is not None and not (auth and auth.failed):
        why = "claims an address of this desk's own domain without dmarc=pass"
    return hold(situation, identity, f"sender not believed: {why}", trace=rule_trace(verdict), rules=verdict)


def _warn_technician(situation: Situation, desk: Desk, identity: Identity, decision: Decision) -> Decision:
    """Tell the stored address of a mail that names a technician in From and proves nothing."""
    if identity.technician is None:
        return decision
    warning = forgery_warning(
        situation, identity.technician, "a mail in your name opened a ticket as any stranger's would"
    )
    return replace(decision, notices=one_each((*decision.notices, *warning), desk, None))


def _decide_on_ticket(
    situation: Situation, desk: Desk, identity: Identity, ticket: Ticket, verdict: RuleVerdict
) -> Decision:
    if identity.holds_copy:
        return keep_pending(
            situation, desk, ticket, f"from {author_of(situation.message).address}, holding a copy: {identity.why}"
        )
    if identity.proof is Proof.FAILED:
        return keep_pending(situation, desk, ticket, "the sender failed authentication")
    if identity.role is Role.VENDOR:
        return decide_vendor(situation, desk, ticket)
    return _follow_up(situation, desk, identity, ticket, verdict)


def _follow_up(situation: Situation, desk: Desk, identity: Identity, ticket: Ticket, verdict: RuleVerdict) -> Decision:
    message = situation.message
    sender = author_of(message)
    wish = _wish(situation, identity)
    if wish in _STATUS_WORDS:
        return _report_status(situation, ticket)
    status, why = _status_after(situation, desk, ticket, closes=wish in _CLOSING_WORDS)
    stands = ticket
    for event in status:
        stands = evolve(stands, ev.Recorded(ticket.number, ticket.seq + 1, situation.now, sender.address, event))
    late, asides = take_in_late(situation, ticket, sender)
    acts = (
        Act(sender.address, received(message)),
        *(Act(sender.address, s) for s in status),
        *rule_acts(situation, desk, verdict, stands),
        *late,
    )
    told = tell_crew(
        NoticeName.FOLLOW_UP,
        desk,
        verdict.actions.queue or ticket.queue,
        assignee_of(acts, ticket.assignee),
        text=message.visible_text,
        detail=why,
        author=sender,
        attachments=message.attachments,
    )
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"joined ticket {ticket.number}: {identity.why}",
        ticket=ticket.number,
        acts=acts,
        notices=one_each((*told, *rule_notices(verdict, message.visible_text)), desk, sender),
        trace=(*rule_trace(verdict), TraceLine("status", "follow-up", hit=bool(status), because=why)),
        rules=verdict.hits,
        asides=asides,
    )


def _wish(situation: Situation, identity: Identity) -> str:
    """Return the one word a proven requester wrote instead of a text; empty otherwise."""
    proven = identity.proof in (Proof.PASS, Proof.TOKEN, Proof.SIGNED) and identity.role is Role.REQUESTER
    by_hand = situation.message.kind is Kind.PERSON and all(a.inline for a in situation.message.attachments)
    by_reply = identity.candidate is not None and identity.candidate.signal is not Signal.SUBJECT
    word = situation.message.visible_text.strip().strip("#.!?").casefold()
    return word if proven and by_hand and by_reply else ""


def _only_thanks(message: InboundMessage) -> bool:
    return is_thanks(message.visible_text) and all(a.inline for a in message.attachments)


def _status_after(
    situation: Situation, desk: Desk, ticket: Ticket, *, closes: bool
) -> tuple[tuple[ev.StatusChanged, ...], str]:
    """Say what a follow-up does to the status: only a person's own words change it, and thanks alone does not."""
    message = situation.message
    if message.kind is not Kind.PERSON:
        return (), f"kind is {message.kind}: the status stays"
    if closes:
        resolved = status_changed(desk, situation.now, ticket.status, Status.RESOLVED)
        return (() if ticket.status.is_done else (resolved,)), "the requester closes the ticket"
    if _only_thanks(message):
        return (), "only thanks: the ticket stays as it is"
    if ticket.status in (Status.NEW, Status.OPEN):
        return (), ""
    return (ev.StatusChanged(Status.OPEN, ticket.status),), f"the requester answered: {ticket.status} → open"


def _report_status(situation: Situation, ticket: Ticket) -> Decision:
    """Answer a question for the status; it is no correspondence and changes nothing."""
    sender = author_of(situation.message)
    notice = Notice(NoticeName.STATUS_REPORT, ticket.requester, Audience.PUBLIC, Visibility.PUBLIC)
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"asked for the status of ticket {ticket.number}",
        ticket=ticket.number,
        acts=(Act(sender.address, received(situation.message)),),
        notices=() if situation.message.unanswerable else (notice,),
        trace=(TraceLine("command", "status", hit=True, because="the whole text is 'status'"),),
    )
