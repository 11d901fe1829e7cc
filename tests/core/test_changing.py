"""Rules of phase `change`: what counts as a change, chains of them and where they end, and who is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from maildesk.core.changing import MOST_ROUNDS, Followed, Occurrence, changes_between, follow_changes
from maildesk.model import event as ev
from maildesk.model.decision import Act
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address
from maildesk.model.rule import Change, Finding, Phase, Rule, RuleActions, RuleFacts
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, NED, NOW, TIA

TICKET = make.ticket(awaiting_since=NOW)
TO_NETWORK = (Act(TIA.email, ev.QueueChanged("network", "general")),)


def on(name: str, holds: Callable[[RuleFacts], bool], **actions: Any) -> Rule:
    when = lambda facts: Finding(holds(facts), "as asked")  # noqa: E731
    return Rule(name, when, RuleActions(**actions), phases=(Phase.CHANGE,))


def became(field: str, value: str) -> Callable[[RuleFacts], bool]:
    return lambda facts: any(c.field == field and value in c.after for c in facts.changes)


def follow(*rules: Rule, acts: tuple[Act, ...] = TO_NETWORK, before: Ticket | None = TICKET, **more: Any) -> Followed:
    return follow_changes(Occurrence(before, 1042, acts, NOW, **more), make.desk(rules=rules))


def events(followed: Followed) -> list[tuple[str, ev.Event]]:
    return [(act.actor, act.event) for act in followed.acts]


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"status": Status.RESOLVED}, [("status", ("open",), ("resolved",))]),
        ({"queue": "network"}, [("queue", ("general",), ("network",))]),
        ({"priority": Priority.P1, "impact": Level.HIGH}, [
            ("priority", ("P3",), ("P1",)), ("impact", ("medium",), ("high",))]),
        ({"urgency": Level.LOW}, [("urgency", ("medium",), ("low",))]),
        ({"assignee": TIA.email}, [("assignee", (), (TIA.email,))]),
        ({"tags": ("a",)}, [("tag", (), ("a",))]),
        ({"type": "incident"}, [("type", (), ("incident",))]),
        ({"subject": "Outage"}, [("subject", ("Printer",), ("Outage",))]),
        ({"requester": BOB}, [("requester", (ANN.address,), (BOB.address,))]),
        ({"participants": (BOB,)}, [("participant", (), (BOB.address,))]),
        ({"fields": (("site", "Rome"),)}, [("field.site", (), ("Rome",))]),
        ({"seq": 99, "watchers": ("x",), "links": (1,)}, []),
    ],
)  # fmt: skip
def test_what_is_a_change(fields: dict[str, Any], changes: list[tuple[str, tuple[str, ...], tuple[str, ...]]]) -> None:
    assert changes_between(TICKET, replace(TICKET, **fields)) == tuple(Change(*c) for c in changes)


def test_a_change_makes_a_rule_hit_who_acts_is_known() -> None:
    seen: list[tuple[str, str]] = []
    rule = on("r", lambda f: bool(seen.append((f.actor, f.ticket.queue if f.ticket else "")) or True), tags=("moved",))
    found = follow(rule)
    assert events(found) == [("rule: r", ev.TagsChanged(("moved",)))]
    assert seen == [(TIA.email, "network"), ("rule: r", "network")]
    assert [(h.name, h.hit) for h in found.rules] == [("r", True), ("r", False)]


def test_nothing_happens_without_a_change_or_a_rule_of_this_phase() -> None:
    note = (Act(TIA.email, ev.NoteAdded(TIA.address, "x", None)),)
    assert follow(on("r", lambda _: True, tags=("a",)), acts=note) == Followed()
    assert follow(replace(on("r", lambda _: True, tags=("a",)), phases=(Phase.NEW,))) == Followed()
    assert follow() == Followed()


def test_a_chain() -> None:
    found = follow(
        on("last", became("tag", "b"), priority=Priority.P1),
        on("second", became("tag", "a"), tags=("b",)),
        on("first", became("queue", "network"), tags=("a",)),
    )
    assert [actor for actor, _ in events(found)] == ["rule: first", "rule: second", "rule: last"]


def test_two_rules_that_contradict_each_other_end() -> None:
    found = follow(
        on("there", became("queue", "network"), queue="general"),
        on("back", became("queue", "general"), queue="network"),
    )
    assert [actor for actor, _ in events(found)] == ["rule: there", "rule: back"]
    assert any("not again in one chain of changes" in line.because for line in found.trace)


def test_a_chain_ends_after_so_many_rounds() -> None:
    step = [on(f"r{n}", became("tag", str(n)), tags=(str(n + 1),)) for n in range(20)]
    acts = (Act(TIA.email, ev.TagsChanged(("0",))),)
    found = follow(*step, acts=acts)
    assert len(found.acts) == MOST_ROUNDS
    assert found.trace[-1].because == f"stopped after {MOST_ROUNDS} rounds of rules that change the ticket"


@pytest.mark.parametrize(
    ("acts", "hits"),
    [((), False), ((Act("rule: x", ev.PriorityChanged(Level.HIGH, Level.HIGH, Priority.P1)),), True)],
    ids=["bare", "with a priority"],
)
def test_a_new_ticket_is_compared_with_a_bare_one(acts: tuple[Act, ...], hits: bool) -> None:
    opened = Act(ANN.address, ev.TicketOpened("Printer", ANN, make.SUPPORT, "general"))
    said = Act(ANN.address, ev.CorrespondenceReceived(ANN, "x", "x", None))
    found = follow(on("r", lambda _: True, notify=("boss@x.test",)), acts=(opened, said, *acts), before=None)
    assert [n.to.address for n in found.notices] == (["boss@x.test"] if hits else [])
    if hits:
        assert found.notices[0].detail == "rule 'r': priority P3 → P1; impact medium → high; urgency medium → high"


@pytest.mark.parametrize(
    ("before", "more", "why"),
    [
        (TICKET, {}, ""),
        (TICKET, {"told": frozenset({ANN.key})}, "they get another mail already"),
        (TICKET, {"silence": "kind is list"}, "kind is list"),
        (make.ticket(), {}, "nobody there waits for an answer"),
        (make.ticket(answered_at=NOW), {}, ""),
        (replace(TICKET, requester=Address("", "noreply@x.test")), {}, "noreply@x.test is a machine's"),
    ],
)
def test_who_is_answered(before: Ticket, more: dict[str, Any], why: str) -> None:
    found = follow(on("r", lambda _: True, reply="We moved it."), before=before, **more)
    assert [n.to for n in found.notices] == ([] if why else [ANN])
    assert not why or any(why in line.because for line in found.trace)


def test_whom_a_rule_tells_of_an_owner_learns_no_address() -> None:
    found = follow(
        on("r", became("assignee", TIA.email), notify=("boss@x.test",)), acts=(Act(NED.email, ev.Assigned(TIA.email)),)
    )
    assert found.notices[0].detail == "rule 'r': assignee none → Tia Berg"


@pytest.mark.parametrize(("answered", "echo"), [(None, False), (NOW, True)])
def test_words_of_somebody_nobody_ever_answered_are_not_sent_on(answered: datetime | None, echo: bool) -> None:
    found = follow(on("r", lambda _: True, reply="We moved it."), before=replace(TICKET, answered_at=answered))
    assert [n.echo for n in found.notices] == [echo]


def test_nobody_is_answered_by_a_change_of_a_new_ticket() -> None:
    acts = (Act(ANN.address, ev.TicketOpened("Printer", ANN, make.SUPPORT, "general")), *TO_NETWORK)
    assert follow(on("r", lambda _: True, reply="x"), acts=acts, before=None).notices == ()


def test_the_absent_get_nothing() -> None:
    assert follow(on("r", lambda _: True, assign=NED.email), away=frozenset({NED.email})).acts == ()
