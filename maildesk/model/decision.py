"""What the core answers with: events, notices and why. Inert values; `apply` carries them out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from maildesk.model.decided import Disposition, Outcome
from maildesk.model.event import Event, Recorded
from maildesk.model.notice import CommandResult, Notice
from maildesk.model.person import Lesson
from maildesk.model.rule import RuleHit
from maildesk.model.situation import Candidate, Proof, Role, Vouch
from maildesk.model.ticket import Ticket, evolve
from maildesk.model.trace import TraceLine


@dataclass(frozen=True, slots=True)
class Act:
    """An event and who did it: an address, `rule: NAME`, `timer` or `maildesk`."""

    actor: str
    event: Event


def folded(ticket: Ticket | None, number: int, acts: Iterable[Act], now: datetime) -> Ticket:
    """Return a ticket after these acts, which open `number` where there is none yet."""
    seq = ticket.seq if ticket else 0
    for place, act in enumerate(acts, 1):
        ticket = evolve(ticket, Recorded(number, seq + place, now, act.actor, act.event))
    if ticket is None:
        raise ValueError("a ticket begins with its opening")
    return ticket


@dataclass(frozen=True, slots=True)
class Aside:
    """What one mail brings about on another ticket than its own; `ticket` None: its acts open a new one."""

    ticket: int | None
    acts: tuple[Act, ...]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole answer to one situation.

    `ticket`: the number of the existing ticket the acts belong to; None when they open a new one or there are none.
    `reason`: one sentence for the ledger.  `spends_token`: the outbox row whose token is used up by this.
    `runs_body`: outbox row through whose token this body's commands ran; the same body never runs there again.
    `outbox_states`: outgoing mail whose state this changes, as (outbox id, state).
    `absences`: technicians who are away from now on (True) or back (False), as (main address, away).
    `lessons`: what this mail teaches about people.  `asides`: what happens to other tickets.
    `resumes`: an earlier mail that is to be decided anew, as (ledger id, who stands for it now).
    `role` is who wrote, or a machine; `heard_as` who the access check says speaks, machine or not: what rules see.
    """

    disposition: Disposition
    outcome: Outcome
    reason: str
    ticket: int | None = None
    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    role: Role = Role.STRANGER
    proof: Proof = Proof.NONE
    match: Candidate | None = None
    rules: tuple[RuleHit, ...] = ()
    commands: tuple[CommandResult, ...] = ()
    spends_token: int | None = None
    runs_body: int | None = None
    outbox_states: tuple[tuple[int, str], ...] = ()
    absences: tuple[tuple[str, bool], ...] = ()
    lessons: tuple[Lesson, ...] = ()
    asides: tuple[Aside, ...] = ()
    resumes: tuple[int, Vouch] | None = None
    heard_as: Role = Role.STRANGER


@dataclass(frozen=True, slots=True)
class TimerDecision:
    """What time alone, or the mail server's last word on a mail, changes on one ticket."""

    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    rules: tuple[RuleHit, ...] = ()
