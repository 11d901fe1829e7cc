"""Signatures beside the parsing: who is asked about, and what comes of the answer."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import pytest

from maildesk.adapters.sandbox import ParsingFailed, SandboxedMail
from maildesk.intake.verified import VerifiedReading
from maildesk.mail.authres import with_signers
from maildesk.model.message import AuthVerdict
from tests import make
from tests.make import ANN, FAIL, NOW, PASS

OWN_PASS = AuthVerdict("pass", "pass", None, from_aligned=True)


class Reading:
    """A sandbox that knows the mail already."""

    def __init__(self, auth: AuthVerdict | None, *, sender: bool = True) -> None:
        self._mail = SandboxedMail(make.message(auth=auth, sender=ANN if sender else None), ())
        self._pool = ThreadPoolExecutor(1)

    def read(self, raw: bytes, minimal: bool = False) -> SandboxedMail:
        if raw == b"broken":
            raise ParsingFailed("broken")
        return self._mail

    def submit(self, raw: bytes, minimal: bool = False) -> "Future[SandboxedMail]":
        return self._pool.submit(self.read, raw, minimal)

    def close(self) -> None:
        self._pool.shutdown()


class Signers:
    """A verifier that knows its answer."""

    def __init__(self, *domains: str) -> None:
        self.domains, self.asked = domains, 0

    def find_signers(self, raw: bytes, from_domain: str, now: datetime) -> tuple[str, ...]:
        self.asked += 1
        return tuple(d for d in self.domains if from_domain.endswith(d))


@pytest.mark.parametrize(
    ("auth", "signers", "asked", "expected"),
    [
        (None, ("client.test",), 1, OWN_PASS),
        (None, (), 1, None),
        (None, ("elsewhere.test",), 1, None),
        (
            AuthVerdict("none", "fail", "pass"),
            ("client.test",),
            1,
            AuthVerdict("pass", "pass", "pass", from_aligned=True),
        ),
        (AuthVerdict("none", "fail", "pass"), (), 1, AuthVerdict("none", "fail", "pass")),
        # What the site's own server says is not asked about again, and counts more.
        (PASS, (), 0, PASS),
        (FAIL, ("client.test",), 0, FAIL),
    ],
)
def test_what_signatures_add(
    auth: AuthVerdict | None, signers: tuple[str, ...], asked: int, expected: AuthVerdict | None
) -> None:
    verifier = Signers(*signers)
    reading = VerifiedReading(Reading(auth), verifier, lambda: NOW)
    assert reading.submit(b"mail").result().message.auth == expected
    assert verifier.asked == asked
    reading.close()


def test_a_mail_without_a_clear_sender_is_not_asked_about() -> None:
    verifier = Signers("client.test")
    reading = VerifiedReading(Reading(None, sender=False), verifier, lambda: NOW)
    assert reading.read(b"mail").message.auth is None
    assert verifier.asked == 0
    reading.close()


def test_what_cannot_be_read_fails_as_before() -> None:
    reading = VerifiedReading(Reading(None), Signers(), lambda: NOW)
    with pytest.raises(ParsingFailed, match="broken"):
        reading.submit(b"broken").result()
    reading.close()


def test_no_signature_is_no_verdict() -> None:
    assert with_signers(None, ()) is None
