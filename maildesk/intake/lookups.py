"""What the database says to the questions in a technician's mail. Called by `facts` inside the deciding transaction.

It asks only for somebody who may be that technician, reads each value as the command itself will, and answers nothing:
a bad value is refused by the command. One lookup for each question, found again by the command's word and value.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from maildesk.adapters.store import IssuedToken, Transaction
from maildesk.core.access import Identity, Standing, identify
from maildesk.core.commands import read_commands
from maildesk.core.commands.context import Command, Refused
from maildesk.core.commands.criteria import next_filters, read_filter, read_period, read_why, read_words
from maildesk.core.commands.grammar import LONGEST_LINE, MOST_COMMANDS, ticket_number
from maildesk.core.commands.questions import MOST_FOUND, MOST_LISTED
from maildesk.mail.threads import NUMBER_LIMIT
from maildesk.model.desk import Desk, Technician
from maildesk.model.event import EVENTS
from maildesk.model.notice import RESULTS, Audience
from maildesk.model.situation import Lookup, Role, Situation

#: Entries of a history that are read for one question, and mails whose decisions are explained.
MOST_ENTRIES, MOST_MAILS = 400, 15


def with_lookups(tx: Transaction, situation: Situation, desk: Desk, answered: tuple[IssuedToken, ...]) -> Situation:
    """Return the situation with what was found for the questions in it.

    `answered`: outgoing mails whose reply tokens the mail carries, verified.
    """
    identity = identify(situation, desk)
    if identity.technician is None or identity.role is not Role.TECHNICIAN:
        return situation
    if identity.text_standing is Standing.HELD:
        return situation
    search = _Search(tx, situation, desk, identity, identity.technician, answered)
    return replace(situation, lookups=tuple(search.run()))


@dataclass(frozen=True, slots=True)
class _Search:
    """One mail's questions."""

    tx: Transaction
    situation: Situation
    desk: Desk
    identity: Identity
    technician: Technician
    answered: tuple[IssuedToken, ...]

    def run(self) -> Iterator[Lookup]:
        """Answer the questions in their order; `#ticket` changes what those below it are about."""
        about, is_named = self.identity.ticket.number if self.identity.ticket else None, False
        for command in read_commands(self.situation.message.visible_text).commands[:MOST_COMMANDS]:
            if len(command.line) > LONGEST_LINE:
                continue
            if command.word == "ticket":
                about, is_named = ticket_number(command.value) or about, True
            found = self._answer(command, about, is_named=is_named)
            if found is not None:
                yield found

    def _answer(self, command: Command, about: int | None, *, is_named: bool) -> Lookup | None:
        match command.word:
            case "list":
                return self._list(command.value)
            case "find":
                return self._find(command.value)
            case "stats":
                return self._stats(command.value)
            case "next":
                return self._next()
            case "show":
                return self._one("show", command.value, about)
            case "why":
                own = None if command.value or is_named else self._reported()
                return own or self._one("why", read_why(command.value)[0], about)
            case _:
                return None

    def _list(self, value: str) -> Lookup | None:
        wanted = read_filter(value, self.technician, self.desk)
        if isinstance(wanted, Refused):
            return None
        tickets, total = self.tx.finding.listed(wanted, MOST_LISTED)
        return Lookup("list", value, tickets, total)

    def _find(self, value: str) -> Lookup | None:
        words = read_words(value)
        if isinstance(words, Refused):
            return None
        hits, total = self.tx.finding.holding(words, MOST_FOUND)
        return Lookup("find", value, tuple(t for t, _ in hits), total, tuple(text for _, text in hits))

    def _stats(self, value: str) -> Lookup | None:
        seconds = read_period(value)
        if isinstance(seconds, Refused):
            return None
        counts = self.tx.finding.counts(self.situation.now - timedelta(seconds=seconds))
        oldest = dict(counts).get("oldest unanswered")
        ticket = self.tx.tickets.load(oldest, lock=False) if oldest else None
        return Lookup("stats", value, (ticket,) if ticket else (), counts=counts)

    def _next(self) -> Lookup:
        lists = [self.tx.finding.listed(wanted, 1) for wanted in next_filters(self.technician)]
        first = next((tickets for tickets, _ in lists if tickets), ())
        history = self.tx.tickets.newest(first[0].number, EVENTS.values(), MOST_ENTRIES) if first else ()
        return Lookup("next", "", first, sum(total for _, total in lists), history=history)

    def _one(self, word: str, value: str, about: int | None) -> Lookup | None:
        number = ticket_number(value) if value else about
        if number is None:
            return None
        ticket = self.tx.tickets.load(number, lock=False) if number <= NUMBER_LIMIT else None
        if ticket is None:
            return Lookup(word, str(number))
        history = self.tx.tickets.newest(number, EVENTS.values(), MOST_ENTRIES)
        mails = self.tx.finding.mails_of(number, MOST_MAILS) if word == "why" else ()
        return Lookup(word, str(number), (ticket,), 1, history=history, mails=mails)

    def _reported(self) -> Lookup | None:
        """Return the mail of theirs that the result mail now answered is about; None: it answers no such mail."""
        for row in self.answered:
            is_own = row.audience is Audience.TECHNICIAN and self.technician.owns(row.recipient)
            mail = self.tx.finding.mail(row.inbound_id) if row.inbound_id is not None else None
            if is_own and row.notice in RESULTS and mail is not None:
                return Lookup("why", "", mails=(mail,))
        return None
