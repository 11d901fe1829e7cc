"""Replay: what other rules would have made of a ticket, of a mail, and of what people did in between."""

from typing import Any

import pytest

from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.desk import Desk
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address, Kind
from maildesk.model.notice import NoticeName
from maildesk.model.rule import Finding, Once, Phase, Rule, RuleActions
from tests import make
from tests.core.replay.archived import NUMBER, Archived

HIGH, LOW, MEDIUM = Level.HIGH, Level.LOW, Level.MEDIUM
BOTH = pytest.mark.parametrize("as_decided", [True, False], ids=["as decided", "two files"])


def desk(*rules: Rule) -> Desk:
    return make.desk(rules=rules)


def on(word: str, name: str = "", *, phases: tuple[Phase, ...] = (Phase.NEW, Phase.FOLLOW_UP), **actions: Any) -> Rule:
    """A rule for mails in whose text a word stands."""
    stop = actions.pop("stop", False)
    return Rule(
        name or word,
        lambda f: Finding(word in f.message.visible_text, f"{'' if word in f.message.visible_text else 'not '}{word}"),
        RuleActions(**actions), stop=stop, phases=phases,
    )  # fmt: skip


OLD = desk(on("smokes", queue="network", tags=("fire",)), on("invoice", impact=LOW))


def differs(archived: Archived, new: Desk, *, as_decided: bool) -> tuple[dict[str, Any], dict[str, Any]] | None:
    found = archived.under(new, as_decided=as_decided)
    return None if found is None else (dict(found.before), dict(found.after))


# ------------------------------------------------------------------ what rules do to a ticket

SMOKES = (on("smokes", queue="network", tags=("fire",)), on("invoice", impact=LOW))


@BOTH
@pytest.mark.parametrize(
    ("new", "before", "after"),
    [
        (SMOKES, None, None),
        (SMOKES[::-1], None, None),
        ((), {"queue": "network", "tags": ("fire",)}, {"queue": "general", "tags": ()}),
        ((on("smokes", queue="network"),), {"tags": ("fire",)}, {"tags": ()}),
        ((on("smokes", queue="network", tags=("fire",), urgency=HIGH),),
            {"urgency": "medium", "priority": "P3"}, {"urgency": "high", "priority": "P2"}),
        ((*SMOKES, on("It", priority=Priority.P1)), {"priority": "P3"}, {"priority": "P1"}),
        ((*SMOKES, on("It", assign=make.NED.email)), {"assignee": None}, {"assignee": make.NED.email}),
        ((*SMOKES, on("It", status="waiting-vendor")), {"status": "new"}, {"status": "waiting-vendor"}),
        ((*SMOKES, on("It", subject="Fire!")), {"subject": "Printer"}, {"subject": "Fire!"}),
        ((*SMOKES, on("It", type="incident")), {"type": ""}, {"type": "incident"}),
        ((*SMOKES, on("It", fields=(("floor", "3"),))), {"fields": ()}, {"fields": ("floor: 3",)}),
        ((*SMOKES, on("It", cc=("boss@client.test",))), {"participants": ()}, {"participants": ("boss@client.test",)}),
        ((*SMOKES, on("It", watch=(make.NED.email,))), {"watchers": ()}, {"watchers": (make.NED.email,)}),
        ((*SMOKES, on("It", checklist=("Look",))), {"checklist": ()}, {"checklist": ("Look",)}),
        ((*SMOKES, on("It", notify=("boss@client.test",))), {"notified": ()}, {"notified": ("boss@client.test",)}),
        # Whoever is told anyway gets no second mail.
        ((*SMOKES, on("It", notify=(make.NED.email,))), None, None),
        ((*SMOKES, on("It", acknowledge=False)), {"acknowledged": True}, {"acknowledged": False}),
        ((*SMOKES, on("It", discard="Away")), {"outcome": "ticket"}, {"outcome": "discarded"}),
        ((*SMOKES, on("It", hold="Odd")), {"outcome": "ticket"}, {"outcome": "held"}),
        ((*SMOKES, on("It", reject="We do not do that")), {"outcome": "ticket"}, {"outcome": "rejected"}),
        # What rules do beside the values of the ticket is not compared.
        ((*SMOKES, on("It", note=("Look at it",))), None, None),
    ],
)  # fmt: skip
def test_one_mail_under_other_rules(new, before, after, as_decided):
    archived = Archived(OLD).receives(known_sender=True)
    expected = None if before is None else (before, after)
    assert differs(archived, desk(*new), as_decided=as_decided) == expected


@BOTH
@pytest.mark.parametrize(
    ("old", "before", "after"),
    [
        ((on("It", acknowledge=False),), {"acknowledged": False}, {"acknowledged": True}),
        ((on("It", notify=("boss@client.test",)),), {"notified": ("boss@client.test",)}, {"notified": ()}),
        ((on("It", cc=("boss@client.test",)),), {"participants": ("boss@client.test",)}, {"participants": ()}),
        ((on("It", priority=Priority.P1),), {"priority": "P1"}, {"priority": "P3"}),
    ],
)
def test_rules_that_are_gone(old, before, after, as_decided):
    archived = Archived(desk(*old)).receives(known_sender=True)
    assert differs(archived, desk(), as_decided=as_decided) == (before, after)


def test_an_acknowledgement_that_a_cap_kept_back_stays_back():
    capped = make.changed(desk(), acknowledgements=make.changed(desk().acknowledgements, per_ticket=0))
    archived = Archived(capped).receives()
    assert archived.under(desk(on("It", acknowledge=True)), as_decided=True) is None


# ------------------------------------------------------------------ what people did stays

MOVED = ev.QueueChanged("general", "network")


@BOTH
@pytest.mark.parametrize(
    ("old", "done", "new", "before", "after"),
    [
        # A technician put it elsewhere, so where rules would have it does not matter.
        ((on("It", queue="network"),), (MOVED,), (), None, None),
        ((), (ev.QueueChanged("network", "general"),), (on("It", queue="general"),), None, None),
        ((), (ev.Assigned(make.TIA.email),), (on("It", assign=make.NED.email),), None, None),
        # They added a tag to that of a rule: theirs alone is left.
        ((on("It", tags=("a",)),), (ev.TagsChanged(("a", "b")),), (), {"tags": ("a", "b")}, {"tags": ("b",)}),
        ((), (ev.TagsChanged(("b",)),), (on("It", tags=("a",)),), {"tags": ("b",)}, {"tags": ("a", "b")}),
        # They took a rule's tag away: it is away under rules that set it, too.
        ((on("It", tags=("a",)),), (ev.TagsChanged(()),), (on("It", tags=("a", "c")),), {"tags": ()}, {"tags": ("c",)}),
        # They chose the urgency; the impact is the rule's.
        ((on("It", impact=HIGH),), (ev.PriorityChanged(HIGH, HIGH, Priority.P1),), (),
            {"impact": "high", "priority": "P1"}, {"impact": "medium", "priority": "P2"}),
        # They chose the priority itself.
        ((on("It", impact=HIGH),), (ev.PriorityChanged(HIGH, MEDIUM, Priority.P4),), (),
            {"impact": "high"}, {"impact": "medium"}),
        ((on("It", fields=(("a", "1"),)),), (ev.FieldsChanged((("a", "1"), ("b", "2"))),), (),
            {"fields": ("a: 1", "b: 2")}, {"fields": ("b: 2",)}),
        ((on("It", watch=(make.NED.email,)),), (ev.WatchersChanged((make.NED.email, make.TOM.email)),), (),
            {"watchers": (make.NED.email, make.TOM.email)}, {"watchers": (make.TOM.email,)}),
        ((on("It", status="waiting-vendor"),), (ev.StatusChanged("resolved", "waiting-vendor"),), (), None, None),
    ],
)  # fmt: skip
def test_what_people_did_stays(old, done, new, before, after, as_decided):
    archived = Archived(desk(*old)).receives().does(*done)
    expected = None if before is None else (before, after)
    assert differs(archived, desk(*new), as_decided=as_decided) == expected


@BOTH
@pytest.mark.parametrize(
    ("new", "before", "after"),
    [("as it was", None, None), ("gone", ("moved",), ()), ("another tag", ("moved",), ("gone",))],
)
def test_what_follows_from_a_change_follows_again(new, before, after, as_decided):
    def moved(tag):
        hit = lambda f: Finding(any(c.field == "queue" for c in f.changes), "queue")  # noqa: E731
        return desk(Rule("c", hit, RuleActions(tags=(tag,)), phases=(Phase.CHANGE,), once=Once.TICKET))

    ruled = (ev.TagsChanged(("moved",)), ev.RuleFired("c"))
    archived = Archived(moved("moved")).receives().does(ev.QueueChanged("network", "general"), ruled=ruled)
    under = {"as it was": moved("moved"), "gone": desk(), "another tag": moved("gone")}[new]
    expected = None if before is None else ({"tags": before}, {"tags": after})
    assert differs(archived, under, as_decided=as_decided) == expected


# ------------------------------------------------------------------ follow-ups


@BOTH
@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ((), (on("worse", urgency=HIGH),),
            {"urgency": "medium", "priority": "P3"}, {"urgency": "high", "priority": "P2"}),
        ((), (on("worse", phases=(Phase.NEW,), urgency=HIGH),), None, None),
        ((), (on("smokes", phases=(Phase.FOLLOW_UP,), queue="network"),), None, None),
        ((), (on("It", phases=(Phase.FOLLOW_UP,), queue="network"),), {"queue": "general"}, {"queue": "network"}),
        ((), (on("worse", hold="Odd"),), {"follow-ups": ("mail 2: follow-up",)}, {"follow-ups": ("mail 2: held",)}),
        ((on("worse", hold="Odd"),), (), {"follow-ups": ("mail 2: held",)}, {"follow-ups": ("mail 2: follow-up",)}),
        ((on("worse", discard="Odd"),), (), {"follow-ups": ("mail 2: discarded",)},
            {"follow-ups": ("mail 2: follow-up",)}),
        ((on("worse", discard="Odd"),), (on("worse", reject="No"),), {"follow-ups": ("mail 2: discarded",)},
            {"follow-ups": ("mail 2: rejected",)}),
        # A mail that was kept from its ticket brings the rules' wishes with it.
        ((on("worse", hold="Odd"),), (on("worse", tags=("late",)),),
            {"follow-ups": ("mail 2: held",), "tags": ()}, {"follow-ups": ("mail 2: follow-up",), "tags": ("late",)}),
    ],
)  # fmt: skip
def test_follow_ups(old, new, before, after, as_decided):
    archived = Archived(desk(*old)).receives().receives("It gets worse.")
    expected = None if before is None else (before, after)
    assert differs(archived, desk(*new), as_decided=as_decided) == expected


@BOTH
def test_an_answer_that_is_let_in_reopens_its_ticket(as_decided):
    resolved = ev.StatusChanged("resolved", "new")
    archived = Archived(desk(on("again", hold="Odd"))).receives().does(resolved).receives("It smokes again.")
    assert differs(archived, desk(), as_decided=as_decided) == (
        {"follow-ups": ("mail 3: held",), "status": "resolved"},
        {"follow-ups": ("mail 3: follow-up",), "status": "open"},
    )


@BOTH
def test_a_rule_that_hits_again_takes_nothing_back_from_people(as_decided):
    old = desk(on("It", queue="network"))
    archived = Archived(old).receives().does(MOVED).receives("It smokes again.")
    assert archived.ticket is not None
    assert archived.ticket.queue == "general"
    assert archived.under(old, as_decided=as_decided) is None
    assert archived.under(desk(), as_decided=as_decided) is None


def test_mail_of_technicians_is_theirs():
    archived = Archived(desk()).receives().does(ev.NoteAdded(make.TIA.address, "It smokes, invoice", None))
    assert archived.under(desk(on("invoice", queue="network")), as_decided=True) is None


def test_what_time_did_stays():
    archived = Archived(desk()).receives().by_time("rule: Old", ev.TagsChanged(("old",)))
    found = archived.under(desk(on("It", tags=("a",))), as_decided=True)
    assert found is not None
    assert (dict(found.before), dict(found.after)) == ({"tags": ("old",)}, {"tags": ("a", "old")})


def test_a_mail_that_cannot_be_read_again_stays_as_it_was():
    archived = Archived(OLD).receives()
    archived.messages.clear()
    assert archived.under(desk(), as_decided=True) is None


def test_mails_before_the_time_looked_at_stay_as_they_were():
    archived = Archived(OLD).receives().receives("An invoice")
    del archived.mails[0], archived.messages[1]
    assert differs(archived, desk(), as_decided=True) == (
        {"priority": "P4", "impact": "low"},
        {"priority": "P3", "impact": "medium"},
    )


def test_a_rule_could_not_assign_who_was_away():
    rules = desk(on("It", assign=make.NED.email))
    archived = Archived(rules).receives(away=frozenset({make.NED.email}))
    assert archived.ticket is not None
    assert archived.ticket.assignee is None
    assert archived.under(rules, as_decided=True) is None


def test_a_form_names_the_requester():
    rules = desk(on("It", requester="reply-to"))
    archived = Archived(desk()).receives(reply_to=(Address("", "joe@client.test"),))
    found = archived.under(rules, as_decided=True)
    assert found is not None
    assert dict(found.after)["requester"] == "joe@client.test"


# ------------------------------------------------------------------ mail without a ticket


@BOTH
@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ((on("It", discard="Away"),), (), "discarded", "ticket"),
        ((on("It", hold="Away"),), (on("It", discard="Away"),), "held", "discarded"),
        ((on("It", reject="No"),), (on("smokes", tags=("x",)),), "rejected", "ticket"),
        ((on("It", discard="Away"),), (on("It", discard="Away for good"),), None, None),
    ],
)
def test_mail_that_opened_no_ticket(old, new, before, after, as_decided):
    found = Archived(desk(*old)).receives().under(desk(*new), as_decided=as_decided)
    if before is None:
        assert found is None
        return
    assert found is not None
    assert (found.ticket, found.subject) == (None, "Printer")
    assert (dict(found.before)["outcome"], dict(found.after)["outcome"]) == (before, after)


def test_a_ticket_that_would_be_opened_is_told_whole():
    found = Archived(desk(on("It", discard="x"))).receives().under(desk(on("It", urgency=HIGH)), as_decided=True)
    assert found is not None
    told = {"outcome": "ticket", "queue": "general", "priority": "P2", "requester": make.ANN.address}
    assert told.items() <= dict(found.after).items()


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        ({"kind": Kind.AUTO_REPLY, "kind_reason": "Auto-Submitted"}, Outcome.TICKET),
        ({"kind": Kind.BOUNCE}, None),
        ({"kind": Kind.OWN}, None),
    ],
)
def test_machines_are_let_in_by_a_rule_alone(fields, after):
    archived = Archived(desk()).receives(**fields)
    found = archived.under(desk(on("It", accept=True)), as_decided=True)
    assert (found and dict(found.after)["outcome"]) == (after and after.value)
    assert archived.under(desk(on("It", tags=("x",))), as_decided=True) is None


# ------------------------------------------------------------------ why


@pytest.mark.parametrize(
    ("new", "as_decided", "because"),
    [
        ((*SMOKES, on("It", "Fire", priority=Priority.P1)), True, "rule 'Fire' hits now: It"),
        ((), True, "rule 'smokes' is gone; it had hit"),
        ((on("fire", "smokes", queue="network", tags=("fire",)),), True, "rule 'smokes' misses now: not fire"),
        ((on("It", "Guard", stop=True), *SMOKES), False,
            "rule 'smokes' is not reached any more, rule 'Guard' stops above it"),
        ((on("smokes", queue="general", tags=("fire",)),), False,
            "rule 'smokes' hits as before and asks for something else: queue"),
    ],
)  # fmt: skip
def test_why_it_differs(new, as_decided, because):
    found = Archived(OLD).receives().under(desk(*new), as_decided=as_decided)
    assert found is not None
    assert found.ticket == NUMBER
    assert f'mail 1 of Wed 4 Mar 2026 13:10, "Printer": {because}' in found.because


def test_why_it_differs_where_the_same_rules_hit():
    found = Archived(OLD).receives().under(desk(on("smokes", queue="general")), as_decided=True)
    assert found is not None
    (because,) = found.because
    assert because == "the same rules hit; what they do, desk.yaml, or something else they go by is not as it was"


def test_whom_a_rule_told_then_is_no_news():
    archived = Archived(desk()).receives(told=((NoticeName.RULE_NOTICE, "boss@client.test"),))
    assert archived.under(desk(on("It", notify=("boss@client.test",))), as_decided=True) is None
