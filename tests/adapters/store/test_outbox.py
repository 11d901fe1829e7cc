"""The outbox: queued once, leased to one process, recorded by the holder of the lease, taken back from the dead."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

import pytest

from maildesk.adapters.store import LeasedMail, OutboxState, Store, StoreRefused, UnknownMail, WithheldMail, WrongState
from maildesk.adapters.store.reading import OutboxEntry
from maildesk.model.notice import Audience, Visibility
from maildesk.model.situation import SentMail
from tests.adapters.store.make import LATER, NOW, open_ticket, outgoing, queued, side_by_side
from tests.loopback import wait_until

LEASE = 720.0
SECOND = timedelta(seconds=1)


def lease(store: Store, now: datetime = NOW, limit: int = 10) -> tuple[LeasedMail, ...]:
    with store.transaction() as tx:
        return tx.outbox.lease(now, limit, LEASE)


def record(store: Store, mail: LeasedMail, state: OutboxState, again_at: datetime | None = None) -> bool:
    with store.transaction() as tx:
        return tx.outbox.record(mail.id, state, again_at, f"reply of {state}", NOW, attempts=mail.attempts)


def entry(store: Store, outbox_id: int) -> OutboxEntry:
    with store.reading() as reader:
        return next(row for row in reader.outbox() if row.id == outbox_id)


def in_state(store: Store, state: OutboxState) -> int:
    """A mail in any state, brought there the way the program does; returns its id."""
    (outbox_id,) = queued(store)
    match state:
        case OutboxState.QUEUED:
            pass
        case OutboxState.SENDING:
            lease(store)
        case OutboxState.HELD | OutboxState.CANCELLED:
            with store.transaction() as tx:
                assert tx.outbox.set_state(outbox_id, state)
        case OutboxState.BOUNCED:
            record(store, lease(store)[0], OutboxState.SENT)
            with store.transaction() as tx:
                assert tx.outbox.set_state(outbox_id, state)
        case _:
            record(store, lease(store)[0], state, LATER if state is OutboxState.DEFERRED else None)
    assert entry(store, outbox_id).state is state
    return outbox_id


def test_mail_is_queued_and_leased_with_the_very_bytes(store: Store):
    number = open_ticket(store)
    mail = outgoing(
        ticket=number, audience=Audience.TECHNICIAN, data=bytes(range(256)) * 100, envelope_sender="support+t@x"
    )
    (outbox_id,) = queued(store, mail)
    (leased,) = lease(store)
    assert leased == LeasedMail(
        outbox_id,
        number,
        "acknowledgement",
        Audience.TECHNICIAN,
        "ann@example.test",
        "support+t@x",
        "<r1@desk>",
        mail.data,
        1,
        NOW,
        NOW,
    )
    row = entry(store, outbox_id)
    assert (row.state, row.attempts, row.next_attempt_at) == (OutboxState.SENDING, 1, NOW + timedelta(seconds=LEASE))


def test_ids_are_in_the_order_of_the_mails(store: Store):
    ids = queued(store, *(outgoing(f"r{n}") for n in (3, 1, 2)))
    assert [entry(store, outbox_id).message_id for outbox_id in ids] == ["<r3@desk>", "<r1@desk>", "<r2@desk>"]
    with store.transaction() as tx:
        assert tx.outbox.enqueue([]) == ()


def test_one_cause_writes_to_one_address_once(store: Store):
    first = queued(store, outgoing("r1", cause="mail 1"))
    again = queued(store, outgoing("r2", cause="mail 1", recipient="ANN@example.test"), outgoing("r3", cause="mail 2"))
    assert again[0] == first[0]
    assert [row.message_id for row in _all(store)] == ["<r1@desk>", "<r3@desk>"]


def _all(store: Store) -> list[OutboxEntry]:
    with store.reading() as reader:
        return list(reader.outbox())


@pytest.mark.parametrize("field", ["ref", "message_id"])
def test_refs_and_message_ids_are_unique(store: Store, field: str):
    queued(store, outgoing("r1"))
    with pytest.raises(StoreRefused):
        queued(store, replace(outgoing("r2"), **{field: getattr(outgoing("r1"), field)}))


def test_mail_waits_for_its_time_and_leaves_oldest_first(store: Store):
    queued(
        store,
        outgoing("late", not_before=NOW + SECOND),
        outgoing("r1"),
        outgoing("r2"),
        outgoing("early", not_before=NOW - SECOND),
    )
    assert [mail.message_id for mail in lease(store, limit=2)] == ["<early@desk>", "<r1@desk>"]
    assert [mail.message_id for mail in lease(store)] == ["<r2@desk>"]
    assert lease(store) == ()
    assert [mail.message_id for mail in lease(store, NOW + SECOND)] == ["<late@desk>"]


def test_a_lease_that_ran_out_is_taken_anew_and_fences_the_old_one(store: Store):
    queued(store)
    (old,) = lease(store)
    assert lease(store, NOW + timedelta(seconds=LEASE) - SECOND) == ()
    (new,) = lease(store, NOW + timedelta(seconds=LEASE))
    assert (new.id, new.data, new.attempts) == (old.id, old.data, 2)
    assert not record(store, old, OutboxState.FAILED)
    assert record(store, new, OutboxState.SENT)
    assert not record(store, new, OutboxState.FAILED)
    assert entry(store, new.id).state is OutboxState.SENT


def test_only_the_owner_of_a_lease_records(store: Store, second_store: Store):
    queued(store)
    (mail,) = lease(store)
    assert not record(second_store, mail, OutboxState.FAILED)
    with second_store.transaction() as tx:
        assert not tx.outbox.record(mail.id, OutboxState.FAILED, None, "", NOW)
    with store.transaction() as tx:
        assert tx.outbox.record(mail.id, OutboxState.SENT, None, "250 ok", NOW)


def test_deferred_mail_comes_back_at_its_time(store: Store):
    queued(store)
    (mail,) = lease(store)
    assert record(store, mail, OutboxState.DEFERRED, LATER)
    row = entry(store, mail.id)
    assert (row.state, row.next_attempt_at, row.last_reply) == (OutboxState.DEFERRED, LATER, "reply of deferred")
    assert lease(store, LATER - SECOND) == ()
    assert [(again.id, again.attempts) for again in lease(store, LATER)] == [(mail.id, 2)]


@pytest.mark.parametrize(("state", "again_at"), [(OutboxState.SENT, LATER), (OutboxState.DEFERRED, None)])
def test_a_state_and_its_next_attempt_must_agree(store: Store, state: OutboxState, again_at: datetime | None):
    queued(store)
    (mail,) = lease(store)
    with pytest.raises(StoreRefused):
        record(store, mail, state, again_at)


def test_mail_is_leased_once_to_many_at_once(store: Store, second_store: Store):
    ids = queued(store, *(outgoing(f"r{n}") for n in range(60)))

    def drain(which: Store) -> list[int]:
        taken: list[int] = []
        while mails := which.run(lambda tx: tx.outbox.lease(NOW, 4, LEASE)):
            taken += [mail.id for mail in mails]
        return taken

    results = side_by_side(*(lambda which=which: drain(which) for which in (store, second_store) * 2))
    assert sorted(chain.from_iterable(results)) == sorted(ids)


def test_leases_of_a_dead_process_are_taken_back_at_once(store: Store, ready_url: str):
    dead = Store(ready_url)
    dead.claim_loops()
    ids = queued(dead, outgoing("r1"), outgoing("r2"), outgoing("r3", not_before=LATER))
    before = lease(dead)
    dead.close()
    store.claim_loops()
    with store.transaction() as tx:
        assert tx.outbox.take_back() == 2
        assert tx.outbox.take_back() == 0
    after = lease(store)
    assert [(mail.id, mail.data, mail.message_id, mail.attempts) for mail in after] == [
        (mail.id, mail.data, mail.message_id, 2) for mail in before
    ]
    assert entry(store, ids[2]).state is OutboxState.QUEUED
    assert not record(dead, before[0], OutboxState.FAILED)
    dead.close()


def test_finished_mail_is_not_taken_back(store: Store):
    queued(store)
    record(store, lease(store)[0], OutboxState.SENT)
    with store.transaction() as tx:
        assert tx.outbox.take_back() == 0


@pytest.mark.servers
def take_back(store: Store) -> int:
    with store.transaction() as tx:
        return tx.outbox.take_back()


def test_leases_of_the_living_are_left_alone_on_postgres(postgres_url: str):
    one, other = Store(postgres_url), Store(postgres_url)
    one.prepare()
    one.claim_loops()
    other.claim_loops()
    queued(one, outgoing("r1"), outgoing("r2"))
    (of_one,), (of_other,) = lease(one, limit=1), lease(other, limit=1)
    with other.transaction() as tx:
        assert tx.outbox.take_back() == 0
    one.close()
    # The server sees only after a while that a connection has ended.
    assert wait_until(lambda: take_back(other)) == 1
    assert record(other, of_other, OutboxState.SENT)
    assert [mail.id for mail in lease(other)] == [of_one.id]
    other.close()


def test_a_token_stands_for_its_mail(store: Store):
    number = open_ticket(store)
    (outbox_id,) = queued(store, outgoing(ticket=number, audience=Audience.TECHNICIAN, visibility=Visibility.INTERNAL))
    with store.transaction() as tx:
        token = tx.outbox.find_ref("r1")
        assert token is not None
        assert (token.id, token.ticket, token.recipient, token.audience) == (
            outbox_id,
            number,
            "ann@example.test",
            Audience.TECHNICIAN,
        )
        assert (token.visibility, token.issued_at, token.spent) == (Visibility.INTERNAL, NOW, False)
        assert (token.notice, token.message_id) == ("acknowledgement", "<r1@desk>")
        assert tx.outbox.find_ref("R1") is None
        assert tx.outbox.find_ref("r2") is None
        tx.outbox.spend(outbox_id, NOW)
        tx.outbox.spend(outbox_id, LATER)
        spent = tx.outbox.find_ref("r1")
    assert spent is not None
    assert spent.spent


def test_a_bounce_finds_its_mail(store: Store):
    (outbox_id,) = queued(store)
    with store.transaction() as tx:
        sent = SentMail(outbox_id, None, "ann@example.test", Audience.PUBLIC, "<r1@desk>")
        assert tx.outbox.find_message_id("<r1@desk>") == sent
        assert tx.outbox.find_message_id("<r2@desk>") is None


def test_a_body_runs_through_a_token_once(store: Store):
    one, two = queued(store, outgoing("r1"), outgoing("r2"))
    with store.transaction() as tx:
        assert not tx.outbox.has_run(one, "body")
        tx.outbox.record_run(one, "body")
        tx.outbox.record_run(one, "body")
        assert tx.outbox.has_run(one, "body")
        assert not tx.outbox.has_run(one, "other body")
        assert not tx.outbox.has_run(two, "body")


S = OutboxState


@pytest.mark.parametrize("before", list(OutboxState))
@pytest.mark.parametrize(
    ("after", "possible_from"),
    [
        (S.CANCELLED, {S.QUEUED, S.DEFERRED, S.HELD}),
        (S.HELD, {S.QUEUED, S.DEFERRED, S.HELD}),
        (S.FAILED, {S.QUEUED, S.DEFERRED, S.HELD}),
        (S.BOUNCED, {S.QUEUED, S.SENDING, S.SENT, S.DEFERRED, S.FAILED}),
        (S.QUEUED, {S.HELD}),
    ],
)
def test_a_decision_changes_a_state_only_while_it_can(store: Store, before: S, after: S, possible_from: set[S]):
    outbox_id = in_state(store, before)
    with store.transaction() as tx:
        assert tx.outbox.set_state(outbox_id, after) is (before in possible_from)
    assert entry(store, outbox_id).state is (after if before in possible_from else before)
    if before in possible_from:
        assert entry(store, outbox_id).next_attempt_at == (NOW if after is S.QUEUED else None)


def test_a_bounce_that_overtakes_the_record_stands(store: Store):
    (outbox_id,) = queued(store)
    (mail,) = lease(store)
    with store.transaction() as tx:
        assert tx.outbox.set_state(outbox_id, S.BOUNCED)
    assert not record(store, mail, S.SENT)
    assert entry(store, outbox_id).state is S.BOUNCED


@pytest.mark.parametrize("state", [S.SENT, S.SENDING, S.DEFERRED])
def test_outcomes_of_attempts_are_not_decided(store: Store, state: S):
    (outbox_id,) = queued(store)
    with store.transaction() as tx, pytest.raises(ValueError, match="outcome of an attempt"):
        tx.outbox.set_state(outbox_id, state)


@pytest.mark.parametrize("state", list(OutboxState))
def test_retry_queues_what_failed_or_waits(store: Store, state: S):
    outbox_id = in_state(store, state)
    with store.transaction() as tx:
        if state in (S.FAILED, S.DEFERRED, S.HELD):
            tx.outbox.retry(outbox_id)
        else:
            with pytest.raises(WrongState, match=f"it is {state}"):
                tx.outbox.retry(outbox_id)
    if state in (S.FAILED, S.DEFERRED, S.HELD):
        assert [mail.id for mail in lease(store)] == [outbox_id]


WHY = "not sent: mail to ann@example.test came back"


def test_withheld_mail_is_never_tried_until_it_is_released(store: Store):
    owed, other, sent = queued(
        store,
        outgoing("r1", withheld=WHY, notice="correspondence", not_before=LATER),
        outgoing("r2", withheld=WHY),
        outgoing("r3"),
    )
    (leased,) = lease(store, LATER)
    assert leased.id == sent
    record(store, leased, S.SENT)
    row = entry(store, owed)
    assert (row.state, row.attempts, row.next_attempt_at, row.last_reply) == (S.HELD, 0, None, WHY)
    later = LATER + timedelta(days=30)
    with store.transaction() as tx:
        tx.outbox.release([owed, sent], later)
        tx.outbox.release([], later)
    assert entry(store, sent).state is S.SENT
    assert entry(store, other).state is S.HELD
    (mail,) = lease(store, later)
    assert (mail.id, mail.data, mail.attempts) == (owed, outgoing("r1").data, 1)
    assert (mail.created_at, mail.not_before) == (NOW, later)


def test_withheld_mail_is_found_by_its_address_and_its_reason(store: Store):
    mine, _other_reason, _other_address, held_by_hand = queued(
        store,
        outgoing("r1", withheld=WHY, recipient="ANN@example.test", notice="resolved"),
        outgoing("r2", withheld="recalled"),
        outgoing("r3", withheld=WHY, recipient="bob@example.test"),
        outgoing("r4"),
    )
    with store.transaction() as tx:
        tx.outbox.set_state(held_by_hand, S.HELD)
        assert tx.outbox.withheld("Ann@example.test", "not sent: ") == (WithheldMail(mine, Audience.PUBLIC),)
        tx.outbox.set_state(mine, S.CANCELLED)
        assert tx.outbox.withheld("ann@example.test", "not sent: ") == ()


def test_unknown_outgoing_mail_is_said_so(store: Store):
    with store.transaction() as tx:
        assert not tx.outbox.record(99, S.SENT, None, "", NOW)
        with pytest.raises(UnknownMail, match="no outgoing mail 99"):
            tx.outbox.retry(99)
        with pytest.raises(UnknownMail, match="no outgoing mail 99"):
            tx.outbox.set_state(99, S.CANCELLED)


@pytest.mark.parametrize(
    ("notice", "recipient", "since", "unproven", "count"),
    [
        ("acknowledgement", None, NOW - SECOND, None, 3),
        ("acknowledgement", None, NOW, None, 1),
        ("acknowledgement", None, LATER, None, 0),
        ("acknowledgement", "Ann@Example.test", NOW - SECOND, None, 2),
        ("acknowledgement", None, NOW - SECOND, True, 1),
        ("acknowledgement", None, NOW - SECOND, False, 2),
        ("acknowledgement", "ann@example.test", NOW - SECOND, True, 0),
        ("resolved", None, NOW - SECOND, None, 1),
        ("pending", None, NOW - SECOND, None, 0),
    ],
)
def test_recent_mail_is_counted(
    store: Store, notice: str, recipient: str | None, since: datetime, unproven: bool | None, count: int
):
    queued(
        store,
        outgoing("r1"),
        outgoing("r2", recipient="ANN@example.test", created_at=LATER),
        outgoing("r3", recipient="bob@example.test", unproven=True),
        outgoing("r4", notice="resolved"),
    )
    with store.transaction() as tx:
        assert tx.outbox.counts_since(notice, recipient, since, unproven) == count
