"""Which of hundreds of rules may hit at all: those whose words stand where they look.

Called by `engine`, which asks the others nothing. A rule that is left out here misses, whatever else it looks at; one
that is let through may miss as well. Each word is looked for once, however many rules want it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from maildesk.model.rule import Need, Rule, RuleFacts
from maildesk.rules.operators import folded

#: The longest field: it is searched last, for the rules that are left.
_LONGEST = "body"


@dataclass(slots=True)
class _Column:
    """What rules need of one field: a bit a rule, under each word."""

    read: Callable[[RuleFacts], tuple[str, ...]]
    asking: int = 0
    words: dict[str, int] = field(default_factory=dict)


class Sieve:
    """Some rules, in their order."""

    __slots__ = ("_columns", "_everyone")

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        columns: dict[str, _Column] = {}
        for place, rule in enumerate(rules):
            for need in _telling(rule.needs):
                column = columns.setdefault(need.name, _Column(need.read))
                column.asking |= 1 << place
                for word in need.words:
                    column.words[word] = column.words.get(word, 0) | 1 << place
        cheapest = sorted(columns, key=lambda name: (name == _LONGEST, len(columns[name].words)))
        self._columns = tuple((columns[n].read, columns[n].asking, tuple(columns[n].words.items())) for n in cheapest)
        self._everyone = (1 << len(rules)) - 1

    def let_through(self, facts: RuleFacts) -> int:
        """Return the rules that may hit, a bit each, the first rule in the lowest one."""
        left = self._everyone
        for read, asking, words in self._columns:
            wanting = asking & left
            # A word across two values is found here too; then the rule itself finds nothing.
            text = "\n".join(map(folded, read(facts))) if wanting else ""
            for word, bits in words if text else ():
                if bits & wanting and word in text:
                    wanting &= ~bits
            left &= ~wanting
        return left


def _telling(needs: tuple[Need, ...]) -> tuple[Need, ...]:
    """Return one need a field: the one with the fewest words, and of several such the one with the longest."""
    best: dict[str, Need] = {}
    for need in sorted(needs, key=lambda n: (-len(n.words), min(map(len, n.words)))):
        best[need.name] = need
    return tuple(best.values())
