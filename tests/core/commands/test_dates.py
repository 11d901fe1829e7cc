"""Sleeping tickets, dates to be reminded of and dates told to the requester."""

from datetime import UTC, datetime

import pytest

from maildesk.model import event as ev
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.core.commands.lines import happened, refusal, run

#: Two hours after `make.NOW`, which is 13:00 in Berlin.
LATER = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)
CLOSES = make.NOW.replace(day=9)
TOMORROW = datetime(2026, 3, 5, 8, 0, tzinfo=UTC)
ASLEEP = make.ticket(status=Status.SCHEDULED, snoozed_until=TOMORROW)


@pytest.mark.parametrize(
    ("typed", "ticket", "expected", "outcome"),
    [
        ("#snooze 2h", make.ticket(), [ev.StatusChanged("scheduled", "open"), ev.SnoozeSet(LATER)],
         "sleeps until Wed 4 Mar 2026 15:00"),
        ("#snooze tomorrow", make.ticket(status=Status.SCHEDULED), [ev.SnoozeSet(TOMORROW)], "sleeps until Thu 5"),
        ("#snooze 2h", ASLEEP, [ev.SnoozeSet(LATER)], "sleeps until"),
        ("#snooze none", ASLEEP, [ev.SnoozeSet(None), ev.StatusChanged("open", "scheduled")], "status open"),
        ("#snooze none", make.ticket(), [], "awake already"),
        # Any other status wakes it.
        ("#wait", ASLEEP, [ev.StatusChanged("waiting-requester", "scheduled"), ev.SnoozeSet(None)], "→ waiting"),
        ("#close", ASLEEP, [ev.StatusChanged("resolved", "scheduled", CLOSES), ev.SnoozeSet(None)], "→ resolved"),
        ("#status scheduled", ASLEEP, [], "already"),
        ("#due 15:00", make.ticket(), [ev.DueSet(LATER)], "due Wed 4 Mar 2026 15:00"),
        ("#due 15:00", make.ticket(due_at=LATER), [], "already"),
        ("#due none", make.ticket(due_at=LATER), [ev.DueSet(None)], "no due date any more"),
        ("#due none", make.ticket(), [], "no due date"),
        ("#eta tomorrow", make.ticket(), [ev.ExpectedSet(TOMORROW)], "the requester is told"),
        ("#eta tomorrow", make.ticket(expected_at=TOMORROW), [], "already"),
        ("#eta none", make.ticket(expected_at=TOMORROW), [ev.ExpectedSet(None)], "no expected date any more"),
        ("#wait vendor", make.ticket(), [ev.StatusChanged("waiting-vendor", "open")], "→ waiting-vendor"),
        ("#wait req", make.ticket(), [ev.StatusChanged("waiting-requester", "open")], "→ waiting-requester"),
        ("#wait", make.ticket(status=Status.WAITING_REQUESTER), [], "already"),
    ],
)  # fmt: skip
def test_dates_that_are_set(typed: str, ticket: Ticket, expected: list[ev.Event], outcome: str) -> None:
    found = run(typed, ticket)
    assert not found.failed, found.results
    assert happened(found) == expected
    assert outcome in found.results[0].outcome


@pytest.mark.parametrize(
    ("typed", "ticket", "why"),
    [
        *((f"#{word}", make.ticket(), "when?") for word in ("snooze", "due", "eta")),
        *((f"#{word} soon", make.ticket(), "'soon' is no time") for word in ("snooze", "due", "eta")),
        *((f"#{word} 2h", None, "names no ticket yet") for word in ("snooze", "due", "eta")),
        *((f"#{word} 2h", make.resolved(), "the ticket is resolved") for word in ("snooze", "due", "eta")),
        ("#due 12/1/2026", make.ticket(), "12 January or 1 December"),
        ("#due 12:00", make.ticket(), "is past"),
        ("#wait forever", make.ticket(), "none of: requester, vendor"),
        ("#wait", None, "names no ticket yet"),
    ],
)
def test_dates_that_are_refused(typed: str, ticket: Ticket | None, why: str) -> None:
    assert why in refusal(run(typed, ticket))[0]
