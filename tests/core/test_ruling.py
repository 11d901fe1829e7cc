"""What each action of a rule does to a ticket, and what it leaves alone."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.core.ruling import WISHES, Grounds, Ruling, carry_out, is_over_limit
from maildesk.model import event as ev
from maildesk.model.desk import Cap, Group, Queue
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address
from maildesk.model.rule import Ahead, RuleActions, RuleVerdict, SecondTicket
from maildesk.model.ticket import Firing, Status, Ticket
from maildesk.rules.actions import ACTIONS, names_set
from tests import make
from tests.make import ANN, BOB, NED, NOW, TIA, TOM

DESK = make.desk(calendars=(make.calendar(make.WEEKDAYS, "UTC"),))
TICKET = make.ticket(awaiting_since=NOW, tags=("old",), watchers=(TOM.email,), fields=(("floor", "2"),))
OTHER = make.ticket(1001, subject="Scanner", links=(7,))
SYSTEM = Address("maildesk", "")

#: Actions that the lanes carry out, where a mail is.
BY_LANES = {"requester", "template", "acknowledge", "hold", "reject", "discard", "accept"}


def asked(firm: bool = False, **actions: Any) -> RuleVerdict:
    said = RuleActions(**actions)
    names = names_set(said)
    return RuleVerdict(said, tuple((name, "r") for name in names), (), firm=names if firm else ())


def ruled(verdict: RuleVerdict, ticket: Ticket = TICKET, **grounds: Any) -> Ruling:
    values: dict[str, Any] = {"text": "It smokes.", "others": (OTHER,), "next_number": 1050}
    return carry_out(verdict, ticket, Grounds(DESK, NOW, **(values | grounds)))


def events(ruling: Ruling) -> list[ev.Event]:
    assert {act.actor for act in ruling.acts} <= {"rule: r"}
    return [act.event for act in ruling.acts]


CASES: list[tuple[dict[str, Any], list[ev.Event]]] = [
    ({"impact": Level.HIGH}, [ev.PriorityChanged(
        Level.HIGH, Level.MEDIUM, Priority.P2, "impact high (r) × urgency medium (default)")]),
    ({"impact": Level.MEDIUM}, []),
    ({"urgency": Level.LOW}, [ev.PriorityChanged(
        Level.MEDIUM, Level.LOW, Priority.P4, "impact medium (default) × urgency low (r)")]),
    ({"priority": Priority.P1}, [
        ev.PriorityChanged(Level.MEDIUM, Level.MEDIUM, Priority.P1, "set by rule 'r'")]),
    ({"priority": Priority.P3}, []),
    ({"queue": "network"}, [ev.QueueChanged("network", "general")]),
    ({"queue": "general"}, []),
    ({"assign": TIA.aliases[0]}, [ev.Assigned(TIA.email)]),
    ({"assign": "gone@staff.test"}, []),
    ({"tags": ("new", "old")}, [ev.TagsChanged(("old", "new"))]),
    ({"tags": ("old",)}, []),
    ({"untag": ("old", "never")}, [ev.TagsChanged(())]),
    ({"untag": ("never",)}, []),
    ({"type": "incident"}, [ev.TypeChanged("incident")]),
    ({"subject": "Outage"}, [ev.SubjectChanged("Outage", "Printer")]),
    ({"subject": "Printer"}, []),
    ({"status": "waiting-vendor"}, [ev.StatusChanged(Status.WAITING_VENDOR, Status.OPEN)]),
    ({"status": "open"}, []),
    ({"fields": (("site", "Rome"),)}, [ev.FieldsChanged((("floor", "2"), ("site", "Rome")))]),
    ({"fields": (("floor", "2"),)}, []),
    ({"cc": (BOB.address, ANN.address, make.SUPPORT)}, [ev.ParticipantAdded(Address("", BOB.address))]),
    ({"watch": (NED.email, TOM.email)}, [ev.WatchersChanged((TOM.email, NED.email))]),
    ({"watch": (TOM.email,)}, []),
    ({"checklist": ("Call",)}, [ev.ChecklistSet(("Call",))]),
    ({"note": ("Call first.", "Then wait.")}, [
        ev.NoteAdded(SYSTEM, "Call first.", None), ev.NoteAdded(SYSTEM, "Then wait.", None)]),
    ({"due": Ahead(3600.0)}, [ev.DueSet(NOW + timedelta(hours=1))]),
    # It is noon, and the day ends at five: five hours of work end tomorrow at nine.
    ({"due": Ahead(6 * 3600.0, working=True)}, [ev.DueSet(NOW + timedelta(hours=22))]),
    ({"snooze": Ahead(86400.0)}, [
        ev.StatusChanged(Status.SCHEDULED, Status.OPEN), ev.SnoozeSet(NOW + timedelta(days=1))]),
    ({"link": "1001"}, [ev.LinksChanged((1001,))]),
    ({"link": "999"}, []),
    ({"also": (SecondTicket("Order a laptop"),)}, [ev.LinksChanged((1050,))]),
    ({"reply": "We know."}, [ev.NoteAdded(SYSTEM, "The requester was told:\n\nWe know.", None), ev.RuleFired("r", 1)]),
    ({"notify": ("boss@x.test", "vp@x.test")}, [ev.RuleFired("r", 2)]),
]  # fmt: skip


@pytest.mark.parametrize(("actions", "expected"), CASES, ids=lambda case: str(case)[:50])
def test_action(actions: dict[str, Any], expected: list[ev.Event]) -> None:
    assert events(ruled(asked(**actions))) == expected


def test_every_action_is_carried_out_somewhere_and_has_its_case() -> None:
    names = {action.name for action in ACTIONS}
    assert {name for name, _ in WISHES} | BY_LANES | {"impact", "urgency"} == names
    assert {name for actions, _ in CASES for name in actions} | {"escalate"} | BY_LANES == names
    assert names | {"late", "caught"} == {field.name for field in fields(RuleActions)}


@pytest.mark.parametrize(("to", "queue"), [("", "network"), ("network", "network")])
def test_escalation(to: str, queue: str) -> None:
    ruling = ruled(asked(escalate=to))
    assert ruling.ticket.queue == queue
    moved = next(e for e in events(ruling) if isinstance(e, ev.Escalated))
    assert (moved.by, moved.reason) == ("rule: r", "rule 'r'")
    assert NED.email in {n.to.address for n in ruling.notices}


def test_acts_see_those_before_them() -> None:
    ruling = ruled(asked(queue="network", escalate="network", tags=("a",), untag=("a",), watch=(TIA.email,)))
    assert ruling.ticket.tags == ("old",)
    assert not any(isinstance(e, ev.Escalated) for e in events(ruling)), "it is there already"


# ------------------------------------------------------------------ what a person set


@pytest.mark.parametrize(
    ("actions", "kept", "changed"),
    [
        ({"queue": "network"}, "queue", {}),
        ({"assign": TIA.email}, "assignee", {}),
        ({"priority": Priority.P1}, "priority", {}),
        ({"impact": Level.HIGH}, "urgency", {}),
        ({"type": "incident"}, "type", {}),
        ({"subject": "Outage"}, "subject", {}),
        ({"tags": ("x",)}, "tag:x", {}),
        ({"untag": ("old",)}, "tag:old", {}),
        ({"cc": (BOB.address,)}, "participant:bob@client.test", {}),
        ({"watch": (NED.email,)}, f"watcher:{NED.email}", {}),
        ({"due": Ahead(60.0)}, "due_at", {}),
        ({"snooze": Ahead(60.0)}, "snoozed_until", {}),
    ],
)
def test_what_a_person_set_stays_unless_the_rule_is_for_just_this(
    actions: dict[str, Any], kept: str, changed: dict[str, Any]
) -> None:
    ticket = replace(TICKET, kept=(kept,), **changed)
    left = ruled(asked(**actions), ticket)
    assert events(left) == []
    assert "left alone" in left.trace[0].because
    assert events(ruled(asked(firm=True, **actions), ticket)) != []


def test_other_tags_than_those_a_person_touched_are_set() -> None:
    ruling = ruled(asked(tags=("x", "y")), replace(TICKET, kept=("tag:x",)))
    assert ruling.ticket.tags == ("old", "y")


def test_an_absent_technician_gets_nothing() -> None:
    ruling = ruled(asked(assign=TIA.email), away=frozenset({TIA.email}))
    assert (events(ruling), ruling.trace[0].because) == ([], f"rule 'r': {TIA.email} is away")


# ------------------------------------------------------------------ other tickets


def test_a_link_ties_both_tickets() -> None:
    (aside,) = ruled(asked(link="1001")).asides
    assert (aside.ticket, [a.event for a in aside.acts]) == (1001, [ev.LinksChanged((7, 1042))])


def test_further_tickets_are_linked_and_their_text_is_internal() -> None:
    second = (SecondTicket("Order a laptop", "network", "For Bob."), SecondTicket("Make a badge"))
    ruling = ruled(asked(also=second), next_number=1050)
    assert ruling.ticket.links == (1050, 1051)
    first, other = ruling.asides
    assert [a.event for a in first.acts] == [
        ev.TicketOpened("Order a laptop", ANN, make.SUPPORT, "network"),
        ev.NoteAdded(SYSTEM, "For Bob.", None),
        ev.LinksChanged((1042,)),
    ]
    assert [n.to.address for n in first.notices] == [NED.email]
    assert {n.visibility.value for n in (*first.notices, *other.notices)} == {"internal"}


def test_numbers_follow_that_of_a_ticket_that_is_only_about_to_be_opened() -> None:
    draft = make.ticket(1050)
    assert ruled(asked(also=(SecondTicket("x"),)), draft, opens=True).ticket.links == (1051,)


# ------------------------------------------------------------------ mail


@pytest.mark.parametrize(
    ("ticket", "grounds", "why"),
    [
        (TICKET, {"silence": "kind is list"}, "kind is list"),
        (TICKET, {"told": frozenset({ANN.key})}, "they get another mail already"),
        (replace(TICKET, muted=(ANN.key,)), {}, "wants no news"),
        (replace(TICKET, requester=Address("", "noreply@client.test")), {}, "is a machine's"),
        (replace(TICKET, requester=Address("x", "")), {}, "nobody is known"),
    ],
)
def test_a_reply_is_not_sent(ticket: Ticket, grounds: dict[str, Any], why: str) -> None:
    ruling = ruled(asked(reply="We know."), ticket, **grounds)
    assert (ruling.acts, ruling.notices) == ((), ())
    assert why in ruling.trace[0].because


def test_a_stranger_gets_no_text_of_their_own_back() -> None:
    verdict = asked(reply="We know of Rome.")
    caught = replace(verdict, actions=replace(verdict.actions, caught=("reply",)))
    assert ruled(caught, echo=False).notices == ()
    assert [n.echo for n in ruled(verdict, echo=False).notices] == [False]
    assert [n.text for n in ruled(caught).notices] == ["We know of Rome."]


@pytest.mark.parametrize(
    ("sent", "ago", "replies", "notified"),
    [(0, 1, 1, 3), (8, 1, 1, 1), (9, 1, 1, 0), (10, 1, 0, 0), (10, 25, 1, 3)],
)
def test_rules_send_so_many_mails_on_one_ticket_a_day(sent: int, ago: int, replies: int, notified: int) -> None:
    ticket = replace(TICKET, fired=(Firing("other", NOW - timedelta(hours=ago), sent),))
    ruling = ruled(asked(reply="We know.", notify=("a@x.test", "b@x.test", "c@x.test")), ticket)
    names = [n.name.value for n in ruling.notices]
    assert (names.count("rule_reply"), names.count("rule_notice")) == (replies, notified)
    assert any(map(is_over_limit, ruling.trace)) == (replies + notified < 4)
    assert sum(f.mails for f in ruling.ticket.fired if f.rule == "r") == replies + notified


@pytest.mark.parametrize(("cap", "count"), [(None, 30), (Cap(0, 60), 0)])
def test_the_limit_can_be_turned(cap: Cap | None, count: int) -> None:
    desk = make.changed(DESK, rule_mail=cap)
    verdict = asked(notify=tuple(f"a{n}@x.test" for n in range(30)))
    assert len(carry_out(verdict, TICKET, Grounds(desk, NOW)).notices) == count


def test_a_queue_without_a_next_level_calls_for_help_once() -> None:
    desk = make.changed(DESK, queues=(Queue("general"), Queue("network", 2)))
    first = carry_out(asked(escalate=""), replace(TICKET, queue="network"), Grounds(desk, NOW))
    again = carry_out(asked(escalate=""), first.ticket, Grounds(desk, NOW))
    assert len(first.notices) >= 1
    assert again.notices == ()


def test_working_hours_are_those_of_whoever_works_for_the_requester() -> None:
    desk = make.desk(calendars=DESK.calendars, groups=(Group("board", (ANN.key,), calendar="always"),))
    ruling = carry_out(asked(due=Ahead(6 * 3600.0, working=True)), TICKET, Grounds(desk, NOW))
    assert events(ruling) == [ev.DueSet(NOW + timedelta(hours=6))]
