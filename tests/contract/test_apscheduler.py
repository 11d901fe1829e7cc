"""What the timer loop relies on in APScheduler 3: a late tick runs, once, and never beside itself."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_MISSED
from apscheduler.schedulers.background import BackgroundScheduler

LATE = dt.timedelta(seconds=5)


@pytest.fixture
def scheduler() -> Iterator[BackgroundScheduler]:
    made = BackgroundScheduler(timezone=dt.UTC)
    yield made
    made.shutdown()


def watch(scheduler: BackgroundScheduler) -> tuple[list[int], threading.Event]:
    """Collect what becomes of jobs; the event is set at the first."""
    seen: list[int] = []
    is_seen = threading.Event()

    def note(event: object) -> None:
        seen.append(event.code)  # type: ignore[attr-defined]
        is_seen.set()

    scheduler.add_listener(note, EVENT_JOB_EXECUTED | EVENT_JOB_MISSED)
    return seen, is_seen


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, EVENT_JOB_MISSED), ({"misfire_grace_time": None}, EVENT_JOB_EXECUTED)],
    ids=["default: lost", "no limit: runs"],
)
def test_a_late_job_runs_only_without_a_grace_time(
    scheduler: BackgroundScheduler, settings: dict[str, None], expected: int
) -> None:
    seen, is_seen = watch(scheduler)
    scheduler.add_job(lambda: None, "date", run_date=dt.datetime.now(dt.UTC) - LATE, **settings)
    scheduler.start()
    assert is_seen.wait(5)
    assert seen == [expected]


@pytest.mark.parametrize(("coalesce", "runs"), [(True, 1), (False, 6)])
def test_missed_ticks_run_once_when_coalesced(scheduler: BackgroundScheduler, coalesce: bool, runs: int) -> None:
    ticks: list[None] = []
    is_last = threading.Event()

    def tick() -> None:
        ticks.append(None)
        if len(ticks) == runs:
            is_last.set()

    first = dt.datetime.now(dt.UTC) - LATE
    scheduler.add_job(
        tick, "interval", seconds=1, start_date=first, next_run_time=first,
        coalesce=coalesce, misfire_grace_time=None, max_instances=1 if coalesce else 9,
    )  # fmt: skip
    scheduler.start()
    assert is_last.wait(5)
    scheduler.pause()
    assert len(ticks) in (runs, runs + 1), "the next regular tick may have come meanwhile"


def test_a_tick_never_overlaps_itself(scheduler: BackgroundScheduler) -> None:
    job = scheduler.add_job(lambda: None, "interval", seconds=5)
    scheduler.start(paused=True)
    assert (job.max_instances, job.misfire_grace_time, job.coalesce) == (1, 1, True)
