"""The daemon dies at each place where it could leave something half done, twice, and starts again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import imapclient
import pytest

from maildesk import intake
from maildesk.adapters.imap import Mailbox
from maildesk.adapters.smtp import Submission
from maildesk.intake import Intake
from maildesk.model.decided import Outcome
from maildesk.outbox import OutboxLoop
from tests.crash.mails import Correspondents
from tests.crash.reckoning import read_books
from tests.crash.scene import Scene, death_at
from tests.crash.site import Site
from tests.servers import WITHOUT_MOVE, WITHOUT_UIDPLUS, Dovecot, SmtpSink

pytestmark = [pytest.mark.crash, pytest.mark.servers]

#: (where, whose, function, at its so-many-th call, after it)
POINTS = [
    ("attempt counted, nothing decided", Intake, "_handle", 3, False),
    ("decided, not committed", intake, "decide_in", 3, True),
    ("committed, next one not begun", Intake, "_decide", 3, True),
    ("all committed, nothing moved", Mailbox, "move", 1, False),
    ("moved, not marked", Mailbox, "move", 1, True),
    ("held ones moved, not marked", Mailbox, "move", 2, True),
    ("marking not committed", intake, "_mark_filed", 1, True),
    ("moved and marked, checkpoint not saved", intake, "_save_checkpoint", 1, False),
    ("nothing leased", OutboxLoop, "_lease", 1, False),
    ("leased, not sent", Submission, "send", 2, False),
    ("taken by the server, its 250 not recorded", Submission, "send", 2, True),
    ("recorded, not committed", OutboxLoop, "_conclude", 1, True),
    ("recorded", OutboxLoop, "_record", 1, True),
]


@pytest.mark.parametrize(("where", "owner", "name", "call", "after"), POINTS, ids=[p[0] for p in POINTS])
def test_death_leaves_nothing_undone_or_done_twice(
    scene: Scene, where: str, owner: Any, name: str, call: int, after: bool
) -> None:
    scene.deliver_all_kinds()
    with death_at(owner, name, call=call, after=after):
        scene.work()
    with death_at(owner, name, call=1, after=after):
        scene.deliver(Correspondents.open_ticket, Correspondents.bad_command)
        scene.work()
    scene.work()
    assert scene.find_faults() == []


@pytest.mark.parametrize("host", [WITHOUT_MOVE, WITHOUT_UIDPLUS])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_death_between_copy_and_expunge_leaves_one_copy(
    shared_parts: None, database_url: str, host: str, dovecot: Dovecot, smtp_sink: SmtpSink, tmp_path: Path
) -> None:
    scene = Scene(Site(tmp_path, dovecot, database_url, smtp_sink.port, host=host), smtp_sink)
    scene.deliver(Correspondents.open_ticket, Correspondents.open_ticket)
    with death_at(imapclient.IMAPClient, "add_flags", call=1, after=False):
        scene.work()
    scene.work()
    assert [f for f in scene.find_faults() if "inbox" not in f] == []


@pytest.mark.parametrize(
    ("owner", "name", "after"), [(intake, "decide_in", True), (Mailbox, "refile", False), (Mailbox, "refile", True)]
)
def test_death_during_a_release_releases_once(scene: Scene, owner: Any, name: str, after: bool) -> None:
    scene.deliver(Correspondents.forgery)
    scene.work()
    with scene.site.store() as store, store.reading() as reader:
        held = reader.held()[-1]
    with scene.site.store() as store, store.transaction() as tx:
        tx.inbound.request_release(held.id, held.at)
    with death_at(owner, name, call=1, after=after):
        scene.work()
    scene.work()
    released = next(row for row in read_books(scene.site.database).ledger if row.id == held.id)
    assert (released.outcome, released.requested) == (Outcome.TICKET.value, None)
    scene.people.deliveries[-1] = replace(scene.people.deliveries[-1], outcome=None)
    assert scene.find_faults() == []


@pytest.mark.parametrize("call", [1, 2, 3], ids=["it dies", "an answer is withheld", "its owner is back"])
def test_death_of_an_address_and_of_the_daemon_at_once(scene: Scene, call: int) -> None:
    scene.deliver(Correspondents.death, Correspondents.answer_to_dead, Correspondents.comeback)
    with death_at(intake, "decide_in", call=call, after=True):
        scene.work()
    with death_at(OutboxLoop, "_conclude", call=1, after=True):
        scene.work()
    scene.work()
    assert scene.find_faults() == []
