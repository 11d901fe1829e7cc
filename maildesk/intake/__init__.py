"""LOOP 1: one inbox message → one transaction → moved out of the inbox.

Nothing is moved before its decision is committed, and every message ever seen ends with exactly one outcome. A message
that breaks something is tried three times and then parked in quarantine; it never stops the ones behind it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from time import perf_counter

import structlog

from maildesk.adapters.imap import Mailbox, MoveRefused, RawMessage
from maildesk.adapters.sandbox import ParsingFailed, SandboxedMail
from maildesk.adapters.store import (
    Checkpoint,
    Heard,
    Prior,
    Seen,
    Store,
    StoredMail,
    StoreUnavailable,
    Transaction,
    WrongState,
)
from maildesk.apply import Applied, Workshop, apply_aside, apply_decision
from maildesk.core.decide import decide_message
from maildesk.intake.facts import Arrival, body_digest, gather
from maildesk.intake.memory import remember_thread
from maildesk.intake.verified import Reader
from maildesk.mail.parse import parse_headers_only
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision
from maildesk.model.settings import FolderRole
from maildesk.model.situation import Vouch
from maildesk.model.trace import TraceLine

log = structlog.get_logger(part="intake")

MOST_ATTEMPTS = 3
_BATCH = 50
_HEADER_BYTES = 65536
#: Mails parsed ahead of the one being decided: enough to keep the child busy, few enough to bound memory.
_AHEAD = 8

Clock = Callable[[], datetime]


def folder_for(outcome: Outcome) -> FolderRole:
    """Return where a message belongs once it is decided."""
    if outcome is Outcome.HELD:
        return FolderRole.HELD
    return FolderRole.QUARANTINE if outcome is Outcome.QUARANTINED else FolderRole.PROCESSED


@dataclass(slots=True)
class Intake:
    """Takes mail in. Safe to use from several mailbox threads: each message is one transaction of the store.

    `workshop` gives the policy in force; `stopping` ends a drain between two messages; `on_message` is called after
    each.
    """

    store: Store
    sandbox: Reader
    workshop: Callable[[], Workshop]
    max_message_bytes: int
    clock: Clock
    stopping: Callable[[], bool] = lambda: False
    on_message: Callable[[], None] = lambda: None
    #: Attempts that failed because the database was away, by ledger id: the message is not to blame for them.
    _forgiven: dict[int, int] = field(default_factory=dict)

    def drain(self, mailbox: Mailbox, name: str, *, sweep: bool) -> int:
        """Decide and file everything that is new, or with `sweep` everything that lies in the inbox; return how many.

        Raises MailboxLost and StoreUnavailable; whatever was committed stays so, the rest is met again.
        """
        handled = 0
        while not self.stopping():
            uids = mailbox.find_uids(0 if sweep else self._last_uid(mailbox, name))
            for chunk in _chunks(uids):
                if self.stopping():
                    return handled
                handled += self._take(mailbox, name, chunk)
            if sweep:
                self._note_moved(mailbox, name, uids)
            if uids:
                point = Checkpoint(mailbox.uidvalidity, max(uids))
                self.store.run(partial(_save_checkpoint, name=name, point=point))
            undecided = self._undecided(mailbox, name, uids)
            if not undecided:
                break
            sweep = True
        return handled

    def _last_uid(self, mailbox: Mailbox, name: str) -> int:
        point = self.store.run(lambda tx: tx.inbound.checkpoint(name))
        if point is None or point.uidvalidity != mailbox.uidvalidity:
            if point is not None:
                log.warning("uidvalidity changed", mailbox=name, before=point.uidvalidity, now=mailbox.uidvalidity)
            return 0
        return point.last_uid

    def _undecided(self, mailbox: Mailbox, name: str, uids: Sequence[int]) -> bool:
        if not uids:
            return False
        seen = self.store.run(lambda tx: tx.inbound.find_seen(name, mailbox.uidvalidity, uids))
        return any(s.outcome is None for s in seen.values())

    # -------------------------------------------------------------- one chunk of the inbox

    def _take(self, mailbox: Mailbox, name: str, uids: Sequence[int]) -> int:
        known = self.store.run(lambda tx: tx.inbound.find_seen(name, mailbox.uidvalidity, uids))
        undone = [uid for uid in uids if uid not in known or known[uid].outcome is None]
        # A message that was tried before may be what killed the process: such ones are tried alone.
        suspects = [[uid] for uid in undone if uid in known]
        fresh = [uid for uid in undone if uid not in known]
        handled = sum(self._handle_batch(mailbox, name, batch) for batch in [*suspects, *([fresh] if fresh else [])])
        # Decided before and still here: a crash or a refusal may have left the move half done.
        leftover = [uid for uid in uids if uid not in undone]
        self._file(mailbox, name, leftover, is_repeat=True)
        self._file(mailbox, name, undone)
        return handled

    def _handle_batch(self, mailbox: Mailbox, name: str, uids: Sequence[int]) -> int:
        sizes = mailbox.find_sizes(uids)
        now = self.clock()
        seen = self.store.run(lambda tx: tx.inbound.count_attempts(name, mailbox.uidvalidity, sizes, now))
        too_large = [uid for uid in sizes if sizes[uid] > self.max_message_bytes]
        wanted = [uid for uid in uids if uid in sizes and uid not in too_large]
        for uid in too_large:
            self._park_unfetched(mailbox, name, seen[uid], sizes[uid])
        missing = set(wanted)
        for raw, reading in self._read_ahead(mailbox.fetch(wanted)):
            missing.discard(raw.uid)
            state = seen[raw.uid]
            self._handle(_Case(name, state.id, state.attempts, raw.data, reading))
            self.on_message()
            if self.stopping():
                return len(wanted) - len(missing)
        self._give_up(name, [seen[uid] for uid in missing if seen[uid].attempts >= MOST_ATTEMPTS])
        return len(uids) - len(missing)

    def _give_up(self, name: str, unfetchable: Sequence[Seen]) -> None:
        """Enter what the server lists but never hands out, or what somebody took away before it could be read."""
        for seen in unfetchable:
            reason = f"the mail server did not hand it out in {MOST_ATTEMPTS} attempts"
            self._quarantine(name, seen.id, b"", None, reason)

    def _read_ahead(self, fetched: Iterator[RawMessage]) -> Iterator[tuple[RawMessage, Future[SandboxedMail]]]:
        """Let the child parse the next mails while this thread decides the one in hand."""
        window: deque[tuple[RawMessage, Future[SandboxedMail]]] = deque()
        for raw in fetched:
            window.append((raw, self.sandbox.submit(raw.data)))
            if len(window) > _AHEAD:
                yield window.popleft()
        yield from window

    def _file(self, mailbox: Mailbox, name: str, uids: Sequence[int], *, is_repeat: bool = False) -> None:
        """Move what is decided to its folder."""
        if not uids:
            return
        seen = self.store.run(lambda tx: tx.inbound.find_seen(name, mailbox.uidvalidity, uids))
        for role in (FolderRole.PROCESSED, FolderRole.HELD, FolderRole.QUARANTINE):
            unmoved = [s for s in seen.values() if s.outcome is not None and s.filed is None]
            here = [s for s in unmoved if s.outcome is not None and folder_for(s.outcome) is role]
            if here:
                self._move(mailbox, name, here, role, is_repeat=is_repeat)
        for state in (s for s in seen.values() if s.filed is not None):
            # A server that gives a UID twice: this may be another mail, so it stays where a person sees it.
            log.error("a filed message lies in the inbox again", mailbox=name, ledger=state.id, uid=state.uid)

    def _note_moved(self, mailbox: Mailbox, name: str, inbox: Sequence[int]) -> None:
        """Write down what was moved before a crash could: it is decided and the inbox does not hold it any more."""
        unfiled = self.store.run(lambda tx: tx.inbound.unfiled(name, mailbox.uidvalidity))
        for row in (r for r in unfiled if r.uid not in inbox):
            self.store.run(partial(_mark_filed, ids=[row.id], role=row.wanted))

    def _move(self, mailbox: Mailbox, name: str, decided: Sequence[Seen], role: FolderRole, *, is_repeat: bool) -> None:
        try:
            mailbox.move([s.uid for s in decided], role, is_repeat=is_repeat)
        except MoveRefused as refusal:
            # Quota or rights: the decision stands, the message is known, and the next sweep tries again to move it.
            log.error("not moved", mailbox=name, folder=role.value, reason=refusal.reason)  # noqa: TRY400
            return
        self.store.run(partial(_mark_filed, ids=[s.id for s in decided], role=role))

    # -------------------------------------------------------------- one message

    def _handle(self, case: "_Case") -> None:
        """Decide one message. The only broad `except` of this loop: the message stays, is tried again, then parked."""
        if case.attempts - self._forgiven.get(case.inbound_id, 0) > MOST_ATTEMPTS:
            self._park(case.mailbox, case.inbound_id, case.raw, f"failed {MOST_ATTEMPTS} times; see the log")
            return
        try:
            mail = self._read(case.reading, case.raw)
            if isinstance(mail, str):
                self._park(case.mailbox, case.inbound_id, case.raw, mail)
            else:
                self._decide(case, mail)
        except StoreUnavailable:
            self._forgiven[case.inbound_id] = self._forgiven.get(case.inbound_id, 0) + 1
            raise
        except Exception:
            log.exception("message failed", mailbox=case.mailbox, ledger=case.inbound_id, attempt=case.attempts)

    def _read(self, reading: Future[SandboxedMail], raw: bytes) -> SandboxedMail | str:
        """Return the mail as parsed, in minimal mode if need be, or the sentence that says why it could not be."""
        try:
            return reading.result()
        except ParsingFailed as first:
            log.warning("parsing failed, trying headers only", reason=first.reason)
        try:
            return self.sandbox.read(raw, minimal=True)
        except ParsingFailed as second:
            return f"could not be read: {second.reason}"

    def _decide(self, case: "_Case", mail: SandboxedMail) -> None:
        started = perf_counter()
        now = self.clock()
        shop = self.workshop()
        decision, applied = self.store.run(lambda tx: decide_in(tx, shop, case, mail, now))
        log.info(
            "decided",
            mailbox=case.mailbox,
            ledger=case.inbound_id,
            outcome=decision.outcome.value,
            ticket=applied.ticket,
            role=decision.role.value,
            proof=decision.proof.value,
            kind=mail.message.kind.value,
            events=len(decision.acts),
            notices=applied.queued,
            ms=round((perf_counter() - started) * 1000, 1),
            reason=decision.reason,
        )

    # -------------------------------------------------------------- what could not be read

    def _park(self, name: str, inbound_id: int, raw: bytes, reason: str) -> None:
        """Put a message into quarantine with its bytes, for a person to look at and requeue."""
        self._quarantine(name, inbound_id, raw[:_HEADER_BYTES], raw, reason)

    def _park_unfetched(self, mailbox: Mailbox, name: str, seen: Seen, size_bytes: int) -> None:
        """Put a message that is too large into quarantine; its bytes stay on the mail server."""
        reason = f"{size_bytes} bytes, more than the {self.max_message_bytes} that are fetched; kept on the mail server"
        self._quarantine(name, seen.id, mailbox.fetch_header(seen.uid), None, reason)

    def _quarantine(self, name: str, inbound_id: int, head: bytes, raw: bytes | None, reason: str) -> None:
        header = parse_headers_only(head).message
        now = self.clock()
        sender = header.sender.address if header.sender else ""
        trace = (TraceLine("guard", "quarantine", hit=True, because=reason),)

        def unit(tx: Transaction) -> None:
            tx.inbound.record_unread(inbound_id, sender, header.subject, header.message_id, raw)
            tx.inbound.finish(inbound_id, Outcome.QUARANTINED, reason, None, trace, now, FolderRole.QUARANTINE)

        self.store.run(unit)
        log.warning("quarantined", mailbox=name, ledger=inbound_id, reason=reason)

    # -------------------------------------------------------------- released and requeued mail

    def take_requested(self) -> int:
        """Decide stored mail that an admin released or requeued, from its raw bytes; return how many."""
        taken = 0
        # One at a time: a request holds a whole mail in memory.
        while not self.stopping() and (requested := self.store.run(lambda tx: tx.inbound.requested(1))):
            self._take_stored(requested[0])
            taken += 1
        return taken

    def _take_stored(self, stored: StoredMail) -> None:
        try:
            attempts = self.store.run(lambda tx: tx.inbound.count_attempt(stored.id))
        except WrongState as quicker:
            # On PostgreSQL another process may have decided it since it was found.
            log.info("decided elsewhere", ledger=stored.id, reason=str(quicker))
            return
        raw = stored.raw or b""
        reading = self.sandbox.submit(raw)
        self._handle(_Case(stored.mailbox, stored.id, attempts, raw, reading, vouched=stored.vouched, again=True))

    def refile(self, mailbox: Mailbox, name: str) -> int:
        """Move messages on the server whose place changed by a release; return how many were found."""
        moved = 0
        for row in self.store.run(lambda tx: tx.inbound.misfiled(name)):
            if not row.raw_sha256 or not mailbox.refile(row.filed, row.wanted, row.raw_sha256, row.size_bytes):
                log.warning("not found on the server", mailbox=name, ledger=row.id, folder=row.filed.value)
            self.store.run(partial(_mark_filed, ids=[row.id], role=row.wanted))
            moved += 1
        return moved


@dataclass(frozen=True, slots=True)
class _Case:
    """One message in hand. `again`: it was decided before and released or requeued since."""

    mailbox: str
    inbound_id: int
    attempts: int
    raw: bytes
    reading: Future[SandboxedMail]
    vouched: Vouch | None = None
    again: bool = False


def decide_in(
    tx: Transaction, shop: Workshop, case: _Case, mail: SandboxedMail, now: datetime
) -> tuple[Decision, Applied]:
    """Record, decide and carry out one message inside the caller's transaction."""
    prior = tx.inbound.record_message(case.inbound_id, mail.message, case.raw)
    if prior is not None:
        decision, applied = _duplicate(prior), Applied(prior.ticket, 0)
    else:
        arrival = Arrival(mail.message, case.mailbox, now, case.vouched, case.inbound_id)
        situation = gather(tx, arrival, shop.desk, shop.keys)
        decision = decide_message(situation, shop.desk)
        cause = f"inbound:{case.inbound_id}" + (f"@{now.isoformat()}" if case.again else "")
        body = body_digest(mail.message)
        applied = apply_decision(tx, situation, decision, mail.parts, shop, now, case.inbound_id, body, cause=cause)
        if applied.ticket is not None:
            remember_thread(tx, mail.message, decision, applied.ticket)
        told = applied.told
        for aside in decision.asides:
            told = apply_aside(
                tx, situation, aside, mail.parts, shop, now, case.inbound_id, cause=cause, told=told
            ).told
    folder = folder_for(decision.outcome)
    tx.inbound.finish(
        case.inbound_id,
        decision.outcome,
        decision.reason,
        applied.ticket,
        decision.trace,
        now,
        folder,
        answers=_answered(decision),
        heard=None if prior is not None else _heard(decision),
    )
    return decision, applied


def _heard(decision: Decision) -> Heard:
    return Heard(decision.heard_as, decision.proof, decision.match.ticket.number if decision.match else None)


def _answered(decision: Decision) -> int | None:
    """Return the outgoing mail through whose token the message came."""
    return decision.match.token.outbox_id if decision.match and decision.match.token else None


def _duplicate(prior: Prior) -> Decision:
    where = f", ticket {prior.ticket}" if prior.ticket is not None else ""
    reason = f"delivered before: the same mail as ledger entry {prior.inbound_id}{where}"
    trace = (TraceLine("guard", "duplicate", hit=True, because=reason),)
    return Decision(Disposition.DISCARD, Outcome.DUPLICATE, reason, trace=trace)


def _save_checkpoint(tx: Transaction, *, name: str, point: Checkpoint) -> None:
    tx.inbound.save_checkpoint(name, point)


def _mark_filed(tx: Transaction, *, ids: Sequence[int], role: FolderRole) -> None:
    tx.inbound.mark_filed(ids, role)


def _chunks(uids: Iterable[int]) -> Iterator[list[int]]:
    left = iter(uids)
    while chunk := list(islice(left, _BATCH)):
        yield chunk
