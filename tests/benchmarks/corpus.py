"""The corpus of foreign mail as cases: raw bytes and what other projects' tests expect of them.

Called by `understanding` and `scoring`. Reads a folder with one folder a topic (`cases.jsonl`, `files/`); never opens
anything beside those, and nothing of it is part of this project.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
TOPICS = ("parse", "reply_trim", "bounce", "auto", "threading", "hostile", "headers", "tnef")
_DISPUTED = Path(__file__).with_name("disputed.toml")

_BOX_LINE = re.compile(rb"\AFrom [^\n]*\r?\n")
_BOX = re.compile(rb"(?m)^From (\S*)[^\n]*\d{4}[^\n]*\r?\n")


@dataclass(frozen=True, slots=True)
class Case:
    """One mail (or header value) and its oracle. `digest` names it without naming whose it is."""

    topic: str
    oracle: dict[str, Any]
    raw: bytes
    digest: str

    @property
    def name(self) -> str:
        return str(self.oracle["id"])

    @property
    def expect(self) -> Any:
        return self.oracle.get("expect")


@dataclass(frozen=True, slots=True)
class Dispute:
    """An expectation we hold to be wrong or a matter of taste. `field` is a row of the table, `*` all of them."""

    topic: str
    digest: str
    field: str
    why: str


def load_cases(folder: Path, topic: str) -> Iterator[Case]:
    """Read one topic; nothing when the folder does not have it."""
    listed = folder / topic / "cases.jsonl"
    if not listed.exists():
        return
    for oracle in map(json.loads, listed.read_text("utf-8").splitlines()):
        raw = (folder / topic / oracle["file"]).read_bytes() if "file" in oracle else b""
        named = raw if "file" in oracle else json.dumps([oracle["kind"], oracle["raw"]]).encode()
        yield Case(topic, oracle, raw, hashlib.sha256(named).hexdigest()[:16])


def load_disputes() -> tuple[Dispute, ...]:
    """Read the list of expectations that we do not share."""
    rows = tomllib.loads(_DISPUTED.read_text("utf-8")).get("disputed", [])
    return tuple(Dispute(row["topic"], mail, row["field"], row["why"]) for row in rows for mail in row["mails"])


def without_box_line(raw: bytes) -> bytes:
    """Return a mail without the `From ` line that mailbox files put in front of it."""
    return _BOX_LINE.sub(b"", raw)


def split_box(raw: bytes) -> tuple[bytes, ...]:
    """Return the mails of a mailbox file, in order; one without From gets the sender of its `From ` line."""
    pieces = _BOX.split(raw)[1:] or [b"", raw]
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    return tuple(_with_sender(sender, mail) for sender, mail in pairs if mail.strip())


def _with_sender(sender: bytes, mail: bytes) -> bytes:
    head = re.split(rb"\r?\n\r?\n", mail, maxsplit=1)[0]
    return mail if re.search(rb"(?im)^from[ \t]*:", head) else b"From: %b\n%b" % (sender or b"somebody@box.test", mail)
