"""Which tickets a mail may belong to: every signal of contract §5, strongest first.

Called by `facts` inside the deciding transaction. All it finds are claims of the sender; what they are worth is decided
in `core.access`. Whatever leads to a ticket that went into another one leads to that other one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from maildesk.adapters.store import Transaction
from maildesk.mail.threads import (
    ThreadClaims,
    TokenClaim,
    answered_ids,
    is_forward,
    is_same_subject,
    list_key,
    thread_index_key,
)
from maildesk.model.message import InboundMessage
from maildesk.model.situation import Candidate, Signal, Token, VendorCase
from maildesk.model.ticket import Ticket

#: Tickets that one mail may claim; each is locked until the transaction ends.
MOST_TICKETS = 5
_SIGNALS = {"address": Signal.ADDRESS_TOKEN, "message-id": Signal.MESSAGE_ID_TOKEN, "footer": Signal.MESSAGE_ID_TOKEN}

Tokens = tuple[tuple[TokenClaim, Token], ...]


def find_candidates(
    tx: Transaction, message: InboundMessage, claims: ThreadClaims, tokens: Tokens, case: VendorCase | None
) -> tuple[Candidate, ...]:
    """List the tickets this mail may belong to, strongest signal first."""
    own = (message.message_id,) if message.message_id else ()
    # QUIRK: a mail and its answer may come in at the same second by two mailboxes.
    tx.tickets.hold_ids((*own, *claims.ids))
    search = _Search(tx, message)
    return (
        *search.by_tokens(tokens),
        *search.by_ids(claims.ids),
        *search.by_awaited_ids(),
        *search.by_vendor_number(case),
        *search.by_number(claims.number),
    )


@dataclass(slots=True)
class _Search:
    """One mail's search. `_chains`: the tickets the mail itself leads to, each with those that took it in."""

    tx: Transaction
    message: InboundMessage
    _chains: dict[int, tuple[Ticket, ...]] = field(default_factory=dict)

    def by_tokens(self, tokens: Tokens) -> Iterator[Candidate]:
        """Follow the verified tokens."""
        for claim, token in tokens:
            if token.ticket is not None:
                yield from self._found(_SIGNALS[claim.carrier], f"{claim.purpose}{claim.ref}", (token.ticket,), token)

    def by_ids(self, ids: tuple[str, ...]) -> Iterator[Candidate]:
        """Follow the ids a mail answers; failing these the conversation that Outlook says it belongs to."""
        # QUIRK: Outlook and some gateways drop References and keep Thread-Index.
        index = None if is_forward(self.message) else thread_index_key(self.message)
        keys = (*ids, index) if index else ids
        tickets = self.tx.tickets.by_message_ids(keys) if keys else {}
        stored = [i for i in ids if i in tickets]
        for message_id in stored:
            yield from self._found(Signal.STORED_ID, message_id, tickets[message_id])
        if index in tickets and not stored:
            for candidate in self._found(Signal.STORED_ID, index, tickets[index]):
                # The conversation survives every new question that somebody asks by pressing reply.
                if is_same_subject(self.message.subject, candidate.ticket.subject):
                    yield candidate

    def by_awaited_ids(self) -> Iterator[Candidate]:
        """Find the tickets that wait for this mail, and those whose mail answers the same unknown mail."""
        own = (self.message.message_id,) if self.message.message_id else ()
        ids = tuple(dict.fromkeys((*own, *answered_ids(self.message))))
        tickets = self.tx.tickets.by_awaited_ids(ids) if ids else {}
        for message_id in ids:
            yield from self._found(Signal.STORED_ID, message_id, tickets.get(message_id, ()))

    def by_vendor_number(self, case: VendorCase | None) -> Iterator[Candidate]:
        """Follow a vendor's number, unless it stands for several tickets."""
        if case is not None:
            found = tuple(self._found(Signal.VENDOR_NUMBER, case.number, case.tickets))
            if len({candidate.ticket.number for candidate in found}) == 1:
                yield found[0]

    def by_number(self, number: int | None) -> Iterator[Candidate]:
        """Follow the number in the subject."""
        if number is not None:
            yield from self._found(Signal.SUBJECT, f"[#{number}]", (number,))

    def _found(
        self, signal: Signal, value: str, numbers: Iterable[int], token: Token | None = None
    ) -> Iterator[Candidate]:
        for number in numbers:
            if number not in self._chains and len(self._chains) < MOST_TICKETS:
                self._chains[number] = self.tx.tickets.follow_merges(number)
            if chain := self._chains.get(number, ()):
                yield Candidate(signal, value, chain[-1], token, chain[:-1], self._shares_list(chain))

    def _shares_list(self, tickets: tuple[Ticket, ...]) -> bool:
        key = list_key(self.message)
        return key is not None and any(self.tx.tickets.remembers(ticket.number, key) for ticket in tickets)
