"""To whom mail goes, and the last word on it: one to each address, none about one's own act, none to the desk."""

import pytest

from maildesk.core.notices import crew, forgery_warning, one_each, tell_crew, tell_public
from maildesk.model.level import Priority
from maildesk.model.message import Address
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.situation import RecentMail
from tests import make
from tests.make import ANN, BOB, NED, SUPPORT, TIA, TOM

DESK = make.desk()


def told(name: NoticeName, to: Address | str, text: str = "") -> Notice:
    address = to if isinstance(to, Address) else Address("", to)
    return Notice(name, address, Audience.PUBLIC, Visibility.PUBLIC, text=text)


CORRESPONDENCE, RESULT = NoticeName.CORRESPONDENCE, NoticeName.COMMAND_RESULT
REJECTED, WARNING, ACK = NoticeName.COMMAND_REJECTED, NoticeName.FORGERY_WARNING, NoticeName.ACKNOWLEDGEMENT


@pytest.mark.parametrize(
    ("notices", "actor", "expected"),
    [
        # The first to each address; case does not make it another one.
        ([(CORRESPONDENCE, "a@x.test"), (ACK, "A@X.test"), (ACK, "b@x.test")], None, [
            (CORRESPONDENCE, "a@x.test"), (ACK, "b@x.test")]),
        # Nobody is told of their own act, at any of their addresses.
        ([(CORRESPONDENCE, TIA.email), (CORRESPONDENCE, "tia@home.test")], TIA.address, []),
        ([(CORRESPONDENCE, "tia@home.test")], Address("", "TIA@staff.test"), []),
        ([(CORRESPONDENCE, ANN.address), (CORRESPONDENCE, BOB.address)], ANN, [(CORRESPONDENCE, BOB.address)]),
        ([(ACK, ANN.address)], ANN, [(ACK, ANN.address)]),
        # A result goes last and takes the place of anything else to that address; of two results the first stays.
        ([(RESULT, TIA.email), (CORRESPONDENCE, ANN.address)], TIA.address, [
            (CORRESPONDENCE, ANN.address), (RESULT, TIA.email)]),
        ([(ACK, TIA.email), (RESULT, TIA.email)], TIA.address, [(RESULT, TIA.email)]),
        ([(ACK, TIA.email), (WARNING, TIA.email)], None, [(WARNING, TIA.email)]),
        ([(REJECTED, TIA.email), (RESULT, TIA.email)], TIA.address, [(REJECTED, TIA.email)]),
        # Nothing is addressed to the desk itself. What can be addressed to nobody stays: it has to fail visibly.
        ([(ACK, SUPPORT), (ACK, "Help@Desk.test"), (RESULT, "support+x@desk.test")], None, []),
        ([(CORRESPONDENCE, "")], None, []),
    ],
)  # fmt: skip
def test_one_to_each(
    notices: list[tuple[NoticeName, str]], actor: Address | None, expected: list[tuple[NoticeName, str]]
) -> None:
    kept = one_each((told(name, to) for name, to in notices), DESK, actor)
    assert [(n.name, n.to.address) for n in kept] == expected


@pytest.mark.parametrize(
    "address",
    ["support@desk.test", "SUPPORT@DESK.TEST", "help+r1@desk.test", "info+it@desk.test", "info+it+r1@desk.test"],
)
def test_the_desks_own_addresses(address: str) -> None:
    mailbox = make.changed(DESK.mailboxes[0], aliases=("help@desk.test", "info+it@desk.test"))
    assert make.desk(mailboxes=(mailbox,)).is_own_address(address)


@pytest.mark.parametrize("address", ["info@desk.test", "info+x@desk.test", "support@other.test", "", "support"])
def test_addresses_that_are_not_the_desks(address: str) -> None:
    mailbox = make.changed(DESK.mailboxes[0], aliases=("help@desk.test", "info+it@desk.test"))
    assert not make.desk(mailboxes=(mailbox,)).is_own_address(address)


@pytest.mark.parametrize(
    ("assignee", "expected"),
    [(None, (TIA, TOM)), (NED.email, (NED,)), ("tia@home.test", (TIA,)), ("gone@staff.test", (TIA, TOM))],
)
def test_the_crew_of_a_ticket(assignee: str | None, expected: tuple[object, ...]) -> None:
    assert crew(DESK, "general", assignee) == expected


def test_the_reason_says_why_a_technician_is_told() -> None:
    name = NoticeName.FOLLOW_UP
    nobodys, neds = make.ticket(watchers=(NED.email,)), make.ticket(assignee="NED@staff.test", watchers=(TIA.email,))
    told = [tell_crew(name, DESK, ticket, visibility=Visibility.INTERNAL) for ticket in (nobodys, neds)]
    assert [[n.reason for n in notices] for notices in told] == [
        ["queue general", "queue general", "watching"], ["owner", "watching"],
    ]  # fmt: skip
    assert {n.visibility for notices in told for n in notices} == {Visibility.INTERNAL}


@pytest.mark.parametrize(
    ("text", "author", "priority", "delay"),
    [
        ("Hi.", TIA.address, Priority.P2, 60.0),
        ("Hi.", TIA.address, Priority.P1, 0.0),
        ("", TIA.address, Priority.P2, 0.0),
        ("Hi.", None, Priority.P2, 0.0),
    ],
)
def test_only_a_technicians_words_wait(text: str, author: Address | None, priority: Priority, delay: float) -> None:
    ticket = make.ticket(priority=priority, participants=(BOB,))
    notices = tell_public(CORRESPONDENCE, DESK, ticket, text=text, author=author)
    assert [(n.to, n.delay_seconds, n.audience) for n in notices] == [
        (ANN, delay, Audience.PUBLIC), (BOB, delay, Audience.PUBLIC),
    ]  # fmt: skip


def test_a_warning_is_not_repeated_within_its_window() -> None:
    quiet = make.situation()
    assert len(forgery_warning(quiet, TIA, "x")) == 1
    assert forgery_warning(make.changed(quiet, recent=RecentMail(warnings_to_technician=1)), TIA, "x") == ()
