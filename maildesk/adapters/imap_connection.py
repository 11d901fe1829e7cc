"""One IMAP connection that cannot hang, cannot be flooded, and says how it ended.

`adapters/imap.py` is the only caller. Everything the library can raise leaves here as `MailboxLost` or
`MailboxRefused`; after either the connection is closed, because imaplib mixes up answers once a reply was missed.
Never fall back to a weaker protection, never let text that came out of a message into a command.
"""

import imaplib
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError, ProtocolError

from maildesk.model.settings import ImapAccount, Security

# What imaplib and imapclient were seen to raise on hostile or broken answers, beside their own errors: a literal of
# twenty digits is an OverflowError, five thousand brackets a RecursionError, odd tokens any of the rest.
LIBRARY_ERRORS = (
    imaplib.IMAP4.error,
    OSError,
    EOFError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

# Room for untagged lines beside the data that were asked for.
SPARE_BYTES = 4 * 1024 * 1024

# RFC 5530: the server is in trouble, the account is not.
PASSING_CODES = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")


class MailboxError(Exception):
    """Anything that went wrong with a mailbox. `reason` is one line without secrets."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MailboxLost(MailboxError):  # named for what happened
    """The connection failed or is dead; reconnect with back-off."""


class MailboxRefused(MailboxError):
    """The account or its protection is wrong: back off at least 60 s and tell the admin."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long one operation may take: `operation_seconds` plus its bytes at `bytes_per_second`.

    `idle_seconds` is the longest single IDLE; RFC 2177 allows 29 minutes, some servers drop it after ten.
    """

    connect_seconds: float = 30.0
    operation_seconds: float = 30.0
    bytes_per_second: float = 64 * 1024
    idle_seconds: float = 540.0


class Guard:
    """End a connection that takes too long or says too much.

    A socket timeout only bounds one recv, so a server that drips a byte a second defeats it; shutting the socket
    down from a timer does not. The guard holds a duplicate of the socket, because TLS replaces the original.
    """

    def __init__(self) -> None:
        self.is_expired = False
        self._twin: socket.socket | None = None
        self._budget_bytes = SPARE_BYTES

    def watch(self, sock: socket.socket) -> None:
        """Take charge of a connected socket. Raise TimeoutError when the time ran out meanwhile."""
        self._twin = sock.dup()
        if self.is_expired:
            sock.close()
            raise TimeoutError

    def spend(self, size_bytes: int) -> None:
        """Count bytes that the server is about to make us hold. Raise when it is more than was asked for."""
        self._budget_bytes -= size_bytes
        if self._budget_bytes < 0:
            raise imaplib.IMAP4.abort("the server sent far more than was asked for")

    @contextmanager
    def limit(self, seconds: float, size_bytes: int) -> Iterator[None]:
        """Allow one operation so many seconds and bytes."""
        self.is_expired = False
        self._budget_bytes = size_bytes + SPARE_BYTES
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        """Cut the connection for good."""
        self._cut()
        if self._twin is not None:
            self._twin.close()

    def _expire(self) -> None:
        self.is_expired = True
        self._cut()

    def _cut(self) -> None:
        if self._twin is not None:
            with suppress(OSError):
                self._twin.shutdown(socket.SHUT_RDWR)


class _Wire(imaplib.IMAP4):
    """Imaplib over a socket that the guard watches from its first byte."""

    def __init__(self, guard: Guard, host: str, port: int, seconds: float, tls: ssl.SSLContext | None) -> None:
        self._guard = guard
        self._tls = tls
        super().__init__(host, port, seconds)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        sock = socket.create_connection((self.host, self.port), timeout)
        _tune(sock)
        self._guard.watch(sock)
        return sock if self._tls is None else self._tls.wrap_socket(sock, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        # Counted before reading: a literal of gigabytes is refused when announced, not when it has arrived.
        self._guard.spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._guard.spend(len(line))
        return line


def _tune(sock: socket.socket) -> None:
    """Send small commands at once (some go out in two writes) and notice a vanished peer within a minute."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Linux names; elsewhere the system's own defaults stay.
    for option, value in (
        ("TCP_KEEPIDLE", 30),
        ("TCP_KEEPINTVL", 10),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 60_000),
    ):
        if hasattr(socket, option):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


class _Client(IMAPClient):  # type: ignore[misc]  # the library ships no types
    """The library's client over `_Wire`, with an IDLE that misses nothing."""

    def __init__(self, account: ImapAccount, deadlines: Deadlines, guard: Guard) -> None:
        self._guard = guard
        self._is_buffer_due = False
        #: The server announced mail (EXISTS) since this was last set to False; IDLE does not announce it again.
        self.heard_of_mail = False
        super().__init__(
            account.host,
            account.port,
            ssl=account.security is Security.TLS,
            ssl_context=None if account.security is Security.NONE else tls_context(account),
            timeout=SocketTimeout(deadlines.connect_seconds, deadlines.operation_seconds),
        )
        self.normalise_times = False
        # The constructor turns imaplib's dialogue log on. It costs half the throughput and would hold passwords.
        self._imap.debug = 0

    def _create_IMAP4(self) -> _Wire:  # noqa: N802  # the library's name
        return _Wire(self._guard, self.host, self.port, self._timeout.connect, self.ssl_context if self.ssl else None)

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> Any:
        # Mail that arrives together with "+ idling" already sits in imaplib's buffer, where poll() cannot see it.
        if self._is_buffer_due:
            self._is_buffer_due = False
            return [True]
        return super()._poll_socket(sock, timeout)

    def start_idle(self) -> bool:
        """Enter IDLE; tell whether the server had news at once."""
        self.idle()
        self._is_buffer_due = True
        return bool(self.idle_check(0))

    def forget_untagged(self) -> None:
        """Drop what the server told unasked: imaplib would keep it for ever, and mix it into a later answer."""
        self.heard_of_mail = self.heard_of_mail or "EXISTS" in self._imap.untagged_responses
        for kind in ("EXISTS", "RECENT", "EXPUNGE", "FETCH", "SEARCH", "LIST"):
            self._imap.untagged_responses.pop(kind, None)


def tls_context(account: ImapAccount) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name. Raise MailboxRefused when the CA file is unusable."""
    try:
        return ssl.create_default_context(cafile=account.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise MailboxRefused(f"the CA file {account.ca_file} cannot be used: {error}") from error


class Connection:
    """A logged-in connection. Every use of the library goes through `operation`."""

    def __init__(self, account: ImapAccount, deadlines: Deadlines) -> None:
        self._account = account
        self._deadlines = deadlines
        self._guard = Guard()
        self._client: _Client | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the connection is still thought to be alive."""
        return self._client is not None

    def open(self) -> None:
        """Connect, protect and log in. Raise MailboxRefused before any secret is sent when protection is amiss."""
        self._guard = Guard()
        try:
            with self._bounded("connect", self._deadlines.connect_seconds + self._deadlines.operation_seconds, 0):
                self._client = _connect(self._account, self._deadlines, self._guard)
                _login(self._client, self._account)
        except MailboxRefused:
            self._drop()
            raise

    @contextmanager
    def operation(self, doing: str, size_bytes: int = 0) -> Iterator[_Client]:
        """Lend the client for one operation that will move about `size_bytes`; `doing` opens the reason of a loss."""
        client = self._client
        if client is None:
            raise MailboxLost("not connected")
        seconds = self._deadlines.operation_seconds + size_bytes / self._deadlines.bytes_per_second
        with self._bounded(doing, seconds, size_bytes):
            yield client
            client.forget_untagged()

    def idle(self, seconds: float, wake_fd: int) -> None:
        """IDLE until news, a readable `wake_fd` or `seconds`; end with the server's own answer (RFC 2177)."""
        with self.operation("IDLE") as client:
            has_news = client.start_idle()
        if not has_news:
            wait_readable((client.socket().fileno(), wake_fd), seconds)
        with self.operation("end of IDLE"):
            # Blocking, whole lines, and an error on EOF; idle_check() would answer "nothing new" on a dead socket.
            client.idle_done()

    def close(self) -> None:
        """Log out if the server still listens, and cut the connection. Never raises."""
        if self._client is not None:
            with suppress(*LIBRARY_ERRORS), self._guard.limit(min(5.0, self._deadlines.operation_seconds), 0):
                self._client.logout()
        self._drop()

    @contextmanager
    def _bounded(self, doing: str, seconds: float, size_bytes: int) -> Iterator[None]:
        try:
            with self._guard.limit(seconds, size_bytes):
                yield
        except MailboxLost:
            self._drop()
            raise
        except LIBRARY_ERRORS as error:
            late = f"no end within {seconds:.0f} s" if self._guard.is_expired else sentence(error)
            self._drop()
            # Without the cause: a traceback would carry the library's view of the dialogue.
            raise MailboxLost(self._without_secret(f"{doing}: {late}")) from None

    def _drop(self) -> None:
        client, self._client = self._client, None
        self._guard.close()
        if client is not None:
            with suppress(OSError):
                client.shutdown()

    def _without_secret(self, text: str) -> str:
        return text.replace(self._account.password.value, "***") if self._account.password.value else text


def _connect(account: ImapAccount, deadlines: Deadlines, guard: Guard) -> _Client:
    """Open the connection and make it as protected as the account asks (RFC 8314)."""
    client: _Client | None = None
    try:
        client = _Client(account, deadlines, guard)
        _protect(client, account)
    except (MailboxRefused, *LIBRARY_ERRORS) as error:
        if client is not None:
            with suppress(OSError):
                client.shutdown()
        if isinstance(error, ssl.SSLError) and not guard.is_expired:
            _refuse_tls(account, error)
        raise
    return client


def _refuse_tls(account: ImapAccount, error: ssl.SSLError) -> None:
    """Raise MailboxRefused for a failed handshake, unless the peer merely hung up."""
    if isinstance(error, ssl.SSLCertVerificationError):
        raise MailboxRefused(f"the certificate of {account.host} is not valid: {error.verify_message}") from error
    if not isinstance(error, ssl.SSLEOFError):
        raise MailboxRefused(f"{account.host}:{account.port} does not speak TLS: {error.reason}") from error


def _protect(client: _Client, account: ImapAccount) -> None:
    # PREAUTH forbids STARTTLS, so a man in the middle sends it to keep the session in clear text; and the server
    # would be trusting somebody else's word for who we are.
    if (client.welcome or b"").upper().startswith(b"* PREAUTH"):
        raise MailboxRefused(f"{account.host} greets with PREAUTH instead of asking for a login")
    if account.security is Security.STARTTLS:
        if not client.has_capability("STARTTLS"):
            raise MailboxRefused(f"{account.host}:{account.port} does not offer STARTTLS")
        client.starttls(client.ssl_context)


def _login(client: _Client, account: ImapAccount) -> None:
    username, password = account.username, account.password.value
    if not is_clean(username + password):
        raise MailboxRefused("the user name or password contains a control character")
    has_plain = client.has_capability("AUTH=PLAIN")
    if not has_plain and client.has_capability("LOGINDISABLED"):
        raise MailboxRefused(f"{account.host} offers no login over this connection")
    if not has_plain and not (username + password).isascii():
        raise MailboxRefused(f"{account.host} offers no AUTH=PLAIN, which a password beyond ASCII needs")
    try:
        if has_plain:
            client.plain_login(username, password)
        else:
            client.login(quoted(username), password)
    except LoginError as error:
        reason = sentence(error)
        # The library folds a connection that broke during the login into the same exception.
        if isinstance(error.__context__, imaplib.IMAP4.abort) or any(code in reason for code in PASSING_CODES):
            raise MailboxLost(f"login: {reason}") from None
        raise MailboxRefused(f"login as {username}: {reason}".replace(password or "\0", "***")) from None


def wait_readable(descriptors: tuple[int, ...], seconds: float) -> None:
    """Wait until one of the descriptors can be read, at most so long. Reads nothing from them."""
    poller = select.poll()
    for descriptor in descriptors:
        poller.register(descriptor, select.POLLIN)
    poller.poll(max(0.0, seconds) * 1000)


def is_clean(text: str) -> bool:
    """Tell whether text may stand in a command: no C0 control and no DEL."""
    return all(" " <= character != "\x7f" for character in text)


def is_answer(error: imaplib.IMAP4.error) -> bool:
    """Tell a server's NO from a broken connection: after a NO the connection is sound."""
    return not isinstance(error, imaplib.IMAP4.abort | ProtocolError)


def quoted(text: str) -> str:
    """Return a quoted string; imaplib sends the user name bare."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def sentence(error: BaseException) -> str:
    """Return what an exception says as one clean line of at most 300 characters."""
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
    line = "".join(character if is_clean(character) else " " for character in text).strip()
    return (line or type(error).__name__)[:300]
