"""How to reach the outside: mailboxes, mail server, database. Made by `config` from maildesk.yaml.

A change needs a restart.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Security(StrEnum):
    """How a connection is protected. A failure never falls back to a weaker one (RFC 8314)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class FolderRole(StrEnum):
    """What a folder of a watched mailbox is for."""

    INBOX = "inbox"
    PROCESSED = "processed"
    HELD = "held"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Secret:
    """A password or key. Its repr never shows it."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """Where and as whom to read mail. `ca_file`: trust only this authority instead of the system's."""

    host: str
    port: int
    security: Security
    username: str
    password: Secret
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class SmtpAccount:
    """Where and as whom to send mail. `connections` are kept open side by side."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: Secret | None = None
    connections: int = 2
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Folders:
    """Names of the folders by role, as a person reads them (not yet in modified UTF-7)."""

    inbox: str = "INBOX"
    processed: str = "Processed"
    held: str = "Held"
    quarantine: str = "Quarantine"

    def name(self, role: FolderRole) -> str:
        """Return the folder's name for a role."""
        names = {
            FolderRole.INBOX: self.inbox,
            FolderRole.PROCESSED: self.processed,
            FolderRole.HELD: self.held,
            FolderRole.QUARANTINE: self.quarantine,
        }
        return names[role]


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """One watched mailbox."""

    name: str
    imap: ImapAccount
    folders: Folders = Folders()
    idle: bool = True
    poll_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class DkimCheck:
    """Whether signatures of incoming mail are verified here (RFC 6376).

    `resolver`: IP address and port of the name server to ask; None: the system's.
    """

    verify: bool = False
    resolver: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything of maildesk.yaml but the addresses, which are policy (`Desk.mailboxes`).

    `secret` is the HMAC key in bytes, `old_secrets` those it had before; `max_message_bytes` the size above which a
    body is not fetched.  `dkim`: whether and how signatures are verified by maildesk itself.
    """

    database: str
    secret: bytes = field(repr=False)
    mailboxes: tuple[MailboxSettings, ...]
    smtp: SmtpAccount
    authserv_ids: tuple[str, ...] = ()
    trusted_received: tuple[str, ...] = ()
    max_message_bytes: int = 25 * 1024 * 1024
    log_format: str = "text"
    old_secrets: tuple[bytes, ...] = field(default=(), repr=False)
    dkim: DkimCheck = DkimCheck()
