"""The rules an admin wrote, compiled to values. `rules.load` makes them, `rules.engine` runs them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from maildesk.model.level import Level, Priority
from maildesk.model.message import InboundMessage
from maildesk.model.ticket import Ticket


class Phase(StrEnum):
    """When a rule runs: on a mail that opens a ticket or follows up, after a ticket changed, or as time goes by."""

    NEW = "new"
    FOLLOW_UP = "follow-up"
    CHANGE = "change"
    TIME = "time"


#: When a rule runs that names no phase.
MAIL_PHASES = (Phase.NEW, Phase.FOLLOW_UP)


class Once(StrEnum):
    """How often a rule may hit one ticket: once for ever, once a local day, or once in each stay in a status."""

    TICKET = "ticket"
    DAY = "day"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class Change:
    """A field of a ticket that changed, by the name conditions have for it, with its values before and after."""

    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]


#: Stands where a rule runs without a mail.
NO_MESSAGE = InboundMessage("", "", 0)


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What conditions may look at. `ticket` is None while the mail would open a new one.

    `message` is `NO_MESSAGE` in the phases change and time.  `queue` is where the ticket stands or would be opened;
    `role` and `proof` are words of the access check.  `actor`: who acts, an address, `rule: NAME`, `timer`, `maildesk`.
    `changes`: what changed, in phase change.  `open_calendars`: names of the calendars in whose hours `now` is;
    `holiday`: what holiday it is at the desk.  `local_now` is `now` where the desk is.  `worked`: working seconds from
    an instant to now, negative for one ahead.  `groups`, `vip`: the requester's; `assets`: those the mail or ticket
    speaks of, as (name, type).  `open_tickets`: those of a mail's sender that are not done; None without a mail.
    """

    now: datetime
    phase: Phase
    message: InboundMessage = NO_MESSAGE
    mailbox: str = ""
    queue: str = ""
    role: str = ""
    proof: str = ""
    ticket: Ticket | None = None
    actor: str = ""
    changes: tuple[Change, ...] = ()
    business_hours: bool = True
    open_calendars: tuple[str, ...] = ()
    holiday: str = ""
    local_now: datetime | None = None
    worked: Callable[[datetime], float] | None = None
    groups: tuple[str, ...] = ()
    vip: bool = False
    assets: tuple[tuple[str, str], ...] = ()
    open_tickets: int | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One condition of a rule, as it is written: whether it held, and the evidence in words."""

    condition: str
    held: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a condition held or not, in words (`subject matches "down": "Server web1 is down"`).

    `checks`: every single condition that was looked at.  `captures`: what named groups of its patterns caught, one line
    each; a name stands once.
    """

    because: str
    checks: tuple[Checked, ...] = ()
    captures: tuple[tuple[str, str], ...] = ()


#: Evidence that is put into words only when somebody reads it: most of what hundreds of rules found nobody ever does.
Told = str | Callable[[], Evidence]


def _evidence(told: Told) -> Evidence:
    return Evidence(told) if isinstance(told, str) else told()


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a condition held, and the evidence. Each reading of the evidence makes it anew."""

    hit: bool
    told: Told = field(compare=False)

    @property
    def evidence(self) -> Evidence:
        """Why, every condition that was looked at, and what patterns caught."""
        return _evidence(self.told)

    @property
    def because(self) -> str:
        """Why, in words."""
        return self.evidence.because

    @property
    def checks(self) -> tuple[Checked, ...]:
        """Every single condition that was looked at."""
        return self.evidence.checks

    @property
    def captures(self) -> tuple[tuple[str, str], ...]:
        """What named groups caught, where the condition held."""
        return self.evidence.captures


#: A condition, compiled. It never raises: what cannot be evaluated is a miss that says why.
Condition = Callable[[RuleFacts], Finding]


@dataclass(frozen=True, slots=True)
class Need:
    """Words of which one must stand in a value of a field, casefolded, if a rule is to hit. `name`: the field's."""

    name: str
    words: tuple[str, ...]
    read: Callable[[RuleFacts], tuple[str, ...]] = field(compare=False)


@dataclass(frozen=True, slots=True)
class RuleActions:
    """What a rule asks for. None and empty mean: says nothing about it.

    `due`, `snooze`: from now on.  `requester`: `reply-to` takes the requester from Reply-To, as for the forms of a web
    site.  `escalate`: to the queue named; empty: to the next level.  `link`: a ticket's number.
    `late`: what can be read only with what the rule's patterns caught; `engine` reads it.
    `caught`: names of actions that hold something a pattern caught, which is a stranger's text.
    """

    impact: Level | None = None
    urgency: Level | None = None
    priority: Priority | None = None
    queue: str | None = None
    assign: str | None = None
    tags: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    type: str | None = None
    subject: str | None = None
    status: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    notify: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    note: tuple[str, ...] = ()
    reply: str | None = None
    requester: str | None = None
    template: str | None = None
    acknowledge: bool | None = None
    checklist: tuple[str, ...] = ()
    due: "Ahead | None" = None
    snooze: "Ahead | None" = None
    escalate: str | None = None
    link: str | None = None
    also: tuple["SecondTicket", ...] = ()
    hold: str | None = None
    reject: str | None = None
    discard: str | None = None
    accept: bool | None = None
    late: tuple["Late", ...] = ()
    caught: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Late:
    """An action whose value, `written`, holds `{name}` of what a pattern of its rule caught.

    `read`: what it asks for with what was caught, or a sentence that says why nothing; it never raises.
    """

    name: str
    written: str
    read: Callable[[tuple[tuple[str, str], ...]], "RuleActions | str"] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Ahead:
    """So many seconds from now; `working`: counted in working hours."""

    seconds: float
    working: bool = False


@dataclass(frozen=True, slots=True)
class SecondTicket:
    """A further, linked ticket for the same requester, whose text is internal."""

    subject: str
    queue: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A `given`/`expect` pair beside a rule; `line` is where it stands in the file.

    `mail`: the stored mail it is about; what else is given goes before that.
    """

    given: tuple[tuple[str, object], ...]
    expect: tuple[tuple[str, object], ...]
    line: int
    mail: InboundMessage | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of rules.yaml; `line` is where it begins.

    `then_new`, `then_follow_up`: what it asks for beside `then` in one of these phases alone.
    `needs`: what must be there if it is to hit, as far as that is known.
    """

    name: str
    when: Condition
    then: RuleActions
    stop: bool = False
    phases: tuple[Phase, ...] = MAIL_PHASES
    once: Once | None = None
    then_new: RuleActions = RuleActions()
    then_follow_up: RuleActions = RuleActions()
    tests: tuple[RuleTest, ...] = ()
    line: int = 0
    needs: tuple[Need, ...] = ()

    @property
    def told(self) -> frozenset[str]:
        """The addresses it may tell of a mail, in lower case."""
        blocks = (self.then, self.then_new, self.then_follow_up)
        return frozenset(address.casefold() for block in blocks for address in block.notify)


@dataclass(frozen=True, slots=True)
class RuleHit:
    """One rule on one mail, change or instant. Two are equal when the same rule came out alike, whatever the words."""

    name: str
    hit: bool
    told: Told = field(compare=False)

    @property
    def evidence(self) -> Evidence:
        """Why, and every condition that was looked at; made anew at each reading."""
        return _evidence(self.told)

    @property
    def because(self) -> str:
        """Why, in words."""
        return self.evidence.because

    @property
    def checks(self) -> tuple[Checked, ...]:
        """Every single condition that was looked at, with its evidence."""
        return self.evidence.checks


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """All rules on one occasion: what they ask for together (later rules win), who asked, and each rule's hit or miss.

    `set_by` maps an action's name to the rule that had the last word on it.  `remembered`: rules that hit and of which
    the ticket keeps a record.  `firm`: actions of a rule written for just this phase, which hold against what a person
    set.  `dropped`: actions that came to nothing, as (rule, action, why).
    """

    actions: RuleActions
    set_by: tuple[tuple[str, str], ...]
    hits: tuple[RuleHit, ...]
    remembered: tuple[str, ...] = ()
    firm: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str, str], ...] = ()

    def author_of(self, action: str) -> str:
        """Return the name of the rule that set an action; empty when none did."""
        return dict(self.set_by).get(action, "")
