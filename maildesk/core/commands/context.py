"""What a command sees and answers: values passed from line to line, never changed in place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from maildesk.model.decision import Act, Aside
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import Event, Recorded
from maildesk.model.message import Address
from maildesk.model.notice import Answer, Notice
from maildesk.model.situation import Lookup
from maildesk.model.ticket import Ticket, evolve


@dataclass(frozen=True, slots=True)
class Command:
    """One line: `#word value`. `extra` holds the `cause:`/`fix:`/`config:` lines that belong to it."""

    line: str
    word: str
    value: str
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Strand:
    """What the lines of a mail did to one ticket: as it was `before`, as it is now, and what happened in between."""

    before: Ticket
    ticket: Ticket
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """The state between two lines. `strand` is the ticket the next line acts on; None in a mail that names none.

    `parked` are the other tickets that earlier lines acted on, in that order.
    `as_note` and `as_reply` say what the text below is to become; `keep_owner` that answering does not take the
    ticket; `for_requester` whom a new ticket is for; `wants_help` that the result mail carries the help text.
    `named` are the other tickets these lines speak of, `asides` what else happens to other tickets.
    `lookups` are what the database said to the questions among these lines, `answers` what the questions came to.
    `notices` are mails that a line itself asks for.
    """

    desk: Desk
    technician: Technician
    now: datetime
    strand: Strand | None = None
    parked: tuple[Strand, ...] = ()
    as_note: bool = False
    as_reply: bool = False
    keep_owner: bool = False
    for_requester: Address | None = None
    wants_help: bool = False
    named: tuple[Ticket, ...] = ()
    asides: tuple[Aside, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    answers: tuple[Answer, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def ticket(self) -> Ticket | None:
        """The ticket the next line acts on; it already shows what earlier lines did."""
        return self.strand.ticket if self.strand else None

    def on(self, ticket: Ticket) -> "Context":
        """Return the context in which the next line acts on this ticket, as earlier lines left it."""
        known = self.strand_of(ticket.number) or Strand(ticket, ticket)
        return replace(self, strand=known, parked=tuple(s for s in self.strands if s is not known))

    @property
    def strands(self) -> tuple[Strand, ...]:
        """Every ticket the lines spoke of, the present one last."""
        return (*self.parked, *((self.strand,) if self.strand else ()))

    def strand_of(self, number: int) -> Strand | None:
        """Return what happened to a ticket; None: no line acted on it."""
        return next((s for s in self.strands if s.ticket.number == number), None)

    def after(self, *events: Event) -> "Context":
        """Return the context after these events happened to the ticket."""
        strand = self.strand
        if strand is None:
            raise ValueError("no line acts on a ticket before one is named")
        ticket = strand.ticket
        for event in events:
            ticket = evolve(ticket, Recorded(ticket.number, ticket.seq + 1, self.now, self.technician.email, event))
        acts = (*strand.acts, *(Act(self.technician.email, event) for event in events))
        return replace(self, strand=Strand(strand.before, ticket, acts))


@dataclass(frozen=True, slots=True)
class Applied:
    """The line worked. `outcome` is a short sentence with the new state."""

    context: Context
    outcome: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The line cannot be carried out, and why; `hint` names what was probably meant."""

    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Verb:
    """A command: its function, the value it takes (for help), and what it is.

    `changes`: it changes a ticket's state; without, it needs no fresh token and spends none.  `publishes`: it may show
    the text below to the public side.  `asks`: it is a question, whose answer is the result mail.  `opens`: it may
    stand in a mail that opens a ticket.  `names`: its value begins with the number of another ticket.
    """

    run: Callable[[Command, Context], Applied | Refused]
    usage: str = ""
    changes: bool = True
    publishes: bool = False
    asks: bool = False
    opens: bool = False
    names: bool = False

    @property
    def help(self) -> str:
        """The first line of the function's documentation."""
        return (self.run.__doc__ or "").strip().split("\n", maxsplit=1)[0]


def pick_word(given: str, allowed: tuple[str, ...]) -> str | Refused:
    """Find the one allowed word a person meant: itself, or an unambiguous beginning or part of it."""
    wanted = given.strip().casefold()
    if not wanted:
        return Refused(f"a value is missing; allowed: {', '.join(allowed)}")
    exact = [word for word in allowed if word.casefold() == wanted]
    starts = [word for word in allowed if word.casefold().startswith(wanted)]
    parts = [word for word in allowed if wanted in word.casefold()]
    for found in (exact, starts, parts):
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            return Refused(f"'{given}' is ambiguous: {', '.join(found)}")
    return Refused(f"'{given}' is none of: {', '.join(allowed)}")
