"""What `adapters/smtp.py` relies on in aiosmtplib. A failure here after an update says where to look."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError
from aiosmtplib.protocol import SMTPProtocol

from tests.loopback import LOOPBACK
from tests.scripted import SMTP as SCRIPT
from tests.scripted import Act, Script, scripted
from tests.servers import SmtpSink


def converse(port: int, use: Callable[[SMTP], Awaitable[None]]) -> None:
    async def go() -> None:
        client = SMTP(hostname=LOOPBACK, port=port, local_hostname="localhost", timeout=0.5, start_tls=False)
        await client.connect()
        try:
            await client.ehlo()
            await use(client)
        finally:
            client.close()

    asyncio.run(go())


def test_what_is_private_is_still_there() -> None:
    assert asyncio.iscoroutinefunction(SMTPProtocol._drain_helper)
    assert asyncio.iscoroutinefunction(SMTPProtocol.read_response)
    assert callable(SMTPProtocol.write)


def test_every_trouble_is_caught_as_one_of_two() -> None:
    assert issubclass(SMTPServerDisconnected, SMTPException) and issubclass(SMTPServerDisconnected, OSError)
    assert issubclass(SMTPTimeoutError, SMTPException) and issubclass(SMTPTimeoutError, TimeoutError)


def test_a_command_returns_refusals_and_raises_ends(smtp_sink: SmtpSink) -> None:
    async def use(client: SMTP) -> None:
        smtp_sink.fail("NOOP", "550 no")
        assert await client.execute_command(b"NOOP") == (550, "no")
        smtp_sink.fail("NOOP", "421 bye")
        assert (await client.execute_command(b"NOOP")).code == 421
        assert not client.is_connected

    converse(smtp_sink.port, use)


def test_extensions_are_lower_case_with_their_values(smtp_sink: SmtpSink) -> None:
    async def use(client: SMTP) -> None:
        assert client.supports_extension("8bitmime")
        assert client.esmtp_extensions["size"].isdecimal()

    converse(smtp_sink.port, use)


@pytest.mark.parametrize("argument", [b"TO:<a@b>\r\nRCPT TO:<c@d>", b"TO:<a\x00>", b"TO:<a\x7f>"])
def test_a_command_refuses_controls(smtp_sink: SmtpSink, argument: bytes) -> None:
    async def use(client: SMTP) -> None:
        with pytest.raises(ValueError, match="control"):
            await client.execute_command(b"RCPT", argument)

    converse(smtp_sink.port, use)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"^NOOP": b"what?\r\n"}, SMTPResponseException),
        ({"^NOOP": b"2" * 100_000}, SMTPResponseException),
        ({"^NOOP": (Act.HANG_UP,)}, SMTPServerDisconnected),
        ({"^NOOP": (Act.STALL,)}, SMTPTimeoutError),
    ],
)
def test_how_trouble_is_told(script: Script, expected: type[SMTPException]) -> None:
    async def use(client: SMTP) -> None:
        with pytest.raises(expected) as caught:
            await client.execute_command(b"NOOP")
        assert getattr(caught.value, "code", -1) <= 0

    with scripted(SCRIPT, script) as server:
        converse(server.port, use)


def test_the_librarys_own_address_reading_changes_the_recipient() -> None:
    # The reason why addresses are checked and written by ourselves.
    from aiosmtplib.email import parse_address

    assert parse_address("a,b@example.test") != "a,b@example.test"
    assert parse_address("Ann <a@example.test>") == "a@example.test"
