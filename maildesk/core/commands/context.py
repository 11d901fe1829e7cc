"""What a command sees and answers: values passed from line to line, never changed in place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from maildesk.model.decision import Act, Aside
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import Event, Recorded
from maildesk.model.message import Address
from maildesk.model.ticket import Ticket, evolve


@dataclass(frozen=True, slots=True)
class Command:
    """One line: `#word value`. `extra` holds the `cause:`/`fix:`/`config:` lines that belong to it."""

    line: str
    word: str
    value: str
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """The state between two lines. `ticket` already shows what earlier lines did; None in a mail that opens one.

    `as_note` and `as_reply` say what the text below is to become; `keep_owner` that answering does not take the
    ticket; `for_requester` whom a new ticket is for; `wants_help` that the result mail carries the help text.
    `named` are the other tickets these lines speak of, `asides` what happens to them.
    """

    desk: Desk
    technician: Technician
    now: datetime
    ticket: Ticket | None
    acts: tuple[Act, ...] = ()
    as_note: bool = False
    as_reply: bool = False
    keep_owner: bool = False
    for_requester: Address | None = None
    wants_help: bool = False
    named: tuple[Ticket, ...] = ()
    asides: tuple[Aside, ...] = ()

    def after(self, *events: Event) -> "Context":
        """Return the context after these events happened to the ticket."""
        ticket = self.ticket
        acts = self.acts
        for event in events:
            acts = (*acts, Act(self.technician.email, event))
            if ticket is not None:
                recorded = Recorded(ticket.number, ticket.seq + 1, self.now, self.technician.email, event)
                ticket = evolve(ticket, recorded)
        return replace(self, ticket=ticket, acts=acts)


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
    """A command: its function, the value it takes (for help), and whether it changes the ticket's state."""

    run: Callable[[Command, Context], Applied | Refused]
    usage: str = ""
    changes: bool = True

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
