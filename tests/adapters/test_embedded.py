"""The embedded SMTP and IMAP servers, seen through a real socket by smtplib and imapclient."""

import re
import select
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from maildesk.adapters.embedded import Account, EmbeddedMail, EmbeddedUnavailable

DESK = Account("support@example.com", "desk secret")
TIA = Account("Tia@example.com", "tia secret")
MAIL = b"From: ann@user.example\r\nTo: support@example.com\r\nSubject: Printer\r\n\r\nIt smokes.\r\n"


class Client(IMAPClient):
    """imapclient whose IDLE reads whole lines, as the daemon's own adapter does."""

    _drain = False

    def _poll_socket(self, sock, timeout=None):
        if self._drain:
            self._drain = False
            return [True]
        return super()._poll_socket(sock, timeout)

    def idle_once(self, seconds):
        self.idle()
        self._drain = True
        early = self.idle_check(0)
        if not early:
            select.select([self.socket()], [], [], seconds)
        return early + self.idle_done()[1]

    def search_all(self):
        """Search again when mail was announced during the search: the result lacks it and IDLE will not tell again."""
        while True:
            self._imap.untagged_responses.pop("EXISTS", None)
            found = self.search("ALL")
            if "EXISTS" not in self._imap.untagged_responses:
                return found


@pytest.fixture
def site() -> Iterator[EmbeddedMail]:
    with EmbeddedMail([DESK, TIA]) as running:
        yield running


@pytest.fixture
def judging_site() -> Iterator[EmbeddedMail]:
    with EmbeddedMail([DESK, TIA], authserv_id="mx.example.com") as running:
        yield running


def login(site: EmbeddedMail, account: Account = DESK) -> Client:
    client = Client("127.0.0.1", port=site.imap_port, ssl=False, use_uid=True, timeout=10)
    try:
        client.login(account.address, account.password)
    except LoginError:
        client.shutdown()
        raise
    return client


def send(site, raw=MAIL, recipients=(DESK.address,), sender="ann@user.example", account=None):
    with smtplib.SMTP("127.0.0.1", site.smtp_port, timeout=10) as smtp:
        if account is not None:
            smtp.login(account.address, account.password)
        return smtp.sendmail(sender, list(recipients), raw)


def headers_of(raw: bytes, name: str) -> list[str]:
    head = raw.partition(b"\r\n\r\n")[0].decode("latin-1")
    return re.findall(rf"^{name}: (.*)$", head.replace("\r\n", "\n"), re.MULTILINE)


def test_smtp_delivers_into_the_inbox_with_trace_headers(site):
    send(site)
    with login(site) as imap:
        imap.select_folder("INBOX")
        (uid,) = imap.search("UNSEEN")
        raw = imap.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
    assert raw.endswith(MAIL)
    assert headers_of(raw, "Return-Path") == ["<ann@user.example>"]
    assert headers_of(raw, "Delivered-To") == ["support@example.com"]
    assert "with ESMTP for <support@example.com>;" in headers_of(raw, "Received")[0]
    assert headers_of(raw, "Authentication-Results") == []
    assert site.messages(DESK.address) == (raw,)


@pytest.mark.parametrize(
    ("recipient", "account"),
    [
        ("support@example.com", DESK),
        ("support+t0ken@example.com", DESK),
        ("Support+T0ken@Example.COM", DESK),
        ("support+a+b@example.com", DESK),
        ("tia@example.com", TIA),
    ],
)
def test_subaddress_and_case_reach_the_base_account(site, recipient, account):
    send(site, recipients=[recipient])
    (raw,) = site.messages(account.address)
    assert headers_of(raw, "Delivered-To") == [recipient]


@pytest.mark.parametrize("recipient", ["nobody@example.com", "support@elsewhere.example", "support", "+x@example.com"])
def test_unknown_recipient_is_refused(site, recipient):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(site, recipients=[recipient])
    assert refused.value.recipients[recipient] == (550, f"5.1.1 <{recipient}>: no such mailbox here".encode())


def test_known_recipient_gets_the_mail_although_another_is_refused(site):
    refused = send(site, recipients=["nobody@example.com", DESK.address])
    assert list(refused) == ["nobody@example.com"]
    assert len(site.messages(DESK.address)) == 1


def test_one_copy_for_each_different_recipient(site):
    send(site, recipients=["support+a@example.com", "support+b@example.com", "support+a@example.com"])
    assert len(site.messages(DESK.address)) == 2


def test_null_sender_and_foreign_return_path(site):
    send(site, b"Return-Path: <forged@example.net>\r\n" + MAIL, sender="")
    (raw,) = site.messages(DESK.address)
    assert headers_of(raw, "Return-Path") == ["<>"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(MAIL + b"x" * 5000 + b"\r\n", None, id="longer line than RFC 5321 allows"),
        pytest.param(MAIL + (b"x" * 76 + b"\r\n") * (20 * 1024 * 1024 // 78), None, id="20 MiB"),
        pytest.param(MAIL + (b"x" * 76 + b"\r\n") * (26 * 1024 * 1024 // 78), 552, id="26 MiB"),
    ],
)
def test_size_limits(site, raw, code):
    if code is None:
        send(site, raw)
        assert site.messages(DESK.address)[0].endswith(raw)
    else:
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            send(site, raw)
        assert refused.value.smtp_code == code


def test_mail_that_cannot_be_stored_is_refused_and_the_server_goes_on(site, monkeypatch):
    def refuse(_data: bytes) -> None:
        raise ValueError("pymap stumbles")

    with monkeypatch.context() as patch:
        patch.setattr("pymap.mime.MessageContent.parse", refuse)
        with pytest.raises(smtplib.SMTPDataError, match=r"5\.6\.0"):
            send(site)
        with pytest.raises(ValueError, match="stumbles"):
            site.deliver(DESK.address, MAIL)
    send(site)
    assert len(site.messages(DESK.address)) == 1


def test_control_characters_cannot_forge_a_header(site):
    site.deliver("support+\r\nX-Forged: yes@example.com", MAIL)
    (raw,) = site.messages(DESK.address)
    assert not re.search(rb"(^|[\r\n])X-Forged", raw)


def test_idle_hears_of_smtp_delivery(site):
    with login(site) as imap:
        imap.select_folder("INBOX")
        sender = threading.Timer(0.1, send, [site])
        sender.start()
        pushed = imap.idle_once(10)
        sender.join()
    assert (1, b"EXISTS") in pushed


def test_idle_hears_of_mail_that_came_just_before_it(site):
    with login(site) as imap:
        imap.select_folder("INBOX")
        site.deliver(DESK.address, MAIL)
        began = time.monotonic()
        assert (1, b"EXISTS") in imap.idle_once(10)
        assert time.monotonic() - began < 5


def test_idle_hears_every_mail_of_a_burst(site):
    total = 40
    seen: set[int] = set()
    burst = threading.Thread(target=lambda: [site.deliver(DESK.address, MAIL) for _ in range(total)])
    with login(site) as imap:
        imap.select_folder("INBOX")
        burst.start()
        deadline = time.monotonic() + 20
        while len(seen) < total and time.monotonic() < deadline:
            seen.update(imap.search_all())
            if len(seen) < total:
                assert imap.idle_once(10), "no push although mail was missing"
    burst.join()
    assert len(seen) == total


def test_move_creates_and_empties(site):
    site.deliver(DESK.address, MAIL)
    with login(site) as imap:
        imap.create_folder("Processed/2026")
        imap.select_folder("INBOX")
        imap.move(imap.search("ALL"), "Processed/2026")
        assert imap.search("ALL") == []
        assert imap.has_capability("UIDPLUS")
    assert site.messages(DESK.address) == ()
    assert len(site.messages(DESK.address, "Processed/2026")) == 1


def test_plain_client_files_flags_and_expunges(site):
    with login(site, TIA) as imap:
        assert {name for _, _, name in imap.list_folders()} >= {"INBOX", "Sent"}
        assert "Sent" in {name for _, _, name in imap.list_sub_folders()}
        assert b"APPENDUID" in imap.append("Sent", MAIL, flags=[b"\\Seen"])
        imap.select_folder("Sent")
        (uid,) = imap.search("SEEN")
        imap.add_flags([uid], [b"\\Flagged", b"\\Deleted"])
        assert set(imap.get_flags([uid])[uid]) >= {b"\\Seen", b"\\Flagged", b"\\Deleted"}
        assert imap.fetch([uid], ["ENVELOPE"])[uid][b"ENVELOPE"].subject == b"Printer"
        imap.uid_expunge([uid])
    assert site.messages(TIA.address, "Sent") == ()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(MAIL + bytes(range(256)) + b"\r\n", id="every byte"),
        pytest.param(b"Subject: \xfc\n\nbare LF\n", id="bare LF"),
        pytest.param(b"\r\n\r\nno header at all", id="no header"),
        pytest.param(b"From: @@;<<\r\nContent-Type: ;;=\r\nDate: x\r\nMessage-ID: <<>\r\n\r\n", id="broken headers"),
    ],
)
def test_bytes_come_back_as_delivered(site, raw):
    site.deliver(DESK.address, raw)
    with login(site) as imap:
        imap.select_folder("INBOX")
        assert imap.fetch([101], ["BODY.PEEK[]"])[101][b"BODY[]"].endswith(b"\r\n" + raw)


@pytest.mark.parametrize("account", [Account(DESK.address, "wrong"), Account("nobody@example.com", "desk secret")])
def test_wrong_password_is_refused_by_both(site, account):
    with pytest.raises(LoginError):
        login(site, account)
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(site, account=account)


@pytest.mark.parametrize("raw", [b"", b"Subject: only\r\n", b"Subject: cut", b"\r\n"])
def test_header_without_body_ends_with_its_empty_line(site, raw):
    site.deliver(DESK.address, raw)
    (stored,) = site.messages(DESK.address)
    assert stored.endswith(raw.rstrip() + (b"\r\n\r\n" if raw.strip() else b"\r\n"))
    with login(site) as imap:
        imap.select_folder("INBOX")
        assert imap.fetch([101], ["BODY.PEEK[]"])[101][b"BODY[]"] == stored


FROM_TIA = MAIL.replace(b"ann@user.example", b'"Berg, Tia" <tia@Example.com>')
PASS = "mx.example.com; dmarc=pass header.from=Example.com"
NONE = "mx.example.com; dmarc=none header.from=Example.com"


@pytest.mark.parametrize(
    ("raw", "account", "verdict"),
    [
        pytest.param(FROM_TIA, TIA, PASS, id="own address, logged in"),
        pytest.param(FROM_TIA, None, NONE, id="forged, not logged in"),
        pytest.param(FROM_TIA, DESK, NONE, id="forged, logged in as another"),
        pytest.param(MAIL, TIA, "mx.example.com; dmarc=none header.from=user.example", id="foreign From"),
        pytest.param(
            b"From: tia@Example.com\r\n" + MAIL, TIA, "mx.example.com; dmarc=none", id="two From fields prove nothing"
        ),
        pytest.param(
            b"From: " + b"(" * 5000 + b" tia@Example.com\r\n\r\n",
            TIA,
            "mx.example.com; dmarc=none",
            id="unreadable From",
        ),
        pytest.param(b"Subject: no From\r\n\r\n", TIA, "mx.example.com; dmarc=none", id="no From"),
    ],
)
def test_verdict(judging_site, raw, account, verdict):
    send(judging_site, raw, account=account)
    assert headers_of(judging_site.messages(DESK.address)[0], "Authentication-Results") == [verdict]


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_both_auth_mechanisms_without_tls(judging_site, mechanism):
    with smtplib.SMTP("127.0.0.1", judging_site.smtp_port, timeout=10) as smtp:
        smtp.ehlo()
        smtp.user, smtp.password = TIA.address, TIA.password
        smtp.auth(mechanism[5:].upper(), getattr(smtp, mechanism))
        smtp.sendmail(TIA.address, [DESK.address], FROM_TIA)
    assert headers_of(judging_site.messages(DESK.address)[0], "Authentication-Results") == [PASS]


@pytest.mark.parametrize(
    "forged",
    [
        b"Authentication-Results: mx.example.com; dmarc=pass\r\n",
        b"AUTHENTICATION-RESULTS : MX.EXAMPLE.COM; dmarc=pass\r\n",
        b"Authentication-Results:\r\n (really; yes) mx.example.com 1;\r\n\tdmarc=pass\r\n",
        b'Authentication-Results: "mx\\.example.com"; dmarc=pass\r\n',
        b"X-Hide: a\rAuthentication-Results: mx.example.com; dmarc=pass\r\n",
        b"X-Hide: a\nAuthentication-Results: mx.example.com; dmarc=pass\r\n",
        b"Authentication-Results: mx.example.com; dmarc=pass\r\n" * 3,
    ],
)
def test_forged_results_are_removed(judging_site, forged):
    send(judging_site, forged + FROM_TIA)
    (raw,) = judging_site.messages(DESK.address)
    assert b"dmarc=pass" not in raw
    assert raw.endswith(FROM_TIA)


def test_results_of_others_and_of_sites_without_a_name_are_kept(site, judging_site):
    foreign = b"Authentication-Results: mx.other.example; spf=pass\r\n"
    send(judging_site, foreign + MAIL)
    send(site, foreign + MAIL)
    assert all(where.messages(DESK.address)[0].endswith(foreign + MAIL) for where in (site, judging_site))


def test_a_body_that_looks_like_results_is_kept(judging_site):
    raw = MAIL + b"Authentication-Results: mx.example.com; dmarc=pass\r\n"
    send(judging_site, raw)
    assert judging_site.messages(DESK.address)[0].endswith(raw)


def test_deliver_takes_the_envelope_sender_from_the_mail(judging_site):
    judging_site.deliver("support+x@example.com", MAIL)
    judging_site.deliver("support@example.com", b"Return-Path: <>\r\n" + MAIL)
    first, second = judging_site.messages(DESK.address)
    assert headers_of(first, "Return-Path") == ["<ann@user.example>"]
    assert headers_of(first, "Delivered-To") == ["support+x@example.com"]
    assert headers_of(first, "Authentication-Results") == ["mx.example.com; dmarc=none header.from=user.example"]
    assert headers_of(second, "Return-Path") == ["<>"]


def test_unknown_addresses_and_folders(site):
    with pytest.raises(LookupError, match="nobody@example"):
        site.deliver("nobody@example.com", MAIL)
    with pytest.raises(LookupError, match="nobody@example"):
        site.messages("nobody@example.com")
    assert site.messages(DESK.address, "Nowhere") == ()


def test_stop_ends_thread_ports_and_connections_within_two_seconds(site):
    with login(site) as idle, smtplib.SMTP("127.0.0.1", site.smtp_port) as smtp:
        smtp.ehlo()
        idle.select_folder("INBOX")
        idle.idle()
        began = time.monotonic()
        site.stop()
        assert time.monotonic() - began < 2
        assert idle.socket().recv(100).startswith((b"*", b""))
        idle.shutdown()
        smtp.close()
        idle.logout = smtp.quit = lambda: None
    assert "embedded-mail" not in {thread.name for thread in threading.enumerate()}
    for port in (site.imap_port, site.smtp_port):
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
    site.stop()
    with pytest.raises(RuntimeError, match="not running"):
        site.deliver(DESK.address, MAIL)


def test_restart_uses_the_same_ports_and_begins_empty(site):
    ports = site.imap_port, site.smtp_port
    site.deliver(DESK.address, MAIL)
    site.stop()
    site.start()
    assert (site.imap_port, site.smtp_port) == ports
    assert site.messages(DESK.address) == ()


def test_taken_port_is_an_error_and_leaves_no_thread(site):
    with pytest.raises(OSError):
        EmbeddedMail([DESK], smtp_port=site.smtp_port).start()
    assert [thread.name for thread in threading.enumerate()].count("embedded-mail") == 1


def test_missing_libraries_are_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "maildesk.adapters.embedded.servers", raising=False)
    monkeypatch.setitem(sys.modules, "aiosmtpd", None)
    with pytest.raises(EmbeddedUnavailable, match=r"install maildesk\[demo\]"):
        EmbeddedMail([DESK]).start()


NOISY = """
import gc, imapclient, logging, smtplib, socket, struct
from maildesk.adapters.embedded import Account, EmbeddedMail
logging.basicConfig(level=logging.INFO)
site = EmbeddedMail([Account("a@b.example", "x")])
site.start()
clients = [imapclient.IMAPClient("127.0.0.1", port=site.imap_port, ssl=False) for _ in range(3)]
for client in clients:
    client.login("a@b.example", "x")
    client.select_folder("INBOX")
clients[0].idle()
stuck = socket.create_connection(("127.0.0.1", site.imap_port))
site.deliver("a@b.example", b"x" * 20_000_000)
stuck.sendall(b"1 LOGIN a@b.example x\\r\\n2 SELECT INBOX\\r\\n3 FETCH 1 BODY[]\\r\\n")
while b"FETCH" not in stuck.recv(1000): pass
smtp = smtplib.SMTP("127.0.0.1", site.smtp_port)
smtp.login("a@b.example", "x")
smtp.docmd("NONSENSE")
smtp.docmd("AUTH")
for port in (site.imap_port, site.smtp_port) * 5:
    rude = socket.create_connection(("127.0.0.1", port))
    rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    rude.sendall(b"EHLO x\\r\\n" * 50)
    rude.close()
smtp.noop()
imapclient.IMAPClient("127.0.0.1", port=site.imap_port, ssl=False).logout()
smtplib.SMTP("127.0.0.1", site.smtp_port).quit()
site.stop()
for client in clients: client.socket().close()
stuck.close(); smtp.close()
gc.collect()
"""


def test_nothing_is_written_to_stderr():
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", NOISY], check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
