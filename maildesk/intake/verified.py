"""Mail as it comes from the sandbox, with what its signatures prove: beside the parsing, before any transaction.

Used in place of the sandbox at sites that verify DKIM themselves. The questions to the DNS are asked here, on threads
of their own, so that no mail behind a slow name server keeps a ticket locked.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from maildesk.adapters.sandbox import SandboxedMail
from maildesk.mail.authres import with_signers

_THREADS = 4


class Reader(Protocol):
    """Whatever reads mail: the sandbox, or this module around it."""

    def read(self, raw: bytes, minimal: bool = False) -> SandboxedMail:
        """Read one mail, waiting for it; raises ParsingFailed."""

    def submit(self, raw: bytes, minimal: bool = False) -> "Future[SandboxedMail]":
        """Read one mail beside the caller's own work; the future may hold a ParsingFailed."""

    def close(self) -> None:
        """End whatever runs for it."""


class SignatureVerifier(Protocol):
    """Whatever finds out which domains signed a mail."""

    def find_signers(self, raw: bytes, from_domain: str, now: datetime) -> tuple[str, ...]:
        """Return the domains, `from_domain` or one above it, whose signature covers this whole mail and its From."""


class VerifiedReading:
    """A reader that also verifies signatures; those it cannot verify leave the mail as it is."""

    def __init__(self, reader: Reader, verifier: SignatureVerifier, clock: Callable[[], datetime]) -> None:
        self._reader = reader
        self._verifier = verifier
        self._clock = clock
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="dkim")

    def read(self, raw: bytes, minimal: bool = False) -> SandboxedMail:
        """Read one mail, waiting for it; raises ParsingFailed."""
        return self._verified(self._reader.read(raw, minimal), raw)

    def submit(self, raw: bytes, minimal: bool = False) -> "Future[SandboxedMail]":
        """Read one mail beside the caller's own work; the future may hold a ParsingFailed."""
        reading = self._reader.submit(raw, minimal)
        return self._threads.submit(lambda: self._verified(reading.result(), raw))

    def close(self) -> None:
        """End the threads and the reader; what is still waiting fails with ParsingFailed."""
        self._reader.close()
        self._threads.shutdown(wait=True)

    def _verified(self, mail: SandboxedMail, raw: bytes) -> SandboxedMail:
        """Ask about a mail that nobody believed has spoken of yet."""
        message = mail.message
        sender, auth = message.sender, message.auth
        if sender is None or (auth is not None and (auth.passed or auth.failed)):
            return mail
        signers = self._verifier.find_signers(raw, sender.domain, self._clock())
        return replace(mail, message=replace(message, auth=with_signers(auth, signers)))
