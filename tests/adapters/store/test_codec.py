"""What is written can be read back, exactly; what no database stores is cleaned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildesk.adapters.store.codec import (
    KEY_CHARACTERS,
    address_key,
    bounded,
    event_from_json,
    event_to_json,
    trace_from_json,
    trace_to_json,
)  # fmt: skip
from maildesk.adapters.store.schema import clean_text
from maildesk.model import event as ev
from maildesk.model.clock import Clock
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address, Attachment
from maildesk.model.trace import TraceLine
from tests.adapters.store.make import ANN, LATER, NOW

NAMELESS = Address("", "bö@exämple.test")
PARTS = (
    Attachment(0, "Rechnung ü.pdf", "application/pdf", 12, False, "ab" * 32),
    Attachment(3, "", "image/png", 0, True, "cd" * 32, "<logo@x>"),
)
EVENTS = (
    ev.TicketOpened("Druckér 🖨", ANN, "support@example.test", "general", claims=1002, language="de"),
    ev.TicketOpened("", NAMELESS, "", ""),
    ev.CorrespondenceReceived(ANN, 'all "of" it\r\n\t\\u0000 \u2028', "of it", "<a@x>", PARTS),
    ev.CorrespondenceReceived(ANN, "", "", None),
    ev.CorrespondenceSent(ANN, "text", None, (ANN, NAMELESS), PARTS),
    ev.CorrespondencePending(ANN, "text", "no proof", "<b@x>"),
    ev.NoteAdded(ANN, "text", None, PARTS),
    ev.AutomaticMailReceived(ANN, "away", None, "auto-reply"),
    ev.MailQueued("acknowledgement", "ann@example.test", "<c@x>"),
    ev.StatusChanged("resolved", "open", LATER),
    ev.StatusChanged("open", "new"),
    ev.PriorityChanged(Level.HIGH, Level.LOW, Priority.P3, "matrix"),
    ev.DeadlinesSet(NOW, None),
    ev.Assigned("tia@example.test"),
    ev.Assigned(None),
    ev.QueueChanged("network", "general"),
    ev.TagsChanged(("vip", "dräft")),
    ev.TagsChanged(()),
    ev.TypeChanged("incident"),
    ev.SubjectChanged("new", "old"),
    ev.ParticipantAdded(NAMELESS),
    ev.ResolutionRecorded("cause", "fix", "config"),
    ev.ChecklistSet(("one", "two")),
    ev.MailHeld(None, "reason", None),
    ev.MailHeld(ANN, "reason", "<d@x>"),
    ev.DeliveryFailed("ann@example.test", "5.1.1", "no such user", None),
    ev.DeliveryDelayed("ann@example.test", "4.2.2", "full", "<e@x>"),
    ev.Merged(1001),
    ev.VendorNumberLearned("acme", "C-77"),
    ev.ParticipantRemoved(ANN),
    ev.ParticipantProposed(NAMELESS, ANN),
    ev.PendingSettled(3, approved=True),
    ev.RequesterChanged(ANN, NAMELESS),
    ev.UpdatesMuted("ann@example.test", muted=False),
    ev.WatchersChanged(("tia@example.test",)),
    ev.LinksChanged((7, 1042)),
    ev.SnoozeSet(LATER),
    ev.DueSet(None),
    ev.ReminderSent(LATER),
    ev.ExpectedSet(NOW),
    ev.TimeLogged("tia@example.test", -900),
    ev.ChannelSet("phone"),
    ev.StepsDone((1, 3)),
    ev.SideAsked(NAMELESS, ANN, "text", None),
    ev.SideAnswered(ANN, "text", "<f@x>", PARTS),
    ev.CorrespondenceRecalled(ANN, None, NOW),
    ev.Undone(("status", "tags")),
    ev.Unmerged(7),
    ev.StatusChanged("open", "closed", course=ev.Course((ev.Stay("new", NOW, NOW),), 1, 2)),
    ev.DeadlineWarned(Clock.RESOLUTION, 75, NOW),
    ev.RequesterReminded(2),
    ev.VendorChased(),
    ev.Escalated("tia@staff.test", "network", "general", "why", (("Symptom", "smoke"),)),
    ev.EscalatorsChanged(("tia@staff.test",)),
    ev.RuleFired("r", 1),
    ev.PromiseWarned(NOW, passed=True),
    ev.FieldsChanged((("site", "Rome"),)),
)


def test_every_event_is_tried():
    assert {type(event).__name__ for event in EVENTS} == set(ev.EVENTS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_event_comes_back_the_same(event: ev.Event):
    assert event_from_json(type(event).__name__, event_to_json(event)) == event


# Every character there is, among them NUL, lone surrogates and the letters of an escape.
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.text(st.sampled_from('\\u0"\x00\udc80é'))


@given(ANY_TEXT, ANY_TEXT)
def test_any_text_comes_back_cleaned(text: str, name: str):
    event = ev.NoteAdded(Address(name, "a@b"), text, None)
    clean = ev.NoteAdded(Address(clean_text(name), "a@b"), clean_text(text), None)
    assert event_from_json("NoteAdded", event_to_json(event)) == clean


@given(ANY_TEXT)
def test_cleaning_removes_what_cannot_be_stored_and_nothing_else(text: str):
    kept = [c for c in text if c != "\0" and not 0xD800 <= ord(c) <= 0xDFFF]
    assert clean_text(text) == "".join(kept)


def test_trace_comes_back_the_same():
    trace = (TraceLine("rule", "Site outage", True, 'subject matches "down"'), TraceLine("guard", "loops", False))
    assert trace_from_json(trace_to_json(trace)) == trace
    assert trace_from_json(trace_to_json(())) == ()


@pytest.mark.parametrize(
    ("name", "data"), [("Unheard", "{}"), ("NoteAdded", "{}"), ("NoteAdded", "["), ("Assigned", '{"assignee": 7}')]
)
def test_a_row_that_is_not_ours_is_an_error(name: str, data: str):
    with pytest.raises((KeyError, ValueError)):
        event_from_json(name, data)


@pytest.mark.parametrize("length", [0, 1, KEY_CHARACTERS, KEY_CHARACTERS + 1, 100_000])
def test_keys_fit_an_index_and_stay_distinct(length: int):
    one, other = bounded("x" * length), bounded("x" * length + "y")
    assert len(one.encode()) <= 2000
    assert one != other


def test_addresses_are_compared_without_case():
    assert address_key("Ann@Example.TEST") == address_key("ann@example.test")
