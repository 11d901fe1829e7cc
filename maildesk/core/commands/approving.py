"""Commands that decide about what waits: texts that could not be believed, and people whom a requester named.

The lane of technicians does the same for `yes` and `no` in answer to the mail that told of them (`decide_about`).
"""

from dataclasses import dataclass, replace

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb, pick_word
from maildesk.core.commands.people import written_to_once
from maildesk.core.status import only_thanks, status_after_text
from maildesk.model.decision import Act, Aside
from maildesk.model.event import (
    CorrespondencePending,
    CorrespondenceReceived,
    Event,
    ParticipantAdded,
    ParticipantRemoved,
    PendingSettled,
    Recorded,
)
from maildesk.model.message import Address

_EVERYTHING = ("all", "everybody", "everyone", "both")
_NOBODY = "unknown"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a technician's word is wanted about: texts, newest first, and people."""

    texts: tuple[Recorded, ...] = ()
    people: tuple[Address, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The addresses, each once; a text may come from nobody that could be told."""
        senders = (_sender(text) for text in self.texts)
        return tuple(dict.fromkeys((*senders, *(p.address for p in self.people))))

    def of(self, address: str) -> "Waiting":
        """Return what waits of one address."""
        texts = tuple(t for t in self.texts if _sender(t) == address)
        return Waiting(texts, tuple(p for p in self.people if p.address == address))


def approve(command: Command, context: Context) -> Applied | Refused:
    """Let in people whom a requester named, and make texts that wait part of the ticket: by address, or all."""
    return _decide(command, context, approved=True)


def refuse(command: Command, context: Context) -> Applied | Refused:
    """Turn down people whom a requester named, and texts that wait: by address, or all. Nobody is told."""
    return _decide(command, context, approved=False)


def _decide(command: Command, context: Context, *, approved: bool) -> Applied | Refused:
    if context.ticket is None:
        return NO_TICKET
    waiting = what_waits(context)
    if not waiting.names:
        return Refused("nothing waits on this ticket for anybody's word")
    word = command.value.strip().strip("<>")
    chosen = waiting
    if word.casefold() not in _EVERYTHING:
        if not word and len(waiting.names) > 1:
            verb = "approve" if approved else "refuse"
            return Refused(f"several wait: {', '.join(waiting.names)}; name one", f"#{verb} all")
        named = pick_word(word or waiting.names[0], waiting.names)
        if isinstance(named, Refused):
            return named
        chosen = waiting.of(named)
    return decide_about(chosen, context, approved=approved)


def what_waits(context: Context) -> Waiting:
    """Return what waits on the ticket the next line acts on, also in the history of those that went into it."""
    ticket = context.ticket
    if ticket is None:
        return Waiting()
    # A text that the same mail settles in an earlier line waits no more.
    settled = {_place(a.event, number) for number, acts in _done(context) for a in acts}
    texts = (r for r in context.waiting if r.ticket == ticket.number or _came_along(r, context))
    return Waiting(tuple(r for r in texts if (r.ticket, r.seq) not in settled), ticket.proposed)


def _done(context: Context) -> tuple[tuple[int, tuple[Act, ...]], ...]:
    strands = tuple((s.ticket.number, s.acts) for s in context.strands)
    return (*strands, *((a.ticket, a.acts) for a in context.asides if a.ticket is not None))


def _place(event: Event, number: int) -> tuple[int, int] | None:
    return (number, event.entry) if isinstance(event, PendingSettled) else None


def _came_along(recorded: Recorded, context: Context) -> bool:
    """Tell whether a text waits in the history of a ticket that went into the one this mail answers."""
    here = context.ticket
    return here is not None and here.number == context.home and all(t.number != recorded.ticket for t in context.named)


def _sender(recorded: Recorded) -> str:
    event = recorded.event
    return (event.sender.address if isinstance(event, CorrespondencePending) else "") or _NOBODY


def decide_about(waiting: Waiting, context: Context, *, approved: bool) -> Applied | Refused:
    """Settle texts and let people in, or turn them down; all of it or nothing."""
    outcomes: list[str] = []
    for text in reversed(waiting.texts):
        applied = _take_in(text, context) if approved else _turn_down(text, context)
        if isinstance(applied, Refused):
            return applied
        context = applied.context
        outcomes.append(applied.outcome)
    for person in waiting.people:
        if approved and context.has_asked_aside(person):
            return written_to_once(person)
        context = context.after(ParticipantAdded(person) if approved else ParticipantRemoved(person))
        outcomes.append(f"{person.address} {'takes part' if approved else 'does not take part'}")
    return Applied(context, "; ".join(dict.fromkeys(outcomes)))


def _take_in(recorded: Recorded, context: Context) -> Applied | Refused:
    """Make a text that waits a part of the conversation, as if it had been believed now."""
    event, ticket = recorded.event, context.ticket
    if not isinstance(event, CorrespondencePending) or ticket is None:
        return NO_TICKET
    who = event.sender
    vendor = context.desk.vendor(who.domain)
    if vendor is not None and not ticket.takes_part(who.address):
        return Refused(f"what {vendor.name} writes stays with technicians; tell the requester yourself what matters")
    if context.desk.technician(who.address) is not None and not ticket.takes_part(who.address):
        return Refused(f"{who.address} is a technician's address; answer the requester yourself")
    waits = not only_thanks(event.text, event.attachments)
    text = CorrespondenceReceived(who, event.text, event.text, event.message_id, event.attachments, waits)
    status, _ = status_after_text(event.text, event.attachments, ticket)
    joins = bool(who.address) and not ticket.takes_part(who.address)
    if joins and context.has_asked_aside(who):
        return written_to_once(who)
    added = (ParticipantAdded(who),) if joins else ()
    outcome = f"the text of {_sender(recorded)} is part of the ticket"
    told = f"{outcome}, and {who.address} takes part" if joins else outcome
    return Applied(_settled(recorded, context, approved=True).after(text, *status, *added), told)


def _turn_down(recorded: Recorded, context: Context) -> Applied:
    told = f"the text of {_sender(recorded)} stays with technicians"
    return Applied(_settled(recorded, context, approved=False), told)


def _settled(recorded: Recorded, context: Context, *, approved: bool) -> Context:
    """Record the decision in the history that holds the text: that of a ticket which was merged, perhaps."""
    event = PendingSettled(recorded.seq, approved)
    if context.ticket is not None and recorded.ticket == context.ticket.number:
        return context.after(event)
    elsewhere = Aside(recorded.ticket, (Act(context.technician.email, event),))
    return replace(context, asides=(*context.asides, elsewhere))


APPROVAL_VERBS: dict[str, Verb] = {
    "approve": Verb(approve, "[ADDRESS|all]"),
    "refuse": Verb(refuse, "[ADDRESS|all]"),
}
