"""Every hit of a rule: on which mail or, as a ticket changed or time went by, on which ticket. Written by `apply`."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert

from maildesk.adapters.store.schema import rule_hits

_append = insert(rule_hits)


class RuleHits:
    """Hits of rules inside one transaction."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def append(self, rules: Iterable[str], at: datetime, ticket: int | None, inbound_id: int | None) -> None:
        """Write down that these rules hit; `inbound_id`: the mail they hit or that caused the change, if one did."""
        rows = [{"rule": rule, "at": at, "ticket": ticket, "inbound_id": inbound_id} for rule in rules]
        if rows:
            self._connection.execute(_append, rows)
