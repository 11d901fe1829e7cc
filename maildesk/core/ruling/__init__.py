"""What the rules' answer does to one ticket. Pure.

Called by the lanes for a mail, by `changing` for a change and by `rule_timer` as time goes by. To add an action write a
function in `values`, `deeds` or `mails` and add a row at the bottom there.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from maildesk.core.ruling.deeds import DEEDS
from maildesk.core.ruling.grounds import Done, Grounds, Wish
from maildesk.core.ruling.mails import MAILS, is_over_limit
from maildesk.core.ruling.values import VALUES, priority_reason
from maildesk.model import event as ev
from maildesk.model.decision import Act, Aside, folded
from maildesk.model.notice import Notice
from maildesk.model.rule import RuleVerdict
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine
from maildesk.rules.actions import value_of

__all__ = ["WISHES", "Grounds", "Ruling", "carry_out", "is_over_limit", "priority_reason"]

WISHES: tuple[tuple[str, Wish], ...] = (*VALUES, *DEEDS, *MAILS)
_NO_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Ruling:
    """What all wishes come to. `ticket`: as it stands then; `sent`: the rules that send mail, and how many."""

    ticket: Ticket
    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    asides: tuple[Aside, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    sent: tuple[tuple[str, int], ...] = ()


def carry_out(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds) -> Ruling:
    """Carry out what the rules ask for, each act in the name of the rule that had the last word on it."""
    trace = tuple(TraceLine("action", name, False, f"rule '{rule}': {why}") for rule, name, why in verdict.dropped)
    ruling = Ruling(ticket, trace=trace)
    for name, wish in WISHES:
        author = _author(verdict, name)
        if not author:
            continue
        left = _mails_left(ruling, grounds)
        ruling = _with(ruling, name, author, wish(verdict, ruling.ticket, grounds, left), grounds.now)
    return _remembering(ruling, verdict, grounds.now)


def _author(verdict: RuleVerdict, name: str) -> str:
    """Return the rule behind a wish; empty when no rule has it."""
    names = ("priority", "impact", "urgency") if name == "priority" else (name,)
    asked = (n for n in names if value_of(verdict.actions, n) not in (None, ()))
    return next((verdict.author_of(n) for n in asked), "")


def _with(ruling: Ruling, name: str, author: str, done: Done, now: datetime) -> Ruling:
    acts = tuple(Act(f"rule: {author}", event) for event in done.events)
    line = (TraceLine("action", name, False, f"rule '{author}': {done.why}"),) if done.why else ()
    sent = ((author, done.mails),) if done.mails else ()
    return Ruling(
        folded(ruling.ticket, ruling.ticket.number, acts, now), (*ruling.acts, *acts), (*ruling.notices, *done.notices),
        (*ruling.asides, *done.asides), (*ruling.trace, *line), (*ruling.sent, *sent),
    )  # fmt: skip


def _remembering(ruling: Ruling, verdict: RuleVerdict, now: datetime) -> Ruling:
    """Let the ticket remember the rules that may hit it once, and those that sent mail."""
    counts = dict.fromkeys(verdict.remembered, 0)
    for rule, mails in ruling.sent:
        counts[rule] = counts.get(rule, 0) + mails
    acts = tuple(Act(f"rule: {rule}", ev.RuleFired(rule, mails)) for rule, mails in counts.items())
    return replace(ruling, ticket=folded(ruling.ticket, ruling.ticket.number, acts, now), acts=(*ruling.acts, *acts))


def _mails_left(ruling: Ruling, grounds: Grounds) -> int:
    """Return how many mails rules may still send on this ticket."""
    cap = grounds.desk.rule_mail
    if cap is None:
        return _NO_LIMIT
    since = grounds.now - timedelta(seconds=cap.seconds)
    before = sum(f.mails for f in ruling.ticket.fired if f.at > since)
    return max(0, cap.count - before - sum(mails for _, mails in ruling.sent))
