"""The desk's policy: queues, technicians, hours, targets, caps and rules. Made by `config`, swapped whole on reload."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from zoneinfo import ZoneInfo

from maildesk.model.level import Priority
from maildesk.model.message import Address
from maildesk.model.rule import Rule


@dataclass(frozen=True, slots=True)
class Queue:
    """A team's list of tickets. `level` is its support level; `escalates_to` the next queue."""

    name: str
    level: int = 1
    escalates_to: str | None = None


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody who works tickets. `email` is the stored address: the only one maildesk ever writes to."""

    email: str
    name: str
    queues: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    lead: bool = False

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
    carries, or None; it takes bounded time and never raises.
    """

    name: str
    domain: str
    find_number: Callable[[str], str | None]

    def owns(self, domain: str) -> bool:
        """Tell whether a domain (lower case) is the vendor's."""
        return f".{domain}".endswith(f".{self.domain}")


@dataclass(frozen=True, slots=True)
class SlaTarget:
    """Seconds allowed for each clock of one priority; None: no deadline. `always`: counted round the clock."""

    first_response: float | None = None
    next_response: float | None = None
    update: float | None = None
    resolution: float | None = None
    always: bool = False


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

    `hours` maps weekday (0 Monday) to the spans worked that day, local to `timezone`; empty: never closed.
    `subaddress`: the mail server delivers `support+TOKEN@` to `support@`.
    `authenticates`: the site's mail server adds results this desk may believe, or the desk verifies signatures itself.
    `leak_check`: an answer that repeats a long passage of an internal entry is held until its author insists.
    `own_mail_unsigned`: nobody vouches for mail that never leaves the site, so that mail of the desk's own domain may
    come without proof.
    """

    name: str = "Help desk"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    language: str = "en"
    hours: tuple[tuple[int, tuple[tuple[time, time], ...]], ...] = ()
    queues: tuple[Queue, ...] = (Queue("general"),)
    technicians: tuple[Technician, ...] = ()
    mailboxes: tuple[DeskMailbox, ...] = ()
    recall_seconds: float = 60.0
    acknowledgements: AcknowledgementCaps = AcknowledgementCaps()
    updates: StatusUpdates = StatusUpdates()
    joining: Joining = Joining.SAME_DOMAIN
    sla: tuple[tuple[Priority, SlaTarget], ...] = ()
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

    def sla_target(self, priority: Priority) -> SlaTarget:
        """Return the target of a priority; a missing one sets no deadline."""
        return dict(self.sla).get(priority, SlaTarget())
