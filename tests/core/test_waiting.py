"""Tickets that wait: reminders in open hours, never two for one reason, and never resolved without a warning."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maildesk.core.timer import decide_timer, next_look
from maildesk.core.waiting import resolving_at, silent_since
from maildesk.model import event as ev
from maildesk.model.clock import Waiting
from maildesk.model.desk import Desk, Group
from maildesk.model.notice import NoticeName
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, NOW, TIA, TOM

DAY = timedelta(days=1)
DESK = make.desk()
RESOLVED = ev.StatusChanged("resolved", "waiting-requester", NOW + 5 * DAY)
#: Wednesday noon UTC is 13:00 in Berlin.
OFFICE = make.desk(calendars=(make.calendar(make.WEEKDAYS),))


def ago(days: float | None) -> datetime | None:
    return None if days is None else NOW - days * DAY


def waits(
    days: float,
    *,
    reminded: int = 0,
    last: float | None = None,
    status: Status = Status.WAITING_REQUESTER,
    **fields: Any,
) -> Ticket:
    """A ticket that has waited so many days; the last of its reminders came so many days ago."""
    stay = ev.Stay(status, NOW - days * DAY)
    course = ev.Course((ev.Stay("open", NOW - 100 * DAY), stay), 0, reminded, ago(last))
    return make.ticket(status=status, course=course, created_at=NOW - 100 * DAY, **fields)


def outcome(ticket: Ticket, desk: Desk = DESK, now: datetime = NOW) -> tuple[list[ev.Event], list[tuple[str, str]]]:
    decision = decide_timer(ticket, desk, now)
    return [act.event for act in decision.acts], [(n.name.value, n.to.address) for n in decision.notices]


def reminder(nth: int) -> tuple[list[ev.Event], list[tuple[str, str]]]:
    return [ev.RequesterReminded(nth)], [("waiting_reminder", ANN.address)]


GIVEN_UP = ([RESOLVED], [("resolved_unanswered", ANN.address)])
NOTHING: tuple[list[ev.Event], list[tuple[str, str]]] = ([], [])


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        (waits(2.9), NOTHING),
        (waits(3), reminder(1)),
        (waits(3, reminded=1, last=0), NOTHING),
        (waits(6.9, reminded=1, last=3.9), NOTHING),
        (waits(7, reminded=1, last=4), reminder(2)),
        (waits(13.9, reminded=2, last=6.9), NOTHING),
        (waits(14, reminded=2, last=7), GIVEN_UP),
        # Stood still: the latest reminder only, and then time to answer it.
        (waits(8), reminder(2)),
        (waits(30), reminder(2)),
        (waits(30, reminded=1, last=27), reminder(2)),
        (waits(7, reminded=1, last=0.5), NOTHING),
        (waits(8, reminded=1, last=1), reminder(2)),
        (waits(30, reminded=2, last=1.9), NOTHING),
        (waits(30, reminded=2, last=2), GIVEN_UP),
        # Counted from our last word in it, where that is later.
        (waits(5, answered_at=ago(1)), NOTHING),
        (waits(5, answered_at=ago(3)), reminder(1)),
        (waits(20, answered_at=ago(6), reminded=1, last=15), NOTHING),
        (waits(3, answered_at=ago(90)), reminder(1)),
        # An answer ends it, whatever the status says; our next word begins it anew; mail that made it wait is none.
        (waits(30, awaiting_since=ago(29)), NOTHING),
        (waits(30, requester_wrote_at=ago(29), answered_at=ago(4)), reminder(1)),
        (waits(3, awaiting_since=ago(3)), reminder(1)),
        # Thanks and a machine's words are no answer: else nobody would ever hear of the ticket again.
        (waits(3, requester_wrote_at=ago(2)), reminder(1)),
        # Other statuses, tickets that went into another.
        (waits(30, status=Status.OPEN), NOTHING),
        (waits(30, status=Status.RESOLVED), NOTHING),
        (waits(30, merged_into=7), NOTHING),
        # Participants are told of the end, and are not asked in place of the requester.
        (waits(3, participants=(BOB,)), reminder(1)),
        (waits(14, reminded=2, last=7, participants=(BOB,)),
         ([RESOLVED], [("resolved_unanswered", ANN.address), ("resolved_unanswered", BOB.address)])),
        (waits(14, reminded=2, last=7, participants=(BOB,), muted=(BOB.key,)), GIVEN_UP),
        # Who wants no automatic mail is asked by a person.
        (waits(3, muted=(ANN.key,), assignee=TOM.email), ([ev.RequesterReminded(1)], [("reminder", TOM.email)])),
    ],
)  # fmt: skip
def test_the_requester_is_reminded_and_at_last_not_waited_for(
    ticket: Ticket, expected: tuple[list[ev.Event], list[tuple[str, str]]]
) -> None:
    assert outcome(ticket) == expected


@pytest.mark.parametrize(
    ("waiting", "ticket", "expected"),
    [
        (Waiting((), 14 * 86400.0, None), waits(13), NOTHING),
        (Waiting((), 14 * 86400.0, None), waits(14), GIVEN_UP),
        (Waiting((86400.0,), None, None), waits(1), reminder(1)),
        (Waiting((86400.0,), None, None), waits(100, reminded=1, last=99), NOTHING),
        # Times of the admin's own that are closer together than the safe ones count when all was in time.
        (Waiting((3600.0,), 7200.0, None), waits(1.5 / 24, reminded=1, last=0.5 / 24), NOTHING),
        (Waiting((3600.0,), 7200.0, None), waits(2 / 24, reminded=1, last=1 / 24), GIVEN_UP),
        (Waiting((3600.0, 5400.0), 7200.0, None), waits(1.5 / 24, reminded=1, last=0.5 / 24), reminder(2)),
        # Fewer reminders than were sent under another policy.
        (Waiting((86400.0,), 14 * 86400.0, None), waits(14, reminded=2, last=7), GIVEN_UP),
    ],
)
def test_the_admin_says_when(
    waiting: Waiting, ticket: Ticket, expected: tuple[list[ev.Event], list[tuple[str, str]]]
) -> None:
    assert outcome(ticket, make.desk(waiting=waiting)) == expected


# ------------------------------------------------------------------ open hours


def berlin(day: int, hour: int, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=OFFICE.timezone).astimezone(UTC)


def since(at: datetime, **fields: Any) -> Ticket:
    return make.ticket(
        status=Status.WAITING_REQUESTER, course=ev.Course((ev.Stay(Status.WAITING_REQUESTER, at),)), **fields
    )


@pytest.mark.parametrize(
    ("began", "due"),
    [
        (berlin(4, 13), berlin(9, 9)),  # Wednesday: three days later is a Saturday
        (berlin(2, 13), berlin(5, 13)),
        (berlin(2, 17), berlin(6, 9)),  # at the very end of a day
        (berlin(2, 8), berlin(5, 9)),
        (berlin(26, 12), berlin(30, 9)),  # the clocks go forward on the 29th
        (berlin(22, 12, 10), berlin(26, 9, 10)),  # and back on 25 October
    ],
)
def test_reminders_leave_when_somebody_is_there(began: datetime, due: datetime) -> None:
    ticket = since(began)
    assert next_look(ticket, OFFICE) == due
    assert outcome(ticket, OFFICE, due - timedelta(seconds=1)) == NOTHING
    assert outcome(ticket, OFFICE, due) == reminder(1)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [(berlin(10, 23), berlin(11, 9)), (berlin(10, 12), berlin(10, 12)), (berlin(14, 12), berlin(16, 9))],
    ids=["night", "day", "weekend"],
)
def test_after_a_standstill_the_reminder_waits_for_the_morning(now: datetime, leaves: datetime) -> None:
    (notice,) = decide_timer(since(berlin(2, 12)), OFFICE, now).notices
    assert now + timedelta(seconds=notice.delay_seconds) == leaves


@pytest.mark.parametrize(
    ("fields", "due"),
    [({}, berlin(9, 9)), ({"queue": "shop"}, berlin(7, 13)), ({"requester": BOB}, berlin(7, 13))],
    ids=["the desk's", "the queue's", "the group's"],
)
def test_whose_hours(fields: dict[str, Any], due: datetime) -> None:
    shop = make.changed(make.calendar(), name="shop")
    queues = (*DESK.queues, make.changed(DESK.queues[0], name="shop", calendar="shop"))
    groups = (Group("vip", (BOB.key,), calendar="shop"),)
    desk = make.desk(calendars=(*OFFICE.calendars, shop), queues=queues, groups=groups)
    assert next_look(since(berlin(4, 13), **fields), desk) == due


def test_the_reminder_names_the_day_and_the_mail_keeps_to_it() -> None:
    ticket = waits(20, reminded=2, last=0)
    assert resolving_at(ticket, DESK) == NOW + 2 * DAY
    assert resolving_at(waits(3, reminded=1, last=0), DESK) == NOW + 11 * DAY
    assert resolving_at(waits(3, status=Status.OPEN), DESK) is None
    assert silent_since(ticket) == NOW - 20 * DAY


# ------------------------------------------------------------------ vendors


def with_vendor(days: float, **fields: Any) -> Ticket:
    return waits(days, status=Status.WAITING_VENDOR, **fields)


@pytest.mark.parametrize(
    ("ticket", "told"),
    [
        (with_vendor(2.9), []),
        (with_vendor(3), [TIA.email, TOM.email]),
        (with_vendor(3, assignee=TOM.email), [TOM.email]),
        (with_vendor(5, chased_at=ago(2)), []),
        (with_vendor(6, chased_at=ago(3)), [TIA.email, TOM.email]),
        (with_vendor(60, chased_at=ago(57)), [TIA.email, TOM.email]),
        # That was when it waited before.
        (with_vendor(2, chased_at=ago(9)), []),
        (with_vendor(9, merged_into=7), []),
    ],
)
def test_the_crew_hears_of_a_silent_vendor(ticket: Ticket, told: list[str]) -> None:
    decision = decide_timer(ticket, DESK, NOW)
    assert [n.to.address for n in decision.notices] == told
    assert [act.event for act in decision.acts] == ([ev.VendorChased()] if told else [])
    assert all(n.name is NoticeName.REMINDER for n in decision.notices)
    never = make.desk(waiting=Waiting(chase_vendor=None))
    assert decide_timer(ticket, never, NOW).acts == ()


@pytest.mark.parametrize(("answered", "echo"), [(None, False), (90, True)])
def test_words_of_somebody_nobody_ever_answered_are_not_sent_on(answered: float | None, echo: bool) -> None:
    # A rule made it wait: the address may be borrowed, and the words an advertisement.
    for ticket in (waits(3, answered_at=ago(answered)), waits(14, reminded=2, last=7, answered_at=ago(answered))):
        assert [n.echo for n in decide_timer(ticket, DESK, NOW).notices] == [echo]
