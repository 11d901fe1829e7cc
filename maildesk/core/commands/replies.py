"""Commands about the text of the mail itself: note, reply, ask."""

from dataclasses import replace

from maildesk.core.commands.context import Applied, Command, Context, Refused, Verb
from maildesk.core.commands.tickets import set_status
from maildesk.model.ticket import Status


def note(command: Command, context: Context) -> Applied | Refused:
    """The text below is an internal note; the requester never sees it."""
    if context.as_reply:
        return Refused("#note and #reply exclude each other")
    return context.about_text() or Applied(replace(context, as_note=True), "the text is a note")


def reply(command: Command, context: Context) -> Applied | Refused:
    """The text below goes to the requester, also in answer to a note."""
    if context.as_note:
        return Refused("#note and #reply exclude each other")
    return context.about_text() or Applied(replace(context, as_reply=True), "the text goes to the requester")


def ask(command: Command, context: Context) -> Applied | Refused:
    """Ask the requester: the text below goes out, and the ticket waits for the answer (waiting-requester)."""
    if context.as_note:
        return Refused("#note and #ask exclude each other")
    misplaced = context.about_text()
    if misplaced is not None:
        return misplaced
    if not context.text.strip():
        return Refused("what do you want to ask? Write it below")
    asked = set_status(replace(context, as_reply=True), Status.WAITING_REQUESTER)
    return asked if isinstance(asked, Refused) else Applied(asked.context, f"the text goes out; {asked.outcome}")


def replyonly(command: Command, context: Context) -> Applied | Refused:
    """Answer without becoming the owner; otherwise the first to answer owns the ticket."""
    return Applied(replace(context, keep_owner=True), "the owner stays as it is")


REPLY_VERBS: dict[str, Verb] = {
    "note": Verb(note, changes=False, speaks=True),
    "reply": Verb(reply, changes=False, publishes=True, speaks=True),
    "ask": Verb(ask, publishes=True, speaks=True),
    "replyonly": Verb(replyonly, changes=False, publishes=True),
}
