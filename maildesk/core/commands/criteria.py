"""What the value of a question means: which tickets, which words, which span of time.

Called by the questions themselves, which refuse a bad value, and by `intake.lookups`, which has the database answer a
good one: both must read it alike.
"""

import re

from maildesk.core.commands.context import Refused, pick_word
from maildesk.model.desk import Desk, Technician
from maildesk.model.level import Priority
from maildesk.model.question import TicketFilter
from maildesk.model.ticket import Status

_MINE, _UNASSIGNED, _ALL = "mine", "unassigned", "all"
_SCOPES = (_MINE, _UNASSIGNED, _ALL)
OPEN = tuple(status for status in Status if not status.is_done)
#: What somebody can work on at once; all else waits for another person or another day.
READY = (Status.NEW, Status.OPEN)
#: Words looked for at once; each costs a look at every text.
MOST_WORDS = 6
_SHORTEST_WORD = 2
#: A person quotes words; the marks are not looked for.
_MARKS = "\"'“”„‚‘’«»‹›"
_PERIOD = re.compile(r"(\d{1,4})\s*(h|hours?|d|days?|w|weeks?)", re.ASCII)
_UNITS = {"h": 3600, "d": 86400, "w": 7 * 86400}
USUAL_PERIOD = "7d"
_LONGEST_PERIOD = 3650 * 86400


def read_filter(value: str, technician: Technician, desk: Desk) -> TicketFilter | Refused:
    """Read which tickets to list: words of one kind add up, words of different kinds narrow each other down."""
    queues = tuple(queue.name for queue in desk.queues)
    allowed = tuple(dict.fromkeys((*_SCOPES, *queues, *Status, *Priority)))
    words: list[str] = []
    for given in value.replace(",", " ").split():
        word = pick_word(given, allowed)
        if isinstance(word, Refused):
            return word
        words.append(word)
    return _filter(words, technician, queues)


def _filter(words: list[str], technician: Technician, queues: tuple[str, ...]) -> TicketFilter:
    named = tuple(queue for queue in queues if queue in words and queue not in _SCOPES)
    statuses = tuple(status for status in Status if status in words and status not in (*named, *_SCOPES))
    priorities = tuple(priority for priority in Priority if priority in words and priority not in named)
    mine, unassigned = _MINE in words, _UNASSIGNED in words
    if not mine and not unassigned and not named and _ALL not in words:
        mine = unassigned = True
    home = named or (queues if _ALL in words else technician.queues)
    return TicketFilter(
        statuses or OPEN,
        priorities or None,
        named or None,
        technician.email if mine else None,
        home if unassigned else None,
    )


def describe(wanted: TicketFilter) -> str:
    """Say in words which tickets were asked for, as the rest of a sentence that begins with them."""
    owners = ["yours"] if wanted.owner is not None else []
    if wanted.unowned_in is not None:
        owners.append(f"unassigned in {_any_of(wanted.unowned_in)}" if wanted.unowned_in else "unassigned in no queue")
    elif wanted.queues is not None:
        owners = [f"{' '.join(owners)} in {_any_of(wanted.queues)}".strip()]
    parts = (
        "open" if wanted.statuses == OPEN else _any_of(wanted.statuses),
        _any_of(wanted.priorities or ()),
        " or ".join(owners) or "of everybody",
    )
    return ", ".join(part for part in parts if part)


def _any_of(words: tuple[str, ...]) -> str:
    return " or ".join(words)


def next_filters(technician: Technician) -> tuple[TicketFilter, TicketFilter]:
    """Return what somebody is to do next: what they own, and if that is nothing, what nobody owns yet."""
    return TicketFilter(READY, owner=technician.email), TicketFilter(READY, unowned_in=technician.queues)


def read_words(value: str) -> tuple[str, ...] | Refused:
    """Read the words to look for."""
    words = tuple(dict.fromkeys(word for given in value.split() if (word := given.strip(_MARKS))))
    if not words:
        return Refused("which words? for example: #find vpn printer")
    if len(words) > MOST_WORDS:
        return Refused(f"that is {len(words)} words; look for {MOST_WORDS} at most")
    short = next((word for word in words if len(word) < _SHORTEST_WORD and word.isascii()), None)
    return Refused(f"'{short}' is too short; a word has {_SHORTEST_WORD} letters at least") if short else words


def read_why(value: str) -> tuple[str, bool]:
    """Return the value of `#why` without the word sla, and whether that stands there."""
    words = value.split()
    others = [word for word in words if word.casefold() != "sla"]
    return (" ".join(others), True) if len(others) < len(words) else (value, False)


def read_period(value: str) -> int | Refused:
    """Read a span of time up to now, as seconds."""
    found = _PERIOD.fullmatch(value.strip().casefold() or USUAL_PERIOD)
    seconds = int(found[1]) * _UNITS[found[2][0]] if found else 0
    if 0 < seconds <= _LONGEST_PERIOD:
        return seconds
    return Refused(f"'{value}' is no span of time; allowed: 24h, {USUAL_PERIOD}, 4w, up to ten years")
