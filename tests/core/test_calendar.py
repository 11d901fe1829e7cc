"""Business hours by hand: nights, weekends, and the days on which the clock is changed."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from maildesk.core.calendar import add_working, is_open, working_seconds
from maildesk.model.clock import Calendar
from tests import make
from tests.make import NOW

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NINE_TO_FIVE = make.WEEKDAYS
ALL_WEEK = tuple((day, ((time(9), time(17)),)) for day in range(7))
ROUND_THE_CLOCK = tuple((day, ((time(0), time(0)),)) for day in range(7))
LUNCH = tuple((day, ((time(8), time(12)), (time(13), time(17)))) for day in range(5))
NIGHT = tuple((day, ((time(1), time(5)),)) for day in range(7))

# In March 2026 the clock goes forward on the 8th in New York and on the 29th in Berlin; back on 1 November and
# 25 October.  4 March is a Wednesday.
ADDED = [
    # hours, zone, from (local), working hours, until (local)
    (NINE_TO_FIVE, BERLIN, (3, 4, 10), 1, (3, 4, 11)),
    (NINE_TO_FIVE, BERLIN, (3, 4, 16), 4, (3, 5, 12)),
    (NINE_TO_FIVE, BERLIN, (3, 4, 16), 1, (3, 4, 17)),
    (NINE_TO_FIVE, BERLIN, (3, 4, 3), 1, (3, 4, 10)),
    (NINE_TO_FIVE, BERLIN, (3, 4, 22), 1, (3, 5, 10)),
    (NINE_TO_FIVE, BERLIN, (3, 6, 16), 2, (3, 9, 10)),
    (NINE_TO_FIVE, BERLIN, (3, 7, 12), 1, (3, 9, 10)),
    (NINE_TO_FIVE, BERLIN, (3, 4, 9), 40, (3, 10, 17)),
    (LUNCH, BERLIN, (3, 4, 11), 2, (3, 4, 14)),
    (LUNCH, BERLIN, (3, 4, 12), 1, (3, 4, 14)),
    (ROUND_THE_CLOCK, BERLIN, (3, 4, 20), 30, (3, 6, 2)),
    # A weekend with a clock change between Friday and Monday changes nothing in office hours.
    (NINE_TO_FIVE, BERLIN, (3, 27, 16), 2, (3, 30, 10)),
    (NINE_TO_FIVE, BERLIN, (10, 23, 16), 2, (10, 26, 10)),
    (ALL_WEEK, NEW_YORK, (3, 7, 16), 9, (3, 8, 17)),
    # Round the clock it does: the night of the 28th is an hour short, the one of 24 October an hour long.
    (ROUND_THE_CLOCK, BERLIN, (3, 28, 20), 12, (3, 29, 9)),
    (ROUND_THE_CLOCK, BERLIN, (10, 24, 20), 12, (10, 25, 7)),
    (ROUND_THE_CLOCK, NEW_YORK, (3, 7, 20), 12, (3, 8, 9)),
    (ROUND_THE_CLOCK, NEW_YORK, (10, 31, 20), 12, (11, 1, 7)),
    # The night shift of that day is really three (or five) hours long.
    (NIGHT, BERLIN, (3, 29, 0), 4, (3, 30, 2)),
    (NIGHT, BERLIN, (10, 25, 0), 5, (10, 25, 5)),
    (NIGHT, BERLIN, (10, 26, 0), 5, (10, 27, 2)),
]


def local(zone: ZoneInfo, month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(("hours", "zone", "start", "amount", "end"), ADDED)
def test_working_time(hours: Any, zone: ZoneInfo, start: Any, amount: float, end: Any) -> None:
    calendar = Calendar("x", zone, hours)
    assert add_working(calendar, local(zone, *start), amount * 3600) == local(zone, *end)
    assert working_seconds(calendar, local(zone, *start), local(zone, *end)) == amount * 3600


def test_without_hours_the_desk_never_closes() -> None:
    calendar = Calendar("x", BERLIN)
    assert is_open(calendar, NOW)
    assert add_working(calendar, NOW, 90) == NOW + timedelta(seconds=90)


def test_hours_that_are_never_open_set_no_deadline() -> None:
    assert add_working(make.calendar(((0, ()),)), NOW, 60) is None
    assert add_working(make.calendar(NINE_TO_FIVE), NOW, 4 * 365 * 8 * 3600) is None


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        (BERLIN, (3, 4, 9), True),
        (BERLIN, (3, 4, 16), True),
        (BERLIN, (3, 4, 17), False),
        (BERLIN, (3, 4, 8), False),
        (BERLIN, (3, 7, 12), False),
        (NEW_YORK, (3, 6, 16), True),
        (NEW_YORK, (3, 6, 23), False),
    ],
)
def test_whether_the_desk_is_open(zone: ZoneInfo, at: Any, expected: bool) -> None:
    assert is_open(Calendar("x", zone, NINE_TO_FIVE), local(zone, *at)) is expected


def test_the_open_hours_are_local_ones() -> None:
    # 21:30 UTC on Friday is Friday afternoon in New York and Saturday morning in Tokyo.
    at = datetime(2026, 3, 6, 21, 30, tzinfo=UTC)
    found = {zone: is_open(make.calendar(NINE_TO_FIVE, zone), at) for zone in (
        "America/New_York", "Europe/Berlin", "Asia/Tokyo")}  # fmt: skip
    assert found == {"America/New_York": True, "Europe/Berlin": False, "Asia/Tokyo": False}
