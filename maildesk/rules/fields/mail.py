"""What a condition may look at in the mail: one row a field in `MAIL_FIELDS`. Without a mail nothing is there."""

import re

from maildesk.model.message import Kind
from maildesk.model.rule import MAIL_PHASES, NO_MESSAGE, RuleFacts
from maildesk.model.situation import Proof
from maildesk.rules.fields.field import Field, Type, Values, addresses, has_mail, nothing, one, present
from maildesk.rules.written import Words

_HEADER_NAME = re.compile(r"[!-9;-~]{1,64}")


# The fields that nearly every rule asks for are read without a further call: hundreds of rules read them on every mail.


def _subject(facts: RuleFacts) -> Values:
    text = facts.message.subject
    if text:
        return (text,)
    return one(facts.ticket.subject) if facts.ticket and not has_mail(facts) else ()


def _body(facts: RuleFacts) -> Values:
    # A follow-up quotes earlier mail: words somebody else wrote long ago must not trigger anything again.
    text = facts.message.text if facts.ticket is None else facts.message.visible_text
    return (text,) if text else ()


def _from(facts: RuleFacts) -> Values:
    sender = facts.message.sender
    return (sender.address,) if sender and sender.address else ()


def _reply_to(facts: RuleFacts) -> Values:
    return addresses(*facts.message.reply_to)


def _to(facts: RuleFacts) -> Values:
    return addresses(*facts.message.to)


def _cc(facts: RuleFacts) -> Values:
    return addresses(*facts.message.cc)


def _recipients(facts: RuleFacts) -> Values:
    return (str(len(facts.message.to) + len(facts.message.cc)),) if has_mail(facts) else ()


def _mailbox(facts: RuleFacts) -> Values:
    return one(facts.mailbox)


def _header(header: str) -> Field | None:
    """Return the field of one header by its name (RFC 5322 §2.2)."""
    if not _HEADER_NAME.fullmatch(header):
        return None

    def read(facts: RuleFacts) -> Values:
        return present(*facts.message.header_values(header))

    return Field(f"header.{header}", Type.FREE, read, "", "", phases=MAIL_PHASES)


def _attachment(facts: RuleFacts) -> Values:
    return present(*(a.filename for a in facts.message.attachments))


def _attachment_type(facts: RuleFacts) -> Values:
    return present(*(a.content_type for a in facts.message.attachments))


def _attachment_size(facts: RuleFacts) -> Values:
    return tuple([str(a.size_bytes) for a in facts.message.attachments])


def _attachments(facts: RuleFacts) -> Values:
    return (str(len(facts.message.attachments)),) if has_mail(facts) else ()


def _size(facts: RuleFacts) -> Values:
    return (str(facts.message.size_bytes),) if has_mail(facts) else ()


def _kind(facts: RuleFacts) -> Values:
    message = facts.message
    return () if message is NO_MESSAGE else (message.kind,)


def _language(facts: RuleFacts) -> Values:
    return one(facts.message.language or (facts.ticket.language if facts.ticket else None))


def _proof(facts: RuleFacts) -> Values:
    return one(facts.proof)


def _mailboxes(words: Words) -> tuple[str, ...]:
    return words.mailboxes


MAIL_FIELDS: tuple[Field, ...] = (
    Field("subject", Type.TEXT, _subject, "Subject line, decoded; without a mail that of the ticket.", "VPN is down"),
    Field(
        "body", Type.TEXT, _body, "Whole text of a first mail; of a follow-up only what was typed anew.",
        "cannot log in", phases=MAIL_PHASES,
    ),
    Field(
        "from", Type.ADDRESS, _from, "Address in From, without the display name; `header.From` has both.",
        "ann@example.test", phases=MAIL_PHASES,
    ),
    Field(
        "reply_to", Type.ADDRESS, _reply_to, "Any address in Reply-To.", "ann@example.test", phases=MAIL_PHASES
    ),
    Field("to", Type.ADDRESS, _to, "Any address in To.", "helpdesk@example.test", phases=MAIL_PHASES),
    Field("cc", Type.ADDRESS, _cc, "Any address in Cc.", "boss@example.test", phases=MAIL_PHASES),
    Field("recipients", Type.NUMBER, _recipients, "How many addresses stand in To and Cc.", "20", phases=MAIL_PHASES),
    Field(
        "mailbox", Type.WORD, _mailbox, "Name of the mailbox the mail arrived in, or the ticket belongs to.", "support",
        _mailboxes,
    ),
    Field(
        "header.NAME", Type.FREE, nothing, "Any header field by its name; every occurrence counts.", "bulk",
        phases=MAIL_PHASES, member=_header,
    ),
    Field("attachment", Type.TEXT, _attachment, "File name of any attachment.", "invoice.pdf", phases=MAIL_PHASES),
    Field(
        "attachment_type", Type.TEXT, _attachment_type, "Content type of any attachment.", "application/pdf",
        phases=MAIL_PHASES,
    ),
    Field(
        "attachment_size", Type.SIZE, _attachment_size, "Size of any one attachment; units count by 1024.", "5 MB",
        phases=MAIL_PHASES,
    ),
    Field("attachments", Type.NUMBER, _attachments, "How many files are attached.", "3", phases=MAIL_PHASES),
    Field("size", Type.SIZE, _size, "Size of the whole mail; units count by 1024.", "10 MB", phases=MAIL_PHASES),
    Field("kind", Type.WORD, _kind, "What wrote the mail.", "alert", lambda _w: tuple(Kind), MAIL_PHASES),
    Field("language", Type.TEXT, _language, "Language of the mail or ticket as a two-letter code.", "de"),
    Field("proof", Type.WORD, _proof, "Why the sender is believed.", "pass", lambda _w: tuple(Proof), MAIL_PHASES),
)  # fmt: skip
