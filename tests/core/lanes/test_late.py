"""A mail that comes after its own answer: which tickets become one."""

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decision import Act, Aside, Decision
from maildesk.model.message import Kind
from maildesk.model.situation import Signal
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import BOB, TIA

EARLY = make.ticket(1043, status=Status.NEW, subject="Re: Printer")


def late(awaiting: Ticket, awaited: str = "<in@client.test>", kind: Kind = Kind.PERSON) -> Decision:
    """What becomes of Ann's mail that answers ticket 1042 and that `awaiting` waits for."""
    stored = make.by_id()
    waits = make.candidate(Signal.STORED_ID, awaiting, value=awaited)
    return decide_message(make.situation(make.message(kind=kind), stored, waits), make.desk())


def test_the_ticket_of_the_early_answer_goes_into_the_older_one() -> None:
    decision = late(EARLY)
    assert decision.ticket == 1042
    assert make.names(decision) == ["CorrespondenceReceived", "NoteAdded"]
    going = (Act("maildesk", ev.Merged(1042)), Act("maildesk", ev.StatusChanged("closed", "new")))
    assert decision.asides == (Aside(1043, going),)


@pytest.mark.parametrize(
    "awaiting",
    [
        make.changed(EARLY, requester=BOB),
        make.changed(EARLY, status=Status.OPEN),
        make.changed(EARLY, assignee=TIA.email),
        make.changed(EARLY, first_responded_at=make.NOW),
        make.changed(EARLY, merged_into=1001),
        make.ticket(1042, status=Status.NEW),
    ],
)
def test_somebody_elses_and_what_is_worked_on_stays(awaiting: Ticket) -> None:
    assert late(awaiting).asides == ()


def test_what_came_over_a_list_closes_nothing() -> None:
    assert late(EARLY, kind=Kind.LIST).asides == ()


def test_a_sibling_is_not_the_same_request() -> None:
    assert late(EARLY, awaited="<their.common.parent@client.test>").asides == ()
