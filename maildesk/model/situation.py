"""Everything known when a mail, a tick or a delivery result is decided; and what the access check calls people.

If `core` needs one more fact: one field here, one query in `adapters.store`. Nowhere else.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maildesk.model.decided import Outcome
from maildesk.model.event import Recorded
from maildesk.model.message import Address, InboundMessage
from maildesk.model.notice import Audience, NoticeName, Visibility
from maildesk.model.question import ExplainedMail
from maildesk.model.ticket import Ticket


class Role(StrEnum):
    """Who speaks, on this ticket."""

    REQUESTER = "requester"
    PARTICIPANT = "participant"
    TECHNICIAN = "technician"
    VENDOR = "vendor"
    MACHINE = "machine"
    STRANGER = "stranger"


class Proof(StrEnum):
    """Why we believe it. `pass`: dmarc=pass for the domain in From. `failed`: the domain disowns the mail."""

    SIGNED = "signed"
    PASS = "pass"  # noqa: S105 - a result word of RFC 8601, not a password
    TOKEN = "token"  # noqa: S105
    NONE = "none"
    FAILED = "failed"


class Signal(StrEnum):
    """What tied a mail to a ticket, strongest first."""

    ADDRESS_TOKEN = "address-token"  # noqa: S105
    MESSAGE_ID_TOKEN = "message-id-token"  # noqa: S105
    STORED_ID = "stored-id"
    VENDOR_NUMBER = "vendor-number"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Token:
    """A reply token that verified: it was made by this desk, for this recipient, on this ticket.

    `visibility` is what a plain reply through it means; `outbox_id` the mail of ours that carried it, `notice`
    what that mail was.
    """

    outbox_id: int
    ticket: int | None
    recipient: str
    audience: Audience
    visibility: Visibility
    issued_at: datetime
    spent: bool = False
    notice: NoticeName | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket this mail may belong to, and what says so. `token` where the signal is one of ours.

    `merged`: tickets that went into `ticket`, on the way from the one the mail names.
    `same_list`: this mail and the one that opened the ticket came over one mailing list.
    """

    signal: Signal
    value: str
    ticket: Ticket
    token: Token | None = None
    merged: tuple[Ticket, ...] = ()
    same_list: bool = False


@dataclass(frozen=True, slots=True)
class VendorCase:
    """The number of its own that a vendor's mail carries in the subject, and the tickets known under it.

    A claim like any other: `vendor` is who the domain in From belongs to, not who is proven to write.
    """

    vendor: str
    number: str
    tickets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SentMail:
    """An outgoing mail that a bounce speaks of.

    `by_token`: the bounce came to the envelope sender of that mail, which only servers on its way have seen; by its
    Message-ID everybody who takes part in the ticket could name it.
    """

    outbox_id: int
    ticket: int | None
    recipient: str
    audience: Audience
    message_id: str
    by_token: bool = False


class Vouch(StrEnum):
    """Who stands for a mail that is decided anew: an admin who released it, or its own technician by one word."""

    ADMIN = "release"
    SENT = "send"
    CONFIRMED = "confirm"


@dataclass(frozen=True, slots=True)
class Deed:
    """What one mail did to one ticket: as it was before (None: it was opened), right after, and as it stands now."""

    before: Ticket | None
    after: Ticket
    now: Ticket
    history: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Reported:
    """The earlier mail that the notice now answered tells of, or that came through the same notice.

    `inbound_id` names it in the ledger; `sender` wrote it; `outcome` and `decided_at` are what became of it and when.
    `notice`, `told_at`: what the mail of ours is that is answered now, and when it was made.
    `deeds`: what it did, the ticket it belongs to first.  `waiting`: mails to the outside it caused that have not left,
    as (outbox id, recipient); `departed`: whom others reached, and when.
    `pending`: the entry of the first deed's ticket that still waits for a technician's word.
    `is_awaited`: it is about to be decided anew.  `is_undone`: what it did was taken back already.
    """

    inbound_id: int
    sender: Address
    outcome: Outcome
    decided_at: datetime
    told_at: datetime
    notice: NoticeName = NoticeName.COMMAND_RESULT
    deeds: tuple[Deed, ...] = ()
    waiting: tuple[tuple[int, str], ...] = ()
    departed: tuple[tuple[str, datetime], ...] = ()
    pending: int | None = None
    is_awaited: bool = False
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    """What the database says to one question of a technician's (`word` and `value` as they stood in the line).

    `tickets` are those found, in the order they are shown, `total` how many there are in all; `texts`: for each of
    them the entry that holds a word looked for, empty where none does.  `history` is that of the one ticket asked
    about, newest first; `mails` are those that made it so, newest first.  `counts` are named numbers.
    """

    word: str
    value: str
    tickets: tuple[Ticket, ...] = ()
    total: int = 0
    texts: tuple[str, ...] = ()
    history: tuple[Recorded, ...] = ()
    mails: tuple[ExplainedMail, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RecentMail:
    """Counts of automatic mail already queued inside the windows of the desk's caps.

    `acknowledgements_to_sender` are those to the sender, or to whom a technician's mail opens a ticket for;
    `acknowledgements_to_reply_to` those to the address in Reply-To, where rules believe that of some form.
    """

    acknowledgements_to_sender: int = 0
    acknowledgements_to_reply_to: int = 0
    acknowledgements_unproven: int = 0
    warnings_to_technician: int = 0
    confirmations_to_technician: int = 0


@dataclass(frozen=True, slots=True)
class Situation:
    """One inbound mail and all the desk knows about it. `candidates` run from the strongest signal to the weakest.

    `known_sender`: an earlier ticket of this address exists; `open_tickets`: how many of its are not done.
    `bounced`: the mail of ours a bounce speaks of, with `bounced_ticket` as its ticket.
    `body_already_ran`: commands of this very body ran before through this token.
    `vouched`: who stands for a mail that is decided anew.  `away`: main addresses of absent technicians.
    `named`: tickets that the commands of a technician's mail speak of, followed through no merge.
    `reported`: the earlier mail that a technician may mean by `undo`, `send` or `yes`.
    `answers`: the newest public texts of technicians on the ticket of the strongest candidate, newest first, without
    recalled ones; `notes`: its newest internal texts, `received`: the newest of whoever is outside; all three for
    technicians' mail only.  `lookups`: what was found for the questions in this mail.
    `next_number`: that of the next ticket, where commands of a technician's mail open another one.
    `mentioned`: tickets whose numbers stand in the mail, or in a rule, where some rule links tickets.
    `waiting`: the texts (`CorrespondencePending`) on the tickets of a technician's mail that nobody decided about yet,
    newest first.
    """

    message: InboundMessage
    mailbox: str
    now: datetime
    candidates: tuple[Candidate, ...] = ()
    known_sender: bool = False
    open_tickets: int = 0
    recent: RecentMail = RecentMail()
    bounced: SentMail | None = None
    bounced_ticket: Ticket | None = None
    body_already_ran: bool = False
    vouched: Vouch | None = None
    away: frozenset[str] = frozenset()
    vendor_case: VendorCase | None = None
    named: tuple[Ticket, ...] = ()
    reported: Reported | None = None
    answers: tuple[Recorded, ...] = ()
    notes: tuple[Recorded, ...] = ()
    received: tuple[Recorded, ...] = ()
    next_number: int | None = None
    lookups: tuple[Lookup, ...] = ()
    waiting: tuple[Recorded, ...] = ()
    mentioned: tuple[Ticket, ...] = ()

    @property
    def released(self) -> bool:
        """Somebody entitled to it stands for this mail."""
        return self.vouched is not None
