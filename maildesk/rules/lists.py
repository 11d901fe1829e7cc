"""The lists of a rules.yaml, of which conditions ask with `in_list`: written there, or in a file beside it.

Called by `load`, and by `config` for what stands in files. A list is a set of texts as they are compared, so that one
look finds out whether a value stands among a hundred thousand.
"""

from collections.abc import Iterable, Iterator, Mapping

from maildesk.rules.written import Plain, Reading, Trail, WritingError, items, one_line

LISTS = "lists"
FILE = "file"


def items_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the items of a list's file with their lines, one a line.

    Blank lines and remarks do not count: `#` at the beginning of a line, or behind a blank, and what follows.
    """
    for number, line in enumerate(text.splitlines(), 1):
        item = "" if line.lstrip().startswith("#") else line.partition(" #")[0].strip()
        if item:
            yield number, item


def parse_list(text: str) -> frozenset[str]:
    """Return the items of a list's file as they are compared."""
    return as_compared(item for _, item in items_of(text))


def as_compared(texts: Iterable[str]) -> frozenset[str]:
    """Return texts in the form they are compared in."""
    return frozenset(key for text in texts if (key := text.strip().casefold()))


def read_lists(value: Plain, reading: Reading) -> Mapping[str, frozenset[str]]:
    """Read the lists by their names, complaining of each that is none; it is empty then."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        reading.complain((LISTS,), "'lists' must be a mapping (name: [items] or name: {file: NAME})")
        return {}
    return {name: _read_list(inner, (LISTS, name), reading) for name, inner in value.items()}


def _read_list(value: Plain, trail: Trail, reading: Reading) -> frozenset[str]:
    if isinstance(value, dict):
        return _read_file(value, trail, reading)
    try:
        return as_compared(one_line(item) for item in items(value))
    except WritingError as wrong:
        reading.complain(trail, str(wrong))
        return frozenset()


def _read_file(value: Plain, trail: Trail, reading: Reading) -> frozenset[str]:
    written = reading.mapping(value, trail, "a list", (FILE,))
    if FILE not in written:
        reading.complain(trail, "write the items of a list, or {file: NAME}")
        return frozenset()
    try:
        name = one_line(written[FILE])
        return reading.words.read_list(name) if reading.words.read_list else frozenset()
    except WritingError as wrong:
        reading.complain((*trail, FILE), str(wrong))
        return frozenset()
