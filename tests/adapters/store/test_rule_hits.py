"""Hits of rules: written down for a mail, a ticket or both."""

from sqlalchemy import text

from maildesk.adapters.store import Store
from tests.adapters.store.make import NOW


def test_hits_are_written_down(store: Store):
    with store.transaction() as tx:
        (seen,) = tx.inbound.count_attempts("support", 1, {7: 100}, NOW).values()
        tx.hits.append(["outage", "vip"], NOW, None, seen.id)
        tx.hits.append([], NOW, None, None)
        tx.hits.append(["old"], NOW, None, None)
    with store.transaction() as tx:
        rows = tx.hits._connection.execute(text("SELECT rule, ticket, inbound_id FROM rule_hits ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [("outage", None, seen.id), ("vip", None, seen.id), ("old", None, None)]
