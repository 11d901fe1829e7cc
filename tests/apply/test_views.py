"""What a reader of a mail is shown of the ticket's history."""

import pytest

from maildesk.apply.views import public_entries
from maildesk.model import event as ev
from tests import make
from tests.make import ANN, BOB, NOW, TIA


def recorded(event: ev.Event) -> ev.Recorded:
    return ev.Recorded(1042, 2, NOW, "x", event)


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (ev.CorrespondenceReceived(BOB, "It smokes.", "It smokes.", None), [("Bob Bone", "It smokes.")]),
        (ev.CorrespondenceReceived(BOB, "leave", "leave", None), []),
        (ev.CorrespondenceReceived(ANN, "Status?", "Status?", None), []),
        (ev.CorrespondenceReceived(ANN, "Leave it on.", "Leave it on.", None), [("Ann Ames", "Leave it on.")]),
        (ev.CorrespondenceSent(TIA.address, "We come.", None), [("Tia Berg", "We come.")]),
        (ev.NoteAdded(TIA.address, "She broke it.", None), []),
        (ev.SideAsked(BOB, TIA.address, "Is it known?", None), []),
        (ev.CorrespondencePending(BOB, "Me too.", "no proof", None), []),
    ],
)
def test_what_the_public_side_sees_again(event: ev.Event, shown: list[tuple[str, str]]) -> None:
    entries = public_entries((recorded(event),), make.desk())
    assert [(e["who"], e["text"]) for e in entries] == shown
