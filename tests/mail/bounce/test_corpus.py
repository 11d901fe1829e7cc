"""Floors on a collection of real reports and real mail of people, where that collection is at hand."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import InboundMessage, Kind

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the mail corpus is not beside the project")


def cases(topic: str) -> Iterator[tuple[dict[str, object], InboundMessage]]:
    for line in (CORPUS / topic / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        raw = (CORPUS / topic / case["file"]).read_bytes()
        raw = raw.partition(b"\n")[2] if raw.startswith(b"From ") and b"\n" in raw else raw
        yield case["expect"], read_message(raw, ReadingContext()).message


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def test_reports_are_found_and_name_the_right_people() -> None:
    found, named, graded, kept = [], [], [], []
    for expect, message in cases("bounce"):
        recipients = message.bounce.recipients if message.bounce else ()
        failed = [r for r in recipients if r.action in ("failed", "delayed")]
        if not expect["is_bounce"]:
            kept.append(message.kind is not Kind.BOUNCE or expect["is_bounce"] is None)
            continue
        found.append(message.kind is Kind.BOUNCE)
        if expect.get("recipients"):
            named.append({r.address.lower() for r in failed} == set(expect["recipients"]))
        if expect.get("severity"):
            graded.append(any(r.permanent for r in failed) is (expect["severity"] == "permanent") and bool(failed))
    assert (share(found) >= 0.985, share(named) >= 0.975, share(graded) >= 0.965) == (True, True, True)
    assert share(kept) == 1


def test_no_persons_mail_is_called_automatic() -> None:
    kinds = [message.kind for expect, message in cases("auto") if expect["class"] == "human"]
    assert set(kinds) == {Kind.PERSON}
