"""The verbs that run the desk or tend its database: run, check, db upgrade."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from maildesk.adapters.imap import Mailbox, MailboxLost, MailboxRefused
from maildesk.adapters.logs import configure_logs
from maildesk.adapters.smtp import Submission
from maildesk.adapters.store import SchemaState, Store, StoreError
from maildesk.adapters.templates import TemplateProblem, Templates
from maildesk.cli.printing import fail, print_json, say
from maildesk.config import check_config, failing_tests, load_database, load_desk, load_settings
from maildesk.daemon import Daemon
from maildesk.model.settings import Settings

db_verbs = typer.Typer(no_args_is_help=True, help="The database schema.")


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command("run")(run)
    app.command("check")(check)
    app.add_typer(db_verbs, name="db")


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Drain every mailbox, send what is due, and end.")] = False,
) -> None:
    """Run the desk until SIGTERM or SIGINT; SIGHUP reloads desk.yaml, rules.yaml and the templates."""
    configure_logs(load_settings(context.obj, os.environ).log_format, os.environ)
    daemon = Daemon(context.obj, os.environ)
    if not once:
        daemon.run()
        return
    with _progress() as advance:
        done = daemon.run_once(advance)
    say(f"{done.messages} messages taken in, {done.mails} mails tried")
    if done.failures:
        fail(*done.failures, status=1)


@contextmanager
def _progress() -> Iterator[Callable[[], None]]:
    """Show a person how many messages were taken in; a pipe gets the log lines alone."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} messages"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("intake", total=None)
        yield lambda: progress.advance(task)


def check(
    context: typer.Context,
    connect: Annotated[
        bool, typer.Option("--connect", help="Also log in to every mailbox, the mail server and the database.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Report every problem of configuration, rules and templates at once."""
    problems = check_config(context.obj, os.environ)
    errors = [str(p) for p in problems if not p.warning]
    # Only rules in which nothing is wrong can be tried.
    tests = () if errors else failing_tests(load_desk(context.obj, os.environ))
    errors += [*map(str, tests), *_template_problems(context.obj)]
    warnings = [str(p) for p in problems if p.warning]
    unreachable: list[str] = []
    if connect and not errors:
        unreachable = log_in_everywhere(load_settings(context.obj, os.environ, make_key=False))
    if as_json:
        kinds = (("error", errors), ("warning", warnings), ("unreachable", unreachable))
        print_json({"kind": kind, "message": message} for kind, messages in kinds for message in messages)
    else:
        say(*warnings)
    if errors:
        fail(*([] if as_json else errors), status=2)
    if unreachable:
        fail(*([] if as_json else unreachable), status=1)
    if not as_json:
        say("the configuration is sound" + (" and everything answers" if connect else ""))


def _template_problems(directory: Path) -> list[str]:
    custom = directory / "templates"
    try:
        return list(Templates(custom if custom.is_dir() else None).check())
    except TemplateProblem as problem:
        return [str(problem)]


def log_in_everywhere(settings: Settings) -> list[str]:
    """Log in everywhere and return what did not answer. Missing folders are made, as the daemon would."""
    failures: list[str] = []
    for mailbox in settings.mailboxes:
        watched = Mailbox(mailbox.imap, mailbox.folders, idle=False)
        try:
            watched.open()
        except (MailboxLost, MailboxRefused) as problem:
            failures.append(f"mailbox {mailbox.name}: {problem.reason}")
        finally:
            watched.close()
    refusal = asyncio.run(_probe(settings))
    failures += [f"smtp: {refusal}"] if refusal else []
    return failures + _probe_database(settings)


async def _probe(settings: Settings) -> str:
    submission = Submission(replace(settings.smtp, connections=1))
    try:
        return await submission.probe()
    finally:
        await submission.close()


def _probe_database(settings: Settings) -> list[str]:
    store = Store(settings.database)
    try:
        state = store.schema_state()
    except StoreError as error:
        return [f"database: {error}"]
    finally:
        store.close()
    stale = state in (SchemaState.OLDER, SchemaState.NEWER)
    return [f"database: its schema is {state}"] if stale else []


@db_verbs.command("upgrade")
def upgrade(context: typer.Context) -> None:
    """Bring the database schema up to date, or make it."""
    store = Store(load_database(context.obj))
    try:
        store.upgrade()
    finally:
        store.close()
    say("the database schema is up to date")
