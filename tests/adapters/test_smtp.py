"""Sending against a real SMTP server with faults, and against one that lies, stalls and hangs up."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maildesk.adapters.smtp import Answer, SendResult, Stage, Submission, Timeouts
from maildesk.model.settings import Secret, Security, SmtpAccount
from tests.loopback import LOOPBACK, PASSWORD, Certificate, free_port
from tests.scripted import GREETING, SMTP, Act, Script, is_slow, scripted
from tests.servers import DROP, LOSE_250, STALL, Fault, SmtpSink, running_sink

MAIL = b"Subject: hello\r\n\r\n.\r\n..dots\r\ntext\r\n"
# A busy machine may take its time, but not where a stalled server is the point.
PATIENT = Timeouts(10, 10, 10, 10, 10, 30)
HASTY = Timeouts(0.5, 0.5, 0.5, 0.5, 0.5, 30)
SENDER, RECIPIENT = "desk@example.test", "ann@example.test"


def run(
    account: SmtpAccount, use: Callable[[Submission], Awaitable[Any]], timeouts: Timeouts = PATIENT, **options: str
) -> Any:
    """Run one piece of sending code and close the connections."""

    async def go() -> Any:
        submission = Submission(account, timeouts=timeouts, **options)
        try:
            return await use(submission)
        finally:
            await submission.close()

    return asyncio.run(go())


def send(
    account: SmtpAccount,
    data: bytes = MAIL,
    sender: str = SENDER,
    recipient: str = RECIPIENT,
    timeouts: Timeouts = PATIENT,
) -> SendResult:
    result: SendResult = run(account, lambda submission: submission.send(sender, recipient, data), timeouts)
    return result


def send_many(account: SmtpAccount, count: int, timeouts: Timeouts = PATIENT) -> list[SendResult]:
    """Send one after the other over one Submission."""

    async def use(submission: Submission) -> list[SendResult]:
        return [await submission.send(SENDER, RECIPIENT, MAIL) for _ in range(count)]

    results: list[SendResult] = run(account, use, timeouts)
    return results


def answers(results: list[SendResult]) -> list[Answer]:
    return [result.state for result in results]


# -------------------------------------------------------------------------------------------------- what arrives


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(MAIL, id="dots"),
        pytest.param(b"Subject: x\r\n\r\n", id="no body"),
        pytest.param("Subject: x\r\n\r\nGrüße\r\n".encode(), id="8 bit"),
        pytest.param(b"Subject: x\r\n\r\n" + b".x\r\n" * 50_000, id="every line a dot"),
        pytest.param(b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * 50_000, id="3.6 MB"),
    ],
)
def test_bytes_arrive_as_they_are(smtp_sink: SmtpSink, data: bytes) -> None:
    result = send(smtp_sink.account(), data)
    assert result == SendResult(Answer.ACCEPTED, 250, "2.0.0 kept", Stage.BODY)
    assert [mail.data for mail in smtp_sink.mails] == [data]


@pytest.mark.parametrize("smuggled", [b"a\n.\nMAIL FROM:<x@y>\r\n", b"a\r.\rb\r\n", b"a\n.\r\nb\r\n", b"no end"])
def test_bare_line_ends_cannot_end_the_data(smtp_sink: SmtpSink, smuggled: bytes) -> None:
    assert send(smtp_sink.account(), b"Subject: x\r\n\r\n" + smuggled).state is Answer.ACCEPTED
    (mail,) = smtp_sink.mails
    assert b"\n" not in mail.data.replace(b"\r\n", b"") and b"\r" not in mail.data.replace(b"\r\n", b"")
    assert mail.data.split() == (b"Subject: x\r\n\r\n" + smuggled).split()


@pytest.mark.parametrize("sender", ["", SENDER, "support+token.x-y=z@example.test"])
def test_the_envelope_is_what_was_asked_for(smtp_sink: SmtpSink, sender: str) -> None:
    send(smtp_sink.account(), sender=sender)
    (mail,) = smtp_sink.mails
    assert (mail.mail_from, mail.recipient) == (sender, RECIPIENT)


@pytest.mark.parametrize(
    "address",
    [
        "", "ann", "@", "@example.test", "ann@", "a b@example.test", "ann@exa mple.test", "<ann@example.test>",
        "ann@example.test>", "ann@x\r\nRCPT TO:<b@y>", "ann@x\nDATA", "ann\x00@x", "ann@x\x7f", "a,b@x", "Ann <a@x>",
        '"a b"@x', "a@b@c", "ann@x SIZE=1", "ann\u2028@x", "ann\u00a0@x", "ann@\udcff", "ann@" + "ü" * 300, "ann@..ü",
    ],
)  # fmt: skip
def test_an_unfit_address_never_touches_the_wire(smtp_sink: SmtpSink, address: str) -> None:
    result = send(smtp_sink.account(), recipient=address)
    assert (result.state, result.code) == (Answer.REFUSED, None)
    assert result.reply.isprintable()
    if address:
        assert send(smtp_sink.account(), sender=address).state is Answer.REFUSED
    assert smtp_sink.connections == 0


def test_a_domain_beyond_ascii_needs_no_smtputf8() -> None:
    with running_sink(enable_SMTPUTF8=False) as sink:
        assert send(sink.account(), recipient="ann@bücher.test").state is Answer.ACCEPTED
        assert sink.mails[0].recipient == "ann@xn--bcher-kva.test"


@pytest.mark.parametrize(("is_offered", "expected"), [(True, Answer.ACCEPTED), (False, Answer.REFUSED)])
def test_a_local_part_beyond_ascii_needs_smtputf8(is_offered: bool, expected: Answer) -> None:
    with running_sink(enable_SMTPUTF8=is_offered) as sink:
        results = [send(sink.account(), recipient="änn@example.test"), send(sink.account(), sender="dësk@example.test")]
        assert answers(results) == [expected, expected]
        assert all(("SMTPUTF8" in result.reply) != is_offered for result in results)
        assert all("SMTPUTF8" in mail.mail_options for mail in sink.mails)


def test_a_mail_above_the_servers_size_is_refused_before_it_is_sent() -> None:
    with running_sink(data_size_limit=1000) as sink:
        result = send(sink.account(), b"x" * 2000 + b"\r\n")
        assert (result.state, "1000 bytes" in result.reply) == (Answer.REFUSED, True)
        assert "MAIL" not in sink.commands


# ------------------------------------------------------------------------------------------------- what it answers

FAULTS: list[tuple[str, Fault | str, Answer, int | None, Stage]] = [
    ("CONNECT", "421 4.3.2 busy", Answer.DEFERRED, 421, Stage.CONNECT),
    ("CONNECT", "554 5.7.1 go away", Answer.DEFERRED, 554, Stage.CONNECT),
    ("CONNECT", DROP, Answer.DEFERRED, None, Stage.CONNECT),
    ("CONNECT", STALL, Answer.DEFERRED, None, Stage.CONNECT),
    ("EHLO", "550 5.7.1 who are you", Answer.DEFERRED, 550, Stage.EHLO),
    ("EHLO", "421 later", Answer.DEFERRED, 421, Stage.EHLO),
    ("EHLO", STALL, Answer.DEFERRED, None, Stage.EHLO),
    ("MAIL", "451 4.3.0 later", Answer.DEFERRED, 451, Stage.MAIL),
    ("MAIL", "550 5.7.1 not you", Answer.DEFERRED, 550, Stage.MAIL),
    ("MAIL", "530 5.7.0 log in", Answer.DEFERRED, 530, Stage.MAIL),
    ("MAIL", "552 5.3.4 too big", Answer.REFUSED, 552, Stage.MAIL),
    ("MAIL", DROP, Answer.DEFERRED, None, Stage.MAIL),
    ("MAIL", STALL, Answer.DEFERRED, None, Stage.MAIL),
    ("RCPT", "450 4.2.0 greylisted", Answer.DEFERRED, 450, Stage.RCPT),
    ("RCPT", "421 4.7.0 too fast", Answer.DEFERRED, 421, Stage.RCPT),
    ("RCPT", "550 5.1.1 no such user", Answer.REFUSED, 550, Stage.RCPT),
    ("RCPT", "553 5.1.3 bad name", Answer.REFUSED, 553, Stage.RCPT),
    ("RCPT", "530 5.7.0 log in", Answer.DEFERRED, 530, Stage.RCPT),
    ("RCPT", "503 5.5.1 MAIL first", Answer.DEFERRED, 503, Stage.RCPT),
    ("RCPT", DROP, Answer.DEFERRED, None, Stage.RCPT),
    ("RCPT", STALL, Answer.DEFERRED, None, Stage.RCPT),
    ("DATA", "451 4.3.0 later", Answer.DEFERRED, 451, Stage.DATA),
    ("DATA", "554 5.7.1 no", Answer.REFUSED, 554, Stage.DATA),
    ("DATA", "250 what data", Answer.DEFERRED, 250, Stage.DATA),
    ("DATA", DROP, Answer.DEFERRED, None, Stage.DATA),
    ("DATA", STALL, Answer.DEFERRED, None, Stage.DATA),
    ("DATA", Fault("451 4.3.0 disk full", is_after=True), Answer.DEFERRED, 451, Stage.BODY),
    ("DATA", Fault("552 5.3.4 too big", is_after=True), Answer.REFUSED, 552, Stage.BODY),
    ("DATA", Fault("554 5.6.0 spam", is_after=True), Answer.REFUSED, 554, Stage.BODY),
    ("DATA", Fault(is_stall=True, is_after=True), Answer.UNKNOWN, None, Stage.BODY),
    ("DATA", LOSE_250, Answer.UNKNOWN, None, Stage.BODY),
]


@pytest.mark.parametrize(("command", "fault", "state", "code", "stage"), FAULTS)
def test_each_fault_has_its_answer_and_the_next_mail_goes(
    smtp_sink: SmtpSink, command: str, fault: Fault | str, state: Answer, code: int | None, stage: Stage
) -> None:
    smtp_sink.fail(command, fault)
    is_stall = isinstance(fault, Fault) and fault.is_stall
    first, second = send_many(smtp_sink.account(connections=1), 2, HASTY if is_stall else PATIENT)
    assert (first.state, first.code, first.stage) == (state, code, stage)
    assert (first.reply, second.state) == (first.reply.strip(), Answer.ACCEPTED)
    if isinstance(fault, str):
        assert first.reply == fault[4:]


def test_a_refused_mail_does_not_cost_the_connection(smtp_sink: SmtpSink) -> None:
    smtp_sink.fail("RCPT", "550 5.1.1 no such user", times=3)
    results = send_many(smtp_sink.account(connections=1), 4)
    assert answers(results) == [Answer.REFUSED] * 3 + [Answer.ACCEPTED]
    assert smtp_sink.connections == 1
    assert len(smtp_sink.mails) == 1


SCRIPTS: list[tuple[str, Script, Answer, Stage]] = [
    ("no word after the dot", {r"^\.\r\n": (Act.STALL,)}, Answer.UNKNOWN, Stage.BODY),
    ("hang-up after the dot", {r"^\.\r\n": (Act.HANG_UP,)}, Answer.UNKNOWN, Stage.BODY),
    ("half a 250", {r"^\.\r\n": (b"25", Act.HANG_UP)}, Answer.UNKNOWN, Stage.BODY),
    ("garbage after the dot", {r"^\.\r\n": b"fine by me\r\n"}, Answer.UNKNOWN, Stage.BODY),
    ("250 in drips", {r"^\.\r\n": (b"2", 0.05, b"50 o", 0.05, b"k\r", 0.05, b"\n")}, Answer.ACCEPTED, Stage.BODY),
    ("250 in many lines", {r"^\.\r\n": b"250-a\r\n" * 100 + b"250 b\r\n"}, Answer.ACCEPTED, Stage.BODY),
    ("garbage greeting", {GREETING: b"* OK IMAP4rev1\r\n"}, Answer.DEFERRED, Stage.CONNECT),
    ("endless greeting", {GREETING: b"220-hello\r\n" * 100_000}, Answer.DEFERRED, Stage.CONNECT),
    ("endless line", {"^MAIL": b"2" * 1_000_000}, Answer.DEFERRED, Stage.MAIL),
    ("flood at RCPT", {"^RCPT": b"250 ok\r\n" * 100_000}, Answer.DEFERRED, Stage.RCPT),
    ("every word twice", {"^RCPT": b"250 ok\r\n250 ok\r\n"}, Answer.DEFERRED, Stage.DATA),
    ("no ESMTP", {"^EHLO": b"502 what\r\n"}, Answer.ACCEPTED, Stage.BODY),
]


@pytest.mark.parametrize(("script", "state", "stage"), [row[1:] for row in SCRIPTS], ids=[row[0] for row in SCRIPTS])
def test_a_broken_server_is_no_exception(script: Script, state: Answer, stage: Stage) -> None:
    data = b"Subject: x\r\n" * 1000 + b"\r\n"
    with scripted(SMTP, {"^Subject": b"", **script}) as server:
        started = time.monotonic()
        result = send(server.smtp_account(), data, timeouts=HASTY if is_slow(script) else PATIENT)
        assert (result.state, result.stage) == (state, stage)
        assert len(result.reply) <= 300
        assert result.reply.isprintable()
        assert time.monotonic() - started < 5


BIG = b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * 400_000


@pytest.mark.parametrize(
    ("steps", "state", "stage"),
    [
        pytest.param(
            (b"354 go\r\n", 0.05, b"552 5.3.4 enough\r\n", Act.STALL), Answer.REFUSED, Stage.BODY, id="refused"
        ),
        pytest.param((b"354 go\r\n", 0.05, b"250 ok\r\n", Act.STALL), Answer.DEFERRED, Stage.DATA, id="early 250"),
        pytest.param((b"354 go\r\n", Act.STALL), Answer.DEFERRED, Stage.DATA, id="stops reading"),
        pytest.param((b"354 go\r\n", 0.05, Act.HANG_UP), Answer.DEFERRED, Stage.DATA, id="hangs up"),
    ],
)
def test_what_happens_before_the_dot_is_never_unknown(
    steps: tuple[bytes | float | Act, ...], state: Answer, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maildesk.adapters.smtp._BYTES_PER_SECOND", 1e9)
    with scripted(SMTP, {"^EHLO": b"250 hi\r\n", "^DATA": steps}) as server:
        result = send(
            server.smtp_account(), BIG, timeouts=HASTY if steps[-1] is Act.STALL and len(steps) == 2 else PATIENT
        )
    assert (result.state, result.stage) == (state, stage)


def test_nobody_listens() -> None:
    result = send(SmtpAccount(LOOPBACK, free_port(), Security.NONE))
    assert (result.state, result.code, result.stage) == (Answer.DEFERRED, None, Stage.CONNECT)


# ------------------------------------------------------------------------------------------------------ protection


@pytest.mark.parametrize("is_tls", [True, False], ids=["tls", "starttls"])
def test_mail_goes_protected(certificate: Certificate, is_tls: bool) -> None:
    with running_sink(certificate, is_tls=is_tls, require_starttls=not is_tls) as sink:
        assert answers(send_many(sink.account(), 2)) == [Answer.ACCEPTED] * 2
        big = b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * 40_000
        assert run(sink.account(), lambda it: it.send(SENDER, RECIPIENT, big), Timeouts()).state is Answer.ACCEPTED
        assert [len(mail.data) for mail in sink.mails] == [len(MAIL), len(MAIL), len(big)]


@pytest.mark.parametrize("is_tls", [True, False], ids=["tls", "starttls"])
def test_certificates_are_verified(certificate: Certificate, foreign_certificate: Certificate, is_tls: bool) -> None:
    for shown, trusted in ((certificate, None), (certificate, foreign_certificate), (foreign_certificate,) * 2):
        with running_sink(shown, is_tls=is_tls) as sink:
            result = send(sink.account(ca_file=trusted.cert if trusted else None))
            assert (result.state, result.stage) == (Answer.DEFERRED, Stage.TLS)
            assert "certificate verify failed" in result.reply
            assert "MAIL" not in sink.commands


STARTTLS_OFFERED = b"250-scripted\r\n250 STARTTLS\r\n"
UNPROTECTED: list[tuple[str, Script, Stage]] = [
    ("not offered", {}, Stage.TLS),
    ("refused", {"^EHLO": STARTTLS_OFFERED, "^STARTTLS": b"454 not now\r\n"}, Stage.TLS),
    ("gone on in clear text", {"^EHLO": STARTTLS_OFFERED, "^STARTTLS": b"220 go\r\n250 injected\r\n"}, Stage.TLS),
    ("hang-up", {"^EHLO": STARTTLS_OFFERED, "^STARTTLS": (b"220 go\r\n", Act.HANG_UP)}, Stage.TLS),
    ("stall", {"^EHLO": STARTTLS_OFFERED, "^STARTTLS": (b"220 go\r\n", Act.STALL)}, Stage.TLS),
]


@pytest.mark.parametrize(("script", "stage"), [row[1:] for row in UNPROTECTED], ids=[row[0] for row in UNPROTECTED])
def test_nothing_is_sent_without_the_protection_asked_for(
    script: Script, stage: Stage, certificate: Certificate
) -> None:
    with scripted(SMTP, script, certificate) as server:
        account = replace(server.smtp_account(Security.STARTTLS), username="desk", password=Secret(PASSWORD))
        result = send(account, timeouts=HASTY)
        assert (result.state, result.stage) == (Answer.DEFERRED, stage)
        assert not any(line.startswith((b"AUTH", b"MAIL")) for line in server.lines)


def test_tls_at_a_plain_port(certificate: Certificate) -> None:
    with scripted(SMTP, {}, certificate) as server:
        result = send(server.smtp_account(Security.TLS))
        assert (result.state, result.stage) == (Answer.DEFERRED, Stage.TLS)


@pytest.mark.parametrize(
    ("password", "state", "stage"),
    [(PASSWORD, Answer.ACCEPTED, Stage.BODY), ("wrong-wrong", Answer.DEFERRED, Stage.LOGIN)],
)
def test_login(certificate: Certificate, password: str, state: Answer, stage: Stage) -> None:
    with running_sink(certificate, is_login_needed=True) as sink:
        result = send(sink.account(username="desk", password=Secret(password)))
        assert (result.state, result.stage) == (state, stage)
        assert sink.commands.count("AUTH") == 1, "a wrong password is tried once"
        assert password not in result.reply


@pytest.mark.parametrize("fault", [STALL, DROP, "454 4.7.0 later", "535 5.7.8 no"])
def test_a_login_that_fails_ends_the_connection(certificate: Certificate, fault: Fault | str) -> None:
    with running_sink(certificate, is_login_needed=True) as sink:
        sink.fail("AUTH", fault)
        account = sink.account(connections=1, username="desk", password=Secret(PASSWORD))
        first, second = send_many(account, 2, HASTY if fault is STALL else PATIENT)
        assert (first.state, first.stage) == (Answer.DEFERRED, Stage.LOGIN)
        assert second.state is Answer.ACCEPTED


def test_a_missing_login_is_not_the_recipients_fault() -> None:
    with scripted(SMTP, {}) as server:
        account = replace(server.smtp_account(), username="desk", password=Secret(PASSWORD))
        result = send(account)
        assert (result.state, result.stage) == (Answer.DEFERRED, Stage.LOGIN)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({}, ""),
        ({GREETING: b"554 go away\r\n"}, "connect: go away"),
        ({"^EHLO": b"550 who are you\r\n"}, "ehlo: who are you"),
        ({"^EHLO": (Act.HANG_UP,)}, "ehlo: "),
    ],
)
def test_a_probe_says_what_is_wrong_and_sends_nothing(script: Script, expected: str) -> None:
    with scripted(SMTP, script) as server:
        said = run(server.smtp_account(), lambda submission: submission.probe())
        assert said.startswith(expected) and bool(said) == bool(expected)
        assert not any(line.startswith(b"MAIL") for line in server.lines)


def test_an_unreadable_ca_file_is_told_at_once(tmp_path: Path) -> None:
    async def build() -> None:
        Submission(SmtpAccount(LOOPBACK, 1, Security.TLS, ca_file=tmp_path / "missing.pem"))

    with pytest.raises(OSError, match="No such file"):
        asyncio.run(build())


# ----------------------------------------------------------------------------------------------------- connections


def test_connections_are_kept_and_bounded(smtp_sink: SmtpSink) -> None:
    async def use(submission: Submission) -> list[SendResult]:
        return await asyncio.gather(*(submission.send(SENDER, f"u{n}@example.test", MAIL) for n in range(30)))

    assert answers(run(smtp_sink.account(connections=3), use)) == [Answer.ACCEPTED] * 30
    assert smtp_sink.connections == 3
    assert {mail.recipient for mail in smtp_sink.mails} == {f"u{n}@example.test" for n in range(30)}


def test_connections_are_renewed_after_a_hundred_mails(smtp_sink: SmtpSink) -> None:
    assert answers(send_many(smtp_sink.account(connections=1), 201)) == [Answer.ACCEPTED] * 201
    assert smtp_sink.connections == 3


def test_an_idle_connection_is_closed(smtp_sink: SmtpSink) -> None:
    async def use(submission: Submission) -> None:
        await submission.send(SENDER, RECIPIENT, MAIL)
        deadline = time.monotonic() + 5
        while smtp_sink.is_connected() and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        assert not smtp_sink.is_connected()
        await submission.send(SENDER, RECIPIENT, MAIL)

    run(smtp_sink.account(), use, replace(PATIENT, idle_seconds=0.05))
    assert (smtp_sink.connections, len(smtp_sink.mails)) == (2, 2)


def hang_up(sink: SmtpSink) -> None:
    sink.hang_up()


def say_421(sink: SmtpSink) -> None:
    sink.fail("MAIL", "421 4.4.2 idle too long")


def drop_at_mail(sink: SmtpSink) -> None:
    sink.fail("MAIL", DROP)


@pytest.mark.parametrize("mishap", [hang_up, say_421, drop_at_mail])
def test_a_connection_closed_while_idle_costs_nothing(smtp_sink: SmtpSink, mishap: Callable[[SmtpSink], None]) -> None:
    async def use(submission: Submission) -> list[SendResult]:
        first = await submission.send(SENDER, RECIPIENT, MAIL)
        mishap(smtp_sink)
        return [first, await submission.send(SENDER, RECIPIENT, MAIL)]

    assert answers(run(smtp_sink.account(connections=1), use)) == [Answer.ACCEPTED] * 2
    assert (smtp_sink.connections, len(smtp_sink.mails)) == (2, 2)


def test_the_retry_is_made_once(smtp_sink: SmtpSink) -> None:
    async def use(submission: Submission) -> SendResult:
        await submission.send(SENDER, RECIPIENT, MAIL)
        smtp_sink.fail("MAIL", "421 4.3.2 shutting down", times=9)
        return await submission.send(SENDER, RECIPIENT, MAIL)

    result: SendResult = run(smtp_sink.account(connections=1), use)
    assert (result.state, result.code) == (Answer.DEFERRED, 421)
    assert smtp_sink.connections == 2


def test_a_cancelled_send_leaves_no_half_used_connection(smtp_sink: SmtpSink) -> None:
    async def use(submission: Submission) -> SendResult:
        smtp_sink.fail("RCPT", STALL)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(submission.send(SENDER, RECIPIENT, MAIL), 0.1)
        return await submission.send(SENDER, RECIPIENT, MAIL)

    assert run(smtp_sink.account(connections=1), use, Timeouts()).state is Answer.ACCEPTED
    assert smtp_sink.connections == 2


def test_the_greeting_may_take_longer_than_the_connecting() -> None:
    with scripted(SMTP, {GREETING: (0.4, b"220 at last\r\n")}) as server:
        result = run(
            server.smtp_account(),
            lambda submission: submission.send(SENDER, RECIPIENT, MAIL),
            replace(PATIENT, connect_seconds=0.3),
            local_hostname="desk.example.test",
        )
        assert result.state is Answer.ACCEPTED
        assert server.lines[0] == b"EHLO desk.example.test\r\n"
