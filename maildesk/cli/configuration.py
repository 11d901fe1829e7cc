"""The verb `init`: a first configuration directory, from the shipped examples and the answers to a few questions.

Never overwrites anything, writes nothing at all unless the result is sound, and shows no password.
"""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

import maildesk
from maildesk.cli.printing import fail, say
from maildesk.cli.yaml_text import Value, comment_out, set_value
from maildesk.config import DESK_FILE, RULES_FILE, SETTINGS_FILE, SYSTEM_DIRECTORY, check_config
from maildesk.config.settings import IMAP_PORTS, SMTP_PORTS
from maildesk.model.settings import Security

STATE_DIRECTORY = Path("/var/lib/maildesk")
IMAP_SECRET, SMTP_SECRET = "imap-password", "smtp-password"

#: Rules of the example that hold anywhere: they name no queue, technician or address. The others become comments.
_RULES_FOR_ALL = frozenset(
    {"Dangerous attachment", "Marked as spam", "Site", "Password reset", "VIP", "Large mail", "Out of hours"}
)
#: What is true of the example's desk alone: its free days, people, companies and things, and the times it promises.
_EXAMPLES_ALONE = (
    ("holidays",), ("calendars",), ("queues", "accounts"), ("queues", "network"), ("technicians", 2),
    ("technicians", 1), ("sla",), ("groups",), ("assets",), ("vendors",),
)  # fmt: skip
#: What only the other rules of the example use.
_SHARED_BY_OTHERS = ("lists", "conditions", "macros")
_MODES = {SETTINGS_FILE: 0o640, DESK_FILE: 0o644, RULES_FILE: 0o644}
_SECRET_MODE = 0o600

Text = str | None
Directory = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Where to write; made when absent (default: the --config directory)."),
]
Name = Annotated[Text, typer.Option(help="Name of the desk, shown as sender (default: Help desk).")]
Address = Annotated[Text, typer.Option(help="Mail address of the desk. Needed.")]
Technician = Annotated[Text, typer.Option(metavar="ADDRESS", help="Mail address of the first technician. Needed.")]
TechnicianName = Annotated[Text, typer.Option(help="Their name (default: made from the address).")]
Timezone = Annotated[Text, typer.Option(help="Such as Europe/Berlin (default: this system's).")]
ImapHost = Annotated[Text, typer.Option(help="(default: imap. and the domain of the address)")]
ImapPort = Annotated[int | None, typer.Option(help="(default: 993 for tls, else 143)")]
ImapSecurity = Annotated[Security | None, typer.Option(metavar="WORD", help="tls, starttls or none (default: tls)")]
ImapUser = Annotated[Text, typer.Option(help="(default: the address)")]
ImapPassword = Annotated[
    Text, typer.Option(envvar="MAILDESK_IMAP_PASSWORD", help="Needed. Better not here, where others see it:")
]
SmtpHost = Annotated[Text, typer.Option(help="(default: the IMAP host, smtp. for imap.)")]
SmtpPort = Annotated[int | None, typer.Option(help="(default: 465 for tls, 587 for starttls, 25 for none)")]
SmtpSecurity = Annotated[
    Security | None, typer.Option(metavar="WORD", help="tls, starttls or none (default: as for IMAP)")
]
SmtpUser = Annotated[Text, typer.Option(help="- sends without login (default: the IMAP user).")]
SmtpPassword = Annotated[Text, typer.Option(envvar="MAILDESK_SMTP_PASSWORD", help="(default: the IMAP password)")]
NoSubaddress = Annotated[
    bool, typer.Option("--no-subaddress", help="That mailbox does not get mail to NAME+WORD@DOMAIN.")
]
AuthservId = Annotated[
    Text, typer.Option(help="Name your server writes into Authentication-Results (default: none is believed).")
]
Data = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder of database and key (default: DIR; /var/lib/maildesk for /etc/maildesk)."),
]
NonInteractive = Annotated[bool, typer.Option("--non-interactive", help="Ask nothing; take flags and defaults.")]


def add_to(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command("init")(init)


def init(
    context: typer.Context,
    directory: Directory = None,
    name: Name = None,
    address: Address = None,
    technician: Technician = None,
    technician_name: TechnicianName = None,
    timezone: Timezone = None,
    imap_host: ImapHost = None,
    imap_port: ImapPort = None,
    imap_security: ImapSecurity = None,
    imap_user: ImapUser = None,
    imap_password: ImapPassword = None,
    smtp_host: SmtpHost = None,
    smtp_port: SmtpPort = None,
    smtp_security: SmtpSecurity = None,
    smtp_user: SmtpUser = None,
    smtp_password: SmtpPassword = None,
    no_subaddress: NoSubaddress = False,
    authserv_id: AuthservId = None,
    data: Data = None,
    non_interactive: NonInteractive = False,
) -> None:
    """Write a commented configuration directory, asking for what it needs. Never overwrites a file (status 2)."""
    given: Mapping[str, object] = {
        "name": name, "address": address, "technician": technician, "technician-name": technician_name,
        "timezone": timezone, "imap-host": imap_host, "imap-port": imap_port, "imap-security": imap_security,
        "imap-user": imap_user, "imap-password": imap_password, "smtp-host": smtp_host, "smtp-port": smtp_port,
        "smtp-security": smtp_security, "smtp-user": smtp_user, "smtp-password": smtp_password,
        "subaddress": False if no_subaddress else None,
    }  # fmt: skip
    target = directory or context.obj
    _refuse_to_overwrite(target, (*_MODES, IMAP_SECRET, SMTP_SECRET))
    answers = ask(Asker(given, interactive=not non_interactive))
    files = write_files(replace(answers, authserv_id=authserv_id, data=data or _usual_data(target)))
    _refuse_unsound(files)
    _save(target, files)
    _say_what_next(target, files)


# ------------------------------------------------------------------ questions


class Asker:
    """Finds each answer: a flag, else the person at the terminal, else the default; notes flags that are missing."""

    def __init__(self, given: Mapping[str, object], *, interactive: bool) -> None:
        self._given = given
        self._interactive = interactive
        self.missing: list[str] = []

    def text(self, flag: str, question: str, default: str | None = None, *, hidden: bool = False) -> str:
        """Return one line of text."""
        given = self._given[flag]
        if given is not None:
            return str(given).strip()
        if self._interactive:
            return str(typer.prompt(question, default=default, hide_input=hidden, show_default=not hidden)).strip()
        if default is None:
            self.missing.append(f"--{flag}")
        return default or ""

    def security(self, flag: str, question: str, default: Security) -> Security:
        """Return how a connection is protected; ask again until it is one of the three."""
        while True:
            word = self.text(flag, f"{question} ({', '.join(Security)})", default)
            if word in tuple(Security):
                return Security(word)
            say(f"'{word}' is none of {', '.join(Security)}")

    def yes(self, flag: str, question: str) -> bool:
        """Return yes or no; yes unless somebody says no."""
        given = self._given[flag]
        if given is None and self._interactive:
            return typer.confirm(question, default=True)
        return given is not False


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach one server. An empty `username` sends without login."""

    host: str
    port: str
    security: Security
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Everything the three files are made from. `data`: folder of database and key, None beside the files."""

    name: str
    address: str
    technician: str
    technician_name: str
    timezone: str
    imap: Server
    smtp: Server
    subaddress: bool
    authserv_id: str | None = None
    data: Path | None = None


def ask(asker: Asker) -> Answers:
    """Ask everything, each default made from the answers before it; end with status 2 when flags are missing."""
    name = asker.text("name", "Name of the desk", "Help desk")
    address = asker.text("address", "Mail address of the desk")
    imap = _ask_imap(asker, address)
    smtp = _ask_smtp(asker, imap)
    local, _, domain = address.partition("@")
    subaddress = asker.yes("subaddress", f"Does that mailbox also get mail to {local}+word@{domain}?")
    timezone = asker.text("timezone", "Time zone", system_timezone())
    technician = asker.text("technician", "Mail address of the first technician")
    technician_name = asker.text("technician-name", "Their name", _name_of(technician))
    if asker.missing:
        fail(f"missing {', '.join(asker.missing)}", status=2)
    return Answers(name, address, technician, technician_name, timezone, imap, smtp, subaddress)


def _ask_imap(asker: Asker, address: str) -> Server:
    host = asker.text("imap-host", "IMAP server", f"imap.{address.partition('@')[2]}")
    security = asker.security("imap-security", "Security of IMAP", Security.TLS)
    port = asker.text("imap-port", "Port of IMAP", str(IMAP_PORTS[security]))
    username = asker.text("imap-user", "User name there", address)
    return Server(host, port, security, username, asker.text("imap-password", "Password (stays hidden)", hidden=True))


def _ask_smtp(asker: Asker, imap: Server) -> Server:
    host = asker.text("smtp-host", "SMTP server", re.sub(r"\Aimap\.", "smtp.", imap.host))
    security = asker.security("smtp-security", "Security of SMTP", imap.security)
    port = asker.text("smtp-port", "Port of SMTP", str(SMTP_PORTS[security]))
    username = asker.text("smtp-user", "User name there (- sends without login)", imap.username)
    if username in ("", "-"):
        return Server(host, port, security, "", "")
    same = "Password there (stays hidden; nothing: the one of IMAP)"
    return Server(host, port, security, username, asker.text("smtp-password", same, imap.password, hidden=True))


def _name_of(address: str) -> str:
    return " ".join(part.capitalize() for part in re.split(r"[._-]+", address.partition("@")[0]) if part)


def system_timezone() -> str:
    """Return the name of this system's time zone, UTC where it has none."""
    parts = Path("/etc/localtime").resolve().parts
    found = "/".join(parts[parts.index("zoneinfo") + 1 :]) if "zoneinfo" in parts else ""
    name = os.environ.get("TZ", "").removeprefix(":") or found
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


# ------------------------------------------------------------------ files


def write_files(answers: Answers) -> dict[str, str]:
    """Return the text of every file by its name, made from the shipped examples."""
    files = {
        SETTINGS_FILE: _settings_text(_example(SETTINGS_FILE), answers),
        DESK_FILE: _desk_text(_example(DESK_FILE), answers),
        RULES_FILE: _rules_text(_example(RULES_FILE)),
        IMAP_SECRET: answers.imap.password + "\n",
    }
    if _needs_own_secret(answers):
        files[SMTP_SECRET] = answers.smtp.password + "\n"
    return files


def _example(name: str) -> str:
    """Return a shipped example: inside an installed package, or beside it in a checkout."""
    package = Path(maildesk.__file__).parent
    installed = package / "shipped" / "config"
    return ((installed if installed.is_dir() else package.parent / "config") / name).read_text(encoding="utf-8")


def _settings_text(text: str, answers: Answers) -> str:
    text = comment_out(text, ("mailboxes", 1))
    mailbox: dict[str, Value] = {"address": answers.address, "aliases": []}
    for key, value in mailbox.items():
        text = set_value(text, ("mailboxes", 0, key), value)
    text = _with_server(text, ("mailboxes", 0, "imap"), answers.imap, IMAP_SECRET)
    text = _with_server(text, ("smtp",), answers.smtp, SMTP_SECRET if _needs_own_secret(answers) else IMAP_SECRET)
    text = set_value(text, ("subaddress",), answers.subaddress)
    text = set_value(text, ("authserv_ids",), [answers.authserv_id] if answers.authserv_id else [])
    if answers.data is not None:
        text = set_value(text, ("database",), f"sqlite:///{answers.data / 'maildesk.sqlite3'}")
        text = set_value(text, ("secret",), {"file": str(answers.data / "secret.key")})
    return text


def _with_server(text: str, trail: tuple[str | int, ...], server: Server, secret: str) -> str:
    port: Value = int(server.port) if server.port.isascii() and server.port.isdecimal() else server.port
    values: dict[str, Value] = {"host": server.host, "port": port, "security": server.security.value}
    for key, value in values.items():
        text = set_value(text, (*trail, key), value)
    if not server.username:
        return comment_out(comment_out(text, (*trail, "password")), (*trail, "username"))
    text = set_value(text, (*trail, "username"), server.username)
    return set_value(text, (*trail, "password"), {"file": secret})


def _needs_own_secret(answers: Answers) -> bool:
    return bool(answers.smtp.username) and answers.smtp.password != answers.imap.password


def _desk_text(text: str, answers: Answers) -> str:
    text = set_value(text, ("name",), answers.name)
    text = set_value(text, ("timezone",), answers.timezone)
    text = set_value(text, ("queues", "general"), {"level": 1})
    for trail in _EXAMPLES_ALONE:
        text = comment_out(text, trail)
    first: dict[str, Value] = {
        "email": answers.technician,
        "name": answers.technician_name,
        "queues": ["general"],
        "lead": True,
    }
    return set_value(text, ("technicians", 0), first)


def _rules_text(text: str) -> str:
    names = re.findall(r"^  - name: (.+)$", text, re.MULTILINE)
    # From the last to the first: a rule that became a comment no longer counts.
    for place in reversed(range(len(names))):
        if names[place] not in _RULES_FOR_ALL:
            text = comment_out(text, ("rules", place))
    for key in _SHARED_BY_OTHERS:
        text = comment_out(text, (key,))
    return text


# ------------------------------------------------------------------ writing


def _usual_data(target: Path) -> Path | None:
    return STATE_DIRECTORY if target.absolute() == SYSTEM_DIRECTORY else None


def _refuse_to_overwrite(target: Path, names: tuple[str, ...]) -> None:
    there = [str(target / name) for name in names if os.path.lexists(target / name)]
    if there:
        fail(*(f"{path} exists already; init overwrites nothing" for path in there), status=2)


def _refuse_unsound(files: Mapping[str, str]) -> None:
    """End with status 2 and every problem before anything is written; only what was typed can be wrong."""
    with TemporaryDirectory(prefix="maildesk-init-") as folder:
        for name, text in files.items():
            # The passwords themselves stay out of the temporary folder.
            (Path(folder) / name).write_text(text if name in _MODES else "x", encoding="utf-8")
        problems = [p for p in check_config(Path(folder), os.environ) if not p.warning]
    secrets = [name for name, text in files.items() if name not in _MODES and not text.strip()]
    wrong = [*map(str, problems), *(f"{name}: an empty password" for name in secrets)]
    if wrong:
        fail(*wrong, "nothing was written", status=2)


def _save(target: Path, files: Mapping[str, str]) -> None:
    try:
        target.mkdir(mode=0o750, parents=True, exist_ok=True)
        for name, text in files.items():
            _create(target / name, text, _MODES.get(name, _SECRET_MODE))
    except OSError as error:
        fail(f"{error.filename or target}: {error.strerror}", status=2)


def _create(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        os.fchmod(descriptor, mode)


def _say_what_next(target: Path, files: Mapping[str, str]) -> None:
    command = f"maildesk --config {shlex.quote(str(target))}"
    say(
        *(f"wrote {target / name} (mode {_MODES.get(name, _SECRET_MODE):04o})" for name in files),
        "",
        f"{command} check --connect    logs in to both servers",
        f"{command} run                starts the desk",
    )
