"""Forgeries through the whole intake and a real database: replays, changed tokens, guessed numbers. Zero effects.

An ordinary run takes a sample; MAILDESK_PROOF=1 takes a hundred thousand of each, through the same code.
"""

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from maildesk.adapters.sandbox import SandboxedMail
from maildesk.adapters.store import IssuedToken, Store
from maildesk.adapters.templates import Templates
from maildesk.apply import Workshop
from maildesk.intake import _Case, decide_in
from maildesk.mail.read import ReadingContext, read_message
from maildesk.mail.tokens import Binding, Purpose, mint
from maildesk.model import event as ev
from tests import make

PROOF = os.environ.get("MAILDESK_PROOF") == "1"
TRIES = 100_000 if PROOF else 20
SEED = 20260304
BEGIN_AT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
KEY = b"k" * 32
CONTEXT = ReadingContext((make.SUPPORT, "help@desk.test"), ("mx.desk.test",))
COMMANDS = "#priority P1\n#assign ned\n\nWe come, canary-forged."


class Desk:
    """One desk on SQLite that takes mail in as the daemon does, without a mail server."""

    def __init__(self, folder: Path, *, authenticates: bool) -> None:
        self.store = Store(f"sqlite:///{folder}/desk.sqlite3")
        self.store.claim_loops()
        self.store.prepare()
        self.shop = Workshop(make.desk(authenticates=authenticates), Templates(), KEY)
        self.uid = 0

    def take(self, raw: bytes) -> str:
        """Take one mail in; return its outcome."""
        self.uid += 1
        uid, now = self.uid, BEGIN_AT + timedelta(seconds=self.uid)
        parsed = read_message(raw, CONTEXT)
        mail = SandboxedMail(parsed.message, parsed.parts)
        seen = self.store.run(lambda tx: tx.inbound.count_attempts("support", 1, {uid: len(raw)}, now))
        case = _Case("support", seen[uid].id, 1, raw, Future())
        decision, _ = self.store.run(lambda tx: decide_in(tx, self.shop, case, mail, now))
        return decision.outcome.value

    def effects(self, number: int) -> tuple[object, ...]:
        """Everything of a ticket that a forger might want to change, and every mail to the outside about it."""
        with self.store.reading() as reader:
            ticket = reader.ticket(number)
            history = reader.history(number)
            outside = [m for m in reader.outbox() if m.ticket == number and m.recipient == make.ANN.address]
        assert ticket is not None
        said = [r.event for r in history if isinstance(r.event, ev.CorrespondenceSent | ev.NoteAdded)]
        return (ticket.status, ticket.priority, ticket.assignee, ticket.participants, tuple(said), len(outside))

    def token(self, technician: str) -> tuple[str, IssuedToken]:
        """Return the Message-ID of the first notice to a technician, and its row."""
        with self.store.reading() as reader:
            first = next(m for m in reader.outbox() if m.recipient == technician)
        ref = first.message_id.split(".")[1][1:]
        row = self.store.run(lambda tx: tx.outbox.find_ref(ref))
        assert row is not None
        return ref, row


@pytest.fixture(params=[True, False], ids=["verdicts", "no verdicts"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path, authenticates=request.param)
    yield made
    made.store.close()


def mail(sender: str, text: str, n: int, *, dmarc: str = "", to: str = make.SUPPORT, **fields: str) -> bytes:
    verdict = f"Authentication-Results: mx.desk.test; dmarc={dmarc} header.from={sender.partition('@')[2]}\r\n"
    head = {"From": sender, "To": to, "Subject": "Printer", "Message-ID": f"<n{n}@mail.test>", **fields}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return ((verdict if dmarc else "") + lines + "\r\n" + text.replace("\n", "\r\n") + "\r\n").encode()


def opened(desk: Desk) -> tuple[object, ...]:
    assert desk.take(mail(make.ANN.address, "It smokes.", 0, dmarc="pass")) == "ticket"
    return desk.effects(1001)


def subaddress(desk: Desk, row: IssuedToken, ref: str) -> str:
    binding = Binding(ref, row.ticket, row.recipient, row.audience, row.visibility)
    return mint(KEY, binding, Purpose.REPLY).subaddress(make.SUPPORT)


@pytest.mark.timeout(7200 if PROOF else 120)
def test_replayed_mails_of_a_technician(desk: Desk) -> None:
    opened(desk)
    ref, row = desk.token(make.TIA.email)
    original = mail(make.TIA.email, COMMANDS, 1, dmarc="pass", to=subaddress(desk, row, ref))
    assert desk.take(original) == "follow-up"
    before = desk.effects(1001)
    assert before[1] == "P1"
    for n in range(TRIES):
        proof = ("pass", "", "fail")[n % 3]
        again = mail(make.TIA.email, COMMANDS, n + 2, dmarc=proof, to=subaddress(desk, row, ref))
        assert desk.take(original if n % 4 == 0 else again) in ("duplicate", "held")
    assert desk.effects(1001) == before


@pytest.mark.timeout(7200 if PROOF else 120)
def test_changed_tokens(desk: Desk) -> None:
    before = opened(desk)
    ref, row = desk.token(make.TIA.email)
    dice = random.Random(SEED)
    token = subaddress(desk, row, ref).partition("+")[2].partition("@")[0]
    for n in range(TRIES):
        place = dice.randrange(len(token))
        letter = dice.choice([c for c in "abcdefghijklmnopqrstuvwxyz234567" if c != token[place]])
        changed = token[:place] + letter + token[place + 1 :]
        address = f"support+{changed}@desk.test"
        desk.take(mail(make.TIA.email, COMMANDS, n + 1, to=address if n % 2 else make.SUPPORT,
                       **{"In-Reply-To": f"<md.{changed[:13]}.{changed[13:]}@desk.test>"}))  # fmt: skip
    assert desk.effects(1001) == before


GUESSES: dict[str, Callable[[random.Random], dict[str, str]]] = {
    "number": lambda dice: {"Subject": f"Re: Printer [#{dice.choice([1001, dice.randrange(1, 10**6)])}]"},
    "id": lambda dice: {"In-Reply-To": dice.choice(["<n0@mail.test>", f"<n{dice.randrange(10**6)}@mail.test>"])},
    "reference": lambda dice: {"Subject": f"ref:r{''.join(dice.choices('abcdefghijklmnop234567', k=38))}"},
}


@pytest.mark.timeout(7200 if PROOF else 120)
@pytest.mark.parametrize("what", GUESSES)
@pytest.mark.parametrize("who", ["eve@elsewhere.test", make.TIA.email])
def test_guesses(desk: Desk, what: str, who: str) -> None:
    before = opened(desk)
    dice = random.Random(SEED)
    for n in range(TRIES // 3):
        proof = "pass" if who != make.TIA.email else ""
        desk.take(mail(who, "close\n" if n % 2 else COMMANDS, n + 1, dmarc=proof, **GUESSES[what](dice)))
    assert desk.effects(1001) == before
