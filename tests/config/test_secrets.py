"""The signing key: made once, for the owner alone; and what is said of a bad one."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from maildesk.config import ConfigError, check_config, load_database, load_settings
from maildesk.config.leaves import SecretKind, SecretSource
from maildesk.config.secrets import Vault
from tests.config.conftest import SETTINGS


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_key_is_made_once_for_the_owner_alone(place):
    directory = place(settings=SETTINGS + "secret: {file: keys/secret.key}\n")
    first = load_settings(directory, {}).secret
    path = directory / "keys" / "secret.key"
    assert _mode(path) == 0o600
    assert len(first) == 64
    assert load_settings(directory, {}).secret == first
    assert [p.name for p in path.parent.iterdir()] == ["secret.key"]


def test_two_processes_that_start_at_once_share_a_key(tmp_path):
    code = (
        "import sys; from pathlib import Path; from maildesk.config.secrets import Vault;"
        "from maildesk.config.leaves import SecretKind, SecretSource;"
        "print(Vault(Path(sys.argv[1]), {}).key(SecretSource(SecretKind.FILE, 'k')).decode())"
    )
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda _: subprocess.check_output([sys.executable, "-c", code, tmp_path]), range(3)))
    assert len(set(runs)) == 1
    assert len(runs[0].strip()) == 64


def test_verbs_that_read_need_no_secret_and_make_none(place):
    text = SETTINGS.replace("password: 0123", "password: {credential: imap}") + "secret: {credential: key}\n"
    directory = place(settings=text, desk=None, rules=None)
    assert load_database(directory) == f"sqlite:///{directory / 'desk.sqlite3'}"
    with pytest.raises(ConfigError, match="CREDENTIALS_DIRECTORY"):
        load_settings(directory, {})


def test_checking_writes_nothing(place):
    directory = place(settings=SETTINGS + "secret: {file: keys/secret.key}\n")
    before = sorted(directory.rglob("*"))
    assert check_config(directory, {}) == ()
    assert sorted(directory.rglob("*")) == before


def test_settings_can_be_had_without_making_a_key(place):
    directory = place(settings=SETTINGS + "secret: {file: keys/secret.key}\n")
    before = sorted(directory.rglob("*"))
    assert load_settings(directory, {}, make_key=False).secret == b""
    assert sorted(directory.rglob("*")) == before


def test_a_faulty_configuration_makes_no_key(place):
    directory = place(settings=SETTINGS.replace("password: 0123", "password: {env: GONE}"))
    with pytest.raises(ConfigError, match="the environment has no GONE"):
        load_settings(directory, {})
    assert not (directory / "secret.key").exists()


@pytest.mark.parametrize(
    ("content", "mode", "expected"),
    [
        (b"0123456789abcdef\n", 0o600, []),
        (b"short\n", 0o600, ["maildesk.yaml:1:1: warning: the key is shorter than 16 bytes"]),
        (b"0123456789abcdef\n", 0o644, ["can be read by others; make it mode 0600"]),
        (b"\n", 0o600, ["maildesk.yaml:1:1: the secret in file 'secret.key' is empty"]),
        (b"x" * 70000, 0o600, ["is too large"]),
    ],
)
def test_what_is_said_of_a_key(place, content, mode, expected):
    directory = place()
    path = directory / "secret.key"
    path.write_bytes(content)
    path.chmod(mode)
    said = [str(p) for p in check_config(directory, {})]
    assert len(said) == len(expected)
    assert all(part in line for part, line in zip(expected, said, strict=True))


def test_a_key_that_cannot_be_made(place):
    directory = place(settings=SETTINGS + "secret: {file: desk.yaml/secret.key}\n")
    assert any("cannot be made there" in str(p) for p in check_config(directory, {}))
    with pytest.raises(ConfigError, match="cannot be made there"):
        load_settings(directory, {})


@pytest.mark.parametrize("where", ["secret: {{file: {}}}\n", "ca"])
def test_a_path_that_no_system_takes_is_a_problem(place, where):
    name = "x" * 400
    settings = (
        SETTINGS + where.format(name) if "{" in where else SETTINGS.replace("username", f"ca_file: {name}, username")
    )
    directory = place(settings=settings)
    assert any("cannot be looked at: File name too long" in str(p) for p in check_config(directory, {}))
    with pytest.raises(ConfigError, match="File name too long"):
        load_settings(directory, {})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (SecretSource(SecretKind.TEXT, " with blanks "), " with blanks "),
        (SecretSource(SecretKind.ENV, "PW"), "from the environment"),
        (SecretSource(SecretKind.FILE, "pw"), "from a file"),
        (SecretSource(SecretKind.CREDENTIAL, "pw"), "from systemd"),
    ],
)
def test_where_a_password_may_stand(tmp_path, source, value):
    (tmp_path / "pw").write_text("from a file\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "pw").write_text("from systemd")
    environ = {"PW": "from the environment", "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    assert Vault(tmp_path, environ).password(source).value == value


@pytest.mark.parametrize(
    ("content", "part"), [(b"two\nlines", "is more than one line"), (b"\xff", "is not UTF-8 text"), (b"", "is empty")]
)
def test_a_file_that_is_no_password(place, content, part):
    directory = place(settings=SETTINGS.replace("password: 0123", "password: {file: pw}"))
    (directory / "pw").write_bytes(content)
    assert any(part in str(p) for p in check_config(directory, {}))


@pytest.mark.parametrize("name", ["../pw", "/etc/hostname", "a/b"])
def test_a_credential_stays_in_its_folder(place, name):
    directory = place(settings=SETTINGS.replace("password: 0123", f"password: {{credential: {name}}}"))
    said = [str(p) for p in check_config(directory, {"CREDENTIALS_DIRECTORY": str(directory)})]
    assert any("plain name without folders" in line for line in said)
