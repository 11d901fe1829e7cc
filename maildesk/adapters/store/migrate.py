"""How old the schema is, and the way to the present one.

Used by `engine`. The steps are `adapters/migrations/versions`; Alembic is loaded only when there is one to run.
"""

from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from maildesk.adapters.store.refold import refold_tickets

MIGRATIONS = Path(__file__).parents[1] / "migrations"
#: Keeps two processes from upgrading one PostgreSQL database at once; any constant does.
_UPGRADE_LOCK = 0x6D61696C6465736B

_revision = text("SELECT version_num FROM alembic_version")
_alone = select(func.pg_advisory_xact_lock(_UPGRADE_LOCK))


class SchemaState(StrEnum):
    """How the database's schema stands to the one this version of maildesk expects."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


def revisions() -> tuple[str, ...]:
    """Return every revision this version knows, oldest first: the numbers in the file names."""
    return tuple(
        sorted(path.stem.split("_")[0].removeprefix("v") for path in (MIGRATIONS / "versions").glob("v*_*.py"))
    )


def find_state(connection: Connection) -> SchemaState:
    """Compare a database with the steps this version knows; a revision it does not know is a newer one."""
    if not inspect(connection).has_table("alembic_version"):
        return SchemaState.EMPTY
    found = connection.execute(_revision).scalar_one_or_none()
    if found is None:
        return SchemaState.EMPTY
    known = revisions()
    if found not in known:
        return SchemaState.NEWER
    return SchemaState.CURRENT if found == known[-1] else SchemaState.OLDER


def upgrade_schema(connection: Connection) -> None:
    """Run every step that is missing, inside the caller's transaction: all of them happen or none."""
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(_alone)
    before = find_state(connection)
    config = Config(attributes={"connection": connection})
    # The file syntax behind it would read a percent sign in the path as an interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
    if before is SchemaState.OLDER:
        refold_tickets(connection)
