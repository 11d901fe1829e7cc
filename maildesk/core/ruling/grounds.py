"""What the wishes of rules are carried out on, and what one of them comes to. Inert values; used by this package."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from maildesk.model import event as ev
from maildesk.model.decision import Aside
from maildesk.model.desk import Desk
from maildesk.model.message import Address
from maildesk.model.notice import Notice
from maildesk.model.rule import RuleVerdict
from maildesk.model.ticket import Ticket

#: Who writes what nobody in particular says.
SYSTEM = Address("maildesk", "")
PERSON_SINCE = "left alone: a person set it since"


@dataclass(frozen=True, slots=True)
class Grounds:
    """On what rules are carried out. `text`: what those are shown whom a rule notifies.

    `occasion`: what happened, in a few words, where that is no mail.  `opens`: the ticket is being opened by this very
    mail.  `told`: addresses (lower case) that get another mail on this occasion.
    `away`: main addresses of absent technicians.  `silence`: why nobody outside may get an automatic answer; empty: the
    requester may.  `echo`: they may be told words of their own.  `others`: tickets a rule may link to.
    `next_number`: that of the next ticket to be opened, or of this one where it is about to be.
    `entries`: the newest texts of the ticket.
    """

    desk: Desk
    now: datetime
    text: str = ""
    occasion: str = ""
    opens: bool = False
    away: frozenset[str] = frozenset()
    silence: str = ""
    echo: bool = True
    told: frozenset[str] = frozenset()
    others: tuple[Ticket, ...] = ()
    next_number: int | None = None
    entries: tuple[ev.Recorded, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What one wish comes to. `why`: a sentence for the trace, where it came to nothing. `mails`: how many it sends."""

    events: tuple[ev.Event, ...] = ()
    notices: tuple[Notice, ...] = ()
    asides: tuple[Aside, ...] = ()
    why: str = ""
    mails: int = 0


#: What the rules say, the ticket as earlier wishes left it, and how many mails may still leave → what one of them does.
Wish = Callable[[RuleVerdict, Ticket, Grounds, int], Done]


def is_kept(word: str, action: str, verdict: RuleVerdict, ticket: Ticket) -> bool:
    """Tell whether a person set this, and the rule was not written for just this occasion."""
    return word in ticket.kept and action not in verdict.firm
