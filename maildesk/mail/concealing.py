"""Private addresses kept out of mail to outsiders: in words an address of the desk stands in their place.

Called by `apply` on every text, name and HTML that leaves for anybody but a technician.  Knows no technician: it is
told the addresses.  Linear; never raises.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from urllib.parse import unquote

from maildesk.mail.relaying import says

_INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class Concealer:
    """Replaces addresses by `stand_in`. `pattern` None: there are none to conceal."""

    pattern: re.Pattern[str] | None
    stand_in: str

    def text(self, text: str) -> str:
        """Return the text without a private address."""
        return self.pattern.sub(self.stand_in, text) if self.pattern else text

    def file_name(self, name: str) -> str:
        """Return a file's name without a private address, whatever extension stands behind it."""
        clean = self.text(name)
        stem, dot, extension = name.rpartition(".")
        return clean if clean != name or "@" not in stem else f"{self.file_name(stem)}{dot}{extension}"

    def fragment(self, html: str | None, text: str) -> str | None:
        """Return HTML that says `text`, itself already without private addresses; None when it can not be had."""
        if html is None or self.pattern is None:
            return html
        clean = self.text(html)
        return clean if says(clean, text) and not self.is_seen_in(clean) else None

    def page(self, html: str | None) -> str | None:
        """Return a whole page without private addresses; None when it can not be had."""
        clean = None if html is None else self.text(html)
        return None if clean is None or self.is_seen_in(clean) else clean

    def is_seen_in(self, html: str) -> bool:
        """Tell whether somebody who looks at the source could still make out an address."""
        if self.pattern is None:
            return False
        plain = _INVISIBLE.sub("", unquote(unescape(html)))
        return self.pattern.search(plain) is not None


@lru_cache(maxsize=16)
def conceal(addresses: tuple[str, ...], stand_in: str) -> Concealer:
    """Return what replaces these addresses, in any case and with any subaddress, by `stand_in`."""
    written = {form for address in addresses if "@" in address for form in _forms(address)}
    if not written:
        return Concealer(None, stand_in)
    # Neither a longer address nor a host below the domain is the same address; an escape or a mark of emphasis before
    # it is no part of one.
    any_of = "|".join(sorted(written, key=len, reverse=True))
    begins = r"(?:(?<![\w.+-])|(?<=%[0-9a-f]{2})|(?<=(?<![\w.+-])_))"
    return Concealer(re.compile(rf"{begins}(?:{any_of})(?![^\W_]|-|\.[^\W_])", re.IGNORECASE), stand_in)


def _forms(address: str) -> tuple[str, ...]:
    """Return the patterns by which an address is found: as it is, and as it stands in HTML or a link."""
    local, _, domain = address.rpartition("@")
    tag = r"(?:(?:\+|%2b)[\w.=%-]{0,64})?"
    return tuple(
        dict.fromkeys(rf"{re.escape(form)}{tag}(?:@|%40|&\#64;){re.escape(domain)}" for form in (local, escape(local)))
    )
