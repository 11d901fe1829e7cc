"""Who hears of a ticket while the technician who owns it is away. Pure.

Called by the lanes of mail from outside and by `timer`. The owner is told all the same: everything is there when they
are back.
"""

from collections.abc import Collection
from dataclasses import replace

from maildesk.core.notices import substitutes
from maildesk.model.desk import Desk
from maildesk.model.notice import Audience, Notice


def covered(
    notices: tuple[Notice, ...], desk: Desk, queue: str, assignee: str | None, away: Collection[str]
) -> tuple[Notice, ...]:
    """Add what others of the queue are told because the owner, who is told, too, is away.

    `away`: main addresses of absent technicians.  Where nobody else of the queue is there, leads hear of it, or all.
    """
    owner = desk.technician(assignee) if assignee else None
    if owner is None or owner.email not in away:
        return notices
    theirs = [n for n in notices if n.audience is Audience.TECHNICIAN and n.to.key == owner.address.key]
    told = {n.to.key for n in notices}
    because = f"{owner.name or owner.email} owns this ticket and is away"
    copies = (
        replace(theirs[0], to=t.address, reason=f"queue {queue}", detail=also(theirs[0].detail, because))
        for t in substitutes(desk, queue, {address.casefold() for address in away})
        if theirs and t.address.key not in told
    )
    return (*notices, *copies)


def also(detail: str, more: str) -> str:
    """Add one sentence to what somebody is told."""
    return f"{detail.rstrip('.')}. {more[:1].upper()}{more[1:]}" if detail and more else detail or more
