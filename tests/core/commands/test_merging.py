"""`#merge`: what becomes of both tickets, whom it may not be asked of, and who hears of it."""

import pytest

from maildesk.core.commands.merging import ticket_number
from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Act, Aside, Decision
from maildesk.model.notice import NoticeName
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, EVE, TIA

BOBS = make.ticket(1001, requester=BOB, subject="Fuser")


def asked(text: str, *named: Ticket, on: Ticket | None = None) -> Decision:
    return decide_message(make.from_technician(text, make.by_token(on=on), named=named), make.desk())


def test_this_ticket_goes_into_the_other_one_and_its_people_with_it() -> None:
    decision = asked("#merge 1001", BOBS, on=make.ticket(participants=(EVE, BOB)))
    assert (decision.ticket, make.events(decision)) == (1042, [ev.Merged(1001), ev.StatusChanged("closed", "open")])
    note = ev.NoteAdded(TIA.address, 'Ticket 1042 "Printer" went into this one.', None)
    joined = (ev.ParticipantAdded(ANN), ev.ParticipantAdded(EVE))
    assert decision.asides == (Aside(1001, tuple(Act(TIA.email, event) for event in (note, *joined))),)
    (result,) = make.notice(decision, NoticeName.COMMAND_RESULT).results
    assert result.outcome == f"went into 1001; {ANN.address}, {EVE.address} takes part there"


@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.WAITING_REQUESTER])
def test_nobody_outside_is_told_that_anything_was_solved(status: Status) -> None:
    silent = asked("#merge 1001", BOBS, on=make.ticket(status=status))
    assert [m for m in make.mails(silent) if m[1] == ANN.address] == []
    told = asked("#merge 1001\n\nWe go on in the other thread.", BOBS, on=make.ticket(status=status))
    assert [m for m in make.mails(told) if m[1] == ANN.address] == [("correspondence", ANN.address)]


def test_a_closed_ticket_goes_too() -> None:
    assert make.names(asked("#merge #1001", BOBS, on=make.closed(3))) == ["Merged"]


@pytest.mark.parametrize(
    ("typed", "named", "why"),
    [
        ("#merge", (), "into which ticket?"),
        ("#merge soon", (), "'soon' is no ticket number"),
        ("#merge 1042", (make.ticket(),), "that is this ticket itself"),
        ("#merge 1001", (), "there is no ticket 1001"),
        ("#merge 1002", (BOBS,), "there is no ticket 1002"),
        ("#merge 1001", (make.changed(BOBS, merged_into=1007),), "ticket 1001 went into 1007 itself"),
        ("#merge 1001", (make.changed(BOBS, merged_into=1042),), "ticket 1001 went into 1042 itself"),
        ("#merge 1001\n#merge 1002", (BOBS, make.ticket(1002)), "this ticket goes into 1001 already"),
        ("#merge 1001\n#nonsense", (BOBS,), "unknown command"),
    ],
)
def test_what_cannot_be_merged_changes_nothing(typed: str, named: tuple[Ticket, ...], why: str) -> None:
    decision = asked(typed, *named)
    assert (decision.outcome, decision.asides, make.names(decision)) == (Outcome.HELD, (), ["MailHeld"])
    assert why in [r.outcome for r in decision.commands if not r.ok][-1]


def test_without_a_token_it_is_asked_about_first() -> None:
    decision = decide_message(make.from_technician("#merge 1001", make.by_subject(), named=(BOBS,)), make.desk())
    assert (decision.outcome, decision.asides) == (Outcome.HELD, ())


@pytest.mark.parametrize(
    ("written", "number"),
    [("7", 7), ("#1042", 1042), (" [#1042] ", 1042), ("0", None), ("1042 please", None), ("١", None), ("", None)],
)
def test_how_a_ticket_number_is_written(written: str, number: int | None) -> None:
    assert ticket_number(written) == number
