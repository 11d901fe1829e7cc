"""What stands in Date, as the instant a person would read in it."""

from datetime import UTC, datetime, timedelta

import pytest

from maildesk.mail.parse import parse_message

THEN = datetime(2025, 2, 3, 8, 15, tzinfo=UTC)
DATES = [
    ("Mon, 3 Feb 2025 09:15:00 +0100", THEN),
    ("Mon, 3 Feb 2025 09:15:00 +0100 (CET)", THEN),
    ("Mon, 3 Feb 25 09:15:00 +0100", THEN),
    ("Mon, 3 Feb 125 09:15:00 +0100", THEN),
    ("Mon, 3 Feb 2025 09:15:00 +01:00", THEN),
    ("Mon, 3 Feb 2025 09:15:00 GMT+1", THEN),
    ("Mon, 3 Feb 2025 09:15:00 UTC+0100", THEN),
    ("Mon, 3 Feb 2025 09:15:00 utc +01:00 (CET)", THEN),
    ("Mon, 3 Feb 2025 03:15:00 -05:00", THEN),
    ("3 Feb 2025 8:15 AM", THEN),
    ("3 Feb 2025 9:15:00 p.m. +0100", THEN + timedelta(hours=12)),
    ("3 Feb 2025 12:15 AM GMT", THEN - timedelta(hours=8)),
    ("Mon Feb  3 08:15:00 2025", THEN),
    ("Monday, 03-Feb-25 08:15:00 GMT", THEN),
    ("Mon, 3 Feb 2025 09.15.00 +0100", THEN),
    ("2025-02-03T08:15:00Z", THEN),
    ("2025-02-03 09:15:00 +0100", THEN),
    ("2025-02-03T09:15:00.000+01:00", THEN),
    ("Mon, 3 Feb 2025 09:15:00 CET", THEN),
    ("Mon, 3 Feb 2025 10:15:00 CEST", THEN),
    ("Mon, 3 Feb 2025 17:15:00 (JST)", THEN),
    ("Mon, 3 Feb 2025 18:45:00 ACDT", THEN),
    ("Mon Feb  3 09:15:00 CET 2025", THEN),
    ("Mon, 3 Feb 2025 09:15:00 +01", THEN),
    ("Mon, 3 Feb 2025 09:15:00 +0100 (PST)", THEN),
    ("Mon, 3 Feb 2025 09:15:00.123 +0100", THEN),
    ('"Mon, 3 Feb 2025 09:15:00 +0100"', THEN),
    ("=?utf-8?Q?Mon=2C_3_Feb_2025_09:15:00_+0100?=", THEN),
    ("lun., 3 févr. 2025 09:15:00 +0100", THEN),
    ("seg, 3 de fevereiro de 2025 09:15:00 +0100", THEN),
    ("Пн, 3 фев 2025 11:15:00 +0300", THEN),
    ("Mi, 3 Dez 2025 09:15:00 +0100", datetime(2025, 12, 3, 8, 15, tzinfo=UTC)),
    ("Mon, Feb 3, 2025 at 9:15 AM +0100", THEN),
    ("2025/02/03 08:15:00", THEN),
    ("2025-02-03 08:15:00 UTC", THEN),
    ("1738570500", THEN),
    ("Mon, 3 Bog 2025 09:15:00 +0100", None),
    # A clock that is wrong is shown to be wrong.
    ("Thu, 01 Jan 1970 00:00:00 +0100", datetime(1969, 12, 31, 23, tzinfo=UTC)),
    ("Thu, 13 Feb 1969 23:32:54 -0330", datetime(1969, 2, 14, 3, 2, 54, tzinfo=UTC)),
    ("Mon, 1 Jan 1900 00:00:00 +0000", datetime(1900, 1, 1, tzinfo=UTC)),
    ("Sun, 3 Feb 2080 09:15:00 +0100", datetime(2080, 2, 3, 8, 15, tzinfo=UTC)),
    # What cannot be.
    ("Sun, 31 Dec 1899 00:00:00 +0000", None),
    ("Mon, 3 Feb 2925 09:15:00 +0100", None),
    ("Mon, 30 Feb 2025 09:15:00 +0100", None),
    ("0000-00-00 00:00:00", None),
    ("soon", None),
    ("", None),
    ("1:2" * 3000, None),
]


@pytest.mark.parametrize(("value", "date_at"), DATES)
def test_date_is_what_a_person_would_read(value: str, date_at: datetime | None):
    found = parse_message(f"From: ann@x.test\r\nDate: {value}\r\n\r\nb".encode()).message.date_at
    assert found == date_at
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("fields", "date_at"),
    [
        ("Date: Mon, 3 Feb 2025 09:t\r\nDate: Mon, 3 Feb 2025 09:15:00 +0100\r\n", THEN),
        ("Date: Mon, 3 Feb 2025 09:15:00 +0100\r\nDate: Tue, 4 Feb 2025 09:15:00 +0100\r\n", THEN),
        ("Date: nonsense\r\n" * 3 + "Date: Mon, 3 Feb 2025 09:15:00 +0100\r\n", None),
    ],
)
def test_the_first_date_that_can_be_read_counts(fields: str, date_at: datetime | None):
    assert parse_message(f"{fields}\r\nb".encode()).message.date_at == date_at
