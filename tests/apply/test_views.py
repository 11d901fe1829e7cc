"""What a reader of a mail is shown of the ticket's history."""

from datetime import datetime, timedelta

import pytest

from maildesk.apply.views import card_facts, empty_context, public_entries, public_ticket_facts
from maildesk.model import event as ev
from maildesk.model.desk import StatusUpdates
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, NOW, TIA

SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
ANSWERED = make.ticket(
    assignee=TIA.email, first_responded_at=NOW, first_response_due_at=SOON, next_response_due_at=LATER
)


def recorded(event: ev.Event) -> ev.Recorded:
    return ev.Recorded(1042, 2, NOW, "x", event)


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (ev.CorrespondenceReceived(BOB, "It smokes.", "It smokes.", None), [("Bob Bone", "It smokes.")]),
        (ev.CorrespondenceReceived(BOB, "leave", "leave", None), []),
        (ev.CorrespondenceReceived(ANN, "Status?", "Status?", None), []),
        (ev.CorrespondenceReceived(ANN, "Leave it on.", "Leave it on.", None), [("Ann Ames", "Leave it on.")]),
        (ev.CorrespondenceSent(TIA.address, "We come.", None), [("Tia Berg", "We come.")]),
        (ev.NoteAdded(TIA.address, "She broke it.", None), []),
        (ev.SideAsked(BOB, TIA.address, "Is it known?", None), []),
        (ev.CorrespondencePending(BOB, "Me too.", "no proof", None), []),
    ],
)
def test_what_the_public_side_sees_again(event: ev.Event, shown: list[tuple[str, str]]) -> None:
    entries = public_entries((recorded(event),), make.desk())
    assert [(e["who"], e["text"]) for e in entries] == shown


@pytest.mark.parametrize(
    ("ticket", "due_at"),
    [
        (make.ticket(), None),
        (make.ticket(first_response_due_at=SOON), SOON),
        (ANSWERED, LATER),
        (make.ticket(first_response_due_at=SOON, status=Status.WAITING_REQUESTER), None),
        (make.ticket(first_response_due_at=SOON, status=Status.RESOLVED), None),
        (make.ticket(first_response_due_at=SOON, status=Status.SCHEDULED), SOON),
    ],
)
def test_by_when_an_answer_is_due(ticket: Ticket, due_at: datetime | None) -> None:
    assert public_ticket_facts(ticket, make.desk())["answer_due_at"] == due_at


@pytest.mark.parametrize(
    ("ticket", "updates", "name"),
    [
        (make.ticket(assignee=TIA.email), StatusUpdates(), ""),
        (make.ticket(assignee=TIA.email), StatusUpdates(assigned=True), TIA.name),
        (ANSWERED, StatusUpdates(), TIA.name),
        (make.ticket(assignee="gone@staff.test", first_responded_at=NOW), StatusUpdates(), ""),
    ],
)
def test_whom_the_public_side_is_told_works_on_it(ticket: Ticket, updates: StatusUpdates, name: str) -> None:
    assert public_ticket_facts(ticket, make.desk(updates=updates))["assignee_name"] == name


@pytest.mark.parametrize(
    ("zones", "several"), [(["UTC"], False), (["Europe/Rome", "Europe/Rome"], False), (["UTC", "Asia/Tokyo"], True)]
)
def test_zones_are_named_where_there_are_several(zones: list[str], several: bool) -> None:
    desk = make.desk(calendars=tuple(make.calendar(zone=zone) for zone in zones))
    notice = Notice(NoticeName.ACKNOWLEDGEMENT, ANN, Audience.PUBLIC, Visibility.PUBLIC)
    context = empty_context(desk, notice, NOW)
    assert (context["desk"]["has_zones"], context["written_at"]) == (several, NOW)


def test_the_card_shows_what_else_is_open() -> None:
    ticket = make.ticket(1001)
    others = (
        ticket, make.ticket(1005, status=Status.RESOLVED), *(make.ticket(n) for n in (1004, 1003)),
        make.ticket(1002, status=Status.CLOSED), make.ticket(1000, status=Status.SCHEDULED), make.ticket(999),
    )  # fmt: skip
    card = card_facts(ticket, None, others, make.desk())
    assert (card["open_tickets"], [t["number"] for t in card["tickets"]]) == (4, [1004, 1003, 1000])
