"""PostgreSQL: the pool, what a server must be, and how living processes are told from dead ones.

Used by `engine` only. READ COMMITTED with row locks; unique keys decide races. Each live store holds a session
advisory lock on its owner number, so that leases of a killed process can be taken back at once.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, bindparam, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError

from maildesk.adapters.store.failures import StoreUnavailable

CONNECTIONS = 8

_hold = select(func.pg_advisory_lock(bindparam("owner")))
_is_free = select(func.pg_try_advisory_xact_lock(bindparam("owner")))
_alive = select(1)


class PostgresDatabase:
    """A database on a server. Nothing is opened before it is used."""

    upgrades_by_itself = False

    def __init__(self, url: URL):
        self._engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS, max_overflow=0, pool_pre_ping=True, hide_parameters=True,
            isolation_level="READ COMMITTED", connect_args={"application_name": "maildesk", "connect_timeout": 10},
        )  # fmt: skip
        event.listen(self._engine, "connect", _refuse_unfit_server)
        self._inside = threading.local()
        self._watching = threading.Lock()
        self._watch: Connection | None = None

    def exists(self) -> bool:
        """Tell that there is a database: one that is missing shows when it is used."""
        return True

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection for a transaction; commit at the end."""
        if getattr(self._inside, "transaction", False):
            raise RuntimeError("a transaction inside a transaction")
        self._inside.transaction = True
        try:
            with self._engine.begin() as connection:
                yield connection
        finally:
            self._inside.transaction = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that cannot write and sees one state of the database throughout."""
        options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def claim(self) -> None:
        """Do nothing: several processes may run the loops side by side."""

    def watch_over(self, owner: int) -> None:
        """Hold the lock that shows this owner alive; take it anew when the server was restarted."""
        with self._watching:
            if self._watch is not None and not _answers(self._watch):
                self._watch.close()
                self._watch = None
            if self._watch is None:
                watch = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                # Detached: it must neither count against the pool nor be reset and lent to anybody else.
                watch.detach()
                watch.execute(_hold, {"owner": owner})
                self._watch = watch

    def dead_owners(self, connection: Connection, owners: tuple[int, ...]) -> tuple[int, ...]:
        """Name those of the owners whose lock nobody holds; they stay locked until the transaction ends."""
        return tuple(owner for owner in owners if connection.execute(_is_free, {"owner": owner}).scalar_one())

    def close(self) -> None:
        """Let go of the owner's lock and close every connection."""
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._engine.dispose()


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(_alive)
    except DBAPIError:
        return False
    return True


def _refuse_unfit_server(connection: Any, _record: object) -> None:
    if problem := _problem(connection):
        connection.close()
        raise StoreUnavailable(problem)
    connection.rollback()


def _problem(connection: Any) -> str:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        return f"the database's encoding is {encoding}; maildesk needs UTF8"
    if connection.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
        return "this PostgreSQL server is a read-only replica; name the primary"
    return ""
