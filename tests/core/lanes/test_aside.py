"""Questions asked aside: who may be asked, what they get, and what their answer is to the ticket."""

import re
from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import Vendor
from maildesk.model.message import Address, Kind
from maildesk.model.notice import Audience, NoticeName, Visibility
from maildesk.model.situation import Candidate, Role, Signal, VendorCase
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, EVE, FAIL, NED, NO_VERDICT, PASS, TIA, TOM

SAM = Address("Sam", "sam@supplier.test")


def aside(recipient: Address = SAM, on: Ticket | None = None) -> Candidate:
    """The token of a question to somebody asked aside."""
    return make.by_token(recipient.address, on=on, audience=Audience.ASIDE, visibility=Visibility.INTERNAL)


def answered(text: str = "Order part 7.", on: Ticket | None = None, sender: Address = SAM, **mail: Any) -> Decision:
    found = mail.pop("found", (aside(on=on),))
    return decide_message(make.situation(make.message(text, sender, **mail), *found), make.desk())


@pytest.mark.parametrize(
    ("text", "question", "files"),
    [
        ("#side sam@supplier.test: Which part?", "Which part?", 0),
        ("#side: sam@supplier.test: Which part?", "Which part?", 0),
        ("#Side <sam@supplier.test> Which part?", "Which part?", 0),
        ("#side sam@supplier.test:\n\nWhich part?\n\nOr two?", "Which part?\n\nOr two?", 1),
        ("#side sam@supplier.test\nWhich part?", "Which part?", 1),
        ("#side Sam <sam@supplier.test>: Which: this or that?", "Which: this or that?", 0),
    ],
)
def test_a_question_goes_to_whom_it_is_for_and_to_nobody_else(text: str, question: str, files: int) -> None:
    sent = make.from_technician(text)
    message = make.changed(sent.message, attachments=(make.file("part.pdf"),) if files else ())
    decision = decide_message(make.changed(sent, message=message), make.desk())
    asked = next(e for e in make.events(decision) if isinstance(e, ev.SideAsked))
    assert (asked.to.address, asked.text, len(asked.attachments)) == (SAM.address, question, files)
    assert "CorrespondenceSent" not in make.names(decision) and "NoteAdded" not in make.names(decision)
    notice = make.notice(decision, NoticeName.SIDE_QUESTION)
    assert (notice.to.address, notice.audience, notice.visibility) == (SAM.address, Audience.ASIDE, Visibility.INTERNAL)
    assert (notice.text, notice.author, notice.delay_seconds) == (question, TIA.address, 60.0)
    assert make.mails(decision) == [("side_question", SAM.address), ("command_result", TIA.email)]


def test_text_below_goes_where_it_would_when_the_question_stands_on_the_line() -> None:
    decision = make.decide(
        "#side sam@supplier.test: Which part?\n\nWe look into it.", make.by_token(on=make.ticket(assignee=TIA.email))
    )
    assert make.mails(decision) == [
        ("correspondence", ANN.address), ("side_question", SAM.address), ("command_result", TIA.email),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("#side", "whom do you want to ask"),
        ("#side Sam: Which part?", "whom do you want to ask"),
        ("#side sam@supplier.test:", "what do you want to ask"),
        ("#side sam@supplier.test", "what do you want to ask"),
        ("#side support@desk.test: Hi", "the desk's own address"),
        ("#side tom@staff.test: Hi", "is a technician"),
        ("#side tia@home.test: Hi", "is a technician"),
        ("#side ann@client.test: Hi", "takes part"),
        ("#side sam@supplier.test: One?\n#side SAM@supplier.test: Two?", "once a mail"),
        ("#reply\n#side sam@supplier.test:\n\nWhich part?", "spoken for"),
        ("#note\n#side sam@supplier.test:\n\nWhich part?", "spoken for"),
    ],
)
def test_questions_that_cannot_be_asked(line: str, why: str) -> None:
    decision = make.decide(line)
    assert (decision.outcome, make.names(decision)) == (Outcome.HELD, ["MailHeld"])
    assert any(why in c.outcome for c in decision.commands if not c.ok)


@pytest.mark.parametrize(
    ("sender", "auth", "found"),
    [
        (Address("Tia", TIA.email), NO_VERDICT, make.by_token()),
        (Address("Tia", TIA.email), FAIL, make.by_token()),
        (Address("Tia", TIA.email), PASS, make.by_token(spent=True)),
        (Address("Tia", TIA.email), PASS, make.by_subject()),
        (ANN, PASS, make.by_token(ANN.address)),
        (EVE, PASS, make.by_token()),
    ],
)
def test_only_a_proven_technician_asks(sender: Address, auth: Any, found: Candidate) -> None:
    mail = make.message("#side sam@supplier.test: Which part?", sender, auth=auth)
    decision = decide_message(make.situation(mail, found), make.desk())
    assert SAM.address not in {n.to.address for n in decision.notices}
    assert "SideAsked" not in make.names(decision)


@pytest.mark.parametrize(
    ("on", "watches"),
    [(make.ticket(), True), (make.ticket(queue="network"), False), (make.ticket(assignee=NED.email), False)],
)
def test_who_asks_is_told_of_the_answer(on: Ticket, watches: bool) -> None:
    """Ned works in the other queue: he watches what he asks about elsewhere."""
    mail = make.message("#side sam@supplier.test: Which part?", Address("Ned", NED.email), auth=PASS)
    decision = decide_message(make.situation(mail, make.by_token(NED.email, on=on)), make.desk())
    added = [e.watchers for e in make.events(decision) if isinstance(e, ev.WatchersChanged)]
    assert added == ([(NED.email,)] if watches else [])


# ------------------------------------------------------------------ the answer


@pytest.mark.parametrize("auth", [PASS, NO_VERDICT])
@pytest.mark.parametrize("signal", [Signal.ADDRESS_TOKEN, Signal.MESSAGE_ID_TOKEN])
def test_an_answer_is_for_technicians_alone(auth: Any, signal: Signal) -> None:
    found = make.changed(aside(), signal=signal)
    decision = answered(auth=auth, found=(found,), attachments=(make.file(),))
    assert make.names(decision) == ["SideAnswered"]
    assert make.mails(decision) == [("side_answer", TIA.email), ("side_answer", TOM.email)]
    assert {n.visibility for n in decision.notices} == {Visibility.INTERNAL}
    assert all(n.attachments for n in decision.notices)
    assert decision.role is Role.STRANGER


@pytest.mark.parametrize(
    "text", ["close", "stop", "status", "add eve@elsewhere.test", "#close", "#approve", "yes", "Thanks!"]
)
@pytest.mark.parametrize(
    "on",
    [make.ticket(), make.ticket(status=Status.WAITING_REQUESTER), make.resolved(), make.closed(3), make.closed(99)],
)
def test_whoever_was_asked_opens_closes_and_learns_nothing(text: str, on: Ticket) -> None:
    decision = answered(text, on, auth=PASS, cc=(EVE,))
    assert make.names(decision) == ["SideAnswered"]
    assert {n.audience for n in decision.notices} == {Audience.TECHNICIAN}


def test_an_answer_ends_waiting_for_others() -> None:
    on = make.ticket(status=Status.WAITING_VENDOR)
    assert make.statuses(answered(on=on)) == ["open"]
    assert make.statuses(answered(on=on, kind=Kind.LIST)) == []


@pytest.mark.parametrize(
    ("sender", "auth", "entry"),
    [
        (EVE, PASS, "CorrespondencePending"),
        (EVE, NO_VERDICT, "CorrespondencePending"),
        (SAM, FAIL, "CorrespondencePending"),
        # The requester's copy of it is nobody's: they say what they say by their own mail.
        (ANN, PASS, "CorrespondenceReceived"),
        (Address("Sam", "SAM@supplier.test"), PASS, "SideAnswered"),
    ],
)
def test_answers_of_others_through_the_same_token(sender: Address, auth: Any, entry: str) -> None:
    assert make.names(answered(sender=sender, auth=auth))[0] == entry


def test_a_participant_who_was_asked_aside_answers_aside() -> None:
    on = make.ticket(participants=(BOB,))
    assert make.names(answered(sender=BOB, found=(aside(BOB, on),), auth=PASS)) == ["SideAnswered"]


def test_an_absence_notice_of_whoever_was_asked_reaches_nobody() -> None:
    decision = answered("I am away.", kind=Kind.AUTO_REPLY, auth=PASS)
    assert (make.names(decision), decision.notices) == (["AutomaticMailReceived"], ())


def test_a_vendors_number_in_the_answer_is_learned() -> None:
    mail = make.message("Order part 7.", SAM, auth=PASS)
    case = VendorCase("Acme", "CASE-4711")
    decision = decide_message(make.situation(mail, aside(), vendor_case=case), make.desk())
    assert make.events(decision)[1:] == [ev.VendorNumberLearned("Acme", "CASE-4711")]


@pytest.mark.parametrize(
    ("sender", "auth", "is_theirs"),
    [
        ("vera@acme.test", PASS, True),
        ("vera@rome.acme.test", PASS, True),
        ("vera@acme.test", NO_VERDICT, False),
        ("vera@acme.test", FAIL, False),
        ("vera@notacme.test", PASS, False),
        ("help@acme.test", NO_VERDICT, True),
    ],
)
def test_anybody_at_a_vendor_answers_for_it(sender: str, auth: Any, is_theirs: bool) -> None:
    vendor = Vendor("Acme", "acme.test", re.compile("CASE-[0-9]+"))
    message = make.message("Order part 7.", Address("Vera", sender), auth=auth)
    found = aside(Address("Acme", "help@acme.test"), make.ticket(status=Status.WAITING_VENDOR))
    decision = decide_message(make.situation(message, found), make.desk(vendors=(vendor,)))
    assert ("SideAnswered" in make.names(decision)) is is_theirs
