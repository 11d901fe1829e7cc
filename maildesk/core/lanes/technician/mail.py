"""A technician's mail in hand: the facts, the speaker and what they typed. Passed along within this lane."""

from dataclasses import dataclass

from maildesk.core.access import Identity
from maildesk.core.commands import VERBS
from maildesk.core.commands.grammar import CommandBlock
from maildesk.model.desk import Desk, Technician
from maildesk.model.situation import Situation


@dataclass(frozen=True, slots=True)
class TechnicianMail:
    """What this lane passes along. `block` is the visible text, parted into commands and the text below them."""

    situation: Situation
    desk: Desk
    identity: Identity
    technician: Technician
    block: CommandBlock

    @property
    def words(self) -> frozenset[str]:
        """The command words used."""
        return frozenset(command.word for command in self.block.commands)

    @property
    def only_asks(self) -> bool:
        """No line is anything but a question."""
        return all(word in VERBS and VERBS[word].asks for word in self.words)

    @property
    def has_files(self) -> bool:
        """Files were sent along; the pictures of a signature are none."""
        return any(not a.inline for a in self.situation.message.attachments)

    @property
    def is_empty(self) -> bool:
        """Nothing was said but commands, if any."""
        return not self.block.text.strip() and not self.has_files
