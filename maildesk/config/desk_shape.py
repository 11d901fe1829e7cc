"""The shape of desk.yaml: which keys there are, what each takes, its default. Private to this package."""

from zoneinfo import ZoneInfo

from pydantic import Field

from maildesk.config.leaves import (
    AddressText,
    CountOrNone,
    DomainText,
    Duration,
    DurationOrNever,
    Flag,
    HoursOfWeek,
    Interval,
    JoiningWord,
    Label,
    Language,
    Line,
    NumberPattern,
    Positive,
    PriorityWord,
    Rate,
    Shape,
    Size,
    Timezone,
    WhoseHours,
)
from maildesk.model.desk import Cap, Joining


class QueueShape(Shape):
    """One of `queues:`."""

    level: Positive = 1
    escalates_to: Label | None = None


class TechnicianShape(Shape):
    """One of `technicians:`."""

    email: AddressText
    name: Line
    queues: tuple[Label, ...] = ()
    aliases: tuple[AddressText, ...] = ()
    lead: Flag = False


class AcknowledgementsShape(Shape):
    """`acknowledgements:`."""

    per_address: Rate = Cap(3, 86400)
    unproven: Rate = Cap(100, 3600)
    per_ticket: CountOrNone = 1


class UpdatesShape(Shape):
    """`status_updates:`."""

    assigned: Flag = False
    resolved: Flag = True
    reopened: Flag = True


class SlaShape(Shape):
    """One priority of `sla:`."""

    first_response: Interval | None = None
    next_response: Interval | None = None
    update: Interval | None = None
    resolution: Interval | None = None
    hours: WhoseHours | None = None


class VendorShape(Shape):
    """One of `vendors:`."""

    name: Line
    domain: DomainText
    number: NumberPattern


class DeskShape(Shape):
    """desk.yaml."""

    name: Line = "Help desk"
    timezone: Timezone = ZoneInfo("UTC")
    language: Language = "en"
    hours: HoursOfWeek = ()
    queues: dict[Label, QueueShape] = Field(default_factory=lambda: {"general": QueueShape()})
    technicians: tuple[TechnicianShape, ...] = ()
    recall: Duration = 60.0
    acknowledgements: AcknowledgementsShape = AcknowledgementsShape()
    status_updates: UpdatesShape = UpdatesShape()
    participants: JoiningWord = Joining.SAME_DOMAIN
    sla: dict[PriorityWord, SlaShape] = Field(default_factory=dict)
    reopen: Duration = 30 * 86400.0
    close_after: DurationOrNever = 5 * 86400.0
    relay_attachments: Size = 10 * 1024 * 1024
    leak_check: bool = True
    vendors: tuple[VendorShape, ...] = ()
