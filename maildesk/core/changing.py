"""What rules do because a ticket changed: the rules of phase `change`, after all acts of a mail, a command or a timer.

Called by `apply` for every ticket a decision changes. What they do may be a change in its turn: at most five rounds,
and each rule once in such a chain, so that two rules that contradict each other end. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from maildesk.core.lanes.opening import rule_trace
from maildesk.core.rulefacts import change_facts
from maildesk.core.ruling import Grounds, carry_out
from maildesk.model import event as ev
from maildesk.model.decision import Act
from maildesk.model.desk import Desk
from maildesk.model.notice import Notice
from maildesk.model.rule import Change, Phase, RuleHit, RuleVerdict
from maildesk.model.ticket import Ticket, evolve
from maildesk.model.trace import TraceLine
from maildesk.rules.engine import run_rules

MOST_ROUNDS = 5
_MOST_SAID = 3


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What happened to one ticket: `before` it (None: it was opened), its `number`, the `acts` and when.

    `silence`: why nobody outside may get an automatic answer; empty: they may.  `told`: addresses (lower case) that get
    a mail already.  `away`: main addresses of absent technicians.
    """

    before: Ticket | None
    number: int
    acts: tuple[Act, ...]
    now: datetime
    silence: str = ""
    told: frozenset[str] = frozenset()
    away: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Followed:
    """What rules did because of it."""

    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    rules: tuple[RuleHit, ...] = ()


@dataclass(frozen=True, slots=True)
class _Chain:
    """One round after the other. `was` and `ticket`: before and after the last round; `actor`: who changed it then."""

    was: Ticket
    ticket: Ticket
    actor: str
    followed: Followed = Followed()

    @property
    def spent(self) -> frozenset[str]:
        return frozenset(hit.name for hit in self.followed.rules if hit.hit)


def has_change_rules(desk: Desk) -> bool:
    """Tell whether a change may make a rule hit."""
    return any(Phase.CHANGE in rule.phases for rule in desk.rules)


def follow_changes(happened: Occurrence, desk: Desk) -> Followed:
    """Return what the rules do because of what happened to a ticket."""
    if not has_change_rules(desk) or not happened.acts:
        return Followed()
    chain = _begun(happened)
    for _ in range(MOST_ROUNDS):
        changes = changes_between(chain.was, chain.ticket)
        if not changes:
            return chain.followed
        chain = _round(chain, changes, desk, happened)
    if not changes_between(chain.was, chain.ticket):
        return chain.followed
    stopped = TraceLine("rule", "changes", False, f"stopped after {MOST_ROUNDS} rounds of rules that change the ticket")
    return replace(chain.followed, trace=(*chain.followed.trace, stopped))


def _begun(happened: Occurrence) -> _Chain:
    """Return the ticket before and after the acts, and who first changed it. A new one is compared with a bare one."""
    was = happened.before
    ticket, actor = was, ""
    seq = was.seq if was else 0
    for place, act in enumerate(happened.acts, 1):
        after = evolve(ticket, ev.Recorded(happened.number, seq + place, happened.now, act.actor, act.event))
        was = was or after
        if not actor and ticket is not None and changes_between(ticket, after):
            actor = act.actor
        ticket = after
    if was is None or ticket is None:
        raise ValueError("nothing happened to no ticket")
    return _Chain(was, ticket, actor)


def _round(chain: _Chain, changes: tuple[Change, ...], desk: Desk, happened: Occurrence) -> _Chain:
    facts = change_facts(chain.ticket, desk, changes, chain.actor, happened.now)
    verdict = run_rules(desk.rules, facts, chain.spent)
    done = chain.followed
    ruling = carry_out(verdict, chain.ticket, _grounds(chain, changes, desk, happened))
    followed = Followed(
        (*done.acts, *ruling.acts),
        (*done.notices, *ruling.notices),
        (*done.trace, *rule_trace(verdict), *ruling.trace),
        (*done.rules, *verdict.hits),
    )
    return _Chain(chain.ticket, ruling.ticket, _author(verdict), followed)


def _author(verdict: RuleVerdict) -> str:
    return next((f"rule: {hit.name}" for hit in reversed(verdict.hits) if hit.hit), "")


def _grounds(chain: _Chain, changes: tuple[Change, ...], desk: Desk, happened: Occurrence) -> Grounds:
    silence = happened.silence or unawaited(chain.ticket)
    if happened.before is None:
        silence = "the ticket is new: its first answer is a matter of phase 'new'"
    told = happened.told | {notice.to.key for notice in chain.followed.notices}
    said = "; ".join(_said(change, desk) for change in changes[:_MOST_SAID])
    echo = chain.ticket.answered_at is not None
    return Grounds(desk, happened.now, occasion=said, away=happened.away, silence=silence, echo=echo, told=told)


def unawaited(ticket: Ticket) -> str:
    """Say why nobody may be answered on a ticket by itself: no person ever wrote or was answered; empty: they may."""
    talked = ticket.awaiting_since or ticket.answered_at
    return "" if talked else "nobody there waits for an answer"


def _said(change: Change, desk: Desk) -> str:
    """Say what changed to somebody who may be outside, where nobody learns the address of a technician."""
    named = {t.email: t.name or "a technician" for t in desk.technicians} if change.field == "assignee" else {}
    before, after = (", ".join(named.get(v, v) for v in vs) or "none" for vs in (change.before, change.after))
    return f"{change.field} {before} → {after}"


# ------------------------------------------------------------------ what changed


def changes_between(before: Ticket, after: Ticket) -> tuple[Change, ...]:
    """Return what differs between two states of a ticket, by the names that conditions have for it."""
    read = ((name, values(before), values(after)) for name, values in _FIELDS)
    changed = [Change(name, was, now) for name, was, now in read if was != now]
    if before.fields != after.fields:
        was, now = dict(before.fields), dict(after.fields)
        names = (name for name in dict.fromkeys((*was, *now)) if was.get(name) != now.get(name))
        changed += [Change(f"field.{name}", _one(was.get(name)), _one(now.get(name))) for name in names]
    return tuple(changed)


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


_FIELDS: tuple[tuple[str, Callable[[Ticket], tuple[str, ...]]], ...] = (
    ("status", lambda t: (t.status.value,)),
    ("queue", lambda t: (t.queue,)),
    ("priority", lambda t: (t.priority.value,)),
    ("assignee", lambda t: _one(t.assignee)),
    ("tag", lambda t: t.tags),
    ("type", lambda t: _one(t.type)),
    ("impact", lambda t: (t.impact.value,)),
    ("urgency", lambda t: (t.urgency.value,)),
    ("subject", lambda t: (t.subject,)),
    ("requester", lambda t: (t.requester.address,)),
    ("participant", lambda t: tuple(p.address for p in t.participants)),
)
