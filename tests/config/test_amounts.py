"""Durations, rates, sizes and hours as people write them."""

from datetime import time

import pytest

from maildesk.config.amounts import parse_cap, parse_duration, parse_duration_or_never, parse_hours
from maildesk.model.desk import Cap
from maildesk.rules.written import WritingError, size_bytes


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("15m", 900), ("4h", 14400), ("2d", 172800), ("1w", 604800), ("1h30m", 5400), ("1H 30M", 5400),
        ("0s", 0), ("0", 0),
    ],
)  # fmt: skip
def test_duration(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "value", ["90", "", "h", "1h30", "-1h", "1.5h", "1y", "never", "٣h", None, True, ["1h"], {"a": "b"}]
)
def test_not_a_duration(value):
    with pytest.raises(WritingError):
        parse_duration(value)


def test_never():
    assert parse_duration_or_never("never") is None


@pytest.mark.parametrize(
    ("text", "cap"), [("3/24h", Cap(3, 86400)), ("100/1h", Cap(100, 3600)), ("0/1h", Cap(0, 3600)), ("none", None)]
)
def test_rate(text, cap):
    assert parse_cap(text) == cap


@pytest.mark.parametrize("text", ["3", "3/", "/24h", "3/0s", "3/24", "x/24h", "-3/24h", "²/24h"])
def test_not_a_rate(text):
    with pytest.raises(WritingError):
        parse_cap(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("300", 300),
        ("12 B", 12),
        ("512 KB", 524288),
        ("10mb", 10485760),
        ("1.5 MiB", 1572864),
        ("1 GB", 2**30),
    ],
)
def test_size(text, size):
    assert size_bytes(text) == size


@pytest.mark.parametrize("value", ["", "MB", "-1 MB", "1 TB", "1,5 MB", "10 M B", None, True, []])
def test_not_a_size(value):
    with pytest.raises(WritingError):
        size_bytes(value)


NINE_TO_FIVE = ((time(9), time(17)),)


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("always", ()),
        ({"mon": "09:00-17:00"}, ((0, NINE_TO_FIVE),)),
        ({"Fri-Mon": "9:00 - 17:00"}, tuple((day, NINE_TO_FIVE) for day in (0, 4, 5, 6))),
        ({"mon, wed": "09:00–17:00"}, ((0, NINE_TO_FIVE), (2, NINE_TO_FIVE))),
        ({"mon": "13:00-17:00, 09:00-12:00"}, ((0, ((time(9), time(12)), (time(13), time(17)))),)),
        ({"sun": "00:00-24:00"}, ((6, ((time(0), time.max),)),)),
        ({"mon": "09:00-12:00", "mon-tue": "12:00-17:00"},
            ((0, ((time(9), time(12)), (time(12), time(17)))), (1, ((time(12), time(17)),)))),
    ],
)  # fmt: skip
def test_hours(written, hours):
    assert parse_hours(written) == hours


@pytest.mark.parametrize(
    "value",
    [None, {}, "mon", ["mon"], {"": "09:00-17:00"}, {"mon-": "09:00-17:00"}, {"mon": ""}, {"mon": None},
     {"mon": "09:00"}, {"mon": "09:00-09:00"}, {"mon": "09:60-10:00"}, {"mon": "24:00-24:00"}, {"mon": "09:00-10:00,"}],
)  # fmt: skip
def test_not_hours(value):
    with pytest.raises(WritingError):
        parse_hours(value)
