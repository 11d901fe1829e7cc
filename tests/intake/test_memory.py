"""What a decided mail leaves behind, and which mail leaves nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maildesk.adapters.store import Store, Transaction
from maildesk.intake.memory import remember_thread
from maildesk.mail.threads import CLAIM_LIMIT
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.message import Kind
from tests import make
from tests.adapters.store.make import open_ticket
from tests.make import ANN, TIA

SPOKEN = ev.CorrespondenceReceived(ANN, "text", "text", "<own@x>")
SENT = ev.CorrespondenceSent(TIA.address, "text", "<own@x>")
PENDING = ev.CorrespondencePending(ANN, "text", "why", "<own@x>")
NOTE = ev.NoteAdded(TIA.address, "text", "<own@x>")
OURS = f"<md.n{'a' * 12}.{'b' * 26}@desk.test>"


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Transaction]:
    store = Store(f"sqlite:///{tmp_path}/maildesk.sqlite3")
    store.prepare()
    open_ticket(store)
    with store.transaction() as open_tx:
        yield open_tx
    store.close()


def decided(*events: ev.Event, outcome: Outcome = Outcome.FOLLOW_UP) -> Decision:
    return Decision(Disposition.ACCEPT, outcome, "", ticket=1001, acts=tuple(Act("x", event) for event in events))


@pytest.mark.parametrize(
    ("fields", "event", "awaited"),
    [
        ({"in_reply_to": ("<2@x>",), "references": ("<1@x>", "<2@x>")}, SPOKEN, {"<1@x>", "<2@x>"}),
        ({"references": ("<1@x>",)}, SENT, {"<1@x>"}),
        ({"references": ("<1@x>",), "kind": Kind.LIST}, SPOKEN, {"<1@x>"}),
        # Known already, or ours: nobody has to wait for it.
        ({"references": ("<known@x>", OURS)}, SPOKEN, set()),
        ({"references": ("<1@x>",), "subject": "WG: Printer"}, SPOKEN, set()),
        ({"references": ("<1@x>",), "kind": Kind.ALERT}, SPOKEN, set()),
        ({"references": ("<1@x>",), "kind": Kind.AUTO_REPLY}, SPOKEN, set()),
        ({"references": ("<1@x>",)}, PENDING, set()),
        ({"references": ("<1@x>",)}, NOTE, set()),
        ({}, SPOKEN, set()),
    ],
)
def test_what_is_awaited(tx: Transaction, fields: dict[str, Any], event: ev.Event, awaited: set[str]) -> None:
    tx.tickets.remember_ids(1001, ["<known@x>"])
    remember_thread(tx, make.message(**fields), decided(event), 1001)
    assert set(tx.tickets.by_awaited_ids(["<1@x>", "<2@x>", "<known@x>", OURS])) == awaited


def test_one_mail_makes_a_ticket_wait_for_a_bounded_number(tx: Transaction) -> None:
    ids = [f"<{number}@x>" for number in range(CLAIM_LIMIT + 20)]
    remember_thread(tx, make.message(references=tuple(ids)), decided(SPOKEN), 1001)
    assert set(tx.tickets.by_awaited_ids(ids)) == set(ids[-CLAIM_LIMIT:])


@pytest.mark.parametrize(
    ("fields", "event", "outcome", "keys"),
    [
        ({"thread_index": "0a"}, SPOKEN, Outcome.TICKET, {"thread-index:0a"}),
        ({"thread_index": "0a"}, PENDING, Outcome.FOLLOW_UP, set()),
        ({"kind": Kind.LIST, "headers": (("List-Id", "<l.test>"),)}, SPOKEN, Outcome.TICKET, {"list-id:l.test"}),
        # A list that is copied in later does not come to take part.
        ({"kind": Kind.LIST, "headers": (("List-Id", "<l.test>"),)}, SPOKEN, Outcome.FOLLOW_UP, set()),
    ],
)
def test_conversations_that_are_remembered(
    tx: Transaction, fields: dict[str, Any], event: ev.Event, outcome: Outcome, keys: set[str]
) -> None:
    remember_thread(tx, make.message(**fields), decided(event, outcome=outcome), 1001)
    assert {key for key in ("thread-index:0a", "list-id:l.test") if tx.tickets.remembers(1001, key)} == keys


def test_a_vendors_number_is_remembered(tx: Transaction) -> None:
    remember_thread(tx, make.message(), decided(PENDING, ev.VendorNumberLearned("Acme", "CASE-1")), 1001)
    assert tx.tickets.by_vendor_number("acme", "case-1", 5) == (1001,)
