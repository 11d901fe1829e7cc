"""Files beside the configuration that hold many items: lists of the rules, members of groups, assets.

Called by this package alone. Whatever is wrong with such a file is a problem of the line that names it; nothing is ever
written.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from maildesk.config.beside import load_bytes
from maildesk.config.crosscheck import found
from maildesk.config.leaves import parse_member
from maildesk.model.desk import Asset
from maildesk.rules.lists import FILE, items_of, parse_list
from maildesk.rules.written import Fault, Plain, Trail, WritingError, address, one_line, unknown

MAX_BYTES = 10 * 1024 * 1024
#: Faults told of one file: in a wrong file every line is one.
MOST_FAULTS = 10
_COLUMNS = ("name", "type", "owner")


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
    data = load_bytes(directory, name, MAX_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise WritingError(f"'{name}' is not UTF-8 text: see line {line}") from wrong
