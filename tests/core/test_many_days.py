"""Time runs for many tickets under many policies, with standstills and clocks that jump: every duty once, none lost.

Nothing but the pure core: `decide_timer`, `conclude` and `evolve`, as the timer loop calls them. An ordinary run takes
some thousand days; MAILDESK_PROOF=1 takes a hundred thousand. MAILDESK_SEED repeats one run.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from maildesk.core.conclude import conclude
from maildesk.core.status import status_changed
from maildesk.core.timer import decide_timer
from maildesk.core.waiting import silent_since
from maildesk.model import event as ev
from maildesk.model.clock import Escalation, SlaTarget, Waiting
from maildesk.model.decision import Act
from maildesk.model.desk import Desk
from maildesk.model.event import Event, Recorded
from maildesk.model.level import Level, Priority
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import ANN, NED, NOW, TIA, TOM

PROOF = os.environ.get("MAILDESK_PROOF") == "1"
SEED = int(os.environ.get("MAILDESK_SEED", "2026"))
#: Days of one ticket, and tickets of one policy.
DAYS, TICKETS = 50, 10
RUNS = 200 if PROOF else 6
DAY = timedelta(days=1)


def policy(chance: random.Random) -> Desk:
    hour = 3600.0
    first = chance.choice((1, 24, 72)) * hour
    remind = chance.choice(((), (first,), (first, 2.5 * first), (first, 2 * first, 3 * first)))
    waiting = Waiting(remind, chance.choice((None, 4 * first, 6 * first)), chance.choice((None, 12 * hour, 72 * hour)))
    sla = tuple(
        (p, SlaTarget(n * hour, n * hour, n * 2 * hour, n * 10 * hour, chance.choice((None, "always"))))
        for p, n in ((Priority.P1, 1.0), (Priority.P3, 8.0))
    )
    return make.desk(
        calendars=(make.calendar(chance.choice(((), make.WEEKDAYS)), chance.choice(("UTC", "Europe/Berlin"))),),
        sla=sla,
        waiting=waiting,
        escalation=chance.choice((Escalation(), Escalation((), (), None), Escalation(unanswered=(("P1", 50),)))),
        close_after_seconds=chance.choice((None, 5 * 86400.0)),
        technicians=(TIA, TOM, replace(NED, manager=True)),
    )


@dataclass
class World:
    """One ticket and everything that happened to it; `now` may jump."""

    chance: random.Random
    desk: Desk
    ticket: Ticket
    now: datetime = NOW
    counted: Counter[object] = field(default_factory=Counter)
    episode: int = 0

    def apply(self, acts: tuple[Act, ...]) -> None:
        for act in conclude(self.ticket, self.ticket.number, acts, self.desk, self.now):
            recorded = Recorded(self.ticket.number, self.ticket.seq + 1, self.now, act.actor, act.event)
            self.ticket = evolve(self.ticket, recorded)

    def tick(self) -> None:
        """Look as the loop does: only when the stored date says so."""
        before = self.ticket
        at = before.next_deadline_at
        decision = decide_timer(before, self.desk, self.now)
        if at is None or at > self.now:
            assert not decision.acts, ("lost: the stored date is later than what is due", decision.trace)
            return
        assert decision.acts, ("looked at for nothing", at, self.now)
        to = [notice.to.key for notice in decision.notices]
        assert len(to) == len(set(to)), "one mail a person"
        self.check(before, tuple(act.event for act in decision.acts))
        self.apply(decision.acts)
        again = decide_timer(self.ticket, self.desk, self.now)
        # Another duty may follow from it, never the same; a clock that goes on as a ticket wakes has its own warnings.
        repeated = {line.name for line in decision.trace} & {line.name for line in again.trace if again.acts} - {"warn"}
        assert not repeated, ("doubled", again.trace)
        at = self.ticket.next_deadline_at
        assert (at is not None and at <= self.now) == bool(again.acts)

    def check(self, before: Ticket, events: tuple[Event, ...]) -> None:
        """Each duty once for its cause, in its order, not before its time."""
        for event in events:
            match event:
                case ev.RequesterReminded(nth=nth):
                    self.reminded(before, nth)
                case ev.StatusChanged(status="resolved"):
                    self.given_up(before)
                case ev.StatusChanged(status="closed"):
                    assert before.close_due_at is not None and before.close_due_at <= self.now
                case ev.SnoozeSet(until=None):
                    self.once("snooze", before.snoozed_until)
                    assert before.snoozed_until is not None and before.snoozed_until <= self.now
                case ev.ReminderSent(due_at=due_at):
                    self.once("due", due_at)
                case ev.PromiseWarned(expected_at=at, passed=passed):
                    self.once("promise", at, before.promised_at, passed)
                    assert not self.counted["promise", at, before.promised_at, True] or passed
                case ev.DeadlineWarned(clock=clock, percent=percent, since=since, seconds=seconds):
                    self.once("warned", clock, percent, since, seconds)
                case ev.VendorChased():
                    every = self.desk.waiting.chase_vendor
                    assert every is not None
                    last = max(before.stays[-1].since, before.chased_at or NOW - 999 * DAY)
                    assert self.now - last >= timedelta(seconds=every)

    def once(self, *cause: object) -> None:
        self.counted[cause] += 1
        assert self.counted[cause] == 1, ("doubled", cause)

    def reminded(self, before: Ticket, nth: int) -> None:
        since = silent_since(before)
        assert since is not None
        assert before.course.reminders < nth <= len(self.desk.waiting.remind)
        assert self.now >= since + timedelta(seconds=self.desk.waiting.remind[nth - 1])
        self.once("reminded", before.stays[-1].since, nth, self.episode)

    def given_up(self, before: Ticket) -> None:
        waiting, since = self.desk.waiting, silent_since(before)
        assert since is not None and waiting.resolve is not None
        assert self.now >= since + timedelta(seconds=waiting.resolve)
        assert before.course.reminders >= len(waiting.remind)
        if waiting.remind:
            reminded_at = before.course.reminded_at
            least = min(2 * 86400.0, waiting.resolve - waiting.remind[-1])
            assert reminded_at is not None and self.now - reminded_at >= timedelta(seconds=least)

    def something_happens(self) -> None:
        """A person does something, or nobody."""
        now, status = self.now, self.ticket.status
        whole = timedelta(hours=self.chance.choice((1, 5, 30, 200)))
        match self.chance.randrange(12):
            case 0 | 1:
                opened = (ev.StatusChanged("open", status),) if status not in (Status.NEW, Status.OPEN) else ()
                self.by(ANN.address, ev.CorrespondenceReceived(ANN, "x", "x", None), *opened)
            case 2:
                self.by(TIA.email, ev.CorrespondenceSent(TIA.address, "x", None, (ANN,)))
            case 3 | 4 | 5:
                wanted = self.chance.choice(tuple(Status))
                if wanted is not status:
                    self.by(TIA.email, status_changed(self.desk, now, status, wanted))
            case 6:
                self.by(TIA.email, ev.ExpectedSet(now + whole))
            case 7:
                self.by(TIA.email, ev.DueSet(now + whole))
            case 8 if not status.is_done:
                asleep = status_changed(self.desk, now, status, Status.SCHEDULED)
                slept = () if status is Status.SCHEDULED else (asleep,)
                self.by(TIA.email, *slept, ev.SnoozeSet(now + whole))
            case 9:
                priority = self.chance.choice((Priority.P1, Priority.P3, Priority.P5))
                self.by(TIA.email, ev.PriorityChanged(Level.HIGH, Level.HIGH, priority))
            case 10:
                self.by(TIA.email, ev.Assigned(self.chance.choice((None, TIA.email, TOM.email))))
            case _:
                return

    def by(self, actor: str, *events: Event) -> None:
        self.episode += 1
        self.apply(tuple(Act(actor, event) for event in events))

    def time_passes(self) -> None:
        """Mostly minutes to hours; sometimes days of standing still; sometimes the clock is put back."""
        kind = self.chance.random()
        if kind < 0.03:
            self.now -= timedelta(seconds=self.chance.uniform(1, 7200))
        elif kind < 0.08:
            self.now += timedelta(days=self.chance.uniform(1, 12))
        else:
            self.now += timedelta(hours=self.chance.uniform(0, 12))


def live(seed: int) -> Counter[object]:
    chance = random.Random(seed)
    desk = policy(chance)
    seen: Counter[object] = Counter()
    for number in range(1, TICKETS + 1):
        course = ev.Course((ev.Stay("new", NOW),))
        ticket = make.ticket(number, status=Status.NEW, created_at=NOW, updated_at=NOW, course=course)
        world = World(chance, desk, ticket)
        world.by(ANN.address, ev.CorrespondenceReceived(ANN, "x", "x", None))
        while world.now < NOW + DAYS * DAY:
            world.time_passes()
            world.tick()
            if chance.random() < 0.3:
                world.something_happens()
                if chance.random() < 0.3:
                    world.tick()
        seen.update(cause[0] for cause in world.counted if isinstance(cause, tuple))
    return seen


@pytest.mark.parametrize("seed", range(SEED, SEED + RUNS))
def test_every_duty_once_and_none_lost(seed: int) -> None:
    live(seed)


def test_all_of_it_happens_in_these_days() -> None:
    seen: Counter[object] = Counter()
    for seed in range(SEED, SEED + 4):
        seen += live(seed)
    assert {"reminded", "snooze", "due", "promise", "warned"} <= set(seen)
