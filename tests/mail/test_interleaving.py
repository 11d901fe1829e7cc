"""Answers between quoted lines, shown with the lines they answer; and what never comes back with them."""

import pytest

from maildesk.mail.interleaving import find_interleaved

ANN = "Which cable do I need?\nWhen will you come?\nThanks\nand is the printer in the hall also broken, as Bob says?"
CABLE = "> Which cable do I need?"
ROWS = {
    "two questions, two answers": (
        "> Which cable do I need?\nThe blue one.\n> When will you come?\nTomorrow.",
        "The blue one.\nTomorrow.",
        "> Which cable do I need?\nThe blue one.\n\n> When will you come?\nTomorrow.",
    ),
    "a greeting above": (
        "Hi Ann,\n\n> Which cable do I need?\n\nThe blue one.\n",
        "Hi Ann,\n\nThe blue one.",
        "Hi Ann,\n\n> Which cable do I need?\nThe blue one.",
    ),
    "the rest still quoted below": (
        "> Which cable do I need?\nThe blue one.\n> When will you come?\n> Thanks",
        "The blue one.",
        "> Which cable do I need?\nThe blue one.",
    ),
    "a question broken anew": (
        "Hi\n> and is the printer in the hall\n> also broken, as Bob says?\nNo.",
        "Hi\nNo.",
        "Hi\n\n> and is the printer in the hall\n> also broken, as Bob says?\nNo.",
    ),
    "without marks": (
        "Which cable do I need?\nThe blue one.\nWhen will you come?\nTomorrow.",
        "The blue one.\nTomorrow.",
        "> Which cable do I need?\nThe blue one.\n\n> When will you come?\nTomorrow.",
    ),
    "what is internal stays inside": (
        f"{CABLE}\n> canary\n> ref:r{'a' * 38}\nThe blue one.\n> She is late, canary\n> When will you come?\nTomorrow.",
        "The blue one.\nTomorrow.",
        "> Which cable do I need?\nThe blue one.\n\n> When will you come?\nTomorrow.",
    ),
    "few known words in an unknown line": (
        "Hi\n> Thanks canary\n> the printer in\n> When will you come?\nTomorrow.",
        "Hi\nTomorrow.",
        "Hi\n\n> When will you come?\nTomorrow.",
    ),
    "answer above the whole mail": ("Tomorrow.\n\nOn Monday Ann wrote:\n> When will you come?", "Tomorrow.", None),
    "answer below the whole mail": ("> Which cable do I need?\n> When will you come?\nTomorrow.", "Tomorrow.", None),
    "nothing known": ("Hi\n> canary\nTomorrow.", "Hi\nTomorrow.", None),
    "typed elsewhere": ("> When will you come?\nTomorrow.", "Never.", None),
    "nothing typed": ("> When will you come?", "", None),
}


@pytest.mark.parametrize(("text", "typed", "shown"), ROWS.values(), ids=ROWS)
def test_answers_are_shown_with_their_questions(text: str, typed: str, shown: str | None):
    assert find_interleaved(text, typed, [ANN, "Earlier words"]) == shown


def test_nothing_is_quoted_to_somebody_who_has_seen_nothing():
    assert find_interleaved("Hi\n> When will you come?\nTomorrow.", "Hi\nTomorrow.", []) is None


def test_only_the_nearest_lines_of_a_long_quotation_come_back():
    seen = "\n".join(f"line number {n} of a very long mail" for n in range(100))
    quoted = "\n".join(f"> {line}" for line in seen.split("\n"))
    shown = find_interleaved(f"Hi\n{quoted}\nYes.", "Hi\nYes.", [seen])
    assert shown is not None
    assert shown.split("\n")[2] == "> line number 88 of a very long mail" and shown.count(">") == 12
