"""Delivery reports: who did not get which of our mails, and why.

Called by the reading of mail before `classify`. Must never guess from a person's words:
each format is a shape some mail server really writes. To add one: a file with `find_recipients`, a row in `FORMATS`.
"""

from collections.abc import Callable
from email.message import Message

from maildesk.mail.bounce import flufl, mdn, rfc3464, ses, wording
from maildesk.mail.bounce.evidence import Evidence, find_original_id, gather
from maildesk.mail.bounce.suspicion import may_be_bounce
from maildesk.model.message import BounceReport, FailedRecipient, InboundMessage

Format = Callable[[Evidence], tuple[FailedRecipient, ...]]


def parse_bounce(tree: Message, message: InboundMessage) -> BounceReport | None:
    """Read a delivery report (RFC 3464), a refusal (RFC 5429) or a known wording.

    `recipients` come from the first format that finds any. None when it is none of them. Never raises.
    """
    if not may_be_bounce(message):
        return None
    evidence = gather(tree, message)
    for find in FORMATS:
        recipients = find(evidence)
        if recipients:
            return BounceReport(recipients, find_original_id(evidence))
    return None


#: From the most to the least certain; the first that finds a recipient decides.
FORMATS: tuple[Format, ...] = (
    mdn.find_recipients,
    rfc3464.find_recipients,
    ses.find_recipients,
    wording.find_confirmed,
    flufl.find_recipients,
    wording.find_listed,
    wording.find_announced,
    wording.find_addressee,
    wording.find_mentioned,
)
