"""Opening a ticket and applying what rules ask for; shared by the lanes that open tickets or take follow-ups."""

from dataclasses import replace

from maildesk.core.access import Identity
from maildesk.core.calendar import is_open
from maildesk.core.notices import acknowledgement, one_each, tell_crew
from maildesk.core.status import status_changed
from maildesk.mail.threads import untagged
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk, DeskMailbox
from maildesk.model.level import Level, matrix
from maildesk.model.message import Address, InboundMessage
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.rule import Phase, RuleFacts, RuleVerdict
from maildesk.model.situation import Role, Situation
from maildesk.model.ticket import Status, Ticket
from maildesk.model.trace import TraceLine
from maildesk.rules.engine import run_rules

NO_SUBJECT = "(no subject)"
_SYSTEM = "maildesk"
LONGEST_SUBJECT = 250


def home_of(situation: Situation, desk: Desk) -> DeskMailbox:
    """Return the mailbox a mail is for: the one it came in by; one no longer configured counts as the first one.

    Mail addressed to several mailboxes is for the one it names first: a copy lies in each, and any of them may be met
    first.
    """
    fallback = desk.mailboxes[0] if desk.mailboxes else DeskMailbox("", "")
    home = desk.mailbox(situation.mailbox) or fallback
    message = situation.message
    named = [m for a in (*message.to, *message.cc) for m in desk.mailboxes if _is_of(m, a)]
    return named[0] if home in named else home


def _is_of(mailbox: DeskMailbox, address: Address) -> bool:
    known = {a.casefold() for a in (mailbox.address, *mailbox.aliases)}
    return any(key in known for key in _without_subaddress(address))


def _without_subaddress(address: Address) -> tuple[str, ...]:
    """Return an address as it is compared, and without what may be a token or a subaddress of the sender's choice."""
    local, _, domain = address.key.rpartition("@")
    # The desk's own address may have a subaddress itself: only what follows the last `+` can be a token.
    return (address.key, f"{local.rpartition('+')[0]}@{domain}", f"{local.partition('+')[0]}@{domain}")


def author_of(message: InboundMessage) -> Address:
    """Return who wrote; an empty address where From names nobody (such mail opens tickets only when released).

    Reply-To does not count: nothing is sent to an address because a mail asks for it.
    """
    return message.sender or Address("unknown sender", "")


def run_desk_rules(situation: Situation, desk: Desk, identity: Identity) -> RuleVerdict:
    """Run the admin's rules on this mail."""
    ticket, home = identity.ticket, home_of(situation, desk)
    facts = RuleFacts(
        now=situation.now,
        phase=Phase.FOLLOW_UP if ticket else Phase.NEW,
        message=situation.message,
        mailbox=home.name or situation.mailbox,
        role=identity.role,
        proof=identity.proof,
        ticket=ticket,
        queue=ticket.queue if ticket else home.queue,
        business_hours=is_open(desk.calendar(None), situation.now),
    )
    return run_rules(desk.rules, facts)


def rule_trace(verdict: RuleVerdict) -> tuple[TraceLine, ...]:
    """Return one trace line a rule."""
    return tuple(TraceLine("rule", hit.name, hit.hit, hit.because) for hit in verdict.hits)


def received(message: InboundMessage) -> ev.CorrespondenceReceived:
    """Build the event of a public mail."""
    return ev.CorrespondenceReceived(
        author_of(message), message.text, message.visible_text, message.message_id, message.attachments
    )


def open_ticket(
    situation: Situation,
    desk: Desk,
    identity: Identity,
    verdict: RuleVerdict,
    *,
    requester: Address,
    opened_by: Address,
    text: str | None = None,
    claims: int | None = None,
    detail: str = "",
) -> Decision:
    """Open a ticket, let the rules have their say, acknowledge it and tell the queue.

    `text` replaces the mail's own (commands cut off); `claims` is a ticket the mail names or follows.
    """
    # The stored address of a technician, not the one in From, which may be a private one. A first mail is shown whole:
    # nobody has seen what it quotes.
    whole = situation.message.text if text is None else text
    entry = replace(received(situation.message), sender=opened_by, text=whole, visible_text=whole)
    opened = opened_event(situation, home_of(situation, desk), requester, claims)
    acts = (Act(opened_by.address, opened), Act(opened_by.address, entry), *rule_acts(situation, desk, verdict, None))
    wanted, template = verdict.actions.acknowledge, verdict.actions.template
    ack, why = acknowledgement(situation, desk, requester, identity.proof, wanted=wanted, template=template)
    queue, owner = verdict.actions.queue or opened.queue, assignee_of(acts, None)
    told = _tell_of_opening(desk, queue, owner, entry, detail)
    # Who merely names a technician in From has not made that technician know of the ticket.
    actor = None if identity.technician and identity.role is Role.STRANGER else opened_by
    return Decision(
        Disposition.ACCEPT,
        Outcome.TICKET,
        reason_of("opened a ticket", verdict, claims),
        acts=acts,
        notices=one_each((*told, *ack, *rule_notices(verdict, entry.text)), desk, actor),
        trace=(*rule_trace(verdict), why),
        rules=verdict.hits,
    )


def _tell_of_opening(
    desk: Desk, queue: str, owner: str | None, entry: ev.CorrespondenceReceived, detail: str
) -> tuple[Notice, ...]:
    return tell_crew(
        NoticeName.TICKET_OPENED,
        desk,
        queue,
        owner,
        text=entry.text,
        detail=detail,
        author=entry.sender,
        attachments=entry.attachments,
    )


def opened_event(situation: Situation, home: DeskMailbox, requester: Address, claims: int | None) -> ev.TicketOpened:
    """Build the event that opens a ticket."""
    message = situation.message
    subject = untagged(message.subject)[:LONGEST_SUBJECT].strip() or NO_SUBJECT
    return ev.TicketOpened(subject, requester, written_to(message, home), home.queue, claims, message.language)


def written_to(message: InboundMessage, home: DeskMailbox) -> str:
    """Return the desk address the requester used, without any token, so that answers come from it."""
    known = {a.casefold(): a for a in (home.address, *home.aliases)}
    for address in (*message.to, *message.cc, *(Address("", d) for d in message.delivered_to)):
        found = next((known[key] for key in _without_subaddress(address) if key in known), None)
        if found:
            return found
    return home.address


def rule_acts(situation: Situation, desk: Desk, verdict: RuleVerdict, ticket: Ticket | None) -> tuple[Act, ...]:
    """Turn the rules' wishes into events, each in the name of the rule that had the last word on it.

    What the ticket is already is no event: most rules hit every follow-up again.
    """
    actions = verdict.actions
    joined = (a for a in actions.cc if not desk.is_own_address(a) and not (ticket and ticket.takes_part(a)))
    wishes: tuple[tuple[str, ev.Event | None], ...] = (
        ("queue", _queue_wish(actions.queue, ticket.queue if ticket else home_of(situation, desk).queue)),
        ("assign", _owner_wish(situation, desk, actions.assign, ticket)),
        ("tags", _tags_wish(actions.tags, ticket.tags if ticket else ())),
        ("type", ev.TypeChanged(actions.type) if actions.type and actions.type != (ticket and ticket.type) else None),
        ("status", _status_wish(situation, desk, actions.status, ticket.status if ticket else Status.NEW)),
        *(("cc", ev.ParticipantAdded(Address("", address))) for address in joined),
        ("checklist", ev.ChecklistSet(actions.checklist) if actions.checklist else None),
    )
    named = (Act(f"rule: {verdict.author_of(action)}", event) for action, event in wishes if event is not None)
    return (*_priority_acts(verdict, ticket), *named)


def _queue_wish(wanted: str | None, before: str) -> ev.QueueChanged | None:
    return ev.QueueChanged(wanted, before) if wanted and wanted != before else None


def _owner_wish(situation: Situation, desk: Desk, wanted: str | None, ticket: Ticket | None) -> ev.Assigned | None:
    owner = desk.technician(wanted) if wanted else None
    if owner is None or owner.email in situation.away or owner.email == (ticket and ticket.assignee):
        return None
    return ev.Assigned(owner.email)


def _tags_wish(wanted: tuple[str, ...], before: tuple[str, ...]) -> ev.TagsChanged | None:
    tags = tuple(dict.fromkeys((*before, *wanted)))
    return ev.TagsChanged(tags) if tags != before else None


def _status_wish(situation: Situation, desk: Desk, wanted: str | None, before: Status) -> ev.StatusChanged | None:
    return status_changed(desk, situation.now, before, Status(wanted)) if wanted and wanted != before else None


def _priority_acts(verdict: RuleVerdict, ticket: Ticket | None) -> tuple[Act, ...]:
    actions = verdict.actions
    impact = actions.impact or (ticket.impact if ticket else Level.MEDIUM)
    urgency = actions.urgency or (ticket.urgency if ticket else Level.MEDIUM)
    asked = actions.impact or actions.urgency or actions.priority
    if ticket is not None and (impact, urgency, actions.priority or ticket.priority) == (
        ticket.impact,
        ticket.urgency,
        ticket.priority,
    ):
        # Also where a technician overrode the matrix: the same rule, hitting again, does not take that back.
        return ()
    if not asked:
        return ()
    priority = actions.priority or matrix(impact, urgency)
    author = next(n for n in ("priority", "impact", "urgency") if verdict.author_of(n))
    changed = ev.PriorityChanged(impact, urgency, priority, priority_reason(verdict, impact, urgency))
    return (Act(f"rule: {verdict.author_of(author)}", changed),)


def priority_reason(verdict: RuleVerdict, impact: Level, urgency: Level) -> str:
    """Say which rule gave impact, which urgency, or which overrode the matrix."""
    if verdict.author_of("priority"):
        return f"set by rule '{verdict.author_of('priority')}'"
    said = {name: verdict.author_of(name) or "default" for name in ("impact", "urgency")}
    return f"impact {impact} ({said['impact']}) × urgency {urgency} ({said['urgency']})"


def rule_notices(verdict: RuleVerdict, text: str) -> tuple[Notice, ...]:
    """Tell the addresses a rule names; they are the admin's choice, never the mail's."""
    name = verdict.author_of("notify")
    return tuple(
        Notice(
            NoticeName.RULE_NOTICE,
            Address("", address),
            Audience.NOTIFIED,
            Visibility.PUBLIC,
            text=text,
            detail=f"rule '{name}'",
            reason=f"rule {name}",
        )
        for address in verdict.actions.notify
    )


def assignee_of(acts: tuple[Act, ...], before: str | None) -> str | None:
    """Return who owns a ticket after these acts."""
    assigned = [a.event.assignee for a in acts if isinstance(a.event, ev.Assigned)]
    return assigned[-1] if assigned else before


def reason_of(what: str, verdict: RuleVerdict, claims: int | None) -> str:
    """Say what became of a mail, beside the ticket it names and the rules that hit."""
    hits = [hit.name for hit in verdict.hits if hit.hit]
    linked = f", linked to {claims}" if claims else ""
    return f"{what}{linked}" + (f"; rules: {', '.join(hits)}" if hits else "")


def stopped_by_rule(situation: Situation, identity: Identity, verdict: RuleVerdict) -> Decision | None:
    """Hold or discard a mail because a rule says so; a released mail has an admin's word against it."""
    if situation.released:
        return None
    actions = verdict.actions
    trace = rule_trace(verdict)
    if actions.discard is not None:
        reason = f"rule '{verdict.author_of('discard')}': {actions.discard}"
        return Decision(Disposition.DISCARD, Outcome.DISCARDED, reason, trace=trace, rules=verdict.hits)
    if actions.hold is not None:
        reason = f"rule '{verdict.author_of('hold')}': {actions.hold}"
        return hold(situation, identity, reason, trace=trace, rules=verdict)
    return None


def hold(
    situation: Situation,
    identity: Identity,
    reason: str,
    *,
    notices: tuple[Notice, ...] = (),
    trace: tuple[TraceLine, ...] = (),
    rules: RuleVerdict | None = None,
) -> Decision:
    """Hold a mail: stored, shown by `held`, without effect; the ticket it names remembers that it came."""
    ticket = identity.ticket
    event = ev.MailHeld(situation.message.sender, reason, situation.message.message_id)
    return Decision(
        Disposition.HOLD,
        Outcome.HELD,
        reason,
        ticket=ticket.number if ticket else None,
        acts=(Act(_SYSTEM, event),) if ticket else (),
        notices=notices,
        trace=(*trace, TraceLine("guard", "hold", hit=True, because=reason)),
        rules=rules.hits if rules else (),
    )
