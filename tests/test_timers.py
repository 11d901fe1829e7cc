"""The timer loop against a real database: many at once, one that fails, a stop half way, and a change of policy."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from maildesk import timers
from maildesk.adapters.store import Store, Transaction
from maildesk.adapters.templates import Templates
from maildesk.apply import Workshop
from maildesk.model import event as ev
from maildesk.model.clock import SlaTarget
from maildesk.model.desk import Desk
from maildesk.model.level import Priority
from maildesk.model.ticket import Ticket, evolve
from tests import make
from tests.make import ANN, NOW, SUPPORT, TIA

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DUE = ev.DueSet(NOW + HOUR)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    made = Store(database_url)
    made.prepare()
    yield made
    made.close()


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates()


@pytest.fixture
def shop(templates: Templates) -> Callable[..., Workshop]:
    return lambda desk=None: Workshop(desk or make.desk(technicians=(TIA,)), templates, b"k" * 32)


def put(store: Store, count: int, *events: ev.Event) -> None:
    """Keep so many tickets of Ann's as an older version wrote them: without the date of the next look."""
    with store.transaction() as tx:
        for _ in range(count):
            number = tx.tickets.next_number()
            opened = ev.TicketOpened("Printer", ANN, SUPPORT, "general")
            history = tuple(ev.Recorded(number, n, NOW, "x", e) for n, e in enumerate((opened, *events), 1))
            ticket: Ticket | None = None
            for recorded in history:
                ticket = evolve(ticket, recorded)
            assert ticket is not None
            tx.tickets.save(ticket)
            tx.tickets.append(history, None)


def reminders(store: Store) -> list[tuple[int | None, datetime]]:
    with store.reading() as reader:
        return [(row.ticket, row.next_attempt_at or NOW) for row in reader.outbox() if row.notice == "reminder"]


def ticket(store: Store, number: int) -> Ticket:
    with store.reading() as reader:
        found = reader.ticket(number)
    assert found is not None
    return found


def test_many_at_once_are_one_mail_each_and_spread(store: Store, shop: Callable[..., Workshop]) -> None:
    put(store, 45, DUE)
    timers.rewind(store, shop(), NOW)
    now = NOW + DAY
    assert timers.tick(store, shop(), now) == 45
    assert [timers.tick(store, shop(), at) for at in (now, now - DAY, now + DAY)] == [0, 0, 0]
    waits = sorted((at - now).total_seconds() for _, at in reminders(store))
    assert waits == [0.0] * 10 + [30.0 * n for n in range(1, 36)]
    assert sorted(number or 0 for number, _ in reminders(store)) == list(range(1001, 1046))


def test_one_that_fails_costs_the_others_nothing(
    store: Store, shop: Callable[..., Workshop], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, 45, DUE)
    timers.rewind(store, shop(), NOW)
    decide = timers.decide_timer

    def fail(ticket: Ticket, *rest: object) -> object:
        if ticket.number in (1003, 1030):
            raise ValueError("a ticket that always fails")
        return decide(ticket, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(timers, "decide_timer", fail)
        patch.setattr(timers.log, "exception", lambda *_, **__: None)
        assert timers.tick(store, shop(), NOW + DAY) == 43
    assert timers.tick(store, shop(), NOW + DAY) == 2
    assert len(reminders(store)) == len({number for number, _ in reminders(store)}) == 45


def test_a_stop_or_a_crash_half_way_loses_and_doubles_nothing(
    store: Store, shop: Callable[..., Workshop], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, 45, DUE)
    timers.rewind(store, shop(), NOW)
    answers = iter([False, True])
    done = timers.tick(store, shop(), NOW + DAY, lambda: next(answers))
    assert 0 < done < 45

    def dies(tx: Transaction, *_: object, **__: object) -> None:
        apply(tx, *_, **__)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    apply = timers.apply_acts
    with monkeypatch.context() as patch:
        patch.setattr(timers, "apply_acts", dies)
        with pytest.raises(KeyboardInterrupt):
            timers.tick(store, shop(), NOW + DAY)
    assert len(reminders(store)) == done
    assert timers.tick(store, shop(), NOW + DAY) == 45 - done
    assert len({number for number, _ in reminders(store)}) == len(reminders(store)) == 45


# ------------------------------------------------------------------ a change of policy


def desk(hours: float) -> Desk:
    return make.desk(technicians=(TIA,), sla=((Priority.P3, SlaTarget(resolution=hours * 3600)),))


def test_deadlines_follow_the_policy_once_it_changed(store: Store, shop: Callable[..., Workshop]) -> None:
    put(store, 3)
    put(store, 1, ev.StatusChanged("closed", "new"))
    two = shop(desk(2))
    assert timers.rewind(store, two, NOW) == 3
    assert ticket(store, 1001).resolution_due_at == NOW + 2 * HOUR
    assert ticket(store, 1004).seq == 2
    # The same policy, read once more, is no change; another one is, and so is going back.
    assert timers.rewind(store, shop(desk(2)), NOW + HOUR) == 0
    assert timers.rewind(store, shop(desk(8)), NOW + HOUR) == 3
    assert ticket(store, 1001).resolution_due_at == NOW + 8 * HOUR
    assert timers.rewind(store, two, NOW + HOUR) == 3


def test_a_rewind_that_was_stopped_begins_anew(store: Store, shop: Callable[..., Workshop]) -> None:
    put(store, 3)
    assert timers.rewind(store, shop(desk(2)), NOW, lambda: True) == 0
    assert timers.rewind(store, shop(desk(2)), NOW) == 3


def test_what_is_due_no_more_is_looked_at_once(store: Store, shop: Callable[..., Workshop]) -> None:
    put(store, 1, DUE)
    timers.rewind(store, shop(), NOW)
    with store.transaction() as tx:
        early = tx.tickets.load(1001)
        assert early is not None
        tx.tickets.save(replace(early, next_deadline_at=NOW))
    assert timers.tick(store, shop(), NOW) == 1
    assert ticket(store, 1001).next_deadline_at == NOW + HOUR
    assert reminders(store) == []


def test_the_fingerprint_of_a_policy_is_the_same_in_every_process() -> None:
    assert timers.fingerprint(desk(2)) == timers.fingerprint(desk(2)) != timers.fingerprint(desk(3))
    assert " at 0x" in repr(desk(2).calendars)
    assert 0 <= timers.fingerprint(desk(2)) < 2**63
