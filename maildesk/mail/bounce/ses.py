"""Delivery reports of Amazon SES as one JSON object, mailed by its notification service. Called by `parse_bounce`."""

import json
from collections.abc import Iterator

from maildesk.mail.bounce.evidence import RECIPIENT_LIMIT, Evidence, decoded
from maildesk.mail.bounce.rfc3464 import find_status, parse_recipient
from maildesk.model.message import FailedRecipient


def find_recipients(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return the recipients of a `Bounce` notification; of any other nobody."""
    if not evidence.whole.lstrip().startswith("{"):
        return ()
    # The clipped text has lost the ends of long lines.
    bounce = _object(decoded(evidence.tree).lstrip()).get("bounce")
    if not isinstance(bounce, dict):
        return ()
    rows = bounce.get("bouncedRecipients")
    class_4 = str(bounce.get("bounceType", "")).lower() == "transient"
    return tuple(_recipients(rows if isinstance(rows, list) else [], "4.0.0" if class_4 else "5.0.0"))[:RECIPIENT_LIMIT]


def _recipients(rows: list[object], undefined: str) -> Iterator[FailedRecipient]:
    for row in rows:
        if isinstance(row, dict) and "@" in str(row.get("emailAddress", "")):
            code = str(row.get("diagnosticCode", ""))
            action = "delayed" if str(row.get("action", "")).lower() == "delayed" else "failed"
            status = find_status(str(row.get("status", ""))) or find_status(code) or undefined
            reason = code.partition(";")[2].strip() or code
            yield FailedRecipient(parse_recipient(str(row["emailAddress"])), action, status, reason)


def _object(text: str) -> dict[str, object]:
    """QUIRK: relays fold the one long line, and text of their own may follow the object."""
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
