"""What a technician's question asks of the database, and mail as the ledger knows it. Inert values.

`core` reads the question, `intake` has `adapters.store.finding` answer it.
"""

from dataclasses import dataclass
from datetime import datetime

from maildesk.model.decided import Outcome
from maildesk.model.level import Priority
from maildesk.model.ticket import Status
from maildesk.model.trace import TraceLine


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets are wanted: those that meet every part; None: that part does not matter.

    `owner`: a technician's main address, whose tickets count; `unowned_in`: queues whose tickets count while nobody
    owns them. With both, either is enough.
    """

    statuses: tuple[Status, ...]
    priorities: tuple[Priority, ...] | None = None
    queues: tuple[str, ...] | None = None
    owner: str | None = None
    unowned_in: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExplainedMail:
    """A mail of the ledger: what became of it, and the trace that tells why."""

    inbound_id: int
    sender: str
    subject: str
    outcome: Outcome
    reason: str
    decided_at: datetime
    trace: tuple[TraceLine, ...]
