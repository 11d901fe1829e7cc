"""Mail of machines: discarded, kept or turned into a ticket, and never answered; delivery reports."""

from dataclasses import replace
from typing import Any

import pytest

from maildesk.core.decide import decide_delivery, decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision
from maildesk.model.message import Address, BounceReport, FailedRecipient, Kind
from maildesk.model.notice import Audience
from maildesk.model.person import AddressDied
from maildesk.model.situation import Role, SentMail
from maildesk.model.ticket import Ticket
from tests import make
from tests.make import ANN, EVE, FAIL, NO_VERDICT, PASS, TIA, TOM

DESK = make.desk()


# ------------------------------------------------------------------ machines


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (Kind.OWN, Outcome.DISCARDED),
        (Kind.AUTO_REPLY, Outcome.DISCARDED),
        (Kind.BOUNCE, Outcome.DISCARDED),
        (Kind.LIST, Outcome.TICKET),
        (Kind.ALERT, Outcome.TICKET),
    ],
)
@pytest.mark.parametrize("auth", [PASS, NO_VERDICT], ids=["pass", "none"])
def test_machine_mail_without_a_ticket(kind: Kind, outcome: Outcome, auth: Any) -> None:
    decision = make.first(kind=kind, auth=auth, sender=EVE)
    assert decision.outcome is outcome
    assert EVE.address not in [n.to.address for n in decision.notices]
    assert decision.role is (Role.STRANGER if kind is Kind.LIST else Role.MACHINE)


def test_an_automatic_reply_is_kept_on_its_ticket_and_does_nothing_else() -> None:
    decision = make.anns("I am away.", make.resolved(), kind=Kind.AUTO_REPLY)
    assert (decision.outcome, make.names(decision), decision.notices) == (
        Outcome.FOLLOW_UP, ["AutomaticMailReceived"], (),
    )  # fmt: skip


ABSENT = {"kind": Kind.AUTO_REPLY, "headers": (("Auto-Submitted", "auto-replied (vacation)"),)}
DESK_ACK = {"kind": Kind.AUTO_REPLY, "headers": (("Auto-Submitted", "auto-replied"),)}


@pytest.mark.parametrize(
    ("fields", "candidates", "expected"),
    [
        (ABSENT | {"auth": PASS}, (), ((TIA.email, True),)),
        (ABSENT, (make.by_token(),), ((TIA.email, True),)),
        (
            ABSENT,
            (make.by_token(on=make.ticket(requester=TIA.address), audience=Audience.PUBLIC),),
            ((TIA.email, True),),
        ),
        (ABSENT, (), ()),
        (ABSENT | {"auth": FAIL}, (make.by_token(),), ()),
        (DESK_ACK | {"auth": PASS}, (), ()),
    ],
)
def test_a_technicians_absence_notice_marks_them_away(fields: Any, candidates: Any, expected: Any) -> None:
    mail = make.message("I am away.", TIA.address, **fields)
    decision = decide_message(make.situation(mail, *candidates), DESK)
    assert (decision.absences, decision.notices) == (expected, ())


def test_their_own_next_mail_ends_an_absence() -> None:
    assert make.decide("Back again.", away=frozenset({TIA.email})).absences == ((TIA.email, False),)
    assert make.decide("Hi.").absences == ()


# ------------------------------------------------------------------ bounces


SENT = SentMail(7, 1042, ANN.address, Audience.PUBLIC, "<out@desk.test>", by_token=True)


def bounced(
    *recipients: FailedRecipient, sent: SentMail | None = SENT, ticket: Ticket | None = None, auth: Any = None
) -> Decision:
    report = BounceReport(recipients, SENT.message_id)
    mail = make.message(sender=Address("", "mailer-daemon@mx.test"), kind=Kind.BOUNCE, bounce=report, auth=auth)
    on = (ticket or make.ticket()) if sent and sent.ticket else None
    return decide_message(make.situation(mail, bounced=sent, bounced_ticket=on), DESK)


def hurt(action: str, status: str) -> FailedRecipient:
    return FailedRecipient(ANN.address, action, status, "550 no such user")


@pytest.mark.parametrize(
    ("recipients", "outcome", "event", "states"),
    [
        ((hurt("failed", "5.1.1"),), Outcome.FOLLOW_UP, ["DeliveryFailed"], ((7, "bounced"),)),
        ((hurt("failed", ""),), Outcome.FOLLOW_UP, ["DeliveryFailed"], ((7, "bounced"),)),
        # The server gave up after days of trying: what began as a delay is over.
        ((hurt("failed", "4.4.1"),), Outcome.FOLLOW_UP, ["DeliveryFailed"], ((7, "bounced"),)),
        ((hurt("delayed", "4.4.1"),), Outcome.FOLLOW_UP, ["DeliveryDelayed"], ()),
        ((hurt("delayed", "5.4.1"),), Outcome.FOLLOW_UP, ["DeliveryDelayed"], ()),
        ((hurt("delayed", "4.4.1"), hurt("failed", "5.1.1")), Outcome.FOLLOW_UP, ["DeliveryFailed"], ((7, "bounced"),)),
        ((hurt("delivered", "2.0.0"),), Outcome.DISCARDED, [], ()),
        ((), Outcome.DISCARDED, [], ()),
    ],
)
def test_a_bounce_of_our_mail(recipients: Any, outcome: Outcome, event: list[str], states: Any) -> None:
    decision = bounced(*recipients)
    assert (decision.outcome, make.names(decision), decision.outbox_states) == (outcome, event, states)
    permanent = event == ["DeliveryFailed"]
    assert make.mails(decision) == ([("delivery_failed", t.email) for t in (TIA, TOM)] if permanent else [])


@pytest.mark.parametrize(
    ("recipients", "auth", "dies"),
    [
        ((hurt("failed", "5.1.1"),), None, True),
        ((hurt("failed", "5.1.1"),), make.PASS, True),
        ((hurt("delayed", "4.4.1"), hurt("failed", "5.1.1")), None, True),
        ((replace(hurt("failed", "5.1.1"), address=ANN.address.upper()),), None, True),
        # A full mailbox, a delay: the address is well.
        ((replace(hurt("failed", "5.2.2"), diagnostic="over quota"),), None, False),
        ((hurt("failed", "4.4.1"),), None, False),
        ((hurt("delayed", "5.1.1"),), None, False),
        # Our address is forwarded to another one, or stands for a list of people.
        ((replace(hurt("failed", "5.1.1"), address="ann@elsewhere.test"),), None, False),
        # Somebody forged the report.
        ((hurt("failed", "5.1.1"),), make.FAIL, False),
    ],
)
@pytest.mark.parametrize("sent", [SENT, replace(SENT, ticket=None), replace(SENT, audience=Audience.TECHNICIAN)])
def test_a_bounce_kills_the_address_it_came_from(recipients: Any, auth: Any, dies: bool, sent: SentMail) -> None:
    decision = bounced(*recipients, auth=auth, sent=sent)
    assert [(type(lesson), lesson.address) for lesson in decision.lessons] == (
        [(AddressDied, ANN.address)] if dies else []
    )
    assert all(("until its owner writes" in n.detail) is dies for n in decision.notices)


def test_whoever_knows_an_id_of_the_thread_cannot_silence_somebody() -> None:
    """Ids stand in References of mail to everybody who takes part; a token only in the envelope of the one mail."""
    by_id = replace(SENT, by_token=False)
    decision = bounced(hurt("failed", "5.1.1"), sent=by_id)
    assert (decision.lessons, decision.outbox_states) == ((), ((7, "bounced"),))
    mail = make.message(kind=Kind.BOUNCE, bounce=BounceReport((hurt("failed", "5.1.1"),), SENT.message_id))
    without = make.changed(DESK, subaddress=False)
    told = decide_message(make.situation(mail, bounced=by_id, bounced_ticket=make.ticket()), without)
    assert [type(lesson) for lesson in told.lessons] == [AddressDied]


def test_a_bounce_of_no_mail_of_ours_kills_nothing() -> None:
    assert bounced(hurt("failed", "5.1.1"), sent=None).lessons == ()


def test_a_bounce_is_never_answered_to_whom_it_names() -> None:
    on = make.ticket(requester=TIA.address)
    sent = replace(SENT, recipient=TIA.email)
    assert make.mails(bounced(hurt("failed", "5.1.1"), sent=sent, ticket=on)) == [("delivery_failed", TOM.email)]


@pytest.mark.parametrize(
    ("sent", "states"),
    [(None, ()), (replace(SENT, ticket=None), ((7, "bounced"),))],
)
def test_a_bounce_without_a_ticket_is_discarded(sent: SentMail | None, states: Any) -> None:
    decision = bounced(hurt("failed", "5.1.1"), sent=sent)
    assert (decision.disposition, decision.outbox_states, decision.notices) == (Disposition.DISCARD, states, ())


def test_a_bounced_mail_to_a_technician_tells_nobody() -> None:
    sent = replace(SENT, recipient=TOM.email, audience=Audience.TECHNICIAN)
    decision = bounced(hurt("failed", "5.1.1"), sent=sent)
    assert (make.names(decision), decision.notices) == (["DeliveryFailed"], ())


@pytest.mark.parametrize(
    ("reply", "status"), [("550 5.1.1 no such user", "5.1.1"), ("550 no such user", "5.0.0"), ("", "5.0.0")]
)
def test_a_refused_mail_is_shown_on_its_ticket(reply: str, status: str) -> None:
    decision = decide_delivery(SENT, make.ticket(assignee=TIA.email), reply, DESK)
    assert decision.acts[0].event == ev.DeliveryFailed(ANN.address, status, reply, SENT.message_id)
    assert [n.to.address for n in decision.notices] == [TIA.email]


@pytest.mark.parametrize(
    ("reply", "refused", "dies"),
    [
        ("550 5.1.1 no such user", True, True),
        ("550 no such user", True, True),
        ("552 5.2.2 mailbox full", True, False),
        ("550 5.7.1 not from you", True, False),
        # Given up after days: the words may be about our own server, or about us.
        ("550 5.1.1 no such user", False, False),
        ("Name or service not known: unknown host", False, False),
    ],
)
@pytest.mark.parametrize("ticket", [make.ticket(), None])
def test_a_refused_recipient_is_dead(reply: str, refused: bool, dies: bool, ticket: Ticket | None) -> None:
    decision = decide_delivery(SENT, ticket, reply, DESK, refused=refused)
    assert [lesson.address for lesson in decision.lessons] == ([ANN.address] if dies else [])
    assert bool(decision.acts) is (ticket is not None)
    assert all(("until its owner writes" in n.detail) is dies for n in decision.notices)
