"""Opening a ticket, and holding a mail; shared by the lanes that open tickets or take follow-ups."""

from dataclasses import replace

from maildesk.core.access import Identity
from maildesk.core.lanes.ruled import acknowledged, as_form, find_form_requester, rule_on_draft, told_of
from maildesk.core.notices import one_each, tell_crew
from maildesk.core.rulefacts import mail_facts
from maildesk.core.status import only_thanks
from maildesk.mail.threads import untagged
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk, DeskMailbox
from maildesk.model.message import Address, InboundMessage, Kind
from maildesk.model.notice import Notice, NoticeName, Visibility
from maildesk.model.rule import RuleVerdict
from maildesk.model.situation import Proof, Role, Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine
from maildesk.rules.engine import run_rules

NO_SUBJECT = "(no subject)"
_SYSTEM = "maildesk"
#: Rules that missed of which the trace says why: what hundreds of them found costs more to keep than to find.
_MOST_MISSES = 25
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
    return run_rules(desk.rules, mail_facts(situation, desk, identity, home_of(situation, desk)))


def rule_trace(verdict: RuleVerdict) -> tuple[TraceLine, ...]:
    """Return one trace line a rule; of many that missed, the last ones are only named, in one line together."""
    missed = [hit for hit in verdict.hits if not hit.hit]
    told = {hit.name for hit in missed[:_MOST_MISSES]}
    lines = (TraceLine("rule", h.name, h.hit, h.because) for h in verdict.hits if h.hit or h.name in told)
    others = ", ".join(hit.name for hit in missed[_MOST_MISSES:])
    more = (TraceLine("rules", f"{len(missed) - _MOST_MISSES} more missed", False, others),) if others else ()
    return (*lines, *more)


def received(message: InboundMessage) -> ev.CorrespondenceReceived:
    """Build the event of a public mail. Machines wait for no answer, nor does who says nothing but thank you."""
    waits = message.kind is Kind.PERSON and not only_thanks(message.visible_text, message.attachments)
    return ev.CorrespondenceReceived(
        author_of(message), message.text, message.visible_text, message.message_id, message.attachments, waits
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
    form = find_form_requester(situation, desk, verdict)
    opened = opened_event(situation, home_of(situation, desk), form or requester, claims)
    begun = (Act(opened_by.address, opened), Act(opened_by.address, entry))
    # Whom a form names has written nothing that anybody vouches for.
    heard, proof = (situation, identity.proof) if form is None else (as_form(situation, verdict), Proof.NONE)
    ruling = rule_on_draft(heard, proof, desk, verdict, begun, entry.text)
    ack, why = acknowledged(heard, proof, desk, verdict, ruling.ticket, ruling)
    told = _tell_of_opening(desk, ruling.ticket, entry, sentences(detail, told_of(ruling)))
    # Who merely names a technician in From has not made that technician know of the ticket.
    actor = None if identity.technician and identity.role is Role.STRANGER else opened_by
    return Decision(
        Disposition.ACCEPT,
        Outcome.TICKET,
        reason_of("opened a ticket", verdict, claims),
        acts=(*begun, *ruling.acts),
        notices=one_each((*told, *ack, *ruling.notices), desk, actor),
        trace=(*rule_trace(verdict), *ruling.trace, why),
        rules=verdict.hits,
        asides=ruling.asides,
    )


def _tell_of_opening(desk: Desk, ticket: Ticket, entry: ev.CorrespondenceReceived, detail: str) -> tuple[Notice, ...]:
    return tell_crew(
        NoticeName.TICKET_OPENED,
        desk,
        ticket,
        visibility=Visibility.PUBLIC,
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


def sentences(*parts: str) -> str:
    """Join what is told into sentences; what is empty is left out."""
    return ". ".join(part.rstrip(".") for part in parts if part)


def reason_of(what: str, verdict: RuleVerdict, claims: int | None) -> str:
    """Say what became of a mail, beside the ticket it names and the rules that hit."""
    hits = [hit.name for hit in verdict.hits if hit.hit]
    linked = f", linked to {claims}" if claims else ""
    return f"{what}{linked}" + (f"; rules: {', '.join(hits)}" if hits else "")


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
