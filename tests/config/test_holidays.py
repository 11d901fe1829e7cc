"""Holidays and calendars as an admin writes them, and whose hours a target counts in."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from maildesk.config import check_config, load_desk
from maildesk.config.holidays import Holidays
from maildesk.model.clock import ALWAYS, Clock, Run, SlaTarget, no_holiday
from maildesk.model.desk import USUAL_CLOCKS, Desk
from maildesk.model.level import Priority
from tests.config.conftest import DESK

HOURS = 'timezone: Europe/Berlin\nhours: {mon-fri: "09:00-17:00"}\n'


def _said(directory: Path) -> list[str]:
    return [str(p) for p in check_config(directory, {})]


@pytest.mark.parametrize(
    ("holidays", "day", "name"),
    [
        (Holidays("DE"), (2026, 4, 3), "Good Friday"),
        (Holidays("DE"), (2026, 4, 2), None),
        (Holidays("DE", "BY"), (2026, 6, 4), "Corpus Christi"),
        (Holidays("DE", "BE"), (2026, 6, 4), None),
        (Holidays("DE", "BE"), (2026, 3, 8), "Women's Day"),
        (Holidays("US"), (2021, 12, 31), "New Year's Day (observed)"),
        (Holidays("US"), (2026, 11, 26), "Thanksgiving Day"),
        (Holidays("NO"), (2026, 5, 17), "Constitution Day"),
        (Holidays("GB"), (2026, 5, 4), "May Day"),
        # Years of which nobody knows anything have none.
        (Holidays("DE"), (1800, 12, 25), None),
        (Holidays("DE"), (9999, 12, 25), None),
        # The admin's own: of one year, of every year, and such as are worked all the same.
        (Holidays(None, None, (((2026, 12, 24), "Christmas Eve"),)), (2026, 12, 24), "Christmas Eve"),
        (Holidays(None, None, (((2026, 12, 24), "Christmas Eve"),)), (2027, 12, 24), None),
        (Holidays("DE", None, (((0, 12, 24), "Christmas Eve"),)), (2031, 12, 24), "Christmas Eve"),
        (Holidays("DE", None, (((0, 2, 29), "Leap"),)), (2028, 2, 29), "Leap"),
        (Holidays("DE", None, (((0, 2, 29), "Leap"),)), (2027, 3, 1), None),
        (Holidays("DE", None, (), ((2026, 4, 3),)), (2026, 4, 3), None),
        (Holidays("DE", None, (), ((0, 10, 3),)), (2027, 10, 3), None),
        (Holidays("DE", None, (((2026, 4, 3), "Ours"),)), (2026, 4, 3), "Ours"),
    ],
)
def test_what_a_day_is(holidays: Holidays, day: tuple[int, int, int], name: str | None):
    assert holidays(date(*day)) == name


def test_the_names_do_not_depend_on_who_starts_the_daemon(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANGUAGE", "th")
    assert Holidays("DE", "ST")(date(2033, 1, 6)) == "Epiphany"
    # There are no English names for some countries; these are called as they are there.
    assert Holidays("ZA")(date(2033, 12, 26)) == "Day of Goodwill"


QUEUE = "{level: 2, calendar: rome, sla: {P1: {update: 1h, hours: night}}}"
EVERYTHING = DESK.replace("{level: 2}", QUEUE) + HOURS + """\
holidays: {country: de, region: Bayern, extra: {2026-12-24: Christmas Eve, 12-31: New Year's Eve}, worked: [2026-05-25]}
calendars:
  rome: {timezone: Europe/Rome, hours: {mon-sat: "08:00-12:00"}, holidays: {country: IT}}
  night: {hours: {mon-fri: "00:00-06:00, 22:00-24:00"}}
  open: {hours: always, holidays: {}}
clocks: {waiting-vendor: {resolution: run, update: stop}}
sla:
  P1: {first_response: 15m, hours: always}
  P2: {first_response: 1h, hours: rome}
"""  # fmt: skip


def test_everything_about_calendars(place):
    desk = load_desk(place(desk=EVERYTHING), {})
    extra = (((2026, 12, 24), "Christmas Eve"), ((0, 12, 31), "New Year's Eve"))
    berlin = Holidays("DE", "BY", extra, ((2026, 5, 25),))
    own, rome, night, always = desk.calendars
    assert [c.name for c in desk.calendars] == ["business", "rome", "night", "open"]
    assert (own.holiday, rome.holiday) == (berlin, Holidays("IT"))
    # What is missing is as the desk's own.
    assert (night.timezone, night.holiday, always.timezone) == (own.timezone, berlin, own.timezone)
    assert (rome.timezone, always.hours, always.holiday) == (ZoneInfo("Europe/Rome"), (), no_holiday)
    network = desk.queue("network")
    assert (network.calendar, network.sla) == ("rome", ((Priority.P1, SlaTarget(update=3600, calendar="night")),))
    assert [target.calendar for _, target in desk.sla] == [ALWAYS, "rome"]
    table = {status: dict(runs) for status, runs in desk.clocks}
    assert table["waiting-vendor"] == {**dict(dict(USUAL_CLOCKS)["waiting-vendor"]),
        Clock.RESOLUTION: Run.RUN, Clock.UPDATE: Run.STOP}  # fmt: skip
    assert [row for row in desk.clocks if row[0] != "waiting-vendor"] == [
        row for row in USUAL_CLOCKS if row[0] != "waiting-vendor"]  # fmt: skip


def test_the_same_text_is_the_same_policy(place):
    """What has not changed must not look changed: every deadline would be set anew at each reload."""

    def read() -> Desk:
        return load_desk(place(desk=EVERYTHING, rules="rules: []\n"), {})

    assert read() == read()
    same = read()
    other = load_desk(place(desk=EVERYTHING.replace("12-31: ", "12-30: ")), {})
    assert other.calendars != same.calendars


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("holidays: {country: XX}", "8:21: unknown country 'XX'; write its two letters, as DE for Germany"),
        ("holidays: {country: Germny}",
            "8:21: unknown country 'Germny'; write its two letters, as DE for Germany; did you mean 'DE' (Germany)?"),
        ("holidays: {country: [DE]}", "8:21: expected text, not a list"),
        ("holidays: {country: DE, region: Bayenr}",
            "8:33: unknown region of DE 'Bayenr'; allowed: BB, BE, BW, BY, HB, HE,"),
        ("holidays: {country: DE, region: Bayenr}", "Augsburg; did you mean 'BY'?"),
        ("holidays: {country: AF, region: X}", "8:33: the holidays of AF are the same everywhere; leave 'region' out"),
        ("holidays: {region: BY}", "8:20: a region needs its 'country' beside it"),
        ("holidays: {extra: {2026-13-01: x}}",
            "8:20: '2026-13-01' is not a day; write it as 2026-12-24, or as 12-24 for every year"),
        ("holidays: {extra: {24.12.: x}}", "8:20: '24.12.' is not a day"),
        ("holidays: {worked: [2027-02-29]}", "8:21: '2027-02-29' is not a day"),
        ("holidays: {worked: 2026-10-31}", "8:20: expected a list, not text; write [a, b] or begin each line with"),
        ("holidays: DE", "8:11: expected a mapping (key: value)"),
        ("holidays: {county: DE}", "8:12: unknown key 'county'; allowed: country, region, extra, worked; did you mean"),
        ("holidays: {country: DE}", "8:1: warning: these holidays count for nothing: without 'hours' somebody is"),
        ("calendars: {rome: {zone: x}}", "8:20: unknown key 'zone'; allowed: timezone, hours, holidays"),
        ("calendars: {rome: {holidays: {country: IT}}}", "8:20: warning: these holidays count for nothing"),
        ("calendars: {rome: {holidays: {country: IT, region: Rom}}}", "8:52: unknown region of IT 'Rom'"),
        ("calendars: {always: {}}", "8:13: the calendar 'always' is the one that never closes"),
        ("calendars: {business: {}}",
            "8:13: the calendar 'business' is the desk's own: write it as 'hours' at the top"),
        ("calendars: {rome: {}}\nsla: {P1: {update: 1h, hours: roma}}",
            "9:31: unknown calendar 'roma'; allowed: business, always, rome; did you mean 'rome'?"),
        ("clocks: {waiting: {update: run}}", "8:10: unknown status 'waiting'; allowed: new, open, waiting-requester,"),
        ("clocks: {open: {response: run}}", "8:17: unknown clock 'response'; allowed: first_response, next_response,"),
        ("clocks: {open: {update: halt}}", "8:25: unknown word for a clock 'halt'; allowed: run, pause, stop"),
        ("clocks: {open: run}", "8:16: expected a mapping (key: value)"),
    ],
)  # fmt: skip
def test_problem_about_time(place, added, expected):
    said = _said(place(desk=DESK + added + "\n"))
    assert any(f"desk.yaml:{expected}" in line or expected in line for line in said), said


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("calendar: roma", "4:33: unknown calendar 'roma'; allowed: business, always"),
        ("sla: {P1: {update: 1h, hours: roma}}", "4:53: unknown calendar 'roma'; allowed: business, always"),
        ("sla: {P6: {update: 1h}}", "4:29: unknown priority 'P6'; allowed: P1, P2"),
    ],
)
def test_problem_about_the_time_of_a_queue(place, key, expected):
    said = _said(place(desk=DESK.replace("{level: 2}", f"{{level: 2, {key}}}")))
    assert any(expected in line for line in said), said


def test_a_desk_without_countries_does_not_load_the_library(place):
    """It is big: a quarter of a second at every start of a command."""
    import subprocess
    import sys

    directory = place(desk=DESK + HOURS + "holidays: {extra: {12-24: Christmas Eve}}\n")
    code = (
        "import sys, pathlib; from maildesk.config import load_desk; from datetime import date;"
        f"desk = load_desk(pathlib.Path({str(directory)!r}), {{}});"
        "assert desk.calendars[0].holiday(date(2026, 12, 24)) == 'Christmas Eve';"
        "assert 'holidays' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
