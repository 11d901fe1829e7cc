"""Clocks, calendars and what is due when one runs out: the values that desk.yaml's `sla`, `calendars`, `escalation` and
`waiting` become. Inert; `core.calendar` and `core.clocks` reckon with them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from zoneinfo import ZoneInfo

#: The calendar of the desk itself, and the one that never closes. Others have names of the admin's.
BUSINESS = "business"
ALWAYS = "always"


class Clock(StrEnum):
    """What is measured on a ticket.

    `first-response`: creation → first public answer.  `next-response`: oldest unanswered word from outside → public
    answer.  `update`: public answer → next public answer.  `resolution`: creation → resolved.
    """

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    UPDATE = "update"
    RESOLUTION = "resolution"


class Run(StrEnum):
    """What a clock does in a status: `pause` goes on later where it was, `stop` begins anew."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


class Tell(StrEnum):
    """Who hears of a deadline in danger. Where nobody is what the word says, the next one down hears of it."""

    MANAGER = "manager"
    LEAD = "lead"
    ASSIGNEE = "assignee"
    QUEUE = "queue"


class AnswerToClosed(StrEnum):
    """What an answer to a closed ticket does, by its queue.

    `reopen`: opens it within the reopening time, later a new linked one.  `new`: always a new linked one.  `refuse`:
    neither; the sender is told.
    """

    REOPEN = "reopen"
    NEW = "new"
    REFUSE = "refuse"


def no_holiday(_day: date) -> str | None:
    """Say that no day is a holiday."""
    return None


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody works. `hours` maps weekday (0 Monday) to spans local to `timezone`; empty: never closed.

    `holiday` names the holiday a local day is, or None; it takes bounded time and never raises.
    """

    name: str = BUSINESS
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    hours: tuple[tuple[int, tuple[tuple[time, time], ...]], ...] = ()
    holiday: Callable[[date], str | None] = no_holiday


@dataclass(frozen=True, slots=True)
class SlaTarget:
    """Seconds allowed for each clock of one priority; None: no deadline.

    `calendar`: in whose hours they count; None: in those of the requester's group, the queue or the desk.
    """

    first_response: float | None = None
    next_response: float | None = None
    update: float | None = None
    resolution: float | None = None
    calendar: str | None = None

    def seconds(self, clock: Clock) -> float | None:
        """Return what is allowed for a clock."""
        return {
            Clock.FIRST_RESPONSE: self.first_response,
            Clock.NEXT_RESPONSE: self.next_response,
            Clock.UPDATE: self.update,
            Clock.RESOLUTION: self.resolution,
        }[clock]


@dataclass(frozen=True, slots=True)
class DeadlineWarning:
    """Who is told when so many percent of a clock's time are used up; 100 is the breach."""

    percent: int
    tell: Tell


@dataclass(frozen=True, slots=True)
class Escalation:
    """When somebody is warned, and when a ticket goes to the next level by itself.

    `unanswered`: percent of the first response after which a ticket of a priority that nobody answered or took goes on.
    `reopened`: the how-manieth reopening sends it on; None: none does.
    """

    warnings: tuple[DeadlineWarning, ...] = (
        DeadlineWarning(75, Tell.ASSIGNEE), DeadlineWarning(90, Tell.LEAD), DeadlineWarning(100, Tell.MANAGER),
    )  # fmt: skip
    unanswered: tuple[tuple[str, int], ...] = (("P1", 50),)
    reopened: int | None = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """What happens to a ticket that waits, in seconds since it began to.

    `remind`: when the requester is reminded; `resolve`: when it is resolved for want of an answer; None: never.
    `chase_vendor`: how often its technicians are told that a vendor is silent; None: never.
    """

    remind: tuple[float, ...] = (3 * 86400.0, 7 * 86400.0)
    resolve: float | None = 14 * 86400.0
    chase_vendor: float | None = 3 * 86400.0


#: What holds where the admin says nothing.
USUAL_ESCALATION = Escalation()
USUAL_WAITING = Waiting()
