"""Where every signal leads, strongest first, and where merges, circles and the mail's own greed end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maildesk.adapters.store import Store, Transaction
from maildesk.intake.candidates import find_candidates
from maildesk.mail.threads import find_claims
from maildesk.model import event as ev
from maildesk.model.message import InboundMessage, Kind
from maildesk.model.situation import VendorCase
from tests import make
from tests.adapters.store.make import open_ticket
from tests.make import ANN

LIST = (("List-Id", "Printers <printers.lists.test>"),)


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Transaction]:
    store = Store(f"sqlite:///{tmp_path}/maildesk.sqlite3")
    store.prepare()
    for events in ((), (), (ev.Merged(1002),), (ev.Merged(1003),), (ev.Merged(1006),), (ev.Merged(1005),), (), ()):
        open_ticket(store, *events, requester=ANN)
    with store.transaction() as open_tx:
        yield open_tx
    store.close()


def found(tx: Transaction, mail: InboundMessage, case: VendorCase | None = None) -> list[tuple[str, str, int]]:
    claims = find_claims(mail, frozenset())
    return [(str(c.signal), c.value, c.ticket.number) for c in find_candidates(tx, mail, claims, (), case)]


def mail(**fields: Any) -> InboundMessage:
    return make.message(**{"subject": "Re: Printer", "message_id": "<own@x>", **fields})


def test_signals_come_in_the_order_of_their_strength(tx: Transaction) -> None:
    tx.tickets.remember_ids(1001, ["<stored@x>"])
    tx.tickets.await_ids(1002, ["<own@x>", "<unknown@x>"])
    answer = mail(in_reply_to=("<unknown@x>",), references=("<stored@x>",), subject="CASE-1 [#1008]")
    assert found(tx, answer, VendorCase("Acme", "CASE-1", (1007,))) == [
        ("stored-id", "<stored@x>", 1001),
        ("stored-id", "<own@x>", 1002),
        ("stored-id", "<unknown@x>", 1002),
        ("vendor-number", "CASE-1", 1007),
        ("subject", "[#1008]", 1008),
    ]


@pytest.mark.parametrize(
    ("named", "lands", "passed"),
    [
        (1001, 1001, []),
        (1003, 1002, [1003]),
        (1004, 1002, [1004, 1003]),
        # Two tickets that went into each other: none of our making; the mail stays where it was sent.
        (1005, 1005, []),
        (1006, 1006, []),
    ],
)
def test_a_merged_ticket_leads_to_its_survivor(tx: Transaction, named: int, lands: int, passed: list[int]) -> None:
    tx.tickets.remember_ids(named, ["<stored@x>"])
    answer = mail(in_reply_to=("<stored@x>",))
    (candidate,) = find_candidates(tx, answer, find_claims(answer, frozenset()), (), None)
    assert (candidate.ticket.number, [t.number for t in candidate.merged]) == (lands, passed)
    survivor = tx.tickets.load_survivor(named)
    assert survivor is not None
    assert survivor.number == lands


def test_a_mail_claims_no_more_than_a_handful_of_tickets(tx: Transaction) -> None:
    for number in range(1001, 1009):
        tx.tickets.remember_ids(number, [f"<{number}@x>"])
    greedy = mail(references=tuple(f"<{number}@x>" for number in range(1001, 1009)), subject="[#1001]")
    assert len({number for _, _, number in found(tx, greedy)}) <= 5


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [1001]),
        ({"subject": "AW: Printer [#77]"}, [1001]),
        ({"subject": "Screen"}, []),
        ({"subject": ""}, []),
        ({"subject": "Fwd: Printer"}, []),
        ({"thread_index": "ff"}, []),
        ({"thread_index": None}, []),
        # An id that is known says more than the conversation.
        ({"in_reply_to": ("<stored@x>",)}, [1002]),
        ({"in_reply_to": ("<strange@x>",)}, [1001]),
    ],
)
def test_outlooks_conversation_counts_for_the_same_subject_alone(
    tx: Transaction, fields: dict[str, Any], expected: list[int]
) -> None:
    tx.tickets.remember_ids(1001, ["thread-index:0a1b"])
    tx.tickets.remember_ids(1002, ["<stored@x>"])
    assert [number for _, _, number in found(tx, mail(**{"thread_index": "0a1b", **fields}))] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"message_id": "<late@x>"}, [1001]),
        ({"references": ("<late@x>",)}, [1001]),
        # Who forwards answers nobody; but somebody may have answered the forward.
        ({"references": ("<late@x>",), "subject": "Fwd: Printer"}, []),
        ({"message_id": "<late@x>", "subject": "Fwd: Printer"}, [1001]),
        ({"message_id": None}, []),
    ],
)
def test_awaited_mail_and_its_siblings(tx: Transaction, fields: dict[str, Any], expected: list[int]) -> None:
    tx.tickets.await_ids(1001, ["<late@x>"])
    assert [number for _, _, number in found(tx, mail(**fields))] == expected


@pytest.mark.parametrize(
    ("tickets", "expected"),
    [((), []), ((1001,), [1001]), ((1001, 1002), []), ((1002, 1003, 1004), [1002]), ((1099,), [])],
)
def test_a_vendors_number_counts_while_it_stands_for_one_ticket(
    tx: Transaction, tickets: tuple[int, ...], expected: list[int]
) -> None:
    case = VendorCase("Acme", "CASE-1", tickets)
    assert [number for _, _, number in found(tx, mail(), case)] == expected


@pytest.mark.parametrize(
    ("fields", "shared"),
    [
        ({"kind": Kind.LIST, "headers": LIST}, True),
        ({"kind": Kind.LIST, "headers": (("List-Id", "<PRINTERS.lists.test>"),)}, True),
        ({"kind": Kind.LIST, "headers": (("List-Id", "<other.lists.test>"),)}, False),
        ({"kind": Kind.LIST}, False),
        ({"kind": Kind.PERSON, "headers": LIST}, False),
    ],
)
def test_a_list_is_the_one_that_opened_the_ticket(tx: Transaction, fields: dict[str, Any], shared: bool) -> None:
    tx.tickets.remember_ids(1003, ["<stored@x>", "list-id:printers.lists.test"])
    answer = mail(in_reply_to=("<stored@x>",), **fields)
    (candidate,) = find_candidates(tx, answer, find_claims(answer, frozenset()), (), None)
    assert candidate.same_list is shared
