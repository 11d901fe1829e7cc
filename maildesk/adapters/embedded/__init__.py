"""A mail site of one's own for `maildesk demo`: an SMTP server that delivers into the mailboxes of an IMAP server.

Called by the demo verb and by tests.  Everything lives in memory, in one thread, on 127.0.0.1; stopping forgets it.
Must never be used for real mail, and knows nothing of tickets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, TypeVar

from maildesk.adapters.embedded.accounts import Account, Directory
from maildesk.adapters.embedded.delivery import Envelope, parse_sender

if TYPE_CHECKING:
    from types import TracebackType

    from maildesk.adapters.embedded.servers import Site

__all__ = ["Account", "EmbeddedMail", "EmbeddedUnavailable"]

_T = TypeVar("_T")

_ANSWER_SECONDS = 30.0


class EmbeddedUnavailable(RuntimeError):
    """The libraries of the demo are not installed."""


class EmbeddedMail:
    """Run an SMTP and an IMAP server for a few accounts, as a context manager or with `start` and `stop`.

    Port 0 means a free one; `imap_port` and `smtp_port` hold the real ones once started, and a restart uses them again.
    With `authserv_id` the servers give a verdict in Authentication-Results (RFC 8601) under that name.
    """

    def __init__(
        self, accounts: Sequence[Account], imap_port: int = 0, smtp_port: int = 0, authserv_id: str | None = None
    ) -> None:
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self._directory = Directory(accounts)
        self._authserv_id = authserv_id
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Open both servers with empty mailboxes; return once they accept connections.

        Raises EmbeddedUnavailable without the `demo` extra, OSError when a given port is taken, and RuntimeError when
        already started.
        """
        if self._running is not None:
            raise RuntimeError("the embedded mail servers are already running")
        site = _site_type()(self._directory, self._authserv_id)
        loop = asyncio.new_event_loop()
        loop.set_exception_handler(_report_unless_disconnected)
        thread = Thread(target=loop.run_forever, name="embedded-mail", daemon=True)
        running = self._running = _Running(loop, thread, site)
        thread.start()
        with ExitStack() as undo:
            undo.callback(self.stop)
            self.imap_port, self.smtp_port = running.call(site.open(self.imap_port, self.smtp_port))
            undo.pop_all()

    def stop(self) -> None:
        """Close both servers and their connections and end the thread; do nothing when not started."""
        running, self._running = self._running, None
        if running is None:
            return
        running.call(running.site.close())
        running.loop.call_soon_threadsafe(running.loop.stop)
        running.thread.join()
        running.loop.close()

    def deliver(self, recipient: str, raw: bytes) -> None:
        """Put a mail into the recipient's INBOX as if it came by unauthenticated SMTP; safe from any thread.

        The envelope sender is the mail's own Return-Path, else its From.  Raises LookupError for an unknown recipient,
        RuntimeError when not started, and RecursionError or ValueError when the IMAP server cannot parse the mail.
        """
        running = self._load_running()
        running.call(running.site.file(Envelope(parse_sender(raw), recipient), raw))

    def messages(self, address: str, folder: str = "INBOX") -> tuple[bytes, ...]:
        """List the mails of a folder, oldest first; empty when there is no such folder.

        Raises LookupError for an unknown address and RuntimeError when not started.
        """
        running = self._load_running()
        return running.call(running.site.read(address, folder))

    def _load_running(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the embedded mail servers are not running")
        return self._running


@dataclass(frozen=True, slots=True)
class _Running:
    loop: asyncio.AbstractEventLoop
    thread: Thread
    site: Site

    def call(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine in the servers' thread and wait for what it returns or raises."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(_ANSWER_SECONDS)


def _site_type() -> type[Site]:
    try:
        from maildesk.adapters.embedded.servers import Site
    except ImportError as missing:
        raise EmbeddedUnavailable("install maildesk[demo]") from missing
    return Site


def _report_unless_disconnected(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Keep silent about clients that hang up in the middle; it is their right, and both libraries let it surface."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)
