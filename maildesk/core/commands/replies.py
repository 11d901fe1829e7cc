"""Commands about the text of the mail itself: note, reply, help."""

from dataclasses import replace

from maildesk.core.commands.context import Applied, Command, Context, Refused, Verb


def note(command: Command, context: Context) -> Applied | Refused:
    """The text below is an internal note; the requester never sees it."""
    if context.as_reply:
        return Refused("#note and #reply exclude each other")
    return Applied(replace(context, as_note=True), "the text is a note")


def reply(command: Command, context: Context) -> Applied | Refused:
    """The text below goes to the requester, also in answer to a note."""
    if context.as_note:
        return Refused("#note and #reply exclude each other")
    return Applied(replace(context, as_reply=True), "the text goes to the requester")


def replyonly(command: Command, context: Context) -> Applied | Refused:
    """Answer without becoming the ticket's owner."""
    return Applied(replace(context, keep_owner=True), "the owner stays as it is")


def show_help(command: Command, context: Context) -> Applied | Refused:
    """Get this list by mail."""
    return Applied(replace(context, wants_help=True), "the list of commands is below")


REPLY_VERBS: dict[str, Verb] = {
    "note": Verb(note, changes=False),
    "reply": Verb(reply, changes=False, publishes=True),
    "replyonly": Verb(replyonly, changes=False, publishes=True),
    "help": Verb(show_help, changes=False, asks=True, opens=True),
}
