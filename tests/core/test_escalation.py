"""Going to the next level by itself: when, where to, who is told, and each only once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from maildesk.core.decide import decide_timer
from maildesk.core.escalation import REOPENED, UNANSWERED, escalate
from maildesk.core.timer import next_look
from maildesk.model import event as ev
from maildesk.model.clock import Escalation, SlaTarget
from maildesk.model.decision import TimerDecision
from maildesk.model.desk import Desk, Queue, Technician, Vendor
from maildesk.model.level import Priority
from maildesk.model.notice import Audience, Notice, Visibility
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import ANN, NED, NOW, TIA, TOM

LEO = Technician("leo@staff.test", "Leo Lead", ("network",), lead=True)
MIA = Technician("mia@staff.test", "Mia Roth", manager=True)
BEN = Technician("ben@staff.test", "Ben Both", ("general", "network"))
DESK = make.desk(
    queues=(Queue("general", escalates_to="network"), Queue("network", 2, "Acme"), Queue("backbone", 3)),
    technicians=(TIA, TOM, NED, MIA),
    vendors=(Vendor("Acme", "acme.test", lambda _: None, "help@acme.test"),),
    sla=((Priority.P1, SlaTarget(first_response=3600)), (Priority.P2, SlaTarget(first_response=3600))),
    escalation=Escalation(warnings=()),
)
UP = ev.QueueChanged("network", "general")


def urgent(minutes: float = 30, **fields: object) -> Ticket:
    """A ticket of so many minutes that cannot wait."""
    values = {"priority": Priority.P1, "created_at": NOW - timedelta(minutes=minutes), "status": Status.NEW}
    return make.ticket(**(values | fields))


def reopened(times: int = 3, **fields: object) -> Ticket:
    return make.ticket(course=ev.Course((ev.Stay(Status.OPEN, NOW),), times), **fields)


def fold(ticket: Ticket, decision: TimerDecision) -> Ticket:
    for act in decision.acts:
        ticket = evolve(ticket, ev.Recorded(ticket.number, ticket.seq + 1, NOW, act.actor, act.event))
    return ticket


def mails(notices: tuple[Notice, ...]) -> list[tuple[str, str, str]]:
    return [(n.name.value, n.to.address.partition("@")[0], n.reason) for n in notices]


TOLD = [
    ("escalated", "ned", "queue network"),
    ("queue_changed", "tia", "watching"),
    ("queue_changed", "tom", "watching"),
]


@pytest.mark.parametrize(
    ("ticket", "moves"),
    [
        (urgent(30), True),
        (urgent(29), False),
        (urgent(600), True),
        (urgent(30, status=Status.OPEN), True),
        # Somebody has it, or has answered.
        (urgent(30, assignee=TIA.email), False),
        (urgent(30, first_responded_at=NOW), False),
        (urgent(30, status=Status.RESOLVED, resolved_at=NOW), False),
        (urgent(30, merged_into=1043), False),
        (urgent(30, priority=Priority.P2), False),
        # It was sent on once.
        (urgent(30, escalated_for=(UNANSWERED,)), False),
        (urgent(30, escalated_for=(REOPENED,)), True),
        (reopened(3), True),
        (reopened(2), False),
        (reopened(5), True),
        (reopened(3, assignee=TIA.email), True),
        (reopened(3, escalated_for=(REOPENED,)), False),
        (make.resolved(course=ev.Course((ev.Stay(Status.RESOLVED, NOW),), 3)), False),
    ],
)
def test_when_a_ticket_goes_on(ticket: Ticket, moves: bool) -> None:
    decision = decide_timer(ticket, DESK, NOW)
    assert (UP in [act.event for act in decision.acts]) is moves
    assert {n.audience for n in decision.notices} <= {Audience.TECHNICIAN}
    if moves:
        look = next_look(ticket, DESK)
        assert look is not None and look <= NOW
        after = fold(ticket, decision)
        assert decide_timer(after, DESK, NOW + timedelta(days=9)).acts == ()
        assert (after.queue, after.assignee, after.escalators) == ("network", None, ())


def test_who_is_told_and_what_they_read() -> None:
    decision = decide_timer(urgent(30), DESK, NOW)
    assert mails(decision.notices) == TOLD
    sheet, short = decision.notices[:2]
    # Nobody wrote it, so a plain answer is for the requester.
    assert (sheet.visibility, short.visibility) == (Visibility.PUBLIC, Visibility.INTERNAL)
    reason = "nobody answered or took it in 50 % of the time for a first answer to P1"
    assert short.detail == f"escalated: {reason}. You need not do anything"
    told = {a.heading: a.text for a in sheet.answers}
    assert told["Reason"] == reason and told["Symptom"] == "Printer"
    assert told["Steps tried"] == told["Asset"] == "not recorded"
    assert [(line.name, line.because) for line in decision.trace] == [("escalate unanswered", reason)]


@pytest.mark.parametrize(
    ("ticket", "events"),
    [
        (make.ticket(), [UP]),
        (make.ticket(assignee=TIA.email), [UP, ev.Assigned(None), ev.WatchersChanged((TIA.email,))]),
        (make.ticket(assignee=TIA.email, watchers=(TIA.email,)), [UP, ev.Assigned(None)]),
        (make.ticket(assignee=BEN.email, watchers=(TOM.email,)), [UP]),
        (make.ticket(assignee="gone@staff.test"), [UP, ev.Assigned(None)]),
    ],
)
def test_an_owner_reads_along_or_keeps_it(ticket: Ticket, events: list[ev.Event]) -> None:
    desk = replace(DESK, technicians=(*DESK.technicians, BEN))
    found, notices = escalate(ticket, desk, "rule: r@x", "because", now=NOW)
    assert list(found[:-1]) == events
    assert (found[-1].by, found[-1].queue, found[-1].before) == ("rule: r@x", "network", "general")
    working = [BEN.email] if ticket.assignee == BEN.email else [NED.email, BEN.email]
    assert [n.to.address for n in notices if n.name == "escalated"] == working
    assert len({n.to.key for n in notices}) == len(notices)
    assert ANN.address not in {n.to.address for n in notices}


def test_a_rule_may_name_the_queue() -> None:
    events, _ = escalate(make.ticket(), DESK, "rule: r", "because", "backbone", now=NOW)
    assert ev.QueueChanged("backbone", "general") in events
    assert escalate(make.ticket(), DESK, "rule: r", "because", "general", now=NOW) == ((), ())


@pytest.mark.parametrize(
    ("technicians", "queue", "told"),
    [
        # A vendor is never written to; the crew is told what it can do.
        ((TIA, NED, LEO, MIA), "network",
         [("escalated", "ned", "queue network"), ("escalated", "leo", "queue network")]),
        # Nobody is above: lead and manager, else whoever there is.
        ((TIA, MIA, replace(LEO, queues=("backbone",))), "backbone",
         [("escalated", "mia", "manager"), ("escalated", "leo", "lead")]),
        ((TIA, MIA), "backbone", [("escalated", "mia", "manager")]),
        ((TIA, replace(MIA, queues=("general",)), replace(TOM, queues=("backbone",))), "backbone",
         [("escalated", "tom", "queue backbone")]),
    ],
)  # fmt: skip
def test_at_the_last_level(technicians: tuple[Technician, ...], queue: str, told: list[tuple[str, str, str]]) -> None:
    desk, ticket = replace(DESK, technicians=technicians), urgent(30, queue=queue)
    decision = decide_timer(ticket, desk, NOW)
    assert mails(decision.notices) == told
    after = fold(ticket, decision)
    assert (after.queue, after.escalated_for) == (queue, (UNANSWERED,))
    assert decide_timer(after, desk, NOW).acts == ()
    text = decision.notices[0].detail
    assert ("the vendor Acme" in text) is (queue == "network")
    assert ("No queue comes after backbone" in text) is (queue == "backbone")


def test_a_rule_moves_a_ticket_up_and_up_and_cries_once() -> None:
    ticket, seen = make.ticket(), []
    for _ in range(4):
        events, notices = escalate(ticket, DESK, "rule: r", "because", now=NOW)
        seen.append((len(events), len(notices)))
        for event in events:
            ticket = evolve(ticket, ev.Recorded(1042, ticket.seq + 1, NOW, "rule: r", event))
    assert seen == [(2, 3), (1, 1), (0, 0), (0, 0)]


@pytest.mark.parametrize(
    "policy", [Escalation(unanswered=(), reopened=None), Escalation(warnings=(), unanswered=(("P2", 50),), reopened=9)]
)
def test_each_part_can_be_switched_off(policy: Escalation) -> None:
    desk: Desk = replace(DESK, escalation=policy)
    for ticket in (urgent(40, escalated_for=()), reopened(3)):
        assert not any(isinstance(act.event, ev.QueueChanged) for act in decide_timer(ticket, desk, NOW).acts)
