"""What questions find, on both databases alike: lists in their order, every text, why, and numbers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.adapters.store import Store
from maildesk.adapters.store.finding import Finding
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address
from maildesk.model.question import TicketFilter
from maildesk.model.ticket import Status
from tests.adapters.store.make import ANN, LATER, NOW, TRACE, finish, message, open_ticket, opened, seen

BOB = Address("Bob Müller", "bob_1@example.test")
TIA = "tia@staff.test"
OPEN = tuple(s for s in Status if not s.is_done)


@pytest.fixture
def finding(store: Store) -> Iterator[Finding]:
    with store.transaction() as tx:
        yield tx.finding


def priority(word: str) -> ev.PriorityChanged:
    return ev.PriorityChanged(Level.MEDIUM, Level.MEDIUM, Priority(word))


def due(hours: float) -> ev.DeadlinesSet:
    return ev.DeadlinesSet(None, NOW + timedelta(hours=hours))


def status(word: str, before: str = "new") -> ev.StatusChanged:
    return ev.StatusChanged(word, before)


SENT = ev.CorrespondenceSent(ANN, "text", None)


def numbers(store: Store, limit: int = 30, **fields: Any) -> list[int]:
    with store.transaction() as tx:
        found, total = tx.finding.listed(TicketFilter(**{"statuses": OPEN, **fields}), limit)
        assert total >= len(found)
    return [ticket.number for ticket in found]


def test_the_most_urgent_comes_first(store: Store) -> None:
    open_ticket(store, at=LATER)
    open_ticket(store)
    open_ticket(store, due(9))
    open_ticket(store, due(3), ev.DueSet(NOW + timedelta(hours=2)))
    open_ticket(store, ev.DeadlinesSet(NOW + timedelta(hours=1), None))
    open_ticket(store, ev.DeadlinesSet(NOW + timedelta(hours=1), NOW + timedelta(hours=8)), SENT)
    open_ticket(store, priority("P1"), due(99))
    assert numbers(store) == [1007, 1005, 1004, 1006, 1003, 1002, 1001]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [1001, 1002, 1003, 1004]),
        ({"owner": TIA}, [1002]),
        ({"unowned_in": ("general",)}, [1001, 1004]),
        ({"owner": TIA, "unowned_in": ("network",)}, [1002, 1003]),
        ({"owner": TIA, "unowned_in": ()}, [1002]),
        ({"unowned_in": ()}, []),
        ({"queues": ("network",)}, [1003]),
        ({"queues": ("general", "network"), "priorities": (Priority.P5,)}, [1004]),
        ({"statuses": (Status.RESOLVED, Status.NEW)}, [1001, 1002, 1003, 1004, 1005]),
        ({"statuses": (Status.CLOSED,)}, []),
    ],
)
def test_what_is_listed(store: Store, fields: dict[str, Any], expected: list[int]) -> None:
    open_ticket(store)
    open_ticket(store, ev.Assigned(TIA))
    open_ticket(store, ev.QueueChanged("network", "general"))
    open_ticket(store, priority("P5"))
    open_ticket(store, status("resolved"))
    assert sorted(numbers(store, **fields)) == expected


def test_a_list_ends_and_says_how_many_there_are(store: Store) -> None:
    for _ in range(5):
        open_ticket(store)
    with store.transaction() as tx:
        found, total = tx.finding.listed(TicketFilter(OPEN), 3)
    assert ([t.number for t in found], total) == ([1001, 1002, 1003], 5)


# ------------------------------------------------------------------ search


def fill(store: Store) -> None:
    whole = 'The VPN is slow: 100% "öfter", C:\\temp\nSTRASSE'
    open_ticket(store, ev.CorrespondenceReceived(ANN, whole, "The VPN", "<id@x>"))
    open_ticket(store, ev.NoteAdded(ANN, "ÄRGER in room_5", None), ev.TagsChanged(("Glück",)), requester=BOB)
    open_ticket(store, ev.ResolutionRecorded("cable", "new one", "port 7"), ev.SubjectChanged("Old vpn box", "Printer"))
    open_ticket(store, ev.NoteAdded(ANN, "see 1002", None), at=LATER)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("vpn", [1003, 1001]),
        ("VPN slow", [1001]),
        ("vpn cable", [1003]),
        ("slow cable", []),
        ("ope", []),
        ("pri", [1004, 1002, 1001]),
        ("100%", [1001]),
        ("10_%", []),
        ("room_5", [1002]),
        ("roomx5", []),
        ('"öfter"', [1001]),
        ("ÖFTER", [1001]),
        ("ärger", [1002]),
        ("Ärger", [1002]),
        ("c:\\temp", [1001]),
        ("nstrasse", []),
        ("glück", [1002]),
        ("GLÜCK", [1002]),
        ("müller", [1002]),
        ("BOB_1@", [1002]),
        ("1002", [1004, 1002]),
        ("#1002", [1002]),
        ("port 7", [1003]),
        ("99999999999999999999", []),
        # Names of fields, ids and other people in a row are no text of anybody's.
        ("visible_text", []),
        ("id@x", []),
        ("sender", []),
    ],
)
def test_every_word_must_occur_somewhere(store: Store, words: str, expected: list[int]) -> None:
    fill(store)
    with store.transaction() as tx:
        found, total = tx.finding.holding(words.split(), 20)
    assert ([ticket.number for ticket, _ in found], total) == (expected, len(expected))


def test_the_newest_text_that_holds_a_word_is_shown(store: Store) -> None:
    old, new = ev.NoteAdded(ANN, "cable, first", None), ev.CorrespondenceSent(ANN, "Cable again", None)
    open_ticket(store, old, new, ev.NoteAdded(ANN, "other", None))
    open_ticket(store, ev.SubjectChanged("Cable", "Printer"))
    with store.transaction() as tx:
        found, _ = tx.finding.holding(["cable"], 20)
    assert [(ticket.number, text) for ticket, text in found] == [(1002, ""), (1001, "Cable again")]


def test_many_hits_are_counted_and_the_last_changed_shown(store: Store) -> None:
    for minute in range(7):
        open_ticket(store, ev.NoteAdded(ANN, "cable fuse", None), at=NOW + timedelta(minutes=minute))
    with store.transaction() as tx:
        found, total = tx.finding.holding(["fuse", "cable"], 2)
    assert ([ticket.number for ticket, _ in found], total) == ([1007, 1006], 7)


# ------------------------------------------------------------------ why


def test_the_mails_of_a_ticket_and_what_was_decided(store: Store) -> None:
    rows = [seen(store, uid).id for uid in (1, 2, 3)]
    with store.transaction() as tx:
        for row, outcome in zip(rows, (Outcome.TICKET, Outcome.HELD, Outcome.TICKET), strict=True):
            tx.inbound.record_message(row, message(f"<{row}@x>"), b"raw")
            ticket, history = opened(tx.tickets.next_number()) if row != rows[1] else (None, [])
            finish(tx, row, outcome, f"reason {row}", ticket.number if ticket else None)
            if ticket:
                tx.tickets.save(ticket)
                tx.tickets.append(history, row)
        held = ev.Recorded(1001, 2, NOW, "maildesk", ev.MailHeld(ANN, "because", None))
        tx.tickets.append([held], rows[1])
        told = tx.finding.mails_of(1001, 10)
        assert [(m.inbound_id, m.outcome, m.reason) for m in told] == [
            (rows[1], Outcome.HELD, f"reason {rows[1]}"), (rows[0], Outcome.TICKET, f"reason {rows[0]}"),
        ]  # fmt: skip
        assert told[0].trace == TRACE
        assert tx.finding.mails_of(1001, 1) == told[:1]
        assert tx.finding.mail(rows[1]) == told[0]
        assert tx.finding.mail(rows[2] + 7) is None


# ------------------------------------------------------------------ numbers


def test_counts(store: Store) -> None:
    long_ago = NOW - timedelta(days=30)
    open_ticket(store, priority("P1"), ev.Assigned(TIA))
    open_ticket(store, status("resolved"))
    open_ticket(store, status("resolved"), status("open", "resolved"), SENT, at=LATER)
    open_ticket(store, status("closed"), ev.Merged(1001))
    open_ticket(store, at=long_ago)
    open_ticket(store, status("resolved"), at=long_ago)
    with store.transaction() as tx:
        counts = dict(tx.finding.counts(NOW))
    assert counts == {
        "opened": 4, "resolved": 2, "reopened": 1, "answered": 1, "median first response": 0, "open": 3,
        "priority P1": 1, "priority P3": 2, "queue general": 3, "owner ": 2, f"owner {TIA}": 1, "unanswered": 2,
        "oldest unanswered": 1005,
    }  # fmt: skip


def test_the_median_of_first_answers(store: Store) -> None:
    for minutes in (1, 10, 100):
        ticket, history = opened(1000 + minutes, SENT)
        answered_at = NOW + timedelta(minutes=minutes)
        ticket = replace(ticket, first_responded_at=answered_at)
        with store.transaction() as tx:
            tx.tickets.save(ticket)
            tx.tickets.append(history, None)
    with store.transaction() as tx:
        assert dict(tx.finding.counts(NOW))["median first response"] == 600
        late = dict(tx.finding.counts(NOW + timedelta(minutes=50)))
        assert (late["median first response"], late["answered"]) == (6000, 1)


def test_an_empty_desk_has_numbers_too(finding: Finding) -> None:
    assert dict(finding.counts(NOW)) == {
        "opened": 0, "resolved": 0, "reopened": 0, "answered": 0, "open": 0, "unanswered": 0,
    }  # fmt: skip
    assert finding.listed(TicketFilter(OPEN), 3) == ((), 0)
    assert finding.holding(["vpn"], 3) == ((), 0)
