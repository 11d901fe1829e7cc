"""Verbs that move held and quarantined mail: release, discard, requeue.

They only write down what is wanted, so they work beside a running daemon and with a faulty policy; the daemon acts
within seconds. Where none is running, the mail is decided at once.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from maildesk.adapters.store import LoopsTaken, UnknownMail, WrongState
from maildesk.cli.looking import open_store
from maildesk.cli.printing import fail, say
from maildesk.config import ConfigError
from maildesk.daemon import Daemon, now_utc

Id = Annotated[int, typer.Argument(metavar="ID", help="The id that `held` shows.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command("release")(release)
    app.command("requeue")(requeue)
    app.command("discard")(discard)


def release(context: typer.Context, mail: Id) -> None:
    """Let a held mail through: you vouch for its sender."""
    try:
        with open_store(context.obj) as store:
            store.run(lambda tx: tx.inbound.request_release(mail, now_utc()))
    except (UnknownMail, WrongState) as problem:
        fail(str(problem), status=1)
    say(f"mail {mail} is released{_decide_now(context.obj)}")


def requeue(context: typer.Context, mail: Id) -> None:
    """Decide a held or quarantined mail again as if it had just come in."""
    try:
        with open_store(context.obj) as store:
            store.run(lambda tx: tx.inbound.request_requeue(mail))
    except (UnknownMail, WrongState) as problem:
        fail(str(problem), status=1)
    say(f"mail {mail} is queued again{_decide_now(context.obj)}")


def discard(
    context: typer.Context,
    mail: Id,
    reason: Annotated[str, typer.Option(help="Why, for the ledger.")] = "discarded by an admin",
) -> None:
    """Give a held mail up; its bytes stay."""
    try:
        with open_store(context.obj) as store:
            store.run(lambda tx: tx.inbound.discard(mail, reason, now_utc()))
    except (UnknownMail, WrongState) as problem:
        fail(str(problem), status=1)
    say(f"mail {mail} is discarded")


def _decide_now(directory: Path) -> str:
    """Decide requested mail here unless a daemon will; return how the sentence ends."""
    try:
        Daemon(directory, os.environ).take_requested()
    except LoopsTaken:
        return "; the running daemon takes it within seconds"
    except ConfigError as error:
        return f"; it waits until the configuration is right again ({error.problems[0]})"
    return ""
