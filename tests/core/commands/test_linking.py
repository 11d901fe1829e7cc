"""Ties between tickets."""

import pytest

from maildesk.model import event as ev
from maildesk.model.ticket import Ticket
from tests import make
from tests.core.commands.lines import refusal, run

MOUSE = make.ticket(1043, subject="Mouse")
CHAIR = make.ticket(1044, subject="Chair", links=(1042,))


def tied(typed: str, ticket: Ticket) -> list[tuple[int, ev.Event]]:
    found = run(typed, ticket, named=(MOUSE, CHAIR))
    assert not found.failed, found.results
    assert found.context.ticket is not None
    assert found.context.ticket.number == ticket.number
    return [(s.ticket.number, a.event) for s in found.context.strands for a in s.acts]


@pytest.mark.parametrize(
    ("typed", "links", "expected"),
    [
        ("#link 1043", (), {1042: (1043,), 1043: (1042,)}),
        ("#link #1043, [#1044]", (), {1042: (1043, 1044), 1043: (1042,)}),
        ("#link 1044", (1044,), {}),
        ("#link -1044", (1044, 7), {1042: (7,), 1044: ()}),
        ("#link –1044", (1044,), {1042: (), 1044: ()}),
        ("#link -1043", (), {}),
        ("#link 1043\n#link -1043", (), {1042: (), 1043: ()}),
    ],
)
def test_both_tickets_know_of_the_tie(typed: str, links: tuple[int, ...], expected: dict[int, tuple[int, ...]]) -> None:
    last = {n: event.links for n, event in tied(typed, make.ticket(links=links)) if isinstance(event, ev.LinksChanged)}
    assert last == expected


@pytest.mark.parametrize(
    ("typed", "ticket", "why"),
    [
        ("#link", make.ticket(), "to which ticket?"),
        ("#link soon", make.ticket(), "'soon' is no ticket number"),
        ("#link 7", make.ticket(), "there is no ticket 7"),
        ("#link 1042", make.ticket(), "that is this ticket itself"),
        ("#link 1043 7", make.ticket(), "there is no ticket 7"),
        ("#link 1043", None, "names no ticket yet"),
        ("#ticket", make.ticket(), "which ticket?"),
        ("#ticket 7", make.ticket(), "there is no ticket 7"),
        ("#ticket 1043 1044", make.ticket(), "no ticket number"),
    ],
)
def test_what_is_refused(typed: str, ticket: Ticket | None, why: str) -> None:
    assert why in refusal(run(typed, ticket, named=(MOUSE, CHAIR)))[0]


def test_a_ticket_that_went_into_another_is_not_worked_on() -> None:
    gone = make.ticket(1043, merged_into=1044)
    assert refusal(run("#ticket 1043", make.ticket(), named=(gone,))) == (
        "ticket 1043 went into 1044", "#ticket 1044",
    )  # fmt: skip
