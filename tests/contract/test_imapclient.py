"""What `adapters/imap.py` relies on in imapclient and imaplib. A failure here after an update says where to look."""

import imaplib
import socket

import pytest
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError, ProtocolError

from tests.loopback import LOOPBACK
from tests.scripted import IMAP, Act, scripted
from tests.servers import Dovecot


def connect(port: int) -> IMAPClient:
    return IMAPClient(LOOPBACK, port, ssl=False, timeout=SocketTimeout(2, 2))


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (IMAPClient, "_create_IMAP4"),
        (IMAPClient, "_poll_socket"),
        (imaplib.IMAP4, "_create_socket"),
        (imaplib.IMAP4, "read"),
        (imaplib.IMAP4, "readline"),
    ],
)
def test_what_is_overridden_is_still_there(owner: type, name: str) -> None:
    assert callable(getattr(owner, name))


def test_the_constructor_turns_the_dialogue_log_on() -> None:
    with scripted(IMAP, {}) as server, connect(server.port) as client:
        assert client._imap.debug == 5
        assert isinstance(client._imap.untagged_responses, dict)


def test_errors_are_imaplibs() -> None:
    assert issubclass(imaplib.IMAP4.abort, imaplib.IMAP4.error)
    assert issubclass(imaplib.IMAP4.readonly, imaplib.IMAP4.abort)
    assert issubclass(ProtocolError, imaplib.IMAP4.error) and not issubclass(ProtocolError, imaplib.IMAP4.abort)


@pytest.mark.parametrize(
    ("steps", "is_broken"), [(b"TAG NO wrong\r\n", False), ((Act.HANG_UP,), True), (b"* BYE\r\n", True)]
)
def test_a_login_error_hides_a_broken_connection_in_its_context(steps: bytes, is_broken: bool) -> None:
    with scripted(IMAP, {" LOGIN": steps}) as server:
        client = connect(server.port)
        with pytest.raises(LoginError) as caught:
            client.login("user", "password")
        assert isinstance(caught.value.__context__, imaplib.IMAP4.abort) == is_broken
        client.shutdown()


def test_idle_check_does_not_see_what_came_with_the_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(IMAP, {" IDLE": b"+ idling\r\n* 2 EXISTS\r\n"}) as server:
        client = connect(server.port)
        client.login("user", "password")
        client.idle()
        assert client.idle_check(0.2) == []
        monkeypatch.setattr(client, "_poll_socket", lambda _sock, _timeout: [True])
        assert client.idle_check(0.2) == [(2, b"EXISTS")]
        client.shutdown()


def test_idle_check_takes_an_end_for_silence() -> None:
    with scripted(IMAP, {" IDLE": (b"+ idling\r\n", Act.HANG_UP)}) as server:
        client = connect(server.port)
        client.login("user", "password")
        client.idle()
        assert client.idle_check(1) == []
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            client.idle_done()
        client.shutdown()


@pytest.mark.servers
def test_ranges_cannot_be_fetched_but_lists_can(dovecot: Dovecot) -> None:
    user = dovecot.fresh_user()
    dovecot.append(user, b"Subject: x\r\n\r\n")
    with dovecot.login(user) as client:
        client.select_folder("INBOX")
        with pytest.raises(ValueError, match="invalid literal"):
            client.fetch("1:*", ["RFC822.SIZE"])
        assert client.fetch([1], ["RFC822.SIZE"])[1][b"RFC822.SIZE"] == 14


@pytest.mark.servers
def test_answers_that_the_mailbox_reads(dovecot: Dovecot) -> None:
    user = dovecot.fresh_user()
    dovecot.append(user, b"Subject: x\r\n\r\nbody\r\n")
    with dovecot.login(user) as client:
        selected = client.select_folder("INBOX")
        assert {type(selected[b"UIDVALIDITY"]), type(selected[b"EXISTS"])} == {int}
        assert client.fetch([1, 99], ["BODY.PEEK[]"])[1][b"BODY[]"] == b"Subject: x\r\n\r\nbody\r\n"
        assert client.fetch([1], ["BODY.PEEK[]<3.4>"])[1][b"BODY[]<3>"] == b"ject"
        assert client.fetch([1], ["BODY.PEEK[HEADER]<0.65536>"])[1][b"BODY[HEADER]<0>"] == b"Subject: x\r\n\r\n"
        assert list(client.search(["UID", "900:*"])) == [1], "n:* names the newest message"
        assert client.namespace().personal == (("", "/"),)
        assert client.list_folders("", "INBOX") == [((b"\\HasNoChildren",), b"/", "INBOX")]


def test_a_connect_timeout_holds_for_tls_too() -> None:
    with socket.create_server((LOOPBACK, 0)) as silent, pytest.raises(TimeoutError):
        IMAPClient(LOOPBACK, silent.getsockname()[1], ssl=True, timeout=SocketTimeout(0.2, 0.2))
