"""Notices as text and HTML in the language of their reader. Called by `apply` and by the verb `check`.

Templates are the admin's files; what people wrote is data in the context and never template source. This module must
never decide who gets a mail or what they may know: the context it is handed is already right for its reader.

Files are `NAME.txt.j2` and, beside it, `NAME.html.j2`; a name that begins with `_` is a part of others.  Filters are
Jinja's own in `template_files` and `localtime` (instant → local time of the desk), `quote` (`> ` before each line),
`weekday`, `day`, `clock` and `days_ahead` (parts of an instant to come; whole days until then), `excerpt` (the first
lines only), `sentence` (capital first, full stop last), `language_name` (tag → English name),
`aligned` (rows → columns of plain text), `filled` (long lines broken) and, for HTML, `breaks` (escaped, line breaks and
indentation kept).  A block `subject` of a text is the subject of a mail that has none of its own.

Languages: the shipped templates are English; sentences in `gettext(…)` are looked up in `LANGUAGE/notices.po`.  The
admin may add such a file, of a new language or with better words, and may write a notice anew for one language as
`LANGUAGE/NAME.txt.j2`.  In force for a reader is, for each language that suits them in turn, the admin's template of
that language, then the shipped one when its words are known in it.  Where the admin wrote the plain `NAME.txt.j2`, the
shipped one is out of force in every language: somebody who changed what is said must not be contradicted by a
translation of what is not said any more.  `language` is the tag in force, for any template to use.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from maildesk.adapters.notice_facts import MADE_UP_REFERENCE, made_up_contexts
from maildesk.adapters.template_files import HTML, TEXT, TemplateFiles, TemplateProblem
from maildesk.adapters.template_words import ENGLISH, Words, load_words
from maildesk.mail.compose import one_line

__all__ = ["Rendered", "TemplateProblem", "Templates"]

_TEXT_LIMIT = 100_000
_LINE_LIMIT = 400
_LIST_LIMIT = 50
_SHORTENED = "[shortened here; the desk keeps the whole text]"
_PLAIN = "_plain.html.j2"  # lays out a text that has no HTML of its own

#: Notices for requesters. The others are for technicians and speak English, like the commands they explain.
_TRANSLATED = frozenset(
    {
        "acknowledgement", "acknowledgement_stranger", "correspondence", "resolved", "reopened", "assigned",
        "status_report", "joined", "left", "expected", "waiting_reminder", "resolved_unanswered", "refused",
        "rule_reply",
    }
)  # fmt: skip

#: Facts that run over several lines; every other string in a context becomes one line.
_LONG_FACTS = frozenset({"text", "detail", "outcome", "reason"})
#: Facts made by the desk for machines: never shortened.
_EXACT_FACTS = frozenset({"mailto", "footer_ref", "note_address"})

# QUIRK: people answer between the lines of our mail, so their text repeats our reference lines and reply addresses.
# Shown again they would contradict the new mail's own, or hand a technician's token to a requester.
_OUR_TOKENS = re.compile(
    r"(?<=\bref:)[rnb][a-z2-7]{30,}|\+[rnb][a-z2-7]{30,}(?=@)|(?<=<md\.)[a-z2-7.]{30,}(?=@)", re.IGNORECASE
)
_SIGNATURE_MARK = re.compile(r"^-- $", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice ready to compose. `subject`: what its template's block of this name says, None without one.

    `problem` tells why the admin's template was passed over for the shipped one.
    """

    text: str
    html: str | None
    subject: str | None = None
    problem: str | None = None


class Templates:
    """The shipped templates, and before them, file by file, those of the admin's directory.

    `names` are the templates `render` knows.  A text of the admin's without HTML beside it is laid out as HTML by
    itself, so that both parts of a mail say the same.  Raises TemplateProblem when the directory cannot be listed.
    """

    def __init__(self, directory: Path | None = None) -> None:
        shipped = _shipped_directory()
        self._shipped = _Notices((shipped,))
        self._layered = self._shipped if directory is None else _Notices((directory, shipped))
        self.names: frozenset[str] = self._layered.names

    def render(self, name: str, context: Mapping[str, object], languages: Sequence[str] = (ENGLISH,)) -> Rendered:
        """Render a notice from a `NoticeContext`; a faulty template of the admin's gives way to the shipped one.

        `languages`: tags (RFC 5646) that suit the reader, the best first and the desk's own last.
        Raises TemplateProblem for an unknown name and for a fault that no shipped template can stand in for.
        """
        facts = _cleaned(context)
        try:
            return self._layered.render(name, facts, languages)
        except TemplateProblem as problem:
            if self._layered is self._shipped or name not in self._shipped.names:
                raise
            return replace(self._shipped.render(name, facts, languages), problem=str(problem))

    def check(self) -> tuple[str, ...]:
        """Compile every file, render every notice in every language from made-up facts; return faults as sentences."""
        return tuple(dict.fromkeys([*self._layered.faulty_files(), *self._layered.faulty_renderings()]))


class _Notices:
    """What the files of directories make of a notice."""

    def __init__(self, directories: tuple[Path, ...]) -> None:
        self._words: Words = load_words(directories)
        self._files = TemplateFiles(directories, self._words)
        stems = (name.removesuffix(TEXT) for name in self._files.paths if name.endswith(TEXT) and "/" not in name)
        self.names = frozenset(stem for stem in stems if not stem.startswith("_"))

    def render(self, name: str, facts: Mapping[str, object], languages: Sequence[str]) -> Rendered:
        if name not in self.names:
            raise TemplateProblem(f"there is no template {name}{TEXT}")
        stem, language = self._in_force(name, languages)
        facts = {**facts, "language": language}
        text = self._files.write(stem + TEXT, facts).strip("\n") + "\n"
        html = self._files.write(self._html_file(stem), {**facts, "rendered_text": text}).strip() + "\n"
        subject = self._files.write_block(stem + TEXT, "subject", facts)
        return Rendered(text, html, None if subject is None else one_line(subject)[:_LINE_LIMIT])

    def faulty_files(self) -> Iterator[str]:
        """Yield what is wrong with each file by itself."""
        yield from self._words.problems
        for name in sorted(self._files.paths):
            try:
                self._files.compile(name)
            except TemplateProblem as problem:
                yield str(problem)
            text = name.removesuffix(HTML) + TEXT
            if name.endswith(HTML) and not _is_part(name) and text not in self._files.paths:
                yield f"{self._files.paths[name]}: has no {text} beside it; every notice needs a text"
            if "/" in name and not _is_part(name) and name.partition("/")[2].partition(".")[0] not in self.names:
                yield f"{self._files.paths[name]}: there is no notice of this name without a language"

    def faulty_renderings(self) -> Iterator[str]:
        """Yield what is wrong with each notice as a whole, in each language it can be had in."""
        for name in sorted(self.names):
            stems = [file.removesuffix(TEXT) for file in self._files.paths if file.endswith(f"/{name}{TEXT}")]
            languages = {stem.partition("/")[0] for stem in stems} | (
                set(self._words.sentences) if name in _TRANSLATED else set()
            )
            for language in (ENGLISH, *sorted(languages)):
                for context in made_up_contexts(name):
                    yield from self._faults(name, context, language)

    def _faults(self, name: str, context: Mapping[str, object], language: str) -> Iterator[str]:
        try:
            rendered = self.render(name, context, (language,))
        except TemplateProblem as problem:
            yield str(problem)
            return
        stem, _ = self._in_force(name, (language,))
        if rendered.text.rstrip().rpartition("\n")[2] != MADE_UP_REFERENCE:
            yield f"{self._files.paths[stem + TEXT]}: {{{{ footer_ref }}}} must be the last line"
        if rendered.html and MADE_UP_REFERENCE not in rendered.html:
            yield f"{self._files.paths[self._html_file(stem)]}: {{{{ footer_ref }}}} is missing"

    def _in_force(self, name: str, languages: Sequence[str]) -> tuple[str, str]:
        """Return the file in force, without its ending, and the language it speaks."""
        for language in _with_primary_tags(languages):
            if f"{language}/{name}{TEXT}" in self._files.paths:
                return f"{language}/{name}", language
            if name in _TRANSLATED and self._files.is_shipped(name + TEXT) and self._words.knows(language):
                return name, language
        # What is left is the admin's own text for everybody, in the language of the desk, or English.
        return name, ENGLISH if self._files.is_shipped(name + TEXT) or not languages else languages[-1]

    def _html_file(self, stem: str) -> str:
        """Return the HTML that says the same as the text in force, else the plain layout around that text."""
        html, text = self._files.paths.get(stem + HTML), self._files.paths[stem + TEXT]
        fits = html is not None and (text.parent == html.parent or self._files.is_shipped(stem + TEXT))
        return stem + HTML if fits else _PLAIN


def _is_part(name: str) -> bool:
    return name.rpartition("/")[2].startswith("_")


def _with_primary_tags(languages: Sequence[str]) -> tuple[str, ...]:
    """Return each tag and, behind it, the language alone: `pt-BR`, `pt`."""
    return tuple(dict.fromkeys(tag for language in languages for tag in (language, language.partition("-")[0])))


def _shipped_directory() -> Path:
    """Return where the shipped templates are: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "shipped" / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def _cleaned(context: Mapping[str, object]) -> dict[str, object]:
    """Return the context with every string fit for its place and every list bounded."""
    return {key: _clean(key, value) for key, value in context.items()}


def _clean(key: str, value: object) -> object:
    match value:
        case str() if key in _LONG_FACTS:
            return _clean_text(value)
        case str() if key == "html":
            # Made safe by whoever hands it in; what cannot be shortened is left to the text.
            return Markup(value if len(value) <= _TEXT_LIMIT else "")  # noqa: S704
        case str():
            return one_line(value) if key in _EXACT_FACTS else _OUR_TOKENS.sub("", one_line(value))[:_LINE_LIMIT]
        case Mapping():
            return {inner: _clean(inner, fact) for inner, fact in value.items()}
        case list() | tuple():
            return [_clean(key, item) for item in value[:_LIST_LIMIT]]
        case _:
            return value


def _clean_text(text: str) -> str:
    """Return a body without our tokens and without a line that would pass for the signature mark of the notice."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
    short = whole if len(whole) <= _TEXT_LIMIT else f"{whole[:_TEXT_LIMIT]}\n{_SHORTENED}"
    return _SIGNATURE_MARK.sub("--", _OUR_TOKENS.sub("", short))
