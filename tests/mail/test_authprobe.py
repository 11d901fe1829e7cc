"""Test mails with forged results: what they look like, and what is made of what arrives."""

from datetime import UTC, datetime
from email import message_from_bytes

import pytest

from maildesk.mail.authprobe import BELOW, ON_TOP, PLAIN, Destination, Findings, judge_probes, make_probe

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TO = Destination("support@desk.test", "abc", "<md.nabc.x@desk.test>")
HOP = ("Received", "from mail.desk.test by mx.desk.test with ESMTPS; Wed, 4 Mar 2026 12:00:00 +0000")
OWN = ("Authentication-Results", "mx.desk.test; dmarc=pass header.from=desk.test")


def fields(kind: str) -> tuple[tuple[str, str], ...]:
    return tuple(message_from_bytes(make_probe(kind, TO, ("mx.desk.test",), NOW)).items())


def without_forged(kind: str) -> tuple[tuple[str, str], ...]:
    return tuple(f for f in fields(kind) if f[0] != "Authentication-Results")


@pytest.mark.parametrize(
    ("above", "fields_of", "trusted", "expected"),
    [
        # A server that adds its results above its hop and removes forged ones.
        ((OWN, HOP), without_forged, (), (("mx.desk.test",), (), ())),
        # One that removes nothing: what is forged lies below its hop, where nobody believes it …
        ((OWN, HOP), fields, (), (("mx.desk.test",), (ON_TOP, BELOW), ())),
        # … unless every hop is said to be the site's own.
        ((OWN, HOP), fields, ("mx.desk.test",), (("mx.desk.test",), (ON_TOP, BELOW), (ON_TOP, BELOW))),
        # One that adds neither: the forged field is the topmost.
        ((), fields, (), ((), (ON_TOP, BELOW), (ON_TOP,))),
        ((), without_forged, (), ((), (), ())),
    ],
)
def test_what_is_made_of_what_arrives(
    above: tuple[tuple[str, str], ...], fields_of: object, trusted: tuple[str, ...], expected: tuple[object, ...]
) -> None:
    arrived = [(kind, (*above, *fields_of(kind))) for kind in (PLAIN, ON_TOP, BELOW)]  # type: ignore[operator]
    found = judge_probes(arrived, ("mx.desk.test",), trusted)
    assert found == Findings(("mx.desk.test",), *expected)


def test_a_forged_result_of_somebody_nobody_believes_does_no_harm() -> None:
    assert judge_probes([(ON_TOP, fields(ON_TOP))], ("other.test",), ()).believed == ()
