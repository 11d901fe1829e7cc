"""The clocks of a ticket: what is due when, by whose target, and what does not count."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from maildesk.core.conclude import deadlines
from maildesk.model.clock import ALWAYS, SlaTarget
from maildesk.model.level import Priority
from tests import make

BERLIN = ZoneInfo("Europe/Berlin")


def local(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("target", "first", "last"),
    [
        (SlaTarget(first_response=3600, resolution=8 * 3600), (3, 4, 17), (3, 5, 16)),
        (SlaTarget(first_response=3600, resolution=8 * 3600, calendar=ALWAYS), (3, 4, 17), (3, 5, 0)),
        (SlaTarget(first_response=3600), (3, 4, 17), None),
        (SlaTarget(), None, None),
    ],
)
def test_deadlines(target: SlaTarget, first: Any, last: Any) -> None:
    desk = make.desk(calendars=(make.calendar(make.WEEKDAYS),), sla=((Priority.P2, target),))
    due = deadlines(make.ticket(priority=Priority.P2, created_at=local(3, 4, 16)), desk)
    assert (due.first_response_due_at, due.resolution_due_at) == tuple(
        local(*at) if at else None for at in (first, last)
    )
    none = deadlines(make.ticket(priority=Priority.P5), desk)
    assert (none.first_response_due_at, none.resolution_due_at) == (None, None)
