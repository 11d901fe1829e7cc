"""What is remembered of an address: its language, and that it is dead until its owner writes."""

import threading
from collections.abc import Sequence

import pytest

from maildesk.adapters.store import Store
from maildesk.model.person import AddressDied, Lesson, Person, PersonWrote
from tests.adapters.store.make import LATER, NOW, side_by_side

ANN = "ann@example.test"
DIED = AddressDied(ANN, "5.1.1 no such user")
DEAD = Person(ANN, None, NOW, "5.1.1 no such user")


def learn(store: Store, *lessons: Lesson) -> tuple[Person, ...]:
    with store.transaction() as tx:
        return tx.people.learn(lessons, NOW)


def remembered(store: Store, address: str = ANN) -> Person | None:
    with store.transaction() as tx:
        return tx.people.find([address]).get(address.casefold())


@pytest.mark.parametrize(
    ("lessons", "expected"),
    [
        ([], None),
        ([PersonWrote(ANN)], Person(ANN)),
        ([PersonWrote(ANN, "de")], Person(ANN, "de")),
        ([PersonWrote(ANN, "de"), PersonWrote(ANN, "fr")], Person(ANN, "fr")),
        ([PersonWrote(ANN, "de"), PersonWrote("ANN@Example.test")], Person(ANN, "de")),
        ([DIED], DEAD),
        ([PersonWrote(ANN, "de"), DIED], Person(ANN, "de", NOW, DIED.reason)),
        ([DIED, AddressDied(ANN, "5.1.2 later")], DEAD),
        ([PersonWrote(ANN, "de"), DIED, PersonWrote(ANN)], Person(ANN, "de")),
    ],
)
def test_lessons(store: Store, lessons: Sequence[Lesson], expected: Person | None):
    for lesson in lessons:
        learn(store, lesson)
    assert remembered(store) == expected
    with store.transaction() as tx:
        is_dead = expected is not None and expected.dead_since is not None
        assert tx.people.find_dead(["ANN@example.test", "bob@example.test"]) == ({ANN: expected} if is_dead else {})


def test_lessons_of_one_mail_count_in_their_order(store: Store):
    assert learn(store, DIED, PersonWrote(ANN, "de"), PersonWrote("bob@example.test")) == ()
    assert remembered(store) == Person(ANN, "de")
    assert remembered(store, "BOB@example.test") == Person("bob@example.test")


def test_who_comes_back_is_named_as_remembered_before(store: Store):
    learn(store, DIED)
    with store.transaction() as tx:
        assert tx.people.learn([AddressDied(ANN, "again")], LATER) == ()
        assert tx.people.learn([PersonWrote("Ann@Example.test", "de")], LATER) == (DEAD,)
        assert tx.people.learn([PersonWrote(ANN)], LATER) == ()


@pytest.mark.parametrize("address", ["a" * 5000 + "@example.test", "jörg@exämple.test", "nul\0@example.test"])
def test_odd_addresses_are_kept_apart(store: Store, address: str):
    learn(store, PersonWrote(ANN, "de"), AddressDied(address, "5.1.1"))
    with store.transaction() as tx:
        assert set(tx.people.find([ANN, address, ""])) == {ANN, address}
        assert set(tx.people.find_dead([ANN, address])) == {address}


def test_nobody_is_looked_up(store: Store):
    with store.transaction() as tx:
        assert tx.people.find([]) == tx.people.find_dead([""]) == {}


def test_two_first_mails_at_once_are_one_person(store: Store, second_store: Store):
    side_by_side(
        *(
            lambda which=which: which.run(lambda tx: tx.people.learn([PersonWrote(ANN, "de")], NOW))
            for which in (store, second_store)
        )
    )
    assert remembered(store) == Person(ANN, "de")


def test_nobody_comes_back_while_mail_is_being_withheld_for_them(store: Store, second_store: Store):
    """Otherwise an answer held at the very moment its recipient writes would be held for ever."""
    learn(store, DIED)
    looked, back = threading.Event(), threading.Event()

    def withhold() -> None:
        with store.transaction() as tx:
            assert set(tx.people.find_dead([ANN])) == {ANN}
            looked.set()
            assert not back.wait(0.2)

    def come_back() -> None:
        assert looked.wait(10)
        assert second_store.run(lambda tx: tx.people.learn([PersonWrote(ANN)], LATER)) == (DEAD,)
        back.set()

    side_by_side(withhold, come_back)
    assert remembered(store) == Person(ANN)
