"""How well maildesk understands mail that others wrote tests about, beside what libraries make of the same mail.

python -m tests.benchmarks.understanding --help
"""

import argparse
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from tests.benchmarks.answers import Contestant
from tests.benchmarks.corpus import CORPUS, TOPICS, Case, Dispute, load_cases, load_disputes
from tests.benchmarks.expectations import TOPICS as SCORED
from tests.benchmarks.reading import running_maildesk
from tests.benchmarks.scoring import Score, Tally, Topic, score_topic
from tests.servers import temporary_folder

_NOTES = {
    "threading": "maildesk: mails in order through the real intake on SQLite, the IMAP server replaced by a list; one "
    "conversation = one ticket, or tickets linked by what a sender claims. Scenarios: only those whose policy is "
    "universal; T1's requester is their sender, and DMARC passes.",
    "hostile": "maildesk: in the sandbox, with its limits of time and memory; what it gives up on is read minimally.",
    "bounce": "permanence of a report without RFC 3464 fields is the oracle's own inference.",
    "parse": "hard ones: fields that neither the standard library nor mail-parser gets right.",
}

Column = tuple[str, Tally]


def score(
    topic: Topic, contestants: Sequence[Contestant], cases: Sequence[Case], disputes: Sequence[Dispute]
) -> tuple[Column, ...]:
    able = [contestant for contestant in contestants if topic.question in contestant.answers]
    return tuple((contestant.name, score_topic(topic, contestant, cases, disputes)) for contestant in able)


def cell(score: Score | None, *, of_errors: bool) -> str:
    """Show one figure; `d2` says that two of the wrong answers are to expectations we dispute."""
    if score is None or not score.of:
        return "–"
    disputed = f" d{score.disputed}" if score.disputed else ""
    if of_errors:
        return f"{score.of - score.right} of {score.of}{disputed}"
    return f"{100 * score.right / score.of:.1f} % {score.right}/{score.of}{disputed}"


def table(topic: Topic, columns: Sequence[Column]) -> list[list[str]]:
    rows = [[topic.title, *(name for name, _ in columns)]]
    for row in topic.order:
        scores = [tally.rows.get(row) for _, tally in columns]
        if any(scores):
            rows.append([row, *(cell(one, of_errors=row in topic.errors) for one in scores)])
    return rows


def as_text(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield from ("  ".join(one.ljust(width) for one, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def as_markdown(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    head, *body = rows
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in body)


def time_line(columns: Sequence[Column], cases: int) -> str:
    told = (
        f"{name} {1000 * tally.seconds / max(1, cases):.1f} ms a case, slowest {tally.slowest_seconds:.2f} s, "
        f"{len(tally.errors)} raised"
        for name, tally in columns
    )
    return "; ".join(told)


def failures(name: str, tally: Tally, digests: dict[str, str]) -> Iterator[str]:
    """List what went wrong, with the digest by which `disputed.toml` names a case."""
    for row, case in tally.wrong:
        raised = f"  ({tally.errors[case]})" if case in tally.errors else ""
        yield f"    {name}: {row}: {case}  {digests[case]}{raised}"


def report(
    topic: str, contestants: Sequence[Contestant], cases: Sequence[Case], wanted: argparse.Namespace
) -> Iterator[str]:
    digests = {case.name: case.digest for case in cases}
    for part in SCORED[topic]:
        columns = score(part, contestants, cases, load_disputes())
        rows = table(part, columns)
        yield from as_markdown(rows) if wanted.markdown else as_text(rows)
        yield ""
        disputed = sum(one.disputed for one in columns[0][1].rows.values()) if columns else 0
        yield f"{time_line(columns, len(cases))}; disputed: {disputed}"
        if wanted.fails:
            yield from (line for name, tally in columns[:1] for line in failures(name, tally, digests))
        yield ""
    if topic in _NOTES:
        yield f"{_NOTES[topic]}\n"


def find_contestants(maildesk: Contestant, *, baselines: bool) -> tuple[Contestant, ...]:
    if not baselines:
        return (maildesk,)
    try:
        from tests.benchmarks.baselines import find_baselines
    except ImportError as missing:
        raise SystemExit(f"the baselines need the extra `bench` ({missing}): pip install -e '.[bench]'") from missing
    return (maildesk, *find_baselines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topic", nargs="+", choices=TOPICS, default=TOPICS)
    parser.add_argument("--baselines", action="store_true", help="ask the libraries of the extra `bench` too")
    parser.add_argument("--fails", action="store_true", help="list every wrong answer of maildesk")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    wanted = parser.parse_args()
    if not wanted.corpus.is_dir():
        sys.stderr.write(f"there is no corpus in {wanted.corpus}; --corpus names another folder\n")
        raise SystemExit(2)
    # Libraries print about mail they do not like.
    logging.disable()
    warnings.simplefilter("ignore")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with temporary_folder("understanding") as folder, running_maildesk(folder) as maildesk:
        contestants = find_contestants(maildesk, baselines=wanted.baselines)
        for topic in wanted.topic:
            cases = tuple(load_cases(wanted.corpus, topic))
            print(f"{topic}: {len(cases)} cases" if not wanted.markdown else f"### {topic} ({len(cases)} cases)\n")
            for line in report(topic, contestants, cases, wanted):
                print(line, flush=True)


if __name__ == "__main__":
    main()
