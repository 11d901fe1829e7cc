"""Everything the database knows about a mail, gathered into one `Situation`. Called inside the deciding transaction.

Looks up and verifies; decides nothing. What a token or an id is worth is policy and stays in `core.access`.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk.adapters.store import IssuedToken, Transaction
from maildesk.core.commands import VERBS
from maildesk.core.commands.grammar import MOST_COMMANDS, split_commands, ticket_number
from maildesk.intake.candidates import MOST_TICKETS, Tokens, find_candidates
from maildesk.intake.known_texts import with_known_quotes
from maildesk.mail.threads import NUMBER_LIMIT, ThreadClaims, TokenClaim, find_claims
from maildesk.mail.tokens import Binding, Purpose, is_genuine
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage, Kind
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.situation import RecentMail, SentMail, Situation, Token, VendorCase, Vouch
from maildesk.model.ticket import Ticket

#: A technician is warned of mail in their name at most once in this time.
WARNING_WINDOW = timedelta(hours=1)


def own_addresses(desk: Desk) -> frozenset[str]:
    """Return every address of the desk."""
    return frozenset(a for m in desk.mailboxes for a in (m.address, *m.aliases))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail to decide: the mailbox it came in by, and who stands for it when it is decided anew."""

    message: InboundMessage
    mailbox: str
    now: datetime
    vouched: Vouch | None = None


def gather(tx: Transaction, arrival: Arrival, desk: Desk, key: bytes) -> Situation:
    """Return the situation of one mail. Locks the tickets it may belong to."""
    message, now = arrival.message, arrival.now
    claims = find_claims(message, own_addresses(desk))
    verified = _verified(tx, claims, key)
    if claims.own_id is not None and _verify(tx, claims.own_id, key) is not None:
        message = replace(message, kind=Kind.OWN, kind_reason="its Message-ID is one of this desk's")
    case = _vendor_case(tx, message, desk)
    candidates = find_candidates(tx, message, claims, _tokens(verified), case)
    bounced = _bounced(tx, message, verified)
    return Situation(
        # The digest of a body stays that of the mail alone: it must not change as the ticket grows.
        message=with_known_quotes(tx, message, candidates, desk),
        mailbox=arrival.mailbox,
        now=now,
        candidates=candidates,
        vouched=arrival.vouched,
        known_sender=message.sender is not None and tx.tickets.knows_sender(message.sender.address),
        recent=_recent(tx, message, desk, now),
        bounced=bounced,
        bounced_ticket=tx.tickets.load_survivor(bounced.ticket) if bounced and bounced.ticket else None,
        body_already_ran=any(
            c.token is not None and tx.outbox.has_run(c.token.outbox_id, body_digest(message)) for c in candidates
        ),
        away=tx.absences.away(),
        vendor_case=case,
        named=_named(tx, message, desk),
    )


def body_digest(message: InboundMessage) -> str:
    """Return what is remembered of a body whose commands ran."""
    return hashlib.sha256(message.visible_text.encode()).hexdigest()


# ------------------------------------------------------------------ tokens

_Verified = tuple[tuple[TokenClaim, IssuedToken], ...]


def _verified(tx: Transaction, claims: ThreadClaims, key: bytes) -> _Verified:
    found = ((claim, _verify(tx, claim, key)) for claim in claims.tokens)
    return tuple((claim, row) for claim, row in found if row is not None)


def _verify(tx: Transaction, claim: TokenClaim, key: bytes) -> IssuedToken | None:
    row = tx.outbox.find_ref(claim.ref)
    if row is None:
        return None
    binding = Binding(claim.ref, row.ticket, row.recipient, row.audience, row.visibility)
    return row if is_genuine(key, claim, binding) else None


def _tokens(verified: _Verified) -> Tokens:
    """Turn verified rows into tokens; where two of one mail disagree about visibility, internal wins."""
    reply = [(c, r) for c, r in verified if c.purpose != Purpose.BOUNCE]
    meanings = {Visibility.INTERNAL if c.purpose == Purpose.NOTE else r.visibility for c, r in reply}
    internal = len(meanings) > 1
    return tuple(
        (
            claim,
            Token(
                row.id,
                row.ticket,
                row.recipient,
                row.audience,
                Visibility.INTERNAL if internal or claim.purpose == Purpose.NOTE else row.visibility,
                row.issued_at,
                row.spent,
                row.notice,
            ),
        )
        for claim, row in reply
    )


# ------------------------------------------------------------------ vendors and other tickets


def _vendor_case(tx: Transaction, message: InboundMessage, desk: Desk) -> VendorCase | None:
    """Read the number of its own that a vendor put into the subject."""
    vendor = desk.vendor(message.sender.domain) if message.sender else None
    number = vendor.find_number(message.subject) if vendor else None
    if vendor is None or number is None:
        return None
    return VendorCase(vendor.name, number, tx.tickets.by_vendor_number(vendor.name, number, MOST_TICKETS))


def _named(tx: Transaction, message: InboundMessage, desk: Desk) -> tuple[Ticket, ...]:
    """Load the tickets that the commands of whoever writes as a technician speak of."""
    if message.sender is None or desk.technician(message.sender.address) is None:
        return ()
    commands = split_commands(message.visible_text).commands[:MOST_COMMANDS]
    naming = (c for c in commands if c.word in VERBS and VERBS[c.word].names)
    numbers = dict.fromkeys(n for c in naming if (n := ticket_number(c.value.partition(" ")[0])) is not None)
    return tuple(ticket for n in numbers if n <= NUMBER_LIMIT and (ticket := tx.tickets.load(n)))


# ------------------------------------------------------------------ bounces and caps


def _bounced(tx: Transaction, message: InboundMessage, verified: _Verified) -> SentMail | None:
    if message.kind is not Kind.BOUNCE:
        return None
    for claim, row in verified:
        if claim.purpose == Purpose.BOUNCE:
            return SentMail(row.id, row.ticket, row.recipient, row.audience, row.message_id, by_token=True)
    original = message.bounce.original_message_id if message.bounce else None
    return tx.outbox.find_message_id(original) if original else None


def _recent(tx: Transaction, message: InboundMessage, desk: Desk, now: datetime) -> RecentMail:
    """Count automatic mail in the windows of the caps; people only, machines get none anyway."""
    sender = message.sender
    if sender is None or message.kind is not Kind.PERSON:
        return RecentMail()
    caps = desk.acknowledgements
    ack, warning = NoticeName.ACKNOWLEDGEMENT.value, NoticeName.FORGERY_WARNING.value
    technician = desk.technician(sender.address)

    def count(notice: str, recipient: str | None, seconds: float, *, unproven: bool | None = None) -> int:
        return tx.outbox.counts_since(notice, recipient, now - timedelta(seconds=seconds), unproven)

    return RecentMail(
        acknowledgements_to_sender=count(ack, sender.address, caps.per_address.seconds) if caps.per_address else 0,
        acknowledgements_unproven=count(ack, None, caps.unproven.seconds, unproven=True) if caps.unproven else 0,
        warnings_to_technician=count(warning, technician.email, WARNING_WINDOW.total_seconds()) if technician else 0,
    )
