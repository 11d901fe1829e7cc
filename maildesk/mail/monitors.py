"""Stock mail of monitoring programs and cron, recognised by its shape. Called by `classify`.

Must not fire on people: they copy a subject or quote a body, so two signs are needed, and an answered or forwarded
alert (`Re: ** PROBLEM …`) is theirs, not the program's.
"""

import re
from dataclasses import dataclass

from maildesk.mail.signs import subject_of
from maildesk.model.message import InboundMessage

#: Characters of text in which the words of a program are looked for.
OPENING_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Monitor:
    """A program by the subject of its stock mail and words of its body; without words the sender's name must tell."""

    name: str
    subject: re.Pattern[str]
    body: re.Pattern[str] | None


def find_monitor(message: InboundMessage) -> str:
    """Say which program wrote this mail, as a sentence; empty when none of them did."""
    opening, subject = message.text[:OPENING_LIMIT], subject_of(message)
    named = _is_named_like_monitor(message)
    for monitor in MONITORS:
        if monitor.subject.match(subject) and (named or (monitor.body and monitor.body.search(opening))):
            return f"it has the shape of {monitor.name} alerts"
    return "cron sent it" if _is_cron(message) else ""


def _is_named_like_monitor(message: InboundMessage) -> bool:
    if message.sender is None:
        return False
    local = message.sender.address.rpartition("@")[0]
    return bool(_SENDER.match(local) or _SENDER.match(message.sender.name))


def _is_cron(message: InboundMessage) -> bool:
    if message.sender is None or not _CRON.match(message.subject):
        return False
    by_daemon = "cron daemon" in message.sender.name.casefold() or message.sender.key.startswith(("root@", "cron@"))
    return by_daemon or bool(message.header_values("X-Cron-Env") or message.header_values("Auto-Submitted"))


_SENDER = re.compile(
    r"^(?:nagios|icinga2?|zabbix|check_?mk|cmk|prtg|alertmanager|prometheus|grafana|uptime-?kuma|monit(?:or|oring)?)\b",
    re.IGNORECASE,
)
_CRON = re.compile(r"^cron <[^>]{1,200}> ", re.IGNORECASE)

MONITORS: tuple[Monitor, ...] = (
    Monitor(
        "Nagios",
        re.compile(r"^\*\* ?[A-Z]+ (?:(?:host|service) )?alert\b", re.IGNORECASE),
        re.compile(r"\*{3,} ?(?:nagios|centreon)|^notification type: ", re.IGNORECASE | re.MULTILINE),
    ),
    Monitor(
        "Icinga",
        re.compile(r"^\[[A-Z]+\] .{1,200} is (?:up|down|ok|warning|critical|unknown|unreachable)\b", re.IGNORECASE),
        re.compile(r"\*{3,} ?(?:(?:host|service) monitoring on |icinga)", re.IGNORECASE),
    ),
    Monitor(
        "Checkmk",
        re.compile(r"^check_?mk: ", re.IGNORECASE),
        re.compile(r"^event:?\s.{0,80}(?:->|→)", re.IGNORECASE | re.MULTILINE),
    ),
    Monitor(
        "Zabbix",
        re.compile(r"^(?:problem|resolved(?: in [^:]{1,60})?|updated problem[^:]{0,60}): ", re.IGNORECASE),
        re.compile(
            r"original problem id:|^problem (?:started|has been resolved).{0,40} at \d\d:\d\d:\d\d on \d{4}\.",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    Monitor(
        "PRTG", re.compile(r"^\[[^\]]{1,100}\] .{0,200}\b(?:down|up|warning|unusual|paused)\b", re.IGNORECASE), None
    ),
    Monitor(
        "Alertmanager",
        re.compile(r"^\[(?:FIRING:\d{1,6}|RESOLVED)"),
        re.compile(r"alertmanager|\balertname\b|\bgrafana\b", re.IGNORECASE),
    ),
    Monitor(
        "Uptime Kuma",
        re.compile(r"^\[[^\]]{1,100}\] \[(?:🔴|✅) ?(?:down|up)\]", re.IGNORECASE),
        re.compile(r"^(?:time \([^)]{1,40}\):|\[[^\]]{1,100}\] \[(?:🔴|✅))", re.IGNORECASE | re.MULTILINE),
    ),
)
