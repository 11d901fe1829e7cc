"""What the store relies on in SQLAlchemy, the drivers and Alembic. A failure here means: look before upgrading."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    event,
    insert,
    make_url,
    select,
    update,
)  # fmt: skip
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("word", Text, unique=True),
    Column("at", DateTime(True)),
)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path}/contract.sqlite3", hide_parameters=True, connect_args={"timeout": 0})
    metadata.create_all(engine)
    yield engine
    engine.dispose()


def test_plain_postgresql_means_psycopg():
    assert make_url("postgresql://host/db").get_dialect().driver == "psycopg"


def test_a_begin_event_decides_how_a_transaction_begins(engine: Engine, tmp_path: Path):
    @event.listens_for(engine, "connect")
    def autocommit(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    other = sqlite3.connect(tmp_path / "contract.sqlite3", timeout=0, isolation_level=None)
    with engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_sqlite_gives_naive_datetimes_back(engine: Engine):
    with engine.begin() as connection:
        connection.execute(insert(things), {"at": datetime(2026, 1, 1, tzinfo=UTC)})
        assert connection.execute(select(things.c.at)).scalar_one().tzinfo is None


def test_an_update_sets_the_columns_it_is_executed_with(engine: Engine):
    statement = update(things).where(things.c.id == bindparam("row")).values(at=None)
    with engine.begin() as connection:
        connection.execute(insert(things), [{"id": 1, "word": "a"}, {"id": 2, "word": "b"}])
        assert connection.execute(statement, {"row": 1, "word": "c"}).rowcount == 1
        assert connection.execute(select(things.c.word).order_by(things.c.id)).scalars().all() == ["c", "b"]


def test_an_insert_tells_whether_it_inserted_when_asked_to(engine: Engine):
    statement = sqlite.insert(things).on_conflict_do_nothing(index_elements=["word"])
    statement = statement.execution_options(preserve_rowcount=True)
    with engine.begin() as connection:
        assert [connection.execute(statement, {"word": word}).rowcount for word in ("a", "a", "b")] == [1, 0, 1]


def test_errors_do_not_show_values(engine: Engine):
    with engine.begin() as connection:
        connection.execute(insert(things), {"word": "secret"})
        with pytest.raises(IntegrityError) as caught:
            connection.execute(insert(things), {"word": "secret"})
    assert "secret" not in str(caught.value)


def test_locking_a_row_is_silently_left_out_on_sqlite(engine: Engine):
    with engine.begin() as connection:
        assert connection.execute(select(things).with_for_update(skip_locked=True)).all() == []


def test_sqlite_errors_carry_their_code(engine: Engine):
    with engine.begin() as connection:
        connection.execute(insert(things), {"word": "a"})
        with pytest.raises(IntegrityError) as caught:
            connection.execute(insert(things), {"word": "a"})
    assert caught.value.orig.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CONSTRAINT  # type: ignore[union-attr]
