"""Who may still get a mail when it is about to leave: every audience, then and now."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from maildesk.core.entitlement import Leaving, find_objection, needs_history
from maildesk.model import event as ev
from maildesk.model.clock import SlaTarget
from maildesk.model.level import Priority
from maildesk.model.message import Address
from maildesk.model.notice import Audience, NoticeName
from maildesk.model.ticket import Status, Ticket
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
    return Leaving(notice, audience, recipient, TICKET, NOW, named)


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
        (Leaving("forgery_warning", TECHNICIAN, TIA.email, None, NOW), "leaves"),
        (Leaving("forgery_warning", TECHNICIAN, ANN.address, None, NOW), "cancelled"),
        (Leaving("correspondence", PUBLIC, ANN.address, None, NOW), "held"),
        (Leaving("side_question", ASIDE, EVE.address, None, NOW), "held"),
        # Who is told that their mail opens nothing; on a ticket they must take part in it.
        (Leaving("refused", PUBLIC, EVE.address, None, NOW), "leaves"),
        (leaving(PUBLIC, EVE.address, notice="refused"), "held"),
    ],
)
def test_who_may_still_get_it(mail: Leaving, expected: str) -> None:
    objection = find_objection(mail, DESK, NOW)
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
    assert find_objection(leaving(PUBLIC, make.SUPPORT), DESK, NOW) is not None
    assert find_objection(leaving(TECHNICIAN, Address("", make.SUPPORT).address), DESK, NOW) is not None


# ------------------------------------------------------------------ reasons that are gone

HOUR = timedelta(hours=1)
SLA = make.desk(sla=((Priority.P3, SlaTarget(first_response=4 * 3600.0)),))


def stays(status: str, since: datetime = NOW - 9 * HOUR, **fields: Any) -> Ticket:
    course = ev.Course((ev.Stay(status, since),))
    return make.ticket(status=Status(status), course=course, created_at=NOW - 9 * HOUR, **fields)


@pytest.mark.parametrize(
    ("notice", "ticket", "leaves"),
    [
        ("waiting_reminder", stays("waiting-requester"), True),
        ("waiting_reminder", stays("waiting-requester", awaiting_since=NOW), False),
        ("waiting_reminder", stays("open"), False),
        ("waiting_reminder", stays("resolved"), False),
        ("resolved_unanswered", stays("resolved"), True),
        ("resolved_unanswered", stays("closed"), True),
        ("resolved_unanswered", stays("open"), False),
        ("reminder", stays("open"), True),
        ("reminder", stays("open", NOW + HOUR), False),
        ("reminder", stays("open", answered_at=NOW + HOUR), False),
        ("reminder", stays("open", answered_at=NOW - HOUR), True),
        ("reminder", stays("closed"), False),
        ("update_due", stays("open"), True),
        ("update_due", stays("open", answered_at=NOW + HOUR), False),
        ("update_due", stays("resolved"), False),
        ("deadline_warning", stays("open"), True),
        ("deadline_warning", stays("open", first_responded_at=NOW), False),
        ("deadline_warning", stays("resolved"), False),
        # Anything else is not asked for a reason.
        ("follow_up", stays("closed"), True),
    ],
)
def test_a_reminder_whose_reason_is_gone_stays_here(notice: str, ticket: Ticket, leaves: bool) -> None:
    public = notice in ("waiting_reminder", "resolved_unanswered")
    recipient = ANN.address if public else TIA.email
    mail = Leaving(notice, PUBLIC if public else TECHNICIAN, recipient, ticket, NOW)
    # Also where the clock was put back meanwhile.
    for now in (NOW + 2 * HOUR, NOW - 9 * HOUR):
        objection = find_objection(mail, SLA, now)
        assert (objection is None) == leaves
        assert objection is None or not objection.alarming
