"""Turn what stands under `then` into what a rule asks for: its actions, those of macros, and those of one phase alone.

Called by `load`. Whatever holds `{name}` of something a pattern catches is read when it is known what was caught.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from maildesk.model.rule import Phase, RuleActions
from maildesk.rules.actions import ACTIONS, Action, find_action, merged
from maildesk.rules.captures import caught_in, late_action, places_in
from maildesk.rules.written import Plain, Reading, Trail, Words, WritingError, items, one_line, unknown

MACRO = "macro"
#: Blocks inside `then` that count in one phase alone.
PHASE_BLOCKS = (Phase.NEW, Phase.FOLLOW_UP)
#: Actions of which one rule may ask for one.
_ENDINGS = ("hold", "discard", "reject")
#: What a rule must look at before it may believe Reply-To.
_FORM_FIELDS = ("from", "mailbox")

_NAMES = tuple(action.name for action in ACTIONS)
#: Every key that may stand in `then`.
THEN_KEYS = (*_NAMES, MACRO, *map(str, PHASE_BLOCKS))
_MACRO_KEYS = (*_NAMES, *map(str, PHASE_BLOCKS))

NOTHING = RuleActions()
#: What a macro asks for, by action, as it is written.
Macros = Mapping[str, Mapping[str, Plain]]


@dataclass(frozen=True, slots=True)
class Then:
    """What a rule asks for: always, and beside that on new mail and on follow-ups alone."""

    usual: RuleActions = NOTHING
    new: RuleActions = NOTHING
    follow_up: RuleActions = NOTHING


@dataclass(frozen=True, slots=True)
class Around:
    """What else of its rule and its file a `then` depends on: `when`, the named conditions, macros and the phases."""

    when: Plain
    phases: tuple[Phase, ...]
    conditions: Mapping[str, Plain]
    macros: Macros


def read_macros(value: Plain, trail: Trail, reading: Reading) -> Macros:
    """Read the macros of a file; each is a mapping of actions under a name."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        reading.complain(trail, "'macros' must be a mapping (name: actions)")
        return {}
    return {name: _read_macro(inner, (*trail, name), reading) for name, inner in value.items()}


def _read_macro(value: Plain, trail: Trail, reading: Reading) -> Mapping[str, Plain]:
    written = reading.mapping(value, trail, "a macro", _MACRO_KEYS)
    for action, inner, at in _each(written, trail, reading):
        # What it catches is the matter of each rule that uses it.
        if not places_in(inner):
            _read(action, inner, at, reading)
    return written


def _each(written: Mapping[str, Plain], trail: Trail, reading: Reading) -> list[tuple[Action, Plain, Trail]]:
    """Return every action written, also inside the blocks of phases, with where it stands."""
    found: list[tuple[Action, Plain, Trail]] = []
    for name, inner in written.items():
        action = find_action(name)
        if action is not None:
            found.append((action, inner, (*trail, name)))
        elif name in PHASE_BLOCKS:
            block = reading.mapping(inner, (*trail, name), f"'{name}'", _NAMES)
            found.extend((a, v, (*trail, name, k)) for k, v in block.items() if (a := find_action(k)))
    return found


def read_then(value: Plain, trail: Trail, around: Around, reading: Reading) -> Then:
    """Read what a rule asks for, with every fault. Keys of its own go before those of a macro."""
    written = reading.mapping(value, trail, "'then'", THEN_KEYS)
    borrowed: dict[str, Plain] = {}
    for name in _macro_names(written, trail, reading):
        borrowed |= _macro(name, trail, around, reading)
    own = {name: inner for name, inner in written.items() if name != MACRO}
    blocks = [_read_block(own, borrowed, trail, around, reading)]
    for phase in PHASE_BLOCKS:
        mine, theirs = own.get(phase), borrowed.get(phase)
        blocks.append(_read_phase(phase, mine, theirs, trail, around, reading))
    return Then(*blocks)


def _macro_names(written: dict[str, Plain], trail: Trail, reading: Reading) -> tuple[str, ...]:
    try:
        return tuple(one_line(item) for item in items(written[MACRO])) if MACRO in written else ()
    except WritingError as wrong:
        reading.complain((*trail, MACRO), str(wrong))
        return ()


def _macro(name: str, trail: Trail, around: Around, reading: Reading) -> dict[str, Plain]:
    if name in around.macros:
        return dict(around.macros[name])
    reading.complain((*trail, MACRO), unknown("macro", name, around.macros))
    return {}


def _read_phase(
    phase: Phase, mine: Plain, theirs: Plain, trail: Trail, around: Around, reading: Reading
) -> RuleActions:
    """Read the block of one phase."""
    if mine is None and theirs is None:
        return NOTHING
    place = (*trail, phase) if mine is not None else (*trail, MACRO)
    if phase not in around.phases:
        reading.complain(place, f"this rule never runs in phase '{phase}'", at_key=mine is not None)
    own = {} if mine is None else reading.mapping(mine, place, f"'{phase}'", _NAMES)
    borrowed = theirs if mine is None and isinstance(theirs, dict) else {}
    return _read_block(own, borrowed, place, replace(around, phases=(phase,)), reading)


def _read_block(
    own: Mapping[str, Plain], borrowed: Mapping[str, Plain], trail: Trail, around: Around, reading: Reading
) -> RuleActions:
    """Read actions that stand together. What is borrowed from a macro has been looked at where it stands."""
    actions = NOTHING
    for name, value in {**borrowed, **own}.items():
        action = find_action(name)
        if action is None:
            continue
        at = (*trail, name) if name in own else (*trail, MACRO) if trail[-1] != MACRO else trail
        actions = merged(actions, _read_action(action, value, at, around, reading))
    _complain_of_endings(own, borrowed, trail, reading)
    return actions


def _complain_of_endings(
    own: Mapping[str, Plain], borrowed: Mapping[str, Plain], trail: Trail, reading: Reading
) -> None:
    asked = [name for name in _ENDINGS if name in own or name in borrowed]
    if len(asked) > 1:
        at = (*trail, asked[1]) if asked[1] in own else trail
        reading.complain(at, f"a rule cannot both {asked[0]} and {asked[1]}")


def _read_action(action: Action, value: Plain, trail: Trail, around: Around, reading: Reading) -> RuleActions:
    wrong = _misplaced(action, around) or _wrong_places(action, value, around)
    if wrong:
        reading.complain(trail, wrong, at_key=bool(_misplaced(action, around)))
        return NOTHING
    if not places_in(value):
        return _read(action, value, trail, reading)
    read = partial(_read_caught, action, reading.words)
    return late_action(action.name, value, read)


def _misplaced(action: Action, around: Around) -> str:
    """Say why an action means nothing in this rule; empty when it does."""
    if not set(action.phases) & set(around.phases):
        phases = " or ".join(f"'{phase}'" for phase in action.phases)
        return f"'{action.name}' means something in phase {phases} only, where this rule never runs"
    if action.name == "requester" and not _looks_at_form(around.when, around.conditions):
        return "'requester: reply-to' needs 'from' or 'mailbox' in 'when', so that it is believed of one form only"
    return ""


def _looks_at_form(when: Plain, conditions: Mapping[str, Plain]) -> bool:
    """Tell whether a mail can only fit when it comes from certain senders or by a certain mailbox."""
    if isinstance(when, list):
        return any(_looks_at_form(inner, conditions) for inner in when)
    if not isinstance(when, dict):
        return False
    if any(when.get(name) not in (None, {}) for name in _FORM_FIELDS):
        return True
    named = (conditions.get(str(name)) for name in items(when["condition"])) if when.get("condition") else ()
    left = {name: inner for name, inner in conditions.items() if name not in str(when.get("condition"))}
    return _looks_at_form(when.get("all"), conditions) or any(_looks_at_form(inner, left) for inner in named)


def _wrong_places(action: Action, value: Plain, around: Around) -> str:
    """Say what is wrong with the places in braces; empty when nothing is."""
    places = places_in(value)
    if not places:
        return ""
    if not action.takes_caught:
        return f"'{action.name}' may not hold {{{places[0]}}}: what a pattern catches is a stranger's text"
    known = caught_in(around.when, around.conditions)
    stray = next((place for place in places if place not in known), None)
    if stray is None:
        return ""
    if not known:
        return f"nothing is caught as '{stray}'; catch it with (?P<{stray}>…) in a 'matches' of this rule"
    return unknown("caught text", stray, known)


def _read(action: Action, value: Plain, trail: Trail, reading: Reading) -> RuleActions:
    try:
        return action.read(value, reading.words)
    except WritingError as wrong:
        reading.complain(trail, str(wrong))
        return NOTHING


def _read_caught(action: Action, words: Words, value: Plain) -> RuleActions:
    """Read an action whose places are filled in, and mark it as holding a stranger's text."""
    return replace(action.read(value, words), caught=(action.name,))
