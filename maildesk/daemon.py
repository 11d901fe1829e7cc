"""Builds the parts, runs the loops, stops cleanly. The only module that assembles; the only one that reads the clock.

`run` is the daemon, `run_once` one pass over everything. Three loops share one database: a thread for each mailbox
(intake), one asyncio task (outbox), one APScheduler job (timers).
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from maildesk import timers
from maildesk.adapters.imap import Mailbox, MailboxLost, MailboxRefused
from maildesk.adapters.notify_socket import (
    find_watchdog_seconds,
    notify_alive,
    notify_ready,
    notify_reloading,
    notify_stopping,
)
from maildesk.adapters.sandbox import Sandbox
from maildesk.adapters.smtp import Submission
from maildesk.adapters.store import OutboxState, Store, StoreUnavailable
from maildesk.adapters.templates import TemplateProblem, Templates
from maildesk.apply import Workshop
from maildesk.config import ConfigError, Problem, failing_tests, load_desk, load_settings
from maildesk.config.problems import raise_errors
from maildesk.intake import Intake
from maildesk.intake.facts import own_addresses
from maildesk.intake.verified import Reader, VerifiedReading
from maildesk.mail.read import ReadingContext
from maildesk.model.decided import Outcome
from maildesk.model.desk import Desk
from maildesk.model.settings import MailboxSettings, Settings
from maildesk.outbox import OutboxLoop

log = structlog.get_logger(part="daemon")

#: Everything in the inbox is looked at again this often, whatever the checkpoint says.
_SWEEP_SECONDS = 600.0
_LONGEST_BACK_OFF = 300.0
_REFUSED_BACK_OFF = 60.0
_STOP_SECONDS = 8.0
#: How often what is due by itself is looked at.
_TICK_SECONDS = 5.0
#: So long that waits, at the start, for every mailbox to be gone through: the answer somebody waits for may be there.
_PATIENCE_SECONDS = 300.0
#: In one pass, mail to send gathers so long before it is sent together.
_SENDING_PAUSE_SECONDS = 0.2


def now_utc() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def reading_context(settings: Settings, desk: Desk) -> ReadingContext:
    """Return what the parsing child has to know of this desk; no secret is among it."""
    return ReadingContext(tuple(sorted(own_addresses(desk))), settings.authserv_ids, settings.trusted_received)


def load_workshop(directory: Path, environ: Mapping[str, str], settings: Settings) -> Workshop:
    """Load the policy: desk.yaml, rules.yaml, templates. Raises ConfigError with every problem found.

    Rules whose own tests fail are refused like those that cannot be read.
    """
    desk = load_desk(directory, environ)
    raise_errors(failing_tests(desk))
    custom = directory / "templates"
    try:
        templates = Templates(custom if custom.is_dir() else None)
        problems = templates.check()
    except TemplateProblem as problem:
        problems = (str(problem),)
    if problems:
        raise ConfigError(tuple(Problem("templates", 0, 0, text) for text in problems))
    return Workshop(desk, templates, settings.secret, settings.old_secrets)


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over everything did; `failures` are sentences about what could not be reached."""

    messages: int
    mails: int
    failures: tuple[str, ...]


class Daemon:
    """One desk at work. Build it, then call `run` or `run_once` once. `clock` is what all loops go by."""

    def __init__(self, directory: Path, environ: Mapping[str, str], *, clock: Callable[[], datetime] = now_utc) -> None:
        self._directory = directory
        self._environ = environ
        self._clock = clock
        self.settings = load_settings(directory, environ)
        self._shop = load_workshop(directory, environ, self.settings)
        self.store = Store(self.settings.database)
        self._stopping = threading.Event()
        self._sandbox = self._reader()
        self._intake = Intake(
            self.store, self._sandbox, self.workshop, self.settings.max_message_bytes, clock, self._stopping.is_set
        )
        self._submission = Submission(self.settings.smtp)
        self._outbox = OutboxLoop(self.store, self._submission, self.workshop, self._stopping.is_set)
        self._bells: dict[str, int] = {}
        #: Mailboxes that were not gone through since the start.
        self._unread = {mailbox.name for mailbox in self.settings.mailboxes}
        self._timers = timers.Timers(self.store)

    def _reader(self) -> Reader:
        sandbox = Sandbox(reading_context(self.settings, self._shop.desk))
        if not self.settings.dkim.verify:
            return sandbox
        # Two libraries that only such sites have.
        from maildesk.adapters.dkim import Verifier

        return VerifiedReading(sandbox, Verifier(self.settings.dkim.resolver), self._clock)

    def workshop(self) -> Workshop:
        """Return the policy in force."""
        return self._shop

    # -------------------------------------------------------------- one pass

    def run_once(self, on_message: Callable[[], None] = lambda: None) -> Pass:
        """Drain every mailbox, run everything due, flush the outbox as far as the server takes it."""
        self._intake.on_message = on_message
        try:
            self._start()
            return asyncio.run(self._pass())
        finally:
            self._close()

    async def _pass(self) -> Pass:
        """Take everything in on a thread, and meanwhile send what that gives rise to."""
        taking = asyncio.create_task(asyncio.to_thread(self._take_everything))
        mails = 0
        try:
            while not taking.done():
                await asyncio.wait({taking}, timeout=_SENDING_PAUSE_SECONDS)
                mails += await self._outbox.flush(self._clock)
            messages, failures = await taking
            mails += await self._outbox.flush(self._clock)
        finally:
            self._stopping.set()
            await self._submission.close()
        return Pass(messages, mails, failures)

    def _take_everything(self) -> tuple[int, tuple[str, ...]]:
        """Return how many messages were taken in, and what could not be reached."""
        failures: list[str] = []
        messages = self._intake.take_requested() + self._drain_all(failures)
        # What came in may ask for a mail that was held; where that belongs now is seen to by one more look.
        if resumed := self._intake.take_requested():
            messages += resumed + self._drain_all(failures)
        self._run_due()
        return messages, tuple(failures)

    def _run_due(self) -> int:
        """Run everything due; return how many tickets changed."""
        return self._timers.run(self._shop, self._clock(), self._stopping.is_set)

    def _drain_all(self, failures: list[str]) -> int:
        """Drain every mailbox that can be reached; add what could not be to `failures`."""
        handled = 0
        for settings in self.settings.mailboxes:
            try:
                handled += self._drain_once(settings)
            except (MailboxLost, MailboxRefused) as problem:
                log.error("mailbox not drained", mailbox=settings.name, reason=problem.reason)  # noqa: TRY400
                failures.append(f"mailbox {settings.name}: {problem.reason}")
        return handled

    def _drain_once(self, settings: MailboxSettings) -> int:
        mailbox = Mailbox(settings.imap, settings.folders, idle=False)
        try:
            mailbox.open()
            handled = self._intake.drain(mailbox, settings.name, sweep=True)
            self._intake.refile(mailbox, settings.name)
        finally:
            mailbox.close()
        return handled

    def take_requested(self) -> int:
        """Decide released and requeued mail and nothing else; raises LoopsTaken where a daemon runs that will."""
        try:
            self.store.require_current()
            self.store.claim_loops()
            return self._intake.take_requested()
        finally:
            self._close()

    # -------------------------------------------------------------- the daemon

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; SIGHUP reloads the policy."""
        try:
            self._start()
            asyncio.run(self._main())
        finally:
            self._close()

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        stop, work = asyncio.Event(), asyncio.Event()

        def ring() -> None:
            loop.call_soon_threadsafe(work.set)

        self._intake.on_message = ring
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        threads = [self._start_watcher(settings) for settings in self.settings.mailboxes]
        sending = asyncio.create_task(self._send_when_due(work))
        scheduler = self._schedule(work, threads)
        notify_ready(f"watching {len(threads)} mailboxes")
        log.info("started", mailboxes=len(threads), database=self.settings.database.partition(":")[0], pid=os.getpid())
        try:
            await stop.wait()
        finally:
            work.set()
            await self._stop(threads, sending, scheduler)

    async def _stop(
        self, threads: list[threading.Thread], sending: "asyncio.Task[None]", scheduler: AsyncIOScheduler
    ) -> None:
        """Finish the transactions and mails in hand; what is cut off all the same is taken back at the next start."""
        notify_stopping()
        log.info("stopping")
        scheduler.shutdown(wait=False)
        self._stopping.set()
        self._ring_mailboxes()
        deadline = monotonic() + _STOP_SECONDS
        # A mail cut off after its last byte would go out a second time.
        await asyncio.wait({sending}, timeout=_STOP_SECONDS / 2)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        for thread in threads:
            await asyncio.to_thread(thread.join, max(0.1, deadline - monotonic()))
        await self._submission.close()

    def _schedule(self, work: asyncio.Event, threads: list[threading.Thread]) -> AsyncIOScheduler:
        """Wake the loops. Due dates live in the database, so a late or skipped tick loses nothing."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        options = {"trigger": "interval", "coalesce": True, "max_instances": 1, "misfire_grace_time": None}

        patient_until = monotonic() + _PATIENCE_SECONDS

        async def tick() -> None:
            if self._unread and monotonic() < patient_until:
                return
            if await asyncio.to_thread(self._run_due):
                work.set()

        async def take_requested() -> None:
            if await asyncio.to_thread(self._intake.take_requested):
                self._ring_mailboxes()
                work.set()

        async def watchdog() -> None:
            if all(thread.is_alive() for thread in threads):
                notify_alive(await asyncio.to_thread(self._status))

        scheduler.add_job(tick, seconds=_TICK_SECONDS, **options)
        scheduler.add_job(take_requested, seconds=2, **options)
        scheduler.add_job(watchdog, seconds=find_watchdog_seconds() or 15, **options)
        scheduler.start()
        return scheduler

    def _status(self) -> str:
        """Say in one line how the desk stands, for `systemctl status`."""
        try:
            with self.store.reading() as reader:
                counts = reader.counts()
        except StoreUnavailable as problem:
            # The loops wait for it and go on; restarting them would bring it back no sooner.
            return f"the database is away: {problem}"
        waiting = sum(count for state, count in counts.outbox if state in (OutboxState.QUEUED, OutboxState.DEFERRED))
        parked = sum(count for outcome, count in counts.mail if outcome in (Outcome.HELD, Outcome.QUARANTINED))
        undone = sum(count for status, count in counts.tickets if not status.is_done)
        return f"{undone} tickets to do, {parked} mails parked, {waiting} to send"

    async def _send_when_due(self, work: asyncio.Event) -> None:
        """Flush whenever there is work, and once a second for what becomes due by itself, until the daemon stops."""
        while not self._stopping.is_set():
            work.clear()
            try:
                await self._outbox.flush(self._clock)
            except StoreUnavailable as problem:
                log.error("outbox waits for the database", reason=str(problem))  # noqa: TRY400
                await asyncio.sleep(5)
            except Exception:
                log.exception("outbox")
                await asyncio.sleep(5)
            try:
                await asyncio.wait_for(work.wait(), timeout=1.0)
            except TimeoutError:
                continue

    def reload(self) -> None:
        """Swap the policy as a whole; with any problem the old one stays."""
        notify_reloading()
        try:
            self._shop = load_workshop(self._directory, self._environ, self.settings)
        except ConfigError as error:
            for problem in error.problems:
                log.error("reload refused, the old policy stays", problem=str(problem))  # noqa: TRY400
        else:
            log.info("reloaded", rules=len(self._shop.desk.rules), technicians=len(self._shop.desk.technicians))
        notify_ready("reloaded")

    # -------------------------------------------------------------- mailbox threads

    def _start_watcher(self, settings: MailboxSettings) -> threading.Thread:
        self._bells[settings.name] = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        thread = threading.Thread(target=self._watch, args=(settings,), name=f"mailbox-{settings.name}", daemon=True)
        thread.start()
        return thread

    def _ring_mailboxes(self) -> None:
        for bell in self._bells.values():
            os.eventfd_write(bell, 1)

    def _watch(self, settings: MailboxSettings) -> None:
        """Keep one mailbox watched for ever; whatever goes wrong, wait and connect anew."""
        failures = 0
        while not self._stopping.is_set():
            started = monotonic()
            floor = 0.0
            try:
                self._watch_connection(settings)
            except MailboxRefused as problem:
                floor = _REFUSED_BACK_OFF
                log.error("mailbox refused", mailbox=settings.name, reason=problem.reason)  # noqa: TRY400
            except MailboxLost as problem:
                log.warning("mailbox lost", mailbox=settings.name, reason=problem.reason)
            except StoreUnavailable as problem:
                log.error("intake waits for the database", mailbox=settings.name, reason=str(problem))  # noqa: TRY400
            except Exception:
                log.exception("mailbox watcher", mailbox=settings.name)
            failures = 0 if monotonic() - started > _REFUSED_BACK_OFF else failures + 1
            self._stopping.wait(max(floor, min(_LONGEST_BACK_OFF, 2.0 ** (failures - 1))))

    def _watch_connection(self, settings: MailboxSettings) -> None:
        mailbox = Mailbox(settings.imap, settings.folders, idle=settings.idle)
        bell = self._bells[settings.name]
        try:
            mailbox.open()
            log.info("watching", mailbox=settings.name, uidvalidity=mailbox.uidvalidity)
            swept = float("-inf")
            while not self._stopping.is_set():
                sweep = monotonic() - swept > _SWEEP_SECONDS
                swept = monotonic() if sweep else swept
                self._intake.drain(mailbox, settings.name, sweep=sweep)
                self._unread.discard(settings.name)
                self._intake.refile(mailbox, settings.name)
                if not self._stopping.is_set():
                    mailbox.wait(settings.poll_seconds, bell)
                _hush(bell)
        finally:
            mailbox.close()

    # -------------------------------------------------------------- beginning and end

    def _start(self) -> None:
        # Claimed first: no schema changes under the hands of a desk that is running.
        self.store.claim_loops()
        self.store.prepare()
        self._outbox.take_back()

    def _close(self) -> None:
        self._sandbox.close()
        self.store.close()
        for bell in self._bells.values():
            os.close(bell)
        self._bells.clear()


def _hush(bell: int) -> None:
    try:
        os.eventfd_read(bell)
    except BlockingIOError:
        return
