"""LOOP 2: due outgoing mail → SMTP. Decides when to try again; never what a mail says. Whether its recipient is still
entitled to it is asked of `core.entitlement` in the transaction that takes it out.

A row's next attempt is pushed forward before the server is spoken to, and its bytes and Message-ID never change, so a
crash at any moment leads to the same mail once more at worst (RFC 1047).
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from maildesk.adapters.smtp import Answer, SendResult, Stage, Submission
from maildesk.adapters.store import UNCERTAIN, LeasedMail, OutboxState, Store, StoreUnavailable, Transaction
from maildesk.apply import Workshop, apply_acts, apply_lessons
from maildesk.core.decide import decide_delivery
from maildesk.core.entitlement import NAMING_EVENTS, Leaving, Objection, find_objection, needs_history
from maildesk.model.desk import Desk
from maildesk.model.situation import SentMail
from maildesk.model.ticket import Ticket

log = structlog.get_logger(part="outbox")

#: Waits before each further attempt; the last one repeats (RFC 5321 §4.5.4.1).
_WAITS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 30, 60))
#: A mail that nobody took for so long has failed.
GIVE_UP_AFTER = timedelta(days=5)
#: Longer than the ten minutes a server may take after the final dot (RFC 5321 §4.5.3.2.6).
LEASE_SECONDS = 12 * 60.0
_LEASED_AT_ONCE = 16
#: Joinings and leavings of a ticket that are looked at before a mail leaves.
_MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class NextStep:
    """What becomes of an outgoing mail after an attempt. `at` is None when there will be no other."""

    state: OutboxState
    at: datetime | None


def next_attempt(result: SendResult, attempts: int, since: datetime, now: datetime) -> NextStep:
    """Decide from the server's answer. `attempts` counts this one; `since`: from when on the mail might leave."""
    match result.state:
        case Answer.ACCEPTED:
            return NextStep(OutboxState.SENT, None)
        case Answer.REFUSED:
            return NextStep(OutboxState.FAILED, None)
        case Answer.DEFERRED | Answer.UNKNOWN:
            if now - since > GIVE_UP_AFTER:
                return NextStep(OutboxState.FAILED, None)
            wait = _WAITS[min(attempts, len(_WAITS)) - 1]
            return NextStep(OutboxState.DEFERRED, now + wait)


class OutboxLoop:
    """Empties the outbox. One per process; `flush` may be called again as soon as it returned."""

    def __init__(
        self,
        store: Store,
        submission: Submission,
        workshop: Callable[[], Workshop],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._submission = submission
        self._workshop = workshop
        self._stopping = stopping
        self._unrecorded: list[_Tried] = []

    def take_back(self) -> int:
        """Free what a dead process left half sent. Call once, before the first `flush`."""
        count = self._store.run(lambda tx: tx.outbox.take_back())
        if count:
            log.info("taken back", mails=count)
        return count

    async def flush(self, clock: Callable[[], datetime]) -> int:
        """Send everything due and return how many mails were tried; `stopping` ends it between two batches.

        Raises StoreUnavailable; what was sent by then is written down by the next call, before it sends anything.
        """
        if self._unrecorded:
            await asyncio.to_thread(self._record, clock())
        tried = 0
        while not self._stopping():
            leased, stopped = await asyncio.to_thread(self._lease, clock())
            if not leased and not stopped:
                break
            await self._send_all(leased, clock)
            tried += len(leased)
        return tried

    def _lease(self, now: datetime) -> tuple[tuple[LeasedMail, ...], int]:
        """Take what is due, but for what must not leave any more; return beside it how many mails that stopped."""
        leased, stopped = self._store.run(lambda tx: _take_due(tx, self._workshop().desk, now))
        for mail, objection in stopped:
            tell = log.error if objection.alarming else log.info
            event = (
                "alarm: mail addressed to somebody not entitled to it was held" if objection.alarming else "not sent"
            )
            tell(event, outbox=mail.id, ticket=mail.ticket, notice=mail.notice, reason=objection.why)
        return leased, len(stopped)

    async def _send_all(self, leased: tuple[LeasedMail, ...], clock: Callable[[], datetime]) -> None:
        """Send side by side; whatever was answered while the last results were being recorded is recorded together."""
        waiting = {asyncio.create_task(self._send(mail)) for mail in leased}
        trouble: StoreUnavailable | None = None
        try:
            while waiting:
                answered, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                self._unrecorded += [task.result() for task in answered]
                try:
                    await asyncio.to_thread(self._record, clock())
                    trouble = None
                except StoreUnavailable as problem:
                    # The other mails are on their way and their answers must not be lost.
                    trouble = problem
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        if trouble is not None:
            raise trouble

    async def _send(self, mail: LeasedMail) -> "_Tried":
        return _Tried(mail, await self._submission.send(mail.envelope_sender, mail.recipient, mail.data))

    def _record(self, now: datetime) -> None:
        """Write down every answer that is not yet; they stay for the next time when the database is away."""
        batch = tuple(self._unrecorded)
        states = self._store.run(lambda tx: [self._conclude(tx, tried, now) for tried in batch])
        del self._unrecorded[: len(batch)]
        for tried, state in zip(batch, states, strict=True):
            mail = tried.mail
            log.info(
                "sent" if state == OutboxState.SENT else "not sent",
                outbox=mail.id,
                ticket=mail.ticket,
                notice=mail.notice,
                state=state,
                attempts=mail.attempts,
                stage=tried.result.stage.value,
                reply=tried.reply,
            )

    def _conclude(self, tx: Transaction, tried: "_Tried", now: datetime) -> str:
        """Write down one answer; return the state the mail is in now."""
        mail = tried.mail
        step = next_attempt(tried.result, mail.attempts, mail.not_before, now)
        if not tx.outbox.record(mail.id, step.state, step.at, tried.reply, now, attempts=mail.attempts):
            return "lease lost"
        if step.state is OutboxState.FAILED:
            self._draw_consequences(tx, tried, now)
        return step.state.value

    def _draw_consequences(self, tx: Transaction, tried: "_Tried", now: datetime) -> None:
        mail, shop = tried.mail, self._workshop()
        ticket = tx.tickets.load_survivor(mail.ticket) if mail.ticket is not None else None
        sent = SentMail(mail.id, mail.ticket, mail.recipient, mail.audience, mail.message_id)
        decision = decide_delivery(sent, ticket, tried.reply, shop.desk, refused=tried.is_refused)
        apply_lessons(tx, decision.lessons, now)
        if ticket is not None:
            apply_acts(tx, ticket, decision.acts, decision.notices, shop, now, cause=f"failed:{mail.id}")


_Stopped = tuple[LeasedMail, Objection]


def _take_due(tx: Transaction, desk: Desk, now: datetime) -> tuple[tuple[LeasedMail, ...], tuple[_Stopped, ...]]:
    """Lease what is due and look at each recipient once more; what must not leave is put aside at once."""
    leased = tx.outbox.lease(now, _LEASED_AT_ONCE, LEASE_SECONDS)
    tickets = tx.tickets.look_at({mail.ticket for mail in leased if mail.ticket is not None})
    objections = ((mail, find_objection(_leaving(tx, mail, tickets), desk, now)) for mail in leased)
    stopped = tuple((mail, objection) for mail, objection in objections if objection is not None)
    for mail, objection in stopped:
        state = OutboxState.HELD if objection.alarming else OutboxState.CANCELLED
        tx.outbox.record(mail.id, state, None, f"not sent: {objection.why}", now, attempts=mail.attempts)
    kept_back = {mail.id for mail, _ in stopped}
    return tuple(mail for mail in leased if mail.id not in kept_back), stopped


def _leaving(tx: Transaction, mail: LeasedMail, tickets: Mapping[int, Ticket]) -> Leaving:
    ticket = tickets.get(mail.ticket) if mail.ticket is not None else None
    leaving = Leaving(mail.notice, mail.audience, mail.recipient, ticket, mail.created_at)
    if ticket is None or not needs_history(leaving):
        return leaving
    return replace(leaving, named=tx.tickets.newest(ticket.number, NAMING_EVENTS, _MOST_NAMED))


@dataclass(frozen=True, slots=True)
class _Tried:
    """A mail and what the server said to it."""

    mail: LeasedMail
    result: SendResult

    @property
    def is_refused(self) -> bool:
        """The server refused for good after it was told for whom the mail is."""
        if self.result.code is None:
            return False
        return self.result.state is Answer.REFUSED and self.result.stage in (Stage.RCPT, Stage.DATA, Stage.BODY)

    @property
    def reply(self) -> str:
        """The server's words, with its code, marked where nobody knows whether the mail was taken."""
        said = f"{self.result.code or ''} {self.result.reply}".strip()
        return f"{UNCERTAIN}{said}" if self.result.state is Answer.UNKNOWN else said
