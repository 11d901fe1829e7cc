"""To and Cc: who takes part at once, who waits for a technician's word, and who is neither."""

from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.core.lanes.joining import is_public_provider
from maildesk.core.words import MOST_NAMED
from maildesk.model import event as ev
from maildesk.model.decision import Decision
from maildesk.model.desk import Joining
from maildesk.model.message import Address, Kind
from maildesk.model.notice import Audience, NoticeName
from maildesk.model.situation import Candidate
from maildesk.model.ticket import Ticket
from tests import make
from tests.make import ANN, BOB, EVE, FAIL, NO_VERDICT, PASS, TIA

CARL = Address("Carl", "carl@client.test")
DORA = Address("Dora", "dora@other.test")


def sent(
    *people: Address,
    found: Candidate | None = None,
    sender: Address = ANN,
    joining: Joining = Joining.SAME_DOMAIN,
    **mail: Any,
) -> Decision:
    """What becomes of a mail with these people in Cc; a first mail unless `found` says otherwise."""
    message = make.message(sender=sender, cc=people, **{"auth": PASS, **mail})
    known = (found,) if found else ()
    return decide_message(make.situation(message, *known), make.desk(joining=joining))


def coming(decision: Decision) -> tuple[list[str], list[str]]:
    """Who joins and who is proposed."""
    events = make.events(decision)
    added = [e.participant.address for e in events if isinstance(e, ev.ParticipantAdded)]
    return added, [e.participant.address for e in events if isinstance(e, ev.ParticipantProposed)]


def answer(on: Ticket | None = None) -> Candidate:
    return make.by_token(ANN.address, on=on)


BOTH = ([CARL.address], [DORA.address])
NONE: tuple[list[str], list[str]] = ([], [])
ASKED: tuple[list[str], list[str]] = ([], [CARL.address, DORA.address])
ALL: tuple[list[str], list[str]] = ([CARL.address, DORA.address], [])


@pytest.mark.parametrize(
    ("found", "auth", "expected"),
    [
        (None, PASS, {"approve": ASKED, "same-domain": BOTH, "open": ALL}),
        (None, NO_VERDICT, {"approve": ASKED, "same-domain": ASKED, "open": ASKED}),
        (None, FAIL, {"approve": NONE, "same-domain": NONE, "open": NONE}),
        (answer(), PASS, {"approve": ASKED, "same-domain": BOTH, "open": ALL}),
        (answer(), NO_VERDICT, {"approve": ASKED, "same-domain": ASKED, "open": ALL}),
        (answer(), FAIL, {"approve": NONE, "same-domain": NONE, "open": NONE}),
        (make.by_id(), PASS, {"approve": ASKED, "same-domain": BOTH, "open": ALL}),
        (make.by_id(), NO_VERDICT, {"approve": ASKED, "same-domain": ASKED, "open": ASKED}),
        (make.by_subject(), PASS, {"approve": ASKED, "same-domain": ASKED, "open": ASKED}),
    ],
)
@pytest.mark.parametrize("joining", list(Joining))
def test_who_joins_by_what_proof(found: Any, auth: Any, expected: Any, joining: Joining) -> None:
    assert coming(sent(CARL, DORA, found=found, auth=auth, joining=joining)) == expected[joining]


@pytest.mark.parametrize(
    "person",
    [
        ANN, Address("", "ANN@client.test"), Address("Desk", make.SUPPORT), Address("", "help@desk.test"),
        Address("", "support+rabc@desk.test"), TIA.address, Address("", "tia@home.test"), Address("",
        "no-reply@client.test"),
        Address("", "donotreply@other.test"), Address("", "team-request@other.test"), Address("",
        "mailer-daemon@other.test"),
        Address("", "owner-staff@other.test"), Address("Nobody", ""), Address("", "undisclosed"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("joining", list(Joining))
def test_neither_the_desk_nor_technicians_nor_machines_ever_join(person: Address, joining: Joining) -> None:
    for found in (None, answer()):
        assert coming(sent(person, found=found, joining=joining)) == NONE


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (make.ticket(participants=(CARL, DORA)), NONE),
        (make.ticket(proposed=(DORA,)), ([CARL.address], [])),
        (make.ticket(proposed=(CARL,)), BOTH),
        # Who left comes back by their own wish or a technician's alone.
        (make.ticket(muted=(CARL.key,)), ([], [DORA.address])),
    ],
)
def test_who_is_known_already(on: Ticket, expected: Any) -> None:
    assert coming(sent(CARL, DORA, found=answer(on))) == expected


@pytest.mark.parametrize(
    ("requester", "sender", "expected"),
    [
        (ANN, ANN, BOTH),
        (ANN, BOB, BOTH),
        # Somebody from elsewhere brings no colleague of the requester's along, nor one of their own.
        (ANN, EVE, ASKED),
        (EVE, ANN, ASKED),
    ],
)
def test_all_three_must_be_of_one_house(requester: Address, sender: Address, expected: Any) -> None:
    on = make.ticket(requester=requester, participants=(sender,))
    assert coming(sent(CARL, DORA, found=make.by_token(sender.address, on=on), sender=sender)) == expected


@pytest.mark.parametrize(
    ("domain", "public"),
    [
        ("gmail.com", True), ("web.de", True), ("yahoo.co.jp", True), ("hotmail.fr", True), ("outlook.com", True),
        ("orange.fr", True), ("libero.it", True), ("wp.pl", True), ("ziggo.nl", True), ("sapo.pt", True),
        ("qq.com", True),
        ("client.test", False), ("mygmail.com", False), ("gmail.com.client.test", False), ("university.edu", False),
    ],
)  # fmt: skip
def test_the_same_public_provider_makes_nobody_a_colleague(domain: str, public: bool) -> None:
    assert is_public_provider(domain) is public
    ann, carl = Address("Ann", f"ann@{domain}"), Address("Carl", f"carl@{domain}")
    assert coming(sent(carl, sender=ann)) == (([], [carl.address]) if public else ([carl.address], []))


@pytest.mark.parametrize("kind", [Kind.LIST, Kind.ALERT, Kind.AUTO_REPLY])
def test_only_mail_from_a_person_names_anybody(kind: Kind) -> None:
    for found in (None, answer()):
        assert coming(sent(CARL, DORA, found=found, kind=kind, joining=Joining.OPEN)) == NONE


def test_a_technicians_mail_names_nobody() -> None:
    for text in ("Which floor?", "#priority P2"):
        mail = make.message(text, Address("Tia", TIA.email), auth=PASS, cc=(CARL, DORA))
        assert coming(decide_message(make.situation(mail, make.by_token()), make.desk(joining=Joining.OPEN))) == NONE
    mail = make.message("My chair squeaks.", Address("Tia", TIA.email), auth=PASS, cc=(CARL, DORA))
    assert coming(decide_message(make.situation(mail), make.desk(joining=Joining.OPEN))) == NONE


def test_so_many_and_no_more_come_by_one_mail() -> None:
    people = tuple(Address("", f"p{n}@client.test") for n in range(50))
    assert [len(found) for found in coming(sent(*people))] == [MOST_NAMED, 0]


def test_nobody_is_written_to_because_a_mail_names_them() -> None:
    for found in (None, answer()):
        decision = sent(CARL, DORA, found=found, joining=Joining.OPEN)
        assert {CARL.address, DORA.address}.isdisjoint(n.to.address for n in decision.notices)


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ((CARL,), "From now on carl@client.test takes part too"),
        ((CARL, Address("", "cora@client.test")), "From now on carl@client.test and cora@client.test take part too"),
        ((DORA,), "Also named: dora@other.test; to let them take part write #approve"),
        ((DORA, EVE), "Also named: dora@other.test and eve@elsewhere.test; to let them take part write #approve all"),
        ((CARL, DORA), "From now on carl@client.test takes part too. Also named: dora@other.test;"),
    ],
)
def test_technicians_are_told_in_the_mail_they_get_anyway(people: tuple[Address, ...], told: str) -> None:
    for found, name in ((None, NoticeName.TICKET_OPENED), (answer(), NoticeName.FOLLOW_UP)):
        notices = [n for n in sent(*people, found=found).notices if n.name is name]
        assert len(notices) == 2
        assert all(told in n.detail for n in notices)


def test_the_name_an_unproven_sender_gives_is_not_kept() -> None:
    event = next(e for e in make.events(sent(DORA, auth=NO_VERDICT)) if isinstance(e, ev.ParticipantProposed))
    assert event.participant == Address("", DORA.address)


def test_whom_a_rule_lets_in_needs_no_asking() -> None:
    desk = make.desk(rules=(make.rule(cc=(DORA.address,)),))
    for found in ((), (answer(),)):
        mail = make.message(cc=(DORA,), auth=PASS)
        assert coming(decide_message(make.situation(mail, *found), desk)) == ([DORA.address], [])


@pytest.mark.parametrize("joining", Joining)
def test_whom_a_text_names_is_written_to_by_nobodys_word_but_a_technicians(joining: Joining) -> None:
    """Proven, a colleague by domain, and asked for: the address still was chosen by a mail."""
    mail = make.message("add carl@client.test\n\nIt smokes still.", auth=make.PASS)
    situation = make.situation(mail, make.by_token(make.ANN.address))
    decision = decide_message(situation, make.desk(joining=joining))
    assert "ParticipantAdded" not in make.names(decision) and "ParticipantProposed" in make.names(decision)
    assert "carl@client.test" not in [n.to.address for n in decision.notices]


def test_a_participant_who_names_a_colleague_has_nobody_outside_written_to() -> None:
    ticket = make.ticket(participants=(make.BOB,))
    mail = make.message("add carl@client.test", make.BOB, auth=make.PASS)
    decision = decide_message(make.situation(mail, make.by_token(make.BOB.address, on=ticket)), make.desk())
    assert {n.audience for n in decision.notices} == {Audience.TECHNICIAN}
