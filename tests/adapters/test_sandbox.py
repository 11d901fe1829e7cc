"""Parsing in limited children: answers, deaths, limits, and that nothing leaks either way."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.adapters import sandbox_wire as wire
from maildesk.adapters.sandbox import ParsingFailed, Sandbox
from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.message import Kind

CONTEXT = ReadingContext(("support@example.test",), ("mx.example.test",))
DATA = Path(__file__).parents[1] / "data"
MAIL = b"From: Ann <ann@x.test>\r\nTo: support@example.test\r\nSubject: hello\r\n\r\nIt is broken.\r\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(CONTEXT, workers=2)
    yield made
    made.close()


def children_of(made: Sandbox) -> list[int]:
    return [child._process.pid for child in made._children if child._process is not None]


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
    return False


def big_mail(size: int) -> bytes:
    head = (
        b"From: ann@x.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n"
        b"--bb\r\n\r\ntext\r\n"
        b"--bb\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head + base64.encodebytes(b"\x5a" * (size * 3 // 4)) + b"--bb--\r\n"


@pytest.mark.parametrize("path", sorted(DATA.glob("*.eml")), ids=lambda path: path.stem)
def test_the_child_answers_what_a_direct_reading_gives(sandbox: Sandbox, path: Path):
    raw = path.read_bytes()
    direct = read_message(raw, CONTEXT)
    answer = sandbox.read(raw)
    assert answer.message == direct.message
    assert answer.parts == direct.parts


def test_minimal_reading_and_context_reach_the_child(sandbox: Sandbox):
    assert sandbox.read(MAIL, minimal=True).message.problems
    own = MAIL.replace(b"ann@x.test", b"support@example.test")
    assert sandbox.read(own).message.kind == read_message(own, CONTEXT).message.kind
    assert sandbox.read(MAIL).message.kind is Kind.PERSON


def test_a_mail_of_25_mebibytes_passes_both_pipes(sandbox: Sandbox):
    raw = big_mail(25 * 2**20)
    (attachment,) = sandbox.read(raw).message.attachments
    assert attachment.size_bytes == 25 * 2**20 * 3 // 4


def test_many_threads_share_the_children(sandbox: Sandbox):
    futures = [sandbox.submit(MAIL.replace(b"hello", b"number %d" % n)) for n in range(40)]
    assert [future.result(30).message.subject for future in futures] == [f"number {n}" for n in range(40)]


def test_a_child_that_died_while_idle_is_replaced_and_no_mail_blamed():
    made = Sandbox(CONTEXT)
    try:
        made.read(MAIL)
        (pid,) = children_of(made)
        os.kill(pid, signal.SIGKILL)
        assert made.read(MAIL).message.subject == "hello"
        assert children_of(made) != [pid]
    finally:
        made.close()


def test_a_mail_that_takes_too_long_is_given_up_and_the_next_one_read():
    made = Sandbox(CONTEXT, wall_seconds=1.0)
    try:
        made.read(MAIL)
        (pid,) = children_of(made)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(ParsingFailed, match="longer than 1 seconds") as failure:
            made.read(MAIL)
        assert failure.value.reason
        assert made.read(MAIL).message.subject == "hello"
    finally:
        made.close()


def test_a_mail_that_needs_too_much_memory_is_given_up_and_the_next_one_read():
    made = Sandbox(CONTEXT, memory_bytes=256 * 2**20)
    try:
        with pytest.raises(ParsingFailed):
            made.read(big_mail(60 * 2**20))
        assert made.read(MAIL).message.subject == "hello"
        assert made.read(big_mail(60 * 2**20), minimal=True).message.sender is not None
    finally:
        made.close()


def test_a_mail_that_spends_its_processor_time_is_given_up():
    made = Sandbox(CONTEXT, cpu_seconds=0)
    # The standard library holds each line against every boundary that is open.
    slow = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(55))
    slow += b"\r\n" + b"x\r\n" * 1_000_000
    try:
        with pytest.raises(ParsingFailed, match="processor time"):
            made.read(slow)
        assert made.read(MAIL).message.subject == "hello"
    finally:
        made.close()


def test_the_child_knows_no_secret_and_has_its_limits(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MAILDESK_SECRET", "not for children")
    made = Sandbox(CONTEXT)
    try:
        made.read(MAIL)
        (pid,) = children_of(made)
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert sorted(entry.partition(b"=")[0] for entry in environment.split(b"\0") if entry) == [
            b"LC_ALL",
            b"PATH",
            b"PYTHONPATH",
        ]
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert f"Max address space         {768 * 2**20}" in limits
        assert "Max open files            32" in limits
        assert "Max core file size        0" in limits
        assert Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "500"
        assert len(list(Path(f"/proc/{pid}/fd").iterdir())) == 3
    finally:
        made.close()
    assert gone(pid)


def test_closing_ends_the_children_and_fails_what_waits():
    made = Sandbox(CONTEXT)
    made.read(MAIL)
    (pid,) = children_of(made)
    os.kill(pid, signal.SIGSTOP)
    waiting = [made.submit(MAIL) for _ in range(3)]
    made.close()
    assert gone(pid)
    for future in waiting:
        with pytest.raises(ParsingFailed):
            future.result(5)


PARENT = """
import time
from maildesk.adapters.sandbox import Sandbox
from maildesk.mail.read import ReadingContext
made = Sandbox(ReadingContext())
made.read(b"From: ann@x.test\\r\\n\\r\\n")
print(made._children[0]._process.pid, flush=True)
time.sleep(600)
"""


def test_a_child_ends_with_its_parent():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


class Lying:
    """A stream that claims more than it has, or what cannot be."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def read(self, count: int) -> bytes:
        taken, self.octets = self.octets[:count], self.octets[count:]
        return taken


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x00\x00",
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x09short",
        b"\x00\x00\x00\x02{}",
        b"\x00\x00\x00\x04null",
        b'\x00\x00\x00\x0f{"message": "x"}',
    ],
)
def test_nonsense_from_a_child_is_no_answer(octets: bytes):
    with pytest.raises(wire.BrokenFrame):
        wire.read_answer(Lying(octets))


def test_submit_returns_before_the_mail_is_read(sandbox: Sandbox):
    pids = children_of(sandbox)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    futures = [sandbox.submit(MAIL) for _ in pids]
    assert not any(future.done() for future in futures)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    assert [future.result(30).message.subject for future in futures] == ["hello"] * len(pids)
