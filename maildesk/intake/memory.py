"""What a decided mail leaves behind, so that later mail finds its ticket. Called by the intake, in its transaction.

Only mail that became part of a conversation leaves anything: what is held, kept for technicians or written by machines
must not steer where other people's mail goes. Its own Message-ID is remembered by `apply`, with those of our answers.
"""

from maildesk.adapters.store import Transaction
from maildesk.mail.threads import CLAIM_LIMIT, answered_ids, is_token_id, list_key, thread_index_key
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.event import CorrespondenceReceived, CorrespondenceSent, VendorNumberLearned
from maildesk.model.message import InboundMessage, Kind
from maildesk.model.situation import Role


def remember_thread(tx: Transaction, message: InboundMessage, decision: Decision, ticket: int) -> None:
    """Remember which conversation of others, which unknown mail and which vendor's number belong to a ticket."""
    events = tuple(act.event for act in decision.acts)
    for event in events:
        if isinstance(event, VendorNumberLearned):
            tx.tickets.learn_vendor_number(ticket, event.vendor, event.number)
    is_spoken = any(isinstance(event, CorrespondenceReceived | CorrespondenceSent) for event in events)
    if decision.role is Role.TECHNICIAN and decision.outcome is Outcome.TICKET:
        _remember_passed_on(tx, message, ticket)
    if not is_spoken or message.kind not in (Kind.PERSON, Kind.LIST):
        return
    # A list takes part in what it opened; a ticket of Ann's does not become a list's because somebody copies one in.
    over_list = list_key(message) if decision.outcome is Outcome.TICKET else None
    tx.tickets.remember_ids(ticket, [key for key in (thread_index_key(message), over_list) if key])
    answered = answered_ids(message)
    known = tx.tickets.by_message_ids(answered) if answered else {}
    tx.tickets.await_ids(ticket, [message_id for message_id in answered if message_id not in known])


def _remember_passed_on(tx: Transaction, message: InboundMessage, ticket: int) -> None:
    """Remember the conversation that a technician passes on, and the mail that does it.

    Whoever of it answers all later, with a copy to the desk, writes to this ticket. What leads to another ticket
    already keeps leading there.
    """
    passed_on = (i for f in message.forwarded for i in (f.message_id, *f.references))
    ids = tuple(dict.fromkeys(i for i in (message.message_id, *passed_on) if i and not is_token_id(i)))[:CLAIM_LIMIT]
    known = tx.tickets.by_message_ids(ids) if ids else {}
    tx.tickets.remember_ids(ticket, [i for i in ids if ticket in known.get(i, (ticket,))])
