"""What counts as which command: shortened words, other words, and what keyboards make of them."""

import pytest

from maildesk.core.commands import ALIASES, VERBS, read_commands
from tests import make
from tests.core.commands.lines import refusal, run


@pytest.mark.parametrize(
    ("typed", "word", "value"),
    [
        ("#pri P1", "priority", "P1"),
        ("#prio P1", "priority", "P1"),
        ("#ASS me", "assign", "me"),
        ("#Sno 2h", "snooze", "2h"),
        ("#note", "note", ""),
        ("#own", "mine", ""),
        ("#tags a", "tag", "a"),
        # The whole word wins over a longer one.
        ("#reply", "reply", ""),
        ("#watch", "watch", ""),
        # Ambiguous, too short or unknown: it stays as it is and is refused.
        ("#rep", "rep", ""),
        ("#re", "re", ""),
        ("#clsoe", "clsoe", ""),
        # What phones and word processors make of it.
        ("#Tag –old —new −hot", "tag", "-old -new -hot"),
        ("#tag hot–cold", "tag", "hot–cold"),
        ("#cc --bob@client.test", "cc", "-bob@client.test"),
        ("#assign “Ned Ode”", "assign", "Ned Ode"),
        ("#assign ‘ned’", "assign", "ned"),
        ('#subject "Fuse"', "subject", "Fuse"),
        ("#subject The “new” fuse – again", "subject", "The “new” fuse – again"),
        ("＃close", "close", ""),
        ("#assign：me", "assign", "me"),
        ("#assign\u3000me", "assign", "me"),
        ("\u200e#mine\u2060", "mine", ""),
        ("\u202e#cl\u2066ose\u2069", "close", ""),
        # Nothing that some program takes for the end of a line reaches a subject or a tag.
        ("#subject A\u2028Bcc: b@x.test\x0bC\x85\r", "subject", "A Bcc: b@x.test C"),
    ],
)
def test_a_line_that_is_not_quite_as_in_the_book(typed: str, word: str, value: str) -> None:
    (command,) = read_commands(typed).commands
    assert (command.word, command.value, command.line) == (word, value, command.line)
    assert command.line


@pytest.mark.parametrize(
    ("typed", "words", "text"),
    [
        # Some programs make a paragraph of every line; others of a blank line before the first.
        ("#mine\n\n#tag fuse\n\nText.", ["mine", "tag"], "Text."),
        ("#mine\n \n\xa0\n#prio P1", ["mine", "priority"], ""),
        # Only what is a command for sure: anything else below a blank line is text.
        ("#mine\n\n#1 is broken", ["mine"], "#1 is broken"),
        ("#mine\n\n#hashtag", ["mine"], "#hashtag"),
        ("#mine\n\n#not now", ["mine"], "#not now"),
        ("#mine\n\n# Heading", ["mine"], "# Heading"),
        ("#mine\n\nText.\n#close", ["mine"], "Text.\n#close"),
        ("Text.\n\n#close", [], "Text.\n\n#close"),
    ],
)
def test_blank_lines_between_commands(typed: str, words: list[str], text: str) -> None:
    block = read_commands(typed)
    assert ([c.word for c in block.commands], block.text) == (words, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("#note She broke it.", "She broke it."),
        ("#note: She broke it.\nTwice.", "She broke it.\nTwice."),
        ("#ask Which floor?", "Which floor?"),
        ("#note She broke it.\n#close\n\nAll done.", "She broke it.\n\nAll done."),
        ("#reply\nHello.", "Hello."),
    ],
)
def test_text_behind_the_word_is_text_like_that_below(typed: str, text: str) -> None:
    block = read_commands(typed)
    assert block.text.replace("\n\n", "\n") == text.replace("\n\n", "\n")
    assert not any(c.value for c in block.commands)


def test_details_belong_to_a_shortened_word_too() -> None:
    (command,) = read_commands("#clo\ncause: worn fuse").commands
    assert (command.word, command.extra) == ("close", (("cause", "worn fuse"),))


@pytest.mark.parametrize(
    ("typed", "why", "hint"),
    [
        ("#rep", "'#rep' is ambiguous: #reply, #replyonly", ""),
        ("#cl", "unknown command", ""),
        ("#clsoe", "unknown command", "#close"),
        ("#frobnicate", "unknown command", ""),
    ],
)
def test_a_word_that_is_no_command(typed: str, why: str, hint: str) -> None:
    assert refusal(run(typed, make.ticket())) == (why, hint)


def test_other_words_stand_for_commands_and_are_none() -> None:
    assert set(ALIASES.values()) <= set(VERBS)
    assert not set(ALIASES) & set(VERBS)
