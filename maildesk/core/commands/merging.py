"""The command that puts one ticket into another, and what merging means for both.

The lane of requesters uses the same acts where a late mail shows that two tickets are one.
"""

from dataclasses import replace

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb
from maildesk.core.commands.grammar import ticket_number
from maildesk.core.status import status_changed
from maildesk.model.decision import Act, Aside
from maildesk.model.event import Event, Merged, NoteAdded, ParticipantAdded
from maildesk.model.message import Address
from maildesk.model.ticket import Status, Ticket


def merge(command: Command, context: Context) -> Applied | Refused:
    """Put this ticket into another one: its mail lands there from now on, and its people take part there."""
    ticket, number = context.ticket, ticket_number(command.value)
    if ticket is None:
        return NO_TICKET
    if number is None:
        return Refused(f"'{command.value}' is no ticket number" if command.value else "into which ticket?")
    if number == ticket.number:
        return Refused("that is this ticket itself")
    if ticket.merged_into is not None:
        return Refused(f"this ticket goes into {ticket.merged_into} already")
    survivor = context.find(number)
    if survivor is None:
        return Refused(f"there is no ticket {number}")
    if survivor.merged_into is not None:
        # Only a ticket that stands for itself takes others in, so that no circle can come about.
        return Refused(f"ticket {number} went into {survivor.merged_into} itself", f"#merge {survivor.merged_into}")
    if survivor.status.is_done and not ticket.status.is_done:
        # Whoever works through the open tickets would never see this one again.
        return Refused(f"ticket {number} is {survivor.status}; #reopen it first")
    return _merged(context, ticket, survivor)


def _merged(context: Context, ticket: Ticket, survivor: Ticket) -> Applied:
    closing = () if ticket.status is Status.CLOSED else (
        status_changed(context.desk, context.now, ticket.status, Status.CLOSED),
    )  # fmt: skip
    after = context.after(Merged(survivor.number), *closing)
    taken = taking_in(survivor, ticket, context.technician.address)
    aside = Aside(survivor.number, tuple(Act(context.technician.email, event) for event in taken))
    joined = [e.participant.address for e in taken if isinstance(e, ParticipantAdded)]
    told = f"; {', '.join(joined)} takes part there" if joined else ""
    return Applied(replace(after, asides=(*after.asides, aside)), f"went into {survivor.number}{told}")


def taking_in(survivor: Ticket, ticket: Ticket, author: Address) -> tuple[Event, ...]:
    """Return what happens to the ticket that takes another one in: a note, and its people take part from now on."""
    note = NoteAdded(author, f'Ticket {ticket.number} "{ticket.subject}" went into this one.', None)
    joined = (ParticipantAdded(person) for person in ticket.audience if not survivor.takes_part(person.address))
    return (note, *joined)


MERGE_VERBS: dict[str, Verb] = {"merge": Verb(merge, "NUMBER", names=True)}
