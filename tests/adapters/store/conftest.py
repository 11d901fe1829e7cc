"""A store that is ready for use, on each kind of database in turn.

The schema is made once a session for each kind, then copied (SQLite) or emptied (PostgreSQL) for each test; making it
anew would be most of the time.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from maildesk.adapters.store import Store
from maildesk.adapters.store.schema import metadata
from tests.servers import Postgres


def _prepared(url: str) -> str:
    store = Store(url)
    store.prepare()
    store.close()
    return url


@pytest.fixture(scope="session")
def prepared_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "maildesk.sqlite3"
    _prepared(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def prepared_database(postgres: Postgres) -> str:
    return _prepared(postgres.fresh_database())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def ready_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of a database with an empty schema."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("prepared_file"), tmp_path / "maildesk.sqlite3")
        return f"sqlite:///{tmp_path}/maildesk.sqlite3"
    url: str = request.getfixturevalue("prepared_database")
    _empty(url)
    return url


def _empty(url: str) -> None:
    tables = [table.name for table in metadata.tables.values() if table.name != "counters"]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        # The history's own triggers refuse this; a superuser may switch them off.
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
        connection.execute("UPDATE counters SET value = 1000")


@pytest.fixture
def store(ready_url: str) -> Iterator[Store]:
    store = Store(ready_url)
    yield store
    store.close()


@pytest.fixture
def second_store(ready_url: str) -> Iterator[Store]:
    """What another process would hold on the same database."""
    second = Store(ready_url)
    yield second
    second.close()
