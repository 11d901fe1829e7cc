"""Rules tried on real mail before they go live: replay, samples, numbers, reasons, and refusal of failing tests."""

import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner

from maildesk.cli import app
from maildesk.config import ConfigError
from tests.desk import RULES, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA

pytestmark = pytest.mark.servers

OLD = """\
rules:
  - name: Newsletter
    when: {subject: {contains: newsletter}}
    then: {discard: Nobody waits for an answer}
    stop: true
  - name: Outage
    when: {subject: {contains: down}}
    then: {impact: high, urgency: high, queue: network, tags: [outage]}
  - name: Loud
    when: {body: {contains: urgent}}
    then: {tags: [loud]}
"""
NEW = OLD.replace("contains: newsletter", "contains: weekly newsletter").replace("tags: [loud]", "tags: [loud, hot]")
#: Rules that come to the same, written otherwise.
SAME = OLD.replace("contains: down", "matches: 'down$'")


def replayed(desk: TestDesk, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in desk.cli("rules", "replay", "--json", *words).splitlines()]


@pytest.fixture
def full_desk(make_desk: MakeDesk, database_url: str) -> TestDesk:
    """Four tickets and a discarded mail: an outage that Tia moved back, a quiet one, one with a loud answer."""
    desk = make_desk(database_url, rules=OLD)
    desk.deliver(ANN.write("Server web1 is down", "Nothing works.\n"), dmarc="pass")
    told = desk.deliver(BOB.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    desk.deliver(BOB.write("A newsletter", "Spring is here.\n"), dmarc="pass")
    desk.deliver(TIA.reply(told, "#queue network\n#tag smoke\n\nWe look at it.\n"), dmarc="pass")
    answered = desk.deliver(ANN.write("Screen", "It flickers.\n"), dmarc="pass").to(ANN.address)
    desk.deliver(ANN.reply(answered, "It is urgent now.\n"), dmarc="pass")
    return desk


def test_replay(full_desk: TestDesk):
    desk = full_desk
    assert replayed(desk) == []
    said = desk.cli("rules", "replay")
    assert re.match(r"6 mails of 3 tickets replayed, 0 tickets would differ \(\d+ mails/s\)\n$", said)
    (desk.folder_path / "same.yaml").write_text(SAME)
    assert replayed(desk, "--rules", str(desk.folder_path / "same.yaml")) == []

    new = desk.folder_path / "new.yaml"
    new.write_text(NEW)
    found = replayed(desk, "--rules", str(new))
    assert [set(row) for row in found] == [{"ticket", "subject", "before", "after", "because"}] * 2
    loud, letter = found
    assert (loud["ticket"], loud["before"], loud["after"]) == (1003, {"tags": ["loud"]}, {"tags": ["hot", "loud"]})
    assert "rule 'Loud' hits as before and asks for something else: tags" in loud["because"][0]
    assert (letter["ticket"], letter["subject"], letter["before"]) == (None, "A newsletter", {"outcome": "discarded"})
    assert letter["after"].items() >= {"outcome": "ticket", "queue": "general", "priority": "P3"}.items()
    assert "rule 'Newsletter' misses now: not subject contains \"weekly newsletter\"" in letter["because"][0]

    # The same against what was decided, once they are in force; a moved ticket stays where Tia put it.
    before = desk.ledger()
    desk.change_rules(NEW.replace("queue: network", "queue: general"))
    by_number = {row["ticket"]: row for row in replayed(desk)}
    assert set(by_number) == {None, 1001, 1003}
    assert (by_number[1001]["before"], by_number[1001]["after"]) == ({"queue": "network"}, {"queue": "general"})
    assert replayed(desk, "--since", "2100-01-01") == []
    text = desk.cli("rules", "replay")
    assert "#1001  Server web1 is down\n  queue    network → general\n  because  " in text
    assert text.splitlines()[-1].startswith("6 mails of 3 tickets replayed, 3 tickets would differ")
    # It wrote nothing and sent nothing.
    assert desk.ledger() == before
    assert desk.outgoing() == ()


def test_samples_numbers_and_reasons(full_desk: TestDesk):
    desk = full_desk
    letter = next(entry for entry in desk.ledger() if entry.subject == "A newsletter")
    stub = desk.cli("rules", "sample", str(letter.id))
    written = desk.folder_path / "tests" / f"mail-{letter.id}.eml"
    assert b"Spring is here." in written.read_bytes()
    # The stub is a test that passes where the sample belongs.
    head, stop, rest = OLD.partition("    stop: true\n")
    desk.change_rules(head + stop + "".join(f"{line}\n" for line in stub.splitlines() if "wrote" not in line) + rest)
    assert "1 tests passed, 0 failed" in desk.cli("rules", "test")
    again = CliRunner().invoke(app, ["--config", str(desk.folder_path), "rules", "sample", str(letter.id)])
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)

    rows = {row["rule"]: row for row in map(json.loads, desk.cli("rules", "stats", "--json").splitlines())}
    assert {name: (row["hits"], row["note"]) for name, row in rows.items()} == {
        "Newsletter": (1, ""), "Outage": (1, ""), "Loud": (1, ""),
    }  # fmt: skip
    assert rows["Outage"]["share"] == round(1 / 6, 4)
    desk.change_rules(RULES)
    rows = {row["rule"]: row for row in map(json.loads, desk.cli("rules", "stats", "--json").splitlines())}
    assert (rows["Site outage"]["hits"], rows["Site outage"]["note"]) == (0, "never hit")
    assert rows["Loud"]["note"] == "no such rule any more"

    shown = desk.cli("show", "1001", "--trace")
    assert 'rule     Outage: hit, subject contains "down": "Server web1 is down"' in shown
    assert 'rule     Newsletter: missed, not subject contains "newsletter"' in shown
    assert "rule     Outage" not in desk.cli("show", "1001")


def test_rules_that_fail_their_tests_are_not_put_in_force(make_desk: MakeDesk):
    desk = make_desk()
    desk.run_once()
    daemon = desk.daemon()
    try:
        test = "    tests:\n      - given: {subject: Server is down}\n        expect: {queue: general}\n"
        desk.change_rules(RULES + test)
        daemon.reload()
        assert daemon.workshop().desk.rules[0].tests == ()
    finally:
        daemon.store.close()
        daemon._sandbox.close()
    with pytest.raises(ConfigError, match="rule 'Site outage' fails: queue: expected general, got network"):
        desk.daemon()
    result = CliRunner().invoke(app, ["--config", str(desk.folder_path), "run", "--once"])
    assert isinstance(result.exception, ConfigError)
    desk.change_rules(RULES)
