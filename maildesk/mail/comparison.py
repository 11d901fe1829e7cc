"""Text of a mail that stands in an earlier mail of its conversation: quotes told by their words, not by marks.

Called by `quoting`. Compares runs of words, so that quote marks, blanks and line breaks do not matter. Says which lines
are old and which were written between old ones; it removes nothing itself. What a person may have said twice, or cited,
is not called old: a run has eight words, and unless an introduction (an attribution, the header of a mail) stands above
it, most of the earlier mail must be there. Linear in the length of the texts.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from maildesk.mail import budgets

#: Earlier texts looked at.
_MOST_TEXTS = 40
#: Words that must agree in sequence, and the characters they have: short ones are no evidence.
RUN_WORDS = 8
_RUN_CHARS = 24
#: A word: a link, one character where words are not divided, else letters and digits.
_WORD = re.compile(r"https?://[^\s<>()\[\]]+|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
#: What programs put where a picture stands.
_PLACEHOLDER = re.compile(r"[>\s]*[\[<(](?:cid|image|inline|bild|picture)\b[^\])>]{0,200}[\])>]$", re.IGNORECASE)

#: Tells whether the line of this number has the introduction of an older mail right above it.
IsIntroduced = Callable[[int], bool]
#: The words of each earlier text.
Earlier = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of some lines, and for each word the number of its line."""

    words: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Words `at` … `end` (exclusive) of the mail, which stand in the earlier one from word `start` on."""

    at: int
    end: int
    start: int

    @property
    def stop(self) -> int:
        return self.start + self.end - self.at


def read_earlier(texts: Sequence[str]) -> Earlier:
    """Return the words of earlier texts, to be compared with; the first ones count when there are too many."""
    left = budgets.QUOTING_CHARS
    found: list[tuple[str, ...]] = []
    for text in texts[:_MOST_TEXTS]:
        if left <= 0:
            break
        found.append(tuple(_WORD.findall(text[:left].casefold())))
        left -= len(text)
    return tuple(words for words in found if words)


def find_known_lines(lines: Sequence[str], earlier: Earlier, is_introduced: IsIntroduced) -> frozenset[int]:
    """Return the numbers of the lines of which every word belongs to a quotation of an earlier text."""
    said = _words(lines)
    known = [False] * len(said.words)
    for old in _likely(said, earlier):
        for run in _quoted_runs(said, old, is_introduced):
            known[run.at : run.end] = [True] * (run.end - run.at)
    return frozenset(said.lines) - {line for line, old in zip(said.lines, known, strict=True) if not old}


def find_inserted_lines(lines: Sequence[str], earlier: Earlier) -> frozenset[int]:
    """Return the numbers of the lines that stand between two words which follow each other in an earlier text.

    Nobody but the writer can have put them there, whatever quote marks the program gave them.
    """
    said = _words(lines)
    inserted: set[int] = set()
    for old in _likely(said, earlier):
        for before, after in pairwise(_runs(said.words, old, RUN_WORDS)):
            if before.stop == after.start and before.end < after.at:
                within = set(said.lines[before.end : after.at])
                inserted |= within - {said.lines[before.end - 1], said.lines[after.at]}
    return frozenset(n for n in inserted if not _PLACEHOLDER.match(lines[n]))


def find_shared(text: str, earlier: Earlier, least_words: int) -> tuple[str, ...]:
    """Return the passages of a text, as they stand in it, that repeat so many words of an earlier text in sequence."""
    said = tuple(_WORD.finditer(text[: budgets.QUOTING_CHARS]))
    words = tuple(found[0].casefold() for found in said)
    runs = (run for old in earlier for run in _runs(words, old, least_words))
    return tuple(text[said[run.at].start() : said[run.end - 1].end()] for run in runs)


def has_run(text: str, least_words: int = RUN_WORDS) -> bool:
    """Tell whether a text has words enough to be compared at all."""
    return len(_WORD.findall(text[: budgets.QUOTING_LINE_CHARS * least_words])) >= least_words


def _words(lines: Sequence[str]) -> _Words:
    words: list[str] = []
    numbers: list[int] = []
    left = budgets.QUOTING_CHARS
    for number, line in enumerate(lines):
        found = _WORD.findall(line[:left].casefold())
        words += found
        numbers += [number] * len(found)
        left -= len(line)
        if left <= 0:
            # The rest is not compared: a word that no earlier text holds keeps its last line from being called old.
            words.append("\n")
            numbers.append(number)
            break
    return _Words(tuple(words), tuple(numbers))


def _likely(said: _Words, earlier: Earlier) -> Iterator[tuple[str, ...]]:
    """Yield the earlier texts that may share a run with the mail, at a fraction of the price of looking for it.

    Any run of eight words holds four that stand at a multiple of four in the earlier text.
    """
    step = RUN_WORDS // 2
    grams = {said.words[at : at + step] for at in range(len(said.words) - step + 1)}
    for old in earlier:
        if len(old) < RUN_WORDS or any(old[at : at + step] in grams for at in range(0, len(old), step)):
            yield old


def _quoted_runs(said: _Words, old: tuple[str, ...], is_introduced: IsIntroduced) -> list[_Run]:
    """Return the runs of one earlier text, if there is evidence that it is quoted here and not merely echoed."""
    if len(old) < RUN_WORDS or len("".join(old)) < _RUN_CHARS:
        return [run for run in _runs(said.words, old, len(old)) if _begins_introduced(said, run, is_introduced)]
    runs = [run for run in _runs(said.words, old, RUN_WORDS) if _is_evidence(said, run)]
    covers = 2 * sum(run.end - run.at for run in runs) >= len(old)
    return runs if covers or any(_begins_introduced(said, run, is_introduced) for run in runs) else []


def _is_evidence(said: _Words, run: _Run) -> bool:
    return len("".join(said.words[run.at : run.end])) >= _RUN_CHARS


def _begins_introduced(said: _Words, run: _Run, is_introduced: IsIntroduced) -> bool:
    begins_line = run.at == 0 or said.lines[run.at - 1] != said.lines[run.at]
    return begins_line and is_introduced(said.lines[run.at])


def _runs(words: tuple[str, ...], old: tuple[str, ...], length: int) -> list[_Run]:
    """Return where the mail repeats at least `length` words of the earlier text, from left to right."""
    places: dict[tuple[str, ...], int] = {}
    for start in range(len(old) - length + 1):
        places.setdefault(old[start : start + length], start)
    runs: list[_Run] = []
    at = 0
    while at <= len(words) - length:
        place = places.get(words[at : at + length])
        if place is None:
            at += 1
            continue
        same = length
        while at + same < len(words) and place + same < len(old) and words[at + same] == old[place + same]:
            same += 1
        runs.append(_Run(at, at + same, place))
        at += same
    return runs
