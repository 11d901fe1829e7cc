"""What a contestant says about a mail, in words that are nobody's own. Made by `reading` and `baselines`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """A display name and an address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail taken apart. `text` is the plain body (may be empty where there is only HTML); ids have no brackets."""

    subject: str = ""
    sender: Person | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    date_at: datetime | None = None
    text: str = ""
    html: str = ""
    files: tuple[tuple[str, bytes], ...] = ()
    in_full: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """Whether this is a delivery report. `permanent` and `final` are None where the contestant cannot tell."""

    is_bounce: bool
    recipients: frozenset[str] = frozenset()
    permanent: bool | None = None
    final: bool | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """What wrote a mail: the corpus's classes that the contestant's own word covers, and whether it stays silent."""

    word: str
    covers: frozenset[str]
    is_silent: bool

    @property
    def is_person(self) -> bool:
        return "human" in self.covers


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a mail of a scenario went: T1, new, reject or none; and what became of T1."""

    result: str
    is_answered: bool
    is_done: bool


@dataclass(frozen=True, slots=True)
class Contestant:
    """A column of the table: one callable for each question it can answer. `unable`: rows it has no notion of.

    parse(raw) → Mail · trim(kind, raw, keep_signature) → str · bounce(raw) → Report · auto(raw) → Writer ·
    hostile(raw) → Mail · threads(mails) → set of sets of places from 1 · scenario(case) → Landing ·
    header(kind, value) → Any · tnef(raw) → names
    """

    name: str
    answers: Mapping[str, Callable[..., Any]]
    unable: frozenset[str] = frozenset()
