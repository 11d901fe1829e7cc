"""A sound rules.yaml as a tree of what each rule asks and does, with named conditions and macros written out.

Made for `analysis` and `prose`, which look at what was written, not at compiled functions. Never called on a file in
which `load` found a fault.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from maildesk.model.rule import Once, Phase
from maildesk.rules.phases import PHASE, read_once, read_phases
from maildesk.rules.written import Plain, Reading, Trail, Words


class Join(StrEnum):
    """How the parts of a branch belong together."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """One comparison: any of the arguments will do."""

    field: str
    operator: str
    arguments: tuple[Plain, ...]
    trail: Trail


@dataclass(frozen=True, slots=True)
class Branch:
    """Several conditions. `name`: of the named condition that stands here."""

    join: Join
    parts: "tuple[Node, ...]"
    trail: Trail
    name: str = ""


Node: TypeAlias = Asked | Branch
#: Actions by name, as they are written.
Done: TypeAlias = dict[str, Plain]


@dataclass(frozen=True, slots=True)
class Outlined:
    """One rule. `when` is without the phases, which stand beside; `macros` are those it uses."""

    name: str
    trail: Trail
    when: Branch
    phases: tuple[Phase, ...]
    once: Once | None
    then: Done
    then_new: Done
    then_follow_up: Done
    macros: tuple[str, ...]
    stop: bool
    tests: int

    @property
    def asks_for(self) -> tuple[str, ...]:
        """The names of everything it does in any phase."""
        return tuple(dict.fromkeys((*self.then, *self.then_new, *self.then_follow_up)))


def outline(node: Plain) -> tuple[Outlined, ...]:
    """Return the rules of a whole rules.yaml in their order."""
    top = mapping(node)
    conditions, macros = mapping(top.get("conditions")), mapping(top.get("macros"))
    rules = top.get("rules")
    return tuple(
        _rule(mapping(rule), ("rules", place), conditions, macros)
        for place, rule in enumerate(rules if isinstance(rules, list) else ())
    )


def mapping(value: Plain) -> dict[str, Plain]:
    """Return a mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _rule(written: dict[str, Plain], trail: Trail, conditions: dict[str, Plain], macros: dict[str, Plain]) -> Outlined:
    when, then = mapping(written.get("when")), mapping(written.get("then"))
    tests = written.get("tests")
    used = _texts(then.get("macro"))
    done = {name: value for macro in used for name, value in mapping(macros.get(macro)).items()}
    done |= {name: value for name, value in then.items() if name != "macro"}
    # Nothing is wrong in the file, so that nobody reads what this reading would complain of.
    reading = Reading(Words(), lambda _trail: 1)
    phases = read_phases(when, trail, reading)
    asked = {key: value for key, value in when.items() if key != PHASE}
    return Outlined(
        name=str(written.get("name", "")).strip(),
        trail=trail,
        when=_all(asked, (*trail, "when"), conditions),
        phases=phases,
        once=read_once(written, trail, phases, reading),
        then={name: value for name, value in done.items() if name not in tuple(Phase)},
        then_new=mapping(done.get(Phase.NEW)),
        then_follow_up=mapping(done.get(Phase.FOLLOW_UP)),
        macros=used,
        stop=written.get("stop") is True,
        tests=len(tests) if isinstance(tests, list) else 0,
    )


def _texts(value: Plain) -> tuple[str, ...]:
    return tuple(str(item).strip() for item in listed(value) if item is not None)


def listed(value: Plain) -> tuple[Plain, ...]:
    """Return a list's items, or the one value that stands for a list of one."""
    return tuple(value) if isinstance(value, list) else (value,)


def _all(value: Plain, trail: Trail, conditions: dict[str, Plain], name: str = "") -> Branch:
    parts = (part for key, inner in mapping(value).items() for part in _key(key, inner, (*trail, key), conditions))
    return Branch(Join.ALL, tuple(parts), trail, name)


def _key(key: str, value: Plain, trail: Trail, conditions: dict[str, Plain]) -> Iterator[Node]:
    match key:
        case "all" | "any" | "none" | "not":
            join = Join.NONE if key in ("none", "not") else Join(key)
            yield Branch(join, tuple(_each(value, trail, conditions)), trail)
        case "condition":
            for name in _texts(value):
                yield _all(conditions.get(name), trail, conditions, name)
        case _ if isinstance(value, dict):
            for operator, inner in value.items():
                yield Asked(key, operator, listed(inner), (*trail, operator))
        case _:
            yield Asked(key, "one_of" if isinstance(value, list) else "equals", listed(value), trail)


def _each(value: Plain, trail: Trail, conditions: dict[str, Plain]) -> Iterator[Node]:
    for place, inner in enumerate(listed(value)):
        yield simple(_all(inner, (*trail, place) if isinstance(value, list) else trail, conditions))


def simple(node: Node) -> Node:
    """Return the one part of a branch that only wraps it; else the node itself."""
    while isinstance(node, Branch) and node.join is not Join.NONE and len(node.parts) == 1 and not node.name:
        node = node.parts[0]
    return node


def every(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    yield node
    if isinstance(node, Branch):
        for part in node.parts:
            yield from every(part)


def every_name(value: Plain, key: str) -> Iterator[str]:
    """Yield what is named under a key such as `condition` or `in_list`, anywhere below a written value."""
    inner: Iterable[Plain] = value if isinstance(value, list) else mapping(value).values()
    if isinstance(value, dict) and key in value:
        yield from _texts(value[key])
    for part in inner:
        yield from every_name(part, key)
