"""The verbs around rules.yaml, as an admin types them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maildesk.cli import app

SHIPPED = Path(__file__).parents[2] / "config"


@pytest.fixture
def folder(tmp_path):
    for file in SHIPPED.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def _asked(folder: Path, *verbs: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["--config", str(folder), *verbs])
    return done.exit_code, done.stdout, done.stderr


def test_show_tells_every_rule_and_one(folder):
    status, text, _ = _asked(folder, "rules", "show")
    assert (status, text.count("\n1. Newsletters. On a first mail") + text.startswith("1. Newsletters")) == (0, 1)
    status, text, _ = _asked(folder, "rules", "show", "LARGE mail")
    assert status == 0
    assert text.endswith(
        ". Large mail. On any mail, when the size of the mail is more than 15 MB: tag large. 2 tests.\n"
    )
    assert _asked(folder, "rules", "show", text.partition(".")[0])[1] == text


def test_show_as_json(folder):
    _, text, _ = _asked(folder, "rules", "show", "Large mail", "--json")
    told = json.loads(text)
    assert told.pop("place") > 1
    assert told == {
        "name": "Large mail",
        "occasion": "any mail",
        "when": ["the size of the mail is more than 15 MB"],
        "then": "tag large",
        "tests": 2,
    }


def test_show_of_no_rule(folder):
    status, _, error = _asked(folder, "rules", "show", "Large mails")
    assert (status, error.endswith("did you mean 'Large mail'?\n")) == (2, True)


def test_check_warns_and_names_rules_without_a_test(folder):
    (folder / "rules.yaml").write_text(
        "rules:\n  - {name: a, when: {phase: new, tag: x}, then: {tags: y}}\n  - {name: b, when: {}, then: {tags: z}}\n"
    )
    status, text, _ = _asked(folder, "rules", "check")
    assert status == 0
    assert text.splitlines() == [
        "rules.yaml:2:39: warning: rule 'a' can never match: in phase 'new' there is no ticket yet, so 'tag' finds nothing",  # noqa: E501
        "2 rules, no errors",
        "without a test: 'a', 'b'",
    ]
