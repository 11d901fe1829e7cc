"""The clocks of a ticket: what is due when, by whose target, and what does not count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest

from maildesk.core.clock_words import sla_text
from maildesk.core.clocks import Reading, readings, target_of
from maildesk.core.commands import read_commands, run_commands
from maildesk.core.commands.context import Context, Strand
from maildesk.core.conclude import deadlines
from maildesk.core.undoing import undo_deed
from maildesk.model import event as ev
from maildesk.model.clock import ALWAYS, Calendar, Clock, Run, SlaTarget
from maildesk.model.desk import Group, Queue
from maildesk.model.level import Level, Priority
from maildesk.model.situation import Deed
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import ANN, BOB, TIA

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
#: Monday 2 March 2026, nine o'clock in Berlin.
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
P2 = SlaTarget(first_response=2 * 3600, next_response=4 * 3600, update=6 * 3600, resolution=10 * 3600)
#: Targets counted round the clock, so that the arithmetic can be read.
DESK = make.desk(sla=((Priority.P3, P2),))

Lived: TypeAlias = tuple[tuple[float, ev.Event], ...]


def local(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BERLIN).astimezone(UTC)


def received(*, waits: bool = True) -> ev.CorrespondenceReceived:
    return ev.CorrespondenceReceived(ANN, "x", "x", None, (), waits)


W, V, R, N, C = Status.WAITING_REQUESTER, Status.WAITING_VENDOR, Status.RESOLVED, Status.OPEN, Status.CLOSED
SENT = ev.CorrespondenceSent(TIA.address, "x", "<a@x>")


def status(to: Status, before: Status = Status.OPEN) -> ev.StatusChanged:
    return ev.StatusChanged(to, before)


def lived(*events: tuple[float, ev.Event], on: Ticket | None = None) -> Ticket:
    """An open ticket to which these things happened, so many hours after Ann's mail."""
    opened = ev.TicketOpened("Printer", ANN, "s@desk.test", "general")
    ticket = on or evolve(None, ev.Recorded(1042, 1, START, "x", opened))
    ticket = on or evolve(ticket, ev.Recorded(1042, 2, START, "x", status(N, Status.NEW)))
    for hours, event in events:
        ticket = evolve(ticket, ev.Recorded(1042, ticket.seq + 1, START + hours * HOUR, "x", event))
    return ticket


def due_hours(ticket: Ticket, desk: Any = DESK) -> tuple[float | None, ...]:
    """When the four clocks run out, in hours since the ticket was opened."""
    due = deadlines(ticket, desk)
    instants = (due.first_response_due_at, due.next_response_due_at, due.update_due_at, due.resolution_due_at)
    return tuple(None if at is None else (at - START) / HOUR for at in instants)


def reading(clock: Clock, ticket: Ticket, desk: Any = DESK) -> Reading:
    return next(r for r in readings(ticket, desk) if r.clock is clock)


# ------------------------------------------------------------------ targets


@pytest.mark.parametrize(
    ("target", "first", "last"),
    [
        (SlaTarget(first_response=3600, resolution=8 * 3600), (3, 4, 17), (3, 5, 16)),
        (SlaTarget(first_response=3600, resolution=8 * 3600, calendar=ALWAYS), (3, 4, 17), (3, 5, 0)),
        (SlaTarget(first_response=3600), (3, 4, 17), None),
        (SlaTarget(), None, None),
    ],
)
def test_deadlines(target: SlaTarget, first: Any, last: Any) -> None:
    desk = make.desk(calendars=(make.calendar(make.WEEKDAYS),), sla=((Priority.P2, target),))
    due = deadlines(make.ticket(priority=Priority.P2, created_at=local(3, 4, 16)), desk)
    assert (due.first_response_due_at, due.resolution_due_at) == tuple(
        local(*at) if at else None for at in (first, last)
    )
    none = deadlines(make.ticket(priority=Priority.P5), desk)
    assert (none.first_response_due_at, none.resolution_due_at) == (None, None)


def only(**seconds: Any) -> Any:
    return ((Priority.P3, SlaTarget(**seconds)),)


ROME, TOKYO = (Calendar(name, ZoneInfo(zone), make.WEEKDAYS) for name, zone in (
    ("rome", "Europe/Rome"), ("tokyo", "Asia/Tokyo")))  # fmt: skip
VIPS = Group("vip", ("ann@client.test",), vip=True, calendar="tokyo", sla=only(first_response=1))
OTHERS = Group("others", ("@client.test",), sla=only(first_response=2, next_response=3))
OWNED = make.desk(
    calendars=(make.calendar(make.WEEKDAYS), ROME, TOKYO),
    queues=(Queue("general"), Queue("network", calendar="rome", sla=only(first_response=5, update=6, calendar=ALWAYS))),
    sla=only(first_response=7, next_response=8, update=9, resolution=10),
    groups=(VIPS, OTHERS),
)


@pytest.mark.parametrize(
    ("requester", "queue", "clock", "expected"),
    [
        (make.EVE, "general", Clock.FIRST_RESPONSE, (7, "business", "P3 of the desk")),
        (make.EVE, "network", Clock.FIRST_RESPONSE, (5, "always", "P3 of queue network")),
        (make.EVE, "network", Clock.RESOLUTION, (10, "rome", "P3 of the desk")),
        (BOB, "network", Clock.FIRST_RESPONSE, (2, "rome", "P3 of group others")),
        (BOB, "general", Clock.UPDATE, (9, "business", "P3 of the desk")),
        # The first of a requester's groups goes before the others, clock by clock.
        (ANN, "network", Clock.FIRST_RESPONSE, (1, "tokyo", "P3 of group vip")),
        (ANN, "network", Clock.NEXT_RESPONSE, (3, "tokyo", "P3 of group others")),
        (ANN, "network", Clock.UPDATE, (6, "always", "P3 of queue network")),
        (ANN, "gone", Clock.RESOLUTION, (10, "tokyo", "P3 of the desk")),
    ],
)
def test_whose_target_it_is(requester: Any, queue: str, clock: Clock, expected: Any) -> None:
    found = target_of(clock, make.ticket(requester=requester, queue=queue), OWNED)
    assert found is not None
    assert (found[0], found[1].name, found[2]) == expected


def test_where_the_priority_has_no_target_there_is_none() -> None:
    assert target_of(Clock.UPDATE, make.ticket(priority=Priority.P1), OWNED) is None


# ------------------------------------------------------------------ what starts and ends a clock


@pytest.mark.parametrize(
    ("events", "due"),
    [
        # first answer, next answer, next word, solution: 2, 4, 6 and 10 hours.
        ((), (2, None, 6, 10)),
        (((0, received()),), (2, None, 6, 10)),
        # More mail before the first answer changes nothing.
        (((0, received()), (1, received())), (2, None, 6, 10)),
        (((0, received()), (1, SENT)), (2, None, 7, 10)),
        (((0, received()), (1, SENT), (3, received()), (4, received())), (2, 7, 7, 10)),
        (((0, received()), (1, SENT), (3, received()), (4, SENT)), (2, None, 10, 10)),
        # Thanks and machines wait for no answer.
        (((0, received()), (1, SENT), (3, received(waits=False))), (2, None, 7, 10)),
        (((0, received()), (1, SENT), (3, received(waits=False)), (4, received())), (2, 8, 7, 10)),
        # Notes, questions aside, automatic mail and mail of the desk's own are no answer.
        (((1, ev.NoteAdded(TIA.address, "x", None)),), (2, None, 6, 10)),
        (((1, ev.SideAsked(BOB, TIA.address, "x", None)),), (2, None, 6, 10)),
        (((1, ev.SideAnswered(BOB, "x", None)),), (2, None, 6, 10)),
        (((1, ev.AutomaticMailReceived(BOB, "x", None, "absence")),), (2, None, 6, 10)),
        (((1, ev.MailQueued("acknowledgement", ANN.address, "<q@x>")),), (2, None, 6, 10)),
        (((1, ev.CorrespondencePending(BOB, "x", "who?", None)),), (2, None, 6, 10)),
        # A ticket opened for somebody with an answer in the same mail.
        (((0, received()), (0, SENT)), (2, None, 6, 10)),
        # An answer that was recalled was never given.
        (((1, SENT), (1, ev.CorrespondenceRecalled(TIA.address, "<a@x>", None))), (2, None, 6, 10)),
        (((1, SENT), (3, received()), (4, SENT),
          (4, ev.CorrespondenceRecalled(TIA.address, "<a@x>", START + HOUR, START + HOUR, START + 3 * HOUR))),
         (2, 7, 7, 10)),
        # Another priority counts for the whole of it, and none where it has no target.
        (((1, ev.PriorityChanged(Level.LOW, Level.LOW, Priority.P5)),), (None, None, None, None)),
        (((1, ev.PriorityChanged(Level.LOW, Level.LOW, Priority.P5)),
          (9, ev.PriorityChanged(Level.LOW, Level.HIGH, Priority.P3))), (2, None, 6, 10)),
        (((1, ev.Merged(1001)),), (None, None, None, None)),
        (((1, ev.Merged(1001)), (9, ev.Unmerged(1001))), (2, None, 6, 10)),
    ],
)  # fmt: skip
def test_what_counts(events: Lived, due: Any) -> None:
    assert due_hours(lived(*events)) == due


@pytest.mark.parametrize(
    ("events", "due"),
    [
        # The first answer runs on while the ticket waits for whom nobody has answered; all else stands.
        (((1, status(W)),), (2, None, None, None)),
        (((1, status(W)), (4, status(N, W))), (2, None, 9, 13)),
        (((1, SENT), (1, status(W)), (4, received()), (4, status(N, W))), (2, 8, 10, 13)),
        # A pause ends as the requester writes, whatever the status says; thanks alone end nothing.
        (((1, SENT), (1, status(W)), (4, received())), (2, 8, 10, 13)),
        (((1, SENT), (1, status(W)), (4, received(waits=False))), (2, None, None, None)),
        (((1, SENT), (1, status(W)), (4, received()), (9, status(N, W))), (2, 8, 10, 13)),
        # Waiting again is another pause; it stops the clock of the next answer, which begins anew.
        (((1, SENT), (1, status(W)), (4, received()), (4, status(N, W)), (5, status(W)), (7, status(N, W))),
         (2, 11, 12, 15)),
        (((1, SENT), (1, status(V)), (4, received())), (2, 8, 7, None)),
        (((1, SENT), (1, status(V)), (4, status(N, V))), (2, None, 7, 13)),
        # One pause after another.
        (((1, status(W)), (3, status(V, W)), (5, status(N, V))), (2, None, 8, 14)),
        # What is solved has no next word; its deadline stays known, as it was when it stood still, too.
        (((1, SENT), (5, status(R))), (2, None, None, 10)),
        (((1, SENT), (5, status(R)), (9, status(C, R))), (2, None, None, 10)),
        (((1, SENT), (2, status(W)), (5, status(R, W))), (2, None, None, 13)),
        # Reopened, the same clock goes on, and the others begin anew.
        (((1, SENT), (5, status(R)), (20, received()), (20, status(N, R))), (2, 24, 26, 25)),
        (((1, status(R)), (20, status(N, R))), (21, None, 26, 29)),
        # What was due before stays so.
        (((5, status(R)), (20, status(N, R))), (2, None, 26, 25)),
        # There and back at the same instant is nothing.
        (((1, status(W)), (1, status(N, W))), (2, None, 6, 10)),
    ],
)  # fmt: skip
def test_pauses_and_new_beginnings(events: Lived, due: Any) -> None:
    assert due_hours(lived(*events)) == due


VENDOR_PAUSES = replace(DESK, clocks=((V.value, ((Clock.FIRST_RESPONSE, Run.PAUSE),)),))


@pytest.mark.parametrize(
    ("clock", "events", "desk", "is_running", "stands", "due"),
    [
        (Clock.FIRST_RESPONSE, ((1, SENT),), DESK, False, 0, 2),
        (Clock.RESOLUTION, ((1, status(W)),), DESK, False, 1, None),
        (Clock.RESOLUTION, ((1, status(W)), (4, status(N, W))), DESK, True, 1, 13),
        # A clock that began anew has nothing behind it, not even what made it do so.
        (Clock.UPDATE, ((5, status(R)), (20, status(N, R))), DESK, True, 0, 26),
        # What it waited for happened amid a pause: how long the pause lasts from there on moves nothing.
        (Clock.FIRST_RESPONSE, ((1, status(V)), (1.5, SENT)), VENDOR_PAUSES, False, 1, 2.5),
        (Clock.FIRST_RESPONSE, ((1, status(V)), (1.5, SENT), (4, status(N, V))), VENDOR_PAUSES, False, 1, 2.5),
    ],
)
def test_what_a_clock_does_now(
    clock: Clock, events: Lived, desk: Any, is_running: bool, stands: int, due: float | None
) -> None:
    found = reading(clock, lived(*events), desk)
    assert (found.is_running, len(found.stands)) == (is_running, stands)
    assert found.due_at == (None if due is None else START + due * HOUR)


def test_a_clock_that_went_back_makes_no_time() -> None:
    """The machine's clock was set back an hour between the pause and its end."""
    ticket = lived((1, status(W)), (5, received()), (4, status(N, W)), (6, status(V)), (7, status(N, V)))
    assert due_hours(ticket)[3] == 14


#: What each clock does while a ticket has the status.
DOES = {
    Status.NEW: ("run", "stop", "run", "run"),
    Status.OPEN: ("run", "run", "run", "run"),
    Status.WAITING_REQUESTER: ("run", "stop", "pause", "pause"),
    Status.WAITING_VENDOR: ("run", "run", "run", "pause"),
    Status.SCHEDULED: ("run", "run", "run", "pause"),
    Status.RESOLVED: ("pause", "stop", "stop", "pause"),
    Status.CLOSED: ("pause", "stop", "stop", "pause"),
}
WEEK = replace(P2, first_response=99 * 3600, next_response=99 * 3600, update=99 * 3600, resolution=99 * 3600)
PATIENT = make.desk(sla=((Priority.P3, WEEK),))


@pytest.mark.parametrize("clock", Clock)
@pytest.mark.parametrize("state", Status)
def test_every_status_and_every_clock(state: Status, clock: Clock) -> None:
    does = DOES[state][tuple(Clock).index(clock)]
    answered: Lived = () if clock is Clock.FIRST_RESPONSE else ((1, SENT), (2, received()))
    begins = {Clock.NEXT_RESPONSE: 2, Clock.UPDATE: 1}.get(clock, 0)
    into: Lived = (*answered, (8, status(state)))
    during, later = lived(*into), lived(*into, (11, status(Status.OPEN, state)))
    inside = reading(clock, during, PATIENT)
    # What is solved stands still, too, but its deadline stays known.
    is_known = does == "run" or (clock is Clock.RESOLUTION and state.is_done)
    assert (inside.run, inside.due_at is not None) == (does, is_known)
    expected = {"run": begins + 99, "pause": begins + 99 + 3, "stop": 11 + 99}[does]
    assert due_hours(later, PATIENT)[tuple(Clock).index(clock)] == expected


@pytest.mark.parametrize(("word", "due"), [(Run.RUN, 10), (Run.PAUSE, 13), (Run.STOP, 14)])
def test_the_admins_table(word: Run, due: float) -> None:
    desk = make.desk(sla=DESK.sla, clocks=(("waiting-vendor", ((Clock.RESOLUTION, word),)),))
    assert due_hours(lived((1, status(V)), (4, status(N, V))), desk)[3] == due


# ------------------------------------------------------------------ properties


AT_ONCE: tuple[ev.Event, ...] = (
    ev.PriorityChanged(Level.LOW, Level.HIGH, Priority.P3), ev.QueueChanged("network", "general"),
    ev.RequesterChanged(BOB, ANN), received(), status(N, W), ev.TagsChanged(("x",)),
)  # fmt: skip


def test_what_happens_at_once_may_happen_in_any_order() -> None:
    waiting = lived((1, SENT), (1, status(W)))
    found = {due_hours(lived(*((4, event) for event in order), on=waiting)) for order in permutations(AT_ONCE)}
    assert found == {(2, 8, 10, 13)}


@pytest.mark.parametrize(
    "line",
    ["#wait", "#status waiting-vendor", "#priority P1", "#queue network", "#close", "#status closed", "#snooze 2d",
     "#requester bob@client.test"],
)  # fmt: skip
@pytest.mark.parametrize("before", [(), ((1, SENT), (1, status(W))), ((1, SENT), (2, received()))])
def test_undo_brings_every_deadline_back(line: str, before: Lived) -> None:
    desk = replace(OWNED, calendars=(make.calendar(), ROME, TOKYO))
    ticket = lived((0, received()), *before)
    done, undone = START + 5 * HOUR, START + 9 * HOUR
    context = Context(desk, TIA, done, Strand(ticket, ticket), home=ticket.number)
    events = [act.event for act in run_commands(read_commands(line), context).context.strands[0].acts]
    assert events or ticket.status is W
    history = tuple(ev.Recorded(1042, ticket.seq + n, done, TIA.email, e) for n, e in enumerate(events, 1))
    after = lived(*((5, e) for e in events), on=ticket)
    found = undo_deed(Deed(ticket, after, after, history), desk, TIA.email, undone, ())
    assert replace(deadlines(found.ticket, desk), next_deadline_at=None) == replace(
        deadlines(ticket, desk), next_deadline_at=None
    )


# ------------------------------------------------------------------ in words


def test_the_arithmetic_in_words() -> None:
    names = {datetime(2026, 3, 6).date(): "Founders' Day"}
    desk = make.desk(
        calendars=(make.calendar(make.WEEKDAYS, holiday=names.get),),
        queues=(Queue("general", sla=((Priority.P3, SlaTarget(resolution=16 * 3600, first_response=3600)),)),),
    )
    # Opened Monday at nine, answered at eleven, waiting from then to Thursday at ten, when Ann wrote.
    ticket = lived((0, received()), (2, SENT), (2, status(W)), (73, received()), (80, status(N, W)))
    told = """\
First answer: done Mon 2 Mar 2026 11:00, 1 h late
  Target   1 h, P3 of queue general
  Hours    business (Europe/Berlin), today 09:00-17:00
  Since    Mon 2 Mar 2026 09:00
  Used     2 h, 1 h over
  Due      Mon 2 Mar 2026 10:00

Solution: due Mon 9 Mar 2026 16:00 (12 h left)
  Target   16 h, P3 of queue general
  Hours    business (Europe/Berlin), today 09:00-17:00
  Since    Mon 2 Mar 2026 09:00
  Stood    Mon 2 Mar 2026 11:00 to Thu 5 Mar 2026 10:00: waiting for the requester, until they wrote
  Holiday  Fri 6 Mar 2026, Founders' Day
  Used     4 h, 12 h left
  Due      Mon 9 Mar 2026 16:00

Next answer: no target for P3 in queue general
Next word: no target for P3 in queue general"""
    assert sla_text(ticket, desk, START + 75 * HOUR) == told


@pytest.mark.parametrize(
    ("events", "hours", "words"),
    [
        ((), 1, "First answer: due Mon 2 Mar 2026 11:00 (1 h left)"),
        ((), 2.5, "First answer: was due Mon 2 Mar 2026 11:00 (30 min over)"),
        ((), 1, "Next answer: begins after the first answer"),
        (((1, SENT),), 1, "First answer: done Mon 2 Mar 2026 10:00, in time"),
        (((1, SENT),), 1, "Next answer: nobody waits for one"),
        (((1, SENT), (1, status(W))), 3, "Solution: stands still (waiting for the requester; 9 h left)"),
        (((1, SENT), (1, status(W))), 3, "Stood    Mon 2 Mar 2026 10:00 until now: waiting for the requester"),
        (((1, status(V)),), 3, "Solution: stands still (waiting for the vendor; 9 h left)"),
        (((1, SENT), (3, status(R))), 99, "Solution: done Mon 2 Mar 2026 12:00, in time"),
        (((1, SENT), (3, status(R))), 99, "Next word: stands still (resolved; "),
        (((1, ev.Merged(1001)),), 2, "It went into #1001: no clock runs here any more."),
    ],
)
def test_where_a_clock_stands(events: Lived, hours: float, words: str) -> None:
    assert words in sla_text(lived(*events), DESK, START + hours * HOUR)
