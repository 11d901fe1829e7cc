"""The configuration directory → `Settings` (how to connect) and `Desk` (policy), with every problem at once.

Called by `daemon` and `cli`. Reads the three YAML files and whatever secrets they point to; the only thing ever written
is a missing secret file. Nothing but `ConfigError` leaves the loading functions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import maildesk
from maildesk.config.crosscheck import (
    DESK_CHECKS,
    SETTINGS_AGAINST_DESK,
    SETTINGS_CHECKS,
    Check,
    Written,
    words_of,
)
from maildesk.config.desk import build_desk
from maildesk.config.desk_shape import DeskShape
from maildesk.config.listed import DeskFiles, list_reader, read_desk_files
from maildesk.config.mail_files import mail_reader
from maildesk.config.problems import ConfigError, Problem, raise_errors
from maildesk.config.rule_tests import failing_tests
from maildesk.config.secrets import Vault
from maildesk.config.settings import build_settings, database_url
from maildesk.config.settings_shape import SettingsShape
from maildesk.config.shapes import read_desk_shape, read_settings_shape
from maildesk.config.yaml import Document, read_document
from maildesk.model.desk import Desk
from maildesk.model.rule import Rule
from maildesk.model.settings import Settings
from maildesk.rules.analysis import find_warnings
from maildesk.rules.load import load_rules
from maildesk.rules.written import Fault, Plain, Words

__all__ = [
    "ConfigError",
    "Problem",
    "check_config",
    "default_desk",
    "failing_tests",
    "find_config_dir",
    "load_database",
    "load_desk",
    "load_settings",
    "load_written_rules",
]

SETTINGS_FILE = "maildesk.yaml"
DESK_FILE = "desk.yaml"
RULES_FILE = "rules.yaml"
SYSTEM_DIRECTORY = Path("/etc/maildesk")

_TEMPLATE = ".txt.j2"


def find_config_dir(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the configuration directory: given, $MAILDESK_CONFIG, ./config or /etc/maildesk.

    Of the last two the first that has a file of ours; ./config when neither has, so that the complaint names it.
    """
    if explicit is not None:
        return explicit
    if environ.get("MAILDESK_CONFIG"):
        return Path(environ["MAILDESK_CONFIG"])
    usual = (Path("config"), SYSTEM_DIRECTORY)
    names = (SETTINGS_FILE, DESK_FILE, RULES_FILE)
    return next((d for d in usual if any((d / name).is_file() for name in names)), usual[0])


def load_settings(directory: Path, environ: Mapping[str, str], *, make_key: bool = True) -> Settings:
    """Return how to connect, from maildesk.yaml alone; make the secret file, mode 0600, when it is absent.

    Without `make_key` nothing is written and the key is empty: for verbs that sign and verify nothing.
    Raises `ConfigError` with every problem of that file.
    """
    document, shape = _sound_settings(directory)
    settings, faults = build_settings(shape, Vault(directory.absolute(), environ), make_key=make_key)
    raise_errors(_problems(document, faults))
    return settings


def load_database(directory: Path) -> str:
    """Return where the database is, from maildesk.yaml alone and without any secret: enough for verbs that read.

    Raises `ConfigError` with every problem of that file.
    """
    _, shape = _sound_settings(directory)
    return database_url(shape.database, directory.absolute())


def _sound_settings(directory: Path) -> tuple[Document, SettingsShape]:
    document = _required(directory, SETTINGS_FILE)
    shape, faults = _shape_of_settings(document)
    problems = _problems(document, (*faults, *_checked(SETTINGS_CHECKS, Written(document.data, None))))
    raise_errors(problems)
    if shape is None:
        raise ConfigError(problems)
    return document, shape


def load_desk(directory: Path, environ: Mapping[str, str], rules: Path | None = None) -> Desk:  # noqa: ARG001
    """Return the whole policy; `rules` is another file to use instead of rules.yaml.

    Raises `ConfigError` with every problem of the three files. `environ` stands here as in its sisters, so that all are
    called alike; policy holds no secret to look up in it.
    """
    examined = _examine(directory, rules or directory / RULES_FILE)
    raise_errors(examined.problems)
    if examined.settings is None or examined.desk is None:
        raise ConfigError(examined.problems)
    return build_desk(examined.desk, examined.settings, examined.rules, examined.files)


def check_config(directory: Path, environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return every problem of all three files, warnings included, in the order of the files; write nothing."""
    examined = _examine(directory, directory / RULES_FILE)
    problems = (*examined.problems, *_warnings(examined))
    if examined.settings is None:
        return _in_order(problems)
    vault = Vault(directory.absolute(), environ)
    _, faults = build_settings(examined.settings, vault, make_key=False)
    return _in_order((*problems, *(examined.document.problem(f) for f in faults)))


def _warnings(examined: "_Examined") -> tuple[Problem, ...]:
    """Return what is odd about rules in which nothing is wrong."""
    document = examined.rules_document
    if any(p.file == document.file and not p.warning for p in examined.problems):
        return ()
    return tuple(document.problem(fault) for fault in find_warnings(document.data, examined.words))


def load_written_rules(directory: Path, environ: Mapping[str, str]) -> Plain:
    """Return rules.yaml as it is written, to be told in words. Raises `ConfigError` with every problem of the files."""
    load_desk(directory, environ)
    return _rules_document(directory / RULES_FILE).data


def default_desk() -> Desk:
    """Return the policy of a desk nobody has configured yet."""
    return Desk()


@dataclass(frozen=True, slots=True)
class _Examined:
    """The three files, read and checked against each other; `document` is maildesk.yaml's."""

    document: Document
    rules_document: Document
    words: Words
    settings: SettingsShape | None
    desk: DeskShape | None
    rules: tuple[Rule, ...]
    files: DeskFiles
    problems: tuple[Problem, ...]


def _examine(directory: Path, rules_path: Path) -> _Examined:
    settings_document, desk_document = _required(directory, SETTINGS_FILE), _required(directory, DESK_FILE)
    rules_document = _rules_document(rules_path)
    settings, settings_faults = _shape_of_settings(settings_document)
    desk, desk_faults = _shape_of_desk(desk_document)
    written = Written(settings_document.data, desk_document.data)
    words = replace(
        words_of(written, template_names(directory)),
        read_mail=mail_reader(directory, settings),
        read_list=list_reader(directory),
    )
    rules, rules_faults = load_rules(rules_document.data, words, rules_document.line_of)
    files = read_desk_files(directory, desk_document.data)
    against = _checked((*SETTINGS_CHECKS, *SETTINGS_AGAINST_DESK), written)
    problems = (
        *_problems(settings_document, (*settings_faults, *against)),
        *_problems(desk_document, (*desk_faults, *_checked(DESK_CHECKS, written), *files.faults)),
        *_problems(rules_document, rules_faults),
    )
    return _Examined(settings_document, rules_document, words, settings, desk, rules, files, _in_order(problems))


def _shape_of_settings(document: Document) -> tuple[SettingsShape | None, tuple[Fault, ...]]:
    return (None, ()) if document.unreadable else read_settings_shape(document.data)


def _shape_of_desk(document: Document) -> tuple[DeskShape | None, tuple[Fault, ...]]:
    return (None, ()) if document.unreadable else read_desk_shape(document.data)


def _required(directory: Path, name: str) -> Document:
    found = read_document(directory / name)
    if found is not None:
        return found
    message = f"there is no such file in '{directory}'; 'maildesk init' makes one"
    return Document(name, problems=(Problem(name, 1, 1, message),), unreadable=True)


def _rules_document(path: Path) -> Document:
    found = read_document(path)
    if found is not None:
        return found
    message = f"there is no such file in '{path.parent}'; the desk runs without rules"
    return Document(path.name, problems=(Problem(path.name, 1, 1, message, warning=True),))


def _checked(checks: Iterable[Check], written: Written) -> tuple[Fault, ...]:
    return tuple(fault for check in checks for fault in check(written))


def _problems(document: Document, faults: Iterable[Fault]) -> tuple[Problem, ...]:
    return (*document.problems, *(document.problem(fault) for fault in faults))


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    files = (SETTINGS_FILE, DESK_FILE)
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda p: (files.index(p.file) if p.file in files else 2, p.line, p.column)))


def template_names(directory: Path) -> tuple[str, ...]:
    """Return the notice templates there are: those shipped with maildesk and those beside the configuration."""
    package = Path(maildesk.__file__).parent
    # An installed package carries its templates; a source tree has them beside the package.
    folders = (package / "shipped" / "templates", package.parent / "templates", directory / "templates")
    names = {p.name.removesuffix(_TEMPLATE) for folder in folders for p in folder.glob(f"*{_TEMPLATE}")}
    return tuple(sorted(name for name in names if not name.startswith("_")))
