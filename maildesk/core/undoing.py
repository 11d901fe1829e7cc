"""Taking back what one mail did to one ticket: the events that restore it, and a sentence for each. Pure.

Called by the technician's lane for `undo`. It restores only what nobody changed since; notes and whatever has left
stay. `still_said` tells which public texts were not recalled; whoever shows or compares texts asks it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from maildesk.model import event as ev
from maildesk.model.desk import Desk
from maildesk.model.message import Address
from maildesk.model.notice import CommandResult
from maildesk.model.situation import Deed
from maildesk.model.ticket import Ticket, evolve


@dataclass(frozen=True, slots=True)
class Undoing:
    """What is done to a ticket to undo a deed: `ticket` as it stands then, and `lines` that tell of each thing.

    A line that is not ok says what stays as it is, and why.  `freed`: what the deed changed and nobody else did, by the
    words of `Ticket.kept`.
    """

    before: Ticket
    ticket: Ticket
    events: tuple[ev.Event, ...]
    lines: tuple[CommandResult, ...]
    freed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that can be undone by itself: how it is read, put back (now, before) and named in words."""

    name: str
    read: Callable[[Ticket], object]
    restore: Callable[[Ticket, Ticket], tuple[ev.Event, ...]]
    say: Callable[[Ticket, Desk], str]


def undo_deed(deed: Deed, desk: Desk, actor: str, now: datetime, departed: Iterable[str]) -> Undoing:
    """Undo one deed in the name of a technician, `actor`. `departed`: addresses its mail has reached."""
    before, ticket = deed.before, deed.now
    if before is None:
        stays = f"ticket {ticket.number} was opened by it and stays; #status closed closes it"
        return Undoing(ticket, ticket, (), (CommandResult("new ticket", False, stays),))
    events: tuple[ev.Event, ...] = ()
    lines: tuple[CommandResult, ...] = ()
    for part in _PARTS:
        was, became, is_now = (part.read(t) for t in (before, deed.after, ticket))
        if was == became:
            continue
        if is_now == became:
            more = part.restore(ticket, before)
            ticket, events = _after(ticket, more, actor, now), (*events, *more)
            lines = (*lines, CommandResult(part.name, True, f"{part.say(before, desk)} again"))
        else:
            told = f"was changed again since, stays as it is: {part.say(ticket, desk)}"
            lines = (*lines, CommandResult(part.name, False, told))
    for more, said in (_unlog(deed, before, actor), _recall(deed, before, frozenset(a.casefold() for a in departed))):
        ticket, events, lines = _after(ticket, more, actor, now), (*events, *more), (*lines, *said)
    is_all_undone = all(line.ok for line in lines)
    by_others = {*before.kept, *({*deed.now.kept} - {*deed.after.kept})}
    freed = tuple(word for word in ticket.kept if word not in by_others) if is_all_undone else ()
    return Undoing(deed.now, ticket, events, lines, freed)


def still_said(history: Iterable[ev.Recorded]) -> tuple[ev.Recorded, ...]:
    """Return the records, in their order, without public texts that were recalled and without the recalls."""
    known = tuple(history)
    gone = {(r.event.author.key, r.event.message_id) for r in known if isinstance(r.event, ev.CorrespondenceRecalled)}
    return tuple(
        r
        for r in known
        if not isinstance(r.event, ev.CorrespondenceRecalled)
        and not (isinstance(r.event, ev.CorrespondenceSent) and (r.event.author.key, r.event.message_id) in gone)
    )


def _after(ticket: Ticket, events: tuple[ev.Event, ...], actor: str, now: datetime) -> Ticket:
    for event in events:
        ticket = evolve(ticket, ev.Recorded(ticket.number, ticket.seq + 1, now, actor, event))
    return ticket


def _unlog(deed: Deed, before: Ticket, actor: str) -> tuple[tuple[ev.Event, ...], tuple[CommandResult, ...]]:
    """Take back logged time; what others logged since stays, as time adds up."""
    seconds = deed.after.time_seconds - before.time_seconds
    if not seconds:
        return (), ()
    total = (deed.now.time_seconds - seconds) // 60
    return (ev.TimeLogged(actor, -seconds),), (CommandResult("time", True, f"{total} minutes in all again"),)


def _recall(
    deed: Deed, before: Ticket, departed: frozenset[str]
) -> tuple[tuple[ev.Event, ...], tuple[CommandResult, ...]]:
    """Take back the public text, if there was one and it has reached nobody."""
    sent = next((r.event for r in deed.history if isinstance(r.event, ev.CorrespondenceSent)), None)
    if sent is None or any(to.key in departed for to in sent.recipients):
        return (), ()
    # Somebody else may have given the first answer meanwhile; then that is the one that stands.
    others_first = deed.now.first_responded_at if deed.after.first_responded_at != deed.now.first_responded_at else None
    first = before.first_responded_at or others_first
    is_newest = deed.after.answered_at == deed.now.answered_at
    last = before.answered_at if is_newest else deed.now.answered_at
    since = before.awaiting_since or deed.now.awaiting_since if is_newest else deed.now.awaiting_since
    event = ev.CorrespondenceRecalled(sent.author, sent.message_id, first, last, since)
    return (event,), (CommandResult("your text", True, "recalled: it has not left and goes to nobody"),)


# ------------------------------------------------------------------ the parts


def _say_owner(ticket: Ticket, desk: Desk) -> str:
    owner = desk.technician(ticket.assignee) if ticket.assignee else None
    return (owner.name or owner.email) if owner else ticket.assignee or "nobody"


def _status(now: Ticket, before: Ticket) -> tuple[ev.Event, ...]:
    due, resolved, closed = before.close_due_at, before.resolved_at, before.closed_at
    return (ev.StatusChanged(before.status, now.status, due, resolved, closed, before.course),)


def _priority(_now: Ticket, before: Ticket) -> tuple[ev.Event, ...]:
    return (ev.PriorityChanged(before.impact, before.urgency, before.priority, "undone"),)


def _people(now: tuple[Address, ...], before: tuple[Address, ...]) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """Return who leaves and who joins, in this order, so that everybody stands where they stood."""
    wanted = {p.key for p in before}
    there = tuple(p for p in now if p.key in wanted)
    same = next(
        (n for n, (a, b) in enumerate(zip(there, before, strict=False)) if a != b), min(len(there), len(before))
    )
    return (*(p for p in now if p.key not in wanted), *there[same:]), before[same:]


def _participants(now: Ticket, before: Ticket) -> tuple[ev.Event, ...]:
    leave, join = _people(now.participants, before.participants)
    return (*(ev.ParticipantRemoved(p) for p in leave), *(ev.ParticipantAdded(p) for p in join))


def _proposed(now: Ticket, before: Ticket) -> tuple[ev.Event, ...]:
    return tuple(ev.ParticipantProposed(p, before.requester) for p in _people(now.proposed, before.proposed)[1])


def _say_people(people: tuple[Address, ...]) -> str:
    return ", ".join(p.address for p in people) or "nobody"


def _say_date(at: datetime | None, desk: Desk) -> str:
    return f"{at.astimezone(desk.timezone):%Y-%m-%d %H:%M}" if at else "none"


def _say_words(words: Iterable[object]) -> str:
    return ", ".join(str(word) for word in words) or "none"


def _steps(now: Ticket, before: Ticket) -> tuple[ev.Event, ...]:
    again = (ev.ChecklistSet(before.checklist),) if now.checklist != before.checklist else ()
    return (*again, ev.StepsDone(before.steps_done))


#: What a mail can change, in the order in which it is put back.
_PARTS: tuple[_Part, ...] = (
    _Part(
        "merge", lambda t: t.merged_into, lambda now, _: (ev.Unmerged(now.merged_into or 0),),
        lambda t, _: f"part of ticket {t.merged_into}" if t.merged_into else "a ticket of its own",
    ),
    _Part(
        "status", lambda t: (t.status, t.resolved_at, t.closed_at, t.close_due_at, t.course), _status,
        lambda t, _: t.status.value,
    ),
    _Part(
        "priority",
        lambda t: (t.impact, t.urgency, t.priority), _priority,
        lambda t, _: f"{t.priority} (impact {t.impact}, urgency {t.urgency})",
    ),
    _Part("owner", lambda t: t.assignee, lambda _, before: (ev.Assigned(before.assignee),), _say_owner),
    _Part("queue", lambda t: t.queue, lambda now, b: (ev.QueueChanged(b.queue, now.queue),), lambda t, _: t.queue),
    _Part("tags", lambda t: t.tags, lambda _, b: (ev.TagsChanged(b.tags),), lambda t, _: _say_words(t.tags)),
    _Part("type", lambda t: t.type, lambda _, b: (ev.TypeChanged(b.type),), lambda t, _: t.type or "none"),
    _Part(
        "subject", lambda t: t.subject, lambda now, b: (ev.SubjectChanged(b.subject, now.subject),),
        lambda t, _: f'"{t.subject}"',
    ),
    _Part(
        "requester", lambda t: t.requester, lambda now, b: (ev.RequesterChanged(b.requester, now.requester),),
        lambda t, _: t.requester.address,
    ),
    _Part("participants", lambda t: t.participants, _participants, lambda t, _: _say_people(t.participants)),
    _Part("waiting to join", lambda t: t.proposed, _proposed, lambda t, _: _say_people(t.proposed)),
    _Part(
        "watchers", lambda t: t.watchers, lambda _, b: (ev.WatchersChanged(b.watchers),),
        lambda t, _: _say_words(t.watchers),
    ),
    _Part(
        "confirmed by", lambda t: t.escalators, lambda _, b: (ev.EscalatorsChanged(b.escalators),),
        lambda t, _: _say_words(t.escalators),
    ),
    _Part("links", lambda t: t.links, lambda _, b: (ev.LinksChanged(b.links),), lambda t, _: _say_words(t.links)),
    _Part(
        "snooze", lambda t: t.snoozed_until, lambda _, b: (ev.SnoozeSet(b.snoozed_until),),
        lambda t, desk: _say_date(t.snoozed_until, desk),
    ),
    _Part(
        "due date", lambda t: t.due_at, lambda _, b: (ev.DueSet(b.due_at),), lambda t, desk: _say_date(t.due_at, desk)
    ),
    _Part(
        "expected date", lambda t: t.expected_at,
        lambda _, b: (ev.ExpectedSet(b.expected_at, b.promised_at, b.promise_warnings),),
        lambda t, desk: _say_date(t.expected_at, desk),
    ),
    _Part("channel", lambda t: t.channel, lambda _, b: (ev.ChannelSet(b.channel),), lambda t, _: t.channel or "none"),
    _Part(
        "steps done", lambda t: (t.checklist, t.steps_done), _steps, lambda t, _: _say_words(t.steps_done)
    ),
)  # fmt: skip
