"""Reading commands: the block of `#word value` lines at the very top of what the technician typed.

Only the visible text is read, so quoted commands never run. `# heading` and `#1` are text.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from maildesk.core.commands.context import Command

#: A word that begins with a letter, whatever else is glued to it: `#close.` must come back explained, not go outside.
_COMMAND = re.compile(r"#([^\W\d_][^\s:]*)(?:\s*:\s*|\s+|$)(.*)")
_DETAIL = re.compile(r"(cause|fix|config)\s*:\s*(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\[?#?([1-9][0-9]{0,9})\]?", re.ASCII)
#: What phones and HTML mail put where a person typed a blank or nothing.
_INVISIBLE = str.maketrans(
    {"\xa0": " ", "\u202f": " ", "\u2007": " ", "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None}
)
#: Commands below which `cause:`, `fix:` and `config:` lines belong to the command.
_WITH_DETAILS = ("close", "resolve")
MOST_COMMANDS = 10
LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class CommandBlock:
    """The commands at the top and the text below them, without the blank lines between."""

    commands: tuple[Command, ...]
    text: str


def split_commands(visible_text: str) -> CommandBlock:
    """Split what was typed into its command block and the text below it."""
    lines = visible_text.split("\n")
    commands: list[Command] = []
    place = next((n for n, line in enumerate(lines) if _plain(line)), len(lines))
    while place < len(lines) and _take_line(_plain(lines[place]), commands):
        place += 1
    return CommandBlock(tuple(commands), "\n".join(lines[place:]).strip("\n"))


def _plain(line: str) -> str:
    return line.translate(_INVISIBLE).strip()


def _take_line(line: str, commands: list[Command]) -> bool:
    """Add the line to the block; False when it ends the block."""
    detail = _DETAIL.fullmatch(line)
    owner = next((n for n, c in reversed(tuple(enumerate(commands))) if c.word in _WITH_DETAILS), None)
    if detail and owner is not None:
        extra = (*commands[owner].extra, (detail[1].casefold(), detail[2].strip()))
        commands[owner] = replace(commands[owner], extra=extra)
        return True
    found = _COMMAND.fullmatch(line)
    if found is None:
        return False
    commands.append(Command(line[: LONGEST_LINE + 1], found[1].casefold(), found[2].strip()))
    return True


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


def nearest_verb(word: str, known: Iterable[str]) -> str:
    """Return the command that was probably meant, with its `#`; empty when nothing is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"#{near[0]}" if near else ""
