"""The mailbox against a real Dovecot. Servers that misbehave are in `test_imap_faults.py`."""

import hashlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from maildesk.adapters import imap
from maildesk.adapters.imap import (
    Mailbox,
    MailboxLost,
    MailboxRefused,
)
from maildesk.model.settings import FolderRole, Folders, Secret, Security
from tests.loopback import LOOPBACK, Certificate
from tests.servers import (
    LESSER,
    PREFIXED_USER,
    WITHOUT_IDLE,
    WITHOUT_MOVE,
    WITHOUT_UIDPLUS,
    Dovecot,
    running_dovecot,
)


def mail(subject: str, body: bytes = b"text\r\n") -> bytes:
    return f"Subject: {subject}\r\n\r\n".encode() + body


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


@pytest.fixture
def wake() -> Iterator[int]:
    reading, writing = os.pipe()
    yield reading
    os.close(reading)
    os.close(writing)


class Desk:
    """A fresh user with an open mailbox, and what a person sees in it."""

    def __init__(self, dovecot: Dovecot, host: str = LOOPBACK, security: Security = Security.NONE) -> None:
        self.dovecot = dovecot
        self.user = dovecot.fresh_user()
        self.mailbox = Mailbox(dovecot.account(self.user, security, host), Folders())

    def receive(self, *raws: bytes) -> None:
        for raw in raws:
            self.dovecot.append(self.user, raw)

    def holds(self, folder: str = "INBOX") -> list[bytes]:
        return self.dovecot.messages(self.user, folder)


@pytest.fixture
def desk(dovecot: Dovecot) -> Iterator[Desk]:
    made = Desk(dovecot)
    made.mailbox.open()
    yield made
    made.mailbox.close()


@pytest.mark.servers
@pytest.mark.parametrize(
    ("host", "security"),
    [
        (LOOPBACK, Security.NONE),
        (LOOPBACK, Security.STARTTLS),
        (LOOPBACK, Security.TLS),
        (WITHOUT_MOVE, Security.NONE),
        (WITHOUT_UIDPLUS, Security.NONE),
    ],
)
def test_mail_is_found_fetched_and_filed(dovecot: Dovecot, host: str, security: Security) -> None:
    desk = Desk(dovecot, host, security)
    desk.receive(mail("one"), mail("two"), mail("three"))
    desk.mailbox.open()
    uids = desk.mailbox.find_uids(0)
    assert [message.data for message in desk.mailbox.fetch(uids)] == [mail("one"), mail("two"), mail("three")]
    desk.mailbox.move(uids[:1], FolderRole.PROCESSED)
    desk.mailbox.move(uids[1:2], FolderRole.HELD)
    assert desk.mailbox.find_uids(0) == uids[2:]
    desk.mailbox.close()
    assert (desk.holds("Processed"), desk.holds("Held")) == ([mail("one")], [mail("two")])


@pytest.mark.servers
def test_missing_folders_are_made_and_subscribed_once(dovecot: Dovecot) -> None:
    desk = Desk(dovecot)
    for _ in range(2):
        desk.mailbox.open()
    desk.mailbox.close()
    with dovecot.login(desk.user) as client:
        assert {name for _, _, name in client.list_sub_folders()} == {"Processed", "Held", "Quarantine"}


@pytest.mark.servers
@pytest.mark.parametrize(
    ("user", "held", "expected"),
    [
        ("", "Held", "Held"),
        ("", "Zurückgestellt & mehr", "Zurückgestellt & mehr"),
        ("", 'a "quoted" \\ name', 'a "quoted" \\ name'),
        ("", "Desk/Held", "Desk/Held"),
        (PREFIXED_USER, "Held", "INBOX.Held"),
        (PREFIXED_USER, "Desk/Held", "INBOX.Desk.Held"),
        (PREFIXED_USER, "INBOX.Later", "INBOX.Later"),
    ],
)
def test_folder_names_are_the_servers(dovecot: Dovecot, user: str, held: str, expected: str) -> None:
    user = user or dovecot.fresh_user()
    mailbox = Mailbox(dovecot.account(user), Folders(held=held))
    mailbox.open()
    dovecot.append(user, mail("for " + held.encode().hex()))
    mailbox.move(mailbox.find_uids(0)[-1:], FolderRole.HELD)
    mailbox.close()
    assert dovecot.messages(user, expected)[-1] == mail("for " + held.encode().hex())


@pytest.mark.servers
def test_find_uids_answers_only_above_what_is_known(desk: Desk) -> None:
    desk.receive(mail("one"), mail("two"))
    first, second = desk.mailbox.find_uids(0)
    assert desk.mailbox.find_uids(first) == (second,)
    assert desk.mailbox.find_uids(second) == ()  # `n:*` names the newest message all the same
    assert desk.mailbox.find_uids(2**32 - 2) == ()


@pytest.mark.servers
def test_a_large_folder_is_searched_in_windows(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.receive(*(mail(str(number)) for number in range(7)))
    whole = desk.mailbox.find_uids(0)
    desk.mailbox.close()
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(imap, "SEARCH_MESSAGES", size)
        desk.mailbox.open()
        assert desk.mailbox.find_uids(0) == whole
        assert desk.mailbox.find_uids(whole[3]) == whole[4:]


@pytest.mark.servers
def test_fetch_keeps_the_order_asked_for_and_sets_no_flag(desk: Desk) -> None:
    desk.receive(mail("one"), mail("two"), mail("three"))
    uids = desk.mailbox.find_uids(0)
    order = (uids[2], uids[0], 999, uids[1])
    assert [message.uid for message in desk.mailbox.fetch(order)] == [uids[2], uids[0], uids[1]]
    assert desk.mailbox.fetch_header(uids[0]) == b"Subject: one\r\n\r\n"
    assert desk.dovecot.flags(desk.user) == [set(), set(), set()]


@pytest.mark.servers
def test_read_and_flagged_mail_is_found_too(desk: Desk) -> None:
    desk.receive(mail("one"))
    with desk.dovecot.login(desk.user) as person:
        person.select_folder("INBOX")
        person.add_flags(person.search(), ["\\Seen", "\\Flagged", "\\Answered"])
    assert len(desk.mailbox.find_uids(0)) == 1


@pytest.mark.servers
@pytest.mark.parametrize("size", [imap.SLICE_BYTES - 100, imap.SLICE_BYTES, 2 * imap.SLICE_BYTES, 3_000_001])
def test_bodies_of_any_size_are_whole(desk: Desk, size: int) -> None:
    line = b"0123456789" * 7 + b"\r\n"
    raw = mail("large", line * (size // len(line)))
    raw += b"x" * (size - len(raw) - 2) + b"\r\n" if size - len(raw) > 2 else b""
    desk.receive(mail("before"), raw, mail("after"))
    fetched = [message.data for message in desk.mailbox.fetch(desk.mailbox.find_uids(0))]
    assert [sha256(data) for data in fetched] == [sha256(data) for data in (mail("before"), raw, mail("after"))]
    assert desk.mailbox.find_sizes(desk.mailbox.find_uids(0))[2] == len(raw)


@pytest.mark.servers
def test_many_mails_come_in_batches(desk: Desk) -> None:
    raws = [mail(f"number {number}") for number in range(120)]
    with desk.dovecot.login(desk.user) as client:
        client.multiappend("INBOX", raws)
    assert [message.data for message in desk.mailbox.fetch(desk.mailbox.find_uids(0))] == raws


@pytest.mark.servers
def test_an_endless_header_is_cut(desk: Desk) -> None:
    desk.receive(b"Subject: long\r\n" + b"X-Filler: y\r\n" * 20_000 + b"\r\nbody\r\n")
    header = desk.mailbox.fetch_header(desk.mailbox.find_uids(0)[0])
    assert (len(header), header[:13]) == (imap.HEADER_BYTES, b"Subject: long")
    assert desk.mailbox.fetch_header(999) == b""


@pytest.mark.servers
@pytest.mark.parametrize("host", [LOOPBACK, *LESSER])
def test_mail_that_people_marked_deleted_is_never_expunged(dovecot: Dovecot, host: str) -> None:
    desk = Desk(dovecot, host)
    desk.receive(mail("handled"), mail("marked by a person"))
    desk.mailbox.open()
    uids = desk.mailbox.find_uids(0)
    with dovecot.login(desk.user) as person:
        person.select_folder("INBOX")
        person.add_flags([uids[1]], ["\\Deleted"])
    desk.mailbox.move(uids[:1], FolderRole.PROCESSED)
    desk.mailbox.close()
    assert mail("marked by a person") in desk.holds()
    assert desk.holds("Processed") == [mail("handled")]


@pytest.mark.servers
def test_moving_what_is_gone_is_fine(desk: Desk) -> None:
    desk.receive(mail("one"), mail("two"))
    uids = desk.mailbox.find_uids(0)
    desk.mailbox.move(uids[:1], FolderRole.PROCESSED)
    desk.mailbox.move(uids, FolderRole.PROCESSED)
    desk.mailbox.move(uids, FolderRole.PROCESSED)
    desk.mailbox.move((), FolderRole.PROCESSED)
    assert desk.holds("Processed") == [mail("one"), mail("two")]
    assert list(desk.mailbox.fetch(uids)) == []


@pytest.mark.servers
def test_a_folder_that_a_person_removed_is_made_again(desk: Desk) -> None:
    desk.receive(mail("one"))
    with desk.dovecot.login(desk.user) as person:
        person.delete_folder("Processed")
    desk.mailbox.move(desk.mailbox.find_uids(0), FolderRole.PROCESSED)
    assert desk.holds("Processed") == [mail("one")]


@pytest.mark.servers
def test_refile_finds_by_size_and_hash(desk: Desk) -> None:
    twins = [mail("one", b"aaaa\r\n"), mail("one", b"bbbb\r\n"), mail("one", b"longer\r\n")]
    desk.receive(*twins, mail("stays"))
    desk.mailbox.move(desk.mailbox.find_uids(0)[:3], FolderRole.HELD)
    assert desk.mailbox.refile(FolderRole.HELD, FolderRole.PROCESSED, sha256(twins[1]), len(twins[1]))
    assert not desk.mailbox.refile(FolderRole.HELD, FolderRole.PROCESSED, sha256(twins[1]), len(twins[1]))
    assert not desk.mailbox.refile(FolderRole.QUARANTINE, FolderRole.PROCESSED, sha256(twins[0]), len(twins[0]))
    assert (desk.holds("Processed"), desk.holds("Held")) == ([twins[1]], [twins[0], twins[2]])
    assert [message.data for message in desk.mailbox.fetch(desk.mailbox.find_uids(0))] == [mail("stays")]


@pytest.mark.servers
def test_list_folder_names_what_lies_there(desk: Desk) -> None:
    desk.receive(mail("one"), mail("two"), mail("stays"))
    desk.mailbox.move(desk.mailbox.find_uids(0)[:2], FolderRole.HELD)
    assert [digest for _, digest in desk.mailbox.list_folder(FolderRole.HELD)] == [
        sha256(mail("one")),
        sha256(mail("two")),
    ]
    assert list(desk.mailbox.list_folder(FolderRole.QUARANTINE)) == []
    assert [digest for _, digest in desk.mailbox.list_folder(FolderRole.INBOX)] == [sha256(mail("stays"))]
    assert len(desk.mailbox.find_uids(0)) == 1


@pytest.mark.servers
@pytest.mark.parametrize("security", [Security.NONE, Security.TLS])
def test_new_mail_ends_the_wait(dovecot: Dovecot, wake: int, security: Security) -> None:
    desk = Desk(dovecot, security=security)
    desk.mailbox.open()
    desk.mailbox.wait(0.05, wake)
    desk.receive(mail("one"))
    started = time.monotonic()
    desk.mailbox.wait(30, wake)
    assert time.monotonic() - started < 5
    assert len(desk.mailbox.find_uids(0)) == 1
    desk.mailbox.close()


@pytest.mark.servers
def test_mail_that_comes_while_searching_is_not_waited_for(
    dovecot: Dovecot, wake: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server announces it with the answer to SEARCH, among whose results it is not, and IDLE stays silent about it.
    user = dovecot.fresh_user()
    mailbox = Mailbox(dovecot.account(user), Folders())
    mailbox.open()
    search = mailbox._search

    def search_late(*arguments: object) -> tuple[int, ...]:
        dovecot.append(user, mail("just now"))
        return search(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "_search", search_late)
        assert mailbox.find_uids(0) == ()
    started = time.monotonic()
    mailbox.wait(20.0, wake)
    assert time.monotonic() - started < 10.0
    assert mailbox.find_uids(0) == (1,)
    mailbox.close()


@pytest.mark.servers
@pytest.mark.parametrize("host", [LOOPBACK, WITHOUT_IDLE])
def test_the_wait_ends_by_wake_or_time(dovecot: Dovecot, host: str) -> None:
    desk = Desk(dovecot, host)
    desk.mailbox.open()
    reading, writing = os.pipe()
    started = time.monotonic()
    desk.mailbox.wait(0.05, reading)
    os.write(writing, b"!")
    desk.mailbox.wait(30, reading)
    assert time.monotonic() - started < 5
    assert os.read(reading, 1) == b"!", "the wake-up belongs to its owner"
    os.close(reading)
    os.close(writing)
    desk.mailbox.close()


@pytest.mark.servers
def test_a_restarted_server_is_found_again(wake: int) -> None:
    with running_dovecot() as own:
        desk = Desk(own)
        desk.mailbox.open()
        own.stop(signal.SIGKILL)
        with pytest.raises(MailboxLost):
            desk.mailbox.wait(5, wake)
        with pytest.raises(MailboxLost):
            desk.mailbox.open()
        own.start()
        desk.mailbox.open()
        desk.receive(mail("after"))
        assert len(desk.mailbox.find_uids(0)) == 1
        desk.mailbox.close()


@pytest.mark.servers
def test_uidvalidity_changes_when_the_inbox_is_made_anew(dovecot: Dovecot) -> None:
    desk = Desk(dovecot)
    desk.mailbox.open()
    before = desk.mailbox.uidvalidity
    desk.mailbox.close()
    assert before > 0
    for index in (dovecot.folder / "mail" / desk.user).glob("dovecot*uid*"):
        index.unlink()
    for index in (dovecot.folder / "mail" / desk.user).glob("dovecot.index*"):
        index.unlink()
    desk.mailbox.open()
    assert desk.mailbox.uidvalidity != before
    desk.mailbox.close()


@pytest.mark.servers
def test_a_wrong_password_is_refused_and_not_told(dovecot: Dovecot) -> None:
    account = replace(dovecot.account(dovecot.fresh_user()), password=Secret("hunter2-hunter2"))
    with pytest.raises(MailboxRefused) as caught:
        Mailbox(account, Folders()).open()
    assert "AUTHENTICATIONFAILED" in caught.value.reason
    assert "hunter2" not in caught.value.reason


@pytest.mark.servers
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_certificates_are_verified(
    dovecot: Dovecot, security: Security, foreign_certificate: Certificate, certificate: Certificate
) -> None:
    account = dovecot.account("user", security)
    for wrong in (
        replace(account, ca_file=None),
        replace(account, ca_file=certificate.cert),
        replace(account, host="127.0.0.3"),
        replace(account, ca_file=foreign_certificate.cert.with_name("missing.pem")),
    ):
        with pytest.raises(MailboxRefused):
            Mailbox(wrong, Folders()).open()
