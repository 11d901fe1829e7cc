"""Tests beside rules: those about stored mail, those that fail, and who refuses to go on then."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maildesk.cli import app
from maildesk.config import ConfigError, check_config, failing_tests, load_desk, load_settings
from maildesk.daemon import load_workshop
from tests.config.conftest import Place

MAIL = b"""\
Authentication-Results: mx.example.test; dmarc=pass header.from=client.test\r
From: Ann <ann@client.test>\r
To: Help <help@example.test>\r
Subject: Server web1 is down\r
Message-ID: <1@client.test>\r
Content-Type: multipart/mixed; boundary=x\r
\r
--x\r
\r
Nobody can work.\r
--x\r
Content-Disposition: attachment; filename=error.log\r
\r
panic\r
--x--\r
"""
SETTINGS = """\
database: sqlite:///desk.sqlite3
authserv_ids: [mx.example.test]
mailboxes:
  - name: first
    address: first@example.test
    imap: {host: 127.0.0.1, security: none, username: first, password: x}
  - name: support
    address: support@example.test
    aliases: [help@example.test]
    imap: {host: 127.0.0.1, security: none, username: support, password: x}
smtp: {host: localhost, security: none}
"""
RULES = """\
rules:
  - name: Outage
    when: {{{when}}}
    then: {{queue: network}}
    tests:
      - given: {{{given}}}
        expect: {{{expect}}}
"""


def with_mail(
    place: Place, *, when: str = "", given: str = "mail: tests/outage.eml", expect: str = "hit: true"
) -> Path:
    directory = place(settings=SETTINGS, rules=RULES.format(when=when, given=given, expect=expect))
    (directory / "tests").mkdir(exist_ok=True)
    (directory / "tests" / "outage.eml").write_bytes(MAIL)
    return directory


@pytest.mark.parametrize(
    ("when", "given"),
    [
        ("subject: {starts_with: server}, body: {contains: nobody can work}, kind: person", ""),
        ("from: ann@client.test, proof: pass, role: requester, attachment: error.log", ""),
        ("mailbox: support, phase: new, header.From: {contains: client}", ""),
        # What is given beside the mail goes before it.
        ("mailbox: first, role: stranger, proof: none", ", mailbox: first, role: stranger, proof: none"),
        ("subject: other, body: {contains: nobody}", ", subject: other"),
        ("phase: follow-up, status: resolved", ", status: resolved"),
        ("kind: list, not: {attachment: error.log}", ", kind: list, attachment: photo.jpg"),
    ],
)
def test_a_stored_mail_is_given(place, when, given):
    desk = load_desk(with_mail(place, when=when, given=f"mail: tests/outage.eml{given}"), {})
    assert failing_tests(desk) == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("mail: tests/outages.eml", "there is no file 'tests/outages.eml' in '{folder}'; did you mean 'outage.eml'?"),
        ("mail: gone/outage.eml", "there is no file 'gone/outage.eml' in '{folder}'"),
        ("mail: tests", "there is no file 'tests' in '{folder}'"),
        ("mail: [a, b]", "expected text, not a list"),
    ],
)
def test_a_missing_mail_is_a_problem_of_its_line(place, given, message):
    directory = with_mail(place, given=given)
    (problem,) = (p for p in check_config(directory, {}) if not p.warning)
    assert (problem.file, problem.line) == ("rules.yaml", 6)
    assert problem.message == message.format(folder=directory)


def test_a_mail_that_is_too_large_is_not_read(place):
    directory = with_mail(place)
    settings = directory / "maildesk.yaml"
    settings.write_text(f"{settings.read_text()}max_message: 100\n")
    (problem,) = (p for p in check_config(directory, {}) if not p.warning)
    assert "'tests/outage.eml' is larger than 100 bytes" in problem.message


# ------------------------------------------------------------------ who refuses

FAILS = (
    "rules.yaml:6:1: a test of rule 'Outage' fails: queue: expected general, got network; hit: expected false, got true"
)
FAILING = {"given": "subject: down", "expect": "queue: general, hit: false"}


def test_a_failing_test_says_what_was_expected_and_what_came_out(place):
    desk = load_desk(with_mail(place, **FAILING), {})
    assert [str(problem) for problem in failing_tests(desk)] == [FAILS]


def test_a_policy_with_a_failing_test_is_not_put_in_force(place):
    directory = with_mail(place, **FAILING)
    with pytest.raises(ConfigError) as refused:
        load_workshop(directory, os.environ, load_settings(directory, {}))
    assert str(refused.value) == FAILS


@pytest.mark.parametrize(("words", "status"), [(["check"], 2), (["rules", "test"], 1)])
def test_the_command_line_says_so_too(place, words, status):
    result = CliRunner().invoke(app, ["--config", str(with_mail(place, **FAILING)), *words])
    assert result.exit_code == status
    assert "queue: expected general, got network" in result.output + result.stderr


def test_check_is_content_when_all_pass(place):
    result = CliRunner().invoke(app, ["--config", str(with_mail(place)), "check"])
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "the configuration is sound")
