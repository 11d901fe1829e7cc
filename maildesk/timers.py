"""LOOP 3: tickets whose deadline has passed → one transaction each few. APScheduler only wakes it.

Idempotent because the event moves the deadline, not because a flag says so.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version

import structlog

from maildesk.adapters.store import Store, StoreUnavailable, Transaction
from maildesk.apply import Workshop, apply_acts
from maildesk.apply.limits import find_reply_silence
from maildesk.core.conclude import find_outdated
from maildesk.core.decide import decide_timer
from maildesk.core.rule_timer import decide_rules, has_time_rules
from maildesk.core.timer import spread
from maildesk.model.desk import Desk

log = structlog.get_logger(part="timers")

#: Tickets decided in one transaction. A commit waits for the disk, so that one each would take most of the time.
_TOGETHER = 20
#: Tickets looked at in one transaction after a change of policy.
_REWOUND_TOGETHER = 200
#: How often the rules of time look at all tickets.
_RULES_PAUSE = timedelta(minutes=1)


class Timers:
    """Everything that time brings about, round by round. One per process; only one round at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        #: The policy under which the deadlines of all tickets are known to be computed.
        self._rewound_for: Workshop | None = None
        #: When the rules of time last looked at all tickets.
        self._swept_at: datetime | None = None

    def run(self, workshop: Workshop, now: datetime, stopping: Callable[[], bool]) -> int:
        """Run everything due, under a new policy after its deadlines are computed; return how many tickets changed."""
        if workshop is not self._rewound_for:
            rewind(self._store, workshop, now, stopping)
            self._rewound_for = workshop
        changed = tick(self._store, workshop, now, stopping)
        # A clock that was set back must not make rules wait for it.
        if self._swept_at is None or not timedelta() <= now - self._swept_at < _RULES_PAUSE:
            changed += sweep(self._store, workshop, now, stopping)
            self._swept_at = now
        return changed


def tick(store: Store, workshop: Workshop, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Run everything due at `now` and return how many tickets changed. One failing ticket never stops the rest.

    `stopping` ends it between two transactions. Raises StoreUnavailable; what was done by then stays done.
    """
    # All of them, however many: so many that fail each time must not stand in the way of those behind them.
    due = store.run(lambda tx: tx.tickets.due(now))
    told: Counter[str] = Counter()
    changed = 0
    for start in range(0, len(due), _TOGETHER):
        if stopping():
            break
        # In one order everywhere, so that nobody waits for somebody who waits for them.
        changed += _run_all(store, sorted(due[start : start + _TOGETHER]), workshop, now, told)
    return changed


def _run_all(store: Store, numbers: Sequence[int], workshop: Workshop, now: datetime, told: Counter[str]) -> int:
    """Decide these tickets together; where one of them fails, each by itself. Adds to `told` who was written to."""
    try:
        sent = store.run(partial(_decide_all, numbers=numbers, workshop=workshop, now=now, told=told))
    except StoreUnavailable:
        raise
    except Exception:
        if len(numbers) == 1:
            log.exception("ticket skipped", ticket=numbers[0])
            return 0
        return sum(_run_all(store, [number], workshop, now, told) for number in numbers)
    told.update(address for addresses in sent for address in addresses)
    return len(sent)


def _decide_all(
    tx: Transaction, *, numbers: Sequence[int], workshop: Workshop, now: datetime, told: Counter[str]
) -> list[list[str]]:
    """Return, for each ticket that changed, the addresses that are written to."""
    so_far, away = Counter(told), tx.absences.away()
    changed: list[list[str]] = []
    for number in numbers:
        addresses = _decide(tx, number, workshop, now, so_far, away)
        if addresses is not None:
            so_far.update(addresses)
            changed.append(addresses)
    return changed


def _decide(
    tx: Transaction, number: int, workshop: Workshop, now: datetime, told: Counter[str], away: frozenset[str]
) -> list[str] | None:
    """Return the addresses that are written to; None: nothing is due."""
    ticket = tx.tickets.load(number)
    if ticket is None or ticket.next_deadline_at is None or ticket.next_deadline_at > now:
        return None
    decision = decide_timer(ticket, workshop.desk, now, away)
    # What was due under an older policy and is not any more is not looked at again with every tick.
    acts = decision.acts or find_outdated(ticket, workshop.desk)
    if not acts:
        return None
    notices = spread(decision.notices, told)
    cause = f"timer:{number}.{ticket.seq}"
    apply_acts(tx, ticket, acts, notices, workshop, now, cause=cause, trace=decision.trace)
    log.info("timer", ticket=number, events=len(acts), because=decision.trace[0].because)
    return [notice.to.key for notice in notices]


# ------------------------------------------------------------------ rules


def sweep(store: Store, workshop: Workshop, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Run the rules that time alone may make hit, on every ticket that is not closed; return how many tickets changed.

    Looks at them in batches without locks; only where a rule hits is there a transaction, which looks once more.
    `stopping` ends it between two tickets. Raises StoreUnavailable; what was done by then stays done.
    """
    changed, last = 0, 0
    while has_time_rules(workshop.desk) and not stopping():
        looked_at, hit = store.run(partial(_find_hit, after=last, workshop=workshop, now=now))
        if not looked_at:
            break
        for number in hit:
            if stopping():
                break
            changed += _rule_safely(store, number, workshop, now)
        last = looked_at
    return changed


def _find_hit(tx: Transaction, *, after: int, workshop: Workshop, now: datetime) -> tuple[int, list[int]]:
    """Return the last ticket of the next batch, 0 where there is none, and those of it that a rule hits."""
    numbers, away = tx.tickets.not_closed(after, _REWOUND_TOGETHER), tx.absences.away()
    hit = []
    for number, ticket in tx.tickets.look_at(numbers).items():
        try:
            if decide_rules(ticket, workshop.desk, now, away).acts:
                hit.append(number)
        except Exception:
            log.exception("ticket skipped", ticket=number)
    return (numbers[-1] if numbers else 0), sorted(hit)


def _rule_safely(store: Store, number: int, workshop: Workshop, now: datetime) -> int:
    try:
        return store.run(partial(_rule, number=number, workshop=workshop, now=now))
    except StoreUnavailable:
        raise
    except Exception:
        log.exception("ticket skipped", ticket=number)
        return 0


def _rule(tx: Transaction, *, number: int, workshop: Workshop, now: datetime) -> int:
    ticket = tx.tickets.load(number)
    if ticket is None:
        return 0
    silence = find_reply_silence(tx, ticket, workshop.desk, now)
    decision = decide_rules(ticket, workshop.desk, now, tx.absences.away(), silence)
    if not decision.acts:
        return 0
    cause = f"rules:{number}.{ticket.seq}"
    apply_acts(
        tx, ticket, decision.acts, decision.notices, workshop, now,
        cause=cause, trace=decision.trace, rules=decision.rules,
    )  # fmt: skip
    hits = ", ".join(hit.name for hit in decision.rules if hit.hit)
    log.info("rules", ticket=number, events=len(decision.acts), rules=hits)
    return 1


# ------------------------------------------------------------------ a change of policy


def rewind(store: Store, workshop: Workshop, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Compute the deadlines of all tickets that are not closed anew, if the policy changed since that was last done.

    Returns how many changed. What ends it half way, `stopping` or StoreUnavailable, makes the next call begin anew.
    """
    policy = fingerprint(workshop.desk)
    if store.run(lambda tx: tx.tickets.find_policy()) == policy:
        return 0
    changed, last = 0, 0
    while not stopping():
        numbers = store.run(partial(_next_numbers, after=last))
        if not numbers:
            store.run(lambda tx: tx.tickets.remember_policy(policy))
            log.info("deadlines computed anew", tickets=changed)
            break
        changed += store.run(partial(_rewind_all, numbers=numbers, workshop=workshop, now=now))
        last = numbers[-1]
    return changed


def _next_numbers(tx: Transaction, *, after: int) -> tuple[int, ...]:
    return tx.tickets.not_closed(after, _REWOUND_TOGETHER)


def _rewind_all(tx: Transaction, *, numbers: tuple[int, ...], workshop: Workshop, now: datetime) -> int:
    desk = workshop.desk
    suspects = [number for number, ticket in tx.tickets.look_at(numbers).items() if find_outdated(ticket, desk)]
    changed = 0
    for number in sorted(suspects):
        # Locked, and so looked at once more.
        ticket = tx.tickets.load(number)
        acts = find_outdated(ticket, desk) if ticket else ()
        if ticket is not None and acts:
            apply_acts(tx, ticket, acts, (), workshop, now, cause=f"policy:{number}.{ticket.seq}")
            changed += 1
    return changed


def fingerprint(desk: Desk) -> int:
    """Return a number for all policy that deadlines follow from; another version of the program counts as another."""
    parts = (
        version("maildesk"), desk.calendars, desk.queues, desk.groups, desk.technicians, desk.sla, desk.clocks,
        desk.escalation, desk.waiting,
    )  # fmt: skip
    # A function is written with its place in memory, which changes with every start.
    written = re.sub(r" at 0x[0-9a-f]+", "", repr(parts))
    return int.from_bytes(hashlib.sha256(written.encode()).digest()[:7])
