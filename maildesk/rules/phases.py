"""When a rule runs and how often: read from the `phase` of its `when`, and from its `once`. Called by `load`."""

from maildesk.model.rule import MAIL_PHASES, Once, Phase
from maildesk.rules.written import Plain, Reading, Trail, WritingError, items, word_of

PHASE = "phase"
_WHOLE = ("equals", "one_of")


def read_phases(when: Plain, trail: Trail, reading: Reading) -> tuple[Phase, ...]:
    """Return the phases that a top-level `phase` names; without one those of mail.

    A word that is no phase is complained of where the condition itself is compiled.
    """
    if not isinstance(when, dict) or PHASE not in when:
        return MAIL_PHASES
    written = when[PHASE]
    if not isinstance(written, dict):
        return _phases(written)
    strange = next((name for name in written if name not in _WHOLE), None)
    if strange is not None:
        reading.complain(
            (*trail, PHASE, strange), f"here a phase is named whole: write 'phase: {Phase.NEW}' or a list", at_key=True
        )
    named = [set(_phases(inner)) for name, inner in written.items() if name in _WHOLE]
    return tuple(p for p in Phase if all(p in phases for phases in named)) or MAIL_PHASES


def _phases(value: Plain) -> tuple[Phase, ...]:
    try:
        named = {word_of(PHASE, item, Phase) for item in items(value)}
    except WritingError:
        return MAIL_PHASES
    return tuple(phase for phase in Phase if phase in named)


def read_once(written: dict[str, Plain], trail: Trail, phases: tuple[Phase, ...], reading: Reading) -> Once | None:
    """Return how often a rule may hit one ticket; a rule that time alone sets off hits it once if it says nothing."""
    if "once" not in written:
        return Once.TICKET if Phase.TIME in phases else None
    try:
        return Once(word_of("once", written["once"], Once))
    except WritingError as wrong:
        reading.complain((*trail, "once"), str(wrong))
        return None
