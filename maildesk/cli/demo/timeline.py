"""What a person sees of the demo: one line a step as it happens, then the tickets and where to look.

Colours and a spinner only at a terminal; into a pipe plain lines, flushed one by one; with `as_json` JSON Lines.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.text import Text

from maildesk.cli.demo.people import LOOPBACK
from maildesk.cli.demo.site import Site
from maildesk.cli.printing import Row, print_json, print_rows, say

_COLOURS = {"desk": "cyan", "Tia": "magenta", "Mallory": "red"}
_OTHERS = "green"
_COLUMNS = ("number", "status", "priority", "queue", "assignee", "requester", "subject")


class Timeline:
    """Prints the day; its clock starts when it is made."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = None if as_json or not sys.stdout.isatty() else Console(highlight=False)
        self._started = monotonic()

    @contextmanager
    def waiting(self, who: str, name: str) -> Iterator[None]:
        """Show at a terminal what is being waited for."""
        if self._console is None:
            yield
            return
        with self._console.status(f"{who} {name} …"):
            yield

    def happened(self, who: str, name: str, found: str) -> None:
        """Print a step that was seen."""
        seconds = monotonic() - self._started
        if self._as_json:
            print_json([{"kind": "step", "seconds": round(seconds, 2), "who": who, "step": name, "found": found}])
        elif self._console is None:
            say(f"{seconds:5.1f} s  {who:<7} {name}: {found}")
        else:
            line = Text.assemble(
                (f"{seconds:5.1f} s  ", "dim"), (f"{who:<7} ", f"bold {_COLOURS.get(who, _OTHERS)}"), f"{name}: ",
                (found, "dim"),
            )  # fmt: skip
            self._console.print(line, soft_wrap=True)
        sys.stdout.flush()

    def tickets(self, rows: Iterable[Row]) -> None:
        """Print the tickets as they stand."""
        if self._as_json:
            print_json({"kind": "ticket", **row} for row in rows)
            return
        say("")
        print_rows(rows, _COLUMNS, as_json=False, empty="No tickets.")

    def hints(self, hints: Iterable[tuple[str, str]]) -> None:
        """Print where to look next, each a command or a place with what it shows."""
        if self._as_json:
            print_json({"kind": "look", "at": at, "for": what} for at, what in hints)
        else:
            say("", "Where to look:", *(f"  {at}\n      {what}" for at, what in hints))
        sys.stdout.flush()

    def doors(self, site: Site) -> None:
        """Print how to come in with a mail client: servers, and everybody's address and password."""
        people = (("requester", site.ann), ("requester", site.bob), ("technician", site.tia), ("desk", site.desk))
        if self._as_json:
            servers = {"host": LOOPBACK, "imap_port": site.ports.imap, "smtp_port": site.ports.smtp}
            accounts = ({"address": p.address, "password": p.password, "role": role} for role, p in people)
            print_json({"kind": "account", **servers, **account} for account in accounts)
        else:
            say(
                "", "The desk stays open until Ctrl-C. Point any mail client at it (user name is the address):",
                f"  IMAP  {LOOPBACK} port {site.ports.imap}, no encryption, password",
                f"  SMTP  {LOOPBACK} port {site.ports.smtp}, no encryption, password",
                *(f"  {role:<10}  {p.address:<21}  password {p.password}" for role, p in people),
                f"Write to {site.desk.address}. The passwords are the same each time; only this machine can come in.",
            )  # fmt: skip
        sys.stdout.flush()
