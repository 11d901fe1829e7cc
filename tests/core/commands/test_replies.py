"""Commands about the text: questions to the requester, and hints where another command is meant."""

import pytest

from maildesk.model import event as ev
from maildesk.model.ticket import Status
from tests import make
from tests.core.commands.lines import refusal, run
from tests.make import ANN, TIA


@pytest.mark.parametrize("text", ["#ask\n\nWhich floor?", "#ask Which floor?"])
@pytest.mark.parametrize("status", [Status.NEW, Status.OPEN, Status.WAITING_REQUESTER])
def test_a_question_goes_out_and_the_ticket_waits_for_the_answer(text: str, status: Status) -> None:
    decision = make.decide(text, make.by_token(on=make.ticket(status=status, assignee=TIA.email)))
    sent = [e.text for e in make.events(decision) if isinstance(e, ev.CorrespondenceSent)]
    assert sent == ["Which floor?"]
    assert make.statuses(decision) == ([] if status is Status.WAITING_REQUESTER else ["waiting-requester"])
    assert make.mails(decision) == [("correspondence", ANN.address), ("command_result", TIA.email)]


@pytest.mark.parametrize(
    ("typed", "why", "hint"),
    [
        ("#ask", "what do you want to ask?", ""),
        ("#note\n#ask\n\nText.", "exclude each other", ""),
        ("#ask\n#note\n\nText.", "exclude each other", ""),
        ("#priority high", "a priority is P1 to P5", "#impact high"),
        # What was given to somebody outside cannot become a note any more, nor the other way round.
        ("#side eve@elsewhere.test\n#note\n\nText.", "uses the text below already", ""),
        ("#side eve@elsewhere.test\n#note Secret.\n\nText.", "uses the text below already", ""),
        ("#side eve@elsewhere.test\n#bcc-note ned\n\nText.", "uses the text below already", ""),
        ("#side eve@elsewhere.test\n#escalate\n\nText.", "uses the text below already", ""),
        ("#side eve@elsewhere.test\n#spam\n\nText.", "uses the text below already", ""),
        ("#side eve@elsewhere.test\n#reply\n\nText.", "uses the text below already", ""),
        ("#side eve@elsewhere.test\n#ask\n\nText.", "uses the text below already", ""),
        ("#note Secret.\n#side eve@elsewhere.test\n\nText.", "spoken for", ""),
    ],
)
def test_lines_that_are_refused(typed: str, why: str, hint: str) -> None:
    said = refusal(run(typed, make.ticket()))
    assert why in said[0]
    assert said[1] == hint
