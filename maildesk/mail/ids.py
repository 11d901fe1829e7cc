"""Message identifiers and Outlook's conversation identifier out of header fields (RFC 5322 §3.6.4, MS-OXOMSG).

Called by `parse` and `minimal`. An id comes from outside: it is compared and stored, never put into a command.
"""

import base64
import binascii
import re

from maildesk.mail import budgets
from maildesk.mail.charsets import decode_words

#: QUIRK: also one whose closing bracket is missing.
_TOKEN = re.compile(r"<([^<>]{1,1000})>|<([^<>\s@]{1,500}@[^<>\s@]{1,500})(?=\s*(?:<|\Z))")
_SEPARATORS = re.compile(r"[\s,;]+")
_BLANKS = re.compile(r"\s+")
_BARE = re.compile(r"[^\s<>@,;]+@[^\s<>@,;]+")
#: Thread-Index: one reserved byte, five of time, the GUID; then five for each answer.
_INDEX_GUID = slice(6, 22)
_INDEX_ANSWER_BYTES = 5


def find_message_id(values: tuple[str, ...]) -> str | None:
    """Return the id of a mail with its angle brackets, or None when it has none that can be used."""
    for value in values:
        if found := parse_ids(value):
            return found[0]
        # QUIRK: ids without brackets, from scripts.
        bare = value.strip()
        if _BARE.fullmatch(bare) and _is_usable(bare):
            return f"<{bare}>"
    return None


def parse_ids(value: str) -> tuple[str, ...]:
    """Return the `<…>` tokens of a References or In-Reply-To value, oldest first, the middle of a long list left out.

    Phrases between them (RFC 822 allowed these) are ignored, repeats dropped.
    """
    # QUIRK: Exchange wraps a long list into encoded words.
    value = decode_words(value) if value.lstrip()[:2] == "=?" else value
    # QUIRK: some servers fold inside an id; the blanks that leaves are no part of it.
    found = [_BLANKS.sub("", closed or unclosed) for closed, unclosed in _TOKEN.findall(value)]
    # QUIRK: ids without brackets, from scripts; but a phrase with an address in it (RFC 822) names no mail.
    if not found and all(map(_BARE.fullmatch, bare := _SEPARATORS.sub(" ", value).split())):
        found = bare
    elif not found and _BARE.fullmatch(lone := value.strip().strip("<>")):
        found = [lone]
    unique = tuple(dict.fromkeys(f"<{token}>" for token in found if _is_usable(token)))
    kept = budgets.REFERENCES_FIRST + budgets.REFERENCES_LAST
    return unique if len(unique) <= kept else unique[: budgets.REFERENCES_FIRST] + unique[-budgets.REFERENCES_LAST :]


def find_thread_index(values: tuple[str, ...]) -> str | None:
    """Return the conversation's GUID in a Thread-Index as 32 lower-case hexadecimal digits (MS-OXOMSG §2.2.1.3).

    None when there is no such field, or its first value is not what the standard describes.
    """
    if not values or len(values[0]) > budgets.HEADER_VALUE_CHARS:
        return None
    try:
        index = base64.b64decode(_BLANKS.sub("", values[0]), validate=True)
    except (binascii.Error, ValueError):
        return None
    guid = index[_INDEX_GUID]
    answers_bytes = len(index) - _INDEX_GUID.stop
    if index[:1] != b"\x01" or answers_bytes < 0 or answers_bytes % _INDEX_ANSWER_BYTES or not any(guid):
        return None
    return guid.hex()


def _is_usable(token: str) -> bool:
    return 0 < len(token) <= budgets.ID_CHARS and token.isprintable()
