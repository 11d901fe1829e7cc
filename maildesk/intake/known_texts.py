"""What a mail quotes from its ticket, told by comparison with what the desk wrote to its sender.

Called by `facts` inside the deciding transaction. Only ever shortens what is shown of a mail, or gives back an answer
that stood inside a quotation; the stored text stays whole. Nothing else is compared: a technician who takes over words
from a note, a vendor or a colleague means to say them, and so does a second person with the same error message.
"""

from collections.abc import Iterator

from maildesk.adapters.store import Transaction
from maildesk.mail.comparison import has_run
from maildesk.mail.parse import parse_message
from maildesk.mail.read import with_typed_text
from maildesk.mail.threads import is_forward
from maildesk.model import event as ev
from maildesk.model.desk import Desk
from maildesk.model.message import InboundMessage, Kind
from maildesk.model.situation import Candidate, Signal

#: Answers a mail is compared with, the newest first.
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
    earlier = tuple(_answered(tx, message, candidate, desk))
    if desk.technician(sender.address) is None:
        earlier = (*earlier, *_answers(tx, candidate.ticket.number))
    return with_typed_text(message, earlier) if earlier else message


def _answered(tx: Transaction, message: InboundMessage, candidate: Candidate, desk: Desk) -> Iterator[str]:
    """Yield the text of the mail of ours that is answered, if some of it shows."""
    shown = message.visible_text
    if candidate.token is None or not (desk.name in shown or f"#{candidate.ticket.number}" in shown):
        return
    if data := tx.outbox.find_data(candidate.token.outbox_id):
        yield parse_message(data).message.text


def _answers(tx: Transaction, number: int) -> Iterator[str]:
    """Yield what technicians answered on a ticket, newest first."""
    for recorded in tx.tickets.newest(number, (ev.CorrespondenceSent,), MOST_TEXTS):
        if isinstance(recorded.event, ev.CorrespondenceSent):
            yield recorded.event.text
