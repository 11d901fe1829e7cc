"""Template files of one or two directories: found, compiled in Jinja2's sandbox, rendered; nothing else imports Jinja2.

Called by `templates`. A template sees plain values only, can grow nothing without bound, and cannot reach Python
(`_Sandbox`). It must never decide which template or which language somebody gets.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from traceback import extract_tb
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from maildesk.adapters.template_tables import aligned, filled
from maildesk.adapters.template_words import (
    Words,
    has_stray_percent,
    is_language,
    name_language,
    name_weekday,
    write_day,
    write_time,
)
from maildesk.mail.compose import quote

TEXT, HTML = ".txt.j2", ".html.j2"

_OUTPUT_LIMIT = 1024 * 1024

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

_SPACES = re.compile(r"^ | (?= )", re.MULTILINE)


class TemplateProblem(Exception):
    """A template cannot be read, compiled or run; says which file, which line and why."""


class TemplateFiles:
    """Templates of directories, the first that holds a file winning; those of a language are named `de/NAME.txt.j2`.

    Raises TemplateProblem when a directory cannot be listed.
    """

    def __init__(self, directories: tuple[Path, ...], words: Words) -> None:
        self.paths = {name: folder / name for folder in reversed(directories) for name in _listed(folder)}
        self._shipped = directories[-1]
        self._environment = _environment(directories, words)

    def is_shipped(self, file: str) -> bool:
        """Tell whether the file in force is the one that came with the program."""
        return self.paths[file] == self._shipped / file

    def compile(self, file: str) -> None:
        """Compile a file. Raises TemplateProblem."""
        try:
            self._environment.get_template(file)
        except _FAILURES as error:
            raise TemplateProblem(self._sentence(error, file)) from error

    def write(self, file: str, facts: Mapping[str, object]) -> str:
        """Render a file. Raises TemplateProblem."""
        try:
            return _capped(self._environment.get_template(file).generate(facts))
        except _FAILURES as error:
            raise TemplateProblem(self._sentence(error, file)) from error

    def write_block(self, file: str, block: str, facts: Mapping[str, object]) -> str | None:
        """Render one block that stands in this very file, None where there is none. Raises TemplateProblem."""
        try:
            template = self._environment.get_template(file)
            written = template.blocks.get(block)
            return None if written is None else _capped(written(template.new_context(dict(facts))))
        except _FAILURES as error:
            raise TemplateProblem(self._sentence(error, file)) from error

    def _sentence(self, error: BaseException, file: str) -> str:
        """Return `FILE:LINE: why`."""
        if isinstance(error, TemplateSyntaxError):
            return f"{error.filename or file}:{error.lineno}: {error.message}"
        frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else str(self.paths.get(file, file))
        return f"{place}: {type(error).__name__}: {error}"


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


def _listed(directory: Path) -> list[str]:
    try:
        found = list(directory.iterdir())
        inner = [path for folder in found if is_language(folder.name) and folder.is_dir() for path in folder.iterdir()]
    except OSError as error:
        raise TemplateProblem(f"{directory}: {error.strerror}") from error
    names = (path.relative_to(directory).as_posix() for path in (*found, *inner))
    return [name for name in names if name.endswith((TEXT, HTML))]


def _environment(directories: tuple[Path, ...], words: Words) -> _Sandbox:
    environment = _Sandbox(
        loader=FileSystemLoader(directories),
        autoescape=lambda name: name is not None and name.endswith(HTML),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
        # A running daemon keeps one state of the files until it is told to reload.
        auto_reload=False,
    )
    own: dict[str, Callable[..., object]] = {
        "localtime": _localtime, "quote": quote, "excerpt": _excerpt, "sentence": _sentence, "breaks": _breaks,
        "language_name": name_language, "aligned": aligned, "filled": filled,
        "days_ahead": _days_ahead, "weekday": _weekday, "day": _day, "clock": _clock,
    }  # fmt: skip
    environment.filters = {**{name: environment.filters[name] for name in _FILTERS}, **own}
    environment.globals.clear()
    environment.policies["ext.i18n.trimmed"] = True
    # Typed by the extension, not by the class; the second would be for plural forms.
    environment.install_gettext_callables(_translation(words), _no_plural, newstyle=True)  # type: ignore[attr-defined]
    return environment


def _translation(words: Words) -> Callable[[Context, str], str]:
    @pass_context
    def translate(context: Context, sentence: str) -> str:
        # The sentence is a format string from here on, and formats can pad.
        if has_stray_percent(sentence):
            raise SecurityError("a sentence to translate may hold only names in percent signs")
        return words.translate(context["language"], sentence)

    return translate


def _no_plural(*_: object) -> str:
    raise SecurityError("plural forms are not known here")


def _capped(written: Iterable[str]) -> str:
    chunks: list[str] = []
    length = 0
    for chunk in written:
        length += len(chunk)
        if length > _OUTPUT_LIMIT:
            raise ValueError(f"more than {_OUTPUT_LIMIT} characters of output")
        chunks.append(chunk)
    return "".join(chunks)


@pass_context
def _localtime(context: Context, at: datetime) -> str:
    """Show an instant as `Mon 23 Nov 2026, 09:40 CET` or as the language of the notice has it."""
    return write_time(_local(context, at), context["language"])


@pass_context
def _days_ahead(context: Context, at: datetime) -> int:
    """Count the midnights until an instant: 0 is today."""
    return (_local(context, at).date() - _local(context, context["written_at"]).date()).days


@pass_context
def _weekday(context: Context, at: datetime) -> str:
    """Show the day of an instant as `Monday`."""
    return name_weekday(_local(context, at), context["language"])


@pass_context
def _day(context: Context, at: datetime) -> str:
    """Show the day of an instant as `9 March`."""
    return write_day(_local(context, at), context["language"])


@pass_context
def _clock(context: Context, at: datetime) -> str:
    """Show the time of day of an instant as `10:50`, or as `10:50 CET` where a desk keeps several times."""
    local = _local(context, at)
    return f"{local:%H:%M} {local.tzname()}" if context["desk"]["has_zones"] else f"{local:%H:%M}"


def _local(context: Context, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(context["desk"]["timezone"]))


def _excerpt(text: str, lines: int = 12, characters: int = 1500) -> str:
    """Return the beginning of a text; a mark shows that more follows."""
    kept = "\n".join(text.split("\n")[:lines])[:characters].rstrip()
    return kept if kept == text.rstrip() else f"{kept}\n[…]"


def _sentence(text: str) -> str:
    """Return a clause as a sentence: capital first, full stop last."""
    whole = text.strip()
    return whole if not whole else whole[0].upper() + whole[1:] + ("" if whole.endswith((".", "!", "?")) else ".")


def _breaks(text: str) -> Markup:
    """Return text as HTML that keeps its lines and its indentation, whatever the client does with white space.

    What is HTML already stays as it is.
    """
    if isinstance(text, Markup):
        return text
    wide = _SPACES.sub("\N{NO-BREAK SPACE}", text.replace("\t", "    "))
    return Markup("<br>\n").join(escape(line) for line in wide.split("\n"))
