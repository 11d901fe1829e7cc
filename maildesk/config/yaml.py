"""YAML 1.2 text → plain data that still knows where every key stands. The only module that knows the YAML library.

Called by `config` for the three files. Total: any bytes give a `Document`, with its problems. Composes nodes instead of
building objects, because nodes carry the position of every scalar and run no constructor whatever a tag says.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from maildesk.config.problems import Problem
from maildesk.config.syntax import syntax_error
from maildesk.rules.written import Fault, Plain, Trail

MAX_BYTES = 1024 * 1024
#: Values after aliases are written out: a few lines of nested aliases would otherwise mean billions.
MAX_VALUES = 200_000
MAX_DEPTH = 60

_STANDARD_TAG = "tag:yaml.org,2002:"
_TAGS = frozenset(
    f"{_STANDARD_TAG}{name}"
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value and its key begin, counted from 1; an item of a list is its own key."""

    line: int = 1
    column: int = 1
    key_line: int = 1
    key_column: int = 1


@dataclass(frozen=True, slots=True)
class Document:
    """One file as plain data. `unreadable`: there is no data at all, and `problems` say why."""

    file: str
    data: Plain = None
    places: Mapping[Trail, Place] = field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[Problem, ...] = ()
    unreadable: bool = False

    def line_of(self, trail: Trail) -> int:
        """Return the line where a trail's key begins."""
        return self._place(trail).key_line

    def problem(self, fault: Fault) -> Problem:
        """Put a fault into words with its place."""
        place = self._place(fault.trail)
        at_key = fault.at_key or fault.trail not in self.places
        line, column = (place.key_line, place.key_column) if at_key else (place.line, place.column)
        return Problem(self.file, line, column, fault.message, fault.warning)

    def _place(self, trail: Trail) -> Place:
        # What is missing has no place of its own; it is missing from the nearest thing around it.
        while trail and trail not in self.places:
            trail = trail[:-1]
        return self.places.get(trail, Place())


def read_document(path: Path) -> Document | None:
    """Find a file's document; None when there is no such file."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return _refused(path.name, 1, 1, "is not a file")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _refused(path.name, 1, 1, f"cannot be read: {error.strerror}")
    return parse_document(path.name, data)


def parse_document(file: str, data: bytes) -> Document:
    """Return the document of a file's bytes (UTF-8, a byte order mark is allowed)."""
    if len(data) > MAX_BYTES:
        return _refused(file, 1, 1, f"is larger than {MAX_BYTES // 1024} KB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _refused(file, data.count(b"\n", 0, error.start) + 1, 1, "is not UTF-8 text")
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False
    try:
        root: Node | None = yaml.compose(text)
    except MarkedYAMLError as error:
        return _refused(file, *syntax_error(error, text))
    except ReaderError as error:
        return _refused(file, text.count("\n", 0, error.position) + 1, 1, "contains a character that YAML forbids")
    except (YAMLError, RecursionError, ValueError, AttributeError, IndexError) as error:
        # QUIRK: deep nesting ends in RecursionError, and some broken directives and tags in plain Python errors.
        return _refused(file, 1, 1, f"is not YAML ({type(error).__name__})")
    return _Walk(file, text).document(root)


def _refused(file: str, line: int, column: int, message: str) -> Document:
    return Document(file, problems=(Problem(file, line, column, message),), unreadable=True)


class _TooMuchError(Exception):
    """The file means more than anybody can have meant: alias bomb or bottomless nesting."""


class _Walk:
    """One pass over the nodes: plain values, places, and what is wrong on the way."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = text.split("\n")
        self._places: dict[Trail, Place] = {}
        self._problems: list[Problem] = []
        self._values = 0

    def document(self, root: Node | None) -> Document:
        """Return the document below a root node; an empty file has none."""
        try:
            data = None if root is None else self._plain(root, ())
        except _TooMuchError as error:
            return _refused(self._file, 1, 1, str(error))
        return Document(self._file, data, MappingProxyType(self._places), tuple(self._problems))

    def _plain(self, node: Node, trail: Trail) -> Plain:
        self._values += 1
        if self._values > MAX_VALUES:
            raise _TooMuchError(f"holds more than {MAX_VALUES} values once its aliases are written out")
        if len(trail) > MAX_DEPTH:
            raise _TooMuchError(f"is nested deeper than {MAX_DEPTH} levels")
        if str(node.tag) not in _TAGS:
            self._complain(node, f"the tag '{node.tag}' means nothing here; put a text that begins with ! in quotes")
        match node:
            case MappingNode():
                return self._mapping(node, trail)
            case SequenceNode():
                return self._sequence(node, trail)
            case _:
                return self._scalar(node)

    def _mapping(self, node: MappingNode, trail: Trail) -> Plain:
        plain: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            # The key as it was written: `on` and `1` are words here whatever YAML version a file claims.
            key = self._text(key_node) if isinstance(key_node, ScalarNode) else None
            if key is None:
                self._complain(key_node, "a key must be a plain word; put a text that begins with { or [ in quotes")
                continue
            if key in plain:
                first = self._places[(*trail, key)].key_line
                self._complain(
                    key_node, f"duplicate key '{key}'; it already stands in line {first}; a list item begins with '- '"
                )
                continue
            self._remember((*trail, key), key_node, value_node)
            self._warn_of_comment(key_node if _is_empty(value_node) else value_node, value_node)
            plain[key] = self._plain(value_node, (*trail, key))
        return plain

    def _sequence(self, node: SequenceNode, trail: Trail) -> Plain:
        plain: list[Plain] = []
        for place, inner in enumerate(node.value):
            self._remember((*trail, place), inner, inner)
            self._warn_of_comment(inner, inner)
            plain.append(self._plain(inner, (*trail, place)))
        return plain

    def _scalar(self, node: Node) -> Plain:
        text = self._text(node)
        match str(node.tag).removeprefix(_STANDARD_TAG):
            case "null":
                return None
            case "bool":
                return text.casefold() == "true"
            case _:
                return text

    def _text(self, node: Node) -> str:
        text = str(node.value)
        if text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text):
            return text
        self._complain(node, "contains half a character (a lone surrogate)")
        return ""

    def _warn_of_comment(self, last: Node, value: Node) -> None:
        """Warn of a value that is cut off by what was hardly meant as a comment: `queue: #network`, `Order #17`."""
        is_plain = isinstance(value, ScalarNode) and value.style is None and last.end_mark.line < len(self._lines)
        if not is_plain:
            return
        line, column = last.end_mark.line, last.end_mark.column
        if "#" not in self._lines[line]:
            return
        if re.match(r":?\s+#[^\s#]" if _is_empty(value) else r"\s+#\d", self._lines[line][column:]):
            message = "what stands behind '#' is a comment; put a text with # in quotes"
            self._problems.append(Problem(self._file, line + 1, column + 1, message, warning=True))

    def _remember(self, trail: Trail, key: Node, value: Node) -> None:
        # The library puts what is not there behind the blank lines and comments that follow.
        here = key.start_mark if _is_empty(value) else value.start_mark
        self._places[trail] = Place(here.line + 1, here.column + 1, key.start_mark.line + 1, key.start_mark.column + 1)

    def _complain(self, node: Node, message: str) -> None:
        mark = node.start_mark
        self._problems.append(Problem(self._file, mark.line + 1, mark.column + 1, message))


def _is_empty(node: Node) -> bool:
    """Tell whether nothing was written here at all."""
    return isinstance(node, ScalarNode) and node.style is None and not node.value
