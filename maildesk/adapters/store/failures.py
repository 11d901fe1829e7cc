"""What can go wrong with the store, in its own words.

Callers catch these and never a library's exception. Messages carry what the database said, never bound values: those
are bodies and addresses.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class StoreError(Exception):
    """Anything this package raises on purpose."""


class StoreUnavailable(StoreError):
    """The database cannot be used now (absent, full, read-only, restarting, damaged); what was begun is undone."""


class StoreBusy(StoreUnavailable):
    """Somebody else was in the way (lock, deadlock, serialization): the whole unit may be run again."""


class StoreRefused(StoreError):
    """The database refused this very statement; the same again fails again. A bug, or a mail that must be parked."""


class SchemaTooNew(StoreError):
    """The database was written by a newer maildesk."""


class SchemaTooOld(StoreError):
    """The database has to be upgraded first."""


class LoopsTaken(StoreError):
    """Another process runs the loops on this database."""


class UnknownMail(StoreError):
    """There is no mail of this number."""


class WrongState(StoreError):
    """The mail does not stand where this could be done to it; the message says where it stands."""


_BUSY_SQLSTATES = {"40001", "40P01", "55P03"}
#: SQLSTATE classes of a failing statement: data, constraint, syntax or access, limit exceeded (an over-long index key).
_REFUSED_CLASSES = {"22", "23", "42", "54"}
#: SQLITE_BUSY and SQLITE_LOCKED; then SQLITE_ERROR, TOOBIG, CONSTRAINT, MISMATCH and RANGE.
_SQLITE_BUSY = {5, 6}
_SQLITE_REFUSED = {1, 18, 19, 20, 25}


@contextmanager
def translated() -> Iterator[None]:
    """Turn SQLAlchemy's exceptions into those of this module; others pass untouched."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _translate(error) from error


def _translate(error: SQLAlchemyError) -> StoreError:
    if isinstance(error, PoolTimeoutError):
        return StoreBusy("every connection to the database is in use")
    if not isinstance(error, DBAPIError):
        cause = error.orig if isinstance(error, StatementError) else error
        return StoreRefused(f"the statement could not be made: {cause}")
    said = " ".join(str(error.orig).split())
    if _is_busy(error):
        return StoreBusy(f"the database is busy: {said}")
    if _is_refused(error):
        return StoreRefused(f"the database refused: {said}")
    return StoreUnavailable(f"the database is not available: {said}")


def _is_busy(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _BUSY_SQLSTATES or _sqlite_code(error) in _SQLITE_BUSY


def _is_refused(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError | DataError) or _sqlite_code(error) in _SQLITE_REFUSED:
        return True
    return (getattr(error.orig, "sqlstate", None) or "")[:2] in _REFUSED_CLASSES


def _sqlite_code(error: DBAPIError) -> int | None:
    # Extended codes keep the primary one in their low byte.
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
