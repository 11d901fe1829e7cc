"""Vendors' numbers: what is one, where it ends, and patterns that are refused."""

import time

import pytest

from maildesk.rules.numbers import parse_number_pattern
from maildesk.rules.written import WritingError


@pytest.mark.parametrize(
    ("pattern", "subject", "number"),
    [
        ("CASE-[0-9]{4,10}", "Re: [CASE-12345] Printer", "CASE-12345"),
        ("CASE-[0-9]{4,10}", "case-12345: printer", "case-12345"),
        ("CASE-[0-9]{4,10}", "CASE-12345", "CASE-12345"),
        ("CASE-[0-9]{4,10}", "CASE-12345.", "CASE-12345"),
        ("CASE-[0-9]{4,10}", "CASE-123", None),
        # Borders on both sides.
        ("CASE-[0-9]{4,10}", "XCASE-12345", None),
        ("CASE-[0-9]{4,10}", "CASE-12345678901", None),
        ("CASE-[0-9]{4,10}", "CASE-12345-7", None),
        ("CASE-[0-9]{4,10}", "BASE-CASE-12345", None),
        ("[0-9]{4}|INC[0-9]+", "about INC77", "INC77"),
        ("CASE-[0-9]{4,10}", "CASE-1111 and CASE-2222", "CASE-1111"),
        ("CASE-[0-9]+", "CASE-" + "1" * 100, None),
        ("CASE-[0-9]+", "", None),
    ],
)
def test_the_number_in_a_subject(pattern: str, subject: str, number: str | None) -> None:
    assert parse_number_pattern(pattern)(subject) == number


def test_a_pattern_that_takes_for_ever_finds_nothing_in_time() -> None:
    find = parse_number_pattern("(a+)+b")
    began = time.monotonic()
    assert find("a" * 2000) is None
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("pattern", ["CASE-[0-9", "a)(b", "", "[0-9]*", True, ["x"]])
def test_patterns_that_are_refused(pattern: object) -> None:
    with pytest.raises(WritingError):
        parse_number_pattern(pattern)  # type: ignore[arg-type]


def test_a_pattern_read_twice_is_the_same() -> None:
    assert parse_number_pattern("A[0-9]") == parse_number_pattern("A[0-9]") != parse_number_pattern("B[0-9]")
