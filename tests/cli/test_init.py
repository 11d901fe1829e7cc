"""`init`: what it writes is sound, says what was asked for, keeps the comments, and never replaces a file."""

import os
import stat
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from maildesk.cli import app, configuration
from maildesk.cli.yaml_text import comment_out, set_value, write_value
from maildesk.config import check_config, load_desk, load_settings
from maildesk.model.settings import Security

SHIPPED = Path(__file__).parents[2] / "config"
NEEDED = ("--address", "help@acme.test", "--technician", "tia.berg@acme.test")
PASSWORD = {"MAILDESK_IMAP_PASSWORD": "s3: cret #1"}
FILES = ("maildesk.yaml", "desk.yaml", "rules.yaml", "imap-password")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "etc" / "desk"


def run(*arguments, env=PASSWORD, answers=None):
    return CliRunner().invoke(app, ["init", *map(str, arguments)], env=env, input=answers)


def init(folder, *flags, **more):
    return run(folder, "--non-interactive", *NEEDED, *flags, **more)


def test_what_it_writes_is_sound_and_passes_check(folder):
    done = init(folder)
    assert (done.exit_code, check_config(folder, {})) == (0, ())
    checked = CliRunner().invoke(app, ["--config", str(folder), "check"])
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "s3: cret" not in done.output


def test_the_rules_it_leaves_in_force_pass_their_own_tests(folder):
    init(folder)
    assert CliRunner().invoke(app, ["--config", str(folder), "rules", "test"]).exit_code == 0
    assert {rule.name for rule in load_desk(folder, {}).rules} == configuration._RULES_FOR_ALL


def test_nothing_of_the_examples_own_desk_is_in_force(folder):
    init(folder)
    desk = load_desk(folder, {})
    assert (desk.groups, desk.assets, desk.vendors, desk.sla) == ((), (), (), ())
    assert [(c.name, c.holiday(date(2026, 12, 24)), c.holiday(date(2026, 1, 6))) for c in desk.calendars] == [
        ("business", None, None)
    ]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_modes(folder, umask):
    before = os.umask(umask)
    try:
        init(folder, "--smtp-password", "other")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {
        "maildesk.yaml": 0o640, "desk.yaml": 0o644, "rules.yaml": 0o644, "imap-password": 0o600, "smtp-password": 0o600,
    }  # fmt: skip


def test_defaults_follow_from_the_address(folder):
    init(folder)
    settings, desk = load_settings(folder, {}), load_desk(folder, {})
    [mailbox] = settings.mailboxes
    assert (mailbox.imap.host, mailbox.imap.port, mailbox.imap.security) == ("imap.acme.test", 993, Security.TLS)
    assert (mailbox.imap.username, mailbox.imap.password.value) == ("help@acme.test", "s3: cret #1")
    assert (settings.smtp.host, settings.smtp.port, settings.smtp.username) == ("smtp.acme.test", 465, "help@acme.test")
    assert settings.smtp.password == mailbox.imap.password
    assert settings.database == f"sqlite:///{folder}/maildesk.sqlite3"
    assert [(t.email, t.name, t.queues) for t in desk.technicians] == [("tia.berg@acme.test", "Tia Berg", ("general",))]
    assert [(m.address, m.aliases) for m in desk.mailboxes] == [("help@acme.test", ())]
    assert (desk.authenticates, desk.subaddress) == (False, True)


@pytest.mark.parametrize(
    ("flags", "read", "expected"),
    [
        (("--name", 'Ä "desk": #1, [x]'), lambda s, d: d.name, 'Ä "desk": #1, [x]'),
        (("--timezone", "Asia/Tokyo"), lambda s, d: d.timezone.key, "Asia/Tokyo"),
        (("--technician-name", "yes"), lambda s, d: d.technicians[0].name, "yes"),
        (
            ("--imap-host", "127.0.0.1"),
            lambda s, d: (s.mailboxes[0].imap.host, s.smtp.host),
            ("127.0.0.1", "127.0.0.1"),
        ),
        (("--imap-security", "none"), lambda s, d: (s.mailboxes[0].imap.port, s.smtp.port), (143, 25)),
        (("--smtp-security", "starttls"), lambda s, d: (s.mailboxes[0].imap.port, s.smtp.port), (993, 587)),
        (("--imap-port", "10143"), lambda s, d: s.mailboxes[0].imap.port, 10143),
        (("--smtp-port", "10025"), lambda s, d: s.smtp.port, 10025),
        (("--imap-user", "0123"), lambda s, d: (s.mailboxes[0].imap.username, s.smtp.username), ("0123", "0123")),
        (("--smtp-user", "-"), lambda s, d: (s.smtp.username, s.smtp.password), (None, None)),
        (("--smtp-password", "other"), lambda s, d: s.smtp.password.value, "other"),
        (("--no-subaddress",), lambda s, d: d.subaddress, False),
        (("--authserv-id", "mx.acme.test"), lambda s, d: s.authserv_ids, ("mx.acme.test",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) and value and str(value[0]).startswith("--") else "",
)
def test_each_flag_arrives(folder, flags, read, expected):
    assert init(folder, *flags).exit_code == 0
    assert read(load_settings(folder, {}), load_desk(folder, {})) == expected


def test_database_and_key_may_lie_elsewhere(folder, tmp_path):
    init(folder, "--data", tmp_path / "state")
    settings = load_settings(folder, {})
    assert settings.database == f"sqlite:///{tmp_path}/state/maildesk.sqlite3"
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["secret.key"]


def test_for_the_system_directory_they_lie_in_the_state_directory():
    assert configuration._usual_data(Path("/etc/maildesk")) == Path("/var/lib/maildesk")
    assert configuration._usual_data(Path("/etc/desk")) is None


def test_it_asks_for_what_no_flag_says(folder):
    answers = ["Acme help", "help@acme.test", "", "nonsense", "none", "1143", "", "pass word", "", "", "", "-", "n",
               "UTC", "ned@acme.test", "Ned Ode"]  # fmt: skip
    done = run(folder, env={}, answers="".join(f"{answer}\n" for answer in answers))
    assert done.exit_code == 0, done.output
    settings, desk = load_settings(folder, {}), load_desk(folder, {})
    imap = settings.mailboxes[0].imap
    assert (desk.name, desk.subaddress, desk.technicians[0].name) == ("Acme help", False, "Ned Ode")
    assert (imap.host, imap.port, imap.password.value) == ("imap.acme.test", 1143, "pass word")
    assert (settings.smtp.security, settings.smtp.port, settings.smtp.username) == (Security.NONE, 25, None)


@pytest.mark.parametrize("name", FILES)
def test_an_existing_file_is_never_replaced(folder, name):
    folder.mkdir(parents=True)
    (folder / name).write_text("mine")
    done = init(folder)
    assert done.exit_code == 2
    assert str(folder / name) in done.stderr
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [(name, "mine")]


def test_a_dangling_link_is_a_file_too(folder, tmp_path):
    folder.mkdir(parents=True)
    (folder / "desk.yaml").symlink_to(tmp_path / "elsewhere")
    assert init(folder).exit_code == 2
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("flags", "env", "said"),
    [
        (NEEDED, {}, "missing --imap-password"),
        (("--technician", "t@acme.test"), PASSWORD, "missing --address"),
        ((*NEEDED, "--address", "nobody"), PASSWORD, "'nobody' is not a mail address"),
        ((*NEEDED, "--technician", "help@acme.test"), PASSWORD, "is an address of the desk itself"),
        ((*NEEDED, "--timezone", "Europ/Berlin"), PASSWORD, "did you mean 'Europe/Berlin'"),
        ((*NEEDED, "--imap-port", "99999"), PASSWORD, "99999 is not a port"),
        ((*NEEDED, "--imap-host", "imaps://acme"), PASSWORD, "is not a host name"),
        ((*NEEDED, "--imap-password", ""), {}, "an empty password"),
        ((*NEEDED, "--imap-security", "ssl"), PASSWORD, "ssl"),
    ],
)
def test_what_cannot_work_is_said_and_nothing_is_written(folder, flags, env, said):
    done = run(folder, "--non-interactive", *flags, env=env)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not folder.exists()


def test_the_directory_is_that_of_the_config_option(folder):
    CliRunner().invoke(app, ["--config", str(folder), "init", "--non-interactive", *NEEDED], env=PASSWORD)
    assert (folder / "desk.yaml").is_file()


def test_a_place_where_nobody_may_write_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    done = init(tmp_path / "file" / "desk")
    assert (done.exit_code, "Not a directory" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["maildesk.yaml", "desk.yaml", "rules.yaml"])
def test_every_comment_of_the_example_is_kept(folder, name):
    init(folder)
    written = (folder / name).read_text()
    comments = [line for line in (SHIPPED / name).read_text().splitlines() if line.lstrip().startswith("#")]
    assert [comment for comment in comments if comment not in written] == []


def test_the_system_timezone_is_one(monkeypatch):
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert configuration.system_timezone() == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "CET-1CEST,nonsense")
    assert configuration.system_timezone() == "UTC"


# ------------------------------------------------------------------ changing YAML text

TEXT = """\
# top
a: 1           # default
b: {c: x, d: y}  # default; or z
list:          # things
  - name: one  # first
    deep:
      e: [1, 2]

  # about two
  - name: two

# about last
last: z
"""


@pytest.mark.parametrize(
    ("trail", "value", "old", "new"),
    [
        (("a",), 1, "a: 1           # default", "a: 1           # default"),
        (("a",), 22, "a: 1           # default", "a: 22"),
        (("b", "d"), "long word", "{c: x, d: y}  # default; or z", "{c: x, d: long word}  # default; or z"),
        (("b",), "no", "{c: x, d: y}  # default; or z", '"no"          # or z'),
        (("list", 0, "name"), "eleven and more", "one  # first", "eleven and more # first"),
        (("list", 0, "deep", "e"), [], "[1, 2]", "[]"),
        (("last",), "/x:y", "last: z", "last: /x:y"),
    ],
)
def test_set_value_changes_nothing_else(trail, value, old, new):
    assert set_value(TEXT, trail, value) == TEXT.replace(old, new)


@pytest.mark.parametrize(
    ("trail", "old", "new"),
    [
        (("a",), "a: 1 ", "# a: 1 "),
        (
            ("list", 0),
            "  - name: one  # first\n    deep:\n      e:",
            "  # - name: one  # first\n  #   deep:\n  #     e:",
        ),
        (("list", 1), "  - name: two", "  # - name: two"),
        (("list", 0, "deep"), "    deep:\n      e:", "    # deep:\n    #   e:"),
    ],
)
def test_comment_out_changes_nothing_else(trail, old, new):
    assert comment_out(TEXT, trail) == TEXT.replace(old, new)


@pytest.mark.parametrize("trail", [("x",), ("a", "b"), ("list", 7)])
def test_a_trail_that_leads_nowhere(trail):
    with pytest.raises(LookupError):
        set_value(TEXT, trail, 1)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain words", "plain words"), ("true", '"true"'), ("Null", '"Null"'), ("12", '"12"'), ("a: b", '"a: b"'),
        ("a:", '"a:"'), ("-", '"-"'), ("", '""'), ("#x", '"#x"'), ("a #x", '"a #x"'), ("é", '"é"'), (True, "true"),
        (993, "993"), (["a", "b,c"], '[a, "b,c"]'), ({"file": "x"}, "{file: x}"),
    ],
)  # fmt: skip
def test_write_value_quotes_what_would_mean_something_else(value, written):
    assert write_value(value) == written
