"""Words to the desk: who may ask, what comes of it, and by which one mail it is answered."""

from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.core.notices import tell_public
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import Joining
from maildesk.model.message import Address, Kind
from maildesk.model.notice import NoticeName
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, EVE, FAIL, NO_VERDICT, PASS

DESK = make.desk()
SHARED = make.ticket(participants=(BOB,))
MUTED = make.ticket(muted=(ANN.key,))


def said(text: str, sender: Address = ANN, on: Ticket = SHARED, **fields: Any) -> Decision:
    """What becomes of an answer through the sender's own token."""
    return decide_message(
        make.situation(make.message(text, sender, **fields), make.by_token(sender.address, on=on)), DESK
    )


@pytest.mark.parametrize(
    ("text", "sender", "on", "names", "mails"),
    [
        ("status", ANN, SHARED, [], [("status_report", ANN.address)]),
        ("stop", ANN, SHARED, ["UpdatesMuted"], [("status_report", ANN.address)]),
        ("stop", ANN, MUTED, [], [("status_report", ANN.address)]),
        ("resume", ANN, MUTED, ["UpdatesMuted"], [("status_report", ANN.address)]),
        ("start", ANN, SHARED, [], [("status_report", ANN.address)]),
        ("stop", BOB, SHARED, ["ParticipantRemoved", "UpdatesMuted"], [("left", BOB.address)]),
        ("Unsubscribe", BOB, SHARED, ["ParticipantRemoved", "UpdatesMuted"], [("left", BOB.address)]),
        # Words that are the requester's alone are text when a participant writes them.
        ("status", BOB, SHARED, [], [("follow_up", "tia@staff.test"), ("follow_up", "tom@staff.test")]),
        ("close", BOB, SHARED, [], [("follow_up", "tia@staff.test"), ("follow_up", "tom@staff.test")]),
        ("close", ANN, SHARED, ["StatusChanged"], [("follow_up", "tia@staff.test"), ("follow_up", "tom@staff.test")]),
    ],
)  # fmt: skip
def test_what_a_word_does(
    text: str, sender: Address, on: Ticket, names: list[str], mails: list[tuple[str, str]]
) -> None:
    decision = said(text, sender, on)
    assert make.names(decision) == ["CorrespondenceReceived", *names]
    assert (decision.outcome, make.mails(decision)) == (Outcome.FOLLOW_UP, mails)


@pytest.mark.parametrize("text", ["status", "stop", "resume", "add carl@other.test"])
@pytest.mark.parametrize("on", [make.resolved(), make.closed(99), make.ticket(status=Status.WAITING_REQUESTER)])
def test_a_word_is_no_answer_and_changes_no_status(text: str, on: Ticket) -> None:
    decision = said(text, on=on)
    if text.startswith("add") and on.closed_at:
        assert decision.outcome is Outcome.TICKET  # It is a mail to people then, and long after the end.
    else:
        assert (decision.outcome, make.statuses(decision)) == (Outcome.FOLLOW_UP, [])


@pytest.mark.parametrize("text", ["stop", "add carl@other.test", "resume"])
@pytest.mark.parametrize(
    ("found", "auth", "kind"),
    [
        (make.by_id(), NO_VERDICT, Kind.PERSON),
        (make.by_subject(), PASS, Kind.PERSON),
        (make.by_token(ANN.address), FAIL, Kind.PERSON),
        (make.by_token(ANN.address), PASS, Kind.LIST),
        (make.by_token(BOB.address, on=SHARED), PASS, Kind.PERSON),
    ],
)
def test_a_word_needs_proof_a_reply_and_a_person(text: str, found: Any, auth: Any, kind: Kind) -> None:
    sender = ANN if found.token is None or found.token.recipient == ANN.address else EVE
    decision = decide_message(make.situation(make.message(text, sender, auth=auth, kind=kind), found), DESK)
    assert not {"UpdatesMuted", "ParticipantRemoved", "ParticipantProposed"}.intersection(make.names(decision))
    assert NoticeName.STATUS_REPORT not in {n.name for n in decision.notices}


def test_files_make_a_message_of_a_word() -> None:
    decision = said("stop", attachments=(make.file(),))
    assert make.names(decision) == ["CorrespondenceReceived"]
    assert make.names(said("stop", attachments=(make.file("logo.png", inline=True),))) == [
        "CorrespondenceReceived",
        "UpdatesMuted",
    ]


def test_a_word_is_not_answered_where_nothing_may_be() -> None:
    decision = said("stop", unanswerable="the return path is null")
    assert (make.names(decision), decision.notices) == (["CorrespondenceReceived", "UpdatesMuted"], ())


def test_muted_people_get_nobodys_words_but_the_desks_own() -> None:
    on = make.ticket(participants=(BOB,), muted=(ANN.key,))
    news = tell_public(NoticeName.RESOLVED, DESK, on)
    words = tell_public(NoticeName.RESOLVED, DESK, on, text="Fixed.", author=make.TIA.address)
    assert ([n.to for n in news], [n.to for n in words]) == ([BOB], [ANN, BOB])


def test_a_technicians_silent_close_tells_no_muted_requester() -> None:
    assert make.mails(make.decide("#close", make.by_token(on=MUTED)))[0][0] == "command_result"
    assert ("resolved", ANN.address) in make.mails(make.decide("#close\n\nTry again.", make.by_token(on=MUTED)))


def test_add_asks_the_technicians_and_answers_the_requester() -> None:
    decision = said("add carl@other.test")
    assert make.events(decision)[1:] == [ev.ParticipantProposed(Address("", "carl@other.test"), ANN)]
    assert make.mails(decision) == [
        ("status_report", ANN.address), ("join_wanted", "tia@staff.test"), ("join_wanted", "tom@staff.test"),
    ]  # fmt: skip
    assert (
        make.notice(
            said("add carl@other.test", on=make.ticket(assignee="tia@staff.test")), NoticeName.JOIN_WANTED
        ).detail
        == "carl@other.test"
    )


@pytest.mark.parametrize(
    "who", ["bob@client.test", "tia@staff.test", "support@desk.test", "no-reply@other.test", "ann@client.test"]
)
def test_add_of_somebody_who_needs_no_asking_asks_nobody(who: str) -> None:
    decision = said(f"add {who}")
    assert make.names(decision) == ["CorrespondenceReceived"]
    assert make.mails(decision) == [("status_report", ANN.address)]
    assert make.notice(decision, NoticeName.STATUS_REPORT).detail == ""


@pytest.mark.parametrize("joining", list(Joining))
@pytest.mark.parametrize("who", ["carl@other.test", "carl@client.test"])
def test_whoever_is_only_named_in_the_text_always_waits(who: str, joining: Joining) -> None:
    for text in (f"add {who}", f"add {who}\n\nHe knows more."):
        mail = make.message(text, auth=PASS)
        decision = decide_message(make.situation(mail, make.by_token(ANN.address)), make.desk(joining=joining))
        assert make.names(decision) == ["CorrespondenceReceived", "ParticipantProposed"]


def test_add_with_text_below_is_a_follow_up_that_names_the_colleague() -> None:
    decision = said(
        "add carl@other.test\n\nHe knows more.",
        on=make.ticket(status=Status.WAITING_REQUESTER, assignee="tia@staff.test"),
    )
    assert make.names(decision) == ["CorrespondenceReceived", "StatusChanged", "ParticipantProposed"]
    assert "write #approve" in make.notice(decision, NoticeName.FOLLOW_UP).detail
