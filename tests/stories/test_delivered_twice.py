"""The same mail more than once, different mails under one name, and a desk that stops between two steps."""

import re

import pytest

from maildesk.adapters.imap import Mailbox, MailboxLost
from maildesk.model import event as ev
from tests.desk import TestDesk
from tests.servers import Dovecot
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA

pytestmark = pytest.mark.servers


def test_same_mail_twice_is_one(any_desk: TestDesk):
    mail = ANN.write("Printer", "It smokes.\n")
    any_desk.receive(mail, dmarc="pass")
    any_desk.clock.advance(minutes=3)
    any_desk.receive(mail, dmarc="pass")
    any_desk.run_once()
    any_desk.receive(mail)
    any_desk.run_once()

    assert any_desk.outcomes() == ["ticket", "duplicate", "duplicate"]
    assert [entry.ticket for entry in any_desk.ledger()] == [1001, 1001, 1001]
    assert any_desk.outgoing().recipients == ["ann@customer.test", "tia@staff.test"]


def test_mail_to_two_mailboxes_of_the_desk_is_one_ticket(any_desk_of_two: TestDesk):
    desk = any_desk_of_two
    mail = ANN.write("Printer", "It smokes.\n", to="support@example.test, sales@example.test")
    desk.receive(mail, dmarc="pass")
    desk.receive(mail, dmarc="pass", mailbox="sales")
    desk.run_once()

    assert sorted(desk.outcomes()) == ["duplicate", "ticket"]
    assert desk.outgoing().recipients == ["ann@customer.test", "tia@staff.test"]


@pytest.fixture
def any_desk_of_two(make_desk: MakeDesk, database_url: str) -> TestDesk:
    return make_desk(database_url, other_addresses=("sales@example.test",))


def test_one_message_id_over_two_contents_keeps_both(desk: TestDesk):
    """Whoever copies an id must not have somebody else's mail suppressed."""
    desk.deliver(ANN.write("Printer", "It smokes.\n", Message_ID="<same@customer.test>"), dmarc="pass")
    desk.deliver(ANN.write("Printer", "It burns.\n", Message_ID="<same@customer.test>"), dmarc="pass")

    assert desk.outcomes() == ["ticket", "ticket"]
    assert desk.events(ev.CorrespondenceReceived, 1002)[0].visible_text == "It burns."


def test_mail_without_message_id_is_known_by_its_bytes(desk: TestDesk):
    mail = b"From: Ann <ann@customer.test>\r\nTo: support@example.test\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"
    for _ in range(2):
        desk.receive(mail, as_is=True)
    desk.run_once()

    assert desk.outcomes() == ["ticket", "duplicate"]


def forget_numbering(dovecot: Dovecot, user: str) -> None:
    """Make the inbox one with another UIDVALIDITY, as a server does that was restored or lost its indexes."""
    folder = dovecot.folder / "mail" / user
    for index in (*folder.glob("dovecot.index*"), *folder.glob("dovecot.list.index*")):
        index.unlink()
    numbers = folder / "dovecot-uidlist"
    head = numbers.read_text().partition("\n")[0]
    numbers.write_text(re.sub(r" V(\d+) N\d+", lambda found: f" V{int(found[1]) + 1000} N1", head) + "\n")


def test_mailbox_made_anew_makes_no_second_ticket(desk: TestDesk, dovecot: Dovecot):
    """The server forgot its numbering and a backup put the handled mail into the inbox again."""
    desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    desk.run_once()
    (raw,) = desk.folder("Processed")
    before = desk.last().uidvalidity
    forget_numbering(dovecot, desk.users["support"])
    desk.receive(raw, as_is=True)
    desk.receive(ANN.write("Screen", "It flickers.\n"), dmarc="pass")
    desk.run_once()

    assert desk.last().uidvalidity != before
    assert desk.outcomes() == ["ticket", "duplicate", "ticket"]
    assert [t.subject for t in desk.tickets()] == ["Printer", "Screen"]


def test_stop_between_commit_and_move_decides_nothing_twice(any_desk: TestDesk, monkeypatch: pytest.MonkeyPatch):
    move = Mailbox.move
    failures = iter([MailboxLost("the connection broke")])

    def move_later(mailbox: Mailbox, *rest: object, **options: bool) -> None:
        for failure in failures:
            raise failure
        move(mailbox, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Mailbox, "move", move_later)
    any_desk.receive(ANN.write("Printer", "It smokes.\n"), dmarc="pass")
    stopped = any_desk.daemon().run_once()
    assert stopped.failures == ("mailbox support: the connection broke",)
    assert len(any_desk.folder("INBOX")) == 1

    any_desk.run_once()
    assert any_desk.folder("INBOX") == []
    assert any_desk.outcomes() == ["ticket"]
    assert any_desk.outgoing().recipients == ["ann@customer.test", "tia@staff.test"]


class Killed(BaseException):
    """The process ends here, as far as the desk can tell."""


@pytest.mark.parametrize("where", ["apply_decision", "decide_message"])
def test_stop_in_the_middle_of_the_transaction(any_desk: TestDesk, monkeypatch: pytest.MonkeyPatch, where: str):
    notice = any_desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    any_desk.receive(TIA.reply(notice, "#priority P1\n\nWe come.\n"), dmarc="pass")

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(f"maildesk.intake.{where}", die)
        with pytest.raises(Killed):
            any_desk.daemon().run_once()
    assert any_desk.ticket().priority == "P3"
    any_desk.run_once()

    assert any_desk.ticket().priority == "P1"
    assert any_desk.outgoing().recipients == ["ann@customer.test", "tia@staff.test"]
    assert len(any_desk.events(ev.CorrespondenceSent)) == 1


def test_many_mails_at_once_each_end_once(desk: TestDesk):
    for number in range(20):
        desk.receive(ANN.write(f"Printer {number}", "It smokes.\n"), dmarc="pass")
    assert desk.run_once().messages == 20

    assert desk.outcomes() == ["ticket"] * 20
    assert len(desk.folder("Processed")) == 20


@pytest.mark.parametrize(
    ("date", "outcome"), [(b"Date: Tue, 3 Mar 2026 12:00:00 +0100\r\n", "duplicate"), (b"", "ticket")]
)
def test_mail_without_message_id_to_two_mailboxes_is_known_by_its_content(
    make_desk: MakeDesk, date: bytes, outcome: str
):
    """A script that says the same twice without a Date has said it twice."""
    desk = make_desk(other_addresses=("sales@example.test",))
    mail = date + b"From: ann@customer.test\r\nTo: support@example.test\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"
    for mailbox in ("support", "sales"):
        desk.deliver(mail, dmarc="pass", mailbox=mailbox)
        desk.clock.advance(minutes=1)

    assert desk.outcomes() == ["ticket", outcome]
