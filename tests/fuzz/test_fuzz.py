"""Every target of the fuzzer over the same few inputs in every run; more of them with MAILDESK_PROOF=1."""

import os
from itertools import islice
from time import process_time

import pytest

from tests.fuzz.mutator import mutations
from tests.fuzz.targets import TARGETS

PROOF = os.environ.get("MAILDESK_PROOF") == "1"
#: Seconds of processor time a target gets in a run, and the most inputs it is given.
BUDGET_SECONDS, MOST_INPUTS = (30.0, 20_000) if PROOF else (0.6, 150)
#: Of one input, which is never longer than 20 KB.
SLOW_SECONDS = 2.0


@pytest.mark.parametrize("name", TARGETS)
def test_the_promise_holds_for_any_bytes(name: str) -> None:
    target = TARGETS[name]
    deadline = process_time() + BUDGET_SECONDS
    tried = 0
    for data in islice(mutations(name, target.seeds), MOST_INPUTS):
        begun = process_time()
        try:
            target.run(data)
        except Exception as error:
            pytest.fail(f"{target.promise}: {type(error).__name__}: {error}\ninput: {data!r}")
        assert process_time() - begun < SLOW_SECONDS, f"too slow: {data!r}"
        tried += 1
        if process_time() > deadline:
            break
    assert tried >= len(target.seeds) or process_time() > deadline


def test_the_mutator_repeats_itself() -> None:
    one, other = (list(islice(mutations("x", (b"seed", b"other")), 50)) for _ in range(2))
    assert one == other
    assert len(set(one)) > 40
