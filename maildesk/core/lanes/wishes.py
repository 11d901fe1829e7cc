"""Words to the desk itself: what a requester or participant may ask by one word, and what comes of it.

Called by the lane of requesters. A word is no answer to anybody: it changes no status but by `close`, which is a
follow-up like any other and is not carried out here. At most one mail answers it, to whoever asked.
"""

from dataclasses import replace

from maildesk.core.access import Identity
from maildesk.core.lanes.joining import find_newcomers
from maildesk.core.lanes.opening import author_of, received
from maildesk.core.notices import one_each, tell_crew
from maildesk.core.words import Naming, Word, find_naming, find_word
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk
from maildesk.model.message import Address, Kind
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.situation import Proof, Role, Signal, Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

#: Key words by which the template of the answer tells what came of the word.
_MUTED, _UNMUTED, _PROPOSED = "muted", "unmuted", "proposed"


def find_wish(situation: Situation, identity: Identity) -> Word | None:
    """Return the word that somebody entitled to it wrote instead of a text."""
    message = situation.message
    if not _may_ask(situation, identity) or any(not a.inline for a in message.attachments):
        return None
    word = find_word(message.visible_text, message.sender.name if message.sender else "")
    # A participant may leave; what becomes of the ticket is the requester's to say.
    return word if identity.role is Role.REQUESTER or word is Word.STOP else None


def find_invitation(situation: Situation, identity: Identity) -> Naming | None:
    """Return whom somebody who takes part wants to take part, too."""
    return find_naming(situation.message.visible_text) if _may_ask(situation, identity) else None


def _may_ask(situation: Situation, identity: Identity) -> bool:
    proven = identity.proof in (Proof.PASS, Proof.TOKEN, Proof.SIGNED)
    by_reply = identity.candidate is not None and identity.candidate.signal is not Signal.SUBJECT
    takes_part = identity.role in (Role.REQUESTER, Role.PARTICIPANT)
    return proven and by_reply and takes_part and situation.message.kind is Kind.PERSON


def grant_wish(situation: Situation, identity: Identity, desk: Desk, ticket: Ticket, word: Word) -> Decision:
    """Carry out `status`, `stop` or `resume`."""
    if word is Word.STATUS:
        return _answered(situation, desk, ticket, "asked for the status", (), _report(ticket, ""))
    if word is Word.STOP and identity.role is Role.PARTICIPANT:
        return _leave(situation, identity, desk, ticket)
    muted = word is Word.STOP
    event = ev.UpdatesMuted(ticket.requester.address, muted)
    events = () if muted == (ticket.requester.key in ticket.muted) else (event,)
    why = "wants no news of the desk's own" if muted else "wants the desk's news again"
    return _answered(situation, desk, ticket, why, events, _report(ticket, _MUTED if muted else _UNMUTED))


def _leave(situation: Situation, identity: Identity, desk: Desk, ticket: Ticket) -> Decision:
    person = _member(ticket, identity, author_of(situation.message))
    # Muted, too, so that nobody's next mail to all brings them back.
    events = (ev.ParticipantRemoved(person), ev.UpdatesMuted(person.address, muted=True))
    left = Notice(NoticeName.LEFT, person, Audience.PUBLIC, Visibility.PUBLIC)
    return _answered(situation, desk, ticket, "leaves the ticket", events, left)


def _member(ticket: Ticket, identity: Identity, sender: Address) -> Address:
    """Return under which address somebody takes part; a technician may write from any of theirs."""
    own = (p for p in ticket.participants if p.key == sender.key or _is_own(identity, p))
    return next(own, sender)


def _is_own(identity: Identity, person: Address) -> bool:
    return identity.technician is not None and identity.technician.owns(person.address)


def propose_colleagues(
    situation: Situation, identity: Identity, desk: Desk, ticket: Ticket, naming: Naming
) -> Decision:
    """Carry out `add ADDRESS` without any other text: technicians are asked, and the requester is told so."""
    coming = find_newcomers(situation.message, desk, identity, ticket, naming.people)
    sender = author_of(situation.message)
    asked = tell_crew(
        NoticeName.JOIN_WANTED,
        desk,
        ticket,
        detail=", ".join(p.address for p in coming.proposed),
        author=sender,
        visibility=Visibility.INTERNAL,
    )
    events = tuple(act.event for act in coming.acts(sender))
    # Who takes part or is asked about already needs no asking again: then the status is all there is to say.
    answer = _report(ticket, _PROPOSED if coming.proposed else "") if identity.role is Role.REQUESTER else None
    told = asked if coming.proposed else ()
    return _answered(situation, desk, ticket, "wants a colleague to take part", events, answer, told)


def _report(ticket: Ticket, detail: str) -> Notice:
    return Notice(NoticeName.STATUS_REPORT, ticket.requester, Audience.PUBLIC, Visibility.PUBLIC, detail=detail)


def _answered(
    situation: Situation,
    desk: Desk,
    ticket: Ticket,
    why: str,
    events: tuple[ev.Event, ...],
    answer: Notice | None,
    told: tuple[Notice, ...] = (),
) -> Decision:
    message = situation.message
    sender = author_of(message)
    answers = (answer,) if answer is not None and not message.unanswerable else ()
    # The desk itself answers.
    said = replace(received(message), wants_answer=False)
    return Decision(
        Disposition.ACCEPT,
        Outcome.FOLLOW_UP,
        f"{why}: ticket {ticket.number}",
        ticket=ticket.number,
        acts=(Act(sender.address, said), *(Act(sender.address, event) for event in events)),
        notices=one_each((*answers, *told), desk, sender),
        trace=(TraceLine("command", message.visible_text.strip()[:60], hit=True, because=why),),
    )
