"""A decision → history rows, ticket row, outbox rows, inside the caller's transaction.

Called by the three loops. It carries out and decides nothing: who gets a mail and what it may say is in the decision;
what an entry does to a ticket is in `evolve`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from maildesk.adapters.store import OutboxState, OutgoingMail, Transaction
from maildesk.apply.letters import LetterWriter, Occasion, Unsendable, Workshop, is_spoken
from maildesk.apply.limits import find_reply_silence, within_limits
from maildesk.core.changing import Occurrence, follow_changes, has_change_rules
from maildesk.core.conclude import conclude
from maildesk.core.deliverability import (
    WITHHELD,
    Unsent,
    account_for,
    is_owed,
    stand_ins,
    unwritable,
    withheld,
    withheld_because,
)
from maildesk.core.notices import one_each, with_warnings
from maildesk.core.ruling import is_over_limit
from maildesk.model.decision import Act, Aside, Decision
from maildesk.model.desk import Desk
from maildesk.model.event import CorrespondenceReceived, CorrespondenceSent, MailQueued, Recorded
from maildesk.model.message import Kind
from maildesk.model.notice import Audience, Notice
from maildesk.model.person import Lesson, Person
from maildesk.model.rule import RuleHit
from maildesk.model.situation import Role, Situation
from maildesk.model.ticket import Ticket, evolve
from maildesk.model.trace import TraceLine
from maildesk.rules.actions import is_asked

__all__ = ["Applied", "Workshop", "apply_acts", "apply_aside", "apply_decision", "apply_lessons"]

log = structlog.get_logger(part="apply")


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written: the ticket's number, if there is one, and how many mails were put into the outbox.

    `told`: addresses (lower case) that get a mail on this occasion.
    """

    ticket: int | None
    queued: int
    told: frozenset[str] = frozenset()


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
    # Who merely names a technician in From has not made that technician know of anything.
    actor = situation.message.sender if decision.role is not Role.STRANGER else None
    occasion = Occasion(cause, now, situation.message, parts, actor)
    # First, so that mail to somebody who is back with this very mail is not withheld.
    apply_lessons(tx, decision.lessons, now)
    work = _Work(decision.acts, decision.notices, decision.trace, decision.rules)
    applied = _write(tx, ticket, work, shop, occasion, inbound_id)
    if decision.spends_token is not None:
        tx.outbox.spend(decision.spends_token, now)
    if decision.runs_body is not None:
        tx.outbox.record_run(decision.runs_body, body_sha256)
    for outbox_id, state in decision.outbox_states:
        tx.outbox.set_state(outbox_id, OutboxState(state))
    for technician, away in decision.absences:
        tx.absences.set(technician, away=away, now=now)
    if decision.resumes is not None:
        tx.inbound.request_resumption(*decision.resumes)
    return applied


def apply_aside(
    tx: Transaction,
    situation: Situation,
    aside: Aside,
    parts: tuple[bytes, ...],
    shop: Workshop,
    now: datetime,
    inbound_id: int,
    *,
    cause: str,
    told: frozenset[str] = frozenset(),
) -> Applied:
    """Carry out what an inbound mail brings about on another ticket than its own.

    `told`: addresses (lower case) that get a mail because of it already.
    """
    ticket = tx.tickets.load(aside.ticket) if aside.ticket is not None else None
    occasion = Occasion(cause, now, situation.message, parts, situation.message.sender, told)
    return _write(tx, ticket, _Work(aside.acts, aside.notices), shop, occasion, inbound_id)


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
    rules: tuple[RuleHit, ...] = (),
) -> Applied:
    """Carry out what the clock or the mail server brought about on one ticket."""
    return _write(tx, ticket, _Work(acts, notices, trace, rules), shop, Occasion(cause, now), None)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be carried out on one ticket, why, and the rules that had a say in it."""

    acts: tuple[Act, ...]
    notices: tuple[Notice, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    rules: tuple[RuleHit, ...] = ()


def _write(
    tx: Transaction, ticket: Ticket | None, work: _Work, shop: Workshop, occasion: Occasion, inbound_id: int | None
) -> Applied:
    number = ticket.number if ticket else tx.tickets.next_number() if work.acts else None
    if number is not None:
        work = _followed(tx, ticket, number, work, shop.desk, occasion)
    for line in filter(is_over_limit, work.trace):
        log.warning("rule mail not sent", ticket=number, action=line.name, because=line.because)
    history, ticket = _fold(ticket, number, work, shop.desk, occasion.now)
    tx.hits.append([hit.name for hit in work.rules if hit.hit], occasion.now, number, inbound_id)
    notices = within_limits(tx, work.notices, number, shop.desk, occasion.now)
    writer = LetterWriter(tx, shop, occasion, ticket, history)
    mails, failures = _all_mails(tx, writer, notices, ticket, shop.desk, occasion) if notices else ((), ())
    if ticket is not None:
        queued = tuple(
            Act("maildesk", MailQueued(m.notice, m.recipient, m.message_id))
            for m in mails if m.audience is Audience.PUBLIC
        )  # fmt: skip
        more, ticket = _continue(ticket, (*queued, *failures), occasion.now)
        tx.tickets.save(ticket)
        tx.tickets.append((*history, *more), inbound_id)
        tx.tickets.remember_ids(ticket.number, _thread_ids((*history, *more)))
    tx.outbox.enqueue([replace(mail, inbound_id=inbound_id) for mail in mails])
    told = occasion.told | {mail.recipient.casefold() for mail in mails}
    return Applied(ticket.number if ticket else None, len(mails), told)


def _followed(
    tx: Transaction, ticket: Ticket | None, number: int, work: _Work, desk: Desk, occasion: Occasion
) -> _Work:
    """Add what rules do because the ticket changes. Nobody gets a second mail by that, and none about their own act."""
    if not work.acts or not has_change_rules(desk):
        return work
    message = occasion.message
    silence = f"kind is {message.kind}" if message and message.kind is not Kind.PERSON else ""
    if ticket is not None and not silence and is_asked(desk.rules, "reply"):
        silence = find_reply_silence(tx, ticket, desk, occasion.now)
    told = occasion.told | {notice.to.key for notice in work.notices}
    happened = Occurrence(ticket, number, work.acts, occasion.now, silence, told, tx.absences.away())
    followed = follow_changes(happened, desk)
    more = tuple(n for n in one_each(followed.notices, desk, occasion.actor) if n.to.key not in told)
    return _Work(
        (*work.acts, *followed.acts),
        (*work.notices, *more),
        (*work.trace, *followed.trace),
        (*work.rules, *followed.rules),
    )


def apply_lessons(tx: Transaction, lessons: tuple[Lesson, ...], now: datetime) -> None:
    """Remember what was learned of people; whoever is back gets the answers that waited, and nothing else of old."""
    for person in tx.people.learn(lessons, now):
        waiting = tx.outbox.withheld(person.address, WITHHELD)
        owed = tuple(m.id for m in waiting if is_owed(m.audience, is_spoken=is_spoken(tx.outbox.find_data(m.id))))
        tx.outbox.release(owed, now)
        for mail in waiting:
            if mail.id not in owed:
                tx.outbox.set_state(mail.id, OutboxState.CANCELLED)
        log.info("address is back", address=person.address, released=len(owed), cancelled=len(waiting) - len(owed))


def _fold(
    ticket: Ticket | None, number: int | None, work: _Work, desk: Desk, now: datetime
) -> tuple[tuple[Recorded, ...], Ticket | None]:
    """Give the acts, and what follows from them, their places in the history; the first one carries the trace."""
    if not work.acts or number is None:
        return (), ticket
    acts = conclude(ticket, number, work.acts, desk, now)
    seq = ticket.seq if ticket else 0
    history = [Recorded(number, seq + place, now, act.actor, act.event) for place, act in enumerate(acts, 1)]
    history[0] = replace(history[0], trace=work.trace)
    for recorded in history:
        ticket = evolve(ticket, recorded)
    return tuple(history), ticket


def _continue(ticket: Ticket, acts: tuple[Act, ...], now: datetime) -> tuple[tuple[Recorded, ...], Ticket]:
    history = tuple(Recorded(ticket.number, ticket.seq + n, now, act.actor, act.event) for n, act in enumerate(acts, 1))
    for recorded in history:
        ticket = evolve(ticket, recorded)
    return history, ticket


def _all_mails(
    tx: Transaction,
    writer: LetterWriter,
    notices: tuple[Notice, ...],
    ticket: Ticket | None,
    desk: Desk,
    occasion: Occasion,
) -> tuple[tuple[OutgoingMail, ...], tuple[Act, ...]]:
    """Write every mail, and what else must be told because some of it does not leave; return the events of that too.

    Mail to the inside is written last: it tells what did not leave for the outside.
    """
    dead = tx.people.find_dead((*(n.to.address for n in notices), *(t.email for t in desk.technicians)))
    inside = tuple(n for n in notices if n.audience is Audience.TECHNICIAN)
    outside = tuple(n for n in notices if n.audience is not Audience.TECHNICIAN)
    mails, unsent = _mails(writer, outside, dead, desk)
    failures: tuple[Act, ...] = ()
    if ticket is not None:
        failures, warnings = account_for(unsent, ticket, desk)
        written_to = {m.recipient.casefold() for m in mails}
        if warnings:
            inside = with_warnings(inside, tuple(w for w in warnings if w.to.key not in written_to))
        others = stand_ins(inside, dead, ticket, desk, occasion.actor)
        inside = (*inside, *(n for n in others if n.to.key not in written_to))
        if inside and all(n.to.key in dead for n in inside):
            log.error("no technician takes mail", ticket=ticket.number, queue=ticket.queue)
    return (*mails, *_mails(writer, inside, dead, desk)[0]), failures


def _mails(
    writer: LetterWriter, notices: tuple[Notice, ...], dead: Mapping[str, Person], desk: Desk
) -> tuple[tuple[OutgoingMail, ...], tuple[Unsent, ...]]:
    """Write what can be written, held where the address is dead; return beside it what does not leave."""
    mails: list[OutgoingMail] = []
    unsent: list[Unsent] = []
    for notice in notices:
        try:
            mail = writer.write(notice)
        except Unsendable as problem:
            writer.report(notice, problem)
            unsent.append(unwritable(notice, str(problem)))
            continue
        person = dead.get(notice.to.key)
        mails.append(mail if person is None else _hold(mail, person, desk))
        if person is not None:
            unsent.append(withheld(notice, mail.message_id, person, desk))
    return tuple(mails), tuple(unsent)


def _hold(mail: OutgoingMail, person: Person, desk: Desk) -> OutgoingMail:
    because = withheld_because(person, desk)
    log.warning("mail withheld", notice=mail.notice, ticket=mail.ticket, reason=because)
    return replace(mail, withheld=because)


def _thread_ids(history: tuple[Recorded, ...]) -> tuple[str, ...]:
    """Return the Message-IDs by which later mail finds this ticket: public mail, in and out."""
    events = (r.event for r in history)
    public = (e for e in events if isinstance(e, (CorrespondenceReceived, CorrespondenceSent, MailQueued)))
    return tuple(e.message_id for e in public if e.message_id)
