"""What may stand below `dkim:`. Called by `shapes`; asks nothing of the network."""

import re
from importlib.util import find_spec
from ipaddress import ip_address

from maildesk.config.amounts import parse_port
from maildesk.rules.written import Plain, WritingError, flag, one_line


def parse_verify(value: Plain) -> bool:
    """Return whether signatures are to be verified; that needs libraries which not every site has."""
    wanted = flag(value)
    if wanted and any(find_spec(library) is None for library in ("dkim", "dns")):
        raise WritingError("verifying DKIM needs two more libraries; install them with: pip install 'maildesk[dkim]'")
    return wanted


def parse_resolver(value: Plain) -> tuple[str, int]:
    """Return the IP address and port of a name server."""
    text = one_line(value)
    found = re.fullmatch(r"(?:\[(?P<v6>[^]]+)\]|(?P<v4>[0-9.]+)|(?P<bare>[^][]+))(?(bare)|(?::(?P<port>\d+))?)", text)
    try:
        host = ip_address(found["v6"] or found["v4"] or found["bare"]) if found else None
    except ValueError:
        host = None
    if found is None or host is None:
        raise WritingError(f"'{text[:80]}' is no name server; write its IP address: 192.0.2.1 or 192.0.2.1:53")
    return str(host), parse_port(found["port"]) if found["port"] else 53
