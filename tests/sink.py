"""An SMTP server that keeps what it gets, and misbehaves once when told to. Use it through `tests/servers.py`."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from maildesk.model.settings import Security, SmtpAccount
from tests.loopback import LOOPBACK, PASSWORD, Certificate


@dataclass(frozen=True)
class Received:
    """One mail as the sink took it."""

    mail_from: str
    recipient: str
    data: bytes
    mail_options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What the sink does once instead of obeying a command.

    `reply` is said; without one the connection is dropped, or held silently when `is_stall`. For DATA the fault
    comes after the mail was taken and stored when `is_after`: that is the lost 250.
    """

    reply: str = ""
    is_stall: bool = False
    is_after: bool = False


DROP = Fault()
STALL = Fault(is_stall=True)
LOSE_250 = Fault(is_after=True)


class SmtpSink:
    """An SMTP server that accepts everything and keeps it, in a thread of its own; `fail` makes it misbehave."""

    def __init__(
        self,
        certificate: Certificate | None = None,
        is_tls: bool = False,
        is_login_needed: bool = False,
        **options: Any,
    ) -> None:
        self.mails: list[Received] = []
        self.connections = 0
        self.commands: list[str] = []
        self._certificate = certificate
        self._options = options
        if is_login_needed:
            # aiosmtpd offers AUTH after STARTTLS only.
            self._options |= {"auth_required": True, "authenticator": _check_password}
        self._faults: dict[str, deque[Fault]] = {}
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.BaseTransport] = set()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(
                self._session, LOOPBACK, 0, ssl=certificate.server_context() if certificate and is_tls else None
            )
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._security = Security.TLS if is_tls else Security.STARTTLS if certificate else Security.NONE
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def account(self, connections: int = 2, **changes: Any) -> SmtpAccount:
        ca_file = self._certificate.cert if self._certificate else None
        plain = SmtpAccount(LOOPBACK, self.port, self._security, connections=connections, ca_file=ca_file)
        return replace(plain, **changes)

    def fail(self, command: str, fault: Fault | str, times: int = 1) -> None:
        """Answer the next `times` uses of a command (CONNECT, EHLO, MAIL, RCPT, DATA, RSET …) with a fault."""
        fault = Fault(fault) if isinstance(fault, str) else fault
        self._faults.setdefault(command, deque()).extend([fault] * times)

    def is_next_after(self) -> bool:
        """Tell whether DATA's next fault comes after the mail was taken."""
        waiting = self._faults.get("DATA")
        return bool(waiting and waiting[0].is_after)

    def opened(self, transport: asyncio.BaseTransport) -> None:
        self.connections += 1
        self._open.add(transport)

    def closed(self, transport: asyncio.BaseTransport | None) -> None:
        if transport is not None:
            self._open.discard(transport)

    def find_fault(self, command: str) -> Fault | None:
        waiting = self._faults.get(command)
        return waiting.popleft() if waiting else None

    def is_connected(self) -> bool:
        return bool(self._open)

    def hang_up(self) -> None:
        """Drop every open connection, as a server does with idle ones."""

        async def close_all() -> None:
            for transport in tuple(self._open):
                transport.close()

        asyncio.run_coroutine_threadsafe(close_all(), self._loop).result(10)

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            for transport in tuple(self._open):
                transport.abort()  # type: ignore[attr-defined]
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _session(self) -> "_SinkSession":
        is_starttls = self._security is Security.STARTTLS and self._certificate is not None
        return _SinkSession(
            self,
            tls_context=self._certificate.server_context() if is_starttls and self._certificate else None,
            **{"hostname": "sink.example.test", "ident": "sink", "data_size_limit": 64 * 1024 * 1024,
               "enable_SMTPUTF8": True, "loop": self._loop, **self._options},
        )  # fmt: skip


def _check_password(_server: object, _session: object, _envelope: object, _mechanism: str, login: Any) -> AuthResult:
    return AuthResult(success=login.password == PASSWORD.encode(), handled=False)


class _SinkSession(SMTP):
    """aiosmtpd with a fault point before each command and after the data."""

    def __init__(self, sink: SmtpSink, **options: Any) -> None:
        self._sink = sink
        super().__init__(_Keeper(sink), **options)
        for name, method in tuple(self._smtp_methods.items()):
            self._smtp_methods[name] = self._guarded(name, method)

    async def misbehave(self, fault: Fault) -> None:
        if fault.reply:
            await self.push(fault.reply)
            if not fault.reply.startswith("421"):
                return
        elif fault.is_stall:
            await asyncio.Event().wait()
        if self.transport is not None:
            self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._sink.opened(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sink.closed(self.transport)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        fault = self._sink.find_fault("CONNECT")
        if fault is None:
            await super()._handle_client()
            return
        with suppress(asyncio.CancelledError):
            await self.misbehave(fault)
            if self.transport is not None:
                self.transport.close()

    def _guarded(self, name: str, method: Callable[[str], Any]) -> Callable[[str], Any]:
        async def run(argument: str) -> None:
            self._sink.commands.append(name)
            fault = self._sink.find_fault(name) if name != "DATA" or not self._sink.is_next_after() else None
            if fault is not None:
                await self.misbehave(fault)
            else:
                await method(argument)

        return run


class _Keeper:
    """What aiosmtpd asks about each mail."""

    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink

    async def handle_DATA(self, server: _SinkSession, _session: object, envelope: Any) -> str:
        options = tuple(envelope.mail_options)
        self._sink.mails.extend(
            Received(envelope.mail_from.replace("<>", ""), recipient, envelope.content, options)
            for recipient in envelope.rcpt_tos
        )
        if self._sink.is_next_after():
            fault = self._sink.find_fault("DATA")
            assert fault is not None
            if fault.reply:
                return fault.reply
            await server.misbehave(fault)
            await asyncio.Event().wait()
        return "250 2.0.0 kept"


@contextmanager
def running_sink(certificate: Certificate | None = None, **options: Any) -> Iterator[SmtpSink]:
    sink = SmtpSink(certificate, **options)
    try:
        yield sink
    finally:
        sink.close()
