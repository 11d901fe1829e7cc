"""The verb `demo`: a whole help desk on loopback and a scripted day on it, to be seen before anything is set up.

The daemon is the real one, started as a command of its own. Nothing leaves this machine and no real account is used;
the folder with configuration, database and log stays afterwards, so that every verb can be tried on it.
"""

import shlex
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from maildesk.adapters.embedded import EmbeddedUnavailable
from maildesk.cli.demo.day import StepMissed, play
from maildesk.cli.demo.script import SCRIPT
from maildesk.cli.demo.site import Site
from maildesk.cli.demo.timeline import Timeline
from maildesk.cli.looking import open_reader, ticket_row
from maildesk.cli.printing import Row, fail

Stay = Annotated[bool, typer.Option("--stay", help="Keep the desk open after the day, for your own mail client.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

_LOG_LINES = 15


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command("demo")(demo)


def demo(stay: Stay = False, as_json: Json = False) -> None:
    """Play a day at a help desk: real daemon, embedded mail servers, SQLite, all on loopback and made up."""
    # However we are told to end, it is through the `with` below, so that the daemon ends with us.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    folder = Path(mkdtemp(prefix="maildesk-demo-"))
    timeline = Timeline(as_json=as_json)
    try:
        with Site(folder) as site:
            _play(site, timeline)
            if stay:
                _stay(site, timeline)
    except EmbeddedUnavailable as missing:
        folder.rmdir()
        fail(str(missing), status=2)


def _play(site: Site, timeline: Timeline) -> None:
    """Play the day, then show the tickets and where to look; end with status 1 at a step that does not happen."""
    try:
        play(site, SCRIPT, timeline)
    except StepMissed as missed:
        log = site.log_lines(_LOG_LINES)
        fail(f"demo: {missed}", f"the daemon's log ({site.log_path}) ends with", *log, status=1)
    timeline.tickets(_tickets(site.folder))
    timeline.hints(_where_to_look(site.folder))


def _tickets(folder: Path) -> tuple[Row, ...]:
    with open_reader(folder) as reader:
        return tuple(ticket_row(ticket) for ticket in reader.tickets())


def _where_to_look(folder: Path) -> Iterable[tuple[str, str]]:
    # As it was called just now, so that the lines can be copied also where maildesk is not on the search path.
    called = sys.argv[0] if Path(sys.argv[0]).name == "maildesk" else "maildesk"
    command = f"{shlex.quote(called)} --config {shlex.quote(str(folder))}"
    number = _tickets(folder)[0]["number"]
    return (
        (f"{command} show {number}", "the first ticket with its whole history"),
        (f"{command} ledger", "every mail that came in and what became of it"),
        (f"{command} held", "the forged mail and the one with the typo"),
        (f"{command} outbox", "every mail the desk sent"),
        (str(folder), "maildesk.yaml, desk.yaml, rules.yaml, database and log; it is yours to remove"),
    )


def _stay(site: Site, timeline: Timeline) -> None:
    """Say how to come in with a mail client and wait for Ctrl-C or SIGTERM; end with status 1 if the daemon ends."""
    timeline.doors(site)
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    while not told.wait(1.0):
        if not site.is_running():
            fail("demo: the daemon has ended", *site.log_lines(_LOG_LINES), status=1)
