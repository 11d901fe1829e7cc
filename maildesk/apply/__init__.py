"""A decision → history rows, ticket row, outbox rows, inside the caller's transaction.

Called by the three loops. It carries out and decides nothing: who gets a mail and what it may say is in the decision;
what an entry does to a ticket is in `evolve`.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from maildesk.adapters.store import OutboxState, Transaction
from maildesk.apply.letters import Letter, LetterWriter, Occasion, Unsendable, Workshop
from maildesk.core.decide import decide_delivery
from maildesk.model.decision import Act, Decision, Notice
from maildesk.model.desk import Desk
from maildesk.model.event import CorrespondenceReceived, CorrespondenceSent, MailQueued, Recorded
from maildesk.model.situation import Audience, SentMail, Situation
from maildesk.model.ticket import Ticket, evolve
from maildesk.model.trace import TraceLine

__all__ = ["Applied", "Workshop", "apply_acts", "apply_decision"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written: the ticket's number, if there is one, and how many mails were queued."""

    ticket: int | None
    queued: int


def apply_decision(
    tx: Transaction,
    situation: Situation,
    decision: Decision,
    parts: tuple[bytes, ...],
    shop: Workshop,
    now: datetime,
    inbound_id: int,
    body_sha256: str,
    *,
    cause: str,
) -> Applied:
    """Carry out the decision on one inbound mail. `cause` names this decision once and for ever."""
    ticket = tx.tickets.load(decision.ticket) if decision.ticket is not None else None
    occasion = Occasion(cause, now, situation.message, parts)
    applied = _write(tx, ticket, decision.acts, decision.notices, decision.trace, shop, occasion, inbound_id)
    if decision.spends_token is not None:
        tx.outbox.spend(decision.spends_token, now)
    if decision.runs_body is not None:
        tx.outbox.record_run(decision.runs_body, body_sha256)
    for outbox_id, state in decision.outbox_states:
        tx.outbox.set_state(outbox_id, OutboxState(state))
    for technician, away in decision.absences:
        tx.absences.set(technician, away=away, now=now)
    return applied


def apply_acts(
    tx: Transaction,
    ticket: Ticket,
    acts: tuple[Act, ...],
    notices: tuple[Notice, ...],
    shop: Workshop,
    now: datetime,
    *,
    cause: str,
    trace: tuple[TraceLine, ...] = (),
) -> Applied:
    """Carry out what the clock or the mail server brought about on one ticket."""
    return _write(tx, ticket, acts, notices, trace, shop, Occasion(cause, now), None)


def _write(
    tx: Transaction,
    ticket: Ticket | None,
    acts: tuple[Act, ...],
    notices: tuple[Notice, ...],
    trace: tuple[TraceLine, ...],
    shop: Workshop,
    occasion: Occasion,
    inbound_id: int | None,
) -> Applied:
    history, ticket = _fold(tx, ticket, acts, trace, occasion.now)
    writer = LetterWriter(tx, shop, occasion, ticket, history)
    letters, unwritten = _letters(writer, notices)
    if ticket is not None:
        failures, warnings = _failures(ticket, unwritten, shop.desk)
        letters = (*letters, *_letters(writer, warnings)[0])
        queued = tuple(
            Act("maildesk", MailQueued(x.mail.notice, x.mail.recipient, x.mail.message_id))
            for x in letters if x.mail.audience is Audience.PUBLIC
        )  # fmt: skip
        more, ticket = _continue(ticket, (*queued, *failures), occasion.now)
        tx.tickets.save(ticket)
        tx.tickets.append((*history, *more), inbound_id)
        tx.tickets.remember_ids(ticket.number, _thread_ids((*history, *more)))
    tx.outbox.enqueue([letter.mail for letter in letters])
    return Applied(ticket.number if ticket else None, len(letters))


def _fold(
    tx: Transaction, ticket: Ticket | None, acts: tuple[Act, ...], trace: tuple[TraceLine, ...], now: datetime
) -> tuple[tuple[Recorded, ...], Ticket | None]:
    """Give the acts their places in the history and fold them; the first one carries the trace."""
    if not acts:
        return (), ticket
    number = ticket.number if ticket else tx.tickets.next_number()
    seq = ticket.seq if ticket else 0
    history = [Recorded(number, seq + place, now, act.actor, act.event) for place, act in enumerate(acts, 1)]
    history[0] = replace(history[0], trace=trace)
    for recorded in history:
        ticket = evolve(ticket, recorded)
    return tuple(history), ticket


def _continue(ticket: Ticket, acts: tuple[Act, ...], now: datetime) -> tuple[tuple[Recorded, ...], Ticket]:
    history = tuple(Recorded(ticket.number, ticket.seq + n, now, act.actor, act.event) for n, act in enumerate(acts, 1))
    for recorded in history:
        ticket = evolve(ticket, recorded)
    return history, ticket


_Unwritten = tuple[tuple[Notice, Unsendable], ...]


def _letters(writer: LetterWriter, notices: tuple[Notice, ...]) -> tuple[tuple[Letter, ...], _Unwritten]:
    """Write what can be written; return beside it what cannot."""
    written: list[Letter] = []
    unwritten: list[tuple[Notice, Unsendable]] = []
    for notice in notices:
        try:
            written.append(writer.write(notice))
        except Unsendable as problem:
            writer.report(notice, problem)
            unwritten.append((notice, problem))
    return tuple(written), tuple(unwritten)


def _failures(ticket: Ticket, unwritten: _Unwritten, desk: Desk) -> tuple[tuple[Act, ...], tuple[Notice, ...]]:
    """Treat public mail that cannot be written like mail the server refused; only lost words are worth a warning."""
    acts: list[Act] = []
    warnings: list[Notice] = []
    for notice, problem in unwritten:
        if notice.audience is Audience.PUBLIC:
            unsent = SentMail(0, ticket.number, notice.to.address, notice.audience, "")
            decision = decide_delivery(unsent, ticket, str(problem), desk)
            acts += decision.acts
            warnings += decision.notices if notice.author is not None else ()
    return tuple(acts), tuple(warnings)


def _thread_ids(history: tuple[Recorded, ...]) -> tuple[str, ...]:
    """Return the Message-IDs by which later mail finds this ticket: public mail, in and out."""
    events = (r.event for r in history)
    public = (e for e in events if isinstance(e, (CorrespondenceReceived, CorrespondenceSent, MailQueued)))
    return tuple(e.message_id for e in public if e.message_id)
