"""A desk that dies at a chosen call, in the test's own process: exact and quick where the kills are real and random.

Death is an exception that nothing in the daemon catches; what it leaves in the database, on the mail server and at the
receiver of mail is what a killed process leaves.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.crash.mails import Correspondents, Kind
from tests.crash.reckoning import find_faults, read_books
from tests.crash.site import Site
from tests.servers import SmtpSink


class Death(BaseException):
    """The process ends here."""


@dataclass(slots=True)
class Scene:
    """A desk, everybody who writes to it, and where its mail goes."""

    site: Site
    sink: SmtpSink
    people: Correspondents = field(default_factory=lambda: Correspondents(7))
    _read: int = 0

    def deliver(self, *kinds: Kind) -> None:
        for mail in self.sink.mails[self._read :]:
            self.people.read(mail)
        self._read = len(self.sink.mails)
        self.site.deliver(*(self.people.write(kind).raw for kind in kinds))

    def work(self) -> None:
        """Let the desk do everything there is."""
        self.site.run_once()

    def prepare(self) -> None:
        """Make tickets, tokens and an answer, so that every kind of mail can be written."""
        self.deliver(*[Correspondents.open_ticket] * 4)
        self.work()
        self.deliver(Correspondents.answer, Correspondents.answer)
        self.work()

    def deliver_all_kinds(self) -> None:
        self.deliver(
            Correspondents.open_ticket, Correspondents.follow_up, Correspondents.command, Correspondents.repeat,
            Correspondents.bounce, Correspondents.answer, Correspondents.bad_command, Correspondents.note,
            Correspondents.vacation, Correspondents.hostile, Correspondents.open_ticket, Correspondents.repeat,
        )  # fmt: skip

    def find_faults(self) -> list[str]:
        books = read_books(self.site.database)
        return find_faults(books, self.site.folder_contents(), self.sink.mails, self.people.deliveries)


@contextmanager
def death_at(owner: Any, name: str, *, call: int, after: bool) -> Iterator[None]:
    """Die at the so-many-th call of a function, before it does anything or after it has done all."""
    original = getattr(owner, name)
    left = [call]

    def is_due() -> bool:
        left[0] -= 1
        return left[0] == 0

    def die_sync(*args: Any, **options: Any) -> Any:
        due = is_due()
        if due and not after:
            raise Death
        result = original(*args, **options)
        if due:
            raise Death
        return result

    async def die_async(*args: Any, **options: Any) -> Any:
        due = is_due()
        if due and not after:
            raise Death
        result = await original(*args, **options)
        if due:
            raise Death
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, die_async if inspect.iscoroutinefunction(original) else die_sync)
        has_died = False
        try:
            yield
        except* Death:
            has_died = True
    assert has_died, f"{name} was not called {call} times"
