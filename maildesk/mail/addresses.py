"""Who a mail says it is from and to: strict for From, which is an identity, lenient for everything else.

Called by `parse`, with what mail-parser made of the fields. Never guesses a sender: two parsers that read one From
differently are an attack (duplicate fields, groups, encoded addr-specs), so doubt means nobody.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from maildesk.mail import budgets
from maildesk.mail.charsets import clean_line, decode_words, mend_words
from maildesk.model.message import Address

_MAILTO = re.compile(r"\[mailto:([^\]\s<>]{1,320})\]\s*$", re.IGNORECASE)
_IN_MAILTO = re.compile(r"[\[<]mailto:([^\]\s<>]{1,320})[\]>]", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_ANGLE = re.compile(r"<([^<>]*)>")
_SPEC = re.compile(r"(?<!@)[^\s<>()\[\],;:\"\\@]+@[^\s<>()\[\],;:\"\\@]+(?!@)")
#: What may stand as an identity; a quoted local part (RFC 5322 §3.4.1) only without blanks and escapes.
_IDENTITY = re.compile(r"(?:[^\s<>()\[\],;:\"\\@]+|\"[!#-;=?-\[\]-~]+\")@[^\s<>()\[\],;:\"\\@]+")
_PLAIN = re.compile(r"\s*(?:(\"[^\"<>@]*\"|[^\"<>@,;:()]*)\s*<([^<>\s]+)>|([^<>\s]+))\s*")
#: What a reader takes for an address, though nobody could be written to under it; and a local name alone.
_SHOWN = re.compile(r'(?:"[^"]{0,320}"|[^\s<>(),;:"\\@]{1,320})@[^\s<>(),;:"\\]+')
_LOCAL = re.compile(r"[\w.+-]+")
_FIELDS = 5
#: One member of a list; the next also begins behind an address in brackets where the comma was forgotten.
_MEMBER = re.compile(r"[^,;<]*+(?:<++[^<>]*+>++(?:[^,;<]*+(?!<))?|<++[^<>,;]*+)?")
_WORD = re.compile(r"=\?[\w*-]{1,40}\?[bBqQ]\?[^?]{0,500}\?=")
_AROUND_MARKS = re.compile(r"\s*([@.])\s*")
_APOSTROPHES = re.compile(r"'[^']*(?:'\w[^']*)*'")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def tolerant(value: str) -> str:
    """Return an unfolded address field with the repairs that change no identity.

    QUIRK: Outlook writes `Name [mailto:x@y]` into From of forwarded and resent mail.
    """
    value = mend_words(value)
    return _MAILTO.sub(r"<\1>", value, count=1) if "mailto:" in value.lower() else value


def find_sender(fields: tuple[str, ...], parsed: Iterable[tuple[str, str]]) -> tuple[Address | None, str]:
    """Return the one mailbox in From, or None and why (RFC 5322 §3.6.2; groups of RFC 6854 name nobody).

    `fields` are the unfolded From values, undecoded; `parsed` is what mail-parser made of the first.
    """
    if len(fields) != 1:
        return None, "the mail has no From" if not fields else f"the mail has {len(fields)} From fields"
    field = tolerant(fields[0])
    if problem := _doubt(field):
        return None, problem
    found = [(name, spec) for name, spec in parsed if spec] or _plain_mailbox(field)
    if len(found) != 1:
        return None, f"From names {len(found)} mailboxes instead of one"
    name, spec = found[0]
    # An address that had to be put together from pieces is read otherwise elsewhere.
    if not is_addr_spec(spec) or "=?" in spec or spec not in field:
        return None, "the address in From is malformed"
    if _looks_like_another(spec):
        return None, "the address in From passes for another one where case does not count"
    return Address(_clean_name(_shown_name(field, name)), spec), ""


def _looks_like_another(spec: str) -> bool:
    """Tell whether an address becomes another, plainer one when compared without case: ſtaff.test, straße.test."""
    return any(not c.isascii() and any(folded.isascii() for folded in c.casefold()) for c in spec)


def find_claimed_sender(fields: tuple[str, ...]) -> Address | None:
    """Return the mailbox a mail client would show as the author, of a From that `find_sender` refuses.

    To be shown, never an identity and never written to: the address may be malformed, or a local name alone
    (`MAILER-DAEMON`). `fields` are the unfolded From values, undecoded. None where nothing in them can be read.
    """
    for field in fields[:_FIELDS]:
        if found := next(_mailboxes(field[: budgets.FROM_CHARS]), None):
            return found
    return None


def find_mailboxes(value: str) -> tuple[tuple[str, str], ...]:
    """Return the (name, addr-spec) pairs of a list field that no strict reader understands, in order."""
    found = _mailboxes(value[: budgets.HEADER_BYTES])
    return tuple((address.name, address.address) for address in islice(found, 2 * budgets.ADDRESSES))


def _mailboxes(field: str) -> Iterator[Address]:
    """Walk what a mail client would show of an address field."""
    # QUIRK: all of it in one encoded word; and ISO-2022-JP as it is, whose octets look like marks.
    is_hidden = "\x1b" in field or "@" not in field
    value = clean_line(_IN_MAILTO.sub(r"<\1>", tolerant(decode_words(field) if is_hidden else field)), len(field))
    # Quoted text, encoded words and comments hold no structure; blanked, everything keeps its place.
    mask = _COMMENT.sub(_blank, _QUOTED.sub(_blank, _WORD.sub(_blank, value)))
    before = ""
    for member in _MEMBER.finditer(mask):
        angle = member[0].find("<")
        begin = member[0].rfind(":", 0, angle if angle >= 0 else None) + 1
        text = value[member.start() + begin : member.end()]
        before = "" if begin else before
        name, specs = _in_brackets(text, angle - begin) if angle >= 0 else _bare(text, alone="@" not in value)
        if specs := [spec for spec in specs if len(spec) <= budgets.ADDRESS_CHARS]:
            # QUIRK: `Doe, Ann <ann@x>, …` and `Ann;ann@x`: what came before is of the name.
            shown = _clean_name((before + name).strip(' ,"<>'))
            yield from (Address("" if shown == spec else shown, spec) for spec in specs)
            before = ""
        else:
            before = f"{before}{text.strip()}, "[-budgets.FROM_CHARS :] if text.strip() else before


def _blank(match: re.Match[str]) -> str:
    return "_" * len(match[0])


def _in_brackets(text: str, angle: int) -> tuple[str, list[str]]:
    inside = text[angle:].lstrip("<").partition(">")[0].strip()
    # QUIRK: `<ann @x>`; and `<ann@x, bob@y>`.
    inside = _AROUND_MARKS.sub(r"\1", inside)
    specs = _SHOWN.findall(inside) or ([inside] if _LOCAL.fullmatch(inside) else [])
    return text[:angle], specs


def _bare(text: str, *, alone: bool) -> tuple[str, list[str]]:
    comment = " ".join(found[1:-1] for found in _COMMENT.findall(text))
    bare = _COMMENT.sub(" ", text).strip()
    specs = _SHOWN.findall(bare) or ([bare] if alone and _LOCAL.fullmatch(bare) else [])
    return (comment or (bare.replace(specs[0], "") if len(specs) == 1 else ""), specs) if specs else (bare, [])


def _plain_mailbox(field: str) -> list[tuple[str, str]]:
    # QUIRK: local parts with two dots in a row, which some carriers gave out and RFC 5322 does not allow.
    match = _PLAIN.fullmatch(field)
    return [((match[1] or "").strip('" '), match[2] or match[3])] if match else []


def is_addr_spec(spec: str) -> bool:
    """Tell whether this is a plain local@domain of sane length."""
    if len(spec) > budgets.ADDRESS_CHARS or not spec.isprintable() or not _IDENTITY.fullmatch(spec):
        return False
    return all(spec.rpartition("@")[2].split("."))


def _doubt(value: str) -> str:
    if len(value) > budgets.FROM_CHARS:
        return "From is too long"
    if _CONTROL.search(value):
        return "From contains control characters"
    bare = _without_quotes(value)
    outside = _ANGLE.sub(" ", bare)
    if ":" in outside or ";" in outside:
        return "From is a group"
    if "<@" in bare.replace(" ", ""):
        return "From contains a route"
    specs = {spec.casefold() for spec in _SPEC.findall(bare)}
    return "From names more than one address" if len(specs) > 1 else ""


def _without_quotes(value: str) -> str:
    bare = _QUOTED.sub(" ", value)
    for _ in range(3):
        bare = _COMMENT.sub(" ", bare)
    return bare


def _clean_name(name: str) -> str:
    # QUIRK: encoded words inside quotes, which mail-parser rightly leaves alone (RFC 2047 §5) and many senders write.
    shown = clean_line(decode_words(name), budgets.NAME_CHARS).strip(" ,;")
    # QUIRK: Outlook quotes what it quotes once more, in apostrophes.
    return shown[1:-1].strip() if _APOSTROPHES.fullmatch(shown) else shown


def _shown_name(field: str, name: str) -> str:
    # QUIRK: `Doe, Ann <ann@x>` unquoted; the comma is part of the name because no address stands before it.
    before, angle, _ = field.partition("<")
    if angle and "," in _without_quotes(before):
        return before.replace('"', "")
    return name


def recipients(parsed: Iterable[tuple[str, str]]) -> tuple[Address, ...]:
    """Return the usable mailboxes of a To, Cc or Reply-To, in order, without repeats."""
    found = {}
    for name, spec in parsed:
        # QUIRK: `"Undisclosed-recipients:;"@host`, an empty group completed by a mail server.
        if is_addr_spec(spec) and ":;" not in spec and spec.casefold() not in found:
            shown = _clean_name(name)
            found[spec.casefold()] = Address("" if shown == spec else shown, spec)
    return tuple(found.values())[: budgets.ADDRESSES]


def find_specs(value: str) -> tuple[str, ...]:
    """Return the bare addresses in a trace field such as Delivered-To."""
    return tuple(_SPEC.findall(value[: budgets.FROM_CHARS]))
