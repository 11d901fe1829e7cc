"""A configuration directory that works, to be bent by the tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

SETTINGS = """\
database: sqlite:///desk.sqlite3
mailboxes:
  - name: support
    address: support@example.test
    aliases: [help@example.test]
    imap: {host: 127.0.0.1, port: 10143, security: none, username: support, password: 0123}
smtp: {host: localhost, port: 10025, security: none}
"""
DESK = """\
name: Example Support
queues:
  general: {level: 1, escalates_to: network}
  network: {level: 2}
technicians:
  - {email: tia@example.test, name: Tia Berg, queues: [general], aliases: [tia@home.test]}
  - {email: ned@example.test, name: Ned Ode, queues: [network], lead: true}
"""
RULES = "rules:\n  - {name: all, when: {}, then: {queue: network}}\n"

Place = Callable[..., Path]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a function that writes the three files; None leaves one out."""

    def write(settings: str | None = SETTINGS, desk: str | None = DESK, rules: str | None = RULES) -> Path:
        texts = {"maildesk.yaml": settings, "desk.yaml": desk, "rules.yaml": rules}
        for name, text in texts.items():
            if text is not None:
                (tmp_path / name).write_text(text)
        return tmp_path

    return write
