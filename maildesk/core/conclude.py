"""What follows from whatever happened to a ticket: its clocks are set anew. Pure.

Called by `apply` for every ticket a decision changes, so that no lane and no command has to think of it.
"""

from datetime import datetime

from maildesk.core.clocks import readings
from maildesk.core.timer import next_look
from maildesk.model.clock import Clock
from maildesk.model.decision import Act, folded
from maildesk.model.desk import Desk
from maildesk.model.event import DeadlinesSet
from maildesk.model.ticket import Ticket

_ACTOR = "maildesk"


def conclude(before: Ticket | None, number: int, acts: tuple[Act, ...], desk: Desk, now: datetime) -> tuple[Act, ...]:
    """Return the acts with all that follows from them. `before`: the ticket without them; None: they open `number`."""
    if not acts:
        return acts
    ticket = folded(before, number, acts, now)
    due = deadlines(ticket, desk)
    return acts if due == _as_set(ticket) else (*acts, Act(_ACTOR, due))


def deadlines(ticket: Ticket, desk: Desk) -> DeadlinesSet:
    """Return when the clocks of a ticket run out, and when time alone may next change something about it."""
    due = {reading.clock: reading.due_at for reading in readings(ticket, desk)}
    return DeadlinesSet(
        due.get(Clock.FIRST_RESPONSE),
        due.get(Clock.RESOLUTION),
        due.get(Clock.NEXT_RESPONSE),
        due.get(Clock.UPDATE),
        next_look(ticket, desk),
    )


def find_outdated(ticket: Ticket, desk: Desk) -> tuple[Act, ...]:
    """Return what sets the clocks of a ticket anew that were set under another policy; nothing when they are right."""
    due = deadlines(ticket, desk)
    return () if due == _as_set(ticket) else (Act(_ACTOR, due),)


def _as_set(ticket: Ticket) -> DeadlinesSet:
    return DeadlinesSet(
        ticket.first_response_due_at,
        ticket.resolution_due_at,
        ticket.next_response_due_at,
        ticket.update_due_at,
        ticket.next_deadline_at,
    )
