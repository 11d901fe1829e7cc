"""Commands about who reads along: the public side, the requester, and technicians who watch.

A command of a proven technician is the only thing in a mail that may name a new address to write to.
"""

import re
from dataclasses import replace

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb
from maildesk.core.commands.people import find_technician, written_to_once
from maildesk.mail.addresses import is_addr_spec
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import ParticipantAdded, ParticipantRemoved, RequesterChanged, WatchersChanged
from maildesk.model.message import Address
from maildesk.model.ticket import Ticket

#: `Bob Bone <bob@x.test>`, `bob@x.test`, `-bob@x.test`, `-bob`.
_PERSON = re.compile(r'(-)?(?:"?([^"<>,;@-][^"<>,;@]*?)"?\s*)?<([^<>\s]+)>|(-)?([^\s,;<>]+)')


def cc(command: Command, context: Context) -> Applied | Refused:
    """Let people take part in the conversation, by address; a hyphen before an address takes that person out."""
    if context.ticket is None:
        return NO_TICKET
    named = tuple(_PERSON.finditer(command.value))
    if not named:
        return Refused("whom? Write their addresses")
    outcomes: list[str] = []
    for found in named:
        person = Address((found[2] or "").strip(), found[3] or found[5])
        applied = _take_out(person, context) if found[1] or found[4] else _let_in(person, context)
        if isinstance(applied, Refused):
            return applied
        context, outcome = applied.context, applied.outcome
        outcomes.append(outcome)
    return Applied(context, "; ".join(outcomes))


def _let_in(person: Address, context: Context) -> Applied | Refused:
    ticket = context.ticket
    wrong = _wrong_address(person.address, context.desk)
    if ticket is None or wrong is not None:
        return wrong or NO_TICKET
    colleague = context.desk.technician(person.address)
    if colleague is not None:
        return Refused(f"{person.address} is a technician's address", f"#watch {colleague.name or colleague.email}")
    if ticket.takes_part(person.address):
        return Applied(context, f"{person.address} takes part already")
    if context.has_asked_aside(person):
        return written_to_once(person)
    return Applied(context.after(ParticipantAdded(person)), f"{person.address} takes part")


def _take_out(person: Address, context: Context) -> Applied | Refused:
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    if ticket.requester.key == person.key:
        return Refused(f"{person.address} is the requester", "#requester ADDRESS")
    found = [p for p in ticket.participants if p.key == person.key] or _like(person, ticket)
    if len(found) > 1:
        return Refused(f"'{person.address}' is ambiguous: {', '.join(p.address for p in found)}")
    if not found:
        others = ", ".join(p.address for p in ticket.participants)
        return Refused(f"{person.address} takes no part; {f'there are: {others}' if others else 'nobody else does'}")
    return Applied(context.after(ParticipantRemoved(found[0])), f"{found[0].address} takes part no more")


def _like(person: Address, ticket: Ticket) -> list[Address]:
    return [p for p in ticket.participants if person.key in p.key or person.key in p.name.casefold()]


def _wrong_address(address: str, desk: Desk) -> Refused | None:
    if not is_addr_spec(address):
        return Refused(f"'{address}' is no mail address")
    return Refused("that is the desk's own address") if desk.is_own_address(address) else None


def requester(command: Command, context: Context) -> Applied | Refused:
    """Say whom the ticket is really for: the address of its new requester."""
    ticket, found = context.ticket, _PERSON.fullmatch(command.value)
    if ticket is None:
        return NO_TICKET
    if found is None or found[1] or found[4]:
        return Refused(f"'{command.value}' is no mail address" if command.value else "whose? Write their address")
    person = Address((found[2] or "").strip(), found[3] or found[5])
    wrong = _wrong_address(person.address, context.desk)
    if wrong is not None:
        return wrong
    if ticket.requester.key == person.key:
        return Applied(context, f"the ticket was {person.address}'s already")
    if context.has_asked_aside(person):
        return written_to_once(person)
    colleague = context.desk.technician(person.address)
    changed = RequesterChanged(colleague.address if colleague else person, ticket.requester)
    return Applied(context.after(changed), f"the ticket is {changed.requester.address}'s")


def watch(command: Command, context: Context) -> Applied | Refused:
    """Read along without owning the ticket, or have a colleague read along: name them."""
    ticket, reader = context.ticket, _reader(command, context)
    if ticket is None or isinstance(reader, Refused):
        return reader if isinstance(reader, Refused) else NO_TICKET
    if reader.email in ticket.watchers:
        return Applied(context, f"{reader.name or reader.email} was watching already")
    changed = context.after(WatchersChanged((*ticket.watchers, reader.email)))
    return Applied(changed, f"{reader.name or reader.email} watches")


def unwatch(command: Command, context: Context) -> Applied | Refused:
    """Stop reading along, or have a colleague stop: name them."""
    ticket, reader = context.ticket, _reader(command, context)
    if ticket is None or isinstance(reader, Refused):
        return reader if isinstance(reader, Refused) else NO_TICKET
    if reader.email not in ticket.watchers:
        return Applied(context, f"{reader.name or reader.email} was not watching")
    changed = context.after(WatchersChanged(tuple(w for w in ticket.watchers if w != reader.email)))
    return Applied(changed, f"{reader.name or reader.email} watches no more")


def _reader(command: Command, context: Context) -> Technician | Refused:
    mine = command.value.casefold() in ("", "me", "myself")
    return context.technician if mine else find_technician(command.value, context.desk)


def bcc_note(command: Command, context: Context) -> Applied | Refused:
    """The text below is a note that also goes to these technicians; a comma parts several names."""
    if context.as_reply:
        return Refused("the text goes to the requester already; send the note in a mail of its own")
    misplaced = context.about_text()
    if misplaced is not None:
        return misplaced
    if context.is_silent:
        return Refused("what do you want to tell them? Write it below")
    names = [name for name in re.split("[,;]", command.value) if name.strip()]
    readers = context.note_to
    for name in names:
        found = find_technician(name, context.desk)
        if isinstance(found, Refused):
            outside = "@" in name and context.desk.technician(name.strip().strip("<>")) is None
            who = name.strip()
            return Refused(f"{who} is no technician, and a note stays inside", f"#side {who}: …") if outside else found
        readers = (*readers, found)
    if not names:
        return Refused("to whom? Write a technician's name")
    told = ", ".join(t.name or t.email for t in readers)
    return Applied(replace(context, as_note=True, note_to=readers), f"the text is a note, also for {told}")


PARTICIPANT_VERBS: dict[str, Verb] = {
    "cc": Verb(cc, "ADDRESS… -ADDRESS"),
    "bcc-note": Verb(bcc_note, "NAME", changes=False),
    "watch": Verb(watch, "[NAME]"),
    "unwatch": Verb(unwatch, "[NAME]"),
    "requester": Verb(requester, "ADDRESS"),
}
