"""What requesters are told to expect: by when somebody answers, reckoned from calendar and targets, in their words."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.desk import TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, TIA, Person

pytestmark = pytest.mark.servers

RULES = """\
rules:
  - name: Site outage
    when: {subject: {contains: outage}}
    then: {impact: high, urgency: high, queue: network}
  - name: Invoices
    when: {subject: {contains: [invoice, Rechnung]}}
    then: {priority: P2}
"""
HOURS: dict[str, Any] = {
    "timezone": "Europe/Berlin", "hours": {"mon-fri": "09:00-18:00"}, "holidays": {"country": "DE"},
    "sla": {
        "P1": {"first_response": "15m", "hours": "always"},
        "P2": {"first_response": "1h", "next_response": "2h"},
        "P3": {"resolution": "3d"},
    },
}  # fmt: skip
_numbers = itertools.count(1)
FRIDAY = "2026-03-06T17:50+01:00"


@pytest.fixture
def desk(make_desk: MakeDesk) -> TestDesk:
    return make_desk(policy=HOURS, rules=RULES)


def acknowledged(desk: TestDesk, at: str, subject: str, text: str = "", dmarc: str = "pass") -> str:
    """Return what somebody of their own reads who writes at an instant."""
    desk.clock.now = datetime.fromisoformat(at).astimezone(UTC)
    person = Person("Wordy Name", f"wordy{next(_numbers)}@customer.test")
    mails = desk.deliver(person.write(subject, text or "Could you please have a look at it for me?\n"), dmarc=dmarc)
    return mails.to(person.address).text


def test_the_acknowledgement_says_by_when_somebody_answers(desk: TestDesk):
    # Ten minutes are left of the week.
    assert "We aim to answer by Monday 9 March, 09:50." in acknowledged(desk, FRIDAY, "My invoice")
    # The priority and the queue of the rule count, and that one's people never sleep.
    assert "We aim to answer today by 18:05." in acknowledged(desk, FRIDAY, "An outage")
    assert "We aim to answer tomorrow by 00:05." in acknowledged(desk, "2026-03-06T23:50+01:00", "An outage")
    # No target, no promise.
    assert "aim" not in acknowledged(desk, FRIDAY, "My printer")
    # Good Friday and Easter Monday.
    assert "by Tuesday 7 April, 09:50." in acknowledged(desk, "2026-04-02T17:50+02:00", "My invoice")


def test_it_says_so_in_the_language_of_the_requester_and_to_strangers_without_a_word_of_theirs(desk: TestDesk):
    german = "Guten Tag, könnten Sie bitte nachsehen, warum meine Rechnung noch nicht angekommen ist?\n"
    assert "bis Montag, 9. März, 09:50 antworten." in acknowledged(desk, FRIDAY, "Meine Rechnung", german)
    stranger = acknowledged(desk, FRIDAY, "My wordy invoice", dmarc="")
    assert "We aim to answer by Monday 9 March, 09:50." in stranger
    assert "wordy" not in stranger


def test_the_time_zone_is_named_where_a_desk_keeps_several(make_desk: MakeDesk):
    desk = make_desk(policy={**HOURS, "calendars": {"tokyo": {"timezone": "Asia/Tokyo"}}}, rules=RULES)
    assert "We aim to answer by Monday 9 March, 09:50 CET." in acknowledged(desk, FRIDAY, "My invoice")


def test_a_report_says_where_it_stands_with_whom_and_until_when(desk: TestDesk):
    desk.clock.now = datetime.fromisoformat("2026-03-09T10:00+01:00").astimezone(UTC)
    opened = desk.deliver(ANN.write("My invoice", "Could you please have a look at it for me?\n"), dmarc="pass")
    ack, told = opened.to(ANN.address), opened.to(TIA.address)
    waiting = desk.deliver(ANN.reply(ack, "status")).to(ANN.address).text
    assert "waits for its turn.\nWe aim to answer today by 11:00.\nTo add something" in waiting

    desk.deliver(TIA.reply(told, "#eta wed 12:00\n\nI am on it.\n"), dmarc="pass")
    desk.clock.advance(minutes=30)
    working = desk.deliver(ANN.reply(ack, "status")).to(ANN.address).text
    assert (
        "is being worked on.\nTia Berg is looking after it.\nWe expect to be done by Wed 11 Mar 2026, 12:00 CET."
        in working
    )
    assert "We aim" not in working

    # A question of theirs is owed an answer; what was promised and is past is not promised again.
    desk.deliver(ANN.reply(ack, "Will that be in time for the meeting?\n"))
    assert "We aim to answer today by 12:30." in desk.deliver(ANN.reply(ack, "status")).to(ANN.address).text
    desk.clock.advance(days=3)
    late = desk.deliver(ANN.reply(ack, "status")).to(ANN.address).text
    assert "Tia Berg is looking after it.\nTo add something" in late
