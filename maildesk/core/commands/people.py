"""Commands about people: who works the ticket and whom it is for."""

import re

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb
from maildesk.mail.addresses import is_addr_spec
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import Assigned
from maildesk.model.message import Address

_NO_NAME = re.compile(r"[@,;:]")
_NAME_CHARS = 100
ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,255}")


def assign(command: Command, context: Context) -> Applied | Refused:
    """Give the ticket to a technician: any part of a name or address that fits only one, `me`, or `none`."""
    word = command.value.strip().casefold()
    if word in ("me", "myself"):
        return mine(command, context)
    if word in ("none", "nobody", "-"):
        return release(command, context)
    found = find_technician(command.value, context.desk)
    return found if isinstance(found, Refused) else _give(context, found)


def mine(command: Command, context: Context) -> Applied | Refused:
    """Take the ticket yourself."""
    return _give(context, context.technician)


def release(command: Command, context: Context) -> Applied | Refused:
    """Give the ticket back: its queue keeps it, nobody owns it."""
    if context.ticket is None:
        return NO_TICKET
    if context.ticket.assignee is None:
        return Applied(context, "nobody owned it")
    return Applied(context.after(Assigned(None)), "back to the queue")


def _give(context: Context, technician: Technician) -> Applied | Refused:
    if context.ticket is None:
        return NO_TICKET
    if context.ticket.assignee == technician.email:
        return Applied(context, f"{technician.name} owned it already")
    return Applied(context.after(Assigned(technician.email)), f"assigned to {technician.name}")


def find_technician(given: str, desk: Desk) -> Technician | Refused:
    """Return the one technician a person means: address, name or any unambiguous part."""
    wanted = given.strip().strip("<>@").casefold()
    if not wanted:
        return Refused("to whom?")
    known = desk.technicians
    exact = [t for t in known if t.owns(wanted) or t.name.casefold() == wanted]
    found = exact or [t for t in known if wanted in t.name.casefold() or wanted in t.email.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        return Refused(f"'{given}' is ambiguous: {', '.join(t.email for t in found)}")
    return Refused(f"no technician is called '{given}'; there are: {', '.join(t.email for t in known)}")


def for_requester(command: Command, context: Context) -> Applied | Refused:
    """Open a ticket for somebody else, in a new mail, as after a call: their address, and their name if you like."""
    person = read_person(command.value)
    if context.ticket is not None and not (context.is_draft and context.ticket.number == context.home):
        return Refused(f"ticket {context.ticket.number} is already {context.ticket.requester.address}'s")
    if context.for_requester is not None:
        return Refused(f"the ticket is for {context.for_requester.address} already; one #for a mail")
    if person is None:
        return Refused(f"'{command.value}' is no mail address", "#for ADDRESS")
    if context.desk.is_own_address(person.address):
        return Refused("that is the desk's own address")
    colleague = context.desk.technician(person.address)
    requester = colleague.address if colleague else person
    return Applied(context.drafted_for(requester), f"a ticket for {requester.address}")


def written_to_once(person: Address) -> Refused:
    """Refuse to write to somebody whom an earlier line of the mail asks aside."""
    return Refused(f"{person.address} is written to once a mail; do this in a mail of its own")


def read_person(value: str) -> Address | None:
    """Read `ADDRESS`, `ADDRESS Name` or `Name <ADDRESS>`; None unless exactly one address stands there."""
    found = ADDRESS.search(value)
    name = f"{value[: found.start()]} {value[found.end() :]}" if found else "@"
    shown = " ".join(name.strip(" <>()\"'").split())
    is_one = found is not None and is_addr_spec(found[0]) and not _NO_NAME.search(shown)
    return Address(shown[:_NAME_CHARS], found[0]) if found and is_one else None


PEOPLE_VERBS: dict[str, Verb] = {
    "assign": Verb(assign, "NAME|me|none"),
    "mine": Verb(mine),
    "take": Verb(mine),
    "release": Verb(release),
    "for": Verb(for_requester, "ADDRESS [NAME]", opens=True),
}
