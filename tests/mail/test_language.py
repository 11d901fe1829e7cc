"""The language of what somebody typed: told right or not at all, never from names, logs, quotes or the mail program."""

import time
import unicodedata

import pytest

from maildesk.mail.language import find_language
from maildesk.mail.read import ReadingContext, read_message
from tests.mail.sentences import SENTENCES, UNTOLD

ALL = [(language, text) for language, texts in SENTENCES.items() for text in texts]
ERROR = "The operation cannot be completed because the file is open in another program"


@pytest.mark.parametrize(("language", "text"), ALL)
def test_a_sentence_is_told_right_or_not_at_all(language: str, text: str) -> None:
    assert find_language(text, None) in {language, None}


def test_hardly_any_sentence_is_left_untold() -> None:
    assert sum(find_language(text, None) is None for _, text in ALL) <= 0.05 * len(ALL)


@pytest.mark.parametrize(("language", "text"), ALL)
def test_the_right_declaration_helps_and_english_says_nothing(language: str, text: str) -> None:
    assert find_language(text, "en") == find_language(text, None)
    assert find_language(text, language) in {language, find_language(text, None)}


@pytest.mark.parametrize("declared", ["de", "es", "pl", "zh", "xx"])
@pytest.mark.parametrize(("language", "text"), ALL)
def test_a_false_declaration_turns_nothing_round(language: str, text: str, declared: str) -> None:
    assert find_language(text, declared) in {language, None}


@pytest.mark.parametrize("declared", [None, "en", "de"])
@pytest.mark.parametrize("text", UNTOLD)
def test_too_little_is_not_told(text: str, declared: str | None) -> None:
    assert find_language(text, declared) is None


@pytest.mark.parametrize(
    ("text", "declared", "subject", "expected"),
    [
        ("Hvor finner jeg fakturaen for forrige måned?", "nb", "", "nb"),
        ("Hvor finner jeg fakturaen for forrige måned?", "no", "", "nb"),
        ("Hvor finner jeg fakturaen for forrige måned?", "en", "", None),
        ("Siehe Anhang", None, "Der Drucker im dritten Stock druckt seit gestern nicht mehr", "de"),
        ("Siehe Anhang", None, "", None),
        ("", None, "Der Drucker im dritten Stock druckt seit gestern nicht mehr", "de"),
        (f"Bei mir kommt immer diese Meldung:\n{ERROR}\nWas soll ich jetzt machen?", None, "", "de"),
        (f'Bei mir kommt immer „{ERROR}“, was soll ich machen?', None, "", "de"),
        (f'J\'ai toujours le message "{ERROR}" quand je veux imprimer.', None, "", "fr"),
        (f"Traceback (most recent call last):\n{ERROR}", None, "", "en"),
        ("MEIN DRUCKER DRUCKT NICHT UND ICH BRAUCHE IHN JETZT SOFORT", None, "", "de"),
        (unicodedata.normalize("NFD", SENTENCES["vi"][1]), None, "", "vi"),
        ("人権の無視及び", None, "", "ja"),
        ("限時優惠の大特價活動開始了快來搶購吧", None, "", "zh"),
        ("Es funktioniert wieder, vielen Dank für die schnelle Hilfe!", None, "Printer has been broken", "de"),
    ],
)  # fmt: skip
def test_what_counts(text: str, declared: str | None, subject: str, expected: str | None) -> None:
    assert find_language(text, declared, subject) == expected


@pytest.mark.parametrize(
    "text", ["x" * 2_000_000, '"' * 200_000, "„a" * 200_000, "\n:" * 100_000, "a-" * 200_000, "A a " * 100_000]
)
def test_no_text_takes_long(text: str) -> None:
    find_language("warm up the detector with a sentence", None)
    started = time.perf_counter()
    find_language(text, None, text)
    assert time.perf_counter() - started < 0.2


# ------------------------------------------------------------------ in a whole mail

GERMAN = "Seit heute Morgen funktioniert mein Drucker nicht mehr, bitte helfen Sie mir."
QUOTE = "> We have received your message and will look at it as soon as somebody has time.\n" * 5


def read(body: str, *fields: str, subject: str = "x") -> str | None:
    head = ("From: ann@customer.test", f"Subject: {subject}", "Content-Type: text/plain; charset=utf-8", *fields)
    return read_message(("\r\n".join(head) + "\r\n\r\n" + body).encode(), ReadingContext()).message.language


@pytest.mark.parametrize(
    ("body", "fields", "subject", "expected"),
    [
        (GERMAN, (), "x", "de"),
        (GERMAN, ("Content-Language: en-US",), "x", "de"),
        (f"{GERMAN}\n\nOn Mon, 5 Jan 2026 at 10:00, Desk <desk@example.test> wrote:\n{QUOTE}", (), "Re: x", "de"),
        (f"ok\n\nOn Mon, 5 Jan 2026 at 10:00, Desk <desk@example.test> wrote:\n{QUOTE}", (), "Re: x", None),
        ("ok", ("Content-Language: de",), "x", None),
        ("siehe unten", (), "Der Drucker druckt seit heute nicht mehr richtig", "de"),
        ("see below", (), "AW: Der Drucker druckt seit heute nicht mehr richtig", None),
        ("see below", ("References: <1@a.test>",), "Der Drucker druckt seit heute nicht mehr richtig", None),
        (f"fyi\n\n---------- Forwarded message ---------\nFrom: b@b.test\nSubject: x\n\n{GERMAN}", (), "Fwd: x", None),
        (f"{GERMAN}\n\nFrom: b@b.test\nSent: Monday\nTo: a@b.test\nSubject: x\n\n{QUOTE[2:]}", (), "FW: x", "de"),
        (f"fyi\n\nFrom: b@b.test\nSent: Monday\nTo: a@b.test\nSubject: x\n\n{GERMAN}", (), "FW: x", None),
    ],
)
def test_only_what_was_typed_decides(body: str, fields: tuple[str, ...], subject: str, expected: str | None) -> None:
    assert read(body, *fields, subject=subject) == expected


def test_a_minimal_reading_tells_none() -> None:
    raw = f"From: a@b.test\r\nContent-Language: de\r\n\r\n{GERMAN}".encode()
    assert read_message(raw, ReadingContext(), minimal=True).message.language is None
