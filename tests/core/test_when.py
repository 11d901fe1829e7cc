"""What instant a technician means; what can be read in two ways is refused."""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.core.calendar import opening_at
from maildesk.core.when import UnclearTime, age, ago, parse_when, shown, span, worked
from tests import make

BERLIN = ZoneInfo("Europe/Berlin")
#: Wednesday, one o'clock in the afternoon.
NOW = datetime(2026, 3, 4, 13, 0, tzinfo=BERLIN).astimezone(UTC)
#: Monday to Friday, from eight; on Fridays from ten.
DESK = make.desk(calendars=(make.calendar(tuple((d, ((time(10 if d == 4 else 8), time(17)),)) for d in range(5))),))

MEANT = [
    # Lengths of time.
    ("2h", "2026-03-04 15:00"),
    ("90m", "2026-03-04 14:30"),
    ("90 min", "2026-03-04 14:30"),
    ("in 2 hours", "2026-03-04 15:00"),
    ("1h 30m", "2026-03-04 14:30"),
    ("3d", "2026-03-07 13:00"),
    ("1w", "2026-03-11 13:00"),
    ("1 week", "2026-03-11 13:00"),
    ("1d4h", "2026-03-05 17:00"),
    # The clocks go forward on 29 March: a day keeps the time of day, an hour is an hour.
    ("26d", "2026-03-30 13:00"),
    ("624h", "2026-03-30 14:00"),
    # Days alone: the start of business, nine o'clock where there is none.
    ("tomorrow", "2026-03-05 08:00"),
    ("Tomorrow", "2026-03-05 08:00"),
    ("fri", "2026-03-06 10:00"),
    ("FRIDAY", "2026-03-06 10:00"),
    ("sat", "2026-03-07 09:00"),
    # A weekday is never today.
    ("wed", "2026-03-11 08:00"),
    ("thurs", "2026-03-05 08:00"),
    ("on monday", "2026-03-09 08:00"),
    # With a time of day.
    ("14:00", "2026-03-04 14:00"),
    ("today 17:00", "2026-03-04 17:00"),
    ("tomorrow 9:00", "2026-03-05 09:00"),
    ("tomorrow at 9:00", "2026-03-05 09:00"),
    ("tomorrow, 09:00", "2026-03-05 09:00"),
    ("tomorrow 9am", "2026-03-05 09:00"),
    ("fri 2:30 pm", "2026-03-06 14:30"),
    ("fri 12am", "2026-03-06 00:00"),
    ("fri 12pm", "2026-03-06 12:00"),
    ("friday\xa014:00", "2026-03-06 14:00"),
    ("2026-12-01 14:05", "2026-12-01 14:05"),
    ("2026-12-01T14:05", "2026-12-01 14:05"),
    # Dates.
    ("2026-12-01", "2026-12-01 08:00"),
    ("2026-3-9", "2026-03-09 08:00"),
    ("2026/12/01", "2026-12-01 08:00"),
    ("1.12.2026", "2026-12-01 08:00"),
    ("01.12.26", "2026-12-01 08:00"),
    ("1.12.", "2026-12-01 08:00"),
    ("1.3.", "2027-03-01 08:00"),
    ("1. 12. 2026 16:00", "2026-12-01 16:00"),
    ("1 Dec", "2026-12-01 08:00"),
    ("1 december 2026", "2026-12-01 08:00"),
    ("1st of December", "2026-12-01 08:00"),
    ("Dec 1", "2026-12-01 08:00"),
    ("Dec 1, 2026", "2026-12-01 08:00"),
    ("Dec 1, 2026 at 10:00", "2026-12-01 10:00"),
    ("29 feb", "2028-02-29 08:00"),
    # Only one order makes sense.
    ("13/5/2026", "2026-05-13 08:00"),
    ("5/13/2026", "2026-05-13 08:00"),
    ("5/5/2026", "2026-05-05 08:00"),
]


@pytest.mark.parametrize(("typed", "expected"), MEANT)
def test_what_is_meant(typed: str, expected: str) -> None:
    assert f"{parse_when(typed, DESK, NOW).astimezone(BERLIN):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "when?"),
        ("12/1/2026", "12 January or 1 December; write 2026-01-12 or 2026-12-01"),
        ("12:59", "is past"),
        # A day alone is its start of business.
        ("today", "is past"),
        ("mar 4", "is past"),
        ("2026-03-04 13:00", "is past"),
        ("2025-12-01", "is past"),
        ("0m", "is past"),
        ("2036-01-01", "more than five years"),
        ("9999w", "more than five years"),
        ("9999-12-31", "nobody plans"),
        ("0001-01-01", "nobody plans"),
        ("31.2.2026", "no such day"),
        ("2026-13-01", "no such day"),
        ("13/13/2026", "no such day"),
        ("fri 25:00", "no such time of day"),
        ("fri 9:75", "no such time of day"),
        ("fri 13pm", "no such time of day"),
        ("2026-03-29 02:30", "the clocks change"),
        # Nothing is guessed.
        *((text, "is no time") for text in (
            "soon", "9", "1.12", "12/1", "next week", "next fri", "fr", "t", "2h banana", "banana 14:00", "mayhem",
            "2h ago", "-2h", "1e3d", "２h", "tomorrow morning", "5", "14.00", "p1",
        )),
    ],
)  # fmt: skip
def test_what_is_refused(typed: str, why: str) -> None:
    with pytest.raises(UnclearTime, match=why):
        parse_when(typed, DESK, NOW)


def test_it_counts_in_the_time_zone_of_the_desk() -> None:
    tokyo = make.desk(calendars=(make.calendar(zone="Asia/Tokyo"),))
    assert parse_when("tomorrow", tokyo, NOW) == datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
    assert shown(parse_when("tomorrow", tokyo, NOW), tokyo) == "Thu 5 Mar 2026 09:00"


def test_business_starts_with_the_first_span_of_the_day() -> None:
    desk = make.desk(calendars=(make.calendar(((0, ((time(13), time(17)), (time(7), time(12)))),)),))
    assert opening_at(desk.calendar(None), datetime(2026, 3, 9, tzinfo=UTC).date()) == datetime(
        2026, 3, 9, 6, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("seconds", "by_the_clock", "of_work"),
    [
        (0, "0 min", "0 min"), (20, "0 min", "0 min"), (-20, "0 min", "0 min"), (59, "1 min", "1 min"),
        (3600, "1 h", "1 h"), (5400, "1 h 30 min", "1 h 30 min"), (-900, "-15 min", "-15 min"),
        (93_600, "1 d 2 h", "26 h"), (189_000, "2 d 4 h", "52 h 30 min"), (86_460, "1 d 1 min", "24 h 1 min"),
    ],
)  # fmt: skip
def test_lengths_of_time(seconds: float, by_the_clock: str, of_work: str) -> None:
    assert (span(seconds), worked(seconds)) == (by_the_clock, of_work)


@pytest.mark.parametrize(
    ("hours", "short", "said"),
    [
        (0, "0m", "less than a minute ago"), (-1, "0m", "less than a minute ago"), (1 / 60, "1m", "1 minute ago"),
        (0.5, "30m", "30 minutes ago"), (1, "1h", "1 hour ago"), (47, "47h", "47 hours ago"), (48, "2d", "2 days ago"),
        (2400, "100d", "100 days ago"),
    ],
)  # fmt: skip
def test_how_long_ago(hours: float, short: str, said: str) -> None:
    assert (age(NOW - timedelta(hours=hours), NOW), ago(NOW - timedelta(hours=hours), NOW)) == (short, said)


@given(st.text(alphabet="0123456789dhmw./-: amptofrije,", max_size=30))
def test_any_text_is_a_coming_instant_or_unclear(typed: str) -> None:
    with suppress(UnclearTime):
        at = parse_when(typed, DESK, NOW)
        assert at > NOW
        assert at.tzinfo is UTC
