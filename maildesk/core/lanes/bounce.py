"""Delivery reports: matched to the outgoing mail they speak of; a failure is shown on its ticket, never answered."""

from maildesk.core.notices import one_each, tell_crew
from maildesk.model import event as ev
from maildesk.model.decision import Act, Decision, Disposition, Notice, NoticeName, Outcome
from maildesk.model.desk import Desk
from maildesk.model.message import BounceReport, FailedRecipient
from maildesk.model.situation import Audience, Role, SentMail, Situation, Visibility
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
    states = ((sent.outbox_id, "bounced"),) if worst.permanent else ()
    if ticket is None:
        return _discard(f"mail to {sent.recipient} {worst.action} ({worst.status}), no ticket", states)
    return _on_ticket(desk, sent, ticket, worst, states)


def _on_ticket(
    desk: Desk, sent: SentMail, ticket: Ticket, worst: FailedRecipient, states: tuple[tuple[int, str], ...]
) -> Decision:
    event = failed(sent, worst.status, worst.diagnostic) if worst.permanent else delayed(sent, worst)
    notices = (
        delivery_notices(desk, ticket, sent, f"{worst.status} {worst.diagnostic}".strip()) if worst.permanent else ()
    )
    kind = "failed" if worst.permanent else "is delayed"
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


def delivery_notices(desk: Desk, ticket: Ticket, sent: SentMail, detail: str) -> tuple[Notice, ...]:
    """Tell the technicians that a public mail did not arrive; a failing mail to a technician tells nobody (a loop)."""
    if sent.audience is not Audience.PUBLIC:
        return ()
    told = tell_crew(
        NoticeName.DELIVERY_FAILED,
        desk,
        ticket.queue,
        ticket.assignee,
        detail=f"{sent.recipient}: {detail}"[:500],
        visibility=Visibility.INTERNAL,
    )
    return tuple(n for n in one_each(told, desk, None) if n.to.key != sent.recipient.casefold())


def _worst(report: BounceReport | None) -> FailedRecipient | None:
    """Return the gravest result: one permanent failure outweighs any number of delays."""
    if report is None or not report.recipients:
        return None
    return max(report.recipients, key=lambda r: (r.permanent, r.action in ("failed", "delayed")))


def _discard(reason: str, states: tuple[tuple[int, str], ...] = ()) -> Decision:
    return Decision(
        Disposition.DISCARD,
        Outcome.DISCARDED,
        reason,
        trace=(TraceLine("guard", "discard", hit=True, because=reason),),
        role=Role.MACHINE,
        outbox_states=states,
    )
