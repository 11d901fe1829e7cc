"""A scene for each test. Parsing child and templates are shared: to make them anew would be most of the time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from maildesk import daemon
from maildesk.adapters.sandbox import Sandbox
from maildesk.adapters.templates import Templates
from maildesk.mail.read import ReadingContext
from tests.crash.scene import Scene
from tests.crash.site import AUTHSERV, DESK, Site
from tests.servers import Dovecot, SmtpSink

_CONTEXT = ReadingContext((DESK,), (AUTHSERV,), ())


class _LastingSandbox(Sandbox):
    def close(self) -> None:
        """Stay open for the next pass."""


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    lasting = _LastingSandbox(_CONTEXT)
    yield lasting
    Sandbox.close(lasting)


class _CheckedTemplates(Templates):
    def check(self) -> tuple[str, ...]:
        """Find nothing: they were checked when they were made."""
        return ()


@pytest.fixture(scope="session")
def templates() -> Templates:
    assert Templates(None).check() == ()
    return _CheckedTemplates(None)


@pytest.fixture
def shared_parts(sandbox: Sandbox, templates: Templates, monkeypatch: pytest.MonkeyPatch) -> None:
    def lend_sandbox(context: ReadingContext) -> Sandbox:
        assert context == _CONTEXT
        return sandbox

    def lend_templates(custom: Path | None) -> Templates:
        assert custom is None
        return templates

    monkeypatch.setattr(daemon, "Sandbox", lend_sandbox)
    monkeypatch.setattr(daemon, "Templates", lend_templates)


@pytest.fixture
def scene(shared_parts: None, database_url: str, dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path) -> Scene:
    """A desk with some tickets and answers, on each database in turn."""
    made = Scene(Site(tmp_path, dovecot, database_url, smtp_sink.port), smtp_sink)
    made.prepare()
    return made
