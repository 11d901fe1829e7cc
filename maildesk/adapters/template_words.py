"""The words of notices in other languages than English, from PO files, and dates as they are written there.

Called by `template_files`; only Babel here. A sentence that a file lacks stays English. It must never decide who reads
which language.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

#: The file of a language's folder that holds the words: sentence of the templates → sentence of the language.
WORDS_FILE = "notices.po"
#: What the shipped templates are written in.
ENGLISH = "en"

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PLACE = re.compile(r"%\((\w+)\)s|%%")


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences by language tag and English sentence. `problems`: what could not be used, as sentences."""

    sentences: Mapping[str, Mapping[str, str]]
    problems: tuple[str, ...]

    def knows(self, language: str) -> bool:
        """Tell whether the shipped templates can be had in this language."""
        return language == ENGLISH or language in self.sentences

    def translate(self, language: str, sentence: str) -> str:
        """Return a sentence in a language, where it is known."""
        return self.sentences.get(language, {}).get(sentence, sentence)


def load_words(directories: Sequence[Path]) -> Words:
    """Read the words of all languages; the first directory that has a sentence wins."""
    sentences: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for folder in reversed(directories):
        for file in sorted(folder.glob(f"*/{WORDS_FILE}")):
            if not is_language(file.parent.name):
                continue
            try:
                messages = _read(file)
            except (OSError, PoFileError, ValueError) as error:
                problems.append(f"{file}: {error}")
                continue
            problems += (f"{file}:{message.lineno}: {why}" for message in messages for why in _faults(message))
            sound = {str(m.id): str(m.string) for m in messages if m.string and not any(_faults(m))}
            sentences.setdefault(file.parent.name, {}).update(sound)
    return Words(sentences, tuple(problems))


def is_language(name: str) -> bool:
    """Tell whether a folder's name is a language tag (RFC 5646) and not something else the admin keeps there."""
    return _LANGUAGE.fullmatch(name) is not None


def has_stray_percent(sentence: str) -> bool:
    """Tell whether a sentence holds a `%` that is neither a place such as `%(name)s` nor doubled."""
    return "%" in _PLACE.sub("", sentence)


def name_language(tag: str) -> str:
    """Return the English name of a language; the tag itself where it has none."""
    name: str = Locale(ENGLISH).languages.get(tag.partition("-")[0].lower(), tag)
    return name


def write_time(local: datetime, language: str) -> str:
    """Write an instant as its language does, to the minute and with the zone: `Mon 23 Nov 2026, 09:40 CET`."""
    locale = _locale(language)
    # Britain and America order day and month differently; with the month as a word this order is clear to both.
    if locale.language == ENGLISH:
        day = format_date(local, "EEE d MMM y", locale=locale)
    else:
        day = format_skeleton("yMMMEd", local, locale=locale)
    return f"{day}, {local:%H:%M} {local.tzname()}"


def write_day(local: datetime, language: str) -> str:
    """Write a day of about this year as its language does: `9 March`."""
    locale = _locale(language)
    if locale.language == ENGLISH:
        return format_date(local, "d MMMM", locale=locale)
    return format_skeleton("MMMMd", local, locale=locale)


def name_weekday(local: datetime, language: str) -> str:
    """Return the name of a day of the week: `Monday`."""
    return format_date(local, "EEEE", locale=_locale(language))


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale(ENGLISH)


def _read(file: Path) -> list[Message]:
    with file.open("rb") as source:
        catalog = read_po(source, abort_invalid=True, charset="utf-8")
    return [message for message in catalog if message.id and not message.fuzzy]


def _faults(message: Message) -> Iterator[str]:
    if not isinstance(message.id, str) or not isinstance(message.string, str):
        yield "plural forms are not known here"
    elif message.string and (
        has_stray_percent(message.string) or set(_PLACE.findall(message.id)) != set(_PLACE.findall(message.string))
    ):
        yield f'the places marked by % differ from those of "{message.id}"'
