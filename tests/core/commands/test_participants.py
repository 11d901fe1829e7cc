"""Who reads along: people outside, the requester, watching technicians, and who gets a note."""

import pytest

from maildesk.model import event as ev
from maildesk.model.message import Address
from maildesk.model.ticket import Ticket
from tests import make
from tests.core.commands.lines import happened, refusal, run
from tests.make import ANN, BOB, EVE, NED, TIA, TOM

WITH_BOB = make.ticket(participants=(BOB, Address("", "bill@client.test")))
JOINED_EVE = ev.ParticipantAdded(Address("", EVE.address))


@pytest.mark.parametrize(
    ("typed", "ticket", "expected"),
    [
        ("#cc eve@elsewhere.test", make.ticket(), [JOINED_EVE]),
        ("#cc <eve@elsewhere.test>", make.ticket(), [JOINED_EVE]),
        ("#cc Eve Evans <eve@elsewhere.test>", make.ticket(),
         [ev.ParticipantAdded(Address("Eve Evans", EVE.address))]),
        ("#cc eve@elsewhere.test, zoe@client.test", make.ticket(),
         [JOINED_EVE, ev.ParticipantAdded(Address("", "zoe@client.test"))]),
        ("#cc eve@elsewhere.test; -bob@client.test", WITH_BOB, [JOINED_EVE, ev.ParticipantRemoved(BOB)]),
        ("#cc -bob", WITH_BOB, [ev.ParticipantRemoved(BOB)]),
        ("#cc -Bone", WITH_BOB, [ev.ParticipantRemoved(BOB)]),
        ("#cc –BOB@client.test", WITH_BOB, [ev.ParticipantRemoved(BOB)]),
        ("#cc bob@client.test", WITH_BOB, []),
        ("#cc ann@client.test", WITH_BOB, []),
        ("#watch", make.ticket(), [ev.WatchersChanged((TIA.email,))]),
        ("#watch me", make.ticket(watchers=(NED.email,)), [ev.WatchersChanged((NED.email, TIA.email))]),
        ("#watch ned", make.ticket(), [ev.WatchersChanged((NED.email,))]),
        ("#watch", make.ticket(watchers=(TIA.email,)), []),
        ("#unwatch", make.ticket(watchers=(NED.email, TIA.email)), [ev.WatchersChanged((NED.email,))]),
        ("#unwatch", make.ticket(), []),
        ("#requester eve@elsewhere.test", WITH_BOB, [ev.RequesterChanged(Address("", EVE.address), ANN)]),
        ("#requester Eve <eve@elsewhere.test>", WITH_BOB, [ev.RequesterChanged(EVE, ANN)]),
        ("#requester tia@home.test", WITH_BOB, [ev.RequesterChanged(TIA.address, ANN)]),
        ("#requester ANN@client.test", WITH_BOB, []),
        ("#bcc-note ned\n\nText.", make.ticket(), []),
        ("#bcc ned@staff.test, tom\n\nText.", make.ticket(), []),
    ],
)  # fmt: skip
def test_lines_that_work(typed: str, ticket: Ticket, expected: list[ev.Event]) -> None:
    found = run(typed, ticket)
    assert not found.failed, found.results
    assert happened(found) == expected


@pytest.mark.parametrize(
    ("typed", "ticket", "why", "hint"),
    [
        ("#cc", make.ticket(), "whom?", ""),
        ("#cc bob", make.ticket(), "'bob' is no mail address", ""),
        ("#cc bob@", make.ticket(), "is no mail address", ""),
        ("#cc b\x01b@client.test", make.ticket(), "is no mail address", ""),
        # Nobody gets two mails, so that one of them would be lost.
        ("#side eve@elsewhere.test: Why?\n#cc EVE@elsewhere.test", make.ticket(), "written to once", ""),
        ("#side eve@elsewhere.test: Why?\n#requester eve@elsewhere.test", make.ticket(), "written to once", ""),
        ("#side eve@elsewhere.test: Why?\n#approve", make.ticket(proposed=(EVE,)), "written to once", ""),
        # A comma is where the next one begins.
        ('#cc "Evans, Eve" <eve@elsewhere.test>', make.ticket(), "is no mail address", ""),
        ("#cc ned@staff.test", make.ticket(), "is a technician's address", "#watch Ned Ode"),
        ("#cc tia@home.test", make.ticket(), "is a technician's address", "#watch Tia Berg"),
        ("#cc support+x@desk.test", make.ticket(), "the desk's own", ""),
        ("#cc -ann@client.test", WITH_BOB, "is the requester", "#requester ADDRESS"),
        ("#cc -b", WITH_BOB, "ambiguous: bob@client.test, bill@client.test", ""),
        ("#cc -eve@elsewhere.test", WITH_BOB, "there are: bob@client.test", ""),
        ("#cc -eve@elsewhere.test", make.ticket(), "nobody else does", ""),
        # One bad address undoes the good one.
        ("#cc eve@elsewhere.test bob", make.ticket(), "'bob' is no mail address", ""),
        ("#watch nobody", make.ticket(), "no technician is called", ""),
        ("#watch t", make.ticket(), "ambiguous", ""),
        ("#unwatch x@y.test", make.ticket(), "no technician is called", ""),
        ("#requester", make.ticket(), "whose?", ""),
        ("#requester bob", make.ticket(), "no mail address", ""),
        ("#requester a@x.test b@x.test", make.ticket(), "no mail address", ""),
        ("#requester -bob@client.test", make.ticket(), "no mail address", ""),
        ("#requester help@desk.test", make.ticket(), "the desk's own", ""),
        ("#bcc-note ned", make.ticket(), "what do you want to tell them?", ""),
        ("#bcc-note\n\nText.", make.ticket(), "to whom?", ""),
        ("#bcc-note eve@elsewhere.test\n\nText.", make.ticket(), "a note stays inside", "#side eve@elsewhere.test: …"),
        ("#reply\n#bcc-note ned\n\nText.", make.ticket(), "goes to the requester already", ""),
        *((line, None, "names no ticket yet", "#ticket NUMBER")
          for line in ("#cc a@b.test", "#watch", "#unwatch", "#requester a@b.test")),
    ],
)  # fmt: skip
def test_lines_that_are_refused(typed: str, ticket: Ticket | None, why: str, hint: str) -> None:
    said = refusal(run(typed, ticket))
    assert why in said[0]
    assert said[1] == hint


# ------------------------------------------------------------------ who is told


@pytest.mark.parametrize(
    ("text", "on", "expected"),
    [
        ("#cc eve@elsewhere.test", make.ticket(), [("joined", EVE.address)]),
        # The text itself tells whoever joins with it.
        ("#cc eve@elsewhere.test\n\nHello.", make.ticket(), [
            ("correspondence", ANN.address), ("correspondence", EVE.address), ("taken", TOM.email)]),
        ("#note\n#cc eve@elsewhere.test\n\nHm.", make.ticket(), [("note", TOM.email), ("joined", EVE.address)]),
        ("#cc -bob", WITH_BOB, [("left", BOB.address)]),
        ("#cc -bob\n\nHello.", make.ticket(participants=(BOB,)), [
            ("correspondence", ANN.address), ("left", BOB.address), ("taken", TOM.email)]),
        ("#cc -bob\n#cc bob@client.test", WITH_BOB, []),
        ("#requester eve@elsewhere.test", make.ticket(), [("joined", EVE.address)]),
        ("#requester bob@client.test", make.ticket(participants=(BOB,)), []),
        ("#close\n#cc eve@elsewhere.test", make.ticket(), [("resolved", ANN.address), ("resolved", EVE.address)]),
        ("#bcc-note ned\n\nHm.", make.ticket(), [("note", TOM.email), ("note", NED.email)]),
        ("#eta 2h", make.ticket(participants=(BOB,)), [("expected", ANN.address), ("expected", BOB.address)]),
        ("#eta 2h\n\nSoon.", make.ticket(assignee=TIA.email), [("correspondence", ANN.address)]),
        ("#note\n#eta 2h\n\nHm.", make.ticket(assignee=TIA.email), [("expected", ANN.address)]),
        ("#eta none", make.ticket(expected_at=make.NOW), []),
        ("#reopen\n#eta 2h", make.resolved(), [("expected", ANN.address)]),
        # Watchers get what the crew gets, once.
        ("#note Hm.", make.ticket(watchers=(NED.email, TOM.email)), [("note", TOM.email), ("note", NED.email)]),
        ("Hello.", make.ticket(watchers=(NED.email,), assignee=TOM.email), [
            ("correspondence", ANN.address), ("follow_up", TOM.email), ("follow_up", NED.email)]),
        ("#mine", make.ticket(watchers=(NED.email,)), [("taken", TOM.email), ("taken", NED.email)]),
        ("#assign tom", make.ticket(watchers=(TOM.email,)), [("assigned_to_you", TOM.email)]),
    ],
)  # fmt: skip
def test_who_is_told(text: str, on: Ticket, expected: list[tuple[str, str]]) -> None:
    told = [m for m in make.mails(make.decide(text, make.by_token(on=on))) if m[0] != "command_result"]
    assert told == expected


def test_a_watcher_is_told_why_they_are() -> None:
    decision = make.decide("#note Hm.", make.by_token(on=make.ticket(watchers=(NED.email,))))
    assert [n.reason for n in decision.notices] == ["queue general", "watching"]
