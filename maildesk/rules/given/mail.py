"""What a test may give of the mail: one row a key in `MAIL_GIVEN`."""

from dataclasses import replace

from maildesk.model.message import Address, Attachment, Kind
from maildesk.model.rule import RuleFacts
from maildesk.model.situation import Proof
from maildesk.rules.given.giver import Give, amount, people
from maildesk.rules.written import Plain, Words, WritingError, items, kind_of, one_line, size_bytes, word_of


def _subject(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, subject=one_line(value)))


def _body(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    if not isinstance(value, str):
        raise WritingError(f"expected text, not {kind_of(value)}")
    return replace(facts, message=replace(facts.message, text=value, visible_text=value))


def _from(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, sender=people(value)[0]))


def _reply_to(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, reply_to=people(value)))


def _to(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, to=people(value)))


def _cc(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, cc=people(value)))


def _recipients(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    count = min(int(amount("recipients", value)), 10_000)
    lacking = count - len(facts.message.to) - len(facts.message.cc)
    more = tuple(Address("", f"recipient{n}@example.test") for n in range(lacking))
    return replace(facts, message=replace(facts.message, to=(*facts.message.to, *more)))


def _mailbox(facts: RuleFacts, value: Plain, words: Words) -> RuleFacts:
    return replace(facts, mailbox=word_of("mailbox", value, words.mailboxes) if words.mailboxes else one_line(value))


def give_header(name: str) -> Give:
    """Return what puts a header of this name into the mail."""

    def give(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
        fields = tuple((name, one_line(item)) for item in items(value))
        return replace(facts, message=replace(facts.message, headers=(*facts.message.headers, *fields)))

    return give


def _padded(facts: RuleFacts, count: int) -> tuple[Attachment, ...]:
    """Return the attachments given so far, and ordinary ones up to a count."""
    so_far = facts.message.attachments
    more = range(len(so_far), min(count, 10_000))
    return (*so_far, *(Attachment(n, f"file{n}", "application/octet-stream", 1000, False, "") for n in more))


def _attachment(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    names = tuple(one_line(item) for item in items(value))
    files = (replace(f, filename=n) for f, n in zip(_padded(facts, len(names)), names, strict=False))
    return replace(facts, message=replace(facts.message, attachments=tuple(files)))


def _attachment_type(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    types = tuple(one_line(item) for item in items(value))
    files = _padded(facts, len(types))
    typed = tuple(replace(f, content_type=t) for f, t in zip(files, types, strict=False))
    return replace(facts, message=replace(facts.message, attachments=(*typed, *files[len(types) :])))


def _attachment_size(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    sizes = tuple(size_bytes(item) for item in items(value))
    files = _padded(facts, len(sizes))
    sized = tuple(replace(f, size_bytes=s) for f, s in zip(files, sizes, strict=False))
    return replace(facts, message=replace(facts.message, attachments=(*sized, *files[len(sizes) :])))


def _attachments(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    files = _padded(facts, int(amount("attachments", value)))
    return replace(facts, message=replace(facts.message, attachments=files))


def _size(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, size_bytes=size_bytes(value)))


def _kind(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, kind=Kind(word_of("kind", value, Kind))))


def _language(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, message=replace(facts.message, language=one_line(value)))


def _proof(facts: RuleFacts, value: Plain, _words: Words) -> RuleFacts:
    return replace(facts, proof=word_of("proof", value, Proof))


MAIL_GIVEN: dict[str, Give] = {
    "from": _from,
    "subject": _subject,
    "body": _body,
    "reply_to": _reply_to,
    "to": _to,
    "cc": _cc,
    "recipients": _recipients,
    "mailbox": _mailbox,
    "header.NAME": give_header("NAME"),
    "attachment": _attachment,
    "attachment_type": _attachment_type,
    "attachment_size": _attachment_size,
    "attachments": _attachments,
    "size": _size,
    "kind": _kind,
    "language": _language,
    "proof": _proof,
}
