"""What the clock does to a ticket, and what a mail teaches about its sender."""

from datetime import timedelta

import pytest

from maildesk.core.decide import decide_message, decide_timer
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.message import Address, AuthVerdict, Kind
from maildesk.model.person import PersonWrote
from maildesk.model.ticket import Ticket
from tests import make
from tests.make import ANN, FAIL, NO_VERDICT, NOW, PASS, TIA


@pytest.mark.parametrize(
    ("ticket", "after", "expected"),
    [
        (make.resolved(), timedelta(days=4), "closed"),
        (make.resolved(), timedelta(days=3, hours=23), None),
        (make.ticket(), timedelta(days=400), None),
        (make.closed(1), timedelta(days=400), None),
    ],
)
def test_a_resolved_ticket_closes_by_itself(ticket: Ticket, after: timedelta, expected: str | None) -> None:
    decision = decide_timer(ticket, make.desk(), NOW + after)
    found = [a.event.status for a in decision.acts if isinstance(a.event, ev.StatusChanged)]
    assert found == ([expected] if expected else [])
    assert decision.trace


TIA_HOME = Address("Tia", "tia@home.test")


@pytest.mark.parametrize(
    ("sender", "kind", "auth", "learns"),
    [
        (ANN, Kind.PERSON, PASS, True),
        (ANN, Kind.PERSON, NO_VERDICT, True),
        (ANN, Kind.LIST, PASS, True),
        (TIA.address, Kind.PERSON, PASS, True),
        (TIA_HOME, Kind.PERSON, PASS, True),
        # Not believed, or nobody.
        (ANN, Kind.PERSON, FAIL, False),
        (TIA.address, Kind.PERSON, NO_VERDICT, False),
        (None, Kind.PERSON, NO_VERDICT, False),
        # Machines.
        (ANN, Kind.AUTO_REPLY, PASS, False),
        (ANN, Kind.ALERT, PASS, False),
        (ANN, Kind.BOUNCE, PASS, False),
        (ANN, Kind.OWN, PASS, False),
    ],
)
def test_who_writes_is_alive(sender: Address | None, kind: Kind, auth: AuthVerdict | None, learns: bool) -> None:
    mail = make.message("Es raucht.", sender, kind=kind, auth=auth, language="de")
    decision = decide_message(make.situation(mail), make.desk())
    language = "de" if auth is PASS else None
    assert decision.lessons == ((PersonWrote(sender.address, language),) if learns and sender else ())


@pytest.mark.parametrize(("authenticates", "language"), [(True, None), (False, "de")])
def test_a_stranger_does_not_choose_what_language_somebody_reads(authenticates: bool, language: str | None) -> None:
    mail = make.message("Es raucht.", ANN, auth=NO_VERDICT, language="de")
    decision = decide_message(make.situation(mail), make.desk(authenticates=authenticates))
    assert decision.lessons == (PersonWrote(ANN.address, language),)


@pytest.mark.parametrize(("auth", "learns"), [(PASS, True), (NO_VERDICT, False)])
def test_mail_that_is_not_accepted_proves_somebody_alive_only_with_proof(
    auth: AuthVerdict | None, learns: bool
) -> None:
    held = make.first(auth=auth, on_desk=make.desk(rules=(make.rule(hold="odd"),)))
    assert (held.outcome, bool(held.lessons)) == (Outcome.HELD, learns)


def test_a_technicians_faulty_command_still_shows_them_alive() -> None:
    decision = make.decide("#explode")
    assert (decision.outcome, decision.lessons) == (Outcome.HELD, (PersonWrote(TIA.email),))
