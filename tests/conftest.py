"""Fixtures that every test may use: real servers, started once a session and only when a test asks for them."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.loopback import Certificate, make_certificate
from tests.servers import Dovecot, Postgres, SmtpSink, running_dovecot, running_postgres, running_sink

# The ordinary run draws the same examples every time, so that a red run always names its change; `--proof` explores.
# No limit for one example: on a busy machine any of them may wait for a processor.
hypothesis.settings.register_profile("ordinary", derandomize=True, deadline=None)
hypothesis.settings.register_profile("proof", deadline=None)
hypothesis.settings.load_profile("proof" if os.environ.get("MAILDESK_PROOF") else "ordinary")


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A real IMAP server; take a `fresh_user()` for each test."""
    with running_dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server; take a `fresh_database()` for each test."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The SQLAlchemy URL of an empty PostgreSQL database."""
    return postgres.fresh_database()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The SQLAlchemy URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/maildesk.sqlite3"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """An SMTP server that keeps every mail in `.mails` and misbehaves on demand."""
    with running_sink() as sink:
        yield sink


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for localhost that is its own authority."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def foreign_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A trusted certificate for another host."""
    return make_certificate(tmp_path_factory.mktemp("foreign"), "DNS:elsewhere.test")
