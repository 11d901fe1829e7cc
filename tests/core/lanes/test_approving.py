"""A technician's word about what waits: `yes`, `no`, `#approve` and `#refuse`; texts, and people who were named."""

from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.message import Address
from maildesk.model.notice import NoticeName
from maildesk.model.situation import Deed, Reported, Vouch
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, EVE, NO_VERDICT, NOW, TIA, TOM

CARL = Address("", "carl@other.test")
DORA = Address("", "dora@other.test")


def pending(sender: Address = EVE, text: str = "It was me.", seq: int = 6, on: int = 1042) -> ev.Recorded:
    event = ev.CorrespondencePending(sender, text, "holding a copy", f"<{seq}@elsewhere.test>")
    return ev.Recorded(on, seq, NOW, sender.address, event)


def proposal(person: Address, seq: int = 7) -> ev.Recorded:
    return ev.Recorded(1042, seq, NOW, ANN.address, ev.ParticipantProposed(person, ANN))


def about(*history: ev.Recorded, on: Ticket, name: NoticeName = NoticeName.PENDING) -> Reported:
    """What the notice that is answered tells of."""
    return Reported(3, EVE, Outcome.FOLLOW_UP, NOW, NOW, name, (Deed(on, on, on, history),))


def word(
    text: str,
    *history: ev.Recorded,
    on: Ticket | None = None,
    waiting: tuple[ev.Recorded, ...] | None = None,
    **fields: Any,
) -> Decision:
    """What becomes of Tia's word in answer to the notice of a mail that did this."""
    on = on or make.ticket()
    texts = tuple(r for r in history if isinstance(r.event, ev.CorrespondencePending))
    name = NoticeName.PENDING if texts else NoticeName.JOIN_WANTED
    token = fields.pop("token", {})
    return make.decide(
        text,
        make.by_token(on=on, notice=name, **token),
        reported=about(*history, on=on, name=name),
        waiting=texts if waiting is None else waiting,
        **fields,
    )


def command(text: str, *waiting: ev.Recorded, on: Ticket | None = None, **fields: Any) -> Decision:
    return make.decide(text, make.by_token(on=on), waiting=waiting, **fields)


SETTLED = ["PendingSettled", "CorrespondenceReceived"]


def by_word(approved: bool, said: ev.Recorded, on: Ticket) -> Decision:
    return word("yes" if approved else "no", said, on=on)


def by_command(approved: bool, said: ev.Recorded, on: Ticket) -> Decision:
    return command("#approve" if approved else "#refuse", said, on=on)


@pytest.mark.parametrize("ask", [by_word, by_command])
@pytest.mark.parametrize(
    ("sender", "on", "text", "yes"),
    [
        (EVE, make.ticket(), "It was me.", [*SETTLED, "ParticipantAdded"]),
        (ANN, make.ticket(), "It was me.", SETTLED),
        (EVE, make.ticket(status=Status.WAITING_REQUESTER), "Me.", [*SETTLED, "StatusChanged", "ParticipantAdded"]),
        (EVE, make.resolved(), "It smokes again.", [*SETTLED, "StatusChanged", "ParticipantAdded"]),
        (EVE, make.resolved(), "Thanks!", [*SETTLED, "ParticipantAdded"]),
        (Address("unknown sender", ""), make.ticket(), "It was me.", SETTLED),
    ],
)
def test_a_text_that_waits(ask: Any, sender: Address, on: Ticket, text: str, yes: list[str]) -> None:
    said = pending(sender, text)
    approved, refused = ask(True, said, on), ask(False, said, on)
    assert (make.names(approved), make.names(refused)) == (yes, ["PendingSettled"])
    settled = [e for d in (approved, refused) for e in make.events(d) if isinstance(e, ev.PendingSettled)]
    assert settled == [ev.PendingSettled(6, True), ev.PendingSettled(6, False)]
    received = next(e for e in make.events(approved) if isinstance(e, ev.CorrespondenceReceived))
    assert (received.sender, received.visible_text, received.message_id) == (sender, text, "<6@elsewhere.test>")


@pytest.mark.parametrize("ask", [by_word, by_command])
def test_who_joins_is_told_and_the_word_is_answered(ask: Any) -> None:
    told = [("joined", EVE.address), ("command_result", TIA.email)]
    assert make.mails(ask(True, pending(), make.ticket())) == told
    assert make.mails(ask(False, pending(), make.ticket())) == told[1:]


@pytest.mark.parametrize(
    ("text", "names", "mails"),
    [
        ("yes", ["ParticipantAdded"], [("joined", CARL.address), ("command_result", TIA.email)]),
        ("Yes.", ["ParticipantAdded"], [("joined", CARL.address), ("command_result", TIA.email)]),
        ("no", ["ParticipantRemoved"], [("command_result", TIA.email)]),
        ("yes\n\nHe is fine.", ["ParticipantAdded", "NoteAdded"],
            [("joined", CARL.address), ("note", TOM.email), ("command_result", TIA.email)]),
    ],
)  # fmt: skip
def test_a_colleague_who_was_named(text: str, names: list[str], mails: list[tuple[str, str]]) -> None:
    decision = word(text, proposal(CARL), on=make.ticket(proposed=(CARL, DORA)))
    assert (make.names(decision), make.mails(decision)) == (names, mails)
    assert decision.spends_token == 7


@pytest.mark.parametrize("text", ["yes", "no"])
@pytest.mark.parametrize(
    ("history", "on"),
    [
        ((pending(),), make.ticket()),
        ((proposal(CARL),), make.ticket()),
        ((proposal(CARL),), make.ticket(participants=(CARL,))),
    ],
)
def test_what_was_decided_already_stays_so(text: str, history: tuple[ev.Recorded, ...], on: Ticket) -> None:
    decision = word(text, *history, on=on, waiting=())
    assert (decision.acts, decision.spends_token) == ((), None)
    assert "decided already" in make.notice(decision, NoticeName.COMMAND_REJECTED).detail


def test_the_second_word_is_told_so_although_its_token_is_spent() -> None:
    decision = word("yes", pending(), waiting=(), token={"spent": True})
    assert "decided already" in make.notice(decision, NoticeName.COMMAND_REJECTED).detail


@pytest.mark.parametrize(("auth", "spent"), [(NO_VERDICT, False), (make.PASS, True)])
def test_a_word_without_enough_proof_asks_the_stored_address(auth: Any, spent: bool) -> None:
    decision = word("yes", pending(), auth=auth, token={"spent": spent})
    assert (decision.outcome, make.mails(decision)) == (Outcome.HELD, [("confirmation_wanted", TIA.email)])
    confirmed = word("yes", pending(), auth=auth, token={"spent": spent}, vouched=Vouch.CONFIRMED)
    assert make.names(confirmed) == [*SETTLED, "ParticipantAdded"]


@pytest.mark.parametrize(
    ("line", "proposed", "texts", "names"),
    [
        ("#approve", (CARL,), (), ["ParticipantAdded"]),
        ("#approve carl@other.test", (CARL, DORA), (), ["ParticipantAdded"]),
        ("#approve carl", (CARL, DORA), (), ["ParticipantAdded"]),
        ("#approve all", (CARL, DORA), (), ["ParticipantAdded", "ParticipantAdded"]),
        ("#refuse all", (CARL, DORA), (), ["ParticipantRemoved", "ParticipantRemoved"]),
        ("#approve eve", (CARL,), (pending(),), [*SETTLED, "ParticipantAdded"]),
        ("#approve carl\n#refuse eve", (CARL,), (pending(),), ["ParticipantAdded", "PendingSettled"]),
        ("#approve all", (CARL,), (pending(),), [*SETTLED, "ParticipantAdded", "ParticipantAdded"]),
        ("#approve", (), (pending(seq=9), pending()), [*SETTLED, "ParticipantAdded", *SETTLED]),
    ],
)  # fmt: skip
def test_commands_about_what_waits(line: str, proposed: Any, texts: Any, names: list[str]) -> None:
    assert make.names(command(line, *texts, on=make.ticket(proposed=proposed))) == names


@pytest.mark.parametrize(
    ("line", "proposed", "texts", "why"),
    [
        ("#approve", (), (), "nothing waits"),
        ("#refuse carl", (), (), "nothing waits"),
        ("#approve", (CARL, DORA), (), "several wait: carl@other.test, dora@other.test"),
        ("#approve other", (CARL, DORA), (), "ambiguous"),
        ("#approve bob", (CARL, DORA), (), "none of: carl@other.test, dora@other.test"),
        ("#approve all\n#approve", (CARL,), (pending(),), "nothing waits"),
        ("#approve", (), (pending(TIA.address),), "is a technician's address"),
    ],
)
def test_commands_that_can_do_nothing(line: str, proposed: Any, texts: Any, why: str) -> None:
    decision = command(line, *texts, on=make.ticket(proposed=proposed))
    assert decision.outcome is Outcome.HELD
    assert any(why in c.outcome for c in decision.commands)


def test_a_vendors_text_stays_with_technicians() -> None:
    from maildesk.model.desk import Vendor

    desk = make.desk(vendors=(Vendor("Acme", "elsewhere.test", lambda _: None),))
    decision = command("#approve", pending(), on_desk=desk)
    assert "stays with technicians" in decision.commands[0].outcome


def test_a_text_that_waits_in_a_merged_ticket_is_settled_there_and_said_here() -> None:
    said = pending(on=1041)
    for decision in (word("yes", said), command("#approve", said)):
        assert make.names(decision) == ["CorrespondenceReceived", "ParticipantAdded"]
        (aside,) = decision.asides
        assert (aside.ticket, [a.event for a in aside.acts]) == (1041, [ev.PendingSettled(6, True)])


def test_yes_in_answer_to_an_ordinary_notice_is_text_to_the_requester() -> None:
    decision = make.decide("yes", make.by_token(on=make.ticket(proposed=(CARL,)), notice=NoticeName.FOLLOW_UP))
    assert make.names(decision)[0] == "CorrespondenceSent"


def test_text_below_an_approval_goes_out_to_the_newcomer_too() -> None:
    decision = command("#approve\n\nWelcome both.", on=make.ticket(proposed=(BOB,), assignee=TIA.email))
    assert make.mails(decision) == [
        ("correspondence", ANN.address), ("correspondence", BOB.address), ("command_result", TIA.email),
    ]  # fmt: skip


def test_nobody_but_technicians_decides() -> None:
    on = make.ticket(proposed=(CARL,), participants=(BOB,))
    for sender in (ANN, BOB, EVE):
        for text in ("#approve", "#approve all", "yes"):
            mail = make.message(text, sender, auth=make.PASS)
            decision = decide_message(
                make.situation(mail, make.by_token(sender.address, on=on), waiting=(pending(),)), make.desk()
            )
            assert not {"ParticipantAdded", "PendingSettled"}.intersection(make.names(decision))
