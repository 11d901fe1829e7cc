"""The desk dies in the middle of a technician's word or command and starts again: all is as if it had never died.

Each scene is played once undisturbed; what is left then must be left after each death, too.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from maildesk import intake, timers
from maildesk.adapters.imap import Mailbox
from maildesk.adapters.smtp import Submission
from maildesk.intake import Intake
from maildesk.model import event as ev
from maildesk.outbox import OutboxLoop
from tests.crash.scene import death_at
from tests.desk import POLICY, Sent, TestDesk
from tests.servers import LOSE_250, SmtpSink
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, BOB, TIA, Person

pytestmark = [pytest.mark.servers, pytest.mark.crash]

PROOF = os.environ.get("MAILDESK_PROOF") == "1"
LEA = Person("Lea Roth", "lea@staff.test")
BOTH = {"technicians": [*POLICY["technicians"], {"email": LEA.address, "name": LEA.name, "queues": ["general"]}]}


def opened(desk: TestDesk) -> Sent:
    """Let two people open a ticket each, and return what Tia is told of the first."""
    first = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to(TIA.address)
    desk.deliver(BOB.write("Mouse", "It squeaks.\n\n1. The left button\n"), dmarc="pass")
    return first


def answer(desk: TestDesk, original: Sent, text: str, dmarc: str | None = "pass") -> None:
    """Let Tia's answer wait in the inbox."""
    desk.receive(TIA.reply(original, text), dmarc=dmarc)


def result(desk: TestDesk, text: str, dmarc: str | None = "pass") -> Sent:
    """Let Tia answer the first notice, and return what she is told of that."""
    return desk.deliver(TIA.reply(opened(desk), text), dmarc=dmarc).to(TIA.address)


def sends(desk: TestDesk) -> None:
    answer(desk, result(desk, "#tag fuser\n#frobnicate\n\nWhich floor?\n"), "send\n\nThe lift is out, canary-below.\n")


def confirms(desk: TestDesk) -> None:
    answer(desk, result(desk, "#priority P2\n\nWhich floor?\n", dmarc=None), "yes\n", dmarc=None)


def undoes(desk: TestDesk) -> None:
    answer(desk, result(desk, "#priority P1\n#queue network\n#cc dora@customer.test\n"), "undo\n")


def splits(desk: TestDesk) -> None:
    answer(desk, opened(desk), "#split Toner\n\nWe bring toner.\n")


def acts_on_several(desk: TestDesk) -> None:
    answer(desk, opened(desk), "#mine\n#link 1002\n#ticket 1002\n#close\n\nWe come.\n")


def merges(desk: TestDesk) -> None:
    answer(desk, opened(desk), "#merge 1002\n")


def asks_aside(desk: TestDesk) -> None:
    answer(desk, opened(desk), "#side sam@supplier.test: Which fuser fits?\n")


def wakes(desk: TestDesk) -> None:
    """Let one ticket wake, be due and one close, all in one tick after a weekend of standing still."""
    desk.deliver(TIA.reply(opened(desk), "#snooze 2h\n#due 3h\n#mine\n#ticket 1002\n#close\n"), dmarc="pass")
    desk.clock.advance(days=20)


#: (where, whose, function, at its so-many-th call, after it)
Point = tuple[str, Any, str, int, bool]
_DECIDED: Point = ("decided, not committed", intake, "decide_in", 1, True)
_COMMITTED: Point = ("committed, not moved", Mailbox, "move", 1, False)
_MOVED: Point = ("moved, not marked", Mailbox, "move", 1, True)
_LEASED: Point = ("leased, not sent", Submission, "send", 1, False)
_TAKEN: Point = ("taken by the server, not recorded", Submission, "send", 1, True)
_SECOND_TAKEN: Point = ("second mail taken, not recorded", Submission, "send", 2, True)
_RECORDED: Point = ("recorded, not committed", OutboxLoop, "_conclude", 1, True)
_RESUMING: tuple[Point, ...] = (
    ("word committed, nothing resumed", Intake, "_take_stored", 1, False),
    ("attempt counted, not decided", Intake, "_handle", 2, False),
    ("resumed, not committed", intake, "decide_in", 2, True),
    ("resumed and committed, not moved", Intake, "_take_stored", 1, True),
)
_TICKING: tuple[Point, ...] = (
    ("one ticket decided, not committed", timers, "_decide", 2, True),
    ("all committed", timers, "tick", 1, True),
)
SCENES: tuple[tuple[Callable[[TestDesk], None], tuple[Point, ...]], ...] = (
    (sends, (_DECIDED, _COMMITTED, _MOVED, *_RESUMING, _LEASED, _TAKEN)),
    (confirms, _RESUMING),
    (undoes, (_DECIDED, _COMMITTED, _TAKEN)),
    (splits, (_DECIDED, _COMMITTED, _SECOND_TAKEN)),
    (acts_on_several, (_DECIDED, _COMMITTED, _SECOND_TAKEN, _RECORDED)),
    (merges, (_DECIDED, _MOVED)),
    (asks_aside, (_COMMITTED, _SECOND_TAKEN)),
    (wakes, (*_TICKING, _LEASED, _TAKEN)),
)


@dataclass(frozen=True)
class Remains:
    """All that a desk leaves behind but for its times and the ids of its mails."""

    tickets: tuple[Any, ...]
    histories: tuple[tuple[str, ...], ...]
    ledger: tuple[tuple[str, int | None], ...]
    outbox: tuple[tuple[str, str, int | None, str], ...]
    received: tuple[str, ...]


def remains(desk: TestDesk) -> Remains:
    return Remains(
        tuple((t.number, t.status, t.priority, t.queue, t.assignee, t.tags, t.participants) for t in desk.tickets()),
        tuple(tuple(type(r.event).__name__ for r in desk.history(t.number)) for t in desk.tickets()),
        tuple((entry.outcome.value, entry.ticket) for entry in desk.ledger()),
        tuple(sorted((m.notice, m.recipient, m.ticket, m.state) for m in desk.outbox())),
        tuple(sorted(recipient for _, recipient in {(m.message_id, m.recipient) for m in all_sent(desk)})),
    )


def all_sent(desk: TestDesk) -> list[Sent]:
    return [Sent(mail.mail_from, mail.recipient, mail.data) for mail in desk.sink.mails]


@pytest.fixture(scope="module")
def undisturbed() -> dict[Callable[[TestDesk], None], Remains]:
    """What is left of each scene when nobody dies; filled by the first test that needs it."""
    return {}


@pytest.mark.parametrize(
    ("scene", "owner", "name", "call", "after"),
    [
        pytest.param(scene, *point[1:], id=f"{scene.__name__}: {point[0]}")
        for scene, points in SCENES
        # Every third point in an ordinary run: each scene with its first one at least.
        for point in (points if PROOF else points[::3])
    ],
)
def test_nobody_sees_that_it_died(
    make_desk: MakeDesk, smtp_sink: SmtpSink, undisturbed: dict[Any, Remains], scene: Any, owner: Any, name: str,
    call: int, after: bool,
) -> None:  # fmt: skip
    if scene not in undisturbed:
        calm = make_desk(policy=BOTH)
        scene(calm)
        calm.run_once()
        undisturbed[scene] = remains(calm)
        smtp_sink.mails.clear()
    desk = make_desk(policy=BOTH)
    scene(desk)
    with death_at(owner, name, call=call, after=after):
        desk.run_once()
    desk.run_once()
    assert remains(desk) == undisturbed[scene]
    # What came twice came with the same id and the same bytes.
    copies: dict[str, Sent] = {}
    assert all(copies.setdefault(mail.message_id, mail) == mail for mail in all_sent(desk))
    desk.run_once()
    assert remains(desk) == undisturbed[scene]


# ------------------------------------------------------------------ undo of what is being sent


@pytest.mark.parametrize("after", [False, True], ids=["leased, not sent", "taken, not recorded"])
def test_nobody_is_told_that_a_mail_was_stopped_which_may_have_arrived(make_desk: MakeDesk, after: bool) -> None:
    desk = make_desk(policy={"recall": "60s", **BOTH})
    notice = opened(desk)
    desk.deliver(TIA.reply(notice, "#replyonly\n\nWhich floor?\n"), dmarc="pass")
    desk.clock.advance(seconds=60)
    with death_at(Submission, "send", call=1, after=after):
        desk.run_once()
    mails = desk.deliver(TIA.reply(notice, "undo\n"), dmarc="pass")

    assert "cannot be recalled" in " ".join(mails.to(TIA.address).text.split())
    assert desk.events(ev.CorrespondenceRecalled) == []
    assert {row.state for row in desk.outbox() if row.recipient == ANN.address} == {"sent"}
    told = [mail for mail in all_sent(desk) if mail.recipient == ANN.address and "Which floor?" in mail.text]
    assert len(told) == (2 if after else 1)
    assert len({mail.raw for mail in told}) == 1


def test_a_mail_whose_acceptance_was_lost_counts_as_gone(make_desk: MakeDesk, smtp_sink: SmtpSink) -> None:
    desk = make_desk(policy={"recall": "60s", **BOTH})
    notice = opened(desk)
    desk.deliver(TIA.reply(notice, "#replyonly\n\nWhich floor?\n"), dmarc="pass")
    desk.clock.advance(seconds=60)
    smtp_sink.fail("DATA", LOSE_250)
    desk.run_once()
    mails = desk.deliver(TIA.reply(notice, "undo\n"), dmarc="pass")

    assert "cannot be recalled" in " ".join(mails.to(TIA.address).text.split())
    assert desk.events(ev.CorrespondenceRecalled) == []


def test_a_mail_that_nobody_took_can_be_recalled(make_desk: MakeDesk, smtp_sink: SmtpSink) -> None:
    desk = make_desk(policy={"recall": "60s", **BOTH})
    notice = opened(desk)
    desk.deliver(TIA.reply(notice, "#replyonly\n\nWhich floor?\n"), dmarc="pass")
    desk.clock.advance(seconds=60)
    smtp_sink.fail("RCPT", "450 4.2.0 later")
    desk.run_once()
    desk.deliver(TIA.reply(notice, "undo\n"), dmarc="pass")

    assert len(desk.events(ev.CorrespondenceRecalled)) == 1
    assert [row.state for row in desk.outbox() if row.recipient == ANN.address] == ["sent", "cancelled"]
