"""A desk without sockets: the real intake loop, parsing, store, decisions, letters and outbox loop, in this process.

Called by the conversations. The mail server is a list in memory; parsing runs without its child process, for speed.
"""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from functools import cached_property
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from maildesk.adapters.imap import Mailbox, RawMessage
from maildesk.adapters.sandbox import Sandbox, SandboxedMail
from maildesk.adapters.smtp import Answer, SendResult, Stage, Submission
from maildesk.adapters.store import LedgerEntry, Store
from maildesk.adapters.templates import Templates
from maildesk.apply import Workshop
from maildesk.intake import Intake
from maildesk.mail.read import ReadingContext, read_message
from maildesk.model.clock import Calendar, SlaTarget
from maildesk.model.desk import Desk, DeskMailbox, Queue, Technician, Vendor
from maildesk.model.event import Recorded
from maildesk.model.level import Priority
from maildesk.model.rule import Finding, Once, Phase, Rule, RuleActions
from maildesk.model.settings import FolderRole
from maildesk.model.ticket import Ticket
from maildesk.outbox import OutboxLoop
from maildesk.timers import sweep, tick

DESK = "support@desk.test"
AUTHSERV_ID = "mx.desk.test"
TIA = Technician("tia@staff.test", "Tia Berg", ("general",), ("tia@home.test",))
NED = Technician("ned@staff.test", "Ned Ode", ("general", "network"), lead=True)
VENDOR_NUMBER = re.compile(r"\bACME-\d+\b")
BOSS = "boss@elsewhere.test"
#: Stands in the notes of rules, which nobody outside may see.
RULE_WORD = "kausal9999x"
#: First answers are late, updates are due, and what waits is soon given up.
TARGET = SlaTarget(first_response=2 * 3600, next_response=2 * 3600, update=4 * 3600, resolution=8 * 3600)
BEGIN_AT = datetime(2026, 3, 4, 12, tzinfo=UTC)


def _rules() -> tuple[Rule, ...]:
    """Make rules of every phase that write notes, tell somebody outside and answer the requester."""
    note, told = (f"{RULE_WORD} call them first",), (BOSS,)
    mail = RuleActions(note=note, notify=told, reply="Somebody will look at it.")
    moved = RuleActions(note=note, notify=told, reply="Something happened.")
    late = RuleActions(note=note, notify=told, reply="We have not forgotten you.", escalate="")
    always = lambda _: Finding(True, "always")  # noqa: E731
    return (
        Rule("smoke", lambda f: Finding("smoke" in f.message.text, "asked"), mail),
        Rule("moved", always, moved, phases=(Phase.CHANGE,), once=Once.DAY),
        Rule("late", always, late, phases=(Phase.TIME,), once=Once.DAY),
    )


@dataclass(frozen=True)
class Site:
    """What differs between sites: results of the mail server, subaddresses, and the recall window."""

    authenticates: bool
    subaddress: bool
    recall_seconds: float

    @property
    def desk(self) -> Desk:
        return Desk(
            name="Example Support", calendars=(Calendar(timezone=ZoneInfo("Europe/Berlin")),), technicians=(TIA, NED),
            queues=(Queue("general", 1, "network"), Queue("network", 2, "Acme")), rules=_rules(),
            sla=tuple((priority, TARGET) for priority in Priority),
            mailboxes=(DeskMailbox("support", DESK, ("help@desk.test",)),),
            vendors=(Vendor("Acme", "vendor.test", _vendor_number, "vera@vendor.test"),),
            authenticates=self.authenticates, subaddress=self.subaddress, recall_seconds=self.recall_seconds,
        )  # fmt: skip

    @property
    def context(self) -> ReadingContext:
        return ReadingContext((DESK, "help@desk.test"), (AUTHSERV_ID,) if self.authenticates else ())


def _vendor_number(subject: str) -> str | None:
    found = VENDOR_NUMBER.search(subject)
    return found[0] if found else None


@dataclass(frozen=True)
class Letter:
    """One row of the outbox."""

    id: int
    inbound_id: int | None
    ticket: int | None
    notice: str
    audience: str
    recipient: str
    ref: str
    raw: bytes

    @cached_property
    def everything(self) -> str:
        """All there is to read in it: its bytes, which hold the header fields, and each part decoded."""
        parts = [p.get_payload(decode=True) for p in message_from_bytes(self.raw).walk() if not p.is_multipart()]
        texts = [cast("bytes", part).decode("utf-8", "replace") for part in parts if part]
        return "\n".join([self.raw.decode("ascii", "replace"), *texts])


class _Inbox:
    """Stands where the IMAP mailbox stands."""

    uidvalidity = 1

    def __init__(self) -> None:
        self.mails: dict[int, bytes] = {}
        self.last = 0

    def add(self, raw: bytes) -> int:
        self.last += 1
        self.mails[self.last] = raw
        return self.last

    def find_uids(self, after: int) -> tuple[int, ...]:
        return tuple(uid for uid in self.mails if uid > after)

    def find_sizes(self, uids: Sequence[int]) -> dict[int, int]:
        return {uid: len(self.mails[uid]) for uid in uids}

    def fetch(self, uids: Sequence[int]) -> Iterator[RawMessage]:
        yield from (RawMessage(uid, self.mails[uid]) for uid in uids)

    def move(self, uids: Sequence[int], _: FolderRole, *, is_repeat: bool = False) -> None:
        for uid in uids:
            del self.mails[uid]


class _Reading:
    """Stands where the sandbox stands."""

    def __init__(self, context: ReadingContext) -> None:
        self._context = context

    def read(self, raw: bytes, minimal: bool = False) -> SandboxedMail:
        parsed = read_message(raw, self._context, minimal)
        return SandboxedMail(parsed.message, parsed.parts)

    def submit(self, raw: bytes, minimal: bool = False) -> "Future[SandboxedMail]":
        done: Future[SandboxedMail] = Future()
        done.set_result(self.read(raw, minimal))
        return done


@dataclass
class _Postman:
    """Stands where the SMTP client stands: whatever leaves is delivered."""

    delivered: list[tuple[str, bytes]] = field(default_factory=list)

    async def send(self, _: str, recipient: str, data: bytes) -> SendResult:
        self.delivered.append((recipient, data))
        return SendResult(Answer.ACCEPTED, 250, "ok", Stage.BODY)


class QuietDesk:
    """One desk with an empty database of its own; `deliver` takes one mail in and `post` hands out what leaves."""

    def __init__(self, path: Path, store: Store, site: Site, templates: Templates) -> None:
        self.site = site
        self.desk = site.desk
        self.now = BEGIN_AT
        self.store = store
        self._path = path
        self._inbox = _Inbox()
        self._postman = _Postman()
        self._shop = shop = Workshop(self.desk, templates, b"k" * 32)
        reading = cast("Sandbox", _Reading(site.context))
        self._intake = Intake(store, reading, lambda: shop, 2**28, self._clock)
        self._outbox = OutboxLoop(store, cast("Submission", self._postman), lambda: shop)
        self._letters = 0
        #: The tickets as they were looked at last.
        self.known: dict[int, tuple[Ticket, tuple[Recorded, ...]]] = {}

    def _clock(self) -> datetime:
        return self.now

    def deliver(self, raw: bytes) -> LedgerEntry | None:
        """Take one mail in, and whatever it resumes; return its line of the ledger, None where it has none."""
        self.now += timedelta(seconds=7)
        uid = self._inbox.add(raw)
        self._intake.drain(cast("Mailbox", self._inbox), "support", sweep=True)
        self._intake.take_requested()
        with self.store.reading() as reader:
            return next((entry for entry in reader.ledger() if entry.uid == uid), None)

    def wait(self, span: timedelta) -> None:
        """Let time pass, and do whatever is due by then."""
        self.now += span
        tick(self.store, self._shop, self.now)
        sweep(self.store, self._shop, self.now)

    def post(self) -> list[tuple[str, bytes]]:
        """Let everything due leave; return it as (recipient, bytes)."""
        asyncio.run(self._outbox.flush(self._clock))
        gone, self._postman.delivered = self._postman.delivered, []
        return gone

    def letters(self) -> list[Letter]:
        """Return the rows that were queued since the last call."""
        with closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute(
                "select id, inbound_id, ticket, notice, audience, recipient, ref, data from outbox where id > ? "
                "order by id",
                (self._letters,),
            ).fetchall()
        found = [Letter(*row) for row in rows]
        self._letters = max((letter.id for letter in found), default=self._letters)
        return found

    def tickets(self) -> dict[int, tuple[Ticket, tuple[Recorded, ...]]]:
        """Return every ticket with its history."""
        with self.store.reading() as reader:
            return {t.number: (t, reader.history(t.number)) for t in list(reader.tickets())}


@contextmanager
def fresh_desk(folder: Path, site: Site, templates: Templates) -> Iterator[QuietDesk]:
    """Make a desk on a copy of an empty database: making the schema anew takes longer than a conversation."""
    empty = folder / "empty.sqlite3"
    if not empty.exists():
        first = Store(f"sqlite:///{empty}")
        first.prepare()
        first.close()
    path = folder / "desk.sqlite3"
    for left in folder.glob("desk.sqlite3*"):
        left.unlink()
    shutil.copyfile(empty, path)
    store = Store(f"sqlite:///{path}")
    try:
        yield QuietDesk(path, store, site, templates)
    finally:
        store.close()
