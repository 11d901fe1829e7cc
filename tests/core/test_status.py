"""What a new status brings with it."""

from datetime import datetime, timedelta

import pytest

from maildesk.core.status import status_changed
from maildesk.model.ticket import Status
from tests import make
from tests.make import NOW


@pytest.mark.parametrize(
    ("wanted", "wait", "due"),
    [
        (Status.RESOLVED, 86400.0, NOW + timedelta(days=1)),
        (Status.RESOLVED, None, None),
        (Status.CLOSED, 86400.0, None),
        (Status.OPEN, 86400.0, None),
    ],
)
def test_only_a_resolved_ticket_closes_by_itself(wanted: Status, wait: float | None, due: datetime | None) -> None:
    assert status_changed(make.desk(close_after_seconds=wait), NOW, Status.OPEN, wanted).close_due_at == due
