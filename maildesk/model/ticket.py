"""The ticket row and how each event changes it.

`evolve` is the only place that changes a ticket; the stored row is nothing but this fold over its history.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from maildesk.model import event as ev
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address

_NOWHERE = ev.Course()
#: Fields that both people and rules set.
_VALUES = ("queue", "assignee", "impact", "urgency", "priority", "type", "subject", "due_at", "snoozed_until")
#: Message-IDs a ticket remembers for References; the first one is kept beside them.
REMEMBERED_IDS = 12
#: How long it remembers each mail that a rule sent.
REMEMBERED_MAILS = timedelta(days=1)


class Status(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    OPEN = "open"
    WAITING_REQUESTER = "waiting-requester"
    WAITING_VENDOR = "waiting-vendor"
    SCHEDULED = "scheduled"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_done(self) -> bool:
        """Nobody is expected to work on it."""
        return self in (Status.RESOLVED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that remembers its hits hit a ticket at an instant, and sent so many mails."""

    rule: str
    at: datetime
    mails: int = 0


@dataclass(frozen=True, slots=True)
class Ticket:
    """One request. `mailbox` is the desk address the requester wrote to; `assignee` a technician's main address.

    `first_message_id` and `message_ids` (newest last) are the public mails, from which References are built.
    `seq` counts the events folded so far; it is the ticket's version.
    `claims` is the number of a ticket the requester named without proof.
    `merged_into` is the ticket that took this one in; later mail belongs there.
    `proposed` wait for a technician's word to become participants; `muted` (lower case) want no news of the desk's own.
    `watchers` are technicians' main addresses.  `reminded_of` is the `due_at` its technicians were reminded of.
    `checklist` and the numbers (from 1) of `steps_done`.  `time_seconds` is the work logged.
    `course`: where it has been.  `requester_wrote_at`, `answered_at`: the last words from outside and the last public
    answer; `awaiting_since`: since when somebody outside waits for one.
    `warned`: the warnings given, for clocks that still run.  `fired`: hits of rules that remember them.
    `escalators`: main addresses of technicians who handed it on and confirm its solution with the requester.
    `escalated_for`: what sent it on by itself.
    `fields`: the admin's own, as pairs of name and value.  `chased_at`: when its silent vendor was last spoken of.
    `promised_at`: when `expected_at` was.  `promise_warnings`: 1, its technicians heard it is near; 2, it has passed.
    `kept`: what a person changed, by the words of `_touched`, so that a rule that hits again does not take it back.
    `next_deadline_at` is when time alone may next change something: the timer loop looks then.
    """

    number: int
    subject: str
    requester: Address
    mailbox: str
    queue: str
    created_at: datetime
    updated_at: datetime
    status: Status = Status.NEW
    impact: Level = Level.MEDIUM
    urgency: Level = Level.MEDIUM
    priority: Priority = Priority.P3
    assignee: str | None = None
    type: str = ""
    tags: tuple[str, ...] = ()
    participants: tuple[Address, ...] = ()
    language: str | None = None
    claims: int | None = None
    first_message_id: str | None = None
    message_ids: tuple[str, ...] = ()
    first_response_due_at: datetime | None = None
    resolution_due_at: datetime | None = None
    first_responded_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    close_due_at: datetime | None = None
    seq: int = 0
    merged_into: int | None = None
    proposed: tuple[Address, ...] = ()
    muted: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    links: tuple[int, ...] = ()
    snoozed_until: datetime | None = None
    due_at: datetime | None = None
    reminded_of: datetime | None = None
    expected_at: datetime | None = None
    time_seconds: int = 0
    channel: str = ""
    checklist: tuple[str, ...] = ()
    steps_done: tuple[int, ...] = ()
    course: ev.Course = _NOWHERE
    requester_wrote_at: datetime | None = None
    answered_at: datetime | None = None
    awaiting_since: datetime | None = None
    next_response_due_at: datetime | None = None
    update_due_at: datetime | None = None
    next_deadline_at: datetime | None = None
    warned: tuple[ev.DeadlineWarned, ...] = ()
    fired: tuple[Firing, ...] = ()
    escalators: tuple[str, ...] = ()
    escalated_for: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    chased_at: datetime | None = None
    kept: tuple[str, ...] = ()
    promised_at: datetime | None = None
    promise_warnings: int = 0

    @property
    def stays(self) -> tuple[ev.Stay, ...]:
        """Every status it has had and since when, the present one last."""
        return self.course.stays

    def takes_part(self, address: str) -> bool:
        """Tell whether this address is the requester or an approved participant."""
        wanted = address.casefold()
        return wanted == self.requester.key or any(wanted == p.key for p in self.participants)

    @property
    def audience(self) -> tuple[Address, ...]:
        """Whoever sees the public side: the requester first, then the participants."""
        return (self.requester, *self.participants)


def evolve(ticket: Ticket | None, recorded: ev.Recorded) -> Ticket:
    """Fold one recorded event into the ticket; the first event of a history must be `TicketOpened`."""
    event = recorded.event
    if ticket is None:
        if isinstance(event, ev.TicketOpened):
            return _opened(event, recorded)
        raise ValueError(f"history begins with {type(event).__name__}, not TicketOpened")
    changed = _changed(ticket, event, recorded)
    kept = _kept(ticket, changed, recorded)
    return replace(changed, seq=recorded.seq, updated_at=recorded.at, kept=kept)


def _is_person(actor: str) -> bool:
    """Tell whether somebody did it; what a rule is called may hold anything."""
    return "@" in actor and not actor.startswith("rule: ")


def _kept(before: Ticket, after: Ticket, recorded: ev.Recorded) -> tuple[str, ...]:
    """Return what people changed, after one more act: an address is a person, a rule or the timer is none."""
    if isinstance(recorded.event, ev.Undone):
        return tuple(word for word in before.kept if word not in recorded.event.freed)
    if not _is_person(recorded.actor):
        return before.kept
    return tuple(sorted({*before.kept, *_touched(before, after)}))


def _touched(before: Ticket, after: Ticket) -> set[str]:
    """Name what differs between two states of a ticket: a field, or one of several as `tag:outage`."""
    touched = {name for name in _VALUES if getattr(before, name) != getattr(after, name)}
    if before.tags != after.tags:
        touched |= {f"tag:{tag}" for tag in {*before.tags} ^ {*after.tags}}
    if before.watchers != after.watchers:
        touched |= {f"watcher:{address}" for address in {*before.watchers} ^ {*after.watchers}}
    if before.participants != after.participants:
        keys = {p.key for p in before.participants} ^ {p.key for p in after.participants}
        touched |= {f"participant:{key}" for key in keys}
    return touched


def _opened(event: ev.TicketOpened, recorded: ev.Recorded) -> Ticket:
    return Ticket(
        number=recorded.ticket,
        subject=event.subject,
        requester=event.requester,
        mailbox=event.mailbox,
        queue=event.queue,
        created_at=recorded.at,
        updated_at=recorded.at,
        claims=event.claims,
        language=event.language,
        seq=recorded.seq,
        course=ev.Course((ev.Stay(Status.NEW, recorded.at),)),
    )


def _changed(ticket: Ticket, event: ev.Event, recorded: ev.Recorded) -> Ticket:
    match event:
        case ev.CorrespondenceReceived():
            return _with_words(_with_message_id(ticket, event.message_id), event, recorded.at)
        case ev.MailQueued():
            return _with_message_id(ticket, event.message_id)
        case ev.CorrespondenceSent():
            first = ticket.first_responded_at or recorded.at
            return replace(ticket, first_responded_at=first, answered_at=recorded.at, awaiting_since=None)
        case ev.StatusChanged():
            return _with_status(ticket, event, recorded.at)
        case ev.CorrespondenceRecalled():
            return replace(
                ticket,
                first_responded_at=event.first_responded_at,
                answered_at=event.answered_at,
                awaiting_since=event.awaiting_since,
            )
        case ev.PriorityChanged():
            return replace(ticket, impact=event.impact, urgency=event.urgency, priority=event.priority)
        case ev.DeadlinesSet():
            return _with_deadlines(ticket, event)
        case ev.RuleFired():
            return replace(ticket, fired=_still_told(ticket.fired, Firing(event.rule, recorded.at, event.mails)))
        case ev.VendorChased():
            return replace(ticket, chased_at=recorded.at)
        case _:
            return _with_people(ticket, event, recorded)


def _with_people(ticket: Ticket, event: ev.Event, recorded: ev.Recorded) -> Ticket:
    """Fold an event about who takes part."""
    match event:
        case ev.ParticipantAdded(participant=person):
            joined = () if ticket.takes_part(person.address) else (person,)
            participants = (*ticket.participants, *joined)
            return replace(ticket, participants=participants, proposed=_without(ticket.proposed, person))
        case ev.ParticipantRemoved(participant=person):
            participants, proposed = _without(ticket.participants, person), _without(ticket.proposed, person)
            return replace(ticket, participants=participants, proposed=proposed)
        case ev.ParticipantProposed(participant=person):
            asked = () if ticket.takes_part(person.address) else (person,)
            return replace(ticket, proposed=(*_without(ticket.proposed, person), *asked))
        case ev.RequesterChanged(requester=person):
            participants, proposed = _without(ticket.participants, person), _without(ticket.proposed, person)
            return replace(ticket, requester=person, participants=participants, proposed=proposed)
        case ev.UpdatesMuted():
            muted = {a for a in ticket.muted if a != event.address.casefold()}
            muted |= {event.address.casefold()} if event.muted else set()
            return replace(ticket, muted=tuple(sorted(muted)))
        case ev.WatchersChanged():
            return replace(ticket, watchers=event.watchers)
        case ev.Escalated(by=by) if _is_person(by):
            return replace(ticket, escalators=tuple(dict.fromkeys((*ticket.escalators, by))))
        case ev.Escalated(by=by) if not by.startswith("rule: ") or event.queue == event.before:
            # A rule may send it on and on; only that nobody is above is told once.
            return replace(ticket, escalated_for=tuple(dict.fromkeys((*ticket.escalated_for, by))))
        case ev.EscalatorsChanged():
            return replace(ticket, escalators=event.escalators)
        case _:
            return _with_date(ticket, event, recorded)


def _without(people: tuple[Address, ...], person: Address) -> tuple[Address, ...]:
    return tuple(p for p in people if p.key != person.key)


def _with_date(ticket: Ticket, event: ev.Event, recorded: ev.Recorded) -> Ticket:
    """Fold an event that sets an instant or counts time."""
    match event:
        case ev.SnoozeSet():
            return replace(ticket, snoozed_until=event.until)
        case ev.DueSet():
            return replace(ticket, due_at=event.due_at)
        case ev.ReminderSent():
            return replace(ticket, reminded_of=event.due_at)
        case ev.ExpectedSet():
            promised_at = (event.promised_at or recorded.at) if event.expected_at else None
            return replace(
                ticket, expected_at=event.expected_at, promised_at=promised_at, promise_warnings=event.warnings
            )
        case ev.PromiseWarned():
            return replace(ticket, promise_warnings=2 if event.passed else 1)
        case ev.DeadlineWarned():
            # Those of an earlier run of the same clock are of no use any more.
            others = (
                w for w in ticket.warned if (w.clock, w.since) == (event.clock, event.since) or w.clock != event.clock
            )
            return replace(ticket, warned=(*others, event))
        case ev.RequesterReminded():
            return replace(ticket, course=replace(ticket.course, reminders=event.nth, reminded_at=recorded.at))
        case ev.TimeLogged():
            return replace(ticket, time_seconds=ticket.time_seconds + event.seconds)
        case _:
            return _with_word(ticket, event)


def _with_word(ticket: Ticket, event: ev.Event) -> Ticket:
    """Fold an event that sets one field."""
    match event:
        case ev.Assigned():
            return replace(ticket, assignee=event.assignee)
        case ev.QueueChanged():
            return replace(ticket, queue=event.queue)
        case ev.TagsChanged():
            return replace(ticket, tags=event.tags)
        case ev.TypeChanged():
            return replace(ticket, type=event.type)
        case ev.SubjectChanged():
            return replace(ticket, subject=event.subject)
        case ev.ChannelSet():
            return replace(ticket, channel=event.channel)
        case ev.FieldsChanged():
            return replace(ticket, fields=event.fields)
        case _:
            return _with_bond(ticket, event)


def _with_bond(ticket: Ticket, event: ev.Event) -> Ticket:
    """Fold an event that ties the ticket to others or to a list of steps, or that is only kept, as most are."""
    match event:
        case ev.Merged():
            return replace(ticket, merged_into=event.into)
        case ev.Unmerged():
            return replace(ticket, merged_into=None)
        case ev.LinksChanged():
            return replace(ticket, links=event.links)
        case ev.ChecklistSet():
            return replace(ticket, checklist=event.items, steps_done=())
        case ev.StepsDone():
            return replace(ticket, steps_done=event.done)
        case ev.TicketOpened():
            raise ValueError("a ticket is opened once")
        case _:
            return ticket


def _with_message_id(ticket: Ticket, message_id: str | None) -> Ticket:
    if message_id is None or message_id in ticket.message_ids:
        return ticket
    ids = (*ticket.message_ids, message_id)[-REMEMBERED_IDS:]
    return replace(ticket, first_message_id=ticket.first_message_id or message_id, message_ids=ids)


def _with_words(ticket: Ticket, event: ev.CorrespondenceReceived, at: datetime) -> Ticket:
    """Fold words from outside: somebody may wait for an answer, and the ticket waits for the requester no more.

    Thanks alone and a machine's words change nothing of that, as they do not change the status.
    """
    since = ticket.awaiting_since or (at if event.wants_answer else None)
    *earlier, last = ticket.stays or (ev.Stay(ticket.status, ticket.created_at),)
    if event.wants_answer and last.status == Status.WAITING_REQUESTER and last.answered_at is None:
        last = replace(last, answered_at=at)
    course = replace(ticket.course, stays=(*earlier, last))
    return replace(ticket, requester_wrote_at=at, awaiting_since=since, course=course)


def _with_deadlines(ticket: Ticket, event: ev.DeadlinesSet) -> Ticket:
    return replace(
        ticket,
        first_response_due_at=event.first_response_due_at,
        next_response_due_at=event.next_response_due_at,
        update_due_at=event.update_due_at,
        resolution_due_at=event.resolution_due_at,
        next_deadline_at=event.next_deadline_at,
    )


def _still_told(fired: tuple[Firing, ...], new: Firing) -> tuple[Firing, ...]:
    """Return the hits worth remembering: the last one of each rule, and those that sent mail within a day."""
    recent = (f for f in fired if f.rule != new.rule or (f.mails and new.at - f.at < REMEMBERED_MAILS))
    return (*recent, new)


def _with_status(ticket: Ticket, event: ev.StatusChanged, at: datetime) -> Ticket:
    status = Status(event.status)
    resolved_at = (event.resolved_at or ticket.resolved_at or at) if status.is_done else None
    closed_at = (event.closed_at or at) if status is Status.CLOSED else None
    course = event.course or _course_on(ticket, status, at)
    return replace(
        ticket,
        status=status,
        course=course,
        resolved_at=resolved_at,
        closed_at=closed_at,
        close_due_at=event.close_due_at,
    )


def _course_on(ticket: Ticket, status: Status, at: datetime) -> ev.Course:
    """Add a stay in a status; one that has lasted no time at all leaves no trace."""
    if status is ticket.status:
        return ticket.course
    stays = [stay for stay in ticket.stays if stay.since < at]
    if not stays or stays[-1].status != status:
        stays.append(ev.Stay(status, at))
    reopened = ticket.course.reopened + (ticket.status.is_done and not status.is_done)
    return ev.Course(tuple(stays), reopened)
