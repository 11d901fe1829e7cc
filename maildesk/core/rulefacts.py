"""What rules may look at: on a mail, after a change, and as time goes by. Pure.

Called by the lanes, by `changing` and by `rule_timer`, so that a condition means the same everywhere.
"""

from dataclasses import replace
from datetime import datetime

from maildesk.core.access import Identity
from maildesk.core.calendar import is_open, working_seconds
from maildesk.model.clock import ALWAYS, Calendar
from maildesk.model.desk import Desk, DeskMailbox
from maildesk.model.rule import Change, Phase, RuleFacts
from maildesk.model.situation import Situation
from maildesk.model.ticket import Ticket
from maildesk.rules.actors import TIMER, role_of
from maildesk.rules.assets import find_assets


def mail_facts(situation: Situation, desk: Desk, identity: Identity, home: DeskMailbox) -> RuleFacts:
    """Return the facts of a mail for the mailbox `home`; the ticket stands as it was before."""
    ticket, message = identity.ticket, situation.message
    sender = message.sender.address if message.sender else ""
    requester = ticket.requester.address if ticket else sender
    facts = RuleFacts(
        now=situation.now,
        phase=Phase.FOLLOW_UP if ticket else Phase.NEW,
        message=message,
        mailbox=home.name or situation.mailbox,
        queue=ticket.queue if ticket else home.queue,
        role=identity.role,
        proof=identity.proof,
        ticket=ticket,
        actor=identity.technician.email if identity.technician else sender,
        open_tickets=situation.open_tickets,
        assets=find_assets(desk, requester, message.subject, message.visible_text, ticket.subject if ticket else ""),
    )
    return _in_time(_of_requester(facts, desk, requester), desk)


def change_facts(ticket: Ticket, desk: Desk, changes: tuple[Change, ...], actor: str, now: datetime) -> RuleFacts:
    """Return the facts of a ticket after a change by an actor, as events name one."""
    facts = _of_ticket(ticket, desk, Phase.CHANGE, now)
    return replace(facts, actor=actor, role=role_of(actor, ticket, desk), changes=changes)


def time_facts(ticket: Ticket, desk: Desk, now: datetime) -> RuleFacts:
    """Return the facts of a ticket at an instant at which nothing happened."""
    return replace(_of_ticket(ticket, desk, Phase.TIME, now), actor=TIMER, role=role_of(TIMER, ticket, desk))


def _of_ticket(ticket: Ticket, desk: Desk, phase: Phase, now: datetime) -> RuleFacts:
    facts = RuleFacts(
        now=now,
        phase=phase,
        mailbox=_mailbox_of(ticket, desk),
        queue=ticket.queue,
        ticket=ticket,
        assets=find_assets(desk, ticket.requester.address, ticket.subject),
    )
    return _in_time(_of_requester(facts, desk, ticket.requester.address), desk)


def _mailbox_of(ticket: Ticket, desk: Desk) -> str:
    wanted = ticket.mailbox.casefold()
    named = (m.name for m in desk.mailboxes if wanted in {a.casefold() for a in (m.address, *m.aliases)})
    return next(named, "")


def _of_requester(facts: RuleFacts, desk: Desk, requester: str) -> RuleFacts:
    """Add the groups of the requester, and the working time of whoever works for them."""
    groups = desk.groups_of(requester)
    calendar = desk.calendar_for(requester, facts.queue)
    return replace(
        facts,
        groups=tuple(g.name for g in groups),
        vip=any(g.vip for g in groups),
        worked=lambda at: _worked(calendar, at, facts.now),
    )


def _worked(calendar: Calendar, at: datetime, now: datetime) -> float:
    return working_seconds(calendar, at, now) if at <= now else -working_seconds(calendar, now, at)


def _in_time(facts: RuleFacts, desk: Desk) -> RuleFacts:
    """Add who works now, and the local time."""
    local = facts.now.astimezone(desk.timezone)
    open_now = tuple(c.name for c in desk.calendars if is_open(c, facts.now))
    return replace(
        facts,
        business_hours=desk.calendar(None).name in open_now,
        open_calendars=(*open_now, ALWAYS),
        holiday=desk.calendar(None).holiday(local.date()) or "",
        local_now=local,
    )
