"""Regular expressions of the admin's on text of a stranger's: compiled once, and bounded in time all together.

Called by `operators` and `numbers`. A mail made to be slow for one pattern is slow for many: each search that turns out
slow leaves less to those after it, so that hundreds of rules cannot stall the daemon.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Protocol

import regex

from maildesk.rules.written import WritingError

#: What one search may take by itself.
PATTERN_SECONDS = 0.15
#: A search that takes no longer than this is an ordinary one.
_QUICK_SECONDS = 0.005
#: So many slow searches on one mail; those after them look at its beginning alone.
_MOST_SLOW = 20
_BEGINNING_CHARS = 4 * 1024
#: Slow searches since the last `be_patient`.
_slow: ContextVar[int] = ContextVar("slow searches", default=0)


class Match(Protocol):
    """A place that fits, and what its named groups caught."""

    def span(self) -> tuple[int, int]:
        """Return from where to where."""

    def groupdict(self) -> dict[str, str | None]:
        """Return what the named groups caught."""


class Pattern(Protocol):
    """A compiled pattern that is given a time to search in."""

    @property
    def groupindex(self) -> Mapping[str, int]:
        """The numbers of the named groups."""

    def search(self, string: str, *, timeout: float, concurrent: bool) -> Match | None:
        """Return the first match, or None; raise TimeoutError after so many seconds."""


def compiled(text: str) -> Pattern:
    """Compile a case-blind pattern. Raises `WritingError`."""
    try:
        pattern: Pattern = regex.compile(text, regex.IGNORECASE)
    except (regex.error, ValueError, OverflowError, RecursionError, KeyError, IndexError) as error:
        # QUIRK: beside its own error the library lets others out for patterns such as `(?L)` amid text.
        raise WritingError(f"'{text[:80]}' is not a regular expression: {error}") from error
    return pattern


def be_patient() -> None:
    """Give the next searches the whole time: they look at another mail."""
    _slow.set(0)


def search(pattern: Pattern, text: str, seconds: float) -> Match | None:
    """Search for so long; each search that turns out slow leaves less to those after it. Raises TimeoutError.

    QUIRK: the library looks at the clock only now and then, on long runs of one sign every 50 ms: what bounds hundreds
    of searches is that they are given less text.
    """
    slow = _slow.get()
    if slow >= _MOST_SLOW:
        return pattern.search(text[:_BEGINNING_CHARS], timeout=_QUICK_SECONDS, concurrent=True)
    try:
        return pattern.search(text, timeout=min(_QUICK_SECONDS, seconds), concurrent=True)
    except TimeoutError:
        _slow.set(slow + 1)
    return pattern.search(text, timeout=seconds / (slow + 1), concurrent=True)
