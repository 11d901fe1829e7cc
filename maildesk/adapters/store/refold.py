"""The ticket rows, made anew from their histories after the schema has grown.

Called by `migrate`. What a new column holds is what the fold says, as for every ticket opened from now on; so no step
of the schema has to know how tickets change.
"""

from sqlalchemy import Connection, select

from maildesk.adapters.store.schema import tickets
from maildesk.adapters.store.tickets import Tickets
from maildesk.model.ticket import Ticket, evolve

_numbers = select(tickets.c.number).order_by(tickets.c.number)


def refold_tickets(connection: Connection) -> None:
    """Write every ticket row as its history folds today."""
    stored = Tickets(connection)
    for number in tuple(connection.execute(_numbers).scalars()):
        ticket: Ticket | None = None
        for recorded in stored.history(number):
            ticket = evolve(ticket, recorded)
        if ticket is not None:
            stored.save(ticket)
