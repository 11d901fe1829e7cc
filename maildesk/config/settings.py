"""maildesk.yaml's shape → `Settings`: defaults that depend on each other, paths, secrets. Called by `config` alone."""

from dataclasses import dataclass, field
from pathlib import Path

from maildesk.config.leaves import SecretSource
from maildesk.config.secrets import Vault, is_present
from maildesk.config.settings_shape import ImapShape, MailboxShape, SettingsShape, SmtpShape
from maildesk.model.settings import (
    DkimCheck,
    Folders,
    ImapAccount,
    MailboxSettings,
    Secret,
    Security,
    Settings,
    SmtpAccount,
)
from maildesk.rules.written import Fault, Trail, WritingError

IMAP_PORTS = {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143}
SMTP_PORTS = {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25}

_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class _Builder:
    """Builds the values and notes what stands in the way."""

    vault: Vault
    faults: list[Fault] = field(default_factory=list)

    def mailbox(self, shape: MailboxShape, trail: Trail) -> MailboxSettings:
        names = shape.folders
        folders = Folders(names.inbox, names.processed, names.held, names.quarantine)
        return MailboxSettings(shape.name, self.imap(shape.imap, (*trail, "imap")), folders, shape.idle, shape.poll)

    def imap(self, shape: ImapShape, trail: Trail) -> ImapAccount:
        return ImapAccount(
            host=shape.host,
            port=shape.port or IMAP_PORTS[shape.security],
            security=shape.security,
            username=shape.username,
            password=self.password(shape.password, (*trail, "password")),
            ca_file=self.ca_file(shape.ca_file, (*trail, "ca_file")),
        )

    def smtp(self, shape: SmtpShape) -> SmtpAccount:
        password = None if shape.password is None else self.password(shape.password, ("smtp", "password"))
        return SmtpAccount(
            host=shape.host,
            port=shape.port or SMTP_PORTS[shape.security],
            security=shape.security,
            username=shape.username,
            password=password,
            connections=shape.connections,
            ca_file=self.ca_file(shape.ca_file, ("smtp", "ca_file")),
        )

    def password(self, source: SecretSource, trail: Trail) -> Secret:
        try:
            return self.vault.password(source)
        except WritingError as wrong:
            self.faults.append(Fault(trail, str(wrong)))
            return Secret("")

    def ca_file(self, written: str | None, trail: Trail) -> Path | None:
        if written is None:
            return None
        path = self.vault.directory / written
        try:
            if not is_present(path) or path.is_dir():
                self.faults.append(Fault(trail, f"there is no file '{path}'"))
        except WritingError as wrong:
            self.faults.append(Fault(trail, str(wrong)))
        return path

    def key(self, source: SecretSource, *, make: bool) -> bytes:
        faults = tuple(Fault(("secret",), message, warning) for message, warning in self.vault.key_faults(source))
        self.faults.extend(faults)
        if not make or any(not f.warning for f in faults):
            return b""
        try:
            return self.vault.key(source)
        except WritingError as wrong:
            self.faults.append(Fault(("secret",), str(wrong)))
            return b""

    def old_keys(self, shape: SettingsShape) -> tuple[bytes, ...]:
        """Return the keys of old. They must be there, for none is made, and each must differ from all others."""
        known = self._present_key(shape.secret)
        keys: list[bytes] = []
        for place, source in enumerate(shape.old_secrets):
            trail = ("old_secrets", place)
            try:
                key = self.vault.old_key(source)
            except WritingError as wrong:
                self.faults.append(Fault(trail, str(wrong)))
                continue
            if key in (known, *keys):
                self.faults.append(Fault(trail, "it is the same key as 'secret' or as one above; each must differ"))
            keys.append(key)
        return tuple(keys)

    def _present_key(self, source: SecretSource) -> bytes | None:
        """Return the key in use where it exists already; what is wrong with it is told by `key`."""
        try:
            return self.vault.old_key(source)
        except WritingError:
            return None


def build_settings(shape: SettingsShape, vault: Vault, *, make_key: bool) -> tuple[Settings, tuple[Fault, ...]]:
    """Return the settings and every fault; with a fault they are not to be used. `make_key` allows the one write."""
    builder = _Builder(vault)
    mailboxes = tuple(builder.mailbox(m, ("mailboxes", place)) for place, m in enumerate(shape.mailboxes))
    smtp = builder.smtp(shape.smtp)
    if not mailboxes:
        builder.faults.append(Fault(("mailboxes",), "at least one mailbox is needed"))
    old_secrets = builder.old_keys(shape)
    settings = Settings(
        database=database_url(shape.database, vault.directory),
        secret=builder.key(shape.secret, make=make_key and not builder.faults),
        old_secrets=old_secrets,
        mailboxes=mailboxes,
        smtp=smtp,
        authserv_ids=shape.authserv_ids,
        trusted_received=shape.trusted_received,
        max_message_bytes=shape.max_message,
        log_format=shape.log.format,
        dkim=DkimCheck(shape.dkim.verify, shape.dkim.resolver),
    )
    return settings, tuple(builder.faults)


def database_url(written: str, directory: Path) -> str:
    """Return the database URL with an absolute SQLite path; a relative one counts from the configuration directory."""
    if not written.startswith(_SQLITE):
        return written
    return f"{_SQLITE}{(directory / written.removeprefix(_SQLITE)).absolute()}"
