"""Time spent, steps done, and how a request came in."""

import pytest

from maildesk.core.when import worked
from maildesk.model import event as ev
from maildesk.model.ticket import Ticket
from tests import make
from tests.core.commands.lines import happened, refusal, run
from tests.make import TIA

STEPS = make.ticket(checklist=("Backup", "Replace", "Test"), steps_done=(2,))
SPENT = make.ticket(time_seconds=3600)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("15m", 15), ("15 min", 15), ("90 minutes", 90), ("2h", 120), ("1h30", 90), ("1h 30m", 90), ("1h30m", 90),
        ("1:30", 90), ("0:05", 5), ("1.5h", 90), ("1,5 hours", 90), ("-15m", -15), ("-1:00", -60), ("100h", 6000),
    ],
)  # fmt: skip
def test_time_spent(typed: str, minutes: int) -> None:
    found = run(f"#time {typed}", SPENT)
    assert happened(found) == [ev.TimeLogged(TIA.email, minutes * 60)]
    assert found.results[0].outcome == f"{worked(minutes * 60)} logged, {worked(3600 + minutes * 60)} in all"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "how long?"),
        *((text, "no length of time") for text in ("15", "0m", "soon", "1:75", "h", "m", "-", "1h30x", "15s", "1e3h")),
        ("101h", "more than 100 hours"),
        ("-2h", "only 1 h are logged"),
    ],
)
def test_time_that_is_refused(typed: str, why: str) -> None:
    assert why in refusal(run(f"#time {typed}", SPENT))[0]


@pytest.mark.parametrize(
    ("typed", "ticket", "expected", "outcome"),
    [
        ("#step 1", STEPS, [ev.StepsDone((1, 2))], "Backup: done; 2 of 3 steps are done"),
        ("#step 3, 1", STEPS, [ev.StepsDone((1, 2, 3))], "Backup, Test: done; 3 of 3"),
        ("#step 2", STEPS, [], "1 of 3"),
        ("#step 2 undo", STEPS, [ev.StepsDone(())], "Replace: open again; 0 of 3"),
        ("#step 1 Undo", STEPS, [], "1 of 3"),
        ("#via Phone", make.ticket(), [ev.ChannelSet("phone")], "came in by phone"),
        ("#via phone", make.ticket(channel="phone"), [], "already"),
    ],
)
def test_steps_and_channels(typed: str, ticket: Ticket, expected: list[ev.Event], outcome: str) -> None:
    found = run(typed, ticket)
    assert happened(found) == expected
    assert outcome in found.results[0].outcome


@pytest.mark.parametrize(
    ("typed", "ticket", "why"),
    [
        ("#step", STEPS, "which step?"),
        ("#step undo", STEPS, "which step?"),
        ("#step 4", STEPS, "'4' is no step; there are 1 to 3"),
        ("#step 0", STEPS, "'0' is no step"),
        ("#step two", STEPS, "'two' is no step"),
        ("#step ²", STEPS, "is no step"),
        ("#step 1", make.ticket(), "no checklist"),
        ("#via", make.ticket(), "how did it come in?"),
        ("#via the phone", make.ticket(), "one word"),
        *((line, None, "names no ticket yet") for line in ("#step 1", "#via phone", "#time 5m")),
    ],
)
def test_steps_and_channels_that_are_refused(typed: str, ticket: Ticket | None, why: str) -> None:
    assert why in refusal(run(typed, ticket))[0]
