"""When somebody who says to be a technician is believed, at sites with and without authentication results."""

import re

import pytest

from maildesk.model import event as ev
from tests.desk import POLICY, Mails, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA, Person

pytestmark = pytest.mark.servers

LEA = {"email": "lea@staff.test", "name": "Lea Roth", "queues": ["general"]}


def notice_of_new(desk: TestDesk) -> Sent:
    return desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")


def nothing_happened(desk: TestDesk) -> None:
    """The ticket stands as Ann opened it."""
    ticket = desk.ticket(1001)
    assert (ticket.status, ticket.priority, ticket.assignee, ticket.tags) == ("new", "P3", None, ())
    assert desk.events(ev.CorrespondenceSent) == []
    assert desk.events(ev.NoteAdded) == []


# ------------------------------------------------------------------ a site whose server authenticates


@pytest.mark.parametrize("text", ["#close\n\nGo away, canary-forged.\n", "Go away, canary-forged.\n"])
def test_forged_technician_is_held_and_the_real_one_warned(any_desk: TestDesk, text: str):
    notice = notice_of_new(any_desk)
    mails = any_desk.deliver(TIA.reply(notice, text), dmarc="fail")

    assert any_desk.outcomes() == ["ticket", "held"]
    assert mails.recipients == ["tia@staff.test"]
    assert "Somebody sent mail in your name" in mails.to("tia@staff.test").text
    nothing_happened(any_desk)
    # The second one within the hour is held in silence.
    assert any_desk.deliver(TIA.reply(notice, text), dmarc="fail").recipients == []
    any_desk.clock.advance(hours=2)
    assert any_desk.deliver(TIA.reply(notice, text), dmarc="fail").recipients == ["tia@staff.test"]


def test_forged_new_mail_of_a_technician_is_held(desk: TestDesk):
    mails = desk.deliver(TIA.write("Hello", "#for ann@customer.test\n\ncanary-forged\n"), dmarc="fail")

    assert desk.outcomes() == ["held"]
    assert mails.recipients == ["tia@staff.test"]


def test_technician_without_proof_is_a_stranger(desk: TestDesk):
    notice_of_new(desk)
    mails = desk.deliver(TIA.write("Re: Printer [#1001]", "#close\n\nDone.\n"))

    nothing_happened(desk)
    assert desk.outcomes() == ["ticket", "ticket"]
    assert "tia@staff.test" in mails.recipients
    assert "ann@customer.test" not in mails.recipients


def test_token_alone_makes_text_wait_and_commands_too(desk: TestDesk):
    notice = notice_of_new(desk)
    mails = desk.deliver(TIA.reply(notice, "We come, canary-pending.\n"))

    assert mails.recipients == ["tia@staff.test"]
    assert [e.text for e in desk.events(ev.CorrespondencePending)] == ["We come, canary-pending."]
    nothing_happened(desk)
    desk.deliver(TIA.reply(notice, "#priority P1\n\ncanary-held\n"))
    assert desk.outcomes() == ["ticket", "follow-up", "held"]
    nothing_happened(desk)


def test_proof_without_token_and_a_number_is_a_note(desk: TestDesk):
    notice_of_new(desk)
    mails = desk.deliver(TIA.write("Re: Printer [#1001]", "I remember this one, canary-note.\n"), dmarc="pass")

    assert [e.text for e in desk.events(ev.NoteAdded)] == ["I remember this one, canary-note."]
    assert "ann@customer.test" not in mails.recipients


def test_proof_without_token_and_commands_is_held(desk: TestDesk):
    notice_of_new(desk)
    mails = desk.deliver(TIA.write("Re: Printer [#1001]", "#close\n\ncanary-held\n"), dmarc="pass")

    assert desk.outcomes() == ["ticket", "held"]
    assert mails.recipients == ["tia@staff.test"]
    nothing_happened(desk)


@pytest.mark.parametrize("sender", ["boss@example.test", "support@example.test", "tia@example.test"])
def test_own_domain_without_pass_is_not_believed(make_desk: MakeDesk, sender: str):
    """Nobody else can have sent it: the site's server would have said pass."""
    inside = {"email": "tia@example.test", "name": "Tia Berg", "queues": ["general"]}
    desk = make_desk(policy={"technicians": [inside, LEA]})
    mails = desk.deliver(Person("Somebody", sender).write("Urgent", "Pay this, canary-invoice.\n"))

    assert desk.outcomes() == ["discarded" if sender == "support@example.test" else "held"]
    assert set(mails.recipients) <= {"tia@example.test"}


def test_own_domain_with_pass_is_anybody(desk: TestDesk):
    desk.deliver(Person("Boss", "boss@example.test").write("Chair", "It squeaks.\n"), dmarc="pass")

    assert desk.outcomes() == ["ticket"]


def test_verdict_below_the_sites_own_hop_is_the_forgers_word(desk: TestDesk):
    notice = notice_of_new(desk)
    forged = TIA.reply(notice, "#close\n\ncanary-forged\n")
    forged["Authentication-Results"] = "mx.example.test; dmarc=pass header.from=staff.test"
    desk.deliver(forged)

    assert desk.outcomes() == ["ticket", "held"]
    nothing_happened(desk)


# ------------------------------------------------------------------ tokens used up


def test_spent_token_still_carries_answers_but_no_commands(any_desk: TestDesk):
    notice = notice_of_new(any_desk)
    any_desk.deliver(TIA.reply(notice, "#priority P1\n"), dmarc="pass")
    mails = any_desk.deliver(TIA.reply(notice, "#priority P5\n\ncanary-late\n"), dmarc="pass")
    assert any_desk.outcomes()[-1] == "held"
    assert any_desk.ticket().priority == "P1"
    assert mails.recipients == ["tia@staff.test"]

    mails = any_desk.deliver(TIA.reply(notice, "We come.\n"), dmarc="pass")
    assert mails.recipients == ["ann@customer.test"]


def test_result_mail_brings_a_fresh_token(desk: TestDesk):
    result = desk.deliver(TIA.reply(notice_of_new(desk), "#priority P1\n"), dmarc="pass").to("tia@staff.test")
    desk.deliver(TIA.reply(result, "#priority P5\n"), dmarc="pass")

    assert desk.ticket().priority == "P5"


def test_old_token_carries_no_commands(desk: TestDesk):
    notice = notice_of_new(desk)
    desk.clock.advance(days=15)
    desk.deliver(TIA.reply(notice, "#priority P1\n\ncanary-late\n"), dmarc="pass")

    assert desk.outcomes() == ["ticket", "held"]
    nothing_happened(desk)


@pytest.mark.parametrize("authenticates", [True, False])
def test_replayed_command_mail_does_nothing(make_desk: MakeDesk, authenticates: bool):
    """Ann reopens in between; the very same words of Tia's, under a new Message-ID, must not close it again."""
    desk = make_desk(authenticates=authenticates)
    notice = notice_of_new(desk)
    closing = "#close\n\nYou are welcome.\n"
    proof = "pass" if authenticates else None
    told = desk.deliver(TIA.reply(notice, closing), dmarc=proof).to("ann@customer.test")
    desk.deliver(ANN.reply(told, "No!\n"))
    assert desk.ticket().status == "open"
    mails = desk.deliver(TIA.reply(notice, closing), dmarc=proof)

    assert desk.outcomes()[-1] == "held"
    assert desk.ticket().status == "open"
    assert mails.recipients == ["tia@staff.test"]


# ------------------------------------------------------------------ a site that authenticates nobody


def test_fresh_token_seen_by_nobody_else_is_enough(plain_desk: TestDesk):
    mails = plain_desk.deliver(TIA.reply(notice_of_new(plain_desk), "#priority P1\n\nWe come.\n"))

    assert plain_desk.ticket().priority == "P1"
    assert mails.recipients == ["ann@customer.test", "tia@staff.test"]


@pytest.mark.parametrize("header", ["Cc", "To"])
def test_token_that_outsiders_received_is_not_enough(plain_desk: TestDesk, header: str):
    answer = TIA.reply(notice_of_new(plain_desk), "We come, canary-copied.\n")
    old = answer["To"]
    del answer["To"]
    answer["To"] = f"{old}, bob@other.test" if header == "To" else old
    if header == "Cc":
        answer["Cc"] = "bob@other.test"
    mails = plain_desk.deliver(answer)

    assert mails.recipients == ["tia@staff.test"]
    assert len(plain_desk.events(ev.CorrespondencePending)) == 1
    nothing_happened(plain_desk)


def test_spent_token_makes_even_answers_wait(plain_desk: TestDesk):
    notice = notice_of_new(plain_desk)
    plain_desk.deliver(TIA.reply(notice, "#tag fuser\n"))
    mails = plain_desk.deliver(TIA.reply(notice, "We come, canary-pending.\n"))

    assert mails.recipients == ["tia@staff.test"]
    assert plain_desk.events(ev.CorrespondenceSent) == []


def test_name_of_a_technician_alone_is_worth_nothing(plain_desk: TestDesk):
    notice_of_new(plain_desk)
    mails = plain_desk.deliver(TIA.write("Re: Printer [#1001]", "#close\n"))

    nothing_happened(plain_desk)
    assert plain_desk.tickets()[-1].claims == 1001
    assert "Somebody sent mail in your name" in "".join(m.text for m in mails if m.recipient == "tia@staff.test")


# ------------------------------------------------------------------ tokens in the wrong hands


def _as_revoked(desk: TestDesk, notice: Sent, text: str) -> Mails:
    desk.change_policy(technicians=[LEA, POLICY["technicians"][1]])
    return desk.deliver(TIA.reply(notice, text), dmarc="pass")


@pytest.mark.parametrize("text", ["Farewell, canary-revoked.\n", "#close\n\nFarewell, canary-revoked.\n"])
def test_revoked_technician_is_an_outsider(any_desk: TestDesk, text: str):
    mails = _as_revoked(any_desk, notice_of_new(any_desk), text)

    nothing_happened(any_desk)
    assert mails.recipients == ["lea@staff.test"]
    assert len(any_desk.events(ev.CorrespondencePending)) == 1


def test_revoked_technicians_absence_notice_marks_nobody(desk: TestDesk):
    notice = notice_of_new(desk)
    desk.change_policy(technicians=[LEA, POLICY["technicians"][1]])
    away = TIA.bare_reply(notice, "Gone for good.\n", subject="Out of office", Auto_Submitted="auto-replied")

    assert desk.deliver(away, dmarc="pass", return_path="").recipients == []
    nothing_happened(desk)


@pytest.mark.parametrize("at_note_address", [False, True])
@pytest.mark.parametrize("who", [ANN, BOB], ids=["requester", "stranger"])
def test_technicians_notice_in_other_hands(desk: TestDesk, who: Person, at_note_address: bool):
    """Somebody forwarded a notice: commands are text, and the token opens nothing."""
    notice = notice_of_new(desk)
    found = re.search(r"internal note write to\s+(\S+)", notice.text)
    assert found is not None
    to = found[1] if at_note_address else ""
    desk.deliver(who.reply(notice, "#close\n#assign ned\n\nLet me in, canary-copy.\n", to=to), dmarc="pass")

    nothing_happened(desk)
    assert [t.number for t in desk.tickets()] == [1001]
    if who is BOB:
        assert len(desk.events(ev.CorrespondencePending)) == 1
