"""What a mail quotes from its ticket, told by comparison with what was written there before.

Called by `facts` inside the deciding transaction. Only ever shortens what is shown of a mail, or gives back an answer
that stood inside a quotation; the stored text stays whole. A mail is never compared with its sender's own words: who
says a thing twice, or sends the same ready-made answer again, means it.
"""

from collections.abc import Iterator
from dataclasses import replace

from maildesk.adapters.store import Transaction
from maildesk.mail.comparison import has_run
from maildesk.mail.parse import parse_message
from maildesk.mail.quoting import find_visible_text
from maildesk.mail.threads import is_forward
from maildesk.model import event as ev
from maildesk.model.desk import Desk
from maildesk.model.message import Address, InboundMessage, Kind
from maildesk.model.situation import Candidate, Signal

#: Earlier texts a mail is compared with, the newest first.
MOST_TEXTS = 20


def with_known_quotes(
    tx: Transaction, message: InboundMessage, candidates: tuple[Candidate, ...], desk: Desk
) -> InboundMessage:
    """Return the message with its visible text found anew, knowing what was written on the ticket it belongs to."""
    sender = message.sender
    # Whoever merely names a number has shown nothing that ties this text to that ticket.
    candidate = next((c for c in candidates if c.signal is not Signal.SUBJECT), None)
    if sender is None or candidate is None or message.kind is not Kind.PERSON:
        return message
    # A forwarded mail is shown with what it passes on; and a few words quote nothing that can be told.
    if is_forward(message) or not has_run(message.text):
        return message
    earlier = (*_answered(tx, message, candidate, desk), *_texts(tx, candidate.ticket.number, sender, desk))
    return replace(message, visible_text=find_visible_text(message.text, earlier)) if earlier else message


def _answered(tx: Transaction, message: InboundMessage, candidate: Candidate, desk: Desk) -> Iterator[str]:
    """Yield the text of the mail of ours that is answered, if some of it shows."""
    shown = message.visible_text
    if candidate.token is None or not (desk.name in shown or f"#{candidate.ticket.number}" in shown):
        return
    if data := tx.outbox.find_data(candidate.token.outbox_id):
        yield parse_message(data).message.text


def _texts(tx: Transaction, number: int, sender: Address, desk: Desk) -> Iterator[str]:
    """Yield what others wrote on a ticket, newest first: the whole of each mail, and what was typed in it."""
    technician = desk.technician(sender.address)
    own = {sender.key} if technician is None else {a.casefold() for a in (technician.email, *technician.aliases)}
    left = MOST_TEXTS
    for recorded in reversed(tx.tickets.history(number)):
        match recorded.event:
            case ev.CorrespondenceReceived(sender=who, text=text, visible_text=typed):
                texts = (typed, text) if typed != text else (text,)
            # Technicians share their ready-made answers, and one that is cut never reaches the requester.
            case ev.CorrespondenceSent(author=who, text=text) if technician is None:
                texts = (text,)
            case ev.NoteAdded(author=who, text=text) | ev.CorrespondencePending(sender=who, text=text):
                texts = (text,)
            case _:
                continue
        if who.key in own:
            continue
        yield from texts
        left -= 1
        if not left:
            return
