"""The database: tickets, their histories, the ledger of incoming mail and the outbox, on SQLite or PostgreSQL.

The only place where SQLAlchemy is known. The loops begin and end transactions on a `Store`; the command line reads
through it. It keeps what it is given and holds no policy.
"""

from maildesk.adapters.store.absences import Absences
from maildesk.adapters.store.engine import Store, Transaction
from maildesk.adapters.store.failures import (
    LoopsTaken,
    SchemaTooNew,
    SchemaTooOld,
    StoreBusy,
    StoreError,
    StoreRefused,
    StoreUnavailable,
    UnknownMail,
    WrongState,
)  # fmt: skip
from maildesk.adapters.store.inbound import Checkpoint, Heard, Inbound, Misfiled, Prior, Seen, StoredMail, Unfiled
from maildesk.adapters.store.migrate import SchemaState
from maildesk.adapters.store.outbox import (
    UNCERTAIN,
    IssuedToken,
    LeasedMail,
    Outbox,
    OutboxState,
    OutgoingMail,
    WithheldMail,
)
from maildesk.adapters.store.people import People
from maildesk.adapters.store.reading import (
    Counts,
    HeldMail,
    LedgerEntry,
    OutboxEntry,
    PastOutcome,
    Reader,
    RuleCount,
    UndecidedMail,
)
from maildesk.adapters.store.tickets import Tickets

__all__ = [
    "UNCERTAIN",
    "Absences",
    "Checkpoint",
    "Counts",
    "Heard",
    "HeldMail",
    "Inbound",
    "IssuedToken",
    "LeasedMail",
    "LedgerEntry",
    "LoopsTaken",
    "Misfiled",
    "Outbox",
    "OutboxEntry",
    "OutboxState",
    "OutgoingMail",
    "PastOutcome",
    "People",
    "Prior",
    "Reader",
    "RuleCount",
    "SchemaState",
    "SchemaTooNew",
    "SchemaTooOld",
    "Seen",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreRefused",
    "StoreUnavailable",
    "StoredMail",
    "Tickets",
    "Transaction",
    "UndecidedMail",
    "Unfiled",
    "UnknownMail",
    "WithheldMail",
    "WrongState",
]
