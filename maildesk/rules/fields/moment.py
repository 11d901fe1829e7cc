"""What a condition may look at beside mail and ticket: who acts, what changed, and what the clock says.

One row a field in `MOMENT_FIELDS`.
"""

from collections.abc import Callable
from datetime import datetime

from maildesk.model.rule import Phase, RuleFacts
from maildesk.model.situation import Role
from maildesk.model.ticket import Ticket
from maildesk.rules.fields.field import TICKET_PHASES, Field, Type, Values, duration, no_words, nothing, one
from maildesk.rules.fields.ticket import TICKET_FIELDS
from maildesk.rules.written import DAYS, Plain, Words, one_line, word_of

#: Who acts beside people, as `role` has it.
ACTING_ROLES = ("rule", "timer", "maildesk")
#: What `changed` may name; a field of the admin's own is `field.NAME`.
CHANGING = (
    "status", "queue", "priority", "assignee", "tag", "type", "impact", "urgency", "subject", "requester",
    "participant",
)  # fmt: skip
_BEFORE = ("status", "queue", "priority", "assignee", "tag", "type", "impact", "urgency")
_OWN_FIELD = "field."


def _phase(facts: RuleFacts) -> Values:
    return (facts.phase,)


def _role(facts: RuleFacts) -> Values:
    return one(facts.role)


def _actor(facts: RuleFacts) -> Values:
    return one(facts.actor)


def _changed(facts: RuleFacts) -> Values:
    return tuple([change.field for change in facts.changes])


def _changed_argument(value: Plain, _words: Words) -> str:
    text = one_line(value).casefold()
    return text if text.startswith(_OWN_FIELD) else word_of("field", value, CHANGING)


def _before(name: str) -> Field | None:
    """Return the field of what another one was before; the same as now where it did not change."""
    now = next((f for f in TICKET_FIELDS if f.name == name and name in _BEFORE), None)
    if now is None:
        return None
    read_now = now.read

    def read(facts: RuleFacts) -> Values:
        if facts.phase is not Phase.CHANGE:
            return ()
        change = next((c for c in facts.changes if c.field == name), None)
        return read_now(facts) if change is None else change.before

    return Field(f"before.{name}", now.type, read, "", now.example, now.allowed, (Phase.CHANGE,), argument=now.argument)


def _local(facts: RuleFacts) -> datetime:
    return facts.local_now or facts.now


def _weekday(facts: RuleFacts) -> Values:
    return (DAYS[_local(facts).weekday()],)


def _time(facts: RuleFacts) -> Values:
    local = _local(facts)
    return (str(local.hour * 3600 + local.minute * 60 + local.second),)


def _open(facts: RuleFacts) -> Values:
    return facts.open_calendars


def _calendars(words: Words) -> tuple[str, ...]:
    return words.calendars


def _holiday(facts: RuleFacts) -> Values:
    return one(facts.holiday)


def _business_hours(facts: RuleFacts) -> Values:
    return ("true" if facts.business_hours else "false",)


def _of(read: Callable[[Ticket], datetime | None]) -> Callable[[RuleFacts], datetime | None]:
    return lambda facts: read(facts.ticket) if facts.ticket else None


def _in_status_since(ticket: Ticket) -> datetime:
    return ticket.stays[-1].since if ticket.stays else ticket.created_at


MOMENT_FIELDS: tuple[Field, ...] = (
    Field(
        "phase", Type.WORD, _phase, "When the rule runs: on a first mail, a follow-up, a change, or as time goes by.",
        "new", lambda _w: tuple(Phase),
    ),
    Field(
        "role", Type.WORD, _role, "Who speaks or acts, on this ticket.", "requester",
        lambda _w: (*Role, *ACTING_ROLES),
    ),
    Field(
        "actor", Type.TEXT, _actor,
        "Who acts: an address (of technicians their main one), `rule: NAME`, `timer` or `maildesk`.",
        "tia@example.test",
    ),
    Field(
        "changed", Type.WORD, _changed, "Any field that changed; one of your own as `field.NAME`.", "status",
        lambda _w: CHANGING, (Phase.CHANGE,), _changed_argument,
    ),
    Field(
        "before.NAME", Type.WORD, nothing, f"What a field was before the change; NAME is one of {', '.join(_BEFORE)}.",
        "open", no_words, (Phase.CHANGE,), member=_before,
    ),
    Field("weekday", Type.WORD, _weekday, "Day of the week where the desk is.", "mon", lambda _w: DAYS),
    Field("time", Type.TIME, _time, "Time of day where the desk is.", "18:00"),
    Field("open", Type.WORD, _open, "Any calendar of desk.yaml in whose hours it is now.", "business", _calendars),
    Field("holiday", Type.TEXT, _holiday, "Which holiday it is at the desk.", "Christmas Day"),
    Field("business_hours", Type.FLAG, _business_hours, "Whether the desk is open at this moment.", "false"),
    duration("age", _of(lambda t: t.created_at), "Time since the ticket was opened."),
    duration(
        "since_requester", _of(lambda t: t.requester_wrote_at),
        "Time since the last words from outside; a mail that runs through the rules is not one yet.",
    ),
    duration("since_technician", _of(lambda t: t.answered_at), "Time since the last public answer."),
    duration("in_status", _of(_in_status_since), "Time in the present status."),
    duration(
        "until_first_response", _of(lambda t: t.first_response_due_at),
        "Time left for the first response; negative once it is late.", ahead=True,
    ),
    duration(
        "until_next_response", _of(lambda t: t.next_response_due_at),
        "Time left for the next response; negative once it is late.", ahead=True,
    ),
    duration(
        "until_update", _of(lambda t: t.update_due_at), "Time left for the next word of the desk's.", ahead=True
    ),
    duration(
        "until_resolution", _of(lambda t: t.resolution_due_at),
        "Time left for the solution; negative once it is late.", ahead=True,
    ),
    duration(
        "until_due", _of(lambda t: t.due_at), "Time left until the date a technician set; negative once past.",
        ahead=True, phases=TICKET_PHASES,
    ),
)  # fmt: skip
