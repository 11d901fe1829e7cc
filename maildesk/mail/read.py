"""A mail read in full: taken apart, quotes found, bounce and kind told, authentication believed or not.

Called in the sandbox's child process, and by `explain` and tests. Policy-free: who the sender is and what may happen
is decided above.
"""

import re
from dataclasses import dataclass, replace

from maildesk.mail import authres, bounce, classify, language, quoting
from maildesk.mail.charsets import clean_line
from maildesk.mail.forwarded import find_forwarded
from maildesk.mail.parse import ParsedMail, parse_headers_only, parse_message
from maildesk.mail.threads import base_subject, forward_start, is_forward
from maildesk.model.message import BounceReport, FailedRecipient, InboundMessage, Kind

#: Three header fields of a forwarded mail, in whatever language.
_HEADER_BLOCK = re.compile(r"^(?:[^\n:：]{2,30}[:：][^\n]{0,1000}\n){3}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What reading needs to know of the desk: its own addresses and whose authentication results it believes."""

    own_addresses: tuple[str, ...] = ()
    authserv_ids: tuple[str, ...] = ()
    trusted_received: tuple[str, ...] = ()


def read_message(raw: bytes, context: ReadingContext, minimal: bool = False) -> ParsedMail:
    """Read a mail; `minimal` reads only what cannot fail. Raises UnreadableMail."""
    parsed = parse_headers_only(raw) if minimal else parse_message(raw)
    message = _with_visible_text(parsed.message)
    if not minimal:
        report = bounce.parse_bounce(parsed.tree, message)
        message = replace(message, bounce=None if report is None else _cleaned(report))
    kind = classify.classify(message, frozenset(context.own_addresses))
    # People quote delivery reports to a help desk; a report inside a person's mail is not one about our mail.
    message = message if kind.kind is Kind.BOUNCE else replace(message, bounce=None)
    domain = message.sender.domain if message.sender else ""
    verdict = authres.find_verdict(message.headers, domain, context.authserv_ids, context.trusted_received)
    message = replace(message, kind=kind.kind, kind_reason=kind.reason, unanswerable=kind.unanswerable, auth=verdict)
    message = replace(message, language=None if minimal or parsed.is_text_made else _language(message))
    if minimal or message.kind is not Kind.PERSON:
        return replace(parsed, message=message)
    passed_on, files = find_forwarded(message, parsed.parts)
    return replace(parsed, message=replace(message, forwarded=passed_on), parts=(*parsed.parts, *files))


def _cleaned(report: BounceReport) -> BounceReport:
    # Servers quote octets of any charset into their reports.
    recipients = (
        FailedRecipient(clean_line(r.address), clean_line(r.action), clean_line(r.status), clean_line(r.diagnostic))
        for r in report.recipients
    )
    original = report.original_message_id
    return BounceReport(tuple(recipients), None if original is None else clean_line(original))


def with_typed_text(message: InboundMessage, earlier: tuple[str, ...] = ()) -> InboundMessage:
    """Return the message showing what was typed; all of it where nothing was. `earlier`: see `find_typed_text`."""
    typed = quoting.find_typed_text(message.text, earlier)
    return replace(
        message,
        visible_text=typed or message.text.strip("\n"),
        is_untyped=not typed and bool(message.text.strip()),
    )


def _with_visible_text(message: InboundMessage) -> InboundMessage:
    """The person's own words; a forwarded mail keeps its text, because that is what it was sent for."""
    text = message.text
    if is_forward(message) and (quoting.has_forward_marker(text) or quoting.has_header_block(text)):
        return replace(message, visible_text=text)
    return with_typed_text(message)


def _language(message: InboundMessage) -> str | None:
    """The language of what the sender typed; `message.language` is still what the header declares."""
    typed = message.visible_text
    if is_forward(message):
        header = _HEADER_BLOCK.search(typed)
        start = forward_start(typed)
        typed = typed[: start if start is not None else header.start() if header else None]
    is_answer = message.in_reply_to or message.references
    is_own_subject = not is_answer and base_subject(message.subject) == " ".join(message.subject.split())
    return language.find_language(typed, message.language, message.subject if is_own_subject else "")
