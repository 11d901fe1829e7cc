"""The verbs around rules.yaml: rules check, rules test, rules schema."""

import json
import os
from typing import Annotated

import typer

from maildesk.cli.printing import fail, print_json, say
from maildesk.config import check_config, load_desk
from maildesk.rules.schema import rules_schema
from maildesk.rules.testing import run_tests

rules_verbs = typer.Typer(no_args_is_help=True, help="Priority and routing rules.")

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
        say(f"{len(load_desk(context.obj, os.environ).rules)} rules, no errors")


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


@rules_verbs.command("schema")
def schema() -> None:
    """Print the JSON Schema of rules.yaml, for editors."""
    say(json.dumps(rules_schema(), indent=2, ensure_ascii=False))
