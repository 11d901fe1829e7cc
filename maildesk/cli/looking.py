"""Verbs that only read what is stored: tickets, show, ledger, held, outbox. They need maildesk.yaml alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from maildesk.adapters.imap import Mailbox, MailboxLost, MailboxRefused
from maildesk.adapters.store import OutboxState, Reader, Store, UndecidedMail
from maildesk.cli.printing import Row, fail, print_json, print_rows, printable, rfc3339, say
from maildesk.config import ConfigError, load_database, load_desk, load_settings
from maildesk.core.chronicle import trace_lines
from maildesk.core.clocks import readings
from maildesk.daemon import now_utc
from maildesk.model.decided import Outcome
from maildesk.model.event import Event, Recorded
from maildesk.model.person import Person
from maildesk.model.settings import FolderRole, MailboxSettings
from maildesk.model.ticket import Status, Ticket

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many rows.")]

ledger_verbs = typer.Typer(invoke_without_command=True, help="Every message ever seen and its one outcome.")
outbox_verbs = typer.Typer(invoke_without_command=True, help="Outgoing mail, one row a recipient.")


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.command("tickets")(list_tickets)
    app.command("show")(show)
    app.command("held")(held)
    app.add_typer(ledger_verbs, name="ledger")
    app.add_typer(outbox_verbs, name="outbox")


@contextmanager
def open_store(directory: Path) -> Iterator[Store]:
    """Open the database that maildesk.yaml names; it must have the schema of this version."""
    store = Store(load_database(directory))
    try:
        store.require_current()
        yield store
    finally:
        store.close()


@contextmanager
def open_reader(directory: Path) -> Iterator[Reader]:
    """Open one state of the database to read."""
    with open_store(directory) as store, store.reading() as reader:
        yield reader


# ------------------------------------------------------------------ tickets


def list_tickets(
    context: typer.Context,
    status: Annotated[Status | None, typer.Option(help="Only tickets of this status.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only tickets of this queue.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Only tickets of this technician (address).")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """List tickets, oldest first, closed ones too."""
    with open_reader(context.obj) as reader:
        rows = (ticket_row(t) for t in reader.tickets(status, queue, assignee, limit))
        columns = ("number", "status", "priority", "queue", "assignee", "requester", "subject", "updated_at")
        print_rows(rows, columns, as_json=as_json, empty="No tickets.")


def show(
    context: typer.Context,
    number: int,
    trace: Annotated[bool, typer.Option("--trace", help="Also why: each guard, rule and command.")] = False,
    as_json: Json = False,
) -> None:
    """Show one ticket with its whole history."""
    with open_reader(context.obj) as reader:
        ticket = reader.ticket(number)
        if ticket is None:
            fail(f"there is no ticket {number}", status=1)
        history = reader.history(number)
        person = reader.person(ticket.requester.address)
    if as_json:
        details = {**_details(ticket), "requester_dead": _death(person), "clocks": _clocks(context.obj, ticket)}
        print_json([{**ticket_row(ticket), **details, "entries": [entry_row(r) for r in history]}])
    else:
        _print_ticket(ticket, person, history, trace=trace)


def ticket_row(ticket: Ticket) -> Row:
    """Return a ticket as `tickets --json` prints it; times are RFC 3339 UTC."""
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.status,
        "priority": ticket.priority,
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "queue": ticket.queue,
        "assignee": ticket.assignee,
        "requester": ticket.requester.address,
        "tags": list(ticket.tags),
        "type": ticket.type,
        "claims": ticket.claims,
        "merged_into": ticket.merged_into,
        "created_at": rfc3339(ticket.created_at),
        "updated_at": rfc3339(ticket.updated_at),
        "first_response_due_at": rfc3339(ticket.first_response_due_at),
        "resolution_due_at": rfc3339(ticket.resolution_due_at),
        "next_response_due_at": rfc3339(ticket.next_response_due_at),
        "update_due_at": rfc3339(ticket.update_due_at),
    }


def _details(ticket: Ticket) -> Row:
    people = [("requester", ticket.requester), *(("participant", p) for p in ticket.participants)]
    return {
        "participants": [{"name": p.name, "address": p.address, "role": role} for role, p in people],
        "mailbox": ticket.mailbox,
        "language": ticket.language,
        "resolved_at": rfc3339(ticket.resolved_at),
        "closed_at": rfc3339(ticket.closed_at),
        "first_responded_at": rfc3339(ticket.first_responded_at),
        "proposed": [p.address for p in ticket.proposed],
        "muted": list(ticket.muted),
        "watchers": list(ticket.watchers),
        "links": list(ticket.links),
        "snoozed_until": rfc3339(ticket.snoozed_until),
        "due_at": rfc3339(ticket.due_at),
        "expected_at": rfc3339(ticket.expected_at),
        "channel": ticket.channel,
        "time_seconds": ticket.time_seconds,
        "fields": dict(ticket.fields),
        "steps": [{"text": s, "done": n in ticket.steps_done} for n, s in enumerate(ticket.checklist, 1)],
    }


def _clocks(directory: Path, ticket: Ticket) -> list[Row] | None:
    """Return the ticket's clocks by today's policy; None when desk.yaml or rules.yaml cannot be used."""
    try:
        desk = load_desk(directory, os.environ)
    except ConfigError:
        return None
    now = now_utc()
    return [
        {
            "clock": reading.clock,
            "run": "done" if reading.done_at else reading.run,
            "since": rfc3339(reading.since),
            "due_at": rfc3339(reading.due_at),
            "done_at": rfc3339(reading.done_at),
            "used_seconds": round(reading.used_seconds(now)),
            "target_seconds": round(reading.seconds),
            "calendar": reading.calendar.name,
            "source": reading.source,
        }
        for reading in readings(ticket, desk)
    ]


def _death(person: Person | None) -> Row | None:
    if person is None or person.dead_since is None:
        return None
    return {"since": rfc3339(person.dead_since), "reason": person.dead_reason}


#: Fields of events that stand at the top of an entry; all others are under `data`.
_ON_TOP = ("text", "message_id", "attachments")


def entry_row(recorded: Recorded) -> Row:
    """Return a history entry as `show --json` prints it."""
    event = recorded.event
    return {
        "seq": recorded.seq,
        "at": rfc3339(recorded.at),
        "type": type(event).__name__,
        "actor": recorded.actor,
        "message_id": getattr(event, "message_id", None),
        "text": getattr(event, "text", None),
        "attachments": [asdict(a) for a in getattr(event, "attachments", ())],
        "trace": [asdict(line) for line in recorded.trace],
        "data": _data(event),
    }


def _data(event: Event) -> Row:
    return {f.name: _plain(getattr(event, f.name)) for f in fields(event) if f.name not in _ON_TOP}


def _plain(value: object) -> object:
    match value:
        case datetime():
            return rfc3339(value)
        case Enum():
            return value.value
        case tuple():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        case _:
            return value


def _print_ticket(ticket: Ticket, person: Person | None, history: tuple[Recorded, ...], *, trace: bool) -> None:
    owner = ticket.assignee or "nobody"
    weight = f"{ticket.priority} (impact {ticket.impact}, urgency {ticket.urgency})"
    death = _death(person)
    say(
        f"#{ticket.number} {printable(ticket.subject)}",
        f"{ticket.status} · {weight} · {ticket.queue} · {owner}",
        printable(f"for {ticket.requester.name} <{ticket.requester.address}>, written to {ticket.mailbox}"),
        *([printable(f"mail to this address came back on {death['since']}: {death['reason']}")] if death else []),
        *(printable(f"{name}: {value}") for name, value in ticket.fields),
        *([f"names ticket #{ticket.claims}"] if ticket.claims else []),
        *([f"went into ticket #{ticket.merged_into}"] if ticket.merged_into else []),
        "",
    )
    for recorded in history:
        row = entry_row(recorded)
        said = ", ".join(
            f"{k} {v}" for k, v in _data(recorded.event).items() if v not in (None, "", [], {}) and k != "visible_text"
        )
        head = f"{recorded.seq:>4}  {rfc3339(recorded.at)}  {row['type']}  by {recorded.actor}"
        say(printable(head + (f"  ({said})" if said else "")))
        say(*(f"        {printable(line)}" for line in str(row["text"] or "").splitlines()))
        say(*(f"      {printable(line)}" for line in (trace_lines(recorded.trace) if trace else ())))


# ------------------------------------------------------------------ ledger


@ledger_verbs.callback()
def ledger(
    context: typer.Context,
    outcome: Annotated[Outcome | None, typer.Option(help="Only messages that ended so.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """List every message ever seen and what became of it, oldest first."""
    if context.invoked_subcommand is not None:
        return
    with open_reader(context.obj) as reader:
        past = reader.past_outcomes()
        rows: Iterator[Row] = (
            {
                "id": e.id,
                "mailbox": e.mailbox,
                "uidvalidity": e.uidvalidity,
                "uid": e.uid,
                "message_id": e.message_id,
                "from": e.sender,
                "subject": e.subject,
                "outcome": e.outcome,
                "reason": e.reason,
                "ticket": e.ticket,
                "at": rfc3339(e.at),
                "past": [_plain(p) for p in past.get(e.id, ())],
            }
            for e in reader.ledger(outcome, limit)
        )
        columns = ("id", "at", "mailbox", "from", "subject", "outcome", "ticket", "reason")
        print_rows(rows, columns, as_json=as_json, empty="No messages yet.")


@ledger_verbs.command("verify")
def verify(context: typer.Context, as_json: Json = False) -> None:
    """Compare the folders on the mail server with the ledger; status 1 when they differ."""
    settings = load_settings(context.obj, os.environ, make_key=False)
    with open_reader(context.obj) as reader:
        differences = [_undecided(mail) for mail in reader.undecided()]
        for mailbox in settings.mailboxes:
            try:
                differences += _compare(reader, mailbox)
            except (MailboxLost, MailboxRefused) as problem:
                fail(f"mailbox {mailbox.name}: {problem.reason}", status=1)
    columns = ("mailbox", "folder", "ledger", "uid", "difference")
    print_rows(differences, columns, as_json=as_json, empty="The folders hold what the ledger says.")
    if differences:
        raise typer.Exit(1)


def _undecided(mail: UndecidedMail) -> Row:
    what = f"seen and not decided, {mail.attempts} attempts"
    return {"mailbox": mail.mailbox, "folder": "", "ledger": mail.id, "uid": mail.uid, "difference": what}


def _compare(reader: Reader, settings: MailboxSettings) -> list[Row]:
    mailbox = Mailbox(settings.imap, settings.folders, idle=False)
    differences: list[Row] = []
    try:
        mailbox.open()
        for role in (FolderRole.PROCESSED, FolderRole.HELD, FolderRole.QUARANTINE):
            expected = reader.filed(settings.name, role)
            for uid, digest in mailbox.list_folder(role):
                if not expected.get(digest):
                    differences.append(_difference(settings, role, None, uid, "not in the ledger"))
                else:
                    expected[digest].pop()
            missing = (i for ids in expected.values() for i in ids)
            differences += [_difference(settings, role, i, None, "gone from the server") for i in missing]
    finally:
        mailbox.close()
    return differences


def _difference(settings: MailboxSettings, role: FolderRole, ledger_id: int | None, uid: int | None, what: str) -> Row:
    folder = settings.folders.name(role)
    return {"mailbox": settings.name, "folder": folder, "ledger": ledger_id, "uid": uid, "difference": what}


# ------------------------------------------------------------------ held and outgoing


def held(context: typer.Context, as_json: Json = False) -> None:
    """List held and quarantined mail, oldest first."""
    with open_reader(context.obj) as reader:
        rows: list[Row] = [
            {
                "id": h.id,
                "mailbox": h.mailbox,
                "message_id": h.message_id,
                "from": h.sender,
                "subject": h.subject,
                "outcome": h.outcome,
                "reason": h.reason,
                "ticket": h.ticket,
                "at": rfc3339(h.at),
                "size": h.size_bytes,
                "requested": h.requested,
            }
            for h in reader.held()
        ]
    columns = ("id", "at", "from", "subject", "outcome", "reason", "requested")
    print_rows(rows, columns, as_json=as_json, empty="Nothing is held.")


@outbox_verbs.callback()
def outbox(
    context: typer.Context,
    state: Annotated[OutboxState | None, typer.Option(help="Only mail in this state.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """List outgoing mail, oldest first."""
    if context.invoked_subcommand is not None:
        return
    with open_reader(context.obj) as reader:
        rows: Iterator[Row] = (
            {
                "id": e.id,
                "ticket": e.ticket,
                "notice": e.notice,
                "message_id": e.message_id,
                "recipient": e.recipient,
                "state": e.state,
                "attempts": e.attempts,
                "next_attempt_at": rfc3339(e.next_attempt_at),
                "last_reply": e.last_reply,
                "created_at": rfc3339(e.created_at),
            }
            for e in reader.outbox(state, limit)
        )
        columns = (
            "id",
            "created_at",
            "ticket",
            "notice",
            "recipient",
            "state",
            "attempts",
            "next_attempt_at",
            "last_reply",
        )
        print_rows(rows, columns, as_json=as_json, empty="The outbox is empty.")


@outbox_verbs.command("retry")
def retry(context: typer.Context, outbox_id: Annotated[int, typer.Argument(metavar="ID")]) -> None:
    """Try a failed, deferred or held mail again now."""
    with open_store(context.obj) as store:
        store.run(lambda tx: tx.outbox.retry(outbox_id))
    say(f"outgoing mail {outbox_id} is queued again")
