"""An address that takes no mail: nothing is sent there, nothing is lost, and it is back when its owner writes."""

import json

import pytest

from maildesk.adapters.store import OutboxState
from maildesk.adapters.store.reading import OutboxEntry
from maildesk.model import event as ev
from maildesk.model.person import Person
from tests.desk import DESK, Mails, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA
from tests.stories.people import Person as Writer
from tests.stories.reports import report

pytestmark = pytest.mark.servers

TOM = Writer("Tom Tell", "tom@staff.test")
#: What technicians are told when somebody's words were withheld; that the address is dead stands in every mail.
WARNING = "the answer was not sent: mail to ann@customer.test came back on"


def opened(desk: TestDesk) -> Sent:
    """Let Ann open ticket 1001; return what Tia got."""
    return desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")


def answer(desk: TestDesk, notice: Sent, text: str) -> Mails:
    return desk.deliver(TIA.reply(notice, text), dmarc="pass")


def bounce(desk: TestDesk, sent: Sent, status: str = "5.1.1") -> Mails:
    return desk.deliver(report(sent, status, to=sent.mail_from, original="none"), return_path="")


def dead(desk: TestDesk) -> Sent:
    """Let the first answer to Ann come back; return what Tia got about the ticket."""
    notice = opened(desk)
    bounce(desk, answer(desk, notice, "Which floor?\n").to("ann@customer.test"))
    return notice


def words(mail: Sent) -> str:
    return " ".join(mail.text.split())


def rows(desk: TestDesk, state: OutboxState) -> list[OutboxEntry]:
    return [row for row in desk.outbox() if row.state is state]


def person(desk: TestDesk, address: str = "ann@customer.test") -> Person | None:
    with desk.store() as store, store.transaction() as tx:
        return tx.people.find([address]).get(address)


def test_answers_wait_until_the_owner_of_a_dead_address_writes(any_desk: TestDesk):
    notice = dead(any_desk)
    assert (found := person(any_desk)) is not None
    assert found.dead_since is not None

    mails = answer(any_desk, notice, "Still there?\n")
    assert mails.recipients == ["tia@staff.test"]
    warning = mails.to("tia@staff.test")
    assert "did not arrive" in warning.text
    assert "as soon as its owner writes" in " ".join(warning.text.split())
    (held,) = rows(any_desk, OutboxState.HELD)
    assert (held.recipient, held.notice, held.attempts) == ("ann@customer.test", "correspondence", 0)
    assert held.last_reply.startswith("not sent: mail to ann@customer.test came back on ")
    assert "5.1.1" in held.last_reply
    assert [e.status for e in any_desk.events(ev.DeliveryFailed)] == ["5.1.1", "5.1.1"]
    any_desk.clock.advance(days=10)
    any_desk.run_once()
    assert "ann@customer.test" not in any_desk.outgoing().recipients

    mails = any_desk.deliver(ANN.write("Hello?", "Anybody there?\n"), dmarc="pass")
    assert mails.recipients == ["ann@customer.test", "ann@customer.test", "tia@staff.test"]
    released = next(m for m in mails if m.message_id == held.message_id)
    assert "Still there?" in released.text
    assert mails.to("tia@staff.test").text.count("Anybody there?") == 1
    assert person(any_desk) == Person("ann@customer.test", None if found is None else found.language)
    assert rows(any_desk, OutboxState.HELD) == []

    # A reply to the answer that waited finds its ticket, and Ann gets mail as before.
    any_desk.deliver(ANN.reply(released, "Third floor.\n"), dmarc="pass")
    assert any_desk.last().ticket == 1001
    assert answer(any_desk, notice, "On my way.\n").recipients == ["ann@customer.test"]


def test_released_mail_has_its_five_days_before_it_is_given_up(desk: TestDesk):
    notice = dead(desk)
    answer(desk, notice, "Still there?\n")
    desk.clock.advance(days=10)
    desk.sink.fail("RCPT", "450 4.2.1 later", times=3)
    desk.deliver(ANN.write("Hello?", "Anybody there?\n"), dmarc="pass")
    desk.clock.advance(minutes=5)
    desk.run_once()
    assert {row.state for row in desk.outbox() if row.recipient == "ann@customer.test"} == {
        OutboxState.SENT, OutboxState.BOUNCED,
    }  # fmt: skip


def test_automatic_mail_to_a_dead_address_is_withheld_without_a_warning(desk: TestDesk):
    notice = dead(desk)
    mails = desk.deliver(TIA.reply(notice, "#close\n"), dmarc="pass")
    assert mails.recipients == ["tia@staff.test"]
    assert WARNING not in words(mails.to("tia@staff.test"))
    assert [row.notice for row in rows(desk, OutboxState.HELD)] == ["resolved"]
    assert [e.recipient for e in desk.events(ev.DeliveryFailed)] == ["ann@customer.test"] * 2


def test_old_automatic_mail_does_not_leave_any_more(desk: TestDesk):
    dead(desk)
    mails = desk.deliver(TIA.write("Disk", "#for ann@customer.test\n\nA new disk, please.\n"), dmarc="pass")
    assert mails.recipients == ["tia@staff.test"]
    (held,) = rows(desk, OutboxState.HELD)
    assert held.notice == "acknowledgement"
    assert len(desk.deliver(ANN.write("Hello?", "Anybody there?\n"), dmarc="pass")) == 2
    assert [row.id for row in rows(desk, OutboxState.CANCELLED)] == [held.id]


def test_new_text_stands_once_in_the_mail_that_warns(desk: TestDesk):
    notice = dead(desk)
    desk.deliver(TIA.reply(notice, "#assign ned\n"), dmarc="pass")
    mails = answer(desk, notice, "One more thing.\n")
    assert mails.to("ned@staff.test").text.count("One more thing.") == 1


def test_result_mail_carries_the_warning(desk: TestDesk):
    """One incoming mail causes one mail to Tia: the result says as well that her text did not leave."""
    notice = dead(desk)
    mails = desk.deliver(TIA.reply(notice, "#close\n\nDone.\n"), dmarc="pass")
    assert mails.recipients == ["tia@staff.test"]
    result = words(mails.to("tia@staff.test"))
    assert "#close" in result
    assert WARNING in result


def test_owner_and_author_are_told_of_a_withheld_answer(desk: TestDesk):
    notice = dead(desk)
    desk.deliver(TIA.reply(notice, "#queue network\n#assign ned\n"), dmarc="pass")
    mails = answer(desk, notice, "One more thing.\n")
    assert mails.recipients == ["ned@staff.test", "tia@staff.test"]
    for address in mails.recipients:
        assert WARNING in words(mails.to(address))
    assert "One more thing." in mails.to("ned@staff.test").text


def test_others_on_the_ticket_get_their_copy(make_desk: MakeDesk):
    desk = make_desk(rules="rules:\n  - name: Copy\n    when: {phase: new}\n    then: {cc: [bob@other.test]}\n")
    notice = dead(desk)
    assert answer(desk, notice, "Still there?\n").recipients == ["bob@other.test", "tia@staff.test"]


@pytest.mark.parametrize("status", ["5.2.2", "5.7.1", "4.4.7"])
def test_other_failures_silence_nobody(desk: TestDesk, status: str):
    notice = opened(desk)
    bounce(desk, answer(desk, notice, "Which floor?\n").to("ann@customer.test"), status)
    assert answer(desk, notice, "Still there?\n").recipients == ["ann@customer.test"]


@pytest.mark.parametrize("to", [DESK, "support+baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.test"])
def test_forged_report_does_nothing(desk: TestDesk, to: str):
    """Whoever knows neither the bounce address nor the Message-ID of a mail of ours cannot silence its recipient."""
    notice = opened(desk)
    sent = answer(desk, notice, "Which floor?\n").to("ann@customer.test")
    guessed = Sent(sent.mail_from, sent.recipient, sent.raw.replace(sent.message_id.encode(), b"<guess@example.test>"))
    for original in ("none", "full"):
        desk.deliver(report(guessed, "5.1.1", to=to, original=original), return_path="")
    assert desk.last().outcome == "discarded"
    assert (found := person(desk)) is None or found.dead_since is None
    assert answer(desk, notice, "Still there?\n").recipients == ["ann@customer.test"]


def test_report_about_another_address_does_not_kill_ours(desk: TestDesk):
    """A genuine report whose named recipient is not the one we wrote to: the mail was forwarded."""
    notice = opened(desk)
    sent = answer(desk, notice, "Which floor?\n").to("ann@customer.test")
    forwarded = Sent(sent.mail_from, "ann@private.test", sent.raw)
    desk.deliver(report(forwarded, "5.1.1", to=sent.mail_from, original="none"), return_path="")
    assert [e.status for e in desk.events(ev.DeliveryFailed)] == ["5.1.1"]
    assert answer(desk, notice, "Still there?\n").recipients == ["ann@customer.test"]


def test_refusal_by_the_mail_server_kills_as_well(any_desk: TestDesk):
    notice = opened(any_desk)
    any_desk.sink.fail("RCPT", "550 5.1.1 no such user")
    told = answer(any_desk, notice, "Which floor?\n").to("tia@staff.test").text
    assert "until its owner writes" in " ".join(told.split())

    assert answer(any_desk, notice, "Still there?\n").recipients == ["tia@staff.test"]
    mails = any_desk.deliver(ANN.write("Hello?", "Anybody there?\n"), dmarc="pass")
    assert mails.recipients.count("ann@customer.test") == 2


def test_admin_sends_a_withheld_answer_all_the_same(desk: TestDesk):
    notice = dead(desk)
    answer(desk, notice, "Still there?\n")
    (held,) = rows(desk, OutboxState.HELD)
    desk.cli("outbox", "retry", str(held.id))
    desk.run_once()
    assert desk.outgoing().to("ann@customer.test").message_id == held.message_id
    assert answer(desk, notice, "And now?\n").recipients == ["tia@staff.test"]


def test_mail_to_a_technician_whose_address_is_dead_is_withheld_without_a_loop(desk: TestDesk):
    notice = opened(desk)
    # Nobody else is in her queue, so that the lead is told.
    assert bounce(desk, notice).recipients == ["ned@staff.test"]
    assert desk.deliver(BOB.write("Screen", "Black.\n"), dmarc="pass").recipients == [
        "bob@other.test", "ned@staff.test",
    ]  # fmt: skip
    (held,) = rows(desk, OutboxState.HELD)
    assert (held.recipient, held.notice) == ("tia@staff.test", "ticket_opened")
    assert len(desk.events(ev.DeliveryFailed)) == 1

    desk.deliver(TIA.write("Back", "I can read again.\n"), dmarc="pass")
    assert rows(desk, OutboxState.HELD) == []
    assert desk.deliver(BOB.write("Again", "Black.\n"), dmarc="pass").recipients == ["bob@other.test", "tia@staff.test"]


def test_somebody_who_merely_claims_to_be_the_owner_changes_nothing(desk: TestDesk):
    notice = dead(desk)
    answer(desk, notice, "Still there?\n")
    desk.deliver(ANN.write("Hello?", "Anybody there?\n"), dmarc="fail")
    assert len(rows(desk, OutboxState.HELD)) == 1


# ------------------------------------------------------------------ old news


def test_ticket_that_is_open_again_is_not_called_solved(any_desk: TestDesk):
    notice = dead(any_desk)
    any_desk.deliver(TIA.reply(notice, "#close\n"), dmarc="pass")
    (held,) = rows(any_desk, OutboxState.HELD)
    mails = any_desk.deliver(ANN.write("Re: Printer [#1001]", "It smokes again.\n"), dmarc="pass")
    assert [m.message_id for m in mails if m.message_id == held.message_id] == []
    assert [row.id for row in rows(any_desk, OutboxState.CANCELLED)] == [held.id]


def test_words_that_solved_a_ticket_are_owed(desk: TestDesk):
    notice = dead(desk)
    desk.deliver(TIA.reply(notice, "#close\n\nThe new fuser is in.\n"), dmarc="pass")
    (held,) = rows(desk, OutboxState.HELD)
    assert held.notice == "resolved"
    mails = desk.deliver(ANN.write("Hello?", "Anybody there?\n"), dmarc="pass")
    assert "The new fuser is in." in next(m for m in mails if m.message_id == held.message_id).text


# ------------------------------------------------------------------ what technicians and admins see


def test_technicians_read_that_the_requester_takes_no_mail(desk: TestDesk):
    notice = dead(desk)
    assert "Mail to this address came back" not in notice.text
    mails = desk.deliver(TIA.reply(notice, "#note canary-a Odd.\n#priority P2\n"), dmarc="pass")
    told = mails.to("tia@staff.test")
    for part in (words(told), told.html):
        assert "Mail to this address came back on " in part
        assert "550 5.1.1 sorry" in part


def test_show_says_that_the_requester_takes_no_mail(desk: TestDesk):
    notice = opened(desk)
    assert json.loads(desk.cli("show", "1001", "--json"))["requester_dead"] is None
    assert "came back" not in desk.cli("show", "1001")

    bounce(desk, answer(desk, notice, "Which floor?\n").to("ann@customer.test"))
    shown = json.loads(desk.cli("show", "1001", "--json"))["requester_dead"]
    assert shown["since"].endswith("Z")
    assert shown["reason"] == "550 5.1.1 sorry"
    assert f"mail to this address came back on {shown['since']}: 550 5.1.1 sorry" in desk.cli("show", "1001")


# ------------------------------------------------------------------ a technician's own address


@pytest.fixture
def team(make_desk: MakeDesk, database_url: str) -> TestDesk:
    """A queue of three; Tia owns ticket 1001."""
    names = ("Tia Berg", "Tom Tell", "Una Ude")
    people = [{"email": f"{n[:3].lower()}@staff.test", "name": n, "queues": ["general"]} for n in names]
    desk = make_desk(database_url, policy={"technicians": people})
    mails = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.deliver(TIA.reply(mails.to("tia@staff.test"), "Which floor?\n"), dmarc="pass")
    return desk


def test_the_queue_stands_in_for_an_owner_whose_address_is_dead(team: TestDesk):
    follow_up = team.deliver(ANN.write("Re: Printer [#1001]", "Third floor.\n"), dmarc="pass")
    assert follow_up.recipients == ["tia@staff.test"]
    told = bounce(team, follow_up.to("tia@staff.test"))
    assert told.recipients == ["tom@staff.test", "una@staff.test"]
    assert "Mail to Tia Berg came back: 5.1.1 550 5.1.1 sorry." in words(told.to("tom@staff.test"))
    assert "Third floor." in told.to("tom@staff.test").text

    mails = team.deliver(ANN.write("Re: Printer [#1001]", "It burns now.\n"), dmarc="pass")
    assert mails.recipients == ["tom@staff.test", "una@staff.test"]
    copy = mails.to("tom@staff.test")
    assert copy.text.count("It burns now.") == 1
    assert "Mail to Tia Berg comes back: 550 5.1.1 sorry." in words(copy)
    assert copy.message["X-Maildesk-Reason"] == "queue general"
    # A colleague answers from the copy; nobody is told of their own words.
    answered = team.deliver(TOM.reply(copy, "On my way.\n"), dmarc="pass")
    assert answered.recipients == ["ann@customer.test", "una@staff.test"]

    team.deliver(TIA.write("Back", "I can read again.\n"), dmarc="pass")
    mails = team.deliver(ANN.write("Re: Printer [#1001]", "Thank you all, it is quiet.\n"), dmarc="pass")
    assert mails.recipients == ["tia@staff.test"]


def test_a_full_mailbox_of_the_owner_changes_nothing(team: TestDesk):
    follow_up = team.deliver(ANN.write("Re: Printer [#1001]", "Third floor.\n"), dmarc="pass")
    assert bounce(team, follow_up.to("tia@staff.test"), "5.2.2").recipients == []
    mails = team.deliver(ANN.write("Re: Printer [#1001]", "It burns now.\n"), dmarc="pass")
    assert mails.recipients == ["tia@staff.test"]


def test_refused_at_once_tells_the_queue_as_well(team: TestDesk):
    team.sink.fail("RCPT", "550 5.1.1 no such user")
    mails = team.deliver(ANN.write("Re: Printer [#1001]", "Third floor.\n"), dmarc="pass")
    team.run_once()
    assert [*mails.recipients, *team.outgoing().recipients] == ["tom@staff.test", "una@staff.test"]


# ------------------------------------------------------------------ merged tickets


def test_mail_of_a_merged_ticket_fails_on_the_survivor(any_desk: TestDesk):
    any_desk.deliver(BOB.write("Fuser", "It smokes here.\n"), dmarc="pass")
    notice = any_desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    any_desk.sink.fail("RCPT", "450 4.2.1 later")
    answer(any_desk, notice, "Which floor?\n")
    any_desk.deliver(TIA.reply(notice, "#merge 1001\n"), dmarc="pass")
    any_desk.clock.advance(minutes=5)
    any_desk.sink.fail("RCPT", "550 5.1.1 no such user")
    any_desk.run_once()
    any_desk.run_once()

    assert [e.recipient for e in any_desk.events(ev.DeliveryFailed, 1001)] == ["ann@customer.test"]
    assert any_desk.events(ev.DeliveryFailed, 1002) == []
    assert "[#1001]" in any_desk.outgoing().to("tia@staff.test").subject
