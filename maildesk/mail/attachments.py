"""The parts of a mail that are not its body: their bytes, names and places.

Called by `parse`. Never opens an archive nor an attached mail, and never trusts a name: names are for people to read,
nothing on disk is called by them.
"""

import hashlib
import re
import unicodedata
from collections.abc import Container
from urllib.parse import unquote, unquote_to_bytes

from maildesk.mail import budgets
from maildesk.mail.charsets import clean_line, decode_text, decode_words, find_codec
from maildesk.mail.tree import Part, leaves
from maildesk.model.message import Attachment

_CID = re.compile(r"cid:([^\"'\s<>)]{1,250})", re.IGNORECASE)
_SUBJECT = re.compile(rb"(?im)^subject:((?:[^\r\n]|\r?\n[ \t])*)")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_EXTENSIONS = {
    "text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "text/rtf": ".rtf",
    "text/x-vcard": ".vcf", "text/vcard": ".vcf", "text/rfc822-headers": ".txt",
    "text/xml": ".xml", "application/xml": ".xml",
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/bmp": ".bmp", "image/tiff": ".tif",
    "image/svg+xml": ".svg", "image/webp": ".webp", "audio/mpeg": ".mp3", "audio/wav": ".wav", "video/mp4": ".mp4",
    "application/pdf": ".pdf", "application/zip": ".zip", "application/gzip": ".gz", "application/rtf": ".rtf",
    "application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/json": ".json",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/pgp-signature": ".asc", "application/pgp-encrypted": ".asc", "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m", "application/ms-tnef": ".dat",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.ms-powerpoint": ".ppt", "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods", "application/vnd.ms-outlook": ".msg",
    "application/x-zip-compressed": ".zip", "application/x-gzip": ".gz", "application/x-7z-compressed": ".7z",
    "application/vnd.rar": ".rar", "application/x-rar-compressed": ".rar", "application/postscript": ".ps",
    "application/x-pdf": ".pdf", "application/ics": ".ics", "application/x-pkcs7-mime": ".p7m",
    "application/pgp-keys": ".asc", "text/markdown": ".md", "text/css": ".css", "image/jpg": ".jpg",
    "image/pjpeg": ".jpg", "image/heic": ".heic", "image/heif": ".heif", "image/x-icon": ".ico", "image/avif": ".avif",
    "image/x-ms-bmp": ".bmp", "audio/mp4": ".m4a", "audio/x-m4a": ".m4a", "audio/aac": ".aac", "audio/ogg": ".ogg",
    "audio/opus": ".opus", "audio/amr": ".amr", "audio/x-wav": ".wav", "video/quicktime": ".mov",
    "video/mpeg": ".mpg", "video/webm": ".webm", "video/3gpp": ".3gp", "video/x-msvideo": ".avi",
    "message/rfc822": ".eml", "message/global": ".eml", "message/delivery-status": ".txt", "message/partial": ".eml",
}  # fmt: skip
#: The last two are further renderings of a text, for Gmail and for watches; nobody attached them.
_INLINE_TEXTS = ("text/plain", "text/html", "text/x-amp-html", "text/watch-html")
_SEALS = (
    "application/pgp-signature", "application/pgp-encrypted", "application/pkcs7-signature",
    "application/x-pkcs7-signature",
)  # fmt: skip
_RESERVED = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))))
#: What some systems turn into the marks of a path.
_LOOKALIKES = str.maketrans("／＼．", "/\\.")
_SLASHES = str.maketrans("/\\／＼", "____")
_STARLESS = re.compile(r"([\w-]{2,30})'[\w-]{0,20}'(.*%[0-9A-Fa-f]{2}.*)")
#: In order; the last two are written by programs that mixed up the fields.
_NAMED_IN = (
    ("content-disposition", "filename"), ("content-type", "name"), ("content-disposition", "name"),
    ("content-type", "filename"),
)  # fmt: skip
_ENCODED_OCTETS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_STRAY_QUOTE = re.compile(r"\A([^\"]+)\"\s*(?:\([^()]*\)\s*)?\Z")
_SPLIT_WORDS = re.compile(r"\?=\s+=\?")
#: A file name, perhaps with Outlook's `@…` behind it.
_FILE_NAME = re.compile(r"([^@/\\<>:]{1,100}(\.[a-z0-9]{2,5}))(?:@.*)?", re.IGNORECASE)
_KNOWN_EXTENSIONS = frozenset(
    (
        *_EXTENSIONS.values(),
        ".jpeg",
        ".tiff",
        ".htm",
        ".log",
        ".docm",
        ".xlsm",
        ".xlsb",
        ".odp",
        ".mpeg",
        ".exe",
        ".tgz",
    )
)
_CONTENT_ID = re.compile(r"<?([^<>\s]{1,250})>?")


def read_attachments(
    root: Part, body: Container[int], html: str | None
) -> tuple[tuple[Attachment, ...], tuple[bytes, ...], tuple[str, ...]]:
    """Return the attachments, their bytes in the same order, and problems.

    `body` holds the id() of each part that became the body; unnamed inline text is no attachment either.
    """
    referenced = frozenset(found.lower() for found in _CID.findall(html or ""))
    attachments: list[Attachment] = []
    parts: list[bytes] = []
    problems: list[str] = []
    for part in leaves(root):
        if id(part) in body or is_inline_text(part):
            continue
        if len(attachments) == budgets.ATTACHMENTS:
            problems.append(f"more than {budgets.ATTACHMENTS} attachments; the rest stands only in the raw mail")
            break
        octets = part.octets()
        # An empty, nameless text is what a broken boundary leaves behind.
        if octets.strip() or find_name(part) or part.get_content_maintype() != "text":
            attachments.append(_attachment(len(parts), part, octets, referenced))
            parts.append(octets)
    return tuple(attachments), tuple(parts), tuple(problems)


def is_inline_text(part: Part) -> bool:
    """Tell whether this is a text part that is neither named nor marked as an attachment."""
    if part.get_content_disposition() == "attachment" or find_name(part):
        return False
    return part.get_content_type() in _INLINE_TEXTS or part.get_content_maintype() == "multipart"


def _attachment(index: int, part: Part, octets: bytes, referenced: Container[str]) -> Attachment:
    content_id = _content_id(part)
    content_type = part.get_content_type()
    content_type = content_type if _TYPE.fullmatch(content_type) else "application/octet-stream"
    shown = part.get_content_disposition() == "inline" and content_id is not None
    named = find_name(part) or _other_name(part, octets, content_type)
    return Attachment(
        index=index,
        filename=safe_name(named, index, content_type),
        content_type=content_type,
        size_bytes=len(octets),
        inline=shown or (content_id is not None and content_id.lower() in referenced) or _is_seal(part, content_type),
        sha256=hashlib.sha256(octets).hexdigest(),
        content_id=content_id,
    )


def _is_seal(part: Part, content_type: str) -> bool:
    """Tell whether a part only belongs to a seal of the mail: kept, but nothing that its sender attached."""
    if content_type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return str(part.get_param("smime-type") or "").lower() == "signed-data"
    return content_type in _SEALS


def _content_id(part: Part) -> str | None:
    match = _CONTENT_ID.fullmatch(clean_line(str(part.get("Content-ID", ""))))
    return match[1] if match else None


def _subject_of(octets: bytes) -> str:
    header = octets[: budgets.HEADER_BYTES]
    match = _SUBJECT.search(header)
    value = match[1].decode("ascii", "surrogateescape") if match else ""
    # A slash in a subject parts no folders.
    return clean_line(decode_words(value), budgets.FILENAME_BYTES).translate(_SLASHES) or "message"


def find_name(part: Part) -> str:
    """Return the name a part claims, decoded but not made safe (RFC 2183, 2231, by custom 2047); may be empty."""
    if name := find_parameter_name(part):
        return name
    # A URI (RFC 2557 §4.2); one that leads elsewhere names no file of this mail.
    location = decode_words(str(part.get("Content-Location", "")))
    return unquote(location) if location and "://" not in location and "." in location else ""


def find_parameter_name(part: Part) -> str:
    """Return the name a part claims in its Content-Disposition or Content-Type; may be empty."""
    found = {header: _parameters(part, header) for header in ("content-disposition", "content-type")}
    for header, parameter in _NAMED_IN:
        values = [value for key, value in found[header] if key.lower() == parameter]
        # The extended form, which the library gives as a tuple, is the true one beside a fallback (RFC 6266 §4.3).
        values.sort(key=lambda value: not isinstance(value, tuple))
        if name := next((name for name in map(_parameter_text, values) if name), ""):
            return name
    return ""


def _parameters(part: Part, header: str) -> list[tuple[str, object]]:
    field = str(part.get(header, ""))
    if "name" not in field.lower() or field.count("*") > 2 * budgets.FILENAME_SEGMENTS:
        return []
    try:
        return list(part.get_params([], header))
    except (ValueError, LookupError, TypeError):
        # The standard library trips over malformed continuations (RFC 2231 §3).
        return []


def _parameter_text(value: object) -> str:
    if isinstance(value, tuple):
        charset, _, text = value
        return decode_text(str(text).encode("latin-1", "replace"), str(charset or ""), guess=False)[0].strip()
    text = str(value)
    # QUIRK: an extended value whose star was forgotten.
    if (extended := _STARLESS.fullmatch(text)) and find_codec(extended[1]):
        return decode_text(unquote_to_bytes(extended[2]), extended[1], guess=False)[0].strip()
    # QUIRK: encoded words inside a quoted parameter (forbidden by RFC 2047 §5) from nearly every webmail; quotes that
    # are never closed, and single ones.
    text = decode_words(_SPLIT_WORDS.sub("?= =?", text)).strip()
    if _ENCODED_OCTETS.search(text):
        text = _undone_percents(text)
    text = _STRAY_QUOTE.sub(r"\1", text.removeprefix('"'))
    return text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] == "'" else text.removeprefix('"')


def _undone_percents(text: str) -> str:
    # QUIRK: a name encoded as in a URI, from webmail; only where its octets beyond US-ASCII make UTF-8.
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return text


def _other_name(part: Part, octets: bytes, content_type: str) -> str:
    """Return what a part without a name may be called."""
    if content_type in ("message/rfc822", "message/global"):
        return _subject_of(octets) + ".eml"
    # QUIRK: pictures of Outlook and files of some scanners are named in their Content-ID or description only.
    hints = (clean_line(decode_words(str(part.get("Content-Description", "")))), _content_id(part) or "")
    found = (match for match in map(_FILE_NAME.fullmatch, hints) if match)
    return next((match[1] for match in found if match[2].lower() in _KNOWN_EXTENSIONS), "")


def safe_name(name: str, index: int, content_type: str) -> str:
    """Return a name fit to be shown and offered: one path component, no tricks, never empty.

    At most 255 bytes, what file systems take: a longer name is clipped before its extension.
    """
    text = unicodedata.normalize("NFC", name[:2_000].translate(_LOOKALIKES))
    text = "".join(" " if c in "\t\r\n" else c for c in text if c in "\t\r\n" or unicodedata.category(c)[0] != "C")
    text = " ".join(re.split(r"[/\\]", text)[-1].split()).rstrip(". ")
    stem = unicodedata.normalize("NFKC", text.partition(".")[0]).casefold()
    if not text.strip(".~ ") or stem in _RESERVED:
        return f"part-{index + 1}{_EXTENSIONS.get(content_type, '.bin')}"
    return _clipped(text)


def _clipped(name: str) -> str:
    if len(name.encode()) <= budgets.FILENAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 16:
        stem, dot, extension = name, "", ""
    room = budgets.FILENAME_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip() + dot + extension
