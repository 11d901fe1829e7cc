"""Which mail follows from what happened, to whom, and when silence is due. Called by every lane.

`one_each` is the last word: one incoming mail causes at most one mail to any one address, nobody is told of their own
act, and nothing is addressed to the desk itself or to nobody (a released mail may name no sender).
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from maildesk.model.desk import Cap, Desk, Technician
from maildesk.model.level import Priority
from maildesk.model.message import Address, Attachment, InboundMessage, Kind
from maildesk.model.notice import RESULTS, Answer, Audience, CommandResult, Notice, NoticeName, Visibility
from maildesk.model.situation import Proof, RecentMail, Situation
from maildesk.model.ticket import Ticket
from maildesk.model.trace import TraceLine

#: Mail that answers a technician's own mail or warns of one in their name.
_ABOUT_OWN_MAIL = RESULTS | {NoticeName.FORGERY_WARNING}
#: Mails to one technician within the hour that ask them to confirm a mail in their name.
MOST_CONFIRMATIONS = 20
#: Mail that is read no further than its first line.
_QUIET = frozenset({NoticeName.NOTE, NoticeName.TAKEN})
_TOLD_TO_ACTOR = _ABOUT_OWN_MAIL | {
    NoticeName.ACKNOWLEDGEMENT, NoticeName.STATUS_REPORT, NoticeName.LEFT, NoticeName.REFUSED, NoticeName.RULE_REPLY,
}  # fmt: skip


def crew(desk: Desk, queue: str, assignee: str | None, watchers: tuple[str, ...] = ()) -> tuple[Technician, ...]:
    """Return whoever is told about a ticket: its owner, or everybody of its queue while nobody owns it; and watchers.

    `watchers` are main addresses; who is no technician any more watches no more.
    """
    owner = desk.technician(assignee) if assignee else None
    working = (owner,) if owner else desk.technicians_of(queue)
    reading = (t for t in desk.technicians if t.email in watchers and t not in working)
    return (*working, *reading)


def substitutes(desk: Desk, queue: str, dead: Collection[str]) -> tuple[Technician, ...]:
    """Return who is told when those who ought to be take no mail: others of the queue, else the leads, else everybody.

    `dead`: addresses that take no mail, in lower case.
    """
    alive = tuple(t for t in desk.technicians if t.address.key not in dead)
    groups = (tuple(t for t in alive if queue in t.queues), tuple(t for t in alive if t.lead), alive)
    return next((group for group in groups if group), ())


def tell_crew(
    name: NoticeName,
    desk: Desk,
    ticket: Ticket,
    *,
    visibility: Visibility,
    text: str = "",
    detail: str = "",
    author: Address | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> tuple[Notice, ...]:
    """Tell whoever is the ticket's crew. `visibility` is what their plain reply will mean."""
    return tuple(
        Notice(
            name,
            t.address,
            Audience.TECHNICIAN,
            visibility,
            text=text,
            detail=detail,
            author=author,
            attachments=attachments,
            reason=_reason(t, desk, ticket),
        )
        for t in crew(desk, ticket.queue, ticket.assignee, ticket.watchers)
    )


def _reason(told: Technician, desk: Desk, ticket: Ticket) -> str:
    if ticket.assignee and told.owns(ticket.assignee):
        return "owner"
    return f"queue {ticket.queue}" if told in crew(desk, ticket.queue, ticket.assignee) else "watching"


def tell_public(
    name: NoticeName,
    desk: Desk,
    ticket: Ticket,
    *,
    text: str = "",
    author: Address | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> tuple[Notice, ...]:
    """Tell the requester and the participants. A technician's words wait for the recall window, but never on P1.

    Who wants no news of the desk's own gets none without a person's words.
    """
    waits = bool(text) and author is not None and ticket.priority is not Priority.P1
    delay = desk.recall_seconds if waits else 0.0
    return tuple(
        Notice(
            name,
            to,
            Audience.PUBLIC,
            Visibility.PUBLIC,
            text=text,
            author=author,
            attachments=attachments,
            delay_seconds=delay,
        )
        for to in ticket.audience
        if author is not None or to.key not in ticket.muted
    )


def result(
    name: NoticeName,
    technician: Technician,
    results: tuple[CommandResult, ...],
    *,
    visibility: Visibility,
    text: str = "",
    detail: str = "",
    answers: tuple[Answer, ...] = (),
) -> Notice:
    """Answer a technician's mail: what each line did, what its questions came to, or why all of it was held."""
    return Notice(
        name,
        technician.address,
        Audience.TECHNICIAN,
        visibility,
        text=text,
        detail=detail,
        results=results,
        answers=answers,
        reason="result",
    )


def forgery_warning(situation: Situation, technician: Technician, detail: str) -> tuple[Notice, ...]:
    """Warn the stored address that somebody writes in a technician's name; at most once within the window counted."""
    if situation.recent.warnings_to_technician:
        return ()
    notice = Notice(
        NoticeName.FORGERY_WARNING,
        technician.address,
        Audience.TECHNICIAN,
        Visibility.INTERNAL,
        detail=detail,
        reason="warning",
    )
    return (notice,)


def delivery_failed(
    desk: Desk, ticket: Ticket, recipient: str, detail: str, *, author: Address | None = None
) -> tuple[Notice, ...]:
    """Tell a ticket's technicians and the author of the words what did not arrive; never whom it did not reach."""
    detail = f"{recipient}: {detail}"[:700]
    told = tell_crew(
        NoticeName.DELIVERY_FAILED,
        desk,
        ticket,
        detail=detail,
        visibility=Visibility.INTERNAL,
    )
    by = desk.technician(author.address) if author else None
    if by is not None:
        to, inside = by.address, Visibility.INTERNAL
        own = Notice(NoticeName.DELIVERY_FAILED, to, Audience.TECHNICIAN, inside, detail=detail, reason="author")
        told = (*told, own)
    return tuple(n for n in one_each(told, desk, None) if n.to.key != recipient.casefold())


def reader_lost(desk: Desk, ticket: Ticket, recipient: str, said: str) -> tuple[Notice, ...]:
    """Tell others that mail to the only technician who is told about a ticket came back; nothing while there are more.

    `said`: the words of the server.
    """
    reader = desk.technician(recipient)
    if reader is None or crew(desk, ticket.queue, ticket.assignee, ticket.watchers) != (reader,):
        return ()
    detail = (
        f"mail to {reader.name or reader.email} came back: {said.rstrip('.')}. Until they write, you are told instead"
    )
    return tuple(
        Notice(
            NoticeName.DELIVERY_FAILED,
            t.address,
            Audience.TECHNICIAN,
            Visibility.INTERNAL,
            detail=detail,
            reason=f"queue {ticket.queue}",
        )
        for t in substitutes(desk, ticket.queue, {reader.address.key})
    )


def with_warnings(notices: tuple[Notice, ...], warnings: tuple[Notice, ...]) -> tuple[Notice, ...]:
    """Add warnings to the mail technicians get anyway, so that it stays one mail to each address.

    A mail in which it would be overlooked makes way.
    """
    kept = {notice.to.key: notice for notice in notices}
    for warning in warnings:
        there = kept.get(warning.to.key)
        if there is None or there.name in _QUIET:
            kept[warning.to.key] = warning
        elif there.audience is Audience.TECHNICIAN:
            detail = f"{there.detail.rstrip('.')}. {warning.detail}" if there.detail else warning.detail
            kept[warning.to.key] = replace(there, detail=detail)
    return tuple(sorted(kept.values(), key=lambda n: n.name in _ABOUT_OWN_MAIL))


def acknowledgement(
    situation: Situation, desk: Desk, requester: Address, proof: Proof, *, wanted: bool | None, template: str | None
) -> tuple[tuple[Notice, ...], TraceLine]:
    """Acknowledge a new ticket, unless a guard or a cap forbids it; the trace line says which.

    A first-time sender without proof gets none of their own text back: the desk is nobody's relay.
    """
    silence, proven = find_silence(situation, desk, proof)
    if not requester.address:
        silence = "the mail names nobody to answer"
    if wanted is False:
        silence = "a rule says no acknowledgement"
    if silence:
        return (), TraceLine("notice", "acknowledgement", hit=False, because=silence)
    notice = Notice(
        NoticeName.ACKNOWLEDGEMENT,
        requester,
        Audience.PUBLIC,
        Visibility.PUBLIC,
        echo=proven,
        template=template if proven else None,
    )
    known = "known or proven sender" if proven else "first mail of an unproven sender: none of their text is repeated"
    return (notice,), TraceLine("notice", "acknowledgement", hit=True, because=known)


def refusal(
    situation: Situation, desk: Desk, sender: Address, proof: Proof, *, detail: str = ""
) -> tuple[tuple[Notice, ...], TraceLine]:
    """Tell a sender that their mail was not taken in, unless a guard or a cap forbids it; the trace line says which.

    It counts as an acknowledgement.  `detail`: the admin's own sentence to them; without one the notice's own words.
    """
    silence, proven = find_silence(situation, desk, proof)
    if silence or not sender.address:
        because = silence or "the mail names nobody to answer"
        return (), TraceLine("notice", "refused", hit=False, because=because)
    notice = Notice(NoticeName.REFUSED, sender, Audience.PUBLIC, Visibility.PUBLIC, echo=proven, text=detail)
    return (notice,), TraceLine("notice", "refused", hit=True, because="the sender is told that nobody reads this mail")


def find_silence(situation: Situation, desk: Desk, proof: Proof) -> tuple[str, bool]:
    """Say why nothing automatic may answer a mail (empty: it may), and whether its sender is known or proven.

    Whoever is neither gets none of their own text back.
    """
    proven = situation.known_sender or proof is Proof.PASS
    return _silence(situation.message, desk, situation.recent, proof, proven=proven), proven


def _silence(message: InboundMessage, desk: Desk, recent: RecentMail, proof: Proof, *, proven: bool) -> str:
    """Say why no acknowledgement may go out; empty when it may."""
    caps = desk.acknowledgements
    if message.kind is not Kind.PERSON:
        return f"kind is {message.kind}: {message.kind_reason}"
    if message.unanswerable:
        return message.unanswerable
    if proof is Proof.FAILED:
        return "the sender failed authentication"
    if caps.per_ticket == 0:
        return "acknowledgements per ticket: 0"
    if _is_reached(caps.per_address, recent.acknowledgements_to_sender):
        return "cap of acknowledgements to this address reached"
    if not proven and _is_reached(caps.unproven, recent.acknowledgements_unproven):
        return "cap of acknowledgements to unproven senders reached"
    return ""


def _is_reached(cap: Cap | None, count: int) -> bool:
    return cap is not None and count >= cap.count


def one_each(notices: Iterable[Notice], desk: Desk, actor: Address | None) -> tuple[Notice, ...]:
    """Keep the first notice to each address; drop what would tell people of their own act or mail the desk itself.

    Result mails and warnings are exempt from the second, take the place of any other notice to their address, and go
    last.
    """
    kept: dict[str, Notice] = {}
    for notice in sorted(notices, key=lambda n: n.name in _ABOUT_OWN_MAIL):
        key = notice.to.key
        is_actor = actor is not None and _same_person(key, actor, desk)
        if not key or desk.is_own_address(key) or (is_actor and notice.name not in _TOLD_TO_ACTOR):
            continue
        if notice.name in _ABOUT_OWN_MAIL and key in kept and kept[key].name not in _ABOUT_OWN_MAIL:
            del kept[key]
        kept.setdefault(key, notice)
    return tuple(kept.values())


def _same_person(key: str, actor: Address, desk: Desk) -> bool:
    technician = desk.technician(actor.address)
    return key == actor.key or (technician is not None and technician.owns(key))
