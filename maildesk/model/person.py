"""Whoever writes to the desk or is written to: what it remembers of an address, and what a decision teaches it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """What the desk remembers of an address. `language`: primary tag of RFC 5646 in which they last wrote.

    `dead_since`: mail to the address came back for good then, as `dead_reason` tells; None while it is alive.
    """

    address: str
    language: str | None = None
    dead_since: datetime | None = None
    dead_reason: str = ""


@dataclass(frozen=True, slots=True)
class PersonWrote:
    """The owner of an address wrote: it is alive, and this is their language (None: it could not be told)."""

    address: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class AddressDied:
    """Mail to an address came back for good: nothing is sent there until its owner writes."""

    address: str
    reason: str


Lesson = PersonWrote | AddressDied
