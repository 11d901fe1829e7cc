"""A technician's mail in hand: the facts, the speaker and what they typed. Passed along within this lane."""

from dataclasses import dataclass

from maildesk.core.access import Identity, Standing
from maildesk.core.commands import VERBS
from maildesk.core.commands.grammar import CommandBlock
from maildesk.core.notices import MOST_CONFIRMATIONS
from maildesk.model.desk import Desk, Technician
from maildesk.model.message import Forwarded
from maildesk.model.notice import Visibility
from maildesk.model.situation import Situation


@dataclass(frozen=True, slots=True)
class TechnicianMail:
    """What this lane passes along. `block` is the visible text, parted into commands and the text below them.

    `passed_on`: the mail that this one forwards; the block is then what was typed above it.  `doubt`: why a ticket that
    is opened may be somebody else's.
    `kept_because`: why text that its author wanted sent is kept as a note instead; empty: it is not.
    """

    situation: Situation
    desk: Desk
    identity: Identity
    technician: Technician
    block: CommandBlock
    kept_because: str = ""
    passed_on: Forwarded | None = None
    doubt: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The command words used."""
        return frozenset(command.word for command in self.block.commands)

    @property
    def opens_for_other(self) -> bool:
        """It opens a ticket for somebody else, on which its lines work."""
        return self.identity.ticket is None and ("for" in self.words or self.passed_on is not None)

    @property
    def only_asks(self) -> bool:
        """No line is anything but a question."""
        return all(word in VERBS and VERBS[word].asks for word in self.words)

    @property
    def only_waits(self) -> bool:
        """Nothing happens but that the text waits for its author's word."""
        return self.identity.text_standing is Standing.PENDING

    @property
    def was_asked_enough(self) -> bool:
        """So many mails in this technician's name were answered within the hour that no more are."""
        return self.situation.recent.confirmations_to_technician >= MOST_CONFIRMATIONS

    @property
    def has_files(self) -> bool:
        """Files were sent along; the pictures of a signature are none."""
        return any(not a.inline for a in self.situation.message.attachments)

    @property
    def may_go_out(self) -> bool:
        """The text goes to somebody outside, or waits to; doubt counts as yes."""
        standing, seen = self.identity.text_standing, self.identity.visibility
        as_said = standing in (Standing.AS_SAID, Standing.PENDING) and seen is Visibility.PUBLIC
        said = as_said or not self.words.isdisjoint(("reply", "ask"))
        return said and self.identity.ticket is not None and "note" not in self.words

    @property
    def only_quotes(self) -> bool:
        """Nothing was typed, and what is quoted would go out in its place."""
        return self.situation.message.is_untyped and self.may_go_out

    @property
    def is_wordless(self) -> bool:
        """Nothing was typed, whatever files came along."""
        return not self.block.text.strip() and not self.block.commands

    @property
    def is_empty(self) -> bool:
        """Nothing was said but commands, if any."""
        return not self.block.text.strip() and not self.has_files
