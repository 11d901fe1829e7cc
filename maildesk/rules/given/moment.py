"""What a test may give of the moment: who acts, what changed, what the clock says. One row a key in two tables.

`MOMENT_GIVEN` says what time it is, and goes first; `COURSE_GIVEN` is reckoned from there.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from maildesk.model.event import Stay
from maildesk.model.rule import Change, Phase, RuleFacts
from maildesk.model.situation import Role
from maildesk.model.ticket import Ticket
from maildesk.rules.fields import find_field
from maildesk.rules.fields.moment import ACTING_ROLES
from maildesk.rules.given.giver import Give, amount, ticket_of, with_ticket
from maildesk.rules.written import DAYS, Plain, Words, WritingError, flag, items, label, one_line, word_of


def _at(facts: RuleFacts, local: datetime) -> RuleFacts:
    return replace(facts, local_now=local, now=local.astimezone(UTC))


def _local(facts: RuleFacts) -> datetime:
    return facts.local_now or facts.now


def _weekday(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    local = _local(facts)
    days = DAYS.index(word_of("weekday", value, DAYS)) - local.weekday()
    return _at(facts, local + timedelta(days=days))


def _time(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    seconds = int(amount("time", value))
    return _at(facts, _local(facts).replace(hour=seconds // 3600, minute=seconds % 3600 // 60, second=0))


def _open(facts: RuleFacts, value: Plain, words: Words) -> RuleFacts:
    if value is False:
        return replace(facts, open_calendars=())
    known = words.calendars
    names = (word_of("calendar", item, known) if known else label(item) for item in items(value))
    return replace(facts, open_calendars=tuple(names))


def _holiday(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, holiday=one_line(value))


def _business_hours(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, business_hours=flag(value))


def _phase(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    phase = Phase(word_of("phase", value, Phase))
    return facts if phase is Phase.NEW else replace(facts, ticket=ticket_of(facts), phase=phase)


def _role(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, role=word_of("role", value, (*Role, *ACTING_ROLES)))


def _actor(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, actor=one_line(value))


def _changed(facts: RuleFacts, value: Plain, words: Words) -> RuleFacts:
    field = find_field("changed")
    read = field.argument if field and field.argument else _word
    names = [read(item, words) for item in items(value)]
    return replace(facts, changes=(*facts.changes, *(Change(name, (), ()) for name in names)))


def _word(value: Plain, _words: Words) -> str:
    return one_line(value)


def give_before(name: str) -> Give | None:
    """Return what says that a field of this name changed, and what it was; None where conditions have no such field."""
    if find_field(f"before.{name}") is None:
        return None

    def give(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
        before = tuple(one_line(item) for item in items(value))
        others = tuple(c for c in facts.changes if c.field != name)
        return replace(facts, changes=(*others, Change(name, before, ())))

    return give


def _instant(name: str, put: Callable[[Ticket, datetime], Ticket], sign: int = -1) -> Give:
    """Return what puts an instant into the ticket, so far from now."""

    def give(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
        try:
            at = facts.now + sign * timedelta(seconds=amount(name, value))
        except OverflowError as error:
            raise WritingError(f"'{value}' is too long ago") from error
        return with_ticket(facts, put(ticket_of(facts), at))

    return give


def _in_status(ticket: Ticket, at: datetime) -> Ticket:
    return replace(ticket, course=replace(ticket.course, stays=(Stay(ticket.status, at),)))


MOMENT_GIVEN: dict[str, Give] = {
    "weekday": _weekday,
    "time": _time,
}

COURSE_GIVEN: dict[str, Give] = {
    "phase": _phase,
    "role": _role,
    "actor": _actor,
    "changed": _changed,
    "open": _open,
    "holiday": _holiday,
    "business_hours": _business_hours,
    "age": _instant("age", lambda t, at: replace(t, created_at=at)),
    "since_requester": _instant("since_requester", lambda t, at: replace(t, requester_wrote_at=at)),
    "since_technician": _instant("since_technician", lambda t, at: replace(t, answered_at=at)),
    "in_status": _instant("in_status", _in_status),
    "until_first_response": _instant("until_first_response", lambda t, at: replace(t, first_response_due_at=at), 1),
    "until_next_response": _instant("until_next_response", lambda t, at: replace(t, next_response_due_at=at), 1),
    "until_update": _instant("until_update", lambda t, at: replace(t, update_due_at=at), 1),
    "until_resolution": _instant("until_resolution", lambda t, at: replace(t, resolution_due_at=at), 1),
    "until_due": _instant("until_due", lambda t, at: replace(t, due_at=at), 1),
}
