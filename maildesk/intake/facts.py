"""Everything the database knows about a mail, gathered into one `Situation`. Called inside the deciding transaction.

Looks up and verifies; decides nothing. What a token or an id is worth is policy and stays in `core.access`.
"""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk.adapters.store import IssuedToken, Transaction
from maildesk.core.commands import VERBS, read_commands
from maildesk.core.commands.context import Command
from maildesk.core.commands.grammar import LONGEST_LINE, MOST_COMMANDS, numbers_in
from maildesk.core.lanes.technician.forwarding import find_named_requester, find_original
from maildesk.intake.candidates import MOST_TICKETS, Tokens, find_candidates
from maildesk.intake.entries import Entries, load_entries
from maildesk.intake.known_texts import with_known_quotes
from maildesk.intake.lookups import with_lookups
from maildesk.intake.reported import find_reported
from maildesk.intake.waiting import load_waiting
from maildesk.mail.threads import NUMBER_LIMIT, ThreadClaims, TokenClaim, find_claims, is_token_id
from maildesk.mail.tokens import Binding, Purpose, is_genuine, is_probe
from maildesk.model.desk import Cap, Desk, Technician
from maildesk.model.message import InboundMessage, Kind
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.situation import Candidate, RecentMail, SentMail, Situation, Token, VendorCase, Vouch
from maildesk.model.ticket import Ticket
from maildesk.rules.actions import is_asked

#: A technician is warned of mail in their name at most once in this time.
WARNING_WINDOW = timedelta(hours=1)
#: The time in which mails that ask a technician to confirm are counted.
CONFIRMATION_WINDOW = timedelta(hours=1)
#: Where numbers of tickets that a rule links to are looked for, and how many of them are looked up.
_SEARCHED_CHARS = 20_000
_MOST_MENTIONED = 20
_NUMBER = re.compile(r"(?<![\w.])#?(\d{3,9})(?![\w])", re.ASCII)


def own_addresses(desk: Desk) -> frozenset[str]:
    """Return every address of the desk."""
    return frozenset(a for m in desk.mailboxes for a in (m.address, *m.aliases))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail to decide: the mailbox it came in by, and who stands for it when it is decided anew.

    `inbound_id`: its ledger id; None: it is in no ledger.
    """

    message: InboundMessage
    mailbox: str
    now: datetime
    vouched: Vouch | None = None
    inbound_id: int | None = None


def gather(tx: Transaction, arrival: Arrival, desk: Desk, keys: tuple[bytes, ...]) -> Situation:
    """Return the situation of one mail. Locks the tickets it may belong to."""
    message, now = arrival.message, arrival.now
    technician = desk.technician(message.sender.address) if message.sender else None
    claims = find_claims(message, own_addresses(desk))
    verified = _verified(tx, claims, keys)
    if claims.own_id is not None and (is_probe(keys, claims.own_id) or _verify(tx, claims.own_id, keys) is not None):
        message = replace(message, kind=Kind.OWN, kind_reason="its Message-ID is one of this desk's")
    claims = _with_original(claims, message, desk) if technician else claims
    case = _vendor_case(tx, message, desk)
    candidates = find_candidates(tx, message, claims, _tokens(verified), case)
    bounced = _bounced(tx, message, verified)
    # The digest of a body stays that of the mail alone: it must not change as the ticket grows.
    shown = with_known_quotes(tx, message, candidates, desk)
    named = _named(tx, message) if technician else ()
    entries = load_entries(tx, technician, candidates, named) if technician else Entries()
    situation = Situation(
        message=shown,
        mailbox=arrival.mailbox,
        now=now,
        candidates=candidates,
        vouched=arrival.vouched,
        known_sender=message.sender is not None and tx.tickets.knows_sender(message.sender.address),
        open_tickets=tx.tickets.count_open(message.sender.address) if message.sender else 0,
        recent=_recent(tx, message, technician, desk, now),
        bounced=bounced,
        bounced_ticket=tx.tickets.load_survivor(bounced.ticket) if bounced and bounced.ticket else None,
        body_already_ran=_has_run(tx, message, candidates),
        away=tx.absences.away(),
        vendor_case=case,
        named=named,
        waiting=load_waiting(tx, candidates, named) if technician else (),
        next_number=_next_number(tx, message, technician, desk),
        mentioned=_mentioned(tx, message, desk),
        reported=find_reported(tx, shown, _reply_rows(verified), desk, arrival.inbound_id),
        answers=entries.answers,
        notes=entries.notes,
        received=entries.received,
    )
    return with_lookups(tx, situation, desk, _reply_rows(verified))


def body_digest(message: InboundMessage) -> str:
    """Return what is remembered of a body whose commands ran."""
    return hashlib.sha256(message.visible_text.encode()).hexdigest()


def _has_run(tx: Transaction, message: InboundMessage, candidates: tuple[Candidate, ...]) -> bool:
    """Tell whether the commands of this body ran before through a token the mail came by."""
    tokens = (c.token for c in candidates if c.token is not None)
    return any(tx.outbox.has_run(token.outbox_id, body_digest(message)) for token in tokens)


# ------------------------------------------------------------------ tokens

_Verified = tuple[tuple[TokenClaim, IssuedToken], ...]


def _verified(tx: Transaction, claims: ThreadClaims, keys: tuple[bytes, ...]) -> _Verified:
    found = ((claim, _verify(tx, claim, keys)) for claim in claims.tokens)
    return tuple((claim, row) for claim, row in found if row is not None)


def _verify(tx: Transaction, claim: TokenClaim, keys: tuple[bytes, ...]) -> IssuedToken | None:
    row = tx.outbox.find_ref(claim.ref)
    if row is None:
        return None
    binding = Binding(claim.ref, row.ticket, row.recipient, row.audience, row.visibility)
    return row if is_genuine(keys, claim, binding) else None


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


def _reply_rows(verified: _Verified) -> tuple[IssuedToken, ...]:
    return tuple(row for claim, row in verified if claim.purpose != Purpose.BOUNCE)


# ------------------------------------------------------------------ vendors and other tickets


def _vendor_case(tx: Transaction, message: InboundMessage, desk: Desk) -> VendorCase | None:
    """Read the number of its own that a vendor put into the subject."""
    vendor = desk.vendor(message.sender.domain) if message.sender else None
    number = vendor.find_number(message.subject) if vendor else None
    if vendor is None or number is None:
        return None
    return VendorCase(vendor.name, number, tx.tickets.by_vendor_number(vendor.name, number, MOST_TICKETS))


def _named(tx: Transaction, message: InboundMessage) -> tuple[Ticket, ...]:
    """Load the tickets that the commands of a mail speak of."""
    naming = (c for c in _commands(message) if c.word in VERBS and VERBS[c.word].names)
    numbers = dict.fromkeys(n for c in naming for n in numbers_in(c.value))
    return tuple(ticket for n in numbers if n <= NUMBER_LIMIT and (ticket := tx.tickets.load(n)))


def _with_original(claims: ThreadClaims, message: InboundMessage, desk: Desk) -> ThreadClaims:
    """Add the id of the mail that a technician passes on: it may have reached the desk by itself."""
    found = find_original(message, desk)
    known = (found.message_id,) if found and found.message_id and not is_token_id(found.message_id) else ()
    return replace(claims, ids=tuple(dict.fromkeys((*known, *claims.ids))))


def _next_number(tx: Transaction, message: InboundMessage, technician: Technician | None, desk: Desk) -> int | None:
    """Look up the number of the next ticket where a mail may open a second one, or a technician's one for somebody."""
    is_needed = is_asked(desk.rules, "link", "also")
    if technician is not None and not is_needed:
        spawns = any(c.word in VERBS and VERBS[c.word].spawns for c in _commands(message))
        is_needed = spawns or find_named_requester(message, desk) is not None
    return tx.tickets.peek_number() if is_needed else None


def _mentioned(tx: Transaction, message: InboundMessage, desk: Desk) -> tuple[Ticket, ...]:
    """Load the tickets that a rule may link to: those whose numbers stand in the rules or in the mail."""
    if not is_asked(desk.rules, "link"):
        return ()
    blocks = (block for rule in desk.rules for block in (rule.then, rule.then_new, rule.then_follow_up))
    written = (int(block.link) for block in blocks if block.link)
    said = map(int, _NUMBER.findall(f"{message.subject}\n{message.visible_text[:_SEARCHED_CHARS]}"))
    numbers = tuple(n for n in dict.fromkeys((*written, *said)) if n <= NUMBER_LIMIT)[:_MOST_MENTIONED]
    # Everybody locks them in the same order, so that nobody waits in a circle.
    return tuple(ticket for n in sorted(numbers) if (ticket := tx.tickets.load(n)))


def _commands(message: InboundMessage) -> tuple[Command, ...]:
    commands = read_commands(message.visible_text).commands[:MOST_COMMANDS]
    # A line too long to be run costs nothing either, however many tickets it names.
    return tuple(c for c in commands if len(c.line) <= LONGEST_LINE)


# ------------------------------------------------------------------ bounces and caps


def _bounced(tx: Transaction, message: InboundMessage, verified: _Verified) -> SentMail | None:
    if message.kind is not Kind.BOUNCE:
        return None
    for claim, row in verified:
        if claim.purpose == Purpose.BOUNCE:
            return SentMail(row.id, row.ticket, row.recipient, row.audience, row.message_id, by_token=True)
    original = message.bounce.original_message_id if message.bounce else None
    return tx.outbox.find_message_id(original) if original else None


def _recent(
    tx: Transaction, message: InboundMessage, technician: Technician | None, desk: Desk, now: datetime
) -> RecentMail:
    """Count automatic mail in the windows of the caps; people only, machines get none anyway."""
    sender = message.sender
    # A form's mail comes from a program, and whom it names may be answered.
    form = message.reply_to[0].address if message.reply_to and is_asked(desk.rules, "requester") else None
    if sender is None or (message.kind is not Kind.PERSON and form is None):
        return RecentMail()
    caps, warning = desk.acknowledgements, NoticeName.FORGERY_WARNING.value
    answers = (NoticeName.ACKNOWLEDGEMENT, NoticeName.REFUSED, NoticeName.RULE_REPLY)
    named = find_named_requester(message, desk) if technician else None
    acknowledged = (named or sender).address

    def count(notice: str, recipient: str | None, seconds: float, *, unproven: bool | None = None) -> int:
        return tx.outbox.counts_since(notice, recipient, now - timedelta(seconds=seconds), unproven)

    def answered(recipient: str | None, cap: Cap | None, *, unproven: bool | None = None) -> int:
        return sum(count(name, recipient, cap.seconds, unproven=unproven) for name in answers) if cap else 0

    return RecentMail(
        acknowledgements_to_sender=answered(acknowledged, caps.per_address),
        acknowledgements_to_reply_to=answered(form, caps.per_address) if form else 0,
        acknowledgements_unproven=answered(None, caps.unproven, unproven=True),
        warnings_to_technician=count(warning, technician.email, WARNING_WINDOW.total_seconds()) if technician else 0,
        confirmations_to_technician=sum(
            count(name, technician.email, CONFIRMATION_WINDOW.total_seconds())
            for name in (NoticeName.CONFIRMATION_WANTED.value, NoticeName.COMMAND_REJECTED.value)
            if technician
        ),
    )
