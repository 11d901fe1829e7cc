"""Every real mail at hand parses, or is called unreadable, within its time; skipped where the corpus is absent."""

import json
import time
from pathlib import Path

import pytest

from maildesk.mail.parse import UnreadableMail
from maildesk.mail.read import ReadingContext, read_message

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
TOPICS = ("parse", "hostile", "auto", "bounce", "threading", "reply_trim")
#: Every third mail of a topic, but all of the hostile ones.
STRIDE = {"hostile": 1}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_mail_of_the_corpus_is_read(topic: str):
    cases = CORPUS / topic / "cases.jsonl"
    if not cases.exists():
        pytest.skip("the mail corpus (../shared/corpus) is not on this machine")
    files = [case["file"] for case in map(json.loads, cases.read_text("utf-8").splitlines()) if is_mail(case)]
    slow, failed = [], []
    for name in sorted(set(files))[:: STRIDE.get(topic, 3)]:
        begun = time.process_time()
        try:
            read_message((CORPUS / topic / name).read_bytes(), ReadingContext())
        except UnreadableMail:
            pass
        except Exception as fault:
            failed.append((name, repr(fault)))
        if time.process_time() - begun > 10:
            slow.append(name)
    assert (failed, slow) == ([], [])


def is_mail(case: dict[str, object]) -> bool:
    return case.get("input_kind", "mime") == "mime" and str(case.get("file", "")).endswith((".eml", ".mbox", ".txt"))
