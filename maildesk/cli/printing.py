"""How the command line speaks: JSON Lines for programs, tables for a person, plain text into a pipe."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NoReturn

Row = Mapping[str, object]


def rfc3339(at: datetime | None) -> str | None:
    """Return an instant as RFC 3339 in UTC (`2026-11-21T22:10:46Z`)."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def print_json(rows: Iterable[Row]) -> None:
    """Print one JSON object a line."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")


def print_rows(rows: Iterable[Row], columns: Sequence[str], *, as_json: bool, empty: str) -> None:
    """Print a list: JSON, a table at a terminal, or tab-separated values into a pipe."""
    if as_json:
        print_json(rows)
    elif sys.stdout.isatty():
        _print_table(list(rows), columns, empty)
    else:
        for row in rows:
            sys.stdout.write("\t".join(_cell(row.get(column)) for column in columns) + "\n")


def _print_table(rows: list[Row], columns: Sequence[str], empty: str) -> None:
    # Imported late: rich costs more to load than most verbs take.
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if not rows:
        Console().print(empty)
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(escape(_cell(row.get(column))) for column in columns))
    Console().print(table)


def _cell(value: object) -> str:
    """Return a value on one line, so that it cannot start a new row."""
    if value is None:
        return ""
    return printable(", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value))


def printable(text: str) -> str:
    """Return what a stranger wrote as one line that does nothing to a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def say(*lines: str) -> None:
    """Print sentences on standard output."""
    for line in lines:
        sys.stdout.write(line + "\n")


def fail(*lines: str, status: int) -> NoReturn:
    """Print sentences on standard error and end with a status."""
    for line in lines:
        sys.stderr.write(line + "\n")
    raise SystemExit(status)
