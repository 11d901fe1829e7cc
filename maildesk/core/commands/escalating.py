"""Commands that take a ticket out of its team's hands: to the next level, or out of sight as spam."""

import re
from dataclasses import replace
from difflib import get_close_matches
from textwrap import shorten

from maildesk.core.commands.context import NO_TICKET, Applied, Command, Context, Refused, Verb, pick_word
from maildesk.core.commands.siding import ask_below
from maildesk.core.commands.tickets import set_status
from maildesk.core.escalation import hand_over, next_level
from maildesk.core.handover import REASON, Sheet, write_sheet
from maildesk.model.desk import Vendor
from maildesk.model.event import Escalated, TagsChanged
from maildesk.model.message import Address
from maildesk.model.ticket import Status, Ticket

#: Characters of the text below that stand for a reason where none is given.
_LONGEST_REASON = 300
#: A line whose value begins right behind the word: what is no name there is a reason.
_REASON_ONLY = re.compile(r"[#＃]\w+\s*[:：]")

#: The tag of a ticket that is none; whoever is told of closed tickets is not told of this one.
SPAM = "spam"


def escalate(command: Command, context: Context) -> Applied | Refused:
    """Hand the ticket to the next level, a queue or a vendor; the text below is a note to whoever takes over.

    They get a handover sheet. What only you know for it goes on lines right below: `tried:` what you did, `reason:`,
    and if you like `symptom:` and `asset:`. You read along, and confirm the solution with the requester.

    A vendor gets the text below and nothing else, as a question aside; the ticket then waits for them.
    """
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    if context.as_reply:
        return Refused("the text below is a note to the next level; answer the requester in a mail of its own")
    misplaced = context.about_text()
    if misplaced is not None:
        return misplaced
    target, reason = _read(command, context, ticket)
    if isinstance(target, Refused):
        return target
    if not reason and "reason" not in dict(command.extra):
        reason = shorten(context.text, _LONGEST_REASON, placeholder=" …")
    sheet = write_sheet(ticket, context.desk, context.now, reason, context.entries, command.extra)
    why = shorten(dict(sheet)[REASON], _LONGEST_REASON, placeholder=" …")
    vendor = context.desk.vendor_named(target)
    if vendor is not None:
        return _ask_vendor(vendor, why, sheet, context, ticket)
    after = context.after(*hand_over(ticket, context.desk, context.technician.email, target, why, sheet))
    told = f"queue {ticket.queue} → {target}"
    if context.is_silent:
        return Applied(after, told)
    return Applied(replace(after, as_note=True), f"{told}; the text is a note to them")


def _read(command: Command, context: Context, ticket: Ticket) -> tuple[str | Refused, str]:
    """Return where the ticket goes and why: `network`, `network: reason`, `vendor Acme`, `: reason`, or nothing."""
    value, (first, colon, rest) = command.value.strip(), command.value.partition(":")
    known = (*(q.name for q in context.desk.queues), *(v.name for v in context.desk.vendors))
    names_one = any(first.strip().casefold() in (name.casefold(), f"vendor {name.casefold()}") for name in known)
    if not value:
        return _next_level(context, ticket), ""
    if _REASON_ONLY.match(command.line) and not names_one:
        return _next_level(context, ticket), value
    return _named(first.strip(), context, ticket), rest.strip() if colon else ""


def _named(name: str, context: Context, ticket: Ticket) -> str | Refused:
    """Find the queue or the vendor that a name means."""
    if name.casefold() == ticket.queue.casefold():
        return Refused(f"it is in {ticket.queue} already")
    vendors = tuple(v.name for v in context.desk.vendors)
    if name.casefold().startswith("vendor ") or context.desk.vendor_named(name) is not None:
        wanted = name[len("vendor ") :] if context.desk.vendor_named(name) is None else name
        return pick_word(wanted, vendors) if vendors else Refused("desk.yaml names no vendor")
    queues = tuple(q.name for q in context.desk.queues if q.name != ticket.queue)
    found = pick_word(name, queues)
    meant = next(iter(get_close_matches(name, queues, n=1)), "QUEUE")
    return replace(found, hint=f"#escalate {meant}: reason") if isinstance(found, Refused) else found


def _next_level(context: Context, ticket: Ticket) -> str | Refused:
    target = next_level(ticket, context.desk)
    if target is None:
        names = (q.name for q in context.desk.queues if q.name != ticket.queue)
        return Refused(f"{ticket.queue} has no further level; name a queue: {', '.join(names)}", "#escalate QUEUE")
    return target


def _ask_vendor(vendor: Vendor, reason: str, sheet: Sheet, context: Context, ticket: Ticket) -> Applied | Refused:
    """Send a vendor the text below, and nothing else of the ticket, which waits for them from now on."""
    if not vendor.address:
        return Refused(f"nobody knows where {vendor.name} is written to", "#side ADDRESS: your question")
    if not context.text.strip():
        return Refused(f"{vendor.name} is sent the text below and nothing else, and there is none")
    to = Address(vendor.name, vendor.address)
    asked = ask_below(context, ticket, to)
    if isinstance(asked, Refused):
        return asked
    technician = context.technician.email
    after = asked.context.after(Escalated(technician, vendor.name, ticket.queue, reason, sheet))
    waiting = set_status(after, Status.WAITING_VENDOR)
    return waiting if isinstance(waiting, Refused) else Applied(waiting.context, f"{asked.outcome}; {waiting.outcome}")


def spam(command: Command, context: Context) -> Applied | Refused:
    """Close the ticket as spam; nobody outside is told, and the text below is a note."""
    ticket = context.ticket
    if ticket is None:
        return NO_TICKET
    if command.value:
        return Refused("#spam takes no value")
    if context.as_reply:
        return Refused("nobody outside is told of spam; answer them in a mail of its own")
    misplaced = context.about_text()
    if misplaced is not None:
        return misplaced
    tagged = context if SPAM in ticket.tags else context.after(TagsChanged((*ticket.tags, SPAM)))
    closed = set_status(replace(tagged, as_note=True), Status.CLOSED)
    return closed if isinstance(closed, Refused) else Applied(closed.context, "closed as spam; nobody outside is told")


ESCALATION_VERBS: dict[str, Verb] = {
    "escalate": Verb(escalate, "[QUEUE|vendor NAME][: REASON]"),
    "spam": Verb(spam),
}
