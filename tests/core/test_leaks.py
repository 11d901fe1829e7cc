"""Long passages of internal entries in a public text: found, unless the requester has read them."""

import pytest

from maildesk.core.leaks import find_leak
from maildesk.model import event as ev
from maildesk.model.event import Recorded
from tests import make
from tests.make import ANN, EVE, NOW, TIA, TOM

DESK = make.desk()
SECRET = "She pulled the plug herself and will not hear of it, so whoever answers had better be kind to her"
SHORT = "She pulled the plug herself and will not hear of it"
CHINESE = (
    "打印机的插头是她自己拔掉的但是她不愿意承认所以请大家回复的时候一定要"
    "客气一点不要让她觉得我们在责怪她因为她是我们最重要的客户之一谢谢"
)


def entry(event: ev.Event) -> Recorded:
    return Recorded(1042, 1, NOW, TOM.email, event)


def note(text: str) -> ev.NoteAdded:
    return ev.NoteAdded(TOM.address, text, None)


@pytest.mark.parametrize(
    ("event", "text", "found"),
    [
        (note(SECRET), SECRET, SECRET),
        (note(SECRET), f"Hello Ann,\n\n{SECRET}\n\nTia", SECRET),
        (note(f"FYI: {SECRET}!"), f"Hello. {SECRET}?", SECRET),
        (note(SECRET), SECRET.replace(" and", "\n> and").upper(), SECRET.replace(" and", "\n> and").upper()),
        (note(SECRET), SHORT, None),
        (note(SECRET), "Which floor?", None),
        (note(SECRET), "", None),
        (note("a b c d e f g h i j k l m n"), "a b c d e f g h i j k l m n", None),
        (note(CHINESE), f"您好。{CHINESE}", CHINESE),
        (note(CHINESE), CHINESE[:40], None),
        (ev.CorrespondencePending(EVE, SECRET, "a stranger", None), SECRET, SECRET),
        # What waits of a technician's own was meant for the requester.
        (ev.CorrespondencePending(TIA.address, SECRET, "no verdict", None), SECRET, None),
        (ev.SideAnswered(EVE, SECRET, None), SECRET, SECRET),
        (ev.SideAsked(EVE, TIA.address, SECRET, None), SECRET, SECRET),
        (ev.ResolutionRecorded(fix=SECRET), SECRET, SECRET),
    ],
)
def test_a_long_passage_of_an_internal_entry_is_found(event: ev.Event, text: str, found: str | None) -> None:
    assert find_leak(text, make.situation(None, notes=(entry(event),)), DESK) == found


@pytest.mark.parametrize(
    ("public", "found"),
    [
        (ev.CorrespondenceReceived(ANN, SECRET, SECRET, None), None),
        (ev.CorrespondenceReceived(ANN, f"I wrote:\n{SECRET}\n", "", None), None),
        (ev.CorrespondenceSent(TOM.address, f"{SECRET}.", None), None),
        (ev.CorrespondenceReceived(ANN, SHORT, SHORT, None), SECRET),
        (ev.CorrespondenceReceived(ANN, "It smokes.", "It smokes.", None), SECRET),
    ],
)
def test_what_was_said_in_public_is_no_secret(public: ev.Event, found: str | None) -> None:
    side = "answers" if isinstance(public, ev.CorrespondenceSent) else "received"
    situation = make.situation(None, notes=(entry(note(SECRET)),), **{side: (entry(public),)})
    assert find_leak(SECRET, situation, DESK) == found


def test_the_unread_rest_of_a_passage_that_is_public_in_part_is_found() -> None:
    secret = "the invoice of last month was never paid and nobody in accounting wants to hear about it again"
    situation = make.situation(
        None,
        notes=(entry(note(f"{SECRET}; {secret}")),),
        received=(entry(ev.CorrespondenceReceived(ANN, SECRET, "", None)),),
    )
    assert find_leak(f"{SECRET}; {secret}", situation, DESK) == f"; {secret}"
