"""What the YAML library says of a broken file → what a person can do about it. Called by `config.yaml` alone.

The library names its own states ("expected <block end>, but found '<scalar>'"); almost all of them come from a dozen
slips of the hand. What is not among them is told in the library's words.
"""

import re
from collections.abc import Callable

from ruamel.yaml.error import MarkedYAMLError, StringMark

#: Puts a slip into words; `begun` is the line where what is broken begins.
Say = Callable[[re.Match[str], int], str]


def syntax_error(error: MarkedYAMLError, text: str) -> tuple[int, int, str]:
    """Return line, column (from 1) and a sentence for what the library found wrong in a text."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    begun = error.context_mark.line + 1 if error.context_mark else line
    said = f"{error.context or ''}, {error.problem or 'not understood'}".removeprefix(", ")
    found = next(((say, match) for pattern, say in SLIPS if (match := re.search(pattern, said, re.DOTALL))), None)
    message = found[0](found[1], begun) if found else said
    if said.endswith("but got ':'") and begun == line:
        message = "this ':' is one too many; put a text that holds ': ' in quotes"
    if any(re.search(r"[\[{,:]\s+#\S|[\[{,]#", _line_of(each, text)) for each in (error.context_mark, mark)):
        message += "; what stands behind '#' is a comment, so put a text with # in quotes"
    return line, column, f"YAML syntax: {message}"


def _line_of(mark: StringMark | None, text: str) -> str:
    lines = text.split("\n")
    return lines[mark.line] if mark and mark.line < len(lines) else ""


def _indented(_match: re.Match[str], begun: int) -> str:
    return (
        "this line is indented differently from those it belongs to: set keys of one thing exactly below each other"
        f" (it began in line {begun})"
    )


def _open_bracket(match: re.Match[str], begun: int) -> str:
    closing, got = match[1], match[2]
    opening = "{" if closing == "}" else "["
    if got == "<scalar>":
        return f"expected ',' or '{closing}': put a value that holds any of [ ] {{ }} , as text in quotes as a whole"
    return f"the '{opening}' of line {begun} is not closed: '{closing}' is missing before this place"


def _always(text: str) -> Say:
    return lambda _match, _begun: text


#: Patterns of the library's words; the first that fits counts.
SLIPS: tuple[tuple[str, Say], ...] = (
    (r"character '\\t' that", _always("a tab stands here; indent with blanks")),
    (
        r"character '(.)' that cannot start",
        lambda match, _: f"a value cannot begin with {match[1]}; put it in 'quotes'",
    ),
    (
        "mapping values are not allowed",
        _always(
            "this ':' is one too many; put a text that holds ': ' in quotes, write a blank after the ':' of a key, and"
            " set keys of one thing exactly below each other"
        ),
    ),
    (r"expected <block end>, but found '<block mapping start>'", _indented),
    (
        r"expected <block end>, but found '<scalar>'",
        _always("text behind a closing quote; quote the whole value once, and write a ' inside '…' twice"),
    ),
    (
        r"block collection, expected <block end>, but found '\?'",
        lambda _, begun: (
            f"a key stands where the list of line {begun} goes on; begin the item with '- ' or indent the line"
        ),
    ),
    (
        r"expected <block end>, but found '-'",
        lambda _, begun: f"a '- ' stands among the keys that begin in line {begun}; indent the list below its key",
    ),
    (r"expected <block end>, but found '([\]}])'", lambda match, _: f"this '{match[1]}' is one too many"),
    (r"expected ',' or '([\]}])', but got '(.*)'", _open_bracket),
    (r"quoted scalar, found unexpected end", lambda _, begun: f"the quote that opens in line {begun} is never closed"),
    (
        r"unknown escape character '(.)'",
        lambda match, _: f"'\\{match[1]}' means nothing inside \"double quotes\"; put a pattern in 'single quotes'",
    ),
    (
        r"undefined alias '(.*)'",
        lambda match, _: f"'*{match[1]}' points to nothing; put a text that begins with * in quotes",
    ),
    ("sequence entries are not allowed", _always("a list begins on the line below its key, each item with '- '")),
    ("expected a single document", _always("'---' begins a second document; a file holds one")),
    (
        r"scanning a block scalar",
        _always("behind | or > the text begins on the next line; put a text that begins with one of them in quotes"),
    ),
    (
        "expected the node content, but found '<stream end>'",
        _always("the file ends before a bracket that was opened is closed"),
    ),
    (r"expected the node content, but found '(.*)'", lambda match, _: f"a value is missing before '{match[1]}'"),
)
