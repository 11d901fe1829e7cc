"""The handover sheet: seven headings, always; what is known under each, and what is not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.core.handover import LINES, NOT_RECORDED, find_gaps, write_sheet
from maildesk.model import event as ev
from maildesk.model.clock import SlaTarget
from maildesk.model.desk import Asset, Group
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, NOW, TIA, TOM

HEADINGS = ["Symptom", "Impact and urgency", "Asset", "Steps tried", "Asked and answered", "SLA left", "Reason"]
DESK = make.desk(
    sla=((Priority.P3, SlaTarget(first_response=30 * 3600, resolution=3 * 86400)),),
    assets=(Asset("LAP-0231", "laptop", "ann@client.test"), Asset("PRN-7", "printer"), Asset("C++ box")),
    groups=(Group("board", (ANN.address,), vip=True),),
)


def recorded(*events: ev.Event, number: int = 1042) -> tuple[ev.Recorded, ...]:
    """A history, newest first, as the store has it."""
    at = NOW - timedelta(hours=len(events))
    told = [ev.Recorded(number, n, at + timedelta(hours=n), "x", event) for n, event in enumerate(events)]
    return tuple(reversed(told))


def received(text: str, sender: Address = ANN) -> ev.Event:
    return ev.CorrespondenceReceived(sender, f"{text}\n> quoted", text, None)


def answered(text: str) -> ev.Event:
    return ev.CorrespondenceSent(TIA.address, text, None)


def noted(text: str, author: Address = TIA.address) -> ev.Event:
    return ev.NoteAdded(author, text, None)


def told(
    heading: str, ticket: Ticket, *events: ev.Event, reason: str = "", said: tuple[tuple[str, str], ...] = ()
) -> str:
    """What stands under a heading."""
    sheet = write_sheet(ticket, DESK, NOW, reason, recorded(*events), said)
    assert [name for name, _ in sheet] == HEADINGS
    return dict(sheet)[heading]


@pytest.mark.parametrize(
    ("heading", "ticket", "events", "expected"),
    [
        ("Symptom", make.ticket(), [], "Printer"),
        ("Symptom", make.ticket(), [received("It smokes."), received("It burns.")], "Printer\nIt smokes."),
        ("Symptom", make.ticket(), [received(""), received("It\n\n smokes. ")], "Printer\nIt smokes."),
        ("Impact and urgency", make.ticket(impact=Level.HIGH, priority=Priority.P2),
         [], "P2 (impact high, urgency medium)\nfor Ann Ames <ann@client.test>, of board (VIP)"),
        ("Impact and urgency", make.ticket(requester=Address("", "x@y.test"), participants=(BOB,)),
         [], "P3 (impact medium, urgency medium)\nfor x@y.test, and 1 more take part"),
        # What is named as a whole word goes before what the requester owns.
        ("Asset", make.ticket(), [], "LAP-0231 (laptop, of ann@client.test)"),
        ("Asset", make.ticket(subject="prn-7 smokes"), [], "PRN-7 (printer)"),
        ("Asset", make.ticket(requester=BOB), [received("the prn-7, and the C++ box")], "PRN-7 (printer)\nC++ box"),
        ("Asset", make.ticket(requester=BOB), [received("prn-77, xprn-7")], NOT_RECORDED),
        ("Asset", make.ticket(requester=BOB), [noted("PRN-7")], NOT_RECORDED),
        ("Steps tried", make.ticket(), [], NOT_RECORDED),
        ("Steps tried", make.ticket(checklist=("Boot", "Pray"), steps_done=(2,)), [], "done: Pray"),
        ("Steps tried", make.ticket(checklist=("Boot",)), [], NOT_RECORDED),
        ("Steps tried", make.ticket(), [noted("A cable."), noted("A fuse.", TOM.address)],
         "Wed 4 Mar 2026 11:00 Tia Berg: A cable.\nWed 4 Mar 2026 12:00 Tom Tell: A fuse."),
        # The desk's own notes are no steps.
        ("Steps tried", make.ticket(), [noted("Forwarded by Tia.", Address("Desk", ""))], NOT_RECORDED),
        ("Asked and answered", make.ticket(), [received("It smokes.")], "nobody has answered the requester yet"),
        ("Asked and answered", make.ticket(), [received("It smokes."), answered("Which floor?"), received("Third.")],
         "Tia Berg: Which floor?\nAnn Ames: Third."),
        ("Asked and answered", make.ticket(answered_at=NOW), [], "last answered Wed 4 Mar 2026 13:00"),
        ("SLA left", make.ticket(), [],
         "First answer: due Wed 4 Mar 2026 19:00, 6 h left\nSolution: due Fri 6 Mar 2026 13:00, 48 h left"),
        ("SLA left", make.ticket(created_at=NOW - timedelta(days=2), first_responded_at=NOW),
         [], "Solution: due Thu 5 Mar 2026 13:00, 24 h left"),
        ("SLA left", make.ticket(created_at=NOW - timedelta(days=2)),
         [], "First answer: was due Tue 3 Mar 2026 19:00, 18 h ago\nSolution: due Thu 5 Mar 2026 13:00, 24 h left"),
        ("SLA left", make.ticket(priority=Priority.P1), [], "no deadline runs"),
        ("Reason", make.ticket(), [], NOT_RECORDED),
    ],
)  # fmt: skip
def test_what_is_known(heading: str, ticket: Ticket, events: list[ev.Event], expected: str) -> None:
    assert told(heading, ticket, *events) == expected


def test_a_clock_that_stands_still_says_so() -> None:
    stays = (ev.Stay(Status.NEW, NOW - timedelta(days=1)), ev.Stay(Status.WAITING_REQUESTER, NOW - timedelta(hours=4)))
    waiting = make.ticket(
        status=Status.WAITING_REQUESTER, course=ev.Course(stays), first_responded_at=NOW, answered_at=NOW
    )
    assert told("SLA left", waiting) == "Solution: stands still, 52 h left"


@pytest.mark.parametrize(
    ("name", "heading", "expected"),
    [
        ("symptom", "Symptom", "said\nPrinter"),
        ("asset", "Asset", "said\nLAP-0231 (laptop, of ann@client.test)"),
        ("tried", "Steps tried", "said"),
        ("reason", "Reason", "said"),
        ("cause", "Reason", NOT_RECORDED),
    ],
)
def test_lines_of_whoever_hands_it_on_come_first(name: str, heading: str, expected: str) -> None:
    assert told(heading, make.ticket(), said=((name, "said"),)) == expected


@pytest.mark.parametrize(
    ("reason", "said", "gaps"),
    [
        ("", (), ("tried", "reason")),
        ("dead", (), ("tried",)),
        ("  ", (("tried", "a cable"), ("reason", " ")), ("reason",)),
        ("", (("reason", "dead"), ("tried", "a cable")), ()),
    ],
)
def test_only_what_nobody_else_knows_is_asked_for(
    reason: str, said: tuple[tuple[str, str], ...], gaps: tuple[str, ...]
):
    assert find_gaps(write_sheet(make.ticket(requester=BOB), DESK, NOW, reason, said=said)) == gaps


def test_other_tickets_are_none_of_its_business() -> None:
    sheet = write_sheet(make.ticket(), DESK, NOW, "", recorded(noted("A cable."), received("Else."), number=7))
    assert (dict(sheet)["Steps tried"], dict(sheet)["Symptom"]) == (NOT_RECORDED, "Printer")


def test_a_long_conversation_stays_short() -> None:
    events = [e for n in range(40) for e in (answered(f"ask {n} " + "x " * 900), received(f"say {n}"), noted(f"n {n}"))]
    sheet = dict(write_sheet(make.ticket(), DESK, NOW, "", recorded(*events)))
    assert sheet["Asked and answered"].count("\n") == sheet["Steps tried"].count("\n") == 9
    assert "say 39" in sheet["Asked and answered"]
    assert sum(map(len, sheet.values())) < 8000


@given(
    st.text(max_size=50),
    st.text(max_size=50),
    st.lists(st.tuples(st.sampled_from([*LINES, "else"]), st.text(max_size=9))),
)
def test_there_are_always_seven_headings(subject: str, reason: str, said: list[tuple[str, str]]) -> None:
    sheet = write_sheet(
        make.ticket(subject=subject), DESK, NOW, reason, recorded(received(subject), noted(reason)), said
    )
    assert [heading for heading, _ in sheet] == HEADINGS
    assert all(text.strip() or not subject.strip() for _, text in sheet)
