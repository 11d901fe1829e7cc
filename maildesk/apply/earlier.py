"""What was said on a ticket before the decision in hand, as far as a reader may know it.

Called by `letters`. Reads each kind of entry once; what was recalled, be it by this very decision, is shown to nobody.
"""

from datetime import datetime

from maildesk.adapters.store import Transaction
from maildesk.apply.views import PUBLIC_ENTRIES, public_entries
from maildesk.core.undoing import still_said
from maildesk.model.desk import Desk
from maildesk.model.event import CorrespondenceRecalled, Event, ParticipantAdded, ParticipantRemoved, Recorded
from maildesk.model.message import Address
from maildesk.model.notice import Audience, Notice
from maildesk.model.ticket import Ticket

#: So many texts more are fetched than shown, as some may have been recalled.
_MARGIN = 10
#: Joinings and leavings that are looked at to see when somebody read along.
_MOST_JOINED = 100
#: Public entries whose lines an answer between the lines may quote.
_MOST_QUOTED = 20


class Earlier:
    """The entries of one ticket before its newest ones. `new` are those of the decision in hand."""

    def __init__(self, tx: Transaction, ticket: Ticket | None, new: tuple[Recorded, ...]) -> None:
        self._tx = tx
        self._ticket = ticket
        self._new = new
        self._found: dict[tuple[tuple[type[Event], ...], int], tuple[Recorded, ...]] = {}

    def newest(self, kinds: tuple[type[Event], ...], limit: int) -> tuple[Recorded, ...]:
        """Return the last entries before this decision, newest first; what is new stands in the notice itself."""
        if (kinds, limit) not in self._found:
            number = self._ticket.number if self._ticket else None
            started_now = number is None or bool(self._new and self._new[0].seq == 1)
            wanted = (*kinds, CorrespondenceRecalled)
            found = () if started_now or number is None else self._tx.tickets.newest(number, wanted, limit + _MARGIN)
            standing = still_said((*self._new, *found))
            self._found[kinds, limit] = tuple(r for r in standing if r not in self._new)[:limit]
        return self._found[kinds, limit]

    def seen_by(self, reader: Address, limit: int = 1) -> tuple[Recorded, ...]:
        """Return the last public entries before this decision that were written while the reader took part."""
        newest = self.newest(PUBLIC_ENTRIES, limit)
        if self._ticket is not None and reader.key == self._ticket.requester.key:
            return newest
        return tuple(r for r in newest if self._took_part(reader, r.at))

    def _took_part(self, reader: Address, at: datetime) -> bool:
        """Tell whether a participant was one at an instant: they may have left and come back."""
        known = (*self._new, *self.newest((ParticipantAdded, ParticipantRemoved), _MOST_JOINED))
        own = (
            (r.at, r.seq, isinstance(r.event, ParticipantAdded))
            for r in known
            if isinstance(r.event, (ParticipantAdded, ParticipantRemoved)) and r.event.participant.key == reader.key
        )
        # Whoever was let in by a mail was reached by it; whoever was taken out saw nothing of it.
        return max((change for change in own if change[0] <= at), default=(at, 0, False))[2]

    def quotable(self, notice: Notice, desk: Desk) -> tuple[str, ...]:
        """Return the texts that a technician's answer may quote to its reader, newest first; none for other notices."""
        is_answer = notice.audience is Audience.PUBLIC and notice.author is not None and notice.text.strip()
        seen = self.seen_by(notice.to, _MOST_QUOTED) if is_answer else ()
        return tuple(entry["text"] for entry in public_entries(seen, desk))
