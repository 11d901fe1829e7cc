"""Reply tokens: what proves that a mail answers one of ours. The only module that makes or verifies them.

A token is carried by the reply address, the Message-ID and a footer line. It names an outgoing mail (`ref`) and holds
a MAC over everything that mail was bound to, so that nothing about it can be changed and no two purposes be swapped.
Called by `apply` (mint) and `intake` (verify). Knows no database: the binding is looked up by the caller.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum

from maildesk.mail.threads import TokenClaim

REF_LENGTH = 12  # 60 bits: a name, not a secret
MAC_LENGTH = 26  # 130 bits
_LOCAL_PART_OCTETS = 64  # RFC 5321 §4.5.3.1.1


class Purpose(StrEnum):
    """What a token is good for; one letter, part of the MAC."""

    REPLY = "r"
    NOTE = "n"
    BOUNCE = "b"


@dataclass(frozen=True, slots=True)
class Binding:
    """What an outgoing mail was bound to when it was queued. Every field is covered by the MAC."""

    ref: str
    ticket: int | None
    recipient: str
    audience: str
    visibility: str


@dataclass(frozen=True, slots=True)
class Minted:
    """The token of one outgoing mail for one purpose."""

    purpose: Purpose
    ref: str
    mac: str

    @property
    def footer(self) -> str:
        """The line that stands in the body for gateways which rewrite every header."""
        return f"ref:{self.purpose}{self.ref}{self.mac}"

    def message_id(self, domain: str) -> str:
        """Return the Message-ID of the mail (RFC 5322 §3.6.4)."""
        return f"<md.{self.purpose}{self.ref}.{self.mac}@{domain}>"

    def subaddress(self, address: str) -> str:
        """Return `local+token@domain` (RFC 5233), or the plain address where that would be too long for SMTP."""
        local, _, domain = address.rpartition("@")
        tagged = f"{local}+{self.purpose}{self.ref}{self.mac}"
        return f"{tagged}@{domain}" if len(tagged) <= _LOCAL_PART_OCTETS else address


def make_ref(key: bytes, cause: str, notice: str, recipient: str) -> str:
    """Name an outgoing mail by what caused it: the same cause can never queue the same mail twice under two names."""
    return _digest(key, "ref", cause, notice, recipient.casefold())[:REF_LENGTH]


def mint(key: bytes, binding: Binding, purpose: Purpose) -> Minted:
    """Make the token of an outgoing mail for one purpose."""
    return Minted(purpose, binding.ref, _mac(key, binding, purpose.value))


def is_genuine(keys: tuple[bytes, ...], claim: TokenClaim, binding: Binding) -> bool:
    """Tell, in constant time, whether a claimed token was made with one of the desk's keys for exactly this binding."""
    claimed = claim.mac.casefold().encode()
    # Every key is tried, so that the time does not tell which one fits.
    fits = [hmac.compare_digest(_mac(key, binding, claim.purpose).encode(), claimed) for key in keys]
    return any(fits) and claim.ref == binding.ref


def probe_id(key: bytes, ref: str, domain: str) -> str:
    """Return the Message-ID of a test mail of the desk to itself, of which there is no row."""
    return mint(key, _probe(ref), Purpose.NOTE).message_id(domain)


def is_probe(keys: tuple[bytes, ...], claim: TokenClaim) -> bool:
    """Tell whether a Message-ID is that of a test mail of the desk to itself."""
    return claim.purpose == Purpose.NOTE and is_genuine(keys, claim, _probe(claim.ref))


def _probe(ref: str) -> Binding:
    return Binding(ref, None, "", "probe", "")


def _mac(key: bytes, binding: Binding, purpose: str) -> str:
    ticket = "" if binding.ticket is None else str(binding.ticket)
    fields = (purpose, binding.ref, ticket, binding.recipient.casefold(), binding.audience, binding.visibility)
    return _digest(key, "v1", *fields)[:MAC_LENGTH]


def _digest(key: bytes, *fields: str) -> str:
    # Each field is preceded by its length: no two lists of fields give the same bytes.
    data = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (f.encode() for f in fields))
    return base64.b32encode(hmac.new(key, data, hashlib.sha256).digest()).decode().lower()
