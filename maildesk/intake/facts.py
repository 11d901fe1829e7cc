"""Everything the database knows about a mail, gathered into one `Situation`. Called inside the deciding transaction.

Looks up and verifies; decides nothing. What a token or an id is worth is policy and stays in `core.access`.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from maildesk.adapters.store import IssuedToken, Transaction
from maildesk.mail.threads import ThreadClaims, TokenClaim, find_claims
from maildesk.mail.tokens import Binding, Purpose, is_genuine
from maildesk.model.decision import NoticeName
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage, Kind
from maildesk.model.situation import (
    Candidate,
    RecentMail,
    SentMail,
    Signal,
    Situation,
    Token,
    Visibility,
)
from maildesk.model.ticket import Ticket

#: A technician is warned of mail in their name at most once in this time.
WARNING_WINDOW = timedelta(hours=1)
_MOST_TICKETS = 5
_SIGNALS = {"address": Signal.ADDRESS_TOKEN, "message-id": Signal.MESSAGE_ID_TOKEN, "footer": Signal.MESSAGE_ID_TOKEN}


def own_addresses(desk: Desk) -> frozenset[str]:
    """Return every address of the desk."""
    return frozenset(a for m in desk.mailboxes for a in (m.address, *m.aliases))


def gather(
    tx: Transaction, message: InboundMessage, mailbox: str, now: datetime, desk: Desk, key: bytes, *, released: bool
) -> Situation:
    """Return the situation of one mail. Locks the tickets it may belong to."""
    claims = find_claims(message, own_addresses(desk))
    verified = _verified(tx, claims, key)
    if claims.own_id is not None and _verify(tx, claims.own_id, key) is not None:
        message = replace(message, kind=Kind.OWN, kind_reason="its Message-ID is one of this desk's")
    candidates = _candidates(tx, claims, verified)
    bounced = _bounced(tx, message, verified)
    return Situation(
        message=message,
        mailbox=mailbox,
        now=now,
        candidates=candidates,
        released=released,
        known_sender=message.sender is not None and tx.tickets.knows_sender(message.sender.address),
        recent=_recent(tx, message, desk, now),
        bounced=bounced,
        bounced_ticket=tx.tickets.load(bounced.ticket) if bounced and bounced.ticket else None,
        body_already_ran=any(
            c.token is not None and tx.outbox.has_run(c.token.outbox_id, body_digest(message)) for c in candidates
        ),
        away=tx.absences.away(),
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


def _tokens(verified: _Verified) -> tuple[tuple[TokenClaim, Token], ...]:
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
            ),
        )
        for claim, row in reply
    )


# ------------------------------------------------------------------ candidates


def _candidates(tx: Transaction, claims: ThreadClaims, verified: _Verified) -> tuple[Candidate, ...]:
    """List the tickets this mail may belong to, strongest signal first."""
    loaded: dict[int, Ticket | None] = {}

    def load(number: int) -> Ticket | None:
        if number not in loaded and len(loaded) < _MOST_TICKETS:
            loaded[number] = tx.tickets.load(number)
        return loaded.get(number)

    found: list[Candidate] = []
    for claim, token in _tokens(verified):
        if token.ticket is not None and (ticket := load(token.ticket)):
            found.append(Candidate(_SIGNALS[claim.carrier], f"{claim.purpose}{claim.ref}", ticket, token))
    by_id = tx.tickets.by_message_ids(claims.ids) if claims.ids else {}
    found += [
        Candidate(Signal.STORED_ID, message_id, ticket)
        for message_id in claims.ids
        for number in by_id.get(message_id, ())
        if (ticket := load(number))
    ]
    if claims.number is not None and (ticket := load(claims.number)):
        found.append(Candidate(Signal.SUBJECT, f"[#{claims.number}]", ticket))
    return tuple(found)


def _bounced(tx: Transaction, message: InboundMessage, verified: _Verified) -> SentMail | None:
    if message.kind is not Kind.BOUNCE:
        return None
    for claim, row in verified:
        if claim.purpose == Purpose.BOUNCE:
            return SentMail(row.id, row.ticket, row.recipient, row.audience, row.message_id)
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
