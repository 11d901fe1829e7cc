"""What `adapters.template_words` leans on in Babel."""

import io
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.messages.pofile import PoFileError, read_po

AT = datetime(2026, 3, 2, 23, 30, tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize("tag", ["de", "pt-BR", "zh-Hant", "sr-Latn"])
def test_tags_with_hyphens_are_locales(tag: str) -> None:
    assert Locale.parse(tag, sep="-").language == tag.partition("-")[0]


@pytest.mark.parametrize("tag", ["xx", "de-", "../de", "x" * 100])
def test_an_unknown_tag_is_one_of_two_errors(tag: str) -> None:
    with pytest.raises((UnknownLocaleError, ValueError)):
        Locale.parse(tag, sep="-")


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "nl", "pt", "pl", "ja"])
def test_a_date_keeps_the_zone_it_came_with(language: str) -> None:
    shown = format_skeleton("yMMMEd", AT, locale=language)
    assert "2026" in shown
    assert "2" in shown.replace("2026", "")
    assert "3" not in shown.replace("3月", "")


def test_a_broken_file_is_an_error_and_a_doubtful_sentence_is_marked() -> None:
    with pytest.raises(PoFileError):
        read_po(io.BytesIO(b"oops"), abort_invalid=True)
    catalog = read_po(io.BytesIO(b'#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr ""\n'), abort_invalid=True)
    assert [(m.id, m.string, m.fuzzy) for m in catalog if m.id] == [("a", "b", True), ("c", "", False)]
