"""A whole desk for stories: real Dovecot, real SMTP, real database, and a clock that the story moves.

`TestDesk` runs the daemon's own `run_once` in this process. What it received, sent and stored is shown as values.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from maildesk.adapters.store import LedgerEntry, OutboxEntry, Reader, Store
from maildesk.daemon import Daemon, Pass
from maildesk.model import event as ev
from maildesk.model.ticket import Ticket
from tests.servers import LOOPBACK, PASSWORD, Dovecot, SmtpSink

DESK = "support@example.test"
ALIAS = "help@example.test"
AUTHSERV_ID = "mx.example.test"
_E = TypeVar("_E")

POLICY: dict[str, Any] = {
    "name": "Example Support",
    "queues": {"general": {"level": 1, "escalates_to": "network"}, "network": {"level": 2}},
    "technicians": [
        {"email": "tia@staff.test", "name": "Tia Berg", "queues": ["general"], "aliases": ["tia@home.test"]},
        {"email": "ned@staff.test", "name": "Ned Ode", "queues": ["network"], "lead": True},
    ],
    "recall": "0s",
    "sla": {"P1": {"first_response": "15m", "resolution": "4h", "hours": "always"}, "P3": {"resolution": "3d"}},
}
RULES = """\
rules:
  - name: Site outage
    when:
      subject: {matches: '(server|network)\\b.*\\bdown'}
    then: {impact: high, urgency: high, queue: network, tags: [outage]}
"""


@dataclass
class StoryClock:
    """A clock that stands still unless the story moves it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **how_far: float) -> None:
        self.now += timedelta(**how_far)

    def catch_up(self) -> None:
        """Show the real time, after somebody with the real clock was at work; never an earlier one than before."""
        self.now = max(self.now, datetime.now(UTC) + timedelta(seconds=1))


@dataclass(frozen=True)
class Sent:
    """One mail as the desk's mail server took it, and as its recipient's program shows it."""

    mail_from: str
    recipient: str
    raw: bytes

    @cached_property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def reply_address(self) -> str:
        return str(self.message["Reply-To"] or self.message["From"].addresses[0].addr_spec)

    @property
    def text(self) -> str:
        return text_of(self.message, "plain")

    @property
    def html(self) -> str:
        return text_of(self.message, "html")

    @cached_property
    def everything(self) -> str:
        """All that a curious recipient can find: the raw bytes and each header and part decoded."""
        headers = (f"{name}: {value}" for name, value in self.message.items())
        parts = (p.get_payload(decode=True) or b"" for p in self.message.walk() if not p.is_multipart())
        return "\n".join(
            (self.raw.decode("latin-1"), *headers, *(cast("bytes", p).decode("utf-8", "replace") for p in parts))
        )


class Mails(tuple[Sent, ...]):
    """Mails that left, in no particular order."""

    __slots__ = ()

    def to(self, address: str) -> Sent:
        """Return the one mail to this address; fail when there is none or more than one."""
        found = [mail for mail in self if mail.recipient == address]
        assert len(found) == 1, f"{len(found)} mails to {address} among {self.recipients}"
        return found[0]

    @property
    def recipients(self) -> list[str]:
        return sorted(mail.recipient for mail in self)


def text_of(message: EmailMessage, kind: str) -> str:
    """Return the plain or HTML body of a mail; empty when it has none."""
    part = message.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


class TestDesk:
    """One desk with a folder, a mailbox and a database of its own.

    `changes` replace keys of maildesk.yaml, `policy` keys of desk.yaml; `rules` is the text of rules.yaml; `queues` are
    those of mailboxes by name, where it is not the default one.
    """

    __test__ = False

    def __init__(
        self,
        folder: Path,
        dovecot: Dovecot,
        sink: SmtpSink,
        database_url: str,
        *,
        authenticates: bool = True,
        changes: dict[str, Any] | None = None,
        policy: dict[str, Any] | None = None,
        rules: str = RULES,
        other_addresses: tuple[str, ...] = (),
        queues: dict[str, str] | None = None,
    ) -> None:
        self.folder_path = folder
        self.clock = StoryClock()
        self.database_url = database_url
        self.sink = sink
        self.authenticates = authenticates
        self.dovecot = dovecot
        self._seen = 0
        self._queues = queues or {}
        addresses = (DESK, *other_addresses)
        self.users = {address.partition("@")[0]: dovecot.fresh_user() for address in addresses}
        #: Every address that was ever a technician's here.
        self.technicians: set[str] = set()
        self._settings = {
            "database": database_url,
            "mailboxes": [self._mailbox(address) for address in addresses],
            "smtp": {"host": LOOPBACK, "port": sink.port, "security": "none"},
            "authserv_ids": [AUTHSERV_ID] if authenticates else [],
            **(changes or {}),
        }
        self._policy: dict[str, Any] = {}
        folder.mkdir(exist_ok=True)
        self._write("maildesk.yaml", json.dumps(self._settings))
        self.change_policy(**{**POLICY, **(policy or {})})
        self.change_rules(rules)

    # -------------------------------------------------------------- configuration

    def change_policy(self, **keys: Any) -> None:
        """Write desk.yaml with these keys replaced; the next pass reads it."""
        self._policy |= keys
        for technician in self._policy["technicians"]:
            self.technicians |= {technician["email"], *technician.get("aliases", ())}
        self._write("desk.yaml", json.dumps(self._policy))

    def change_rules(self, text: str) -> None:
        self._write("rules.yaml", text)

    def _write(self, name: str, text: str) -> None:
        (self.folder_path / name).write_text(text, encoding="utf-8")

    def _mailbox(self, address: str) -> dict[str, Any]:
        name = address.partition("@")[0]
        imap = {
            "host": LOOPBACK,
            "port": self.dovecot.port,
            "security": "none",
            "username": self.users[name],
            "password": PASSWORD,
        }
        queue = {"queue": self._queues[name]} if name in self._queues else {}
        return {"name": name, "address": address, "aliases": [ALIAS] if address == DESK else [], "imap": imap, **queue}

    # -------------------------------------------------------------- mail in

    def receive(
        self,
        mail: EmailMessage | bytes,
        *,
        dmarc: str | None = None,
        return_path: str | None = None,
        mailbox: str = "support",
        as_is: bool = False,
    ) -> None:
        """Let the site's mail server deliver a mail: trace fields and its verdict on top, then into the inbox."""
        raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=policy.SMTP)
        trace = b"" if as_is else self._trace(raw, dmarc, return_path, mailbox)
        self.dovecot.append(self.users[mailbox], trace + raw)

    def _trace(self, raw: bytes, dmarc: str | None, return_path: str | None, mailbox: str) -> bytes:
        header = message_from_bytes(raw, policy=policy.default)
        sender = header["From"].addresses[0] if header["From"] and header["From"].addresses else None
        path = return_path if return_path is not None else sender.addr_spec if sender else ""
        domain = sender.domain if sender else "nowhere.test"
        own = [a.addr_spec for a in header["To"].addresses if "example.test" in a.domain] if header["To"] else []
        lines = [f"Return-Path: <{path}>", f"Delivered-To: {(own or [f'{mailbox}@example.test'])[0]}"]
        if dmarc:
            lines.append(f"Authentication-Results: {AUTHSERV_ID}; dmarc={dmarc} header.from={domain}")
        lines.append(
            f"Received: from mail.{domain} (mail.{domain} [192.0.2.7])\r\n\tby {AUTHSERV_ID} with ESMTPS id story;"
            f"\r\n\t{self.clock.now:%a, %d %b %Y %H:%M:%S} +0000"
        )
        return "".join(f"{line}\r\n" for line in lines).encode()

    def deliver(self, mail: EmailMessage | bytes, **how: Any) -> Mails:
        """Receive a mail, run one pass, and return what left."""
        self.receive(mail, **how)
        self.run_once()
        return self.outgoing()

    # -------------------------------------------------------------- the desk at work

    def daemon(self) -> Daemon:
        """Build the daemon on this desk's folder and clock."""
        return Daemon(self.folder_path, {}, clock=self.clock)

    def run_once(self) -> Pass:
        """Run one pass, a second after the one before."""
        self.clock.advance(seconds=1)
        done = self.daemon().run_once()
        assert not done.failures
        return done

    def cli(self, *words: str) -> str:
        """Run a verb of the command line on this desk and return what it printed; it must succeed."""
        from typer.testing import CliRunner

        from maildesk.cli import app

        result = CliRunner().invoke(app, ["--config", str(self.folder_path), *words])
        # The command line knows no story's clock: what it did must not lie in the future of the next pass.
        self.clock.catch_up()
        assert result.exit_code == 0, result.output
        return result.output

    # -------------------------------------------------------------- what there is to see

    def outgoing(self) -> Mails:
        """Return the mails that left since the last call."""
        fresh = self.sink.mails[self._seen :]
        self._seen += len(fresh)
        return Mails(Sent(mail.mail_from, mail.recipient, mail.data) for mail in fresh)

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = Store(self.database_url)
        try:
            yield store
        finally:
            store.close()

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        with self.store() as store, store.reading() as reader:
            yield reader

    def tickets(self) -> list[Ticket]:
        with self.reader() as reader:
            return list(reader.tickets())

    def ticket(self, number: int = 1001) -> Ticket:
        with self.reader() as reader:
            found = reader.ticket(number)
        assert found is not None
        return found

    def history(self, number: int = 1001) -> tuple[ev.Recorded, ...]:
        with self.reader() as reader:
            return reader.history(number)

    def events(self, kind: type[_E], number: int = 1001) -> list[_E]:
        """Return the events of one kind in a ticket's history."""
        return [recorded.event for recorded in self.history(number) if isinstance(recorded.event, kind)]

    def ledger(self) -> list[LedgerEntry]:
        with self.reader() as reader:
            return list(reader.ledger())

    def last(self) -> LedgerEntry:
        """Return the newest entry of the ledger."""
        return self.ledger()[-1]

    def outcomes(self) -> list[str]:
        return [entry.outcome.value for entry in self.ledger()]

    def outbox(self) -> list[OutboxEntry]:
        with self.reader() as reader:
            return list(reader.outbox())

    def folder(self, name: str, mailbox: str = "support") -> list[bytes]:
        """Return the mails in a folder on the server."""
        return self.dovecot.messages(self.users[mailbox], name)
