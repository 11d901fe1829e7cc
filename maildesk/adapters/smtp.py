"""Hand finished mail to the smarthost and say exactly what became of it.

`outbox.py` is the only caller. One recipient a transaction, bytes as they are. Decides nothing about retries: it
tells *accepted*, *refused*, *deferred* or *unknown*, and at which stage. Never falls back to a weaker protection,
never raises for what a server or the network does.
"""

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiosmtplib import SMTP, SMTPException, SMTPHeloError, SMTPResponse, SMTPResponseException

from maildesk.adapters.smtp_envelope import Envelope, Unsendable, mail_options, seal
from maildesk.model.settings import Security, SmtpAccount

# What a conversation with a broken server or network was seen to raise; ssl errors are OSErrors, and the library's
# own parsing of challenges and certificates raises ValueErrors.
TROUBLE = (SMTPException, OSError, EOFError, ValueError)

# Replies about us, not about the recipient, at whatever stage: bad sequence, authentication (RFC 4954 section 6).
CONFIGURATION_CODES = frozenset({503, 530, 534, 535, 538})

_MESSAGES_PER_CONNECTION = 100
_BYTES_PER_SECOND = 16 * 1024


class Stage(StrEnum):
    """How far a transaction came. BODY is after the final dot: from there the server may have the mail."""

    CONNECT = "connect"
    EHLO = "ehlo"
    TLS = "tls"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"


class Answer(StrEnum):
    """What became of the mail. REFUSED is final for this recipient; UNKNOWN means it may have been taken."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SendResult:
    """The answer to one mail. `code` is the server's, None when it said nothing; `reply` one clean line."""

    state: Answer
    code: int | None
    reply: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait at each stage (RFC 5321 section 4.5.3.2), and how long an idle connection is kept.

    Giving up on the final dot early makes duplicates, so that one is long.
    """

    connect_seconds: float = 30.0
    command_seconds: float = 300.0
    data_seconds: float = 120.0
    block_seconds: float = 180.0
    final_seconds: float = 600.0
    idle_seconds: float = 30.0


class _Stop(Exception):  # ends a transaction with its result; not an error
    def __init__(self, state: Answer, reply: SMTPResponse, stage: Stage) -> None:
        super().__init__(state)
        self.result = SendResult(state, reply.code, clean(reply.message), stage)


class _Link:
    """One connection and how far its present transaction came."""

    def __init__(self, client: SMTP) -> None:
        self.client = client
        self.stage = Stage.CONNECT
        self.sent = 0
        self.expiry: asyncio.TimerHandle | None = None
        self.transport: asyncio.BaseTransport | None = None

    def cut(self) -> None:
        """End the connection at once.

        A mere close, which is what the library does on its own errors and then forgets the transport, would first
        wait for a server that reads no more, or for the peer's last word of TLS.
        """
        transport = self.client.transport or self.transport
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
        self.client.close()


class Submission:
    """Up to `account.connections` connections to the smarthost; each `send` takes a free one or opens it.

    Belongs to one event loop. Raises OSError when `account.ca_file` cannot be read.
    """

    def __init__(
        self, account: SmtpAccount, local_hostname: str = "localhost", timeouts: Timeouts | None = None
    ) -> None:
        self._account = account
        self._local_hostname = local_hostname
        self._timeouts = timeouts or Timeouts()
        self._tls = None if account.security is Security.NONE else ssl.create_default_context(cafile=account.ca_file)
        self._slots = asyncio.Semaphore(account.connections)
        self._idle: list[_Link] = []

    async def send(self, sender: str, recipient: str, data: bytes) -> SendResult:
        """Send one mail to one recipient; `sender` is empty for the null reverse-path. Line ends are CRLF."""
        try:
            envelope = seal(sender, recipient, data)
        except Unsendable as unsendable:
            return _refuse(unsendable)
        async with self._slots:
            link = self._take_idle()
            if link is not None:
                result = await self._transact(link, envelope)
                # The server may close a waiting connection at any time; that says nothing about this mail.
                if result.stage is not Stage.MAIL or result.code not in (None, 421):
                    return result
            return await self._transact_anew(envelope)

    async def probe(self) -> str:
        """Connect and log in as for a mail, and send none; return what went wrong, empty when nothing did."""
        link = self._new_link()
        try:
            await self._open(link)
        except TROUBLE as error:
            return f"{link.stage}: {clean(_sentence(error))}"
        finally:
            link.cut()
        return ""

    async def close(self) -> None:
        """Say goodbye on the idle connections."""
        while (link := self._take_idle()) is not None:
            with suppress(*TROUBLE):
                await link.client.execute_command(b"QUIT", timeout=min(5.0, self._timeouts.command_seconds))
            link.cut()

    async def _transact_anew(self, envelope: Envelope) -> SendResult:
        return await self._transact(self._new_link(), envelope)

    def _new_link(self) -> _Link:
        return _Link(
            SMTP(
                hostname=self._account.host,
                local_hostname=self._local_hostname,
                timeout=self._timeouts.command_seconds,
                use_tls=self._account.security is Security.TLS,
                start_tls=False,  # Asked for by name below; the default takes clear text for an answer.
                tls_context=self._tls,
            )
        )

    async def _transact(self, link: _Link, envelope: Envelope) -> SendResult:
        """Run one transaction and put the connection back when it can be used again."""
        is_sound = False
        try:
            if not link.client.is_connected:
                await self._open(link)
            link.stage = Stage.MAIL
            reply = await self._deliver(link, envelope)
            is_sound = True
            return SendResult(Answer.ACCEPTED, reply.code, clean(reply.message), Stage.BODY)
        except Unsendable as unsendable:
            is_sound = True
            return _refuse(unsendable)
        except _Stop as stop:
            is_sound = link.client.is_connected and await self._has_reset(link, stop.result)
            return stop.result
        except TROUBLE as error:
            state = Answer.UNKNOWN if link.stage is Stage.BODY else Answer.DEFERRED
            code = error.code if isinstance(error, SMTPResponseException) and error.code > 0 else None
            return SendResult(state, code, clean(_sentence(error)), link.stage)
        finally:
            # Also on cancellation: a connection in the middle of something is never used again.
            if is_sound:
                self._put_back(link)
            else:
                link.cut()

    async def _open(self, link: _Link) -> None:
        """Connect, protect, log in: what goes wrong here is never the recipient's fault."""
        client, seconds = link.client, self._timeouts.command_seconds
        client.sock = await asyncio.wait_for(self._dial(), self._timeouts.connect_seconds)
        try:
            await client.connect(timeout=seconds)
        except OSError as error:
            if isinstance(error.__cause__, ssl.SSLError):
                link.stage = Stage.TLS
            raise
        link.transport, link.stage = client.transport, Stage.EHLO
        await self._greet(client)
        if self._account.security is Security.STARTTLS:
            link.stage = Stage.TLS
            await client.starttls(timeout=seconds)
            link.transport, link.stage = client.transport, Stage.EHLO
            await self._greet(client)
        if self._account.username is not None:
            link.stage = Stage.LOGIN
            await self._login(client, self._account.username)

    async def _dial(self) -> socket.socket:
        """Return a connected socket: the library would give the greeting no longer than the connecting."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._account.host, self._account.port, type=socket.SOCK_STREAM)
        trouble: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setblocking(False)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                await loop.sock_connect(sock, address)
            except OSError as error:
                sock.close()
                trouble = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise trouble

    async def _greet(self, client: SMTP) -> None:
        try:
            await client.ehlo()
        except SMTPHeloError as error:
            # Only 500 and 502 say "what is EHLO?" (RFC 5321 section 3.2); all else is a refusal of us.
            if error.code not in (500, 502) or not client.is_connected:
                raise
            await client.helo()

    async def _login(self, client: SMTP, username: str) -> None:
        """Log in with one mechanism; the library would try the password with each, and be locked out sooner."""
        password = self._account.password.value if self._account.password else ""
        offered = client.server_auth_methods
        if "plain" in offered:
            await client.auth_plain(username, password)
        elif "login" in offered:
            await client.auth_login(username, password)
        elif "cram-md5" in offered:
            await client.auth_crammd5(username, password)
        else:
            raise SMTPException("the server offers none of AUTH PLAIN, LOGIN and CRAM-MD5")

    async def _deliver(self, link: _Link, envelope: Envelope) -> SMTPResponse:
        """Say MAIL, RCPT, DATA and the body; return the acceptance. Raise _Stop for any other reply."""
        client, timeouts = link.client, self._timeouts
        options = mail_options(client.esmtp_extensions, envelope)
        reply = await client.execute_command(b"MAIL", b"FROM:<%s>" % envelope.sender, *options)
        _expect(reply, Stage.MAIL, 200)
        link.stage = Stage.RCPT
        reply = await client.execute_command(b"RCPT", b"TO:<%s>" % envelope.recipient)
        _expect(reply, Stage.RCPT, 200)
        link.stage = Stage.DATA
        reply = await client.execute_command(b"DATA", timeout=timeouts.data_seconds)
        _expect(reply, Stage.DATA, 300)
        reply = await self._send_body(link, envelope.data)
        _expect(reply, Stage.BODY, 200)
        link.sent += 1
        return reply

    async def _send_body(self, link: _Link, data: bytes) -> SMTPResponse:
        """Send the data and the final dot. The stage is BODY from the dot on: only then can the mail have been taken.

        The library's own `data()` writes both at once and has one timeout for everything.
        """
        protocol, transport = link.client.protocol, link.client.transport
        if protocol is None or not isinstance(transport, asyncio.WriteTransport):
            raise ConnectionResetError("connection lost")
        reply = asyncio.ensure_future(protocol.read_response())
        # So low that the wait ends when everything has left for the network.
        transport.set_write_buffer_limits(0)
        await asyncio.sleep(0)  # The reader takes its place before the server can answer.
        protocol.write(data)
        drained = asyncio.ensure_future(protocol._drain_helper())
        seconds = self._timeouts.block_seconds + len(data) / _BYTES_PER_SECOND
        try:
            await asyncio.wait({reply, drained}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if reply.done():
                link.cut()
                return _early(reply.result())
            if not drained.done():
                raise TimeoutError("the server stopped reading")
            drained.result()
            protocol.write(b".\r\n")
            link.stage = Stage.BODY
            return await asyncio.wait_for(reply, self._timeouts.final_seconds)
        finally:
            _abandon(reply, drained)

    async def _has_reset(self, link: _Link, result: SendResult) -> bool:
        """Clear a refused transaction so that the next mail can use the connection."""
        if result.code == 421:
            return False
        # After the body the transaction is over.
        if result.stage is Stage.BODY:
            return True
        with suppress(*TROUBLE):
            return (await link.client.rset(timeout=self._timeouts.data_seconds)).code == 250
        return False

    def _take_idle(self) -> _Link | None:
        while self._idle:
            link = self._idle.pop()
            if link.expiry is not None:
                link.expiry.cancel()
            if link.client.is_connected:
                return link
        return None

    def _put_back(self, link: _Link) -> None:
        if link.sent >= _MESSAGES_PER_CONNECTION or not link.client.is_connected:
            link.cut()
            return
        loop = asyncio.get_running_loop()
        link.expiry = loop.call_later(self._timeouts.idle_seconds, link.cut)
        self._idle.append(link)


def clean(text: str) -> str:
    """Return a reply as one line without controls, at most 300 characters."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(line.split())[:300]


def _expect(reply: SMTPResponse, stage: Stage, wanted: int) -> None:
    """Raise _Stop unless the reply is of the wanted hundred."""
    if reply.code // 100 == wanted // 100:
        return
    is_about_mail = stage in (Stage.RCPT, Stage.DATA, Stage.BODY) and reply.code not in CONFIGURATION_CODES
    # At MAIL the server judges us, but for 552: it says that the announced SIZE is too much (RFC 1870 section 6).
    is_final = reply.code // 100 == 5 and (is_about_mail or (stage is Stage.MAIL and reply.code == 552))
    raise _Stop(Answer.REFUSED if is_final else Answer.DEFERRED, reply, stage)


def _refuse(unsendable: Unsendable) -> SendResult:
    return SendResult(Answer.REFUSED, None, clean(unsendable.reason), Stage.MAIL)


def _early(reply: SMTPResponse) -> SMTPResponse:
    """Return a refusal that came before the data ended; an acceptance of half a mail is none."""
    if reply.code < 400:
        raise SMTPException(f"the server said {reply.code} before the data ended")
    return reply


def _abandon(*tasks: asyncio.Future[Any]) -> None:
    """Stop waiting; a failure that nobody asked for any more is taken note of, so that asyncio does not log it."""
    for task in tasks:
        if not task.cancel() and not task.cancelled():
            task.exception()


def _sentence(error: BaseException) -> str:
    text = error.message if isinstance(error, SMTPException) else str(error)
    return text or ("timed out" if isinstance(error, TimeoutError) else type(error).__name__)
