"""The words that answer a mail of the desk about an earlier one: `undo`, `send`, `yes` and `no`.

They stand alone on the first line and are no commands: which mail they mean follows from the mail that is answered. The
intake reads them to know whether that mail is worth loading, the lane of technicians to do what they say.
"""

from dataclasses import dataclass
from enum import StrEnum

from maildesk.core.commands.context import Applied, Command, Context, Refused, Verb
from maildesk.core.commands.grammar import plain
from maildesk.model.notice import NoticeName

#: Mails that ask whether what somebody outside wants may be.
OF_OUTSIDERS = frozenset({NoticeName.PENDING, NoticeName.JOIN_WANTED})


class Word(StrEnum):
    """A word that says what becomes of an earlier mail."""

    UNDO = "undo"
    SEND = "send"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word and whatever was typed below it."""

    word: Word
    below: str


#: What may stand around a word without changing it: a phone ends it with a full stop, a cautious hand quotes it.
_AROUND = " \t#.,;:!*_\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\u2026"


def read_word(visible_text: str) -> Spoken | None:
    """Return the word alone on the first line that is not empty; None: the text begins otherwise."""
    first, _, below = visible_text.strip().partition("\n")
    try:
        word = Word(plain(first).strip(_AROUND).casefold())
    except ValueError:
        return None
    return Spoken(word, below.strip())


def undo(command: Command, context: Context) -> Applied | Refused:
    """Take back what a mail of yours did: the one word undo, in answer to its result mail, within 10 minutes."""
    return Refused("undo stands alone on the first line of an answer to the result mail; here nothing can be undone")


def send(command: Command, context: Context) -> Applied | Refused:
    """Send a mail of yours that was held: the one word send, in answer to the mail that says why, within 14 days."""
    return Refused("send stands alone on the first line of an answer to the mail that says why yours was held")


WORD_VERBS: dict[str, Verb] = {"undo": Verb(undo, changes=False), "send": Verb(send, changes=False)}
