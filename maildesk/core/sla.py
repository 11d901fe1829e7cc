"""Clocks: business hours and the deadlines computed from them. Called by the lanes and by rules' facts.

All arithmetic walks the spans of local working time and compares instants in UTC, so that a day with a DST change is
as long as it really is.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from maildesk.model.desk import Desk, SlaTarget
from maildesk.model.event import DeadlinesSet, StatusChanged
from maildesk.model.level import Priority
from maildesk.model.ticket import Status

#: Deadlines further away than this are not computed: hours that are never open would be walked for ever.
_HORIZON = timedelta(days=3 * 366)
#: When a day begins on which nobody works.
_USUAL_OPENING = time(9)


def is_open(desk: Desk, at: datetime) -> bool:
    """Tell whether the desk works at this instant; without configured hours it always does."""
    return not desk.hours or any(start <= at < end for start, end in _spans(desk, at, days=1))


def add_working_seconds(desk: Desk, start: datetime, seconds: float) -> datetime | None:
    """Return the instant at which so many working seconds have passed since `start`; None beyond three years."""
    if not desk.hours:
        return start + timedelta(seconds=seconds)
    left = timedelta(seconds=seconds)
    for opens, closes in _spans(desk, start, days=_HORIZON.days):
        begins = max(opens, start)
        if closes <= begins:
            continue
        if left <= closes - begins:
            return begins + left
        left -= closes - begins
    return None


def opening_at(desk: Desk, day: date) -> datetime:
    """Return when work begins on a local day; nine o'clock on one without working hours."""
    spans = dict(desk.hours).get(day.weekday(), ())
    return _instant(desk, day, min((opens for opens, _ in spans), default=_USUAL_OPENING))


def deadlines(desk: Desk, priority: Priority, created_at: datetime) -> DeadlinesSet:
    """Compute first response and resolution from the target of a priority, counted from the ticket's creation."""
    target = desk.sla_target(priority)
    return DeadlinesSet(
        first_response_due_at=_due(desk, target, target.first_response, created_at),
        resolution_due_at=_due(desk, target, target.resolution, created_at),
    )


def status_changed(desk: Desk, now: datetime, before: Status, wanted: Status) -> StatusChanged:
    """Build the event of a new status, with the instant at which a resolved ticket closes by itself."""
    wait = desk.close_after_seconds
    closes = now + timedelta(seconds=wait) if wanted is Status.RESOLVED and wait is not None else None
    return StatusChanged(wanted, before, closes)


def _due(desk: Desk, target: SlaTarget, seconds: float | None, start: datetime) -> datetime | None:
    if seconds is None:
        return None
    return start + timedelta(seconds=seconds) if target.always else add_working_seconds(desk, start, seconds)


def _spans(desk: Desk, start: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working spans as UTC instants, from the local day of `start` on."""
    hours = dict(desk.hours)
    first = start.astimezone(desk.timezone).date()
    for offset in range(days + 1):
        day = first + timedelta(days=offset)
        for opens, closes in hours.get(day.weekday(), ()):
            yield _instant(desk, day, opens), _closing(desk, day, closes)


def _instant(desk: Desk, day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=desk.timezone).astimezone(UTC)


def _closing(desk: Desk, day: date, at: time) -> datetime:
    # "24:00" is midnight of the next day.
    return _instant(desk, day + timedelta(days=1), at) if at in (time(0), time.max) else _instant(desk, day, at)
