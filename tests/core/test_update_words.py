"""The ready words for a requester who heard nothing: in whose language."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from maildesk.core.update_words import ready_words
from tests import make

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("theirs", "desks", "begins"),
    [("de", "fr", "Wir "), (None, "fr", "Nous "), ("sv", "nl", "Wij "), ("sv", "fi", "We "), ("en", "de", "We ")],
)
def test_language(theirs: str | None, desks: str, begins: str) -> None:
    text = ready_words(replace(make.ticket(), language=theirs), replace(make.desk(), language=desks))
    assert text.startswith(begins)


def test_every_language_of_the_templates_has_its_own() -> None:
    tongues = [p.parent.name for p in (ROOT / "templates").glob("*/notices.po")]
    desk = make.desk()
    texts = {ready_words(replace(make.ticket(), language=tongue), desk) for tongue in (*tongues, "en")}
    assert len(texts) == len(tongues) + 1 and not any(re.search(r"\d", text) for text in texts)
