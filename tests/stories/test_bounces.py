"""Delivery reports: found by the envelope's token or the mail that came back, shown on the ticket, never answered."""

import pytest

from maildesk.adapters.store import OutboxState
from maildesk.model import event as ev
from tests.desk import DESK, Sent, TestDesk
from tests.stories.people import ANN, TIA
from tests.stories.reports import report

pytestmark = pytest.mark.servers


def answered(desk: TestDesk) -> Sent:
    """Let Ann open ticket 1001 and Tia answer; return the mail that went to Ann."""
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    return desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass").to("ann@customer.test")


def state_of(desk: TestDesk, sent: Sent) -> OutboxState:
    return next(row.state for row in desk.outbox() if row.message_id == sent.message_id)


@pytest.mark.parametrize(
    ("by_envelope", "original"),
    [(True, "full"), (True, "headers"), (True, "none"), (False, "full"), (False, "headers")],
)
def test_permanent_failure_is_recorded_and_told(any_desk: TestDesk, by_envelope: bool, original: str):
    sent = answered(any_desk)
    to = sent.mail_from if by_envelope else DESK
    mails = any_desk.deliver(report(sent, "5.1.1", to=to, original=original), return_path="")

    (failed,) = any_desk.events(ev.DeliveryFailed)
    assert (failed.recipient, failed.status) == ("ann@customer.test", "5.1.1")
    assert mails.recipients == ["tia@staff.test"]
    assert "did not arrive" in mails.to("tia@staff.test").text
    assert state_of(any_desk, sent) is OutboxState.BOUNCED
    assert any_desk.last().outcome == "follow-up"
    assert any_desk.ticket().status == "open"


@pytest.mark.parametrize(("by_envelope", "original"), [(True, "none"), (False, "full")])
def test_delay_is_only_recorded(desk: TestDesk, by_envelope: bool, original: str):
    sent = answered(desk)
    to = sent.mail_from if by_envelope else DESK
    mails = desk.deliver(report(sent, "4.2.2", to=to, original=original), return_path="")

    assert mails.recipients == []
    assert [(e.recipient, e.status) for e in desk.events(ev.DeliveryDelayed)] == [("ann@customer.test", "4.2.2")]
    assert state_of(desk, sent) is OutboxState.SENT


def test_report_about_nothing_of_ours_is_discarded(desk: TestDesk):
    sent = answered(desk)
    mails = desk.deliver(report(sent, "5.1.1", to=DESK, original="none"), return_path="")

    assert desk.last().outcome == "discarded"
    assert mails.recipients == []
    assert desk.events(ev.DeliveryFailed) == []


def test_same_failure_reported_twice_is_told_as_often_as_reported(desk: TestDesk):
    """Two servers report the same mail in two reports; the same report twice is one."""
    sent = answered(desk)
    once = report(sent, "5.1.1", to=sent.mail_from, original="none")
    desk.deliver(once, return_path="")
    assert desk.deliver(once, return_path="").recipients == []
    assert desk.last().outcome == "duplicate"
    assert len(desk.events(ev.DeliveryFailed)) == 1


@pytest.mark.parametrize(("status", "told"), [("5.2.2", []), ("5.7.1", []), ("5.1.1", ["ned@staff.test"])])
def test_failing_mail_to_a_technician_tells_nobody_unless_it_is_the_end(desk: TestDesk, status: str, told: list[str]):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    mails = desk.deliver(report(notice, status, to=notice.mail_from, original="none"), return_path="")

    assert mails.recipients == told
    assert [e.recipient for e in desk.events(ev.DeliveryFailed)] == ["tia@staff.test"]


def test_report_in_plain_words_is_understood(desk: TestDesk):
    sent = answered(desk)
    words = f"""From: MAILER-DAEMON@mx.customer.test
To: {sent.mail_from}
Subject: failure notice
Message-ID: <qmail1@mx.customer.test>

Hi. This is the qmail-send program at mx.customer.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{sent.recipient}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

"""
    raw = words.replace("\n", "\r\n").encode() + sent.raw
    assert desk.deliver(raw, return_path="").recipients == ["tia@staff.test"]
    assert [e.status for e in desk.events(ev.DeliveryFailed)] == ["5.1.1"]


def test_report_with_a_bounce_token_of_another_mail_kind_opens_nothing(desk: TestDesk):
    """The envelope's token is for reports alone: a person who answers to it joins nothing."""
    sent = answered(desk)
    mail = ANN.write("Hello", "I answer to the envelope.\n", to=sent.mail_from)
    desk.deliver(mail)

    assert desk.outcomes()[-1] == "ticket"
    assert desk.tickets()[-1].claims is None
