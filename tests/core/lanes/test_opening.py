"""First mail: the ticket it opens, what rules make of it, and who is acknowledged."""

from datetime import timedelta
from typing import Any

import pytest

from maildesk.core.conclude import conclude
from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.clock import SlaTarget
from maildesk.model.decided import Outcome
from maildesk.model.desk import AcknowledgementCaps, Cap
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address, Kind
from maildesk.model.notice import Audience, NoticeName
from maildesk.model.rule import Finding, Rule, RuleActions
from maildesk.model.situation import RecentMail
from tests import make
from tests.make import ANN, BOB, EVE, NED, NO_VERDICT, NOW, PASS, SUPPORT, TIA, TOM

DESK = make.desk()


# ------------------------------------------------------------------ new tickets


def test_a_first_mail_opens_a_ticket_is_acknowledged_and_shown_to_its_queue() -> None:
    decision = make.first(auth=PASS)
    assert decision.outcome is Outcome.TICKET
    assert make.names(decision) == ["TicketOpened", "CorrespondenceReceived"]
    assert sorted(make.mails(decision)) == [
        ("acknowledgement", ANN.address), ("ticket_opened", TIA.email), ("ticket_opened", TOM.email),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"to": (Address("", "help@desk.test"),)}, "help@desk.test"),
        ({"to": (Address("", "HELP+rtoken@desk.test"),)}, "help@desk.test"),
        ({"to": (EVE,), "cc": (Address("", "help@desk.test"),)}, "help@desk.test"),
        ({"to": (EVE,), "delivered_to": ("help@desk.test",)}, "help@desk.test"),
        ({"to": (Address("", "it+info+rtoken@desk.test"),)}, "it+info@desk.test"),
        ({"to": (EVE,)}, SUPPORT),
    ],
)
def test_answers_come_from_the_address_they_wrote_to(fields: dict[str, Any], expected: str) -> None:
    mailbox = make.changed(DESK.mailboxes[0], aliases=("help@desk.test", "it+info@desk.test"))
    decision = make.first(**fields, on_desk=make.desk(mailboxes=(mailbox,)))
    assert make.events(decision)[0].mailbox == expected  # type: ignore[union-attr]


@pytest.mark.parametrize(("subject", "kept"), [("", "(no subject)"), ("  ", "(no subject)"), ("x" * 300, "x" * 250)])
def test_the_subject_of_a_ticket(subject: str, kept: str) -> None:
    assert make.events(make.first(subject=subject))[0].subject == kept  # type: ignore[union-attr]


def test_rules_set_priority_queue_owner_and_whom_else_to_tell() -> None:
    rule = make.rule(
        "Outage", impact=Level.HIGH, urgency=Level.HIGH, queue="network", assign=NED.email, tags=("outage",),
        notify=("boss@client.test", SUPPORT), cc=(BOB.address,),
    )  # fmt: skip
    decision = make.first(auth=PASS, on_desk=make.desk(rules=(rule,)))
    found = {type(e).__name__: e for e in make.events(decision)}
    assert found["PriorityChanged"].priority is Priority.P1  # type: ignore[union-attr]
    assert found["QueueChanged"] == ev.QueueChanged("network", "general")
    assert {a.actor for a in decision.acts} == {ANN.address, "rule: Outage"}
    assert sorted(make.mails(decision)) == [
        ("acknowledgement", ANN.address), ("rule_notice", "boss@client.test"), ("ticket_opened", NED.email),
    ]  # fmt: skip
    assert "Outage" in decision.reason


@pytest.mark.parametrize(
    ("priority", "hours"), [(None, 8), (Priority.P1, 1), (Priority.P4, None)], ids=["default", "by rule", "no target"]
)
def test_the_deadlines_of_a_new_ticket_follow_its_priority(priority: Priority | None, hours: int | None) -> None:
    targets = ((Priority.P1, SlaTarget(resolution=3600.0)), (Priority.P3, SlaTarget(resolution=8 * 3600.0)))
    rules = (make.rule(priority=priority),) if priority else ()
    decision = make.first(on_desk=make.desk(sla=targets, rules=rules))
    concluded = conclude(None, 1001, decision.acts, make.desk(sla=targets), NOW)
    due = [act.event.resolution_due_at for act in concluded if isinstance(act.event, ev.DeadlinesSet)]
    assert due == ([NOW + timedelta(hours=hours)] if hours else [])


def test_a_rule_does_not_assign_to_somebody_away_but_still_tells_them() -> None:
    decision = make.first(on_desk=make.desk(rules=(make.rule(assign=TIA.email),)), away=frozenset({TIA.email}))
    assert "Assigned" not in make.names(decision)
    assert ("ticket_opened", TIA.email) in make.mails(decision)


@pytest.mark.parametrize(
    ("action", "outcome"), [({"hold": "looks odd"}, Outcome.HELD), ({"discard": "spam"}, Outcome.DISCARDED)]
)
def test_a_rule_may_hold_or_discard_and_the_reason_names_it(action: dict[str, str], outcome: Outcome) -> None:
    decision = make.first(on_desk=make.desk(rules=(make.rule("Gate", **action),)))
    assert (decision.outcome, decision.acts, decision.notices) == (outcome, (), ())
    assert "Gate" in decision.reason


# ------------------------------------------------------------------ acknowledgements


@pytest.mark.parametrize(
    ("fields", "echo"),
    [
        ({"auth": PASS}, True),
        ({"auth": NO_VERDICT, "known_sender": True}, True),
        # A stranger without proof gets none of their own text back.
        ({"auth": NO_VERDICT}, False),
        ({"auth": PASS, "kind": Kind.LIST}, None),
        ({"auth": PASS, "kind": Kind.ALERT}, None),
        ({"auth": PASS, "unanswerable": "the return path is null"}, None),
        ({"auth": PASS, "recent": RecentMail(acknowledgements_to_sender=3)}, None),
        ({"auth": PASS, "recent": RecentMail(acknowledgements_to_sender=2)}, True),
        ({"auth": NO_VERDICT, "recent": RecentMail(acknowledgements_unproven=100)}, None),
        ({"auth": NO_VERDICT, "recent": RecentMail(acknowledgements_unproven=99)}, False),
        ({"auth": PASS, "recent": RecentMail(acknowledgements_unproven=100)}, True),
        ({"auth": NO_VERDICT, "known_sender": True, "recent": RecentMail(acknowledgements_unproven=100)}, True),
    ],
)
def test_who_is_acknowledged_and_how(fields: dict[str, Any], echo: bool | None) -> None:
    acks = [n for n in make.first(**fields).notices if n.name is NoticeName.ACKNOWLEDGEMENT]
    assert [(n.to.address, n.echo) for n in acks] == ([] if echo is None else [(ANN.address, echo)])


@pytest.mark.parametrize(
    ("caps", "expected"),
    [
        (AcknowledgementCaps(per_address=None), False),
        (AcknowledgementCaps(unproven=None), False),
        (AcknowledgementCaps(per_address=None, unproven=None), True),
        (AcknowledgementCaps(per_address=None, unproven=None, per_ticket=0), False),
        (AcknowledgementCaps(per_address=Cap(1000, 60), unproven=Cap(1000, 60)), True),
    ],
)
def test_caps_and_lifting_them(caps: AcknowledgementCaps, expected: bool) -> None:
    many = RecentMail(acknowledgements_to_sender=500, acknowledgements_unproven=500)
    told = make.mails(make.first(on_desk=make.desk(acknowledgements=caps), recent=many))
    assert (("acknowledgement", ANN.address) in told) is expected


def test_a_rule_may_silence_the_acknowledgement_but_not_the_queue() -> None:
    decision = make.first(auth=PASS, on_desk=make.desk(rules=(make.rule(acknowledge=False),)))
    assert [name for name, _ in make.mails(decision)] == ["ticket_opened", "ticket_opened"]


def test_an_unproven_stranger_gets_the_plain_template_only() -> None:
    desk = make.desk(rules=(make.rule(template="welcome"),))
    ack = NoticeName.ACKNOWLEDGEMENT
    assert make.notice(make.first(auth=PASS, on_desk=desk), ack).template == "welcome"
    assert make.notice(make.first(auth=NO_VERDICT, on_desk=desk), ack).template is None


@pytest.mark.parametrize("text", ["More smoke.", "Thanks!"])
def test_a_follow_up_is_never_acknowledged(text: str) -> None:
    assert {n.audience for n in make.anns(text).notices} == {Audience.TECHNICIAN}


# ------------------------------------------------------------------ threading


def test_a_claim_opens_a_new_ticket_and_shows_technicians_what_it_claims() -> None:
    mail = make.message(sender=EVE, auth=PASS, subject="Re: Printer [#1042]")
    decision = decide_message(make.situation(mail, make.by_subject()), DESK)
    assert make.events(decision)[0].claims == 1042  # type: ignore[union-attr]
    assert all("1042" in n.detail for n in decision.notices if n.name is NoticeName.TICKET_OPENED)
    assert "1042" not in make.notice(decision, NoticeName.ACKNOWLEDGEMENT).detail


def test_the_strongest_signal_that_holds_decides() -> None:
    mine, others = make.ticket(2, requester=EVE), make.ticket(1)
    mail = make.message(sender=EVE, auth=PASS)
    decision = decide_message(make.situation(mail, make.by_id(others), make.by_subject(mine)), DESK)
    assert (decision.ticket, decision.match and decision.match.ticket.number) == (2, 2)


@pytest.mark.parametrize(("misses", "told", "more"), [(0, 1, 0), (25, 26, 0), (26, 26, 1), (500, 26, 475)])
def test_of_very_many_rules_that_miss_the_last_are_only_named(misses: int, told: int, more: int) -> None:
    quiet = tuple(Rule(f"quiet {n}", lambda _: Finding(False, "no"), RuleActions()) for n in range(misses))
    trace = make.first(on_desk=make.desk(rules=(*quiet, make.rule("loud", tags=("x",))))).trace
    lines = [line for line in trace if line.step == "rule"]
    assert (len(lines), lines[-1].name, lines[-1].hit) == (told, "loud", True)
    named = [line for line in trace if line.step == "rules"]
    assert [line.name for line in named] == ([f"{more} more missed"] if more else [])
    assert all(f"quiet {n}" in named[0].because for n in range(25, misses) if named)
