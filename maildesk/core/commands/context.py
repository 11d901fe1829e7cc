"""What a command sees and answers: values passed from line to line, never changed in place."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from maildesk.model.decision import Act, Aside
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import Event, Recorded, SideAsked
from maildesk.model.message import Address, Attachment
from maildesk.model.notice import Answer
from maildesk.model.situation import Lookup
from maildesk.model.ticket import Ticket, evolve


@dataclass(frozen=True, slots=True)
class Command:
    """One line: `#word value`. `extra` holds the lines such as `cause: …` that belong to it, by their names."""

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

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened, whoever did it."""
        return tuple(act.event for act in self.acts)


@dataclass(frozen=True, slots=True)
class Context:
    """The state between two lines. `strand` is the ticket the next line acts on; None in a mail that names none.

    `parked` are the other tickets that earlier lines acted on, in that order.
    `text` and `files` stand below the lines and belong to the ticket `home`, which the mail answers (None: to the one
    it names).  `as_note` and `as_reply` say what the text is to become, `is_text_taken` that a line has used it up;
    `note_to` are technicians who get the note beside the crew; `keep_owner` says that answering does not take the
    ticket; `for_requester` whom a new ticket is for.
    `named` are the other tickets these lines speak of, `asides` what else happens to other tickets.
    `lookups` are what the database said to the questions among these lines, `answers` what the questions came to.
    `next_number` is the number of the next ticket to be opened.
    `is_draft`: the ticket is only about to be opened, by this very mail.
    `waiting` are texts that wait for a technician's word (`CorrespondencePending`), newest first.
    `entries` are the newest texts of the ticket the mail answers, in any order.
    """

    desk: Desk
    technician: Technician
    now: datetime
    strand: Strand | None = None
    parked: tuple[Strand, ...] = ()
    home: int | None = None
    text: str = ""
    files: tuple[Attachment, ...] = ()
    is_text_taken: bool = False
    note_to: tuple[Technician, ...] = ()
    as_note: bool = False
    as_reply: bool = False
    keep_owner: bool = False
    for_requester: Address | None = None
    named: tuple[Ticket, ...] = ()
    asides: tuple[Aside, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    answers: tuple[Answer, ...] = ()
    next_number: int | None = None
    waiting: tuple[Recorded, ...] = ()
    entries: tuple[Recorded, ...] = ()
    is_draft: bool = False

    def drafted_for(self, requester: Address) -> "Context":
        """Return the context in which the ticket that is being opened is this person's."""
        drafted = self.strand
        if drafted is not None:
            before, ticket = (replace(t, requester=requester) for t in (drafted.before, drafted.ticket))
            drafted = Strand(before, ticket, drafted.acts)
        return replace(self, for_requester=requester, strand=drafted)

    @property
    def is_silent(self) -> bool:
        """Nothing stands below the lines."""
        return not self.text.strip() and not self.files

    @property
    def has_foreign_text(self) -> bool:
        """Text stands below, but it belongs to another ticket than the next line acts on."""
        on_other = self.home is not None and self.ticket is not None and self.ticket.number != self.home
        return on_other and not self.is_silent

    def has_asked_aside(self, person: Address) -> bool:
        """An earlier line asks somebody aside, whom this mail can write to only once."""
        acts = (act.event for strand in self.strands for act in strand.acts)
        return any(isinstance(event, SideAsked) and event.to.key == person.key for event in acts)

    def about_text(self) -> "Refused | None":
        """Say why a line cannot tell what becomes of the text below; None: it can."""
        if self.is_text_taken:
            return TEXT_TAKEN
        if self.has_foreign_text:
            return Refused(f"the text below belongs to ticket {self.home}; write to another one in a mail of its own")
        return None

    @property
    def is_homeless(self) -> bool:
        """The lines name several tickets, and the mail answers none of them: nobody knows whose the text is."""
        return self.home is None and len(self.strands) > 1

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

    def find(self, number: int) -> Ticket | None:
        """Return a ticket that these lines speak of, as earlier lines left it; None: there is none."""
        strand = self.strand_of(number)
        return strand.ticket if strand else next((t for t in self.named if t.number == number), None)

    def elsewhere(self, ticket: Ticket, *events: Event) -> "Context":
        """Return the context after these events happened to another ticket; the next line acts on the present one."""
        here = self.ticket
        moved = self.on(ticket).after(*events)
        return moved.on(here) if here else moved

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
    stand in a mail that opens a ticket.  `names`: its value holds numbers of other tickets.  `speaks`: its value is
    text like that below.  `spawns`: it opens another ticket.
    """

    run: Callable[[Command, Context], Applied | Refused]
    usage: str = ""
    changes: bool = True
    publishes: bool = False
    asks: bool = False
    opens: bool = False
    names: bool = False
    speaks: bool = False
    spawns: bool = False

    @property
    def help(self) -> str:
        """The first line of the function's documentation."""
        return (self.run.__doc__ or "").strip().split("\n", maxsplit=1)[0]


#: What a line that needs a ticket answers in a mail that has none.
NO_TICKET = Refused("this mail names no ticket yet", "#ticket NUMBER")
#: What a line about the text below answers when an earlier one gave it away.
TEXT_TAKEN = Refused("a line above uses the text below already; send this in a mail of its own")


def pick_word(given: str, allowed: tuple[str, ...]) -> str | Refused:
    """Find the one allowed word a person meant: itself, or an unambiguous beginning or part of it."""
    wanted = _one_word(given)
    if not wanted:
        return Refused(f"a value is missing; allowed: {', '.join(allowed)}")
    exact = [word for word in allowed if _one_word(word) == wanted]
    starts = [word for word in allowed if _one_word(word).startswith(wanted)]
    parts = [word for word in allowed if wanted in _one_word(word)]
    for found in (exact, starts, parts):
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            return Refused(f"'{given}' is ambiguous: {', '.join(found)}")
    return Refused(f"'{given}' is none of: {', '.join(allowed)}")


def _one_word(given: str) -> str:
    """Phones write `waiting requester` for waiting-requester."""
    return "-".join(given.casefold().replace("_", " ").split())
