"""How long an idle desk takes from a mail's arrival to its acknowledgement.

python -m tests.benchmarks.latency --help
"""

import argparse
import os
import shutil
import statistics
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

from tests.crash.site import DESK, Site
from tests.loopback import wait_until
from tests.servers import Dovecot, SmtpSink, running_dovecot, running_postgres, running_sink, temporary_folder


def make_mail(number: int) -> bytes:
    return (
        f"Message-ID: <{number}@customer.test>\r\nFrom: Ann <ann{number}@customer.test>\r\nTo: {DESK}\r\n"
        f"Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nSubject: Trouble {number}\r\n\r\nMy screen is dark.\r\n"
    ).encode()


def put_into_maildir(dovecot: Dovecot, user: str, number: int, raw: bytes) -> None:
    """Deliver as a mail server on the same machine does: write the file, then rename it into `new`."""
    maildir = dovecot.folder / "mail" / user
    written = maildir / "tmp" / f"{number}.M{number}.bench"
    written.write_bytes(raw)
    if os.geteuid() == 0:
        shutil.chown(written, maildir.owner())
    written.rename(maildir / "new" / written.name)


def measure(sink: SmtpSink, deliver: Callable[[int, bytes], None], numbers: range) -> list[float]:
    """Return seconds for each mail, one after the other."""
    taken = []
    pause = threading.Event()
    for number in numbers:
        raw, recipient = make_mail(number), f"ann{number}@customer.test"
        started = monotonic()
        deliver(number, raw)
        # Spelled out: the wait of the tests looks only every 10 ms.
        while not any(mail.recipient == recipient for mail in sink.mails):
            if monotonic() - started > 30:
                raise SystemExit("no acknowledgement within 30 s")
            pause.wait(0.001)
        taken.append(monotonic() - started)
    return taken


def report(name: str, taken: list[float]) -> None:
    milliseconds = [1000 * seconds for seconds in taken]
    print(
        f"{name}: median {statistics.median(milliseconds):.0f} ms "
        f"({min(milliseconds):.0f}..{max(milliseconds):.0f}), k = {len(taken)}"
    )


def run(site: Site, sink: SmtpSink, count: int) -> None:
    begins = site.start()
    wait_until(lambda: b"event=watching" in site.log_since(begins), 30)
    with site.mailbox() as client:
        measure(sink, lambda _n, raw: client.append("INBOX", raw), range(3))  # Warm.
        append = measure(sink, lambda _n, raw: client.append("INBOX", raw), range(100, 100 + count))
    maildir = measure(sink, lambda n, raw: put_into_maildir(site.dovecot, site.user, n, raw), range(1000, 1000 + count))
    report("appended over IMAP", append)
    report("delivered into the Maildir", maildir)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    wanted = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.2f}")
    with ExitStack() as stack:
        folder: Path = stack.enter_context(temporary_folder("latency"))
        dovecot = stack.enter_context(running_dovecot())
        sink = stack.enter_context(running_sink())
        postgres = stack.enter_context(running_postgres()) if wanted.database == "postgres" else None
        url = postgres.fresh_database() if postgres else f"sqlite:///{folder}/maildesk.sqlite3"
        site = Site(folder, dovecot, url, sink.port)
        try:
            run(site, sink, wanted.mails)
        finally:
            site.end()


if __name__ == "__main__":
    main()
