"""What the clock does to a ticket."""

from datetime import timedelta

import pytest

from maildesk.core.decide import decide_timer
from maildesk.model import event as ev
from maildesk.model.ticket import Ticket
from tests import make
from tests.make import NOW


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
    decision = decide_timer(ticket, NOW + after)
    found = [a.event.status for a in decision.acts if isinstance(a.event, ev.StatusChanged)]
    assert found == ([expected] if expected else [])
    assert decision.trace
