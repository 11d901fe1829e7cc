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
class Reading:
    """One clock of one ticket. `since`: when it began to run; `seconds`: what is allowed, counted in `calendar`.

    `pauses` do not count.  `run`: what it does now.  `done_at`: what it waited for has happened.
    `source`: whose target it is (`P2 of queue network`).
    """

    clock: Clock
    since: datetime
    seconds: float
    calendar: Calendar
    source: str
    run: Run = Run.RUN
    pauses: Pauses = ()
    done_at: datetime | None = None

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
    """Return the clocks of a ticket that have a target and something to measure."""
    found = (_reading(clock, ticket, desk) for clock in Clock)
    return tuple(r for r in found if r is not None)


def target_of(clock: Clock, ticket: Ticket, desk: Desk) -> tuple[float, Calendar, str] | None:
    """Return what is allowed for a clock, in whose hours, and whose target that is; None: there is no deadline.

    A group of the requester's goes before the queue, the queue before the desk; each for what it says.
    """
    queue, groups = desk.queue(ticket.queue), desk.groups_of(ticket.requester.address)
    usual = next((c for c in (*(g.calendar for g in groups), queue.calendar) if c), None)
    named: tuple[tuple[str, Targets], ...] = (
        *((f"group {g.name}", g.sla) for g in groups), (f"queue {queue.name}", queue.sla), ("the desk", desk.sla),
    )  # fmt: skip
    for owner, targets in named:
        target = dict(targets).get(ticket.priority)
        seconds = target.seconds(clock) if target else None
        if target is not None and seconds is not None:
            return seconds, desk.calendar(target.calendar or usual), f"{ticket.priority} of {owner}"
    return None


def _reading(clock: Clock, ticket: Ticket, desk: Desk) -> Reading | None:
    target, begins = target_of(clock, ticket, desk), _beginning(clock, ticket)
    if target is None or begins is None:
        return None
    done_at = _done_at(clock, ticket)
    stands = _standing(clock, ticket, desk)
    # What stops a clock makes it begin anew; what only pauses it does not.
    since = max((begins, *(until for run, _, until in stands if run is Run.STOP and until is not None)))
    run = next((run for run, _, until in stands if until is None), Run.RUN)
    pauses = tuple((start, until) for _, start, until in stands if until is None or until > since)
    if done_at is not None:
        pauses = tuple((start, until) for start, until in pauses if start < done_at)
    seconds, calendar, source = target
    return Reading(clock, since, seconds, calendar, source, run, pauses, done_at)


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


def _standing(clock: Clock, ticket: Ticket, desk: Desk) -> tuple[tuple[Run, datetime, datetime | None], ...]:
    """Return when and how a clock stood still, in order; the last one lasts still when it has no end."""
    table = {status: dict(runs) for status, runs in desk.clocks}
    stays = ticket.stays or (Stay(ticket.status, ticket.created_at),)
    ends = (*(stay.since for stay in stays[1:]), None)
    found: list[tuple[Run, datetime, datetime | None]] = []
    for stay, end in zip(stays, ends, strict=True):
        run = table.get(stay.status, {}).get(clock, Run.RUN)
        until = end if stay.answered_at is None else stay.answered_at
        if run is Run.RUN or until == stay.since:
            continue
        if found and found[-1][0] is run and found[-1][2] == stay.since:
            found[-1] = (run, found[-1][1], until)
        else:
            found.append((run, stay.since, until))
    return tuple(found)
