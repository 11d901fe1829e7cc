"""winmail.dat opened: the files, the text and the meeting that Outlook wrapped in it (MS-OXTNEF).

Called by `wrapped` before the body is chosen. What it holds becomes ordinary parts of the mail; the wrapping disappears
where all of it could be read and stays, as a file, where it is damaged. Checksums are not looked at: what is wrong with
them is their writer. Reads in one pass forward; any bytes give a value.
"""

import re
import struct
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from enum import IntEnum
from functools import cache
from mimetypes import MimeTypes

from maildesk.mail import budgets
from maildesk.mail.addresses import find_specs
from maildesk.mail.attachments import find_name
from maildesk.mail.bodies import read_body
from maildesk.mail.charsets import clean_line, clean_text, decode_text
from maildesk.mail.html import html_to_text
from maildesk.mail.tree import Part, leaves
from maildesk.mail.wrapped.grafts import file_part, multipart, replace_with, text_part
from maildesk.mail.wrapped.mapi import Key, Property, find_charset, group_key, parse_properties
from maildesk.mail.wrapped.rtf import decompress, read_rtf
from maildesk.model.message import Address, Attendee, Invitation

_MAGIC = 0x223E9F78
_HEAD = struct.Struct("<BHHI")
_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_NAMES = re.compile(r"win(?:mail)?\.dat", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")

_P_CLASS, _P_SUBJECT, _P_BODY, _P_RTF, _P_HTML, _P_CODE_PAGE = 0x001A, 0x0037, 0x1000, 0x1009, 0x1013, 0x3FDE
_P_DATA, _P_FILENAME, _P_LONG_FILENAME, _P_MEDIA_TYPE, _P_CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_P_DISPLAY_NAME, _P_SENDER_NAME, _P_SENDER, _P_SENDER_SMTP = 0x3001, 0x0042, 0x0065, 0x5D02
_APPOINTMENT = group_key((0x00062002, 0, 0, "c000000000000046"))
_MEETING = group_key((0x6ED8DA90, 0x450B, 0x101B, "98da00aa003f1305"))
#: The interface an object was stored by stands before it (MS-OXTNEF §2.1.3.4.1.2).
_AS_MESSAGE = bytes.fromhex(group_key((0x00020307, 0, 0, "c000000000000046")))
_AS_STORAGE = bytes.fromhex(group_key((0x0000000B, 0, 0, "c000000000000046")))
_AS_STREAM = bytes.fromhex(group_key((0x0000000C, 0, 0, "c000000000000046")))
#: The end of a message class → what the mail does about a meeting, and the answer it gives (both names of old).
_MEETINGS = {
    "meeting.request": ("request", ""), "mtgreq": ("request", ""),
    "meeting.canceled": ("cancel", ""), "mtgcncl": ("cancel", ""),
    "meeting.resp.pos": ("reply", "accepted"), "mtgrespp": ("reply", "accepted"),
    "meeting.resp.neg": ("reply", "declined"), "mtgrespn": ("reply", "declined"),
    "meeting.resp.tent": ("reply", "tentative"), "mtgrespa": ("reply", "tentative"),
}  # fmt: skip
_KNOWN_CLASSES = re.compile(r"(?:IPM\.(?:Note|Microsoft Mail|Schedule|Microsoft Schedule)|REPORT)\b.*|", re.IGNORECASE)


class _Name(IntEnum):
    """The attributes of a stream that are looked at (MS-OXTNEF §2.1.3.2)."""

    SUBJECT = 0x8004
    CLASS = 0x8008
    BODY = 0x800C
    PROPERTIES = 0x9003
    CODE_PAGE = 0x9007
    FILE_DATA = 0x800F
    FILE_TITLE = 0x8010
    FILE_TRANSPORT_NAME = 0x9001
    FILE_BEGINS = 0x9002
    FILE_PROPERTIES = 0x9005


@dataclass(slots=True)
class _File:
    title: str = ""
    data: bytes | None = None
    properties: dict[Key, Property] = field(default_factory=dict)


@dataclass(slots=True)
class _Contents:
    """What one TNEF stream holds. `whole`: all of it could be read."""

    charset: str = ""
    message_class: str = ""
    subject: str = ""
    body: bytes = b""
    properties: dict[Key, Property] = field(default_factory=dict)
    files: list[_File] = field(default_factory=list)
    whole: bool = True

    def text_of(self, key: Key) -> str:
        """Return a property as text; empty when it is not there."""
        value = self.properties.get(key)
        return value.text(self.charset) if value else ""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What was found on the way. `invitation` is the meeting of the first winmail.dat that has one."""

    problems: tuple[str, ...] = ()
    invitation: Invitation | None = None


def unpack_tnef(root: Part) -> Unpacked:
    """Replace each winmail.dat in a part tree by what it holds; its text only where the mail has no other."""
    problems: list[str] = []
    invitation: Invitation | None = None
    wrapped = [part for part in leaves(root) if _is_wrapping(part)]
    for part in wrapped[: budgets.TNEF_PARTS]:
        octets = part.octets()
        contents = _parse_tnef(octets)
        if contents is None:
            problems.append("winmail.dat could not be opened: it is not what its name says")
            continue
        if not contents.whole:
            problems.append("winmail.dat is damaged; what could be read of it stands beside it")
        if not _KNOWN_CLASSES.fullmatch(contents.message_class):
            problems.append(f"winmail.dat holds a {contents.message_class}; of it only text and files were read")
        invitation = invitation or _find_meeting(contents)
        inner = [] if read_body(root).text.strip() else _text_parts(contents)
        inner += [_file_part(file, contents, 0) for file in contents.files]
        if not contents.whole:
            inner.append(file_part(find_name(part) or "winmail.dat", "application/ms-tnef", octets))
        replace_with(part, "mixed", inner)
    return Unpacked(tuple(problems), invitation)


def _is_wrapping(part: Part) -> bool:
    kind = part.get_content_type()
    return kind in _TYPES or (kind == "application/octet-stream" and bool(_NAMES.fullmatch(find_name(part))))


def _parse_tnef(octets: bytes) -> _Contents | None:
    """Read a TNEF stream; None when it is none."""
    if len(octets) < 6 or int.from_bytes(octets[:4], "little") != _MAGIC:
        return None
    contents = _Contents()
    at, count = 6, 0
    while at + _HEAD.size <= len(octets):
        level, name, _, length = _HEAD.unpack_from(octets, at)
        # QUIRK: some writers leave a few bytes of garbage behind the last attribute.
        if level not in (1, 2):
            break
        at += _HEAD.size
        count += 1
        full = name == _Name.FILE_BEGINS and len(contents.files) == budgets.ATTACHMENTS
        if full or at + length > len(octets) or count > budgets.TNEF_ATTRIBUTES:
            contents.whole = False
            break
        _take(contents, level, name, octets[at : at + length])
        at += length + 2
    return contents


def _take(contents: _Contents, level: int, name: int, value: bytes) -> None:
    if level == 2:
        _take_of_file(contents, name, value)
        return
    match name:
        case _Name.CODE_PAGE:
            contents.charset = find_charset(int.from_bytes(value[:4], "little"))
        case _Name.CLASS:
            contents.message_class = _string(value, contents)
        case _Name.SUBJECT:
            contents.subject = _string(value, contents)
        case _Name.BODY:
            contents.body = value.rstrip(b"\x00")
        case _Name.PROPERTIES:
            found, whole = parse_properties(value)
            contents.properties |= found
            contents.whole &= whole


def _take_of_file(contents: _Contents, name: int, value: bytes) -> None:
    if name == _Name.FILE_BEGINS or not contents.files:
        # QUIRK: a file without the attribute that begins one.
        contents.files.append(_File())
    file = contents.files[-1]
    match name:
        case _Name.FILE_DATA:
            file.data = value
        case _Name.FILE_TITLE:
            file.title = _string(value, contents)
        case _Name.FILE_TRANSPORT_NAME:
            file.title = file.title or _string(value, contents)
        case _Name.FILE_PROPERTIES:
            file.properties, whole = parse_properties(value)
            contents.whole &= whole


def _string(value: bytes, contents: _Contents) -> str:
    return decode_text(value, contents.charset)[0].partition("\x00")[0]


def _text_parts(contents: _Contents) -> list[Part]:
    """Return the text, in all its forms that say the same as one alternative; none when there is none."""
    parts: list[Part] = []
    if plain := _plain_text(contents):
        parts.append(text_part("plain", plain.encode("utf-8", "replace"), "utf-8"))
    if html := contents.properties.get(_P_HTML):
        page = html.octets if not html.is_unicode else html.text("").encode("utf-8", "replace")
        parts.append(text_part("html", page.rstrip(b"\x00"), "utf-8" if html.is_unicode else _html_charset(contents)))
    elif not parts and (rich := decompress(contents.properties.get(_P_RTF, Property(0, b"")).octets)):
        text, is_html = read_rtf(rich)
        parts.append(text_part("html" if is_html else "plain", text.encode("utf-8", "replace"), "utf-8"))
    return [multipart("alternative", parts)] if len(parts) > 1 else parts


def _plain_text(contents: _Contents) -> str:
    text = contents.text_of(_P_BODY) or decode_text(contents.body, contents.charset)[0]
    return text if text.strip() else ""


def _html_charset(contents: _Contents) -> str:
    value = contents.properties.get(_P_CODE_PAGE)
    return find_charset(value.number) if value else contents.charset


def _file_part(file: _File, contents: _Contents, depth: int) -> Part:
    def text_of(key: Key) -> str:
        value = file.properties.get(key)
        return clean_line(value.text(contents.charset)) if value else ""

    title = clean_line(file.title)
    name = text_of(_P_LONG_FILENAME) or title or text_of(_P_FILENAME) or text_of(_P_DISPLAY_NAME)
    octets = file.data
    if octets is None:
        octets = file.properties.get(_P_DATA, Property(0, b"")).octets
        if octets[:16] == _AS_MESSAGE and (inner := _parse_tnef(octets[16:])):
            return _attached_mail(name, inner, depth)
        octets = octets[16:] if octets[:16] in (_AS_MESSAGE, _AS_STORAGE, _AS_STREAM) else octets
    return file_part(name or "unknown.dat", _media_type(text_of(_P_MEDIA_TYPE), name), octets, text_of(_P_CONTENT_ID))


def _media_type(claimed: str, name: str) -> str:
    kind = claimed.lower()
    # A type that would make the file a part of the mail's own structure is not believed.
    if not _MEDIA_TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        kind = _types().guess_type(f"x.{name.rpartition('.')[2]}")[0] or "application/octet-stream"
    return kind if not kind.startswith(("multipart/", "message/")) else "application/octet-stream"


@cache
def _types() -> MimeTypes:
    # Made by hand, because the module's own table is read from files of the system.
    return MimeTypes()


def _attached_mail(name: str, inner: _Contents, depth: int) -> Part:
    """Make an attached mail of an attached message; below the budgeted depth its own files are left out."""
    mail = EmailMessage(policy=SMTP)
    subject = clean_line(inner.text_of(_P_SUBJECT) or inner.subject, budgets.SUBJECT_CHARS)
    mail["Subject"] = subject
    plain = _plain_text(inner) or "\n".join(_shown(part) for part in _text_parts(inner))
    mail.set_content(clean_text(plain)[: budgets.TEXT_CHARS] or "\n")
    for file in inner.files if depth < budgets.TNEF_DEPTH else ():
        part = _file_part(file, inner, depth + 1)
        main, _, sub = part.get_content_type().partition("/")
        if main == "message":
            main, sub = "application", "octet-stream"
        mail.add_attachment(part.octets(), main, sub, filename=find_name(part))
    return file_part(name or f"{subject or 'message'}.eml", "message/rfc822", mail.as_bytes())


def _shown(part: Part) -> str:
    text = decode_text(part.octets(), str(part.get_param("charset", "") or ""))[0]
    return html_to_text(text) if part.get_content_type() == "text/html" else text


def _find_meeting(contents: _Contents) -> Invitation | None:
    """Return the meeting a mail is about, as far as Outlook's properties tell (MS-OXOCAL), or None."""
    message_class = (contents.text_of(_P_CLASS) or contents.message_class).lower()
    found = next((meant for end, meant in _MEETINGS.items() if message_class.endswith(end)), None)
    if found is None:
        return None
    method, answer = found
    sender = _find_sender(contents)
    starts, ends = (contents.properties.get((_APPOINTMENT, number)) for number in (0x820D, 0x820E))
    uid, all_day = contents.properties.get((_MEETING, 0x03)), contents.properties.get((_APPOINTMENT, 0x8215))
    return Invitation(
        method=method,
        uid=uid.octets.hex()[: budgets.ID_CHARS] if uid else "",
        summary=clean_line(contents.text_of(_P_SUBJECT) or contents.subject, budgets.SUBJECT_CHARS),
        organizer=None if answer else sender,
        attendees=(Attendee(sender, answer),) if sender and answer else (),
        starts_at=starts.find_instant() if starts else None,
        ends_at=ends.find_instant() if ends else None,
        all_day=bool(all_day and all_day.number),
        location=clean_line(contents.text_of((_APPOINTMENT, 0x8208)), budgets.SUBJECT_CHARS),
    )


def _find_sender(contents: _Contents) -> Address | None:
    specs = find_specs(contents.text_of(_P_SENDER_SMTP) or contents.text_of(_P_SENDER))
    return Address(clean_line(contents.text_of(_P_SENDER_NAME), budgets.NAME_CHARS), specs[0]) if specs else None
