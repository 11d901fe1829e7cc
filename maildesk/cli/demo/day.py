"""Plays a script: somebody does something, then it must be seen, in time, before the next does something.

Called by the verb with the day of `script.py`. Nothing is taken for granted: a step has happened when its `look` found
it, and a step that is not seen ends the day. Must not know what the steps are about.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from imaplib import IMAP4
from time import monotonic

from maildesk.adapters.store import StoreError
from maildesk.cli.demo.site import Site
from maildesk.cli.demo.timeline import Timeline

DEADLINE_SECONDS = 20.0
_LOOK_AGAIN_SECONDS = 0.05


def _nothing(_site: Site) -> None:
    """Do nothing: the step only looks."""


@dataclass(frozen=True, slots=True)
class Step:
    """Who does what. `look` says in words what was found, and returns an empty text as long as it is not there."""

    who: str
    name: str
    look: Callable[[Site], str]
    act: Callable[[Site], None] = _nothing


class StepMissed(Exception):
    """A step did not happen."""

    def __init__(self, step: Step, why: str) -> None:
        super().__init__(f"this step did not happen, {why}: {step.who} {step.name}")


class Gone(Exception):
    """Something that an earlier step has seen is not there any more."""


def play(site: Site, script: tuple[Step, ...], timeline: Timeline, deadline_seconds: float = DEADLINE_SECONDS) -> None:
    """Play the steps in order, each shown as soon as it was seen. Raises StepMissed for the first that was not."""
    for step in script:
        with timeline.waiting(step.who, step.name):
            try:
                step.act(site)
                found = _await(site, step, monotonic() + deadline_seconds)
            except (OSError, IMAP4.error, StoreError, Gone) as problem:
                raise StepMissed(step, f"{type(problem).__name__}: {problem}") from problem
        timeline.happened(step.who, step.name, found)


def _await(site: Site, step: Step, deadline: float) -> str:
    """Look until the step is seen. Raises StepMissed at the deadline or when the daemon has ended."""
    pause = threading.Event()
    while not (found := step.look(site)):
        if not site.is_running():
            raise StepMissed(step, "because the daemon has ended")
        if monotonic() > deadline:
            raise StepMissed(step, "at least not in time")
        pause.wait(_LOOK_AGAIN_SECONDS)
    return found
