"""Requesters, participants and strangers: new tickets, follow-ups, and text that waits for somebody's word."""

from dataclasses import replace

from maildesk.core.absence import covered
from maildesk.core.access import Identity
from maildesk.core.lanes.aside import decide_aside
from maildesk.core.lanes.closed import past_reopening, refuse_closed
from maildesk.core.lanes.joining import Newcomers, find_newcomers
from maildesk.core.lanes.late import take_in_late
from maildesk.core.lanes.opening import (
    author_of,
    hold,
    open_ticket,
    received,
    rule_trace,
    run_desk_rules,
    sentences,
)
from maildesk.core.lanes.pending import keep_pending
from maildesk.core.lanes.ruled import rule_on, told_of
from maildesk.core.lanes.stopping import stopped_by_rule
from maildesk.core.lanes.vendor import decide_vendor, with_vendor_number
from maildesk.core.lanes.wishes import find_invitation, find_wish, grant_wish, propose_colleagues
from maildesk.core.notices import forgery_warning, one_each, tell_crew
from maildesk.core.status import status_after_mail
from maildesk.core.words import Word
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision, folded
from maildesk.model.desk import Desk
from maildesk.model.notice import Notice, NoticeName, Visibility
from maildesk.model.rule import RuleVerdict
from maildesk.model.situation import Proof, Role, Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine


def decide_requester(situation: Situation, desk: Desk, identity: Identity) -> Decision:
    """Decide a mail from outside the desk."""
    identity = past_reopening(situation, desk, identity)
    verdict = run_desk_rules(situation, desk, identity)
    stopped = stopped_by_rule(situation, desk, identity, verdict)
    if stopped is not None:
        return stopped
    refused = refuse_closed(situation, desk, identity, verdict)
    if refused is not None:
        return refused
    if identity.ticket is not None:
        decision = _decide_on_ticket(situation, desk, identity, identity.ticket, verdict)
        return with_vendor_number(situation, desk, identity, decision)
    if identity.proof is Proof.FAILED:
        return _hold_failed(situation, identity, verdict)
    return _warn_technician(situation, desk, identity, _open(situation, desk, identity, verdict))


def _open(situation: Situation, desk: Desk, identity: Identity, verdict: RuleVerdict) -> Decision:
    proven = identity.technician if identity.role is Role.TECHNICIAN else None
    sender = proven.address if proven else author_of(situation.message)
    claims, detail = identity.claims, ""
    if claims is not None:
        stranger = identity.role not in (Role.REQUESTER, Role.PARTICIPANT)
        detail = f"the sender names ticket {claims} without taking part in it" if stranger else identity.why
    coming = find_newcomers(situation.message, desk, identity, None, without=verdict.actions.cc)
    opened = open_ticket(
        situation,
        desk,
        identity,
        verdict,
        requester=sender,
        opened_by=sender,
        claims=claims,
        detail=sentences(detail, coming.detail),
    )
    return replace(opened, acts=(*opened.acts, *coming.acts(sender)))


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
        why = f"from {author_of(situation.message).address}, holding a copy: {identity.why}"
        coming = find_newcomers(situation.message, desk, identity, ticket)
        return keep_pending(situation, desk, ticket, why, coming)
    if identity.proof is Proof.FAILED:
        return keep_pending(situation, desk, ticket, "the sender failed authentication")
    if identity.role is Role.VENDOR:
        return decide_vendor(situation, desk, ticket)
    if identity.answers_aside:
        return decide_aside(situation, desk, ticket)
    wish = find_wish(situation, identity)
    if wish is not None and wish is not Word.CLOSE:
        return grant_wish(situation, identity, desk, ticket, wish)
    naming = find_invitation(situation, identity)
    if naming is not None and not naming.rest and not any(not a.inline for a in situation.message.attachments):
        return propose_colleagues(situation, identity, desk, ticket, naming)
    named = naming.people if naming else ()
    coming = find_newcomers(situation.message, desk, identity, ticket, named, without=verdict.actions.cc)
    return _follow_up(situation, desk, identity, ticket, verdict, coming, closes=wish is Word.CLOSE)


def _follow_up(
    situation: Situation,
    desk: Desk,
    identity: Identity,
    ticket: Ticket,
    verdict: RuleVerdict,
    coming: Newcomers,
    *,
    closes: bool,
) -> Decision:
    message = situation.message
    sender = author_of(message)
    status, why = status_after_mail(message, situation.now, desk, ticket, closes=closes)
    begun = (Act(sender.address, received(message)), *(Act(sender.address, event) for event in status))
    stands = folded(ticket, ticket.number, begun, situation.now)
    ruling = rule_on(situation, identity.proof, desk, verdict, stands, message.visible_text)
    late, asides = take_in_late(situation, ticket, sender)
    told = _tell_of_answer(situation, desk, ruling.ticket, sentences(why, told_of(ruling), coming.detail))
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"joined ticket {ticket.number}: {identity.why}",
        ticket=ticket.number,
        acts=(*begun, *ruling.acts, *late, *coming.acts(sender)),
        notices=one_each((*told, *ruling.notices), desk, sender),
        trace=(
            *rule_trace(verdict),
            *ruling.trace,
            TraceLine("status", "follow-up", hit=bool(status), because=why),
        ),
        rules=verdict.hits,
        asides=(*asides, *ruling.asides),
    )


def _tell_of_answer(situation: Situation, desk: Desk, ticket: Ticket, detail: str) -> tuple[Notice, ...]:
    message = situation.message
    told = tell_crew(
        NoticeName.FOLLOW_UP,
        desk,
        ticket,
        visibility=Visibility.PUBLIC,
        text=message.visible_text,
        detail=detail,
        author=author_of(message),
        attachments=message.attachments,
    )
    return covered(told, desk, ticket.queue, ticket.assignee, situation.away)
