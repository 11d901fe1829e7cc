"""Machines: absence notices, lists, monitoring. Kept, never answered, and they change no status."""

from maildesk.core.access import Identity
from maildesk.core.lanes.opening import author_of, rule_trace, run_desk_rules
from maildesk.core.lanes.pending import keep_pending
from maildesk.core.lanes.requester import decide_requester
from maildesk.core.lanes.stopping import stopped_by_rule
from maildesk.core.lanes.technician import decide_technician
from maildesk.mail.classify import is_absence_notice
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk
from maildesk.model.situation import Proof, Role, Situation
from maildesk.model.trace import TraceLine


def discard_own(situation: Situation) -> Decision:
    """Drop a mail of ours that came back; anything else would be a loop."""
    return _discard(f"a mail of this desk: {situation.message.kind_reason}")


def decide_auto_reply(situation: Situation, desk: Desk, identity: Identity) -> Decision:
    """Note an automatic answer on its ticket; it reaches nobody and changes nothing. A technician's marks them away.

    Without a ticket it is dropped, unless a rule says that such mail opens one all the same.
    """
    message = situation.message
    verdict = run_desk_rules(situation, desk, identity)
    stopped = stopped_by_rule(situation, desk, identity, verdict)
    if stopped is not None:
        return stopped
    absences = _absences(situation, desk, identity)
    ticket = identity.ticket
    # What answers a mail of this desk opens none: a rule that notifies somebody absent would make one after the other.
    is_answer = ticket is not None or identity.claims is not None
    if not is_answer and verdict.actions.accept and identity.technician is None:
        return decide_requester(situation, desk, identity)
    if ticket is None:
        why = f"automatic reply without a ticket: {message.kind_reason}"
        return _discard(why, absences)
    sender = author_of(message)
    event = ev.AutomaticMailReceived(sender, message.visible_text, message.message_id, message.kind)
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"automatic reply noted on ticket {ticket.number}: {message.kind_reason}",
        ticket=ticket.number,
        acts=(Act(sender.address, event),),
        absences=absences,
        trace=(*rule_trace(verdict), TraceLine("guard", "auto-reply", hit=True, because=message.kind_reason)),
    )


def decide_bulk(situation: Situation, desk: Desk, identity: Identity) -> Decision:
    """Take list, alert and other machine mail like anybody's, but for the acknowledgement and the status.

    A technician's words that a machine passed on run nothing and are shown to nobody outside: they may answer a note.
    """
    if identity.technician is None or identity.role is not Role.TECHNICIAN:
        return decide_requester(situation, desk, identity)
    if identity.proof is Proof.FAILED:
        return decide_technician(situation, desk, identity, identity.technician)
    if identity.ticket is None:
        return decide_requester(situation, desk, identity)
    why = f"a technician's mail, but it came from a machine: {situation.message.kind_reason}"
    return keep_pending(situation, desk, identity.ticket, why)


def _absences(situation: Situation, desk: Desk, identity: Identity) -> tuple[tuple[str, bool], ...]:
    sender = situation.message.sender
    technician = desk.technician(sender.address) if sender else None
    believed = identity.proof in (Proof.PASS, Proof.TOKEN) or (identity.proof is Proof.NONE and not desk.authenticates)
    if technician is None or not believed or not is_absence_notice(situation.message):
        return ()
    return ((technician.email, True),)


def _discard(reason: str, absences: tuple[tuple[str, bool], ...] = ()) -> Decision:
    trace = (TraceLine("guard", "discard", hit=True, because=reason),)
    return Decision(Disposition.DISCARD, Outcome.DISCARDED, reason, trace=trace, absences=absences)
