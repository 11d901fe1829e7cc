"""Mail that rules send: the admin's own words, to the requester or to addresses of the admin's choice. Bounded."""

from maildesk.core.ruling.grounds import SYSTEM, Done, Grounds, Wish
from maildesk.mail.signs import is_no_reply, is_robot
from maildesk.model import event as ev
from maildesk.model.message import Address
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.rule import RuleVerdict
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

#: How the reason ends of mail that rules may send no more.
_REACHED = "mails by rules on one ticket is reached"


def _reply(verdict: RuleVerdict, ticket: Ticket, grounds: Grounds, left: int) -> Done:
    """Answer the requester in the admin's words. It counts as no answer: nobody has looked at their matter."""
    text, name = verdict.actions.reply or "", verdict.author_of("reply")
    silence = grounds.silence or _unanswerable(ticket)
    if not silence and ticket.requester.key in grounds.told:
        silence = "they get another mail already"
    if not silence and "reply" in verdict.actions.caught and not grounds.echo:
        silence = "it would repeat text of an unproven sender to them"
    if not silence and left < 1:
        silence = _limit(grounds)
    if silence:
        return Done(why=f"not sent to the requester: {silence}")
    notice = Notice(
        NoticeName.RULE_REPLY, ticket.requester, Audience.PUBLIC, Visibility.PUBLIC, text=text, echo=grounds.echo,
        reason=f"rule {name}",
    )  # fmt: skip
    return Done((ev.NoteAdded(SYSTEM, f"The requester was told:\n\n{text}", None),), (notice,), mails=1)


def _unanswerable(ticket: Ticket) -> str:
    """Say why an address gets nothing automatic, whatever mail it wrote; empty when it may."""
    address = ticket.requester.address
    if not address:
        return "nobody is known to have written"
    if is_no_reply(address) or is_robot(address):
        return f"{address} is a machine's"
    return f"{address} wants no news of the desk's own" if ticket.requester.key in ticket.muted else ""


def _notify(verdict: RuleVerdict, _ticket: Ticket, grounds: Grounds, left: int) -> Done:
    """Tell the addresses a rule names; they are the admin's choice, never the mail's."""
    name = verdict.author_of("notify")
    wanted = verdict.actions.notify
    told = tuple(
        Notice(
            NoticeName.RULE_NOTICE, Address("", address), Audience.NOTIFIED, Visibility.PUBLIC, text=grounds.text,
            detail=f"rule '{name}'{grounds.occasion and f': {grounds.occasion}'}", reason=f"rule {name}",
        )
        for address in wanted[:left]
    )  # fmt: skip
    lost = wanted[left:]
    why = f"not sent to {', '.join(lost)}: {_limit(grounds)}" if lost else ""
    return Done(notices=told, mails=len(told), why=why)


def _limit(grounds: Grounds) -> str:
    cap = grounds.desk.rule_mail
    return f"the limit of {cap.count if cap else 0} {_REACHED}"


def is_over_limit(line: TraceLine) -> bool:
    """Tell whether a line of a trace says that rules may send no more mail."""
    return line.step == "action" and line.because.endswith(_REACHED)


#: The requester first: what is left of the limit is theirs.
MAILS: tuple[tuple[str, Wish], ...] = (
    ("reply", _reply),
    ("notify", _notify),
)
