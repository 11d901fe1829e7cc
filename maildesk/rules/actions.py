"""What a rule may ask for: one row an action in `ACTIONS`.

To add an action write a function in `action_values` that reads what was written into a `RuleActions` with that one
thing set, and add a row at the bottom (and the field in `model.rule`, where it is carried). Called by `then`; `engine`
lays the answers together; `core.ruling` carries them out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from maildesk.model.level import Level, Priority
from maildesk.model.rule import MAIL_PHASES, Phase, Rule, RuleActions
from maildesk.model.ticket import Status
from maildesk.rules import action_values as read
from maildesk.rules.written import Plain, Words

_TEXT: dict[str, object] = {"type": "string"}
_TEXTS: dict[str, object] = {"type": ["string", "array"], "items": {"type": "string"}}
_FLAG: dict[str, object] = {"type": "boolean"}
_TRUE_OR_TEXT: dict[str, object] = {"oneOf": [{"const": True}, {"type": "string"}]}
_PAIRS: dict[str, object] = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
_NUMBER: dict[str, object] = {"type": ["string", "integer"]}
_SECOND: dict[str, object] = {
    "type": "object", "additionalProperties": False, "required": ["subject"],
    "properties": {"subject": _TEXT, "queue": _TEXT, "text": _TEXT},
}  # fmt: skip
_SECONDS: dict[str, object] = {"oneOf": [_SECOND, {"type": "array", "items": _SECOND}]}

_NEW = (Phase.NEW,)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a rule may ask for. `adds`: what several rules say is laid together; else the last one wins.

    `phases`: where it means anything.  `takes_caught`: it may hold `{name}` of what a pattern caught.
    `is_deed`: it does something anew each time, so that a rule for new mail and follow-ups does it once a ticket.
    """

    name: str
    read: Callable[[Plain, Words], RuleActions]
    description: str
    example: object
    shape: dict[str, object]
    adds: bool = False
    phases: tuple[Phase, ...] = tuple(Phase)
    takes_caught: bool = True
    is_deed: bool = False


ACTIONS: tuple[Action, ...] = (
    Action("impact", read.impact, "How many are hit; with urgency it gives the priority.", "high", {"enum": [*Level]}),
    Action(
        "urgency", read.urgency, "How soon it matters; with impact it gives the priority.", "high", {"enum": [*Level]}
    ),
    Action("priority", read.priority, "Overrides the priority of the matrix.", "P1", {"enum": [*Priority]}),
    Action("queue", read.queue, "Puts the ticket into this queue.", "network", _TEXT),
    Action(
        "assign", read.assign, "Gives the ticket to a technician, by any of their addresses.", "tia@example.test", _TEXT
    ),
    Action("tags", read.tags, "Adds tags.", ["outage"], _TEXTS, adds=True),
    Action("untag", read.untag, "Takes tags away.", ["outage"], _TEXTS, adds=True),
    Action("type", read.type_word, "Says what kind of ticket this is, in a word of your own.", "incident", _TEXT),
    Action("subject", read.subject, "Gives the ticket another subject.", "Outage in {site}", _TEXT),
    Action("status", read.status, "Sets the status.", "waiting-vendor", {"enum": [*Status]}),
    Action("fields", read.fields, "Sets fields of your own, by name.", {"site": "{site}"}, _PAIRS, adds=True),
    Action(
        "notify", read.notify, "Tells these addresses once; they do not become participants.", ["boss@example.test"],
        _TEXTS, adds=True, takes_caught=False,
    ),
    Action(
        "cc", read.cc, "Adds these addresses as participants, who see all correspondence.", ["ann@example.test"],
        _TEXTS, adds=True, takes_caught=False,
    ),
    Action(
        "watch", read.watch, "Lets these technicians read along.", ["tia@example.test"], _TEXTS, adds=True,
        takes_caught=False,
    ),
    Action(
        "note", read.note, "Adds a note that only technicians see.", "Call the site first.", _TEXTS, adds=True,
        is_deed=True,
    ),
    Action(
        "reply", read.reply, "Sends the requester this text. It counts as no answer and stops no clock.",
        "We know of the outage in {site} and are at it.", _TEXT, is_deed=True,
    ),
    Action(
        "requester", read.requester,
        "Takes the requester from Reply-To, as for a form on your web site; needs `from` or `mailbox` in `when`.",
        "reply-to", {"enum": ["reply-to"]}, phases=_NEW, takes_caught=False,
    ),
    Action(
        "template", read.template, "Uses this template for the acknowledgement.", "acknowledgement", _TEXT,
        phases=_NEW, takes_caught=False,
    ),
    Action(
        "acknowledge", read.acknowledge, "Whether an acknowledgement may leave at all.", False, _FLAG, phases=_NEW,
        takes_caught=False,
    ),
    Action("checklist", read.checklist, "Steps shown to the technician.", ["Call back", "Check the line"], _TEXTS),
    Action(
        "due", read.due, "Reminds the technicians after this time; `4h working` counts business hours only.",
        "4h working", _TEXT, is_deed=True,
    ),
    Action(
        "snooze", read.snooze, "Lets the ticket sleep so long; then it is open again and its technicians are told.",
        "2d", _TEXT, is_deed=True,
    ),
    Action(
        "escalate", read.escalate, "Hands the ticket to the next level, or to a queue.", True, _TRUE_OR_TEXT,
        is_deed=True,
    ),
    Action("link", read.link, "Ties the ticket to another one.", "{number}", _NUMBER, phases=MAIL_PHASES),
    Action(
        "also", read.also, "Opens further tickets for the same requester, linked to this one; their text is internal.",
        [{"subject": "Order a laptop", "queue": "general", "text": "For the new colleague."}], _SECONDS, adds=True,
        phases=MAIL_PHASES, is_deed=True,
    ),
    Action(
        "hold", read.hold, "Holds the mail for a person to look at; a sentence says why.", "Looks like phishing",
        _TRUE_OR_TEXT, phases=MAIL_PHASES,
    ),
    Action(
        "reject", read.reject, "Opens no ticket and tells the sender this sentence, once and politely.",
        "This address takes no applications; please write to jobs@example.test.", _TEXT, phases=MAIL_PHASES,
        takes_caught=False,
    ),
    Action(
        "discard", read.discard, "Opens no ticket; the mail is kept in Processed. A sentence says why.", True,
        _TRUE_OR_TEXT, phases=MAIL_PHASES,
    ),
    Action(
        "accept", read.accept, "Opens a ticket for an automatic answer that belongs to none; never for a bounce.", True,
        _FLAG, phases=_NEW, takes_caught=False,
    ),
)  # fmt: skip

#: Actions that mean nothing where no mail is.
WITH_MAIL = tuple(action.name for action in ACTIONS if not {Phase.CHANGE, Phase.TIME} & {*action.phases})
_BY_NAME = {action.name: action for action in ACTIONS}


def find_action(name: str) -> Action | None:
    """Find the action of a key in `then`."""
    return _BY_NAME.get(name)


def names_set(actions: RuleActions) -> tuple[str, ...]:
    """Return the names of the actions that say something."""
    return tuple(a.name for a in ACTIONS if value_of(actions, a.name) not in (None, ()))


def deeds_of(actions: RuleActions) -> tuple[str, ...]:
    """Return the names of the actions, known now or late, that do something anew each time."""
    said = {*names_set(actions), *(late.name for late in actions.late)}
    return tuple(a.name for a in ACTIONS if a.is_deed and a.name in said)


def without(actions: RuleActions, names: tuple[str, ...]) -> RuleActions:
    """Return the actions without those of these names."""
    said = tuple(name for name in names if value_of(actions, name) not in (None, ()))
    if not said and not actions.late:
        return actions
    empty = RuleActions()
    values = {name: value_of(empty, name) for name in said}
    return replace(actions, **values, late=tuple(late for late in actions.late if late.name not in names))  # type: ignore[arg-type]


def is_asked(rules: Iterable[Rule], *names: str) -> bool:
    """Tell whether some rule may ask for one of these actions."""
    blocks = (block for rule in rules for block in (rule.then, rule.then_new, rule.then_follow_up))
    return any(
        any(getattr(block, name) not in (None, ()) for name in names) or any(late.name in names for late in block.late)
        for block in blocks
    )


def value_of(actions: RuleActions, name: str) -> object:
    """Return what an action says; None or empty when nothing."""
    value: object = getattr(actions, name)
    return value


def merged(first: RuleActions, later: RuleActions) -> RuleActions:
    """Lay two answers together: the later one wins, except where both add."""
    said = names_set(later)
    values = {name: _laid_together(first, later, name) for name in said}
    # A word said twice is caught only if the one that stands is.
    caught = {*(name for name in first.caught if name not in said or _BY_NAME[name].adds), *later.caught}
    late = (*first.late, *later.late)
    return replace(first, **values, late=late, caught=tuple(sorted(caught)))  # type: ignore[arg-type]


def _laid_together(first: RuleActions, later: RuleActions, name: str) -> object:
    said, before = value_of(later, name), value_of(first, name)
    if not _BY_NAME[name].adds or not isinstance(said, tuple) or not isinstance(before, tuple):
        return said
    if name == "fields":
        return tuple((dict(before) | dict(said)).items())
    return tuple(dict.fromkeys((*before, *said)))
