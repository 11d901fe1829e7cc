"""Taking back: every command and its undo leave the ticket as it was, and what others changed since stays."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.core.commands import VERBS, read_commands, run_commands
from maildesk.core.commands.context import Context, Strand
from maildesk.core.undoing import Undoing, still_said, undo_deed
from maildesk.model import event as ev
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address
from maildesk.model.situation import Deed
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import ANN, BOB, EVE, NED, NOW, TIA, TOM

DESK = make.desk()
OTHER = make.ticket(1043, requester=BOB)
FULL = make.ticket(
    status=Status.OPEN, assignee=TOM.email, participants=(BOB, EVE), tags=("fuser", "urgent"), type="incident",
    watchers=(TIA.email,), links=(1043,), time_seconds=900, channel="phone", checklist=("Ask", "Do"), steps_done=(1,),
    due_at=NOW + timedelta(days=3), expected_at=NOW + timedelta(days=2), promised_at=NOW,
    proposed=(Address("", "new@client.test"),),
    first_response_due_at=NOW, resolution_due_at=NOW + timedelta(days=1), priority=Priority.P2, impact=Level.HIGH,
)  # fmt: skip
TICKETS = (make.ticket(), FULL, make.resolved(), make.closed(3), make.ticket(status=Status.NEW))
#: Lines of every family, among them such as do nothing here or cannot be done.
LINES = (
    "#close", "#close\ncause: worn", "#reopen", "#status waiting-vendor", "#status closed", "#status open", "#wait",
    "#snooze 2d", "#due 2026-12-01", "#due none", "#eta 2026-12-02", "#eta none", "#assign ned", "#mine", "#release",
    "#queue network", "#escalate", "#priority P1", "#impact low", "#urgency high", "#type request", "#type incident",
    "#tag smoke -fuser", "#tag smoke", "#cc carl@client.test", "#cc -bob@client.test", "#cc new@client.test", "#watch",
    "#unwatch", "#watch ned", "#requester bob@client.test", "#requester carl@client.test", "#via visit", "#link 1043",
    "#link -1043", "#time 15m", "#time -5m", "#step 2", "#step 1 undo", "#subject Copier", "#merge 1043", "#spam",
    "#approve", "#refuse",
)  # fmt: skip


def done(lines: list[str], on: Ticket) -> Context:
    """The context after those of the lines that work."""
    context = Context(DESK, TIA, NOW, Strand(on, on), home=on.number, named=(OTHER,))
    return run_commands(read_commands("\n".join(lines)), context, skip_bad=True).context


def deed_of(before: Ticket, events: tuple[ev.Event, ...], then: tuple[ev.Event, ...] = ()) -> Deed:
    """What these events did to a ticket, on which others happened since."""
    history = recorded(before, events, TIA.email)
    after = fold(before, history)
    now = fold(after, recorded(after, then, TOM.email))
    return Deed(before, after, now, history)


def recorded(on: Ticket, events: tuple[ev.Event, ...], actor: str) -> tuple[ev.Recorded, ...]:
    return tuple(ev.Recorded(on.number, on.seq + n, NOW, actor, event) for n, event in enumerate(events, 1))


def fold(ticket: Ticket, history: tuple[ev.Recorded, ...]) -> Ticket:
    for one in history:
        ticket = evolve(ticket, one)
    return ticket


def undone(deed: Deed, departed: tuple[str, ...] = ()) -> Undoing:
    undoing = undo_deed(deed, DESK, TIA.email, NOW + timedelta(minutes=5), departed)
    # What is said to be the ticket is what the events make of it.
    at = NOW + timedelta(minutes=5)
    events = enumerate(undoing.events, deed.now.seq + 1)
    assert fold(deed.now, tuple(ev.Recorded(1042, n, at, TIA.email, e) for n, e in events)) == undoing.ticket
    return undoing


def bare(ticket: Ticket) -> Ticket:
    """A ticket without what every event moves, and as `Undone` leaves it."""
    return replace(ticket, seq=0, updated_at=NOW, kept=())


def assert_restored(before: Ticket, lines: list[str]) -> None:
    context = done(lines, before)
    for strand in context.strands:
        deed = deed_of(strand.before, tuple(act.event for act in strand.acts))
        undoing = undone(deed)
        assert bare(undoing.ticket) == bare(strand.before)
        done_at = ev.Recorded(1042, 99, NOW, TIA.email, ev.Undone((), freed=undoing.freed))
        assert evolve(undoing.ticket, done_at).kept == strand.before.kept
        assert all(line.ok for line in undoing.lines)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("before", TICKETS, ids=["plain", "full", "resolved", "closed", "new"])
def test_every_command_is_undone_exactly(line: str, before: Ticket) -> None:
    assert_restored(before, [line])


@given(st.sampled_from(TICKETS), st.lists(st.sampled_from(LINES), max_size=9))
def test_any_commands_are_undone_exactly(before: Ticket, lines: list[str]) -> None:
    assert_restored(before, lines)


def test_every_command_that_changes_a_ticket_is_tried_here() -> None:
    tried = {read_commands(line).commands[0].word for line in LINES}
    elsewhere = {"resolve", "take", "for", "split", "side", "ask", "forwarded", "ticket"}
    assert {word for word, verb in VERBS.items() if verb.changes} - tried <= elsewhere


@pytest.mark.parametrize(
    ("did", "then", "stays", "goes_back"),
    [
        (ev.Assigned(TIA.email), ev.Assigned(NED.email), ("owner",), ()),
        (ev.Assigned(TIA.email), ev.TagsChanged(("x",)), (), ("owner",)),
        (ev.StatusChanged("resolved", "open", NOW), ev.StatusChanged("closed", "resolved"), ("status",), ()),
        (ev.QueueChanged("network", "general"), ev.QueueChanged("general", "network"), ("queue",), ()),
        (ev.ParticipantAdded(BOB), ev.ParticipantAdded(EVE), ("participants",), ()),
        (ev.TimeLogged(TIA.email, 600), ev.TimeLogged(TOM.email, 300), (), ("time",)),
        (ev.SubjectChanged("Fax", "Printer"), ev.SubjectChanged("Fax", "Fax"), (), ("subject",)),
    ],
)
def test_what_somebody_changed_since_stays(
    did: ev.Event, then: ev.Event, stays: tuple[str, ...], goes_back: tuple[str, ...]
) -> None:
    undoing = undone(deed_of(make.ticket(), (did,), (then,)))
    assert tuple(line.line for line in undoing.lines if not line.ok) == stays
    assert tuple(line.line for line in undoing.lines if line.ok) == goes_back


def test_time_of_others_is_kept() -> None:
    deed = deed_of(make.ticket(), (ev.TimeLogged(TIA.email, 600),), (ev.TimeLogged(TOM.email, 300),))
    assert undone(deed).ticket.time_seconds == 300


SENT = ev.CorrespondenceSent(TIA.address, "Which floor?", "<sent@staff.test>", (ANN, BOB))


@pytest.mark.parametrize(
    ("departed", "is_recalled"),
    [((), True), ((ANN.address,), False), (("BOB@client.test",), False), (("x@y.test",), True)],
)
def test_a_text_is_recalled_unless_it_reached_anybody(departed: tuple[str, ...], is_recalled: bool) -> None:
    undoing = undone(deed_of(make.ticket(), (SENT,)), departed)
    assert (undoing.ticket.first_responded_at is None) is is_recalled
    assert [type(e) for e in undoing.events] == ([ev.CorrespondenceRecalled] if is_recalled else [])


def test_the_first_answer_is_then_the_next_one_that_stands() -> None:
    earlier = NOW - timedelta(hours=1)
    deed = deed_of(make.ticket(first_responded_at=earlier), (SENT,))
    assert undone(deed).ticket.first_responded_at == earlier


def test_a_note_stays() -> None:
    undoing = undone(deed_of(make.ticket(), (ev.NoteAdded(TIA.address, "Hm.", None),)))
    assert (undoing.events, undoing.lines) == ((), ())


def test_a_ticket_that_was_opened_stays() -> None:
    opened = Deed(None, make.ticket(), make.ticket(), ())
    undoing = undo_deed(opened, DESK, TIA.email, NOW, ())
    assert undoing.events == ()
    assert [line.ok for line in undoing.lines] == [False]


def test_what_was_recalled_was_never_said() -> None:
    other = replace(SENT, message_id="<other@staff.test>")
    recall = ev.CorrespondenceRecalled(TIA.address, "<sent@staff.test>", None)
    note = ev.NoteAdded(TIA.address, "Hm.", "<sent@staff.test>")
    history = recorded(make.ticket(), (SENT, other, recall, note), TIA.email)
    assert [r.event for r in still_said(history)] == [other, note]
