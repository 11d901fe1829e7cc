"""Run the rules on one mail, one change or one instant, top to bottom.

Called by `core`, by the tests beside the rules and by replay. Never raises.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache, partial

from maildesk.model.rule import (
    MAIL_PHASES,
    Evidence,
    Finding,
    Once,
    Phase,
    Rule,
    RuleActions,
    RuleFacts,
    RuleHit,
    RuleVerdict,
)
from maildesk.rules.actions import WITH_MAIL, deeds_of, merged, names_set, without
from maildesk.rules.operators import forget_mail
from maildesk.rules.sieve import Sieve

#: Rules that time brings about would hit every minute.
_ONCE_IN_TIME = Once.TICKET
#: How long one of those that hit once in each status lets a ticket alone: two of them may change it back and forth.
_LEAST_APART = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Same:
    """Rules told apart by being the very same tuple: to compare hundreds of them takes longer than to run them."""

    rules: tuple[Rule, ...]

    def __hash__(self) -> int:
        return id(self.rules)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.rules is other.rules


@dataclass(frozen=True, slots=True)
class _Roll:
    """The rules that have a line in one phase; of one that is for another phase the line is always the same."""

    rules: tuple[tuple[Rule, RuleHit | None], ...]
    sieve: Sieve


@lru_cache(maxsize=16)
def _rolled(same: _Same, phase: Phase) -> _Roll:
    mail = {*MAIL_PHASES} if phase in MAIL_PHASES else set()
    having = tuple(rule for rule in same.rules if phase in rule.phases or mail & {*rule.phases})
    return _Roll(tuple((rule, _elsewhere(rule, phase)) for rule in having), Sieve(having))


def _elsewhere(rule: Rule, phase: Phase) -> RuleHit | None:
    if phase in rule.phases:
        return None
    return RuleHit(rule.name, False, f"it is for phase {rule.phases[0]}, not {phase}")


class _Run:
    """The answers of the rules so far, laid together."""

    __slots__ = ("actions", "dropped", "firm", "hits", "remembered", "set_by")

    def __init__(self) -> None:
        self.actions = RuleActions()
        self.set_by: dict[str, str] = {}
        self.firm: set[str] = set()
        self.hits: list[RuleHit] = []
        self.remembered: list[str] = []
        self.dropped: list[tuple[str, str, str]] = []

    def verdict(self) -> RuleVerdict:
        """Return what they come to."""
        return RuleVerdict(
            self.actions, tuple(self.set_by.items()), tuple(self.hits), tuple(self.remembered),
            tuple(sorted(self.firm)), tuple(self.dropped),
        )  # fmt: skip


def run_rules(rules: tuple[Rule, ...], facts: RuleFacts, spent: frozenset[str] = frozenset()) -> RuleVerdict:
    """Return what the rules ask for together, who asked, and each rule's hit or miss.

    A later rule overrides an earlier one action by action; tags, notify and the like add up. A rule with `stop` that
    hits ends the run; the rules below it have no line among the hits. `spent`: names of rules that hit already in the
    chain of changes that this run belongs to.
    """
    run, roll = _Run(), _rolled(_Same(rules), facts.phase)
    # What is told of the rules of the mail before may have been put into words since.
    forget_mail()
    # From the lowest bit on, a sign a rule.
    let_through = f"{roll.sieve.let_through(facts):0{len(roll.rules)}b}"[::-1]
    for (rule, elsewhere), may_hit in zip(roll.rules, let_through, strict=False):
        if elsewhere is not None or may_hit == "0":
            run.hits.append(elsewhere or RuleHit(rule.name, False, partial(_missed, rule, facts)))
            continue
        again = _hit_before(rule, facts)
        finding = rule.when(facts) if not again else Finding(False, again)
        if finding.hit and rule.name in spent:
            finding = Finding(False, partial(_told_with, finding, "; not again in one chain of changes"))
        if not finding.hit:
            run.hits.append(RuleHit(rule.name, False, finding.told))
            continue
        told = partial(_told_with, finding, "; stops here") if rule.stop else finding.told
        run.hits.append(RuleHit(rule.name, True, told))
        _lay(run, rule, finding, facts)
        if rule.stop:
            break
    # The memory of compared texts is for one mail only: it would keep whole bodies alive.
    forget_mail()
    return run.verdict()


def _missed(rule: Rule, facts: RuleFacts) -> Evidence:
    """Say why a rule misses that was not even asked."""
    again = _hit_before(rule, facts)
    return Evidence(again) if again else rule.when(facts).evidence


def _lay(run: _Run, rule: Rule, finding: Finding, facts: RuleFacts) -> None:
    """Lay what a rule that hits asks for over what those above it did."""
    asked, firm = _asked(rule, facts.phase), _firm(rule, facts.phase)
    deeds = deeds_of(asked)
    is_again = _is_for_all_mail(rule) and _fired_at(rule, facts) is not None
    if deeds and is_again:
        asked = without(asked, deeds)
        run.dropped += [(rule.name, deed, "done before on this ticket") for deed in deeds]
    if _once(rule, facts) is not None or (deeds and _is_for_all_mail(rule) and not is_again):
        run.remembered.append(rule.name)
    caught = finding.captures if asked.late else ()
    for late in asked.late:
        read = late.read(caught)
        if isinstance(read, str):
            run.dropped.append((rule.name, late.name, read))
        else:
            asked = merged(asked, read)
    said = names_set(asked)
    run.actions = merged(run.actions, replace(asked, late=()))
    run.set_by.update(dict.fromkeys(said, rule.name))
    run.firm = (run.firm - {*said}) | {name for name in said if firm is None or name in firm}


def _asked(rule: Rule, phase: Phase) -> RuleActions:
    match phase:
        case Phase.NEW:
            return merged(rule.then, rule.then_new)
        case Phase.FOLLOW_UP:
            return merged(rule.then, rule.then_follow_up)
        case _:
            return without(rule.then, WITH_MAIL)


def _firm(rule: Rule, phase: Phase) -> tuple[str, ...] | None:
    """Return which actions were written for just this phase; None: all."""
    if not _is_for_all_mail(rule):
        return None
    own = rule.then_follow_up if phase is Phase.FOLLOW_UP else rule.then_new
    return (*names_set(own), *(late.name for late in own.late))


def _is_for_all_mail(rule: Rule) -> bool:
    """Tell whether a rule was written for a kind of request and meets each mail of it, with no word on how often."""
    return rule.phases == MAIL_PHASES and rule.once is None


# ------------------------------------------------------------------ how often


def _once(rule: Rule, facts: RuleFacts) -> Once | None:
    return rule.once or (_ONCE_IN_TIME if facts.phase is Phase.TIME else None)


def _hit_before(rule: Rule, facts: RuleFacts) -> str:
    """Say that a rule has had its turn on this ticket; empty when it has not."""
    once = _once(rule, facts)
    at = _fired_at(rule, facts) if once is not None else None
    if once is None or at is None or not _counts(once, at, facts):
        return ""
    status = "within an hour" if _is_too_soon(at, facts) else "in this status"
    within = {Once.TICKET: "on this ticket", Once.DAY: "today", Once.STATUS: status}[once]
    return f"hit before {within} (once: {once})"


def _fired_at(rule: Rule, facts: RuleFacts) -> datetime | None:
    """Return when a rule last hit this ticket, as far as that is remembered."""
    fired = facts.ticket.fired if facts.ticket else ()
    return max((f.at for f in fired if f.rule == rule.name), default=None)


def _counts(once: Once, at: datetime, facts: RuleFacts) -> bool:
    match once:
        case Once.TICKET:
            return True
        case Once.DAY:
            here = facts.local_now or facts.now
            return at.astimezone(here.tzinfo).date() >= here.date()
        case Once.STATUS:
            stays = facts.ticket.stays if facts.ticket else ()
            return not stays or at >= stays[-1].since or _is_too_soon(at, facts)


def _is_too_soon(at: datetime, facts: RuleFacts) -> bool:
    return facts.phase is Phase.TIME and facts.now - at < _LEAST_APART


def _told_with(finding: Finding, more: str) -> Evidence:
    evidence = finding.evidence
    return replace(evidence, because=f"{evidence.because}{more}")
