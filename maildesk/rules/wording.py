"""The words a rule is told in: one row a field, an operator and an action.

Used by `prose` alone. To add a field, operator or action add a row here too; a test compares these tables with those of
the language.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from maildesk.model.rule import Once, Phase
from maildesk.rules.outline import listed, mapping
from maildesk.rules.written import Plain

#: Says what an action does with what was written.
Say: TypeAlias = Callable[[Plain], str]

OCCASIONS: Mapping[Phase, str] = {
    Phase.NEW: "a first mail",
    Phase.FOLLOW_UP: "a follow-up",
    Phase.CHANGE: "a change of a ticket",
    Phase.TIME: "the passing of time",
}

HOW_OFTEN: Mapping[Once, str] = {
    Once.TICKET: "once a ticket",
    Once.DAY: "once a day on each ticket",
    Once.STATUS: "once in each stay in a status",
}

FIELD_WORDS: Mapping[str, str] = {
    "subject": "the subject",
    "body": "the text",
    "from": "the sender",
    "reply_to": "Reply-To",
    "to": "an address in To",
    "cc": "an address in Cc",
    "recipients": "the number of recipients",
    "mailbox": "the mailbox",
    "header.NAME": "the header {}",
    "attachment": "an attachment's name",
    "attachment_type": "an attachment's type",
    "attachment_size": "an attachment's size",
    "attachments": "the number of attachments",
    "size": "the size of the mail",
    "kind": "the kind of mail",
    "language": "the language",
    "requester": "the requester",
    "group": "a group of the requester",
    "vip": "the requester is a VIP",
    "asset": "an asset spoken of",
    "asset_type": "the type of an asset spoken of",
    "tag": "a tag",
    "queue": "the queue",
    "priority": "the priority",
    "impact": "the impact",
    "urgency": "the urgency",
    "status": "the status",
    "type": "the type",
    "assignee": "the assignee",
    "participant": "a participant",
    "field.NAME": "the field {}",
    "open_tickets": "the number of the requester's open tickets",
    "reopened": "the number of times it was reopened",
    "phase": "the phase",
    "role": "the role of who speaks",
    "proof": "the proof of the sender",
    "actor": "who acts",
    "changed": "what changed",
    "before.NAME": "the {} before",
    "weekday": "the day",
    "time": "the time of day",
    "open": "a calendar open now",
    "holiday": "the holiday",
    "business_hours": "the desk is open",
    "age": "the age of the ticket",
    "since_requester": "the time since the requester's last word",
    "since_technician": "the time since the last public answer",
    "in_status": "the time in this status",
    "until_first_response": "the time left for the first response",
    "until_next_response": "the time left for the next response",
    "until_update": "the time left for the next update",
    "until_resolution": "the time left for the resolution",
    "until_due": "the time left until it is due",
}

#: What is either so or not: the words for true and for false.
FLAG_WORDS: Mapping[str, tuple[str, str]] = {
    "vip": ("the requester is a VIP", "the requester is no VIP"),
    "business_hours": ("the desk is open", "the desk is closed"),
}

#: How a comparison is said, and how its opposite is.
OPERATOR_WORDS: Mapping[str, tuple[str, str]] = {
    "equals": ("is", "is not"),
    "contains": ("contains", "does not contain"),
    "starts_with": ("starts with", "does not start with"),
    "matches": ("matches", "does not match"),
    "domain": ("is of", "is not of"),
    "one_of": ("is", "is not"),
    "in_list": ("is in the list", "is not in the list"),
    "greater": ("is more than", "is not more than"),
    "less": ("is less than", "is not less than"),
    "exists": ("is there", "is not there"),
}

#: An amount, time or plain word, which needs no quotes.
_BARE = re.compile(r"[\w@.:/<>=!%-]+|\d+ \w+")


def text(value: Plain) -> str:
    """Return a written value as it is shown: a sentence or pattern in quotes, a plain word bare."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "nothing"
        case str():
            return value if _BARE.fullmatch(value) else f'"{value}"'
        case list():
            return ", ".join(text(item) for item in value)
        case dict():
            return ", ".join(f"{key} {text(inner)}" for key, inner in value.items())


def either(values: tuple[Plain, ...]) -> str:
    """Return several values, of which any will do."""
    shown = [text(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _plain(words: str) -> Say:
    return lambda value: f"{words} {text(value)}"


def _several(one: str, more: str) -> Say:
    return lambda value: f"{one if len(listed(value)) == 1 else more} {text(list(listed(value)))}"


def _quoted(words: str) -> Say:
    return lambda value: f'{words} "{value}"'


def _reason(words: str) -> Say:
    return lambda value: words if value is True else f"{words} ({value})"


def _acknowledge(value: Plain) -> str:
    return "send an acknowledgement" if value is True else "send no acknowledgement"


def _checklist(value: Plain) -> str:
    steps = listed(value)
    count = "one step" if len(steps) == 1 else f"{len(steps)} steps"
    return f"give a checklist of {count} ({'; '.join(str(step) for step in steps)})"


def _escalate(value: Plain) -> str:
    return "escalate it" if value is True else f"escalate it to {text(value)}"


def _also(value: Plain) -> str:
    tickets = [mapping(item) for item in listed(value)]
    return " and ".join(
        f'open a second ticket "{t.get("subject", "")}"{" in queue " + text(t["queue"]) if t.get("queue") else ""}'
        for t in tickets
    )


ACTION_WORDS: Mapping[str, Say] = {
    "impact": _plain("impact"),
    "urgency": _plain("urgency"),
    "priority": _plain("priority"),
    "queue": _plain("queue"),
    "assign": _plain("assign it to"),
    "tags": _several("tag", "tags"),
    "untag": _several("take away the tag", "take away the tags"),
    "type": _plain("type"),
    "subject": _quoted("subject"),
    "status": _plain("status"),
    "fields": _plain("note the field"),
    "requester": lambda value: f"take the requester from {'Reply-To' if value == 'reply-to' else text(value)}",
    "notify": _plain("tell"),
    "cc": _plain("let take part"),
    "watch": _plain("have it watched by"),
    "note": lambda value: " and ".join(f'note "{item}"' for item in listed(value)),
    "reply": _quoted("answer"),
    "template": _plain("acknowledge with the template"),
    "acknowledge": _acknowledge,
    "checklist": _checklist,
    "due": _plain("due in"),
    "snooze": _plain("let it sleep for"),
    "escalate": _escalate,
    "link": _plain("link it to"),
    "also": _also,
    "hold": _reason("hold the mail"),
    "reject": _quoted("open no ticket and refuse with"),
    "discard": _reason("open no ticket"),
    "accept": lambda _value: "open a ticket even for an automatic reply",
}
