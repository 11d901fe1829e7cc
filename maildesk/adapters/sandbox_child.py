"""The parsing child process: reads mails from its input, writes messages to its output, under limits it sets itself.

Started by `sandbox` as `python -m maildesk.adapters.sandbox_child`. Opens no file but the data of time zones and no
connection, knows no secret, and ends when its parent's end of the pipe is gone. One mail's failure is an answer; a
spent limit is its death.
"""

import contextlib
import logging
import resource
import sys
from pathlib import Path
from typing import BinaryIO

from maildesk.adapters import sandbox_wire as wire
from maildesk.mail.parse import UnreadableMail
from maildesk.mail.read import ReadingContext, read_message

_OPEN_FILES = 32
#: Everything a first mail would otherwise import, compile or load: HTML, charsets, dates, quotes, languages.
_WARM_UP = (
    b"From: =?utf-8?q?W=C3=A4rme?= <warm@example.test>\r\nTo: a@example.test\r\nSubject: =?iso-8859-1?q?=E4?=\r\n"
    b"Date: Mon, 1 Jan 2024 10:00:00 +0100\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p>Warm \xc3\xa4 and long enough to tell a language</p>"
    b"<div>On 1.1.2024 10:00, A &lt;a@b.test&gt; wrote:</div><blockquote>x</blockquote>"
)


def main() -> None:
    """Serve mails until the input ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    # Nothing a library prints may get between the frames.
    sys.stdout = sys.stderr
    logging.disable()
    with contextlib.suppress(wire.BrokenFrame, BrokenPipeError):
        setup = wire.read_setup(source)
        read_message(_WARM_UP, ReadingContext())
        _confine(setup)
        wire.write_frame(sink, wire.READY)
        sink.flush()
        _serve(source, sink, setup)


def _confine(setup: wire.Setup) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (setup.memory_bytes, setup.memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # When memory runs out, this process goes before the daemon does. Not every system lets us say so.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def _serve(source: BinaryIO, sink: BinaryIO, setup: wire.Setup) -> None:
    while (mail := wire.read_mail(source)) is not None:
        _grant_cpu(setup.cpu_seconds)
        try:
            parsed = read_message(mail[0], setup.context, mail[1])
        except UnreadableMail as unreadable:
            wire.write_answer(sink, wire.Answer(None, str(unreadable)))
        except MemoryError:
            wire.write_answer(sink, wire.Answer(None, "reading it took more memory than allowed"))
            # What the failed reading left allocated would fail the next mail too.
            return
        # A loop boundary: whatever goes wrong with one mail is told, and the next mail is read.
        except Exception as fault:  # noqa: BLE001
            wire.write_answer(sink, wire.Answer(None, f"reading it failed: {type(fault).__name__}: {fault}"[:300]))
        else:
            wire.write_answer(sink, wire.Answer(parsed.message), parsed.parts)


def _grant_cpu(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
