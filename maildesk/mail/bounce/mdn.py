"""Receipts by which a machine refuses a mail: message/disposition-notification (RFC 8098). Called by `parse_bounce`.

Any other receipt speaks of mail that arrived: it is no bounce, `classify` calls it an automatic answer.
"""

from maildesk.mail.bounce.evidence import Evidence
from maildesk.mail.bounce.rfc3464 import recipient_groups, recipient_of
from maildesk.mail.phrases import UNREAD
from maildesk.model.message import FailedRecipient

#: `denied` and `failed` are of RFC 2298 §3.2.6.2, the elder of RFC 8098.
_REFUSALS = ("deleted", "denied", "failed")


def find_recipients(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return who refused a mail unseen.

    RFC 5429 §2.1: a server that refuses mail by a filter says `automatic-action/MDN-sent-automatically; deleted`.
    QUIRK: Exchange says the same where somebody deleted a mail without reading it; the subject tells them apart.
    """
    text = evidence.status_text("message/disposition-notification", "message/global-disposition-notification")
    refused = [group for group in recipient_groups(text) if _is_refusal(group.get("disposition", ""))]
    if not refused or UNREAD.search(f"{evidence.message.subject}\n{evidence.text}"):
        return ()
    return tuple(FailedRecipient(recipient_of(g), "failed", "5.0.0", f"receipt: {g['disposition']}") for g in refused)


def _is_refusal(disposition: str) -> bool:
    mode, _, outcome = disposition.lower().partition(";")
    return mode.strip().startswith("automatic-action") and outcome.strip().startswith(_REFUSALS)
