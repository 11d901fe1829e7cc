"""Notices in other languages: same facts, every sentence translated, and whose words are in force for whom."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

from maildesk.adapters.notice_facts import NoticeContext
from maildesk.adapters.templates import Templates
from tests.adapters.test_templates import (
    AT,
    EVERY_NAME,
    INTERNAL,
    REFERENCE,
    SHIPPED,
    STRANGER,
    TO_REQUESTER,
    context,
    shipped,
)

LANGUAGES = ("de", "es", "fr", "it", "nl", "pl", "pt")
STATES = ("new", "open", "waiting-requester", "waiting-vendor", "scheduled", "resolved", "closed", "unheard-of")


def parts(name: str, language: str, facts: NoticeContext | None = None) -> list[str]:
    rendered = shipped().render(name, facts or context(name=name), (language,))
    assert rendered.problem is None
    return [rendered.text, rendered.html or ""]


def silent(facts: NoticeContext) -> None:
    """Leave out what people wrote, so that only the desk's words are left."""
    facts["notice"].update(text="", author_name="", echo=False)
    facts["entries"].clear()


def test_there_is_a_folder_for_each_language() -> None:
    folders = {path.name: [file.name for file in path.iterdir()] for path in SHIPPED.iterdir() if path.is_dir()}
    assert folders == {language: ["notices.po"] for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_no_other(language: str) -> None:
    extracting = Environment(extensions=["jinja2.ext.i18n"])
    sources = [path.read_text("utf-8") for path in SHIPPED.glob("*.j2")]
    found = [message for source in sources for _, _, message in extracting.extract_translations(source)]  # type: ignore[attr-defined]
    # A sentence with places comes with an empty plural.
    wanted = {message if isinstance(message, str) else message[0] for message in found}
    with (SHIPPED / language / "notices.po").open("rb") as file:
        known = {message.id for message in read_po(file, abort_invalid=True) if message.id and message.string}
    assert known == wanted


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TO_REQUESTER)
def test_a_translation_tells_the_same_and_nothing_else(name: str, language: str) -> None:
    for english, part in zip(parts(name, "en"), parts(name, language), strict=True):
        facts = ("#1042", "Example Support", REFERENCE, "Tia Berg", "SUBJECT", "NAME-Ann", "EARLIER", "large.mp4")
        assert [fact for fact in facts if fact in part] == [fact for fact in facts if fact in english]
        assert [canary for canary in INTERNAL if canary in part] == []
        assert "49" not in part
    assert parts(name, language)[0].endswith(f"\n{REFERENCE}\n")
    assert f'<html lang="{language}">' in parts(name, language)[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TO_REQUESTER)
def test_no_english_is_left(name: str, language: str) -> None:
    facts = context(silent, name=name)
    for english, part in zip(parts(name, "en", facts), parts(name, language, facts), strict=True):
        plain = [re.sub(r"<[^>]+>", "", text) for text in (english, part)]
        same = {line.strip() for line in plain[0].splitlines()} & {line.strip() for line in plain[1].splitlines()}
        assert same <= {"", "Example Support", REFERENCE}


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_every_state_of_a_ticket_has_its_own_sentence(language: str) -> None:
    def report(state: str) -> str:
        facts = context(silent)
        facts["ticket"] = facts["ticket"] and {**facts["ticket"], "status": state}
        return parts("status_report", language, facts)[0]

    assert len({report(state) for state in STATES}) == len(STATES)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "Mon 23 Nov 2026, 09:40 CET"),
        ("de", "Mo., 23. Nov. 2026, 09:40 CET"),
        ("fr", "lun. 23 nov. 2026, 09:40 CET"),
        ("pl", "pon., 23 lis 2026, 09:40 CET"),
        ("sv", "Mon 23 Nov 2026, 09:40 CET"),
    ],
)
def test_times_are_written_as_the_language_does(language: str, shown: str) -> None:
    assert shown in parts("expected", language, context(silent))[0]


@pytest.mark.parametrize(
    ("language", "today", "tomorrow", "later"),
    [
        ("en", "answer today by 09:40.", "answer tomorrow by 09:40.", "answer by Monday 23 November, 09:40."),
        ("de", "heute bis 09:40 antworten.", "morgen bis 09:40 antworten.", "bis Montag, 23. November, 09:40 ant"),
        ("es", "hoy antes de las 09:40.", "mañana antes de las 09:40.", "el lunes, 23 de noviembre, a las 09:40."),
        ("fr", "aujourd’hui avant 09:40.", "demain avant 09:40.", "d’ici le lundi 23 novembre à 09:40."),
        ("it", "oggi entro le 09:40.", "domani entro le 09:40.", "entro lunedì 23 novembre, ore 09:40."),
        ("nl", "vandaag uiterlijk om 09:40", "morgen uiterlijk om 09:40", "uiterlijk maandag 23 november om 09:40"),
        ("pl", "dzisiaj do godz. 09:40.", "jutro do godz. 09:40.", "do: poniedziałek, 23 listopada, godz. 09:40."),
        ("pt", "hoje até às 09:40.", "amanhã até às 09:40.", "até segunda-feira, 23 de novembro, às 09:40."),
        ("ja", "answer today by 09:40.", "answer tomorrow by 09:40.", "answer by Monday 23 November, 09:40."),
    ],
)
@pytest.mark.parametrize("name", ["acknowledgement", STRANGER, "status_report"])
def test_what_is_promised_is_told_as_the_language_does(
    name: str, language: str, today: str, tomorrow: str, later: str
) -> None:
    for days, said in enumerate((today, tomorrow, later)):
        facts = context(silent, name=name)
        facts["written_at"] = AT - timedelta(days=days, minutes=10)
        assert said in parts(name, language, facts)[0]


@pytest.mark.parametrize(
    ("language", "subject"),
    [("en", "We have received your message"), ("de", "Wir haben Ihre Nachricht erhalten"), ("ja", "We have received")],
)
def test_a_stranger_gets_a_subject_of_the_desks(language: str, subject: str) -> None:
    assert (shipped().render(STRANGER, context(), (language,)).subject or "").startswith(subject)


@pytest.mark.parametrize("name", sorted({*EVERY_NAME} - {*TO_REQUESTER}))
def test_technicians_read_english_with_english_dates(name: str) -> None:
    assert parts(name, "de") == parts(name, "en")


# ------------------------------------------------------------------ whose words are in force


@pytest.fixture
def own(tmp_path: Path) -> Callable[[dict[str, str]], Templates]:
    def write(files: dict[str, str]) -> Templates:
        for name, source in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(source, "utf-8")
        return Templates(tmp_path)

    return write


PLAIN = {"resolved.txt.j2": "PLAIN {{ language }}\n{{ footer_ref }}\n"}
SWEDISH = {"sv/resolved.txt.j2": "EGEN {{ language }} {{ ticket.created_at | localtime }}\n{{ footer_ref }}\n"}
GERMAN = {"de/resolved.txt.j2": "EIGEN {{ language }}\n{{ footer_ref }}\n"}
WORDS = {"sv/notices.po": 'msgid "Ticket %(ticket)s is marked as solved."\nmsgstr "Ärende %(ticket)s är löst."\n'}


@pytest.mark.parametrize(
    ("files", "languages", "expected"),
    [
        ({}, ("fr", "de"), "Le ticket #1042"),
        ({}, ("sv", "de"), "Ticket #1042 (SUBJECT {{7*7}} <i>) ist als gelöst markiert."),
        ({}, ("pt-BR", "en"), "O ticket #1042"),
        ({}, ("sv",), "is marked as solved"),
        ({}, ("en-GB", "de"), "is marked as solved"),
        (PLAIN, ("fr", "de"), "PLAIN de"),
        (PLAIN, ("en",), "PLAIN en"),
        (SWEDISH, ("sv", "en"), "EGEN sv mån 23 nov. 2026, 09:40 CET"),
        (SWEDISH, ("fr", "en"), "Le ticket #1042"),
        (PLAIN | GERMAN, ("de", "en"), "EIGEN de"),
        (PLAIN | GERMAN, ("fr", "de"), "EIGEN de"),
        (PLAIN | GERMAN, ("fr", "en"), "PLAIN en"),
        (WORDS, ("sv", "en"), "Ärende #1042 (SUBJECT {{7*7}} <i>) är löst.\nIf it is not solved"),
        (PLAIN | WORDS, ("sv", "en"), "PLAIN en"),
    ],
)
def test_whose_words_are_in_force(
    own: Callable[[dict[str, str]], Templates], files: dict[str, str], languages: tuple[str, ...], expected: str
) -> None:
    templates = own(files)
    rendered = templates.render("resolved", context(), languages)
    assert expected in rendered.text
    assert rendered.problem is None
    assert templates.check() == ()


def test_html_says_what_the_text_says(own: Callable[[dict[str, str]], Templates]) -> None:
    templates = own(
        GERMAN | {"fr/resolved.txt.j2": "x\n{{ footer_ref }}", "fr/resolved.html.j2": "<i>y</i>{{ footer_ref }}"}
    )
    assert "EIGEN de" in (templates.render("resolved", context(), ("de",)).html or "")
    assert (templates.render("resolved", context(), ("fr",)).html or "").startswith("<i>y</i>")


def test_a_faulty_template_of_a_language_gives_way_to_the_shipped_one(
    own: Callable[[dict[str, str]], Templates],
) -> None:
    rendered = own({"de/resolved.txt.j2": "{{ ticket.nummer }}"}).render("resolved", context(), ("de", "en"))
    assert "ist als gelöst markiert" in rendered.text
    assert "de/resolved.txt.j2:1: " in str(rendered.problem)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"de/resolved.txt.j2": "{{ nobody }}\n{{ footer_ref }}"}, "de/resolved.txt.j2:1: UndefinedError"),
        ({"de/resolved.txt.j2": "no reference"}, "de/resolved.txt.j2: {{ footer_ref }} must be the last line"),
        ({"de/resolvd.txt.j2": "x\n{{ footer_ref }}"}, "de/resolvd.txt.j2: there is no notice of this name"),
        ({"de/resolved.html.j2": "x"}, "de/resolved.html.j2: has no de/resolved.txt.j2 beside it"),
        ({"sv/notices.po": "oops"}, "sv/notices.po: "),
        ({"sv/notices.po": 'msgid "Hello %(name)s,"\nmsgstr "Hej %(namn)s,"\n'}, "sv/notices.po:1: the places"),
        ({"sv/notices.po": 'msgid "Hello %(name)s,"\nmsgstr "Hej %(name)99999999s,"\n'}, "sv/notices.po:1: the places"),
        ({"sv/notices.po": 'msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\n'}, "sv/notices.po:1: plural"),
    ],
)
def test_check_names_what_is_wrong_in_a_language(
    own: Callable[[dict[str, str]], Templates], files: dict[str, str], problem: str
) -> None:
    templates = own(files)
    assert problem in "\n".join(templates.check())
    assert templates.render("resolved", context(), ("sv", "de")).text


def test_other_folders_of_the_admins_are_left_alone(own: Callable[[dict[str, str]], Templates]) -> None:
    assert own({"drafts_2026/resolved.txt.j2": "{% oops %}", "Old/notices.po": "oops"}).check() == ()
