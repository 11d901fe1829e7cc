"""The schema: made from nothing, upgraded where that is safe, refused where it is not, and true to `schema.py`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from maildesk.adapters.store import SchemaState, SchemaTooNew, SchemaTooOld, Store, StoreUnavailable, engine, migrate
from maildesk.adapters.store.schema import metadata
from tests.adapters.store.make import open_ticket, parked, side_by_side


@contextmanager
def closing_engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def execute(url: str, statement: str) -> None:
    with closing_engine(url) as engine, engine.begin() as connection:
        connection.execute(text(statement))


@pytest.fixture
def empty_store(database_url: str) -> Any:
    store = Store(database_url)
    yield store
    store.close()


def test_looking_makes_nothing(empty_store: Store, tmp_path: Path):
    assert empty_store.schema_state() is SchemaState.EMPTY
    with pytest.raises(StoreUnavailable, match="no maildesk database yet"):
        empty_store.require_current()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_becomes_current(empty_store: Store):
    empty_store.prepare()
    assert empty_store.schema_state() is SchemaState.CURRENT
    empty_store.require_current()
    empty_store.prepare()
    empty_store.upgrade()
    assert open_ticket(empty_store) == 1001


@pytest.mark.parametrize("_again", range(8))
def test_two_processes_make_it_at_once(database_url: str, _again: int):
    one, other = Store(database_url), Store(database_url)
    side_by_side(one.prepare, other.prepare)
    assert {one.schema_state(), other.schema_state()} == {SchemaState.CURRENT}
    assert [open_ticket(one), open_ticket(other)] == [1001, 1002]
    one.close()
    other.close()


def test_a_newer_schema_is_refused(empty_store: Store, database_url: str):
    empty_store.prepare()
    execute(database_url, "UPDATE alembic_version SET version_num = '9999'")
    assert empty_store.schema_state() is SchemaState.NEWER
    for act in (empty_store.prepare, empty_store.upgrade, empty_store.require_current):
        with pytest.raises(SchemaTooNew, match="newer maildesk"):
            act()


def test_an_older_schema_is_upgraded_where_nobody_else_is(
    empty_store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    empty_store.prepare()
    real = migrate.revisions()
    monkeypatch.setattr(migrate, "revisions", lambda: (*real, "9998"))
    upgraded: list[Connection] = []
    monkeypatch.setattr(engine, "upgrade_schema", upgraded.append)
    assert empty_store.schema_state() is SchemaState.OLDER
    with pytest.raises(SchemaTooOld, match="maildesk db upgrade"):
        empty_store.require_current()
    if database_url.startswith("sqlite"):
        empty_store.prepare()
    else:
        with pytest.raises(SchemaTooOld, match="maildesk db upgrade"):
            empty_store.prepare()
        assert upgraded == []
        empty_store.upgrade()
    assert len(upgraded) == 1


def test_a_failed_upgrade_leaves_nothing(empty_store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch):
    real = migrate.upgrade_schema

    def upgrade_and_fail(connection: Connection) -> None:
        real(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "upgrade_schema", upgrade_and_fail)
    with pytest.raises(KeyboardInterrupt):
        empty_store.prepare()
    monkeypatch.undo()
    assert empty_store.schema_state() is SchemaState.EMPTY
    empty_store.prepare()
    assert empty_store.schema_state() is SchemaState.CURRENT


def test_file_names_are_the_revisions_in_order():
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    history = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert migrate.revisions() == tuple(reversed(history))


def test_the_migrations_make_what_the_tables_say(
    empty_store: Store, database_url: str, request: pytest.FixtureRequest, tmp_path: Path
):
    empty_store.prepare()
    if database_url.startswith("sqlite"):
        declared_url = f"sqlite:///{tmp_path}/declared.sqlite3"
    else:
        declared_url = request.getfixturevalue("postgres").fresh_database()
    with closing_engine(database_url) as migrated, migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = _described(connection)
    with closing_engine(declared_url) as declared:
        metadata.create_all(declared)
        with declared.connect() as connection:
            expected = _described(connection)
    for table in metadata.tables:
        assert found[table] == expected[table]


def _described(connection: Connection) -> dict[str, Any]:
    """Everything the database tells about its tables, in an order of our own."""
    look = inspect(connection)
    return {
        table: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in look.get_columns(table)},
            "key": look.get_pk_constraint(table),
            "references": sorted(map(str, look.get_foreign_keys(table))),
            "unique": sorted((u["name"], u["column_names"]) for u in look.get_unique_constraints(table)),
            "checks": sorted((c["name"], re.sub(r"\s+", " ", c["sqltext"])) for c in look.get_check_constraints(table)),
            "indexes": sorted(
                (i["name"], i["column_names"], i["unique"], sorted(f"{k}={v}" for k, v in i["dialect_options"].items()))
                for i in look.get_indexes(table)
            ),
        }
        for table in metadata.tables
    }


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE events SET actor = 'nobody'", "append-only"),
        ("DELETE FROM events", "append-only"),
        ("UPDATE past_outcomes SET reason = ''", "append-only"),
        ("DELETE FROM past_outcomes", "append-only"),
        ("UPDATE inbound SET outcome = NULL, decided_at = NULL, wanted = NULL", "keeps an outcome"),
        ("DELETE FROM inbound", "never leaves the ledger"),
    ],
)
def test_the_record_cannot_be_rewritten(store: Store, ready_url: str, statement: str, refusal: str):
    open_ticket(store)
    row = parked(store)
    with store.transaction() as tx:
        tx.inbound.discard(row, "spam", tx.tickets.history(1001)[0].at)
    with pytest.raises(IntegrityError, match=refusal):
        execute(ready_url, statement)


@pytest.mark.servers
@pytest.mark.parametrize("table", ["events", "past_outcomes", "inbound"])
def test_the_record_cannot_be_emptied_on_postgres(postgres_url: str, table: str):
    store = Store(postgres_url)
    store.prepare()
    store.close()
    with pytest.raises(IntegrityError, match="never emptied"):
        execute(postgres_url, f"TRUNCATE {table} CASCADE")
