"""How much mail nobody typed an address has had lately from rules: the caps over all tickets together.

Called by `apply` and by the timer loop, inside their transactions. The limit on one ticket is a matter of
`core.ruling`; against a flood of tickets only the outbox knows the number.
"""

from datetime import datetime, timedelta

import structlog

from maildesk.adapters.store import Transaction
from maildesk.model.desk import Cap, Desk
from maildesk.model.notice import Audience, Notice, NoticeName
from maildesk.model.ticket import Ticket

log = structlog.get_logger(part="apply")


def find_reply_silence(tx: Transaction, ticket: Ticket, desk: Desk, now: datetime) -> str:
    """Say why rules may not answer the requester without a mail of theirs; empty: they may."""
    cap = desk.acknowledgements.per_address
    is_reached = _is_reached(tx, NoticeName.RULE_REPLY, ticket.requester.address, cap, now)
    return "cap of automatic answers to this address reached" if is_reached else ""


def within_limits(
    tx: Transaction, notices: tuple[Notice, ...], number: int | None, desk: Desk, now: datetime
) -> tuple[Notice, ...]:
    """Return the notices without those by which rules would tell one address more often than the admin allows."""
    kept: list[Notice] = []
    for notice in notices:
        told, cap = notice.to.address, desk.rule_mail_to_address
        if notice.audience is Audience.NOTIFIED and _is_reached(tx, NoticeName.RULE_NOTICE, told, cap, now):
            because = f"the limit of {cap.count if cap else 0} mails by rules to one address is reached"
            log.warning("rule mail not sent", ticket=number, action="notify", because=because)
        else:
            kept.append(notice)
    return tuple(kept)


def _is_reached(tx: Transaction, name: NoticeName, recipient: str, cap: Cap | None, now: datetime) -> bool:
    if cap is None:
        return False
    since = now - timedelta(seconds=cap.seconds)
    return tx.outbox.counts_since(name.value, recipient, since, None) >= cap.count
