"""What time brings about: the values that the rows of `timer.DUTIES` are made of. Inert."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from maildesk.model.desk import Desk
from maildesk.model.event import Event
from maildesk.model.notice import Notice
from maildesk.model.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Due:
    """What happens because a date has come, and why. `told`: what the ticket's technicians are told in a reminder."""

    events: tuple[Event, ...]
    because: str
    told: str = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that time brings about. `due_at`: when; None: not as the ticket stands. `carry_out`: what, by now.

    The events move or take away the date that caused them, so that nothing happens twice.
    """

    name: str
    due_at: Callable[[Ticket, Desk], datetime | None]
    carry_out: Callable[[Ticket, Desk, datetime], Due]
