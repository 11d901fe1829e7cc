"""One stored mail, put before rules again. Pure.

Called by this package. Who spoke and what the access check made of it is as it was written down then; the ticket is as
it would have stood.
"""

from dataclasses import dataclass, replace

from maildesk.core.access import Identity
from maildesk.core.lanes.opening import run_desk_rules
from maildesk.core.lanes.ruled import find_form_requester, grounds_of
from maildesk.core.lanes.stopping import stopped_by_rule
from maildesk.core.ruling import Ruling, carry_out
from maildesk.model import event as ev
from maildesk.model.archive import ArchivedMail
from maildesk.model.decided import Outcome
from maildesk.model.desk import Desk
from maildesk.model.message import Address, InboundMessage, Kind
from maildesk.model.notice import NoticeName
from maildesk.model.rule import RuleVerdict
from maildesk.model.situation import Candidate, Proof, Role, Signal, Situation, Vouch
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

STOPPED = (Outcome.HELD, Outcome.DISCARDED, Outcome.REJECTED)
_BY_RULE = "rule '"
_AUTOMATIC = "automatic reply without a ticket"
_AWAY = " is away"


@dataclass(frozen=True, slots=True)
class Put:
    """A mail as rules saw it, and what they said."""

    mail: ArchivedMail
    desk: Desk
    situation: Situation
    identity: Identity
    verdict: RuleVerdict

    @property
    def stop(self) -> Outcome | None:
        """What became of the mail, if a rule stopped it."""
        decision = stopped_by_rule(self.situation, self.desk, self.identity, self.verdict)
        return decision.outcome if decision else None

    @property
    def form_requester(self) -> Address | None:
        """Whom the form of a web site names, where a rule asks for that."""
        return find_form_requester(self.situation, self.desk, self.verdict)

    def rule(self, ticket: Ticket, *, opens: bool) -> Ruling:
        """Carry out what rules ask for on a ticket as the mail left it."""
        grounds = grounds_of(self.situation, self.identity.proof, self.desk, self.situation.message.visible_text)
        return carry_out(self.verdict, ticket, replace(grounds, opens=opens))


def put_before_rules(mail: ArchivedMail, message: InboundMessage, desk: Desk, ticket: Ticket | None) -> Put:
    """Run the desk's rules on a mail; `ticket`: the one it follows up, None: it opens one."""
    situation = Situation(
        message=message,
        mailbox=mail.mailbox,
        now=mail.decided_at,
        vouched=Vouch.ADMIN if mail.released else None,
        candidates=(Candidate(Signal.STORED_ID, "", ticket),) if ticket else (),
        known_sender=_was_known(mail),
        away=_were_away(mail),
        open_tickets=mail.open_tickets,
    )
    technician = desk.technician(mail.sender) if mail.role is Role.TECHNICIAN else None
    identity = Identity(
        mail.role or Role.STRANGER,
        mail.proof or Proof.NONE,
        situation.candidates[0] if ticket else None,
        technician=technician,
    )
    return Put(mail, desk, situation, identity, run_desk_rules(situation, desk, identity))


def acknowledgement_of(mail: ArchivedMail) -> TraceLine | None:
    """Find what was said then of the acknowledgement."""
    wanted = ("notice", NoticeName.ACKNOWLEDGEMENT.value)
    return next((line for line in mail.trace if (line.step, line.name) == wanted), None)


def _was_known(mail: ArchivedMail) -> bool:
    line = acknowledgement_of(mail)
    return line is None or not line.hit or line.because.startswith("known")


def _were_away(mail: ArchivedMail) -> frozenset[str]:
    """Return the technicians a rule could not assign then; of others it does not matter."""
    lines = (line.because for line in mail.trace if (line.step, line.name) == ("action", "assign"))
    return frozenset(because.removesuffix(_AWAY).rpartition(": ")[2] for because in lines if because.endswith(_AWAY))


def was_stopped_by_rule(mail: ArchivedMail) -> bool:
    """Tell whether a rule kept a mail from its ticket, or from opening one."""
    return mail.outcome in STOPPED and mail.reason.startswith(_BY_RULE)


def is_ruled(mail: ArchivedMail, *, accepts: bool) -> bool:
    """Tell whether rules have a say in a mail, so that it must be read again.

    What a technician writes on a ticket is theirs alone, and what something else than a rule stopped stays so;
    `accepts`: unless a rule lets in automatic replies that belong to no ticket.
    """
    if mail.role is None or mail.raw_sha256 is None:
        return False
    if mail.role is Role.TECHNICIAN:
        return mail.outcome is Outcome.TICKET
    if mail.outcome in STOPPED and not was_stopped_by_rule(mail):
        return accepts and mail.reason.startswith(_AUTOMATIC)
    return True


def has_say(message: InboundMessage) -> bool:
    """Tell whether rules see mail of this kind."""
    return message.kind in (Kind.PERSON, Kind.LIST, Kind.ALERT)


def as_it_was_read(message: InboundMessage, events: tuple[ev.Recorded, ...]) -> InboundMessage:
    """Return a mail as rules saw it then: the ticket's history knows better what of it was new, and whose it was."""
    entry = next((r.event for r in events if isinstance(r.event, ev.CorrespondenceReceived)), None)
    opened = next((r.event for r in events if isinstance(r.event, ev.TicketOpened)), None)
    if entry is None:
        return message
    if opened is None:
        return replace(message, visible_text=entry.visible_text)
    sender = message.sender
    if sender is None or opened.requester.key == sender.key:
        return message
    # A technician opened it for somebody: rules saw what that person said, or had written.
    passed_on = entry.sender.key == opened.requester.key
    return replace(
        message,
        text=entry.text,
        visible_text=entry.visible_text,
        sender=opened.requester if passed_on else sender,
        subject=opened.subject if passed_on else message.subject,
        attachments=entry.attachments,
    )
