"""The daemon as a process: woken by new mail, reloading, stopping; and the one that finds its place taken."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from maildesk import daemon as assembling
from maildesk.adapters.imap import Mailbox
from maildesk.intake import Intake
from maildesk.model import event as ev
from tests.desk import RULES, Sent, TestDesk
from tests.servers import wait_until
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
#: Generous: the machine may be busy. What it usually takes is printed.
DEADLINE = 30.0


class RunningDaemon:
    """`maildesk run` on a desk's folder, in a process of its own."""

    def __init__(self, desk: TestDesk) -> None:
        self.desk = desk
        self._log = desk.folder_path / "daemon.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "maildesk", "--config", str(desk.folder_path), "run"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"},
            )  # fmt: skip

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for_log(self, *words: str, after: int = 0) -> str:
        """Return the first line from a position on that holds all the words."""

        def found() -> str:
            assert self.process.poll() is None, self.log()
            return next((line for line in self.log()[after:].splitlines() if all(w in line for w in words)), "")

        return wait_until(found, DEADLINE)

    def wait_for_mail_to(self, address: str) -> Sent:
        def found() -> Sent | None:
            assert self.process.poll() is None, self.log()
            return next((m for m in self.desk.outgoing() if m.recipient == address), None)

        mail = wait_until(found, DEADLINE)
        assert mail is not None
        return mail

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status; kill what does not end in time."""
        self.process.send_signal(how)
        try:
            return self.process.wait(DEADLINE)
        finally:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(desk: TestDesk) -> Iterator[RunningDaemon]:
    daemon = RunningDaemon(desk)
    try:
        daemon.wait_for_log("watching", "uidvalidity")
        yield daemon
    finally:
        if daemon.process.poll() is None:
            daemon.stop(signal.SIGKILL)
        desk.clock.catch_up()


def test_mail_that_comes_while_idling_is_acknowledged_at_once(make_desk: MakeDesk, database_url: str):
    desk = make_desk(database_url)
    with running(desk) as daemon:
        for number in range(3):
            started = time.monotonic()
            desk.receive(ANN.write(f"Printer {number}", "It smokes.\n"), dmarc="pass")
            daemon.wait_for_mail_to("ann@customer.test")
            print(f"acknowledged after {time.monotonic() - started:.3f} s")
        assert daemon.stop() == 0
    assert desk.outcomes() == ["ticket"] * 3


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_ends_within_ten_seconds(desk: TestDesk, how: int):
    with running(desk) as daemon:
        started = time.monotonic()
        assert daemon.stop(how) == 0
        took = time.monotonic() - started
        print(f"ended after {took:.3f} s")
        assert took < 10


def test_asked_to_stop_in_the_middle_of_work_it_loses_and_doubles_nothing(make_desk: MakeDesk, database_url: str):
    desk = make_desk(database_url, policy={"acknowledgements": {"per_address": "none"}})
    for number in range(20):
        desk.receive(ANN.write(f"Printer {number}", "It smokes.\n"), dmarc="pass")
    with running(desk) as daemon:
        daemon.wait_for_log("decided")
        assert daemon.stop() == 0
    desk.run_once()

    assert desk.outcomes() == ["ticket"] * 20
    assert sorted(t.subject for t in desk.tickets()) == sorted(f"Printer {n}" for n in range(20))
    got = [mail.message_id for mail in desk.outgoing()]
    assert (len(got), len(set(got))) == (40, 40)


def test_faulty_rules_are_refused_and_the_old_ones_stay(desk: TestDesk):
    with running(desk) as daemon:
        desk.change_rules(RULES.replace("queue: network", "queue: moon"))
        daemon.process.send_signal(signal.SIGHUP)
        line = daemon.wait_for_log("reload refused", "moon")
        assert "rules.yaml:5" in line
        desk.receive(ANN.write("Server web1 is down", "Help.\n"), dmarc="pass")
        daemon.wait_for_mail_to("ned@staff.test")
        assert (desk.ticket(1001).priority, desk.ticket(1001).queue) == ("P1", "network")

        desk.change_rules(RULES.replace("impact: high, urgency: high", "priority: P5"))
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_log("reloaded")
        desk.receive(ANN.write("Server web2 is down", "Help.\n"), dmarc="pass")
        daemon.wait_for_mail_to("ned@staff.test")
        assert desk.ticket(1002).priority == "P5"
        assert daemon.stop() == 0


def test_reload_takes_a_technician_in(desk: TestDesk):
    with running(desk) as daemon:
        desk.change_policy(technicians=[{"email": "lea@staff.test", "name": "Lea", "queues": ["general", "network"]}])
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_log("reloaded")
        desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
        daemon.wait_for_mail_to("lea@staff.test")
        assert daemon.stop() == 0
    assert "tia@staff.test" not in [m.recipient for m in desk.sink.mails]


def test_second_daemon_on_one_sqlite_file_is_refused(desk: TestDesk):
    with running(desk) as daemon:
        second = subprocess.run(
            [sys.executable, "-m", "maildesk", "--config", str(desk.folder_path), "run"],
            cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert "maildesk" in second.stderr and "Traceback" not in second.stderr
        desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
        daemon.wait_for_mail_to("ann@customer.test")
        assert daemon.stop() == 0


def test_release_beside_a_running_daemon_is_taken_by_it(desk: TestDesk):
    with running(desk) as daemon:
        desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
        notice = daemon.wait_for_mail_to("tia@staff.test")
        desk.receive(TIA.reply(notice, "We come.\n"), dmarc="fail")
        daemon.wait_for_mail_to("tia@staff.test")
        assert "running daemon" in desk.cli("release", str(desk.last().id))
        assert "We come." in daemon.wait_for_mail_to("ann@customer.test").text
        wait_until(lambda: not desk.folder("Held"), DEADLINE)
        assert daemon.stop() == 0
    assert desk.outcomes() == ["ticket", "follow-up"]


def test_mail_server_that_goes_away_is_waited_for(desk: TestDesk):
    with running(desk) as daemon:
        desk.sink.hang_up()
        desk.sink.fail("CONNECT", "421 4.3.2 later")
        desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
        daemon.wait_for_log("not sent")
        wait_until(lambda: desk.outcomes() == ["ticket"], DEADLINE)
        assert daemon.stop() == 0
    desk.clock.advance(minutes=2)
    desk.run_once()
    assert {"ann@customer.test", "tia@staff.test"} == {m.recipient for m in desk.sink.mails}


def test_mail_that_comes_while_a_drain_looks_round_is_not_left_waiting(desk: TestDesk, monkeypatch: pytest.MonkeyPatch):
    # Announced with the answer to any command of the drain, it is not announced again by IDLE.
    daemon = desk.daemon()
    daemon.store.claim_loops()
    daemon.store.prepare()
    settings = daemon.settings.mailboxes[0]
    mailbox = Mailbox(settings.imap, settings.folders)
    mailbox.open()
    late = [ANN.write("Printer", "It smokes.\n")]
    search, bell = Mailbox._search, os.eventfd(0)

    def search_and_receive(self: Mailbox, *rest: Any) -> tuple[int, ...]:
        found = search(self, *rest)
        if late:
            desk.receive(late.pop())
        return found

    monkeypatch.setattr(Mailbox, "_search", search_and_receive)
    intake, started = daemon._intake, time.monotonic()
    while intake.drain(mailbox, settings.name, sweep=True) == 0:
        mailbox.wait(60.0, bell)
    assert time.monotonic() - started < DEADLINE / 2
    mailbox.close()
    os.close(bell)
    daemon.store.close()


@pytest.mark.parametrize("patience", [DEADLINE, 0.0])
def test_what_came_while_it_was_down_is_read_before_time_does_its_part(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, patience: float
):
    """Ann answered in time: she is neither reminded nor given up. A mailbox that cannot be read is not waited for."""
    told = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    question = desk.deliver(TIA.reply(told, "#wait\n\nWhich floor?\n"), dmarc="pass").to(ANN.address)
    desk.receive(ANN.reply(question, "The second.\n"), dmarc="pass")
    desk.clock.advance(days=20)
    daemon, drain, ticked = desk.daemon(), Intake.drain, threading.Event()

    def drain_late(self: Intake, *rest: Any, **how: Any) -> int:
        # Several ticks later, or after the first one that did something.
        ticked.wait(0.5 if patience else DEADLINE)
        return drain(self, *rest, **how)

    def tick(*rest: Any) -> int:
        changed = look(*rest)
        ticked.set()
        return changed

    def stop() -> None:
        wait_until(lambda: ticked.is_set() and len(desk.ledger()) == 3, DEADLINE)
        os.kill(os.getpid(), signal.SIGTERM)

    look = assembling.timers.tick
    monkeypatch.setattr(assembling, "_TICK_SECONDS", 0.05)
    monkeypatch.setattr(assembling, "_PATIENCE_SECONDS", patience)
    monkeypatch.setattr(assembling.timers, "tick", tick)
    monkeypatch.setattr(Intake, "drain", drain_late)
    stopping = threading.Thread(target=stop)
    stopping.start()
    daemon.run()
    stopping.join()
    assert desk.ticket().status == "open"
    assert len(desk.events(ev.RequesterReminded)) == (0 if patience else 1)
