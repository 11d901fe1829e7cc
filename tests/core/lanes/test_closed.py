"""Answers to closed tickets, by the policy of the queue: opened again, a new linked ticket, or refused politely."""

from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model.clock import AnswerToClosed
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import Desk, Queue
from maildesk.model.message import Kind
from maildesk.model.notice import NoticeName
from maildesk.model.situation import RecentMail, Vouch
from maildesk.model.ticket import Ticket
from tests import make
from tests.make import ANN, BOB, TIA

REOPEN, NEW, REFUSE = AnswerToClosed.REOPEN, AnswerToClosed.NEW, AnswerToClosed.REFUSE


def desk(answer: AnswerToClosed, **fields: Any) -> Desk:
    return make.desk(queues=(Queue("general", answer_to_closed=answer), Queue("network")), **fields)


def answered(answer: AnswerToClosed, on: Ticket, text: str = "It smokes again.", **fields: Any) -> Decision:
    """What becomes of Ann's answer through the token of a mail to her."""
    known = {k: fields.pop(k) for k in ("recent", "vouched", "known_sender") if k in fields}
    mail = make.message(text, **fields)
    return decide_message(make.situation(mail, make.by_token(ANN.address, on=on), **known), desk(answer))


@pytest.mark.parametrize(
    ("answer", "on", "outcome", "ticket"),
    [
        (REOPEN, make.closed(29), Outcome.FOLLOW_UP, 1042),
        (REOPEN, make.closed(31), Outcome.TICKET, None),
        (NEW, make.closed(0), Outcome.TICKET, None),
        (NEW, make.closed(31), Outcome.TICKET, None),
        (REFUSE, make.closed(0), Outcome.REJECTED, 1042),
        (REFUSE, make.closed(300), Outcome.REJECTED, 1042),
        # Only what is closed; and only the ticket's own queue counts.
        (NEW, make.resolved(), Outcome.FOLLOW_UP, 1042),
        (REFUSE, make.resolved(), Outcome.FOLLOW_UP, 1042),
        (REFUSE, make.ticket(), Outcome.FOLLOW_UP, 1042),
        (REFUSE, make.closed(3, queue="network"), Outcome.FOLLOW_UP, 1042),
    ],
)
def test_the_queue_says_what_an_answer_does(
    answer: AnswerToClosed, on: Ticket, outcome: Outcome, ticket: int | None
) -> None:
    decision = answered(answer, on)
    assert (decision.outcome, decision.ticket) == (outcome, ticket)
    if outcome is Outcome.TICKET:
        assert make.events(decision)[0].claims == 1042  # type: ignore[union-attr]


def test_a_refused_answer_changes_nothing_and_is_told_once() -> None:
    decision = answered(REFUSE, make.closed(3))
    assert decision.disposition is Disposition.REJECT
    assert decision.acts == ()
    assert make.mails(decision) == [("refused", ANN.address)]
    assert decision.reason == "ticket 1042 is closed, and queue general takes no answers to closed tickets"


@pytest.mark.parametrize("answer", [NEW, REFUSE])
@pytest.mark.parametrize("text", ["Thanks, Ann", "Vielen Dank!", "status"])
def test_thanks_and_questions_of_a_word_are_no_answers(answer: AnswerToClosed, text: str) -> None:
    decision = answered(answer, make.closed(3), text)
    assert decision.outcome is Outcome.FOLLOW_UP
    assert make.statuses(decision) == []


@pytest.mark.parametrize(
    ("fields", "outcome", "mails"),
    [
        # Within the caps of acknowledgements, for people, and for nobody whose domain disowns the mail.
        # Who is not told of a refusal is not refused: nobody would ever hear of what they wrote.
        ({"recent": RecentMail(acknowledgements_to_sender=3)}, Outcome.TICKET, ["ticket_opened", "ticket_opened"]),
        ({"recent": RecentMail(acknowledgements_unproven=100)}, Outcome.TICKET, ["ticket_opened", "ticket_opened"]),
        ({"recent": RecentMail(acknowledgements_unproven=100), "known_sender": True}, Outcome.REJECTED, ["refused"]),
        ({"unanswerable": "no envelope sender"}, Outcome.TICKET, ["ticket_opened", "ticket_opened"]),
        ({"kind": Kind.AUTO_REPLY}, Outcome.FOLLOW_UP, []),
        ({"auth": make.FAIL}, Outcome.FOLLOW_UP, ["pending", "pending"]),
        # An admin's word goes before it.
        ({"vouched": Vouch.ADMIN}, Outcome.FOLLOW_UP, ["follow_up", "follow_up"]),
    ],
    ids=["cap", "cap of strangers", "known", "unanswerable", "machine", "forged", "released"],
)
def test_who_is_refused_and_told(fields: dict[str, Any], outcome: Outcome, mails: list[str]) -> None:
    decision = answered(REFUSE, make.closed(3), **fields)
    assert decision.outcome is outcome
    assert [name for name, _ in make.mails(decision)] == mails


def test_somebody_who_takes_no_part_is_not_told() -> None:
    mail = make.message("Me too.", BOB)
    decision = decide_message(make.situation(mail, make.by_token(ANN.address, on=make.closed(3))), desk(REFUSE))
    assert NoticeName.REFUSED not in [n.name for n in decision.notices]
    assert decision.outcome is Outcome.FOLLOW_UP


def test_a_technician_answers_a_closed_ticket_as_ever() -> None:
    situation = make.from_technician("Done.", make.by_token(TIA.email, on=make.closed(3)))
    assert decide_message(situation, desk(REFUSE)).outcome is Outcome.FOLLOW_UP


def test_a_rule_that_discards_goes_first() -> None:
    situation = make.situation(make.message("x"), make.by_token(ANN.address, on=make.closed(3)))
    rules = (make.rule(discard="spam"),)
    assert decide_message(situation, desk(REFUSE, rules=rules)).outcome is Outcome.DISCARDED


@pytest.mark.parametrize("owner", [None, TIA.email])
def test_others_hear_of_an_answer_while_the_owner_is_away(owner: str | None) -> None:
    situation = make.situation(
        make.message("Still smokes."),
        make.by_token(ANN.address, on=make.ticket(assignee=owner)),
        away=frozenset({TIA.email}),
    )
    decision = decide_message(situation, desk(REOPEN))
    assert {address for _, address in make.mails(decision)} == {"tia@staff.test", "tom@staff.test"}
    assert [("is away" in n.detail) for n in decision.notices] == ([False, True] if owner else [False, False])
