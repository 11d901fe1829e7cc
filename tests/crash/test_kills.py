"""The real daemon, killed by SIGKILL again and again while mail comes in: nothing lost, nothing doubled.

MAILDESK_PROOF=1 makes 200 kills of 10. MAILDESK_SEED repeats a run as far as timing can be repeated.
"""

import os
import random
import secrets
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from imapclient import IMAPClient

from maildesk.adapters.store import WrongState
from tests.crash.mails import Correspondents
from tests.crash.reckoning import count_in_hand, count_resent, find_faults, read_books
from tests.crash.site import Site
from tests.servers import LOSE_250, Dovecot, SmtpSink, wait_until

PROOF = os.environ.get("MAILDESK_PROOF") == "1"
KILLS = 200 if PROOF else 10
#: Mails that lie in the inbox when the daemon comes up, and the mean pause between those that come after.
BURST = 8
PAUSE_SECONDS = 0.15

pytestmark = [pytest.mark.crash, pytest.mark.servers, pytest.mark.timeout(KILLS * 8 + 120)]


class Feeder:
    """Writes mail to the desk from a thread of its own, and reads what comes back."""

    def __init__(self, site: Site, sink: SmtpSink, seed: int) -> None:
        self.people = Correspondents(seed)
        self.lost_250 = 0
        self._site = site
        self._sink = sink
        self._random = random.Random(seed + 1)
        self._stop = threading.Event()
        self._burst = threading.Semaphore(0)
        self._read = 0
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def burst(self, mails: int) -> None:
        """Have so many mails written at once."""
        self._burst.release(mails)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(30)
        if self._failure is not None:
            raise self._failure

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            with self._site.mailbox() as client:
                while not self._stop.is_set():
                    self._write(client)
                    self._burst.acquire(timeout=self._random.expovariate(1 / PAUSE_SECONDS))
        except BaseException as failure:
            self._failure = failure

    def _write(self, client: IMAPClient) -> None:
        mails = self._sink.mails[self._read :]
        self._read += len(mails)
        for mail in mails:
            self.people.read(mail)
        client.append("INBOX", self.people.write().raw)
        if self._random.random() < 0.02:
            self._sink.fail("DATA", LOSE_250)
            self.lost_250 += 1


@contextmanager
def feeding(site: Site, sink: SmtpSink, seed: int) -> Iterator[Feeder]:
    feeder = Feeder(site, sink, seed)
    feeder.start()
    try:
        yield feeder
    finally:
        feeder.end()


def _wait_for_a_moment(site: Site, begins: int, chance: random.Random) -> None:
    """Wait for a point drawn anywhere between the start of the process and an idle desk."""
    match chance.choices(("start", "lines", "delay"), (2, 6, 3))[0]:
        case "start":
            threading.Event().wait(chance.uniform(0.05, 2.0))
        case "lines":
            _wait_for_lines(site, begins, chance.randint(1, 25))
            threading.Event().wait(chance.uniform(0, 0.01))
        case _:
            _wait_for_lines(site, begins, 1)
            threading.Event().wait(chance.uniform(0.0, 1.0))


def _wait_for_lines(site: Site, begins: int, count: int) -> None:
    """Wait for so many mails decided or sent; a desk with less to do is killed idle."""

    def is_enough() -> bool:
        log = site.log_since(begins)
        return log.count(b"event=decided") + log.count(b"event=sent") >= count

    # Long enough for the slowest start: a desk that is always killed before its first mail proves nothing.
    with suppress(AssertionError):
        wait_until(is_enough, 15)


def _settle(site: Site) -> int:
    """Let the desk finish, doing what an admin would: try deferred mail again, requeue what crashes parked."""
    requeued: set[int] = set()

    def tend() -> bool:
        with site.store() as store:
            with store.reading() as reader:
                late = [mail.id for mail in reader.outbox() if mail.state.value == "deferred"]
                parked = {m.id for m in reader.held() if "failed 3 times" in m.reason and m.requested is None}
            for outbox_id in late:
                with suppress(WrongState), store.transaction() as tx:
                    tx.outbox.retry(outbox_id)
            for inbound_id in parked - requeued:
                with store.transaction() as tx:
                    tx.inbound.request_requeue(inbound_id)
            requeued.update(parked)
        with suppress(AssertionError):
            site.wait_quiet(1)
            return not parked
        return False

    wait_until(tend, 60 + KILLS)
    return len(requeued)


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_nothing_is_lost_or_doubled(
    database_url: str, dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("MAILDESK_SEED") or secrets.randbelow(1_000_000))
    print(f"seed {seed}")
    chance = random.Random(seed)
    site = Site(tmp_path, dovecot, database_url, smtp_sink.port)
    in_hand = 0
    try:
        with feeding(site, smtp_sink, seed) as feeder:
            for _ in range(KILLS):
                feeder.burst(BURST)
                _wait_for_a_moment(site, site.start(), chance)
                site.kill()
                in_hand += count_in_hand(site.autopsy(tmp_path / "autopsy")) > 0
        _wait_for_lines(site, site.start(), 1)
        parked = _settle(site)
        assert site.stop() == 0
        verified = subprocess.run(site.command("ledger", "verify"), capture_output=True, text=True, check=False)
    finally:
        site.end()
    deliveries = feeder.people.deliveries
    faults = find_faults(read_books(database_url), site.folder_contents(), smtp_sink.mails, deliveries)
    with capsys.disabled():
        print(
            f"\n{database_url.partition(':')[0]}: seed {seed}, {KILLS} kills ({in_hand} with messages in hand), "
            f"{len(deliveries)} messages, {len(smtp_sink.mails)} mails out, {feeder.lost_250} times 250 lost, "
            f"{count_resent(smtp_sink.mails)} resent, {parked} parked and requeued, "
            f"lost {sum(f.startswith('lost') for f in faults)}, doubled {sum(f.startswith('doubled') for f in faults)}"
        )
    assert faults == []
    assert verified.returncode == 0, verified.stdout
    assert wait_until(lambda: not site.orphans())
