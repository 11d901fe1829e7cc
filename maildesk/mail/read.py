"""A mail read in full: taken apart, quotes found, bounce and kind told, authentication believed or not.

Called in the sandbox's child process, and by `explain` and tests. Policy-free: who the sender is and what may happen
is decided above.
"""

from dataclasses import dataclass, replace

from maildesk.mail import authres, bounce, classify, quoting
from maildesk.mail.charsets import clean_line
from maildesk.mail.parse import ParsedMail, parse_headers_only, parse_message
from maildesk.mail.threads import is_forward
from maildesk.model.message import BounceReport, FailedRecipient, InboundMessage, Kind


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What reading needs to know of the desk: its own addresses and whose authentication results it believes."""

    own_addresses: tuple[str, ...] = ()
    authserv_ids: tuple[str, ...] = ()
    trusted_received: tuple[str, ...] = ()


def read_message(raw: bytes, context: ReadingContext, minimal: bool = False) -> ParsedMail:
    """Read a mail; `minimal` reads only what cannot fail. Raises UnreadableMail."""
    parsed = parse_headers_only(raw) if minimal else parse_message(raw)
    message = replace(parsed.message, visible_text=_visible_text(parsed.message))
    if not minimal and classify.may_be_bounce(message):
        report = bounce.parse_bounce(parsed.tree, message)
        message = replace(message, bounce=None if report is None else _cleaned(report))
    kind = classify.classify(message, frozenset(context.own_addresses))
    # People quote delivery reports to a help desk; a report inside a person's mail is not one about our mail.
    message = message if kind.kind is Kind.BOUNCE else replace(message, bounce=None)
    domain = message.sender.domain if message.sender else ""
    verdict = authres.find_verdict(message.headers, domain, context.authserv_ids, context.trusted_received)
    message = replace(message, kind=kind.kind, kind_reason=kind.reason, unanswerable=kind.unanswerable, auth=verdict)
    return replace(parsed, message=message)


def _cleaned(report: BounceReport) -> BounceReport:
    # Servers quote octets of any charset into their reports.
    recipients = (
        FailedRecipient(clean_line(r.address), clean_line(r.action), clean_line(r.status), clean_line(r.diagnostic))
        for r in report.recipients
    )
    original = report.original_message_id
    return BounceReport(tuple(recipients), None if original is None else clean_line(original))


def _visible_text(message: InboundMessage) -> str:
    """The person's own words; a forwarded mail keeps its text, because that is what it was sent for."""
    text = message.text
    if is_forward(message) and (quoting.has_forward_marker(text) or quoting.has_header_block(text)):
        return text
    return quoting.find_visible_text(text)
