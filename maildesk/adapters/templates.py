"""Notices as text and HTML, by Jinja2; nothing else here imports it. Called by `apply` and by the verb `check`.

Templates are the admin's files; what people wrote is data in the context and never template source.  A template sees
plain values only, can grow nothing without bound, and cannot reach Python (`_Sandbox`).  This module must never decide
who gets a mail or what they may know: the context it is handed is already right for its reader.

Files are `NAME.txt.j2` and, beside it, `NAME.html.j2`; a name that begins with `_` is a part of others.  Filters are
Jinja's own in `_FILTERS` and `localtime` (instant → local time of the desk), `quote` (`> ` before each line), `excerpt`
(the first lines only), `sentence` (capital first, full stop last) and, for HTML, `breaks` (escaped, line breaks and
indentation kept).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from traceback import extract_tb
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from maildesk.adapters.notice_facts import MADE_UP_REFERENCE, made_up_contexts
from maildesk.mail.compose import one_line, quote

_OUTPUT_LIMIT = 1024 * 1024
_TEXT_LIMIT = 100_000
_LINE_LIMIT = 400
_LIST_LIMIT = 50
_SHORTENED = "[shortened here; the desk keeps the whole text]"

_TEXT, _HTML = ".txt.j2", ".html.j2"
_PLAIN = "_plain.html.j2"  # lays out a text that has no HTML of its own

#: Facts that run over several lines; every other string in a context becomes one line.
_LONG_FACTS = frozenset({"text", "detail", "outcome", "reason"})
#: Facts made by the desk for machines: never shortened.
_EXACT_FACTS = frozenset({"mailto", "footer_ref", "note_address"})

_FILTERS = (
    "capitalize", "count", "default", "e", "escape", "filesizeformat", "first", "int", "join", "last", "length",
    "list", "lower", "map", "reject", "rejectattr", "select", "selectattr", "sort", "string", "title", "trim",
    "truncate", "unique", "upper",
)  # fmt: skip
_STRING_METHODS = frozenset({"endswith", "lower", "split", "startswith", "strip", "title", "upper"})
_ARITHMETIC = frozenset({"*", "**", "%"})

#: Whatever a faulty template can raise while it is read, compiled or run.
_FAILURES = (
    TemplateError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError,
)  # fmt: skip

# QUIRK: people answer between the lines of our mail, so their text repeats our reference lines and reply addresses.
# Shown again they would contradict the new mail's own, or hand a technician's token to a requester.
_OUR_TOKENS = re.compile(
    r"(?<=\bref:)[rnb][a-z2-7]{30,}|\+[rnb][a-z2-7]{30,}(?=@)|(?<=<md\.)[a-z2-7.]{30,}(?=@)", re.IGNORECASE
)
_SIGNATURE_MARK = re.compile(r"^-- $", re.MULTILINE)
_SPACES = re.compile(r"^ | (?= )", re.MULTILINE)


class TemplateProblem(Exception):
    """A template cannot be read, compiled or run; says which file, which line and why."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice ready to compose. `problem` tells why the admin's template was passed over for the shipped one."""

    text: str
    html: str | None
    problem: str | None = None


class Templates:
    """The shipped templates, and before them, file by file, those of the admin's directory.

    `names` are the templates `render` knows.  A text of the admin's without HTML beside it is laid out as HTML by
    itself, so that both parts of a mail say the same.  Raises TemplateProblem when the directory cannot be listed.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self._shipped = _Source((_shipped_directory(),))
        self._layered = self._shipped if directory is None else _Source((directory, _shipped_directory()))
        self.names: frozenset[str] = self._layered.names

    def render(self, name: str, context: Mapping[str, object]) -> Rendered:
        """Render a notice from a `NoticeContext`; a faulty template of the admin's gives way to the shipped one.

        Raises TemplateProblem for an unknown name and for a fault that no shipped template can stand in for.
        """
        facts = _cleaned(context)
        try:
            return self._layered.render(name, facts)
        except TemplateProblem as problem:
            if self._layered is self._shipped or name not in self._shipped.names:
                raise
            return replace(self._shipped.render(name, facts), problem=str(problem))

    def check(self) -> tuple[str, ...]:
        """Compile every file, render every template from made-up facts; return each fault as a sentence."""
        return tuple(dict.fromkeys([*self._layered.faulty_files(), *self._layered.faulty_renderings()]))


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox without what can eat memory: repetition, padding, formatting and ranges."""

    intercepted_binops = _ARITHMETIC

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        if operator == "**" or not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
            raise SecurityError(f"{operator} is for small numbers only")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        if isinstance(obj, str):
            return attr in _STRING_METHODS
        return super().is_safe_attribute(obj, attr, value)


class _Source:
    """Templates from directories, the first that holds a file winning."""

    def __init__(self, directories: tuple[Path, ...]) -> None:
        self._directories = directories
        self._files = {name: folder / name for folder in reversed(directories) for name in _listed(folder)}
        self._environment = _environment(directories)
        self.names = frozenset(
            name.removesuffix(_TEXT) for name in self._files if name.endswith(_TEXT) and not name.startswith("_")
        )

    def render(self, name: str, facts: Mapping[str, object]) -> Rendered:
        if name not in self.names:
            raise TemplateProblem(f"there is no template {name}{_TEXT}")
        text = self._write(f"{name}{_TEXT}", facts).strip("\n") + "\n"
        return Rendered(text, self._write(self._html_file(name), {**facts, "rendered_text": text}).strip() + "\n")

    def faulty_files(self) -> Iterator[str]:
        """Yield what is wrong with each file by itself."""
        for name in sorted(self._files):
            try:
                self._environment.get_template(name)
            except _FAILURES as error:
                yield self._sentence(error, name)
            text = name.removesuffix(_HTML) + _TEXT
            if name.endswith(_HTML) and not name.startswith("_") and text not in self._files:
                yield f"{self._files[name]}: has no {text} beside it; every notice needs a text"

    def faulty_renderings(self) -> Iterator[str]:
        """Yield what is wrong with each notice as a whole."""
        for name in sorted(self.names):
            for context in made_up_contexts(name):
                try:
                    rendered = self.render(name, context)
                except TemplateProblem as problem:
                    yield str(problem)
                    continue
                if rendered.text.rstrip().rpartition("\n")[2] != MADE_UP_REFERENCE:
                    yield f"{self._files[name + _TEXT]}: {{{{ footer_ref }}}} must be the last line"
                if rendered.html and MADE_UP_REFERENCE not in rendered.html:
                    yield f"{self._files[self._html_file(name)]}: {{{{ footer_ref }}}} is missing"

    def _html_file(self, name: str) -> str:
        """Return the HTML that says the same as the text in force, else the plain layout around that text."""
        html, text = self._files.get(name + _HTML), self._files[name + _TEXT]
        return name + _HTML if html and text.parent in (html.parent, self._directories[-1]) else _PLAIN

    def _write(self, file: str, facts: Mapping[str, object]) -> str:
        try:
            return _capped(self._environment.get_template(file), facts)
        except _FAILURES as error:
            raise TemplateProblem(self._sentence(error, file)) from error

    def _sentence(self, error: BaseException, file: str) -> str:
        """Return `FILE:LINE: why`."""
        if isinstance(error, TemplateSyntaxError):
            return f"{error.filename or file}:{error.lineno}: {error.message}"
        frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(self._files.get(file, file))
        return f"{place}: {type(error).__name__}: {error}"


def _shipped_directory() -> Path:
    """Return where the shipped templates are: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "shipped" / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def _listed(directory: Path) -> list[str]:
    try:
        return [path.name for path in directory.iterdir() if path.name.endswith((_TEXT, _HTML))]
    except OSError as error:
        raise TemplateProblem(f"{directory}: {error.strerror}") from error


def _environment(directories: tuple[Path, ...]) -> _Sandbox:
    environment = _Sandbox(
        loader=FileSystemLoader(directories),
        autoescape=lambda name: name is not None and name.endswith(_HTML),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # A running daemon keeps one state of the files until it is told to reload.
        auto_reload=False,
    )
    own: dict[str, Callable[..., object]] = {
        "localtime": _localtime, "quote": quote, "excerpt": _excerpt, "sentence": _sentence, "breaks": _breaks,
    }  # fmt: skip
    environment.filters = {**{name: environment.filters[name] for name in _FILTERS}, **own}
    environment.globals.clear()
    return environment


def _capped(template: Template, facts: Mapping[str, object]) -> str:
    chunks: list[str] = []
    length = 0
    for chunk in template.generate(facts):
        length += len(chunk)
        if length > _OUTPUT_LIMIT:
            raise ValueError(f"more than {_OUTPUT_LIMIT} characters of output")
        chunks.append(chunk)
    return "".join(chunks)


@pass_context
def _localtime(context: Context, at: datetime) -> str:
    """Show an instant as `Mon 23 Nov 2026, 09:40 CET`."""
    local = at.astimezone(ZoneInfo(context["desk"]["timezone"]))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {local.tzname()}"


def _excerpt(text: str, lines: int = 12, characters: int = 1500) -> str:
    """Return the beginning of a text; a mark shows that more follows."""
    kept = "\n".join(text.split("\n")[:lines])[:characters].rstrip()
    return kept if kept == text.rstrip() else f"{kept}\n[…]"


def _sentence(text: str) -> str:
    """Return a clause as a sentence: capital first, full stop last."""
    whole = text.strip()
    return whole if not whole else whole[0].upper() + whole[1:] + ("" if whole.endswith((".", "!", "?")) else ".")


def _breaks(text: str) -> Markup:
    """Return text as HTML that keeps its lines and its indentation, whatever the client does with white space."""
    wide = _SPACES.sub("\N{NO-BREAK SPACE}", text.replace("\t", "    "))
    return Markup("<br>\n").join(escape(line) for line in wide.split("\n"))


def _cleaned(context: Mapping[str, object]) -> dict[str, object]:
    """Return the context with every string fit for its place and every list bounded."""
    return {key: _clean(key, value) for key, value in context.items()}


def _clean(key: str, value: object) -> object:
    match value:
        case str() if key in _LONG_FACTS:
            return _clean_text(value)
        case str():
            return one_line(value) if key in _EXACT_FACTS else one_line(value)[:_LINE_LIMIT]
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
