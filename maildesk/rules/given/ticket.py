"""What a test may give of the ticket and its requester: one row a key in `TICKET_GIVEN`."""

from dataclasses import replace

from maildesk.model.level import Level, Priority
from maildesk.model.rule import RuleFacts
from maildesk.model.ticket import Status
from maildesk.rules.fields import find_field
from maildesk.rules.given.giver import Give, amount, people, ticket_of, with_ticket
from maildesk.rules.written import Plain, Words, flag, items, label, one_line, word_of


def _requester(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return with_ticket(facts, replace(ticket_of(facts), requester=people(value)[0]))


def _group(facts: RuleFacts, value: Plain, words: Words) -> RuleFacts:
    known = words.groups
    names = (label(item) if known is None else word_of("group", item, known) for item in items(value))
    return replace(facts, groups=tuple(names))


def _vip(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, vip=flag(value))


def _open_tickets(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, open_tickets=int(amount("open_tickets", value)))


def _asset(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, assets=tuple((one_line(item), "") for item in items(value)))


def _asset_type(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    types = tuple(one_line(item) for item in items(value))
    named = [name for name, _ in facts.assets][: len(types)]
    names = (*named, *("asset" for _ in types[len(named) :]))
    return replace(facts, assets=(*zip(names, types, strict=True), *facts.assets[len(types) :]))


def _queue(facts: RuleFacts, value: Plain, words: Words) -> RuleFacts:
    return replace(facts, queue=word_of("queue", value, words.queues) if words.queues else label(value))


def _status(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return with_ticket(facts, replace(ticket_of(facts), status=Status(word_of("status", value, Status))))


def _priority(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return with_ticket(facts, replace(ticket_of(facts), priority=Priority(word_of("priority", value, Priority))))


def _impact(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return with_ticket(facts, replace(ticket_of(facts), impact=Level(word_of("impact", value, Level))))


def _urgency(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return with_ticket(facts, replace(ticket_of(facts), urgency=Level(word_of("urgency", value, Level))))


def _type(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return with_ticket(facts, replace(ticket_of(facts), type=label(value)))


def _tag(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return with_ticket(facts, replace(ticket_of(facts), tags=tuple(label(tag) for tag in items(value))))


def _assignee(facts: RuleFacts, value: Plain, words: Words) -> RuleFacts:
    field = find_field("assignee")
    stored = field.argument(value, words) if field and field.argument else one_line(value)
    return with_ticket(facts, replace(ticket_of(facts), assignee=stored))


def _participant(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return with_ticket(facts, replace(ticket_of(facts), participants=people(value)))


def give_own_field(name: str) -> Give:
    """Return what puts a field of the admin's own into the ticket."""

    def give(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
        return with_ticket(facts, replace(ticket_of(facts), fields=(*ticket_of(facts).fields, (name, one_line(value)))))

    return give


def _reopened(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    course = replace(ticket_of(facts).course, reopened=int(amount("reopened", value)))
    return with_ticket(facts, replace(ticket_of(facts), course=course))


TICKET_GIVEN: dict[str, Give] = {
    "requester": _requester,
    "group": _group,
    "vip": _vip,
    "open_tickets": _open_tickets,
    "asset": _asset,
    "asset_type": _asset_type,
    "queue": _queue,
    "status": _status,
    "priority": _priority,
    "impact": _impact,
    "urgency": _urgency,
    "type": _type,
    "tag": _tag,
    "assignee": _assignee,
    "participant": _participant,
    "field.NAME": give_own_field("NAME"),
    "reopened": _reopened,
}
