"""What rules make of a ticket: its priority, queue, owner, words and people. Each row of `VALUES` is one action.

What the ticket is already is no event, as most rules hit every follow-up again; what a person set since is left alone,
unless the rule was written for just this occasion.
"""

from maildesk.core.ruling.grounds import PERSON_SINCE, Done, Grounds, Wish, is_kept
from maildesk.core.status import status_changed
from maildesk.model import event as ev
from maildesk.model.level import Level, matrix
from maildesk.model.message import Address
from maildesk.model.rule import RuleVerdict
from maildesk.model.ticket import Status, Ticket


def _priority(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    actions = verdict.actions
    impact, urgency = actions.impact or ticket.impact, actions.urgency or ticket.urgency
    asked = (impact, urgency, actions.priority or ticket.priority)
    if asked == (ticket.impact, ticket.urgency, ticket.priority) and not grounds.opens:
        # Also where a technician overrode the matrix: the same rule, hitting again, does not take that back.
        return Done()
    firm = any(name in verdict.firm for name in ("priority", "impact", "urgency"))
    if not firm and any(word in ticket.kept for word in ("priority", "impact", "urgency")):
        return Done(why=f"{PERSON_SINCE}: {ticket.priority}")
    priority = actions.priority or matrix(impact, urgency)
    return Done((ev.PriorityChanged(impact, urgency, priority, priority_reason(verdict, impact, urgency)),))


def priority_reason(verdict: RuleVerdict, impact: Level, urgency: Level) -> str:
    """Say which rule gave impact, which urgency, or which overrode the matrix."""
    if verdict.author_of("priority"):
        return f"set by rule '{verdict.author_of('priority')}'"
    said = {name: verdict.author_of(name) or "default" for name in ("impact", "urgency")}
    return f"impact {impact} ({said['impact']}) × urgency {urgency} ({said['urgency']})"


def _queue(verdict: RuleVerdict, ticket: Ticket, _grounds: Grounds, _left: int) -> Done:
    wanted = verdict.actions.queue
    if not wanted or wanted == ticket.queue:
        return Done()
    if is_kept("queue", "queue", verdict, ticket):
        return Done(why=f"{PERSON_SINCE}: {ticket.queue}, not {wanted}")
    return Done((ev.QueueChanged(wanted, ticket.queue),))


def _assign(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    wanted = verdict.actions.assign or ""
    owner = grounds.desk.technician(wanted)
    if owner is None:
        return Done(why=f"{wanted} is no technician")
    if owner.email == ticket.assignee:
        return Done()
    if owner.email in grounds.away:
        return Done(why=f"{owner.email} is away")
    if is_kept("assignee", "assign", verdict, ticket):
        return Done(why=f"{PERSON_SINCE}: {ticket.assignee or 'nobody'}, not {owner.email}")
    return Done((ev.Assigned(owner.email),))


def _tags(verdict: RuleVerdict, ticket: Ticket, _grounds: Grounds, _left: int) -> Done:
    wanted = [t for t in verdict.actions.tags if t not in ticket.tags]
    return _tagged(verdict, ticket, "tags", wanted, (*ticket.tags, *wanted))


def _untag(verdict: RuleVerdict, ticket: Ticket, _grounds: Grounds, _left: int) -> Done:
    unwanted = [t for t in verdict.actions.untag if t in ticket.tags]
    return _tagged(verdict, ticket, "untag", unwanted, ticket.tags)


def _tagged(verdict: RuleVerdict, ticket: Ticket, action: str, touched: list[str], after: tuple[str, ...]) -> Done:
    """Set tags; those that a person added or took away stay as they are."""
    kept = [t for t in touched if is_kept(f"tag:{t}", action, verdict, ticket)]
    changes = [t for t in touched if t not in kept]
    drops = changes if action == "untag" else kept
    tags = tuple(dict.fromkeys(t for t in after if t not in drops))
    why = f"{PERSON_SINCE}: {', '.join(kept)}" if kept else ""
    return Done((ev.TagsChanged(tags),) if tags != ticket.tags else (), why=why)


def _type(verdict: RuleVerdict, ticket: Ticket, _grounds: Grounds, _left: int) -> Done:
    wanted = verdict.actions.type
    if not wanted or wanted == ticket.type:
        return Done()
    if is_kept("type", "type", verdict, ticket):
        return Done(why=f"{PERSON_SINCE}: {ticket.type}")
    return Done((ev.TypeChanged(wanted),))


def _subject(verdict: RuleVerdict, ticket: Ticket, _grounds: Grounds, _left: int) -> Done:
    wanted = verdict.actions.subject
    if not wanted or wanted == ticket.subject:
        return Done()
    if is_kept("subject", "subject", verdict, ticket):
        return Done(why=f"{PERSON_SINCE}: {ticket.subject}")
    return Done((ev.SubjectChanged(wanted, ticket.subject),))


def _status(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    wanted = verdict.actions.status
    if not wanted or wanted == ticket.status:
        return Done()
    return Done((status_changed(grounds.desk, grounds.now, ticket.status, Status(wanted)),))


def _fields(verdict: RuleVerdict, ticket: Ticket, _grounds: Grounds, _left: int) -> Done:
    after = tuple((dict(ticket.fields) | dict(verdict.actions.fields)).items())
    return Done((ev.FieldsChanged(after),) if after != ticket.fields else ())


def _checklist(verdict: RuleVerdict, ticket: Ticket, _grounds: Grounds, _left: int) -> Done:
    wanted = verdict.actions.checklist
    return Done((ev.ChecklistSet(wanted),) if wanted != ticket.checklist else ())


def _cc(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    wanted = [a for a in verdict.actions.cc if not grounds.desk.is_own_address(a) and not ticket.takes_part(a)]
    gone = [a for a in wanted if is_kept(f"participant:{a.casefold()}", "cc", verdict, ticket)]
    joined = tuple(ev.ParticipantAdded(Address("", a)) for a in wanted if a not in gone)
    return Done(joined, why=f"left alone: {', '.join(gone)} was taken out since" if gone else "")


def _watch(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, _left: int) -> Done:
    found = (grounds.desk.technician(a) for a in verdict.actions.watch)
    wanted = [t.email for t in found if t is not None and t.email not in ticket.watchers]
    gone = [a for a in wanted if is_kept(f"watcher:{a}", "watch", verdict, ticket)]
    watchers = (*ticket.watchers, *(a for a in wanted if a not in gone))
    why = f"left alone: {', '.join(gone)} stopped reading along" if gone else ""
    return Done((ev.WatchersChanged(watchers),) if watchers != ticket.watchers else (), why=why)


#: In the order in which they are carried out.
VALUES: tuple[tuple[str, Wish], ...] = (
    ("priority", _priority),
    ("queue", _queue),
    ("assign", _assign),
    ("tags", _tags),
    ("untag", _untag),
    ("type", _type),
    ("subject", _subject),
    ("status", _status),
    ("fields", _fields),
    ("cc", _cc),
    ("watch", _watch),
    ("checklist", _checklist),
)
