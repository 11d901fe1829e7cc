"""Stored mail and what it did, as `rules replay` looks at it again. Inert values, made by `adapters.store`."""

from dataclasses import dataclass
from datetime import datetime

from maildesk.model.decided import Outcome
from maildesk.model.event import Recorded
from maildesk.model.notice import NoticeName
from maildesk.model.situation import Proof, Role
from maildesk.model.trace import TraceLine


@dataclass(frozen=True, slots=True)
class ArchivedMail:
    """A decided mail. `ticket` is the one it did something to, `thread` the one it belongs to, whatever it did.

    `role`, `proof`: None where nobody wrote down who was heard.  `released`: somebody stood for it against the rules.
    `told`: what it made the desk write to whom.  `open_tickets`: those of its sender that were not done then.
    `raw_sha256`: under what its bytes are kept; None: they are not.
    """

    id: int
    mailbox: str
    sender: str
    subject: str
    decided_at: datetime
    outcome: Outcome
    reason: str
    ticket: int | None
    thread: int | None
    role: Role | None
    proof: Proof | None
    released: bool
    trace: tuple[TraceLine, ...]
    raw_sha256: str | None
    open_tickets: int
    told: tuple[tuple[NoticeName, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ArchivedEvent:
    """An event of a history, without its trace, and the mail that caused it, if one did."""

    recorded: Recorded
    mail: int | None


@dataclass(frozen=True, slots=True)
class ArchivedTicket:
    """A ticket's whole history, and the mails of the time looked at that belong to it, oldest first."""

    number: int
    history: tuple[ArchivedEvent, ...]
    mails: tuple[ArchivedMail, ...]
