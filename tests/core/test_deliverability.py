"""What kills an address and what does not; what is withheld from a dead one, and who is told."""

from datetime import UTC, datetime

import pytest

from maildesk.core.deliverability import (
    account_for,
    find_death,
    is_owed,
    stand_ins,
    unwritable,
    withheld,
    withheld_because,
)
from maildesk.core.notices import reader_lost, with_warnings
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import DeliveryFailed
from maildesk.model.message import Address
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.person import AddressDied, Person
from tests import make
from tests.make import ANN, NED, TIA, TOM

DESK = make.desk()
DEAD = Person(ANN.address, "de", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), "550 5.1.1 no such user")
UNKNOWN = "550 User unknown"


@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        ("5.1.1", "550 5.1.1 no such user"),
        ("5.1.1", ""),
        ("5.1.2", "Host unknown (Name server: host not found)"),
        ("5.1.3", "501 5.1.3 Bad recipient address syntax"),
        ("5.1.6", "550 5.1.6 recipient no longer on server"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
        ("5.2.1", "550 5.2.1 Mailbox disabled, not accepting messages"),
        # Codes that say nothing, beside words that do.
        ("5.0.0", UNKNOWN),
        ("5.0.0", "550 No such user here"),
        ("5.1.0", "550 5.1.0 Address rejected: unknown user"),
        ("5.2.0", "550 Unknown user"),
        ("5.3.0", "553 5.3.0 <ann@client.test>... No such person"),
        ("5.5.0", "550 5.5.0 Adresse destinataire invalide. Invalid recipient."),
        ("5.4.4", "Host or domain name not found. Name service error for name=client.test type=A: Host not found"),
        ("5.4.1", "550 The account ann@client.test does not exist"),
        ("5.0.0", "550 host unknown"),
        ("", "sorry, no mailbox here by that name"),
        ("5.0.0", "550 Empfänger unbekannt"),
        ("5.0.0", "550 Utilisateur inconnu"),
        ("5.0.0", "This user doesn't have a client.test account (ann@client.test) [0]"),
        ("5.0.0", "Your message wasn't delivered because the address couldn't be found. Check it and try again"),
        ("5.4.4", "Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)"),
        # The code behind the reply says more than the status of the report.
        ("5.0.0", "550 5.1.1 sorry"),
        ("5.5.0", "smtp; 550-5.1.1 The email account that you tried to reach does not exist"),
        # Names are no words.
        ("5.1.1", "<blocked-senders@quota.test>: host mx.antispam.test said: 550 5.1.1 unknown user"),
        ("5.1.1", "550 5.1.1 no such user, see https://help.test/spam-policy"),
    ],
)
def test_what_kills_an_address(status: str, diagnostic: str) -> None:
    (lesson,) = find_death(ANN.address, status, diagnostic)
    assert lesson.address == ANN.address
    assert diagnostic in lesson.reason
    assert status in lesson.reason


@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        ("4.1.1", "450 4.1.1 unknown user"),
        ("4.2.2", "452 4.2.2 over quota"),
        ("5.2.2", "552 5.2.2 mailbox full"),
        ("5.2.3", "552 5.2.3 message too long for this mailbox"),
        ("5.3.4", "552 5.3.4 message too big"),
        ("5.7.1", "550 5.7.1 user unknown in our policy"),
        ("5.7.606", "550 5.7.606 Access denied, banned sending IP"),
        ("5.1.8", "553 5.1.8 unknown address of sender"),
        ("5.1.7", "550 5.1.7 invalid address"),
        ("5.6.0", "554 5.6.0 unknown user agent"),
        # The right code for the wrong thing.
        ("5.1.1", "550 5.1.1 mailbox is full"),
        ("5.1.1", "550 5.1.1 over quota"),
        ("5.2.1", "550 5.2.1 the user is receiving mail at a rate that prevents additional messages"),
        ("5.1.1", "550 5.1.1 blocked using an RBL"),
        ("5.1.0", "550 5.1.0 address rejected: sender domain does not exist"),
        ("5.2.0", "550 5.2.0 <support@desk.test> From: Domain does not exist"),
        ("5.0.0", "550 5.7.1 unknown user: relaying denied"),
        ("5.4.4", "Unable to relay: host unknown"),
        ("5.5.0", "550 unknown host in HELO"),
        # Codes that say nothing, and no words.
        ("5.0.0", ""),
        ("5.0.0", "550 Requested action not taken: mailbox unavailable"),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied"),
        ("5.4.6", "mail loop"),
        ("", ""),
        # What the other side says about itself.
        ("5.0.0", "timed out"),
    ],
)
def test_what_does_not(status: str, diagnostic: str) -> None:
    assert find_death(ANN.address, status, diagnostic) == ()


def test_nobody_has_no_address_to_lose() -> None:
    assert find_death("", "5.1.1", UNKNOWN) == ()


def test_a_long_reason_is_cut() -> None:
    assert find_death(ANN.address, "5.1.1", "no " * 5000) == (
        AddressDied(ANN.address, ("5.1.1 " + "no " * 5000)[:200]),
    )


def test_the_reason_names_address_day_and_words() -> None:
    """The day is the desk's: half past eleven in the evening UTC is the next one in Berlin."""
    expected = "not sent: mail to ann@client.test came back on 2026-11-21: 550 5.1.1 no such user"
    assert withheld_because(DEAD, DESK) == expected


@pytest.mark.parametrize(
    ("audience", "is_spoken", "expected"),
    [
        (Audience.PUBLIC, True, True),
        (Audience.PUBLIC, False, False),
        (Audience.TECHNICIAN, True, True),
        (Audience.TECHNICIAN, False, True),
        (Audience.NOTIFIED, True, False),
    ],
)
def test_words_to_outsiders_and_all_mail_to_technicians_are_owed(
    audience: Audience, is_spoken: bool, expected: bool
) -> None:
    assert is_owed(audience, is_spoken=is_spoken) is expected


# ------------------------------------------------------------------ who is told


def answer(author: Address | None = TIA.address, audience: Audience = Audience.PUBLIC) -> Notice:
    return Notice(NoticeName.CORRESPONDENCE, ANN, audience, Visibility.PUBLIC, text="Hi.", author=author)


@pytest.mark.parametrize(
    ("notice", "assignee", "told"),
    [
        (answer(), None, [TIA.email, TOM.email]),
        (answer(), NED.email, [NED.email, TIA.email]),
        (answer(NED.address), None, [TIA.email, TOM.email, NED.email]),
        (answer(None), None, []),
        (answer(audience=Audience.NOTIFIED), None, []),
    ],
)
def test_lost_words_are_told_to_the_crew_and_their_author(
    notice: Notice, assignee: str | None, told: list[str]
) -> None:
    ticket = make.ticket(assignee=assignee)
    acts, warnings = account_for((withheld(notice, "<out@desk.test>", DEAD, DESK),), ticket, DESK)
    public = notice.audience is Audience.PUBLIC
    because = withheld_because(DEAD, DESK)
    assert [act.event for act in acts] == (
        [DeliveryFailed(ANN.address, "5.1.1", because, "<out@desk.test>")] if public else []
    )
    assert [(w.name, w.to.address) for w in warnings] == [(NoticeName.DELIVERY_FAILED, address) for address in told]
    for warning in warnings:
        assert warning.visibility is Visibility.INTERNAL
        assert ANN.address in warning.detail
        assert "came back on 2026-11-21" in warning.detail
        assert "as soon as its owner writes" in warning.detail


def test_what_cannot_be_written_is_told_alike() -> None:
    acts, warnings = account_for((unwritable(answer(), "no such domain"),), make.ticket(assignee=TIA.email), DESK)
    assert [act.event for act in acts] == [DeliveryFailed(ANN.address, "5.0.0", "no such domain", "")]
    assert [w.detail for w in warnings] == ["ann@client.test: no such domain"]


def test_whom_it_did_not_reach_is_not_told() -> None:
    notice = Notice(NoticeName.CORRESPONDENCE, TOM.address, Audience.PUBLIC, Visibility.PUBLIC, author=TIA.address)
    _, warnings = account_for((unwritable(notice, "why"),), make.ticket(requester=TOM.address), DESK)
    assert [w.to.address for w in warnings] == [TIA.email]


def inside(name: NoticeName, to: Address = TIA.address, detail: str = "") -> Notice:
    return Notice(name, to, Audience.TECHNICIAN, Visibility.PUBLIC, detail=detail)


WARNING = inside(NoticeName.DELIVERY_FAILED, detail="not sent")
RESULT, FOLLOW_UP, TAKEN = NoticeName.COMMAND_RESULT, NoticeName.FOLLOW_UP, NoticeName.TAKEN


@pytest.mark.parametrize(
    ("notices", "expected"),
    [
        ((), [("delivery_failed", TIA.email, "not sent")]),
        ((inside(RESULT),), [("command_result", TIA.email, "not sent")]),
        ((inside(FOLLOW_UP, detail="why."),), [("follow_up", TIA.email, "why. not sent")]),
        ((WARNING,), [("delivery_failed", TIA.email, "not sent. not sent")]),
        ((inside(TAKEN),), [("delivery_failed", TIA.email, "not sent")]),
        # The result stays the last one.
        (
            (inside(FOLLOW_UP, NED.address), inside(RESULT, TOM.address)),
            [
                ("follow_up", NED.email, ""),
                ("delivery_failed", TIA.email, "not sent"),
                ("command_result", TOM.email, ""),
            ],
        ),
    ],
)
def test_a_warning_makes_no_second_mail(notices: tuple[Notice, ...], expected: list[tuple[str, str, str]]) -> None:
    told = with_warnings(notices, (WARNING,))
    assert [(n.name.value, n.to.address, n.detail) for n in told] == expected


# ------------------------------------------------------------------ a technician who takes no mail

OPENED, NOTE, YOURS = NoticeName.TICKET_OPENED, NoticeName.NOTE, NoticeName.ASSIGNED_TO_YOU
GONE = "550 5.1.1 gone."


def of(*technicians: Technician) -> dict[str, Person]:
    return {t.address.key: Person(t.email, None, make.NOW, GONE) for t in technicians}


@pytest.mark.parametrize(
    ("notices", "dead", "owner", "actor", "told"),
    [
        ((inside(FOLLOW_UP),), of(TIA), TIA, ANN, [TOM.email]),
        ((inside(NOTE),), of(TIA), TIA, None, [TOM.email]),
        # Nobody is dead, somebody else is, somebody reads it: all as ever.
        ((inside(FOLLOW_UP),), {}, TIA, ANN, []),
        ((inside(FOLLOW_UP),), of(TOM), TIA, ANN, []),
        ((inside(FOLLOW_UP), inside(FOLLOW_UP, TOM.address)), of(TIA), None, ANN, []),
        # Nobody of the queue is left: the lead; nobody is left at all.
        ((inside(FOLLOW_UP),), of(TIA, TOM), TIA, ANN, [NED.email]),
        ((inside(FOLLOW_UP), inside(FOLLOW_UP, TOM.address)), of(TIA, TOM), None, ANN, [NED.email]),
        ((inside(FOLLOW_UP),), of(TIA, TOM, NED), TIA, ANN, []),
        # Whoever wrote it knows of it; whoever gets a mail anyway gets no other one.
        ((inside(FOLLOW_UP),), of(TIA), TIA, TOM.address, []),
        ((inside(FOLLOW_UP), inside(RESULT, TOM.address)), of(TIA), TIA, ANN, []),
        # One mail to each, the first.
        ((inside(OPENED), inside(FOLLOW_UP)), of(TIA), TIA, ANN, [TOM.email]),
        # What is nobody else's business.
        ((inside(RESULT),), of(TIA), TIA, ANN, []),
        ((inside(YOURS), inside(TAKEN, TOM.address)), of(TIA, TOM), TIA, NED.address, []),
        # An owner of another queue: the ticket's queue is told.
        ((inside(FOLLOW_UP, NED.address),), of(NED), NED, ANN, [TIA.email, TOM.email]),
    ],
)
def test_others_stand_in_for_readers_who_take_no_mail(
    notices: tuple[Notice, ...],
    dead: dict[str, Person],
    owner: Technician | None,
    actor: Address | None,
    told: list[str],
) -> None:
    ticket = make.ticket(assignee=owner.email if owner else None)
    copies = stand_ins(notices, dead, ticket, DESK, actor)
    assert [n.to.address for n in copies] == told
    for copy in copies:
        assert (copy.name, copy.visibility, copy.reason) == (notices[0].name, notices[0].visibility, "queue general")
        assert copy.detail.endswith("comes back: 550 5.1.1 gone")


def test_a_stand_in_reads_the_sentence_of_the_occasion_as_well() -> None:
    first = inside(FOLLOW_UP, detail="reopened.")
    (copy,) = stand_ins((first,), of(TIA), make.ticket(assignee=TIA.email), DESK, None)
    assert copy.detail == "reopened. mail to Tia Berg comes back: 550 5.1.1 gone"


@pytest.mark.parametrize(
    ("desk", "owner", "recipient", "told"),
    [
        (DESK, TIA.email, TIA.email, [TOM.email]),
        (DESK, TIA.email, "Tia@Home.test", [TOM.email]),
        (DESK, NED.email, NED.email, [TIA.email, TOM.email]),
        # Others have read it.
        (DESK, TIA.email, TOM.email, []),
        (DESK, None, TIA.email, []),
        (DESK, TIA.email, ANN.address, []),
        # The only one of a queue.
        (make.desk(technicians=(TIA, NED)), None, TIA.email, [NED.email]),
        (make.desk(technicians=(TIA,)), None, TIA.email, []),
    ],
)
def test_others_are_told_of_the_mail_that_its_only_reader_has_not_seen(
    desk: Desk, owner: str | None, recipient: str, told: list[str]
) -> None:
    notices = reader_lost(desk, make.ticket(assignee=owner), recipient, GONE)
    assert [(n.name, n.to.address, n.visibility) for n in notices] == [
        (NoticeName.DELIVERY_FAILED, address, Visibility.INTERNAL) for address in told
    ]
