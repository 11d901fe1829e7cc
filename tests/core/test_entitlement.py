"""Who may still get a mail when it is about to leave: every audience, then and now."""

import pytest

from maildesk.core.entitlement import Leaving, find_objection, needs_history
from maildesk.model import event as ev
from maildesk.model.message import Address
from maildesk.model.notice import Audience, NoticeName
from tests import make
from tests.make import ANN, BOB, EVE, NED, NOW, TIA

TICKET = make.ticket(participants=(BOB,))
DESK = make.desk(rules=(make.rule(notify=("boss@desk.test",)),))
ADDED = ev.ParticipantAdded(EVE)
GONE = ev.ParticipantRemoved(EVE)
WAS_HERS = ev.RequesterChanged(ANN, EVE)
ASKED = ev.SideAsked(EVE, TIA.address, "Do you sell fusers?", None)

PUBLIC, TECHNICIAN, ASIDE, NOTIFIED = Audience.PUBLIC, Audience.TECHNICIAN, Audience.ASIDE, Audience.NOTIFIED


def leaving(audience: Audience, recipient: str, *events: ev.Event, notice: str = "correspondence") -> Leaving:
    named = tuple(make.changed(RECORDED, seq=n, event=event) for n, event in enumerate(events, 1))
    return Leaving(notice, audience, recipient, TICKET, named)


RECORDED = ev.Recorded(1042, 1, NOW, "x", ADDED)


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        # Mail for technicians: to the stored address of somebody who is one now.
        (leaving(TECHNICIAN, TIA.email), "leaves"),
        (leaving(TECHNICIAN, "TIA@staff.test"), "leaves"),
        (leaving(TECHNICIAN, NED.email), "leaves"),
        (leaving(TECHNICIAN, "tia@home.test"), "cancelled"),
        (leaving(TECHNICIAN, "gone@staff.test"), "cancelled"),
        (leaving(TECHNICIAN, ANN.address), "held"),
        (leaving(TECHNICIAN, BOB.address), "held"),
        # Public mail: to who takes part now.
        (leaving(PUBLIC, ANN.address), "leaves"),
        (leaving(PUBLIC, "BOB@Client.test"), "leaves"),
        (leaving(PUBLIC, EVE.address), "held"),
        (leaving(PUBLIC, TIA.email), "held"),
        (leaving(PUBLIC, EVE.address, ADDED), "cancelled"),
        (leaving(PUBLIC, EVE.address, GONE, ADDED), "cancelled"),
        (leaving(PUBLIC, EVE.address, WAS_HERS), "cancelled"),
        (leaving(PUBLIC, EVE.address, WAS_HERS, notice="acknowledgement"), "cancelled"),
        (leaving(PUBLIC, EVE.address, ASKED), "held"),
        # Who has just left is told so, and nothing else.
        (leaving(PUBLIC, EVE.address, GONE, ADDED, notice=NoticeName.LEFT.value), "leaves"),
        (leaving(PUBLIC, EVE.address, notice=NoticeName.LEFT.value), "held"),
        (leaving(PUBLIC, EVE.address, ev.ParticipantRemoved(BOB), notice=NoticeName.LEFT.value), "held"),
        # A question aside: to who was asked on this very ticket.
        (leaving(ASIDE, EVE.address, ASKED), "leaves"),
        (leaving(ASIDE, "EVE@elsewhere.test", ADDED, ASKED), "leaves"),
        (leaving(ASIDE, EVE.address), "held"),
        (leaving(ASIDE, ANN.address, ASKED), "held"),
        # Whom a rule names.
        (leaving(NOTIFIED, "Boss@desk.test"), "leaves"),
        (leaving(NOTIFIED, "boss@elsewhere.test"), "cancelled"),
        # Mail of no ticket.
        (Leaving("forgery_warning", TECHNICIAN, TIA.email, None), "leaves"),
        (Leaving("forgery_warning", TECHNICIAN, ANN.address, None), "cancelled"),
        (Leaving("correspondence", PUBLIC, ANN.address, None), "held"),
        (Leaving("side_question", ASIDE, EVE.address, None), "held"),
    ],
)
def test_who_may_still_get_it(mail: Leaving, expected: str) -> None:
    objection = find_objection(mail, DESK)
    found = "leaves" if objection is None else "held" if objection.alarming else "cancelled"
    assert found == expected


@pytest.mark.parametrize(
    ("audience", "recipient", "needed"),
    [
        (PUBLIC, ANN.address, False),
        (PUBLIC, BOB.address, False),
        (PUBLIC, EVE.address, True),
        (TECHNICIAN, TIA.email, False),
        (TECHNICIAN, EVE.address, False),
        (NOTIFIED, EVE.address, False),
        (ASIDE, EVE.address, True),
    ],
)
def test_the_history_is_read_for_few(audience: Audience, recipient: str, needed: bool) -> None:
    assert needs_history(leaving(audience, recipient)) is needed


def test_nobody_gets_public_mail_by_the_desks_own_address() -> None:
    assert find_objection(leaving(PUBLIC, make.SUPPORT), DESK) is not None
    assert find_objection(leaving(TECHNICIAN, Address("", make.SUPPORT).address), DESK) is not None
