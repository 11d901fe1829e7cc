"""When an outgoing mail is tried again; that no answer of the mail server is lost while the database is away; and that
what was written for somebody does not leave when they are not entitled to it any more.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from maildesk.adapters.smtp import Answer, SendResult, Stage, Submission
from maildesk.adapters.store import OutboxState, OutgoingMail, Store, StoreUnavailable
from maildesk.adapters.templates import Templates
from maildesk.apply import Workshop
from maildesk.model import event as ev
from maildesk.model.notice import Audience, Visibility
from maildesk.outbox import GIVE_UP_AFTER, OutboxLoop, next_attempt
from tests import make
from tests.servers import SmtpSink

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "attempts", "age", "state", "wait"),
    [
        (Answer.ACCEPTED, 1, 0 * MINUTE, OutboxState.SENT, None),
        (Answer.REFUSED, 1, 0 * MINUTE, OutboxState.FAILED, None),
        (Answer.DEFERRED, 1, 0 * MINUTE, OutboxState.DEFERRED, 1 * MINUTE),
        (Answer.DEFERRED, 2, 1 * MINUTE, OutboxState.DEFERRED, 2 * MINUTE),
        (Answer.DEFERRED, 5, 18 * MINUTE, OutboxState.DEFERRED, 30 * MINUTE),
        (Answer.DEFERRED, 40, 2000 * MINUTE, OutboxState.DEFERRED, 60 * MINUTE),
        (Answer.UNKNOWN, 1, 0 * MINUTE, OutboxState.DEFERRED, 1 * MINUTE),
        (Answer.DEFERRED, 90, GIVE_UP_AFTER + MINUTE, OutboxState.FAILED, None),
        (Answer.UNKNOWN, 90, GIVE_UP_AFTER + MINUTE, OutboxState.FAILED, None),
    ],
)
def test_next_attempt(
    answer: Answer, attempts: int, age: timedelta, state: OutboxState, wait: timedelta | None
) -> None:
    step = next_attempt(SendResult(answer, None, "", Stage.BODY), attempts, NOW - age, NOW)
    assert (step.state, step.at) == (state, None if wait is None else NOW + wait)


def queue(store: Store, count: int) -> None:
    mails = [
        OutgoingMail(
            ref=f"ref{n}", ticket=None, cause=f"c{n}", notice="forgery_warning", audience=Audience.TECHNICIAN,
            visibility=Visibility.INTERNAL, recipient=make.TIA.email, envelope_sender="", message_id=f"<m{n}@d.test>",
            data=f"Subject: {n}\r\n\r\ntext\r\n".encode(), created_at=NOW, not_before=NOW, unproven=False,
        )
        for n in range(count)
    ]  # fmt: skip
    store.run(lambda tx: tx.outbox.enqueue(mails))


def states(store: Store) -> list[str]:
    with store.reading() as reader:
        return [entry.state for entry in reader.outbox()]


@pytest.fixture
def loop_on(tmp_path: Path, smtp_sink: SmtpSink) -> Callable[[], tuple[OutboxLoop, Store, Submission]]:
    def build() -> tuple[OutboxLoop, Store, Submission]:
        store = Store(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
        store.claim_loops()
        store.prepare()
        submission = Submission(smtp_sink.account())
        shop = Workshop(make.desk(), Templates(), b"key")
        return OutboxLoop(store, submission, lambda: shop), store, submission

    return build


def test_answers_survive_a_database_that_is_away(
    loop_on: Callable[[], tuple[OutboxLoop, Store, Submission]], smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, store, submission = loop_on()
    queue(store, 5)

    async def flush() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(loop, "_conclude", _raise_unavailable)
            with pytest.raises(StoreUnavailable):
                await loop.flush(lambda: NOW)
        assert states(store) == ["sending"] * 5
        assert await loop.flush(lambda: NOW) == 0
        await submission.close()

    asyncio.run(flush())
    assert states(store) == ["sent"] * 5
    assert len(smtp_sink.mails) == 5, "written down, not sent again"
    store.close()


def _raise_unavailable(*_: Any) -> str:
    raise StoreUnavailable("the disk is full")


def test_mail_for_somebody_who_is_no_technician_any_more_is_cancelled(
    loop_on: Callable[[], tuple[OutboxLoop, Store, Submission]], smtp_sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, store, submission = loop_on()
    queue(store, 1)
    shop = Workshop(make.desk(technicians=()), Templates(), b"key")
    monkeypatch.setattr(loop, "_workshop", lambda: shop)

    async def flush() -> None:
        await loop.flush(lambda: NOW)
        await submission.close()

    asyncio.run(flush())
    assert states(store) == ["cancelled"]
    assert smtp_sink.mails == []
    store.close()


# ------------------------------------------------------------------ looked at again when it leaves


def addressed(n: int, audience: Audience, recipient: str, ticket: int | None = 1042) -> OutgoingMail:
    return OutgoingMail(
        ref=f"sent{n}", ticket=ticket, cause=f"s{n}", notice="correspondence", audience=audience,
        visibility=Visibility.PUBLIC, recipient=recipient, envelope_sender="", message_id=f"<s{n}@d.test>",
        data=f"Subject: {n}\r\n\r\ntext\r\n".encode(), created_at=NOW, not_before=NOW, unproven=False,
    )  # fmt: skip


def test_what_is_addressed_to_the_wrong_person_never_reaches_the_mail_server(
    loop_on: Callable[[], tuple[OutboxLoop, Store, Submission]], smtp_sink: SmtpSink
) -> None:
    loop, store, submission = loop_on()
    ticket = make.ticket(participants=(make.BOB,))
    gone = ev.Recorded(1042, 1, NOW, "x", ev.ParticipantRemoved(make.EVE))
    asked = ev.Recorded(1042, 2, NOW, "x", ev.SideAsked(make.Address("", "shop@s.test"), make.TIA.address, "?", None))
    public, technician, aside = Audience.PUBLIC, Audience.TECHNICIAN, Audience.ASIDE
    expected = [
        (public, make.ANN.address, "sent"), (public, make.BOB.address, "sent"), (technician, make.TIA.email, "sent"),
        (aside, "shop@s.test", "sent"), (public, make.EVE.address, "cancelled"), (aside, make.EVE.address, "held"),
        (technician, make.ANN.address, "held"), (technician, "tia@home.test", "cancelled"),
        (public, "stranger@s.test", "held"), (Audience.NOTIFIED, "boss@s.test", "cancelled"),
    ]  # fmt: skip

    def fill(tx: Any) -> None:
        tx.tickets.save(ticket)
        tx.tickets.append((gone, asked), None)
        # More than are taken out at once: what is put aside does not keep the rest from leaving.
        tx.outbox.enqueue([addressed(n, a, r) for n, (a, r, _) in enumerate(expected)])
        tx.outbox.enqueue([addressed(n, technician, f"gone{n}@s.test") for n in range(10, 40)])
        tx.outbox.enqueue([addressed(40, public, make.ANN.address)])

    store.run(fill)

    async def flush() -> None:
        await loop.flush(lambda: NOW)
        await submission.close()

    asyncio.run(flush())
    assert states(store) == [*(state for _, _, state in expected), *["cancelled"] * 30, "sent"]
    assert sorted(mail.recipient for mail in smtp_sink.mails) == sorted(
        [make.ANN.address, make.ANN.address, make.BOB.address, make.TIA.email, "shop@s.test"]
    )
    with store.reading() as reader:
        replies = {entry.recipient: entry.last_reply for entry in reader.outbox()}
    assert replies[make.EVE.address].startswith("not sent: ")
    store.close()
