"""Tickets: numbers without gaps, rows that come back the same, a history that cannot be rewritten."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from maildesk.adapters.store import Store, StoreRefused, Transaction
from maildesk.model import event as ev
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address
from maildesk.model.ticket import Status, Ticket, evolve
from tests.adapters.store.make import ANN, LATER, NOW, TRACE, open_ticket, opened, seen, side_by_side

FULL = Ticket(
    number=1001, subject="Über alles 🖨", requester=ANN, mailbox="support@example.test", queue="general",
    created_at=NOW, updated_at=LATER, status=Status.WAITING_REQUESTER, impact=Level.HIGH, urgency=Level.LOW,
    priority=Priority.P2, assignee="tia@example.test", type="incident", tags=("vip", "b"),
    participants=(Address("Bö", "bo@example.test"), Address("", "cy@example.test")), language="de", claims=1000,
    first_message_id="<a@x>", message_ids=("<a@x>", "<b@x>"), first_response_due_at=NOW, resolution_due_at=LATER,
    first_responded_at=NOW, resolved_at=LATER, closed_at=LATER, close_due_at=LATER + timedelta(microseconds=1), seq=9,
)  # fmt: skip
BARE = Ticket(number=1001, subject="", requester=ANN, mailbox="", queue="", created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize("ticket", [FULL, BARE], ids=["full", "bare"])
def test_ticket_comes_back_the_same(store: Store, ticket: Ticket):
    with store.transaction() as tx:
        tx.tickets.save(BARE)
        tx.tickets.save(ticket)
    with store.transaction() as tx:
        for lock in (True, False):
            loaded = tx.tickets.load(1001, lock=lock)
            assert loaded == ticket
            assert type(loaded.status) is Status
            assert type(loaded.priority) is Priority
        assert tx.tickets.load(1002) is None


def test_instants_come_back_aware_and_in_utc_whatever_their_zone(store: Store):
    offset = timezone(timedelta(hours=5, minutes=30))
    at = datetime(2026, 3, 1, 17, 30, 0, 123456, tzinfo=offset)
    with store.transaction() as tx:
        tx.tickets.save(replace(BARE, created_at=at))
        loaded = tx.tickets.load(1001)
    assert loaded is not None
    assert loaded.created_at == at
    assert loaded.created_at.tzinfo is UTC


def test_naive_instants_are_refused(store: Store):
    with pytest.raises(StoreRefused, match="naive"), store.transaction() as tx:
        tx.tickets.save(replace(BARE, created_at=datetime(2026, 3, 1)))


def test_numbers_begin_at_1001_and_leave_no_gap(store: Store):
    assert open_ticket(store) == 1001
    with pytest.raises(StoreRefused), store.transaction() as tx:
        tx.tickets.save(replace(BARE, number=tx.tickets.next_number(), created_at=datetime(2026, 3, 1)))
    assert open_ticket(store) == 1002


def test_numbers_are_given_once_to_many_at_once(store: Store, second_store: Store):
    def five(which: Store) -> list[int]:
        return [which.run(lambda tx: tx.tickets.next_number()) for _ in range(5)]

    one, other = side_by_side(lambda: five(store), lambda: five(second_store))
    assert sorted(one + other) == list(range(1001, 1011))


def test_a_number_that_was_looked_up_is_given_to_nobody_else(store: Store, second_store: Store):
    def looked_up(tx: Transaction) -> bool:
        return tx.tickets.peek_number() == tx.tickets.next_number()

    def five(which: Store) -> list[bool]:
        return [which.run(looked_up) for _ in range(5)]

    one, other = side_by_side(lambda: five(store), lambda: five(second_store))
    assert all(one + other)
    assert store.run(lambda tx: tx.tickets.peek_number()) == open_ticket(store)


def test_history_comes_back_and_folds_into_the_row(store: Store):
    row = seen(store)
    ticket, history = opened(
        1001, ev.CorrespondenceReceived(ANN, "text", "text", "<a@x>"), ev.StatusChanged("resolved", "new", LATER)
    )
    with store.transaction() as tx:
        # The history may be written before the row it belongs to.
        tx.tickets.append(history, row.id)
        tx.tickets.append([], None)
        tx.tickets.save(ticket)
    with store.transaction() as tx:
        stored = tx.tickets.history(1001)
        assert stored == tuple(history)
        folded: Ticket | None = None
        for recorded in stored:
            folded = evolve(folded, recorded)
        assert folded == tx.tickets.load(1001)
        assert tx.tickets.history(1002) == ()


def test_history_without_a_ticket_is_refused(store: Store):
    with pytest.raises(StoreRefused), store.transaction() as tx:
        tx.tickets.append(opened(1001)[1], None)
    with store.transaction() as tx:
        assert tx.tickets.history(1001) == ()


def test_one_place_in_a_history_is_taken_once(store: Store):
    number = open_ticket(store)
    with pytest.raises(StoreRefused), store.transaction() as tx:
        tx.tickets.append([ev.Recorded(number, 1, NOW, "timer", ev.TypeChanged("x"), TRACE)], None)


def test_a_locked_ticket_makes_others_wait(store: Store, second_store: Store):
    number = open_ticket(store)

    def add_tags(which: Store, word: str) -> None:
        def unit(tx: Transaction) -> None:
            ticket = tx.tickets.load(number)
            assert ticket is not None
            recorded = ev.Recorded(number, ticket.seq + 1, NOW, "x", ev.TagsChanged((*ticket.tags, word)), ())
            tx.tickets.append([recorded], None)
            tx.tickets.save(evolve(ticket, recorded))

        for _ in range(10):
            which.run(unit)

    side_by_side(lambda: add_tags(store, "a"), lambda: add_tags(second_store, "b"))
    with store.transaction() as tx:
        ticket = tx.tickets.load(number)
    assert ticket is not None
    assert sorted(ticket.tags) == ["a"] * 10 + ["b"] * 10
    assert ticket.seq == 21


def test_message_ids_lead_to_their_tickets(store: Store):
    one, two = open_ticket(store), open_ticket(store)
    very_long = f"<{'x' * 5000}@x>"
    with store.transaction() as tx:
        tx.tickets.remember_ids(two, ["<b@x>", "<shared@x>"])
        tx.tickets.remember_ids(one, ["<a@x>", "<shared@x>", "<a@x>", very_long, "<nul\0@x>"])
        tx.tickets.remember_ids(one, ["<a@x>"])
        tx.tickets.remember_ids(one, [])
        wanted = ["<none@x>", "<shared@x>", "<b@x>", very_long, "<nul\0@x>", "<A@x>"]
        assert tx.tickets.by_message_ids(wanted) == {
            "<shared@x>": (one, two), "<b@x>": (two,), very_long: (one,), "<nul\0@x>": (one,),
        }  # fmt: skip
        assert tx.tickets.by_message_ids([]) == {}
        assert tx.tickets.by_message_ids([*(f"<{n}@y>" for n in range(2000)), "<a@x>"]) == {"<a@x>": (one,)}


def test_requesters_are_known_by_address_without_case(store: Store):
    bob = Address("Bob", "bob@example.test")
    numbers = [open_ticket(store, requester=who) for who in (ANN, bob, Address("", "ANN@example.TEST"))]
    with store.transaction() as tx:
        assert [ticket.number for ticket in tx.tickets.of_requester("Ann@example.test", 10)] == [numbers[2], numbers[0]]
        assert [ticket.number for ticket in tx.tickets.of_requester("ann@example.test", 1)] == [numbers[2]]
        assert tx.tickets.of_requester("cy@example.test", 10) == ()
        assert tx.tickets.knows_sender("BOB@example.test")
        assert not tx.tickets.knows_sender("cy@example.test")


@pytest.mark.parametrize("status", Status)
def test_what_a_requester_has_open_is_counted(store: Store, status: Status):
    one, _, _ = [open_ticket(store, requester=who) for who in (ANN, ANN, Address("Bob", "bob@example.test"))]
    with store.transaction() as tx:
        tx.tickets.save(replace(tx.tickets.load(one), status=status))
        assert tx.tickets.count_open("ANN@example.test") == (1 if status.is_done else 2)
        assert tx.tickets.count_open("cy@example.test") == 0


def test_due_tickets_come_longest_overdue_first(store: Store):
    deadlines = (NOW + timedelta(seconds=2), NOW, None, NOW + timedelta(seconds=1), LATER)
    with store.transaction() as tx:
        for number, deadline in enumerate(deadlines, 1001):
            tx.tickets.save(replace(BARE, number=number, next_deadline_at=deadline))
    with store.transaction() as tx:
        assert tx.tickets.due(NOW - timedelta(microseconds=1)) == ()
        assert tx.tickets.due(NOW) == (1002,)
        assert tx.tickets.due(NOW + timedelta(seconds=2)) == (1002, 1004, 1001)


def test_awaited_ids_lead_to_the_tickets_that_wait(store: Store):
    one, two = open_ticket(store), open_ticket(store)
    very_long = f"<{'x' * 5000}@x>"
    with store.transaction() as tx:
        tx.tickets.await_ids(two, ["<shared@x>"])
        tx.tickets.await_ids(one, ["<shared@x>", "<shared@x>", very_long])
        tx.tickets.await_ids(one, ["<shared@x>"])
        tx.tickets.await_ids(one, [])
        assert tx.tickets.by_awaited_ids(["<shared@x>", very_long, "<none@x>"]) == {
            "<shared@x>": (one, two), very_long: (one,),
        }  # fmt: skip
        assert tx.tickets.by_message_ids(["<shared@x>"]) == {}


def test_what_one_ticket_remembers(store: Store):
    one, two = open_ticket(store), open_ticket(store)
    with store.transaction() as tx:
        tx.tickets.remember_ids(one, ["list-id:printers.test"])
        assert tx.tickets.remembers(one, "list-id:printers.test")
        assert not tx.tickets.remembers(two, "list-id:printers.test")
        assert not tx.tickets.remembers(one, "list-id:screens.test")


def test_a_vendors_numbers_are_its_own_and_case_does_not_count(store: Store):
    one, two = open_ticket(store), open_ticket(store)
    with store.transaction() as tx:
        for _ in range(2):
            tx.tickets.learn_vendor_number(one, "Acme", "CASE-1")
        tx.tickets.learn_vendor_number(two, "ACME", "case-1")
        assert tx.tickets.by_vendor_number("acme", "Case-1", 5) == (one, two)
        assert tx.tickets.by_vendor_number("acme", "Case-1", 1) == (one,)
        assert tx.tickets.by_vendor_number("Acme", "CASE-2", 5) == ()
        assert tx.tickets.by_vendor_number("Other", "CASE-1", 5) == ()


def test_a_mail_and_its_answer_at_the_same_second_do_not_overlook_each_other(store: Store, second_store: Store):
    """Whoever comes second sees what the first one remembered, whichever that is."""

    def join_or_open(which: Store, own: str, *others: str) -> int:
        def unit(tx: Transaction) -> int:
            tx.tickets.hold_ids([own, *others])
            known = tx.tickets.by_message_ids([own, *others]) | tx.tickets.by_awaited_ids([own, *others])
            found = next(iter(known.values()), ())
            if found:
                return found[0]
            ticket, history = opened(tx.tickets.next_number())
            tx.tickets.save(ticket)
            tx.tickets.append(history, None)
            tx.tickets.remember_ids(ticket.number, [own])
            tx.tickets.await_ids(ticket.number, others)
            return ticket.number

        return which.run(unit)

    for turn in range(20):
        parent, answer = f"<parent{turn}@x>", f"<answer{turn}@x>"
        one, other = side_by_side(
            lambda: join_or_open(store, parent),  # noqa: B023 - it is over before the next turn
            lambda: join_or_open(second_store, answer, parent),  # noqa: B023
        )
        assert one == other


def test_the_newest_events_of_some_classes_come_newest_first(store: Store):
    texts = [ev.CorrespondenceReceived(ANN, str(n), str(n), f"<{n}@x>") for n in range(4)]
    notes = [ev.NoteAdded(ANN, f"note {n}", None) for n in range(4)]
    mixed = [event for pair in zip(texts, notes, strict=True) for event in (*pair, ev.TagsChanged(("a",)))]
    number, other = open_ticket(store, *mixed), open_ticket(store, *texts)
    with store.transaction() as tx:

        def newest(limit: int, *kinds: type[ev.Event], of: int = number) -> list[ev.Event]:
            return [recorded.event for recorded in tx.tickets.newest(of, kinds, limit)]

        assert newest(3, ev.CorrespondenceReceived) == [texts[3], texts[2], texts[1]]
        assert newest(3, ev.CorrespondenceReceived, ev.NoteAdded) == [notes[3], texts[3], notes[2]]
        assert newest(9, ev.NoteAdded) == notes[::-1]
        assert newest(9, ev.NoteAdded, of=other) == []
        assert newest(9) == []
        assert newest(9, ev.NoteAdded, of=99) == []
        assert tx.tickets.newest(number, (ev.TagsChanged,), 1) == tx.tickets.history(number)[-1:]


@pytest.mark.parametrize(
    ("merges", "chain"),
    [
        ({}, [1001]),
        ({1001: 1002}, [1001, 1002]),
        ({1001: 1003, 1003: 1002}, [1001, 1003, 1002]),
        # What is none of our making: a circle, itself, a ticket that is not there, an endless row.
        ({1001: 1002, 1002: 1001}, [1001]),
        ({1001: 1001}, [1001]),
        ({1001: 1099}, [1001]),
        ({number: number + 1 for number in range(1001, 1012)}, [1001]),
    ],
)
def test_merges_are_followed_to_the_survivor(store: Store, merges: dict[int, int], chain: list[int]):
    with store.transaction() as tx:
        for number in range(1001, 1013):
            tx.tickets.save(replace(BARE, number=number, merged_into=merges.get(number)))
        assert [ticket.number for ticket in tx.tickets.follow_merges(1001)] == chain
        survivor = tx.tickets.load_survivor(1001)
        assert survivor is not None
        assert survivor.number == chain[-1]
        assert (tx.tickets.follow_merges(2000), tx.tickets.load_survivor(2000)) == ((), None)
