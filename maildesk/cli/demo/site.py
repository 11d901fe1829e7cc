"""The demo's own world: a folder with the configuration, the mail servers, the people, and the daemon as a command.

Opened by the verb and by tests as a context manager; leaving it stops the daemon and the servers and keeps the folder.
"""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from maildesk.adapters.embedded import Account, EmbeddedMail
from maildesk.adapters.store import Reader
from maildesk.cli.demo.files import AUTHSERV_ID, DESK, DESK_ADDRESS, RULE, RULES, SETTINGS
from maildesk.cli.demo.people import LOOPBACK, Person, Ports
from maildesk.cli.looking import open_reader
from maildesk.config import DESK_FILE, RULES_FILE, SETTINGS_FILE

_STOP_SECONDS = 15


class Site:
    """A help desk and the people around it. Passwords are plain words, the same each time: nothing here is a secret."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log_path = folder / "daemon.log"
        self.desk = Person("Example Support", DESK_ADDRESS, "desk")
        self.ann = Person("Ann Bauer", "ann@customer.test", "ann")
        self.bob = Person("Bob Lund", "bob@other.test", "bob")
        self.tia = Person("Tia Berg", "tia@example.test", "tia")
        self.news = Person("Weekly News", "news@lists.test", "news")
        self.people = (self.desk, self.ann, self.bob, self.tia, self.news)
        self.mallory = Person("Mallory", "mallory@elsewhere.test", "")
        self.ports = Ports(0, 0)
        self._daemon: subprocess.Popen[bytes] | None = None
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        accounts = [Account(person.address, person.password) for person in self.people]
        with ExitStack() as stack:
            mail = stack.enter_context(EmbeddedMail(accounts, authserv_id=AUTHSERV_ID))
            self.ports = Ports(mail.imap_port, mail.smtp_port)
            for person in (*self.people, self.mallory):
                person.meet(self.ports)
                stack.callback(person.leave)
            self._write_configuration()
            stack.enter_context(self._running_daemon())
            self._exit = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def is_running(self) -> bool:
        """Tell whether the daemon lives."""
        return self._daemon is not None and self._daemon.poll() is None

    def log_lines(self, count: int) -> tuple[str, ...]:
        """Return the last lines of the daemon's log."""
        text = self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""
        return tuple(text.splitlines()[-count:])

    @contextmanager
    def stored(self) -> Iterator[Reader]:
        """Open what the daemon has stored, as the verbs that list it do."""
        with open_reader(self.folder) as reader:
            yield reader

    def _write_configuration(self) -> None:
        facts = {"desk": self.desk, "tia": self.tia, "ports": self.ports, "host": LOOPBACK, "rule": RULE}
        texts = {SETTINGS_FILE: SETTINGS, DESK_FILE: DESK, RULES_FILE: RULES}
        for name, text in texts.items():
            written = text.format(**facts, authserv_id=AUTHSERV_ID)
            (self.folder / name).write_text(written, encoding="utf-8")

    @contextmanager
    def _running_daemon(self) -> Iterator[None]:
        """Run `maildesk run` in the demo's folder and end it as systemd would."""
        command = [sys.executable, "-m", "maildesk", "--config", str(self.folder), "run"]
        with self.log_path.open("wb") as log:
            # In its folder nothing can stand in for the installed package.
            self._daemon = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)  # noqa: S603
        try:
            yield
        finally:
            self._daemon.send_signal(signal.SIGTERM)
            try:
                self._daemon.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._daemon.kill()
                self._daemon.wait()
