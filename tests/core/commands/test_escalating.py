"""Tickets that leave their team's hands: up, or out of sight."""

import pytest

from maildesk.model import event as ev
from maildesk.model.desk import Queue
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.core.commands.lines import happened, refusal, run
from tests.make import NED, TIA, TOM

DESK = make.desk(queues=(Queue("general", escalates_to="network"), Queue("network", 2), Queue("vendors", 3)))
UP = ev.QueueChanged("network", "general")


@pytest.mark.parametrize(
    ("typed", "ticket", "expected"),
    [
        ("#escalate", make.ticket(), [UP]),
        ("#escalate", make.ticket(assignee=TOM.email), [UP, ev.Assigned(None)]),
        # Whoever works in the next level keeps it.
        ("#escalate", make.ticket(assignee=NED.email), [UP]),
        ("#esc vendors", make.ticket(), [ev.QueueChanged("vendors", "general")]),
        ("#escalate ven", make.ticket(queue="network"), [ev.QueueChanged("vendors", "network")]),
        ("#spam", make.ticket(), [ev.TagsChanged(("spam",)), ev.StatusChanged("closed", "open")]),
        ("#spam", make.ticket(tags=("spam",)), [ev.StatusChanged("closed", "open")]),
        ("#spam", make.closed(1, tags=("spam",)), []),
    ],
)
def test_lines_that_work(typed: str, ticket: Ticket, expected: list[ev.Event]) -> None:
    found = run(typed, ticket, on_desk=DESK)
    assert not found.failed, found.results
    assert happened(found) == expected


@pytest.mark.parametrize(
    ("typed", "ticket", "why"),
    [
        ("#escalate", make.ticket(queue="network"), "network has no further level; name a queue: general, vendors"),
        ("#escalate moon", make.ticket(), "none of: network, vendors"),
        ("#escalate general", make.ticket(), "it is in general already"),
        ("#reply\n#escalate\n\nText.", make.ticket(), "answer the requester in a mail of its own"),
        ("#spam now", make.ticket(), "takes no value"),
        ("#reply\n#spam\n\nGo away.", make.ticket(), "nobody outside is told"),
        ("#escalate", None, "names no ticket yet"),
        ("#spam", None, "names no ticket yet"),
    ],
)
def test_lines_that_are_refused(typed: str, ticket: Ticket | None, why: str) -> None:
    assert why in refusal(run(typed, ticket, on_desk=DESK))[0]


def test_the_text_is_a_note_to_whoever_takes_over() -> None:
    decision = make.decide("#escalate\n\nThe switch is dead.", make.by_token(on=make.ticket(assignee=TIA.email)))
    assert make.names(decision) == ["QueueChanged", "Assigned", "NoteAdded"]
    assert make.mails(decision) == [("queue_changed", NED.email), ("command_result", TIA.email)]
    notice = make.notice(decision, NoticeName.QUEUE_CHANGED)
    assert (notice.text, notice.visibility) == ("The switch is dead.", Visibility.INTERNAL)


@pytest.mark.parametrize("text", ["#spam", "#spam\n\nHe sells pills."])
def test_nobody_outside_is_told_of_spam(text: str) -> None:
    decision = make.decide(text)
    assert {to for _, to in make.mails(decision)} <= {TIA.email, TOM.email}
    assert make.statuses(decision) == [Status.CLOSED]
    assert "CorrespondenceSent" not in make.names(decision)
