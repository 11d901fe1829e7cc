"""What the site's own mail server found about the sender: Authentication-Results (RFC 8601).

Called by the reading of mail. Must never believe a field that an outsider may have written: only results of a named
authserv-id above the first hop through a host that is not ours count; where they contradict each other, none does.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from authres import AuthenticationResultsHeader, FeatureContext
from authres import dmarc as dmarc_results
from authres.core import AuthenticationResult, AuthResError

from maildesk.model.message import AuthVerdict

#: Longer values are ignored: the grammar of the library copies its input at every step.
FIELD_LIMIT = 8192

_BY = re.compile(r"(?:^|\s)by\s+([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{1,60}\])", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_CONTEXT = FeatureContext(dmarc_results)

Results = tuple[AuthenticationResult, ...]


def find_verdict(
    headers: tuple[tuple[str, str], ...],
    from_domain: str,
    authserv_ids: tuple[str, ...],
    trusted_received: tuple[str, ...],
) -> AuthVerdict | None:
    """Return the believed verdict on a mail whose From is in `from_domain`; None when nobody believed has spoken.

    `dmarc` is None where believed results contradict each other, or where the same server also seems to have spoken
    below the boundary with another result: then the server does not remove forged fields (RFC 8601 §5).
    `dkim` is `pass` only for a signature of this very domain, its parent or child, over the whole body.
    """
    believed = {_ascii_domain(name) for name in authserv_ids}
    boundary = _boundary(headers, {_ascii_domain(host) for host in trusted_received})
    above = _results(headers[:boundary], believed)
    if not above:
        return None
    below = _results(headers[boundary:], believed)
    results = [result for _, group in above for result in group]
    dmarc, aligned = _judge_dmarc(results, _words(group for _, group in below), from_domain)
    dkim = _judge_dkim(results, from_domain)
    if dmarc is None and not _of(results, "dmarc"):
        aligned = dkim == "pass"
    return AuthVerdict(dmarc, dkim, _first(results, "spf"), aligned)


@dataclass(frozen=True, slots=True)
class ResultsField:
    """One well-formed Authentication-Results field. `is_above`: no host that is not ours can have written it."""

    authserv_id: str
    value: str
    is_above: bool


def find_fields(headers: tuple[tuple[str, str], ...], trusted_received: tuple[str, ...]) -> tuple[ResultsField, ...]:
    """Return every field that says who authenticated the mail, topmost first."""
    boundary = _boundary(headers, {_ascii_domain(host) for host in trusted_received})
    named = ((n, value) for n, (name, value) in enumerate(headers) if name.casefold() == "authentication-results")
    parsed = ((n, value, _parse(value)) for n, value in named)
    return tuple(ResultsField(found[0], value, n < boundary) for n, value, found in parsed if found is not None)


def with_signers(found: AuthVerdict | None, signers: tuple[str, ...]) -> AuthVerdict | None:
    """Return the verdict when the desk itself found good signatures of the domain in From or one above it.

    By alignment that is a pass of DMARC (RFC 7489 §3.1.1). A signature that is not there proves nothing, neither way.
    """
    if not signers:
        return found
    return AuthVerdict("pass", "pass", found.spf if found else None, from_aligned=True)


def _boundary(headers: tuple[tuple[str, str], ...], trusted: set[str]) -> int:
    """Return the index of the first Received field of a host that is not trusted; all is above when there is none."""
    for index, (name, value) in enumerate(headers):
        if name.casefold() == "received" and _receiving_host(value) not in trusted:
            return index
    return len(headers)


def _receiving_host(value: str) -> str:
    """Return the host after `by` (RFC 5321 §4.4), which wrote the field; empty when none is named."""
    match = _BY.search(_COMMENT.sub(" ", value[:FIELD_LIMIT]))
    return _ascii_domain(match.group(1)) if match else ""


def _results(headers: Iterable[tuple[str, str]], believed: set[str]) -> list[tuple[str, Results]]:
    fields = (_parse(value) for name, value in headers if name.casefold() == "authentication-results")
    return [field for field in fields if field is not None and field[0] in believed]


def _parse(value: str) -> tuple[str, Results] | None:
    """Parse one field into its authserv-id and results; None for what breaks the grammar or speaks another version."""
    if len(value) > FIELD_LIMIT:
        return None
    try:
        header: AuthenticationResultsHeader = _CONTEXT.parse_value(value.strip())
    except (AuthResError, RecursionError, ValueError):  # Comments nest without limit.
        return None
    # QUIRK: `none` beside results, which the grammar forbids (RFC 8601 §2.2) and the library lets through.
    if not all(isinstance(result, AuthenticationResult) for result in header.results):
        return None
    return _ascii_domain(header.authserv_id), tuple(header.results)


def _judge_dmarc(results: list[AuthenticationResult], below: set[str], from_domain: str) -> tuple[str | None, bool]:
    found = _of(results, "dmarc")
    words = {result.result for result in found}
    if len(words) != 1 or not below <= words:
        return None, False
    named = {_domain_of(p.value) for result in found for p in result.properties if p.type == "header"}
    return words.pop(), named <= {_ascii_domain(from_domain)}


def _judge_dkim(results: list[AuthenticationResult], from_domain: str) -> str | None:
    """Return `pass` for an aligned signature, else the first word that is not a pass; a foreign pass says nothing."""
    found = _of(results, "dkim")
    if any(result.result == "pass" and _is_aligned_signature(result, _ascii_domain(from_domain)) for result in found):
        return "pass"
    return next((result.result for result in found if result.result != "pass"), None)


def _is_aligned_signature(result: AuthenticationResult, from_domain: str) -> bool:
    """QUIRK: `l=` covers only the beginning of the body; anything may follow, so such a signature does not count."""
    if any(p.name == "l" for p in result.properties):
        return False
    domains = {_domain_of(p.value) for p in result.properties if p.type == "header" and p.name in ("d", "i")}
    return bool(domains) and all(_is_related(domain, from_domain) for domain in domains)


def _is_related(one: str, other: str) -> bool:
    if "." not in one or "." not in other:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _of(results: list[AuthenticationResult], method: str) -> list[AuthenticationResult]:
    return [result for result in results if result.method == method]


def _first(results: list[AuthenticationResult], method: str) -> str | None:
    return next((result.result for result in _of(results, method)), None)


def _words(groups: Iterable[Results]) -> set[str]:
    return {result.result for group in groups for result in group if result.method == "dmarc"}


def _domain_of(value: str | None) -> str:
    return _ascii_domain((value or "").rpartition("@")[2])


def _ascii_domain(domain: str) -> str:
    """Return a domain as it is compared: A-labels, lower case, without a final dot."""
    plain = domain.strip().rstrip(".").casefold()
    try:
        return plain.encode("idna").decode("ascii") if not plain.isascii() else plain
    except UnicodeError:
        return plain
