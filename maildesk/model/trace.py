"""Why a decision came out as it did: one line for each guard, rule and command, hit or missed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraceLine:
    """`step` is what looked (guard, thread, rule, command, notice), `name` which one, `because` the evidence."""

    step: str
    name: str
    hit: bool
    because: str = ""
