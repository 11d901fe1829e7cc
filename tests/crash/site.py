"""One help desk to kill: its configuration, mailbox and database, and the daemon as a process of its own.

Used by the crash tests, the corpus run and the benchmarks. Says nothing about what is right: that is `reckoning`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imapclient import IMAPClient

from maildesk.adapters.store import Store
from maildesk.daemon import Daemon, Pass
from tests.servers import PASSWORD, Dovecot, wait_until

DESK = "support@example.test"
TIA = "tia@staff.example.test"
AUTHSERV = "mx.example.test"
FOLDERS = ("Processed", "Held", "Quarantine")
EVERYTHING = ("INBOX", *FOLDERS)

_SETTINGS = """
database: {database}
secret: {{file: secret.key}}
mailboxes:
  - name: support
    address: {desk}
    queue: general
    imap: {{host: {host}, port: {port}, security: none, username: {user}, password: {password}}}
smtp: {{host: 127.0.0.1, port: {smtp_port}, security: none, connections: 2}}
authserv_ids: [{authserv}]
"""
_DESK = f"""
name: Example Support
queues:
  general: {{level: 1}}
technicians:
  - {{email: {TIA}, name: Tia Berg, queues: [general]}}
recall: 0s
acknowledgements: {{per_address: none, unproven: none, per_ticket: 1}}
"""


class Site:
    """A desk in a folder of its own. `user` is its mailbox on Dovecot."""

    def __init__(
        self, folder: Path, dovecot: Dovecot, database: str, smtp_port: int, *, host: str = "127.0.0.1"
    ) -> None:
        self.folder = folder
        self.dovecot = dovecot
        self.database = database
        self.user = dovecot.fresh_user()
        self.log_path = folder / "daemon.log"
        self.log_path.touch()
        facts = {"host": host, "port": dovecot.port, "user": self.user, "password": PASSWORD, "smtp_port": smtp_port}
        settings = _SETTINGS.format(database=database, desk=DESK, authserv=AUTHSERV, **facts)
        (folder / "maildesk.yaml").write_text(settings)
        (folder / "desk.yaml").write_text(_DESK)
        (folder / "rules.yaml").write_text("rules: []\n")
        self.process: subprocess.Popen[bytes] | None = None
        self.children: set[int] = set()

    # ------------------------------------------------------------------ the daemon

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "maildesk", "--config", str(self.folder), *words]

    def start(self) -> int:
        """Start the daemon; return where its log begins."""
        begins = self.log_path.stat().st_size
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(self.command("run"), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return begins

    def kill(self) -> None:
        """SIGKILL, as the kernel or a power cut would; the parsing children are left to notice by themselves."""
        assert self.process is not None
        assert self.process.poll() is None, f"the daemon ended by itself: {self.log_path.read_text()[-2000:]}"
        self.children |= self.find_children()
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; return the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def end(self) -> None:
        """Leave nothing running, whatever happened."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def orphans(self) -> set[int]:
        """Return the parsing children of killed daemons that still run."""
        return {pid for pid in self.children if _is_parser(pid)}

    def log_since(self, offset: int) -> bytes:
        with self.log_path.open("rb") as log:
            log.seek(offset)
            return log.read()

    def run_once(self) -> Pass:
        """Do one pass in this very process."""
        return Daemon(self.folder, os.environ).run_once()

    def find_children(self) -> set[int]:
        """Return the daemon's parsing children."""
        if self.process is None:
            return set()
        with suppress(OSError):
            task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            return {int(word) for word in task.read_text().split()}
        return set()

    # ------------------------------------------------------------------ mail and data

    @contextmanager
    def mailbox(self) -> Iterator[IMAPClient]:
        """Lend a connection to the mailbox, with its folders in place."""
        with self.dovecot.login(self.user) as client:
            yield client

    def deliver(self, *mails: bytes) -> None:
        with self.mailbox() as client:
            for raw in mails:
                client.append("INBOX", raw)

    def folder_contents(self) -> dict[str, list[bytes]]:
        """Return the bytes of every message, by folder; a folder that nobody made is empty."""
        with self.mailbox() as client:
            made = {name for _, _, name in client.list_folders()}
            return {name: _read_folder(client, name) if name in made else [] for name in EVERYTHING}

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the database beside the daemon, as the command line does."""
        store = Store(self.database)
        try:
            yield store
        finally:
            store.close()

    def autopsy(self, folder: Path) -> str:
        """Return the URL of the database as a killed daemon left it: its successor must find that untouched."""
        if not self.database.startswith("sqlite"):
            return self.database
        original = Path(self.database.removeprefix("sqlite:///"))
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copy(f"{original}{suffix}", folder)
        return f"sqlite:///{folder / original.name}"

    def wait_quiet(self, seconds: float = 60.0) -> None:
        """Wait until the inbox is empty, every mail is decided and nothing waits to be sent."""
        with self.mailbox() as client, self.store() as store:
            wait_until(lambda: _is_quiet(client, store), seconds)


def _is_quiet(client: IMAPClient, store: Store) -> bool:
    if client.folder_status("INBOX", ["MESSAGES"])[b"MESSAGES"]:
        return False
    with store.reading() as reader:
        counts = reader.counts()
    waiting = {"queued", "sending", "deferred"} & {state.value for state, _ in counts.outbox}
    return not counts.undecided and not waiting


def _read_folder(client: IMAPClient, name: str) -> list[bytes]:
    client.select_folder(name, readonly=True)
    uids = client.search()
    chunks = (uids[start : start + 50] for start in range(0, len(uids), 50))
    return [found[b"BODY[]"] for chunk in chunks for found in client.fetch(chunk, ["BODY.PEEK[]"]).values()]


def _is_parser(pid: int) -> bool:
    with suppress(OSError):
        return bool(re.search(rb"sandbox_child", Path(f"/proc/{pid}/cmdline").read_bytes()))
    return False
