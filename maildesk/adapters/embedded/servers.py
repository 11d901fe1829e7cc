"""The SMTP and the IMAP server of the demo and the mailboxes between them: the only door to pymap and aiosmtpd.

Called by EmbeddedMail, which imports it no earlier than `start`, because both libraries belong to the `demo` extra.
Every coroutine runs in one event loop.  Must never listen beyond 127.0.0.1 or relay.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from argparse import Namespace
from collections.abc import Iterable
from contextlib import AsyncExitStack, closing, suppress
from email.utils import localtime
from io import BytesIO

from aiosmtpd import smtp
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login
from pymap.concurrent import Event, Subsystem
from pymap.context import connection_exit
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.command.select import IdleCommand
from pymap.parsing.message import AppendMessage
from pymap.parsing.response import Response, UntaggedResponse
from pymap.parsing.specials import FetchRequirement
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from maildesk.adapters.embedded.accounts import Account, Directory
from maildesk.adapters.embedded.delivery import HOSTNAME, Envelope, as_delivered, printable

_LOOPBACK = "127.0.0.1"
_MESSAGE_LIMIT_BYTES = 25 * 1024 * 1024
# RFC 5321 §4.5.3.1.6 allows 1,000 octets a line; much real mail has longer ones, and servers take them.
_LINE_LIMIT_BYTES = 1024 * 1024
_GRACE_SECONDS = 0.4
_CLOSING_ROUNDS = 3
# Session chatter, and at each AUTH a deprecation warning that aiosmtpd gives itself.
_CHATTY_LOGGERS = ("mail.log", "mail.debug", "pymap")


class Site:
    """Both servers and the mailboxes between them."""

    def __init__(self, directory: Directory, authserv_id: str | None) -> None:
        self._directory = directory
        self._authserv_id = authserv_id
        self._config = _imap_config()
        self._commands = self._config.commands
        self._login = Login(self._config)
        for account in directory:
            user = UserMetadata(self._config, account.address, password=account.password)
            self._login.users_dict[account.address] = user
        self._listeners: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def open(self, imap_port: int, smtp_port: int) -> tuple[int, int]:
        """Listen, and return the two ports; mail programs file what they send, so each account has a Sent folder."""
        for name in _CHATTY_LOGGERS:
            logging.getLogger(name).setLevel(logging.ERROR)
        for account in self._directory:
            async with self._identity(account).new_session() as session:
                await session.create_mailbox("Sent")
                await session.subscribe("Sent")
        # asyncio binds by name, not on a ready socket, because only then does it set TCP_NODELAY on connections.
        imap = await asyncio.start_server(self._accept_imap, _LOOPBACK, imap_port, limit=_LINE_LIMIT_BYTES)
        self._listeners.append(imap)
        smtp_server = await asyncio.get_running_loop().create_server(self._accept_smtp, _LOOPBACK, smtp_port)
        self._listeners.append(smtp_server)
        return _port(imap), _port(smtp_server)

    async def close(self) -> None:
        """Stop listening and end every connection: IMAP clients get a BYE, those that do not read are cut off."""
        for listener in self._listeners:
            listener.close()
        writers = tuple(self._connections.values())
        for _ in range(_CLOSING_ROUNDS):
            # Connections accepted a moment ago get to start, for only then are they able to close their socket.
            await asyncio.sleep(0)
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            for writer in writers:
                writer.transport.abort()
        await asyncio.get_running_loop().shutdown_asyncgens()

    async def file(self, envelope: Envelope, raw: bytes) -> None:
        """Append a mail with its trace headers to the recipient's INBOX.

        Raises LookupError for an unknown recipient, and RecursionError or ValueError when pymap cannot parse the mail.
        """
        account = self._directory.load_recipient(envelope.recipient)
        arrived_at = localtime()
        delivered = as_delivered(raw, envelope, self._authserv_id, arrived_at)
        async with self._identity(account).new_session() as session:
            await session.append_messages("INBOX", [AppendMessage(delivered, arrived_at)])

    async def read(self, address: str, folder: str) -> tuple[bytes, ...]:
        """List the mails of one folder in the order of their UIDs.  Raises LookupError for an unknown address."""
        async with self._identity(self._directory.load_recipient(address)).new_session() as session:
            try:
                mailbox = await session.mailbox_set.get_mailbox(folder)
            except KeyError:
                return ()
            loaded = [await message.load_content(FetchRequirement.CONTENT) async for message in mailbox.messages()]
            return tuple(bytes(content) for content in loaded)

    def _identity(self, account: Account) -> Identity:
        return Identity(account.address, self._login, None, frozenset())

    def _accept_imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Not a coroutine function: some releases of Python 3.11 log a cancelled connection as an error.
        task = asyncio.get_running_loop().create_task(self._serve_imap(reader, writer))
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)

    async def _serve_imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one IMAP connection, as pymap's IMAPServer does.

        pymap's own IMAPService starts connections through a library that keeps no reference to their task, so on
        Python 3.13 and later an idle one is garbage collected; here `_connections` holds it.
        """
        connection = _WholeLineConnection(self._commands, self._config, reader, writer, SocketInfo.get(writer, None))
        async with AsyncExitStack() as stack:
            connection_exit.set(stack)
            stack.enter_context(closing(connection))
            await connection.run(_WakefulState(self._login, self._config))

    def _accept_smtp(self) -> smtp.SMTP:
        door = _SmtpDoor(self, self._directory)
        return _PatientSmtp(
            door,
            data_size_limit=_MESSAGE_LIMIT_BYTES,
            enable_SMTPUTF8=True,
            hostname=HOSTNAME,
            ident="maildesk demo",
            auth_require_tls=False,
            authenticator=door.authenticate,
            loop=asyncio.get_running_loop(),
        )


class _SmtpDoor:
    """What one SMTP connection may do; the hooks bear the names that aiosmtpd looks for."""

    def __init__(self, site: Site, directory: Directory) -> None:
        self._site = site
        self._directory = directory
        self._login: str | None = None

    def authenticate(
        self, _server: smtp.SMTP, _session: smtp.Session, _envelope: smtp.Envelope, _mechanism: str, given: object
    ) -> smtp.AuthResult:
        """Check name and password of AUTH PLAIN or LOGIN (RFC 4954)."""
        account = None
        if isinstance(given, smtp.LoginPassword):
            name, password = (part.decode(errors="replace") for part in given)
            account = self._directory.find_login(name, password)
        self._login = None if account is None else account.address
        return smtp.AuthResult(success=account is not None, handled=False, auth_data=given)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: smtp.SMTP, _session: smtp.Session, envelope: smtp.Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept the address of an account or a subaddress of it."""
        if self._directory.find_recipient(address) is None:
            return f"550 5.1.1 <{printable(address)}>: no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: smtp.SMTP, session: smtp.Session, envelope: smtp.Envelope
    ) -> str:
        """Deliver one copy for each different recipient."""
        raw = envelope.original_content or b""
        sender = (envelope.mail_from or "").strip("<>")
        for recipient in dict.fromkeys(envelope.rcpt_tos):
            try:
                await self._site.file(Envelope(sender, recipient, session.host_name, self._login), raw)
            except (RecursionError, ValueError):
                return "554 5.6.0 this mail cannot be stored here"
        return "250 2.0.0 delivered"


class _PatientSmtp(smtp.SMTP):
    line_length_limit = _LINE_LIMIT_BYTES


class _LoopbackConfig(Config):
    @property
    def greeting(self) -> bytes:
        # The inherited greeting asks DNS for the host's name at each connection, which can take seconds.
        return b"maildesk demo"


class _WakefulState(ConnectionState):
    async def receive_updates(self, cmd: IdleCommand, done: Event) -> Iterable[UntaggedResponse]:
        # pymap waits for the next change without looking first, so mail that came between the client's last command
        # and its IDLE would be announced only with the mail after it.  Neither call gives way to another task between
        # looking and waiting.
        selected = await self.session.check_mailbox(self.selected)
        self._selected, untagged = selected.fork(cmd)
        return tuple(untagged) or await super().receive_updates(cmd, done)


class _WholeLineConnection(IMAPConnection):
    async def write_response(self, resp: Response) -> None:
        # pymap sends a line in several pieces, and before Python 3.14 imaplib gives up on an IDLE whose line is not
        # all there.
        whole = BytesIO()
        await resp.async_write(whole)
        self.writer.write(whole.getvalue())
        with suppress(ConnectionError):
            await self.writer.drain()


def _imap_config() -> Config:
    """Make the settings of the IMAP server: in memory, no TLS, passwords not hashed, no thread pool."""
    return _LoopbackConfig(
        Namespace(passlib_cfg=None, proxy_protocol=None),
        demo_data=False,
        demo_user="",
        demo_password="",
        host=_LOOPBACK,
        port=0,
        tls_enabled=False,
        ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        hash_context=Cleartext(),
        cpu_subsystem=Subsystem.for_asyncio(),
        max_append_len=_MESSAGE_LIMIT_BYTES,
    )


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port
