"""What a test beside a rule may give, and what follows from it."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from maildesk.model.clock import ALWAYS, BUSINESS, Calendar
from maildesk.model.desk import Asset, Group
from maildesk.model.rule import NO_MESSAGE, Phase, RuleFacts
from maildesk.rules.fields import FIELDS
from maildesk.rules.given import GIVEN, build_facts, find_giver
from maildesk.rules.written import Plain
from tests import make
from tests.rules.written_rules import complaints

HOURS = tuple((day, ((time(9), time(17)),)) for day in range(5))
DESK = make.desk(
    calendars=(Calendar(BUSINESS, ZoneInfo("Europe/Berlin"), HOURS), Calendar("round", ZoneInfo("Europe/Berlin"))),
    groups=(Group("board", ("ann@client.test",), vip=True), Group("clients", ("@client.test",))),
    assets=(Asset("LAP-0231", "laptop", "ann@client.test"), Asset("PRN-7", "printer")),
)


def _facts(phases: tuple[Phase, ...] | None = None, **given: Plain) -> RuleFacts:
    pairs = tuple((name.replace("__", ".").removesuffix("_"), value) for name, value in given.items())
    return build_facts(pairs, DESK) if phases is None else build_facts(pairs, DESK, phases=phases)


def test_every_field_can_be_given():
    assert {field.name for field in FIELDS} == set(GIVEN)


@pytest.mark.parametrize("key", ["header.X-Spam", "Header.x", "field.site", "before.status", "before.tag"])
def test_a_family_gives_any_name(key):
    assert find_giver(key) is not None


@pytest.mark.parametrize("key", ["header.", "before.subject", "before.", "from.x", "nothing"])
def test_what_cannot_be_given(key):
    assert find_giver(key) is None


@pytest.mark.parametrize(
    ("given", "phases", "phase"),
    [
        ({}, None, Phase.NEW),
        ({"status": "open"}, None, Phase.FOLLOW_UP),
        ({"age": "3h"}, None, Phase.FOLLOW_UP),
        ({"changed": "status"}, None, Phase.CHANGE),
        ({"before__status": "open"}, None, Phase.CHANGE),
        ({"phase": "time"}, None, Phase.TIME),
        # A rule that no mail sets off is tested where it runs.
        ({"age": "3h"}, (Phase.TIME,), Phase.TIME),
        ({}, (Phase.CHANGE, Phase.TIME), Phase.CHANGE),
        ({"age": "3h"}, (Phase.NEW, Phase.TIME), Phase.FOLLOW_UP),
        ({"phase": "new"}, (Phase.TIME,), Phase.NEW),
    ],
)
def test_the_phase(given, phases, phase):
    facts = _facts(phases, **given)
    assert facts.phase is phase
    assert (facts.message is NO_MESSAGE) is (phase in (Phase.CHANGE, Phase.TIME))


@pytest.mark.parametrize(
    ("given", "is_open", "calendars"),
    [
        ({}, True, (BUSINESS, "round", ALWAYS)),
        ({"weekday": "sat"}, False, ("round", ALWAYS)),
        ({"time": "8:59"}, False, ("round", ALWAYS)),
        ({"time": "9:00", "weekday": "fri"}, True, (BUSINESS, "round", ALWAYS)),
        ({"weekday": "sat", "business_hours": True}, True, ("round", ALWAYS)),
        ({"business_hours": False}, False, ("round", ALWAYS)),
        ({"open": "round"}, False, ("round",)),
        ({"open": False}, False, ()),
        ({"holiday": "Easter"}, False, ("round", ALWAYS)),
    ],
)
def test_who_works(given, is_open, calendars):
    facts = _facts(**given)
    assert (facts.business_hours, facts.open_calendars) == (is_open, calendars)


def test_time_is_that_of_the_desk():
    facts = _facts(weekday="sun", time="22:30")
    assert facts.local_now is not None
    assert (facts.local_now.weekday(), facts.local_now.hour, facts.local_now.minute) == (6, 22, 30)
    assert facts.now == facts.local_now
    assert facts.now.hour == 21


@pytest.mark.parametrize(
    ("given", "groups", "vip", "assets"),
    [
        ({"from_": "ann@client.test"}, ("board", "clients"), True, ("LAP-0231",)),
        ({"from_": "bob@client.test", "subject": "PRN-7"}, ("clients",), False, ("PRN-7",)),
        ({"from_": "ann@client.test", "vip": False}, ("board", "clients"), False, ("LAP-0231",)),
        ({"group": "board"}, ("board",), True, ()),
        ({"asset": "PRN-7"}, (), False, ("PRN-7",)),
    ],
)
def test_who_the_requester_is(given, groups, vip, assets):
    facts = _facts(**given)
    assert (facts.groups, facts.vip, tuple(name for name, _ in facts.assets)) == (groups, vip, assets)


def test_a_known_asset_has_its_type():
    assert _facts(asset="prn-7").assets == (("prn-7", "printer"),)
    assert _facts(asset="x", asset_type="scanner").assets == (("x", "scanner"),)


def test_a_technician_may_be_given_by_any_address():
    ticket = _facts(assignee="tia@home.test").ticket
    assert ticket is not None
    assert ticket.assignee == make.TIA.email


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{age: soon}", "'soon' is not a duration"),
        ("{attachments: many}", "'many' is not a whole number"),
        ("{time: noon}", "'noon' is not a time of day; write it as 18:00"),
        ("{weekday: satday}", "did you mean 'sat'?"),
        ("{changed: statsu}", "did you mean 'status'?"),
        ("{before.subject: x}", "'before.subject'"),
        ("{role: boss}", "unknown role 'boss'"),
        ("{age: 9999d}", "is longer than ten years"),
    ],
)
def test_fault_in_given(given, expected):
    found = complaints(
        f"rules: [{{name: r, when: {{}}, then: {{tags: a}}, tests: [{{given: {given}, expect: {{hit: true}}}}]}}]"
    )
    assert len(found) == 1
    assert expected in found[0]
