"""What rules cost: a message under 10 to 1,000 rules, and a replay over thousands of stored mails.

python -m tests.benchmarks.rules
python -m tests.benchmarks.rules --replay 50000
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, process_time

from maildesk.adapters.store.codec import trace_to_json
from maildesk.core.decide import decide_message
from maildesk.model.message import Address, Attachment, AuthVerdict, InboundMessage, Kind
from maildesk.model.rule import Phase, Rule, RuleFacts
from maildesk.model.situation import Situation
from maildesk.rules.engine import run_rules
from tests.benchmarks.archive import NOW, fill, write_configuration
from tests.rules.written_rules import DESK, rules
from tests.servers import temporary_folder

COUNTS = (10, 30, 100, 300, 500, 1000)
MESSAGES = 100
_ROUNDS = 5
#: Ten rules as admins write them; what each looks for differs from rule to rule, and few mails hit many of them.
_SHAPES = (
    "subject: {{matches: '(server|vpn|site) ?{n}\\b.*\\b(down|dead|offline)\\b'}}, from: {{domain: client{n}.test}}",
    "body: {{contains: [outage {n}, cannot reach server {n}, nobody in building {n}]}}",
    "from: {{domain: customer{n}.test}}, phase: new",
    "header.X-Spam-Level: {{contains: spam{n}}}, kind: person",
    "any: [{{subject: {{contains: [invoice {n}, bill {n}]}}}}, {{body: {{matches: 'order (no\\.?|number) ?{n}\\b'}}}}]",
    "all: [{{subject: {{contains: printer}}}}, {{not: {{body: {{contains: floor {n}}}}}}}, {{tag: none{n}}}]",
    "attachment: {{matches: 'report-{n}\\.(pdf|xlsx?)$'}}, size: {{greater: {n} KB}}",
    "kind: person, to: team{n}@desk.test, proof: [pass, token]",
    "body: {{matches: '\\b(password|account) (for|of) user{n}\\b'}}, role: [requester, stranger]",
    "mailbox: support, subject: {{starts_with: 'Re: project {n}'}}, language: [en, de]",
)
_WORDS = "please the printer shows an error since this morning we tried it again nobody can work here today".split()


def make_rules(count: int) -> tuple[Rule, ...]:
    shapes = (_SHAPES[n % len(_SHAPES)].format(n=n) for n in range(count))
    lines = (f"  - {{name: Rule {n}, when: {{{shape}}}, then: {{tags: t{n}}}}}\n" for n, shape in enumerate(shapes))
    return rules("rules:\n" + "".join(lines))


def make_messages(count: int, seed: int = 1) -> list[InboundMessage]:
    """Messages of 2 KB with twenty headers, some with files."""
    chance = random.Random(seed)
    return [_make_message(chance, number) for number in range(count)]


def _make_message(chance: random.Random, number: int) -> InboundMessage:
    lines = (" ".join(chance.choice(_WORDS) for _ in range(12)) for _ in range(30))
    text = "\n".join((*lines, f"It is about order number {chance.randrange(1000)}."))
    headers = tuple((f"X-Header-{n}", f"value {n} of a header as servers add them") for n in range(20))
    files = tuple(Attachment(n, f"photo{n}.jpg", "image/jpeg", 9000, False, "") for n in range(chance.randrange(3)))
    subject = f"{chance.choice(('Printer', 'Server web1 is down', 'Invoice', 'Question'))} {chance.randrange(1000)}"
    return InboundMessage(
        "raw", "content", 20_000, message_id=f"<{number}@client.test>", subject=subject, text=text, visible_text=text,
        sender=Address("Ann", f"ann@customer{chance.randrange(1000)}.test"), to=(Address("", "support@desk.test"),),
        headers=headers, kind=Kind.PERSON, language="en", attachments=files, auth=AuthVerdict(dmarc="pass"),
    )  # fmt: skip


def milliseconds(work: Iterator[None], messages: int) -> float:
    """Return the processor time of a message: a shared machine makes the hands of the clock useless."""
    began = process_time()
    for _ in work:
        pass
    return (process_time() - began) * 1000 / messages


def measure_rules(count: int, messages: list[InboundMessage]) -> tuple[float, float, float, float]:
    """Return milliseconds a message: rules alone, the whole decision, its trace as stored; and the trace's bytes."""
    desk = replace(DESK, rules=make_rules(count))
    facts = [RuleFacts(NOW, Phase.NEW, m, mailbox="support", role="stranger", proof="pass") for m in messages]
    situations = [Situation(message=m, mailbox="support", now=NOW) for m in messages]
    for fact in facts[:5]:
        run_rules(desk.rules, fact)
    alone = min(milliseconds((_unused(run_rules(desk.rules, f)) for f in facts), len(facts)) for _ in range(_ROUNDS))
    whole = min(
        milliseconds((_unused(decide_message(s, desk)) for s in situations), len(facts)) for _ in range(_ROUNDS)
    )
    traces = [decide_message(s, desk).trace for s in situations]
    stored = min(milliseconds((_unused(trace_to_json(t)) for t in traces), len(facts)) for _ in range(_ROUNDS))
    return alone, whole, stored, statistics.mean(len(trace_to_json(t)) for t in traces)


def _unused(_: object) -> None:
    return None


def report_rules() -> None:
    messages = make_messages(MESSAGES)
    print(f"load before: {os.getloadavg()[0]:.2f}; {len(messages)} messages; CPU milliseconds a message")
    print(f"{'rules':>6} {'rules alone':>12} {'whole decision':>15} {'storing its trace':>18} {'bytes of it':>12}")
    for count in COUNTS:
        alone, whole, stored, size = measure_rules(count, messages)
        print(f"{count:>6} {alone:>12.3f} {whole:>15.3f} {stored:>18.3f} {size:>12.0f}")


# ------------------------------------------------------------------ replay


def report_replay(counts: list[int], database: str | None) -> None:
    """Fill a database with stored mail, then replay it in a process of its own; say speed and peak memory."""
    with temporary_folder("replay") as folder:
        for count in counts:
            own = folder / str(count)
            own.mkdir()
            url = database or f"sqlite:///{own}/maildesk.sqlite3"
            write_configuration(own, url)
            began = monotonic()
            fill(url, own, count)
            print(f"{count} mails stored in {monotonic() - began:.0f} s; load {os.getloadavg()[0]:.2f}")
            for words in ([], ["--rules", str(own / "other.yaml")]):
                seconds, peak, last = run_replay(own, words)
                print(f"  rules replay {' '.join(words[:1]):<8} {seconds:.1f} s, peak {peak / 2**20:.0f} MiB: {last}")


def run_replay(folder: Path, words: list[str]) -> tuple[float, int, str]:
    command = [sys.executable, "-m", "maildesk", "--config", str(folder), "rules", "replay", "--since", "3650d", *words]
    began = monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise SystemExit("the replay failed")
    return monotonic() - began, usage.ru_maxrss * 1024, lines[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replay", type=int, nargs="+", metavar="MAILS", help="replay so many stored mails instead")
    parser.add_argument("--database", help="an empty PostgreSQL database (SQLAlchemy URL), for one size")
    wanted = parser.parse_args()
    if wanted.replay:
        report_replay(wanted.replay, wanted.database)
    else:
        report_rules()


if __name__ == "__main__":
    main()
