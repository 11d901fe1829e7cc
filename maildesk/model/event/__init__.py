"""What has happened to a ticket. Facts, in the past tense; appended to its history and never changed.

`EVENTS` at the end is the table of names that history rows and `show` use.
"""

from dataclasses import dataclass
from datetime import datetime

from maildesk.model.event.changes import (
    ChannelSet,
    ChecklistSet,
    Course,
    DeadlinesSet,
    DeadlineWarned,
    DueSet,
    Escalated,
    EscalatorsChanged,
    ExpectedSet,
    FieldsChanged,
    LinksChanged,
    Merged,
    PriorityChanged,
    PromiseWarned,
    QueueChanged,
    ReminderSent,
    RequesterReminded,
    RuleFired,
    SnoozeSet,
    StatusChanged,
    Stay,
    StepsDone,
    SubjectChanged,
    TagsChanged,
    TicketOpened,
    TimeLogged,
    TypeChanged,
    Undone,
    Unmerged,
    VendorChased,
    VendorNumberLearned,
)
from maildesk.model.event.entries import (
    AutomaticMailReceived,
    CorrespondencePending,
    CorrespondenceRecalled,
    CorrespondenceReceived,
    CorrespondenceSent,
    DeliveryDelayed,
    DeliveryFailed,
    MailHeld,
    MailQueued,
    NoteAdded,
    PendingSettled,
    ResolutionRecorded,
    SideAnswered,
    SideAsked,
)
from maildesk.model.event.people import (
    Assigned,
    ParticipantAdded,
    ParticipantProposed,
    ParticipantRemoved,
    RequesterChanged,
    UpdatesMuted,
    WatchersChanged,
)
from maildesk.model.trace import TraceLine

__all__ = [
    "EVENTS",
    "Assigned",
    "AutomaticMailReceived",
    "ChannelSet",
    "ChecklistSet",
    "CorrespondencePending",
    "CorrespondenceRecalled",
    "CorrespondenceReceived",
    "CorrespondenceSent",
    "Course",
    "DeadlineWarned",
    "DeadlinesSet",
    "DeliveryDelayed",
    "DeliveryFailed",
    "DueSet",
    "Escalated",
    "EscalatorsChanged",
    "Event",
    "ExpectedSet",
    "FieldsChanged",
    "LinksChanged",
    "MailHeld",
    "MailQueued",
    "Merged",
    "NoteAdded",
    "ParticipantAdded",
    "ParticipantProposed",
    "ParticipantRemoved",
    "PendingSettled",
    "PriorityChanged",
    "PromiseWarned",
    "QueueChanged",
    "Recorded",
    "ReminderSent",
    "RequesterChanged",
    "RequesterReminded",
    "ResolutionRecorded",
    "RuleFired",
    "SideAnswered",
    "SideAsked",
    "SnoozeSet",
    "StatusChanged",
    "Stay",
    "StepsDone",
    "SubjectChanged",
    "TagsChanged",
    "TicketOpened",
    "TimeLogged",
    "TypeChanged",
    "Undone",
    "Unmerged",
    "UpdatesMuted",
    "VendorChased",
    "VendorNumberLearned",
    "WatchersChanged",
]

Event = (
    TicketOpened
    | CorrespondenceReceived
    | CorrespondenceSent
    | CorrespondencePending
    | NoteAdded
    | AutomaticMailReceived
    | MailQueued
    | StatusChanged
    | PriorityChanged
    | DeadlinesSet
    | Assigned
    | QueueChanged
    | TagsChanged
    | TypeChanged
    | SubjectChanged
    | ParticipantAdded
    | ResolutionRecorded
    | ChecklistSet
    | MailHeld
    | DeliveryFailed
    | DeliveryDelayed
    | Merged
    | VendorNumberLearned
    | ParticipantRemoved
    | ParticipantProposed
    | PendingSettled
    | RequesterChanged
    | UpdatesMuted
    | WatchersChanged
    | LinksChanged
    | SnoozeSet
    | DueSet
    | ReminderSent
    | ExpectedSet
    | TimeLogged
    | ChannelSet
    | StepsDone
    | SideAsked
    | SideAnswered
    | CorrespondenceRecalled
    | Undone
    | Unmerged
    | DeadlineWarned
    | Escalated
    | EscalatorsChanged
    | FieldsChanged
    | PromiseWarned
    | RequesterReminded
    | RuleFired
    | VendorChased
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event at its place in a history: the `seq`-th of ticket `ticket`, at `at`, done by `actor`.

    `actor` is an address, `rule: NAME`, `timer` or `maildesk`. `trace` tells how the decision came about.
    """

    ticket: int
    seq: int
    at: datetime
    actor: str
    event: Event
    trace: tuple[TraceLine, ...] = ()


#: Name in history rows and in `show` → class.
EVENTS: dict[str, type[Event]] = {
    cls.__name__: cls
    for cls in (
        TicketOpened,
        CorrespondenceReceived,
        CorrespondenceSent,
        CorrespondencePending,
        NoteAdded,
        AutomaticMailReceived,
        MailQueued,
        StatusChanged,
        PriorityChanged,
        DeadlinesSet,
        Assigned,
        QueueChanged,
        TagsChanged,
        TypeChanged,
        SubjectChanged,
        ParticipantAdded,
        ResolutionRecorded,
        ChecklistSet,
        MailHeld,
        DeliveryFailed,
        DeliveryDelayed,
        Merged,
        VendorNumberLearned,
        ParticipantRemoved,
        ParticipantProposed,
        PendingSettled,
        RequesterChanged,
        UpdatesMuted,
        WatchersChanged,
        LinksChanged,
        SnoozeSet,
        DueSet,
        ReminderSent,
        ExpectedSet,
        TimeLogged,
        ChannelSet,
        StepsDone,
        SideAsked,
        SideAnswered,
        CorrespondenceRecalled,
        Undone,
        Unmerged,
        DeadlineWarned,
        Escalated,
        EscalatorsChanged,
        FieldsChanged,
        PromiseWarned,
        RequesterReminded,
        RuleFired,
        VendorChased,
    )
}
