"""The desk's policy: queues, technicians, hours, targets, caps and rules. Made by `config`, swapped whole on reload."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from maildesk.model.clock import (
    ALWAYS,
    BUSINESS,
    USUAL_ESCALATION,
    USUAL_WAITING,
    AnswerToClosed,
    Calendar,
    Clock,
    Escalation,
    Run,
    SlaTarget,
    Waiting,
)
from maildesk.model.level import Priority
from maildesk.model.message import Address
from maildesk.model.rule import Rule

#: Targets by priority.
Targets: TypeAlias = tuple[tuple[Priority, SlaTarget], ...]
#: What each clock does in a status (a word of `model.ticket.Status`); what is not named runs.
ClockTable: TypeAlias = tuple[tuple[str, tuple[tuple[Clock, Run], ...]], ...]


def _row(status: str, *runs: Run) -> tuple[str, tuple[tuple[Clock, Run], ...]]:
    return status, tuple(zip(Clock, runs, strict=True))


#: The clocks of desks whose admin says nothing: time that the requester or a vendor takes is not the desk's.
USUAL_CLOCKS: ClockTable = (
    _row("new", Run.RUN, Run.STOP, Run.RUN, Run.RUN),
    _row("open", Run.RUN, Run.RUN, Run.RUN, Run.RUN),
    _row("waiting-requester", Run.RUN, Run.STOP, Run.PAUSE, Run.PAUSE),
    _row("waiting-vendor", Run.RUN, Run.RUN, Run.RUN, Run.PAUSE),
    _row("scheduled", Run.RUN, Run.RUN, Run.RUN, Run.PAUSE),
    _row("resolved", Run.PAUSE, Run.STOP, Run.STOP, Run.PAUSE),
    _row("closed", Run.PAUSE, Run.STOP, Run.STOP, Run.PAUSE),
)


@dataclass(frozen=True, slots=True)
class Queue:
    """A team's list of tickets. `level` is its support level; `escalates_to` the next queue or a vendor's name.

    `calendar`: in whose hours it works; None: the desk's.  `sla`: targets that differ from the desk's.
    """

    name: str
    level: int = 1
    escalates_to: str | None = None
    calendar: str | None = None
    sla: Targets = ()
    answer_to_closed: AnswerToClosed = AnswerToClosed.REOPEN


def domains_of(address: str) -> tuple[str, ...]:
    """Return an address's domain and each one above it, as lists of people have them (`@mail.example.test`)."""
    labels = address.rpartition("@")[2].split(".") if "@" in address else []
    return tuple(f"@{'.'.join(labels[place:])}" for place in range(len(labels)))


@dataclass(frozen=True, slots=True)
class Group:
    """Requesters who belong together. `members` are addresses, or `@domain` (with subdomains), in lower case.

    `vip`: they deserve more attention, as rules say.  `calendar`, `sla`: as of a queue; a group's go before a queue's.
    """

    name: str
    members: tuple[str, ...] | frozenset[str] = ()
    vip: bool = False
    calendar: str | None = None
    sla: Targets = ()

    def has(self, address: str) -> bool:
        """Tell whether an address belongs to it."""
        key = address.casefold()
        return any(known in self.members for known in (key, *domains_of(key)))


@dataclass(frozen=True, slots=True)
class Asset:
    """A thing requesters write about. `owner` is an address in lower case; empty: nobody's in particular."""

    name: str
    type: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody who works tickets. `email` is the stored address: the only one maildesk ever writes to.

    `lead`: of those queues.  `manager`: hears of broken promises in those queues, or in all where there are none.
    """

    email: str
    name: str
    queues: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    lead: bool = False
    manager: bool = False

    @property
    def address(self) -> Address:
        """Name and stored address."""
        return Address(self.name, self.email)

    def owns(self, address: str) -> bool:
        """Tell whether this is one of the technician's addresses."""
        return address.casefold() in {self.email.casefold(), *(a.casefold() for a in self.aliases)}


@dataclass(frozen=True, slots=True)
class DeskMailbox:
    """An address requesters write to. `queue` is where its mail goes unless a rule says otherwise."""

    name: str
    address: str
    aliases: tuple[str, ...] = ()
    queue: str = "general"


@dataclass(frozen=True, slots=True)
class Vendor:
    """A company whose desk keeps some of our tickets under numbers of its own.

    `domain` in lower case; addresses in domains below it count too.  `find_number` returns the number a subject
    carries, or None; it takes bounded time and never raises.  `address`: where its desk is written to, if known.
    """

    name: str
    domain: str
    find_number: Callable[[str], str | None]
    address: str = ""

    def owns(self, domain: str) -> bool:
        """Tell whether a domain (lower case) is the vendor's."""
        return f".{domain}".endswith(f".{self.domain}")


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` mails in `seconds`."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class AcknowledgementCaps:
    """How many acknowledgements may leave; None lifts a cap.

    `unproven`: all first-time senders without proof together.
    """

    per_address: Cap | None = Cap(3, 86400)
    unproven: Cap | None = Cap(100, 3600)
    per_ticket: int | None = 1


class Joining(StrEnum):
    """Who takes part because a believed requester's mail names them in To or Cc.

    `approve`: nobody without a technician's word.  `same-domain`: colleagues of the requester, proven by dmarc=pass.
    `open`: everybody.
    """

    APPROVE = "approve"
    SAME_DOMAIN = "same-domain"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class StatusUpdates:
    """Of which changes the requester is told."""

    assigned: bool = False
    resolved: bool = True
    reopened: bool = True


@dataclass(frozen=True, slots=True)
class Desk:
    """All policy. Durations are seconds.

    `calendars`: the desk's own (`business`) first, then those with names of the admin's.
    `clocks`: what each clock does in each status.  `rule_mail`: mails that rules may send on one ticket.
    `rule_mail_to_address`: mails by which rules may tell one address, on all tickets together.
    `subaddress`: the mail server delivers `support+TOKEN@` to `support@`.
    `authenticates`: the site's mail server adds results this desk may believe, or the desk verifies signatures itself.
    `leak_check`: an answer that repeats a long passage of an internal entry is held until its author insists.
    `own_mail_unsigned`: nobody vouches for mail that never leaves the site, so that mail of the desk's own domain may
    come without proof.
    """

    name: str = "Help desk"
    language: str = "en"
    calendars: tuple[Calendar, ...] = (Calendar(),)
    queues: tuple[Queue, ...] = (Queue("general"),)
    technicians: tuple[Technician, ...] = ()
    mailboxes: tuple[DeskMailbox, ...] = ()
    recall_seconds: float = 60.0
    acknowledgements: AcknowledgementCaps = AcknowledgementCaps()
    updates: StatusUpdates = StatusUpdates()
    joining: Joining = Joining.SAME_DOMAIN
    sla: Targets = ()
    clocks: ClockTable = USUAL_CLOCKS
    escalation: Escalation = USUAL_ESCALATION
    waiting: Waiting = USUAL_WAITING
    groups: tuple[Group, ...] = ()
    assets: tuple[Asset, ...] = ()
    rule_mail: Cap | None = Cap(10, 86400)
    rule_mail_to_address: Cap | None = Cap(100, 3600)
    reopen_seconds: float = 30 * 86400.0
    close_after_seconds: float | None = 5 * 86400.0
    relay_attachments_bytes: int = 10 * 1024 * 1024
    leak_check: bool = True
    subaddress: bool = True
    authenticates: bool = False
    own_mail_unsigned: bool = False
    rules: tuple[Rule, ...] = ()
    vendors: tuple[Vendor, ...] = ()

    def technician(self, address: str) -> Technician | None:
        """Find the technician who owns this address."""
        return next((t for t in self.technicians if t.owns(address)), None)

    def vendor(self, domain: str) -> Vendor | None:
        """Find the vendor whose domain (lower case) this is."""
        return next((v for v in self.vendors if v.owns(domain)), None)

    def vendor_named(self, name: str) -> Vendor | None:
        """Find a vendor by its name, in whatever case."""
        return next((v for v in self.vendors if v.name.casefold() == name.casefold()), None)

    def technicians_of(self, queue: str) -> tuple[Technician, ...]:
        """Return whoever is told of a queue's tickets."""
        return tuple(t for t in self.technicians if queue in t.queues)

    def mailbox(self, name: str) -> DeskMailbox | None:
        """Find a mailbox by its name."""
        return next((m for m in self.mailboxes if m.name == name), None)

    def is_own_address(self, address: str) -> bool:
        """Tell whether mail to this address comes back to the desk; a subaddress is the desk's too."""
        local, _, domain = address.casefold().rpartition("@")
        parts = local.split("+")
        # The desk's own address may have a subaddress itself, so that every beginning counts.
        plain = {f"{'+'.join(parts[:count])}@{domain}" for count in range(1, len(parts) + 1)}
        return any(a.casefold() in plain for m in self.mailboxes for a in (m.address, *m.aliases))

    @property
    def timezone(self) -> ZoneInfo:
        """Where the desk is: times in mail are shown there."""
        return self.calendars[0].timezone

    def calendar(self, name: str | None) -> Calendar:
        """Return a calendar by its name; the desk's own for None and for one that is no longer configured."""
        if name == ALWAYS:
            return Calendar(ALWAYS, self.timezone)
        return next((c for c in self.calendars if c.name == (name or BUSINESS)), self.calendars[0])

    def calendar_for(self, requester: str, queue: str) -> Calendar:
        """Return in whose hours a requester is worked for: those of their group, of the queue or of the desk."""
        names = (*(group.calendar for group in self.groups_of(requester)), self.queue(queue).calendar)
        return self.calendar(next((name for name in names if name), None))

    def queue(self, name: str) -> Queue:
        """Return a queue by its name; one that is no longer configured is like any new one."""
        return next((q for q in self.queues if q.name == name), Queue(name))

    def groups_of(self, address: str) -> tuple[Group, ...]:
        """Return the groups of requesters an address belongs to, in the order of the configuration."""
        return tuple(g for g in self.groups if g.has(address))
