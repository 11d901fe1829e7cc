"""Holidays of a country, with the admin's own: which local days they are, and what may be written about them.

Called by `leaves`, `crosscheck` and `desk`. The library behind it is big, so it is imported by the first desk that
names a country, as its configuration is read; a year is worked out when somebody first asks for one of its days.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from maildesk.rules.written import Plain, WritingError, nearest, one_line, unknown

#: Year, month and day; without a year (0) the day of every year.
Day: TypeAlias = tuple[int, int, int]

_DAY = re.compile(r"(?:(\d{4})-)?(\d{1,2})-(\d{1,2})", re.ASCII)
#: A leap year: the 29th of February is a day of every year that has one.
_LEAP = 2024
#: Years remembered for all calendars together.
_YEARS = 256
#: Technicians read English; where the library has no English names, holidays are called as the country calls them.
_LANGUAGE = "en_US"


@dataclass(frozen=True, slots=True)
class Holidays:
    """The holidays of one calendar; called with a local day it names the holiday that day is, or None.

    `region`: a state or canton, as the library writes it.  `extra` days are holidays as well, `worked` ones are not.
    """

    country: str | None = None
    region: str | None = None
    extra: tuple[tuple[Day, str], ...] = ()
    worked: tuple[Day, ...] = ()

    def __call__(self, day: date) -> str | None:
        """Name the holiday a local day is, or None."""
        return _named(self, day.year).get(day)


def parse_country(value: Plain) -> str:
    """Return a country's two letters (ISO 3166-1) in upper case; it must be one whose holidays are known."""
    text = one_line(value)
    if text.upper() in _countries():
        return text.upper()
    names = _country_names()
    meant = nearest(text.replace(" ", ""), names)
    hint = f"; did you mean '{names[meant]}' ({meant})?" if meant else ""
    raise WritingError(f"unknown country '{text[:40]}'; write its two letters, as DE for Germany{hint}")


def parse_day(value: Plain) -> Day:
    """Return the day that `2026-12-24` or, every year, `12-24` means."""
    text = one_line(value)
    found = _DAY.fullmatch(text)
    try:
        day = date(int((found and found[1]) or _LEAP), int(found[2]), int(found[3])) if found else None
    except ValueError:
        day = None
    if found is None or day is None:
        raise WritingError(f"'{text[:40]}' is not a day; write it as 2026-12-24, or as 12-24 for every year")
    return (day.year if found[1] else 0, day.month, day.day)


def find_region(country: str, written: str) -> str | None:
    """Find a region of a country by its letters or by its name in that country; None: there is no such one."""
    by_fold = {name.casefold(): code for name, code in _regions(country)}
    return by_fold.get(written.casefold())


def unknown_region(country: str, written: str) -> str:
    """Say that a country has no such region, which it has, and which one was probably meant."""
    pairs = _regions(country)
    if not pairs:
        return f"the holidays of {country} are the same everywhere; leave 'region' out"
    meant = nearest(written, (name for name, _ in pairs))
    hint = f"; did you mean '{dict(pairs)[meant]}'?" if meant else ""
    allowed = tuple(dict.fromkeys(code for _, code in pairs))
    return unknown(f"region of {country}", written, allowed).partition("; did you mean")[0] + hint


def is_country(written: str) -> bool:
    """Tell whether these two letters are a country whose holidays are known."""
    return written.upper() in _countries()


@lru_cache(maxsize=_YEARS)
def _named(holidays: Holidays, year: int) -> Mapping[date, str]:
    """Return the names of all holidays of a year."""
    named = dict(_of_country(holidays.country, holidays.region, year)) if holidays.country else {}
    worked, extra = set(holidays.worked), dict(holidays.extra)
    named = {day: name for day, name in named.items() if not worked & _written(day)}
    for written, name in extra.items():
        # The 29th of February of most years is no day.
        if written[0] in (0, year) and (written[1:] != (2, 29) or _is_leap(year)):
            named[date(year, *written[1:])] = name
    return named


def _written(day: date) -> set[Day]:
    return {(day.year, day.month, day.day), (0, day.month, day.day)}


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


# ------------------------------------------------------------------ the library


def _of_country(country: str, region: str | None, year: int) -> Mapping[date, str]:
    """Return the public holidays of a year; none outside the years the library knows."""
    from holidays import country_holidays

    usual = country_holidays(country)
    # Never without a language: the library would take that of whoever started the daemon.
    language = _LANGUAGE if _LANGUAGE in usual.supported_languages else usual.default_language
    known = country_holidays(country, region, years=year, language=language)
    return {day: name for day, name in known.items() if day.year == year}


def _countries() -> Mapping[str, object]:
    from holidays import list_supported_countries

    return list_supported_countries(include_aliases=False)


def _country_names() -> dict[str, str]:
    from holidays.registry import COUNTRIES

    return {entry[0]: entry[1] for entry in COUNTRIES.values()}


def _regions(country: str) -> tuple[tuple[str, str], ...]:
    """Return every way to write a region of a country, with the library's own."""
    from holidays import country_holidays

    found = country_holidays(country)
    aliases = getattr(found, "subdivisions_aliases", None) or {}
    return (*((code, code) for code in found.subdivisions), *aliases.items())
