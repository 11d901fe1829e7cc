"""Real servers for tests, benchmarks and the crash harness: Dovecot, PostgreSQL, an SMTP sink.

Each starts in a folder of its own on free loopback ports, as root or not, and stops when its `with` ends. Servers
that misbehave on purpose are in `tests/scripted.py`.
"""

import grp
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from imapclient import IMAPClient

from maildesk.model.settings import ImapAccount, Secret, Security
from tests.loopback import (
    LOOPBACK,
    PASSWORD,
    Certificate,
    free_port,
    make_certificate,
    stop,
    temporary_folder,
    wait_until,
)
from tests.sink import DROP, LOSE_250, STALL, Fault, Received, SmtpSink, running_sink

__all__ = [
    "DROP", "LESSER", "LOOPBACK", "LOSE_250", "PASSWORD", "PREFIXED_USER", "STALL", "WITHOUT_IDLE", "WITHOUT_MOVE",
    "WITHOUT_UIDPLUS", "Certificate", "Dovecot", "Fault", "Postgres", "Received", "SmtpSink", "free_port",
    "make_certificate", "running_dovecot", "running_postgres", "running_sink", "temporary_folder", "wait_until",
]  # fmt: skip

# Loopback addresses at which Dovecot pretends to be a lesser server.
WITHOUT_MOVE = "127.0.0.2"
WITHOUT_UIDPLUS = "127.0.0.3"
WITHOUT_IDLE = "127.0.0.4"
LESSER = {
    WITHOUT_MOVE: "IMAP4rev1 LITERAL+ IDLE UIDPLUS NAMESPACE",
    WITHOUT_UIDPLUS: "IMAP4rev1 LITERAL+ IDLE",
    WITHOUT_IDLE: "IMAP4rev1 LITERAL+ UIDPLUS MOVE NAMESPACE",
}
# A user whose folders all live below "INBOX.", as at Courier and Cyrus.
PREFIXED_USER = "prefixed"

_numbers = itertools.count(1)


def find_program(name: str, folders: str = "/usr/sbin:/usr/local/sbin") -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{folders}")
    if found is None:
        raise RuntimeError(f"{name} is not installed; tests/run installs it or says how")
    return found


class Dovecot:
    """An IMAP server where every user name exists, with `PASSWORD`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = make_certificate(folder)
        self._process: subprocess.Popen[bytes] | None = None
        mail = folder / "mail"
        mail.mkdir()
        if os.geteuid() == 0:
            shutil.chown(mail, "nobody")
        (folder / "users").write_text(
            f"{PREFIXED_USER}:::::::userdb_namespace/inbox/prefix=INBOX. userdb_namespace/inbox/separator=.\n"
        )
        (folder / "dovecot.conf").write_text(self._configuration())

    def start(self) -> None:
        self._process = subprocess.Popen(
            [find_program("dovecot"), "-F", "-c", str(self.folder / "dovecot.conf")],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._is_up)

    def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop the server and every session it serves; those would outlive it for a while."""
        if self._process is not None:
            stop(self._process, how)
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    def fresh_user(self) -> str:
        return f"user{next(_numbers)}"

    def account(self, user: str, security: Security = Security.NONE, host: str = LOOPBACK) -> ImapAccount:
        port = self.tls_port if security is Security.TLS else self.port
        return ImapAccount(host, port, security, user, Secret(PASSWORD), self.certificate.cert)

    def append(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        with self.login(user) as client:
            client.append(folder, raw)

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        return [found[b"BODY[]"] for found in self._fetch(user, folder, "BODY.PEEK[]")]

    def flags(self, user: str, folder: str = "INBOX") -> list[set[str]]:
        """Return the flags of each message but `\\Recent`."""
        return [
            {flag.decode() for flag in found[b"FLAGS"]} - {"\\Recent"} for found in self._fetch(user, folder, "FLAGS")
        ]

    @contextmanager
    def login(self, user: str) -> Iterator[IMAPClient]:
        """Lend a plain connection, to do what people and their mail programs do to a mailbox."""
        with IMAPClient(LOOPBACK, self.port, ssl=False, timeout=10) as client:
            client.plain_login(user, PASSWORD)
            yield client

    def _fetch(self, user: str, folder: str, item: str) -> list[dict[bytes, Any]]:
        with self.login(user) as client:
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), [item])
        return [found[uid] for uid in sorted(found)]

    def _is_up(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"dovecot ended: {(self.folder / 'dovecot.log').read_text()}")
        with suppress(OSError), socket.create_connection((LOOPBACK, self.port), 1) as sock:
            return sock.recv(4) == b"* OK"
        return False

    def _configuration(self) -> str:
        own = pwd.getpwuid(os.geteuid())
        mail = pwd.getpwnam("nobody") if os.geteuid() == 0 else own
        rootless = (
            f"default_internal_user = {own.pw_name}\ndefault_login_user = {own.pw_name}\n"
            f"default_internal_group = {grp.getgrgid(own.pw_gid).gr_name}\n"
        )
        lesser = "".join(
            f"local {host} {{\n  protocol imap {{\n    imap_capability = {offered}\n  }}\n}}\n"
            for host, offered in LESSER.items()
        )
        return f"""
protocols = imap
listen = {", ".join((LOOPBACK, *LESSER))}
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
{"" if os.geteuid() == 0 else rootless}
ssl = yes
ssl_cert = <{self.certificate.cert}
ssl_key = <{self.certificate.key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = {mail.pw_uid}
mail_location = maildir:{self.folder}/mail/%u
mail_max_userip_connections = 500
namespace inbox {{
  inbox = yes
  prefix =
  separator = /
}}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = passwd-file
  args = {self.folder}/users
  default_fields = uid={mail.pw_uid} gid={mail.pw_gid} home={self.folder}/mail/%u
}}
userdb {{
  driver = static
  args = uid={mail.pw_uid} gid={mail.pw_gid} home={self.folder}/mail/%u
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 1000
}}
{lesser}
"""


@contextmanager
def running_dovecot() -> Iterator[Dovecot]:
    with temporary_folder("dovecot") as folder:
        server = Dovecot(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


class Postgres:
    """A PostgreSQL server that trusts loopback. As root it runs as the user `postgres`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._data = folder / "data"
        self._user = "postgres" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, self._user)
        programs = ":".join(str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
        self._server = find_program("postgres", programs)
        subprocess.run(
            [find_program("initdb", programs), "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync"],
            check=True, capture_output=True, user=self._user, cwd=folder,
        )  # fmt: skip

    def start(self) -> None:
        # Without fsync a crash of the machine may cost data; a crash of the server, which tests cause, may not.
        options = {"listen_addresses": LOOPBACK, "unix_socket_directories": str(self.folder), "fsync": "off",
                   "max_connections": "200", "log_min_messages": "fatal"}  # fmt: skip
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._server, "-D", str(self._data), "-p", str(self.port), *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=self._user, cwd=self.folder,
            )  # fmt: skip
        wait_until(self._is_up, 30)

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop the server; SIGINT ends connections first, SIGQUIT is a crash."""
        if self._process is not None:
            stop(self._process, how)
            self._process = None

    def fresh_database(self) -> str:
        """Return the SQLAlchemy URL of a new empty database."""
        name = f"test{next(_numbers)}"
        with psycopg.connect(self._dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return f"postgresql+psycopg://postgres@{LOOPBACK}:{self.port}/{name}"

    def _dsn(self) -> str:
        return f"host={LOOPBACK} port={self.port} user=postgres dbname=postgres connect_timeout=2"

    def _is_up(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"postgres ended: {(self.folder / 'postgres.log').read_text()}")
        with suppress(psycopg.OperationalError), psycopg.connect(self._dsn()):
            return True
        return False


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    with temporary_folder("postgres") as folder:
        server = Postgres(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
