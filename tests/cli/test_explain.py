"""`explain` for a person: what a mail holds in a few lines, and nothing a stranger wrote moves the cursor."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maildesk.cli import app

HEAD = b"""\
From: Ann Ames <ann@client.test>\r
To: support@example.test\r
Subject: Printer\r
Message-ID: <1@client.test>\r
"""
GERMAN = "Seit heute Morgen druckt der Drucker nicht mehr. Können Sie bitte nachsehen?"
MEETING = b"""\
Content-Type: text/calendar; method=REQUEST\r
\r
BEGIN:VCALENDAR\r
VERSION:2.0\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:1@client.test\r
SUMMARY:Printer visit\r
ORGANIZER;CN=Ann Ames:mailto:ann@client.test\r
DTSTART:20261120T090000Z\r
DTEND:20261120T100000Z\r
LOCATION:Third floor\r
END:VEVENT\r
END:VCALENDAR\r
"""
SEALED = b"""\
Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r
Content-Transfer-Encoding: base64\r
\r
MAAwADAA\r
"""
FILE = b"""\
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain\r
\r
Here.\r
--b\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename=label.pdf\r
\r
%PDF\r
--b--\r
"""


def explained(folder: Path, rest: bytes, *options: str) -> str:
    file = folder / "mail.eml"
    file.write_bytes(HEAD + rest)
    done = CliRunner().invoke(app, ["--config", str(folder), "explain", str(file), *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def text(*lines: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "\r\n".join(lines).encode() + b"\r\n"


@pytest.mark.parametrize(
    ("rest", "lines"),
    [
        (text(GERMAN), ["   language  de", f"   text      {GERMAN}", "   from      Ann Ames <ann@client.test>"]),
        (text("One.", "", "> Two."), ["   text      One.", "   kind      person  nothing in it points to a machine"]),
        (
            text(*(f"line {n}" for n in range(1, 12))),
            ["   text      line 1", "             line 8", "             [… 3 more lines]"],
        ),
        (
            MEETING,
            ["   invites   request: Printer visit, 2026-11-20T09:00:00Z, Third floor, by Ann Ames <ann@client.test>"],
        ),
        (SEALED, ["   sealed    s/mime, encrypted"]),
        (FILE, ["   file      label.pdf (application/pdf, 4 bytes)", "   text      Here."]),
        # A terminal obeys what it is shown.
        (text("gone \u202eback"), ["   text      gone  back"]),
    ],
)
def test_what_a_mail_holds(tmp_path: Path, rest: bytes, lines: list[str]) -> None:
    shown = explained(tmp_path, rest).splitlines()
    assert [line for line in lines if line not in shown] == []


def test_what_a_mail_does_not_hold_takes_no_line(tmp_path: Path) -> None:
    titles = {line[3:12].strip() for line in explained(tmp_path, text("Help")).splitlines()}
    assert titles.isdisjoint({"language", "invites", "sealed", "report", "file", "problem"})


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["--config", str(tmp_path), "explain", str(tmp_path / "none.eml")])
    assert "   problem   cannot be opened: No such file or directory" in done.stdout.splitlines()


def test_programs_get_the_whole_of_it(tmp_path: Path) -> None:
    row = json.loads(explained(tmp_path, text(*(f"line {n}" for n in range(1, 12))), "--json"))
    assert row["visible_text"].count("\n") == 10


RULES = """\
rules:
  - name: Jam
    when: {any: [{subject: {contains: paper}}, {subject: {contains: printer}}]}
    then: {tags: x}
"""
CONFIG = """\
mailboxes:
  - {name: support, address: support@example.test, imap: {host: 127.0.0.1, username: x, password: x}}
smtp: {host: 127.0.0.1}
"""


def test_every_condition_is_told(tmp_path: Path):
    for name, text in (("maildesk.yaml", CONFIG), ("desk.yaml", "name: Desk\n"), ("rules.yaml", RULES)):
        (tmp_path / name).write_text(text)
    mail = tmp_path / "mail.eml"
    mail.write_bytes(HEAD + b"\r\nIt smokes.\r\n")
    words = ["--config", str(tmp_path), "explain", str(mail)]
    (rule,) = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)["rules"]
    held = [(c["condition"], c["held"], c["evidence"]) for c in rule["conditions"]]
    assert (rule["name"], rule["hit"]) == ("Jam", True)
    assert held == [
        ('subject contains "paper"', False, '"Printer"'),
        ('subject contains "printer"', True, '"Printer"'),
    ]
    text = CliRunner().invoke(app, words).stdout
    assert 'rule      Jam: hit\n               - subject contains "paper"  ("Printer")' in text
