"""What rules do as time goes by: the rules of phase `time` on one ticket at one instant. Pure.

Called by the timer loop for every ticket that is not closed, at most once a minute. Nothing but the ticket's memory of
its hits keeps a rule from hitting again at the next instant.
"""

from datetime import datetime

from maildesk.core.changing import unawaited
from maildesk.core.lanes.opening import rule_trace
from maildesk.core.notices import one_each
from maildesk.core.rulefacts import time_facts
from maildesk.core.ruling import Grounds, carry_out
from maildesk.model.decision import TimerDecision
from maildesk.model.desk import Desk
from maildesk.model.rule import Phase
from maildesk.model.ticket import Status, Ticket
from maildesk.rules.engine import run_rules


def has_time_rules(desk: Desk) -> bool:
    """Tell whether time alone may make a rule hit."""
    return any(Phase.TIME in rule.phases for rule in desk.rules)


def decide_rules(
    ticket: Ticket, desk: Desk, now: datetime, away: frozenset[str] = frozenset(), silence: str = ""
) -> TimerDecision:
    """Decide what the rules of phase `time` do to a ticket; nothing to a closed one or one that went into another.

    `away`: main addresses of absent technicians.  `silence`: why the requester may get no automatic answer now.
    """
    if ticket.status is Status.CLOSED or ticket.merged_into is not None:
        return TimerDecision()
    verdict = run_rules(desk.rules, time_facts(ticket, desk, now))
    if not any(hit.hit for hit in verdict.hits):
        return TimerDecision()
    # Where no person of the desk has written yet, the requester may be anybody whose address was borrowed.
    echo = ticket.answered_at is not None
    grounds = Grounds(desk, now, away=away, silence=silence or unawaited(ticket), echo=echo)
    ruling = carry_out(verdict, ticket, grounds)
    return TimerDecision(
        ruling.acts,
        one_each(ruling.notices, desk, None),
        (*rule_trace(verdict), *ruling.trace),
        rules=verdict.hits,
    )
