"""The words for systemd, as its socket would hear them."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maildesk.adapters import notify_socket

#: Stands for the number of the process that runs the test: the ids of tests are the same in all of them.
OWN_PID = "own"


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    name = f"@maildesk-test-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(5)
        sock.bind("\0" + name[1:] if name.startswith("@") else name)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield sock


@pytest.mark.parametrize(
    ("say", "heard"),
    [
        (lambda: notify_socket.notify_ready("3 mailboxes"), ["READY=1", "STATUS=3 mailboxes"]),
        (notify_socket.notify_stopping, ["STOPPING=1"]),
        (lambda: notify_socket.notify_alive("idle"), ["WATCHDOG=1", "STATUS=idle"]),
        (lambda: notify_socket.notify_alive("two\nREADY=1 Grüße"), ["WATCHDOG=1", "STATUS=two READY=1 Grüße"]),
    ],
)
def test_each_word(systemd: socket.socket, say: Callable[[], None], heard: list[str]) -> None:
    say()
    assert systemd.recv(1000).decode().split("\n") == heard


def test_a_reload_tells_the_monotonic_time(systemd: socket.socket) -> None:
    before = time.monotonic_ns() // 1000
    notify_socket.notify_reloading()
    first, second = systemd.recv(1000).decode().split("\n")
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


@pytest.mark.parametrize("address", [None, "", "/no/such/socket", "@nobody-listens-here", "x" * 300])
def test_nobody_listening_is_fine(address: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify_socket.notify_ready()
    notify_socket.notify_stopping()


@pytest.mark.parametrize(
    ("microseconds", "pid", "expected"),
    [
        (None, None, None),
        ("30000000", None, 15.0),
        ("30000000", OWN_PID, 15.0),
        ("30000000", "1", None),
        ("soon", None, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_asked(
    microseconds: str | None, pid: str | None, expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("WATCHDOG_USEC", microseconds), ("WATCHDOG_PID", pid)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, str(os.getpid()) if value == OWN_PID else value)
    assert notify_socket.find_watchdog_seconds() == expected
