"""Answers of requesters and participants: status, words to the desk, late answers, rules."""

from dataclasses import replace
from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model.decided import Outcome
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address, Kind
from maildesk.model.notice import Audience, NoticeName, Visibility
from maildesk.model.rule import Finding, RuleFacts
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, FAIL, NED, NO_VERDICT, PASS, SUPPORT, TIA, TOM

DESK = make.desk()


@pytest.mark.parametrize(
    ("on", "text", "expected"),
    [
        (make.ticket(status=Status.NEW), "More smoke.", []),
        (make.ticket(), "More smoke.", []),
        (make.ticket(status=Status.WAITING_REQUESTER), "It is the second one.", ["open"]),
        (make.ticket(status=Status.WAITING_VENDOR), "Any news?", ["open"]),
        (make.ticket(status=Status.SCHEDULED), "Please come earlier.", ["open"]),
        (make.resolved(), "It smokes again.", ["open"]),
        (make.closed(29), "It smokes again.", ["open"]),
        # Thanks alone changes nothing; thanks with more is an answer.
        (make.resolved(), "Thanks!", []),
        (make.closed(29), "Vielen Dank!", []),
        (make.closed(99), "Thanks, Ann", []),
        (make.ticket(status=Status.WAITING_REQUESTER), "Thank you very much", []),
        (make.resolved(), "Thanks, but it still fails", ["open"]),
        # Words to the desk itself.
        (make.ticket(), "close", ["resolved"]),
        (make.ticket(status=Status.WAITING_REQUESTER), "Cancel.", ["resolved"]),
        (make.ticket(), "#CLOSE\n", ["resolved"]),
        (make.resolved(), "close", []),
        (make.closed(99), "close", []),
        (make.resolved(), "status", []),
        (make.ticket(), "Please close the door", []),
        (make.ticket(), "#status closed", []),
        (make.resolved(), "#assign tia\n#close", ["open"]),
    ],
)
def test_what_a_requesters_answer_does_to_the_status(on: Ticket, text: str, expected: list[str]) -> None:
    decision = make.anns(text, on)
    assert (decision.outcome, decision.ticket, make.statuses(decision)) == (Outcome.FOLLOW_UP, 1042, expected)


@pytest.mark.parametrize("text", ["close", "status"])
@pytest.mark.parametrize(
    ("found", "sender", "auth", "works"),
    [
        (make.by_token(ANN.address), ANN, NO_VERDICT, True),
        (make.by_id(), ANN, PASS, True),
        (make.by_id(), ANN, NO_VERDICT, False),
        (make.by_subject(), ANN, PASS, False),
        (make.by_token(BOB.address, on=make.ticket(participants=(BOB,))), BOB, PASS, False),
    ],
)
def test_words_to_the_desk_need_the_requester_and_proof(
    text: str, found: Any, sender: Address, auth: Any, works: bool
) -> None:
    decision = decide_message(make.situation(make.message(text, sender, auth=auth), found), DESK)
    told = NoticeName.STATUS_REPORT in {n.name for n in decision.notices}
    assert (bool(make.statuses(decision)) or told) is works


def test_a_question_for_the_status_is_answered_to_the_requester_alone() -> None:
    assert make.mails(make.anns("Status?", make.resolved())) == [("status_report", ANN.address)]


def test_an_answer_after_thirty_days_opens_a_linked_ticket_under_the_rules_for_new_ones() -> None:
    seen: list[str] = []

    def phase(facts: RuleFacts) -> Finding:
        seen.append(facts.phase)
        return Finding(True, "always")

    rule = replace(make.rule(), when=phase)
    mail = make.message("It smokes again.", auth=PASS)
    found = make.by_token(ANN.address, on=make.closed(31))
    decision = decide_message(make.situation(mail, found, known_sender=True), make.desk(rules=(rule,)))
    assert (decision.outcome, decision.ticket, seen) == (Outcome.TICKET, None, ["new"])
    assert make.events(decision)[0].claims == 1042  # type: ignore[union-attr]
    assert ("acknowledgement", ANN.address) in make.mails(decision)
    assert all("closed too long ago" in n.detail for n in decision.notices if n.name is NoticeName.TICKET_OPENED)


@pytest.mark.parametrize("text", ["#close\n\nPlease.", "#priority P1", "#for eve@elsewhere.test\nHi", "#assign me"])
def test_command_lines_of_a_requester_are_text(text: str) -> None:
    decision = make.anns(text)
    assert make.names(decision) == ["CorrespondenceReceived"]
    assert make.events(decision)[0].visible_text == text  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", [Kind.LIST, Kind.ALERT, Kind.AUTO_REPLY])
@pytest.mark.parametrize("text", ["It smokes again.", "close"])
def test_only_mail_from_a_person_changes_a_status(kind: Kind, text: str) -> None:
    assert make.statuses(make.anns(text, make.resolved(), kind=kind, auth=PASS)) == []


def test_failed_authentication_with_a_token_waits_for_a_technician() -> None:
    decision = make.anns("Send me the password.", make.resolved(), auth=FAIL)
    assert make.names(decision) == ["CorrespondencePending"]
    assert {(n.name, n.audience, n.visibility) for n in decision.notices} == {
        (NoticeName.PENDING, Audience.TECHNICIAN, Visibility.INTERNAL)
    }


def test_a_follow_up_goes_to_the_owner_or_else_to_the_queue_it_is_in_now() -> None:
    assert make.mails(make.anns("Hi.", make.ticket(assignee=NED.email))) == [("follow_up", NED.email)]
    assert make.mails(make.anns("Hi.")) == [("follow_up", TIA.email), ("follow_up", TOM.email)]
    desk = make.desk(rules=(make.rule(queue="network"),))
    mail = make.situation(make.message("Hi."), make.by_token(ANN.address))
    assert make.mails(decide_message(mail, desk)) == [("follow_up", NED.email)]


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ({"impact": Level.MEDIUM, "urgency": Level.MEDIUM}, []),
        ({"priority": Priority.P1, "queue": "general", "assign": "tia@home.test", "tags": ("a",), "type": "fault"}, []),
        ({"status": "open", "cc": (ANN.address, SUPPORT)}, []),
        ({"urgency": Level.HIGH}, ["PriorityChanged"]),
        ({"queue": "network", "tags": ("b",)}, ["QueueChanged", "TagsChanged"]),
        ({"status": "scheduled", "cc": (BOB.address,)}, ["StatusChanged", "ParticipantAdded"]),
    ],
)
def test_a_rule_that_hits_every_follow_up_repeats_nothing(actions: dict[str, Any], expected: list[str]) -> None:
    # A technician set P1 by hand: the medium impact and urgency that a rule gave do not take it back.
    on = make.ticket(priority=Priority.P1, assignee=TIA.email, tags=("a",), type="fault")
    mail = make.situation(make.message("Hi."), make.by_token(ANN.address, on=on))
    decision = decide_message(mail, make.desk(rules=(make.rule(**actions),)))
    assert make.names(decision)[1:] == expected
