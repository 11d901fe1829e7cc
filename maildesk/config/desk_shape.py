"""The shape of desk.yaml: which keys there are, what each takes, its default. Private to this package."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from maildesk.config.leaves import (
    AddressText,
    ClockWord,
    ClosedWord,
    CountOrNone,
    Country,
    DailyRate,
    DayOfYear,
    DomainText,
    Duration,
    DurationOrNever,
    DurationsOrNever,
    Flag,
    HoursOfWeek,
    Interval,
    IntervalOrNever,
    JoiningWord,
    Label,
    Language,
    Line,
    Members,
    NumberPattern,
    Positive,
    PositiveOrNone,
    PriorityWord,
    Rate,
    RunWord,
    Shape,
    SharesOrNone,
    Size,
    StatusWord,
    Timezone,
    WarningsOrNone,
    parse_listed,
)
from maildesk.model.clock import USUAL_ESCALATION, USUAL_WAITING, AnswerToClosed
from maildesk.model.desk import Cap, Joining
from maildesk.model.level import Priority


class SlaShape(Shape):
    """One priority of `sla:`."""

    first_response: Interval | None = None
    next_response: Interval | None = None
    update: Interval | None = None
    resolution: Interval | None = None
    hours: Label | None = None


class HolidaysShape(Shape):
    """`holidays:`."""

    country: Country | None = None
    region: Line | None = None
    extra: dict[DayOfYear, Line] = Field(default_factory=dict)
    worked: tuple[DayOfYear, ...] = ()


class CalendarShape(Shape):
    """One of `calendars:`. What is missing is as the desk's own."""

    timezone: Timezone | None = None
    hours: HoursOfWeek | None = None
    holidays: HolidaysShape | None = None


class QueueShape(Shape):
    """One of `queues:`."""

    level: Positive = 1
    escalates_to: Line | None = None
    calendar: Label | None = None
    sla: dict[PriorityWord, SlaShape] = Field(default_factory=dict)
    closed: ClosedWord = AnswerToClosed.REOPEN


class TechnicianShape(Shape):
    """One of `technicians:`."""

    email: AddressText
    name: Line
    queues: tuple[Label, ...] = ()
    aliases: tuple[AddressText, ...] = ()
    lead: Flag = False
    manager: Flag = False


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


class WaitingShape(Shape):
    """`waiting:`."""

    remind: DurationsOrNever = USUAL_WAITING.remind
    resolve: IntervalOrNever = USUAL_WAITING.resolve
    chase_vendor: IntervalOrNever = USUAL_WAITING.chase_vendor


class VendorShape(Shape):
    """One of `vendors:`."""

    name: Line
    domain: DomainText
    number: NumberPattern
    address: AddressText = ""


class EscalationShape(Shape):
    """`escalation:`."""

    warn: WarningsOrNone = Field(default_factory=lambda: {w.percent: w.tell for w in USUAL_ESCALATION.warnings})
    unanswered: SharesOrNone = Field(default_factory=lambda: {Priority(p): n for p, n in USUAL_ESCALATION.unanswered})
    reopened: PositiveOrNone = USUAL_ESCALATION.reopened


class GroupShape(Shape):
    """One of `groups:`."""

    members: Members = ()
    vip: Flag = False
    calendar: Label | None = None
    sla: dict[PriorityWord, SlaShape] = Field(default_factory=dict)


class AssetShape(Shape):
    """One of `assets:`."""

    name: Line
    type: Line = ""
    owner: AddressText = ""


class DeskShape(Shape):
    """desk.yaml."""

    name: Line = "Help desk"
    timezone: Timezone = ZoneInfo("UTC")
    language: Language = "en"
    hours: HoursOfWeek = ()
    holidays: HolidaysShape = HolidaysShape()
    calendars: dict[Label, CalendarShape] = Field(default_factory=dict)
    queues: dict[Label, QueueShape] = Field(default_factory=lambda: {"general": QueueShape()})
    technicians: tuple[TechnicianShape, ...] = ()
    recall: Duration = 60.0
    acknowledgements: AcknowledgementsShape = AcknowledgementsShape()
    status_updates: UpdatesShape = UpdatesShape()
    participants: JoiningWord = Joining.SAME_DOMAIN
    sla: dict[PriorityWord, SlaShape] = Field(default_factory=dict)
    clocks: dict[StatusWord, dict[ClockWord, RunWord]] = Field(default_factory=dict)
    waiting: WaitingShape = WaitingShape()
    reopen: Duration = 30 * 86400.0
    close_after: DurationOrNever = 5 * 86400.0
    relay_attachments: Size = 10 * 1024 * 1024
    rule_mail: DailyRate = Cap(10, 86400)
    rule_mail_to_address: Rate = Cap(100, 3600)
    leak_check: Flag = True
    groups: dict[Label, GroupShape] = Field(default_factory=dict)
    assets: Annotated[tuple[AssetShape, ...], BeforeValidator(parse_listed)] = ()
    vendors: tuple[VendorShape, ...] = ()
    escalation: EscalationShape = EscalationShape()
