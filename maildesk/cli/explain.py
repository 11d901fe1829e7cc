"""`explain`: what maildesk makes of mail files and would do with them. No side effect, no database; config optional."""

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated, Any

import typer

from maildesk.adapters.sandbox import ParsingFailed, Sandbox, SandboxedMail
from maildesk.cli.printing import Row, print_json, printable, rfc3339, say
from maildesk.config import ConfigError, default_desk, load_desk, load_settings
from maildesk.core.decide import decide_message
from maildesk.daemon import now_utc, reading_context
from maildesk.intake.facts import own_addresses
from maildesk.mail.read import ReadingContext
from maildesk.mail.threads import ThreadClaims, find_claims
from maildesk.model.decision import Decision
from maildesk.model.desk import Desk
from maildesk.model.event import PriorityChanged, QueueChanged, TicketOpened
from maildesk.model.level import Priority
from maildesk.model.message import Address, Attachment, BounceReport, InboundMessage, Invitation
from maildesk.model.rule import RuleHit
from maildesk.model.situation import Signal, Situation

#: Files read ahead of the one being printed.
_AHEAD = 16
#: Lines of what was typed that a person is shown.
_SHOWN_LINES = 8
_SIGNALS = {"address": Signal.ADDRESS_TOKEN, "message-id": Signal.MESSAGE_ID_TOKEN, "footer": Signal.MESSAGE_ID_TOKEN}


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command("explain")(explain)


def explain(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Mail files; - is standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Tell what maildesk makes of each mail file and would do with it, without doing it."""
    desk, reading = _policy(context.obj)
    sandbox = Sandbox(reading, workers=min(2, os.cpu_count() or 1, len(files)))
    try:
        rows = _explanations(files, sandbox, desk)
        if as_json:
            print_json(rows)
        else:
            for row in rows:
                _print(row)
    finally:
        sandbox.close()


def _policy(directory: Path) -> tuple[Desk, ReadingContext]:
    """Use the configuration where there is a sound one; say so where it is faulty, and go on with the defaults."""
    if not (directory / "maildesk.yaml").exists():
        return default_desk(), ReadingContext()
    try:
        desk = load_desk(directory, os.environ)
        return desk, reading_context(load_settings(directory, os.environ, make_key=False), desk)
    except ConfigError as error:
        sys.stderr.write(f"explained without the configuration, which is faulty: {error.problems[0]}\n")
        return default_desk(), ReadingContext()


def _explanations(files: Iterable[str], sandbox: Sandbox, desk: Desk) -> Iterator[Row]:
    window: deque[tuple[str, bytes, Future[SandboxedMail] | OSError]] = deque()
    for file in files:
        window.append((file, *_begin(file, sandbox)))
        if len(window) > _AHEAD:
            yield _explain(*window.popleft(), sandbox, desk)
    while window:
        yield _explain(*window.popleft(), sandbox, desk)


def _begin(file: str, sandbox: Sandbox) -> tuple[bytes, Future[SandboxedMail] | OSError]:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        return b"", error
    return raw, sandbox.submit(raw)


def _explain(file: str, raw: bytes, reading: Future[SandboxedMail] | OSError, sandbox: Sandbox, desk: Desk) -> Row:
    if isinstance(reading, OSError):
        return {"file": file, "problems": [f"cannot be opened: {reading.strerror}"]}
    try:
        message = _read(raw, reading, sandbox)
    except ParsingFailed as problem:
        return {"file": file, "problems": [problem.reason]}
    mailbox = desk.mailboxes[0].name if desk.mailboxes else ""
    situation = Situation(message=message, mailbox=mailbox, now=now_utc())
    decision = decide_message(situation, desk)
    claims = find_claims(message, own_addresses(desk))
    return {"file": file, **_message_row(message), **_decision_row(decision, desk, claims, mailbox)}


def _read(raw: bytes, reading: Future[SandboxedMail], sandbox: Sandbox) -> InboundMessage:
    try:
        return reading.result().message
    except ParsingFailed:
        return sandbox.read(raw, minimal=True).message


def _message_row(message: InboundMessage) -> Row:
    return {
        "message_id": message.message_id,
        "from": _person(message.sender or message.claimed_sender),
        "to": [_person(a) for a in message.to],
        "cc": [_person(a) for a in message.cc],
        "reply_to": [_person(a) for a in message.reply_to],
        "subject": message.subject,
        "language": message.language,
        "date": rfc3339(message.date_at),
        "kind": message.kind,
        "kind_reason": message.kind_reason,
        "visible_text": message.visible_text,
        "text": message.text,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "attachments": [_attachment_row(a) for a in message.attachments],
        "bounce": _bounce_row(message.bounce),
        "invitation": _invitation_row(message.invitation),
        "protection": None
        if message.protection is None
        else {
            "scheme": message.protection.scheme,
            "signed": message.protection.signed,
            "encrypted": message.protection.encrypted,
        },
        "auth": None
        if message.auth is None
        else {
            "dmarc": message.auth.dmarc,
            "dkim": message.auth.dkim,
            "spf": message.auth.spf,
            "from_aligned": message.auth.from_aligned,
        },
        "problems": [*message.problems, *([message.sender_problem] if message.sender_problem else [])],
    }


def _attachment_row(attachment: Attachment) -> Row:
    return {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size_bytes,
        "inline": attachment.inline,
        "sha256": attachment.sha256,
    }


def _person(address: Address | None) -> Row | None:
    return None if address is None else {"name": address.name, "address": address.address}


def _bounce_row(report: BounceReport | None) -> Row | None:
    if report is None:
        return None
    recipients = [
        {"address": r.address, "action": r.action, "status": r.status, "diagnostic": r.diagnostic}
        for r in report.recipients
    ]
    return {"recipients": recipients, "original_message_id": report.original_message_id}


def _invitation_row(invitation: Invitation | None) -> Row | None:
    if invitation is None:
        return None
    return {
        "method": invitation.method,
        "uid": invitation.uid,
        "summary": invitation.summary,
        "organizer": _person(invitation.organizer),
        "attendees": [{**(_person(a.address) or {}), "answer": a.answer} for a in invitation.attendees],
        "starts_at": rfc3339(invitation.starts_at),
        "ends_at": rfc3339(invitation.ends_at),
        "all_day": invitation.all_day,
        "location": invitation.location,
        "recurrence": invitation.recurrence,
    }


def _decision_row(decision: Decision, desk: Desk, claims: ThreadClaims, mailbox: str) -> Row:
    events = [act.event for act in decision.acts]
    opened = next((e for e in events if isinstance(e, TicketOpened)), None)
    home = desk.mailbox(mailbox)
    queue = next((e.queue for e in reversed(events) if isinstance(e, QueueChanged)), None)
    priority = next((e.priority for e in reversed(events) if isinstance(e, PriorityChanged)), None)
    return {
        "role": decision.role,
        "proof": decision.proof,
        "ticket_match": _match(claims),
        "disposition": decision.disposition,
        "outcome": decision.outcome,
        "reason": decision.reason,
        "rules": [_rule_row(hit) for hit in decision.rules],
        "priority": priority or (Priority.P3 if opened else None),
        "queue": queue or (opened.queue if opened else home.queue if home else None),
        "commands": [{"line": c.line, "outcome": c.outcome} for c in decision.commands],
        "notices": [{"to": n.to.address, "template": n.template or n.name} for n in decision.notices],
        "trace": [
            f"{line.step} {line.name}: {'yes' if line.hit else 'no'} {line.because}".rstrip() for line in decision.trace
        ],
    }


def _rule_row(hit: RuleHit) -> Row:
    evidence = hit.evidence
    conditions = [{"condition": c.condition, "held": c.held, "evidence": c.evidence} for c in evidence.checks]
    return {"name": hit.name, "hit": hit.hit, "because": evidence.because, "conditions": conditions}


def _match(claims: ThreadClaims) -> Row | None:
    """Return the strongest signal this mail carries; whether it holds only the database of a desk can tell."""
    for token in claims.tokens:
        return {"signal": _SIGNALS[token.carrier], "value": f"{token.purpose}{token.ref}"}
    if claims.ids:
        return {"signal": Signal.STORED_ID, "value": claims.ids[0]}
    return {"signal": Signal.SUBJECT, "value": f"[#{claims.number}]"} if claims.number is not None else None


def _print(row: Row) -> None:
    """Print what a person wants to know at a glance; `--json` has everything."""
    say(f"── {row['file']}")
    for title, text in _lines(row):
        say(f"   {title:<9} {printable(text)}".rstrip())
    say("")


def _lines(row: Row) -> Iterator[tuple[str, str]]:
    """Yield the lines about one mail: a title and what stands behind it."""
    if "kind" in row:
        yield "from", _written(row["from"])
        yield "subject", str(row["subject"])
        yield "kind", f"{row['kind']}  {row['kind_reason']}"
        yield from _contents(row)
        yield "role", f"{row['role']}, proof {row['proof']}"
        yield "outcome", f"{row['outcome']}: {row['reason']}"
        yield "ticket", (f"priority {row['priority']}, " if row["priority"] else "") + f"queue {row['queue']}"
        yield from (("would", f"mail {n['to']} ({n['template']})") for n in _rows(row["notices"]))
        yield from _ruled(row["rules"])
        yield from (("trace", str(line)) for line in _rows(row["trace"]) if not str(line).startswith("rule "))
    yield from (("problem", str(problem)) for problem in _rows(row["problems"]))


def _ruled(rules: object) -> Iterator[tuple[str, str]]:
    """Yield every rule, and under it each of its conditions that was looked at: `+` held, `-` did not."""
    for rule in _rows(rules):
        yield "rule", f"{rule['name']}: {'hit' if rule['hit'] else 'missed'}"
        if not rule["conditions"]:
            yield "", f"  {rule['because']}"
        for check in rule["conditions"]:
            evidence = f"  ({check['evidence']})" if check["evidence"] else ""
            yield "", f"  {'+' if check['held'] else '-'} {check['condition']}{evidence}"


def _contents(row: Row) -> Iterator[tuple[str, str]]:
    """Yield what the mail holds, as far as it holds it: a language, an invitation, a seal, reports, files, words."""
    if row["language"]:
        yield "language", str(row["language"])
    match row["invitation"]:
        case {"method": method, "summary": summary, "starts_at": starts, "organizer": organizer, "location": location}:
            told = (summary, starts, location, f"by {_written(organizer)}" if organizer else "")
            yield "invites", f"{method}: " + ", ".join(str(part) for part in told if part)
    match row["protection"]:
        case {"scheme": scheme, "signed": signed, "encrypted": encrypted}:
            done = [word for word, is_so in (("signed", signed), ("encrypted", encrypted)) if is_so]
            yield "sealed", f"{scheme}, {' and '.join(done)}"
    match row["bounce"]:
        case {"recipients": recipients}:
            for r in _rows(recipients):
                yield "report", f"{r['address']} {r['action']} {r['status']} {r['diagnostic']}"
    for file in _rows(row["attachments"]):
        yield "file", f"{file['filename']} ({file['content_type']}, {file['size']} bytes)"
    typed = str(row["visible_text"]).splitlines()
    yield from (("text" if place == 0 else "", line) for place, line in enumerate(typed[:_SHOWN_LINES]))
    if len(typed) > _SHOWN_LINES:
        yield "", f"[… {len(typed) - _SHOWN_LINES} more lines]"


def _rows(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _written(person: object) -> str:
    match person:
        case {"name": name, "address": address}:
            return f"{name} <{address}>".strip()
    return "nobody"
