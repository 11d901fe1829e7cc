"""Held and quarantined mail, and what an admin does about it on the command line."""

import pytest

from maildesk.intake import MOST_ATTEMPTS, apply_decision
from maildesk.model import event as ev
from tests.desk import RULES, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA

pytestmark = pytest.mark.servers


def held_answer(desk: TestDesk, text: str) -> int:
    """Let a mail in Tia's name fail authentication; return its id in the ledger."""
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    desk.deliver(TIA.reply(notice, text), dmarc="fail")
    assert desk.last().outcome == "held"
    return desk.last().id


def test_released_mail_has_its_effect_once(any_desk: TestDesk):
    mail = held_answer(any_desk, "#priority P1\n\nWe come.\n")
    assert str(mail) in any_desk.cli("held")
    any_desk.cli("release", str(mail))
    any_desk.run_once()

    assert any_desk.outgoing().recipients == ["ann@customer.test", "tia@staff.test"]
    assert any_desk.ticket().priority == "P1"
    assert [e.text for e in any_desk.events(ev.CorrespondenceSent)] == ["We come."]
    assert any_desk.outcomes() == ["ticket", "follow-up"]
    assert any_desk.folder("Held") == []
    any_desk.run_once()
    assert any_desk.outgoing().recipients == []


def test_released_mail_with_a_bad_line_runs_the_good_ones(desk: TestDesk):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    desk.deliver(TIA.reply(notice, "#tag fuser\n#frobnicate\n\nWe come.\n"), dmarc="pass")
    desk.cli("release", str(desk.last().id))
    desk.run_once()

    assert desk.ticket().tags == ("fuser",)
    assert desk.outgoing().recipients == ["ann@customer.test", "tia@staff.test"]


def test_released_stranger_gets_a_ticket(desk: TestDesk):
    assert desk.deliver(BOB.write("Hello", "It smokes.\n"), dmarc="fail").recipients == []
    desk.cli("release", str(desk.last().id))
    desk.run_once()

    assert desk.outcomes() == ["ticket"]
    assert "tia@staff.test" in desk.outgoing().recipients


def test_discarded_mail_stays_without_effect(desk: TestDesk):
    mail = held_answer(desk, "#close\n\ncanary-forged\n")
    desk.cli("discard", str(mail), "--reason", "somebody's joke")
    desk.run_once()

    assert desk.outcomes() == ["ticket", "discarded"]
    assert desk.last().reason == "somebody's joke"
    assert desk.ticket().status == "new"
    assert desk.folder("Held") == []


def test_rule_holds_and_after_its_repair_a_requeue_decides_anew(any_desk: TestDesk):
    any_desk.change_rules("rules:\n  - {name: Too wide, when: {}, then: {hold: looks like spam}}\n")
    assert any_desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").recipients == []
    assert any_desk.outcomes() == ["held"]
    assert "Too wide" in any_desk.last().reason and "looks like spam" in any_desk.last().reason
    any_desk.change_rules(RULES)
    any_desk.cli("requeue", str(any_desk.last().id))
    any_desk.run_once()

    assert any_desk.outcomes() == ["ticket"]
    assert any_desk.outgoing().recipients == ["ann@customer.test", "tia@staff.test"]


def test_rule_discards(desk: TestDesk):
    desk.change_rules("rules:\n  - {name: Lottery, when: {subject: {contains: lottery}}, then: {discard: true}}\n")
    assert desk.deliver(BOB.write("Lottery", "You won!\n")).recipients == []

    assert desk.outcomes() == ["discarded"]
    assert "Lottery" in desk.last().reason


@pytest.mark.parametrize("verb", ["release", "requeue", "discard"])
def test_mail_that_is_not_held_cannot_be_treated_so(desk: TestDesk, verb: str):
    desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    with pytest.raises(AssertionError, match="cannot be"):
        desk.cli(verb, str(desk.last().id))


def test_oversize_mail_is_quarantined_unread(make_desk: MakeDesk):
    desk = make_desk(changes={"max_message": "20 KB"})
    big = ANN.write("Log files", "See there, canary-big.\n")
    big.add_attachment(b"x" * 30_000, "application", "octet-stream", filename="log")
    desk.receive(big, dmarc="pass")
    mails = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")

    assert desk.outcomes() == ["quarantined", "ticket"]
    entry = desk.ledger()[0]
    assert (entry.subject, entry.sender) == ("Log files", "ann@customer.test")
    assert "more than the 20480 that are fetched" in entry.reason or "more than the 20000" in entry.reason
    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]
    assert len(desk.folder("Quarantine")) == 1
    with pytest.raises(AssertionError, match="too large"):
        desk.cli("release", str(entry.id))


def test_poison_mail_is_parked_after_three_attempts_and_stops_nobody(
    any_desk: TestDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    attempts = []

    def choke(tx: object, situation: object, *rest: object, **named: object) -> object:
        if "poison" in situation.message.subject:  # type: ignore[attr-defined]
            attempts.append(1)
            raise ZeroDivisionError("a fault of ours")
        return apply_decision(tx, situation, *rest, **named)  # type: ignore[arg-type]

    any_desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    any_desk.receive(ANN.write("poison", "It chokes.\n"), dmarc="pass")
    any_desk.receive(ANN.write("Screen", "It flickers.\n"), dmarc="pass")
    with monkeypatch.context() as patch:
        patch.setattr("maildesk.intake.apply_decision", choke)
        any_desk.run_once()
    assert len(attempts) == MOST_ATTEMPTS
    assert any_desk.outcomes() == ["ticket", "quarantined", "ticket"]
    assert "failed 3 times" in any_desk.ledger()[1].reason
    assert len(any_desk.folder("Quarantine")) == 1
    assert [t.subject for t in any_desk.tickets()] == ["Printer", "Screen"]
    assert any_desk.outgoing().recipients == ["ann@customer.test"] * 2 + ["tia@staff.test"] * 2

    # Once the fault is repaired, a requeue decides it like any other mail.
    any_desk.cli("requeue", str(any_desk.ledger()[1].id))
    any_desk.run_once()
    assert [t.subject for t in any_desk.tickets()] == ["Printer", "Screen", "poison"]
    assert any_desk.folder("Quarantine") == []
