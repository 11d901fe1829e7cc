"""Addresses as SMTP without SMTPUTF8 takes them. Called by `compose`, and by `apply` to learn who can be written to.

It must never mend an address: whatever is changed may belong to somebody else.
"""

import re
import unicodedata

_ADDRESS_LIMIT = 320
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~."
# QUIRK: dots at the end or in a row are not a dot-atom, yet mobile providers have given out such addresses for years.
_LOCAL_PART = re.compile(rf'[{_ATEXT}-]+|"[{_ATEXT} -]+"')
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[A-Za-z0-9.:]+\]")


def wire_address(address: str) -> str:
    """Return an addr-spec as SMTP without SMTPUTF8 takes it: the domain in A-labels (RFC 5890).

    Raises ValueError for anything else: a non-ASCII local part, an encoded-word, white space, a missing domain.
    """
    local, _, domain = address.rpartition("@")
    if len(address) > _ADDRESS_LIMIT:
        raise ValueError(f"address of {len(address)} characters")
    wire = domain if domain.isascii() else _a_labels(domain)
    if "=?" in local or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(wire):
        raise ValueError(f"no mail can be sent to {address!r}")
    return f"{local}@{wire}"


def _a_labels(domain: str) -> str:
    """Return the domain in A-labels, or raise ValueError where the two generations of IDNA would disagree."""
    wire = domain.encode("idna")
    # The standard library knows IDNA 2003, which turns `ß` into `ss`: another domain, perhaps another owner.
    if wire.decode("idna").lower() != unicodedata.normalize("NFC", domain).lower():
        raise ValueError(f"ambiguous international domain {domain!r}")
    return wire.decode("ascii")
