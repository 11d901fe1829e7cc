"""Structured logs: one line an occasion, `key=value` or JSON, on standard error. Configured once, by the command line.

Lines carry ids, never bodies or secrets. Under systemd each line begins with its level (`<4>`), by which journald
sorts it.
"""

import io
import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog

_JOURNAL_LEVELS = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}


def configure_logs(form: str, environ: Mapping[str, str]) -> None:
    """Set up logging: `form` is `text` or `json`. Libraries speak only from WARNING on: below, they log dialogues."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    # mail-parser warns of every odd mail, which is what a help desk gets; aiosmtpd and pymap speak only in the demo.
    for name in ("mailparser", "flufl.bounce", "mail.log", "pymap", "apscheduler"):
        logging.getLogger(name).setLevel(logging.ERROR)
    in_journal = "JOURNAL_STREAM" in environ
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.processors.LogfmtRenderer(key_order=["at", "level", "part", "event"], bool_as_flag=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            _JournalPrefix(renderer) if in_journal else renderer,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )


class _StandardError(io.TextIOBase):
    """Whatever standard error is at the moment: loggers live longer than a stream that somebody puts in its place."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _JournalPrefix:
    """Put journald's level in front of a rendered line (sd-daemon(3))."""

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        level = _JOURNAL_LEVELS.get(str(event.get("level")), 6)
        return f"<{level}>{self._renderer(logger, name, event)}"
