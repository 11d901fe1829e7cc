"""Test mails that show whether a site's mail server removes forged Authentication-Results (RFC 8601 §5).

Called by `doctor auth`, which sends them and reads what arrives. Pure: makes the bytes, and judges the header fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from maildesk.mail.authres import find_fields
from maildesk.mail.compose import Draft, compose
from maildesk.model.message import Address

#: Stands in every forged field, so that it is known again.
_MARK = "maildesk-probe@forged.invalid"
_TEXT = """\
This is a test by `maildesk doctor auth`. It shows whether the mail server removes forged Authentication-Results.
It opens no ticket; it can be deleted.
"""

PLAIN, ON_TOP, BELOW = "plain", "forged on top", "forged below a hop of its own"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a probe goes and how it is known again: its subject holds `ref`, `message_id` is one of the desk's."""

    home: str
    ref: str
    message_id: str

    @property
    def subject(self) -> str:
        """What the probe is called."""
        return f"maildesk probe {self.ref}"


@dataclass(frozen=True, slots=True)
class Findings:
    """What became of the probes.

    `adds`: whose results the server put in itself, topmost first.  `survived`: the probes whose forged field is still
    there.  `believed`: those in which it stands where a desk that believes `authserv_ids` would believe it.
    """

    authserv_ids: tuple[str, ...]
    adds: tuple[str, ...]
    survived: tuple[str, ...]
    believed: tuple[str, ...]


def make_probe(kind: str, to: Destination, authserv_ids: Sequence[str], now: datetime) -> bytes:
    """Return a probe as bytes; a forged one bears a pass of each of `authserv_ids`."""
    mail = compose(Draft(
        sender=Address("maildesk doctor", to.home), recipient=Address("", to.home), subject=to.subject, text=_TEXT,
        html=None, message_id=to.message_id, date_at=now, auto_submitted="auto-generated",
    ))  # fmt: skip
    if kind == PLAIN:
        return mail
    domain = to.home.rpartition("@")[2]
    results = f"dmarc=pass header.from={domain}; spf=pass smtp.mailfrom={_MARK}"
    forged = "".join(f"Authentication-Results: {name}; {results}\r\n" for name in authserv_ids)
    date = format_datetime(now.astimezone(UTC))
    hop = f"Received: from forged.invalid (forged.invalid [192.0.2.1])\r\n by {authserv_ids[0]} with ESMTP; {date}\r\n"
    return ((hop if kind == BELOW else "") + forged).encode() + mail


def judge_probes(
    arrived: Sequence[tuple[str, tuple[tuple[str, str], ...]]],
    authserv_ids: tuple[str, ...],
    trusted_received: tuple[str, ...],
) -> Findings:
    """Judge the header fields of the probes that arrived, each with its kind."""
    fields = {kind: find_fields(headers, trusted_received) for kind, headers in arrived}
    own = (f.authserv_id for f in fields.get(PLAIN, ()) if f.is_above)
    forged = {kind: [f for f in found if _MARK in f.value] for kind, found in fields.items()}
    ids = {name.casefold().rstrip(".") for name in authserv_ids}
    believed = (k for k, found in forged.items() if any(f.is_above and f.authserv_id in ids for f in found))
    return Findings(
        authserv_ids, tuple(dict.fromkeys(own)), tuple(k for k, found in forged.items() if found), tuple(believed)
    )
