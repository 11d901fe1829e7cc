"""Receipts: message/disposition-notification (RFC 8098). Called by `parse_bounce`."""

from maildesk.mail.bounce.evidence import Evidence
from maildesk.mail.bounce.rfc3464 import parse_recipient, recipient_groups
from maildesk.model.message import FailedRecipient


def find_recipients(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return whom a receipt speaks of: displayed and kept is delivered, refused unseen by a machine is failed.

    RFC 5429 §2.1: a server that refuses mail by a filter says `automatic-action/MDN-sent-automatically; deleted`.
    """
    text = evidence.status_text("message/disposition-notification", "message/global-disposition-notification")
    found: list[FailedRecipient] = []
    for group in recipient_groups(text):
        disposition = group.get("disposition", "")
        mode, _, outcome = disposition.lower().partition(";")
        refused = mode.strip().startswith("automatic-action") and outcome.strip().startswith("deleted")
        address = parse_recipient(group.get("original-recipient") or group.get("final-recipient", ""))
        action, status = ("failed", "5.0.0") if refused else ("delivered", "2.0.0")
        found.append(FailedRecipient(address, action, status, f"receipt: {disposition}"))
    return tuple(found)
