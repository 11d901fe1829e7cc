"""Words that a text must hold if a pattern is to match it: looking for them first spares most searches.

Called by `operators`, once a pattern. Only what is certain is said: in doubt there is no such word.
"""

import re

#: Shorter ones stand in nearly every text.
_SHORTEST = 2
#: What makes the letters that follow mean something else: flags, conditions, looking around, free spacing.
_UNCERTAIN = re.compile(r"\(\?(?!:|P<|<[A-Za-z_])")
#: Of letters, `i` is left out: a case-blind pattern finds it in the dotless ı as well, which folds to no i.
_CERTAIN = frozenset("abcdefghjklmnopqrstuvwxyz0123456789 @_=:,;/-#%&'\"<>!~")
#: Escapes of one letter; others take what follows with them.
_SHORT_ESCAPES = "bBdDsSwWAZtnrfv"
#: Behind these the character before may be missing.
_MAY_MISS = "?*{"
#: What a pattern is made of, as far as it matters here: an escape, a set, a count, or one character.
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\[\\])*\]|\{\d*,?\d*\}|.", re.DOTALL)


def find_needles(pattern: str) -> tuple[str, ...]:
    """Return texts that all stand in whatever a pattern matches, as `str.casefold` writes them, the longest first."""
    if _UNCERTAIN.search(pattern):
        return ()
    certain = (run for run in _runs(_PART.findall(pattern)) if len(run.strip()) >= _SHORTEST)
    return tuple(sorted(dict.fromkeys(certain), key=len, reverse=True))


def _runs(parts: list[str]) -> list[str]:
    """Return the runs of plain characters outside of any group; none where out there is a choice, or something odd."""
    runs, depth = [""], 0
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if part in ("{", "[") or _is_odd(part) or (part == "|" and depth == 0):
            return []
        depth += (part == "(") - (part == ")")
        if depth == 0 and part.casefold() in _CERTAIN and following[:1] not in (*_MAY_MISS,):
            runs[-1] += part.casefold()
            if following != "+":
                continue
        runs.append("")
    return runs


def _is_odd(part: str) -> bool:
    return part[0] == "\\" and part[1:].isalnum() and part[1:] not in _SHORT_ESCAPES
