"""What the rules do to the ticket of a mail, for the lanes: the mail's side of `core.ruling`.

Here stands what only a mail tells: whether anything automatic may go back to its sender, and whom a form names.
"""

from dataclasses import replace

from maildesk.core.notices import acknowledgement, find_silence
from maildesk.core.ruling import Grounds, Ruling, carry_out
from maildesk.mail.addresses import is_addr_spec
from maildesk.model import event as ev
from maildesk.model.decision import Act, folded
from maildesk.model.desk import Desk
from maildesk.model.message import Address, Kind
from maildesk.model.notice import Notice, NoticeName
from maildesk.model.rule import RuleVerdict
from maildesk.model.situation import Proof, Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine


def rule_on_draft(
    situation: Situation, proof: Proof, desk: Desk, verdict: RuleVerdict, begun: tuple[Act, ...], text: str
) -> Ruling:
    """Carry out the rules on a ticket that this mail is about to open. `begun`: what happened to it so far."""
    draft = folded(None, situation.next_number or 0, begun, situation.now)
    grounds = replace(grounds_of(situation, proof, desk, text), opens=True)
    return carry_out(verdict, draft, grounds)


def rule_on(situation: Situation, proof: Proof, desk: Desk, verdict: RuleVerdict, ticket: Ticket, text: str) -> Ruling:
    """Carry out the rules on a ticket as this mail left it."""
    return carry_out(verdict, ticket, grounds_of(situation, proof, desk, text))


def grounds_of(situation: Situation, proof: Proof, desk: Desk, text: str) -> Grounds:
    """Return on what the rules are carried out. `text`: what those are shown whom a rule notifies."""
    silence, proven = find_silence(situation, desk, proof)
    return Grounds(
        desk,
        situation.now,
        text,
        away=situation.away,
        silence=silence,
        echo=proven,
        others=situation.mentioned,
        next_number=situation.next_number,
        entries=(*situation.answers, *situation.notes, *situation.received),
    )


def acknowledged(
    situation: Situation, proof: Proof, desk: Desk, verdict: RuleVerdict, ticket: Ticket, ruling: Ruling
) -> tuple[tuple[Notice, ...], TraceLine]:
    """Acknowledge a new ticket, unless a rule's own answer takes the place of that."""
    if any(n.name is NoticeName.RULE_REPLY for n in ruling.notices):
        because = f"the answer of rule '{verdict.author_of('reply')}' takes its place"
        return (), TraceLine("notice", "acknowledgement", hit=False, because=because)
    wanted, template = verdict.actions.acknowledge, verdict.actions.template
    return acknowledgement(situation, desk, ticket.requester, proof, wanted=wanted, template=template)


def told_of(ruling: Ruling) -> str:
    """Tell technicians in a sentence what the rules did beside what every mail shows; empty when nothing."""
    moved = (a for a in ruling.acts if isinstance(a.event, ev.Escalated) and a.event.queue != a.event.before)
    told = [f"escalated by {act.actor.replace(': ', ' ', 1)}" for act in moved]
    opened = [e for aside in ruling.asides for act in aside.acts if isinstance(e := act.event, ev.TicketOpened)]
    told += [f"also opened for {e.queue}: {e.subject}" for e in opened]
    return ". ".join(told)


# ------------------------------------------------------------------ forms of web sites


def find_form_requester(situation: Situation, desk: Desk, verdict: RuleVerdict) -> Address | None:
    """Find the requester in Reply-To, where a rule for the mail of a form says so; they are nobody we know.

    Their name is the form's text and nobody's who is proven.  Mail that only pretends to come from the form was held.
    """
    message = situation.message
    if verdict.actions.requester is None or len(message.reply_to) != 1:
        return None
    (person,) = message.reply_to
    if not is_addr_spec(person.address) or desk.is_own_address(person.address) or desk.technician(person.address):
        return None
    return person


def as_form(situation: Situation, verdict: RuleVerdict) -> Situation:
    """Return the situation as if whom the form names had written, who is a stranger.

    A form is filled in by a person, though a program sends it: `acknowledge: true` says that they may be answered.
    """
    message = situation.message
    recent = replace(situation.recent, acknowledgements_to_sender=situation.recent.acknowledgements_to_reply_to)
    if verdict.actions.acknowledge is True and message.kind is Kind.ALERT:
        message = replace(message, kind=Kind.PERSON)
    return replace(situation, message=message, recent=recent, known_sender=False)
