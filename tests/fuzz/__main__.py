"""Look for bytes that break a parser's promise: python -m tests.fuzz TARGET [--seconds N] [--blind].

With atheris (extra `fuzz`) coverage of maildesk guides the search; otherwise, or with --blind, the seeded mutator runs.
What broke a promise is written to a file, whose name is printed; the exit status is then not 0.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, process_time

from tests.fuzz.mutator import TOKENS, mutations

#: An input is slow when it takes longer than this of processor time.
SLOW_SECONDS = 2.0
_LARGEST_BYTES = 100_000


class SlowInput(Exception):
    """An input took longer than it may."""


def main() -> None:
    """Fuzz one target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="?")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--blind", action="store_true", help="use the mutator even where atheris is installed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path(tempfile.gettempdir()), help="folder for offending inputs")
    wanted = parser.parse_args()
    is_guided = wanted.target is not None and not wanted.blind and find_spec("atheris") is not None
    if is_guided:
        import atheris

        with atheris.instrument_imports(include=["maildesk"]):
            from tests.fuzz.targets import TARGETS
    else:
        from tests.fuzz.targets import TARGETS
    if wanted.target not in TARGETS:
        names = "\n".join(f"  {name:10} {target.promise}" for name, target in TARGETS.items())
        sys.stderr.write(f"a target, please:\n{names}\n")
        raise SystemExit(2)
    target = TARGETS[wanted.target]
    watched = watch(wanted.target, target.run, wanted.output)
    if is_guided:
        run_guided(wanted.target, watched, target.seeds, wanted.seconds, wanted.output)
    else:
        run_blind(wanted.target, watched, target.seeds, wanted.seconds, wanted.seed)


def watch(name: str, run: Callable[[bytes], None], folder: Path) -> Callable[[bytes], None]:
    """Return the target so that it keeps the input that breaks it, or that it is too slow for."""

    def watched(data: bytes) -> None:
        try:
            timed(run, data)
        except Exception as error:
            path = folder / f"fuzz-{name}-{sha256(data).hexdigest()[:12]}"
            path.write_bytes(data)
            sys.stderr.write(f"{name}: {type(error).__name__}: {error}\n{path}\n")
            raise

    return watched


def timed(run: Callable[[bytes], None], data: bytes) -> None:
    """Run a target on one input; raise SlowInput when that took too long."""
    begun = process_time()
    run(data)
    seconds = process_time() - begun
    if seconds > SLOW_SECONDS:
        raise SlowInput(f"{len(data)} bytes took {seconds:.1f} s")


def run_blind(name: str, run: Callable[[bytes], None], inputs: tuple[bytes, ...], seconds: float, seed: int) -> None:
    """Try mutations until the time is over."""
    deadline = monotonic() + seconds
    for tried, data in enumerate(mutations(name, inputs, seed)):
        if monotonic() > deadline:
            print(f"{name}: {tried} inputs, no promise broken")
            return
        run(data)


def run_guided(
    name: str, run: Callable[[bytes], None], inputs: tuple[bytes, ...], seconds: float, folder: Path
) -> None:
    """Let libFuzzer search, beginning with the seeds; it ends the process itself."""
    import atheris

    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as corpus:
        for place, data in enumerate(inputs):
            (Path(corpus) / f"seed{place}").write_bytes(data)
        words = Path(corpus).with_suffix(".words")
        words.write_text("\n".join(f'"{_escaped(token)}"' for token in TOKENS), encoding="ascii")
        options = (
            f"-max_total_time={int(seconds)}", f"-dict={words}", f"-artifact_prefix={folder}/fuzz-{name}-",
            f"-max_len={_LARGEST_BYTES}", "-timeout=30", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0",
        )  # fmt: skip
        atheris.Setup([sys.argv[0], *options, corpus], run)
        atheris.Fuzz()


def _escaped(token: bytes) -> str:
    return "".join(f"\\x{octet:02X}" for octet in token)


if __name__ == "__main__":
    main()
