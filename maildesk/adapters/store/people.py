"""What the desk remembers of addresses: the language their owner last wrote in, and that mail to them came back.

Used by `apply` (learn, find_dead) and by the letter writer (find), inside their transactions. What is worth learning
and what follows from it is decided in `core`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, select

from maildesk.adapters.store.codec import address_key
from maildesk.adapters.store.portable import AnyRow, batches, insert_or_update
from maildesk.adapters.store.schema import people
from maildesk.model.person import AddressDied, Lesson, Person, PersonWrote

_find = select(people).where(people.c.key.in_(bindparam("keys", expanding=True)))
#: Locked, so that nobody comes back to life between this look and the commit of what is withheld because of it.
_find_dead = _find.where(people.c.dead_since.is_not(None)).order_by(people.c.key).with_for_update(read=True)
_find_to_change = _find.order_by(people.c.key).with_for_update()
_save = insert_or_update(people, "key")


class People:
    """What is remembered of addresses, inside one transaction. Keys of results are addresses in lower case."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def find(self, addresses: Iterable[str]) -> dict[str, Person]:
        """Return what is remembered of these addresses, by address in lower case; unknown ones are missing."""
        return self._look(_find, addresses)

    def find_dead(self, addresses: Iterable[str]) -> dict[str, Person]:
        """Return those of these addresses to which nothing is sent; they stay so until the transaction ends."""
        return self._look(_find_dead, addresses)

    def learn(self, lessons: Sequence[Lesson], now: datetime) -> tuple[Person, ...]:
        """Remember lessons, in order; return the dead whose owner wrote, as they were remembered before."""
        before = self._look(_find_to_change, (lesson.address for lesson in lessons)) if lessons else {}
        after = dict(before)
        for lesson in lessons:
            key = lesson.address.casefold()
            after[key] = _after(after.get(key, Person(lesson.address)), lesson, now)
        changed = [_as_row(person) for key, person in sorted(after.items()) if person != before.get(key)]
        if changed:
            self._connection.execute(_save.on(self._connection), changed)
        return tuple(p for key, p in before.items() if p.dead_since is not None and after[key].dead_since is None)

    def _look(self, query: Select[*tuple[object, ...]], addresses: Iterable[str]) -> dict[str, Person]:
        wanted = {address_key(address): address.casefold() for address in addresses if address}
        found: dict[str, Person] = {}
        for keys in batches(wanted):
            found |= {wanted[row.key]: _as_person(row) for row in self._connection.execute(query, {"keys": keys})}
        return found


def _after(person: Person, lesson: Lesson, now: datetime) -> Person:
    match lesson:
        case PersonWrote(language=language):
            return replace(person, language=language or person.language, dead_since=None, dead_reason="")
        case AddressDied() if person.dead_since is not None:
            return person
        case AddressDied(reason=reason):
            return replace(person, dead_since=now, dead_reason=reason)


def _as_person(row: AnyRow) -> Person:
    return Person(row.address, row.language, row.dead_since, row.dead_reason)


def _as_row(person: Person) -> dict[str, object]:
    return {
        "key": address_key(person.address), "address": person.address, "language": person.language,
        "dead_since": person.dead_since, "dead_reason": person.dead_reason,
    }  # fmt: skip
