"""Reading the command block at the top of a mail."""

import pytest

from maildesk.core.commands import VERBS
from maildesk.core.commands.grammar import MOST_COMMANDS, nearest_verb, problem_of, split_commands

READ = [
    # typed, commands as (word, value), text below
    ("#close", [("close", "")], ""),
    ("#close\n\nIt works.", [("close", "")], "It works."),
    ("#close\nIt works.", [("close", "")], "It works."),
    ("\n \n  #close  \n\n\nIt works.\n\nTia\n", [("close", "")], "It works.\n\nTia"),
    ("#close:", [("close", "")], ""),
    ("#Close", [("close", "")], ""),
    ("#CLOSE\r\n\r\nDone.".replace("\r", ""), [("close", "")], "Done."),
    ("#assign me\n#priority: P1\n#tag a, b -c", [("assign", "me"), ("priority", "P1"), ("tag", "a, b -c")], ""),
    ("#assign:me", [("assign", "me")], ""),
    ("#assign : me", [("assign", "me")], ""),
    ("#assign   tia@staff.test  ", [("assign", "tia@staff.test")], ""),
    ("#side vendor@x.test: please look", [("side", "vendor@x.test: please look")], ""),
    # What phones and HTML mail make of blanks.
    ("#assign\xa0me", [("assign", "me")], ""),
    ("\xa0#assign\u202fme\xa0", [("assign", "me")], ""),
    ("\u200b#close\ufeff", [("close", "")], ""),
    ("\xa0\n\u200b\n#close", [("close", "")], ""),
    # A blank line ends the block; so does any line that is no command.
    ("#close\n\n#assign me", [("close", "")], "#assign me"),
    ("#close\nText.\n#assign me", [("close", "")], "Text.\n#assign me"),
    ("Text.\n#close", [], "Text.\n#close"),
    ("Hello,\n\n#close", [], "Hello,\n\n#close"),
    # Text, not commands.
    ("# heading", [], "# heading"),
    ("#1 is broken", [], "#1 is broken"),
    ("#1042", [], "#1042"),
    ("##close", [], "##close"),
    ("#", [], "#"),
    ("#_close", [], "#_close"),
    ("Ticket #close", [], "Ticket #close"),
    ("> #close", [], "> #close"),
    ("", [], ""),
    ("cause: none", [], "cause: none"),
    # Almost a command is one that nobody knows: it must come back, never go outside.
    ("#close.", [("close.", "")], ""),
    ("#close!\n\nBye.", [("close!", "")], "Bye."),
    ("#clsoe", [("clsoe", "")], ""),
    ("#éclair", [("éclair", "")], ""),
]


@pytest.mark.parametrize(("typed", "commands", "text"), READ)
def test_the_command_block(typed: str, commands: list[tuple[str, str]], text: str) -> None:
    block = split_commands(typed)
    assert ([(c.word, c.value) for c in block.commands], block.text) == (commands, text)


@pytest.mark.parametrize(
    ("typed", "extra", "text"),
    [
        ("#close\ncause: worn fuse\nFix : new fuse\nCONFIG: f=2\n\nDone.", ("cause", "fix", "config"), "Done."),
        ("#resolve\nfix: a: b\nText.", ("fix",), "Text."),
        ("#close\n#tag fuse\ncause: worn", ("cause",), ""),
        ("#close\ncause:", ("cause",), ""),
        # Below a blank line, too: some programs make a paragraph of every line.
        ("#close\n\ncause: worn\n\nfix: new\n\nText.", ("cause", "fix"), "Text."),
        # Without #close above them, and below other text, they are text.
        ("#tag fuse\ncause: worn", (), "cause: worn"),
        ("#close\n\nText.\ncause: worn", (), "Text.\ncause: worn"),
        ("#close\nreason: worn", (), "reason: worn"),
    ],
)
def test_details_belong_to_closing(typed: str, extra: tuple[str, ...], text: str) -> None:
    block = split_commands(typed)
    found = tuple(name for command in block.commands for name, _ in command.extra)
    assert (found, block.text) == (extra, text)


@pytest.mark.parametrize("text", ["a\u200db", "👩\u200d💻 fixed it", "نمی\u200cدانم", "10\xa0000", "  indented\n\ttoo"])
def test_the_text_below_is_left_as_it_was_typed(text: str) -> None:
    assert split_commands(f"#close\n\n{text}").text == text


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("\n".join(["#tag x"] * 10), ""),
        ("\n".join(["#tag x"] * 11), "more than 10 command lines"),
        ("\n".join(["#tag x"] * 200_000), "more than 10 command lines"),
        ("#tag " + "x" * 195, ""),
        ("#tag " + "x" * 196, "a command line of more than 200 characters"),
        ("x" * 5000, ""),
    ],
)
def test_blocks_that_are_not_even_tried(typed: str, problem: str) -> None:
    block = split_commands(typed)
    assert problem_of(block) == problem
    assert len(block.commands) <= MOST_COMMANDS + 1


@pytest.mark.parametrize(
    ("word", "near"),
    [("clsoe", "#close"), ("close.", "#close"), ("prio", "#priority"), ("asign", "#assign"), ("xyzzy", ""), ("", "")],
)
def test_the_nearest_command(word: str, near: str) -> None:
    assert nearest_verb(word, VERBS) == near
