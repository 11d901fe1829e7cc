"""What a rule may ask for: one row an action in `ACTIONS`.

To add an action write a function that reads what was written into a `RuleActions` with that one thing set, and add a
row at the bottom (and the field in `model.rule`, where it is carried). Called by `load`; `engine` lays the answers
together.
"""

from collections.abc import Callable
from dataclasses import dataclass

from maildesk.model.level import Level, Priority
from maildesk.model.rule import RuleActions
from maildesk.model.ticket import Status
from maildesk.rules.written import Plain, Words, WritingError, address, flag, items, label, one_line, unknown, word_of

HELD = "held by a rule"
DISCARDED = "discarded by a rule"

_TEXT: dict[str, object] = {"type": "string"}
_TEXTS: dict[str, object] = {"type": ["string", "array"], "items": {"type": "string"}}
_FLAG: dict[str, object] = {"type": "boolean"}
_TRUE_OR_SENTENCE: dict[str, object] = {"oneOf": [{"const": True}, {"type": "string"}]}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a rule may ask for. `adds`: what several rules say is laid together; else the last one wins."""

    name: str
    read: Callable[[Plain, Words], RuleActions]
    description: str
    example: object
    shape: dict[str, object]
    adds: bool = False


def _impact(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(impact=Level(word_of("impact", value, Level)))


def _urgency(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(urgency=Level(word_of("urgency", value, Level)))


def _priority(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(priority=Priority(word_of("priority", value, Priority)))


def _queue(value: Plain, words: Words) -> RuleActions:
    return RuleActions(queue=word_of("queue", value, words.queues) if words.queues else label(value))


def _assign(value: Plain, words: Words) -> RuleActions:
    text = one_line(value)
    stored = {written.casefold(): email for written, email in words.technicians}
    if words.technicians and text.casefold() not in stored:
        raise WritingError(unknown("technician", text, sorted(set(stored.values()))))
    return RuleActions(assign=stored.get(text.casefold(), text))


def _tags(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(tags=tuple(label(tag).casefold() for tag in items(value)))


def _type(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(type=label(value))


def _status(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(status=word_of("status", value, Status))


def _notify(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(notify=tuple(address(a) for a in items(value)))


def _cc(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(cc=tuple(address(a) for a in items(value)))


def _template(value: Plain, words: Words) -> RuleActions:
    return RuleActions(template=word_of("template", value, words.templates) if words.templates else label(value))


def _acknowledge(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(acknowledge=flag(value))


def _checklist(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(checklist=tuple(one_line(item) for item in items(value)))


def _hold(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(hold=_sentence(value, HELD))


def _discard(value: Plain, _words: Words) -> RuleActions:
    return RuleActions(discard=_sentence(value, DISCARDED))


def _sentence(value: Plain, usual: str) -> str:
    if value is False:
        raise WritingError("expected true or a sentence that says why; leave the action out to do nothing")
    return usual if value is True else one_line(value)


ACTIONS: tuple[Action, ...] = (
    Action("impact", _impact, "How many are hit; with urgency it gives the priority.", "high", {"enum": list(Level)}),
    Action(
        "urgency", _urgency, "How soon it matters; with impact it gives the priority.", "high", {"enum": list(Level)}
    ),
    Action("priority", _priority, "Overrides the priority of the matrix.", "P1", {"enum": list(Priority)}),
    Action("queue", _queue, "Puts the ticket into this queue.", "network", _TEXT),
    Action(
        "assign", _assign, "Gives the ticket to a technician, by any of their addresses.", "tia@example.test", _TEXT
    ),
    Action("tags", _tags, "Adds tags.", ["outage"], _TEXTS, adds=True),
    Action("type", _type, "Says what kind of ticket this is, in a word of your own.", "incident", _TEXT),
    Action("status", _status, "Sets the status.", "waiting-vendor", {"enum": list(Status)}),
    Action(
        "notify",
        _notify,
        "Tells these addresses once; they do not become participants.",
        ["boss@example.test"],
        _TEXTS,
        adds=True,
    ),
    Action(
        "cc",
        _cc,
        "Adds these addresses as participants, who see all correspondence.",
        ["ann@example.test"],
        _TEXTS,
        adds=True,
    ),
    Action("template", _template, "Uses this template for the acknowledgement.", "acknowledgement", _TEXT),
    Action("acknowledge", _acknowledge, "Whether an acknowledgement may leave at all.", False, _FLAG),
    Action("checklist", _checklist, "Steps shown to the technician.", ["Call back", "Check the line"], _TEXTS),
    Action(
        "hold",
        _hold,
        "Holds the mail for a person to look at; a sentence says why.",
        "Looks like phishing",
        _TRUE_OR_SENTENCE,
    ),
    Action(
        "discard",
        _discard,
        "Opens no ticket; the mail is kept in Processed. A sentence says why.",
        True,
        _TRUE_OR_SENTENCE,
    ),
)


def find_action(name: str) -> Action | None:
    """Find the action of a key in `then`."""
    return next((a for a in ACTIONS if a.name == name), None)


def names_set(actions: RuleActions) -> tuple[str, ...]:
    """Return the names of the actions that say something."""
    return tuple(a.name for a in ACTIONS if value_of(actions, a.name) not in (None, ()))


def value_of(actions: RuleActions, name: str) -> object:
    """Return what an action says; None or empty when nothing."""
    value: object = getattr(actions, name)
    return value


def merged(first: RuleActions, later: RuleActions) -> RuleActions:
    """Lay two answers together: the later one wins, except where both add."""
    return RuleActions(
        impact=later.impact or first.impact,
        urgency=later.urgency or first.urgency,
        priority=later.priority or first.priority,
        queue=later.queue or first.queue,
        assign=later.assign or first.assign,
        tags=_both(first.tags, later.tags),
        type=later.type or first.type,
        status=later.status or first.status,
        notify=_both(first.notify, later.notify),
        cc=_both(first.cc, later.cc),
        template=later.template or first.template,
        acknowledge=first.acknowledge if later.acknowledge is None else later.acknowledge,
        checklist=later.checklist or first.checklist,
        hold=later.hold or first.hold,
        discard=later.discard or first.discard,
    )


def _both(first: tuple[str, ...], later: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *later)))
