"""The SLA clocks of a ticket: since when each runs, when it stood still, and when its time is used up. Pure.

Everything is reckoned from where the ticket has been (`Ticket.course`) and today's policy, so that a new priority,
queue or calendar counts for the whole of it, and what was taken back was never there. Called by `conclude` after every
change, by `timer`, by the escalation and by the questions about a ticket.
"""

from dataclasses import dataclass
from datetime import datetime

from maildesk.core.calendar import Pauses, add_working, working_seconds
from maildesk.model.clock import Calendar, Clock, Run
from maildesk.model.desk import Desk, Targets
from maildesk.model.event import Stay
from maildesk.model.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Stand:
    """A clock stood still in a status; without `until` it still does. `answered`: it went on as the requester wrote."""

    status: str
    run: Run
    since: datetime
    until: datetime | None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock of one ticket. `since`: when it began to run; `seconds`: what is allowed, counted in `calendar`.

    `stands`: when and why it stood still since then, in order.  `run`: what it does now.
    `done_at`: what it waited for has happened.  `source`: whose target it is (`P2 of queue network`).
    """

    clock: Clock
    since: datetime
    seconds: float
    calendar: Calendar
    source: str
    run: Run = Run.RUN
    stands: tuple[Stand, ...] = ()
    done_at: datetime | None = None

    @property
    def is_running(self) -> bool:
        """Whether its time is being used up: it neither stands still nor is done."""
        return self.done_at is None and self.run is Run.RUN

    @property
    def pauses(self) -> Pauses:
        """What does not count, in order. Once it is done nothing stands still any more: its deadline stays known."""
        end = self.done_at
        if end is None:
            return tuple((stand.since, stand.until) for stand in self.stands)
        return tuple((s.since, min(s.until or end, end)) for s in self.stands if s.since < end)

    def at(self, percent: int) -> datetime | None:
        """Return when so much of its time is used up; None while it stands still, or beyond three years."""
        return add_working(self.calendar, self.since, self.seconds * percent / 100, self.pauses)

    @property
    def due_at(self) -> datetime | None:
        """When its time is used up; None while it stands still, or beyond three years."""
        return self.at(100)

    def used_seconds(self, now: datetime) -> float:
        """Return how much of its time is used up."""
        return working_seconds(self.calendar, self.since, self.done_at or now, self.pauses)


def readings(ticket: Ticket, desk: Desk) -> tuple[Reading, ...]:
    """Return the clocks of a ticket that have a target and something to measure; none of one that went into another."""
    if ticket.merged_into is not None:
        return ()
    found = (_reading(clock, ticket, desk) for clock in Clock)
    return tuple(r for r in found if r is not None)


def target_of(clock: Clock, ticket: Ticket, desk: Desk) -> tuple[float, Calendar, str] | None:
    """Return what is allowed for a clock, in whose hours, and whose target that is; None: there is no deadline.

    A group of the requester's goes before the queue, the queue before the desk; each for what it says.
    """
    requester, queue = ticket.requester.address, desk.queue(ticket.queue)
    groups = desk.groups_of(requester)
    named: tuple[tuple[str, Targets], ...] = (
        *((f"group {g.name}", g.sla) for g in groups), (f"queue {queue.name}", queue.sla), ("the desk", desk.sla),
    )  # fmt: skip
    for owner, targets in named:
        target = dict(targets).get(ticket.priority)
        seconds = target.seconds(clock) if target else None
        if target is not None and seconds is not None:
            named_in = target.calendar
            calendar = desk.calendar(named_in) if named_in else desk.calendar_for(requester, queue.name)
            return seconds, calendar, f"{ticket.priority} of {owner}"
    return None


def _reading(clock: Clock, ticket: Ticket, desk: Desk) -> Reading | None:
    target, begins = target_of(clock, ticket, desk), _beginning(clock, ticket)
    if target is None or begins is None:
        return None
    done_at = _done_at(clock, ticket)
    stands = _stands(clock, ticket, desk)
    # What stops a clock makes it begin anew; what only pauses it does not.
    since = max((begins, *(s.until for s in stands if s.run is Run.STOP and s.until is not None)))
    run = next((stand.run for stand in stands if stand.until is None), Run.RUN)
    later = tuple(stand for stand in stands if stand.until is None or stand.until > since)
    seconds, calendar, source = target
    return Reading(clock, since, seconds, calendar, source, run, later, done_at)


def _beginning(clock: Clock, ticket: Ticket) -> datetime | None:
    """Return when a clock begins; None: there is nothing to measure."""
    match clock:
        case Clock.NEXT_RESPONSE:
            return ticket.awaiting_since if ticket.first_responded_at else None
        case Clock.UPDATE:
            return ticket.answered_at or ticket.created_at
        case _:
            return ticket.created_at


def _done_at(clock: Clock, ticket: Ticket) -> datetime | None:
    match clock:
        case Clock.FIRST_RESPONSE:
            return ticket.first_responded_at
        case Clock.RESOLUTION:
            return ticket.resolved_at
        case _:
            return None


def _stands(clock: Clock, ticket: Ticket, desk: Desk) -> tuple[Stand, ...]:
    """Return when and how a clock stood still, in order; the last one lasts still when it has no end."""
    table = {status: dict(runs) for status, runs in desk.clocks}
    stays = ticket.stays or (Stay(ticket.status, ticket.created_at),)
    found: list[Stand] = []
    for stay, end in zip(stays, (*(later.since for later in stays[1:]), None), strict=True):
        run = table.get(stay.status, {}).get(clock, Run.RUN)
        ends = [at for at in (stay.answered_at, end) if at is not None]
        until = min(ends, default=None)
        if run is not Run.RUN and (until is None or until > stay.since):
            found.append(Stand(stay.status, run, stay.since, until, until is not None and until == stay.answered_at))
    return tuple(found)
