"""Delivery reports: matched to the outgoing mail they speak of; a failure is shown on its ticket, never answered."""

from dataclasses import replace

from maildesk.core.deliverability import find_death, told_of_death
from maildesk.core.notices import delivery_failed, reader_lost
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk
from maildesk.model.message import BounceReport, FailedRecipient
from maildesk.model.notice import Audience, Notice
from maildesk.model.person import AddressDied
from maildesk.model.situation import Role, SentMail, Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

_ACTOR = "maildesk"


def decide_bounce(situation: Situation, desk: Desk) -> Decision:
    """Decide a delivery report. A report about nothing of ours is discarded; its raw bytes stay."""
    report, sent, ticket = situation.message.bounce, situation.bounced, situation.bounced_ticket
    if sent is None:
        return _discard(f"delivery report about no mail of this desk: {situation.message.kind_reason}")
    worst = _worst(report)
    if worst is None or worst.action in ("delivered", "relayed", "expanded"):
        return _discard(f"delivery report without a failure for mail to {sent.recipient}")
    states = ((sent.outbox_id, "bounced"),) if worst.final else ()
    died = _find_death(situation, sent, desk)
    if ticket is None:
        decision = _discard(f"mail to {sent.recipient} {worst.action} ({worst.status}), no ticket", states)
    else:
        decision = _on_ticket(desk, sent, ticket, worst, states, died)
    return replace(decision, lessons=died)


def _find_death(situation: Situation, sent: SentMail, desk: Desk) -> tuple[AddressDied, ...]:
    """Return the lesson that the very address we wrote to is dead.

    Where envelope senders carry tokens only a report that came to one is believed: whoever takes part in the ticket
    knows the Message-IDs in it. A report about another address tells that ours is forwarded or a list of several; it
    may be well itself. A report whose sender is disowned proves nothing, although it knows which mail it speaks of.
    """
    report, auth = situation.message.bounce, situation.message.auth
    if report is None or (auth is not None and auth.failed) or (desk.subaddress and not sent.by_token):
        return ()
    ours = (r for r in report.recipients if r.permanent and r.address.casefold() == sent.recipient.casefold())
    return next((died for r in ours if (died := find_death(sent.recipient, r.status, r.diagnostic))), ())


def _on_ticket(
    desk: Desk,
    sent: SentMail,
    ticket: Ticket,
    worst: FailedRecipient,
    states: tuple[tuple[int, str], ...],
    died: tuple[AddressDied, ...],
) -> Decision:
    event = failed(sent, worst.status, worst.diagnostic) if worst.final else delayed(sent, worst)
    said = f"{worst.status} {worst.diagnostic}".strip()
    notices = delivery_notices(desk, ticket, sent, said, died) if worst.final else ()
    kind = "failed" if worst.final else "is delayed"
    reason = f"mail of ticket {ticket.number} to {sent.recipient} {kind}: {worst.status}"
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        reason,
        ticket=ticket.number,
        acts=(Act(_ACTOR, event),),
        notices=notices,
        trace=(TraceLine("guard", "bounce", hit=True, because=reason),),
        role=Role.MACHINE,
        outbox_states=states,
    )


def failed(sent: SentMail, status: str, diagnostic: str) -> ev.DeliveryFailed:
    """Build the event of a mail that will not be tried again."""
    return ev.DeliveryFailed(sent.recipient, status, diagnostic[:500], sent.message_id)


def delayed(sent: SentMail, report: FailedRecipient) -> ev.DeliveryDelayed:
    """Build the event of a mail somebody still tries to deliver."""
    return ev.DeliveryDelayed(sent.recipient, report.status, report.diagnostic[:500], sent.message_id)


def delivery_notices(
    desk: Desk, ticket: Ticket, sent: SentMail, said: str, died: tuple[AddressDied, ...]
) -> tuple[Notice, ...]:
    """Tell the technicians that a mail outside did not arrive; a failing mail to a technician tells nobody (a loop).

    But when the only reader's address dies of it, others are told of what nobody has seen; each one dies only once.
    """
    if sent.audience not in (Audience.PUBLIC, Audience.ASIDE):
        return reader_lost(desk, ticket, sent.recipient, said[:400]) if died else ()
    return delivery_failed(desk, ticket, sent.recipient, told_of_death(said[:400], died))


def _worst(report: BounceReport | None) -> FailedRecipient | None:
    """Return the gravest result: one failure for good outweighs any number of delays."""
    if report is None or not report.recipients:
        return None
    return max(report.recipients, key=lambda r: (r.permanent, r.final, r.action in ("failed", "delayed")))


def _discard(reason: str, states: tuple[tuple[int, str], ...] = ()) -> Decision:
    return Decision(
        Disposition.DISCARD,
        Outcome.DISCARDED,
        reason,
        trace=(TraceLine("guard", "discard", hit=True, because=reason),),
        role=Role.MACHINE,
        outbox_states=states,
    )
