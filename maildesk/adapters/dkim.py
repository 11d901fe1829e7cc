"""Verifies DKIM signatures of incoming mail (RFC 6376), for sites whose mail server adds no Authentication-Results.

Called by the intake before the deciding transaction; the only module that asks the DNS. A good signature is a fact
about a domain; what it is worth is decided elsewhere. Everything else, a bad signature too, is no fact at all: mailing
lists and forwarders break good ones. Knows bytes alone; bounded in size, in time and in what a key may look like.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from email.parser import BytesHeaderParser
from time import monotonic

import dkim
from dns.exception import DNSException
from dns.resolver import LRUCache, Resolver

MOST_BYTES = 12 * 1024 * 1024
_HEADER_BYTES = 128 * 1024
#: Signatures of one mail that are looked at.
_MOST_SIGNATURES = 4
#: A key of 4096 bits takes 800 characters; larger ones cost more to use than any sender needs.
_KEY_CHARS = 1600
_KEPT_KEYS = 1000
#: Blanks in sequence: the library looks for the ends of lines in quadratic time.
_BLANKS = b" " * 500
_ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")  # RFC 8301 §3.1: SHA-1 proves nothing
#: Takes the library's complaints about what strangers wrote. It belongs to no tree of loggers and hands nothing on.
_LOG = logging.Logger("dkimpy", level=logging.CRITICAL + 1)  # noqa: LOG001

AskForKey = Callable[[bytes, int], bytes | None]


class Verifier:
    """Finds out which domains signed a mail. Safe to call from any thread.

    `resolver`: address and port of the name server; None: the system's.  `seconds`: how long all questions about one
    mail may take together.
    """

    def __init__(self, resolver: tuple[str, int] | None = None, seconds: float = 3.0) -> None:
        self._resolver = Resolver(configure=resolver is None)
        if resolver is not None:
            self._resolver.nameservers = [resolver[0]]
            self._resolver.port = resolver[1]
        self._resolver.cache = LRUCache(_KEPT_KEYS)
        self._seconds = seconds

    def find_signers(self, raw: bytes, from_domain: str, now: datetime) -> tuple[str, ...]:
        """Return the domains, `from_domain` or one above it, whose signature covers this whole mail and its From.

        Nothing is asked about other domains. Without an answer in time nobody signed.
        """
        head, _, _ = raw.partition(b"\r\n\r\n")
        if not _is_fit(raw, head):
            return ()
        deadline = monotonic() + self._seconds
        mail = dkim.DKIM(raw, logger=_LOG)
        count = min(sum(name.lower() == b"dkim-signature" for name, _ in mail.headers), _MOST_SIGNATURES)
        found = (self._signer(mail, place, from_domain, now, deadline) for place in range(count))
        return tuple(dict.fromkeys(domain for domain in found if domain is not None))

    def _signer(self, mail: "dkim.DKIM", place: int, from_domain: str, now: datetime, deadline: float) -> str | None:
        try:
            prepared = mail.verify_headerprep(place)
            if not prepared or not _is_strict(prepared[0], prepared[1], from_domain, now):
                return None
            good = mail.verify(place, dnsfunc=self._asking(deadline))
        # Tags and keys are the sender's and the library was written for honest ones.
        except (dkim.DKIMException, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
            return None
        return _domain(prepared[0]) if good else None

    def _asking(self, deadline: float) -> AskForKey:
        def ask(name: bytes, timeout: int = 0) -> bytes | None:  # noqa: ARG001 - the library's signature
            left = deadline - monotonic()
            if left <= 0:
                return None
            try:
                answer = self._resolver.resolve(name.decode("ascii"), "TXT", lifetime=left, search=False)
            except (DNSException, UnicodeError, OSError):
                return None
            keys = [b"".join(record.strings) for record in answer]
            return keys[0] if len(keys) == 1 and len(keys[0]) <= _KEY_CHARS else None

        return ask


def _is_fit(raw: bytes, head: bytes) -> bool:
    """Tell whether a mail can be verified at little cost, and reads the same to every program."""
    if len(raw) > MOST_BYTES or len(head) > _HEADER_BYTES or _BLANKS in raw.replace(b"\t", b" "):
        return False
    # A lone CR or LF ends a line for some programs only: a field could hide from one of them.
    if b"\r" in (bare := head.replace(b"\r\n", b"")) or b"\n" in bare:
        return False
    fields = BytesHeaderParser().parsebytes(head + b"\r\n\r\n")
    return len(fields.get_all("From", [])) == 1 and "DKIM-Signature" in fields


def _is_strict(tags: dict[bytes, bytes], signed: list[bytes], from_domain: str, now: datetime) -> bool:
    """Tell whether a signature, if good, speaks of the domain in From and of the whole mail, and has not run out.

    QUIRK: `l=` covers only the beginning of the body; anything may follow, so such a signature does not count.
    """
    if tags[b"a"] not in _ALGORITHMS or b"l" in tags or b"from" not in signed:
        return False
    # An expiry is an instant, and the library allows ten hours on top.
    if b"x" in tags and int(tags[b"x"]) <= now.timestamp():
        return False
    domain = _domain(tags)
    return "." in domain and f".{from_domain.casefold()}".endswith(f".{domain}")


def _domain(tags: dict[bytes, bytes]) -> str:
    return tags[b"d"].decode("ascii", "replace").rstrip(".").casefold()
