"""Change values in the text of a YAML file and leave everything else, comments above all, as it stands.

Called by `init` on the shipped examples. The library that dumps YAML moves comments about, so it is only asked where a
value begins and ends. Never used on a file that an admin has touched.
"""

import json
import re
from collections.abc import Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

Value = str | int | bool | Sequence["Value"] | Mapping[str, "Value"]
Trail = tuple[str | int, ...]

#: Texts that mean themselves without quotes in block and flow style alike.
_PLAIN = re.compile(r"[A-Za-z/](?:[\w@.+/:-]*[\w/])?(?: [A-Za-z][\w@.+/-]*)*", re.ASCII)
_WORDS_WITH_MEANING = frozenset({"true", "false", "null", "yes", "no", "on", "off", "nan", "inf"})


def write_value(value: Value) -> str:
    """Return a value in flow style on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            is_plain = _PLAIN.fullmatch(value) and value.casefold() not in _WORDS_WITH_MEANING
            # What JSON quotes is quoted for YAML 1.2 too.
            return value if is_plain else json.dumps(value, ensure_ascii=False)
        case Mapping():
            return "{" + ", ".join(f"{key}: {write_value(inner)}" for key, inner in value.items()) + "}"
        case _:
            return "[" + ", ".join(map(write_value, value)) + "]"


def set_value(text: str, trail: Trail, value: Value) -> str:
    """Return the text with another scalar or flow collection at a trail; a comment behind it keeps its column.

    A comment `default` goes when the value is no longer that.  Raises LookupError when there is no such trail.
    """
    _, node = _find(text, trail)
    start, end = node.start_mark.index, node.end_mark.index
    before, written = text[start:end], write_value(value)
    line, newline, further = text[end:].partition("\n")
    spaces, mark, comment = line.partition("# ")
    if mark and not spaces.strip():
        kept = comment if before == written else re.sub(r"\Adefault(?:; |\Z)", "", comment)
        room = max(1, len(before) + len(spaces) - len(written))
        line = " " * room + mark + kept if kept else ""
    return text[:start] + written + line + newline + further


def comment_out(text: str, trail: Trail) -> str:
    """Return the text with a key or list item made a comment, all its lines and as deep as it stood."""
    key, node = _find(text, trail)
    first = key.start_mark.line
    last = max(first, _last_line(node))
    lines = text.split("\n")
    indent = len(lines[first]) - len(lines[first].lstrip())
    for place in range(first, last + 1):
        lines[place] = lines[place][:indent] + "# " + lines[place][indent:] if lines[place].strip() else lines[place]
    return "\n".join(lines)


def _last_line(node: Node) -> int:
    """Return the last line of a node's content; the end that a block collection has is behind the comments after it."""
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last_line(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.line)


def _find(text: str, trail: Trail) -> tuple[Node, Node]:
    """Return the node of a trail's last step, a key or a list item itself, and the node of its value."""
    key = node = YAML(typ="safe", pure=True).compose(text)
    for step in trail:
        match node:
            case MappingNode():
                found = {key.value: (key, value) for key, value in node.value}
                key, node = found[step]
            case SequenceNode():
                key = node = node.value[int(step)]
            case _:
                raise LookupError(f"nothing at {trail}")
    return key, node
