"""The newest texts of the ticket that a technician's mail belongs to: said in public by either side, and internal.

Called by `facts`. The lane of technicians compares the mail with them: was it written before a colleague answered, and
does it repeat what the requester must not read.
"""

from dataclasses import dataclass
from itertools import chain

from maildesk.adapters.store import Transaction
from maildesk.core.undoing import still_said
from maildesk.model import event as ev
from maildesk.model.desk import Technician
from maildesk.model.event import Recorded
from maildesk.model.situation import Candidate
from maildesk.model.ticket import Ticket

#: Texts of each kind that are compared, the newest first.
MOST_ENTRIES = 40
_PUBLIC = (ev.CorrespondenceSent, ev.CorrespondenceReceived, ev.CorrespondenceRecalled)
_INTERNAL = (ev.NoteAdded, ev.CorrespondencePending, ev.SideAsked, ev.SideAnswered, ev.ResolutionRecorded, ev.Escalated)


@dataclass(frozen=True, slots=True)
class Entries:
    """Newest first: public texts of technicians that were not recalled, internal texts, texts from outside."""

    answers: tuple[Recorded, ...] = ()
    notes: tuple[Recorded, ...] = ()
    received: tuple[Recorded, ...] = ()


def load_entries(
    tx: Transaction, technician: Technician, candidates: tuple[Candidate, ...], named: tuple[Ticket, ...]
) -> Entries:
    """Return the texts that a technician's mail is compared with.

    They are those of the ticket it answers, else of the first one that its lines name.
    """
    own = (c.ticket for c in candidates if c.token is not None and technician.owns(c.token.recipient))
    ticket = next(chain(own, (c.ticket for c in candidates), named), None)
    if ticket is None:
        return Entries()
    said = still_said(tx.tickets.newest(ticket.number, _PUBLIC, MOST_ENTRIES))
    return Entries(
        tuple(r for r in said if isinstance(r.event, ev.CorrespondenceSent)),
        tx.tickets.newest(ticket.number, _INTERNAL, MOST_ENTRIES),
        tuple(r for r in said if isinstance(r.event, ev.CorrespondenceReceived)),
    )
