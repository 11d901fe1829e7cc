"""Tell systemd how the daemon is (the sd_notify protocol), and learn how often it wants to hear.

`daemon.py` is the caller. Without `$NOTIFY_SOCKET` everything here does nothing. A failure to notify is never allowed
to disturb the daemon.
"""

import os
import socket
import time
from contextlib import suppress


def notify_ready(status: str = "") -> None:
    """Say that start-up, or a reload, is done."""
    _notify("READY=1", f"STATUS={status}")


def notify_reloading() -> None:
    """Say that a reload begins; `notify_ready` ends it. systemd orders reloads by the monotonic clock."""
    _notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def notify_stopping() -> None:
    """Say that the daemon is on its way out."""
    _notify("STOPPING=1")


def notify_alive(status: str) -> None:
    """Keep the watchdog quiet and show one line in `systemctl status`."""
    _notify("WATCHDOG=1", f"STATUS={status}")


def find_watchdog_seconds() -> float | None:
    """Return how often `notify_alive` is due (half of systemd's limit), None when nobody watches."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    watched = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not microseconds.isdecimal() or watched != str(os.getpid()):
        return None
    return int(microseconds) / 2_000_000


def _notify(*lines: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # A leading @ stands for the NUL of an abstract socket.
    path = "\0" + address[1:] if address.startswith("@") else address
    message = "\n".join(line.replace("\n", " ") for line in lines)
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.setblocking(False)
        sock.sendto(message.encode("utf-8", "replace"), path)
