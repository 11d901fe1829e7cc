"""What may be written behind each action, read into the `RuleActions` that say so. Called by `actions`, row by row.

Each function takes what was written and the names this desk knows, and raises `WritingError` with a sentence.
"""

import unicodedata

from maildesk.model.level import Level, Priority
from maildesk.model.rule import RuleActions, SecondTicket
from maildesk.model.ticket import Status
from maildesk.rules.durations import ahead
from maildesk.rules.written import (
    YES_NO,
    Plain,
    Words,
    WritingError,
    address,
    flag,
    items,
    kind_of,
    label,
    one_line,
    unknown,
    word_of,
)

HELD = "held by a rule"
DISCARDED = "discarded by a rule"
#: What `escalate: true` comes to: the next level of the ticket's queue.
NEXT_LEVEL = ""

_LONGEST_TEXT = 10_000
_LONGEST_SUBJECT = 200
_LONGEST_NAME = 64
_MOST_TICKETS = 5
_SECOND_KEYS = ("subject", "queue", "text")


def impact(value: Plain, _words: Words) -> RuleActions:
    """Read a level."""
    return RuleActions(impact=Level(word_of("impact", value, Level)))


def urgency(value: Plain, _words: Words) -> RuleActions:
    """Read a level."""
    return RuleActions(urgency=Level(word_of("urgency", value, Level)))


def priority(value: Plain, _words: Words) -> RuleActions:
    """Read a priority."""
    return RuleActions(priority=Priority(word_of("priority", value, Priority)))


def queue(value: Plain, words: Words) -> RuleActions:
    """Read the name of a queue."""
    return RuleActions(queue=_queue(value, words))


def assign(value: Plain, words: Words) -> RuleActions:
    """Read any address of a technician."""
    return RuleActions(assign=_technician(value, words))


def tags(value: Plain, _words: Words) -> RuleActions:
    """Read tags."""
    return RuleActions(tags=_tags(value))


def untag(value: Plain, _words: Words) -> RuleActions:
    """Read tags."""
    return RuleActions(untag=_tags(value))


def type_word(value: Plain, _words: Words) -> RuleActions:
    """Read a word of the admin's."""
    return RuleActions(type=label(value))


def subject(value: Plain, _words: Words) -> RuleActions:
    """Read one line."""
    text = one_line(value)
    if len(text) > _LONGEST_SUBJECT:
        raise WritingError(f"a subject has at most {_LONGEST_SUBJECT} characters")
    return RuleActions(subject=text)


def status(value: Plain, _words: Words) -> RuleActions:
    """Read a status."""
    return RuleActions(status=word_of("status", value, Status))


def fields(value: Plain, _words: Words) -> RuleActions:
    """Read pairs of name and value."""
    if not isinstance(value, dict) or not value:
        raise WritingError("expected a mapping (name: value)")
    return RuleActions(fields=tuple((_name(name), one_line(text)) for name, text in value.items()))


def notify(value: Plain, _words: Words) -> RuleActions:
    """Read addresses."""
    return RuleActions(notify=tuple(address(a) for a in items(value)))


def cc(value: Plain, _words: Words) -> RuleActions:
    """Read addresses."""
    return RuleActions(cc=tuple(address(a) for a in items(value)))


def watch(value: Plain, words: Words) -> RuleActions:
    """Read addresses of technicians."""
    return RuleActions(watch=tuple(dict.fromkeys(_technician(item, words) for item in items(value))))


def note(value: Plain, _words: Words) -> RuleActions:
    """Read texts."""
    return RuleActions(note=tuple(_text(item) for item in items(value)))


def reply(value: Plain, _words: Words) -> RuleActions:
    """Read a text."""
    return RuleActions(reply=_text(value))


def requester(value: Plain, _words: Words) -> RuleActions:
    """Read whence the requester is taken."""
    return RuleActions(requester=word_of("requester", value, ("reply-to",)))


def template(value: Plain, words: Words) -> RuleActions:
    """Read the name of a template."""
    return RuleActions(template=word_of("template", value, words.templates) if words.templates else label(value))


def acknowledge(value: Plain, _words: Words) -> RuleActions:
    """Read true or false."""
    return RuleActions(acknowledge=flag(value))


def checklist(value: Plain, _words: Words) -> RuleActions:
    """Read lines."""
    return RuleActions(checklist=tuple(one_line(item) for item in items(value)))


def due(value: Plain, _words: Words) -> RuleActions:
    """Read a duration."""
    return RuleActions(due=ahead(value))


def snooze(value: Plain, _words: Words) -> RuleActions:
    """Read a duration."""
    return RuleActions(snooze=ahead(value))


def escalate(value: Plain, words: Words) -> RuleActions:
    """Read true or the name of a queue."""
    if value is False:
        raise WritingError("expected true or a queue; leave the action out to do nothing")
    return RuleActions(escalate=NEXT_LEVEL if value is True else _queue(value, words))


def link(value: Plain, _words: Words) -> RuleActions:
    """Read the number of a ticket."""
    number = one_line(value).removeprefix("#")
    if not (number.isascii() and number.isdigit() and 0 < len(number) <= 12):
        raise WritingError(f"'{number[:80]}' is no ticket number")
    return RuleActions(link=str(int(number)))


def also(value: Plain, words: Words) -> RuleActions:
    """Read one or several further tickets."""
    found = tuple(_second(item, words) for item in items(value))
    if len(found) > _MOST_TICKETS:
        raise WritingError(f"a rule opens at most {_MOST_TICKETS} further tickets")
    return RuleActions(also=found)


def hold(value: Plain, _words: Words) -> RuleActions:
    """Read true or a sentence."""
    return RuleActions(hold=_sentence(value, HELD))


def discard(value: Plain, _words: Words) -> RuleActions:
    """Read true or a sentence."""
    return RuleActions(discard=_sentence(value, DISCARDED))


def reject(value: Plain, _words: Words) -> RuleActions:
    """Read a sentence."""
    if isinstance(value, bool):
        raise WritingError("expected the sentence that the sender is told")
    return RuleActions(reject=one_line(value))


def accept(value: Plain, _words: Words) -> RuleActions:
    """Read true or false."""
    return RuleActions(accept=flag(value))


def _queue(value: Plain, words: Words) -> str:
    return word_of("queue", value, words.queues) if words.queues else label(value)


def _technician(value: Plain, words: Words) -> str:
    text = one_line(value)
    stored = {written.casefold(): email for written, email in words.technicians}
    if words.technicians and text.casefold() not in stored:
        raise WritingError(unknown("technician", text, sorted(set(stored.values()))))
    return stored.get(text.casefold(), text)


def _tags(value: Plain) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label(tag).casefold() for tag in items(value)))


def _name(written: str) -> str:
    name = one_line(written).casefold()
    if len(name) > _LONGEST_NAME:
        raise WritingError(f"'{name[:80]}' is too long a name: at most {_LONGEST_NAME} characters")
    return name


def _text(value: Plain) -> str:
    """Return text of one or more lines."""
    if not isinstance(value, str):
        raise WritingError(f"expected text, not {kind_of(value)}")
    text = value.strip()
    if not text:
        raise WritingError("expected text, not nothing")
    if len(text) > _LONGEST_TEXT:
        raise WritingError(f"text is longer than {_LONGEST_TEXT} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in text):
        raise WritingError("expected text without control characters")
    return text


def _second(value: Plain, words: Words) -> SecondTicket:
    if not isinstance(value, dict):
        raise WritingError("expected a mapping such as {subject: New laptop, queue: general, text: What to do}")
    stray = next((key for key in value if key not in _SECOND_KEYS), None)
    if stray is not None:
        raise WritingError(unknown("key", stray, _SECOND_KEYS))
    if "subject" not in value:
        raise WritingError("a further ticket needs a subject")
    title = subject(value["subject"], words).subject or ""
    text = _text(value["text"]) if "text" in value else ""
    return SecondTicket(title, _queue(value["queue"], words) if "queue" in value else None, text)


def _sentence(value: Plain, usual: str) -> str:
    if value is False:
        raise WritingError("expected true or a sentence that says why; leave the action out to do nothing")
    if isinstance(value, str) and value.strip().casefold() in YES_NO:
        # In YAML 1.2 these are texts, and `discard: no` would discard with the reason "no".
        raise WritingError("expected true or a sentence that says why, not yes or no")
    return usual if value is True else one_line(value)
