"""desk.yaml's shape, with the facts of maildesk.yaml and the rules → `Desk`. Called by this package alone."""

from collections.abc import Callable, Mapping
from datetime import date

from maildesk.config.desk_shape import DeskShape, EscalationShape, GroupShape, HolidaysShape, QueueShape, SlaShape
from maildesk.config.holidays import Holidays, find_region
from maildesk.config.listed import DeskFiles
from maildesk.config.settings_shape import MailboxShape, SettingsShape
from maildesk.model.clock import BUSINESS, Calendar, DeadlineWarning, Escalation, SlaTarget, Waiting, no_holiday
from maildesk.model.desk import (
    USUAL_CLOCKS,
    AcknowledgementCaps,
    Asset,
    ClockTable,
    Desk,
    DeskMailbox,
    Group,
    Queue,
    StatusUpdates,
    Targets,
    Technician,
    Vendor,
)
from maildesk.model.level import Priority
from maildesk.model.rule import Rule


def build_desk(shape: DeskShape, settings: SettingsShape, rules: tuple[Rule, ...], files: DeskFiles) -> Desk:
    """Return the whole policy. `files`: what desk.yaml keeps in files of their own."""
    return Desk(
        name=shape.name,
        language=shape.language,
        calendars=_calendars(shape),
        queues=tuple(_queue(name, q) for name, q in shape.queues.items()),
        technicians=_technicians(shape),
        mailboxes=tuple(_mailbox(m) for m in settings.mailboxes),
        recall_seconds=shape.recall,
        acknowledgements=_caps(shape),
        updates=_updates(shape),
        joining=shape.participants,
        sla=_targets(shape.sla),
        clocks=_clocks(shape),
        waiting=Waiting(shape.waiting.remind, shape.waiting.resolve, shape.waiting.chase_vendor),
        reopen_seconds=shape.reopen,
        close_after_seconds=shape.close_after,
        relay_attachments_bytes=shape.relay_attachments,
        rule_mail=shape.rule_mail,
        rule_mail_to_address=shape.rule_mail_to_address,
        leak_check=shape.leak_check,
        subaddress=settings.subaddress,
        authenticates=bool(settings.authserv_ids) or settings.dkim.verify,
        own_mail_unsigned=settings.dkim.verify and not settings.authserv_ids,
        rules=rules,
        groups=tuple(_group(name, g, files) for name, g in shape.groups.items()),
        assets=(*(Asset(a.name, a.type, a.owner.casefold()) for a in shape.assets), *files.assets),
        vendors=tuple(Vendor(v.name, v.domain, v.number, v.address) for v in shape.vendors),
        escalation=_escalation(shape.escalation),
    )


def _escalation(shape: EscalationShape) -> Escalation:
    warnings = tuple(DeadlineWarning(percent, tell) for percent, tell in sorted(shape.warn.items()))
    return Escalation(warnings, tuple(sorted(shape.unanswered.items())), shape.reopened)


def _calendars(shape: DeskShape) -> tuple[Calendar, ...]:
    own = Calendar(BUSINESS, shape.timezone, shape.hours, _holidays(shape.holidays))
    others = (
        Calendar(
            name,
            own.timezone if c.timezone is None else c.timezone,
            own.hours if c.hours is None else c.hours,
            own.holiday if c.holidays is None else _holidays(c.holidays),
        )
        for name, c in shape.calendars.items()
    )
    return (own, *others)


def _holidays(shape: HolidaysShape) -> Callable[[date], str | None]:
    if shape == HolidaysShape():
        return no_holiday
    region = find_region(shape.country, shape.region) if shape.country and shape.region else None
    return Holidays(shape.country, region, tuple(shape.extra.items()), shape.worked)


def _queue(name: str, shape: QueueShape) -> Queue:
    return Queue(name, shape.level, shape.escalates_to, shape.calendar, _targets(shape.sla), shape.closed)


def _clocks(shape: DeskShape) -> ClockTable:
    table = {status: dict(runs) for status, runs in USUAL_CLOCKS}
    for status, runs in shape.clocks.items():
        table[status] |= runs
    return tuple((status, tuple(runs.items())) for status, runs in table.items())


def _targets(shapes: Mapping[Priority, SlaShape]) -> Targets:
    return tuple((priority, _target(target)) for priority, target in sorted(shapes.items()))


def _group(name: str, shape: GroupShape, files: DeskFiles) -> Group:
    members = frozenset(shape.members) | files.members.get(name, frozenset())
    return Group(name, members, shape.vip, shape.calendar, _targets(shape.sla))


def _technicians(shape: DeskShape) -> tuple[Technician, ...]:
    return tuple(Technician(t.email, t.name, t.queues, t.aliases, t.lead, t.manager) for t in shape.technicians)


def _mailbox(shape: MailboxShape) -> DeskMailbox:
    return DeskMailbox(shape.name, shape.address, shape.aliases, shape.queue)


def _caps(shape: DeskShape) -> AcknowledgementCaps:
    caps = shape.acknowledgements
    return AcknowledgementCaps(caps.per_address, caps.unproven, caps.per_ticket)


def _updates(shape: DeskShape) -> StatusUpdates:
    updates = shape.status_updates
    return StatusUpdates(updates.assigned, updates.resolved, updates.reopened)


def _target(shape: SlaShape) -> SlaTarget:
    return SlaTarget(shape.first_response, shape.next_response, shape.update, shape.resolution, shape.hours)
