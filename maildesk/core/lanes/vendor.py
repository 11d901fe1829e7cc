"""Vendors: mail under a number of their own desk, and how the number is learned. Called by the lane of requesters.

A vendor is heard by technicians alone: nothing of its mail goes outside, and nothing answers it.
"""

from dataclasses import replace

from maildesk.core.access import Identity, is_vendor_believed
from maildesk.core.lanes.opening import author_of
from maildesk.core.lanes.pending import keep_pending
from maildesk.model import event as ev
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk
from maildesk.model.message import Kind
from maildesk.model.situation import Signal, Situation
from maildesk.model.ticket import Status, Ticket

_STRONGER = (Signal.ADDRESS_TOKEN, Signal.MESSAGE_ID_TOKEN, Signal.STORED_ID)


def decide_vendor(situation: Situation, desk: Desk, ticket: Ticket) -> Decision:
    """Keep a vendor's text for technicians; a ticket that waited for the vendor waits no longer."""
    case = situation.vendor_case
    named = f"{case.vendor}, under number {case.number}" if case else "a vendor"
    decision = keep_pending(situation, desk, ticket, f"from {named}")
    if ticket.status is not Status.WAITING_VENDOR or situation.message.kind is not Kind.PERSON:
        return decision
    opened = Act(author_of(situation.message).address, ev.StatusChanged(Status.OPEN, ticket.status))
    return replace(decision, acts=(*decision.acts, opened))


def with_vendor_number(situation: Situation, desk: Desk, identity: Identity, decision: Decision) -> Decision:
    """Learn the number of a vendor whose mail found its ticket by a stronger signal."""
    case, ticket, candidate = situation.vendor_case, identity.ticket, identity.candidate
    if case is None or ticket is None or candidate is None or candidate.signal not in _STRONGER:
        return decision
    if ticket.number in case.tickets or not is_vendor_believed(desk, identity.proof):
        return decision
    learned = Act("maildesk", ev.VendorNumberLearned(case.vendor, case.number))
    return replace(decision, acts=(*decision.acts, learned))
