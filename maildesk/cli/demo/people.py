"""The people of the demo: each has a mailbox, reads it over IMAP and writes over SMTP, as any mail program does.

Called by the script of the day. Knows no ticket; what is right about a mail is for the script to say.
"""

import smtplib
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, localtime, parseaddr

from imapclient import IMAPClient

LOOPBACK = "127.0.0.1"
_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the two servers listen on loopback."""

    imap: int
    smtp: int


class Person:
    """Somebody who writes and reads mail; the password opens their mailbox and their way to send."""

    def __init__(self, name: str, address: str, password: str) -> None:
        self.name = name
        self.address = address
        self.password = password
        self._ports: Ports | None = None
        self._imap: IMAPClient | None = None

    def meet(self, ports: Ports) -> None:
        """Tell the person where the servers are."""
        self._ports = ports

    def leave(self) -> None:
        """Close the mailbox."""
        imap, self._imap = self._imap, None
        if imap is not None:
            imap.shutdown()

    # -------------------------------------------------------------- reading

    def read(self, folder: str = "INBOX") -> tuple[EmailMessage, ...]:
        """Return the mails of a folder, oldest first; none when there is no such folder."""
        imap = self._mailbox()
        if not imap.folder_exists(folder):
            return ()
        imap.select_folder(folder, readonly=True)
        fetched = imap.fetch(imap.search("ALL"), ["BODY.PEEK[]"])
        return tuple(_parse(fetched[uid][b"BODY[]"]) for uid in sorted(fetched))

    def has_folder(self, folder: str) -> bool:
        """Tell whether the mailbox has a folder."""
        return bool(self._mailbox().folder_exists(folder))

    def _mailbox(self) -> IMAPClient:
        if self._imap is None:
            self._imap = IMAPClient(LOOPBACK, self._servers.imap, ssl=False, timeout=_TIMEOUT_SECONDS)
            self._imap.login(self.address, self.password)
        return self._imap

    @property
    def _servers(self) -> Ports:
        if self._ports is None:
            raise RuntimeError(f"{self.name} does not know the servers yet")
        return self._ports

    # -------------------------------------------------------------- writing

    def write(self, to: str, subject: str, text: str, name: str, **headers: str) -> None:
        """Send a new mail; `name` makes its Message-ID, underscores in `headers` stand for hyphens."""
        mail = self._blank(to, subject, name)
        for header, value in headers.items():
            mail[header.replace("_", "-")] = value
        mail.set_content(text)
        self._send(mail, self)

    def reply(self, original: EmailMessage, text: str, name: str) -> None:
        """Answer a mail as mail programs do: to Reply-To, in its thread, the original quoted below."""
        mail = self._blank(original["Reply-To"] or original["From"], original["Subject"], name)
        if not mail["Subject"].casefold().startswith("re:"):
            mail.replace_header("Subject", f"Re: {original['Subject']}")
        mail["In-Reply-To"] = original["Message-ID"]
        mail["References"] = f"{original['References'] or ''} {original['Message-ID']}".strip()
        quoted = "\n".join(f"> {line}" for line in text_of(original).splitlines())
        mail.set_content(f"{text}\n\nOn {original['Date']}, {original['From']} wrote:\n{quoted}\n")
        self._send(mail, self)

    def forge(self, victim: "Person", to: str, subject: str, text: str, name: str) -> None:
        """Send a mail with somebody else's name and address in From, without logging in."""
        mail = victim._blank(to, subject, name)
        mail.set_content(text)
        self._send(mail, None)

    def _blank(self, to: str, subject: str, name: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = formataddr((self.name, self.address))
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = format_datetime(localtime())
        mail["Message-ID"] = message_id(self, name)
        return mail

    def _send(self, mail: EmailMessage, login: "Person | None") -> None:
        recipient = parseaddr(mail["To"])[1]
        with smtplib.SMTP(LOOPBACK, self._servers.smtp, timeout=_TIMEOUT_SECONDS) as smtp:
            if login is not None:
                smtp.login(login.address, login.password)
            smtp.send_message(mail, self.address, [recipient])


def message_id(author: Person, name: str) -> str:
    """Return the Message-ID that a mail of this name by this author has."""
    return f"<{name}@{author.address.partition('@')[2]}>"


def text_of(mail: EmailMessage) -> str:
    """Return the text part of a mail, with plain line ends."""
    part = mail.get_body(("plain",))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def _parse(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)
