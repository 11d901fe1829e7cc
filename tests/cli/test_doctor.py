"""`doctor` looks at everything; `doctor auth` finds out what a mail server does with forged results."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from maildesk.cli import app
from tests.desk import TestDesk
from tests.servers import LOOPBACK, Dovecot, SmtpSink

pytestmark = pytest.mark.servers

HOP = b"Received: from desk ([192.0.2.7])\r\n\tby mx.example.test with ESMTPS;\r\n\tWed, 4 Mar 2026 12:00:00 +0000\r\n"
OWN = b"Authentication-Results: mx.example.test; dmarc=none header.from=example.test\r\n"


def _strip(raw: bytes) -> bytes:
    """Remove results in the server's own name, as it should (RFC 8601 §5)."""
    head, _, body = raw.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.startswith(b"Authentication-Results: mx.")]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


SERVERS: dict[str, Callable[[bytes], bytes]] = {
    "good": lambda raw: OWN + HOP + _strip(raw),
    "lax": lambda raw: OWN + HOP + raw,
    "silent": lambda raw: HOP + raw,
    "below": lambda raw: HOP + OWN + raw,
    "no hop": lambda raw: raw,
}


MakeDesk = Callable[..., TestDesk]


@pytest.fixture
def make_desk(dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path) -> MakeDesk:
    return lambda **how: TestDesk(tmp_path / "desk", dovecot, smtp_sink, f"sqlite:///{tmp_path}/desk/d.sqlite3", **how)


@contextmanager
def delivering(desk: TestDesk, server: Callable[[bytes], bytes]) -> Iterator[None]:
    """Carry what the desk sends to its own mailbox, as its mail server does."""
    stop = threading.Event()

    def carry() -> None:
        done = 0
        while not stop.wait(0.05):
            for mail in desk.sink.mails[done:]:
                desk.dovecot.append(desk.users["support"], server(mail.data))
                done += 1

    thread = threading.Thread(target=carry)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def doctor(desk: TestDesk, *words: str) -> Result:
    return CliRunner().invoke(app, ["--config", str(desk.folder_path), "doctor", *words])


@pytest.mark.parametrize(
    ("server", "configured", "status", "said"),
    [
        ("good", ["mx.example.test"], 0, "removed.\nSafe. Write in maildesk.yaml:\nauthserv_ids: [mx.example.test]"),
        ("good", [], 0, "authserv_ids: [mx.example.test]"),
        ("good", ["other.test"], 0, "But maildesk.yaml believes other.test"),
        ("lax", ["mx.example.test"], 0, "arrive, but below what is believed"),
        ("silent", ["mx.example.test"], 0, "adds no Authentication-Results"),
        ("no hop", ["mx.example.test"], 1, "UNSAFE: results forged in the name of mx.example.test"),
        ("no hop", [], 0, "Until then write in maildesk.yaml:\nauthserv_ids: []"),
    ],
)  # fmt: skip
def test_forged_results(make_desk: MakeDesk, server: str, configured: list[str], status: int, said: str) -> None:
    desk = make_desk(changes={"authserv_ids": configured})
    with delivering(desk, SERVERS[server]):
        result = doctor(desk, "auth", "--timeout", "20")
    assert said in result.output, result.output
    assert result.exit_code == status
    # The desk enters its own test mails as such: no ticket, no answer.
    desk.outgoing()
    desk.run_once()
    assert desk.outcomes() == ["discarded"] * 3
    assert desk.outgoing().recipients == []


def test_as_json(make_desk: MakeDesk) -> None:
    desk = make_desk()
    with delivering(desk, SERVERS["good"]):
        [row] = [json.loads(line) for line in doctor(desk, "auth", "--json").stdout.splitlines()]
    assert row == {
        "authserv_ids": ["mx.example.test"], "adds": ["mx.example.test"], "survived": [], "believed": [], "safe": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--mailbox", "nowhere"), 2, "there is no mailbox 'nowhere'; there is: support"),
        (("--timeout", "0.1"), 1, "these test mails did not arrive within 0.1 seconds: plain"),
    ],
)
def test_what_cannot_be_tried(make_desk: MakeDesk, words: tuple[str, ...], status: int, said: str) -> None:
    result = doctor(make_desk(), "auth", *words)
    assert (result.exit_code, said in result.output) == (status, True), result.output


def test_everything_is_looked_at(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.run_once()
    result = doctor(desk, "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {"python", "configuration", "database", "clock", "disk", "server"} <= {row["what"] for row in rows}
    assert [row for row in rows if row["state"] == "problem"] == []
    assert result.exit_code == 0


def test_what_is_wrong_is_said(make_desk: MakeDesk) -> None:
    desk = make_desk(changes={"smtp": {"host": LOOPBACK, "port": 1, "security": "none"}})
    result = doctor(desk)
    assert result.exit_code == 1
    assert "problem server: smtp: connect" in result.output
