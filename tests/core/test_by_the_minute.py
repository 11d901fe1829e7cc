"""Working time and clocks, reckoned a second time by somebody who knows no arithmetic and counts every single minute.

The walker shares nothing with `core.calendar` and `core.clocks` but the values they are given. MAILDESK_PROOF=1 takes
many more cases; MAILDESK_SEED repeats one run.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from maildesk.core.calendar import add_working, is_open, next_opening, working_seconds
from maildesk.core.clocks import readings
from maildesk.core.conclude import conclude
from maildesk.core.status import status_changed
from maildesk.model import event as ev
from maildesk.model.clock import Calendar, Clock, Run, SlaTarget
from maildesk.model.decision import Act
from maildesk.model.desk import Desk, Queue
from maildesk.model.event import Event, Recorded
from maildesk.model.level import Priority
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import ANN, TIA

PROOF = os.environ.get("MAILDESK_PROOF") == "1"
SEED = int(os.environ.get("MAILDESK_SEED", "2026"))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS, CASES, LIVES = 8, 60, 3
#: Where clocks are changed, by an hour or by half of one, in the night, at midnight or before it; where they never are;
#: with the day around which everything happens.
PLACES = (
    ("Europe/Berlin", date(2026, 3, 29)), ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)), ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)), ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Santiago", date(2026, 9, 6)), ("America/Santiago", date(2026, 4, 5)),
    ("Asia/Beirut", date(2026, 3, 29)), ("Asia/Beirut", date(2026, 10, 25)),
    ("America/Havana", date(2026, 11, 1)), ("Atlantic/Azores", date(2026, 10, 25)),
    ("America/Nuuk", date(2026, 10, 25)), ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Africa/Casablanca", date(2026, 3, 22)), ("Asia/Kathmandu", date(2026, 5, 1)),
    ("Pacific/Apia", date(2011, 12, 30)),
)  # fmt: skip
SPANS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((540, 1020),), ((480, 720), (780, 1050)), ((0, 0),), ((1320, 0),), ((0, 360), (1320, 0)), ((60, 150),),
    ((90, 120), (120, 200)), ((0, 30), (1410, 0)), (),
)  # fmt: skip


def clock_time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def some_calendar(chance: random.Random, zone: str, around: date) -> Calendar:
    hours = tuple(
        (day, tuple((clock_time(opens), clock_time(closes)) for opens, closes in spans))
        for day in range(7)
        if (spans := chance.choice(SPANS))
    )
    holidays = {around + DAY * chance.randrange(-DAYS, DAYS) for _ in range(3)}
    return Calendar("business", ZoneInfo(zone), hours, lambda day: "holiday" if day in holidays else None)


@dataclass
class Walker:
    """Looks at the wall clock every minute, and does not believe it when it is turned back."""

    calendar: Calendar
    start: datetime
    days: int
    open: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        seen = datetime.min
        hours = dict(self.calendar.hours)
        # From the day before on: the clock may just have been turned back as the walk begins.
        for minute in range(-1440, self.days * 1440):
            wall = (self.start + minute * MINUTE).astimezone(self.calendar.timezone).replace(tzinfo=None)
            seen = max(seen, wall)
            if minute >= 0:
                self.open.append(self._works(hours, seen))

    def _works(self, hours: dict[int, tuple[tuple[time, time], ...]], wall: datetime) -> bool:
        if not self.calendar.hours:
            return True
        spans = () if self.calendar.holiday(wall.date()) else hours.get(wall.weekday(), ())
        return any(opens <= wall.time() and (wall.time() < closes or closes == time(0)) for opens, closes in spans)

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE

    def count(self, first: int, last: int, paused: set[int]) -> int:
        return sum(1 for minute in range(first, last) if self.open[minute] and minute not in paused)

    def find_end(self, first: int, minutes: int, paused: set[int]) -> int | None:
        for minute in range(first, len(self.open)):
            minutes -= self.open[minute] and minute not in paused
            if not minutes:
                return minute + 1
        return None


def walkers(place: int) -> Iterator[tuple[random.Random, Walker]]:
    for turn in range(8 if PROOF else 1):
        chance = random.Random(f"{SEED} {place} {turn}")
        zone, around = PLACES[place]
        start = datetime.combine(around - DAY * (DAYS // 2), time(chance.randrange(24)), tzinfo=UTC)
        yield chance, Walker(some_calendar(chance, zone, around), start, DAYS)


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_working_time(place: int) -> None:
    for chance, walker in walkers(place):
        for _ in range(CASES):
            compare_working_time(chance, walker)


def compare_working_time(chance: random.Random, walker: Walker) -> None:
    calendar, size = walker.calendar, len(walker.open)
    marks = sorted(chance.sample(range(size), 6))
    pauses = tuple(zip(marks[0:4:2], marks[1:4:2], strict=True))[: chance.randrange(3)]
    paused = {minute for begins, ends in pauses for minute in range(begins, ends)}
    instants = tuple((walker.at(begins), walker.at(ends)) for begins, ends in pauses)
    first, last = sorted(chance.sample(range(size), 2))
    case = (calendar.timezone.key, calendar.hours, walker.at(first), walker.at(last), instants)
    assert is_open(calendar, walker.at(first)) == walker.open[first], case
    counted = walker.count(first, last, paused)
    assert working_seconds(calendar, walker.at(first), walker.at(last), instants) == 60 * counted, case
    opening = next((minute for minute in range(first, size) if walker.open[minute]), None)
    if opening is not None:
        assert next_opening(calendar, walker.at(first)) == walker.at(opening), case
    amount = chance.randrange(1, 3000)
    end = walker.find_end(first, amount, paused)
    if end is not None:
        assert add_working(calendar, walker.at(first), amount * 60, instants) == walker.at(end), (case, amount)


# ------------------------------------------------------------------ the clocks of a ticket


@dataclass
class Count:
    """One clock, wound minute by minute. `used`: minutes; `runs`: there is something to measure.

    `done`: what it waits for has happened; should that be taken back, it is as if it had never been.
    """

    runs: bool = False
    used: int = 0
    done: bool = False


@dataclass
class Life:
    """One ticket under a policy, and what four people with stop watches make of it."""

    chance: random.Random
    walker: Walker
    desk: Desk
    ticket: Ticket
    stopped: bool = False
    counts: dict[Clock, Count] = field(default_factory=lambda: {clock: Count() for clock in Clock})

    def run(self, clock: Clock) -> Run:
        """Say what a clock does at this moment: once the requester wrote, nobody waits for them."""
        if self.ticket.status is Status.WAITING_REQUESTER and self.stopped:
            return Run.RUN
        return dict(dict(self.desk.clocks)[self.ticket.status])[clock]

    def pass_minute(self, minute: int) -> None:
        for clock, count in self.counts.items():
            match self.run(clock):
                case Run.RUN if count.runs and self.walker.open[minute]:
                    count.used += 1
                case Run.STOP if count.runs:
                    count.used = 0
                case _:
                    pass

    def happen(self, minute: int) -> None:
        now, before, counts = self.walker.at(minute), self.ticket, self.counts
        acts: tuple[Event, ...] = ()
        match self.chance.randrange(5):
            case 0:
                acts = (ev.CorrespondenceReceived(ANN, "x", "x", None),)
                self.stopped = self.stopped or before.status is Status.WAITING_REQUESTER
                if before.first_responded_at and not before.awaiting_since:
                    counts[Clock.NEXT_RESPONSE] = Count(runs=True)
            case 1:
                acts = (ev.CorrespondenceSent(TIA.address, "x", None, (ANN,)),)
                counts[Clock.FIRST_RESPONSE].done = True
                counts[Clock.NEXT_RESPONSE] = Count()
                counts[Clock.UPDATE] = Count(runs=True)
            case 2 | 3:
                wanted = self.chance.choice([status for status in Status if status is not before.status])
                acts = (status_changed(self.desk, now, before.status, wanted),)
                self.stopped = False
                counts[Clock.RESOLUTION].done = wanted.is_done
            case _:
                other = self.chance.choice([queue.name for queue in self.desk.queues])
                acts = (ev.QueueChanged(other, before.queue),)
        for act in conclude(before, before.number, tuple(Act(TIA.email, event) for event in acts), self.desk, now):
            recorded = Recorded(before.number, self.ticket.seq + 1, now, act.actor, act.event)
            self.ticket = evolve(self.ticket, recorded)

    def compare(self, minute: int) -> None:
        found = {reading.clock: reading for reading in readings(self.ticket, self.desk)}
        for clock, count in self.counts.items():
            if not count.runs or count.done:
                assert clock not in found or found[clock].done_at is not None, (clock, minute)
                continue
            reading = found[clock]
            case = (self.walker.calendar.timezone.key, clock, minute, self.ticket.course, reading)
            assert reading.run is self.run(clock), case
            if reading.run is not Run.STOP:
                assert reading.used_seconds(self.walker.at(minute)) == 60 * count.used, case
            self.compare_deadline(minute, clock, count, reading.seconds / 60, reading.due_at)

    def compare_deadline(
        self, minute: int, clock: Clock, count: Count, allowed: float, due_at: datetime | None
    ) -> None:
        case = (self.walker.calendar.timezone.key, clock, minute, self.ticket.course, count)
        stored = (
            self.ticket.first_response_due_at, self.ticket.next_response_due_at, self.ticket.update_due_at,
            self.ticket.resolution_due_at,
        )  # fmt: skip
        assert due_at == stored[list(Clock).index(clock)], case
        if self.run(clock) is Run.PAUSE:
            assert (due_at is None) == (count.used < allowed), case
        elif self.run(clock) is Run.STOP:
            assert due_at is None or due_at <= self.walker.at(minute), case
        elif count.used < allowed:
            end = self.walker.find_end(minute, int(allowed) - count.used, set())
            assert due_at == self.walker.at(end) if end is not None else due_at, case


def some_life(chance: random.Random, walker: Walker) -> Life:
    clocks = tuple(
        (status.value, tuple((clock, chance.choice((Run.RUN, Run.RUN, Run.PAUSE, Run.STOP))) for clock in Clock))
        for status in Status
    )
    usual, small = SlaTarget(18000, 9000, 36000, 72000), SlaTarget(7200, 1800, 5400, 36000)
    queues = (Queue("general"), Queue("network", sla=((Priority.P3, small),)))
    desk = make.desk(
        calendars=(walker.calendar,), sla=((Priority.P3, usual),), queues=queues,
        clocks=clocks if chance.random() < 0.7 else make.desk().clocks,
    )  # fmt: skip
    born = walker.start
    ticket = make.ticket(status=Status.NEW, created_at=born, updated_at=born, course=ev.Course((ev.Stay("new", born),)))
    life = Life(chance, walker, desk, ticket)
    for clock in (Clock.FIRST_RESPONSE, Clock.UPDATE, Clock.RESOLUTION):
        life.counts[clock].runs = True
    return life


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_every_clock(place: int) -> None:
    for chance, walker in walkers(place):
        for _ in range(LIVES):
            live(some_life(chance, walker))


def live(life: Life) -> None:
    happenings = set(life.chance.sample(range(1, len(life.walker.open) * 2 // 3), 8))
    for minute in range(max(happenings) + 200):
        if minute in happenings:
            life.happen(minute)
        if minute in happenings or (life.ticket.seq > 5 and life.chance.random() < 0.0005):
            life.compare(minute)
        life.pass_minute(minute)
