"""`send`, `yes` and `no` in answer to a mail of the desk about an earlier mail; `undo` is next door.

Called by the lane before it reads any command. A word that can do nothing is answered with the reason; what was typed
below it is kept as a note and never goes outside.
"""

from dataclasses import replace
from datetime import timedelta

from maildesk.core.commands.grammar import CommandBlock
from maildesk.core.commands.words import OF_OUTSIDERS, Spoken, Word, read_word
from maildesk.core.lanes.technician.approving import approve
from maildesk.core.lanes.technician.below import keep_below, refuse_word
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.core.lanes.technician.undo import undo
from maildesk.core.notices import one_each
from maildesk.core.update_words import ready_words
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision
from maildesk.model.notice import RESULTS, NoticeName
from maildesk.model.situation import Reported, Vouch
from maildesk.model.trace import TraceLine

#: How long a held mail can still be sent, and how long one that needs confirmation can be confirmed.
SENDABLE = timedelta(days=14)
CONFIRMABLE = timedelta(hours=24)
#: Mails that show ready words for the requester, which the word `send` sends.
_WITH_READY_WORDS = frozenset({NoticeName.UPDATE_DUE})


def decide_word(mail: TechnicianMail) -> Decision | None:
    """Do what the word on the first line says about the mail it means; None: there is no word, only text."""
    spoken, reported = read_word(mail.situation.message.visible_text), mail.situation.reported
    if spoken is None:
        return None
    if reported is None:
        idle = _why_idle(mail, spoken)
        return refuse_word(mail, spoken, idle) if idle else None
    if reported.notice in OF_OUTSIDERS and spoken.word is not Word.UNDO:
        return approve(mail, reported, spoken.word is Word.YES)
    match spoken.word:
        case Word.UNDO:
            return undo(mail, reported, spoken)
        case Word.SEND:
            problem, vouch = _sending_problem(mail, reported), Vouch.SENT
        case Word.YES:
            problem, vouch = _confirming_problem(mail, reported), Vouch.CONFIRMED
        case Word.NO:
            problem, vouch = "nothing was done: the mail stays held, and nobody gets it", Vouch.CONFIRMED
    return refuse_word(mail, spoken, problem) if problem else _resume(mail, reported, spoken, vouch)


def _why_idle(mail: TechnicianMail, spoken: Spoken) -> str:
    """Say why a word about somebody else's mail does nothing; empty when it is text."""
    token = mail.identity.candidate.token if mail.identity.candidate else None
    if mail.situation.vouched is not None or token is None:
        return ""
    if token.notice in RESULTS | OF_OUTSIDERS | _WITH_READY_WORDS and not mail.technician.owns(token.recipient):
        return f"the mail you answered went to {token.recipient}, and only their word counts there; nothing was done"
    if token.notice in _WITH_READY_WORDS and spoken.word is Word.SEND and spoken.below:
        return "the word send stands alone and sends the ready words; nothing was sent"
    return ""


def with_ready_words(mail: TechnicianMail) -> TechnicianMail:
    """Put the ready words in the place of the word `send`, in answer to the mail that showed them."""
    spoken, ticket = read_word(mail.situation.message.visible_text), mail.identity.ticket
    token = mail.identity.candidate.token if mail.identity.candidate else None
    if ticket is None or token is None or token.notice not in _WITH_READY_WORDS:
        return mail
    if spoken is None or spoken.word is not Word.SEND or spoken.below or not mail.technician.owns(token.recipient):
        return mail
    return replace(mail, block=CommandBlock((), ready_words(ticket, mail.desk)))


def _resume(mail: TechnicianMail, reported: Reported, spoken: Spoken, vouch: Vouch) -> Decision:
    """Have the earlier mail decided anew. Its own result mail, if it gets one, is the answer."""
    ticket = mail.identity.ticket
    kept = keep_below(mail, spoken, ticket)
    if kept is None:
        return refuse_word(mail, spoken, "")
    why = f"{spoken.word}: mail {reported.inbound_id} is decided anew"
    return Decision(
        Disposition.ACCEPT if ticket else Disposition.DISCARD,
        Outcome.FOLLOW_UP if ticket else Outcome.DISCARDED,
        why,
        ticket=ticket.number if ticket else None,
        acts=kept.acts,
        notices=one_each(kept.notices, mail.desk, mail.technician.address),
        trace=(TraceLine("command", spoken.word, hit=True, because=why),),
        resumes=(reported.inbound_id, vouch),
    )


def _sending_problem(mail: TechnicianMail, reported: Reported) -> str:
    """Say why the earlier mail cannot be sent; empty when it can."""
    if settled := _settled(reported):
        return settled
    if mail.situation.now - reported.told_at > SENDABLE:
        return f"more than {SENDABLE.days} days have passed since; nothing was sent, please write it anew"
    return ""


def _confirming_problem(mail: TechnicianMail, reported: Reported) -> str:
    """Say why the earlier mail cannot be confirmed; empty when it can."""
    if settled := _settled(reported):
        return settled
    if reported.notice is not NoticeName.CONFIRMATION_WANTED:
        return "there is nothing to confirm; the word send sends a held mail all the same"
    if mail.situation.now - reported.told_at > CONFIRMABLE:
        return "more than 24 hours have passed since; nothing was done, please write it anew"
    return ""


def _settled(reported: Reported) -> str:
    """Say why nothing is left to be decided about a mail; empty when something is."""
    if reported.is_awaited:
        return "that mail is being carried out already"
    if reported.outcome is Outcome.HELD or reported.pending is not None:
        return ""
    if reported.outcome in (Outcome.FOLLOW_UP, Outcome.TICKET):
        return "that mail was carried out already"
    return f"that mail was {reported.outcome} meanwhile"
