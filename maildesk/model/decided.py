"""What can become of a mail: words of the ledger."""

from enum import StrEnum


class Disposition(StrEnum):
    """What becomes of a mail."""

    ACCEPT = "accept"
    DISCARD = "discard"
    HOLD = "hold"
    REJECT = "reject"


class Outcome(StrEnum):
    """How a message stands in the ledger."""

    TICKET = "ticket"
    FOLLOW_UP = "follow-up"
    HELD = "held"
    DISCARDED = "discarded"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
