"""Who the reader of a letter may see: the others it goes to, and the desk in place of any technician's address.

Called by `letters`. Pure; must never show a technician's address to anybody but a technician.
"""

from maildesk.mail.concealing import Concealer, conceal
from maildesk.mail.wire import wire_address
from maildesk.model.desk import Desk
from maildesk.model.message import Address
from maildesk.model.notice import Audience, Notice
from maildesk.model.ticket import Ticket


def concealer_for(notice: Notice, desk: Desk, home: str) -> Concealer:
    """Return what puts `home` in the place of technicians' addresses, in mail to anybody but a technician."""
    is_inside = notice.audience is Audience.TECHNICIAN or desk.technician(notice.to.address) is not None
    staff = () if is_inside else tuple(a for t in desk.technicians for a in (t.email, *t.aliases))
    return conceal(staff, home)


def shown_people(notice: Notice, ticket: Ticket, desk: Desk) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """Return whom To and Cc name when a technician speaks to a ticket's public side: all who see each other anyway.

    Both are empty where only the recipient is named.  Who takes no mail just now is named too.  A technician who asks
    as a requester takes part without being shown to the others.
    """
    if notice.to.key not in {a.key for a in ticket.audience}:
        return (), ()
    seen = [
        a for a in ticket.audience if a.key == notice.to.key or (desk.technician(a.address) is None and _is_writable(a))
    ]
    to = tuple(a for a in seen if a.key == ticket.requester.key) or (notice.to,)
    return to, tuple(a for a in seen if a not in to and a.key != to[0].key)


def _is_writable(address: Address) -> bool:
    try:
        wire_address(address.address)
    except ValueError:
        return False
    return True
