"""The list of commands that `#help` sends: grouped by what they are for, or one command whole.

Called by the table of commands, which it describes. It knows no command itself: what a command does stands in its
function's documentation.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from maildesk.core.commands.context import Applied, Command, Context, Refused, Verb
from maildesk.core.commands.grammar import SHORTEST_WORD, fitting, nearest_verb
from maildesk.model.notice import Answer

#: What commands are for, in the order in which somebody comes to need them. A command named nowhere here stands last.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("The text below", ("note", "reply", "ask", "bcc-note", "side", "replyonly")),
    ("Who works on it", ("mine", "take", "assign", "release", "queue", "escalate", "watch", "unwatch")),
    ("Where it stands", ("close", "resolve", "reopen", "status", "wait", "snooze", "due", "eta")),
    ("What it is", ("priority", "impact", "urgency", "type", "tag", "subject", "via", "time", "step", "spam")),
    ("Who takes part", ("cc", "requester", "approve", "refuse")),
    ("Other tickets", ("ticket", "for", "link", "merge", "split")),
    ("Questions", ("list", "next", "show", "find", "why", "stats", "help")),
    ("After a result mail", ("undo", "send")),
)
#: How WHEN in the usage of a command is written.
_WHEN = (
    "WHEN is 2h, 3d, 1w, 14:00, tomorrow, tomorrow 9:00, fri, fri 14:00, 2026-12-01, 1.12.2026 or 1 Dec; a day alone "
    "is the start of business that day."
)
_INTRODUCTION = (
    "Commands go at the very top of a mail, one a line; the text below them goes out as a plain reply would. "
    f"A command may be shortened to {SHORTEST_WORD} or more letters that fit no other one: #pri P1. "
    "#help WORD explains one command. If any line is wrong, nothing happens and you are told why."
)


def help_verb(verbs: Callable[[], Mapping[str, Verb]]) -> Verb:
    """Make the command that explains all commands, itself too."""

    def show_help(command: Command, context: Context) -> Applied | Refused:
        """Get the list of commands, or with a word all about one of them."""
        known = verbs()
        if not command.value:
            answers = tuple(_overview(known))
            return Applied(replace(context, answers=(*context.answers, *answers)), "the list of commands is below")
        word = command.value.strip().lstrip("#").casefold()
        found = fitting(word, known)
        if len(found) > 1:
            return Refused(f"'{command.value}' is ambiguous: {', '.join(f'#{w}' for w in found)}")
        if not found:
            near = nearest_verb(word, known)
            return Refused(f"there is no command #{word}", f"#help {near}" if near else "#help")
        answers = (*context.answers, _whole(found[0], known))
        return Applied(replace(context, answers=answers), f"#{found[0]} is explained below")

    return Verb(show_help, "[WORD]", changes=False, asks=True, opens=True)


def _overview(verbs: Mapping[str, Verb]) -> Iterator[Answer]:
    """Yield the commands of each purpose; the first one says how commands are written."""
    named = {word for _, words in GROUPS for word in words}
    rest = ("More", tuple(word for word in verbs if word not in named))
    yield Answer("How commands are written", text=_INTRODUCTION)
    for heading, words in (*GROUPS, rest):
        rows = tuple(_rows(words, verbs))
        if rows:
            yield Answer(heading, (("Command", "What it does"), *rows))


def _rows(words: tuple[str, ...], verbs: Mapping[str, Verb]) -> Iterator[tuple[str, str]]:
    """Yield one row a command; words for the same one share it."""
    told: set[object] = set()
    for word in words:
        verb = verbs.get(word)
        if verb is not None and verb.run not in told:
            told.add(verb.run)
            names = [f"#{w}" for w in words if w in verbs and verbs[w].run is verb.run]
            yield f"{', '.join(names)} {verb.usage}".rstrip(), verb.help


def _whole(word: str, verbs: Mapping[str, Verb]) -> Answer:
    verb = verbs[word]
    others = [f"#{w}" for w, other in verbs.items() if other.run is verb.run and w != word]
    paragraphs = [" ".join(part.split()) for part in (inspect.getdoc(verb.run) or "").split("\n\n")]
    if "WHEN" in verb.usage:
        paragraphs.append(_WHEN)
    if others:
        paragraphs.append(f"The same as {', '.join(others)}.")
    return Answer(f"#{word} {verb.usage}".rstrip(), text="\n\n".join(paragraphs))
