"""Floors on a collection of real reports and real mail of people, where that collection is at hand."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maildesk.mail.bounce import parse_bounce
from maildesk.mail.classify import Classification, classify
from maildesk.mail.parse import parse_message
from maildesk.model.message import BounceReport, Kind

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the mail corpus is not beside the project")


def cases(topic: str) -> Iterator[tuple[dict[str, object], BounceReport | None, Classification]]:
    for line in (CORPUS / topic / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        raw = (CORPUS / topic / case["file"]).read_bytes()
        parsed = parse_message(raw.partition(b"\n")[2] if raw.startswith(b"From ") and b"\n" in raw else raw)
        report = parse_bounce(parsed.tree, parsed.message)
        yield case["expect"], report, classify(replace(parsed.message, bounce=report), frozenset())


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def test_reports_are_found_and_name_the_right_people() -> None:
    found, named = [], []
    for expect, report, _ in cases("bounce"):
        failed = (
            {r.address.lower() for r in report.recipients if r.action in ("failed", "delayed")} if report else set()
        )
        if expect["is_bounce"]:
            found.append(bool(report))
            named.append(not expect.get("recipients") or failed == set(expect["recipients"]))
    assert share(found) >= 0.95
    assert share(named) >= 0.90


def test_no_persons_mail_is_called_automatic() -> None:
    kinds = [verdict.kind for expect, _, verdict in cases("auto") if expect["class"] == "human"]
    assert set(kinds) == {Kind.PERSON}
