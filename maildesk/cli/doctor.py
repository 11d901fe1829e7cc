"""`doctor`: is this machine, its database and its mail server fit for the desk; `doctor auth` tries forged results.

Looks and tells, in plain words; changes nothing but that `doctor auth` sends three test mails to the desk itself.
"""

import asyncio
import os
import platform
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from maildesk.adapters.imap import Mailbox, MailboxLost, MailboxRefused
from maildesk.adapters.smtp import Answer, Submission
from maildesk.adapters.store import SchemaState, Store, StoreError
from maildesk.cli.printing import Row, fail, print_json, say
from maildesk.cli.running import log_in_everywhere
from maildesk.config import check_config, load_desk, load_settings
from maildesk.daemon import now_utc
from maildesk.mail.authprobe import BELOW, ON_TOP, PLAIN, Destination, Findings, judge_probes, make_probe
from maildesk.mail.parse import parse_headers_only
from maildesk.mail.tokens import make_ref, probe_id
from maildesk.model.settings import FolderRole, MailboxSettings, Settings

doctor_verbs = typer.Typer(invoke_without_command=True, help="Look for what would trouble the desk.")

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

#: Below this, SQLite may damage a database that is written and tidied up at the same instant; the desk avoids that.
_SOUND_SQLITE = (3, 51, 3)
_LITTLE_DISK_BYTES = 500 * 1024 * 1024
_POLL_SECONDS = 0.5
_LIBRARIES = ("imapclient", "aiosmtplib", "mail-parser", "sqlalchemy", "jinja2", "regex", "nh3", "authres", "structlog")

Headers = tuple[tuple[str, str], ...]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.add_typer(doctor_verbs, name="doctor")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `state` is ok, warning or problem."""

    what: str
    state: str
    said: str


@doctor_verbs.callback()
def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Check this machine, the configuration, the database and the mail servers; status 1 when something is wrong."""
    if context.invoked_subcommand is not None:
        return
    checks = tuple(_examine(context.obj))
    if as_json:
        print_json(asdict(check) for check in checks)
    else:
        say(*(f"{check.state:<8}{check.what}: {check.said}" for check in checks))
    if any(check.state == "problem" for check in checks):
        raise typer.Exit(1)


def _examine(directory: Path) -> Iterator[Check]:
    yield Check("python", "ok", platform.python_version())
    yield from _libraries()
    problems = check_config(directory, os.environ)
    errors = [str(p) for p in problems if not p.warning]
    yield from (Check("configuration", "warning" if p.warning else "problem", str(p)) for p in problems)
    if errors:
        return
    yield Check("configuration", "ok", str(directory))
    settings = load_settings(directory, os.environ, make_key=False)
    yield from _database(settings.database)
    yield _disk(directory, settings.database)
    yield from _servers(settings)


def _libraries() -> Iterator[Check]:
    for name in _LIBRARIES:
        try:
            yield Check(name, "ok", version(name))
        except PackageNotFoundError:
            yield Check(name, "problem", "is not installed")


def _database(url: str) -> Iterator[Check]:
    if url.startswith("sqlite") and sqlite3.sqlite_version_info < _SOUND_SQLITE:
        wanted = ".".join(map(str, _SOUND_SQLITE))
        yield Check("sqlite", "warning", f"{sqlite3.sqlite_version}; {wanted} mends a rare way to damage a database")
    store = Store(url)
    try:
        state = store.schema_state()
        stale = state in (SchemaState.OLDER, SchemaState.NEWER)
        yield Check("database", "problem" if stale else "ok", f"its schema is {state}")
        if state is SchemaState.CURRENT:
            with store.reading() as reader:
                damage, newest = reader.find_damage(), reader.newest_change_at()
            yield from (Check("database", "problem", said) for said in damage)
            yield _clock(newest)
    except StoreError as error:
        yield Check("database", "problem", str(error))
    finally:
        store.close()


def _clock(newest: datetime | None) -> Check:
    """Compare this machine's clock with the newest thing the desk wrote down."""
    now = now_utc()
    if newest is not None and newest > now + timedelta(minutes=5):
        said = f"it shows {now:%Y-%m-%d %H:%M} UTC, but the desk was at work at {newest:%Y-%m-%d %H:%M} UTC already"
        return Check("clock", "problem", said)
    return Check("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _disk(directory: Path, url: str) -> Check:
    path = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else directory
    folder = path if path.is_dir() else directory
    free = shutil.disk_usage(folder).free
    state = "problem" if free < _LITTLE_DISK_BYTES else "ok"
    return Check("disk", state, f"{free // 2**20} MB free below {folder}")


def _servers(settings: Settings) -> Iterator[Check]:
    unreachable = log_in_everywhere(settings)
    yield from (Check("server", "problem", said) for said in unreachable)
    if not unreachable:
        yield Check("server", "ok", "every mailbox with its folders, and the mail server, answer")


# ------------------------------------------------------------------ forged Authentication-Results


@doctor_verbs.command("auth")
def auth(
    context: typer.Context,
    mailbox: Annotated[str | None, typer.Option(help="Name of the mailbox to test (default: the first).")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for each test mail.")] = 120.0,
    as_json: Json = False,
) -> None:
    """Send the desk test mails with forged authentication results and tell whether they would be believed.

    Status 0: they would not. 1: they would, or the mails did not arrive.
    """
    settings = load_settings(context.obj, os.environ)
    desk = load_desk(context.obj, os.environ)
    found = next((m for m in settings.mailboxes if mailbox in (None, m.name)), None)
    home = desk.mailbox(found.name) if found else None
    if found is None or home is None:
        fail(f"there is no mailbox '{mailbox}'; there is: {', '.join(m.name for m in settings.mailboxes)}", status=2)
    findings = _Trial(settings, found, home.address, timeout).run()
    if as_json:
        print_json([_as_row(findings)])
    else:
        say(*_told(findings, configured=bool(settings.authserv_ids)))
    if findings.believed and settings.authserv_ids:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One run of the three test mails through one mailbox."""

    settings: Settings
    mailbox: MailboxSettings
    home: str
    timeout_seconds: float

    def run(self) -> Findings:
        """Send the plain test mail, learn from it whose results to forge, and send the forged ones."""
        plain = self._send_all(((PLAIN, ()),))
        trusted = self.settings.trusted_received
        adds = judge_probes(plain, (), trusted).adds
        ids = self.settings.authserv_ids or adds[:1] or (self.mailbox.imap.host,)
        forged = self._send_all(((ON_TOP, ids), (BELOW, ids)))
        return judge_probes((*plain, *forged), ids, trusted)

    def _send_all(self, wanted: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, Headers], ...]:
        watched = Mailbox(self.mailbox.imap, self.mailbox.folders, idle=False)
        try:
            watched.open()
            before = {role: watched.last_uid(role) for role in (FolderRole.INBOX, FolderRole.PROCESSED)}
            subjects = {self._send(kind, ids): kind for kind, ids in wanted}
            return self._await(watched, before, subjects)
        except (MailboxLost, MailboxRefused) as problem:
            fail(f"mailbox {self.mailbox.name}: {problem.reason}", status=1)
        finally:
            watched.close()

    def _send(self, kind: str, ids: tuple[str, ...]) -> str:
        """Send one test mail; return its subject."""
        key, domain = self.settings.secret, self.home.rpartition("@")[2]
        ref = make_ref(key, secrets.token_hex(8), kind, self.home)
        to = Destination(self.home, ref, probe_id(key, ref, domain))
        result = asyncio.run(self._submit(make_probe(kind, to, ids, now_utc())))
        if result:
            fail(f"the test mail could not be sent: {result}", status=1)
        return to.subject

    async def _submit(self, data: bytes) -> str:
        submission = Submission(replace(self.settings.smtp, connections=1))
        try:
            result = await submission.send(self.home, self.home, data)
        finally:
            await submission.close()
        return "" if result.state is Answer.ACCEPTED else f"{result.code or ''} {result.reply}".strip()

    def _await(
        self, watched: Mailbox, before: dict[FolderRole, int], subjects: dict[str, str]
    ) -> tuple[tuple[str, Headers], ...]:
        """Wait for the test mails; a running desk may have filed them already. They stay, for the desk to enter."""
        deadline = time.monotonic() + self.timeout_seconds
        while True:
            raws = [raw.data for role, uid in before.items() for raw in watched.read_after(role, uid)]
            messages = [parse_headers_only(raw).message for raw in raws]
            found = {m.subject: (subjects[m.subject], m.headers) for m in messages if m.subject in subjects}
            if len(found) == len(subjects):
                return tuple(found.values())
            if time.monotonic() > deadline:
                missing = ", ".join(kind for subject, kind in subjects.items() if subject not in found)
                fail(f"these test mails did not arrive within {self.timeout_seconds:g} seconds: {missing}", status=1)
            time.sleep(_POLL_SECONDS)


def _as_row(findings: Findings) -> Row:
    return {**asdict(findings), "safe": not findings.believed}


def _told(findings: Findings, *, configured: bool) -> Iterator[str]:
    """Say in plain words what was found and what to write into maildesk.yaml."""
    adds, ids = ", ".join(findings.adds), ", ".join(findings.authserv_ids)
    yield (
        f"Your mail server adds Authentication-Results, in the name of: {adds}"
        if adds
        else "Your mail server adds no Authentication-Results to mail that the desk sends to itself."
    )
    if findings.believed:
        yield f"UNSAFE: results forged in the name of {ids} arrive where they would be believed."
        yield "Make the mail server remove such fields from mail that comes in. Until then write in maildesk.yaml:"
        yield "authserv_ids: []"
        return
    yield (
        f"Forged results in the name of {ids} arrive, but below what is believed."
        if findings.survived
        else f"Forged results in the name of {ids} are removed."
    )
    if configured and findings.adds and not set(findings.adds) & {i.casefold() for i in findings.authserv_ids}:
        yield f"But maildesk.yaml believes {ids}, which is not what the server writes."
    yield "Safe. Write in maildesk.yaml:"
    yield f"authserv_ids: [{findings.adds[0]}]" if findings.adds else "authserv_ids: []"
    if not findings.adds:
        yield "dkim: {verify: true}    # proves senders by their signatures instead; pip install 'maildesk[dkim]'"
