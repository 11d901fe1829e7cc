"""The verbs rules sample and rules stats: stored mail as material for tests beside rules, and how often rules hit."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from maildesk.adapters.store import Reader, StoredMail
from maildesk.cli.looking import open_reader, open_store
from maildesk.cli.printing import Row, fail, print_rows, rfc3339, say
from maildesk.cli.replaying import Since, parse_since
from maildesk.cli.rules import Json, rules_verbs
from maildesk.config import load_desk
from maildesk.daemon import now_utc
from maildesk.model.desk import Desk


def add_to(_app: typer.Typer) -> None:
    """Add these verbs to those around rules."""
    rules_verbs.command("sample")(sample)
    rules_verbs.command("stats")(stats)


def sample(
    context: typer.Context,
    ledger_id: Annotated[int, typer.Argument(metavar="LEDGER_ID", help="A number of `maildesk ledger`.")],
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where to write it; else DIR/tests/mail-ID.eml.")
    ] = None,
) -> None:
    """Write a stored mail to a file and print the test that uses it, to be put beside a rule."""
    with open_store(context.obj) as store:
        stored = store.run(lambda tx: tx.inbound.find(ledger_id))
    if stored is None:
        fail(f"there is no mail {ledger_id} in the ledger", status=1)
    if stored.raw is None:
        fail(f"the bytes of mail {ledger_id} were not kept: {stored.reason}", status=1)
    path = output or context.obj / "tests" / f"mail-{ledger_id}.eml"
    _write(path, stored.raw)
    sys.stderr.write(f"wrote {path}; whoever reads the configuration can read this mail\n")
    say(*_stub(path, context.obj, stored))


def _write(path: Path, raw: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A test may have been shortened or made anonymous by hand since.
        with path.open("xb") as file:
            file.write(raw)
    except FileExistsError:
        fail(f"{path} is there already; name another file with --output", status=1)
    except OSError as problem:
        fail(f"{path} cannot be written: {problem.strerror}", status=1)


def _stub(path: Path, directory: Path, stored: StoredMail) -> tuple[str, ...]:
    """Return the lines of a test; the path in it is relative to the configuration directory where that is above it."""
    whole, base = path.absolute(), directory.absolute()
    name = whole.relative_to(base) if whole.is_relative_to(base) else whole
    mailbox = f", mailbox: {stored.mailbox}" if stored.mailbox else ""
    return (
        "    tests:",
        f"      - given: {{mail: '{str(name).replace(chr(39), chr(39) * 2)}'{mailbox}}}",
        "        expect: {hit: true}",
    )


def stats(context: typer.Context, since: Since = "30d", as_json: Json = False) -> None:
    """Show how often each rule hit, when it last did, and which never do.

    share: of all mails since then, those it hit. Hits as a ticket changed or time went by count among the hits alone.
    """
    desk = load_desk(context.obj, os.environ)
    begin = parse_since(since, now_utc(), desk)
    with open_reader(context.obj) as reader:
        rows = _rows(reader, desk, begin)
    columns = ("rule", "hits", "share", "last_hit_at", "note")
    print_rows(rows, columns, as_json=as_json, empty="There are no rules.")


def _rows(reader: Reader, desk: Desk, begin: datetime) -> list[Row]:
    """Return a row a rule, in the order of rules.yaml, those that are gone behind it; `share`: of all mails."""
    found = {hits.rule: hits for hits in reader.rule_hits(begin)}
    mails = reader.archive.count(begin)
    names = tuple(rule.name for rule in desk.rules)
    rows: list[Row] = []
    for name in (*names, *(name for name in found if name not in names)):
        hits = found.get(name)
        rows.append(
            {
                "rule": name,
                "hits": hits.hits if hits else 0,
                "mails": hits.mails if hits else 0,
                "share": round(hits.mails / mails, 4) if hits and mails else 0.0,
                "last_hit_at": rfc3339(hits.last_at) if hits else None,
                "note": "no such rule any more" if name not in names else "" if hits else "never hit",
            }
        )
    return rows
