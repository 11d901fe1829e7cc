"""Whether a mail holds internal text: every piece of twenty characters is a canary. Used after stories.

Pure: texts in, pieces out. What is also public, or is the desk's own wording, gives nothing away.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from html import unescape
from pathlib import Path

from maildesk.core.handover import ASSET, NOT_RECORDED, REASON, TRIED
from maildesk.model import event as ev

PIECE = 20
#: Shorter internal texts are looked for as a whole, down to this length.
SHORTEST = 12

_TAGS = re.compile(r"<[^>]*>")
_MARKS = re.compile(r"^[\s>|]+", re.MULTILINE)
_BLANKS = re.compile(r"\s+")
_TEMPLATES = Path(__file__).parents[1] / "templates"
#: Headings of a handover sheet under which stands nothing that the requester wrote or was told.
_INTERNAL = (ASSET, TRIED, REASON)
#: How the entry begins that keeps what a rule told the requester.
_ANSWERED = "The requester was told:"
#: What the desk itself says in an entry that nobody typed.
_PLACEHOLDERS = frozenset({"(empty mail)"})


@dataclass(frozen=True)
class Secret:
    """An internal text and who may know it beside technicians: its own author, or whom a technician asked aside."""

    text: str
    known_to: str = ""


def secrets_of(history: Iterable[ev.Recorded]) -> list[Secret]:
    """Collect all internal texts of a history; the desk's own notes, which answer no mail, are none, but for rules'."""
    found: list[Secret] = []
    history = tuple(history)
    asked = flat("\n".join(r.event.text for r in history if isinstance(r.event, ev.SideAsked)))
    for recorded in history:
        match recorded.event:
            case ev.NoteAdded(message_id=str(), text=text):
                found.append(Secret(text))
            case ev.NoteAdded(text=text) if recorded.actor.startswith("rule: ") and not text.startswith(_ANSWERED):
                found.append(Secret(text))
            case ev.Escalated(sheet=sheet):
                # The words below `#escalate` become the reason too, where none is given: a vendor gets them.
                lines = (line for heading, text in sheet if heading in _INTERNAL for line in text.splitlines())
                found += [Secret(line) for line in lines if line != NOT_RECORDED and flat(line) not in asked]
            case ev.CorrespondencePending(sender=who, text=text) | ev.SideAnswered(sender=who, text=text):
                found.append(Secret(text, who.key))
            case ev.SideAsked(to=who, text=text):
                found.append(Secret(text, who.key))
            case ev.ResolutionRecorded(cause=cause, fix=fix, config=config):
                found += [Secret(text) for text in (cause, fix, config)]
    return [secret for secret in found if secret.text not in _PLACEHOLDERS]


def public_texts(history: Iterable[ev.Recorded]) -> list[str]:
    """Collect what the public side of a ticket may know: all that was said openly, subjects and names."""
    found: list[str] = []
    for recorded in history:
        match recorded.event:
            case ev.TicketOpened(subject=subject, requester=who):
                found += [subject, who.name, who.address]
            case ev.CorrespondenceReceived(sender=who, text=text, visible_text=visible):
                found += [text, visible, who.name, who.address]
            case ev.CorrespondenceSent(author=who, text=text):
                found += [text, who.name]
            case ev.SubjectChanged(subject=subject):
                found.append(subject)
    return found


def told(mail: EmailMessage, recipient: str, secrets: Iterable[Secret], public: Iterable[str]) -> list[str]:
    """Return the pieces of internal texts that a mail gives away to its recipient."""
    # Whom a mail is from stands in every copy of it, and so in what people pass on.
    known = "\0".join(map(flat, (*public, str(mail["From"]), *_own_words())))
    said = shown_text(mail)
    leaked: list[str] = []
    for secret in secrets:
        if secret.known_to != recipient.casefold():
            leaked += [piece for piece in pieces(secret.text) if piece in said and piece not in known]
    return leaked


def pieces(text: str) -> list[str]:
    """Cut a text into all its runs of twenty characters, white space and quote marks aside."""
    whole = flat(text)
    if len(whole) < PIECE:
        return [whole] if len(whole) >= SHORTEST else []
    return [whole[at : at + PIECE] for at in range(len(whole) - PIECE + 1)]


def shown_text(mail: EmailMessage) -> str:
    """Return all a reader can see of a mail, and all that stands in its HTML, flat."""
    parts = [str(mail["Subject"]), str(mail["From"])]
    for part in mail.walk():
        name = part.get_filename()
        parts += [name] if name else []
        if part.get_content_maintype() == "text":
            content = str(part.get_content())
            parts += [content, unescape(_TAGS.sub("", content)), unescape(_TAGS.sub(" ", content))]
    return "\0".join(map(flat, parts))


def flat(text: str) -> str:
    """Return a text in lower case with single blanks and without quote marks."""
    return _BLANKS.sub(" ", _MARKS.sub("", text.replace("\N{NO-BREAK SPACE}", " "))).strip().casefold()


@cache
def _own_words() -> tuple[str, ...]:
    """The wording of the desk's own mails, which people quote."""
    files = (*_TEMPLATES.glob("*.j2"), *_TEMPLATES.glob("*/*.po"))
    return tuple(file.read_text("utf-8") for file in files)
