"""Words that a pattern needs: found where they are certain, and never one without which the pattern matches."""

import random
import sys

import pytest
import regex

from maildesk.rules.needles import find_needles

#: How a letter may stand in a text that a case-blind pattern matches, beside large and small.
VARIANTS = {"s": "sSſ", "k": "kK\u212a", "i": "iIıİ", "ß": "ßẞ", "ı": "ıIi"}
#: Pieces of patterns, with texts they match; what is odd among them must make the finder give up.
PIECES = (
    ("server", "server"), ("Down", "down"), (" ", " "), ("k", "k"), ("ss", "ss"), ("ß", "ß"), ("ı", "ı"), ("-", "-"),
    ("\u212a", "k"), ("ſ", "s"), ("İ", "İ"), ("ﬁ", "ﬁ"), ("web77", "web77"), ("#1", "#1"), ("x y", "x y"),
    (r"\b", ""), (r"\.", "."), (r"\d", "7"), (r"\w", "q"), (r"\s", " "), (".", "z"), ("[a-c]", "b"), ("[^]x]", "y"),
    ("[]ab]", "]"), (r"[\]a]", "a"), ("[(?:]", "("), ("[[:alpha:]]", "m"), ("[a[b]", "["), (r"\x41", "a"),
    (r"\u0041b", "ab"), (r"\101", "a"), (r"\N{DIGIT ONE}", "1"), (r"\p{Lu}", "a"), (r"\(", "("), (r"\ ", " "),
    (r"\-", "-"), ("^", ""), ("$", ""), ("(?i)", ""), ("(?s)", ""), ("(?x)", ""), ("(?f)", ""), ("(?V1)", ""),
    ("(?#note)", ""), ("(?=d)", ""), ("(?<!q)", ""), ("(?!zz)", ""), (r"\Kab", "ab"), ("(?:ab){e<=1}", "xb"),
    ("ab{e}", "q"), ("(a)\\1", "aa"), ("(?P<n>ab)(?P=n)", "abab"), ("(?|ab|cd)", "cd"), ("(a)?(?(1)b|c)", "c"),
    ("(ab)(?1)", "abab"), (r"\Qab\E", "QabE"), ("{", "{"), ("}", "}"), ("]", "]"), ("|", ""), (r"\m", ""), ("(?r)", ""),
)  # fmt: skip
QUANTIFIERS = (
    "",
    "",
    "",
    "",
    "?",
    "*",
    "+",
    "{0,}",
    "{2}",
    "{,2}",
    "{0}",
    "{1,2}",
    "??",
    "*?",
    "+?",
    "?+",
    "*+",
    "++",
    "{}",
)
GROUPS = (
    "({})",
    "(?:{})",
    "(?P<g>{})",
    "(?<h>{})",
    "(?>{})",
    "(?i:{})",
    "(?-i:{})",
    "({}|other)",
    "(?:no|{})",
    "(?=.*{})",
)


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        (r"\b(password|account) (for|of) user77\b", " user77"),
        (r"order (no\.?|number) ?77\b", "order |77"),
        (r"server .+ (is )?down", "server |down"),
        (r"colou?r red", "r red|colo"),
        (r"[abc]xyz*uvw", "uvw|xy"),
        (r"[^]abc]down", "down"),
        (r"(?P<site>\w+) has gone", " has gone"),
        (r"DoWn", "down"),
        (r"one\.two\b", "one|two"),
        # A choice, a flag, a way to look around, a letter behind an escape: nothing is certain then.
        ("down|dead", ""),
        ("(?x) d o w n", ""),
        ("(?i:down)dead", ""),
        ("(?=down)dead", ""),
        (r"\x41bcd", ""),
        (r"\p{Lu}down", ""),
        ("(down)", ""),
        ("di+", ""),
        ("ab{e<=1}", ""),
        ("a.b.c", ""),
    ],
)
def test_needles(pattern, needles):
    assert "|".join(find_needles(pattern)) == needles


def test_needles_are_in_everything_that_matches():
    chance = random.Random(1)
    matched = 0
    for _ in range(8_000):
        pattern, text = _grown(chance)
        needles = find_needles(pattern)
        if needles and _matches(pattern, text):
            matched += 1
            assert all(needle in text.casefold() for needle in needles), (pattern, text)
    assert matched > 400


def test_letters_of_needles_match_only_what_folds_to_them():
    """Of all signs there are, those a letter matches must fold to it, and so must those written in its place."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    written = [sign for sign in everything if sign.casefold() <= "\x7f" and find_needles(f"{sign}{sign}")]
    assert len(written) > 60
    for sign in written:
        matched = regex.findall(regex.escape(sign, special_only=True), everything, regex.IGNORECASE)
        assert {found.casefold() for found in matched} == {find_needles(f"{sign}{sign}")[0][0]}


def _grown(chance: random.Random, depth: int = 0) -> tuple[str, str]:
    """Return a pattern, and a text that it is likely to match."""
    pattern, text = "", ""
    for _ in range(chance.randrange(1, 5)):
        piece, said = chance.choice(PIECES[:13] if chance.random() < 0.6 else PIECES)
        if depth < 2 and chance.random() < 0.2:
            piece, said = _grown(chance, depth + 1)
            piece = chance.choice(GROUPS).format(piece)
        times = chance.choice(QUANTIFIERS)
        if times.startswith(("?", "*", "{0", "{,")) and chance.random() < 0.5:
            # What may be missing is missing, as far as the quantifier is of all of the piece.
            said = said[:-1] if len(piece) == len(said) else ""
        pattern += piece + times
        text += said + (said[-1:] if times == "{2}" else "")
    return pattern, "".join(chance.choice(VARIANTS.get(sign, sign + sign.swapcase()[:1])) for sign in text)


def _matches(pattern: str, text: str) -> bool:
    try:
        return regex.search(pattern, text, regex.IGNORECASE, timeout=1) is not None
    except (regex.error, KeyError, IndexError, TimeoutError):
        return False
