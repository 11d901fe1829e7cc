"""The ledger: counted before it is worked on, recorded once, decided once, moved where it belongs."""

from dataclasses import replace

import pytest

from maildesk.adapters.store import Checkpoint, Prior, Seen, Store, Transaction, Unfiled, UnknownMail, WrongState
from maildesk.model.decided import Outcome
from maildesk.model.settings import FolderRole
from maildesk.model.situation import Vouch
from tests.adapters.store.make import LATER, NOW, finish, message, open_ticket, parked, seen, side_by_side


def test_checkpoint_is_absent_then_kept_then_replaced(store: Store):
    for checkpoint in (Checkpoint(1, 5), Checkpoint(4_294_967_295, 4_294_967_294)):
        with store.transaction() as tx:
            tx.inbound.save_checkpoint("support", checkpoint)
        with store.transaction() as tx:
            assert tx.inbound.checkpoint("support") == checkpoint
            assert tx.inbound.checkpoint("other") is None


def test_attempts_are_counted_until_the_mail_is_decided(store: Store):
    def count() -> dict[int, Seen]:
        with store.transaction() as tx:
            return tx.inbound.count_attempts("support", 7, {1: 10, 2: 20}, NOW)

    assert {uid: row.attempts for uid, row in count().items()} == {1: 1, 2: 1}
    first = count()[1]
    assert (first.attempts, first.outcome, first.filed) == (2, None, None)
    with store.transaction() as tx:
        finish(tx, first.id, Outcome.DISCARDED)
        tx.inbound.mark_filed([first.id], FolderRole.PROCESSED)
    again = count()
    assert again[1] == replace(first, outcome=Outcome.DISCARDED, filed=FolderRole.PROCESSED)
    assert again[2].attempts == 3


def test_looking_at_messages_counts_nothing(store: Store):
    row = seen(store, 5)
    with store.transaction() as tx:
        for _ in range(2):
            assert tx.inbound.find_seen("support", 7, [4, 5]) == {5: row}
        assert tx.inbound.find_seen("support", 8, [5]) == {}
        assert tx.inbound.find_seen("support", 7, []) == {}


def test_same_uid_elsewhere_is_another_mail(store: Store):
    with store.transaction() as tx:
        ids = {
            tx.inbound.count_attempts(mailbox, validity, {1: 10}, NOW)[1].id
            for mailbox, validity in [("support", 7), ("support", 8), ("sales", 7)]
        }
    assert len(ids) == 3


def test_many_mails_at_once(store: Store):
    with store.transaction() as tx:
        rows = tx.inbound.count_attempts("support", 7, dict.fromkeys(range(1, 1302), 10), NOW)
    assert sorted(rows) == list(range(1, 1302))
    assert {row.attempts for row in rows.values()} == {1}


def test_no_mails_at_all(store: Store):
    with store.transaction() as tx:
        assert tx.inbound.count_attempts("support", 7, {}, NOW) == {}
        tx.inbound.mark_filed([], FolderRole.PROCESSED)


@pytest.mark.parametrize(
    ("first", "second", "is_duplicate"),
    [
        (("<a@x>", "content", b"one path"), ("<a@x>", "content", b"other path"), True),
        (("<a@x>", "content", b"raw"), ("<a@x>", "changed", b"raw"), False),
        (("<a@x>", "content", b"raw"), ("<b@x>", "content", b"raw"), False),
        ((None, "content", b"raw"), (None, "content", b"raw"), True),
        ((None, "content", b"one path"), (None, "content", b"other path"), False),
        (("<a@x>", "content", b"raw"), (None, "content", b"raw"), False),
    ],
)
def test_what_counts_as_the_same_mail(
    store: Store, first: tuple[str, str, bytes], second: tuple[str, str, bytes], is_duplicate: bool
):
    number = open_ticket(store)
    one, two = seen(store, 1), seen(store, 2)
    with store.transaction() as tx:
        assert tx.inbound.record_message(one.id, message(first[0], first[1]), first[2]) is None
        finish(tx, one.id, Outcome.TICKET, ticket=number)
    with store.transaction() as tx:
        prior = tx.inbound.record_message(two.id, message(second[0], second[1]), second[2])
    assert prior == (Prior(one.id, number, Outcome.TICKET) if is_duplicate else None)


def test_a_retry_is_not_its_own_duplicate(store: Store):
    row = seen(store)
    with store.transaction() as tx:
        assert tx.inbound.record_message(row.id, message(), b"raw") is None
    with store.transaction() as tx:
        assert tx.inbound.record_message(row.id, message(), b"raw") is None


def test_recording_fills_the_row(store: Store):
    row = seen(store)
    with store.transaction() as tx:
        tx.inbound.record_message(row.id, message(), b"raw bytes \x00\xff")
        finish(tx, row.id, Outcome.HELD, "doubtful")
        stored = tx.inbound.find(row.id)
    assert stored is not None
    assert (stored.raw, stored.outcome, stored.reason, stored.mailbox) == (
        b"raw bytes \x00\xff",
        Outcome.HELD,
        "doubtful",
        "support",
    )
    assert (stored.vouched, stored.ticket, stored.attempts) == (None, None, 1)


def test_unread_mail_is_kept_as_far_as_it_is_known(store: Store):
    too_large = parked(store, Outcome.QUARANTINED, raw=None)
    with store.reading() as reader:
        (held,) = reader.held()
    assert (held.id, held.sender, held.subject, held.outcome) == (
        too_large,
        "ann@example.test",
        "Printer",
        Outcome.QUARANTINED,
    )
    with store.transaction() as tx:
        stored = tx.inbound.find(too_large)
    assert stored is not None
    assert stored.raw is None


def test_a_mail_is_decided_once(store: Store):
    row = seen(store)
    with store.transaction() as tx:
        finish(tx, row.id, Outcome.DISCARDED, "a bounce without a ticket")
    for again in (
        lambda tx: finish(tx, row.id, Outcome.HELD),
        lambda tx: tx.inbound.record_message(row.id, message(), b"raw"),
        lambda tx: tx.inbound.record_unread(row.id, "", "", None, None),
        lambda tx: tx.inbound.count_attempt(row.id),
    ):
        with pytest.raises(WrongState, match="its outcome is discarded already"), store.transaction() as tx:
            again(tx)
    with store.transaction() as tx:
        stored = tx.inbound.find(row.id)
    assert stored is not None
    assert (stored.outcome, stored.reason) == (Outcome.DISCARDED, "a bounce without a ticket")


def test_unknown_mail_is_said_so(store: Store):
    with store.transaction() as tx:
        assert tx.inbound.find(99) is None
        for act in (
            lambda: finish(tx, 99, Outcome.HELD),
            lambda: tx.inbound.record_unread(99, "", "", None, None),
            lambda: tx.inbound.request_release(99, NOW),
            lambda: tx.inbound.request_requeue(99),
            lambda: tx.inbound.discard(99, "spam", NOW),
            lambda: tx.inbound.count_attempt(99),
        ):
            with pytest.raises(UnknownMail, match="no mail 99"):
                act()


def test_decided_mail_waits_to_be_moved(store: Store):
    decided, undecided, moved = seen(store, 3), seen(store, 2), seen(store, 1)
    with store.transaction() as tx:
        finish(tx, decided.id, Outcome.HELD)
        finish(tx, moved.id, Outcome.DISCARDED)
        tx.inbound.mark_filed([moved.id], FolderRole.PROCESSED)
        assert tx.inbound.unfiled("support", 7) == (Unfiled(decided.id, 3, FolderRole.HELD),)
        assert tx.inbound.unfiled("support", 8) == ()
        assert tx.inbound.unfiled("sales", 7) == ()
        finish(tx, undecided.id, Outcome.DISCARDED)
        assert [row.uid for row in tx.inbound.unfiled("support", 7)] == [2, 3]


@pytest.mark.parametrize("outcome", [Outcome.HELD, Outcome.QUARANTINED])
@pytest.mark.parametrize("what", ["release", "requeue"])
def test_parked_mail_is_decided_anew_when_asked(store: Store, outcome: Outcome, what: str):
    number = open_ticket(store)
    row = parked(store, outcome)
    with store.transaction() as tx:
        tx.inbound.request_release(row, LATER) if what == "release" else tx.inbound.request_requeue(row)
    with store.transaction() as tx:
        (mail,) = tx.inbound.requested(10)
        # Until the loop has looked, the ledger says what it said.
        assert (mail.id, mail.raw, mail.vouched is Vouch.ADMIN, mail.attempts) == (row, b"raw", what == "release", 0)
        assert mail.outcome is outcome
        assert tx.inbound.count_attempt(row) == 1
        assert tx.inbound.record_message(row, message("<1@x>"), b"raw") is None
        finish(tx, row, Outcome.FOLLOW_UP, "an admin vouched for it", number)
    with store.transaction() as tx:
        assert tx.inbound.requested(10) == ()
        stored = tx.inbound.find(row)
    assert stored is not None
    assert (stored.outcome, stored.ticket, stored.vouched is Vouch.ADMIN) == (
        Outcome.FOLLOW_UP,
        number,
        what == "release",
    )


def test_a_replaced_outcome_is_kept_beside(store: Store):
    row = parked(store)
    with store.transaction() as tx:
        tx.inbound.request_release(row, LATER)
        finish(tx, row, Outcome.QUARANTINED, "second reason")
        tx.inbound.discard(row, "third reason", LATER)
    with store.reading() as reader:
        assert [(past.outcome, past.reason) for past in reader.past_outcomes()[row]] == [
            (Outcome.HELD, "first reason"), (Outcome.QUARANTINED, "second reason"),
        ]  # fmt: skip


def test_requests_are_served_in_order_and_counted(store: Store):
    rows = [parked(store, uid=uid) for uid in (1, 2, 3)]
    with store.transaction() as tx:
        for row in reversed(rows):
            tx.inbound.request_requeue(row)
        assert [mail.id for mail in tx.inbound.requested(2)] == rows[:2]


def test_released_mail_belongs_elsewhere(store: Store):
    row = parked(store)
    with store.transaction() as tx:
        tx.inbound.mark_filed([row], FolderRole.HELD)
        assert tx.inbound.misfiled("support") == ()
        tx.inbound.request_release(row, LATER)
        assert tx.inbound.misfiled("support") == ()
        finish(tx, row, Outcome.DISCARDED)
        (found,) = tx.inbound.misfiled("support")
        assert (found.id, found.size_bytes, found.filed, found.wanted) == (
            row,
            100,
            FolderRole.HELD,
            FolderRole.PROCESSED,
        )
        assert found.raw_sha256 is not None
        assert tx.inbound.misfiled("sales") == ()
        tx.inbound.mark_filed([row], FolderRole.PROCESSED)
        assert tx.inbound.misfiled("support") == ()


@pytest.mark.parametrize("outcome", [Outcome.HELD, Outcome.QUARANTINED])
def test_discarding_moves_to_processed_and_ends_a_request(store: Store, outcome: Outcome):
    row = parked(store, outcome)
    with store.transaction() as tx:
        tx.inbound.mark_filed([row], FolderRole.HELD)
        tx.inbound.request_requeue(row)
        tx.inbound.discard(row, "spam", LATER)
        assert tx.inbound.requested(10) == ()
        assert [found.wanted for found in tx.inbound.misfiled("support")] == [FolderRole.PROCESSED]
        stored = tx.inbound.find(row)
    assert stored is not None
    assert (stored.outcome, stored.reason, stored.raw) == (Outcome.DISCARDED, "spam", b"raw")


@pytest.mark.parametrize("act", ["request_release", "request_requeue", "discard"])
@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("undecided", "not decided yet"),
        ("discarded", "its outcome is discarded already"),
        ("decided", "its outcome is rejected already"),
    ],
)
def test_only_parked_mail_can_be_acted_on(store: Store, act: str, state: str, sentence: str):
    row = (
        seen(store).id
        if state == "undecided"
        else parked(store, Outcome.REJECTED if state == "decided" else Outcome.HELD)
    )
    with store.transaction() as tx:
        if state == "discarded":
            tx.inbound.discard(row, "spam", NOW)
        arguments = {"request_release": (LATER,), "request_requeue": (), "discard": ("spam", LATER)}[act]
        with pytest.raises(WrongState, match=sentence):
            getattr(tx.inbound, act)(row, *arguments)


def test_a_second_request_and_one_without_text_are_refused(store: Store):
    row, too_large = parked(store), parked(store, Outcome.QUARANTINED, uid=2, raw=None)
    with store.transaction() as tx:
        tx.inbound.request_release(row, LATER)
        with pytest.raises(WrongState, match="waits for its release already"):
            tx.inbound.request_requeue(row)
        with pytest.raises(WrongState, match="too large"):
            tx.inbound.request_release(too_large, LATER)
        tx.inbound.discard(too_large, "too large to read", LATER)


def test_two_processes_with_the_same_mail_on_two_paths(store: Store, second_store: Store):
    one, two = seen(store, 1), seen(store, 2)

    def record(which: Store, row: Seen) -> Prior | None:
        def unit(tx: Transaction) -> Prior | None:
            prior = tx.inbound.record_message(row.id, message(), b"raw %d" % row.uid)
            finish(tx, row.id, Outcome.DUPLICATE if prior else Outcome.DISCARDED)
            return prior

        return which.run(unit)

    results = side_by_side(lambda: record(store, one), lambda: record(second_store, two))
    assert sorted(result is None for result in results) == [False, True]


def test_two_processes_decide_the_same_mail(store: Store, second_store: Store):
    row = seen(store)

    def decide(which: Store) -> str:
        def unit(tx: Transaction) -> str:
            tx.inbound.record_message(row.id, message(), b"raw")
            finish(tx, row.id, Outcome.DISCARDED)
            return "decided"

        try:
            return which.run(unit)
        except WrongState:
            return "too late"

    assert sorted(side_by_side(lambda: decide(store), lambda: decide(second_store))) == ["decided", "too late"]


def test_two_processes_see_the_same_new_mail(store: Store, second_store: Store):
    def count(which: Store) -> list[int]:
        rows = which.run(lambda tx: tx.inbound.count_attempts("support", 7, dict.fromkeys(range(1, 50), 10), NOW))
        return [row.id for row in rows.values()]

    one, other = side_by_side(lambda: count(store), lambda: count(second_store))
    assert sorted(one) == sorted(other)
    assert {
        row.attempts for row in store.run(lambda tx: tx.inbound.count_attempts("support", 7, {1: 10}, NOW)).values()
    } == {3}


def test_hostile_text_is_stored_cleaned(store: Store):
    row = seen(store)
    with store.transaction() as tx:
        hostile = replace(message("<a\0b\udc80@x>"), subject="nul \0 and \udcff surrogate é 🖨")
        tx.inbound.record_message(row.id, hostile, b"raw")
        finish(tx, row.id, Outcome.HELD, "rule \0 \ud800 name")
    with store.reading() as reader:
        (entry,) = reader.ledger()
    assert (entry.message_id, entry.subject, entry.reason) == ("<ab@x>", "nul  and  surrogate é 🖨", "rule   name")
