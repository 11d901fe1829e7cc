"""A database of the version before: it opens, its mails can still be answered, and what was held can be let through.

`desk_0002.json.gz` holds the rows that version 0002 of the schema left of two tickets, two held mails and an answer
that still waited for the end of its recall window.
"""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, text

from maildesk.adapters.store import SchemaTooOld
from maildesk.adapters.store.migrate import MIGRATIONS
from maildesk.model import event as ev
from tests.desk import Sent, TestDesk
from tests.servers import Dovecot, SmtpSink
from tests.stories.afterwards import fold
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA

pytestmark = pytest.mark.servers

_LEFT = Path(__file__).parents[1] / "data" / "desk_0002.json.gz"
_UNKNOWN_COMMAND, _FORGED = 4, 5


@pytest.fixture
def old_desk(make_desk: MakeDesk, database_url: str, dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path) -> TestDesk:
    """The desk as its daemon left it, on a mail server that has lost the old mails."""
    left = json.loads(gzip.decompress(_LEFT.read_bytes()))
    desk = TestDesk(tmp_path / "old", dovecot, smtp_sink, database_url, policy={"recall": "60s"})
    (desk.folder_path / "secret.key").write_text(left["secret"])
    (desk.folder_path / "secret.key").chmod(0o600)
    _restore(database_url, left["tables"])
    if not database_url.startswith("sqlite"):
        with pytest.raises(SchemaTooOld, match="maildesk db upgrade"):
            desk.run_once()
        desk.cli("db", "upgrade")
    desk.clock.now = datetime.fromisoformat(left["now"]) + timedelta(seconds=5)
    return desk


def _restore(url: str, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Make the schema of that version and put its rows in, as it wrote them."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, "0002")
        made = MetaData()
        made.reflect(connection)
        connection.execute(made.tables["counters"].delete())
        for name, rows in tables.items():
            table = made.tables[name]
            connection.execute(
                table.insert(), [{key: _value(table, key, value) for key, value in row.items()} for row in rows]
            )
            if connection.dialect.name == "postgresql" and "id" in table.c:
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {len(rows)})"))
    engine.dispose()


def _value(table: Any, column: str, value: Any) -> Any:
    kind = table.c[column].type.python_type
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    if kind is datetime and value is not None:
        return datetime.fromisoformat(value).astimezone(UTC)
    return bool(value) if kind is bool and value is not None else value


def mail_to(desk: TestDesk, recipient: str, notice: str) -> Sent:
    """Return a mail that the old version sent."""
    with desk.store() as store, store.transaction() as tx:
        (row, *_) = [m for m in desk.outbox() if m.recipient == recipient and m.notice == notice]
        data = tx.outbox.find_data(row.id)
    assert data is not None
    return Sent("", recipient, data)


def test_tickets_open_and_what_waited_leaves_at_its_time(old_desk: TestDesk):
    old_desk.run_once()
    assert old_desk.outgoing() == ()
    assert [(t.number, t.status, t.priority, t.snoozed_until) for t in old_desk.tickets()] == [
        (1001, "open", "P2", None),
        (1002, "new", "P3", None),
    ]
    assert all(fold(old_desk.history(t.number)) == t for t in old_desk.tickets())
    old_desk.clock.advance(seconds=60)
    old_desk.run_once()
    assert old_desk.outgoing().to(ANN.address).text.startswith("Which room, please?\n")


def test_old_mails_can_be_answered(old_desk: TestDesk):
    old_desk.run_once()
    told = mail_to(old_desk, TIA.address, "command_result")
    old_desk.deliver(TIA.bare_reply(told, "#tag fuser\n#snooze 2h\n"), dmarc="pass")
    assert (old_desk.last().outcome, old_desk.last().ticket) == ("follow-up", 1001)
    assert old_desk.ticket().tags == ("fuser",)

    old_desk.deliver(ANN.bare_reply(mail_to(old_desk, ANN.address, "acknowledgement"), "On fire now.\n"), dmarc="pass")
    assert (old_desk.last().outcome, old_desk.last().ticket) == ("follow-up", 1001)
    old_desk.clock.advance(hours=3)
    old_desk.run_once()
    assert old_desk.ticket().snoozed_until is None
    assert fold(old_desk.history()) == old_desk.ticket()


def test_held_mails_can_be_released_and_sent(old_desk: TestDesk):
    old_desk.run_once()
    old_desk.cli("release", str(_UNKNOWN_COMMAND))
    old_desk.cli("release", str(_FORGED))
    for _ in range(2):
        old_desk.clock.advance(minutes=2)
        old_desk.run_once()

    assert [old_desk.outcomes()[n - 1] for n in (_UNKNOWN_COMMAND, _FORGED)] == ["follow-up", "follow-up"]
    texts = [e.text for e in old_desk.events(ev.CorrespondenceSent)]
    assert texts == ["Which room, please?", "Which floor?", "It is mended."]
    assert old_desk.ticket().status == "resolved"
    assert fold(old_desk.history()) == old_desk.ticket()


def test_send_lets_through_what_the_old_version_held(old_desk: TestDesk):
    old_desk.run_once()
    rejected = mail_to(old_desk, TIA.address, "command_rejected")
    old_desk.deliver(TIA.bare_reply(rejected, "send\n"), dmarc="pass")
    old_desk.clock.advance(minutes=2)
    old_desk.run_once()
    assert [e.text for e in old_desk.events(ev.CorrespondenceSent)] == ["Which room, please?", "Which floor?"]
    assert old_desk.outcomes()[_UNKNOWN_COMMAND - 1] == "follow-up"
