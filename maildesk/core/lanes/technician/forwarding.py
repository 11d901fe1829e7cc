"""What a technician's mail passes on: whose it is, whether the desk has it already, and when nobody can be sure.

Called by the lane before any line runs, and by `intake` for the facts it has to look up. Only a mail that proves its
sender and answers none of ours opens tickets for others; doubt leaves the ticket with the technician, who is asked.
"""

import re
from dataclasses import replace

from maildesk.core.access import Standing
from maildesk.core.commands import read_commands
from maildesk.core.commands.people import read_person
from maildesk.core.lanes.technician.mail import TechnicianMail
from maildesk.mail.forwarded import find_inline
from maildesk.mail.signs import is_no_reply, is_robot
from maildesk.model.desk import Desk
from maildesk.model.message import Address, Forwarded, InboundMessage
from maildesk.model.situation import Candidate, Signal

#: A reply token: whoever gets to see it could answer in somebody else's place.
_OWN_MAIL = re.compile(r"(?:\bref:|\+)[rnb][a-z2-7]{38}\b", re.IGNORECASE)
_ANSWERED = "it looks like an answer, not like a mail that is passed on"


def find_original(message: InboundMessage, desk: Desk) -> Forwarded | None:
    """Return the mail that is passed on: the outermost, or the one below where a colleague or the desk wrote that.

    Its `doubt` says why it may not be what it seems; None: the mail passes nothing on.
    """
    outside = (f for f in message.forwarded if f.sender is None or not _is_inside(f.sender, desk))
    found = next(outside, None) or next(iter(message.forwarded), None)
    if found is None or found.sender is None or found.doubt:
        return found
    if _is_inside(found.sender, desk):
        return replace(found, doubt=f"{found.sender.address} is a technician's address or the desk's own")
    if _OWN_MAIL.search(found.text):
        return replace(found, doubt="a mail of this desk stands in it")
    if is_no_reply(found.sender.address) or is_robot(found.sender.address):
        return replace(found, doubt=f"nobody seems to read {found.sender.address}")
    return found


def find_named_requester(message: InboundMessage, desk: Desk) -> Address | None:
    """Return for whom a technician's mail would open a ticket; None: for nobody else."""
    named = next((c for c in read_commands(message.visible_text).commands if c.word == "for"), None)
    if named is not None:
        return read_person(named.value)
    found = find_original(message, desk)
    return found.sender if found and not found.doubt else None


def take_up(mail: TechnicianMail) -> TechnicianMail:
    """Return the mail with what it passes on told from what was typed above, which alone holds commands and notes."""
    if mail.identity.ticket is not None or mail.identity.text_standing is not Standing.OWN_TICKET:
        return mail
    message = mail.situation.message
    found = find_original(message, mail.desk)
    if found is None:
        return replace(mail, doubt=_doubt_about_answer(message, mail.desk))
    typed = replace(mail, passed_on=found, block=read_commands(found.preface))
    known = _find_known(mail, found)
    if known is not None:
        return _noted(typed, known)
    if not found.doubt:
        return typed
    # A name, at least, shows where the mail begins that is passed on; `#for` gives it its address.
    return typed if "for" in mail.words and found.name else replace(mail, doubt=found.doubt)


def _is_inside(sender: Address, desk: Desk) -> bool:
    return desk.is_own_address(sender.address) or desk.technician(sender.address) is not None


def _find_known(mail: TechnicianMail, found: Forwarded) -> Candidate | None:
    """Find the ticket that this very mail has reached already."""
    candidates = (c for c in mail.situation.candidates if c.signal is Signal.STORED_ID and c.token is None)
    return next((c for c in candidates if found.message_id is not None and c.value == found.message_id), None)


def _noted(mail: TechnicianMail, known: Candidate) -> TechnicianMail:
    """What stands above a mail that the desk has already is a note on its ticket."""
    identity = replace(mail.identity, candidate=known, claims=None, text_standing=Standing.NOTE)
    return replace(mail, identity=identity, kept_because=f"that mail is ticket {known.ticket.number} already")


def _doubt_about_answer(message: InboundMessage, desk: Desk) -> str:
    """Doubt a mail in which a technician answers somebody else, with a copy to the desk."""
    if not (message.in_reply_to or message.references):
        return ""
    answered = (f.sender for f in find_inline(message.text, is_answer=True) if f.sender)
    other = next((a for a in answered if not _is_inside(a, desk)), None)
    return f"{_ANSWERED}; it quotes {other.address}" if other else ""
