"""desk.yaml's shape, with the facts of maildesk.yaml and the rules → `Desk`. Called by this package alone."""

from maildesk.config.desk_shape import DeskShape, SlaShape
from maildesk.config.settings_shape import MailboxShape, SettingsShape
from maildesk.model.clock import BUSINESS, Calendar, SlaTarget
from maildesk.model.desk import (
    AcknowledgementCaps,
    Desk,
    DeskMailbox,
    Queue,
    StatusUpdates,
    Technician,
    Vendor,
)
from maildesk.model.rule import Rule


def build_desk(shape: DeskShape, settings: SettingsShape, rules: tuple[Rule, ...]) -> Desk:
    """Return the whole policy."""
    return Desk(
        name=shape.name,
        language=shape.language,
        calendars=(Calendar(BUSINESS, shape.timezone, shape.hours),),
        queues=tuple(Queue(name, q.level, q.escalates_to) for name, q in shape.queues.items()),
        technicians=_technicians(shape),
        mailboxes=tuple(_mailbox(m) for m in settings.mailboxes),
        recall_seconds=shape.recall,
        acknowledgements=_caps(shape),
        updates=_updates(shape),
        joining=shape.participants,
        sla=tuple((priority, _target(target)) for priority, target in sorted(shape.sla.items())),
        reopen_seconds=shape.reopen,
        close_after_seconds=shape.close_after,
        relay_attachments_bytes=shape.relay_attachments,
        leak_check=shape.leak_check,
        subaddress=settings.subaddress,
        authenticates=bool(settings.authserv_ids) or settings.dkim.verify,
        own_mail_unsigned=settings.dkim.verify and not settings.authserv_ids,
        rules=rules,
        vendors=tuple(Vendor(v.name, v.domain, v.number) for v in shape.vendors),
    )


def _technicians(shape: DeskShape) -> tuple[Technician, ...]:
    return tuple(Technician(t.email, t.name, t.queues, t.aliases, t.lead) for t in shape.technicians)


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
