"""A week of one ticket by the clock: every deadline is worked out by hand, over nights, a holiday and a reopening."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.desk import Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA

pytestmark = pytest.mark.servers

BERLIN = ZoneInfo("Europe/Berlin")
#: The first Monday of a March to come, in which no clock is changed before the end of the month.
_MARCH = datetime.now(UTC).replace(day=1).year + 1
MONDAY = next(day for day in (datetime(_MARCH, 3, n, tzinfo=BERLIN) for n in range(1, 8)) if day.weekday() == 0)
THURSDAY = MONDAY + timedelta(days=3)

POLICY = {
    "timezone": "Europe/Berlin",
    "hours": {"mon-fri": "09:00-17:00"},
    "holidays": {"extra": {f"{THURSDAY:%Y-%m-%d}": "Founders' Day"}},
    "sla": {
        "P2": {"first_response": "2h", "next_response": "3h", "resolution": "8h"},
        "P3": {"first_response": "4h", "resolution": "16h"},
    },
}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of that week; day 0 is Monday."""
    return (MONDAY + timedelta(days=day)).replace(hour=hour, minute=minute).astimezone(UTC)


def go_to(desk: TestDesk, moment: datetime) -> None:
    """Move the clock so that the next pass is at this moment: each takes a second."""
    desk.clock.now = moment - timedelta(seconds=1)


def due(desk: TestDesk) -> dict[str, datetime | None]:
    """The deadlines as `show --json` prints them."""
    shown = json.loads(desk.cli("show", "1001", "--json"))
    names = ("first_response_due_at", "next_response_due_at", "resolution_due_at")
    assert {c["clock"]: c["due_at"] for c in shown["clocks"]}["resolution"] == shown["resolution_due_at"]
    return {n.partition("_due")[0]: datetime.fromisoformat(shown[n]) if shown[n] else None for n in names}


def test_a_week_by_the_clock(make_desk: MakeDesk):
    desk = make_desk(policy=POLICY)

    def tia(to: Sent, text: str, day: int, hour: int, minute: int = 0) -> Sent:
        go_to(desk, at(day, hour, minute))
        return desk.deliver(TIA.reply(to, text), dmarc="pass").to(TIA.address)

    go_to(desk, at(0, 9))
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    assert f"Solution   due {(MONDAY + timedelta(days=1)):%a} " in notice.text and "17:00 (16 h left)" in notice.text
    assert due(desk) == {"first_response": at(0, 13), "next_response": None, "resolution": at(1, 17)}

    # More urgent than it looked: the targets of P2 count from nine, too.
    changed = tia(notice, "#priority P2\n", 0, 10)
    assert due(desk) == {"first_response": at(0, 11), "next_response": None, "resolution": at(0, 17)}

    # Answered at 10:20, after 80 minutes; from then on it waits for Ann.
    desk.clock.now = at(0, 10, 20)
    asked = desk.deliver(TIA.reply(changed, "#wait\n\nWhich floor?\n"), dmarc="pass").to(ANN.address)
    assert due(desk) == {"first_response": at(0, 11), "next_response": None, "resolution": None}

    # Ann writes on Tuesday at eleven: 400 minutes are left.
    go_to(desk, at(1, 11))
    back = desk.deliver(ANN.reply(asked, "The third.\n"), dmarc="pass").to(TIA.address)
    assert due(desk) == {
        "first_response": at(0, 11), "next_response": at(1, 14), "resolution": at(2, 9, 40) - timedelta(seconds=1),
    }  # fmt: skip

    # Solved at noon; what was due stays known.
    go_to(desk, at(1, 12))
    solved = desk.deliver(TIA.reply(back, "#close\n\nIt has a new fuse.\n"), dmarc="pass").to(ANN.address)
    assert due(desk)["resolution"] == at(2, 9, 40) - timedelta(seconds=1)

    # It is back on Wednesday at four: one hour that day, none on the holiday, the rest on Friday.
    go_to(desk, at(2, 16))
    again = desk.deliver(ANN.reply(solved, "It smokes again.\n"), dmarc="pass").to(TIA.address)
    assert due(desk) == {
        "first_response": at(0, 11), "next_response": at(4, 11), "resolution": at(4, 13, 40) - timedelta(seconds=1),
    }  # fmt: skip

    told = tia(again, "#why sla\n", 4, 9).text
    for words in ("8 h, P2 of the desk", "waiting for the requester, until they wrote", "Founders' Day",
                  "business (Europe/Berlin), today 09:00-17:00", "Used     3 h 20 min, 4 h 40 min left"):  # fmt: skip
        assert words in " ".join(told.split()) or words in told
