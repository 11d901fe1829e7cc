"""LOOP 3: tickets whose deadline has passed → one transaction each. APScheduler only wakes it.

Idempotent because the event moves the deadline, not because a flag says so.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from maildesk.adapters.store import Store, StoreUnavailable, Transaction
from maildesk.apply import Workshop, apply_acts
from maildesk.core.decide import decide_timer

log = structlog.get_logger(part="timers")


def tick(store: Store, workshop: Workshop, now: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """Run everything due at `now` and return how many tickets changed. One failing ticket never stops the rest.

    `stopping` ends it between two tickets. Raises StoreUnavailable; what was done by then stays done.
    """
    # All of them, however many: so many that fail each time must not stand in the way of those behind them.
    due = store.run(lambda tx: tx.tickets.due(now))
    changed = 0
    for number in due:
        if stopping():
            break
        try:
            changed += store.run(partial(_decide, number=number, workshop=workshop, now=now))
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("ticket skipped", ticket=number)
    return changed


def _decide(tx: Transaction, *, number: int, workshop: Workshop, now: datetime) -> int:
    ticket = tx.tickets.load(number)
    if ticket is None or ticket.next_deadline_at is None or ticket.next_deadline_at > now:
        return 0
    decision = decide_timer(ticket, workshop.desk, now)
    if not decision.acts:
        return 0
    apply_acts(
        tx,
        ticket,
        decision.acts,
        decision.notices,
        workshop,
        now,
        cause=f"timer:{number}.{ticket.seq}",
        trace=decision.trace,
    )
    log.info("timer", ticket=number, events=len(decision.acts), because=decision.trace[0].because)
    return 1
