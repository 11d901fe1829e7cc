"""The ticket as the fold of its history."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.model import event as ev
from maildesk.model.clock import Clock
from maildesk.model.level import Level, Priority, matrix
from maildesk.model.message import Address
from maildesk.model.ticket import REMEMBERED_IDS, Firing, Status, Ticket, evolve
from tests.make import ANN, BOB, EVE, NOW, SUPPORT, TIA

OPENED = ev.TicketOpened("Printer", ANN, SUPPORT, "general", claims=7, language="en")


def history(*events: ev.Event) -> tuple[ev.Recorded, ...]:
    return tuple(ev.Recorded(1042, seq, NOW + timedelta(hours=seq), "x", event) for seq, event in enumerate(events, 1))


def fold(*events: ev.Event) -> Ticket:
    ticket: Ticket | None = None
    for recorded in history(OPENED, *events):
        ticket = evolve(ticket, recorded)
    assert ticket is not None
    return ticket


def received(message_id: str | None = "<a@x>") -> ev.CorrespondenceReceived:
    return ev.CorrespondenceReceived(ANN, "text", "text", message_id)


SENT = ev.CorrespondenceSent(TIA.address, "text", "<tech@staff.test>")
THEN, LATER = NOW + timedelta(hours=2), NOW + timedelta(days=5)
WARNED = ev.DeadlineWarned(Clock.RESOLUTION, 75, NOW)
BEEN = ev.Course((ev.Stay("open", NOW),), 2, 1)


def course(*then: str) -> ev.Course:
    """Where a ticket has been that was opened an hour before, and got another status after that."""
    return ev.Course((ev.Stay("new", NOW + timedelta(hours=1)), *(ev.Stay(status, THEN) for status in then)))


#: Every event with what it does to the row; an empty dict: it is only kept.
FOLDED: list[tuple[ev.Event, dict[str, Any]]] = [
    (received(), {"first_message_id": "<a@x>", "message_ids": ("<a@x>",), "requester_wrote_at": THEN,
        "awaiting_since": THEN}),
    (received(None), {"requester_wrote_at": THEN, "awaiting_since": THEN}),
    (replace(received(None), wants_answer=False), {"requester_wrote_at": THEN}),
    (ev.MailQueued("acknowledgement", ANN.address, "<b@x>"), {"first_message_id": "<b@x>", "message_ids": ("<b@x>",)}),
    # A technician's own Message-ID is not part of the public thread.
    (SENT, {"first_responded_at": THEN, "answered_at": THEN}),
    (ev.CorrespondencePending(EVE, "text", "why", "<p@x>"), {}),
    (ev.NoteAdded(TIA.address, "text", "<n@x>"), {}),
    (ev.AutomaticMailReceived(ANN, "away", "<o@x>", "auto-reply"), {}),
    (ev.StatusChanged("open", "new"), {"status": Status.OPEN, "course": course("open")}),
    (ev.StatusChanged("resolved", "new", LATER), {
        "status": Status.RESOLVED, "resolved_at": THEN, "close_due_at": LATER, "course": course("resolved")}),
    (ev.StatusChanged("closed", "new"), {
        "status": Status.CLOSED, "resolved_at": THEN, "closed_at": THEN, "course": course("closed")}),
    (ev.StatusChanged("open", "new", course=BEEN), {"status": Status.OPEN, "course": BEEN}),
    (ev.PriorityChanged(Level.HIGH, Level.LOW, Priority.P1), {
        "impact": Level.HIGH, "urgency": Level.LOW, "priority": Priority.P1}),
    (ev.DeadlinesSet(NOW, LATER), {"first_response_due_at": NOW, "resolution_due_at": LATER}),
    (ev.DeadlinesSet(None, None, NOW, THEN, LATER), {
        "next_response_due_at": NOW, "update_due_at": THEN, "next_deadline_at": LATER}),
    (WARNED, {"warned": (WARNED,)}),
    (ev.RequesterReminded(1), {"course": replace(course(), reminders=1, reminded_at=THEN)}),
    (ev.PromiseWarned(LATER, passed=False), {"promise_warnings": 1}),
    (ev.PromiseWarned(LATER, passed=True), {"promise_warnings": 2}),
    (ev.VendorChased(), {"chased_at": THEN}),
    (ev.Escalated(TIA.email, "network", "general", "why"), {"escalators": (TIA.email,)}),
    (ev.Escalated("unanswered", "network", "general", "why"), {"escalated_for": ("unanswered",)}),
    (ev.Escalated("rule: a@b", "general", "general", "why"), {"escalated_for": ("rule: a@b",)}),
    (ev.Escalated("rule: a@b", "network", "general", "why"), {}),
    (ev.EscalatorsChanged((TIA.email,)), {"escalators": (TIA.email,)}),
    (ev.RuleFired("r", 1), {"fired": (Firing("r", THEN, 1),)}),
    (ev.FieldsChanged((("site", "Rome"),)), {"fields": (("site", "Rome"),)}),
    (ev.Assigned(TIA.email), {"assignee": TIA.email}),
    (ev.Assigned(None), {}),
    (ev.QueueChanged("network", "general"), {"queue": "network"}),
    (ev.TagsChanged(("a",)), {"tags": ("a",)}),
    (ev.TypeChanged("incident"), {"type": "incident"}),
    (ev.SubjectChanged("Fuse", "Printer"), {"subject": "Fuse"}),
    (ev.ParticipantAdded(BOB), {"participants": (BOB,)}),
    (ev.ParticipantAdded(Address("", "ANN@client.test")), {}),
    (ev.ResolutionRecorded("a", "b", "c"), {}),
    (ev.ChecklistSet(("a",)), {"checklist": ("a",)}),
    (ev.MailHeld(EVE, "why", "<h@x>"), {}),
    (ev.DeliveryFailed(ANN.address, "5.1.1", "no", "<b@x>"), {}),
    (ev.DeliveryDelayed(ANN.address, "4.1.1", "later", "<b@x>"), {}),
    (ev.Merged(1001), {"merged_into": 1001}),
    (ev.VendorNumberLearned("acme", "C-77"), {}),
    (ev.ParticipantRemoved(BOB), {}),
    (ev.ParticipantProposed(BOB, ANN), {"proposed": (BOB,)}),
    (ev.PendingSettled(3, approved=True), {}),
    (ev.RequesterChanged(BOB, ANN), {"requester": BOB}),
    (ev.UpdatesMuted("Ann@client.test", muted=True), {"muted": ("ann@client.test",)}),
    (ev.UpdatesMuted("ann@client.test", muted=False), {}),
    (ev.WatchersChanged((TIA.email,)), {"watchers": (TIA.email,)}),
    (ev.LinksChanged((7,)), {"links": (7,)}),
    (ev.SnoozeSet(LATER), {"snoozed_until": LATER}),
    (ev.DueSet(LATER), {"due_at": LATER}),
    (ev.ReminderSent(LATER), {"reminded_of": LATER}),
    (ev.ExpectedSet(LATER), {"expected_at": LATER, "promised_at": THEN}),
    (ev.ExpectedSet(LATER, NOW, 1), {"expected_at": LATER, "promised_at": NOW, "promise_warnings": 1}),
    (ev.ExpectedSet(None), {}),
    (ev.TimeLogged(TIA.email, 900), {"time_seconds": 900}),
    (ev.ChannelSet("phone"), {"channel": "phone"}),
    (ev.StepsDone((1,)), {"steps_done": (1,)}),
    (ev.SideAsked(EVE, TIA.address, "text", "<s@x>"), {}),
    (ev.SideAnswered(EVE, "text", "<s@x>"), {}),
    (ev.CorrespondenceRecalled(TIA.address, "<s@x>", LATER), {"first_responded_at": LATER}),
    (ev.Undone(("status",)), {}),
    (ev.Unmerged(7), {}),
]  # fmt: skip


@pytest.mark.parametrize(("event", "fields"), FOLDED, ids=lambda v: type(v).__name__ if not isinstance(v, dict) else "")
def test_what_each_event_does(event: ev.Event, fields: dict[str, Any]) -> None:
    before, after = fold(), fold(event)
    fields = {"seq": 2, "updated_at": NOW + timedelta(hours=2)} | fields
    assert {
        name: getattr(after, name) for name in Ticket.__slots__ if getattr(after, name) != getattr(before, name)
    } == (fields)


@pytest.mark.parametrize(
    ("events", "stays", "reopened"),
    [
        ((), ["new"], 0),
        ((("open", 1), ("waiting-requester", 2)), ["new", "open", "waiting-requester"], 0),
        # What has lasted no time leaves no trace, and what goes on is one stay.
        ((("open", 1), ("waiting-requester", 1), ("open", 1)), ["new", "open"], 0),
        ((("open", 1), ("waiting-vendor", 2), ("open", 2), ("resolved", 3)), ["new", "open", "resolved"], 0),
        ((("resolved", 1), ("open", 2), ("closed", 3), ("open", 4)), ["new", "resolved", "open", "closed", "open"], 2),
    ],
)
def test_where_a_ticket_has_been(events: tuple[tuple[str, int], ...], stays: list[str], reopened: int) -> None:
    ticket = fold()
    for number, (status, hour) in enumerate(events, 2):
        event = ev.StatusChanged(status, ticket.status)
        ticket = evolve(ticket, ev.Recorded(1042, number, NOW + timedelta(hours=1 + hour), "x", event))
    assert [stay.status for stay in ticket.stays] == stays
    assert ticket.course.reopened == reopened


def test_the_requesters_word_is_remembered_while_the_ticket_waits_for_it() -> None:
    ticket = fold(ev.StatusChanged("waiting-requester", "new"), received(), received())
    assert ticket.stays[-1].answered_at == NOW + timedelta(hours=3)


def test_a_rule_is_remembered_by_its_last_hit_and_a_days_mails() -> None:
    ticket = fold(ev.RuleFired("quiet"), ev.RuleFired("loud", 1), ev.RuleFired("quiet"), ev.RuleFired("loud", 1))
    assert [(f.rule, (f.at - NOW).seconds // 3600) for f in ticket.fired] == [("loud", 3), ("quiet", 4), ("loud", 5)]


def test_every_event_is_in_the_table() -> None:
    assert {type(event).__name__ for event, _ in FOLDED} | {"TicketOpened"} == set(ev.EVENTS)


@pytest.mark.parametrize("event", [event for event, _ in FOLDED])
def test_a_history_begins_with_the_opening(event: ev.Event) -> None:
    with pytest.raises(ValueError, match="not TicketOpened"):
        evolve(None, history(event)[0])


def test_a_ticket_is_opened_once() -> None:
    with pytest.raises(ValueError, match="opened once"):
        evolve(fold(SENT), ev.Recorded(1042, 3, NOW, "x", OPENED))


def test_a_replayed_history_gives_the_same_ticket() -> None:
    events = tuple(event for event, _ in FOLDED)
    assert fold(*events) == fold(*events)
    assert fold(*events).seq == len(events) + 1


def test_the_first_answer_counts_and_reopening_forgets_the_end() -> None:
    twice = fold(SENT, SENT)
    assert twice.first_responded_at == NOW + timedelta(hours=2)
    opened = fold(ev.StatusChanged("resolved", "new", LATER), ev.StatusChanged("closed", "resolved"), received(),
                  ev.StatusChanged("open", "closed"))  # fmt: skip
    assert (opened.resolved_at, opened.closed_at, opened.close_due_at, opened.next_deadline_at) == (None,) * 4


def test_closing_keeps_the_time_of_resolution() -> None:
    ticket = fold(ev.StatusChanged("resolved", "new", LATER), ev.StatusChanged("closed", "resolved"))
    assert (ticket.resolved_at, ticket.closed_at) == (NOW + timedelta(hours=2), NOW + timedelta(hours=3))


def test_the_first_id_is_remembered_whatever_comes_after_it() -> None:
    ids = [f"<{n}@x>" for n in range(40)]
    ticket = fold(*(received(i) for i in ids), received(ids[-1]))
    assert (ticket.first_message_id, ticket.message_ids) == (ids[0], tuple(ids[-REMEMBERED_IDS:]))


@pytest.mark.parametrize(
    ("address", "expected"), [("ann@client.test", True), ("BOB@Client.Test", True), ("eve@elsewhere.test", False)]
)
def test_who_takes_part(address: str, expected: bool) -> None:
    assert fold(ev.ParticipantAdded(BOB)).takes_part(address) is expected


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [("H", "H", 1), ("H", "M", 2), ("M", "H", 2), ("H", "L", 3), ("M", "M", 3), ("L", "H", 3), ("M", "L", 4),
     ("L", "M", 4), ("L", "L", 5)],
)  # fmt: skip
def test_the_matrix(impact: str, urgency: str, priority: int) -> None:
    level = {"H": Level.HIGH, "M": Level.MEDIUM, "L": Level.LOW}
    assert matrix(level[impact], level[urgency]) is Priority(f"P{priority}")
