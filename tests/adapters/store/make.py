"""Small values for the tests of the store, and threads whose failures are not lost."""

import hashlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from maildesk.adapters.store import OutgoingMail, Seen, Store, Transaction
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.message import Address, InboundMessage
from maildesk.model.notice import Audience, Visibility
from maildesk.model.settings import FolderRole
from maildesk.model.ticket import Ticket, evolve
from maildesk.model.trace import TraceLine

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
ANN = Address("Ann", "ann@example.test")
TRACE = (TraceLine("guard", "loops", False, "no sign of a loop"),)
FOLDERS = {Outcome.HELD: FolderRole.HELD, Outcome.QUARANTINED: FolderRole.QUARANTINE}


def seen(store: Store, uid: int = 1, mailbox: str = "support", now: datetime = NOW) -> Seen:
    with store.transaction() as tx:
        return tx.inbound.count_attempts(mailbox, 7, {uid: 100}, now)[uid]


def message(message_id: str | None = "<a@x>", content: str = "content", **fields: Any) -> InboundMessage:
    return InboundMessage("", content, 0, message_id=message_id, sender=ANN, subject="Printer", **fields)


def finish(
    tx: Transaction, inbound_id: int, outcome: Outcome, reason: str = "because", ticket: int | None = None
) -> None:
    tx.inbound.finish(inbound_id, outcome, reason, ticket, TRACE, NOW, FOLDERS.get(outcome, FolderRole.PROCESSED))


def parked(store: Store, outcome: Outcome = Outcome.HELD, uid: int = 1, raw: bytes | None = b"raw") -> int:
    """A mail that was held or quarantined; returns its id."""
    row = seen(store, uid)
    with store.transaction() as tx:
        if raw is None:
            tx.inbound.record_unread(row.id, "ann@example.test", "Printer", None, None)
        else:
            tx.inbound.record_message(row.id, message(f"<{uid}@x>"), raw)
        finish(tx, row.id, outcome, "first reason")
    return row.id


def opened(
    number: int, *events: ev.Event, requester: Address = ANN, at: datetime = NOW
) -> tuple[Ticket, list[ev.Recorded]]:
    """A ticket and the history that makes it."""
    first = ev.TicketOpened("Printer", requester, "support@example.test", "general")
    history = [ev.Recorded(number, seq, at, "maildesk", event, TRACE) for seq, event in enumerate((first, *events), 1)]
    ticket: Ticket | None = None
    for recorded in history:
        ticket = evolve(ticket, recorded)
    assert ticket is not None
    return ticket, history


def open_ticket(store: Store, *events: ev.Event, requester: Address = ANN, at: datetime = NOW) -> int:
    with store.transaction() as tx:
        number = tx.tickets.next_number()
        ticket, history = opened(number, *events, requester=requester, at=at)
        tx.tickets.save(ticket)
        tx.tickets.append(history, None)
    return number


def outgoing(ref: str = "r1", **fields: Any) -> OutgoingMail:
    values: dict[str, Any] = {
        "ref": ref, "ticket": None, "cause": f"cause of {ref}", "notice": "acknowledgement", "unproven": False,
        "audience": Audience.PUBLIC, "visibility": Visibility.PUBLIC, "recipient": "ann@example.test",
        "envelope_sender": "", "message_id": f"<{ref}@desk>", "data": hashlib.sha256(ref.encode()).digest(),
        "created_at": NOW, "not_before": NOW,
    }  # fmt: skip
    return OutgoingMail(**(values | fields))


def queued(store: Store, *mails: OutgoingMail) -> tuple[int, ...]:
    with store.transaction() as tx:
        return tx.outbox.enqueue(mails or (outgoing(),))


def side_by_side(*works: Callable[[], Any]) -> list[Any]:
    """Run every work in a thread of its own; return the results in order, or raise what one of them raised."""
    results: list[Any] = [None] * len(works)
    failures: list[BaseException] = []
    ready = threading.Barrier(len(works))

    def run(index: int) -> None:
        try:
            ready.wait(10)
            results[index] = works[index]()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if failures:
        raise failures[0]
    return results
