"""The store: transactions on SQLite or PostgreSQL behind one face.

Built by `daemon` and the command line; the loops begin transactions on it, nobody else does. It knows how to reach
and keep data, and nothing of what they mean.
"""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from maildesk.adapters.store.absences import Absences
from maildesk.adapters.store.deeds import Deeds
from maildesk.adapters.store.failures import SchemaTooNew, SchemaTooOld, StoreBusy, StoreUnavailable, translated
from maildesk.adapters.store.finding import Finding
from maildesk.adapters.store.inbound import Inbound
from maildesk.adapters.store.migrate import SchemaState, find_state, upgrade_schema
from maildesk.adapters.store.outbox import Leaseholders, Outbox
from maildesk.adapters.store.people import People
from maildesk.adapters.store.reading import Reader
from maildesk.adapters.store.rule_hits import RuleHits
from maildesk.adapters.store.tickets import Tickets

T = TypeVar("T")

TRIES = 5
#: The pause before a unit is tried again grows by up to this much each time.
PAUSE_SECONDS = 0.1


class Database(Leaseholders, Protocol):
    """What the store needs of a database; `sqlite` and `postgres` are the two."""

    upgrades_by_itself: bool

    def exists(self) -> bool:
        """Tell whether there is anything to open."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Hold a connection for a transaction."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Hold a connection that cannot write."""

    def claim(self) -> None:
        """Keep other processes from running the loops, where only one may."""

    def close(self) -> None:
        """Let go of everything."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """Everything that can be written, inside one transaction."""

    inbound: Inbound
    tickets: Tickets
    outbox: Outbox
    absences: Absences
    people: People
    finding: Finding
    deeds: Deeds
    hits: RuleHits


class Store:
    """The database. `owner` is this process in leases."""

    def __init__(self, url: str):
        self.owner = secrets.randbits(62)
        self._database = _database(url)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Hold a transaction: committed at the end, undone by an exception. One inside another is a RuntimeError."""
        with translated(), self._database.writing() as connection:
            outbox = Outbox(connection, self.owner, self._database)
            absences, people = Absences(connection), People(connection)
            finding, deeds, hits = Finding(connection), Deeds(connection), RuleHits(connection)
            yield Transaction(Inbound(connection), Tickets(connection), outbox, absences, people, finding, deeds, hits)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Hold one state of the database to read; it waits for nobody and nobody waits for it."""
        with translated(), self._database.reading() as connection:
            yield Reader(connection)

    def run(self, unit: Callable[[Transaction], T]) -> T:
        """Run a unit in a transaction, again from its beginning when somebody was in the way (at most five times).

        A lost connection is not tried again here: the commit may have happened, and only the caller can look.
        """
        for failures in range(1, TRIES):
            try:
                with self.transaction() as tx:
                    return unit(tx)
            except StoreBusy:
                time.sleep(PAUSE_SECONDS * failures * secrets.randbelow(1000) / 1000)
        with self.transaction() as tx:
            return unit(tx)

    def schema_state(self) -> SchemaState:
        """Tell how the schema stands; a database that does not exist is empty and is not made."""
        if not self._database.exists():
            return SchemaState.EMPTY
        with translated(), self._database.reading() as connection:
            return find_state(connection)

    def upgrade(self) -> None:
        """Bring the schema up to date, or make it, in one transaction; SchemaTooNew when it is of a later maildesk."""
        if self.schema_state() is SchemaState.NEWER:
            raise SchemaTooNew("the database was written by a newer maildesk; install that, or restore a backup")
        with translated(), self._database.writing() as connection:
            upgrade_schema(connection)

    def prepare(self) -> None:
        """Make the database fit for the loops: create what is empty, upgrade what is older where only we use it.

        Raises SchemaTooOld on PostgreSQL, where other processes may be at work, and SchemaTooNew.
        """
        state = self.schema_state()
        if state is SchemaState.OLDER and not self._database.upgrades_by_itself:
            raise SchemaTooOld("the database has the schema of an older maildesk; run `maildesk db upgrade` first")
        if state is not SchemaState.CURRENT:
            self.upgrade()

    def require_current(self) -> None:
        """Raise unless the schema is the one this version expects; for verbs that change no schema."""
        match self.schema_state():
            case SchemaState.EMPTY:
                raise StoreUnavailable("there is no maildesk database yet; `maildesk run` makes it")
            case SchemaState.OLDER:
                raise SchemaTooOld("the database has the schema of an older maildesk; run `maildesk db upgrade` first")
            case SchemaState.NEWER:
                raise SchemaTooNew("the database was written by a newer maildesk; install that, or restore a backup")
            case SchemaState.CURRENT:
                return

    def claim_loops(self) -> None:
        """Become the process that runs the loops; LoopsTaken on SQLite when another is. Undone by `close`."""
        self._database.claim()
        with translated():
            self._database.watch_over(self.owner)

    def close(self) -> None:
        """Close everything; the store is not used again."""
        with translated():
            self._database.close()


def _database(url: str) -> Database:
    try:
        parts = make_url(url)
    except ArgumentError:
        parts = None
    match parts.drivername if parts is not None else "":
        case "sqlite" if parts is not None and parts.database not in (None, "", ":memory:"):
            from maildesk.adapters.store.sqlite import SqliteDatabase

            return SqliteDatabase(Path(parts.database))
        case "postgresql" | "postgresql+psycopg" if parts is not None:
            from maildesk.adapters.store.postgres import PostgresDatabase

            return PostgresDatabase(parts)
        case _:
            raise StoreUnavailable("the database is named sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME")
