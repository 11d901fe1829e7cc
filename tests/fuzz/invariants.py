"""What must hold of anything that was read from a mail, whatever the mail was. Used by `targets`; each raises
AssertionError.
"""

import hashlib
import io
import re
from html.parser import HTMLParser

from maildesk.adapters import sandbox_wire as wire
from maildesk.mail import budgets
from maildesk.mail.parse import ParsedMail
from maildesk.model.message import Address, InboundMessage, Kind

#: NUL and lone surrogates, which no database takes.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"[\r\n\x0b\x0c\x85\u2028\u2029]")
_ID = re.compile(r"<[^<>\r\n]+>")
_GUID = re.compile(r"[0-9a-f]{32}")
_HARMFUL = {"script", "style", "iframe", "object", "embed", "form", "input", "button", "link", "meta", "base", "svg"}
_SCHEMES = re.compile(r"(?i)(https?|mailto|tel|cid|ftp):")


def is_text(text: str) -> None:
    """Any database takes it."""
    found = _UNSTORABLE.search(text)
    assert found is None, f"unstorable character {found[0]!r} in {text[:80]!r}"


def is_line(text: str) -> None:
    """It is one line, fit for a header."""
    is_text(text)
    assert not _LINE_BREAKS.search(text), f"more than one line: {text[:80]!r}"


def is_address(address: Address) -> None:
    """A name and an addr-spec that cannot smuggle anything into a header."""
    is_line(address.name)
    is_line(address.address)
    assert "@" in address.address, f"no address: {address!r}"
    assert len(address.address) <= budgets.ADDRESS_CHARS, "an address over the budget"


def is_sound(parsed: ParsedMail, raw: bytes) -> None:
    """The message keeps every promise of `InboundMessage`, and the parts are those of its attachments."""
    message = parsed.message
    _has_sound_texts(message)
    _has_sound_identities(message)
    assert message.size_bytes == len(raw), "the size is another mail's"
    assert message.raw_sha256 == hashlib.sha256(raw).hexdigest(), "the digest is another mail's"
    assert len(message.attachments) <= budgets.ATTACHMENTS, "more attachments than the budget"
    passed_on = {a.index: a for f in message.forwarded for a in f.attachments if a.index >= len(message.attachments)}
    files = (*message.attachments, *(passed_on[index] for index in sorted(passed_on)))
    assert len(parsed.parts) == len(files), "parts and attachments differ"
    for place, attachment in enumerate(files):
        part = parsed.parts[attachment.index]
        assert attachment.index == place, "attachments are out of order"
        assert (len(part), hashlib.sha256(part).hexdigest()) == (attachment.size_bytes, attachment.sha256), (
            "other bytes"
        )
        is_file_name(attachment.filename)
        is_line(attachment.content_type)


def _has_sound_texts(message: InboundMessage) -> None:
    for text in (message.text, message.visible_text, message.html or "", message.kind_reason, *message.problems):
        is_text(text)
    for line in (message.subject, message.unanswerable, *(value for header in message.headers for value in header)):
        is_line(line)
    # One join and one remark of the desk's own may come on top.
    assert len(message.text) <= budgets.TEXT_CHARS + 1000, "the text is over the budget"
    if message.html is not None:
        is_harmless(message.html)


def _has_sound_identities(message: InboundMessage) -> None:
    believed = (message.sender,) if message.sender is not None else ()
    for address in (*message.to, *message.cc, *message.reply_to, *believed):
        is_address(address)
    if message.claimed_sender is not None:
        # Only told to people: it may be any word, as long as it stays one line.
        is_line(message.claimed_sender.name)
        is_line(message.claimed_sender.address)
    assert message.sender is None or not message.sender_problem, "a sender in whom there is a problem"
    own = (message.message_id,) if message.message_id is not None else ()
    for one in (*own, *message.in_reply_to, *message.references):
        is_line(one)
        assert _ID.fullmatch(one), f"no Message-ID: {one!r}"
    assert message.thread_index is None or _GUID.fullmatch(message.thread_index), "no Thread-Index"
    assert message.date_at is None or message.date_at.utcoffset() is not None, "a date without a zone"
    assert message.bounce is None or message.kind is Kind.BOUNCE, "a report in a mail that is none"


def is_file_name(name: str) -> None:
    """One component of a path, fit to be shown and offered."""
    is_line(name)
    assert name.strip(" ."), f"an empty name: {name!r}"
    assert not re.search(r"[/\\]", name), f"a path: {name!r}"
    assert len(name.encode()) <= budgets.FILENAME_BYTES, "a name over the budget"


def crosses_the_wire(parsed: ParsedMail) -> None:
    """The sandbox's child can tell it to the daemon without loss."""
    stream = io.BytesIO()
    wire.write_answer(stream, wire.Answer(parsed.message), parsed.parts)
    stream.seek(0)
    answer, parts = wire.read_answer(stream)
    assert (answer.message, parts) == (parsed.message, parsed.parts), "the wire changed the message"


_PLAIN_STYLE = re.compile(
    r"(?:(?:^|;)(?:font-(?:weight|style|size)|text-decoration(?:-line)?|white-space|margin(?:-top|-bottom)?|"
    r"border(?:-left)?)\s*:[\w\s.#%!-]+)*",
    re.IGNORECASE,
)


class _Harm(HTMLParser):
    """Reads HTML as a browser would and names the first thing in it that acts or fetches."""

    def __init__(self) -> None:
        super().__init__()
        self.found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HARMFUL:
            self.found = self.found or f"<{tag}>"
        for name, value in attrs:
            if self._is_harm(tag, name, (value or "").strip()):
                self.found = self.found or f"<{tag} {name}={value!r}>"

    def _is_harm(self, tag: str, name: str, value: str) -> bool:
        if name.startswith("on") or name in ("srcset", "background", "action", "formaction"):
            return True
        if name == "style":
            # Emphasis and margins are told by styles; nothing in them can load, place or hide anything.
            return not _PLAIN_STYLE.fullmatch(value)
        if tag == "img" and name == "src":
            return not value.lower().startswith("cid:")
        # A relative reference leads nowhere in a mail.
        scheme = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", value)
        return name in ("href", "cite", "src") and scheme is not None and not _SCHEMES.match(value)


def is_harmless(html: str) -> None:
    """No script, handler, form, style sheet or remote picture is left in it."""
    reader = _Harm()
    reader.feed(html)
    reader.close()
    assert not reader.found, f"harm survived: {reader.found}"
