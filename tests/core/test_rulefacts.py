"""The facts of rules: what they say on a mail, after a change and as time goes by."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from maildesk.core.access import identify
from maildesk.core.lanes.opening import home_of
from maildesk.core.rulefacts import change_facts, mail_facts, time_facts
from maildesk.model.clock import ALWAYS, Calendar
from maildesk.model.desk import Asset, Group, Queue, Vendor
from maildesk.model.message import Address
from maildesk.model.rule import NO_MESSAGE, Change, Phase, RuleFacts
from maildesk.model.situation import Situation
from tests import make


def _holiday(day: date) -> str | None:
    return "Ash Wednesday" if day == date(2026, 3, 4) else None


ROME = Calendar("rome", make.calendar(zone="Europe/Rome").timezone, make.WEEKDAYS, _holiday)
DESK = make.desk(
    calendars=(make.calendar(make.WEEKDAYS), ROME),
    queues=(Queue("general"), Queue("network", calendar=ALWAYS)),
    groups=(
        Group("board", ("ann@client.test",), vip=True),
        Group("clients", frozenset({"@client.test"}), calendar="rome"),
        Group("evil", ("@elsewhere.test",)),
    ),
    assets=(
        Asset("LAP-0231", "laptop", "ann@client.test"),
        Asset("PRN-7", "printer"),
        Asset("HP LaserJet 2", "printer", "bob@client.test"),
    ),
    vendors=(Vendor("Acme", "acme.test", lambda _subject: None),),
)


def _of(situation: Situation) -> RuleFacts:
    return mail_facts(situation, DESK, identify(situation, DESK), home_of(situation, DESK))


def test_a_first_mail():
    facts = _of(make.situation(make.message(auth=make.PASS), open_tickets=2))
    assert (facts.phase, facts.ticket, facts.queue, facts.mailbox) == (Phase.NEW, None, "general", "support")
    assert (facts.role, facts.proof, facts.actor, facts.open_tickets) == ("stranger", "pass", "ann@client.test", 2)
    assert (facts.groups, facts.vip, facts.assets) == (("board", "clients"), True, (("LAP-0231", "laptop"),))
    assert (facts.business_hours, facts.open_calendars) == (True, ("business", ALWAYS))
    assert facts.local_now is not None
    assert (facts.local_now.hour, facts.changes) == (13, ())


def test_a_follow_up_is_about_the_ticket():
    ticket = make.ticket(queue="network", requester=make.BOB, participants=(make.ANN,))
    facts = _of(make.situation(make.message(), make.by_token(make.ANN.address, on=ticket)))
    assert (facts.phase, facts.ticket, facts.queue, facts.role) == (Phase.FOLLOW_UP, ticket, "network", "participant")
    assert (facts.groups, facts.vip) == (("clients",), False)
    assert facts.assets == (("HP LaserJet 2", "printer"),)


def test_a_technician_acts_under_the_main_address():
    facts = _of(make.from_technician("hello"))
    assert (facts.role, facts.actor) == ("technician", make.TIA.email)


@pytest.mark.parametrize(
    ("subject", "text", "names"),
    [
        ("prn-7 is on fire", "", ["PRN-7"]),
        ("", "about PRN-7, please", ["PRN-7"]),
        ("", "(PRN-7) and HP laserjet 2.", ["PRN-7", "HP LaserJet 2"]),
        ("XPRN-7", "PRN-77 PRN-7-1 A-PRN-7 PRN_7", []),
        ("", f"{'x ' * 10_000}PRN-7", []),
    ],
)
def test_an_asset_is_meant_by_its_whole_name(subject, text, names):
    message = make.message(text, make.EVE, subject=subject)
    assert [name for name, _ in _of(make.situation(message)).assets] == names


def test_an_asset_in_quoted_text_is_not_meant():
    message = replace(make.message("thanks", make.EVE), text="thanks\n> PRN-7")
    assert _of(make.situation(message)).assets == ()


@pytest.mark.parametrize(
    ("actor", "role"),
    [
        ("tia@staff.test", "technician"),
        ("ANN@client.test", "requester"),
        ("bob@client.test", "participant"),
        ("help@sub.acme.test", "vendor"),
        ("eve@elsewhere.test", "stranger"),
        ("rule: VIP", "rule"),
        ("timer", "timer"),
        ("maildesk", "maildesk"),
    ],
)
def test_who_changed_a_ticket(actor, role):
    ticket = make.ticket(participants=(make.BOB,))
    changes = (Change("status", ("new",), ("open",)),)
    facts = change_facts(ticket, DESK, changes, actor, make.NOW)
    assert (facts.phase, facts.actor, facts.role, facts.changes) == (Phase.CHANGE, actor, role, changes)
    assert (facts.message, facts.mailbox, facts.open_tickets) == (NO_MESSAGE, "support", None)


def test_nobody_acts_as_time_goes_by():
    ticket = make.ticket(subject="PRN-7 burns", requester=Address("", "x@nowhere.test"), mailbox="help@desk.test")
    facts = time_facts(ticket, DESK, make.NOW)
    assert (facts.phase, facts.actor, facts.role, facts.ticket) == (Phase.TIME, "timer", "timer", ticket)
    assert (facts.mailbox, facts.queue, facts.groups, facts.vip) == ("support", "general", (), False)
    assert facts.assets == (("PRN-7", "printer"),)


@pytest.mark.parametrize(
    ("requester", "queue", "hours"),
    [
        # The desk works 9 to 17 in Berlin, 8 to 16 UTC; the ticket has lasted since yesterday noon.
        ("x@nowhere.test", "general", 8),
        # The queue never closes.
        ("x@nowhere.test", "network", 24),
        # Ann's group works in Rome, where today is a holiday; that goes before the queue.
        ("bob@client.test", "general", 4),
        ("bob@client.test", "network", 4),
    ],
)
def test_working_time_is_that_of_whoever_works_for_the_requester(requester, queue, hours):
    ticket = make.ticket(requester=Address("", requester), queue=queue)
    facts = time_facts(ticket, DESK, make.NOW)
    assert facts.worked is not None
    assert facts.worked(make.NOW - timedelta(days=1)) == hours * 3600


def test_working_time_ahead_is_negative():
    facts = time_facts(make.ticket(requester=Address("", "x@nowhere.test")), DESK, make.NOW)
    assert facts.worked is not None
    assert facts.worked(make.NOW + timedelta(days=1)) == -8 * 3600


@pytest.mark.parametrize(
    ("at", "open_calendars", "holiday"),
    [
        (make.NOW, ("business", ALWAYS), ""),
        (datetime(2026, 3, 5, 12, tzinfo=UTC), ("business", "rome", ALWAYS), ""),
        (datetime(2026, 3, 7, 12, tzinfo=UTC), (ALWAYS,), ""),
    ],
)
def test_who_works_now(at, open_calendars, holiday):
    facts = time_facts(make.ticket(), DESK, at)
    assert (facts.open_calendars, facts.holiday) == (open_calendars, holiday)
    assert facts.business_hours is ("business" in open_calendars)


def test_a_holiday_of_the_desk_has_its_name():
    desk = make.changed(DESK, calendars=(make.calendar(make.WEEKDAYS, holiday=_holiday),))
    facts = time_facts(make.ticket(), desk, make.NOW)
    assert (facts.holiday, facts.business_hours, facts.open_calendars) == ("Ash Wednesday", False, (ALWAYS,))
