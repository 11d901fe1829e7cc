"""The rules an admin wrote, compiled to values. `rules.load` makes them, `rules.engine` runs them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from maildesk.model.level import Level, Priority
from maildesk.model.message import InboundMessage
from maildesk.model.ticket import Ticket


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What conditions may look at. `ticket` is None while the mail would open a new one.

    `queue` is where the ticket stands or would be opened; `role` and `proof` are words of the access check.
    """

    message: InboundMessage
    mailbox: str
    queue: str
    role: str
    proof: str
    ticket: Ticket | None
    business_hours: bool
    now: datetime

    @property
    def phase(self) -> str:
        """`new` while no ticket is found, else `follow-up`."""
        return "new" if self.ticket is None else "follow-up"


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition held, and the evidence in words (`subject matches "down": "Server web1 is down"`)."""

    hit: bool
    because: str


#: A condition, compiled. It never raises: what cannot be evaluated is a miss that says why.
Condition = Callable[[RuleFacts], Finding]


@dataclass(frozen=True, slots=True)
class RuleActions:
    """What a rule asks for. None and empty mean: says nothing about it."""

    impact: Level | None = None
    urgency: Level | None = None
    priority: Priority | None = None
    queue: str | None = None
    assign: str | None = None
    tags: tuple[str, ...] = ()
    type: str | None = None
    status: str | None = None
    notify: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    template: str | None = None
    acknowledge: bool | None = None
    checklist: tuple[str, ...] = ()
    hold: str | None = None
    discard: str | None = None


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A `given`/`expect` pair beside a rule; `line` is where it stands in the file."""

    given: tuple[tuple[str, object], ...]
    expect: tuple[tuple[str, object], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of rules.yaml; `line` is where it begins."""

    name: str
    when: Condition
    then: RuleActions
    stop: bool = False
    tests: tuple[RuleTest, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One rule on one mail."""

    name: str
    hit: bool
    because: str


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """All rules on one mail: what they ask for together (later rules win), who asked, and each rule's hit or miss.

    `set_by` maps an action's name to the rule that had the last word on it.
    """

    actions: RuleActions
    set_by: tuple[tuple[str, str], ...]
    hits: tuple[RuleHit, ...]

    def author_of(self, action: str) -> str:
        """Return the name of the rule that set an action; empty when none did."""
        return dict(self.set_by).get(action, "")
