"""Technicians who announced an absence by an out-of-office mail; their own next mail ends it."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from maildesk.adapters.store.portable import insert_unless_there
from maildesk.adapters.store.schema import absences

_away = select(absences.c.technician)
_begin = insert_unless_there(absences, "technician")
_end = delete(absences).where(absences.c.technician == bindparam("who"))


class Absences:
    """Who is away, inside one transaction."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def away(self) -> frozenset[str]:
        """Return the main addresses of those who are away."""
        return frozenset(self._connection.execute(_away).scalars())

    def set(self, technician: str, *, away: bool, now: datetime) -> None:
        """Mark a technician away since `now`, or back."""
        if away:
            self._connection.execute(_begin.on(self._connection), {"technician": technician, "since": now})
        else:
            self._connection.execute(_end, {"who": technician})
