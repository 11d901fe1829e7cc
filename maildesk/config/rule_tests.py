"""Tests beside rules that fail, as problems of the configuration.

Called where a policy is about to be put in force, and by `check`: rules that do not do what their own tests say are as
faulty as rules that cannot be read. `rules test` shows the same with less fuss.
"""

from maildesk.config.problems import Problem
from maildesk.model.desk import Desk
from maildesk.rules.testing import run_tests


def failing_tests(desk: Desk, file: str = "rules.yaml") -> tuple[Problem, ...]:
    """Return every test that fails: where it stands, its rule, what it expects and what came out."""
    return tuple(
        Problem(file, result.line, 1, f"a test of rule '{result.rule}' fails: {'; '.join(result.differences)}")
        for result in run_tests(desk.rules, desk)
        if not result.passed
    )
