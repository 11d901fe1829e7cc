"""A second ticket of what does not belong to the first."""

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decision import Decision
from maildesk.model.ticket import Ticket
from tests import make
from tests.core.commands.lines import refusal, run
from tests.make import ANN, NED, SUPPORT, TIA, TOM


def split(text: str, on: Ticket | None = None, **fields: object) -> Decision:
    return decide_message(make.from_technician(text, make.by_token(on=on), next_number=1043), make.desk(**fields))


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("#split Mouse\n\nThe mouse squeaks, too.", "Mouse"),
        ("#split\n\nShe broke it herself.\nSince Monday.", "Printer"),
        ("#split " + "x" * 90 + "\n\nText.", "x" * 79 + "…"),
    ],
)
def test_the_text_becomes_a_ticket_of_the_same_requester(text: str, subject: str) -> None:
    decision = split(text)
    (aside,) = decision.asides
    opened, note, linked = (act.event for act in aside.acts)
    assert opened == ev.TicketOpened(subject, ANN, SUPPORT, "general")
    assert isinstance(note, ev.NoteAdded)
    assert note.text.startswith(text.partition("\n\n")[2])
    assert note.text.endswith("(Split from ticket 1042.)")
    assert (aside.ticket, linked) == (None, ev.LinksChanged((1042,)))
    assert make.events(decision) == [ev.LinksChanged((1043,))]
    assert decision.commands[0].outcome == "the text is ticket 1043 now, linked to 1042"


def test_only_the_queue_is_told() -> None:
    decision = split("#split\n\nThe mouse squeaks.", make.ticket(queue="network", assignee=TIA.email))
    (aside,) = decision.asides
    assert [(n.name.value, n.to.address) for n in aside.notices] == [("ticket_opened", NED.email)]
    assert make.mails(decision) == [("command_result", TIA.email)]
    assert [n.to.address for n in split("#split\n\nThe mouse.").asides[0].notices] == [TOM.email]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("#split", "what is the new ticket about?"),
        ("#split Mouse", "what is the new ticket about?"),
        ("#split A\n#split B\n\nText.", "one #split a mail"),
        ("#note\n#split\n\nText.", "becomes the new ticket"),
        ("#reply\n#split\n\nText.", "becomes the new ticket"),
    ],
)
def test_what_cannot_be_split(typed: str, why: str) -> None:
    assert why in refusal(run(typed, make.ticket(), next_number=1043))[0]
    assert "names no ticket yet" in refusal(run("#split\n\nText.", None, next_number=1043))[0]
