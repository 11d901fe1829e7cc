"""Mails in order through the real intake, and which of them ended up in one conversation.

Called by `reading`. The intake loop, the parsing child, the SQLite store, the decisions and the letters are the
daemon's own; only the mail server is a list in memory, and nothing is sent.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import cast

from maildesk.adapters.imap import Mailbox, RawMessage
from maildesk.adapters.sandbox import Sandbox
from maildesk.adapters.store import LedgerEntry, Store, Transaction
from maildesk.adapters.templates import Templates
from maildesk.apply import Workshop, apply_acts
from maildesk.intake import Intake
from maildesk.mail.read import ReadingContext
from maildesk.model.decided import Outcome
from maildesk.model.decision import Act
from maildesk.model.desk import Desk, DeskMailbox, Technician
from maildesk.model.event import StatusChanged
from maildesk.model.notice import NoticeName
from maildesk.model.settings import FolderRole
from maildesk.model.ticket import Status, Ticket
from tests.benchmarks.answers import Landing
from tests.benchmarks.corpus import Case

_DESK = Desk(
    technicians=(Technician("tia@staff.test", "Tia Berg", ("general",)),),
    mailboxes=(DeskMailbox("support", "support@desk.test"),),
    authenticates=True,
)
_AUTHSERV_ID = "mx.desk.test"
CONTEXT = ReadingContext(("support@desk.test",), (_AUTHSERV_ID,))
_BEGIN_AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
_NUMBERS = count()

Conversations = frozenset[frozenset[int]]


class _ListedInbox:
    """Stands where the IMAP mailbox stands; holds mails by UID until they are moved away."""

    uidvalidity = 1

    def __init__(self) -> None:
        self._mails: dict[int, bytes] = {}
        self._last = 0

    def add(self, raw: bytes) -> int:
        self._last += 1
        self._mails[self._last] = raw
        return self._last

    def find_uids(self, after: int) -> tuple[int, ...]:
        return tuple(uid for uid in self._mails if uid > after)

    def find_sizes(self, uids: Sequence[int]) -> dict[int, int]:
        return {uid: len(self._mails[uid]) for uid in uids}

    def fetch(self, uids: Sequence[int]) -> Iterator[RawMessage]:
        yield from (RawMessage(uid, self._mails[uid]) for uid in uids)

    def move(self, uids: Sequence[int], _: FolderRole, *, is_repeat: bool = False) -> None:
        for uid in uids:
            del self._mails[uid]


class ListedDesk:
    """One desk with an empty database; `deliver` takes one mail in."""

    def __init__(self, store: Store, sandbox: Sandbox) -> None:
        self._store = store
        self._inbox = _ListedInbox()
        self._shop = Workshop(_DESK, Templates(), b"k" * 32)
        self._now = _BEGIN_AT
        self._intake = Intake(store, sandbox, lambda: self._shop, 2**28, self._clock)

    def _clock(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def deliver(self, raw: bytes) -> LedgerEntry:
        """Take one mail in and return its line of the ledger."""
        uid = self._inbox.add(raw)
        self._intake.drain(cast("Mailbox", self._inbox), "support", sweep=True)
        with self._store.reading() as reader:
            return next(entry for entry in reader.ledger() if entry.uid == uid)

    def tickets(self) -> dict[int, Ticket]:
        with self._store.reading() as reader:
            return {ticket.number: ticket for ticket in reader.tickets()}

    def acknowledgements(self) -> int:
        with self._store.reading() as reader:
            return sum(entry.notice == NoticeName.ACKNOWLEDGEMENT for entry in reader.outbox())

    def close_ticket(self, number: int) -> None:
        """Close a ticket as the timer does."""
        self._store.run(lambda tx: self._close(tx, number))

    def _close(self, tx: Transaction, number: int) -> None:
        ticket = tx.tickets.load(number)
        assert ticket is not None
        acts = (Act("timer", StatusChanged(Status.CLOSED, ticket.status)),)
        apply_acts(tx, ticket, acts, (), self._shop, self._clock(), cause=f"benchmark:{number}")


@contextmanager
def _fresh_desk(sandbox: Sandbox, folder: Path) -> Iterator[ListedDesk]:
    store = Store(f"sqlite:///{folder}/desk{next(_NUMBERS)}.sqlite3")
    try:
        store.prepare()
        yield ListedDesk(store, sandbox)
    finally:
        store.close()


def find_conversations(mails: Sequence[bytes], sandbox: Sandbox, folder: Path) -> Conversations:
    """Feed the mails in order; return which of them (from 1) ended up together.

    Together means one ticket, or tickets linked by what a sender claims and may not join: a technician sees that link.
    """
    with _fresh_desk(sandbox, folder) as desk:
        entries = [desk.deliver(raw) for raw in mails]
        tickets = desk.tickets()
    links = [(t.number, other) for t in tickets.values() for other in (t.claims, t.merged_into) if other is not None]
    home = _roots(links)
    # A mail that became no ticket is a conversation of its own.
    keys = [home(e.ticket) if e.ticket is not None else -place for place, e in enumerate(entries, 1)]
    return frozenset(frozenset(n for n, k in enumerate(keys, 1) if k == key) for key in keys)


def _roots(links: Sequence[tuple[int, int]]) -> Callable[[int], int]:
    """Return a function that names the group a ticket is in by one of its members."""
    parents: dict[int, int] = {}

    def root(number: int) -> int:
        while number in parents:
            number = parents[number]
        return number

    for one, other in links:
        if root(one) != root(other):
            parents[root(one)] = root(other)
    return root


# ---------------------------------------------------------------------- scenarios

_OPENING = b"""\
Authentication-Results: %(authserv)b; dmarc=pass header.from=%(domain)b
Message-ID: <opening@client.test>
From: %(sender)b
To: support@desk.test
Subject: Printer on fire

It smokes.
"""
_VERDICT = b"Authentication-Results: %(authserv)b; dmarc=pass header.from=%(domain)b\n"
_FROM = re.compile(rb"(?im)^from:[ \t]*(.*?)\r?$")
_ADDRESS = re.compile(rb"[^\s<>@]+@([^\s<>]+)")


def play(case: Case, sandbox: Sandbox, folder: Path) -> Landing | None:
    """Open T1, bring it into the state the scenario asks for, deliver the scenario's mail; None for an unknown setup.

    T1's requester is whoever the scenario's mail is from, and the site's mail server vouches for that sender: the
    scenarios are about finding the ticket, not about proof.
    """
    setup = str(case.oracle["setup"])
    if not setup.startswith(("one existing open ticket T1", "T1 is closed")):
        return None
    sender = _FROM.search(case.raw)
    address = _ADDRESS.search(sender[1]) if sender else None
    if sender is None or address is None:
        return None
    facts = {b"authserv": _AUTHSERV_ID.encode(), b"domain": address[1], b"sender": sender[1]}
    with _fresh_desk(sandbox, folder) as desk:
        opened = desk.deliver(_OPENING % facts)
        assert opened.ticket is not None
        if setup.startswith("T1 is closed"):
            desk.close_ticket(opened.ticket)
        answered = desk.acknowledgements()
        entry = desk.deliver(_VERDICT % facts + _filled(case.raw, opened.ticket))
        is_done = desk.tickets()[opened.ticket].status.is_done
        return Landing(_result(entry, opened.ticket), desk.acknowledgements() > answered, is_done)


def _filled(template: bytes, ticket: int) -> bytes:
    words = {
        b"{{TICKET_REF}}": b"[#%d]" % ticket,
        b"{{OTHER_REF}}": b"[#%d]" % (ticket + 77),
        b"{{MSGID}}": b"<opening@client.test>",
        b"{{SUBJECT}}": b"Printer on fire",
    }
    for mark, word in words.items():
        template = template.replace(mark, word)
    return template


def _result(entry: LedgerEntry, first: int) -> str:
    if entry.ticket is not None:
        return "T1" if entry.ticket == first else "new"
    return "reject" if entry.outcome in (Outcome.REJECTED, Outcome.HELD) else "none"
