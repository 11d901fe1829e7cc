"""Fixtures of the stories: desks on SQLite, on either database, at sites with and without authentication results."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from maildesk.adapters.sandbox import Sandbox, SandboxedMail
from maildesk.adapters.templates import Templates
from maildesk.mail.read import ReadingContext
from tests.desk import TestDesk
from tests.servers import Dovecot, SmtpSink, running_sink
from tests.stories.afterwards import check

MakeDesk = Callable[..., TestDesk]


class LentSandbox:
    """A sandbox that outlives the daemon it is lent to: its child process takes longer to start than a story."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def read(self, raw: bytes, minimal: bool = False) -> SandboxedMail:
        return self._sandbox.read(raw, minimal)

    def submit(self, raw: bytes, minimal: bool = False) -> "Future[SandboxedMail]":
        return self._sandbox.submit(raw, minimal)

    def close(self) -> None:
        """Stay open for the next daemon."""


class CheckedTemplates(Templates):
    """Templates that are checked once: compiling all of them takes most of the time of a pass."""

    def check(self) -> tuple[str, ...]:
        return ()


@pytest.fixture(scope="session")
def templates() -> Templates:
    made = CheckedTemplates()
    assert Templates.check(made) == ()
    return made


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[dict[ReadingContext, Sandbox]]:
    kept: dict[ReadingContext, Sandbox] = {}
    yield kept
    for sandbox in kept.values():
        sandbox.close()


def _lend_from(kept: dict[ReadingContext, Sandbox]) -> Callable[[ReadingContext], LentSandbox]:
    """Return what daemons call in place of `Sandbox`."""

    def lend(context: ReadingContext) -> LentSandbox:
        if context not in kept:
            kept[context] = Sandbox(context)
        return LentSandbox(kept[context])

    return lend


@pytest.fixture(scope="module")
def make_lasting_desk(
    dovecot: Dovecot,
    tmp_path_factory: pytest.TempPathFactory,
    sandboxes: dict[ReadingContext, Sandbox],
    templates: Templates,
) -> Iterator[MakeDesk]:
    """Make one desk for all tests of a file, with an SMTP sink of its own; it is checked after the last one."""
    made: list[TestDesk] = []

    def make(**options: Any) -> TestDesk:
        folder = tmp_path_factory.mktemp("lasting") / "desk"
        made.append(TestDesk(folder, dovecot, sink, f"sqlite:///{folder}/maildesk.sqlite3", **options))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch, running_sink() as sink:
        patch.setattr("maildesk.daemon.Sandbox", _lend_from(sandboxes))
        patch.setattr("maildesk.daemon.Templates", lambda folder: Templates(folder) if folder else templates)
        yield make
        for desk in made:
            check(desk)


@pytest.fixture
def make_desk(
    dovecot: Dovecot,
    smtp_sink: SmtpSink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sandboxes: dict[ReadingContext, Sandbox],
    templates: Templates,
) -> Iterator[MakeDesk]:
    """Make desks; each is checked when the story is over."""
    made: list[TestDesk] = []

    def make(database_url: str = "", **options: Any) -> TestDesk:
        folder = tmp_path / f"desk{len(made)}"
        url = database_url or f"sqlite:///{folder}/maildesk.sqlite3"
        made.append(TestDesk(folder, dovecot, smtp_sink, url, **options))
        return made[-1]

    monkeypatch.setattr("maildesk.daemon.Sandbox", _lend_from(sandboxes))
    monkeypatch.setattr("maildesk.daemon.Templates", lambda folder: Templates(folder) if folder else templates)
    yield make
    for desk in made:
        check(desk)


@pytest.fixture
def desk(make_desk: MakeDesk) -> TestDesk:
    """A desk on SQLite whose mail server adds Authentication-Results."""
    return make_desk()


@pytest.fixture
def any_desk(make_desk: MakeDesk, database_url: str) -> TestDesk:
    """The same on SQLite and on PostgreSQL in turn."""
    return make_desk(database_url)


@pytest.fixture
def plain_desk(make_desk: MakeDesk) -> TestDesk:
    """A desk at a site that authenticates nobody: only tokens prove anything."""
    return make_desk(authenticates=False)
