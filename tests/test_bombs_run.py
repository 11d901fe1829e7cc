"""Every bomb through a real mailbox into a real daemon: one outcome each, octets intact, time and memory bounded."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from imapclient.exceptions import IMAPClientError

from tests.bombs import BOMBS
from tests.crash.reckoning import Books, read_books
from tests.crash.site import Site
from tests.servers import Dovecot, running_sink

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

#: What one mail may take until it is decided, its second and third attempt included.
MAIL_SECONDS = 10
CHILD_MIB = 768
#: A mail of 25 MB is held a few times over while it goes into the database.
DAEMON_GROWTH_MIB = 200
#: A report about nobody's mail is a machine's and makes no ticket; a mail that names no sender waits for an admin.
KEPT = {"ticket", "quarantined", "held", "discarded"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`names` by digest of what the server holds; memory in MiB at its peak; `exit_status` of the daemon."""

    names: dict[str, str]
    refused: tuple[str, ...]
    books: Books
    folders: dict[str, list[bytes]]
    daemon_before_mib: int
    daemon_peak_mib: int
    child_peak_mib: int
    exit_status: int


@pytest.fixture(scope="module")
def outcome(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("bombs")
    with running_sink() as sink:
        site = Site(folder, dovecot, f"sqlite:///{folder}/maildesk.sqlite3", sink.port)
        site.deliver(b"From: bob@x.test\r\nSubject: an ordinary mail\r\n\r\nIt smokes.\r\n")
        try:
            site.start()
            site.wait_quiet()
            yield _throw(site)
        finally:
            site.end()


def _throw(site: Site) -> Outcome:
    assert site.process is not None
    pid = site.process.pid
    before = _peak_mib(pid)
    names, refused = _deliver(site)
    site.wait_quiet(300)
    peaks = [_peak_mib(child) for child in site.find_children()]
    after = _peak_mib(pid)
    status = site.stop()
    return Outcome(names, refused, read_books(site.database), site.folder_contents(), before, after, max(peaks), status)


def _deliver(site: Site) -> tuple[dict[str, str], tuple[str, ...]]:
    """Append every bomb to a folder nobody watches and read it back, then move all of them into the inbox."""
    names: dict[str, str] = {}
    refused: list[str] = []
    with site.mailbox() as client:
        client.create_folder("Bombs")
        for name, make in BOMBS.items():
            try:
                client.append("Bombs", make())
            except IMAPClientError:
                refused.append(name)
                continue
            client.select_folder("Bombs")
            uid = max(client.search())
            names[hashlib.sha256(client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]).hexdigest()] = name
        client.move(client.search(), "INBOX")
    return names, tuple(refused)


def _peak_mib(pid: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


def test_nearly_every_bomb_reached_the_mailbox(outcome: Outcome) -> None:
    assert len(outcome.refused) <= 3, outcome.refused
    assert len(outcome.names) >= 75


def test_every_bomb_is_a_ticket_or_parked_and_its_octets_are_kept(outcome: Outcome) -> None:
    rows = {row.raw_sha256: row for row in outcome.books.ledger}
    assert [name for digest, name in outcome.names.items() if digest not in rows] == []
    bad = [(outcome.names.get(d), row.outcome) for d, row in rows.items() if row.outcome not in KEPT]
    assert bad == []
    assert all(hashlib.sha256(raw).hexdigest() == digest for digest, raw in outcome.books.raws.items())
    assert outcome.folders["INBOX"] == []


def test_no_bomb_takes_long(outcome: Outcome) -> None:
    """From the end of the mail before it to its own: mails are seen in batches and decided one by one."""
    rows = sorted(outcome.books.ledger, key=lambda row: row.decided_at)
    waits = {
        outcome.names.get(row.raw_sha256, ""): (row.decided_at - max(row.seen_at, before.decided_at)).total_seconds()
        for before, row in pairwise(rows)
    }
    assert {name: seconds for name, seconds in waits.items() if seconds > MAIL_SECONDS} == {}


def test_memory_is_bounded_and_the_daemon_lives(outcome: Outcome) -> None:
    print(
        f"daemon {outcome.daemon_before_mib} -> {outcome.daemon_peak_mib} MiB at its peak, "
        f"child {outcome.child_peak_mib} MiB"
    )
    assert outcome.child_peak_mib < CHILD_MIB
    assert outcome.daemon_peak_mib - outcome.daemon_before_mib < DAEMON_GROWTH_MIB
    assert outcome.exit_status == 0
