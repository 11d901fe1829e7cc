"""maildesk's answers, read the way `explain --json` shows them: `read_message`, or the sandbox for hostile mail.

Called by `understanding`. Judges nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from maildesk.adapters.sandbox import ParsingFailed, Sandbox, SandboxedMail
from maildesk.mail.parse import ParsedMail, UnreadableMail, parse_message
from maildesk.mail.read import ReadingContext, read_message
from maildesk.mail.threads import base_subject
from maildesk.model.message import InboundMessage, Kind
from tests.benchmarks import conversations
from tests.benchmarks.answers import Contestant, Mail, Person, Report, Writer
from tests.benchmarks.corpus import without_box_line

#: Which of the corpus's classes each of our kinds stands for. It knows more than we have kinds: a provider's complaint
#: may pass for a report or an alert, a receipt for a report or an automatic reply.
_COVERS = {
    Kind.PERSON: {"human"},
    Kind.AUTO_REPLY: {"auto-reply", "auto-generated", "delivery-success", "loop"},
    Kind.LIST: {"list", "bulk", "auto-generated", "loop"},
    Kind.ALERT: {"auto-generated", "bulk", "feedback-report", "loop"},
    Kind.BOUNCE: {"bounce", "feedback-report", "delivery-success", "loop"},
    Kind.OWN: {"loop"},
}
_CONTEXT = ReadingContext()


@contextmanager
def running_maildesk(folder: Path) -> Iterator[Contestant]:
    """Give maildesk's column, with a parsing child and room for databases in `folder`."""
    sandbox = Sandbox(conversations.CONTEXT)
    try:
        yield Contestant(
            "maildesk",
            {
                "parse": _parse,
                "trim": _trim,
                "bounce": _bounce,
                "auto": _writer,
                "hostile": lambda raw: _hostile(sandbox, raw),
                "threads": lambda mails: conversations.find_conversations(mails, sandbox, folder),
                "scenario": lambda case: conversations.play(case, sandbox, folder),
                "header": _header,
                "tnef": _tnef,
            },
        )
    finally:
        sandbox.close()


def _read(raw: bytes) -> tuple[ParsedMail, bool]:
    """Read as the intake does: in full, else minimally."""
    try:
        return read_message(without_box_line(raw), _CONTEXT), True
    except UnreadableMail:
        return read_message(without_box_line(raw), _CONTEXT, minimal=True), False


def _parse(raw: bytes) -> Mail:
    parsed, in_full = _read(raw)
    return _as_mail(parsed.message, parsed.parts, in_full=in_full)


def _as_mail(message: InboundMessage, parts: tuple[bytes, ...], *, in_full: bool) -> Mail:
    sender = message.sender or message.claimed_sender
    return Mail(
        subject=message.subject,
        sender=Person(sender.name, sender.address) if sender else None,
        to=tuple(a.address for a in message.to),
        cc=tuple(a.address for a in message.cc),
        message_id=(message.message_id or "").strip("<>"),
        in_reply_to=message.in_reply_to[0].strip("<>") if message.in_reply_to else "",
        references=tuple(one.strip("<>") for one in message.references),
        date_at=message.date_at,
        text=message.text,
        html=message.html or "",
        files=tuple((a.filename, parts[a.index]) for a in message.attachments),
        in_full=in_full,
    )


def _trim(kind: str, raw: bytes, _: bool) -> str:
    # A signature is never part of what was typed, whatever the oracle's own product keeps.
    return _read(raw if kind == "mime" else wrapped(kind, raw))[0].message.visible_text


def wrapped(kind: str, body: bytes) -> bytes:
    """Return a bare `text` or `html` body as a mail, because maildesk reads nothing else."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ann@client.test", "support@example.test", "Re: Printer"
    text = body.decode("utf-8", "replace").replace("\r\n", "\n") or "\n"
    mail.set_content(text, subtype="html" if kind == "html" else "plain", cte="base64")
    return mail.as_bytes(policy=SMTP)


def _bounce(raw: bytes) -> Report:
    message = _read(raw)[0].message
    if message.kind is not Kind.BOUNCE:
        return Report(is_bounce=False)
    named = message.bounce.recipients if message.bounce else ()
    failed = [r for r in named if r.action in ("failed", "delayed")]
    if not failed:
        return Report(is_bounce=True, final=True)
    return Report(
        is_bounce=True,
        recipients=frozenset(r.address.lower() for r in failed),
        permanent=any(r.permanent for r in failed),
        final=any(r.action == "failed" for r in failed),
    )


def _writer(raw: bytes) -> Writer:
    message = _read(raw)[0].message
    silent = message.kind is not Kind.PERSON or bool(message.unanswerable)
    return Writer(message.kind.value, frozenset(_COVERS[message.kind]), silent)


def _hostile(sandbox: Sandbox, raw: bytes) -> Mail:
    mail, in_full = _sandboxed(sandbox, without_box_line(raw))
    return _as_mail(mail.message, mail.parts, in_full=in_full)


def _sandboxed(sandbox: Sandbox, raw: bytes) -> tuple[SandboxedMail, bool]:
    try:
        return sandbox.read(raw), True
    except ParsingFailed:
        return sandbox.read(raw, minimal=True), False


def _header(kind: str, value: Any) -> Any:
    match kind:
        case "address-list":
            return [(a.name, a.address) for a in _field("To", value).to]
        case "unstructured":
            return _field("Subject", value).subject
        case "encoded-word":
            return f"Subject: {_field('Subject', value.partition(':')[2]).subject}"
        case "date":
            return _field("Date", value).date_at
        case "msg-id-list":
            return [one.strip("<>") for one in _field("References", value).references]
        case "content-disposition-filename":
            head = f"Content-Type: application/pdf\nContent-Disposition: {value.strip()}\n"
            return parse_message(f"{head}\nx".encode()).message.attachments[0].filename
        case _:
            return [base_subject(_field("Subject", one).subject).casefold() for one in value]


def _field(name: str, value: str) -> InboundMessage:
    return parse_message(f"{name}: {value.strip(chr(10))}\n\n".encode("utf-8", "surrogateescape")).message


def _tnef(raw: bytes) -> list[str]:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "ann@client.test", "Printer"
    mail.set_content("See the file.")
    mail.add_attachment(raw, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return [a.filename for a in _read(mail.as_bytes(policy=SMTP))[0].message.attachments]
