"""What the two databases spell alike and SQLAlchemy does not (insert unless there, insert or update), and long lists.

Used by the modules of this package, which build them once, when they are imported.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

#: A row of whatever a statement selects.
AnyRow = Row[*tuple[Any, ...]]

#: Values in one IN list or rows in one statement, far below what either database bears.
BATCH = 500


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut a list of any length into pieces for one statement each."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


@dataclass(frozen=True, slots=True)
class Portable:
    """One statement in both dialects."""

    sqlite: Insert
    postgresql: Insert

    def on(self, connection: Connection) -> Insert:
        """Return the statement for the database behind a connection."""
        return self.sqlite if connection.dialect.name == "sqlite" else self.postgresql


def insert_unless_there(table: Table, *key: str) -> Portable:
    """Return an INSERT that leaves a row with the same key alone; for one row, `rowcount` 0 tells that it was there."""
    for_sqlite = sqlite.insert(table).on_conflict_do_nothing(index_elements=key)
    for_postgresql = postgresql.insert(table).on_conflict_do_nothing(index_elements=key)
    # SQLAlchemy keeps the count of an INSERT only when it is asked to.
    return Portable(
        for_sqlite.execution_options(preserve_rowcount=True), for_postgresql.execution_options(preserve_rowcount=True)
    )


def insert_or_update(table: Table, *key: str) -> Portable:
    """Return an INSERT that overwrites every column of a row with the same key."""
    for_sqlite, for_postgresql = sqlite.insert(table), postgresql.insert(table)
    return Portable(
        for_sqlite.on_conflict_do_update(index_elements=key, set_=_all_but(key, for_sqlite.excluded.values())),
        for_postgresql.on_conflict_do_update(index_elements=key, set_=_all_but(key, for_postgresql.excluded.values())),
    )


def _all_but(key: tuple[str, ...], columns: list[Any]) -> dict[str, Any]:
    return {column.name: column for column in columns if column.name not in key}
