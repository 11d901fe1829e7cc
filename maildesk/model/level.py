"""Impact, urgency and the priority that follows from them (the ITIL matrix)."""

from enum import StrEnum


class Level(StrEnum):
    """How much (impact) or how soon (urgency)."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Priority(StrEnum):
    """P1 is the most pressing."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"


_POINTS = {Level.HIGH: 0, Level.MEDIUM: 1, Level.LOW: 2}


def matrix(impact: Level, urgency: Level) -> Priority:
    """Return the priority of an impact and an urgency: HH P1, HM/MH P2, HL/MM/LH P3, ML/LM P4, LL P5."""
    return tuple(Priority)[_POINTS[impact] + _POINTS[urgency]]
