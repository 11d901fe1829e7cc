"""The mailbox against IMAP servers that lie, drip, stall and hang up (reliability: every fault has its row)."""

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from maildesk.adapters import imap
from maildesk.adapters.imap import (
    Deadlines,
    Mailbox,
    MailboxError,
    MailboxLost,
    MailboxRefused,
    MoveRefused,
    RawMessage,
)
from maildesk.model.settings import FolderRole, Folders, ImapAccount, Secret, Security
from tests.loopback import LOOPBACK, PASSWORD, Certificate
from tests.scripted import GREETING, IMAP, Act, Script, Steps, drip, is_slow, scripted

# A busy machine may take its time, but not where a stalled server is the point.
PATIENT = Deadlines(connect_seconds=10, operation_seconds=10)
HASTY = Deadlines(connect_seconds=0.5, operation_seconds=0.5, bytes_per_second=1e9)


def pace(script: Script) -> Deadlines:
    return HASTY if is_slow(script) else PATIENT


CAPABILITY_WITHOUT = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n"

OPENING: list[tuple[str, Script, type[MailboxError], str]] = [
    ("greeting BYE", {GREETING: (b"* BYE overloaded\r\n", Act.HANG_UP)}, MailboxLost, "overloaded"),
    ("garbage", {GREETING: b"SSH-2.0-OpenSSH\r\n"}, MailboxLost, "SSH"),
    ("silence", {GREETING: (Act.STALL,)}, MailboxLost, "connect"),
    ("hangs up", {GREETING: (Act.HANG_UP,)}, MailboxLost, "EOF"),
    ("drips", {GREETING: drip(b"* OK " + b"x" * 100, 0.05)}, MailboxLost, "no end within"),
    ("PREAUTH", {GREETING: b"* PREAUTH already in\r\n"}, MailboxRefused, "PREAUTH"),
    ("login disabled", {" CAPABILITY": CAPABILITY_WITHOUT, GREETING: b"* OK hi\r\n"}, MailboxRefused, "no login"),
    ("login NO", {" LOGIN": b"TAG NO [AUTHENTICATIONFAILED] no\r\n"}, MailboxRefused, "AUTHENTICATIONFAILED"),
    ("login BAD", {" LOGIN": b"TAG BAD what\r\n"}, MailboxRefused, "BAD"),
    ("login for now", {" LOGIN": b"TAG NO [UNAVAILABLE] later\r\n"}, MailboxLost, "UNAVAILABLE"),
    ("login limit", {" LOGIN": b"TAG NO [LIMIT] too many\r\n"}, MailboxLost, "LIMIT"),
    ("login BYE", {" LOGIN": (b"* BYE later\r\n", Act.HANG_UP)}, MailboxLost, "later"),
    ("login hang-up", {" LOGIN": (Act.HANG_UP,)}, MailboxLost, "EOF"),
    ("login echo", {" LOGIN": b"TAG NO not " + PASSWORD.encode() + b"\r\n"}, MailboxRefused, "***"),
    ("inbox gone", {" SELECT": b"TAG NO [NONEXISTENT] gone\r\n"}, MailboxRefused, "NONEXISTENT"),
    ("inbox in use", {" SELECT": b"TAG NO [INUSE] wait\r\n"}, MailboxLost, "INUSE"),
    ("read-only", {" SELECT": b"* 1 EXISTS\r\nTAG OK [READ-ONLY] look\r\n"}, MailboxRefused, "only be read"),
    ("no lasting UIDs", {" SELECT": b"* 1 EXISTS\r\nTAG OK [READ-WRITE] x\r\n"}, MailboxRefused, "UIDVALIDITY"),
    ("no folders", {" LIST": b"TAG OK done\r\n", " CREATE": b"TAG NO [NOPERM] no\r\n"}, MailboxRefused, "NOPERM"),
]


@pytest.mark.parametrize(
    ("script", "expected", "reason"), [row[1:] for row in OPENING], ids=[row[0] for row in OPENING]
)
def test_opening_fails_cleanly(script: Script, expected: type[MailboxError], reason: str) -> None:
    with scripted(IMAP, script) as server:
        started = time.monotonic()
        with pytest.raises(expected) as caught:
            Mailbox(server.imap_account(), Folders(), deadlines=pace(script)).open()
        assert time.monotonic() - started < 5
        assert reason in caught.value.reason
        assert PASSWORD not in caught.value.reason


def test_nobody_listens(unused_port: int) -> None:
    account = ImapAccount(LOOPBACK, unused_port, Security.NONE, "user", Secret("x"))
    with pytest.raises(MailboxLost, match="refused"):
        Mailbox(account, Folders()).open()


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        port: int = sock.getsockname()[1]
        return port


PROTECTION: list[tuple[str, Security, Script, type[MailboxError]]] = [
    ("TLS at a plain port", Security.TLS, {}, MailboxRefused),
    ("TLS at a silent port", Security.TLS, {GREETING: (Act.STALL,)}, MailboxLost),
    ("TLS, hang-up", Security.TLS, {GREETING: (Act.HANG_UP,)}, MailboxLost),
    ("STARTTLS not offered", Security.STARTTLS, {}, MailboxRefused),
    (
        "STARTTLS after PREAUTH",
        Security.STARTTLS,
        {GREETING: b"* PREAUTH [CAPABILITY IMAP4rev1] x\r\n"},
        MailboxRefused,
    ),
]
OFFERS_STARTTLS: Script = {
    GREETING: b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n",
    " CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\nTAG OK done\r\n",
}


@pytest.mark.parametrize(
    ("security", "script", "expected"), [row[1:] for row in PROTECTION], ids=[row[0] for row in PROTECTION]
)
def test_no_password_without_protection(
    security: Security, script: Script, expected: type[MailboxError], certificate: Certificate
) -> None:
    with scripted(IMAP, script, certificate) as server:
        with pytest.raises(expected):
            Mailbox(server.imap_account(security), Folders(), deadlines=pace(script)).open()
        assert not any(b"LOGIN" in line or b"AUTHENTICATE" in line for line in server.lines)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (b"TAG NO not today\r\n", MailboxLost),
        (b"TAG OK go\r\n* OK never mind, log in here\r\n", MailboxLost),
        ((b"TAG OK go\r\n", 0.1, b"* OK never mind, log in here\r\n"), MailboxRefused),
        ((b"TAG OK go\r\n", Act.HANG_UP), MailboxLost),
        ((b"TAG OK go\r\n", Act.STALL), MailboxLost),
    ],
)
def test_a_failed_starttls_never_goes_on_in_clear_text(
    steps: bytes, expected: type[MailboxError], certificate: Certificate
) -> None:
    with scripted(IMAP, {**OFFERS_STARTTLS, " STARTTLS": steps}, certificate) as server:
        with pytest.raises(expected):
            Mailbox(server.imap_account(Security.STARTTLS), Folders(), deadlines=HASTY).open()
        assert not any(b" LOGIN " in line for line in server.lines)


def test_clear_text_injected_before_tls_is_ignored(certificate: Certificate) -> None:
    # The library drops what it had read ahead; a client that did not would take these folders for the real ones.
    injected = (b'TAG OK go\r\n* CAPABILITY IMAP4rev1 NAMESPACE\r\n* LIST () "/" evil\r\n', Act.START_TLS)
    script = {**OFFERS_STARTTLS, " STARTTLS": injected, " LIST": b"TAG OK none\r\n"}
    with scripted(IMAP, script, certificate) as server:
        mailbox = Mailbox(server.imap_account(Security.STARTTLS), Folders(), deadlines=pace(script))
        mailbox.open()
        mailbox.close()
        said = b"".join(server.lines)
        assert b"NAMESPACE" not in said
        assert b"CREATE" in said


def fetched(mailbox: Mailbox) -> list[RawMessage]:
    return list(mailbox.fetch((1,)))


def body(answer: bytes) -> Script:
    return {"BODY": answer}


FETCHING: list[tuple[str, Script, str]] = [
    ("hang-up in a literal", {"BODY": (b"* 1 FETCH (UID 1 BODY[] {5}\r\nhe", Act.HANG_UP)}, "EOF"),
    ("hang-up in a line", {"BODY": (b"* 1 FETCH (UID 1 BO", Act.HANG_UP)}, "unterminated"),
    ("stall in a literal", {"BODY": (b"* 1 FETCH (UID 1 BODY[] {5}\r\nhe", Act.STALL)}, "fetch"),
    ("one byte at a time", {"BODY": drip(b"* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n", 0.1)}, "no end within"),
    ("literal of 2 GB", body(b"* 1 FETCH (UID 1 BODY[] {2147483647}\r\nhello"), "far more"),
    ("literal of 300 MB", body(b"* 1 FETCH (UID 1 BODY[] {300000000}\r\nhello"), "far more"),
    ("literal of 20 digits", body(b"* 1 FETCH (UID 1 BODY[] {99999999999999999999}\r\nhello"), "far more"),
    ("negative literal", body(b"* 1 FETCH (UID 1 BODY[] {-5}\r\nhello)\r\nTAG OK done\r\n"), "fetch"),
    ("line of 1.1 MB", body(b"* 1 FETCH (UID 1 X " + b"x" * 1_100_000 + b")\r\nTAG OK done\r\n"), "1000000"),
    ("200,000 untagged lines", body(b"* OK [ALERT] buy now, buy more\r\n" * 200_000 + b"TAG OK done\r\n"), "fetch"),
    ("5,000 brackets", body(b"* 1 FETCH " + b"(" * 5000 + b")" * 5000 + b"\r\nTAG OK done\r\n"), "fetch"),
    ("malformed", body(b"* 1 FETCH (UID 1 BODY[]\r\nTAG OK done\r\n"), "fetch"),
    ("not a tuple", body(b"* 1 FETCH nonsense\r\nTAG OK done\r\n"), "fetch"),
    ("NO", body(b"TAG NO cannot\r\n"), "cannot"),
    ("BYE", {"BODY": (b"* BYE shutting down\r\n", Act.HANG_UP)}, "shutting down"),
    ("wrong tag", body(b"ZZZ9 OK done\r\n"), "ZZZ9"),
    ("OK without text", body(b"TAG OK\r\n"), "unexpected"),
]


@pytest.mark.parametrize(("script", "reason"), [row[1:] for row in FETCHING], ids=[row[0] for row in FETCHING])
def test_a_broken_fetch_loses_the_connection_and_nothing_else(script: Script, reason: str) -> None:
    with scripted(IMAP, script) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), deadlines=pace(script))
        mailbox.open()
        started = time.monotonic()
        with pytest.raises(MailboxLost) as caught:
            fetched(mailbox)
        assert time.monotonic() - started < 5
        assert reason in caught.value.reason
        with pytest.raises(MailboxLost, match="not connected"):
            mailbox.find_uids(0)
        mailbox.close()


SKIPPED: list[tuple[str, Script]] = [
    ("NIL", body(b"* 1 FETCH (UID 1 BODY[] NIL)\r\nTAG OK done\r\n")),
    ("nothing", body(b"TAG OK done\r\n")),
    ("another message", body(b"* 9 FETCH (UID 9 BODY[] {5}\r\nother)\r\nTAG OK done\r\n")),
    ("flags only", body(b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\nTAG OK done\r\n")),
    ("gone", {"RFC822.SIZE": b"TAG OK done\r\n"}),
    ("size is a word", {"RFC822.SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE big)\r\nTAG OK done\r\n"}),
]


@pytest.mark.parametrize("script", [row[1] for row in SKIPPED], ids=[row[0] for row in SKIPPED])
def test_what_is_not_handed_out_is_left_out(script: Script) -> None:
    with scripted(IMAP, script) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), deadlines=pace(script))
        mailbox.open()
        assert fetched(mailbox) == []
        assert mailbox.find_uids(0) == (1,)
        mailbox.close()


FINE: list[tuple[str, Steps]] = [
    (
        "split lines",
        (b"* 1 FE", 0.05, b"TCH (UID 1 BODY[] {5}\r", 0.05, b"\nhel", 0.05, b"lo)\r\nTAG O", 0.05, b"K x\r\n"),
    ),
    ("quoted string", b'* 1 FETCH (UID 1 BODY[] "hello")\r\nTAG OK done\r\n'),
    ("UID after the body", b"* 1 FETCH (BODY[] {5}\r\nhello UID 1)\r\nTAG OK done\r\n"),
    ("news between", b"* 2 EXISTS\r\n* 1 FETCH (FLAGS () UID 1 BODY[] {5}\r\nhello)\r\n* 1 RECENT\r\nTAG OK x\r\n"),
    ("another's flags between", b"* 2 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\nTAG OK x\r\n"),
]


@pytest.mark.parametrize("steps", [row[1] for row in FINE], ids=[row[0] for row in FINE])
def test_unusual_but_lawful_answers_are_read(steps: Steps) -> None:
    with scripted(IMAP, {"BODY": steps}) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), deadlines=PATIENT)
        mailbox.open()
        assert fetched(mailbox) == [RawMessage(1, b"hello")]
        mailbox.close()


def slices(size: int, *parts: bytes | None, is_endless: bool = False) -> Script:
    """Return a server that claims a size and hands out these slices, whatever was asked for."""
    script: dict[str, Steps] = {"RFC822.SIZE": b"* 1 FETCH (UID 1 RFC822.SIZE %d)\r\nTAG OK x\r\n" % size}
    offset = 0
    for part in parts:
        value = b"NIL" if part is None else b"{%d}\r\n%s" % (len(part), part)
        item = b"* 1 FETCH (UID 1 BODY[]<%d> %s)\r\n" % (offset, value)
        script[rf"BODY.PEEK\[\]<{offset}\."] = item + b"TAG OK x\r\n"
        offset += len(part or b"")
    return script


MIB = imap.SLICE_BYTES
FULL, HALF = b"f" * MIB, b"h" * (MIB // 2)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(slices(MIB + MIB // 2, FULL, HALF), MIB + MIB // 2, id="as announced"),
        pytest.param(slices(MIB + 1, FULL, HALF), MIB + MIB // 2, id="longer than announced"),
        pytest.param(slices(3 * MIB, FULL, HALF, b""), MIB + MIB // 2, id="shorter than announced"),
        pytest.param(slices(3 * MIB, FULL, HALF, None), MIB + MIB // 2, id="NIL behind the end"),
        pytest.param(slices(2 * MIB, HALF, HALF, HALF, HALF, b""), 2 * MIB, id="slices smaller than asked"),
        pytest.param(slices(MIB + 1, FULL, FULL, FULL, FULL), None, id="no end"),
        pytest.param(slices(MIB + 1, None), None, id="NIL"),
        pytest.param({**slices(2 * MIB, FULL), "BODY": b"TAG OK x\r\n"}, None, id="expunged between two slices"),
    ],
)
def test_a_large_body_is_read_to_its_real_end(script: Script, expected: int | None) -> None:
    with scripted(IMAP, script) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), deadlines=pace(script))
        mailbox.open()
        assert [len(message.data) for message in fetched(mailbox)] == ([expected] if expected else [])
        assert mailbox.find_uids(0) == (1,)
        mailbox.close()


IDLING: list[tuple[str, Script, type[MailboxError] | None]] = [
    ("news with the consent", {" IDLE": b"+ idling\r\n* 2 EXISTS\r\n"}, None),
    ("news after it", {" IDLE": (b"+ idling\r\n", 0.1, b"* 2 EXISTS\r\n")}, None),
    ("news in two packets", {" IDLE": (b"+ idling\r\n", 0.1, b"* 2 EXI", 0.1, b"STS\r\n")}, None),
    ("still here", {" IDLE": (b"+ idling\r\n", 0.1, b"* OK Still here\r\n")}, None),
    ("hang-up", {" IDLE": (b"+ idling\r\n", 0.1, Act.HANG_UP)}, MailboxLost),
    ("BYE", {" IDLE": (b"+ idling\r\n", 0.1, b"* BYE autologout\r\n", Act.HANG_UP)}, MailboxLost),
    ("BYE with the consent", {" IDLE": (b"+ idling\r\n* BYE autologout\r\n", Act.HANG_UP)}, MailboxLost),
    ("half a line, then an end", {" IDLE": (b"+ idling\r\n", 0.1, b"* 2 EXI", Act.HANG_UP)}, MailboxLost),
    ("no consent", {" IDLE": (Act.STALL,)}, MailboxLost),
    ("refused", {" IDLE": b"TAG NO not here\r\n"}, MailboxLost),
    ("deaf to DONE", {" IDLE": (b"+ idling\r\n* 2 EXISTS\r\n", Act.STALL)}, MailboxLost),
    ("deaf to NOOP", {" IDLE": b"+ idling\r\n* 2 EXISTS\r\n", " NOOP": (Act.STALL,)}, MailboxLost),
]


@pytest.mark.parametrize(("script", "expected"), [row[1:] for row in IDLING], ids=[row[0] for row in IDLING])
def test_a_wait_sees_news_and_death_at_once(script: Script, expected: type[MailboxError] | None, wake: int) -> None:
    with scripted(IMAP, script) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), deadlines=pace(script))
        mailbox.open()
        started = time.monotonic()
        if expected:
            with pytest.raises(expected):
                mailbox.wait(30, wake)
        else:
            mailbox.wait(30, wake)
            assert mailbox.find_uids(0) == (1,)
        assert time.monotonic() - started < 5
        mailbox.close()


def test_idle_is_asked_anew_before_servers_drop_it(wake: int) -> None:
    with scripted(IMAP, {}) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), deadlines=replace(PATIENT, idle_seconds=0.05))
        mailbox.open()
        mailbox.wait(3600, wake)
        mailbox.close()
        assert [b"DONE" in line or b"NOOP" in line for line in server.lines][-3:] == [True, True, False]


def test_without_idle_the_connection_is_probed(wake: int) -> None:
    with scripted(IMAP, {" NOOP": (Act.HANG_UP,)}) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), idle=False, deadlines=PATIENT)
        mailbox.open()
        with pytest.raises(MailboxLost):
            mailbox.wait(0.05, wake)
        assert not any(b"IDLE" in line for line in server.lines)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param({" UID MOVE": b"TAG NO [OVERQUOTA] full\r\n"}, MoveRefused, id="over quota"),
        pytest.param({" UID MOVE": b"TAG NO [NOPERM] no\r\n"}, MoveRefused, id="no right"),
        pytest.param({" UID MOVE": b"TAG BAD what\r\n"}, MoveRefused, id="not understood"),
        pytest.param({" UID MOVE": b"TAG NO gone\r\n", "RFC822.SIZE": b"TAG OK x\r\n"}, None, id="NO: nothing left"),
        pytest.param({" UID MOVE": (b"* BYE\r\n", Act.HANG_UP)}, MailboxLost, id="hang-up"),
    ],
)
def test_a_refused_move_leaves_the_mail_and_the_connection(script: Script, expected: type[MailboxError] | None) -> None:
    with scripted(IMAP, script) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), deadlines=pace(script))
        mailbox.open()
        if expected is None:
            mailbox.move((1,), FolderRole.PROCESSED)
        else:
            with pytest.raises(expected):
                mailbox.move((1,), FolderRole.PROCESSED)
        if expected is not MailboxLost:
            assert mailbox.find_uids(0) == (1,)
        mailbox.close()


@pytest.mark.parametrize("name", ["Held\r\nA9 DELETE INBOX", "Held\x00", "Held\x7f", "Held*", "Held%"])
def test_a_folder_name_that_could_be_a_command_is_refused(name: str) -> None:
    with scripted(IMAP, {}) as server:
        with pytest.raises(MailboxRefused):
            Mailbox(server.imap_account(), Folders(held=name), deadlines=PATIENT).open()
        assert not any(b"DELETE" in line or b"Held" in line for line in server.lines)


@pytest.mark.parametrize(
    ("username", "password", "sent"),
    [
        ("user", "two words", b'LOGIN "user" "two words"'),
        ('us"er', 'a"b\\c', b'LOGIN "us\\"er" "a\\"b\\\\c"'),
        ("user", "line\r\nA9 DELETE INBOX", None),
        ("user\r\n", "x", None),
        ("user", "pässword", None),
    ],
)
def test_credentials_cannot_leave_their_quotes(username: str, password: str, sent: bytes | None) -> None:
    with scripted(IMAP, {}) as server:
        account = replace(server.imap_account(), username=username, password=Secret(password))
        mailbox = Mailbox(account, Folders(), deadlines=PATIENT)
        if sent is None:
            with pytest.raises(MailboxRefused):
                mailbox.open()
            assert not any(b"LOGIN" in line or b"DELETE" in line for line in server.lines)
        else:
            mailbox.open()
            mailbox.close()
            assert any(sent in line for line in server.lines)


def test_a_rebuilt_inbox_is_noticed_after_a_visit_elsewhere() -> None:
    with scripted(IMAP, {}) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), deadlines=PATIENT)
        mailbox.open()
        assert list(mailbox.list_folder(FolderRole.HELD)) != []
        mailbox.uidvalidity = 6
        with pytest.raises(MailboxLost, match="anew"):
            mailbox.refile(FolderRole.HELD, FolderRole.PROCESSED, "0" * 64, 5)


def test_what_a_server_tells_unasked_is_not_kept(wake: int) -> None:
    with scripted(IMAP, {" NOOP": b"* 1 EXISTS\r\n" * 1000 + b"TAG OK x\r\n"}) as server:
        mailbox = Mailbox(server.imap_account(), Folders(), idle=False, deadlines=PATIENT)
        mailbox.open()
        for _ in range(3):
            mailbox.wait(0, wake)
        with mailbox._connection.operation("look") as client:
            assert sum(map(len, client._imap.untagged_responses.values())) < 20
        mailbox.close()


@pytest.fixture
def wake() -> Iterator[int]:
    reading, writing = os.pipe()
    yield reading
    os.close(reading)
    os.close(writing)
