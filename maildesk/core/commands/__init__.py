"""The `#` commands of technicians: how they are read (`grammar`) and what each does (the other modules).

`run_commands` is the door: all lines of a mail or none.
"""

from dataclasses import dataclass, replace

from maildesk.core.commands.context import Applied, Context, Refused, Verb
from maildesk.core.commands.grammar import CommandBlock, nearest_verb
from maildesk.core.commands.merging import MERGE_VERBS
from maildesk.core.commands.people import PEOPLE_VERBS
from maildesk.core.commands.replies import REPLY_VERBS
from maildesk.core.commands.tickets import TICKET_VERBS
from maildesk.model.notice import CommandResult

#: Every command there is. The first line of a function's docstring is its help text.
VERBS: dict[str, Verb] = {**REPLY_VERBS, **TICKET_VERBS, **PEOPLE_VERBS, **MERGE_VERBS}


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


def run_commands(block: CommandBlock, context: Context, *, skip_bad: bool = False) -> CommandRun:
    """Run the lines of a block in order, each seeing what the ones before it did; any failure undoes them all.

    `skip_bad` runs the valid lines of a mail that somebody stands for.
    """
    results: list[CommandResult] = []
    changes = False
    start = context
    for command in block.commands:
        verb = VERBS.get(command.word)
        answer = verb.run(command, context) if verb else Refused("unknown command", nearest_verb(command.word, VERBS))
        match answer:
            case Applied():
                context = answer.context
                changes = changes or (verb is not None and verb.changes)
                results.append(CommandResult(command.line, True, answer.outcome))
            case Refused():
                results.append(CommandResult(command.line, False, answer.why, answer.hint))
    failed = not skip_bad and any(not r.ok for r in results)
    if failed:
        undone = (replace(r, outcome=f"understood, not done: {r.outcome}") if r.ok else r for r in results)
        return CommandRun(tuple(undone), start, failed=True, changes=False)
    return CommandRun(tuple(results), context, failed=False, changes=changes)


def help_text() -> str:
    """List every command with the first line of its documentation."""
    shown = {id(verb): (word, verb) for word, verb in reversed(VERBS.items())}
    rows = sorted((f"#{word} {verb.usage}".rstrip(), verb.help) for word, verb in shown.values())
    width = max(len(usage) for usage, _ in rows)
    return "\n".join(f"{usage:<{width}}  {text}" for usage, text in rows)
