"""The texts on a ticket that wait for a technician's word. Called by `facts` inside the deciding transaction."""

from collections.abc import Iterable

from maildesk.adapters.store import Transaction
from maildesk.model.event import CorrespondencePending, PendingSettled, Recorded
from maildesk.model.situation import Candidate
from maildesk.model.ticket import Ticket

#: Texts and decisions that are looked at; on a ticket with more, the oldest texts can be decided about no more.
_MOST_WAITING, _MOST_SETTLED = 20, 200


def load_waiting(tx: Transaction, candidates: tuple[Candidate, ...], named: Iterable[Ticket]) -> tuple[Recorded, ...]:
    """Load what waits for a technician's word on all tickets that their mail leads to."""
    led_to = (t.number for c in candidates for t in (c.ticket, *c.merged))
    numbers = dict.fromkeys((*led_to, *(t.number for t in named)))
    return tuple(text for number in numbers for text in _undecided(tx, number))


def _undecided(tx: Transaction, number: int) -> tuple[Recorded, ...]:
    pending = tx.tickets.newest(number, (CorrespondencePending,), _MOST_WAITING)
    settled = tx.tickets.newest(number, (PendingSettled,), _MOST_SETTLED) if pending else ()
    entries = {r.event.entry for r in settled if isinstance(r.event, PendingSettled)}
    return tuple(r for r in pending if r.seq not in entries)
