"""The `#` commands of technicians: how they are read (`grammar`) and what each does (the other modules).

`read_commands` and `run_commands` are the doors: all lines of a mail or none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from maildesk.core.commands.approving import APPROVAL_VERBS
from maildesk.core.commands.context import Applied, Context, Refused, Verb
from maildesk.core.commands.dates import DATE_VERBS
from maildesk.core.commands.escalating import ESCALATION_VERBS
from maildesk.core.commands.grammar import CommandBlock, fitting, nearest_verb, split_commands
from maildesk.core.commands.handbook import help_verb
from maildesk.core.commands.linking import LINK_VERBS
from maildesk.core.commands.merging import MERGE_VERBS
from maildesk.core.commands.participants import PARTICIPANT_VERBS
from maildesk.core.commands.people import PEOPLE_VERBS
from maildesk.core.commands.questions import QUESTION_VERBS
from maildesk.core.commands.replies import REPLY_VERBS
from maildesk.core.commands.siding import SIDE_VERBS
from maildesk.core.commands.splitting import SPLIT_VERBS
from maildesk.core.commands.tickets import TICKET_VERBS
from maildesk.core.commands.words import WORD_VERBS
from maildesk.core.commands.work import WORK_VERBS
from maildesk.model.notice import CommandResult

#: Every command there is. The first line of a function's docstring is its help text.
VERBS: dict[str, Verb] = {
    **REPLY_VERBS,
    **TICKET_VERBS,
    **PEOPLE_VERBS,
    **PARTICIPANT_VERBS,
    **DATE_VERBS,
    **WORK_VERBS,
    **ESCALATION_VERBS,
    **LINK_VERBS,
    **MERGE_VERBS,
    **SPLIT_VERBS,
    **QUESTION_VERBS,
    **WORD_VERBS,
    "help": help_verb(lambda: VERBS),
    **APPROVAL_VERBS,
    **SIDE_VERBS,
}
#: Other words that people type for a command; they are no commands of their own.
ALIASES = {"own": "mine", "prio": "priority", "tags": "tag", "solved": "resolve"}


@dataclass(frozen=True, slots=True)
class CommandRun:
    """What a block of commands came to. When any line failed, `context` is as it was before the first.

    `changes`: some line changed a ticket's state.
    """

    results: tuple[CommandResult, ...]
    context: Context
    failed: bool
    changes: bool

    @property
    def acted(self) -> bool:
        """Some line had an effect on a ticket, this one or another."""
        return bool(self.context.asides) or any(strand.acts for strand in self.context.strands)


def read_commands(visible_text: str) -> CommandBlock:
    """Read the commands at the top of a text, each under its full name where it is known, and the text below them."""
    block = split_commands(visible_text, (*VERBS, *ALIASES))
    named = (replace(c, word=_full(c.word)) for c in block.commands)
    spoken, kept = [], []
    for command in named:
        is_text = command.word in VERBS and VERBS[command.word].speaks
        spoken += [command.value] if is_text and command.value else []
        kept.append(replace(command, value="") if is_text else command)
    return CommandBlock(tuple(kept), "\n".join((*spoken, block.text)).strip("\n"))


def _full(word: str) -> str:
    found = fitting(word, VERBS)
    return ALIASES.get(word, found[0] if len(found) == 1 else word)


def unknown(word: str) -> Refused:
    """Say what is wrong with a word that is no command."""
    several = fitting(word, VERBS)
    if several:
        return Refused(f"'#{word}' is ambiguous: {', '.join(f'#{w}' for w in several)}")
    return Refused("unknown command", nearest_verb(word, VERBS))


def run_commands(block: CommandBlock, context: Context, *, skip_bad: bool = False) -> CommandRun:
    """Run the lines of a block in order, each seeing what the ones before it did; any failure undoes them all.

    `skip_bad` runs the valid lines of a mail that somebody stands for.
    """
    results: list[CommandResult] = []
    changes = False
    start = context
    for command in block.commands:
        verb = VERBS.get(command.word)
        answer = verb.run(command, context) if verb else unknown(command.word)
        match answer:
            case Applied():
                context = answer.context
                changes = changes or (verb is not None and verb.changes)
                results.append(CommandResult(command.line, True, answer.outcome, changes=bool(verb and verb.changes)))
            case Refused():
                results.append(CommandResult(command.line, False, answer.why, answer.hint))
    failed = not skip_bad and any(not r.ok for r in results)
    if failed:
        return CommandRun(not_done(results), start, failed=True, changes=False)
    return CommandRun(tuple(results), context, failed=False, changes=changes)


def not_done(results: Iterable[CommandResult]) -> tuple[CommandResult, ...]:
    """Say of the lines that would have worked that they were not done."""
    return tuple(replace(r, outcome=f"understood, not done: {r.outcome}") if r.ok else r for r in results)
