"""Reading commands: the block of `#word value` lines at the very top of what the technician typed.

Only the visible text is read, so quoted commands never run. `# heading` and `#1` are text. What phones and word
processors make of a hyphen, a blank or a quotation mark counts as what was meant; the text below is left as typed.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from maildesk.core.commands.context import Command

#: A word that begins with a letter, whatever else is glued to it: `#close.` must come back explained, not go outside.
_COMMAND = re.compile(r"[#＃]([^\W\d_][^\s:：]*)(?:\s*[:：]\s*|\s+|$)(.*)")
_DETAIL = re.compile(r"(cause|fix|config|symptom|asset|tried|reason)\s*[:：]\s*(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\[?#?([1-9][0-9]{0,9})\]?", re.ASCII)
#: What phones and HTML mail put where a person typed a blank or nothing.
_INVISIBLE = str.maketrans(
    dict.fromkeys("\xa0\u2007\u2009\u202f\u3000\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029", " ")
    | dict.fromkeys("\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\ufe0e\ufe0f\ufeff", None)
    | dict.fromkeys((*range(0x202A, 0x202F), *range(0x2060, 0x2070)), None)
)
#: What they put for a hyphen at the beginning of a word, and around a whole value.
_DASH = re.compile(r"(?:^|(?<=[\s,;]))(?:--|[\u2010-\u2015\u2212\ufe63\uff0d])(?=[^\s-])")
_QUOTED = re.compile(
    '["\'\u2018\u2019\u201a\u201c\u201d\u201e\xab\xbb]([^"\u201c\u201d\u201e\xab\xbb]+)["\'\u2018\u2019\u201c\u201d\xab\xbb]'
)
#: Commands below which lines such as `cause: …` belong to the command.
_SOLUTION = ("cause", "fix", "config")
_DETAILS = {"close": _SOLUTION, "resolve": _SOLUTION, "escalate": ("symptom", "asset", "tried", "reason")}
#: Letters a command may be shortened to.
SHORTEST_WORD = 3
#: By the place of the command they belong to: the names it takes, and those that stand below it.
_Details = dict[int, tuple[tuple[str, ...], list[tuple[str, str]]]]
MOST_COMMANDS = 10
LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class CommandBlock:
    """The commands at the top and the text below them, without the blank lines between."""

    commands: tuple[Command, ...]
    text: str


def split_commands(visible_text: str, known: Iterable[str] = ()) -> CommandBlock:
    """Split what was typed into its command block and the text below it.

    A blank line ends the block, but for one above a command that is `known`, or above a detail of one: some programs
    make a paragraph of every line, and what was meant for the desk must not go outside.
    """
    lines, words = visible_text.split("\n"), frozenset(known)
    commands: list[Command] = []
    details: _Details = {}
    end = place = _next_line(lines, 0)
    # What has more commands than are allowed is held whole: how many more does not matter.
    while place < len(lines) and (place == end or _is_certain(plain(lines[place]), details, words)):
        if len(commands) > MOST_COMMANDS or not _take_line(plain(lines[place]), commands, details):
            break
        end = place + 1
        place = _next_line(lines, end)
    detailed = (replace(c, extra=tuple(details[n][1]) if n in details else ()) for n, c in enumerate(commands))
    return CommandBlock(tuple(detailed), "\n".join(lines[end:]).strip("\n"))


def _next_line(lines: list[str], start: int) -> int:
    """Return the place of the first line from `start` on in which something stands."""
    return next((n for n in range(start, len(lines)) if plain(lines[n])), len(lines))


def _is_certain(line: str, details: _Details, known: frozenset[str]) -> bool:
    """Tell whether a line below a blank one is meant for the desk beyond doubt."""
    found = _COMMAND.fullmatch(line)
    if found:
        return found[1].casefold() in known
    return _place_of(line, details) is not None


def _place_of(line: str, details: _Details) -> int | None:
    """Return the place of the last command above that takes this line as a detail; None: none does."""
    found = _DETAIL.fullmatch(line)
    return next((place for place in reversed(details) if found and found[1].casefold() in details[place][0]), None)


def plain(line: str) -> str:
    """Return a line without the characters that nobody sees, and without blanks around it."""
    return line.translate(_INVISIBLE).strip()


def _take_line(line: str, commands: list[Command], details: _Details) -> bool:
    """Add the line to the block; False when it ends the block."""
    detail, place = _DETAIL.fullmatch(line), _place_of(line, details)
    if detail and place is not None:
        details[place][1].append((detail[1].casefold(), detail[2].strip()))
        return True
    found = _COMMAND.fullmatch(line)
    if found is None:
        return False
    word = found[1].casefold()
    taken = tuple(name for known in fitting(word, _DETAILS) for name in _DETAILS[known])
    if taken:
        details[len(commands)] = (taken, [])
    commands.append(Command(line[: LONGEST_LINE + 1], word, _value(found[2])))
    return True


def _value(typed: str) -> str:
    """Undo what a keyboard made of hyphens and quotation marks."""
    value = _DASH.sub("-", typed.strip())
    quoted = _QUOTED.fullmatch(value)
    return quoted[1].strip() if quoted else value


def problem_of(block: CommandBlock) -> str:
    """Say why a block is not even tried; empty when it may run."""
    if len(block.commands) > MOST_COMMANDS:
        return f"more than {MOST_COMMANDS} command lines"
    return next(
        (
            f"a command line of more than {LONGEST_LINE} characters"
            for c in block.commands
            if len(c.line) > LONGEST_LINE
        ),
        "",
    )


def ticket_number(value: str) -> int | None:
    """Return the ticket number a person wrote: 1042, #1042 or [#1042]."""
    found = _NUMBER.fullmatch(value.strip())
    return int(found[1]) if found else None


def numbers_in(value: str) -> tuple[int, ...]:
    """Return the ticket numbers a value names, also those behind a hyphen."""
    words = value.replace(",", " ").split()
    return tuple(n for word in words if (n := ticket_number(word.removeprefix("-"))) is not None)


def fitting(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the words that a person may mean: the word itself, else all that begin with these three or more letters.

    Several mean that it is ambiguous.
    """
    words = tuple(known)
    if word in words:
        return (word,)
    return tuple(w for w in words if w.startswith(word)) if len(word) >= SHORTEST_WORD else ()


def nearest_verb(word: str, known: Iterable[str]) -> str:
    """Return the command that was probably meant, with its `#`; empty when nothing is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"#{near[0]}" if near else ""
