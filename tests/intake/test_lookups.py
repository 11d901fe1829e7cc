"""For whom the database is asked, about which ticket, and what it is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maildesk.adapters.store import Store, Transaction
from maildesk.intake.lookups import with_lookups
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.message import Address
from maildesk.model.situation import Candidate, Lookup
from maildesk.model.ticket import Ticket
from tests import make
from tests.adapters.store.make import finish, message, open_ticket, outgoing
from tests.make import ANN, FAIL, NO_VERDICT, NOW, PASS, TIA, TOM

DESK = make.desk()


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Transaction]:
    store = Store(f"sqlite:///{tmp_path}/maildesk.sqlite3")
    store.prepare()
    open_ticket(store, ev.Assigned(TIA.email), ev.NoteAdded(TIA.address, "OpenVPN", None))
    open_ticket(store, ev.StatusChanged("open", "new"))
    open_ticket(store, ev.StatusChanged("waiting-vendor", "new"))
    with store.transaction() as open_tx:
        yield open_tx
    store.close()


def ticket(tx: Transaction, number: int) -> Ticket:
    found = tx.tickets.load(number)
    assert found is not None
    return found


def looked_up(tx: Transaction, typed: str, *candidates: Candidate, **fields: Any) -> tuple[Lookup, ...]:
    fields = {"sender": TIA.address, "auth": PASS, **fields}
    situation = make.situation(make.message(typed, **fields), *candidates)
    return with_lookups(tx, situation, DESK, ()).lookups


def asked(found: tuple[Lookup, ...]) -> list[tuple[str, str, list[int]]]:
    return [(one.word, one.value, [t.number for t in one.tickets]) for one in found]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", []),
        ("Hello", []),
        ("#note\n\nHello\n#list", []),
        ("#help", []),
        ("#list", [("list", "", [1001, 1002, 1003])]),
        ("#lis mine", [("list", "mine", [1001])]),
        ("#list frobs", []),
        ("#find vpn", [("find", "vpn", [1001])]),
        ("#find", []),
        ("#next", [("next", "", [1001])]),
        ("#stats", [("stats", "", [1001])]),
        ("#stats soon", []),
        ("#show 1002", [("show", "1002", [1002])]),
        ("#show [#1002]", [("show", "1002", [1002])]),
        ("#show 1009", [("show", "1009", [])]),
        ("#show 9999999999", [("show", "9999999999", [])]),
        ("#show", []),
        ("#show\n#ticket 1002\n#show\n#why", [("show", "1002", [1002]), ("why", "1002", [1002])]),
        ("#list mine\n#find x1\n#list mine",
         [("list", "mine", [1001]), ("find", "x1", []), ("list", "mine", [1001])]),
    ],
)  # fmt: skip
def test_what_is_asked(tx: Transaction, typed: str, expected: list[tuple[str, str, list[int]]]) -> None:
    assert asked(looked_up(tx, typed)) == expected


def test_the_ticket_of_the_mail_is_meant(tx: Transaction) -> None:
    through = make.by_token(on=ticket(tx, 1002))
    found = looked_up(tx, "#show\n#why\n#ticket 1001\n#show", through)
    assert asked(found) == [("show", "1002", [1002]), ("why", "1002", [1002]), ("show", "1001", [1001])]
    assert [type(r.event).__name__ for r in found[2].history] == ["NoteAdded", "Assigned", "TicketOpened"]


def test_what_is_next_when_nothing_is_mine(tx: Transaction) -> None:
    found = looked_up(tx, "#next", sender=TOM.address)
    assert (asked(found), found[0].total) == ([("next", "", [1002])], 1)


@pytest.mark.parametrize(
    ("sender", "auth", "candidates", "heard"),
    [
        (TIA.address, PASS, (), True),
        (Address("", "tia@home.test"), PASS, (), True),
        (TIA.address, NO_VERDICT, (make.by_token(),), True),
        (TIA.address, NO_VERDICT, (), False),
        (TIA.address, FAIL, (make.by_token(),), False),
        (ANN, PASS, (), False),
        (ANN, PASS, (make.by_token(ANN.address),), False),
        (None, PASS, (), False),
    ],
)
def test_who_is_heard(
    tx: Transaction, sender: Address | None, auth: Any, candidates: tuple[Candidate, ...], heard: bool
) -> None:
    assert bool(looked_up(tx, "#list", *candidates, sender=sender, auth=auth)) is heard


@pytest.mark.parametrize(
    ("fields", "typed", "about"),
    [
        ({}, "#why", ["first reason"]),
        ({"recipient": "TIA@staff.test"}, "#why", ["first reason"]),
        ({"recipient": TOM.email}, "#why", []),
        ({"notice": "follow_up"}, "#why", []),
        ({"audience": "public"}, "#why", []),
        ({"inbound_id": None}, "#why", []),
        ({}, "#ticket 1009\n#why", []),
        ({}, "#why 1009", []),
    ],
)
def test_why_may_mean_the_mail_that_a_result_is_about(
    tx: Transaction, tmp_path: Path, fields: dict[str, Any], typed: str, about: list[str]
) -> None:
    row = tx.inbound.count_attempts("support", 7, {1: 100}, NOW)[1]
    tx.inbound.record_message(row.id, message(), b"raw")
    finish(tx, row.id, Outcome.HELD, "first reason")
    values = {
        "notice": "command_rejected", "recipient": TIA.email, "audience": "technician", "inbound_id": row.id, **fields,
    }  # fmt: skip
    tx.outbox.enqueue([outgoing("r2", **values)])
    issued = tx.outbox.find_ref("r2")
    assert issued is not None
    situation = make.situation(make.message(typed, TIA.address, auth=PASS))
    found = with_lookups(tx, situation, DESK, (issued,)).lookups
    assert [mail.reason for one in found for mail in one.mails] == about


def test_only_so_many_lines_are_looked_up(tx: Transaction) -> None:
    assert len(looked_up(tx, "#next\n" * 30)) == 10
    assert looked_up(tx, "#list " + "all," * 100) == ()
