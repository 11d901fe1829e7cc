"""Whether a public text repeats what the requester must not read: a long passage of an internal one. Pure.

Called by the lane of technicians before a text goes out. It compares words, so that quote marks and line breaks do not
hide anything; what stands in a public text of the ticket as well is no secret any more.
"""

from collections.abc import Iterator

from maildesk.mail.comparison import Earlier, find_shared, has_run, read_earlier
from maildesk.model import event as ev
from maildesk.model.desk import Desk
from maildesk.model.event import Recorded
from maildesk.model.situation import Situation

#: Words in sequence, and the characters they have with the blanks between, from which on a passage is no accident.
#: A language without blanks has a word a character, so that the characters decide alone.
LEAST_WORDS = 12
LEAST_CHARACTERS = 60


def find_leak(text: str, situation: Situation, desk: Desk) -> str | None:
    """Return the first long passage of a public text that only internal entries of the ticket hold; None: none."""
    internal = read_earlier([secret for recorded in situation.notes for secret in _internal(recorded, desk)])
    public = read_earlier(
        [said for recorded in (*situation.answers, *situation.received) for said in _public(recorded)]
    )
    secrets = (s for passage in find_shared(text, internal, LEAST_WORDS) for s in _unknown(passage, public))
    return next(secrets, None)


def _unknown(passage: str, public: Earlier) -> Iterator[str]:
    """Yield the long parts of a passage that no public text holds."""
    for known in find_shared(passage, public, LEAST_WORDS):
        passage = passage.replace(known, "\0")
    yield from (part.strip() for part in passage.split("\0") if _is_long(part))


def _is_long(passage: str) -> bool:
    """Tell whether so much in sequence is no accident."""
    return len(passage.strip()) >= LEAST_CHARACTERS and has_run(passage, LEAST_WORDS)


def _internal(recorded: Recorded, desk: Desk) -> Iterator[str]:
    match recorded.event:
        case ev.NoteAdded(text=text) | ev.SideAsked(text=text) | ev.SideAnswered(text=text):
            yield text
        case ev.CorrespondencePending(sender=sender, text=text) if desk.technician(sender.address) is None:
            # What waits of a technician's own was written for the requester.
            yield text
        case ev.Escalated(sheet=sheet):
            yield from (text for _, text in sheet)
        case ev.ResolutionRecorded(cause=cause, fix=fix, config=config):
            yield from (cause, fix, config)


def _public(recorded: Recorded) -> Iterator[str]:
    match recorded.event:
        case ev.CorrespondenceSent(text=text) | ev.CorrespondenceReceived(text=text):
            yield text
