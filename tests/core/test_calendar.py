"""Business hours by hand: nights, weekends, holidays, pauses, and the days on which the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.core.calendar import (
    Pauses,
    add_working,
    holidays_between,
    is_open,
    next_opening,
    opening_at,
    working_seconds,
)
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


# ------------------------------------------------------------------ the clock is changed


# The day that is shorter or longer than others; what o'clock it is 24 hours after noon of the day before; and how many
# hours pass from midnight to six. Where the clock is changed at midnight, the hour is won or lost the evening before.
CHANGES = [
    ("Europe/Berlin", (3, 29), "13:00", 5), ("Europe/Berlin", (10, 25), "11:00", 7),
    ("Europe/London", (3, 29), "13:00", 5), ("Europe/London", (10, 25), "11:00", 7),
    ("Europe/Dublin", (3, 29), "13:00", 5), ("Europe/Dublin", (10, 25), "11:00", 7),
    ("Europe/Lisbon", (3, 29), "13:00", 5), ("Europe/Lisbon", (10, 25), "11:00", 7),
    ("Europe/Helsinki", (3, 29), "13:00", 5), ("Europe/Helsinki", (10, 25), "11:00", 7),
    ("America/New_York", (3, 8), "13:00", 5), ("America/New_York", (11, 1), "11:00", 7),
    ("America/Los_Angeles", (3, 8), "13:00", 5), ("America/Los_Angeles", (11, 1), "11:00", 7),
    ("America/St_Johns", (3, 8), "13:00", 5), ("America/St_Johns", (11, 1), "11:00", 7),
    ("America/Havana", (3, 8), "13:00", 5), ("America/Havana", (11, 1), "11:00", 7),
    ("America/Santiago", (9, 6), "13:00", 5), ("America/Santiago", (4, 5), "11:00", 6),
    ("America/Nuuk", (3, 29), "13:00", 6), ("America/Nuuk", (10, 25), "11:00", 6),
    ("Pacific/Easter", (9, 6), "13:00", 6), ("Pacific/Easter", (4, 5), "11:00", 6),
    ("Africa/Cairo", (4, 24), "13:00", 5), ("Africa/Cairo", (10, 30), "11:00", 6),
    # In the month of Ramadan the clock goes back.
    ("Africa/Casablanca", (2, 15), "11:00", 7), ("Africa/Casablanca", (3, 22), "13:00", 5),
    ("Asia/Jerusalem", (3, 27), "13:00", 5), ("Asia/Jerusalem", (10, 25), "11:00", 7),
    ("Asia/Beirut", (3, 29), "13:00", 5), ("Asia/Beirut", (10, 25), "11:00", 6),
    ("Australia/Sydney", (10, 4), "13:00", 5), ("Australia/Sydney", (4, 5), "11:00", 7),
    # By half an hour.
    ("Australia/Lord_Howe", (10, 4), "12:30", 5.5), ("Australia/Lord_Howe", (4, 5), "11:30", 6.5),
    ("Pacific/Auckland", (9, 27), "13:00", 5), ("Pacific/Auckland", (4, 5), "11:00", 7),
    # At a quarter to three, and to four.
    ("Pacific/Chatham", (9, 27), "13:00", 5), ("Pacific/Chatham", (4, 5), "11:00", 7),
    ("Pacific/Norfolk", (10, 4), "13:00", 5), ("Pacific/Norfolk", (4, 5), "11:00", 7),
    # By two hours.
    ("Antarctica/Troll", (3, 29), "14:00", 4), ("Antarctica/Troll", (10, 25), "10:00", 8),
    # Never.
    ("Pacific/Apia", (4, 5), "12:00", 6), ("Pacific/Apia", (9, 27), "12:00", 6),
    ("Asia/Kolkata", (3, 29), "12:00", 6), ("Asia/Kolkata", (10, 25), "12:00", 6),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "after", "night"), CHANGES)
def test_the_day_on_which_the_clock_is_changed(zone: str, day: Any, after: str, night: float) -> None:
    place, month_day = ZoneInfo(zone), date(2026, *day)
    before = datetime.combine(month_day - timedelta(days=1), time(12), place).astimezone(UTC)
    noon = datetime.combine(month_day, time(12), place).astimezone(UTC)
    end = add_working(Calendar("x", place, ROUND_THE_CLOCK), before, 24 * 3600)
    assert end is not None
    assert f"{end.astimezone(place):%m-%d %H:%M}" == f"{month_day:%m-%d} {after}"
    nights = Calendar("x", place, tuple((n, ((time(0), time(6)),)) for n in range(7)))
    assert working_seconds(nights, before, noon) == night * 3600
    # An office knows nothing of all that.
    office = Calendar("x", place, ALL_WEEK)
    assert add_working(office, before + timedelta(hours=4), 2 * 3600) == noon - timedelta(hours=2)
    assert working_seconds(office, before, noon) == 8 * 3600


@pytest.mark.parametrize(
    ("day", "opens", "closes", "hours"),
    [
        # Between two and three there is nothing on 29 March: whoever ends or begins then does so at the leap.
        ((3, 29), time(0), time(2, 30), 2),
        ((3, 29), time(2, 30), time(6), 3),
        ((3, 29), time(2), time(3), 0),
        ((3, 29), time(2, 15), time(2, 45), 0),
        # On 25 October that hour comes twice: what is twice is meant the first time.
        ((10, 25), time(0), time(2, 30), 2.5),
        ((10, 25), time(2, 30), time(6), 4.5),
        ((10, 25), time(2), time(3), 2),
        ((10, 25), time(22), time(0), 2),
    ],
)
def test_hours_that_end_in_the_leap(day: Any, opens: time, closes: time, hours: float) -> None:
    calendar = Calendar("x", BERLIN, tuple((n, ((opens, closes),)) for n in range(7)))
    midnight = datetime(2026, *day, tzinfo=BERLIN).astimezone(UTC)
    # Whole days around it, so that neither end cuts anything off.
    assert working_seconds(calendar, midnight, local(BERLIN, day[0], day[1] + 1, 0)) == hours * 3600


# ------------------------------------------------------------------ holidays and nights


NAMES = {date(2026, 3, 5): "Founders' Day", date(2026, 3, 7): "Saturday", date(2026, 3, 9): "Monday off"}
WITH_HOLIDAYS = Calendar("x", BERLIN, NINE_TO_FIVE, NAMES.get)
#: Monday to Friday 22:00 to 6:00 of the next day, each night as two spans.
SHIFT = Calendar(
    "x", BERLIN, tuple((n, (((time(0), time(6)),) if n else ()) + (((time(22), time.max),) if n < 5 else ()))
    for n in range(6)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("calendar", "start", "amount", "end"),
    [
        # Thursday 5 March and Monday the 9th are off, Saturday the 7th would be anyway.
        (WITH_HOLIDAYS, (3, 4, 16), 1, (3, 4, 17)),
        (WITH_HOLIDAYS, (3, 4, 16), 2, (3, 6, 10)),
        (WITH_HOLIDAYS, (3, 5, 11), 1, (3, 6, 10)),
        (WITH_HOLIDAYS, (3, 6, 16), 2, (3, 10, 10)),
        (WITH_HOLIDAYS, (3, 4, 9), 24, (3, 10, 17)),
        (SHIFT, (3, 2, 23), 4, (3, 3, 3)),
        (SHIFT, (3, 3, 5), 2, (3, 3, 23)),
        (SHIFT, (3, 6, 22), 8, (3, 7, 6)),
        (SHIFT, (3, 7, 5), 2, (3, 9, 23)),
        # The last night of March is an hour short, but nobody works on it: it is Sunday's.
        (SHIFT, (3, 27, 22), 9, (3, 30, 23)),
    ],
)
def test_holidays_and_nights(calendar: Calendar, start: Any, amount: float, end: Any) -> None:
    assert add_working(calendar, local(BERLIN, *start), amount * 3600) == local(BERLIN, *end)
    assert working_seconds(calendar, local(BERLIN, *start), local(BERLIN, *end)) == amount * 3600


def test_a_holiday_is_told_where_it_costs_a_working_day() -> None:
    found = holidays_between(WITH_HOLIDAYS, local(BERLIN, 3, 2, 0), local(BERLIN, 3, 9, 12))
    assert found == ((date(2026, 3, 5), "Founders' Day"), (date(2026, 3, 9), "Monday off"))
    assert holidays_between(WITH_HOLIDAYS, local(BERLIN, 3, 6, 0), local(BERLIN, 3, 8, 0)) == ()
    assert holidays_between(Calendar("x", BERLIN, (), NAMES.get), local(BERLIN, 3, 2, 0), local(BERLIN, 4, 1, 0)) == ()


@pytest.mark.parametrize(
    ("at", "opening"),
    [((3, 4, 10), (3, 4, 10)), ((3, 4, 17), (3, 6, 9)), ((3, 5, 12), (3, 6, 9)), ((3, 6, 20), (3, 10, 9))],
)
def test_the_next_opening_passes_holidays_over(at: Any, opening: Any) -> None:
    assert next_opening(WITH_HOLIDAYS, local(BERLIN, *at)) == local(BERLIN, *opening)
    assert is_open(WITH_HOLIDAYS, local(BERLIN, *at)) is (at == opening)


def test_a_day_begins_at_nine_where_nobody_works() -> None:
    assert opening_at(WITH_HOLIDAYS, date(2026, 3, 5)) == local(BERLIN, 3, 5, 9)
    assert opening_at(SHIFT, date(2026, 3, 3)) == local(BERLIN, 3, 3, 0)


# ------------------------------------------------------------------ pauses


OFFICE = Calendar("x", BERLIN, NINE_TO_FIVE)


@pytest.mark.parametrize(
    ("pauses", "amount", "end"),
    [
        # All from Wednesday 4 March, 15:00.
        ([], 3, (3, 5, 10)),
        ([((3, 4, 16), (3, 5, 10))], 3, (3, 5, 12)),
        # Over a night and over a weekend only working time counts; a pause outside it costs nothing.
        ([((3, 4, 18), (3, 5, 8))], 3, (3, 5, 10)),
        ([((3, 6, 16), (3, 9, 10))], 20, (3, 9, 13)),
        ([((3, 7, 0), (3, 8, 0))], 20, (3, 9, 11)),
        # Two that touch, two that overlap, one within another, one from before the beginning.
        ([((3, 4, 16), (3, 5, 9)), ((3, 5, 9), (3, 5, 10))], 3, (3, 5, 12)),
        ([((3, 4, 16), (3, 5, 10)), ((3, 5, 9), (3, 5, 11))], 3, (3, 5, 13)),
        ([((3, 4, 16), (3, 5, 12)), ((3, 5, 9), (3, 5, 10))], 3, (3, 5, 14)),
        ([((3, 4, 9), (3, 4, 16))], 3, (3, 5, 11)),
        # Due exactly as the day ends, and before a pause that begins exactly then.
        ([], 2, (3, 4, 17)),
        ([((3, 4, 17), (3, 5, 12))], 2, (3, 4, 17)),
        ([((3, 4, 17), None)], 2, (3, 4, 17)),
        # It lasts still.
        ([((3, 4, 16), None)], 3, None),
        ([((3, 4, 16), None)], 0.5, (3, 4, 15.5)),
    ],
)
def test_pauses(pauses: Any, amount: float, end: Any) -> None:
    start = local(BERLIN, 3, 4, 15)
    spans: Pauses = tuple((at(a), at(b) if b else None) for a, b in pauses)
    found = add_working(OFFICE, start, amount * 3600, spans)
    assert found == (at(end) if end else None)
    if found is not None:
        assert working_seconds(OFFICE, start, found, spans) == amount * 3600


def at(when: Any) -> datetime:
    month, day, hour = when
    return local(BERLIN, month, day, 0) + timedelta(hours=hour)


# ------------------------------------------------------------------ properties


ZONES = st.sampled_from(sorted({zone for zone, *_ in CHANGES})).map(ZoneInfo)
HOURS = st.sampled_from([NINE_TO_FIVE, ALL_WEEK, ROUND_THE_CLOCK, LUNCH, NIGHT, SHIFT.hours, ()])
CALENDARS = st.builds(Calendar, st.just("x"), ZONES, HOURS, st.sampled_from([NAMES.get, lambda _: None]))
INSTANTS = st.integers(0, 365 * 24 * 4).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * n))
AMOUNTS = st.integers(1, 200 * 60).map(lambda minutes: minutes * 60.0)
SPANS = st.tuples(INSTANTS, st.integers(0, 400)).map(lambda s: (s[0], s[0] + timedelta(hours=s[1] / 4)))
PAUSES = st.lists(SPANS, max_size=5).map(lambda spans: tuple(sorted(spans)))


@given(calendar=CALENDARS, start=INSTANTS, amount=AMOUNTS, pauses=PAUSES)
@settings(max_examples=300, deadline=None)
def test_adding_and_counting_are_each_others_reverse(
    calendar: Calendar, start: datetime, amount: float, pauses: Pauses
) -> None:
    end = add_working(calendar, start, amount, pauses)
    assert end is not None
    assert working_seconds(calendar, start, end, pauses) == amount
    # No earlier instant will do.
    assert working_seconds(calendar, start, end - timedelta(seconds=1), pauses) == amount - 1


@given(calendar=CALENDARS, start=INSTANTS, amount=AMOUNTS, pause=SPANS)
@settings(max_examples=300, deadline=None)
def test_a_pause_moves_the_end_by_the_working_time_in_it(
    calendar: Calendar, start: datetime, amount: float, pause: tuple[datetime, datetime]
) -> None:
    without = add_working(calendar, start, amount)
    assert without is not None
    lost = working_seconds(calendar, max(start, pause[0]), pause[1]) if pause[0] < without else 0
    assert add_working(calendar, start, amount, (pause,)) == add_working(calendar, start, amount + lost)


@given(calendar=CALENDARS, start=INSTANTS, amount=AMOUNTS, more=AMOUNTS, pauses=PAUSES)
@settings(max_examples=200, deadline=None)
def test_who_has_more_time_is_due_later(
    calendar: Calendar, start: datetime, amount: float, more: float, pauses: Pauses
) -> None:
    sooner, later = (add_working(calendar, start, a, pauses) for a in (amount, amount + more))
    assert sooner is not None
    assert later is not None
    assert sooner < later
