"""The verb rules replay: what other rules would have made of the mail of the last days. Never writes, never sends.

It works beside a running daemon: each look at the database is a short one, mail is read again in limited children, and
memory holds a few tickets at a time.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from maildesk.adapters.sandbox import ParsingFailed, Sandbox, SandboxedMail
from maildesk.adapters.store import Reader, Store
from maildesk.cli.looking import open_store
from maildesk.cli.printing import Row, fail, print_json, printable, say
from maildesk.cli.rules import Json, rules_verbs
from maildesk.config import load_desk, load_settings
from maildesk.core.replay import (
    Difference,
    Sides,
    Value,
    accepts_machines,
    is_ruled,
    replay_stray,
    replay_ticket,
)
from maildesk.daemon import now_utc, reading_context
from maildesk.model.archive import ArchivedMail, ArchivedTicket
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage
from maildesk.rules.durations import duration_seconds
from maildesk.rules.written import WritingError

#: Tickets looked up at once, and mails read ahead of the one in hand: enough to keep every child busy.
_TICKETS = 50
_AHEAD = 16
_MOST_WORKERS = 8

Since = Annotated[str, typer.Option("--since", help="How far back: 30d, 12h, or a date such as 2026-03-01.")]


def add_to(_app: typer.Typer) -> None:
    """Add this verb to those around rules."""
    rules_verbs.command("replay")(replay)


def replay(
    context: typer.Context,
    since: Since = "30d",
    rules: Annotated[
        Path | None,
        typer.Option("--rules", metavar="FILE", exists=True, dir_okay=False, help="Compare rules.yaml with this file."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show only the tickets that would have come out differently, and why.

    Without --rules what was really decided is compared with what rules.yaml says now.
    """
    started = monotonic()
    present = load_desk(context.obj, os.environ)
    sides = Sides(present if rules else None, load_desk(context.obj, os.environ, rules) if rules else present)
    begin = parse_since(since, now_utc(), present)
    with _archive(context.obj, sides, begin) as run:
        differences = run.differences()
        if as_json:
            print_json(_row(difference) for difference in differences)
            return
        for difference in differences:
            say(*_block(difference))
    say(run.summary(monotonic() - started))


def parse_since(text: str, now: datetime, desk: Desk) -> datetime:
    """Return the instant a person means by `30d` or by a date where the desk is; end with status 2 on anything else."""
    try:
        return now - timedelta(seconds=duration_seconds(text))
    except WritingError:
        pass
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--since: '{text}' is neither a duration such as 30d or 12h nor a date such as 2026-03-01", status=2)
    return written if written.tzinfo else written.replace(tzinfo=desk.timezone)


# ------------------------------------------------------------------ going through the archive


@dataclass(frozen=True, slots=True)
class _Job:
    """One step through the archive: a mail to read again, or (`mail` None) the end of a ticket's mails."""

    ticket: ArchivedTicket | None
    mail: ArchivedMail | None
    raw: bytes
    future: "Future[SandboxedMail] | None"


@dataclass(slots=True)
class _Replay:
    """One pass over everything decided since an instant; counts what it meets. `advance` is told of each mail."""

    store: Store
    sandbox: Sandbox
    sides: Sides
    since: datetime
    advance: Callable[[], None]
    mails: int = 0
    tickets: int = 0
    unread: int = 0
    changed: int = 0
    _messages: dict[int, InboundMessage] = field(default_factory=dict)

    def differences(self) -> Iterator[Difference]:
        """Yield what would differ, tickets first, each mail read once for both sets of rules."""
        window: deque[_Job] = deque()
        for job in self._jobs():
            window.append(job)
            if len(window) > _AHEAD:
                yield from self._settle(window.popleft())
        while window:
            yield from self._settle(window.popleft())

    def summary(self, seconds: float) -> str:
        """Say what was looked at, in one line."""
        unread = f", {_counted(self.unread, 'mail')} could not be read again" if self.unread else ""
        would = f"{_counted(self.changed, 'ticket')} would differ"
        seen = f"{_counted(self.mails, 'mail')} of {_counted(self.tickets, 'ticket')} replayed"
        return f"{seen}, {would}{unread} ({self.mails / max(seconds, 0.001):.0f} mails/s)"

    def _settle(self, job: _Job) -> Iterator[Difference]:
        """Finish what was begun: keep a mail until its ticket is complete, then compare."""
        message = self._read(job) if job.future is not None else None
        if job.mail is not None:
            self.mails += 1
            self.advance()
        if message is not None and job.mail is not None and job.ticket is not None:
            self._messages[job.mail.id] = message
        found = self._compared(job, message)
        if found is not None:
            self.changed += 1
            yield found

    def _compared(self, job: _Job, message: InboundMessage | None) -> Difference | None:
        if job.ticket is None:
            return replay_stray(self.sides, job.mail, message) if job.mail and message else None
        if job.mail is not None:
            return None
        self.tickets += 1
        messages, self._messages = self._messages, {}
        return replay_ticket(self.sides, job.ticket, messages)

    def _read(self, job: _Job) -> InboundMessage | None:
        """Return a mail as the daemon would read it; None: it cannot be read any more."""
        try:
            return job.future.result().message if job.future else None
        except ParsingFailed:
            pass
        try:
            return self.sandbox.read(job.raw, minimal=True).message
        except ParsingFailed:
            self.unread += 1
            return None

    # -------------------------------------------------------------- what there is to do

    def _jobs(self) -> Iterator[_Job]:
        with self.store.reading() as reader:
            numbers = reader.archive.numbers(self.since)
        for first in range(0, len(numbers), _TICKETS):
            yield from self._of_tickets(numbers[first : first + _TICKETS])
        yield from self._strays()

    def _of_tickets(self, numbers: Sequence[int]) -> Iterator[_Job]:
        with self.store.reading() as reader:
            for ticket in tuple(reader.archive.tickets(numbers, self.since)):
                yield from (self._job(reader, ticket, mail) for mail in ticket.mails)
                yield _Job(ticket, None, b"", None)

    def _strays(self) -> Iterator[_Job]:
        last = 0
        while True:
            with self.store.reading() as reader:
                mails = reader.archive.strays(self.since, last, _TICKETS)
                yield from (self._job(reader, None, mail) for mail in mails)
            if not mails:
                return
            last = mails[-1].id

    def _job(self, reader: Reader, ticket: ArchivedTicket | None, mail: ArchivedMail) -> _Job:
        desks = (self.sides.new, *([self.sides.old] if self.sides.old else []))
        accepts = ticket is None and any(map(accepts_machines, desks))
        if mail.raw_sha256 is None or not is_ruled(mail, accepts=accepts):
            return _Job(ticket, mail, b"", None)
        raw = reader.archive.raw(mail.raw_sha256)
        return _Job(ticket, mail, raw, self.sandbox.submit(raw))


@contextmanager
def _archive(directory: Path, sides: Sides, since: datetime) -> Iterator[_Replay]:
    settings = load_settings(directory, os.environ, make_key=False)
    with open_store(directory) as store:
        with store.reading() as reader:
            total = reader.archive.count(since)
        workers = max(1, min(_MOST_WORKERS, os.cpu_count() or 1, total))
        sandbox = Sandbox(reading_context(settings, sides.new), workers=workers)
        try:
            with _progress(total) as advance:
                yield _Replay(store, sandbox, sides, since, advance)
        finally:
            sandbox.close()


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Show a person how far it has come, beside what is printed; nobody else."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TextColumn("mails"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("replay", total=total)
        yield lambda: progress.advance(task)


# ------------------------------------------------------------------ what is printed


def _row(difference: Difference) -> Row:
    return {
        "ticket": difference.ticket,
        "subject": difference.subject,
        "before": {name: _plain(value) for name, value in difference.before},
        "after": {name: _plain(value) for name, value in difference.after},
        "because": list(difference.because),
    }


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def _block(difference: Difference) -> Iterator[str]:
    """Write one ticket for a person: only what differs, in columns."""
    before, after = dict(difference.before), dict(difference.after)
    names = dict.fromkeys((*before, *after))
    width = max(len(name) for name in (*names, "because"))
    yield f"{'no ticket' if difference.ticket is None else f'#{difference.ticket}'}  {printable(difference.subject)}"
    for name in names:
        yield f"  {name:<{width}}  {_written(before.get(name))} → {_written(after.get(name))}"
    for place, sentence in enumerate(difference.because):
        yield f"  {'because' if place == 0 else '':<{width}}  {printable(sentence)}"
    yield ""


def _written(value: Value) -> str:
    match value:
        case None | () | "":
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return printable(", ".join(value))
        case _:
            return printable(value)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
