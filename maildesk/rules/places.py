"""What was meant by a key that means nothing where it stands: a word of another place, or another word for it.

Handed by `load` to the one pass over rules.yaml. To teach it a word that people write instead of ours add it to a
table.
"""

from collections.abc import Mapping

from maildesk.rules.actions import ACTIONS
from maildesk.rules.fields import FIELDS
from maildesk.rules.given import GIVEN
from maildesk.rules.operators import OPERATORS
from maildesk.rules.testing import EXPECT
from maildesk.rules.written import Trail, nearest, unknown

#: Keys of a rule beside what it asks and does.
_RULE = ("name", "when", "then", "stop", "once", "tests")
_TOP = ("rules", "conditions", "lists", "macros")
_JOINS = ("any", "all", "none", "not", "condition")
_CONDITIONS = (*(f.name for f in FIELDS), *_JOINS)
_ACTIONS = (*(a.name for a in ACTIONS), "macro", "new", "follow-up")
_OPERATORS = tuple(o.name for o in OPERATORS)

_RULE_WORDS = {
    "if": "when", "condition": "when", "conditions": "when", "match": "when", "filter": "when", "trigger": "when",
    "where": "when", "do": "then", "action": "then", "actions": "then", "set": "then", "title": "name", "id": "name",
    "rule": "name", "description": "name", "test": "tests", "examples": "tests", "halt": "stop", "last": "stop",
    "final": "stop", "break": "stop", "stop_processing": "stop", "limit": "once", "repeat": "once",
}  # fmt: skip
_CONDITION_WORDS = {
    "sender": "from", "from_address": "from", "mail_from": "from", "email": "from", "author": "from",
    "recipient": "to", "to_address": "to", "text": "body", "content": "body", "message": "body", "description": "body",
    "title": "subject", "topic": "subject", "header": "header.NAME", "headers": "header.NAME", "filename": "attachment",
    "file": "attachment", "has_attachment": "attachments", "and": "all", "or": "any", "unless": "not",
    "except": "not", "nor": "none", "tags": "tag", "label": "tag", "owner": "assignee", "assigned_to": "assignee",
    "team": "queue", "department": "queue", "state": "status", "prio": "priority", "category": "type",
    "day": "weekday", "hour": "time", "hours": "business_hours", "lang": "language", "event": "phase", "on": "phase",
    "customer": "requester", "user": "requester", "reply-to": "reply_to", "spf": "proof", "dkim": "proof",
}  # fmt: skip
_OPERATOR_WORDS = {
    "is": "equals", "eq": "equals", "=": "equals", "==": "equals", "equal": "equals", "in": "one_of",
    "any_of": "one_of", "regex": "matches", "regexp": "matches", "match": "matches", "pattern": "matches",
    "like": "contains", "has": "contains", "includes": "contains", "begins_with": "starts_with",
    "startswith": "starts_with", "prefix": "starts_with", "gt": "greater", ">": "greater", "more": "greater",
    "over": "greater", "min": "greater", "lt": "less", "<": "less", "under": "less", "max": "less",
    "present": "exists", "ends_with": "matches", "endswith": "matches",
}  # fmt: skip
_ACTION_WORDS = {
    "tag": "tags", "label": "tags", "labels": "tags", "add_tag": "tags", "add_tags": "tags", "remove_tag": "untag",
    "remove_tags": "untag", "assignee": "assign", "assign_to": "assign", "owner": "assign", "move": "queue",
    "team": "queue", "department": "queue", "prio": "priority", "severity": "impact", "category": "type",
    "forward": "notify", "send": "notify", "email": "notify", "mail": "notify", "alert": "notify", "tell": "notify",
    "follower": "watch", "followers": "watch", "watchers": "watch", "delete": "discard", "drop": "discard",
    "ignore": "discard", "spam": "discard", "trash": "discard", "quarantine": "hold", "bounce": "reject",
    "refuse": "reject", "deny": "reject", "answer": "reply", "respond": "reply", "auto_reply": "reply",
    "comment": "note", "tasks": "checklist", "todo": "checklist", "title": "subject", "state": "status",
    "field": "fields", "set": "fields", "merge": "link", "sleep": "snooze", "wait": "snooze", "deadline": "due",
    "ack": "acknowledge", "acknowledgement": "acknowledge", "ticket": "also", "create": "also", "macros": "macro",
    "participants": "cc",
}  # fmt: skip
_WORDS: Mapping[str, Mapping[str, str]] = {
    "top": {"rule": "rules", "macro": "macros", "list": "lists", "condition": "conditions"},
    "rule": _RULE_WORDS,
    "when": _CONDITION_WORDS,
    "operator": _OPERATOR_WORDS,
    "then": _ACTION_WORDS,
    "given": {**_CONDITION_WORDS, "headers": "header.NAME"},
    "expect": {**_ACTION_WORDS, "hits": "hit", "match": "hit", "matches": "hit"},
    "test": {"input": "given", "mail": "given", "when": "given", "then": "expect", "output": "expect"},
}
_OF_A_RULE = "'{word}' belongs to a rule: put it under 'rules:', where each rule begins with '- name:'"
_NEGATED = ("not_", "not-", "is_not", "isnt", "does_not", "doesnt", "!", "no_", "not")


def strange_key(trail: Trail, what: str, allowed: tuple[str, ...]) -> str:
    """Say what is wrong with a key at the end of a trail, and what to write instead."""
    word, here = str(trail[-1]), _here(trail, what)
    if word == "<<":
        return "merge keys (<<) are not read here; write the keys out, or use a macro or a named condition"
    meant = _WORDS.get(here, {}).get(word.casefold())
    if meant in allowed:
        return f"unknown {what} '{word[:80]}'; allowed: {', '.join(allowed)}; did you mean '{meant}'?"
    home = _home(word, here)
    if home:
        return home
    if here == "operator" and word.casefold().startswith(_NEGATED):
        return (
            f"unknown operator '{word[:80]}'; to say the opposite put 'not:' before the field: not: {{{trail[-2]}: …}}"
        )
    if nearest(word, allowed) is None:
        close = nearest(word, _everything(here))
        if close is not None:
            return f"unknown {what} '{word[:80]}'; did you mean '{close}'? {_home(close, here)}"
    return unknown(what, word, allowed)


def _here(trail: Trail, what: str) -> str:
    if what == "operator":
        return "operator"
    if what == "field":
        return "when"
    above = [str(step) for step in trail[:-1]]
    named = next((step for step in reversed(above) if step in ("then", "given", "expect", "macros", "when")), "")
    if named:
        return "then" if named == "macros" else named
    return "top" if not above else "test" if "tests" in above else "rule"


def _everything(here: str) -> tuple[str, ...]:
    return {"when": _ACTIONS, "then": _CONDITIONS, "rule": (*_ACTIONS, *_CONDITIONS)}.get(here, ())


def _home(word: str, here: str) -> str:
    """Say where a word of another place belongs; empty when it belongs nowhere."""
    for places, kinds, message in HOMES:
        if here in places and all(_is_a(word, kind) for kind in kinds):
            return message.format(word=word, here=here)
    return ""


def _is_a(word: str, kind: str) -> bool:
    family, dot, _ = word.partition(".")
    return word in _KINDS[kind] or (bool(dot) and f"{family}.NAME" in _KINDS[kind])


_KINDS: Mapping[str, tuple[str, ...]] = {
    "top": _TOP,
    "rule": _RULE,
    "join": _JOINS,
    "condition": _CONDITIONS,
    "operator": _OPERATORS,
    "action": _ACTIONS,
    "given": tuple(GIVEN),
    "half of a test": ("given", "expect"),
    "switch": ("enabled", "disabled", "active"),
    "block": ("macro", "new", "follow-up"),
    "other phase": ("change", "time"),
    "expect": EXPECT,
}

#: Where a word stands, what it is, and what is said of it; the first row that fits counts.
HOMES: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (
        ("rule",),
        ("half of a test",),
        "'{word}' stands in a test: put it under 'tests', where each begins with '- given:'",
    ),
    (("rule",), ("switch",), "a rule is switched off by making it a comment: put # before each of its lines"),
    (("then",), ("block",), "'{word}' cannot stand here: macros and the blocks of phases do not nest"),
    (("then",), ("other phase",), "'{word}' is a phase: write 'phase: {word}' under 'when'"),
    (("when", "then"), ("rule",), "'{word}' stands beside '{here}', not in it: indent it as far as '{here}'"),
    (("when",), ("operator",), "'{word}' is an operator and stands behind a field, such as subject: {{{word}: …}}"),
    (("when",), ("action",), "'{word}' is an action: put it under 'then'"),
    (("then",), ("condition",), "'{word}' is a condition: put it under 'when'"),
    (
        ("rule",),
        ("condition", "action"),
        "'{word}' stands under 'when' (a condition) or 'then' (an action), not beside",
    ),
    (("rule",), ("condition",), "'{word}' is a condition: put it under 'when'"),
    (("rule",), ("action",), "'{word}' is an action: put it under 'then'"),
    (("rule",), ("top",), "'{word}' stands at the top of the file, not in a rule"),
    (("top",), ("rule",), _OF_A_RULE),
    (("top",), ("condition",), _OF_A_RULE),
    (("top",), ("action",), _OF_A_RULE),
    (("operator",), ("join",), "'{word}' stands before a field, not behind it"),
    (("given",), ("expect",), "'{word}' is what comes out: put it under 'expect'"),
    (("expect",), ("given",), "'{word}' is what the mail is like: put it under 'given'"),
    (("test",), ("expect",), "'{word}' stands under 'expect'"),
    (("test",), ("given",), "'{word}' stands under 'given'"),
)
