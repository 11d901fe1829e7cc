"""The language of conditions: every field with every operator it allows, on a mail that fits and on one that does not.

The rows are made from one sample a field, so that a field or an operator without a row fails.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from maildesk.model.rule import NO_MESSAGE, Phase
from maildesk.rules.fields import FIELDS, Field, Type, find_field
from maildesk.rules.operators import OPERATORS
from tests.rules.written_rules import facts, rules

Given = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a test gives so that a field has `value`, what so that it has another, and what so that it has none.

    `between`: an amount that the one exceeds and the other does not; `none` is None where there is always a value.
    """

    given: Given
    value: str
    other: Given
    none: Given | None
    between: str = ""


def _simple(name: str, value: str, other: str, none: Given | None, **more: object) -> Sample:
    return Sample({name: value, **more}, value, {name: other, **more}, none)


#: Without a mail no field of a mail has a value.
_NO_MAIL: Given = {"phase": "time"}
_NEW: Given = {}
_CHANGE: Given = {"phase": "change"}


def _address(name: str, none: Given | None = _NEW) -> Sample:
    return _simple(name, "ann@rome.example.test", "bob@elsewhere.test", none)


def _amount(name: str, high: str, between: str, low: str, none: Given | None = _NEW) -> Sample:
    return Sample({name: high}, high, {name: low}, none, between)


SAMPLES: dict[str, Sample] = {
    "subject": _simple("subject", "Printer burns", "Hello", _NEW),
    "body": _simple("body", "Printer burns", "Hello", _NEW),
    "from_": _address("from_", _NO_MAIL),
    "reply_to": _address("reply_to"),
    "to": _address("to"),
    "cc": _address("cc"),
    "recipients": _amount("recipients", "12", "7", "3", _NO_MAIL),
    "mailbox": _simple("mailbox", "support", "alerts", None),
    "header_X_Score": Sample({"header_X_Score": "12"}, "12", {"header_X_Score": "3"}, _NEW, "7"),
    "attachment": _simple("attachment", "invoice.pdf", "photo.jpg", _NEW),
    "attachment_type": _simple("attachment_type", "application/pdf", "image/png", _NEW),
    "attachment_size": _amount("attachment_size", "5 MB", "2 MB", "1 KB"),
    "attachments": _amount("attachments", "5", "3", "1", _NO_MAIL),
    "size": _amount("size", "11 MB", "10 MB", "10 KB", _NO_MAIL),
    "kind": _simple("kind", "alert", "list", _NO_MAIL),
    "language": _simple("language", "de", "fr", _NEW),
    "proof": _simple("proof", "signed", "failed", _NO_MAIL),
    "requester": _address("requester", None),
    "group": _simple("group", "board", "accounts", _NEW),
    "vip": Sample({"vip": True}, "true", {"vip": False}, None),
    "open_tickets": _amount("open_tickets", "5", "3", "1", _NO_MAIL),
    "asset": _simple("asset", "LAP-0231", "PRN-7", _NEW),
    "asset_type": _simple("asset_type", "laptop", "printer", _NEW),
    "queue": _simple("queue", "network", "general", None),
    "status": _simple("status", "waiting-vendor", "open", None),
    "priority": _simple("priority", "P1", "P4", None),
    "impact": _simple("impact", "high", "low", None),
    "urgency": _simple("urgency", "high", "low", None),
    "type": _simple("type", "incident", "request", _NEW),
    "tag": _simple("tag", "outage", "vip", _NEW),
    "assignee": _simple("assignee", "tia@staff.test", "ned@x.test", _NEW),
    "participant": _address("participant"),
    "field_site": Sample({"field_site": "12"}, "12", {"field_site": "3"}, _NEW, "7"),
    "reopened": _amount("reopened", "3", "2", "1"),
    "phase": _simple("phase", "time", "change", None),
    "role": _simple("role", "vendor", "rule", None),
    "actor": _simple("actor", "timer", "rule: Outage", {"from_": "x@y.test", **_CHANGE}),
    "changed": _simple("changed", "status", "queue", _CHANGE),
    "before_status": _simple("before_status", "waiting-vendor", "open", _NEW),
    "weekday": _simple("weekday", "sat", "mon", None),
    "time": _amount("time", "22:00", "18:00", "8:30", None),
    "open": _simple("open", "business", "always", {"open": False}),
    "holiday": _simple("holiday", "Christmas Day", "New Year", _NEW),
    "business_hours": Sample({"business_hours": True}, "true", {"business_hours": False}, None),
    **{
        name: _amount(name, "5h", "4h", "20m")
        for name in (
            "age", "since_requester", "since_technician", "in_status", "until_first_response", "until_next_response",
            "until_update", "until_resolution", "until_due",
        )
    },
}  # fmt: skip


def _key(name: str) -> str:
    family, _, member = name.partition("_")
    dotted = f"{family}.{member.replace('_', '-')}" if family in ("header", "field", "before") else name
    return dotted.removesuffix("_")


def _field(name: str) -> Field:
    found = find_field(_key(name))
    assert found is not None
    return found


def _argument(operator: str, sample: Sample) -> tuple[str, Given, Given]:
    """Return an argument, and what is given so that the comparison holds and so that it does not."""
    value, given, other = sample.value, sample.given, sample.other
    match operator:
        case "one_of":
            return f"[{value}]", given, other
        case "contains":
            return f'"{value[1:]}"', given, other
        case "starts_with":
            return value[: max(2, len(value) // 2)], given, other
        case "matches":
            return f"'^{re.escape(value)}$'", given, other
        case "domain":
            return value.rpartition("@")[2].removeprefix("rome."), given, other
        case "in_list":
            return "chosen", given, other
        case "greater":
            return sample.between, given, other
        case "less":
            return sample.between, other, given
        case "exists":
            return "true", given, sample.none or {}
        case _:
            return value, given, other


ROWS = [(name, operator.name) for name in SAMPLES for operator in OPERATORS if _field(name).type in operator.types]


def _rule(name: str, operator: str, argument: str, listed: str = "nothing"):
    # Inside `all`: at the top a phase is no question but says when the rule runs.
    when = f"{{all: [{{{_key(name)}: {{{operator}: {argument}}}}}]}}"
    return rules(f'{{lists: {{chosen: ["{listed}"]}}, rules: [{{name: r, when: {when}, then: {{tags: hit}}}}]}}')[0]


@pytest.mark.parametrize(("name", "operator"), ROWS)
def test_a_condition_holds_and_does_not(name: str, operator: str) -> None:
    sample = SAMPLES[name]
    argument, given, other = _argument(operator, sample)
    rule = _rule(name, operator, argument, sample.value)
    assert rule.when(facts(**given)).hit
    if operator == "exists" and sample.none is None:
        assert not _rule(name, operator, "false").when(facts(**given)).hit
        return
    missed = rule.when(facts(**other))
    assert not missed.hit
    assert missed.checks[0].held is False


def test_every_field_has_a_sample() -> None:
    def row(field: Field) -> str:
        return f"{field.name.partition('.')[0]}.NAME" if "." in field.name else field.name

    assert {row(_field(name)) for name in SAMPLES} == {field.name for field in FIELDS}


def test_every_operator_and_type_stands_in_a_row() -> None:
    assert {operator for _, operator in ROWS} == {operator.name for operator in OPERATORS}
    assert {_field(name).type for name in SAMPLES} == set(Type)


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.name)
def test_every_field_is_described(field: Field) -> None:
    assert field.description.endswith(".")
    assert field.example
    assert field.phases


@pytest.mark.parametrize("name", [name for name in SAMPLES if set(_field(name).phases) != set(Phase)])
def test_a_field_finds_nothing_in_a_phase_it_is_not_known_in(name: str) -> None:
    field = _field(name)
    here = facts(**SAMPLES[name].given)
    for phase in Phase:
        if phase in field.phases:
            continue
        message = here.message if phase in (Phase.NEW, Phase.FOLLOW_UP) else NO_MESSAGE
        ticket = None if phase is Phase.NEW else here.ticket or facts(status="open").ticket
        there = replace(here, phase=phase, message=message, ticket=ticket, changes=(), proof="", open_tickets=None)
        assert field.read(there) == ()


@pytest.mark.parametrize(
    ("when", "given", "hit"),
    [
        # Durations: wall-clock time unless working time is said; deadlines are negative once past.
        ("{age: {greater: 2d}}", {"age": "2d1h"}, True),
        ("{age: {greater: 4h working}}", {"age": "5h"}, True),
        ("{until_due: {less: 0}}", {"until_due": "-1h"}, True),
        ("{until_due: {less: -2h}}", {"until_due": "-1h"}, False),
        ("{until_due: {greater: 0, less: 1h}}", {"until_due": "30m"}, True),
        ("{since_technician: {exists: false}}", {"age": "3d"}, True),
        # Times of day; both bounds make a span, `any` one over midnight.
        ("{time: {greater: 9:00, less: 17:00}}", {"time": "12:00"}, True),
        ("{time: {greater: 18:00}}", {"time": "18:00"}, False),
        ("{any: [{time: {greater: 22:00}}, {time: {less: 6:00}}]}", {"time": "3:15"}, True),
        ("{weekday: [sat, sun]}", {"weekday": "sun"}, True),
        # Counts are whole numbers.
        ("{attachments: 0}", {}, True),
        ("{attachments: {greater: 1}}", {"attachment": ["a", "b"]}, True),
        ("{recipients: {greater: 1}}", {"to": "a@b.test", "cc": ["c@b.test", "d@b.test"]}, True),
        ("{attachment_size: {greater: 1 MB}}", {"attachment_size": ["1 KB", "2 MB"]}, True),
        # A technician has several addresses, of which any stands for the one.
        ("{assignee: tia@home.test}", {"assignee": "tia@staff.test"}, True),
        # Changes: what it was, which is what it is where that did not change.
        ("{phase: change, changed: status, before.status: open}", {"changed": "status", "before_status": "open"}, True),
        ("{phase: change, changed: status, before.status: new}", {"changed": "status", "before_status": "open"}, False),
        ("{phase: change, before.priority: P2}", {"changed": "status", "priority": "P2"}, True),
        ("{phase: change, changed: field.Site}", {"changed": "field.site"}, True),
        ("{phase: change, role: rule, actor: {starts_with: 'rule:'}}", {"changed": "tag", "actor": "rule: X"}, True),
        ("{phase: change, role: technician}", {"changed": "tag", "actor": "tia@staff.test"}, True),
        ("{phase: change, role: requester}", {"changed": "tag", "actor": "somebody@example.test"}, True),
        ("{phase: time, role: timer, subject: a}", {"subject": "a", "phase": "time"}, True),
        ("{field.SITE: rome}", {"field_site": "Rome"}, True),
        # Nesting.
        ("{none: [{subject: a}, {subject: b}]}", {"subject": "c"}, True),
        ("{none: [{subject: a}, {subject: b}]}", {"subject": "b"}, False),
        ("{not: {none: [{subject: a}, {subject: b}]}}", {"subject": "b"}, True),
        ("{any: [{none: [{subject: a}]}, {all: [{kind: alert}]}]}", {"subject": "a"}, False),
        ("{not: {subject: a, kind: alert}}", {"subject": "a"}, True),
    ],
)  # fmt: skip
def test_conditions_that_need_more_than_one_look(when: str, given: Given, hit: bool) -> None:
    rule = rules(f"rules: [{{name: r, when: {when}, then: {{tags: hit}}}}]")[0]
    finding = rule.when(facts(**given))
    assert finding.hit is hit, finding.because
