"""The earlier mail that a technician may mean by `undo`, `send`, `yes` or `no`: what became of it, and what it did.

Called by `facts` inside the deciding transaction. It looks and locks; whether the word may do anything is decided in
the lane of technicians. Loaded only where such a word stands on the first line, so that it costs nobody else anything.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from maildesk.adapters.store import Transaction
from maildesk.adapters.store.deeds import CausedEvent, CausedMail, DecidedMail
from maildesk.adapters.store.outbox import IssuedToken, OutboxState
from maildesk.core.commands.words import OF_OUTSIDERS, Word, read_word
from maildesk.model import event as ev
from maildesk.model.desk import Desk, Technician
from maildesk.model.message import Address, InboundMessage, Kind
from maildesk.model.notice import RESULTS, Audience
from maildesk.model.situation import Deed, Reported
from maildesk.model.ticket import Ticket, evolve

#: Earlier mails through one notice that are looked at for one that can still be recalled.
_MOST_EARLIER = 10
#: Events that are looked at to see whether a pending entry was settled, or a mail undone.
_MOST_LATER = 100
_WAITING = (OutboxState.QUEUED, OutboxState.DEFERRED, OutboxState.HELD)
_DEPARTED = (OutboxState.SENDING, OutboxState.SENT, OutboxState.BOUNCED)


def find_reported(
    tx: Transaction, message: InboundMessage, tokens: Iterable[IssuedToken], desk: Desk, inbound_id: int | None
) -> Reported | None:
    """Return the mail that a technician's word is about; None: there is no such word, or it is only text.

    `tokens` are those of ours that came with the mail, `inbound_id` is the mail itself.
    """
    technician = desk.technician(message.sender.address) if message.sender else None
    spoken = read_word(message.visible_text) if technician and message.kind is Kind.PERSON else None
    if technician is None or spoken is None:
        return None
    own = (t for t in tokens if t.audience is Audience.TECHNICIAN and technician.owns(t.recipient))
    token = next(own, None)
    meant = _meant(tx, spoken.word, token, technician, inbound_id) if token else None
    mail = tx.deeds.find(meant) if meant is not None else None
    return _report(tx, mail, token) if mail and token else None


def _meant(tx: Transaction, word: Word, token: IssuedToken, technician: Technician, itself: int | None) -> int | None:
    """Return the ledger id of the mail a word is about."""
    if token.notice in RESULTS:
        return token.inbound_id
    if token.notice in OF_OUTSIDERS and word in (Word.YES, Word.NO):
        return token.inbound_id
    if word is not Word.UNDO:
        return None
    senders = (technician.email, *technician.aliases)
    earlier = [i for i in tx.deeds.accepted_through(token.id, senders, _MOST_EARLIER) if i != itself]
    waits = (i for i in earlier if _waiting(tx.deeds.mails_of(i)))
    return next(waits, earlier[0] if earlier else None)


def _report(tx: Transaction, mail: DecidedMail, token: IssuedToken) -> Reported:
    mails = tx.deeds.mails_of(mail.id)
    deeds = _deeds(tx, mail.id, token.ticket)
    return Reported(
        mail.id,
        Address("", mail.sender),
        mail.outcome,
        mail.decided_at,
        token.issued_at,
        token.notice,
        deeds,
        waiting=_waiting(mails),
        departed=tuple(
            (m.recipient, m.last_attempt_at) for m in _outside(mails) if _has_departed(m) and m.last_attempt_at
        ),
        pending=_pending(tx, deeds),
        is_awaited=mail.is_awaited,
        is_undone=any(_was_undone(tx, deed.now.number, mail.id) for deed in deeds),
    )


def _outside(mails: Sequence[CausedMail]) -> tuple[CausedMail, ...]:
    return tuple(m for m in mails if m.audience is not Audience.TECHNICIAN)


def _waiting(mails: Sequence[CausedMail]) -> tuple[tuple[int, str], ...]:
    return tuple((m.id, m.recipient) for m in _outside(mails) if m.state in _WAITING and not m.is_uncertain)


def _has_departed(mail: CausedMail) -> bool:
    """Tell whether somebody may have read it: in doubt nobody is told that it was stopped."""
    return mail.state in _DEPARTED or mail.is_uncertain


def _deeds(tx: Transaction, inbound_id: int, home: int | None) -> tuple[Deed, ...]:
    """Return what a mail did when it was last decided, ticket by ticket, the one it belongs to first."""
    caused = tx.deeds.events_of(inbound_id)
    last = max((event.at for event in caused), default=None)
    by_ticket = groupby((event for event in caused if event.at == last), key=lambda event: event.ticket)
    found = [deed for number, events in by_ticket if (deed := _deed(tx, number, tuple(events)))]
    return tuple(sorted(found, key=lambda deed: deed.now.number != home))


def _deed(tx: Transaction, number: int, caused: tuple[CausedEvent, ...]) -> Deed | None:
    now = tx.tickets.load(number)
    history = tx.tickets.history(number)
    first, last = caused[0].seq, caused[-1].seq
    before, after = _folded(history[: first - 1]), _folded(history[:last])
    if now is None or after is None:
        return None
    own = {event.seq for event in caused}
    return Deed(before, after, now, tuple(recorded for recorded in history if recorded.seq in own))


def _folded(history: Sequence[ev.Recorded]) -> Ticket | None:
    ticket: Ticket | None = None
    for recorded in history:
        ticket = evolve(ticket, recorded)
    return ticket


def _pending(tx: Transaction, deeds: tuple[Deed, ...]) -> int | None:
    """Return the entry that waits for a word, unless somebody settled it."""
    entries = [r for deed in deeds[:1] for r in deed.history if isinstance(r.event, ev.CorrespondencePending)]
    if not entries:
        return None
    later = tx.tickets.newest(entries[0].ticket, (ev.PendingSettled,), _MOST_LATER)
    settled = {r.event.entry for r in later if isinstance(r.event, ev.PendingSettled)}
    return None if entries[0].seq in settled else entries[0].seq


def _was_undone(tx: Transaction, number: int, inbound_id: int) -> bool:
    undone = tx.tickets.newest(number, (ev.Undone,), _MOST_LATER)
    return any(isinstance(r.event, ev.Undone) and r.event.of == inbound_id for r in undone)
