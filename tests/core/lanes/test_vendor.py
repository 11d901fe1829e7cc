"""Vendors: believed by proof, heard by technicians alone, and how their numbers are learned."""

from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import Vendor
from maildesk.model.message import Address, AuthVerdict, Kind
from maildesk.model.situation import Candidate, Role, Signal, VendorCase
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import FAIL, NO_VERDICT, PASS, TIA, TOM

VIC = Address("Vic", "vic@support.acme.test")
ACME = Vendor("Acme", "acme.test", lambda subject: "CASE-1" if "CASE-1" in subject else None)
CASE = VendorCase("Acme", "CASE-1", (1042,))
UNKNOWN = VendorCase("Acme", "CASE-1")


def vics(
    *candidates: Candidate,
    auth: AuthVerdict | None = PASS,
    case: VendorCase = CASE,
    authenticates: bool = True,
    **fields: Any,
) -> Decision:
    mail = make.message("Try firmware 7.", VIC, auth=auth, subject="[CASE-1] Printer", **fields)
    site = make.desk(vendors=(ACME,), authenticates=authenticates)
    return decide_message(make.situation(mail, *candidates, vendor_case=case), site)


def by_number(on: Ticket | None = None) -> Candidate:
    return make.candidate(Signal.VENDOR_NUMBER, on, value="CASE-1")


def learned(decision: Decision) -> list[ev.Event]:
    return [event for event in make.events(decision) if isinstance(event, ev.VendorNumberLearned)]


@pytest.mark.parametrize(
    ("auth", "authenticates", "joins"),
    [
        (PASS, True, True), (NO_VERDICT, True, False), (AuthVerdict(dmarc="none"), True, False),
        (PASS, False, True), (NO_VERDICT, False, True), (AuthVerdict(dmarc="pass"), True, False),
    ],
)  # fmt: skip
def test_a_vendor_is_believed_with_proof_or_where_nothing_can_be_proven(
    auth: AuthVerdict | None, authenticates: bool, joins: bool
) -> None:
    decision = vics(by_number(), auth=auth, authenticates=authenticates)
    assert (decision.outcome, decision.role) == (
        (Outcome.FOLLOW_UP, Role.VENDOR) if joins else (Outcome.TICKET, Role.STRANGER)
    )
    if not joins:
        opened = make.events(decision)[0]
        assert isinstance(opened, ev.TicketOpened)
        assert opened.claims == 1042


@pytest.mark.parametrize("authenticates", [True, False])
def test_a_vendor_that_its_domain_disowns_is_held(authenticates: bool) -> None:
    assert vics(by_number(), auth=FAIL, authenticates=authenticates).outcome is Outcome.HELD


@pytest.mark.parametrize(
    ("ticket", "kind", "events"),
    [
        (make.ticket(status=Status.WAITING_VENDOR), Kind.PERSON, ["CorrespondencePending", "StatusChanged"]),
        (make.ticket(status=Status.WAITING_VENDOR), Kind.LIST, ["CorrespondencePending"]),
        (make.ticket(status=Status.WAITING_REQUESTER), Kind.PERSON, ["CorrespondencePending"]),
        (make.resolved(), Kind.PERSON, ["CorrespondencePending"]),
        # Also long after the day on which a requester would have got a new ticket.
        (make.closed(300), Kind.PERSON, ["CorrespondencePending"]),
    ],
)
def test_technicians_alone_hear_of_it(ticket: Ticket, kind: Kind, events: list[str]) -> None:
    decision = vics(by_number(ticket), kind=kind)
    assert make.names(decision) == events
    assert make.statuses(decision) == ["open"] * (len(events) - 1)
    assert make.mails(decision) == [("pending", TIA.email), ("pending", TOM.email)]


@pytest.mark.parametrize(
    ("candidates", "auth", "case", "expected"),
    [
        ((make.by_token("ann@client.test"),), PASS, UNKNOWN, True),
        ((make.by_id(make.ticket(participants=(VIC,))),), PASS, UNKNOWN, True),
        ((make.by_id(make.ticket(participants=(VIC,))),), PASS, CASE, False),
        ((make.by_id(make.ticket(participants=(VIC,))),), NO_VERDICT, UNKNOWN, False),
        ((make.by_token("ann@client.test"),), FAIL, UNKNOWN, False),
        # A number in our own fashion is no stronger than theirs; a stranger's claim is none at all.
        ((make.by_subject(make.ticket(participants=(VIC,))),), PASS, UNKNOWN, False),
        ((make.by_id(),), PASS, UNKNOWN, False),
        ((), PASS, UNKNOWN, False),
    ],
)
def test_a_number_is_learned_from_mail_that_found_its_ticket_otherwise(
    candidates: tuple[Candidate, ...], auth: AuthVerdict | None, case: VendorCase, expected: bool
) -> None:
    decision = vics(*candidates, auth=auth, case=case)
    assert learned(decision) == ([ev.VendorNumberLearned("Acme", "CASE-1")] if expected else [])


@pytest.mark.parametrize(
    ("domain", "owned"), [("acme.test", True), ("eu.acme.test", True), ("notacme.test", False), ("test", False)]
)
def test_domains_below_the_vendors_are_its_own(domain: str, owned: bool) -> None:
    assert ACME.owns(domain) is owned
