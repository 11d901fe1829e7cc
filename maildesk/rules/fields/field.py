"""What a field of a condition is, and the small readers its tables are made of. Used by its neighbours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from maildesk.model.message import Address
from maildesk.model.rule import NO_MESSAGE, Phase, RuleFacts
from maildesk.model.ticket import Ticket
from maildesk.rules.written import Plain, Words

#: What a field has on one occasion; none of them is empty.
Values: TypeAlias = tuple[str, ...]
Read: TypeAlias = Callable[[RuleFacts], Values]

TICKET_PHASES = (Phase.FOLLOW_UP, Phase.CHANGE, Phase.TIME)

_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


class Type(StrEnum):
    """How a field's values are compared and what may be asked of them.

    `free`: text that may hold a number.  `duration`: seconds.  `time`: of day, in seconds since midnight.
    """

    TEXT = "text"
    ADDRESS = "address"
    WORD = "word"
    FREE = "free"
    SIZE = "size"
    NUMBER = "number"
    DURATION = "duration"
    TIME = "time"
    FLAG = "flag"


def no_words(_words: Words) -> tuple[str, ...]:
    """Say that a field has no closed set of words."""
    return ()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a condition may look at. A reader never raises and returns no empty text.

    `allowed`: the closed set of words where there is one.  `phases`: in which it can have a value.
    `argument`: reads a written whole value where the type is not enough; raises `WritingError`.
    `worked`: reads a duration in working seconds.  `member`: makes the field of one name, for rows such as
    `header.NAME`; None where the name cannot be one.
    """

    name: str
    type: Type
    read: Read
    description: str
    example: str
    allowed: Callable[[Words], tuple[str, ...]] = no_words
    phases: tuple[Phase, ...] = tuple(Phase)
    argument: Callable[[Plain, Words], str] | None = None
    worked: Read | None = None
    member: Callable[[str], "Field | None"] | None = None

    def show(self, value: str) -> str:
        """Return a value as a person reads it."""
        match self.type:
            case Type.DURATION:
                return duration_words(float(value))
            case Type.TIME:
                return f"{int(value) // 3600:02}:{int(value) % 3600 // 60:02}"
            case _:
                return value


def nothing(_facts: RuleFacts) -> Values:
    """Read nothing: for rows that stand for a whole family of fields."""
    return ()


def has_mail(facts: RuleFacts) -> bool:
    """Tell whether a rule runs on a mail."""
    return facts.message is not NO_MESSAGE


def one(text: str | None) -> Values:
    """Return a text that may be absent."""
    return (text,) if text else ()


def present(*texts: str | None) -> Values:
    """Return those of several texts that are there."""
    return tuple([text for text in texts if text])


def addresses(*found: Address) -> Values:
    """Return the addresses of people, without their names: anybody may write any name there."""
    return tuple([a.address for a in found if a.address])


def of_ticket(read: Callable[[Ticket], Values]) -> Read:
    """Return a reader of the ticket, which finds nothing before there is one."""
    return lambda facts: read(facts.ticket) if facts.ticket else ()


def duration(
    name: str,
    instant: Callable[[RuleFacts], datetime | None],
    description: str,
    *,
    ahead: bool = False,
    phases: tuple[Phase, ...] = TICKET_PHASES,
) -> Field:
    """Return a field of the time since an instant, or until it where that lies `ahead`."""
    sign = -1 if ahead else 1

    def read(facts: RuleFacts) -> Values:
        at = instant(facts)
        return () if at is None else (f"{sign * (facts.now - at).total_seconds():.0f}",)

    def worked(facts: RuleFacts) -> Values:
        at = instant(facts)
        return () if at is None or facts.worked is None else (f"{sign * facts.worked(at):.0f}",)

    return Field(name, Type.DURATION, read, description, "4h", phases=phases, worked=worked)


def duration_words(seconds: float) -> str:
    """Return so many seconds in the two largest units that fit (`2d 3h`)."""
    left = abs(int(seconds))
    parts: list[str] = []
    for unit, length in _UNITS:
        if left >= length and len(parts) < 2:
            parts.append(f"{left // length}{unit}")
        left %= length
    return f"{'-' if seconds < 0 and parts else ''}{' '.join(parts) or '0s'}"
