"""Right or wrong, row by row: one contestant's answers in one topic, added up.

Called by `understanding`; what is right stands in `expectations`. An answer that raises is wrong in every row.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from tests.benchmarks.answers import Contestant
from tests.benchmarks.corpus import Case, Dispute

Check = tuple[str, bool]  # the row, and whether the answer is right


@dataclass(slots=True)
class Score:
    """One cell of the table: `right` of `of`; `disputed` counts wrong answers to expectations we do not share."""

    right: int = 0
    of: int = 0
    disputed: int = 0


@dataclass(slots=True)
class Tally:
    """All of one contestant's cells in one topic, and where it went wrong. `errors`: what was raised, by case."""

    rows: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    wrong: list[tuple[str, str]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    slowest_seconds: float = 0.0

    def count(self, row: str, ok: bool, case: Case, disputes: frozenset[tuple[str, str]]) -> None:
        score = self.rows[row]
        score.of += 1
        score.right += ok
        if not ok:
            self.wrong.append((row, case.name))
            score.disputed += bool(disputes & {(case.digest, row), (case.digest, "*")})


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is asked and judged. `question` names the contestant's answer; `checks` give the rows."""

    title: str
    question: str
    ask: Callable[[Callable[..., Any], Case], Any]
    checks: Callable[[Case, Any, float], Iterator[Check]]
    order: tuple[str, ...]
    #: Rows that are shown as a count of errors.
    errors: frozenset[str] = frozenset()


def score_topic(topic: Topic, contestant: Contestant, cases: Sequence[Case], disputes: Sequence[Dispute]) -> Tally:
    """Ask a contestant about every case of a topic."""
    tally = Tally()
    answer = contestant.answers[topic.question]
    held = frozenset((d.digest, d.field) for d in disputes if cases and d.topic == cases[0].topic)
    for case in cases:
        begun = perf_counter()
        try:
            given = topic.ask(answer, case)
        # A contestant may raise anything; that is an answer too, the wrong one.
        except Exception as error:
            given = None
            tally.errors[case.name] = f"{type(error).__name__}: {error}"[:120]
        seconds = perf_counter() - begun
        tally.seconds += seconds
        tally.slowest_seconds = max(tally.slowest_seconds, seconds)
        for row, ok in topic.checks(case, given, seconds):
            if row not in contestant.unable:
                tally.count(row, ok, case, held)
    return tally
