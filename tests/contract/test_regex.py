"""What rules rely on in `regex`: a time limit that is kept, other threads that go on meanwhile, and its own error."""

import threading
import time

import pytest
import regex

SLOW = regex.compile("(a|aa)+$", regex.IGNORECASE)
TEXT = "a" * 500 + "b"


def test_the_time_limit_is_kept():
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        SLOW.search(TEXT, timeout=0.15, concurrent=True)
    assert time.monotonic() - began < 2


def test_other_threads_go_on_meanwhile():
    """A tick every millisecond: without `concurrent` the search would hold them all back until it ends."""
    ticks, done = [], threading.Event()

    def tick() -> None:
        while not done.wait(0.001):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        SLOW.search(TEXT, timeout=0.3, concurrent=True)
    ended = time.monotonic()
    done.set()
    thread.join()
    assert len([t for t in ticks if began < t < ended]) >= 10


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a**", "(?P<x", "\\", "(?&x)", "a{99999999999}"])
def test_a_faulty_pattern_is_its_own_error(pattern):
    with pytest.raises(regex.error):
        regex.compile(pattern, regex.IGNORECASE)


def test_case_is_ignored_beyond_ascii():
    assert regex.search(r"\bgröße\b", "FALSCHE GRÖßE!", regex.IGNORECASE)
