"""What others make of the same mail: the standard library and the packages of the extra `bench`.

Called by `understanding --baselines`. Each is used the plain way its documentation shows, without the mending that
maildesk puts around it; talon takes part where it is installed (it brings numpy, scipy and scikit-learn).
"""

import importlib
import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from html import unescape
from typing import Any, cast

import mailparser
from email_reply_parser import EmailReplyParser
from flufl.bounce import all_failures
from mailparser_reply import EmailReplyParser as MailParserReply
from mailparser_reply.constants import MAIL_LANGUAGES
from quotequail import quote, quote_html

from tests.benchmarks.answers import Contestant, Mail, Person, Report, Writer
from tests.benchmarks.corpus import without_box_line

# ---------------------------------------------------------------------- parsing


def _stdlib_parse(raw: bytes) -> Mail:
    message = message_from_bytes(without_box_line(raw), policy=policy.default)
    name, address = _first_mailbox(message)
    leaves = _leaves(message)
    return Mail(
        subject=str(message["Subject"] or ""),
        sender=Person(name, address),
        to=_specs(message, "To"),
        cc=_specs(message, "Cc"),
        message_id=str(message["Message-ID"] or "").strip("<> "),
        in_reply_to=str(message["In-Reply-To"] or "").strip("<> "),
        references=tuple(one.strip("<>") for one in str(message["References"] or "").split()),
        date_at=message["Date"].datetime if message["Date"] else None,
        text="\n".join(_content(part) for part in leaves if _is_body(part, "text/plain")),
        html="\n".join(_content(part) for part in leaves if _is_body(part, "text/html")),
        files=tuple(_stdlib_file(part) for part in leaves if not _is_body(part, "text/plain", "text/html")),
    )


def _first_mailbox(message: EmailMessage) -> tuple[str, str]:
    found = message["From"].addresses if message["From"] else ()
    return (found[0].display_name, found[0].addr_spec) if found else ("", "")


def _specs(message: EmailMessage, name: str) -> tuple[str, ...]:
    return tuple(a.addr_spec for a in message[name].addresses) if message[name] else ()


def _is_body(part: EmailMessage, *kinds: str) -> bool:
    return part.get_content_type() in kinds and not part.is_attachment() and not part.get_filename()


def _content(part: Any) -> str:
    try:
        return str(part.get_content()) if part is not None else ""
    except (LookupError, UnicodeError):  # a charset that the library does not know, or that is not the part's
        return bytes(part.get_payload(decode=True)).decode("utf-8", "replace")


def _leaves(part: EmailMessage) -> list[EmailMessage]:
    """List the leaf parts; an attached mail counts once and is not opened."""
    if part.get_content_type() == "message/rfc822" or not part.is_multipart():
        return [part]
    return [leaf for child in part.iter_parts() for leaf in _leaves(cast("EmailMessage", child))]


def _stdlib_file(part: EmailMessage) -> tuple[str, bytes]:
    data = part.get_payload(decode=True)
    return part.get_filename() or "", data if isinstance(data, bytes) else part.as_bytes()


def _mailparser_parse(raw: bytes) -> Mail:
    found = mailparser.parse_from_bytes(without_box_line(raw))
    sender = found.from_[0] if found.from_ else ("", "")
    return Mail(
        subject=str(found.subject or ""),
        sender=Person(sender[0], sender[1]),
        to=tuple(address for _, address in found.to or ()),
        cc=tuple(address for _, address in found.cc or ()),
        message_id=str(found.message_id or "").strip("<> "),
        in_reply_to=str(found.in_reply_to or "").strip("<> "),
        references=tuple(one.strip("<>") for one in str(found.references or "").split()),
        date_at=found.date,
        text="\n".join(found.text_plain),
        html="\n".join(found.text_html),
        files=tuple((a["filename"] or "", _mailparser_bytes(a)) for a in found.attachments),
    )


def _mailparser_bytes(attachment: dict[str, Any]) -> bytes:
    payload = str(attachment["payload"])
    try:
        return b64decode(payload) if attachment["binary"] else payload.encode("utf-8", "surrogateescape")
    except ValueError:  # it hands on what the mail says is base64, undecoded
        return b""


# ---------------------------------------------------------------------- what a person typed


def _body(kind: str, raw: bytes) -> tuple[str, str]:
    """Return the kind of body (text or html) and the body, as the standard library finds it in a mail."""
    if kind != "mime":
        return kind, raw.decode("utf-8", "replace")
    mail = message_from_bytes(raw, policy=policy.default)
    part = mail.get_body(("plain", "html"))
    return ("html" if part is not None and part.get_content_subtype() == "html" else "text"), _content(part)


_Trim = Callable[[str, bytes, bool], str]  # kind of body, bytes, whether to keep the signature


def _trimmer(from_text: Callable[[str, bool], str], from_html: Callable[[str, bool], str] | None = None) -> _Trim:
    """Build the answer of a library; one that reads no HTML gets its text."""

    def trim(kind: str, raw: bytes, keep_signature: bool) -> str:
        found, body = _body(kind, raw)
        if found == "html" and from_html is not None:
            return from_html(body, keep_signature)
        return from_text(_plain(body) if found == "html" else body.replace("\r\n", "\n"), keep_signature)

    return trim


def _plain(html: str) -> str:
    html = re.sub(r"(?is)<(script|style|head)\b.*?</\1>", " ", html)
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?i)<(br|/?p|/?div|tr|li|blockquote|hr)\b[^>]*>", "\n", html)))


def _mailparser_reply(text: str, keep_signature: bool) -> str:
    replies = MailParserReply(languages=list(MAIL_LANGUAGES)).read(text=text).replies
    return str((replies[0].content if keep_signature else replies[0].body) or "") if replies else ""


def _email_reply_parser(text: str, _: bool) -> str:
    return str(EmailReplyParser.parse_reply(text))


def _quotequail(text: str, _: bool) -> str:
    return "\n".join(piece for is_own, piece in quote(text, quote_intro_line=True) if is_own)


def _quotequail_html(html: str, _: bool) -> str:
    return _plain("".join(piece for is_own, piece in quote_html(html, quote_intro_line=True) if is_own))


def _find_talon() -> _Trim | None:
    try:
        quotations = importlib.import_module("talon.quotations")
        signature = importlib.import_module("talon.signature.bruteforce")
    except ImportError:
        return None

    def from_text(text: str, keep_signature: bool) -> str:
        reply = str(quotations.extract_from_plain(text))
        return reply if keep_signature else str(signature.extract_signature(reply)[0])

    return _trimmer(from_text, lambda html, _: _plain(quotations.extract_from_html(html)))


# ---------------------------------------------------------------------- delivery reports


def _flufl(raw: bytes) -> Report:
    delayed, failed = all_failures(message_from_bytes(without_box_line(raw)))
    found = frozenset(one.decode("ascii", "replace").lower() for one in delayed | failed)
    return Report(bool(found), found, None, bool(failed) if found else None)


def _rfc3464_fields(raw: bytes) -> Report:
    message = message_from_bytes(without_box_line(raw))
    groups = [
        group
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
        for group in part.get_payload()
        if isinstance(group, Message) and ("Final-Recipient" in group or "Original-Recipient" in group)
    ]
    bad = [group for group in groups if str(group.get("Action", "")).strip().lower() in ("failed", "delayed")]
    if not bad:
        return Report(is_bounce=False)
    return Report(
        is_bounce=True,
        recipients=frozenset(map(_recipient, bad)),
        permanent=any(str(group.get("Status", "")).strip().startswith("5") for group in bad),
        final=any(str(group["Action"]).strip().lower() == "failed" for group in bad),
    )


def _recipient(group: Message) -> str:
    value = str(group.get("Original-Recipient") or group.get("Final-Recipient") or "")
    return value.rpartition(";")[2].strip(" <>\t").lower()


# ---------------------------------------------------------------------- what wrote it


def _header_rules(raw: bytes) -> Writer:
    """Go by header fields alone, as RFC 3834 and its forerunners tell."""
    message = message_from_bytes(without_box_line(raw))
    fields = {name.lower(): str(value).strip().lower() for name, value in reversed(message.items())}
    word = _header_word(message, fields)
    covers = {word, "loop"} if word != "human" else {word}
    return Writer(word, frozenset(covers), is_silent=word != "human")


def _header_word(message: Message, fields: dict[str, str]) -> str:
    kind = f"{message.get_content_type()} {message.get_param('report-type', '')}".lower()
    automatic = fields.get("auto-submitted", "no")
    precedence = fields.get("precedence", "")
    sender = parseaddr(fields.get("from", ""))[1]
    rules = (
        ("feedback-report", "feedback-report" in kind),
        ("bounce", "delivery-status" in kind or "x-failed-recipients" in fields),
        ("bounce", fields.get("return-path") == "<>" and re.match(r"(mailer-daemon|postmaster)@", sender)),
        ("auto-reply", automatic.startswith("auto-replied") or precedence == "auto_reply"),
        ("auto-reply", "x-autoreply" in fields or "x-autorespond" in fields),
        ("list", "list-id" in fields or "list-post" in fields or precedence == "list"),
        ("bulk", precedence in ("bulk", "junk")),
        ("auto-generated", not automatic.startswith("no")),
    )
    return next((word for word, holds in rules if holds), "human")


# ---------------------------------------------------------------------- conversations


def _by_ids(mails: Sequence[bytes]) -> frozenset[frozenset[int]]:
    """Put together what names a common Message-ID; nothing else counts."""
    groups: list[tuple[set[str], set[int]]] = []
    for place, raw in enumerate(mails, 1):
        message = message_from_bytes(raw)
        ids, places = {f"#{place}"}, {place}
        for name in ("Message-ID", "In-Reply-To", "References"):
            ids |= set(re.findall(r"<[^<>\s]+>", str(message.get(name, ""))))
        for group in [g for g in groups if g[0] & ids]:
            groups.remove(group)
            ids, places = ids | group[0], places | group[1]
        groups.append((ids, places))
    return frozenset(frozenset(places) for _, places in groups)


# ---------------------------------------------------------------------- single fields


def _stdlib_header(kind: str, value: Any) -> Any:
    match kind:
        case "address-list":
            return getaddresses([value])
        case "date":
            return parsedate_to_datetime(value)
        case "msg-id-list":
            return [one.strip("<>") for one in value.split()]
        case "content-disposition-filename":
            return message_from_bytes(f"Content-Disposition: {value}".encode(), policy=policy.default).get_filename()
        case "unstructured" | "encoded-word":
            field = f"Subject: {value.removeprefix('Subject:').strip()}\n\n"
            subject = str(
                message_from_bytes(field.encode("utf-8", "surrogateescape"), policy=policy.default)["Subject"]
            )
            return f"Subject: {subject}" if kind == "encoded-word" else subject
        case _:
            return [re.sub(r"(?i)^((re|fwd?|aw|wg):\s*)+", "", one).casefold() for one in value]


def find_baselines() -> tuple[Contestant, ...]:
    """Return every baseline that can run here."""
    talon = _find_talon()
    trimmers = (
        ("mail-parser-reply", _trimmer(_mailparser_reply)),
        ("email-reply-parser", _trimmer(_email_reply_parser)),
        ("quotequail", _trimmer(_quotequail, _quotequail_html)),
        *((("talon", talon),) if talon else ()),
    )
    stdlib: dict[str, Callable[..., Any]] = {"parse": _stdlib_parse, "hostile": _stdlib_parse, "header": _stdlib_header}
    return (
        Contestant("stdlib email", stdlib),
        Contestant("mail-parser", {"parse": _mailparser_parse, "hostile": _mailparser_parse}),
        *(Contestant(name, {"trim": trim}) for name, trim in trimmers),
        Contestant("flufl.bounce", {"bounce": _flufl}, frozenset({"permanence", "permanence, RFC 3464 fields"})),
        Contestant("RFC 3464 fields", {"bounce": _rfc3464_fields}),
        Contestant("header rules", {"auto": _header_rules}),
        Contestant("ids only", {"threads": _by_ids}),
    )
