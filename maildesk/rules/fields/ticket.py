"""What a condition may look at in the ticket and its requester: one row a field in `TICKET_FIELDS`.

On a mail the ticket is as it stood before that mail.
"""

import re

from maildesk.model.level import Level, Priority
from maildesk.model.rule import MAIL_PHASES, RuleFacts
from maildesk.model.ticket import Status, Ticket
from maildesk.rules.fields.field import (
    TICKET_PHASES,
    Field,
    Type,
    Values,
    addresses,
    nothing,
    of_ticket,
    one,
    present,
)
from maildesk.rules.written import Plain, Words, WritingError, label, one_line, unknown, word_of

_FIELD_NAME = re.compile(r"[^\s,;#.]{1,64}")


def _requester(facts: RuleFacts) -> Values:
    if facts.ticket:
        return one(facts.ticket.requester.address)
    return one(facts.message.sender.address) if facts.message.sender else ()


def _group(facts: RuleFacts) -> Values:
    return facts.groups


def _vip(facts: RuleFacts) -> Values:
    return ("true" if facts.vip else "false",)


def _open_tickets(facts: RuleFacts) -> Values:
    return () if facts.open_tickets is None else (str(facts.open_tickets),)


def _asset(facts: RuleFacts) -> Values:
    return tuple([name for name, _ in facts.assets])


def _asset_type(facts: RuleFacts) -> Values:
    return present(*(kind for _, kind in facts.assets))


def _queue(facts: RuleFacts) -> Values:
    return one(facts.queue)


def _priority(facts: RuleFacts) -> Values:
    return (facts.ticket.priority if facts.ticket else Priority.P3,)


def _impact(facts: RuleFacts) -> Values:
    return (facts.ticket.impact if facts.ticket else Level.MEDIUM,)


def _urgency(facts: RuleFacts) -> Values:
    return (facts.ticket.urgency if facts.ticket else Level.MEDIUM,)


def _status(facts: RuleFacts) -> Values:
    return (facts.ticket.status if facts.ticket else Status.NEW,)


def _tag(ticket: Ticket) -> Values:
    return ticket.tags


def _participant(ticket: Ticket) -> Values:
    return addresses(*ticket.participants)


def _reopened(ticket: Ticket) -> Values:
    return (str(ticket.course.reopened),)


def _own_field(name: str) -> Field | None:
    """Return the field of the admin's own of one name; case does not count."""
    if not _FIELD_NAME.fullmatch(name):
        return None
    wanted = name.casefold()

    def read(ticket: Ticket) -> Values:
        return present(*(value for key, value in ticket.fields if key.casefold() == wanted))

    return Field(f"field.{name}", Type.FREE, of_ticket(read), "", "", phases=TICKET_PHASES)


def queues(words: Words) -> tuple[str, ...]:
    """Return the queues there are."""
    return words.queues


def _groups(words: Words) -> tuple[str, ...]:
    return words.groups or ()


def _group_argument(value: Plain, words: Words) -> str:
    return label(value) if words.groups is None else word_of("group", value, words.groups)


def assignee_argument(value: Plain, words: Words) -> str:
    """Return the stored address of a technician who was written by any of theirs."""
    text = one_line(value).casefold()
    stored = {written.casefold(): email for written, email in words.technicians}
    if words.technicians and text not in stored:
        raise WritingError(unknown("technician", text, sorted(set(stored.values()))))
    return stored.get(text, text)


TICKET_FIELDS: tuple[Field, ...] = (
    Field(
        "requester", Type.ADDRESS, _requester, "Whom the ticket is for; of a first mail its sender.", "ann@example.test"
    ),
    Field(
        "group", Type.WORD, _group, "Any group of desk.yaml the requester belongs to.", "board", _groups,
        argument=_group_argument,
    ),
    Field("vip", Type.FLAG, _vip, "Whether a group with `vip: true` has the requester.", "true"),
    Field(
        "open_tickets", Type.NUMBER, _open_tickets, "How many tickets of the sender are neither resolved nor closed.",
        "5", phases=MAIL_PHASES,
    ),
    Field(
        "asset", Type.TEXT, _asset,
        "Any asset of desk.yaml that the mail or the ticket's subject names, or that belongs to the requester.",
        "LAP-0231",
    ),
    Field("asset_type", Type.TEXT, _asset_type, "Type of any of these assets.", "printer"),
    Field("queue", Type.WORD, _queue, "Queue of the ticket, or the one it would be opened in.", "general", queues),
    Field("status", Type.WORD, _status, "Status; new for a new ticket.", "resolved", lambda _w: tuple(Status)),
    Field("priority", Type.WORD, _priority, "Priority; P3 for a new ticket.", "P1", lambda _w: tuple(Priority)),
    Field("impact", Type.WORD, _impact, "Impact; medium for a new ticket.", "high", lambda _w: tuple(Level)),
    Field("urgency", Type.WORD, _urgency, "Urgency; medium for a new ticket.", "low", lambda _w: tuple(Level)),
    Field("type", Type.TEXT, of_ticket(lambda t: one(t.type)), "Type of the ticket.", "incident", phases=TICKET_PHASES),
    Field("tag", Type.TEXT, of_ticket(_tag), "Any tag of the ticket.", "vip", phases=TICKET_PHASES),
    Field(
        "assignee", Type.ADDRESS, of_ticket(lambda t: one(t.assignee)),
        "Who works on the ticket, by any of the technician's addresses.", "tia@example.test",
        phases=TICKET_PHASES, argument=assignee_argument,
    ),
    Field(
        "participant", Type.ADDRESS, of_ticket(_participant), "Anybody beside the requester who takes part.",
        "boss@example.test", phases=TICKET_PHASES,
    ),
    Field(
        "field.NAME", Type.FREE, nothing, "A field of your own on the ticket, by its name.", "Rome",
        phases=TICKET_PHASES, member=_own_field,
    ),
    Field("reopened", Type.NUMBER, of_ticket(_reopened), "How often it was reopened.", "2", phases=TICKET_PHASES),
)  # fmt: skip
