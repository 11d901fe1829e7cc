"""Who is away: marked by an out-of-office mail, back by their own next one."""

from maildesk.adapters.store import Store
from tests.adapters.store.make import LATER, NOW


def test_technicians_leave_and_come_back(store: Store):
    with store.transaction() as tx:
        assert tx.absences.away() == frozenset()
        tx.absences.set("tia@example.test", away=True, now=NOW)
        tx.absences.set("tia@example.test", away=True, now=LATER)
        tx.absences.set("ned@example.test", away=True, now=NOW)
        tx.absences.set("bob@example.test", away=False, now=NOW)
    with store.transaction() as tx:
        assert tx.absences.away() == {"tia@example.test", "ned@example.test"}
        tx.absences.set("tia@example.test", away=False, now=LATER)
        assert tx.absences.away() == {"ned@example.test"}
