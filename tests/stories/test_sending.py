"""Outgoing mail and a mail server with moods: refused, deferred, taken without a word, away."""

import pytest

from maildesk.adapters.store import OutboxState
from maildesk.model import event as ev
from tests.desk import Sent, TestDesk
from tests.servers import DROP, LOSE_250
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA

pytestmark = pytest.mark.servers


def notice_of_new(desk: TestDesk) -> Sent:
    return desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")


def test_refused_recipient_is_a_failed_delivery_and_told(any_desk: TestDesk):
    notice = notice_of_new(any_desk)
    any_desk.sink.fail("RCPT", "550 5.1.1 no such user")
    mails = any_desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass")

    (failed,) = any_desk.events(ev.DeliveryFailed)
    assert (failed.recipient, failed.status) == ("ann@customer.test", "5.1.1")
    assert mails.recipients == ["tia@staff.test"]
    assert "no such user" in mails.to("tia@staff.test").text
    any_desk.clock.advance(days=1)
    any_desk.run_once()
    assert any_desk.outgoing().recipients == []


@pytest.mark.parametrize(
    ("command", "fault"), [("RCPT", "450 4.2.1 later"), ("MAIL", "451 4.3.0 later"), ("CONNECT", "421 4.3.2 later")]
)
def test_deferred_mail_is_sent_later(any_desk: TestDesk, command: str, fault: str):
    notice = notice_of_new(any_desk)
    any_desk.sink.hang_up()
    any_desk.sink.fail(command, fault)
    assert any_desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass").recipients == []
    assert any_desk.outbox()[-1].state is OutboxState.DEFERRED
    any_desk.run_once()
    assert any_desk.outgoing().recipients == []

    any_desk.clock.advance(minutes=2)
    any_desk.run_once()
    assert any_desk.outgoing().recipients == ["ann@customer.test"]
    assert (any_desk.outbox()[-1].state, any_desk.outbox()[-1].attempts) == (OutboxState.SENT, 2)


def test_lost_answer_of_the_server_sends_the_very_same_bytes_again(any_desk: TestDesk):
    notice = notice_of_new(any_desk)
    any_desk.sink.fail("DATA", LOSE_250)
    first = any_desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass").to("ann@customer.test")
    assert any_desk.outbox()[-1].state is OutboxState.DEFERRED
    any_desk.clock.advance(minutes=2)
    any_desk.run_once()
    second = any_desk.outgoing().to("ann@customer.test")

    assert (second.raw, second.mail_from) == (first.raw, first.mail_from)
    assert any_desk.outbox()[-1].state is OutboxState.SENT


def test_mail_that_nobody_takes_for_five_days_has_failed(make_desk: MakeDesk):
    desk = make_desk(policy={"sla": {}})
    notice = notice_of_new(desk)
    desk.sink.fail("RCPT", "450 4.2.1 later")
    desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass")
    desk.clock.advance(days=5, hours=1)
    desk.sink.fail("RCPT", "450 4.2.1 later")
    desk.run_once()

    assert [e.recipient for e in desk.events(ev.DeliveryFailed)] == ["ann@customer.test"]
    assert desk.outgoing().recipients == ["tia@staff.test"]


def test_server_that_hangs_up_loses_nothing(desk: TestDesk):
    desk.sink.fail("DATA", DROP, times=2)
    desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.run_once()
    assert desk.outcomes() == ["ticket"]
    desk.clock.advance(minutes=2)
    desk.run_once()

    assert desk.outgoing().recipients == ["ann@customer.test", "tia@staff.test"]


def test_answer_to_an_address_that_no_mail_can_name_is_a_failed_delivery(any_desk: TestDesk):
    """Without SMTPUTF8 nothing can be sent to a local part with an umlaut; the technician must not think it was."""
    raw = "From: Jörg <jörg@other.test>\r\nTo: support@example.test\r\nSubject: Hi\r\n\r\nHello\r\n"
    notice = any_desk.deliver(raw.encode(), as_is=True).to("tia@staff.test")
    mails = any_desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass")

    assert mails.recipients == ["tia@staff.test"]
    assert "did not arrive" in mails.to("tia@staff.test").text
    assert {e.recipient for e in any_desk.events(ev.DeliveryFailed)} == {"jörg@other.test"}


def test_failed_mail_is_tried_again_by_hand(desk: TestDesk):
    notice = notice_of_new(desk)
    desk.sink.fail("RCPT", "550 5.1.1 no such user")
    desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass")
    failed = next(row for row in desk.outbox() if row.state is OutboxState.FAILED)
    desk.cli("outbox", "retry", str(failed.id))
    desk.run_once()

    assert desk.outgoing().recipients == ["ann@customer.test"]
