"""One mail about several tickets: which one the text is for, and one mail to each address all the same."""

from dataclasses import replace
from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.situation import Vouch
from tests import make
from tests.make import ANN, BOB, NED, TIA, TOM

#: Ann's, like the one that is answered; Bob's.
CHAIR = make.ticket(1043, subject="Chair")
MOUSE = make.ticket(1044, subject="Mouse", requester=BOB)


def answer(text: str, **fields: Any) -> Decision:
    """Tia's answer to a notice on ticket 1042."""
    return make.decide(text, named=(CHAIR, MOUSE), **fields)


def fresh(text: str, **fields: Any) -> Decision:
    """A mail of Tia's that answers none, confirmed."""
    mail = make.from_technician(text, named=(CHAIR, MOUSE), vouched=Vouch.CONFIRMED, **fields)
    return decide_message(replace(mail, candidates=()), make.desk())


def by_ticket(decision: Decision) -> dict[int | None, list[str]]:
    """The names of all events, by ticket."""
    found = {decision.ticket: make.names(decision)}
    return found | {a.ticket: [type(act.event).__name__ for act in a.acts] for a in decision.asides}


def told(decision: Decision) -> list[tuple[str, str]]:
    return [*make.mails(decision), *((n.name.value, n.to.address) for a in decision.asides for n in a.notices)]


# ------------------------------------------------------------------ lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#tag a\n#ticket 1044\n#tag b", {1042: ["TagsChanged"], 1044: ["TagsChanged"]}),
        ("#ticket 1044\n#tag b\n#ticket 1042\n#tag a", {1042: ["TagsChanged"], 1044: ["TagsChanged"]}),
        ("#ticket 1044\n#mine\n#ticket 1043\n#mine", {1042: [], 1044: ["Assigned"], 1043: ["Assigned"]}),
        ("#link 1044", {1042: ["LinksChanged"], 1044: ["LinksChanged"]}),
        # Text belongs to the ticket that is answered.
        ("#ticket 1044\n#mine\n\nHello.", {1042: ["CorrespondenceSent", "Assigned"], 1044: ["Assigned"]}),
        ("#note\n#ticket 1044\n#close\n\nHm.", {1042: ["NoteAdded"], 1044: ["StatusChanged"]}),
    ],
)
def test_lines_act_on_the_ticket_named_above_them(text: str, expected: dict[int, list[str]]) -> None:
    decision = answer(text)
    assert decision.outcome is Outcome.FOLLOW_UP
    assert by_ticket(decision) == expected


def test_a_later_line_sees_what_an_earlier_one_did_to_its_ticket() -> None:
    decision = answer("#ticket 1044\n#tag a\n#ticket 1042\n#tag x\n#ticket 1044\n#tag b")
    (aside,) = decision.asides
    assert aside.acts[-1].event == ev.TagsChanged(("a", "b"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#ticket 7\n#mine", "there is no ticket 7"),
        ("#ticket 1044\n#ask\n\nWhich floor?", "belongs to ticket 1042"),
        ("#ticket 1044\n#reply Your password is x.", "belongs to ticket 1042"),
        ("#ticket 1044\n#note He lies.", "belongs to ticket 1042"),
        ("#ticket 1044\n#bcc-note ned\n\nSecret.", "belongs to ticket 1042"),
        ("#ticket 1044\n#escalate\n\nSecret.", "belongs to ticket 1042"),
        ("#ticket 1044\n#spam\n\nSecret.", "belongs to ticket 1042"),
        ("#ticket 1044\n#split\n\nSecret.", "belongs to ticket 1042"),
        # Ann would get two mails.
        ("#close\n#ticket 1043\n#close", "Ann Ames gets one mail at most"),
        ("#ticket 1043\n#close\n\nHello.", "Ann Ames gets one mail at most"),
        ("#ticket 1044\n#cc ann@client.test\n#ticket 1043\n#close", "gets one mail at most"),
    ],
)
def test_what_does_not_go_together_holds_the_mail(text: str, why: str) -> None:
    decision = answer(text, next_number=1050)
    assert (decision.outcome, decision.asides) == (Outcome.HELD, ())
    assert make.mails(decision) == [("command_rejected", TIA.email)]
    refused = [r for r in make.notice(decision, NoticeName.COMMAND_REJECTED).results if not r.ok]
    assert any(why in r.outcome for r in refused), refused


# ------------------------------------------------------------------ mails


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#close\n#ticket 1044\n#close", [
            ("resolved", ANN.address), ("command_result", TIA.email), ("resolved", BOB.address)]),
        ("#mine\n#ticket 1044\n#mine", [("taken", TOM.email), ("command_result", TIA.email)]),
        ("#queue network\n#ticket 1044\n#assign ned", [
            ("queue_changed", NED.email), ("command_result", TIA.email), ("taken", TOM.email)]),
        ("#ticket 1043\n#tag x\n\nHello.", [
            ("correspondence", ANN.address), ("taken", TOM.email), ("command_result", TIA.email)]),
    ],
)  # fmt: skip
def test_each_address_gets_one_mail(text: str, expected: list[tuple[str, str]]) -> None:
    assert told(answer(text)) == expected


def test_a_colleagues_one_mail_names_the_other_tickets() -> None:
    decision = answer("#mine\n#ticket 1044\n#mine\n#ticket 1043\n#mine")
    notice = make.notice(decision, NoticeName.TAKEN)
    assert notice.detail == "The same mail also changed tickets 1044, 1043"


def test_what_somebody_stands_for_runs_and_says_who_was_not_told() -> None:
    decision = answer("#close\n#ticket 1043\n#close", vouched=Vouch.SENT)
    assert [a.ticket for a in decision.asides] == [1043]
    assert told(decision) == [("resolved", ANN.address), ("command_result", TIA.email)]
    assert "ann@client.test was not told of ticket 1043" in make.notice(decision, NoticeName.COMMAND_RESULT).detail


# ------------------------------------------------------------------ a mail that answers none


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#ticket 1044\n#mine", {1044: ["Assigned"]}),
        # Text is a note, unless it says otherwise.
        ("#ticket 1044\n\nHm.", {1044: ["NoteAdded"]}),
        ("#ticket 1044\n#reply\n\nHello.", {1044: ["CorrespondenceSent", "Assigned"]}),
        ("#ticket 1044\n#ask\n\nWhich floor?", {1044: ["StatusChanged", "CorrespondenceSent", "Assigned"]}),
        ("#ticket 1044\n#mine\n#ticket 1043\n#tag x", {1044: ["Assigned"], 1043: ["TagsChanged"]}),
    ],
)
def test_a_mail_that_answers_none_acts_on_the_tickets_it_names(text: str, expected: dict[int, list[str]]) -> None:
    decision = fresh(text)
    assert by_ticket(decision) == expected
    notices = [n for n in decision.notices if n.name is NoticeName.COMMAND_RESULT]
    assert all(n.visibility is Visibility.INTERNAL for n in notices)


def test_text_for_two_tickets_is_nobodys() -> None:
    decision = fresh("#ticket 1044\n#mine\n#ticket 1043\n#mine\n\nSecret.")
    assert (decision.outcome, decision.asides) == (Outcome.HELD, ())
    lines = make.notice(decision, NoticeName.COMMAND_REJECTED).results
    assert [r.ok for r in lines] == [True, True, False, True]
    assert "which ticket is the text for?" in lines[2].outcome


def test_text_for_two_tickets_is_a_note_where_somebody_stands_for_the_mail() -> None:
    mail = make.from_technician("#ticket 1044\n#reply\n#ticket 1043\n#tag x\n\nHm.", named=(CHAIR, MOUSE))
    decision = decide_message(replace(mail, candidates=(), vouched=Vouch.SENT), make.desk())
    assert by_ticket(decision) == {1044: ["NoteAdded"], 1043: ["TagsChanged"]}


def test_without_confirmation_it_does_nothing() -> None:
    mail = make.from_technician("#ticket 1044\n#mine", named=(MOUSE,))
    decision = decide_message(replace(mail, candidates=()), make.desk())
    assert (decision.outcome, decision.asides) == (Outcome.HELD, ())
    assert "Assigned" not in make.names(decision)
