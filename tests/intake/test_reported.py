"""Which earlier mail a technician's word is about, and what is known of it: on either database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.adapters.store import IssuedToken, OutboxState, Store, Transaction
from maildesk.core.commands.words import Word
from maildesk.intake.reported import find_reported
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.message import Kind
from maildesk.model.notice import RESULTS, Audience, NoticeName, Visibility
from maildesk.model.settings import FolderRole
from maildesk.model.situation import Reported, Vouch
from maildesk.model.ticket import evolve
from tests import make
from tests.adapters.store.make import NOW, open_ticket, outgoing, seen
from tests.make import ANN, BOB, TIA, TOM

LATER = NOW + timedelta(minutes=5)
ITSELF = 99


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Tickets 1001 and 1002, nothing else."""
    opened = Store(database_url)
    opened.prepare()
    open_ticket(opened)
    open_ticket(opened)
    yield opened
    opened.close()


def mail(
    store: Store, uid: int, *events: tuple[int, ev.Event], outcome: Outcome = Outcome.FOLLOW_UP,
    sender: str = TIA.email, answers: int | None = None, at: Any = LATER,
) -> int:  # fmt: skip
    """A decided mail with these events, as (ticket, event); return its ledger id."""
    row = seen(store, uid)
    with store.transaction() as tx:
        message = make.message(sender=replace(ANN, address=sender), message_id=f"<{uid}@staff.test>")
        tx.inbound.record_message(row.id, message, f"raw {uid}".encode())
        for number, event in events:
            happen(tx, number, event, row.id, at)
        folder = FolderRole.HELD if outcome is Outcome.HELD else FolderRole.PROCESSED
        tx.inbound.finish(row.id, outcome, "because", None, (), at, folder, answers=answers)
    return row.id


def happen(tx: Transaction, number: int, event: ev.Event, inbound_id: int | None = None, at: Any = LATER) -> None:
    ticket = tx.tickets.load(number)
    assert ticket is not None
    recorded = ev.Recorded(number, ticket.seq + 1, at, TIA.email, event)
    tx.tickets.save(evolve(ticket, recorded))
    tx.tickets.append([recorded], inbound_id)


def sent(store: Store, inbound_id: int | None, ref: str = "r1", state: OutboxState | None = None, **fields: Any) -> int:
    """A mail of ours that an inbound one caused."""
    with store.transaction() as tx:
        (row,) = tx.outbox.enqueue([outgoing(ref, inbound_id=inbound_id, **fields)])
        if state in (OutboxState.SENT, OutboxState.SENDING, OutboxState.DEFERRED):
            tx.outbox.lease(LATER, 10, 60)
            if state is not OutboxState.SENDING:
                tx.outbox.record(row, state, LATER if state is OutboxState.DEFERRED else None, "250", LATER)
        elif state is not None:
            tx.outbox.set_state(row, state)
    return row


def notice(
    store: Store, inbound_id: int | None, name: NoticeName = NoticeName.COMMAND_RESULT, ticket: int | None = 1001,
    recipient: str = TIA.email,
) -> IssuedToken:  # fmt: skip
    """What a technician was told of an inbound mail."""
    fields = {"ticket": ticket, "recipient": recipient, "notice": name.value, "audience": Audience.TECHNICIAN}
    ref = f"n{inbound_id}{name}"
    sent(store, inbound_id, ref, visibility=Visibility.PUBLIC, created_at=LATER, **fields)
    with store.transaction() as tx:
        found = tx.outbox.find_ref(ref)
    assert found is not None
    return found


def asked(
    store: Store, text: str, token: IssuedToken | None, sender: Any = TIA.address, **fields: Any
) -> Reported | None:
    with store.transaction() as tx:
        message = make.message(text, sender, **fields)
        return find_reported(tx, message, (token,) if token else (), make.desk(), ITSELF)


# ------------------------------------------------------------------ which mail


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_the_answer_to_a_result_mail_is_about_the_mail_it_reports_on(store: Store, name: NoticeName):
    inbound_id = mail(store, 1, (1001, ev.TagsChanged(("a",))))
    token = notice(store, inbound_id, name)
    for word in Word:
        found = asked(store, word, token)
        assert found is not None
        assert (found.inbound_id, found.sender.address, found.outcome, found.notice) == (
            inbound_id, TIA.email, Outcome.FOLLOW_UP, name,
        )  # fmt: skip
        assert (found.decided_at, found.told_at) == (LATER, LATER)


@pytest.mark.parametrize("name", [NoticeName.PENDING, NoticeName.JOIN_WANTED])
def test_yes_and_no_to_what_an_outsider_wants_are_about_the_outsiders_mail(store: Store, name: NoticeName):
    inbound_id = mail(store, 1, (1001, ev.CorrespondencePending(BOB, "Let me in.", "", None)), sender=BOB.address)
    token = notice(store, inbound_id, name)
    found = [asked(store, word, token) for word in ("yes", "no", "send", "undo")]
    assert [r.inbound_id if r else None for r in found] == [inbound_id, inbound_id, None, None]


@pytest.mark.parametrize("word", ["yes", "send", "no"])
def test_in_answer_to_an_ordinary_notice_a_word_is_text(store: Store, word: str):
    token = notice(store, None, NoticeName.FOLLOW_UP)
    mail(store, 1, (1001, ev.TagsChanged(("a",))), answers=token.id)
    assert asked(store, word, token) is None


def test_undo_by_an_ordinary_notice_is_about_what_still_waits_else_the_newest(store: Store):
    token = notice(store, None, NoticeName.FOLLOW_UP)
    assert asked(store, "undo", token) is None
    waits = mail(store, 1, (1001, ev.CorrespondenceSent(TIA.address, "A", "<1>")), answers=token.id)
    row = sent(store, waits)
    newest = mail(store, 2, (1001, ev.NoteAdded(TIA.address, "B", None)), answers=token.id, sender="TIA@home.test")
    mail(store, 3, answers=token.id, outcome=Outcome.HELD)
    mail(store, 4, answers=token.id, sender=TOM.email)
    mail(store, 5, answers=token.id + 1)
    assert getattr(asked(store, "undo", token), "inbound_id", None) == waits
    with store.transaction() as tx:
        tx.outbox.set_state(row, OutboxState.CANCELLED)
    assert getattr(asked(store, "undo", token), "inbound_id", None) == newest


@pytest.mark.parametrize(
    ("text", "recipient", "sender", "fields"),
    [
        ("undo this", TIA.email, TIA.address, {}),
        ("", TIA.email, TIA.address, {}),
        ("undo", TOM.email, TIA.address, {}),
        ("undo", TIA.email, TOM.address, {}),
        ("undo", TIA.email, ANN, {}),
        ("undo", TIA.email, None, {}),
        ("undo", TIA.email, TIA.address, {"kind": Kind.AUTO_REPLY}),
    ],
)
def test_it_takes_a_word_and_a_token_of_ones_own(store: Store, text: str, recipient: str, sender: Any, fields: Any):
    token = notice(store, mail(store, 1), recipient=recipient)
    assert asked(store, text, token, sender, **fields) is None
    assert asked(store, text, None, sender, **fields) is None


def test_a_token_of_no_ticket_serves_as_well(store: Store):
    inbound_id = mail(store, 1, outcome=Outcome.HELD)
    found = asked(store, "yes", notice(store, inbound_id, NoticeName.CONFIRMATION_WANTED, ticket=None))
    assert found is not None and (found.inbound_id, found.deeds) == (inbound_id, ())


# ------------------------------------------------------------------ what is known of it


def test_deeds_are_told_ticket_by_ticket_the_home_first(store: Store):
    inbound_id = mail(
        store, 1, (1001, ev.TagsChanged(("a",))), (1002, ev.Assigned(TIA.email)), (1002, ev.TagsChanged(("b",)))
    )
    with store.transaction() as tx:
        happen(tx, 1002, ev.Assigned(TOM.email), at=LATER + timedelta(minutes=1))
    found = asked(store, "undo", notice(store, inbound_id, ticket=1002))
    assert found is not None
    first, second = found.deeds
    assert first.before is not None and second.before is not None
    assert [(t.number, t.assignee, t.tags) for t in (first.before, first.after, first.now)] == [
        (1002, None, ()), (1002, TIA.email, ("b",)), (1002, TOM.email, ("b",)),
    ]  # fmt: skip
    assert [r.event for r in first.history] == [ev.Assigned(TIA.email), ev.TagsChanged(("b",))]
    assert (second.before.tags, second.after.tags, second.now.tags) == ((), ("a",), ("a",))


def test_only_the_last_decision_of_a_mail_counts(store: Store):
    """It was held first, others went on, then it was sent."""
    inbound_id = mail(store, 1, (1001, ev.MailHeld(TIA.address, "because", None)), outcome=Outcome.HELD)
    with store.transaction() as tx:
        happen(tx, 1001, ev.Assigned(TOM.email))
        happen(tx, 1001, ev.TagsChanged(("a",)), inbound_id, LATER + timedelta(minutes=1))
    found = asked(store, "undo", notice(store, inbound_id))
    assert found is not None
    (deed,) = found.deeds
    assert deed.before is not None
    assert (deed.before.assignee, deed.before.tags, deed.after.tags) == (TOM.email, (), ("a",))


@pytest.mark.parametrize(
    ("state", "waits", "departed"),
    [
        (None, True, False),
        (OutboxState.DEFERRED, True, False),
        (OutboxState.HELD, True, False),
        (OutboxState.SENDING, False, True),
        (OutboxState.SENT, False, True),
        (OutboxState.CANCELLED, False, False),
        (OutboxState.FAILED, False, False),
    ],
)
def test_what_waits_and_whom_it_reached(store: Store, state: OutboxState | None, waits: bool, departed: bool):
    inbound_id = mail(store, 1, (1001, ev.TagsChanged(("a",))))
    row = sent(store, inbound_id, state=state, recipient=ANN.address)
    found = asked(store, "undo", notice(store, inbound_id))
    assert found is not None
    assert found.waiting == (((row, ANN.address),) if waits else ())
    assert found.departed == (((ANN.address, LATER),) if departed else ())


def test_a_text_that_waits_for_a_word_is_told_until_it_is_settled(store: Store):
    inbound_id = mail(store, 1, (1001, ev.CorrespondencePending(TIA.address, "We come.", "", None)))
    token = notice(store, inbound_id, NoticeName.CONFIRMATION_WANTED)
    found = asked(store, "yes", token)
    assert found is not None and found.pending == 2
    with store.transaction() as tx:
        happen(tx, 1001, ev.PendingSettled(2, approved=False))
    found = asked(store, "yes", token)
    assert found is not None and found.pending is None


def test_what_is_about_to_be_decided_anew_or_was_undone_is_told(store: Store):
    inbound_id = mail(store, 1, (1001, ev.MailHeld(TIA.address, "because", None)), outcome=Outcome.HELD)
    token = notice(store, inbound_id, NoticeName.COMMAND_REJECTED)
    before = asked(store, "send", token)
    with store.transaction() as tx:
        tx.inbound.request_resumption(inbound_id, Vouch.SENT)
        happen(tx, 1001, ev.Undone(("tags",), inbound_id + 1))
    between = asked(store, "send", token)
    with store.transaction() as tx:
        happen(tx, 1001, ev.Undone(("tags",), inbound_id))
    after = asked(store, "send", token)
    assert [(r.is_awaited, r.is_undone) for r in (before, between, after) if r] == [
        (False, False), (True, False), (True, True),
    ]  # fmt: skip


def test_a_requeued_mail_is_decided_as_if_nobody_had_stood_for_it(store: Store):
    inbound_id = mail(store, 1, outcome=Outcome.HELD)
    with store.transaction() as tx:
        tx.inbound.request_resumption(inbound_id, Vouch.SENT)
        assert [m.vouched for m in tx.inbound.requested(5)] == [Vouch.SENT]
        tx.inbound.count_attempt(inbound_id)
        tx.inbound.finish(inbound_id, Outcome.HELD, "again", None, (), LATER, FolderRole.HELD)
        tx.inbound.request_requeue(inbound_id)
        assert [m.vouched for m in tx.inbound.requested(5)] == [None]
