"""The rule set in plain English, for a person who did not write it. Called by `rules show`.

Looks at a sound file only, and at what was written there; says nothing about any mail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill
from typing import Literal

from maildesk.model.level import Level, matrix
from maildesk.model.rule import MAIL_PHASES
from maildesk.rules.outline import Asked, Branch, Done, Join, Node, Outlined, outline, simple
from maildesk.rules.wording import ACTION_WORDS, FIELD_WORDS, FLAG_WORDS, HOW_OFTEN, OCCASIONS, OPERATOR_WORDS, either
from maildesk.rules.written import Plain

WIDTH = 100
INDENT = "   "
#: A condition that can be said in so many characters stands in the sentence; a longer one becomes a list.
SENTENCE = 180
ITEM = 110

_QUOTED = re.compile(r'"[^"]{1,90}"')
_HARD_BLANK = "\N{NO-BREAK SPACE}"
_HEADINGS = {
    Join.ALL: "all of this holds:",
    Join.ANY: "one of these holds:",
    Join.NONE: "none of this holds:",
}
_BETWEEN = {Join.ALL: " and ", Join.ANY: " or "}


@dataclass(frozen=True, slots=True)
class Told:
    """One rule in words. `place` counts from 1; `when` are lines, those of a list indented."""

    place: int
    name: str
    occasion: str
    when: tuple[str, ...]
    then: str
    tests: int

    def __str__(self) -> str:
        """Return the rule as a paragraph with its number."""
        head, *items = self.when
        tests = "no tests" if not self.tests else "1 test" if self.tests == 1 else f"{self.tests} tests"
        begun = f"{self.place}. {self.name}. On {self.occasion}{f', when {head}' if head else ''}"
        ending = f"{self.then}. {tests.capitalize()}."
        if not items:
            return _wrapped(f"{begun}: {ending}", "")
        listed = (_wrapped(item, f"{INDENT}{' ' * (len(item) - len(item.lstrip()))}") for item in items)
        return "\n".join([_wrapped(begun, ""), *listed, _wrapped(f"Then {ending}", INDENT)])


def _wrapped(text: str, indent: str) -> str:
    after = indent + ("  " if text.lstrip().startswith("- ") else "" if indent else INDENT)
    # A pattern that is broken at one of its blanks would read as another pattern.
    whole = _QUOTED.sub(lambda quoted: quoted[0].replace(" ", _HARD_BLANK), text.lstrip())
    filled = fill(
        whole, WIDTH, initial_indent=indent, subsequent_indent=after, break_on_hyphens=False, break_long_words=False
    )
    return filled.replace(_HARD_BLANK, " ")


def told_rules(node: Plain) -> tuple[Told, ...]:
    """Return every rule of a sound rules.yaml in words, in their order."""
    return tuple(_told(rule, place) for place, rule in enumerate(outline(node), 1))


def _told(rule: Outlined, place: int) -> Told:
    return Told(place, rule.name, _occasion(rule), _condition(simple(rule.when)), _deeds(rule), rule.tests)


def _occasion(rule: Outlined) -> str:
    phases = "any mail" if set(rule.phases) == set(MAIL_PHASES) else " or ".join(OCCASIONS[p] for p in rule.phases)
    return f"{phases} ({HOW_OFTEN[rule.once]})" if rule.once else phases


# ------------------------------------------------------------------ conditions


def _condition(node: Node) -> tuple[str, ...]:
    """Return a condition as one line, or as a heading and indented items."""
    if isinstance(node, Branch) and not node.parts and node.join is Join.ALL:
        return ("",)
    sentence = _sentence(node)
    return (sentence,) if sentence and len(sentence) <= SENTENCE else tuple(_items(node, 0))


def _sentence(node: Node) -> str:
    """Return a condition in one sentence; nothing where the nesting would make it ambiguous."""
    if isinstance(node, Asked):
        return _asked(node, 0)
    if node.name:
        return f"it is a case of '{node.name}'"
    parts = [simple(part) for part in node.parts]
    if node.join is Join.NONE:
        return _not(parts[0]) if len(parts) == 1 else ""
    if any(isinstance(part, Branch) and not part.name and part.join is not Join.NONE for part in parts):
        return ""
    said = [_sentence(part) for part in parts]
    return _BETWEEN[node.join].join(said) if all(said) else ""


def _not(node: Node) -> str:
    if isinstance(node, Asked):
        return _asked(node, 1)
    return f"it is no case of '{node.name}'" if node.name else ""


def _items(node: Node, depth: int) -> Iterator[str]:
    """Yield the lines below a heading: the heading of a branch, and its parts as items."""
    indent, mark = "  " * max(0, depth - 1), "- " if depth else ""
    sentence = _sentence(node)
    if isinstance(node, Asked) or (mark and 0 < len(sentence) <= ITEM):
        yield f"{indent}{mark}{sentence}"
        return
    yield f"{indent}{mark}{_HEADINGS[node.join]}"
    for part in _parts(node):
        yield from _items(part, depth + 1)


def _parts(branch: Branch) -> tuple[Node, ...]:
    """Return the parts of a branch; what none of several may be is a list of its own without the `any` between."""
    parts = tuple(simple(part) for part in branch.parts)
    only = parts[0] if len(parts) == 1 else None
    if branch.join is Join.NONE and isinstance(only, Branch) and only.join is Join.ANY and not only.name:
        return tuple(simple(part) for part in only.parts)
    return parts


def _asked(asked: Asked, negated: Literal[0, 1]) -> str:
    flags, first = FLAG_WORDS.get(asked.field), asked.arguments[0]
    if flags and isinstance(first, bool) and asked.operator in ("equals", "one_of"):
        return flags[int(not first) ^ negated]
    words = OPERATOR_WORDS[asked.operator]
    if asked.operator == "exists":
        return f"{field_words(asked.field)} {words[int(first is not True) ^ negated]}"
    return f"{field_words(asked.field)} {words[negated]} {either(asked.arguments)}"


def field_words(name: str) -> str:
    """Return what a field is called in a sentence."""
    family, dot, rest = name.partition(".")
    return FIELD_WORDS[f"{family.casefold()}.NAME"].format(rest) if dot else FIELD_WORDS[name]


# ------------------------------------------------------------------ actions


def _deeds(rule: Outlined) -> str:
    said = [_done(rule.then)] if rule.then else []
    if rule.then_new:
        said.append(f"on a first mail also {_done(rule.then_new)}")
    if rule.then_follow_up:
        said.append(f"on a follow-up also {_done(rule.then_follow_up)}")
    if rule.stop:
        said.append("and stop here" if said else "stop here")
    return "; ".join(said) or "do nothing"


def _done(done: Done) -> str:
    said = [ACTION_WORDS[name](value) for name, value in done.items()]
    priority = _priority_of(done)
    if priority:
        place = max(list(done).index("impact"), list(done).index("urgency"))
        said[place] += f" (that makes {priority})"
    return ", ".join(said)


def _priority_of(done: Done) -> str:
    """Return the priority that impact and urgency make together; empty when they do not decide it here."""
    if "priority" in done:
        return ""
    words = [str(done.get(name, "")).strip().casefold() for name in ("impact", "urgency")]
    return matrix(Level(words[0]), Level(words[1])) if set(words) <= set(Level) else ""
