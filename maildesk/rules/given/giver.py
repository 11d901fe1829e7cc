"""What all keys of `given` are made with. Used by its neighbours."""

from collections.abc import Callable
from dataclasses import replace
from email.utils import parseaddr
from typing import TypeAlias

from maildesk.model.message import Address
from maildesk.model.rule import RuleFacts
from maildesk.model.ticket import Ticket
from maildesk.rules.fields import find_field
from maildesk.rules.operators import amount_of
from maildesk.rules.written import Plain, Words, WritingError, address, items, one_line

#: Puts one written value into the facts; raises `WritingError`.
Give: TypeAlias = Callable[[RuleFacts, Plain, Words], RuleFacts]

SENDER = Address("", "somebody@example.test")


def ticket_of(facts: RuleFacts) -> Ticket:
    """Return the ticket that a test speaks of; an ordinary one where it has said nothing of it yet."""
    requester = facts.message.sender or SENDER
    return facts.ticket or Ticket(1, "", requester, "", "", created_at=facts.now, updated_at=facts.now)


def with_ticket(facts: RuleFacts, ticket: Ticket) -> RuleFacts:
    """Return the facts of a rule that runs on this ticket."""
    return replace(facts, ticket=ticket)


def people(value: Plain) -> tuple[Address, ...]:
    """Return people, each written as an address or as `Name <address>`."""
    pairs = tuple(parseaddr(one_line(item)) for item in items(value))
    return tuple(Address(name, address(addr)) for name, addr in pairs)


def amount(name: str, value: Plain) -> float:
    """Return an amount as the field of this name compares it."""
    field = find_field(name)
    if field is None:
        raise WritingError(f"'{name}' has no amount")
    return amount_of(field, value)
