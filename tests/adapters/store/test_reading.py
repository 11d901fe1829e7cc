"""What the command line prints: complete, oldest first, and one state of the database throughout."""

from itertools import islice

import pytest

from maildesk.adapters.store import Counts, OutboxState, Store, StoreError, UndecidedMail
from maildesk.adapters.store.reading import CHUNK
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.person import AddressDied, Person
from maildesk.model.settings import FolderRole
from maildesk.model.ticket import Status
from tests.adapters.store.make import LATER, NOW, finish, message, open_ticket, outgoing, parked, queued, seen


@pytest.fixture
def tickets(store: Store) -> list[int]:
    return [
        open_ticket(store),
        open_ticket(store, ev.StatusChanged("closed", "new"), ev.Assigned("tia@example.test")),
        open_ticket(store, ev.QueueChanged("network", "general")),
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [0, 1, 2]),
        ({"limit": 2}, [0, 1]),
        ({"limit": 0}, []),
        ({"status": Status.CLOSED}, [1]),
        ({"queue": "general"}, [0, 1]),
        ({"assignee": "tia@example.test"}, [1]),
        ({"assignee": "tia@example.test", "queue": "network"}, []),
    ],
)
def test_tickets_are_listed_oldest_first(
    store: Store, tickets: list[int], filters: dict[str, object], found: list[int]
):
    with store.reading() as reader:
        assert [ticket.number for ticket in reader.tickets(**filters)] == [tickets[i] for i in found]  # type: ignore[arg-type]


def test_one_ticket_with_its_history(store: Store, tickets: list[int]):
    with store.reading() as reader:
        ticket = reader.ticket(tickets[1])
        history = reader.history(tickets[1])
        assert reader.ticket(99) is None
        assert reader.history(99) == ()
    assert ticket is not None
    assert ticket.assignee == "tia@example.test"
    assert [type(recorded.event).__name__ for recorded in history] == ["TicketOpened", "StatusChanged", "Assigned"]


def test_the_ledger_has_every_decided_mail(store: Store):
    held, discarded = parked(store, uid=1), seen(store, 2)
    waiting = seen(store, 3, now=LATER)
    with store.transaction() as tx:
        tx.inbound.record_message(discarded.id, message("<2@x>"), b"raw")
        finish(tx, discarded.id, Outcome.DISCARDED, "rule Spam")
    with store.reading() as reader:
        first, second = reader.ledger()
        assert [entry.id for entry in reader.ledger(Outcome.DISCARDED)] == [discarded.id]
        assert [entry.id for entry in reader.ledger(limit=1)] == [held]
        assert reader.undecided() == (UndecidedMail(waiting.id, "support", 7, 3, 1, LATER),)
    assert (first.id, first.outcome) == (held, Outcome.HELD)
    assert (second.mailbox, second.uidvalidity, second.uid, second.message_id) == ("support", 7, 2, "<2@x>")
    assert (second.sender, second.subject, second.reason) == ("ann@example.test", "Printer", "rule Spam")
    assert (second.ticket, second.at) == (None, NOW)


def test_held_mail_tells_what_it_waits_for(store: Store):
    ids = [parked(store, uid=1), parked(store, Outcome.QUARANTINED, uid=2)]
    parked(store, Outcome.REJECTED, uid=3)
    with store.transaction() as tx:
        tx.inbound.request_requeue(ids[1])
    with store.reading() as reader:
        assert [(mail.id, mail.outcome, mail.requested) for mail in reader.held()] == [
            (ids[0], Outcome.HELD, None), (ids[1], Outcome.QUARANTINED, "requeue"),
        ]  # fmt: skip


def test_what_should_lie_in_a_folder(store: Store):
    one, same_bytes, other_folder, _not_moved = (parked(store, uid=uid) for uid in (1, 2, 3, 4))
    with store.transaction() as tx:
        tx.inbound.mark_filed([one, same_bytes], FolderRole.HELD)
        tx.inbound.mark_filed([other_folder], FolderRole.PROCESSED)
    with store.reading() as reader:
        assert list(reader.filed("support", FolderRole.HELD).values()) == [[one, same_bytes]]
        assert list(reader.filed("support", FolderRole.PROCESSED).values()) == [[other_folder]]
        assert reader.filed("support", FolderRole.QUARANTINE) == reader.filed("sales", FolderRole.HELD) == {}


def test_outgoing_mail_is_listed(store: Store):
    ids = queued(store, outgoing("r1"), outgoing("r2"), outgoing("r3"))
    with store.transaction() as tx:
        tx.outbox.set_state(ids[1], OutboxState.HELD)
    with store.reading() as reader:
        assert [entry.id for entry in reader.outbox()] == list(ids)
        assert [entry.id for entry in reader.outbox(limit=2)] == list(ids[:2])
        (held,) = reader.outbox(OutboxState.HELD)
    assert (held.id, held.notice, held.recipient, held.message_id) == (
        ids[1],
        "acknowledgement",
        "ann@example.test",
        "<r2@desk>",
    )
    assert (held.attempts, held.next_attempt_at, held.last_reply, held.created_at) == (0, None, "", NOW)


def test_counts(store: Store, tickets: list[int]):
    parked(store, uid=1)
    seen(store, 2)
    queued(store)
    with store.reading() as reader:
        assert reader.counts() == Counts(
            tickets=((Status.CLOSED, 1), (Status.NEW, 2)),
            mail=((Outcome.HELD, 1),),
            undecided=1,
            outbox=((OutboxState.QUEUED, 1),),
        )


def test_an_empty_database(store: Store):
    with store.reading() as reader:
        assert reader.counts() == Counts((), (), 0, ())
        assert list(reader.tickets()) == []
        assert list(reader.ledger()) == []
        assert reader.held() == ()


def test_lists_longer_than_a_page_are_complete_and_lazy(store: Store):
    total = 2 * CHUNK + 1
    with store.transaction() as tx:
        rows = tx.inbound.count_attempts("support", 7, dict.fromkeys(range(1, total + 1), 1), NOW)
        for row in rows.values():
            finish(tx, row.id, Outcome.DISCARDED)
    with store.reading() as reader:
        assert len({entry.id for entry in reader.ledger()}) == total
        assert len(list(reader.ledger(limit=CHUNK + 1))) == CHUNK + 1
        assert len(list(islice(reader.ledger(), 3))) == 3


def test_a_reader_sees_one_state_throughout(store: Store, tickets: list[int]):
    with store.reading() as reader:
        assert len(list(reader.tickets())) == 3
        open_ticket(store)
        assert len(list(reader.tickets())) == 3
    with store.reading() as reader:
        assert len(list(reader.tickets())) == 4


def test_a_reader_cannot_write(store: Store):
    with pytest.raises(StoreError), store.reading() as reader:
        reader._tickets.next_number()
    assert open_ticket(store) == 1001


def test_what_is_remembered_of_an_address(store: Store):
    with store.transaction() as tx:
        tx.people.learn((AddressDied("Ann@example.test", "550 5.1.1 no such user"),), NOW)
    with store.reading() as reader:
        assert reader.person("ann@EXAMPLE.test") == Person("Ann@example.test", None, NOW, "550 5.1.1 no such user")
        assert reader.person("bob@example.test") is None
