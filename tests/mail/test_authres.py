"""Which Authentication-Results are believed, and what they say."""

import pytest

from maildesk.mail.authres import find_verdict
from maildesk.model.message import AuthVerdict

OURS = "mx.desk.test"
OUTSIDE = (
    "Received",
    "from evil.test (evil.test [192.0.2.1]) by mx.desk.test with ESMTP; Mon, 1 Jan 2024 00:00:00 +0000",
)
INSIDE = (
    "Received",
    "from mx.desk.test (mx.desk.test [10.0.0.1]) by store.desk.test (Postfix) with LMTP; Mon, 1 Jan 2024",
)
PASS = ("Authentication-Results", "mx.desk.test; dmarc=pass (p=reject) header.from=ann.test")
FAIL = ("Authentication-Results", "mx.desk.test; dmarc=fail header.from=ann.test")
PROVEN = AuthVerdict("pass", None, None, True)


def verdict(*headers: tuple[str, str], domain: str = "ann.test", trusted: tuple[str, ...] = ()) -> AuthVerdict | None:
    return find_verdict(headers, domain, (OURS,), trusted)


def results(value: str) -> tuple[str, str]:
    return ("Authentication-Results", f"mx.desk.test; {value}")


@pytest.mark.parametrize(
    ("headers", "trusted", "expected"),
    [
        ((PASS, OUTSIDE), (), PROVEN),
        ((PASS,), (), PROVEN),
        ((OUTSIDE, PASS), (), None),
        ((INSIDE, PASS, OUTSIDE), (), None),
        ((INSIDE, PASS, OUTSIDE), ("store.desk.test",), PROVEN),
        ((INSIDE, PASS, OUTSIDE), ("STORE.desk.test.",), PROVEN),
        ((INSIDE, OUTSIDE, PASS), ("store.desk.test",), None),
        # A host in a comment or in `from` is no `by`.
        ((("Received", "from store.desk.test (by store.desk.test) by evil.test"), PASS), ("store.desk.test",), None),
        ((("Received", "(nonsense)"), PASS), ("store.desk.test",), None),
    ],
)
def test_only_results_above_the_boundary_count(headers, trusted, expected) -> None:
    assert verdict(*headers, trusted=trusted) == expected


@pytest.mark.parametrize(
    "value",
    [
        "mx.other.test; dmarc=pass header.from=ann.test",
        "evil.mx.desk.test; dmarc=pass header.from=ann.test",
        "mx.desk.test.evil.test; dmarc=pass header.from=ann.test",
        "dmarc=pass header.from=ann.test; mx.desk.test",
        "mx.desk.test 2; dmarc=pass header.from=ann.test",
        "mx.desk.test; dmarc=pass (unclosed",
        "mx.desk.test; dmarc",
        "mx.desk.test; dmarc=pass header.from=ann.test; none",
        "mx.desk.test" + "(" * 5000,
        "mx.desk.test; dmarc=pass header.from=ann.test " + "x" * 9000,
        "",
    ],
)
def test_a_foreign_or_broken_field_is_ignored(value: str) -> None:
    assert verdict(("Authentication-Results", value)) is None


def test_without_configured_servers_nobody_is_believed() -> None:
    assert find_verdict((PASS,), "ann.test", (), ()) is None


@pytest.mark.parametrize(
    ("value", "domain", "expected"),
    [
        ("MX.Desk.TEST; DMARC=Pass header.from=Ann.Test", "ann.test", PROVEN),
        ("mx.desk.test; dmarc=pass action=none header.from=ann.test", "ann.test", PROVEN),
        ("mx.desk.test; dmarc=pass", "ann.test", PROVEN),
        ("mx.desk.test; dmarc=pass policy.dmarc=none", "ann.test", PROVEN),
        ("mx.desk.test; dmarc=pass header.from=evil.test", "ann.test", AuthVerdict("pass", None, None, False)),
        ("mx.desk.test; dmarc=pass header.from=sub.ann.test", "ann.test", AuthVerdict("pass", None, None, False)),
        ("mx.desk.test; dmarc=pass header.from=xn--bcher-kva.test", "bücher.test", PROVEN),
        ("mx.desk.test; dmarc=fail header.from=ann.test", "ann.test", AuthVerdict("fail", None, None, True)),
        ("mx.desk.test; none", "ann.test", AuthVerdict()),
        (
            "mx.desk.test; spf=pass smtp.mailfrom=b.test; dkim=pass header.d=ann.test; dmarc=pass header.from=ann.test",
            "ann.test",
            AuthVerdict("pass", "pass", "pass", True),
        ),
    ],
)
def test_dmarc_proves_only_the_domain_it_names(value: str, domain: str, expected: AuthVerdict) -> None:
    assert verdict(("Authentication-Results", value), OUTSIDE, domain=domain) == expected


@pytest.mark.parametrize(
    "headers",
    [
        (PASS, FAIL, OUTSIDE),
        (results("dmarc=pass header.from=ann.test; dmarc=fail header.from=ann.test"), OUTSIDE),
        (FAIL, OUTSIDE, PASS),
        (results("spf=pass"), OUTSIDE, PASS),
    ],
)
def test_a_contradiction_leaves_no_dmarc_verdict(headers) -> None:
    found = verdict(*headers)
    assert found is not None
    assert (found.dmarc, found.passed, found.failed) == (None, False, False)


def test_the_same_result_below_the_boundary_is_no_contradiction() -> None:
    assert verdict(PASS, OUTSIDE, PASS) == PROVEN


@pytest.mark.parametrize(
    ("value", "dkim", "aligned"),
    [
        ("dkim=pass header.d=ann.test", "pass", True),
        ("dkim=pass header.i=@mail.ann.test", "pass", True),
        ("dkim=pass header.d=evil.test", None, False),
        ("dkim=pass header.d=test", None, False),
        ("dkim=pass header.d=notann.test", None, False),
        ("dkim=pass header.d=ann.test header.l=120", None, False),
        ("dkim=pass", None, False),
        ("dkim=fail header.d=ann.test", "fail", False),
        ("dkim=fail header.d=evil.test; dkim=pass header.d=ann.test", "pass", True),
    ],
)
def test_without_dmarc_only_a_whole_signature_of_this_domain_counts(
    value: str, dkim: str | None, aligned: bool
) -> None:
    assert verdict(results(value), OUTSIDE) == AuthVerdict(None, dkim, None, aligned)
