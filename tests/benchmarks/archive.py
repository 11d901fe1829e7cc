"""A database full of stored mail, made without a mail server: each mail is decided by the core and written down.

Three of ten mails answer an earlier one. What the parser would find is known beforehand, so that only the replay reads
mail; the bytes stored say the same.
"""

import json
import random
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from maildesk.adapters.store import Heard, Store, Transaction
from maildesk.config import load_desk
from maildesk.core.conclude import conclude
from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.desk import Desk
from maildesk.model.message import Address, InboundMessage, Kind
from maildesk.model.settings import FolderRole
from maildesk.model.situation import Candidate, Signal, Situation
from maildesk.model.ticket import Ticket, evolve

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DESK = "support@example.test"
_BATCH = 500
#: Tickets that somebody may still answer.
_ALIVE = 300
_TROUBLES = ("Printer on strike", "Server web{n} is down", "Invoice {n}", "Question {n}", "Forgot my password", "VPN")
_WORDS = "since this morning it shows a message that nobody understands please look at it when you have time".split()
RULES = """\
rules:
  - {name: Outage, when: {subject: {matches: 'server .* down'}}, then: {impact: high, urgency: high, queue: network}}
  - {name: Invoice, when: {subject: {contains: invoice}}, then: {tags: [invoice], impact: low}}
  - {name: Password, when: {subject: {contains: password}, phase: new}, then: {tags: [password], type: request}}
"""
OTHER_RULES = (
    RULES
    + """\
  - {name: Web seven, when: {subject: {contains: web77}}, then: {tags: [seven]}}
"""
)


def write_configuration(folder: Path, url: str) -> None:
    """Write the configuration of the desk whose mail it is; `other.yaml` are rules to compare."""
    imap = {"host": "127.0.0.1", "port": 1, "security": "none", "username": "x", "password": "x"}
    settings = {
        "database": url,
        "mailboxes": [{"name": "support", "address": DESK, "imap": imap}],
        "smtp": {"host": "127.0.0.1", "port": 1, "security": "none"},
    }
    policy = {
        "queues": {"general": {"level": 1}, "network": {"level": 2}},
        "technicians": [{"email": "tia@staff.test", "name": "Tia", "queues": ["general", "network"]}],
    }
    texts = {"maildesk.yaml": json.dumps(settings), "desk.yaml": json.dumps(policy), "rules.yaml": RULES}
    for name, text in {**texts, "other.yaml": OTHER_RULES}.items():
        (folder / name).write_text(text)


@dataclass(frozen=True, slots=True)
class _Written:
    """A mail as bytes, and as the parser reads it."""

    raw: bytes
    message: InboundMessage
    answers: int | None


def fill(url: str, folder: Path, count: int, seed: int = 1) -> None:
    """Store so many mails, a minute apart, the last one now."""
    store = Store(url)
    store.prepare()
    desk = load_desk(folder, {})
    filler = _Filler(desk, random.Random(seed), datetime.now(UTC) - timedelta(minutes=count))
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        store.run(lambda tx, numbers=numbers: [filler.take(tx, number) for number in numbers])
    store.close()


class _Filler:
    """Makes mail, decides it and writes it down."""

    def __init__(self, desk: Desk, chance: random.Random, begin: datetime) -> None:
        self.desk = desk
        self.chance = chance
        self.begin = begin
        self.alive: deque[Ticket] = deque(maxlen=_ALIVE)

    def take(self, tx: Transaction, number: int) -> None:
        at = self.begin + timedelta(minutes=number)
        followed = self.chance.choice(self.alive) if self.alive and self.chance.random() < 0.3 else None
        raw, message = self._written(number, followed)
        candidates = (Candidate(Signal.STORED_ID, "<x>", followed),) if followed else ()
        decision = decide_message(Situation(message, "support", at, candidates), self.desk)
        row = tx.inbound.count_attempts("support", 1, {number + 1: len(raw)}, at)[number + 1]
        tx.inbound.record_message(row.id, message, raw)
        acts = decision.acts
        into = followed.number if followed else tx.tickets.next_number()
        ticket = followed
        history = []
        for act in (acts := conclude(followed, into, acts, self.desk, at)):
            recorded = ev.Recorded(into, (ticket.seq if ticket else 0) + 1, at, act.actor, act.event)
            ticket = evolve(ticket, recorded)
            history.append(recorded)
        if ticket is not None:
            tx.tickets.save(ticket)
            tx.tickets.append(history, row.id)
            self._remember(ticket, followed)
        heard = Heard(decision.heard_as, decision.proof, followed.number if followed else None)
        outcome, reason, trace = decision.outcome, decision.reason, decision.trace
        tx.inbound.finish(row.id, outcome, reason, into, trace, at, FolderRole.PROCESSED, heard=heard)

    def _remember(self, ticket: Ticket, before: Ticket | None) -> None:
        if before is not None:
            self.alive.remove(before)
        self.alive.append(ticket)

    def _written(self, number: int, followed: Ticket | None) -> tuple[bytes, InboundMessage]:
        chance = self.chance
        sender = followed.requester if followed else Address("Ann", f"user{chance.randrange(2000)}@customer.test")
        subject = followed.subject if followed else chance.choice(_TROUBLES).format(n=chance.randrange(1000))
        lines = (" ".join(chance.choice(_WORDS) for _ in range(11)) for _ in range(chance.choice((8, 20, 60))))
        text = "\n".join((f"This is about matter {number}.", *lines)) + "\n"
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = f"{sender.name} <{sender.address}>", DESK
        mail["Subject"] = f"Re: {subject}" if followed else subject
        mail["Message-ID"], mail["Date"] = f"<{number}@customer.test>", "Mon, 02 Mar 2026 09:00:00 +0000"
        mail.set_content(text)
        message = InboundMessage(
            "", f"content {number}", len(mail.as_bytes()), message_id=str(mail["Message-ID"]), sender=sender,
            to=(Address("", DESK),), subject=str(mail["Subject"]), text=text, visible_text=text, kind=Kind.PERSON,
        )  # fmt: skip
        return mail.as_bytes(), message
