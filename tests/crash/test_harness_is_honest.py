"""The reckoning finds the bugs it is there for: each is put into the daemon for one test, and dies where it bites."""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from maildesk import intake
from maildesk.adapters.smtp import Answer, SendResult, Stage, Submission
from maildesk.adapters.store import Inbound, Outbox, OutgoingMail, Tickets
from maildesk.intake import Intake
from maildesk.model.message import InboundMessage
from maildesk.model.settings import FolderRole
from maildesk.model.ticket import Ticket
from maildesk.outbox import OutboxLoop, _Tried
from tests.crash.scene import Scene, death_at

pytestmark = [pytest.mark.crash, pytest.mark.servers]

Plant = Callable[[Scene, pytest.MonkeyPatch], None]


def _move_before_commit(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    decide_in = intake.decide_in

    def decide_after_move(*args: Any, **options: Any) -> Any:
        with scene.site.mailbox() as client:
            client.select_folder("INBOX")
            if uids := client.search():
                client.move(uids[:1], "Processed")
        return decide_in(*args, **options)

    patch.setattr(intake, "decide_in", decide_after_move)


def _sent_before_sending(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    send = OutboxLoop._send
    taken = SendResult(Answer.ACCEPTED, 250, "ok", Stage.BODY)

    async def record_first(self: OutboxLoop, mail: Any) -> Any:
        self._unrecorded.append(_Tried(mail, taken))
        self._record(mail.created_at)
        return await send(self, mail)

    patch.setattr(OutboxLoop, "_send", record_first)


def _new_message_id_each_attempt(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    send = Submission.send
    attempts = iter(range(1000))

    async def send_as_new(self: Submission, sender: str, recipient: str, data: bytes) -> SendResult:
        anew = data.replace(b"Message-ID: <", b"Message-ID: <%d" % next(attempts), 1)
        return await send(self, sender, recipient, anew)

    patch.setattr(Submission, "send", send_as_new)


def _bytes_differ_each_attempt(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    send = Submission.send
    attempts = iter(range(1000))

    async def send_stamped(self: Submission, sender: str, recipient: str, data: bytes) -> SendResult:
        return await send(self, sender, recipient, b"X-Attempt: %d\r\n%s" % (next(attempts), data))

    patch.setattr(Submission, "send", send_stamped)


def _no_dedupe_key(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    record_message = Inbound.record_message

    def never_a_duplicate(self: Inbound, inbound_id: int, message: InboundMessage, raw: bytes) -> None:
        record_message(self, inbound_id, message, raw)

    patch.setattr(Inbound, "record_message", never_a_duplicate)


def _outbox_in_its_own_transaction(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    enqueue, decide = Outbox.enqueue, Intake._decide
    waiting: list[OutgoingMail] = []

    def put_aside(_self: Outbox, mails: list[OutgoingMail]) -> tuple[int, ...]:
        waiting.extend(mails)
        return ()

    def decide_then_queue(self: Intake, *args: Any, **options: Any) -> None:
        waiting.clear()
        decide(self, *args, **options)
        between_transactions()
        self.store.run(lambda tx: enqueue(tx.outbox, waiting))

    patch.setattr(Outbox, "enqueue", put_aside)
    patch.setattr(Intake, "_decide", decide_then_queue)


def between_transactions() -> None:
    """Where a daemon with two transactions may die."""


def _row_beside_the_history(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    save = Tickets.save

    def save_altered(self: Tickets, ticket: Ticket) -> None:
        save(self, replace(ticket, assignee="nobody@example.test"))

    patch.setattr(Tickets, "save", save_altered)


def _leases_never_taken_back(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OutboxLoop, "take_back", lambda _self: 0)


def _raw_bytes_tidied(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    record_message = Inbound.record_message

    def record_tidied(self: Inbound, inbound_id: int, message: InboundMessage, raw: bytes) -> Any:
        return record_message(self, inbound_id, message, raw.replace(b"\r\n", b"\n"))

    patch.setattr(Inbound, "record_message", record_tidied)


def _held_filed_as_processed(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(intake, "folder_for", lambda _outcome: FolderRole.PROCESSED)


def _forgotten_once_counted(_scene: Scene, patch: pytest.MonkeyPatch) -> None:
    take = Intake._take

    def take_unseen(self: Intake, mailbox: Any, name: str, uids: Any) -> int:
        with self.store.transaction() as tx:
            seen = tx.inbound.find_seen(name, mailbox.uidvalidity, uids)
        return take(self, mailbox, name, [uid for uid in uids if uid not in seen])

    patch.setattr(Intake, "_take", take_unseen)
    patch.setattr(Intake, "_undecided", lambda *_: False)


#: (bug, the death that brings it out: whose, function, at which call, after it; words of the fault it is found by)
BUGS: list[tuple[Plant, tuple[Any, str, int, bool] | None, str]] = [
    (_move_before_commit, (intake, "decide_in", 1, True), "in the ledger"),
    (_sent_before_sending, (Submission, "send", 1, False), "never arrived"),
    (_new_message_id_each_attempt, (Submission, "send", 2, True), "which nobody queued"),
    (_bytes_differ_each_attempt, (Submission, "send", 2, True), "differs"),
    (_no_dedupe_key, None, "entries from 2 of its deliveries"),
    (_outbox_in_its_own_transaction, (sys.modules[__name__], "between_transactions", 1, True), "caused mails []"),
    (_row_beside_the_history, None, "not the fold"),
    (_leases_never_taken_back, (Submission, "send", 2, False), "is sending, not sent"),
    (_raw_bytes_tidied, None, "missing 1 times in the ledger"),
    (_held_filed_as_processed, None, "Held and the ledger differ"),
    (_forgotten_once_counted, (Intake, "_handle", 3, False), "has no outcome"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("plant", "death", "words"), BUGS, ids=[bug[0].__name__.strip("_") for bug in BUGS])
def test_a_planted_bug_is_found(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, plant: Plant, death: tuple[Any, str, int, bool] | None, words: str
) -> None:
    plant(scene, monkeypatch)
    scene.deliver_all_kinds()
    if death is not None:
        owner, name, call, after = death
        with death_at(owner, name, call=call, after=after):
            scene.work()
    scene.work()
    faults = scene.find_faults()
    assert any(words in fault for fault in faults), faults


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_sound_daemon_is_found_sound(scene: Scene) -> None:
    scene.deliver_all_kinds()
    scene.work()
    assert scene.find_faults() == []
