"""Rules on mail, lane by lane: what stops a mail, whom a form names, and what a follow-up leaves alone."""

from dataclasses import replace
from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address, Kind
from maildesk.model.notice import Audience, NoticeName
from maildesk.model.rule import MAIL_PHASES, Phase, SecondTicket
from maildesk.model.situation import RecentMail, Vouch
from tests import make
from tests.make import ANN, BOB, EVE, FAIL, NED, NO_VERDICT, PASS, SUPPORT, TIA, TOM

FORM = Address("Web form", "form@site.test")


def ruled(*mail: Any, on: Any = None, rule: dict[str, Any], **fields: Any) -> Decision:
    rules = (make.rule("Rule", **rule),)
    situation = {
        k: fields.pop(k) for k in ("known_sender", "recent", "away", "next_number", "mentioned") if k in fields
    }
    candidates = (make.by_token(ANN.address, on=on),) if on is not None else ()
    message = make.message(*mail, **fields)
    return decide_message(make.situation(message, *candidates, **situation), make.desk(rules=rules))


# ------------------------------------------------------------------ mail that is stopped


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.LIST, Kind.ALERT, Kind.AUTO_REPLY])
def test_what_is_ignored_teaches_and_does_nothing(kind: Kind) -> None:
    found = ruled("Out of office", TIA.address, kind=kind, auth=PASS, rule={"discard": "noise"})
    if kind is Kind.PERSON:
        # Technicians' own mail is not stopped by rules.
        assert found.outcome is Outcome.TICKET
        return
    assert (found.outcome, found.reason) == (Outcome.DISCARDED, "rule 'Rule': noise")
    assert (found.acts, found.notices, found.lessons, found.absences, found.asides) == ((), (), (), (), ())
    anns = ruled("x", ANN, kind=kind, auth=PASS, rule={"discard": "noise"})
    assert (anns.acts, anns.notices, anns.lessons, anns.absences) == ((), (), (), ())


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"auth": PASS}, True),
        ({"auth": NO_VERDICT}, True),
        ({"auth": FAIL}, False),
        ({"kind": Kind.LIST}, False),
        ({"kind": Kind.ALERT}, False),
        ({"kind": Kind.AUTO_REPLY}, False),
        ({"sender": None}, False),
        ({"recent": RecentMail(acknowledgements_to_sender=3)}, False),
        ({"recent": RecentMail(acknowledgements_unproven=100)}, False),
    ],
)
def test_whom_a_rejection_is_told(fields: dict[str, Any], told: bool) -> None:
    sender = fields.pop("sender", ANN)
    found = ruled("x", sender, **fields, rule={"reject": "We take no applications."})
    assert (found.outcome, found.acts, found.lessons) == (Outcome.REJECTED, (), ())
    assert found.reason == "rule 'Rule': We take no applications."
    assert make.mails(found) == ([("refused", ANN.address)] if told else [])
    assert not told or found.notices[0].text == "We take no applications."


def test_a_released_mail_is_not_rejected() -> None:
    assert ruled("x", rule={"reject": "No."}).outcome is Outcome.REJECTED
    desk = make.desk(rules=(make.rule("r", reject="No."),))
    assert decide_message(make.situation(vouched=Vouch.ADMIN), desk).outcome is Outcome.TICKET


def test_an_automatic_answer_opens_a_ticket_where_a_rule_says_so() -> None:
    assert ruled("x", kind=Kind.AUTO_REPLY, rule={"tags": ("a",)}).outcome is Outcome.DISCARDED
    found = ruled("x", kind=Kind.AUTO_REPLY, rule={"accept": True, "tags": ("a",), "reply": "Hello"})
    assert found.outcome is Outcome.TICKET
    assert "TagsChanged" in make.names(found)
    assert {n.audience for n in found.notices} == {Audience.TECHNICIAN}
    for kind in (Kind.BOUNCE, Kind.OWN):
        assert ruled("x", kind=kind, rule={"accept": True}).outcome is Outcome.DISCARDED
    away = ruled("Away", TIA.address, kind=Kind.AUTO_REPLY, auth=PASS, rule={"accept": True})
    assert away.outcome is Outcome.DISCARDED


def test_an_automatic_answer_to_a_mail_of_the_desk_opens_none() -> None:
    # The machine of somebody whom a rule notifies: each of its answers would open a ticket, and tell it anew.
    message = make.message("I am away", Address("", "boss@x.test"), kind=Kind.AUTO_REPLY)
    desk = make.desk(rules=(make.rule("r", accept=True, notify=("boss@x.test",)),))
    named = make.by_id()
    assert decide_message(make.situation(message, named), desk).outcome is Outcome.DISCARDED


# ------------------------------------------------------------------ first mail


def test_the_answer_of_a_rule_takes_the_place_of_the_acknowledgement() -> None:
    found = ruled("x", auth=PASS, rule={"reply": "We know of the outage."})
    assert sorted(make.mails(found)) == [
        ("rule_reply", ANN.address), ("ticket_opened", TIA.email), ("ticket_opened", TOM.email),
    ]  # fmt: skip
    assert not any(isinstance(e, ev.CorrespondenceSent) for e in make.events(found)), "it counts as no answer"
    assert any("takes its place" in line.because for line in found.trace)


@pytest.mark.parametrize(
    ("fields", "echo"),
    [
        ({"auth": PASS}, True),
        ({"auth": NO_VERDICT, "known_sender": True}, True),
        ({"auth": NO_VERDICT}, False),
        ({"kind": Kind.LIST}, None),
        ({"kind": Kind.ALERT}, None),
        ({"recent": RecentMail(acknowledgements_to_sender=3)}, None),
    ],
)
def test_who_gets_the_answer_of_a_rule(fields: dict[str, Any], echo: bool | None) -> None:
    found = ruled("x", **fields, rule={"reply": "We know."})
    assert [n.echo for n in found.notices if n.name is NoticeName.RULE_REPLY] == ([] if echo is None else [echo])


@pytest.mark.parametrize(
    ("fields", "requester"),
    [
        ({"reply_to": (BOB,)}, BOB),
        ({"reply_to": ()}, FORM),
        ({"reply_to": (BOB, EVE)}, FORM),
        ({"reply_to": (Address("", SUPPORT),)}, FORM),
        ({"reply_to": (TIA.address,)}, FORM),
        ({"reply_to": (Address("", "no address"),)}, FORM),
    ],
)
def test_whom_a_form_names(fields: dict[str, Any], requester: Address) -> None:
    found = ruled("x", FORM, auth=PASS, rule={"requester": "reply-to"}, known_sender=True, **fields)
    opened = make.events(found)[0]
    assert isinstance(opened, ev.TicketOpened)
    assert opened.requester == requester
    ack = make.notice(found, NoticeName.ACKNOWLEDGEMENT)
    assert (ack.to, ack.echo) == (requester, requester is FORM)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": Kind.ALERT}, False),
        ({"kind": Kind.ALERT, "acknowledge": True}, True),
        ({"kind": Kind.LIST, "acknowledge": True}, False),
        ({"recent": RecentMail(acknowledgements_to_reply_to=3)}, False),
        ({"recent": RecentMail(acknowledgements_to_sender=3)}, True),
        ({"recent": RecentMail(acknowledgements_unproven=100)}, False),
    ],
)
def test_when_whom_a_form_names_is_answered(fields: dict[str, Any], told: bool) -> None:
    rule = {"requester": "reply-to", "acknowledge": fields.pop("acknowledge", None)}
    found = ruled("x", FORM, auth=PASS, reply_to=(BOB,), rule=rule, **fields)
    assert (("acknowledgement", BOB.address) in make.mails(found)) == told


def test_a_form_that_fails_authentication_is_held() -> None:
    assert ruled("x", FORM, auth=FAIL, reply_to=(BOB,), rule={"requester": "reply-to"}).outcome is Outcome.HELD


def test_rules_of_a_first_mail_do_all_at_once() -> None:
    other = make.ticket(1001)
    also = (SecondTicket("Badge", "network"),)
    rule = {"escalate": "", "also": also, "link": "1001", "watch": (TOM.email,), "snooze": None, "note": ("Call.",)}
    found = ruled("x", auth=PASS, rule=rule, next_number=1050, mentioned=(other,))
    assert {a.ticket for a in found.asides} == {None, 1001}
    assert [e for e in make.events(found) if isinstance(e, ev.LinksChanged)][-1].links == (1001, 1051)
    opened = [n for n in found.notices if n.name is NoticeName.TICKET_OPENED]
    assert {n.to.address for n in opened} == {NED.email, TOM.email}
    assert "escalated by rule Rule. also opened for network: Badge" in opened[0].detail
    assert len({n.to.key for n in found.notices}) == len(found.notices)


# ------------------------------------------------------------------ follow-ups


KEPT = ("assignee", "impact", "priority", "queue", "urgency")
WORKED = make.ticket(queue="network", assignee=NED.email, priority=Priority.P5, kept=KEPT)
WISH = {"queue": "general", "assign": TIA.email, "impact": Level.HIGH, "urgency": Level.HIGH}


def test_a_rule_that_hits_again_does_not_undo_what_people_did() -> None:
    found = ruled("Still broken", on=WORKED, rule=WISH)
    assert make.names(found) == ["CorrespondenceReceived"]
    assert [n.to.address for n in found.notices] == [NED.email]
    left = [line.because for line in found.trace if line.step == "action"]
    assert left == [
        "rule 'Rule': left alone: a person set it since: P5",
        "rule 'Rule': left alone: a person set it since: network, not general",
        f"rule 'Rule': left alone: a person set it since: {NED.email}, not {TIA.email}",
    ]


@pytest.mark.parametrize(("phases", "queue"), [(MAIL_PHASES, "network"), ((Phase.FOLLOW_UP,), "general")])
def test_unless_it_was_written_for_follow_ups(phases: tuple[Phase, ...], queue: str) -> None:
    rule = replace(make.rule("r", **WISH), phases=phases)
    situation = make.situation(make.message("Still broken"), make.by_token(ANN.address, on=WORKED))
    found = decide_message(situation, make.desk(rules=(rule,)))
    moved = [e.queue for e in make.events(found) if isinstance(e, ev.QueueChanged)]
    assert [*moved, "network"][0] == queue


def test_a_list_of_steps_is_not_begun_anew() -> None:
    ticket = make.ticket(checklist=("Call",), steps_done=(1,))
    assert make.names(ruled("x", on=ticket, rule={"checklist": ("Call",)})) == ["CorrespondenceReceived"]


def test_the_requester_is_answered_by_a_rule_on_a_follow_up() -> None:
    found = ruled("x", on=make.ticket(), rule={"reply": "We know."})
    assert ("rule_reply", ANN.address) in make.mails(found)
    assert make.names(found) == ["CorrespondenceReceived", "NoteAdded", "RuleFired"]
