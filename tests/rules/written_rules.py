"""Builders for the tests of rules: rules from YAML text, and facts from what a test of a rule may give."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from textwrap import dedent

from maildesk.config.yaml import parse_document
from maildesk.model.desk import Desk, DeskMailbox, Queue, Technician
from maildesk.model.rule import Rule, RuleFacts
from maildesk.rules.given import build_facts
from maildesk.rules.load import load_rules
from maildesk.rules.written import Plain, Words

DESK = Desk(
    queues=(Queue("general"), Queue("network")),
    technicians=(
        Technician("tia@staff.test", "Tia Berg", ("general",), ("tia@home.test",)),
        Technician("ned@x.test", "Ned Ode", ("network",)),
    ),
    mailboxes=(DeskMailbox("support", "support@desk.test"), DeskMailbox("alerts", "alerts@desk.test", (), "network")),
)
WORDS = Words(
    queues=("general", "network"),
    technicians=(
        ("tia@staff.test", "tia@staff.test"),
        ("tia@home.test", "tia@staff.test"),
        ("ned@x.test", "ned@x.test"),
    ),
    templates=("acknowledgement", "rule_notice"),
    mailboxes=("support", "alerts"),
)


_known = [WORDS]


@contextmanager
def replace_words(**fields: object) -> Iterator[None]:
    """Let the desk know other names for a while."""
    _known.append(replace(WORDS, **fields))
    try:
        yield
    finally:
        _known.pop()


def complaints(text: str, words: Words | None = None) -> list[str]:
    """Return `line:column message` of every fault in the text of a rules.yaml."""
    document = parse_document("rules.yaml", dedent(text).encode())
    _, faults = load_rules(document.data, words or _known[-1], document.line_of)
    problems = (*document.problems, *map(document.problem, faults))
    return [f"{p.line}:{p.column} {p.message}" for p in problems]


def rules(text: str) -> tuple[Rule, ...]:
    """Return the rules of a text in which nothing is wrong."""
    assert complaints(text) == []
    document = parse_document("rules.yaml", dedent(text).encode())
    return load_rules(document.data, _known[-1], document.line_of)[0]


def rule_when(when: str) -> Rule:
    """Return one rule with a condition written in flow style."""
    return rules(f"rules: [{{name: r, when: {when}, then: {{tags: hit}}}}]")[0]


def facts(**given: Plain) -> RuleFacts:
    """Return the facts of a mail; `from_` stands for `from`, `header_X_Spam` for `header.X-Spam`, and so on."""
    return build_facts(tuple((_key(name), value) for name, value in given.items()), DESK)


def _key(name: str) -> str:
    family, _, member = name.partition("_")
    if family in ("header", "field", "before"):
        return f"{family}.{member.replace('_', '-')}"
    return name.removesuffix("_")
