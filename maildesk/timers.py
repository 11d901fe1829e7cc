"""LOOP 3: tickets whose deadline has passed → one transaction each. APScheduler only wakes it.

Idempotent because the event moves the deadline, not because a flag says so.
"""

from datetime import datetime
from functools import partial

import structlog

from maildesk.adapters.store import Store, Transaction
from maildesk.apply import Workshop, apply_acts
from maildesk.core.decide import decide_timer

log = structlog.get_logger(part="timers")

_AT_ONCE = 200


def tick(store: Store, workshop: Workshop, now: datetime) -> int:
    """Run everything due at `now` and return how many tickets changed. One failing ticket never stops the rest."""
    due = store.run(lambda tx: tx.tickets.due(now, _AT_ONCE))
    changed = 0
    for number in due:
        try:
            changed += store.run(partial(_decide, number=number, workshop=workshop, now=now))
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
