"""The unit files: what systemd itself says about them, and that they fit the rest of the project."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from maildesk.cli.configuration import STATE_DIRECTORY
from maildesk.config import SYSTEM_DIRECTORY

SYSTEMD = Path(__file__).parents[1] / "systemd"
UNIT = SYSTEMD / "maildesk.service"
EXPOSURE = 1.2

analyses = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (Debian package systemd)"
)


def settings_of(path: Path) -> dict[str, list[str]]:
    pairs = re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE)
    return {name: [value for other, value in pairs if other == name] for name, _ in pairs}


@pytest.fixture
def installed(tmp_path):
    """The unit with its drop-in, as if maildesk were installed."""
    unit = tmp_path / UNIT.name
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text()))
    shutil.copytree(SYSTEMD / "maildesk.service.d", tmp_path / "maildesk.service.d")
    return unit


@analyses
def test_systemd_has_nothing_to_say_against_it(installed):
    done = subprocess.run(["systemd-analyze", "verify", installed], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "maildesk" in line]
    assert (done.returncode, ours) == (0, [])


@analyses
def test_it_is_exposed_to_little(installed):
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE * 10:.0f}"]
    done = subprocess.run([*command, installed], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-200:]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", "2"),
        ("ExecReload", "kill -HUP $MAINPID"),
        ("KillMode", "mixed"),
        ("StateDirectory", STATE_DIRECTORY.name),
        ("ConfigurationDirectory", SYSTEM_DIRECTORY.name),
        ("WorkingDirectory", str(STATE_DIRECTORY)),
    ],
)
def test_it_says_what_the_daemon_relies_on(setting, value):
    assert settings_of(UNIT)[setting] == [value]


def test_it_waits_longer_for_the_end_than_the_daemon_needs():
    assert int(settings_of(UNIT)["TimeoutStopSec"][0]) > 10


def test_the_parsing_child_may_bound_itself():
    calls = settings_of(UNIT)["SystemCallFilter"]
    assert calls[-1] == "setrlimit"
    assert any(line.startswith("~") and "@resources" in line for line in calls[:-1])


def test_the_snippets_name_the_same_user_and_folders():
    user = settings_of(UNIT)["User"][0]
    assert f"\nu {user} " in (SYSTEMD / "maildesk.sysusers.conf").read_text()
    made = [
        line.split()[1:5] for line in (SYSTEMD / "maildesk.tmpfiles.conf").read_text().splitlines() if line[:1] == "d"
    ]
    assert made == [
        [str(SYSTEM_DIRECTORY), "0750", "root", user],
        [str(STATE_DIRECTORY), "0700", user, user],
    ]
