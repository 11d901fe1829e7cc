"""SQLite: one writer connection for each process, readers beside it, and the lock file that makes the loops exclusive.

Used by `engine` only. SQLite up to 3.51.2 can corrupt a database whose log is reset by two connections at once;
hence one writer, no automatic checkpoint, and checkpoints only by the process that holds the loops.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.pool import QueuePool

from maildesk.adapters.store.failures import LoopsTaken, StoreUnavailable

CHECKPOINT_BYTES = 4 * 1024 * 1024
BUSY_SECONDS = 10.0
#: A predecessor that was told to stop may hold the lock for a moment longer.
CLAIM_SECONDS = 1.0

_WRITER_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA wal_autocheckpoint=0",
    # Lets the log shrink when it starts again after a checkpoint; otherwise it would look full for ever.
    f"PRAGMA journal_size_limit={CHECKPOINT_BYTES // 4}",
)


class SqliteDatabase:
    """A database file. Nothing is opened before it is used."""

    upgrades_by_itself = True

    def __init__(self, path: Path):
        self._path = path
        self._writer = _engine(path, _WRITER_PRAGMAS, "BEGIN IMMEDIATE", connections=1)
        self._readers = _engine(path, ("PRAGMA query_only=ON",), "BEGIN", connections=8)
        self._lock = threading.Lock()
        self._holder: int | None = None
        self._claimed: int | None = None
        self._checkpoint_bytes = CHECKPOINT_BYTES

    def exists(self) -> bool:
        """Tell whether there is a file."""
        return self._path.exists()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hold the one writer for a transaction; commit at the end."""
        if self._holder == threading.get_ident():
            raise RuntimeError("a transaction inside a transaction")
        with self._lock:
            self._holder = threading.get_ident()
            try:
                self._create_file()
                with self._writer.connect() as connection:
                    with connection.begin():
                        yield connection
                    self._checkpoint_if_due(connection)
            finally:
                self._holder = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that cannot write and sees one state of the database throughout."""
        if not self.exists():
            raise StoreUnavailable(f"there is no database at {self._path} yet")
        with self._readers.begin() as connection:
            yield connection

    def claim(self) -> None:
        """Take the lock file, or raise LoopsTaken."""
        if self._claimed is not None:
            return
        self._create_file()
        lock_path = self._path.with_name(self._path.name + ".lock")
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_up_at = time.monotonic() + CLAIM_SECONDS
        while not _locked(lock):
            if time.monotonic() > give_up_at:
                os.close(lock)
                raise LoopsTaken(f"another maildesk already runs on {self._path} (it holds {lock_path.name})")
            time.sleep(0.05)
        self._claimed = lock

    def watch_over(self, owner: int) -> None:
        """Do nothing: one process runs the loops, and its successor takes every lease back."""

    def dead_owners(self, _connection: Connection, owners: tuple[int, ...]) -> tuple[int, ...]:
        """Name the owners that are gone: all of them, since only the holder of the loops asks."""
        return owners

    def close(self) -> None:
        """Empty the log into the database (by the holder of the loops), close everything, release the lock."""
        if self._claimed is not None and self.exists():
            with self._lock, self._writer.connect() as connection:
                _checkpoint(connection, "TRUNCATE")
        self._writer.dispose()
        self._readers.dispose()
        if self._claimed is not None:
            os.close(self._claimed)
            self._claimed = None

    def _create_file(self) -> None:
        if self._path.exists():
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise StoreUnavailable(f"the database {self._path} cannot be made: {error.strerror}") from error

    def _checkpoint_if_due(self, connection: Connection) -> None:
        if self._claimed is None:
            return
        size = _wal_bytes(self._path)
        if size < CHECKPOINT_BYTES:
            self._checkpoint_bytes = CHECKPOINT_BYTES
        elif size >= self._checkpoint_bytes:
            _checkpoint(connection, "PASSIVE")
            # A reader may keep the log from starting again; the next try waits until it has grown as much once more.
            self._checkpoint_bytes = size + CHECKPOINT_BYTES


def _engine(path: Path, pragmas: tuple[str, ...], begin: str, *, connections: int) -> Engine:
    # mode=rw: a connection never creates the file, so that it is never born with other permissions than 0600.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        # isolation_level=None keeps the driver from beginning transactions late and deferred on its own.
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in pragmas:
                _set(connection, pragma)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    engine = create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=connections, max_overflow=0, hide_parameters=True
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    event.listen(engine, "handle_error", _distrust)
    return engine


def _set(connection: sqlite3.Connection, pragma: str) -> None:
    """Execute a pragma. While another process changes the journal to WAL, SQLite refuses at once instead of waiting."""
    give_up_at = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(pragma)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            return


def _distrust(context: ExceptionContext) -> None:
    # After a failed write or sync nothing the connection believes may be believed; the next one reads the file anew.
    code = getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        context.is_disconnect = True


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wal_bytes(path: Path) -> int:
    try:
        return os.stat(f"{path}-wal").st_size  # noqa: PTH116 - after every transaction; a Path costs ten times as much
    except FileNotFoundError:
        return 0


def _checkpoint(connection: Connection, how: str) -> None:
    driver = connection.connection.driver_connection
    # What was committed stays committed; a full disk only puts the checkpoint off.
    with suppress(sqlite3.OperationalError):
        driver.execute(f"PRAGMA wal_checkpoint({how})").fetchall()  # type: ignore[union-attr]
