"""Every mail of the corpus through a real mailbox: each is accounted for, none is altered, no machine is answered.

Reads the corpus beside the project and skips without it. An ordinary run takes every third mail, MAILDESK_PROOF=1 all.
"""

import base64
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from imapclient.exceptions import IMAPClientError
from structlog.testing import capture_logs

from maildesk.daemon import Daemon, Pass
from tests.crash.reckoning import Books, read_books
from tests.crash.site import DESK, FOLDERS, Site
from tests.servers import Dovecot, Received, SmtpSink, running_sink

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
STEP = 1 if os.environ.get("MAILDESK_PROOF") == "1" else 3
#: Longer than any mail may take, by a clock that goes on while other processes of the run have the processor.
SLOW_SECONDS = 6.0 if "PYTEST_XDIST_WORKER" in os.environ else 2.0
#: First the topics that say who may be answered: of equal mails the later ones are duplicates and get no answer anyway.
TOPICS = ("auto", "bounce", "parse", "reply_trim", "hostile", "threading", "headers", "tnef")

#: Mails that the corpus wants unanswered and that are answered all the same, by the digest of their name.
TASTE = {
    "9d2b618ec511": "a person's own words about a list; nothing in it comes from a machine",
    "e05f5ca4fb43": "a person forwards a report and says so",
    "f9a10b2958e2": "nothing but the subject speaks for a report; the sender is a person's address",
    "6b2a5e319873": "nothing but the subject speaks for a report; the sender is a person's address",
    "1fbab5d1fb0c": "nothing but the middle of the subject speaks for an absence notice",
}

pytestmark = [pytest.mark.servers, pytest.mark.timeout(900)]

_FROM_LINE = re.compile(rb"\AFrom [^\n]*\r?\n")
_BOX = re.compile(rb"(?m)^From [^\n]*\d{4}[^\n]*\r?\n")
_MACHINE = re.compile(
    r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|nobody|bounces?([+-].*)?|majordomo)@", re.IGNORECASE
)
_MARKS = re.compile(
    rb"(?im)^(return-path:[ \t]*<>|list-id:|auto-submitted:[ \t]*auto-|precedence:[ \t]*(bulk|list|junk))"
)
_OUTCOMES = {"ticket", "follow-up", "held", "discarded", "rejected", "quarantined", "duplicate"}


@dataclass(frozen=True, slots=True)
class Case:
    """One mail and why it must not be answered, if the corpus says so."""

    name: str
    raw: bytes
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the desk made of all of them. `cases` by UID; `gaps`: seconds from one mail to the next."""

    cases: dict[int, Case]
    refused: tuple[str, ...]
    digests: dict[int, str]
    done: Pass
    log: Sequence[Any]
    gaps: tuple[float, ...]
    books: Books
    folders: dict[str, list[bytes]]
    sent: tuple[Received, ...]


# ---------------------------------------------------------------------- the corpus as mails


def _cases() -> Iterator[Case]:
    for topic in TOPICS:
        lines = (CORPUS / topic / "cases.jsonl").read_text(encoding="utf-8").splitlines()
        for entry in map(json.loads, lines):
            raw = (CORPUS / topic / entry["file"]).read_bytes() if "file" in entry else b""
            yield from _mails_of(topic, entry, raw)


def _mails_of(topic: str, entry: Any, raw: bytes) -> Iterator[Case]:
    name, expect = entry["id"], entry.get("expect")
    match topic:
        case "reply_trim" if entry["input_kind"] != "mime":
            kind = "html" if entry["input_kind"] == "html" else "plain"
            yield Case(name, _wrapped(name, raw, f"text/{kind}; charset=utf-8"))
        case "threading" if entry["kind"] != "scenario":
            mails = [mail for mail in _BOX.split(raw) if mail.strip()]
            yield from (Case(f"{name}#{n}", mail) for n, mail in enumerate(mails, 1))
        case "threading":
            filled = re.sub(rb"\{\{([A-Z_]+)\}\}", lambda m: m[1].lower() + b"@elsewhere.test", raw)
            yield Case(name, filled)
        case "headers":
            yield Case(name, _header_mail(name, entry))
        case "tnef":
            yield Case(name, _wrapped(name, raw, 'application/ms-tnef; name="winmail.dat"', is_binary=True))
        case "auto":
            silent = f"class {expect['class']}" if expect["no_autorespond"] or expect["class"] != "human" else ""
            yield Case(name, _FROM_LINE.sub(b"", raw), silent)
        case "bounce":
            yield Case(name, _FROM_LINE.sub(b"", raw), "a bounce" if expect["is_bounce"] else "")
        case _:
            yield Case(name, _FROM_LINE.sub(b"", raw))


def _wrapped(name: str, body: bytes, content_type: str, *, is_binary: bool = False) -> bytes:
    coded = base64.encodebytes(body) if is_binary else body
    coding = "base64" if is_binary else "8bit"
    return (
        f"Message-ID: <{_digest(name.encode())[:20]}@wrapped.test>\nFrom: wrapper <person@wrapped.test>\nTo: {DESK}\n"
        f"Subject: wrapped\nMIME-Version: 1.0\nContent-Type: {content_type}\n"
        f"Content-Transfer-Encoding: {coding}\n\n"
    ).encode() + coded


_FIELDS = {
    "address-list": "To", "date": "Date", "msg-id-list": "References", "content-type": "Content-Type",
    "content-disposition-filename": "Content-Disposition",
}  # fmt: skip


def _header_mail(name: str, entry: Any) -> bytes:
    values = entry["raw"] if isinstance(entry["raw"], list) else [entry["raw"]]
    field = _FIELDS.get(entry["kind"], "Subject")
    fields = "".join(f"{field}: {value}\n" for value in values)
    sender = "From: <person@wrapped.test>\nMIME-Version: 1.0\n"
    return (sender + fields + f"\nThe header above is {name}.\n").encode("utf-8", "surrogateescape")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# ---------------------------------------------------------------------- the run


@pytest.fixture(scope="module")
def outcome(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """Put everything into one mailbox and let the desk do one pass."""
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus at {CORPUS}")
    folder = tmp_path_factory.mktemp("corpus")
    with running_sink() as sink:
        site = Site(folder, dovecot, f"sqlite:///{folder}/maildesk.sqlite3", sink.port)
        yield _run(site, sink, list(_cases())[::STEP])


def _run(site: Site, sink: SmtpSink, cases: Sequence[Case]) -> Outcome:
    delivered, refused = _deliver(site, cases)
    with site.mailbox() as client:
        client.select_folder("INBOX", readonly=True)
        uids = sorted(client.search())
        digests = {uid: _digest(client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]) for uid in uids}
    moments = [monotonic()]
    with capture_logs() as log:
        done = Daemon(site.folder, os.environ).run_once(lambda: moments.append(monotonic()))
    gaps = tuple(after - before for before, after in pairwise(moments))
    books = read_books(site.database)
    by_uid = dict(zip(uids, delivered, strict=True))
    return Outcome(by_uid, refused, digests, done, log, gaps, books, site.folder_contents(), tuple(sink.mails))


def _deliver(site: Site, cases: Sequence[Case]) -> tuple[list[Case], tuple[str, ...]]:
    """Append every mail; what the server does not take was never delivered."""
    delivered: list[Case] = []
    refused: list[str] = []
    with site.mailbox() as client:
        for case in cases:
            try:
                client.append("INBOX", case.raw)
                delivered.append(case)
            except IMAPClientError as error:
                refused.append(f"{case.name}: {error}")
    return delivered, tuple(refused)


# ---------------------------------------------------------------------- what must hold


def test_every_mail_has_one_outcome_and_a_reason(outcome: Outcome) -> None:
    assert sorted(row.uid for row in outcome.books.ledger) == sorted(outcome.cases)
    assert {row.outcome for row in outcome.books.ledger} <= _OUTCOMES
    assert [row.uid for row in outcome.books.ledger if not row.reason.strip()] == []
    assert outcome.done.messages == len(outcome.cases)
    assert outcome.done.failures == ()


def test_the_server_took_nearly_every_mail(outcome: Outcome) -> None:
    assert len(outcome.refused) <= len(outcome.cases) // 100, outcome.refused


def test_the_bytes_are_kept_as_the_server_had_them(outcome: Outcome) -> None:
    differing = [
        outcome.cases[row.uid].name for row in outcome.books.ledger
        if row.raw_sha256 != outcome.digests[row.uid] or _digest(outcome.books.raws[row.raw_sha256]) != row.raw_sha256
    ]  # fmt: skip
    assert differing == []


def test_the_folders_hold_what_the_ledger_says(outcome: Outcome) -> None:
    assert outcome.folders["INBOX"] == []
    homes = {"held": "Held", "quarantined": "Quarantine"}
    for folder in FOLDERS:
        wanted = Counter(r.raw_sha256 for r in outcome.books.ledger if homes.get(r.outcome, "Processed") == folder)
        assert Counter(_digest(raw) for raw in outcome.folders[folder]) == wanted, folder


def test_nothing_failed_and_nothing_was_slow(outcome: Outcome) -> None:
    assert [entry for entry in outcome.log if entry["log_level"] in ("error", "critical")] == []
    assert max(outcome.gaps) < SLOW_SECONDS


def test_no_mail_is_parked_but_those_named(outcome: Outcome) -> None:
    parked = [(outcome.cases[r.uid].name, r.reason) for r in outcome.books.ledger if r.outcome == "quarantined"]
    assert parked == []


def test_only_people_are_acknowledged(outcome: Outcome) -> None:
    wrong = []
    silent = {outcome.digests[uid]: case.silent for uid, case in outcome.cases.items() if case.silent}
    for row, mail in _acknowledged(outcome):
        case = outcome.cases[row.uid]
        raw = outcome.books.raws[row.raw_sha256]
        kind = next(line["because"] for line in json.loads(row.trace) if line["name"] == "kind")
        reasons = [silent.get(row.raw_sha256, ""), "" if kind.startswith("person") else f"kind {kind}"]
        reasons += ["a machine's address" if _MACHINE.match(mail.recipient) else ""]
        mark = _MARKS.search(raw.partition(b"\r\n\r\n")[0])
        reasons += [mark[0].decode() if mark else ""]
        if any(reasons) and _digest(case.name.encode())[:12] not in TASTE:
            wrong.append((case.name, mail.recipient, [reason for reason in reasons if reason]))
    assert wrong == []


def test_the_figures(outcome: Outcome, capsys: pytest.CaptureFixture[str]) -> None:
    """Print what came of it; people are answered at all."""
    counts = Counter(row.outcome for row in outcome.books.ledger)
    acknowledged = list(_acknowledged(outcome))
    people = sum(case.name.startswith("auto/") and not case.silent for case in outcome.cases.values())
    answered = sum(outcome.cases[row.uid].name.startswith("auto/") for row, _ in acknowledged)
    with capsys.disabled():
        print(
            f"\ncorpus: {len(outcome.cases)} mails, {dict(counts)}, {len(outcome.refused)} refused by the server, "
            f"{len(outcome.sent)} mails out, {len(acknowledged)} acknowledgements "
            f"({answered} for {people} people of the topic auto), slowest {max(outcome.gaps):.2f} s, "
            f"{sum(outcome.gaps):.0f} s in all"
        )
    assert answered > people // 2


def _acknowledged(outcome: Outcome) -> Iterator[tuple[Any, Received]]:
    rows = {row.id: row for row in outcome.books.ledger}
    arrived = {_id_of(mail): mail for mail in outcome.sent}
    for made in outcome.books.outbox:
        if made.notice == "acknowledgement":
            yield rows[int(made.cause.removeprefix("inbound:"))], arrived[made.message_id]


def _id_of(mail: Received) -> str:
    found = re.search(rb"(?im)^message-id:\s*(<[^>]+>)", mail.data)
    return found[1].decode() if found else ""
