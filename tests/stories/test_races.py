"""Two processes decide at the same moment on one PostgreSQL: whoever is second finds what the first one did.

Each story has two mailboxes with a daemon of its own. A barrier makes both stand inside their transactions before
either goes on, so that every run meets the race.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest

from maildesk import intake
from maildesk.adapters.store import StoredMail, WrongState
from maildesk.intake import facts
from maildesk.model import event as ev
from tests.desk import POLICY, Mails, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA, Person

pytestmark = pytest.mark.servers

LEA = Person("Lea Roth", "lea@staff.test")
BOTH = {"technicians": [*POLICY["technicians"], {"email": LEA.address, "name": LEA.name, "queues": ["general"]}]}
_PATIENCE_SECONDS = 20.0


@pytest.fixture
def desk(make_desk: MakeDesk, postgres_url: str) -> TestDesk:
    return make_desk(postgres_url, policy=BOTH, other_addresses=("second@example.test",))


@contextmanager
def meeting(owner: Any, name: str, *, after: bool = False) -> Iterator[Callable[[], None]]:
    """Make the first call of each of two threads wait for the other's, before it begins or after it is done.

    Yields what waits, for a thread that does not call it.
    """
    original, barrier, met = getattr(owner, name), threading.Barrier(2), set[int]()

    def wait() -> None:
        if threading.get_ident() not in met:
            met.add(threading.get_ident())
            barrier.wait(_PATIENCE_SECONDS)

    def held_up(*args: Any, **options: Any) -> Any:
        if not after:
            wait()
        result = original(*args, **options)
        if after:
            wait()
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, held_up)
        yield wait
    assert len(met) == 2 and not barrier.broken


def both(*works: Callable[[], object]) -> None:
    """Do things at the same time; all must end without an exception."""
    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(work) for work in works]:
            future.result(60)


def passing(desk: TestDesk, mailbox: str) -> Callable[[], object]:
    """Return the pass of a daemon that looks after one mailbox only."""
    daemon = desk.daemon()
    only = tuple(m for m in daemon.settings.mailboxes if m.name == mailbox)
    daemon.settings = replace(daemon.settings, mailboxes=only)
    return daemon.run_once


def at_once(desk: TestDesk, one: EmailMessage, other: EmailMessage, *, where: Any = intake, name: str = "") -> Mails:
    """Deliver two mails to the two mailboxes, have both decided at the same moment, and return what left."""
    desk.receive(one, dmarc="pass")
    desk.receive(other, dmarc="pass", mailbox="second")
    desk.clock.advance(seconds=1)
    with meeting(where, name or "decide_in", after=bool(name)):
        both(passing(desk, "support"), passing(desk, "second"))
    desk.run_once()
    return desk.outgoing()


def opened(desk: TestDesk) -> tuple[Mails, Mails]:
    """Open two tickets; return what the technicians are told of each."""
    first = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    return first, desk.deliver(BOB.write("Mouse", "It squeaks.\n"), dmarc="pass")


# ------------------------------------------------------------------ one ticket


def test_two_answers_in_the_same_second_are_one_answer_and_one_held(desk: TestDesk):
    told, _ = opened(desk)
    tia, lea = told.to(TIA.address), told.to(LEA.address)
    mails = at_once(desk, TIA.reply(tia, "Which floor?\n"), LEA.reply(lea, "Which room?\n"))

    assert sorted(desk.outcomes()[2:]) == ["follow-up", "held"]
    (sent,) = desk.events(ev.CorrespondenceSent)
    assert desk.ticket().assignee == sent.author.address
    assert mails.to(ANN.address).text.split("\n")[0] == sent.text
    late = LEA if sent.author.address == TIA.address else TIA
    held = [mail for mail in mails if mail.recipient == late.address and "answered less than a minute ago" in mail.text]
    assert len(held) == 1 and sent.text in held[0].text


def test_send_twice_at_once_sends_once(desk: TestDesk):
    told, _ = opened(desk)
    rejected = desk.deliver(TIA.reply(told.to(TIA.address), "#frobnicate\n\nWhich floor?\n"), dmarc="pass")
    result = rejected.to(TIA.address)
    mails = at_once(desk, TIA.reply(result, "send\n"), TIA.reply(result, "Send"))

    assert len(desk.events(ev.CorrespondenceSent)) == 1
    assert mails.recipients.count(ANN.address) == 1
    assert "quarantined" not in desk.outcomes() and "held" not in desk.outcomes()


def test_send_twice_at_once_without_a_ticket(desk: TestDesk):
    """No ticket's lock keeps the two apart: the row of the held mail does."""
    desk.run_once()
    asked = desk.deliver(TIA.write("call", "#for ann@customer.test\n#frobnicate\n\nIt smokes.\n"), dmarc="pass")
    result = asked.to(TIA.address)
    at_once(desk, TIA.reply(result, "send\n"), TIA.reply(result, "Send"))

    assert len(desk.tickets()) == 1
    assert "quarantined" not in desk.outcomes() and "held" not in desk.outcomes()


def test_word_and_release_at_once_carry_it_out_once(desk: TestDesk):
    told, _ = opened(desk)
    held = desk.deliver(TIA.reply(told.to(TIA.address), "#frobnicate\n\nWhich floor?\n"), dmarc="pass")
    desk.receive(TIA.reply(held.to(TIA.address), "send\n"), dmarc="pass")
    desk.clock.advance(seconds=1)

    def release() -> None:
        with desk.store() as store, store.transaction() as tx:
            together()
            # Too late, it is refused with a sentence that says so.
            with suppress(WrongState):
                tx.inbound.request_release(3, desk.clock())

    with meeting(intake, "decide_in") as together:
        both(passing(desk, "support"), release)
    desk.run_once()

    assert len(desk.events(ev.CorrespondenceSent)) == 1
    assert desk.outgoing().recipients.count(ANN.address) == 1
    assert "quarantined" not in desk.outcomes() and "held" not in desk.outcomes()


def test_undo_against_a_colleagues_close(desk: TestDesk):
    told, _ = opened(desk)
    result = desk.deliver(TIA.reply(told.to(TIA.address), "#wait vendor\n#tag fuser\n"), dmarc="pass")
    notice = told.to(LEA.address)
    at_once(desk, TIA.reply(result.to(TIA.address), "undo\n"), LEA.reply(notice, "#close\n\nDone.\n"))

    assert (desk.ticket().status, desk.ticket().tags) == ("resolved", ())
    assert len(desk.events(ev.Undone)) == 1


# ------------------------------------------------------------------ several tickets


def test_two_splits_at_once_get_two_numbers(desk: TestDesk):
    first, second = opened(desk)
    text = "#split Toner\n\nWe bring toner.\n"
    at_once(
        desk,
        TIA.reply(first.to(TIA.address), text),
        LEA.reply(second.to(LEA.address), text),
        where=facts,
        name="find_candidates",
    )

    assert [t.number for t in desk.tickets()] == [1001, 1002, 1003, 1004]
    assert {t.requester.address for t in desk.tickets()[2:]} == {ANN.address, BOB.address}
    for old, new in ((1001, ANN), (1002, BOB)):
        (link,) = desk.ticket(old).links
        assert desk.ticket(link).requester.address == new.address


def test_merging_each_into_the_other_merges_one(desk: TestDesk):
    """Each holds its own ticket and wants the other's: a deadlock, which one of them survives by trying again."""
    first, second = opened(desk)
    one, other = TIA.reply(first.to(TIA.address), "#merge 1002\n"), LEA.reply(second.to(LEA.address), "#merge 1001\n")
    at_once(desk, one, other, where=facts, name="find_candidates")

    merged = [desk.ticket(n).merged_into for n in (1001, 1002)]
    assert merged in ([1002, None], [None, 1001])
    assert "quarantined" not in desk.outcomes()


def test_lines_on_each_others_tickets(desk: TestDesk):
    first, second = opened(desk)
    one = TIA.reply(first.to(TIA.address), "#tag one\n#ticket 1002\n#tag one\n")
    other = LEA.reply(second.to(LEA.address), "#tag other\n#ticket 1001\n#tag other\n")
    at_once(desk, one, other, where=facts, name="find_candidates")

    assert {tuple(sorted(t.tags)) for t in desk.tickets()} == {("one", "other")}
    assert desk.outcomes()[2:] == ["follow-up", "follow-up"]


# ------------------------------------------------------------------ one mail, two processes


def test_requested_mail_that_another_process_has_just_decided_is_left_alone(desk: TestDesk):
    told, _ = opened(desk)
    desk.deliver(TIA.reply(told.to(TIA.address), "#frobnicate\n\nWhich floor?\n"), dmarc="pass")
    with desk.store() as store, store.transaction() as tx:
        tx.inbound.request_release(3, desk.clock())
    desk.clock.advance(seconds=1)
    original, quicker = intake.Intake._take_stored, [desk.daemon()]

    def take_late(one: intake.Intake, stored: StoredMail) -> None:
        while quicker:
            both(quicker.pop().run_once)
        original(one, stored)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake.Intake, "_take_stored", take_late)
        desk.run_once()

    assert len(desk.events(ev.CorrespondenceSent)) == 1
    assert desk.outgoing().recipients.count(ANN.address) == 1
    assert desk.last().outcome.value == "follow-up"
