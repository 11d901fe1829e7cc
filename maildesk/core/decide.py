"""The brain: a situation in, a decision out. Pure; never raises for anything a mail can hold, never returns None.

`decide_message` picks the lane by the kind of mail and the role of its sender; `decide_timer` and `decide_delivery`
answer for the clock and for the mail server. The daemon, `explain`, rule tests and the property tests all run this.
"""

from dataclasses import replace

from maildesk.core.access import Identity, identify
from maildesk.core.deliverability import find_death
from maildesk.core.lanes.bounce import decide_bounce, delivery_notices, failed
from maildesk.core.lanes.machine import decide_auto_reply, decide_bulk, discard_own
from maildesk.core.lanes.requester import decide_requester
from maildesk.core.lanes.technician import decide_technician
from maildesk.core.timer import decide_timer
from maildesk.model.decided import Disposition
from maildesk.model.decision import Act, Decision, TimerDecision
from maildesk.model.desk import Desk
from maildesk.model.message import Kind
from maildesk.model.person import PersonWrote
from maildesk.model.situation import Proof, Role, SentMail, Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

__all__ = ["decide_delivery", "decide_message", "decide_timer"]


def decide_message(situation: Situation, desk: Desk) -> Decision:
    """Decide one inbound mail."""
    identity = identify(situation, desk)
    decision = _pick_lane(situation, desk, identity)
    message = situation.message
    joined = f"{identity.candidate.signal} {identity.candidate.value}" if identity.candidate else "no ticket"
    guards = (
        TraceLine(
            "guard",
            "kind",
            hit=message.kind is not Kind.PERSON,
            because=f"{message.kind}: {message.kind_reason}".rstrip(": "),
        ),
        TraceLine("guard", "identity", hit=True, because=f"{identity.role}, proof {identity.proof}: {identity.why}"),
        TraceLine(
            "thread",
            joined,
            hit=identity.candidate is not None,
            because=f"claims {identity.claims}" if identity.claims else "",
        ),
    )
    role = Role.MACHINE if message.kind not in (Kind.PERSON, Kind.LIST) else identity.role
    return replace(
        decision,
        trace=(*guards, *decision.trace),
        role=role,
        heard_as=identity.role,
        proof=identity.proof,
        match=identity.candidate,
        lessons=(*decision.lessons, *_heard_from(situation, desk, decision, identity)),
    )


def _heard_from(situation: Situation, desk: Desk, decision: Decision, identity: Identity) -> tuple[PersonWrote, ...]:
    """Return the lesson that the owner of the sender's address wrote: proven, or at least taken for granted by all.

    Who merely names a technician in From is not taken for that technician.
    """
    message = situation.message
    sender = message.sender
    if sender is None or not sender.address or message.kind not in (Kind.PERSON, Kind.LIST):
        return ()
    if decision.disposition in (Disposition.DISCARD, Disposition.REJECT) and decision.rules:
        # What the admin wants to know nothing of leaves a line in the ledger and nothing else.
        return ()
    is_pretender = identity.technician is not None and identity.role is Role.STRANGER
    if identity.proof is Proof.FAILED or is_pretender:
        return ()
    if identity.proof is Proof.NONE and decision.disposition is not Disposition.ACCEPT:
        return ()
    # What nobody vouches for shows that an address lives, which a wrong guess undoes; in which language its owner is
    # written to must not be a stranger's choice.
    believed = identity.proof is not Proof.NONE or not desk.authenticates
    return (PersonWrote(sender.address, message.language if believed else None),)


def _pick_lane(situation: Situation, desk: Desk, identity: Identity) -> Decision:
    match situation.message.kind:
        case Kind.OWN:
            return discard_own(situation)
        case Kind.BOUNCE:
            return decide_bounce(situation, desk)
        case Kind.AUTO_REPLY:
            return decide_auto_reply(situation, desk, identity)
        case Kind.LIST | Kind.ALERT:
            return decide_bulk(situation, desk, identity)
        case Kind.PERSON:
            if identity.role is Role.TECHNICIAN and identity.technician is not None:
                return decide_technician(situation, desk, identity, identity.technician)
            return decide_requester(situation, desk, identity)


def decide_delivery(
    sent: SentMail, ticket: Ticket | None, reply: str, desk: Desk, *, refused: bool = False
) -> TimerDecision:
    """Decide what a mail that will not be tried again does to its ticket and to its address.

    `reply`: the server's last words. `refused`: it said them about this recipient; a mail given up, because the server
    is away or will not let us in, says nothing about whom it was for.
    """
    status = next((word for word in reply.split() if word[:2] in ("4.", "5.") and word[2:3].isdigit()), "5.0.0")
    died = find_death(sent.recipient, status, reply) if refused else ()
    if ticket is None:
        return TimerDecision(trace=(TraceLine("delivery", "failed", hit=True, because=reply),), lessons=died)
    event = failed(sent, status, reply)
    return TimerDecision(
        (Act("maildesk", event),),
        delivery_notices(desk, ticket, sent, reply, died),
        (TraceLine("delivery", "failed", hit=True, because=reply),),
        died,
    )
