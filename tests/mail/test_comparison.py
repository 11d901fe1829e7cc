"""Quoted text told by comparison with earlier mail, and answers found inside quotations."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.mail.quoting import find_visible_text

EARLIER = """\
Hello Ann,

which of the two printers is it, the one on the second floor or the new one in the hall?
Please send us the number on the label at its back, and tell us whether the red lamp is on.

Tia Berg
Example Support
"""
FIRST = "which of the two printers is it, the one on the second floor or the new one in the hall?"
SECOND = "Please send us the number on the label at its back, and tell us whether the red lamp is on."
ZORP = "Zorp 3 febro 2025 09:15 Example Support <support@example.test> skribis:"

GONE = {
    "top-posted, nothing between": f"The new one.\n\n{EARLIER}",
    "below a rule": f"The new one.\n\n-----\n\n{EARLIER}",
    "below an attribution nobody taught us": f"The new one.\n\n{ZORP}\n\n{EARLIER}",
    "below an attribution of three lines": f"The new one.\n\nZorp 3 febro 2025,\n09:15 Example\n{ZORP[25:]}\n{EARLIER}",
    "below a header nobody taught us": f"The new one.\n\nZi: Support <s@example.test>\nZu: 3.2.2025 9:15\nZo: Ann\n"
    f"Za: Printer\n\n{EARLIER}",
    "below a short header and a rule": f"The new one.\n______\nZi: s@example.test\nZu: 9:15\nZo: Ann\n{EARLIER}",
    "in other lines": "The new one.\n\n" + EARLIER.replace(" the ", " the\n").replace(",", ",\n"),
    "in one line": "The new one.\n\n" + " ".join(EARLIER.split()),
    "with marks of another kind": "The new one.\n\n" + EARLIER.replace("\n", "\n| ") + "\n",
    "with emphasis and other blanks": "The new one.\n\n" + EARLIER.replace("red", "*red*").replace(" ", "\xa0 "),
    "in capitals": f"The new one.\n\n{EARLIER.upper()}",
    "bottom-posted": f"{EARLIER}\nThe new one.",
    "without its last lines": f"The new one.\n\n{FIRST}\n{SECOND}",
}


@pytest.mark.parametrize("text", GONE.values(), ids=GONE.keys())
def test_what_an_earlier_mail_says_is_not_what_was_typed(text: str):
    assert find_visible_text(text, [EARLIER]) == "The new one."
    assert find_visible_text(text) != "The new one." or "Zorp" in text or "___" in text


@pytest.mark.parametrize("old", ["Which floor?", "Why?", "Where is it, please?"])
def test_a_short_earlier_mail_goes_only_below_an_introduction(old: str):
    assert find_visible_text(f"The second.\n\n{ZORP}\n\n{old}", [old]) == "The second."
    assert find_visible_text(f"The second.\n\n{old}", [old]) == f"The second.\n\n{old}"


INTERLEAVED = {
    "unmarked": (f"Hello Ann,\n\n{FIRST}\nThe new one.\n{SECOND}\nNo lamp.\n", "The new one. No lamp."),
    "unmarked, introduced": (f"Hi!\n{ZORP}\n\n{FIRST}\nThe new one.\n{SECOND}\nNo lamp.", "Hi! The new one. No lamp."),
    "in one paragraph": (f"{FIRST}\nThe new one.\n{SECOND}", "The new one."),
    "with quote marks on the answer": (f"Hi!\n\n> {FIRST}\n> The new one.\n> {SECOND}\n", "Hi! > The new one."),
    "below a header": (
        f"See below.\n\nFrom: Support\nSent: Monday\nTo: Ann\nSubject: x\n\n{FIRST}\nThe new one.\n{SECOND}",
        "See below. The new one.",
    ),
}


@pytest.mark.parametrize(("text", "typed"), INTERLEAVED.values(), ids=INTERLEAVED.keys())
def test_answers_inside_an_earlier_mail_survive(text: str, typed: str):
    assert find_visible_text(text, [EARLIER]).split() == typed.split()


KEPT = {
    "greetings": "Hello Ann,\n\nThanks.\n\nTia Berg\nExample Support",
    "a sentence cited from a longer mail": "You wrote:\nwhether the red lamp is on and so on\nIt is not.",
    "a whole line cited": f"I do not understand:\n{SECOND[:55]}\nWhich label?",
    "an answer at the end of a quoted line": f"{FIRST} The new one.\n{SECOND} No lamp.",
    "other words": "The printer in the hall is new and the lamp on its back is red, so please send somebody.",
    "a form of the same kind": "Name: Ann\nMail: ann@customer.test\nTime: 9:15\n\nThat is all.",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT.keys())
def test_own_words_are_kept_even_when_they_occur_earlier(text: str):
    assert find_visible_text(text, [EARLIER]) == find_visible_text(text) == text


def test_a_mail_that_is_nothing_but_the_earlier_one_is_kept_whole():
    assert find_visible_text(EARLIER, [EARLIER]) == EARLIER.strip("\n")


def test_a_quoted_picture_is_no_answer():
    assert find_visible_text(f"Hi!\n\n> {FIRST}\n> [cid:image001.png@01]\n> {SECOND}\n", [EARLIER]) == "Hi!"


def test_languages_without_blanks():
    old = "プリンターのラベルの番号と、赤いランプが点灯しているかどうかを教えてください。"
    assert find_visible_text(f"点灯していません。\n\n{old}", [old]) == "点灯していません。"


# ------------------------------------------------------------------ properties

_WORDS = st.lists(st.text(st.characters(categories=["Ll"], max_codepoint=0x24F), min_size=1, max_size=9), max_size=30)
_LINES = st.lists(_WORDS.map(" ".join), max_size=12)
_OWN = st.lists(st.sampled_from(["yes", "it is the new one", "no lamp at all", "my number: nine", "soon?"]), max_size=4)


@given(_LINES, st.lists(_OWN, max_size=13))
def test_own_lines_between_quoted_ones_always_survive(old: list[str], own: list[list[str]]):
    """Lines with no mark, of words no earlier mail holds, are there afterwards, in their order."""
    answers = [[f"{line} zzz{n}" for n, line in enumerate(lines)] for lines in own]
    between = [*old, *[""] * (len(answers) - len(old))]
    text = "\n".join(line for n, quoted in enumerate(between) for line in (quoted, *(answers[n : n + 1] or [[]])[0]))
    typed = [line for lines in answers for line in lines]
    visible = find_visible_text(text, ["\n".join(old)]).split("\n")
    assert [line for line in visible if line in typed] == typed


@given(st.text(max_size=400), st.lists(st.text(max_size=200), max_size=3))
def test_the_result_is_part_of_the_text_and_never_empty(text: str, earlier: list[str]):
    visible = find_visible_text(text, earlier)
    assert set(visible.split()) <= set(text.split())
    assert bool(visible.strip()) == bool(text.strip())


@given(st.text(max_size=400))
def test_without_earlier_mail_nothing_is_compared(text: str):
    assert find_visible_text(text, ()) == find_visible_text(text, ["", "\n"]) == find_visible_text(text)


HOSTILE = {
    "one word": ("a " * 120_000, ["a " * 120_000] * 20),
    "lines of one word": ("a\n" * 120_000, ["a\n" * 120_000]),
    "very many earlier mails": ("a b c d e f g h " * 8_000, ["a b c d e f g h " * 2] * 20_000),
    "almost a run": ("a b c d e f g x " * 8_000, ["a b c d e f g h " * 8_000] * 3),
    "introductions everywhere": (f"{ZORP}\na b c\n" * 1_500, ["a b c"]),
}


@pytest.mark.parametrize(("text", "earlier"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_takes_bounded_time(text: str, earlier: list[str]):
    begun = time.process_time()
    find_visible_text(text, earlier)
    assert time.process_time() - begun < 5
