"""IMAP and SMTP servers that do what no real server will: lie, drip, stall, hang up in the middle.

A script maps a regular expression, searched in each line the client sends, to what the server does then. The first
match wins; below the test's own lines stand those of a well-behaved server with one mail of five bytes.
"""

import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum, auto
from typing import BinaryIO

from maildesk.model.settings import ImapAccount, Secret, Security, SmtpAccount
from tests.loopback import LOOPBACK, PASSWORD, Certificate


class Act(Enum):
    """What a server can do beside talking."""

    HANG_UP = auto()
    STALL = auto()
    START_TLS = auto()


# Bytes are said, numbers are pauses in seconds.
Steps = bytes | tuple[bytes | float | Act, ...]
Script = Mapping[str, Steps]

GREETING = "^$"

IMAP: Script = {
    GREETING: b"* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] ready\r\n",
    " CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\nTAG OK done\r\n",
    " LOGIN": b"TAG OK welcome\r\n",
    " LIST": b'* LIST () "/" there\r\nTAG OK done\r\n',
    " SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\nTAG OK [READ-WRITE] done\r\n",
    " UID SEARCH": b"* SEARCH 1\r\nTAG OK done\r\n",
    " UID FETCH .*RFC822.SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE 5)\r\nTAG OK done\r\n",
    " UID FETCH": b"* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\nTAG OK done\r\n",
    " IDLE": b"+ idling\r\n",
    " LOGOUT": (b"* BYE\r\nTAG OK done\r\n", Act.HANG_UP),
    "": b"TAG OK done\r\n",
}

SMTP: Script = {
    GREETING: b"220 scripted\r\n",
    "^EHLO": b"250-scripted\r\n250-8BITMIME\r\n250 SIZE 1000000\r\n",
    "^DATA": b"354 go\r\n",
    "^QUIT": (b"221 bye\r\n", Act.HANG_UP),
    r"^\.\r\n": b"250 kept\r\n",
    "^(HELO|MAIL|RCPT|RSET|NOOP)": b"250 fine\r\n",
    "": b"",
}


class Scripted:
    """One scripted server in a thread; connections are served one after the other."""

    def __init__(self, script: Script, certificate: Certificate | None = None) -> None:
        self.lines: list[bytes] = []
        self._script = script
        self._certificate = certificate
        self._is_over = threading.Event()
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._peer = socket.socket()
        self._steps_started_tls = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def imap_account(self, security: Security = Security.NONE) -> ImapAccount:
        ca_file = self._certificate.cert if self._certificate else None
        return ImapAccount(LOOPBACK, self.port, security, "user", Secret(PASSWORD), ca_file)

    def smtp_account(self, security: Security = Security.NONE) -> SmtpAccount:
        ca_file = self._certificate.cert if self._certificate else None
        return SmtpAccount(LOOPBACK, self.port, security, connections=1, ca_file=ca_file)

    def close(self) -> None:
        self._is_over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._peer.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while not self._is_over.is_set():
                self._peer.close()
                self._peer, _ = self._listener.accept()
                with suppress(OSError):
                    self._converse()
                self._peer.close()

    def _converse(self) -> None:
        tag, line = b"", b""
        with ExitStack() as readers:
            reader: BinaryIO | None = None
            while self._follow(self._find_steps(line), tag):
                # After STARTTLS the old reader's buffer is clear text and is dropped, as it must be.
                if reader is None or self._steps_started_tls:
                    reader = readers.enter_context(self._peer.makefile("rb"))
                line = reader.readline()
                if not line:
                    break
                self.lines.append(line)
                tag = line.split()[0] if line.strip() and line != b"DONE\r\n" else tag

    def _find_steps(self, line: bytes) -> tuple[bytes | float | Act, ...]:
        text = line.decode("latin-1")
        steps = next(steps for pattern, steps in self._script.items() if re.search(pattern, text))
        return (steps,) if isinstance(steps, bytes) else steps

    def _follow(self, steps: tuple[bytes | float | Act, ...], tag: bytes) -> bool:
        """Act out one reply; tell whether the conversation goes on."""
        self._steps_started_tls = False
        for step in steps:
            if isinstance(step, bytes):
                self._peer.sendall(step.replace(b"TAG", tag))
            elif step is Act.HANG_UP:
                return False
            elif step is Act.START_TLS:
                assert self._certificate is not None
                self._peer = self._certificate.server_context().wrap_socket(self._peer, server_side=True)
                self._steps_started_tls = True
            else:
                self._is_over.wait(60 if step is Act.STALL else float(step))  # type: ignore[arg-type]
        return True


@contextmanager
def scripted(base: Script, script: Script, certificate: Certificate | None = None) -> Iterator[Scripted]:
    """Run `base` (IMAP or SMTP) with the lines of `script` before it."""
    server = Scripted({**script, **{key: steps for key, steps in base.items() if key not in script}}, certificate)
    try:
        yield server
    finally:
        server.close()


def drip(data: bytes, pause_seconds: float) -> tuple[bytes | float | Act, ...]:
    """Return steps that say data one byte at a time."""
    return tuple(step for byte in data for step in (bytes([byte]), pause_seconds))


def is_slow(script: Script) -> bool:
    """Tell whether a script stalls or drips: only then may a test wait no longer than a moment."""
    return any(isinstance(steps, tuple) and (Act.STALL in steps or len(steps) > 10) for steps in script.values())
