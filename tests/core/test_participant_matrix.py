"""The permission matrix for everybody but technicians: one row a role, authentication and token, on both kinds of site.

Each row is written down here, not computed: what becomes of a mail that says something, of `close`, and of a Cc.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.message import Address, AuthVerdict
from maildesk.model.notice import Audience, NoticeName
from maildesk.model.situation import Candidate
from maildesk.model.ticket import Ticket
from tests import make
from tests.make import ANN, BOB, EVE, FAIL, NO_VERDICT, PASS, TIA

CARL = Address("Carl", "carl@client.test")
DORA = Address("Dora", "dora@other.test")
ON = make.resolved(participants=(BOB,))
SITES = (True, False)


@dataclass(frozen=True)
class Row:
    """One row of the matrix.

    `entry`: what the text becomes on the ticket: public, pending, or nothing (a ticket of its own, or held).
    `reopens`, `closes`: what a text and the word `close` do.  `same`, `other`: what becomes of a colleague and of an
    outsider in Cc: joins, waits or nothing.
    """

    number: int
    sender: Address
    auth: AuthVerdict | None
    found: tuple[Candidate, ...]
    entry: str
    outcome: Outcome
    reopens: bool = False
    closes: bool = False
    same: str = "waits"
    other: str = "waits"


def token(recipient: Address, on: Ticket = ON) -> tuple[Candidate, ...]:
    return (make.by_token(recipient.address, on=on),)


FOLLOW_UP, TICKET, HELD = Outcome.FOLLOW_UP, Outcome.TICKET, Outcome.HELD
STORED, SUBJECT = (make.by_id(ON),), (make.by_subject(ON),)

ROWS = (
    # Nobody the ticket knows.
    Row(1, EVE, PASS, (), "", TICKET),
    Row(2, EVE, NO_VERDICT, (), "", TICKET),
    Row(3, EVE, FAIL, (), "", HELD, same="", other=""),
    Row(1, EVE, PASS, SUBJECT, "", TICKET),
    Row(1, EVE, PASS, STORED, "", TICKET),
    # Somebody else's token.
    Row(4, EVE, PASS, token(ANN), "pending", FOLLOW_UP),
    Row(4, EVE, NO_VERDICT, token(BOB), "pending", FOLLOW_UP),
    Row(4, EVE, PASS, (make.by_token(TIA.email, on=ON),), "pending", FOLLOW_UP),
    Row(4, EVE, FAIL, token(ANN), "pending", FOLLOW_UP, same="", other=""),
    # The requester, then a participant, with dmarc=pass and a token of their own.
    Row(6, ANN, PASS, token(ANN), "public", FOLLOW_UP, reopens=True, closes=True, same="joins"),
    Row(6, BOB, PASS, token(BOB), "public", FOLLOW_UP, reopens=True, same="joins"),
    # A stored Message-ID or the number in the subject, with dmarc=pass.
    Row(6, ANN, PASS, STORED, "public", FOLLOW_UP, reopens=True, closes=True, same="joins"),
    Row(7, ANN, PASS, SUBJECT, "public", FOLLOW_UP, reopens=True),
    Row(7, BOB, PASS, SUBJECT, "public", FOLLOW_UP, reopens=True),
    # A token and no verdict.
    Row(8, ANN, NO_VERDICT, token(ANN), "public", FOLLOW_UP, reopens=True, closes=True),
    Row(8, BOB, NO_VERDICT, token(BOB), "public", FOLLOW_UP, reopens=True),
    # Neither.
    Row(9, ANN, NO_VERDICT, SUBJECT, "", TICKET),
    Row(9, BOB, NO_VERDICT, SUBJECT, "", TICKET),
    Row(9, ANN, NO_VERDICT, (), "", TICKET),
    # Disowned by their own domain.
    Row(10, ANN, FAIL, token(ANN), "pending", FOLLOW_UP, same="", other=""),
    Row(10, BOB, FAIL, token(BOB), "pending", FOLLOW_UP, same="", other=""),
    Row(11, ANN, FAIL, STORED, "", HELD, same="", other=""),
    Row(11, BOB, FAIL, SUBJECT, "", HELD, same="", other=""),
)


def decide(row: Row, text: str, authenticates: bool, **mail: Any) -> Decision:
    message = make.message(text, row.sender, auth=row.auth, **mail)
    return decide_message(make.situation(message, *row.found), make.desk(authenticates=authenticates))


@pytest.mark.parametrize("authenticates", SITES)
@pytest.mark.parametrize(
    "row", ROWS, ids=lambda r: f"{r.number}-{r.sender.address}-{r.auth and r.auth.dmarc}-{len(r.found)}"
)
def test_what_becomes_of_a_text(row: Row, authenticates: bool) -> None:
    decision = decide(row, "It smokes again.", authenticates)
    names = make.names(decision)
    entry = "public" if "CorrespondenceReceived" in names else "pending" if "CorrespondencePending" in names else ""
    assert decision.outcome is row.outcome
    assert (entry if decision.ticket else "") == row.entry
    assert (make.statuses(decision) == ["open"]) is row.reopens
    _check_addressees(decision, row)


@pytest.mark.parametrize("authenticates", SITES)
@pytest.mark.parametrize(
    "row", ROWS, ids=lambda r: f"{r.number}-{r.sender.address}-{r.auth and r.auth.dmarc}-{len(r.found)}"
)
def test_what_becomes_of_close(row: Row, authenticates: bool) -> None:
    found = tuple(make.changed(c, ticket=make.ticket(participants=(BOB,))) for c in row.found)
    decision = decide(make.changed(row, found=found), "close", authenticates)
    assert ("resolved" in make.statuses(decision)) is row.closes
    _check_addressees(decision, row)


@pytest.mark.parametrize("authenticates", SITES)
@pytest.mark.parametrize(
    "row", ROWS, ids=lambda r: f"{r.number}-{r.sender.address}-{r.auth and r.auth.dmarc}-{len(r.found)}"
)
def test_what_becomes_of_a_cc(row: Row, authenticates: bool) -> None:
    decision = decide(row, "It smokes again.", authenticates, cc=(CARL, DORA))
    became = {CARL.key: "", DORA.key: ""}
    for event in make.events(decision):
        match event:
            case ev.ParticipantAdded(participant=person):
                became[person.key] = "joins"
            case ev.ParticipantProposed(participant=person):
                became[person.key] = "waits"
    assert became == {CARL.key: row.same, DORA.key: row.other}
    _check_addressees(decision, row)


def _check_addressees(decision: Decision, row: Row) -> None:
    """Nobody is written to but technicians at their stored address, and the sender of a mail that opens a ticket."""
    stored = {t.email for t in make.desk().technicians}
    for notice in decision.notices:
        if notice.audience is Audience.TECHNICIAN:
            assert notice.to.address in stored
        else:
            assert (notice.name, notice.to) == (NoticeName.ACKNOWLEDGEMENT, row.sender)
            assert decision.outcome is TICKET
