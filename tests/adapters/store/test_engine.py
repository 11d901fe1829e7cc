"""Transactions and what surrounds them: all or nothing, one writer, honest failures, exclusive loops."""

import sqlite3
import stat
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from maildesk.adapters.store import (
    LoopsTaken,
    OutboxState,
    Store,
    StoreBusy,
    StoreRefused,
    StoreUnavailable,
    Transaction,
    sqlite,
)  # fmt: skip
from maildesk.adapters.store.engine import TRIES
from maildesk.model.decided import Outcome
from tests.adapters.store.make import (
    ANN,
    LATER,
    NOW,
    finish,
    message,
    open_ticket,
    opened,
    outgoing,
    queued,
    seen,
    side_by_side,
)  # fmt: skip
from tests.servers import Postgres, wait_until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "maildesk.sqlite3"


def sqlite_store(path: Path) -> Store:
    store = Store(f"sqlite:///{path}")
    store.prepare()
    return store


def everything(store: Store) -> object:
    with store.reading() as reader:
        histories = [reader.history(ticket.number) for ticket in reader.tickets()]
        return reader.counts(), list(reader.ledger()), list(reader.outbox()), histories


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_exception_leaves_nothing_behind(store: Store, failure: type[BaseException]):
    row = seen(store)
    before = everything(store)

    def work(tx: Transaction) -> None:
        tx.inbound.record_message(row.id, message(), b"raw")
        ticket, history = opened(tx.tickets.next_number())
        tx.tickets.save(ticket)
        tx.tickets.append(history, row.id)
        tx.tickets.remember_ids(ticket.number, ["<a@x>"])
        tx.outbox.enqueue([outgoing(ticket=ticket.number)])
        finish(tx, row.id, Outcome.TICKET, ticket=ticket.number)
        raise failure

    with pytest.raises(failure), store.transaction() as tx:
        work(tx)
    assert everything(store) == before
    with store.transaction() as tx:
        assert tx.inbound.record_message(row.id, message(), b"raw") is None
        assert tx.tickets.next_number() == 1001
        assert tx.tickets.by_message_ids(["<a@x>"]) == {}


def test_a_transaction_inside_a_transaction_is_a_bug(store: Store):
    with store.transaction(), pytest.raises(RuntimeError, match="inside a transaction"), store.transaction():
        pass
    with store.transaction() as tx:
        assert tx.tickets.next_number() == 1001


def test_reading_goes_on_beside_a_transaction(store: Store):
    with store.transaction() as tx:
        tx.tickets.next_number()
        with store.reading() as reader:
            assert list(reader.tickets()) == []


@pytest.mark.parametrize("processes", [1, 2])
def test_read_modify_write_by_many_loses_nothing_and_is_never_locked_out(store: Store, ready_url: str, processes: int):
    stores = [store, *(Store(ready_url) for _ in range(processes - 1))]
    number = open_ticket(store)

    def append_ten(which: Store) -> None:
        for _ in range(10):
            with which.transaction() as tx:
                ticket = tx.tickets.load(number)
                assert ticket is not None
                tx.tickets.save(type(ticket)(**{**_fields(ticket), "seq": ticket.seq + 1}))

    side_by_side(*(lambda which=which: append_ten(which) for which in stores * (4 // processes)))
    with store.transaction() as tx:
        ticket = tx.tickets.load(number)
    assert ticket is not None
    assert ticket.seq == 41
    for other in stores[1:]:
        other.close()


def _fields(ticket: object) -> dict[str, object]:
    return {name: getattr(ticket, name) for name in ticket.__slots__}  # type: ignore[attr-defined]


def test_a_unit_is_run_again_when_somebody_was_in_the_way(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("maildesk.adapters.store.engine.PAUSE_SECONDS", 0.0)
    tries: list[int] = []

    def unit(tx: Transaction) -> int:
        tries.append(tx.tickets.next_number())
        if len(tries) < TRIES:
            raise StoreBusy("deadlock")
        return tries[-1]

    assert store.run(unit) == 1001
    assert tries == [1001] * TRIES

    def never(tx: Transaction) -> None:
        tries.append(0)
        raise StoreBusy("deadlock")

    tries.clear()
    with pytest.raises(StoreBusy):
        store.run(never)
    assert len(tries) == TRIES


def test_other_failures_are_not_tried_again(store: Store):
    tries: list[int] = []

    def unit(tx: Transaction) -> None:
        tries.append(1)
        tx.tickets.append(opened(99)[1], None)

    with pytest.raises(StoreRefused):
        store.run(unit)
    assert tries == [1]


def test_what_the_database_refuses_is_told_without_the_mail_itself(store: Store):
    queued(store, outgoing("r1", recipient="secret@example.test"))
    with pytest.raises(StoreRefused) as caught:
        queued(store, outgoing("r1", cause="other", recipient="secret@example.test", message_id="<other@desk>"))
    assert "secret@example.test" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.servers
def test_a_deadlock_is_survived_on_postgres(postgres_url: str):
    one, other = Store(postgres_url), Store(postgres_url)
    one.prepare()
    numbers = [open_ticket(one), open_ticket(one)]
    both_hold_one = threading.Barrier(2)

    def lock_in(order: list[int], which: Store) -> None:
        first_time = [True]

        def unit(tx: Transaction) -> None:
            tx.tickets.load(order[0])
            if first_time.pop():
                first_time.append(False)
                both_hold_one.wait(10)
            else:
                first_time.append(False)
            tx.tickets.load(order[1])

        which.run(unit)

    side_by_side(lambda: lock_in(numbers, one), lambda: lock_in(numbers[::-1], other))
    one.close()
    other.close()


def test_a_locked_file_is_busy_and_then_works_again(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    store = sqlite_store(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked"), store.transaction():
        pass
    holder.execute("ROLLBACK")
    assert open_ticket(store) == 1001
    holder.close()
    store.close()


def test_the_file_and_its_companions_are_private(tmp_path: Path):
    store = Store(f"sqlite:///{tmp_path}/new folder/desk.sqlite3")
    store.prepare()
    store.claim_loops()
    queued(store)
    files = sorted((tmp_path / "new folder").iterdir())
    assert [file.name for file in files] == [f"desk.sqlite3{end}" for end in ("", "-shm", "-wal", ".lock")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


@pytest.mark.parametrize("name", ["desk 100% done.sqlite3", "ü#1.sqlite3"])
def test_odd_file_names(tmp_path: Path, name: str):
    store = sqlite_store(tmp_path / name)
    assert open_ticket(store) == 1001
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_the_pragmas_are_in_force(path: Path):
    store = sqlite_store(path)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "wal_autocheckpoint": 0,
        "busy_timeout": 10000,
    }
    with store._database.writing() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted}
    assert found == wanted
    with store._database.reading() as connection:
        assert connection.execute(text("PRAGMA query_only")).scalar_one() == 1
    store.close()


@pytest.mark.parametrize("has_reader", [False, True])
def test_the_log_stays_small_and_is_emptied_at_the_end(path: Path, has_reader: bool):
    store = sqlite_store(path)
    store.claim_loops()
    wal = path.with_name(path.name + "-wal")
    blob = b"x" * 500_000
    with store.reading() as reader:
        if has_reader:
            assert list(reader.tickets()) == []
        for n in range(40):
            queued(store, outgoing(f"r{n}", data=blob))
            if not has_reader:
                assert wal.stat().st_size < sqlite.CHECKPOINT_BYTES + 2 * len(blob)
    # The reader kept the log from starting again; once it is gone, the next transactions let it shrink.
    for n in range(40, 60):
        queued(store, outgoing(f"r{n}", data=blob))
    assert wal.stat().st_size < sqlite.CHECKPOINT_BYTES + 2 * len(blob)
    store.close()
    assert not wal.exists() or wal.stat().st_size == 0
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (60,)
    connection.close()


def test_who_does_not_hold_the_loops_leaves_the_log_alone(path: Path):
    daemon, cli = sqlite_store(path), Store(f"sqlite:///{path}")
    daemon.claim_loops()
    queued(cli, outgoing("r1", data=b"x" * (sqlite.CHECKPOINT_BYTES + 1)))
    wal = path.with_name(path.name + "-wal")
    cli.close()
    assert wal.stat().st_size > sqlite.CHECKPOINT_BYTES
    # What was written is in the log alone: nothing of it was copied into the file.
    assert path.stat().st_size < sqlite.CHECKPOINT_BYTES
    daemon.close()


def test_the_loops_are_exclusive_on_sqlite(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "CLAIM_SECONDS", 0.1)
    first, second = sqlite_store(path), Store(f"sqlite:///{path}")
    first.claim_loops()
    first.claim_loops()
    with pytest.raises(LoopsTaken, match="already runs"):
        second.claim_loops()
    # The command line works beside it.
    assert open_ticket(second) == 1001
    first.close()
    second.claim_loops()
    second.close()


def test_a_full_disk_is_unavailable_and_loses_nothing(path: Path):
    store = sqlite_store(path)
    queued(store)
    with store._database.writing() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count={pages + 2}"))
    with pytest.raises(StoreUnavailable, match="full"):
        queued(store, outgoing("r2", data=b"x" * 1_000_000))
    with store._database.writing() as connection:
        connection.execute(text("PRAGMA max_page_count=1000000"))
    assert len(queued(store, outgoing("r2", data=b"x" * 1_000_000))) == 1
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://host/db",
        "postgresql+asyncpg://host/db",
        "oracle:///x",
    ],
)
def test_other_databases_are_refused_by_name(url: str):
    with pytest.raises(StoreUnavailable, match="sqlite:///FILE or postgresql"):
        Store(url)


def test_a_file_that_is_no_database_is_unavailable(path: Path):
    path.write_bytes(b"This is not a database, whatever its name says. " * 100)
    store = Store(f"sqlite:///{path}")
    with pytest.raises(StoreUnavailable, match="not a database"):
        store.prepare()
    store.close()


def test_a_place_where_nothing_can_be_made_is_unavailable(tmp_path: Path):
    (tmp_path / "file").touch()
    store = Store(f"sqlite:///{tmp_path}/file/maildesk.sqlite3")
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        store.prepare()
    store.close()


_OURS = "FROM pg_stat_activity WHERE application_name = 'maildesk' AND datname = current_database()"
_TERMINATE = f"SELECT pg_terminate_backend(pid) {_OURS}"


@pytest.mark.servers
class TestPostgres:
    @pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
    def test_both_spellings(self, postgres_url: str, scheme: str):
        store = Store(postgres_url.replace("postgresql+psycopg", scheme))
        store.prepare()
        assert open_ticket(store) == 1001
        store.close()

    def test_an_absent_server_is_unavailable(self):
        store = Store("postgresql://nobody@127.0.0.1:1/nothing")
        with pytest.raises(StoreUnavailable, match="not available"):
            store.prepare()
        store.close()

    def test_a_replica_is_refused(self, postgres_url: str):
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            # Stands before the real function, which cannot be made to say yes on a primary.
            connection.execute("CREATE FUNCTION public.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true'")
            database = connection.info.dbname
            connection.execute(f"ALTER DATABASE {database} SET search_path = public, pg_catalog")
        store = Store(postgres_url)
        with pytest.raises(StoreUnavailable, match="replica"):
            store.prepare()
        store.close()

    def test_a_database_that_is_not_utf8_is_refused(self, postgres: Postgres):
        server = postgres.fresh_database().rpartition("/")[0]
        with psycopg.connect(server.replace("+psycopg", "") + "/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
        store = Store(f"{server}/latin")
        with pytest.raises(StoreUnavailable, match="LATIN1"):
            store.prepare()
        store.close()

    def test_a_restart_is_survived(self, postgres: Postgres, postgres_url: str):
        store = Store(postgres_url)
        store.prepare()
        store.claim_loops()
        queued(store)
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'maildesk'"
            )
        with store.transaction() as tx:
            (mail,) = tx.outbox.lease(NOW, 1, 720)
        # The owner's lock is held again: another process does not take the lease for that of a dead one.
        other = Store(postgres_url)
        with other.transaction() as tx:
            assert tx.outbox.take_back() == 0
        with store.transaction() as tx:
            assert tx.outbox.record(mail.id, OutboxState.SENT, None, "250 ok", LATER)
        other.close()
        store.close()

    def test_a_connection_lost_inside_a_transaction_is_unavailable_and_undone(self, postgres_url: str):
        store = Store(postgres_url)
        store.prepare()

        def unit(tx: Transaction) -> None:
            tx.tickets.next_number()
            with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(_TERMINATE)
            wait_until(lambda: _backends(postgres_url) == 0)
            tx.tickets.knows_sender(ANN.address)

        with pytest.raises(StoreUnavailable, match="not available"):
            store.run(unit)
        assert open_ticket(store) == 1001
        store.close()


def _backends(url: str) -> int:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute(f"SELECT count(*) {_OURS}").fetchone()
    assert row is not None
    return int(row[0])
