"""Commands about several tickets: which one the lines below act on, and which have to do with each other."""

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb
from maildesk.core.commands.grammar import ticket_number
from maildesk.model.event import LinksChanged
from maildesk.model.ticket import Ticket


def on_ticket(command: Command, context: Context) -> Applied | Refused:
    """The lines below act on that ticket, until the next `#ticket`; text still belongs to the ticket you answer."""
    if context.for_requester is not None:
        return Refused("#for opens a ticket; write to another one in a mail of its own")
    ticket = _find(command.value, context)
    if isinstance(ticket, Refused):
        return ticket
    if ticket.merged_into is not None:
        return Refused(f"ticket {ticket.number} went into {ticket.merged_into}", f"#ticket {ticket.merged_into}")
    owner = context.desk.technician(ticket.assignee) if ticket.assignee else None
    whose = f"{owner.name or owner.email}'s" if owner else "nobody's"
    return Applied(context.on(ticket), f"ticket {ticket.number}: {ticket.subject} ({ticket.status}, {whose})")


def link(command: Command, context: Context) -> Applied | Refused:
    """Tie this ticket to others, by number; a hyphen before a number unties that one."""
    ticket, words = context.ticket, command.value.replace(",", " ").split()
    if ticket is None:
        return NO_TICKET
    if not words:
        return Refused("to which ticket?")
    for word in words:
        other = _find(word.removeprefix("-"), context)
        if isinstance(other, Refused):
            return other
        if other.number == ticket.number:
            return Refused("that is this ticket itself")
        context = _tied(context, other, ties=not word.startswith("-"))
    linked = context.ticket.links if context.ticket else ()
    return Applied(context, f"linked to {', '.join(map(str, linked))}" if linked else "linked to no ticket")


def _tied(context: Context, other: Ticket, *, ties: bool) -> Context:
    """Tie or untie the ticket in hand and another one, on both sides."""
    here = context.ticket
    if here is None:
        return context
    mine, theirs = _links(here, other.number, ties=ties), _links(other, here.number, ties=ties)
    context = context if mine == here.links else context.after(LinksChanged(mine))
    return context if theirs == other.links else context.elsewhere(other, LinksChanged(theirs))


def _links(ticket: Ticket, number: int, *, ties: bool) -> tuple[int, ...]:
    others = {n for n in ticket.links if n != number}
    return tuple(sorted(others | {number})) if ties else tuple(sorted(others))


def _find(value: str, context: Context) -> Ticket | Refused:
    number = ticket_number(value)
    if number is None:
        return Refused(f"'{value}' is no ticket number" if value else "which ticket?")
    return context.find(number) or Refused(f"there is no ticket {number}")


LINK_VERBS: dict[str, Verb] = {
    "ticket": Verb(on_ticket, "NUMBER", names=True),
    "link": Verb(link, "NUMBER… -NUMBER", names=True),
}
