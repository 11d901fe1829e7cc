"""A mail that comes after its own answer: two tickets turn out to be one. Called by the lane of requesters."""

from maildesk.core.commands.merging import taking_in
from maildesk.model import event as ev
from maildesk.model.decision import Act, Aside
from maildesk.model.message import Address, Kind
from maildesk.model.situation import Signal, Situation
from maildesk.model.ticket import Status, Ticket

_ACTOR = "maildesk"


def take_in_late(situation: Situation, ticket: Ticket, sender: Address) -> tuple[tuple[Act, ...], tuple[Aside, ...]]:
    """Take in the tickets that an answer to this very mail opened, when it came in before the mail itself.

    Only the same person's, and only while nobody has worked on them; all others stay as they are. What machines pass on
    closes nothing.
    """
    if situation.message.kind is not Kind.PERSON:
        return (), ()
    awaiting = (
        c.ticket
        for c in situation.candidates
        if c.signal is Signal.STORED_ID and c.value == situation.message.message_id and c.token is None
    )
    same = {t.number: t for t in awaiting if t.number != ticket.number and _is_untouched(t, sender)}
    acts = tuple(Act(_ACTOR, event) for t in same.values() for event in taking_in(ticket, t, Address(_ACTOR, "")))
    asides = tuple(Aside(t.number, _going(t, ticket.number)) for t in same.values())
    return acts, asides


def _is_untouched(ticket: Ticket, sender: Address) -> bool:
    fresh = ticket.status is Status.NEW and ticket.assignee is None and ticket.first_responded_at is None
    return fresh and ticket.merged_into is None and ticket.requester.key == sender.key


def _going(ticket: Ticket, into: int) -> tuple[Act, ...]:
    return Act(_ACTOR, ev.Merged(into)), Act(_ACTOR, ev.StatusChanged(Status.CLOSED, ticket.status))
