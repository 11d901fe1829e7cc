"""Complaints of mail providers: message/feedback-report (RFC 5965) and Hotmail's own form. Called by `parse_bounce`."""

from maildesk.mail.bounce.evidence import Evidence
from maildesk.mail.bounce.rfc3464 import UNDEFINED_STATUS, parse_fields, parse_recipient
from maildesk.model.message import FailedRecipient


def find_recipients(evidence: Evidence) -> tuple[FailedRecipient, ...]:
    """Return whose provider complains. The mail did arrive, so the action is delivered; the diagnostic says the rest.

    QUIRK: many providers black out Original-Rcpt-To; the address is then what To of the returned mail holds.
    QUIRK: Hotmail attaches the mail with a field of its own instead of a machine part.
    """
    blocks = parse_fields(evidence.status_text("message/feedback-report"))
    fields = {name: value for block in blocks for name, value in block.items()}
    returned = evidence.returned
    hotmail = "" if returned is None else str(returned.get("X-HmXmrOriginalRecipient", ""))
    addressee = "" if returned is None else str(returned.get("To", ""))
    kind = fields.get("feedback-type") or ("abuse" if hotmail else "")
    if not kind:
        return ()
    address = parse_recipient(fields.get("original-rcpt-to") or hotmail or addressee)
    return (FailedRecipient(address, "delivered", UNDEFINED_STATUS["delivered"], f"complaint: {kind}"),)
