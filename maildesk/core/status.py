"""A new status, and what a person's answer does to it. Called wherever a status changes or text from outside joins."""

from datetime import datetime, timedelta

from maildesk.core.thanks import is_thanks
from maildesk.model.desk import Desk
from maildesk.model.event import StatusChanged
from maildesk.model.message import Attachment, InboundMessage, Kind
from maildesk.model.ticket import Status, Ticket


def status_changed(desk: Desk, now: datetime, before: Status, wanted: Status) -> StatusChanged:
    """Build the event of a new status, with the instant at which a resolved ticket closes by itself."""
    wait = desk.close_after_seconds
    closes = now + timedelta(seconds=wait) if wanted is Status.RESOLVED and wait is not None else None
    return StatusChanged(wanted, before, closes)


def only_thanks(text: str, attachments: tuple[Attachment, ...]) -> bool:
    """Tell whether somebody said nothing but thank you; the pictures of a signature say nothing."""
    return is_thanks(text) and all(a.inline for a in attachments)


def status_after_mail(
    message: InboundMessage, now: datetime, desk: Desk, ticket: Ticket, *, closes: bool = False
) -> tuple[tuple[StatusChanged, ...], str]:
    """Say what a follow-up does to the status, and why: only a person's own words change it.

    `closes`: the requester asks for the ticket to be closed.
    """
    if message.kind is not Kind.PERSON:
        return (), f"kind is {message.kind}: the status stays"
    if closes:
        resolved = status_changed(desk, now, ticket.status, Status.RESOLVED)
        return (() if ticket.status.is_done else (resolved,)), "the requester closes the ticket"
    return status_after_text(message.visible_text, message.attachments, ticket)


def status_after_text(
    text: str, attachments: tuple[Attachment, ...], ticket: Ticket
) -> tuple[tuple[StatusChanged, ...], str]:
    """Say what a person's words do to the status, and why: thanks alone changes nothing."""
    if only_thanks(text, attachments):
        return (), "only thanks: the ticket stays as it is"
    if ticket.status in (Status.NEW, Status.OPEN):
        return (), ""
    return (StatusChanged(Status.OPEN, ticket.status),), f"the requester answered: {ticket.status} → open"
