"""How fast `maildesk run --once` empties a full mailbox.

python -m tests.benchmarks.throughput --help
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.benchmarks.mails import make_mails
from tests.crash.site import Site
from tests.loopback import LOOPBACK, free_port, stop
from tests.servers import Dovecot, running_dovecot, running_postgres, running_sink, temporary_folder


@dataclass(frozen=True, slots=True)
class Round:
    """One pass. `start_seconds`: what the same command takes with nothing to do."""

    messages: int
    mails: int
    seconds: float
    start_seconds: float
    cpu_seconds: float
    peak_bytes: int


@contextmanager
def sink_process() -> Iterator[int]:
    """Run a receiver of mail outside this process and yield its port: Postfix's smtp-sink, else our own."""
    port = free_port()
    program = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    own = [sys.executable, "-m", "tests.benchmarks.throughput", "--sink", str(port)]
    command = [program, "-c", f"{LOOPBACK}:{port}", "100"] if program else own
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    if not program:
        port = int(process.stdout.readline())
    try:
        yield port
    finally:
        stop(process)
        process.stdout.close()


def run_sink() -> None:
    """Take mail until told to stop."""
    with running_sink() as sink:
        print(sink.port, flush=True)
        sys.stdin.read()


def measure(site: Site) -> tuple[float, float, int, str]:
    """Run the desk once; return seconds, seconds of CPU (its parser's too), peak bytes of one process and its words."""
    started = monotonic()
    with site.log_path.open("ab") as log:
        process = subprocess.Popen(site.command("run", "--once"), stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        words = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    if process.returncode:
        raise SystemExit(f"the desk failed: {site.log_path.read_text()[-2000:]}")
    return monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, words


def run_round(dovecot: Dovecot, database: str, sink_port: int, folder: Path, mails: list[bytes]) -> Round:
    folder.mkdir()
    site = Site(folder, dovecot, database, sink_port)
    measure(site)  # Makes the schema.
    start_seconds, start_cpu, _, _ = measure(site)
    site.deliver(*mails)
    seconds, cpu, peak, words = measure(site)
    found = re.search(r"(\d+) messages taken in, (\d+) mails tried", words)
    assert found is not None, words
    assert int(found[1]) == len(mails), words
    return Round(len(mails), int(found[2]), seconds, start_seconds, cpu - start_cpu, peak)


def report(rounds: list[Round]) -> None:
    for one in rounds:
        rate = one.messages / (one.seconds - one.start_seconds)
        print(
            f"{one.messages} messages, {one.mails} mails out: {one.seconds:.1f} s (start {one.start_seconds:.1f} s), "
            f"{rate:.1f} messages/s, {one.cpu_seconds * 1000 / one.messages:.1f} CPU ms/message, "
            f"peak {one.peak_bytes / 2**20:.0f} MiB"
        )
    rates = [one.messages / (one.seconds - one.start_seconds) for one in rounds]
    print(f"median {statistics.median(rates):.1f} messages/s ({min(rates):.1f}..{max(rates):.1f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--sink", type=int, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.sink is not None:
        run_sink()
        return
    mails = list(make_mails(wanted.mails))
    size = sum(map(len, mails)) / len(mails)
    print(f"load before: {os.getloadavg()[0]:.2f}; {len(mails)} mails of {size / 1024:.1f} KB on average")
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder("throughput"))
        dovecot = stack.enter_context(running_dovecot())
        postgres = stack.enter_context(running_postgres()) if wanted.database == "postgres" else None
        port = stack.enter_context(sink_process())
        rounds = []
        for number in range(wanted.rounds):
            own = folder / str(number)
            url = postgres.fresh_database() if postgres else f"sqlite:///{own}/maildesk.sqlite3"
            rounds.append(run_round(dovecot, url, port, own, mails))
        report(rounds)
    print(f"load after: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
