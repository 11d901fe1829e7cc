"""What a letter shows of the mail in hand: its words as text and as HTML, its pictures and its files.

Called by `letters`, so that `core` stays without HTML: a lane says which text may be shown, and here the HTML of that
very text is looked for in the mail.  No lane has to say whose words a notice holds: HTML is used where it proves to say
the notice's text, and nowhere else.  For outsiders every private address gives way to one of the desk.  Must never add
a word that the lane did not allow, but for quoted lines that the reader has seen.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from urllib.parse import unquote

from maildesk.mail.compose import DRAWN_TYPES, Part
from maildesk.mail.concealing import Concealer
from maildesk.mail.interleaving import find_interleaved
from maildesk.mail.relaying import find_fragment, find_picture_words, find_pictures, is_too_much, with_pictures
from maildesk.model.message import Attachment, InboundMessage
from maildesk.model.notice import Audience, Notice

_REFERENCE = re.compile(r"\bcid:([^\"'\s<>)]{1,250})", re.IGNORECASE)
#: Our tokens, as people quote them. HTML that holds one in whatever disguise is not shown.
_TOKEN = re.compile(r"(?:ref:|\+|md\.)[rnb][a-z2-7]{30}", re.IGNORECASE)
#: Parts that only seal the mail they came with, and hold the address of whoever sealed it.
_SEALS = ("application/pgp-signature", "application/pgp-encrypted", "application/pkcs7", "application/x-pkcs7")


@dataclass(frozen=True, slots=True)
class Showing:
    """The words and files of one letter. `html` None: the text alone; `is_interleaved`: it quotes what it answers.

    `files` would be sent, `parts` are those that fit under the configured size.
    """

    text: str
    html: str | None = None
    files: tuple[Attachment, ...] = ()
    parts: tuple[tuple[Attachment, Part], ...] = ()
    is_interleaved: bool = False

    @property
    def listed(self) -> tuple[Attachment, ...]:
        """The files a reader is told of; a picture that stands in the words is none."""
        drawn = {a.index for a, part in self.parts if part.inline}
        return tuple(a for a in self.files if a.index not in drawn)


class Exhibit:
    """The mail in hand, as it may be shown. `parts` are the bytes of its attachments."""

    def __init__(self, message: InboundMessage | None, parts: tuple[bytes, ...], limit_bytes: int) -> None:
        self._message = message
        self._parts = parts
        self._limit_bytes = limit_bytes
        self._fragments: dict[str, str | None] = {}

    def show(self, notice: Notice, concealer: Concealer, seen: Sequence[str], message_id: str) -> Showing:
        """Return what a notice shows. `seen`: texts its reader knows; `message_id` of the mail it is shown in."""
        woven = find_interleaved(self._message.text, notice.text, seen) if self._message and seen else None
        text = woven or notice.text
        found = self._fragment(text)
        drawn = _drawn(notice.attachments, found)
        files = tuple(a for a in notice.attachments if a.index in drawn or self._is_file(a, notice, found))
        packed = self._packed(files)
        fragment = concealer.fragment(found, concealer.text(text))
        ids = _new_ids(tuple(a for a in packed if fragment and a.index in drawn), message_id)
        if fragment is not None:
            fragment = with_pictures(fragment, {drawn[index]: new for index, new in ids.items()})
        parts = tuple((a, self._part(a, concealer, ids.get(a.index))) for a in packed)
        return Showing(concealer.text(text), fragment, files, parts, woven is not None)

    def _fragment(self, text: str) -> str | None:
        """Return the HTML that says a text, each looked for once."""
        if text not in self._fragments:
            html = self._message.html if self._message and text.strip() else None
            fragment = find_fragment(html, text)
            self._fragments[text] = None if fragment is None or _has_token(text, fragment) else fragment
        return self._fragments[text]

    def _is_file(self, attachment: Attachment, notice: Notice, fragment: str | None) -> bool:
        """Tell whether something that is not drawn in the words travels as a file.

        Pictures of a signature or a quotation do not: what is quoted may be internal, and a picture has no words by
        which that shows.  Where the place of a picture is not known, only technicians get it.
        """
        if attachment.content_type.startswith(_SEALS):
            return notice.audience is Audience.TECHNICIAN
        html = self._message.html if self._message else None
        if not attachment.inline or html is None:
            return True
        if _is_readable(html) and (attachment.content_id or "").casefold() not in _references(html):
            return True
        if fragment is not None:
            return False
        return notice.audience is Audience.TECHNICIAN or _is_named(attachment, notice)

    def _packed(self, files: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
        """Return what travels, as long as it fits together under the configured size."""
        left = self._limit_bytes
        packed = []
        for attachment in files:
            if attachment.size_bytes <= left and attachment.index < len(self._parts):
                left -= attachment.size_bytes
                packed.append(attachment)
        return tuple(packed)

    def _part(self, attachment: Attachment, concealer: Concealer, content_id: str | None) -> Part:
        name = concealer.file_name(attachment.filename)
        data = self._parts[attachment.index]
        return Part(name, attachment.content_type, data, content_id, inline=content_id is not None)


def _drawn(attachments: Sequence[Attachment], fragment: str | None) -> dict[int, str]:
    """Return which attachments are pictures of the fragment, and the ids they are called by there."""
    called = {one.casefold(): one for one in reversed(find_pictures(fragment or ""))}
    found: dict[int, str] = {}
    for attachment in attachments:
        key = (attachment.content_id or "").casefold()
        if attachment.content_type in DRAWN_TYPES and key in called:
            found[attachment.index] = called.pop(key)
    return found


def _new_ids(pictures: Sequence[Attachment], message_id: str) -> dict[int, str]:
    """Return ids of our own: those of the mail in hand tell of the program it was written with."""
    local, _, domain = message_id.strip("<>").rpartition("@")
    name = sha256(local.encode()).hexdigest()[:24]
    return {picture.index: f"p{picture.index}.{name}@{domain}" for picture in pictures}


def _has_token(text: str, fragment: str) -> bool:
    return any(_TOKEN.search(one) for one in (text, fragment, unquote(unescape(fragment))))


def _is_readable(html: str) -> bool:
    """Tell whether the HTML still shows which pictures stand in it: too large a page is kept as bare text."""
    return not is_too_much(html) and not (html.startswith("<pre>") and html.count("<") == 2)


def _references(html: str) -> frozenset[str]:
    return frozenset(unquote(unescape(found)).casefold() for found in _REFERENCE.findall(html))


def _is_named(attachment: Attachment, notice: Notice) -> bool:
    """Tell whether the text names this picture and no other of the mail."""

    def is_called(one: Attachment) -> bool:
        names = [name for name in (one.content_id, one.filename) if name]
        return one.inline and any(name in word for word in find_picture_words(notice.text) for name in names)

    return [a.index for a in notice.attachments if is_called(a)] == [attachment.index]
