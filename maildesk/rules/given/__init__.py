"""What the `given` of a test may say: one row a key in `GIVEN`, from the tables beside this file.

To let a test give one more fact write a function that puts it into the facts, and add a row at the bottom of its file.
Used by `testing` alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import cast

from maildesk.model.clock import ALWAYS, BUSINESS, Calendar
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage
from maildesk.model.rule import MAIL_PHASES, NO_MESSAGE, Phase, RuleFacts
from maildesk.model.situation import Proof
from maildesk.rules.actors import TIMER, role_of, usual_role
from maildesk.rules.assets import find_assets
from maildesk.rules.given.giver import SENDER, Give, ticket_of
from maildesk.rules.given.mail import MAIL_GIVEN, give_header
from maildesk.rules.given.moment import COURSE_GIVEN, MOMENT_GIVEN, give_before
from maildesk.rules.given.ticket import TICKET_GIVEN, give_own_field
from maildesk.rules.written import Plain, Words

__all__ = ["GIVEN", "blank_facts", "build_facts", "find_giver"]

_NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
_BEFORE = "before.NAME"

#: What a test may give. Whatever speaks of a ticket makes the mail a follow-up.
GIVEN: Mapping[str, Give] = {
    **MOMENT_GIVEN,
    **MAIL_GIVEN,
    **TICKET_GIVEN,
    **COURSE_GIVEN,
    _BEFORE: give_before("status") or MAIL_GIVEN["subject"],
}
_RANKS = {name: rank for rank, name in enumerate(GIVEN)}
_FAMILIES = {"header": give_header, "field": give_own_field, "before": give_before}


def find_giver(key: str) -> Give | None:
    """Find what puts a given key into the facts; `header.NAME` and its like make one for any name."""
    family, dot, name = key.partition(".")
    make = _FAMILIES.get(family.casefold())
    if dot:
        return make(name) if make and name else None
    return GIVEN.get(key)


def build_facts(
    given: tuple[tuple[str, object], ...],
    desk: Desk,
    mail: InboundMessage | None = None,
    phases: tuple[Phase, ...] = MAIL_PHASES,
) -> RuleFacts:
    """Build the facts a test describes; what it does not say is that `mail`, or an ordinary one in opening hours.

    `phases`: in which the tested rule runs; where no mail can set it off, the facts are those of the first of them.
    Time that a test gives counts as working time.
    """
    written = dict(given)
    zone = desk.timezone
    facts = blank_facts(zone) if mail is None else _facts_of(mail, desk)
    words = Words(technicians=tuple((way, t.email) for t in desk.technicians for way in (t.email, *t.aliases)))
    # In the order of the table, not of the file: a ticket takes its requester from a sender already known.
    for key in sorted(written, key=_rank):
        give = find_giver(key)
        if give is not None:
            facts = give(facts, cast("Plain", written[key]), words)
    facts = replace(facts, worked=lambda at: (facts.now - at).total_seconds())
    facts = _at_home(_in_phase(facts, frozenset(written), phases), desk)
    return _by_actor(_by_clock(_by_requester(facts, written, desk), written, desk), desk)


def _rank(key: str) -> int:
    family, dot, _ = key.partition(".")
    return _RANKS.get(f"{family.casefold()}.NAME" if dot else key, len(_RANKS))


def blank_facts(zone: tzinfo = UTC) -> RuleFacts:
    """Return an ordinary first mail in opening hours, of somebody who has no other ticket."""
    message = InboundMessage(raw_sha256="", content_sha256="", size_bytes=2000, sender=SENDER)
    return RuleFacts(_NOW, Phase.NEW, message, proof=Proof.NONE.value, local_now=_NOW.astimezone(zone), open_tickets=0)


def _facts_of(mail: InboundMessage, desk: Desk) -> RuleFacts:
    """Return the facts of a stored mail, at the mailbox it was written to."""
    verdict = mail.auth
    proof = Proof.PASS if verdict and verdict.passed else Proof.FAILED if verdict and verdict.failed else Proof.NONE
    written_to = {address.key for address in (*mail.to, *mail.cc)}
    homes = (m.name for m in desk.mailboxes if written_to & {a.casefold() for a in (m.address, *m.aliases)})
    return replace(blank_facts(desk.timezone), message=mail, proof=proof.value, mailbox=next(homes, ""))


def _in_phase(facts: RuleFacts, keys: frozenset[str], phases: tuple[Phase, ...]) -> RuleFacts:
    """Decide on what occasion the rules run. Without a mail, what was given of it speaks of the ticket."""
    phase = facts.phase
    if "phase" not in keys:
        is_change = "changed" in keys or any(key.casefold().startswith("before.") for key in keys)
        usual = Phase.FOLLOW_UP if facts.ticket else Phase.NEW
        phase = Phase.CHANGE if is_change else usual if set(phases) & set(MAIL_PHASES) else phases[0]
    if phase in MAIL_PHASES:
        return replace(facts, phase=Phase.FOLLOW_UP if facts.ticket else phase)
    ticket = ticket_of(facts)
    subject = facts.message.subject or ticket.subject
    return replace(
        facts, phase=phase, ticket=replace(ticket, subject=subject), message=NO_MESSAGE, proof="", open_tickets=None
    )


def _at_home(facts: RuleFacts, desk: Desk) -> RuleFacts:
    """Say where the ticket stands or would be opened."""
    mailbox = facts.mailbox or (desk.mailboxes[0].name if desk.mailboxes else "")
    known = desk.mailbox(mailbox)
    queue = facts.queue or (known.queue if known else desk.queues[0].name)
    ticket = replace(facts.ticket, queue=queue, mailbox=mailbox) if facts.ticket else None
    return replace(facts, mailbox=mailbox, queue=queue, ticket=ticket)


def _by_requester(facts: RuleFacts, written: Mapping[str, object], desk: Desk) -> RuleFacts:
    """Look up what the desk knows of the requester, where the test does not say it."""
    sender = facts.message.sender
    requester = facts.ticket.requester.address if facts.ticket else sender.address if sender else ""
    groups = facts.groups if "group" in written else tuple(g.name for g in desk.groups_of(requester))
    vip = facts.vip if "vip" in written else any(g.vip for g in desk.groups if g.name in groups)
    texts = (facts.ticket.subject if facts.ticket else "", facts.message.subject, facts.message.visible_text)
    types = {a.name.casefold(): a.type for a in desk.assets}
    given = tuple((name, kind or types.get(name.casefold(), "")) for name, kind in facts.assets)
    return replace(facts, groups=groups, vip=vip, assets=given or find_assets(desk, requester, *texts))


def _by_clock(facts: RuleFacts, written: Mapping[str, object], desk: Desk) -> RuleFacts:
    """Say who works now: as given, else by the calendars where a time is given, else everybody."""
    at_given_time = not MOMENT_GIVEN.keys().isdisjoint(written)
    names = [c.name for c in desk.calendars if not at_given_time or _is_within_hours(c, facts)]
    if facts.holiday or ("business_hours" in written and not facts.business_hours):
        names = [name for name in names if name != BUSINESS]
    calendars = facts.open_calendars if "open" in written else (*names, ALWAYS)
    return replace(
        facts,
        open_calendars=calendars,
        business_hours=facts.business_hours if "business_hours" in written else BUSINESS in calendars,
    )


def _is_within_hours(calendar: Calendar, facts: RuleFacts) -> bool:
    local = facts.now.astimezone(calendar.timezone)
    spans = dict(calendar.hours).get(local.weekday(), ())
    return not calendar.hours or any(opens <= local.time() < closes for opens, closes in spans)


def _by_actor(facts: RuleFacts, desk: Desk) -> RuleFacts:
    """Say who speaks or acts."""
    sender = facts.message.sender
    technician = desk.technician(sender.address) if sender else None
    role = facts.role or (role_of(facts.actor, facts.ticket, desk) if facts.actor and facts.ticket else "")
    spoken = technician.email if technician else sender.address if sender else ""
    usual = TIMER if facts.phase is Phase.TIME else spoken
    return replace(
        facts,
        role=role or usual_role(facts.phase, is_technician=technician is not None),
        actor=facts.actor or usual,
    )
