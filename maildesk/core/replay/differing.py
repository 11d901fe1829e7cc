"""What differs between two courses of a ticket, and why, in words. Pure. Called by this package."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields

from maildesk.core.replay.courses import Course
from maildesk.core.replay.fates import Fate
from maildesk.core.when import shown
from maildesk.model.archive import ArchivedMail
from maildesk.model.decided import Outcome
from maildesk.model.desk import Desk
from maildesk.model.notice import NoticeName
from maildesk.model.rule import Rule, RuleActions
from maildesk.model.ticket import Ticket

#: The names of all actions.
ACTION_NAMES = tuple(field.name for field in fields(RuleActions))
#: What a person and a program are shown of a value: a word, a list of words, yes or no; None: nothing.
Value = str | bool | tuple[str, ...] | None
Values = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What would differ about a ticket, and why. `ticket`: None where none was opened; `before` and `after` name the
    same things, but where the ticket is there only once.
    """

    ticket: int | None
    subject: str
    before: Values
    after: Values
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """The desks whose rules are compared; `old` None: what they were is known by what they did alone."""

    old: Desk | None
    new: Desk


def differences(sides: Sides, number: int, before: Course, after: Course) -> Difference | None:
    """Compare two courses of one ticket; None: they come to the same."""
    ticket = before.ticket or after.ticket
    pairs = tuple((fate, after.fates[i]) for i, fate in before.fates.items() if i in after.fates)
    changed = tuple(row for row in (*_of_mails(pairs), *_of_ticket(before.ticket, after.ticket)) if row[1] != row[2])
    if ticket is None or not changed:
        return None
    because = tuple(sentence for one, other in pairs for sentence in reasons(sides, one, other))
    return Difference(
        number,
        ticket.subject,
        tuple((name, value) for name, value, _ in changed),
        tuple((name, value) for name, _, value in changed),
        because or (_NO_RULE,),
    )


_NO_RULE = "the same rules hit; what they do, desk.yaml, or something else they go by is not as it was"

# ------------------------------------------------------------------ values

_Row = tuple[str, Value, Value]


def _of_ticket(before: Ticket | None, after: Ticket | None) -> Iterator[_Row]:
    if before is not None and after is not None:
        yield from ((name, read(before), read(after)) for name, read in FIELDS.items())


def values(ticket: Ticket) -> Values:
    """Return what is worth telling of a ticket that would be there for the first time."""
    return tuple((name, value) for name, read in FIELDS.items() if (value := read(ticket)))


def _addresses(ticket: Ticket) -> tuple[str, ...]:
    return tuple(sorted(p.address for p in ticket.participants))


def _pairs(ticket: Ticket) -> tuple[str, ...]:
    return tuple(f"{name}: {value}" for name, value in sorted(ticket.fields))


FIELDS: dict[str, Callable[[Ticket], Value]] = {
    "status": lambda ticket: ticket.status.value,
    "priority": lambda ticket: ticket.priority.value,
    "impact": lambda ticket: ticket.impact.value,
    "urgency": lambda ticket: ticket.urgency.value,
    "queue": lambda ticket: ticket.queue,
    "assignee": lambda ticket: ticket.assignee,
    "requester": lambda ticket: ticket.requester.address,
    "subject": lambda ticket: ticket.subject,
    "type": lambda ticket: ticket.type,
    "tags": lambda ticket: tuple(sorted(ticket.tags)),
    "fields": _pairs,
    "participants": _addresses,
    "watchers": lambda ticket: tuple(sorted(ticket.watchers)),
    "checklist": lambda ticket: ticket.checklist,
}


_Pairs = tuple[tuple[Fate, Fate], ...]


def _of_mails(pairs: _Pairs) -> Iterator[_Row]:
    """Yield what rules decide about mails themselves; the one that opens the ticket decides about all of it."""
    for before, after in pairs:
        if before.mail.outcome is Outcome.TICKET:
            yield "outcome", before.outcome.value, after.outcome.value
    others = tuple(p for p in pairs if p[0].outcome is not p[1].outcome and p[0].mail.outcome is not Outcome.TICKET)
    yield "follow-ups", _outcomes(one for one, _ in others), _outcomes(other for _, other in others)
    joined = tuple(pair for pair in pairs if pair[0].outcome is pair[1].outcome)
    yield "notified", _notified(before for before, _ in joined), _notified(after for _, after in joined)
    yield "replied", any(before.replied for before, _ in joined), any(after.replied for _, after in joined)
    for before, after in joined:
        if before.acknowledged is not None and after.acknowledged is not None:
            yield "acknowledged", before.acknowledged, after.acknowledged


def _outcomes(fates: Iterable[Fate]) -> tuple[str, ...]:
    return tuple(f"mail {fate.mail.id}: {fate.outcome}" for fate in fates)


def _notified(fates: Iterable[Fate]) -> tuple[str, ...]:
    """Return whom rules tell; whoever is told of the mail anyway gets no second one from a rule."""
    return tuple(sorted({who for fate in fates for who in fate.notified - _told_anyway(fate.mail)}))


def _told_anyway(mail: ArchivedMail) -> frozenset[str]:
    return frozenset(who for notice, who in mail.told if notice is not NoticeName.RULE_NOTICE)


# ------------------------------------------------------------------ reasons


def reasons(sides: Sides, before: Fate, after: Fate) -> Iterator[str]:
    """Yield why a mail fares differently: what each rule says now that it did not say before."""
    head = _head(before.mail, sides.new)
    names = dict.fromkeys((*(h.name for h in before.hits), *(h.name for h in after.hits)))
    found = tuple(sentence for name in names if (sentence := _turn(name, before, after, sides)))
    yield from (f"{head}: {sentence}" for sentence in found or _asked_anew(after, sides))


def _head(mail: ArchivedMail, desk: Desk) -> str:
    return f'mail {mail.id} of {shown(mail.decided_at, desk)}, "{mail.subject[:60]}"'


def _turn(name: str, before: Fate, after: Fate, sides: Sides) -> str:
    was, now = before.verdict_of(name), after.verdict_of(name)
    if (was is not None and was.hit) == (now is not None and now.hit):
        return ""
    if now is not None and now.hit:
        return f"rule '{name}' hits now: {now.because}"
    if now is not None:
        return f"rule '{name}' misses now: {now.because}"
    if name not in {rule.name for rule in sides.new.rules}:
        return f"rule '{name}' is gone; it had hit"
    stopped = next((hit.name for hit in reversed(after.hits) if hit.hit), "")
    return f"rule '{name}' is not reached any more, rule '{stopped}' stops above it"


def _asked_anew(after: Fate, sides: Sides) -> Iterator[str]:
    """Yield which rules hit as before and ask for something else."""
    hit = [h.name for h in after.hits if h.hit]
    if sides.old is None:
        return
    old, new = ({rule.name: rule for rule in desk.rules} for desk in (sides.old, sides.new))
    for name in hit:
        if name in old and name in new and (asked := _asked(old[name], new[name])):
            yield f"rule '{name}' hits as before and asks for something else: {asked}"


def _asked(old: Rule, new: Rule) -> str:
    parts = ((old.then, new.then), (old.then_new, new.then_new), (old.then_follow_up, new.then_follow_up))
    names = {name: None for one, other in parts for name in ACTION_NAMES if getattr(one, name) != getattr(other, name)}
    stops = ["stop"] if old.stop != new.stop else []
    return ", ".join((*names, *stops))
