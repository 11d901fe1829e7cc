"""Signatures verified here: good ones of the domain in From name it; all else is no fact, and costs little time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

import pytest

from maildesk.adapters.dkim import MOST_BYTES, Verifier
from tests.nameserver import BROKEN, SILENT, NameServer, record, running_name_server, signed, signed_by_hand

NOW = datetime.now(UTC)
MAIL = (
    b"From: Tia Berg <tia@staff.test>\r\nTo: support@desk.test\r\nSubject: Re: Printer\r\n"
    b"Message-ID: <1@staff.test>\r\n\r\n#close\r\n\r\nTry  another\tcable. \r\n\r\n\r\n"
)


@pytest.fixture(scope="module")
def running() -> Iterator[NameServer]:
    with running_name_server() as server:
        yield server


@pytest.fixture
def names(running: NameServer) -> NameServer:
    running.texts.clear()
    running.asked.clear()
    for domain in ("staff.test", "mail.staff.test", "test", "elsewhere.test", "notstaff.test"):
        running.texts[f"key1._domainkey.{domain}"] = [record()]
    return running


def signers(names: NameServer, raw: bytes, domain: str = "staff.test", **how: Any) -> tuple[str, ...]:
    return Verifier(names.resolver, **how).find_signers(raw, domain, NOW)


@pytest.mark.parametrize("canonicalize", [(b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")])
def test_a_good_signature_names_its_domain(names: NameServer, canonicalize: tuple[bytes, bytes]) -> None:
    assert signers(names, signed(MAIL, "staff.test", canonicalize=canonicalize)) == ("staff.test",)


@pytest.mark.parametrize(
    ("signer", "from_domain", "expected"),
    [
        ("staff.test", "staff.test", ("staff.test",)),
        ("staff.test", "STAFF.test", ("staff.test",)),
        ("staff.test", "mail.staff.test", ("staff.test",)),
        # What is not aligned is not even asked about.
        ("mail.staff.test", "staff.test", ()),
        ("elsewhere.test", "staff.test", ()),
        ("notstaff.test", "staff.test", ()),
        ("staff.test", "notstaff.test", ()),
        ("test", "staff.test", ()),
        ("staff.test", "", ()),
    ],
)
def test_only_the_domain_in_from_or_one_above_it_counts(
    names: NameServer, signer: str, from_domain: str, expected: tuple[str, ...]
) -> None:
    assert signers(names, signed(MAIL, signer), from_domain) == expected
    assert bool(names.asked) is bool(expected)


GOOD = signed(MAIL, "staff.test")


@pytest.mark.parametrize(
    "raw",
    [
        MAIL,
        GOOD.replace(b"#close", b"#merge"),
        GOOD.replace(b"tia@", b"ned@"),
        GOOD.replace(b"Re: Printer", b"Re: Server"),
        GOOD + b"And more.\r\n",
        b"From: eve@staff.test\r\n" + GOOD,
        b"X: a\rFrom: eve@staff.test\r\n" + GOOD,
        b"X: a\nFrom: eve@staff.test\r\n" + GOOD,
        GOOD.replace(b"a=rsa-sha256", b"a=rsa-sha1"),
        GOOD.replace(b"d=staff.test", b"d=Staff.test; l=10"),
        GOOD.replace(b"v=1", b"v=2"),
        GOOD.replace(b" s=key1", b" s=key2"),
        signed(MAIL, "staff.test", length=True),
        signed(MAIL, "staff.test", signature_algorithm=b"rsa-sha1"),
        MAIL.replace(b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * 30000 + b"\r\n", 1),
        GOOD.partition(b"\r\n\r\n")[0],
        b"",
        b"\r\n\r\n",
        b"DKIM-Signature:\r\n\r\n",
    ],
)
def test_everything_else_is_no_fact(names: NameServer, raw: bytes) -> None:
    assert signers(names, raw) == ()


@pytest.mark.parametrize(("after", "expected"), [(-1, ()), (0, ()), (60, ("staff.test",))])
def test_an_expired_signature_does_not_count(names: NameServer, after: int, expected: tuple[str, ...]) -> None:
    expiry = int((NOW + timedelta(seconds=after)).timestamp())
    assert signers(names, signed_by_hand(MAIL, "staff.test", f"h=from; x={expiry}")) == expected


@pytest.mark.parametrize(
    ("tags", "expected"), [("h=from:to", ("staff.test",)), ("h=From", ("staff.test",)), ("h=to:subject", ())]
)
def test_from_is_among_what_is_signed(names: NameServer, tags: str, expected: tuple[str, ...]) -> None:
    assert signers(names, signed_by_hand(MAIL, "staff.test", tags)) == expected


@pytest.mark.parametrize(
    "answer",
    [
        None,
        BROKEN,
        SILENT,
        [""],
        ["v=DKIM1; p="],
        ["v=DKIM1; k=rsa; p=????"],
        ["v=DKIM1; k=rsa; p=QUJD"],
        ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
        ["v=DKIM1; k=tea; p=QUJD"],
        ["v=spf1 -all"],
        [record(), "v=DKIM1; p="],
        [record() + ";" * 2000],
        [record(512)],
    ],
)
def test_a_key_that_cannot_be_had_proves_nothing(names: NameServer, answer: Any) -> None:
    names.texts["key1._domainkey.staff.test"] = answer
    if answer is None:
        del names.texts["key1._domainkey.staff.test"]
    raw = signed(MAIL, "staff.test", 512) if answer == [record(512)] else GOOD
    began = monotonic()
    assert signers(names, raw, seconds=0.5) == ()
    assert monotonic() - began < 3


def test_a_silent_name_server_holds_a_mail_up_once_for_all_its_signatures(names: NameServer) -> None:
    for place in range(8):
        names.texts[f"key{place}._domainkey.staff.test"] = SILENT
    raw = b"".join(GOOD.partition(b"From:")[0].replace(b"key1", b"key%d" % place) for place in range(8)) + MAIL
    began = monotonic()
    assert signers(names, raw, seconds=0.6) == ()
    assert monotonic() - began < 2
    assert len(set(names.asked)) <= 4


def test_a_key_is_asked_for_once(names: NameServer) -> None:
    verifier = Verifier(names.resolver)
    assert [verifier.find_signers(GOOD, "staff.test", NOW) for _ in range(3)] == [("staff.test",)] * 3
    assert len(names.asked) == 1


@pytest.mark.parametrize(
    "body",
    [b"x" * MOST_BYTES, b" " * 100_000 + b"x", (b" " * 499 + b"x") * 4000, b"\r\n" * 400_000, b"\n" * 800_000],
    ids=["large", "blanks", "short blanks", "empty lines", "bare lines"],
)
def test_hostile_bodies_take_little_time(names: NameServer, body: bytes) -> None:
    began = monotonic()
    signers(names, GOOD + body)
    assert monotonic() - began < 5


def test_no_signature_makes_it_fail(names: NameServer) -> None:
    """Whatever the letters of a signature are changed to, the answer is a domain or nothing."""
    dice = random.Random(20260304)
    end = GOOD.index(b"From:")
    for _ in range(1000):
        raw = bytearray(GOOD)
        for _ in range(dice.randrange(1, 4)):
            raw[dice.randrange(end)] = dice.choice(b"=;:abdhlpsvx 0123456789\t\r\n\xff\x00")
        assert set(signers(names, bytes(raw), seconds=0.2)) <= {"staff.test"}
