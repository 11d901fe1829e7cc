"""The demo as a person starts it, and what it says when a step of the day does not happen."""

import json
import signal
import subprocess
import sys
import threading
from email.message import EmailMessage
from pathlib import Path

import pytest
from imapclient import IMAPClient
from typer.testing import CliRunner

from maildesk.adapters import embedded
from maildesk.cli import app, demo
from maildesk.cli.demo.day import Step, StepMissed, play
from maildesk.cli.demo.people import Person, message_id, text_of
from maildesk.cli.demo.script import SCRIPT
from maildesk.cli.demo.site import Site
from maildesk.cli.demo.timeline import Timeline
from tests.loopback import wait_until

DEMO = [sys.executable, "-m", "maildesk", "demo"]


def start(folder: Path, *flags: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([*DEMO, *flags], env={"TMPDIR": str(folder)}, stdout=pipe, stderr=pipe, text=True)


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    with start(folder) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_the_day_happens_without_a_terminal(day):
    status, out, err = day
    assert (status, err) == (0, "")
    assert "\x1b" not in out


@pytest.mark.parametrize("step", SCRIPT, ids=lambda step: f"{step.who} {step.name}")
def test_every_step_is_shown_on_a_line_of_its_own_with_what_was_found(day, step):
    found = [line.partition(f"{step.name}: ")[2] for line in day[1].splitlines() if f" {step.name}: " in line]
    assert len(found) == 1
    assert found[0]


def test_steps_come_in_order(day):
    seconds = [float(line.split()[0]) for line in day[1].splitlines() if line.split()[1:2] == ["s"]]
    assert len(seconds) == len(SCRIPT)
    assert seconds == sorted(seconds)
    assert seconds[-1] < 60


def test_the_tickets_and_where_to_look_follow(day):
    out = day[1].partition("nothing left to do")[2]
    assert [line.split("\t")[:4] for line in out.splitlines() if "\t" in line] == [
        ["1001", "resolved", "P1", "network"],
        ["1002", "resolved", "P3", "general"],
        ["1003", "new", "P3", "general"],
    ]
    assert "show 1001" in out


@pytest.mark.parametrize("verb", ["show 1001", "ledger", "held", "outbox"])
def test_the_commands_it_names_work_afterwards(day, verb):
    hint = next(line.split() for line in day[1].splitlines() if line.endswith(f" {verb}"))
    done = CliRunner().invoke(app, [*hint[1:], "--json"])
    assert done.exit_code == 0
    assert [json.loads(line) for line in done.stdout.splitlines()]


def test_json_is_one_object_a_line_and_stay_opens_the_doors(tmp_path):
    with start(tmp_path, "--json", "--stay") as process:
        rows = []
        reading = threading.Thread(target=lambda: rows.extend(map(json.loads, process.stdout)), daemon=True)
        reading.start()
        try:
            wait_until(lambda: sum(row["kind"] == "account" for row in rows) == 4, 60)
            door = next(row for row in rows if row.get("role") == "technician")
            with IMAPClient(door["host"], door["imap_port"], ssl=False, timeout=10) as client:
                client.login(door["address"], door["password"])
                assert client.select_folder("INBOX")[b"EXISTS"] > 0
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        reading.join(10)
    steps = [row["step"] for row in rows if row["kind"] == "step"]
    assert steps == [step.name for step in SCRIPT]
    log = next(tmp_path.glob("maildesk-demo-*/daemon.log")).read_text()
    assert "event=stopping" in log


# ------------------------------------------------------------------ days that go wrong


class Bench:
    """As much of a site as `play` looks at."""

    def __init__(self, *, running: bool = True) -> None:
        self.running = running

    def is_running(self) -> bool:
        return self.running


def refused(_site):
    raise ConnectionRefusedError("nobody listens")


NEVER = Step("Zoe", "flies to the moon", lambda _: "")
DONE = Step("Zoe", "gets up", lambda _: "at six")


@pytest.mark.parametrize(
    ("script", "running", "said"),
    [
        pytest.param((DONE, NEVER), True, "not in time: Zoe flies to the moon", id="not seen in time"),
        pytest.param((DONE, NEVER), False, "because the daemon has ended: Zoe flies to the moon", id="daemon died"),
        pytest.param((Step("Zoe", "writes", str, refused),), True, "nobody listens: Zoe writes", id="no server"),
    ],
)
def test_a_step_that_does_not_happen_is_named(script, running, said):
    with pytest.raises(StepMissed, match=said):
        play(Bench(running=running), script, Timeline(as_json=False), deadline_seconds=0.2)


def play_impatiently(site, script, timeline):
    """The daemon takes seconds to start, what never happens need not be awaited as long."""
    play(site, script[:1], timeline)
    play(site, script[1:], timeline, deadline_seconds=0.2)


def test_a_missed_step_ends_the_verb_with_status_1_and_the_log(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(demo, "mkdtemp", lambda prefix: str(tmp_path))
    monkeypatch.setattr(demo, "SCRIPT", (SCRIPT[0], NEVER))
    monkeypatch.setattr(demo, "play", play_impatiently)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        demo.demo()
    assert ended.value.code == 1
    out, err = capfd.readouterr()
    assert SCRIPT[0].name in out
    assert "Zoe flies to the moon" in err
    assert "event=watching mailbox=support" in err


def test_a_daemon_that_cannot_start_is_told_with_its_own_words(tmp_path):
    site = Site(tmp_path)
    site.tia.name = "{"
    with site, pytest.raises(StepMissed, match="because the daemon has ended: desk starts"):
        play(site, SCRIPT, Timeline(as_json=False))
    assert any("desk.yaml" in line for line in site.log_lines(15))


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch, capsys):
    def missing():
        raise embedded.EmbeddedUnavailable("install maildesk[demo]")

    monkeypatch.setattr(demo, "mkdtemp", lambda prefix: str(tmp_path / "demo"))
    (tmp_path / "demo").mkdir()
    monkeypatch.setattr(embedded, "_site_type", missing)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        demo.demo()
    assert ended.value.code == 2
    assert "install maildesk[demo]" in capsys.readouterr().err
    assert not (tmp_path / "demo").exists()


# ------------------------------------------------------------------ the people


def test_a_reply_goes_where_the_mail_asks_and_quotes_it(tmp_path):
    with Site(tmp_path) as site:
        original = EmailMessage()
        original["From"], original["Reply-To"] = "Desk <support@example.test>", "support+token@example.test"
        original["Subject"], original["Message-ID"], original["Date"] = "Printer", "<one@example.test>", "today"
        original.set_content("It prints.\n")
        site.ann.reply(original, "It does not.", "reply")
        found = wait_until(lambda: [m for folder in ("INBOX", "Processed") for m in site.desk.read(folder)])
    mail = found[0]
    assert (mail["To"], mail["Subject"], mail["In-Reply-To"]) == (
        original["Reply-To"],
        "Re: Printer",
        "<one@example.test>",
    )
    assert text_of(mail).startswith("It does not.\n\nOn today")
    assert "> It prints." in text_of(mail)
    assert "dmarc=pass header.from=customer.test" in mail["Authentication-Results"]


def test_a_forgery_bears_the_victims_name_and_no_pass():
    victim, mallory = Person("Tia", "tia@example.test", "t"), Person("M", "m@elsewhere.test", "")
    sent = []
    mallory._send = lambda mail, login: sent.append((mail, login))
    mallory.forge(victim, "support@example.test", "Hello", "text", "forged")
    [(mail, login)] = sent
    assert (mail["From"], login) == ("Tia <tia@example.test>", None)
    assert mail["Message-ID"] == message_id(victim, "forged")
