"""The shape of maildesk.yaml: which keys there are, what each takes, its default. Private to this package."""

from pydantic import model_validator

from maildesk.config.leaves import (
    AddressText,
    Database,
    Flag,
    Host,
    Interval,
    Label,
    Line,
    LogFormat,
    Port,
    Positive,
    Resolver,
    SecretKind,
    SecretSource,
    SecretText,
    SecurityWord,
    Shape,
    Size,
    Verify,
)
from maildesk.model.settings import Security
from maildesk.rules.written import WritingError


class ImapShape(Shape):
    """`imap:` of a mailbox."""

    host: Host
    port: Port | None = None
    security: SecurityWord = Security.TLS
    username: Line
    password: SecretText
    ca_file: Line | None = None


class SmtpShape(Shape):
    """`smtp:`."""

    host: Host
    port: Port | None = None
    security: SecurityWord = Security.TLS
    username: Line | None = None
    password: SecretText | None = None
    connections: Positive = 2
    ca_file: Line | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> "SmtpShape":
        if (self.username is None) != (self.password is None):
            raise WritingError("username and password belong together; leave both out to send without login")
        return self


class FoldersShape(Shape):
    """`folders:` of a mailbox."""

    inbox: Line = "INBOX"
    processed: Line = "Processed"
    held: Line = "Held"
    quarantine: Line = "Quarantine"

    @model_validator(mode="after")
    def _all_different(self) -> "FoldersShape":
        names = (self.inbox.casefold(), self.processed.casefold(), self.held.casefold(), self.quarantine.casefold())
        if len(set(names)) < len(names):
            # A mail moved into the folder it is in would be read again for ever.
            raise WritingError("the four folders must have four different names")
        return self


class MailboxShape(Shape):
    """One of `mailboxes:`."""

    name: Label
    address: AddressText
    aliases: tuple[AddressText, ...] = ()
    queue: Label = "general"
    imap: ImapShape
    folders: FoldersShape = FoldersShape()
    idle: Flag = True
    poll: Interval = 60.0


class DkimShape(Shape):
    """`dkim:`."""

    verify: Verify = False
    resolver: Resolver | None = None


class LogShape(Shape):
    """`log:`."""

    format: LogFormat = "text"


class SettingsShape(Shape):
    """maildesk.yaml."""

    database: Database = "sqlite:///maildesk.sqlite3"
    secret: SecretText = SecretSource(SecretKind.FILE, "secret.key")
    old_secrets: tuple[SecretText, ...] = ()
    mailboxes: tuple[MailboxShape, ...]
    smtp: SmtpShape
    subaddress: Flag = True
    authserv_ids: tuple[Line, ...] = ()
    trusted_received: tuple[Line, ...] = ()
    dkim: DkimShape = DkimShape()
    max_message: Size = 25 * 1024 * 1024
    log: LogShape = LogShape()
