"""Commands that change the ticket: status, priority, queue, tags, type, subject."""

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb, pick_word
from maildesk.core.status import status_changed
from maildesk.model.event import (
    EscalatorsChanged,
    Event,
    PriorityChanged,
    QueueChanged,
    ResolutionRecorded,
    SnoozeSet,
    SubjectChanged,
    TagsChanged,
    TypeChanged,
)
from maildesk.model.level import Level, Priority, matrix
from maildesk.model.ticket import Status


def status(command: Command, context: Context) -> Applied | Refused:
    """Set the status: open, waiting-requester, waiting-vendor, scheduled, resolved or closed."""
    word = pick_word(command.value, tuple(Status))
    return word if isinstance(word, Refused) else set_status(context, Status(word))


def close(command: Command, context: Context) -> Applied | Refused:
    """Resolve the ticket: the text below goes to the requester with the news; `cause:`, `fix:`, `config:` are recorded.

    Those three are lines of their own right below `#close`, for technicians; the requester does not see them.
    """
    if command.value:
        return Refused("#close takes no value; put the text on the lines below")
    if context.ticket is not None and context.ticket.status is Status.CLOSED:
        applied: Applied | Refused = Applied(context, "the ticket was closed already")
    else:
        applied = set_status(context, Status.RESOLVED)
    details: dict[str, str] = {}
    for name, said in command.extra:
        details[name] = f"{details[name]}\n{said}" if name in details else said
    if isinstance(applied, Refused) or not details:
        return applied
    recorded = ResolutionRecorded(details.get("cause", ""), details.get("fix", ""), details.get("config", ""))
    return Applied(applied.context.after(recorded), f"{applied.outcome}, {', '.join(details)} recorded")


def reopen(command: Command, context: Context) -> Applied | Refused:
    """Open a resolved or closed ticket again."""
    if context.ticket is not None and not context.ticket.status.is_done:
        return Refused(f"the ticket is {context.ticket.status}, there is nothing to reopen")
    return set_status(context, Status.OPEN)


def wait(command: Command, context: Context) -> Applied | Refused:
    """Note that the ticket waits: for the requester unless you say vendor."""
    word = pick_word(command.value or "requester", ("requester", "vendor"))
    return word if isinstance(word, Refused) else set_status(context, Status(f"waiting-{word}"))


def set_status(context: Context, wanted: Status) -> Applied | Refused:
    """Give the ticket another status; one that sleeps is woken by any but `scheduled`."""
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    if ticket.status is wanted:
        return Applied(context, f"the status was {wanted} already")
    more: tuple[Event, ...] = (SnoozeSet(None),) if ticket.snoozed_until is not None else ()
    if wanted.is_done and not ticket.status.is_done and ticket.escalators:
        # They are asked to confirm it, once.
        more = (*more, EscalatorsChanged(()))
    return Applied(
        context.after(status_changed(context.desk, context.now, ticket.status, wanted), *more),
        f"status {ticket.status} → {wanted}",
    )


def priority(command: Command, context: Context) -> Applied | Refused:
    """Set the priority, P1 (most urgent) to P5, whatever impact and urgency say."""
    if command.value.casefold() in tuple(Level):
        level = command.value.casefold()
        return Refused(f"a priority is P1 to P5; how bad and how soon are {level}?", f"#impact {level}")
    given = f"P{command.value}" if command.value[:1].isdigit() else command.value
    word = pick_word(given, tuple(Priority))
    if isinstance(word, Refused):
        return word
    return _reprioritise(context, priority=Priority(word), because=f"set by {context.technician.email}")


def impact(command: Command, context: Context) -> Applied | Refused:
    """Set the impact: high, medium or low; the priority follows."""
    word = pick_word(command.value, tuple(Level))
    return word if isinstance(word, Refused) else _reprioritise(context, impact=Level(word))


def urgency(command: Command, context: Context) -> Applied | Refused:
    """Set the urgency: high, medium or low; the priority follows."""
    word = pick_word(command.value, tuple(Level))
    return word if isinstance(word, Refused) else _reprioritise(context, urgency=Level(word))


def _reprioritise(
    context: Context,
    impact: Level | None = None,
    urgency: Level | None = None,
    priority: Priority | None = None,
    because: str = "",
) -> Applied | Refused:
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    new_impact, new_urgency = impact or ticket.impact, urgency or ticket.urgency
    wanted = priority or matrix(new_impact, new_urgency)
    reason = because or f"impact {new_impact} × urgency {new_urgency}, by {context.technician.email}"
    changed = context.after(PriorityChanged(new_impact, new_urgency, wanted, reason))
    return Applied(changed, f"priority {ticket.priority} → {wanted} ({reason})")


def queue(command: Command, context: Context) -> Applied | Refused:
    """Move the ticket to another queue."""
    word = pick_word(command.value, tuple(q.name for q in context.desk.queues))
    if isinstance(word, Refused):
        return word
    if context.ticket is None:
        return NO_TICKET
    if context.ticket.queue == word:
        return Applied(context, f"the queue was {word} already")
    return Applied(context.after(QueueChanged(word, context.ticket.queue)), f"queue {context.ticket.queue} → {word}")


def tag(command: Command, context: Context) -> Applied | Refused:
    """Add tags; a hyphen before a word takes that tag away."""
    words = command.value.replace(",", " ").split()
    if context.ticket is None:
        return NO_TICKET
    if not words:
        return Refused("which tag?")
    gone = {word[1:].casefold() for word in words if word.startswith("-")}
    kept = [t for t in context.ticket.tags if t.casefold() not in gone]
    added = [w.casefold() for w in words if not w.startswith("-") and w.casefold() not in kept]
    tags = tuple(dict.fromkeys([*kept, *added]))
    return Applied(context.after(TagsChanged(tags)), f"tags: {', '.join(tags) or 'none'}")


def set_type(command: Command, context: Context) -> Applied | Refused:
    """Say in one word what sort of request this is (incident, request, …)."""
    if context.ticket is None:
        return NO_TICKET
    if not command.value:
        return Refused("which type?")
    return Applied(context.after(TypeChanged(command.value.casefold())), f"type {command.value.casefold()}")


def subject(command: Command, context: Context) -> Applied | Refused:
    """Give the ticket another subject."""
    if context.ticket is None:
        return NO_TICKET
    if not command.value:
        return Refused("which subject?")
    return Applied(context.after(SubjectChanged(command.value, context.ticket.subject)), f"subject: {command.value}")


TICKET_VERBS: dict[str, Verb] = {
    "status": Verb(status, "WORD"),
    "wait": Verb(wait, "[requester|vendor]"),
    "close": Verb(close),
    "resolve": Verb(close),
    "reopen": Verb(reopen),
    "priority": Verb(priority, "P1…P5"),
    "impact": Verb(impact, "high|medium|low"),
    "urgency": Verb(urgency, "high|medium|low"),
    "queue": Verb(queue, "NAME"),
    "tag": Verb(tag, "WORD… -WORD"),
    "type": Verb(set_type, "WORD"),
    "subject": Verb(subject, "TEXT"),
}
