"""Thousands of broken configurations: each loads or says what is wrong and where, and a running daemon never minds.

The shipped files are changed as text, as bytes and as YAML; 200 times in a run, 10,000 with MAILDESK_PROOF=1.
"""

import json
import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from maildesk.cli import app
from maildesk.config import ConfigError, check_config, load_desk, load_settings
from maildesk.config.yaml import parse_document
from maildesk.daemon import Daemon, load_workshop
from tests.fuzz.mutator import Mutator

CONFIG = Path(__file__).parents[2] / "config"
FILES = ("maildesk.yaml", "desk.yaml", "rules.yaml")
SHIPPED = {name: (CONFIG / name).read_bytes() for name in FILES}
PROOF = os.environ.get("MAILDESK_PROOF") == "1"
COUNT, EVERY = (10_000, 50) if PROOF else (200, 50)

#: What is put in the place of a value or key.
JUNK = (
    None, True, "", "x", "yes", "off", "0123", "-1", "99999999999999999999", "4h", "P1", "a@b.test", "a b", "{x}", "(",
    "{{ x }}", "\u2028", "é", "#", "*a", "<<", "rules", "when", "then", "not", "X" * 3000, [], {}, [[]], [None],
    {"": ""}, {"file": "../x"}, {"a": {"b": {"c": []}}}, ["x", "x"],
)  # fmt: skip


def changed_yaml(random: Random, data: bytes) -> bytes:
    """Return a file with its tree changed in one to three places, as JSON, which is YAML too."""
    tree = YAML(typ="safe", pure=True).load(data)
    for _ in range(random.randint(1, 3)):
        holders = list(_holders(tree))
        if not holders:
            break
        holder, other = random.choice(holders), random.choice(holders)
        _change(random, holder, random.choice(list(_values(other))))
    return json.dumps(tree, ensure_ascii=random.random() < 0.5, default=str).encode()


def _holders(node: object) -> Iterator[dict[str, object] | list[object]]:
    if isinstance(node, (dict, list)) and node:
        yield node
        for inner in list(_values(node)):
            yield from _holders(inner)


def _values(holder: dict[str, object] | list[object]) -> Iterator[object]:
    yield from holder.values() if isinstance(holder, dict) else holder


def _change(random: Random, holder: dict[str, object] | list[object], elsewhere: object) -> None:
    key = random.choice(list(holder)) if isinstance(holder, dict) else random.randrange(len(holder))
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]]
        case 2:
            # A copy: the same object twice could hold itself.
            holder[key] = json.loads(json.dumps(elsewhere, default=str))
        case 3 if isinstance(holder, dict):
            new_key = str(random.choice(JUNK))[:40]
            holder[random.choice((f"{key}s", str(key).upper(), new_key))] = holder.pop(key)
        case 4 if isinstance(holder, list):
            holder.append(json.loads(json.dumps(holder[0], default=str)))
        case _:
            holder[key] = random.choice(JUNK)


def changed_text(random: Random, data: bytes) -> bytes:
    """Return a file with the slips of a person's hand."""
    lines = data.decode().splitlines(keepends=True)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(lines))
        slips: tuple[Callable[[str], str], ...] = (
            lambda line: "",
            lambda line: line * 2,
            lambda line: " " * random.randint(1, 4) + line,
            lambda line: line[random.randint(1, 4) :],
            lambda line: "\t" + line.lstrip(),
            lambda line: line.replace(": ", ":", 1),
            lambda line: line.replace("- ", "", 1),
            lambda line: line.replace('"', "", 1).replace("'", "", 1),
            lambda line: line.replace("{", "", 1) if random.random() < 0.5 else line.replace("]", "", 1),
            lambda line: line[: random.randint(0, len(line))] + "\n",
            lambda line: line.rstrip("\n") + str(random.choice(JUNK)) + "\n",
        )
        lines[at] = random.choice(slips)(lines[at])
    return "".join(lines).encode()


def mutations(seed: str) -> Iterator[dict[str, bytes]]:
    """Yield the three files, one of them changed, without end."""
    random = Random(seed)
    mutators = {name: Mutator(f"{seed} {name}", (data,)) for name, data in SHIPPED.items()}
    while True:
        name = random.choice(FILES)
        way = random.choice((changed_yaml, changed_text, changed_text, None))
        yield SHIPPED | {name: way(random, SHIPPED[name]) if way else mutators[name].make()}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    # Each text is parsed once, however often it is looked at.
    monkeypatch.setattr("maildesk.config.yaml.parse_document", lru_cache(maxsize=8)(parse_document))
    _write(tmp_path, SHIPPED)
    return tmp_path


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)


def test_whatever_is_done_to_the_files_they_load_or_say_why(folder):
    daemon = Daemon(folder, {})
    sound = 0
    for place, files in enumerate(islice(mutations("configuration"), COUNT)):
        _write(folder, files)
        problems = check_config(folder, {})
        errors = [p for p in problems if not p.warning]
        assert all(p.file in FILES and p.line >= 1 and p.column >= 1 and p.message for p in problems)
        assert _loads(folder) == (not errors), _told(files, problems)
        sound += not errors
        if place % EVERY == 0:
            _asks_the_command_line(folder, files)
            _reloads(daemon, folder)
    daemon.store.close()
    # Neither all nor none: the mutations are neither harmless nor hopeless.
    assert COUNT * 0.02 < sound < COUNT * 0.7


def _loads(folder: Path) -> bool:
    for load in (load_settings, load_desk):
        try:
            load(folder, {})
        except ConfigError as error:
            return bool(not error.problems)
    return True


def _told(files: dict[str, bytes], problems: tuple[object, ...]) -> str:
    changed = next((data for name, data in files.items() if data != SHIPPED[name]), b"")
    return "\n".join([*map(str, problems), changed.decode(errors="replace")])


def _asks_the_command_line(folder: Path, files: dict[str, bytes]) -> None:
    for verbs in (["check"], ["rules", "check"], ["rules", "test"], ["rules", "show"]):
        done = CliRunner().invoke(app, ["--config", str(folder), *verbs])
        # The command line's `main` turns ConfigError into sentences and status 2.
        assert done.exception is None or isinstance(done.exception, (SystemExit, ConfigError)), _told(files, ())
        assert "Traceback" not in done.output
    sound = CliRunner().invoke(app, ["--config", str(folder), "check"])
    assert (sound.exit_code == 0) == _is_policy(folder), _told(files, (sound.output,))


def _is_policy(folder: Path) -> bool:
    try:
        load_workshop(folder, {}, load_settings(folder, {}))
    except ConfigError:
        return False
    return True


def _reloads(daemon: Daemon, folder: Path) -> None:
    before = daemon.workshop()
    daemon.reload()
    try:
        load_workshop(folder, {}, daemon.settings)
    except ConfigError:
        assert daemon.workshop() is before
    else:
        assert daemon.workshop() is not before
