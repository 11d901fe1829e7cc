"""The numbers under which vendors keep tickets in desks of their own: an admin's pattern → a look at a subject.

Called by `config`. Bounded in time like the patterns of rules; a look that takes too long has found nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from maildesk.rules.patterns import PATTERN_SECONDS, Pattern, compiled
from maildesk.rules.written import Plain, WritingError, text_sought

#: A subject in; the number it carries out, or None.
FindNumber = Callable[[str], str | None]

_SUBJECT_CHARS = 2000
#: A number longer than this is none.
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class _NumberLook:
    """A pattern at work; two of the same writing are equal, as policies must be that were read twice."""

    written: str
    pattern: Pattern = field(compare=False)

    def __call__(self, subject: str) -> str | None:
        line = subject[:_SUBJECT_CHARS]
        try:
            found = self.pattern.search(line, timeout=PATTERN_SECONDS, concurrent=True)
        except TimeoutError:
            return None
        if found is None:
            return None
        start, end = found.span()
        number = line[start:end].strip()
        return number if 0 < len(number) <= _LONGEST else None


def parse_number_pattern(value: Plain) -> FindNumber:
    """Return what finds a number of this pattern in a subject. Raises `WritingError`."""
    text = text_sought(value).strip()
    compiled(text)
    # Once more with borders on both sides: CASE-1234 is no part of XCASE-1234, CASE-12345 or CASE-1234-5.
    pattern = compiled(rf"(?<!\w)(?<!\w-)(?:{text})(?!\w|-\w)")
    if pattern.search("", timeout=PATTERN_SECONDS, concurrent=True):
        raise WritingError(f"'{text[:80]}' is found in every subject; write it as CASE-[0-9]{{4,10}}")
    return _NumberLook(text, pattern)
