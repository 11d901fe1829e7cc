"""The verbs around rules.yaml: rules check, rules test, rules show, rules schema."""

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from maildesk.cli.printing import fail, print_json, say
from maildesk.config import check_config, load_desk, load_written_rules
from maildesk.rules.prose import told_rules
from maildesk.rules.schema import rules_schema
from maildesk.rules.testing import run_tests
from maildesk.rules.written import unknown

rules_verbs = typer.Typer(
    no_args_is_help=True, help="rules.yaml: check, test, tell and count rules, and try them on stored mail."
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the command line."""
    app.add_typer(rules_verbs, name="rules")


@rules_verbs.command("check")
def check(context: typer.Context, as_json: Json = False) -> None:
    """Validate rules.yaml: every problem at once, with file and line."""
    problems = [p for p in check_config(context.obj, os.environ) if p.file == "rules.yaml"]
    if as_json:
        print_json(
            {"file": p.file, "line": p.line, "column": p.column, "message": p.message, "warning": p.warning}
            for p in problems
        )
    errors = [str(p) for p in problems if not p.warning]
    if not as_json:
        say(*(str(p) for p in problems if p.warning))
    if errors:
        fail(*([] if as_json else errors), status=2)
    if not as_json:
        rules = load_desk(context.obj, os.environ).rules
        untested = [f"'{rule.name}'" for rule in rules if not rule.tests]
        say(f"{len(rules)} rules, no errors", *([f"without a test: {', '.join(untested)}"] if untested else []))


@rules_verbs.command("test")
def test(context: typer.Context, as_json: Json = False) -> None:
    """Run the tests written beside the rules; status 1 when one fails."""
    desk = load_desk(context.obj, os.environ)
    results = run_tests(desk.rules, desk)
    failed = [r for r in results if not r.passed]
    if as_json:
        print_json(
            {"rule": r.rule, "line": r.line, "passed": r.passed, "differences": list(r.differences)} for r in results
        )
    else:
        for result in failed:
            say(
                f"rules.yaml:{result.line}: test of rule '{result.rule}' failed",
                *(f"    {d}" for d in result.differences),
            )
        say(f"{len(results) - len(failed)} tests passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


@rules_verbs.command("show")
def show(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="One rule only, by its name or number.")] = None,
    as_json: Json = False,
) -> None:
    """Say in plain English what the rules do."""
    rules = told_rules(load_written_rules(context.obj, os.environ))
    wanted = [r for r in rules if name is None or name.casefold() in (r.name.casefold(), str(r.place))]
    if name is not None and not wanted:
        fail(unknown("rule", name, (r.name for r in rules)), status=2)
    if as_json:
        print_json(asdict(rule) for rule in wanted)
    else:
        say(*(str(rule) for rule in wanted))


@rules_verbs.command("schema")
def schema() -> None:
    """Print the JSON Schema of rules.yaml, for editors."""
    say(json.dumps(rules_schema(), indent=2, ensure_ascii=False))
