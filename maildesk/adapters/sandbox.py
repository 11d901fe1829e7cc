"""Mail parsing in limited child processes, so that no mail can take the daemon's time, memory or secrets.

Built by the daemon, called by the intake loop and `explain`. A child lives for many mails; when one dies, runs over its
limits or answers nonsense it is replaced and the mail's call raises ParsingFailed. Never parses in this process.
"""

import contextlib
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO

import maildesk
from maildesk.adapters import sandbox_wire as wire
from maildesk.mail.read import ReadingContext
from maildesk.model.message import InboundMessage

_COMMAND = (sys.executable, "-m", "maildesk.adapters.sandbox_child")
_START_SECONDS = 60.0


class ParsingFailed(Exception):
    """A mail could not be read in the sandbox. `reason` is a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _ChildDied(ParsingFailed):
    """The process ended over a mail; `blameless` when a fresh one should look at the mail again."""

    def __init__(self, reason: str, *, blameless: bool = False) -> None:
        super().__init__(reason)
        self.blameless = blameless


@dataclass(frozen=True, slots=True)
class SandboxedMail:
    """A mail read in the sandbox; `parts[i]` are the bytes of `message.attachments[i]`."""

    message: InboundMessage
    parts: tuple[bytes, ...]


class Sandbox:
    """A pool of parsing children. Safe to call from any thread."""

    def __init__(
        self,
        context: ReadingContext,
        workers: int = 1,
        wall_seconds: float = 20.0,
        cpu_seconds: int = 10,
        memory_bytes: int = 768 * 2**20,
    ) -> None:
        """Start `workers` children; `wall_seconds` and `cpu_seconds` are granted to each mail."""
        setup = wire.Setup(context, cpu_seconds, memory_bytes)
        self._children = tuple(_Child(setup, wall_seconds) for _ in range(workers))
        self._idle: SimpleQueue[_Child] = SimpleQueue()
        for child in self._children:
            child.start()
            self._idle.put(child)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")

    def read(self, raw: bytes, minimal: bool = False) -> SandboxedMail:
        """Read one mail, waiting for it; raises ParsingFailed."""
        return self.submit(raw, minimal).result()

    def submit(self, raw: bytes, minimal: bool = False) -> "Future[SandboxedMail]":
        """Read one mail beside the caller's own work; the future may hold a ParsingFailed."""
        return self._threads.submit(self._read, raw, minimal)

    def close(self) -> None:
        """End the children; what is still waiting fails with ParsingFailed."""
        for child in self._children:
            child.kill()
        # A thread that waits for an answer now sees its child die, and tidies up before it ends.
        self._threads.shutdown(wait=True)
        for child in self._children:
            child.end()

    def _read(self, raw: bytes, minimal: bool) -> SandboxedMail:
        child = self._idle.get()
        try:
            return child.read(raw, minimal)
        finally:
            self._idle.put(child)


class _Child:
    """One child process and what is known of it. Used by one thread at a time, but for `kill`."""

    def __init__(self, setup: wire.Setup, wall_seconds: float) -> None:
        self._setup = setup
        self._wall_seconds = wall_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._closed = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the process without waiting until it is warm."""
        with self._lock:
            if self._closed:
                raise ParsingFailed("the sandbox is closed")
            self._process = subprocess.Popen(  # noqa: S603 - a fixed command without any word from a mail
                _COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={
                    "PYTHONPATH": str(Path(maildesk.__file__).parents[1]),
                    "LC_ALL": "C.UTF-8",
                    "PATH": "/usr/bin:/bin",
                },
                # A Ctrl-C at the terminal is for the daemon, which ends its children itself.
                start_new_session=True,
            )
            self._ready = False

    def read(self, raw: bytes, minimal: bool) -> SandboxedMail:
        """Read one mail; after any failure of the process a new one is started."""
        try:
            return self._attempt(raw, minimal)
        except _ChildDied as death:
            if death.blameless:
                return self._attempt(raw, minimal)
            raise

    def _attempt(self, raw: bytes, minimal: bool) -> SandboxedMail:
        used = self._ready
        process, source, sink = self._running()
        watch = _Watch(process, self._wall_seconds)
        try:
            with watch:
                wire.write_mail(sink, raw, minimal=minimal)
                answer, parts = wire.read_answer(source)
        except (wire.BrokenFrame, OSError) as broken:
            raise self._death(watch, broken, used) from broken
        if watch.expired:
            self.end()
        if answer.message is None:
            raise ParsingFailed(answer.failure or "the child gave no reason")
        if answer.message.size_bytes != len(raw):
            self.end()
            raise ParsingFailed("the child answered about another mail")
        return SandboxedMail(answer.message, parts)

    def _running(self) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
        """Return a warm process and its pipes, starting one where none runs."""
        if self._process is None or self._process.poll() is not None:
            self.end()
            self.start()
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ParsingFailed("the parsing child could not be started")
        sink, source = process.stdin, process.stdout
        if not self._ready:
            self._await_ready(process, sink, source)
        return process, source, sink

    def _await_ready(self, process: subprocess.Popen[bytes], sink: IO[bytes], source: IO[bytes]) -> None:
        try:
            with _Watch(process, _START_SECONDS):
                wire.write_setup(sink, self._setup)
                self._ready = wire.read_frame(source, len(wire.READY)) == wire.READY
        except (wire.BrokenFrame, OSError) as broken:
            self.end()
            raise ParsingFailed("the parsing child could not be started") from broken

    def _death(self, watch: "_Watch", broken: Exception, used: bool) -> "_ChildDied":
        status = self.end()
        if watch.expired:
            return _ChildDied(f"reading it took longer than {self._wall_seconds:g} seconds")
        if status == -signal.SIGXCPU:
            return _ChildDied(f"reading it took more than {self._setup.cpu_seconds} seconds of processor time")
        reason = f"was ended by signal {-status}" if status is not None and status < 0 else f"failed: {broken}"
        # A child that has served before may have died while idle, of something this mail did not do.
        return _ChildDied(f"the parsing child {reason}", blameless=used and not self._closed)

    def end(self) -> int | None:
        """End the process, where there is one, and return its exit status."""
        with self._lock:
            process, self._process = self._process, None
            self._ready = False
        if process is None:
            return None
        status = _reap(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # Closing flushes into a pipe that nobody reads any more.
                with contextlib.suppress(OSError):
                    pipe.close()
        return status

    def kill(self) -> None:
        """Kill the process and start no other; the only thing that may be done from another thread."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()


def _reap(process: subprocess.Popen[bytes]) -> int:
    """Let a dying process tell its status, then kill it."""
    try:
        return process.wait(0.2)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


class _Watch:
    """Kills a process unless the block is left in time. `expired` tells whether it did."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.expired = False
        self._done = False
        self._process = process
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> None:
        """Start the clock."""
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        """Stop the clock."""
        with self._lock:
            self._done = True
        self._timer.cancel()

    def _expire(self) -> None:
        with self._lock:
            if not self._done:
                self.expired = True
                self._process.kill()
