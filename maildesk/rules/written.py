"""What an admin wrote, as plain values, and how to say what is wrong with it.

Used by `rules` and `config` alike, so that every complaint reads the same. Knows neither YAML nor files: a fault names
a trail (keys and list places from the top), and whoever read the file turns that into a line.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from maildesk.model.message import InboundMessage

#: A written value. Numbers stay text until somebody asks for one, so a password 0123 or a version 1.10 survives.
Plain: TypeAlias = "bool | str | list[Plain] | dict[str, Plain] | None"

#: Keys and list places from the top of the file down to a value.
Trail: TypeAlias = tuple[str | int, ...]

#: Days of the week as they are written, Monday first.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MAX_LINE = 500
MAX_SOUGHT = 1000

#: What people write for true and false; in YAML 1.2 these are texts.
YES_NO = {"yes": True, "on": True, "y": True, "1": True, "no": False, "off": False, "n": False, "0": False}

#: Words of other desks for words of ours.
OTHER_WORDS = {
    "done": "resolved", "solved": "resolved", "fixed": "resolved", "pending": "waiting-requester",
    "waiting": "waiting-requester", "on-hold": "waiting-vendor", "in-progress": "open", "assigned": "open",
    "critical": "high", "urgent": "high", "severe": "high", "normal": "medium", "moderate": "medium", "minor": "low",
    "human": "person", "newsletter": "list", "bulk": "list", "autoreply": "auto-reply", "monitoring": "alert",
    "create": "new", "created": "new", "reply": "follow-up", "answer": "follow-up", "update": "change",
    "changed": "change", "timer": "time", "customer": "requester", "agent": "technician", "verified": "pass",
    "ssl": "tls",
}  # fmt: skip

#: Unicode categories that may not stand in a header or log line.
_LINE_BREAKERS = frozenset({"Cc", "Cs", "Zl", "Zp"})

_ADDRESS = re.compile(
    r"[^\s@<>(),;:\"\\\x00-\x1f\x7f]{1,64}@[^\s@<>(),;:\"\\\x00-\x1f\x7f.]+(\.[^\s@<>(),;:\"\\\x00-\x1f\x7f.]+)*"
)
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)\s*(|b|kb|kib|mb|mib|gb|gib)", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


class WritingError(ValueError):
    """A written value cannot be used; the message says what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a trail. `at_key` points at the key itself instead of its value."""

    trail: Trail
    message: str
    warning: bool = False
    at_key: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The names this desk knows. An empty tuple means not known now, so nothing is checked against it.

    `technicians` pairs each way to write one (address, alias) with the stored address.  `groups`: None when not known.
    `lists`: items by the name of a list, as they are compared.  `read_list` reads a list's file by its path,
    `read_mail` a mail file beside the rules; both raise `WritingError`.
    """

    queues: tuple[str, ...] = ()
    technicians: tuple[tuple[str, str], ...] = ()
    templates: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    calendars: tuple[str, ...] = ()
    lists: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    read_list: "Callable[[str], frozenset[str]] | None" = None
    read_mail: "Callable[[str], InboundMessage] | None" = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One pass over what was written: the names known, where lines begin, and the faults found so far.

    `strange_key` puts into words that a key means nothing where it stands, from its trail, the kind of word expected
    there, and the words allowed.
    """

    words: Words
    line_of: Callable[[Trail], int]
    faults: list[Fault] = field(default_factory=list)
    strange_key: Callable[[Trail, str, tuple[str, ...]], str] = lambda trail, what, allowed: unknown(
        what, str(trail[-1]), allowed
    )

    def complain(self, trail: Trail, message: str, *, at_key: bool = False) -> None:
        """Note a fault and go on, so that every fault is found in one pass."""
        self.faults.append(Fault(trail, message, at_key=at_key))

    def complain_of_key(self, trail: Trail, what: str, allowed: Iterable[str]) -> None:
        """Note that the key at the end of a trail means nothing there; `what` is the kind of word expected."""
        self.complain(trail, self.strange_key(trail, what, tuple(allowed)), at_key=True)

    def mapping(self, value: Plain, trail: Trail, what: str, allowed: Iterable[str]) -> dict[str, Plain]:
        """Return the known keys of a mapping; complain of unknown ones and of anything that is no mapping."""
        if not isinstance(value, dict):
            self.complain(trail, f"{what} must be a mapping (key: value), not {kind_of(value)}")
            return {}
        known = tuple(allowed)
        for key in value:
            if key not in known:
                self.complain_of_key((*trail, key), "key", known)
        return {key: inner for key, inner in value.items() if key in known}


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Find the allowed word that was probably meant: another word for it, one like it, or one that begins like it."""
    by_fold, written = {a.casefold(): a for a in allowed}, word.casefold()[:80].strip()
    if OTHER_WORDS.get(written) in by_fold:
        return by_fold[OTHER_WORDS[written]]
    close = difflib.get_close_matches(written, by_fold, n=1, cutoff=0.6)
    begun = [fold for fold in by_fold if len(written) > 1 and fold.startswith(written)]
    return by_fold[close[0]] if close else by_fold[begun[0]] if len(begun) == 1 else None


def unknown(what: str, word: str, allowed: Iterable[str]) -> str:
    """Say that a word is not known, which ones are, and which one was probably meant."""
    known = tuple(allowed)
    close = nearest(word, known)
    hint = f"; did you mean '{close}'?" if close else ""
    return f"unknown {what} '{word[:80]}'; allowed: {', '.join(known) or 'none'}{hint}"


def one_line(value: Plain) -> str:
    """Return text of one line, stripped; it may go into a header or a log line as it is."""
    if not isinstance(value, str):
        raise WritingError(f"expected text, not {kind_of(value)}")
    text = value.strip()
    if not text:
        raise WritingError("expected text, not nothing")
    if len(text) > MAX_LINE:
        raise WritingError(f"text is longer than {MAX_LINE} characters")
    if any(unicodedata.category(c) in _LINE_BREAKERS for c in text):
        raise WritingError("expected one line without control characters")
    return text


def text_sought(value: Plain) -> str:
    """Return text to look for in a mail, as it was written: its blanks may matter."""
    if not isinstance(value, str):
        raise WritingError(f"expected text, not {kind_of(value)}")
    if not value.strip():
        raise WritingError("expected text, not nothing")
    if len(value) > MAX_SOUGHT:
        raise WritingError(f"text is longer than {MAX_SOUGHT} characters")
    return unicodedata.normalize("NFC", value)


def address(value: Plain) -> str:
    """Return an addr-spec (RFC 5322 §3.4.1, the dot-atom form that mail systems really use)."""
    text = one_line(value)
    if not _ADDRESS.fullmatch(text):
        raise WritingError(f"'{text[:80]}' is not a mail address; write it as name@example.test")
    return text


def label(value: Plain) -> str:
    """Return a name without blanks or commas, such as a queue or a tag."""
    text = one_line(value)
    if re.search(r"[\s,;#]", text) or len(text) > 64:
        raise WritingError(f"'{text[:80]}' must be one word of at most 64 characters, without blanks or any of , ; #")
    return text


def flag(value: Plain) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    meant = YES_NO.get(value.strip().casefold()) if isinstance(value, str) else None
    if meant is not None:
        raise WritingError(f"expected true or false; did you mean '{'true' if meant else 'false'}'?")
    raise WritingError(f"expected true or false, not {kind_of(value)}")


def word_of(what: str, value: Plain, allowed: Iterable[str]) -> str:
    """Return the allowed word that was written; case does not count."""
    known = tuple(allowed)
    text = one_line(value)
    match = next((k for k in known if k.casefold() == text.casefold()), None)
    if match is None:
        raise WritingError(unknown(what, text, known))
    return match


def items(value: Plain) -> tuple[Plain, ...]:
    """Return a list's items, or the one value that stands for a list of one."""
    found = tuple(value) if isinstance(value, list) else (value,)
    if not found:
        raise WritingError("the list is empty")
    return found


def size_bytes(value: Plain) -> int:
    """Return a size such as `512 KB` or `10 MB` in bytes; units count by 1024."""
    match = _SIZE.fullmatch(one_line(value))
    if match is None:
        raise WritingError(f"'{value}' is not a size; write it as 512 KB, 10 MB or 1 GB")
    return int(float(match[1]) * _UNITS[match[2][:1].casefold()])


def kind_of(value: Plain) -> str:
    """Name what was written, for a complaint; never its content, which may be a secret."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"
