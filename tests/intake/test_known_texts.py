"""How far back a mail is compared with its ticket, however long that has grown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk.adapters.store import Store, Transaction
from maildesk.intake.known_texts import MOST_TEXTS, with_known_quotes
from maildesk.model import event as ev
from maildesk.model.message import Address
from maildesk.model.situation import Signal
from tests import make
from tests.adapters.store.make import open_ticket
from tests.make import ANN, BOB, EVE, TIA, TOM

LONG = 500
ANSWER = "The new one on the second floor."


def question(number: int) -> str:
    return f"Which of the {number} printers do you mean, and does its red lamp blink or burn all the time?"


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Transaction]:
    """A ticket on which Tia and Ann write in turn, with everything else that is entered in between."""
    store = Store(f"sqlite:///{tmp_path}/maildesk.sqlite3")
    store.prepare()
    said: list[ev.Event] = []
    for number in range(LONG // 4):
        said += [ev.CorrespondenceSent(TIA.address, question(number), f"<q{number}@x>"), ev.TagsChanged(("a",))]
        said += [ev.CorrespondenceReceived(ANN, "That one.", "That one.", f"<a{number}@x>"), ev.TagsChanged(())]
    open_ticket(store, *said)
    with store.transaction() as open_tx:
        yield open_tx
    store.close()


@pytest.mark.parametrize(
    ("back", "is_folded"), [(1, True), (MOST_TEXTS, True), (MOST_TEXTS + 1, False), (LONG // 4, False)]
)
def test_the_newest_texts_of_others_are_known(tx: Transaction, back: int, is_folded: bool) -> None:
    on = tx.tickets.load(1001)
    mail = make.message(f"{ANSWER}\n\n{question(LONG // 4 - back)}\n")
    known = with_known_quotes(tx, mail, (make.candidate(Signal.STORED_ID, on),), make.desk())
    assert (known.visible_text == ANSWER) is is_folded


def test_the_whole_history_is_never_read(tx: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maildesk.adapters.store.tickets.Tickets.history", None)
    on = tx.tickets.load(1001)
    mail = make.message(f"{ANSWER}\n\n{question(LONG // 4 - 1)}\n")
    assert with_known_quotes(tx, mail, (make.candidate(Signal.STORED_ID, on),), make.desk()).visible_text == ANSWER


@pytest.mark.parametrize(
    ("sender", "event", "is_folded"),
    [
        (ANN, ev.CorrespondenceSent(TIA.address, question(0), "<s@x>"), True),
        # A second person with the same error message.
        (ANN, ev.CorrespondenceReceived(BOB, question(0), question(0), "<r@x>"), False),
        (ANN, ev.CorrespondenceReceived(ANN, question(0), question(0), "<r@x>"), False),
        # Nobody outside has seen it: who says the same says it.
        (ANN, ev.NoteAdded(TIA.address, question(0), "<n@x>"), False),
        (ANN, ev.CorrespondencePending(EVE, question(0), "why", "<p@x>"), False),
        # A technician takes over what others wrote, and means to say it.
        (TOM.address, ev.CorrespondenceReceived(ANN, question(0), question(0), "<r@x>"), False),
        (TOM.address, ev.NoteAdded(TIA.address, question(0), "<n@x>"), False),
        (TOM.address, ev.CorrespondencePending(EVE, question(0), "why", "<p@x>"), False),
        (TOM.address, ev.CorrespondenceSent(TIA.address, question(0), "<s@x>"), False),
        (TOM.address, ev.NoteAdded(TOM.address, question(0), "<n@x>"), False),
    ],
)
def test_what_somebody_may_quote(tmp_path: Path, sender: Address, event: ev.Event, is_folded: bool) -> None:
    store = Store(f"sqlite:///{tmp_path}/maildesk.sqlite3")
    store.prepare()
    open_ticket(store, event)
    mail = make.message(f"{ANSWER}\n\n{question(0)}\n", sender)
    with store.transaction() as tx:
        on = (make.candidate(Signal.STORED_ID, tx.tickets.load(1001)),)
        known = with_known_quotes(tx, mail, on, make.desk())
    store.close()
    assert (known.visible_text == ANSWER) is is_folded
