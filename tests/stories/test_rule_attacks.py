"""Attacks by way of rules that an admin wrote without much thought: floods, loops, borrowed addresses, stray words."""

import pytest

from maildesk.model import event as ev
from tests.desk import TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA

pytestmark = pytest.mark.servers

RULES = r"""
rules:
  - name: Tell everybody
    when: {phase: new}
    then: {notify: boss@outside.test, accept: true, note: canary-rule call them before noon and say nothing}
  - name: Wait
    when: {phase: new, subject: {contains: form}}
    then: {status: waiting-requester, acknowledge: false}
  - name: Old
    when: {phase: time, age: {greater: 1h}}
    then: {reply: We have not forgotten you.}
"""
POLICY = {"rule_mail_to_address": "3/1h", "sla": {}}


@pytest.fixture
def desk(make_desk: MakeDesk) -> TestDesk:
    return make_desk(rules=RULES, policy=POLICY)


def told(desk: TestDesk, address: str) -> list[str]:
    return [row.notice for row in desk.outbox() if row.recipient == address]


def test_a_flood_of_tickets_is_no_flood_in_a_mailbox(desk: TestDesk):
    mails = [desk.deliver(ANN.write(f"Printer {n}", "It smokes.\n"), dmarc="pass") for n in range(5)]
    assert len(desk.tickets()) == 5
    assert told(desk, "boss@outside.test") == ["rule_notice"] * 3
    # The machine of whoever was told answers: that opens no ticket, and so tells nobody anew.
    notice = mails[0].to("boss@outside.test")
    away = BOB.reply(notice, "I am away until Monday.\n")
    del away["Auto-Submitted"]
    away["Auto-Submitted"] = "auto-replied"
    desk.clock.advance(hours=2)
    desk.deliver(away, return_path="")
    assert (desk.outcomes()[-1], len(desk.tickets())) == ("follow-up", 5)

    # Time goes by on all of them: so many automatic answers to one address, and no more.
    desk.run_once()
    assert told(desk, ANN.address).count("rule_reply") == 3
    assert [e.rule for e in desk.events(ev.RuleFired, 1001)].count("Old") == 1


def test_a_borrowed_address_gets_no_words_of_whoever_borrowed_it(desk: TestDesk):
    desk.deliver(BOB.write("The form: cheap watches", "Buy at watches.test!\n"))
    assert desk.ticket().status == "waiting-requester"
    sent = []
    for _ in range(4):
        desk.clock.advance(days=5)
        desk.run_once()
        sent += [mail for mail in desk.outgoing() if mail.recipient == BOB.address]
    kinds = ["resolved_unanswered", "rule_reply", "waiting_reminder", "waiting_reminder"]
    assert sorted(told(desk, BOB.address)) == kinds
    assert len(sent) == 4
    assert not [mail for mail in sent if "watches" in mail.everything]


def test_thanks_do_not_park_a_ticket(desk: TestDesk):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    question = desk.deliver(TIA.reply(notice, "#wait\n\nWhich floor?\n"), dmarc="pass").to(ANN.address)
    desk.deliver(ANN.reply(question, "Thanks!\n"), dmarc="pass")
    assert desk.ticket().status == "waiting-requester"
    desk.clock.advance(days=4)
    desk.run_once()
    assert "waiting_reminder" in told(desk, ANN.address)
