"""Files beside the configuration that hold many items: lists of the rules, members of groups, assets.

Called by this package alone. Whatever is wrong with such a file is a problem of the line that names it; nothing is ever
written.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from maildesk.config.crosscheck import found
from maildesk.config.leaves import parse_member
from maildesk.model.desk import Asset
from maildesk.rules.lists import FILE, items_of, parse_list
from maildesk.rules.written import Fault, Plain, Trail, WritingError, address, nearest, one_line, unknown

MAX_BYTES = 10 * 1024 * 1024
#: Faults told of one file: in a wrong file every line is one.
MOST_FAULTS = 10
_COLUMNS = ("name", "type", "owner")
#: Files of one folder among which the nearest name is looked for.
_MOST_NAMES = 500


@dataclass(frozen=True, slots=True)
class DeskFiles:
    """What the files hold that desk.yaml names: members by the name of their group, and assets; and what is wrong."""

    members: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    assets: tuple[Asset, ...] = ()
    faults: tuple[Fault, ...] = ()


def list_reader(directory: Path) -> Callable[[str], frozenset[str]]:
    """Return what reads a list's file by its path, relative to the directory; it raises `WritingError`."""
    return lambda name: parse_list(_text_of(directory, name))


def read_desk_files(directory: Path, desk: Plain) -> DeskFiles:
    """Read the files that a desk.yaml names, with every fault in them."""
    faults: list[Fault] = []
    members: dict[str, frozenset[str]] = {}
    for trail, name in found(desk, ("groups", "*", "members", FILE)):
        members[str(trail[1])] = frozenset(_members(directory, name, trail, faults))
    assets: dict[str, Asset] = {}
    for trail, name in found(desk, ("assets", FILE)):
        assets |= {asset.name.casefold(): asset for asset in _assets(directory, name, trail, faults)}
    return DeskFiles(members, tuple(assets.values()), tuple(faults))


def _members(directory: Path, name: str, trail: Trail, faults: list[Fault]) -> Iterator[str]:
    told = _Told(name, trail, faults)
    for line, item in items_of(_read(directory, name, trail, faults) or ""):
        try:
            yield parse_member(item)
        except WritingError as wrong:
            told.fault(line, str(wrong))


def _assets(directory: Path, name: str, trail: Trail, faults: list[Fault]) -> Iterator[Asset]:
    told = _Told(name, trail, faults)
    text = _read(directory, name, trail, faults)
    rows = csv.reader((text or "").splitlines())
    try:
        header = [column.strip().casefold() for column in next(rows, [])]
        if text is None or not _is_header(header, told):
            return
        for row in rows:
            if any(cell.strip() for cell in row):
                yield from _asset(dict(zip(header, row, strict=False)), rows.line_num, told)
    except csv.Error as wrong:
        told.fault(rows.line_num, f"is not CSV: {wrong}")


def _is_header(header: list[str], told: "_Told") -> bool:
    strange = next((column for column in header if column not in _COLUMNS), None)
    if strange is not None:
        told.fault(1, f"{unknown('column', strange, _COLUMNS)}; the first line must name the columns")
    elif "name" not in header:
        told.fault(1, f"there is no column 'name'; write {','.join(_COLUMNS)} in the first line")
    return "name" in header and strange is None


def _asset(row: dict[str, str], line: int, told: "_Told") -> Iterator[Asset]:
    name, kind, owner = (row.get(column, "").strip() for column in _COLUMNS)
    try:
        yield Asset(one_line(name), one_line(kind) if kind else "", address(owner).casefold() if owner else "")
    except WritingError as wrong:
        told.fault(line, str(wrong))


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of one file: a fault of the line of desk.yaml that names it, with the line in the file itself."""

    name: str
    trail: Trail
    faults: list[Fault]

    def fault(self, line: int, message: str) -> None:
        """Note a fault in a line of the file; of many the first ones stand for all."""
        count = sum(fault.trail == self.trail for fault in self.faults)
        if count < MOST_FAULTS:
            self.faults.append(Fault(self.trail, f"'{self.name}' line {line}: {message}"))
        elif count == MOST_FAULTS:
            self.faults.append(Fault(self.trail, f"'{self.name}': further lines are wrong, too"))


def _read(directory: Path, name: str, trail: Trail, faults: list[Fault]) -> str | None:
    try:
        return _text_of(directory, name)
    except WritingError as wrong:
        faults.append(Fault(trail, str(wrong)))
        return None


def _text_of(directory: Path, name: str) -> str:
    path = directory / name
    try:
        if not path.is_file():
            raise WritingError(f"there is no file '{name}' in '{directory}'{_hint(path)}")
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as wrong:
        raise WritingError(f"'{name}' cannot be read: {wrong.strerror}") from wrong
    if len(data) > MAX_BYTES:
        raise WritingError(f"'{name}' is larger than {MAX_BYTES // 1024**2} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise WritingError(f"'{name}' is not UTF-8 text: see line {line}") from wrong


def _hint(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())[:_MOST_NAMES]
    except OSError:
        return ""
    close = nearest(path.name, names)
    return f"; did you mean '{close}'?" if close else ""
