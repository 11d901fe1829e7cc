"""Runs command lines on a ticket, for the tables of the commands."""

from typing import Any

from maildesk.core.commands import CommandRun, read_commands, run_commands
from maildesk.core.commands.context import Context, Strand
from maildesk.model import event as ev
from maildesk.model.desk import Desk
from maildesk.model.ticket import Ticket
from tests import make
from tests.make import NOW, TIA

DESK = make.desk()


def run(typed: str, ticket: Ticket | None, *, on_desk: Desk = DESK, **fields: Any) -> CommandRun:
    """Run what Tia typed in a mail that answers this ticket; further `fields` are the context's."""
    block = read_commands(typed)
    strand = Strand(ticket, ticket) if ticket else None
    home = ticket.number if ticket else None
    return run_commands(block, Context(on_desk, TIA, NOW, strand, home=home, text=block.text, **fields))


def happened(found: CommandRun) -> list[ev.Event]:
    """What happened to any ticket, in order."""
    return [act.event for strand in found.context.strands for act in strand.acts]


def refusal(found: CommandRun) -> tuple[str, str]:
    """The last refused line: why, and the hint."""
    assert found.failed, found.results
    assert happened(found) == []
    line = [r for r in found.results if not r.ok][-1]
    return line.outcome, line.hint
