"""What is wrong with the configuration, as a person reads it. Made by this package; printed by `cli` and the daemon."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place; line and column count from 1. A warning does not stop anything."""

    file: str
    line: int
    column: int
    message: str
    warning: bool = False

    def __str__(self) -> str:
        """Return `rules.yaml:12:5: unknown key …`."""
        return f"{self.file}:{self.line}:{self.column}: {'warning: ' if self.warning else ''}{self.message}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` has everything wrong with it, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


def raise_errors(problems: Iterable[Problem]) -> None:
    """Raise `ConfigError` when there is anything but warnings."""
    errors = tuple(p for p in problems if not p.warning)
    if errors:
        raise ConfigError(errors)
