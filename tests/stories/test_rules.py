"""Rules at work: on first mail, as tickets change, as time goes by; and what they never do."""

import json

import pytest
from sqlalchemy import text as sql

from maildesk.model import event as ev
from tests.desk import DESK, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, NED

pytestmark = pytest.mark.servers

RULES = r"""
macros:
  known outage: {impact: high, tags: outage, new: {note: "Site {site}: see the wiki."}}
rules:
  - name: Noise
    when: {subject: {matches: 'newsletter'}}
    then: {discard: nobody reads it}
    stop: true
  - name: Jobs
    when: {subject: {contains: application}}
    then: {reject: "We take no applications here; please write to jobs@example.test."}
  - name: Outage
    when: {subject: {matches: 'outage in (?P<site>\w+)'}}
    then:
      macro: known outage
      queue: network
      subject: "Outage in {site}"
      fields: {site: "{site}"}
      reply: "We know of the outage in {site} and are at it."
  - name: Urgent
    when: {phase: change, changed: priority, priority: P2}
    then: {notify: boss@example.test, tags: seen}
  - name: Seen
    when: {phase: change, changed: tag, tag: seen}
    then: {type: incident}
  - name: Old
    when: {phase: time, age: {greater: 2h}, status: {one_of: [new, open]}}
    then: {reply: "We have not forgotten you.", notify: boss@example.test}
"""


def rows(desk: TestDesk, table: str) -> int:
    with desk.store() as store, store.transaction() as tx:
        return int(tx.hits._connection.execute(sql(f"SELECT count(*) FROM {table}")).scalar_one())


def hits(desk: TestDesk) -> list[str]:
    with desk.store() as store, store.transaction() as tx:
        return list(tx.hits._connection.execute(sql("SELECT rule FROM rule_hits ORDER BY id")).scalars())


def test_a_day_with_rules(make_desk: MakeDesk):
    desk = make_desk(rules=RULES)
    # What is ignored leaves a line in the ledger and nothing else, and what is rejected one polite mail.
    assert desk.deliver(BOB.write("Newsletter", "Buy!\n"), dmarc="pass").recipients == []
    refused = desk.deliver(BOB.write("My application", "Hire me.\n"), dmarc="pass").to(BOB.address)
    assert "jobs@example.test" in refused.text
    assert (refused.mail_from, refused.message["Auto-Submitted"]) == ("", "auto-replied")
    assert desk.outcomes() == ["discarded", "rejected"]
    assert desk.ledger()[0].reason == "rule 'Noise': nobody reads it"
    assert (rows(desk, "tickets"), rows(desk, "people"), rows(desk, "absences"), rows(desk, "events")) == (0, 0, 0, 0)
    assert len(desk.folder("Processed")) == 2

    # One mail to everybody: the rule's answer takes the place of the acknowledgement, and a change told of the boss.
    mails = desk.deliver(ANN.write("Total outage in Rome", "All dark.\n"), dmarc="pass")
    answer = mails.to(ANN.address)
    assert "We know of the outage in Rome and are at it." in answer.text
    assert answer.message["Auto-Submitted"] == "auto-generated"
    assert "priority P3 → P2" in " ".join(mails.to("boss@example.test").text.split())
    ticket = desk.ticket()
    assert (ticket.queue, ticket.priority, ticket.type, ticket.subject) == (
        "network", "P2", "incident", "Outage in Rome")  # fmt: skip
    assert (ticket.tags, ticket.fields) == (("outage", "seen"), (("site", "Rome"),))
    assert json.loads(desk.cli("show", str(ticket.number), "--json"))["fields"] == {"site": "Rome"}
    assert "site: Rome" in desk.cli("show", str(ticket.number)).splitlines()
    assert ticket.first_responded_at is None, "a rule's words are no answer"
    assert hits(desk) == ["Noise", "Jobs", "Outage", "Urgent", "Seen"]

    # It hits the follow-up again: what was done is not done a second time, nor what a technician did undone.
    desk.deliver(NED.reply(mails.to(NED.address), "#queue general\n#priority P4\n"), dmarc="pass")
    again = desk.deliver(ANN.reply(answer, "Outage in Rome goes on.\n"), dmarc="pass")
    assert ANN.address not in again.recipients
    assert (desk.ticket().queue, desk.ticket().priority) == ("general", "P4")

    # Time: once, whatever number of ticks, and what comes back to the desk starts nothing.
    desk.clock.advance(hours=3)
    desk.run_once()
    late = desk.outgoing()
    assert "We have not forgotten you." in late.to(ANN.address).text
    assert late.to("boss@example.test").subject
    for _ in range(2):
        desk.clock.advance(hours=3)
        desk.run_once()
    assert desk.outgoing().recipients == []
    seq = desk.ticket().seq
    assert desk.deliver(late.to(ANN.address).raw, return_path=ANN.address).recipients == []
    assert (desk.outcomes()[-1], desk.ticket().seq) == ("discarded", seq)
    assert [e.rule for e in desk.events(ev.RuleFired)] == ["Outage", "Urgent", "Old"]
    assert DESK not in {row.recipient for row in desk.outbox()}
