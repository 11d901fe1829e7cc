"""Words that a pattern needs: found where they are certain, and never one without which the pattern matches."""

import random

import pytest
import regex

from maildesk.rules.needles import find_needle

PARTS = (
    "server", "Down", " ", "k", "I", "down?", "a+", "b*", "c{2}", "(x|yes)", "(?:no)?", r"\b", r"\.", r"\d+", "[a-c]",
    "[^]x]", "|", ".", ".*", "^", "$", "(?P<site>web)", "ss", "ß", "ı", r"\x41", "{", "-",
)  # fmt: skip
TEXTS = ("Server DOWN", "ſerver down", "\u212a I ı i İ", "aabbcc yes no web", "the server is down.", "ß ss 123 A-")


@pytest.mark.parametrize(
    ("pattern", "needle"),
    [
        (r"\b(password|account) (for|of) user77\b", " user77"),
        (r"server .+ (is )?down", "server "),
        (r"colou?r red", "r red"),
        (r"[abc]xyz*uvw", "uvw"),
        (r"[^]abc]down", "down"),
        (r"(?P<site>\w+) has gone", " has gone"),
        (r"DoWn", "down"),
        (r"one\.two\b", "one"),
        # A choice, a flag, a way to look around, a letter behind an escape: nothing is certain then.
        ("down|dead", ""),
        ("(?x) d o w n", ""),
        ("(?i:down)dead", ""),
        ("(?=down)dead", ""),
        (r"\x41bcd", ""),
        (r"\p{Lu}down", ""),
        ("(down)", ""),
        ("di+", ""),
        ("a.b.c", ""),
    ],
)
def test_needle(pattern, needle):
    assert find_needle(pattern) == needle


def test_a_needle_is_in_everything_that_matches():
    chance = random.Random(1)
    found = 0
    for _ in range(20_000):
        pattern = "".join(chance.choice(PARTS) for _ in range(chance.randrange(1, 5)))
        needle = find_needle(pattern)
        try:
            compiled = regex.compile(pattern, regex.IGNORECASE)
        except regex.error:
            continue
        for text in TEXTS:
            if needle and compiled.search(text):
                found += 1
                assert needle in text.casefold(), (pattern, text)
    assert found > 100
