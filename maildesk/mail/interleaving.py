"""Answers typed between the lines of a quoted mail, shown again with the lines they answer.

Called by `apply` for mail to the public side.  What was typed stays whole and in order; of the quoted lines between it
only those come back that stand in texts the reader has seen, so that no note, token or footer of a notification can.
Pure, linear, never raises.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildesk.mail import budgets

_MARKS = re.compile(r"\s*(?:>\s?)+")
_WORD = re.compile(r"[^\W_]+")
#: Our reference lines and reply addresses, which people quote with the rest.
_TOKEN = re.compile(r"\bref:|[rnb][a-z2-7]{30}", re.IGNORECASE)
#: Fewer words than these are evidence only as a whole line.
_LEAST_WORDS = 4
#: Lines of a question shown above its answer: the nearest ones.
_MOST_QUOTED = 12


@dataclass(frozen=True, slots=True)
class _Known:
    """What the reader has seen: each text as words between blanks, and each line as such."""

    texts: tuple[str, ...]
    lines: frozenset[str]

    def holds(self, line: str) -> bool:
        words = _words(line)
        if not words.strip() or _TOKEN.search(line):
            return False
        is_long = len(words.split()) >= _LEAST_WORDS
        return words in self.lines or (is_long and any(words in text for text in self.texts))


def find_interleaved(text: str, typed: str, seen: Sequence[str]) -> str | None:
    """Return what was typed with the quoted lines it answers, each behind `> `; None when it answers none.

    `text` is the whole text of the mail, `typed` what may be shown of it, `seen` the texts its reader knows.  Somebody
    who writes above or below a whole mail answers no line of it.
    """
    lines = text[: budgets.QUOTING_CHARS].replace("\r\n", "\n").split("\n")
    places = _find_places(lines, typed.split("\n"))
    if places is None or not seen:
        return None
    known = _read(seen)
    between = _quoted_between(lines, places, known)
    is_followed = any(known.holds(_MARKS.sub("", line, count=1)) for line in lines[max(places.values()) + 1 :])
    parts = sum(bool(quoted) for quoted in between.values())
    # A single question above a single answer is no more than an answer below its quotation.
    has_words_above = bool(between) and min(between) != min(places)
    if not parts or not (parts > 1 or is_followed or has_words_above):
        return None
    return _laid_out(typed.split("\n"), between)


def _find_places(lines: Sequence[str], typed: Sequence[str]) -> dict[int, int] | None:
    """Return in which line of the mail each typed line stands, by its number; blank ones stand nowhere."""
    places: dict[int, int] = {}
    at = 0
    for number, line in enumerate(typed):
        if not line.strip():
            continue
        wanted = line.rstrip()
        while at < len(lines) and lines[at].rstrip() != wanted:
            at += 1
        if at == len(lines):
            return None
        places[number] = at
        at += 1
    return places or None


def _quoted_between(lines: Sequence[str], places: dict[int, int], known: _Known) -> dict[int, tuple[str, ...]]:
    """Return the known lines above each typed line, back to the typed line before it."""
    between: dict[int, tuple[str, ...]] = {}
    start = 0
    for number, place in places.items():
        bare = (_MARKS.sub("", line, count=1).strip() for line in lines[start:place])
        quoted = tuple(line for line in bare if known.holds(line))[-_MOST_QUOTED:]
        if quoted:
            between[number] = quoted
        start = place + 1
    return between


def _laid_out(typed: Sequence[str], between: dict[int, tuple[str, ...]]) -> str:
    shown: list[str] = []
    for number, line in enumerate(typed):
        if number in between:
            while shown and not shown[-1].strip():
                shown.pop()
            shown += [*([""] if shown else []), *(f"> {quoted}" for quoted in between[number])]
        shown.append(line)
    return "\n".join(shown)


def _read(seen: Sequence[str]) -> _Known:
    texts = tuple(text[: budgets.QUOTING_CHARS] for text in seen)
    return _Known(
        tuple(_words(text) for text in texts),
        frozenset(words for text in texts for line in text.split("\n") if (words := _words(line)).strip()),
    )


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "
