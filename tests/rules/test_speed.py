"""Speed: hundreds of rules may not be felt. The limit is wide, for a shared machine; the aim is 2 ms a mail."""

import time

from maildesk.rules.engine import run_rules
from tests.rules.written_rules import facts, rules

RULE = (
    "- {{name: r{n}, when: {{kind: person, from: {{domain: example.test}}, subject: {{contains: [other{n}, word]}},"
    " body: {{contains: needle{n}}}}}, then: {{tags: t{n}}}}}\n"
)
RULES = rules("rules:\n" + "".join(RULE.format(n=n) for n in range(500)))
#: Three conditions of four hold on every rule, so nearly everything is looked at.
MAIL = facts(from_="ann@example.test", subject="a word", body="plain text of a mail " * 100)


def test_five_hundred_rules_of_four_conditions():
    rounds = []
    for _ in range(10):
        began = time.perf_counter()
        verdict = run_rules(RULES, MAIL)
        rounds.append(time.perf_counter() - began)
    assert len(verdict.hits) == 500
    assert min(rounds) < 0.02
