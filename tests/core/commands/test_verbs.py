"""Each command with good, bad and ambiguous values; and all lines of a mail or none."""

from dataclasses import replace
from typing import Any

import pytest

from maildesk.core.commands import CommandRun, run_commands
from maildesk.core.commands.context import Context, Strand
from maildesk.core.commands.grammar import split_commands
from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.desk import Technician
from maildesk.model.level import Level, Priority
from maildesk.model.notice import NoticeName
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import NED, NOW, TIA

TWINS = (
    Technician("max.one@staff.test", "Max One", ("general",)),
    Technician("max.two@staff.test", "Max Two", ("general",)),
)
DESK = make.desk(technicians=(TIA, NED, *TWINS))


def run(typed: str, ticket: Ticket | None = make.ticket(), **fields: Any) -> CommandRun:  # noqa: B008 - frozen
    return run_commands(split_commands(typed), Context(DESK, TIA, NOW, ticket and Strand(ticket, ticket)), **fields)


def happened(found: CommandRun) -> list[ev.Event]:
    return [act.event for strand in found.context.strands for act in strand.acts]


WORKS = [
    ("#status open", make.resolved(), [ev.StatusChanged("open", "resolved")]),
    ("#status waiting-v", make.ticket(), [ev.StatusChanged("waiting-vendor", "open")]),
    ("#status Waiting requester", make.ticket(), [ev.StatusChanged("waiting-requester", "open")]),
    ("#status closed", make.ticket(), [ev.StatusChanged("closed", "open")]),
    ("#status SCHED", make.ticket(), [ev.StatusChanged("scheduled", "open")]),
    ("#status open", make.ticket(), []),
    ("#close", make.resolved(), []),
    ("#close", make.closed(3), []),
    ("#reopen", make.closed(300), [ev.StatusChanged("open", "closed")]),
    ("#assign me", make.ticket(), [ev.Assigned(TIA.email)]),
    ("#mine", make.ticket(assignee=NED.email), [ev.Assigned(TIA.email)]),
    ("#take", make.ticket(assignee=TIA.email), []),
    ("#assign ned", make.ticket(), [ev.Assigned(NED.email)]),
    ("#assign Ned Ode", make.ticket(), [ev.Assigned(NED.email)]),
    ("#assign NED@staff.test", make.ticket(), [ev.Assigned(NED.email)]),
    ("#assign <ned@staff.test>", make.ticket(), [ev.Assigned(NED.email)]),
    ("#assign @ned", make.ticket(), [ev.Assigned(NED.email)]),
    ("#assign tia@home.test", make.ticket(), [ev.Assigned(TIA.email)]),
    ("#assign two", make.ticket(), [ev.Assigned("max.two@staff.test")]),
    ("#assign none", make.ticket(assignee=TIA.email), [ev.Assigned(None)]),
    ("#release", make.ticket(), []),
    ("#queue net", make.ticket(), [ev.QueueChanged("network", "general")]),
    ("#queue general", make.ticket(), []),
    ("#tag Fuse, hot -old", make.ticket(tags=("old", "new")), [ev.TagsChanged(("new", "fuse", "hot"))]),
    ("#tag new", make.ticket(tags=("new",)), [ev.TagsChanged(("new",))]),
    ("#type Incident", make.ticket(), [ev.TypeChanged("incident")]),
    ("#subject Fuse of the printer", make.ticket(), [ev.SubjectChanged("Fuse of the printer", "Printer")]),
    ("#note\n#replyonly\n#help", make.ticket(), []),
    ("#for ann@client.test", None, []),
    ("#for tia@home.test", None, []),
]


@pytest.mark.parametrize(("typed", "ticket", "expected"), WORKS)
def test_lines_that_work(typed: str, ticket: Ticket | None, expected: list[ev.Event]) -> None:
    found = run(typed, ticket)
    assert not found.failed, found.results
    assert happened(found) == expected
    assert all(r.outcome for r in found.results)


REFUSED = [
    ("#status", make.ticket(), "a value is missing"),
    ("#status fine", make.ticket(), "none of: new, open"),
    ("#status waiting", make.ticket(), "ambiguous: waiting-requester, waiting-vendor"),
    ("#close now", make.ticket(), "no value"),
    ("#reopen", make.ticket(), "nothing to reopen"),
    ("#assign max", make.ticket(), "ambiguous: max.one@staff.test, max.two@staff.test"),
    ("#assign nobody else", make.ticket(), "no technician is called"),
    ("#assign", make.ticket(), "to whom?"),
    ("#priority P9", make.ticket(), "none of: P1, P2"),
    ("#priority", make.ticket(), "a value is missing; allowed: P1, P2"),
    ("#impact huge", make.ticket(), "none of: high, medium, low"),
    ("#urgency", make.ticket(), "a value is missing"),
    ("#queue sales", make.ticket(), "none of: general, network"),
    ("#tag", make.ticket(), "which tag?"),
    ("#type", make.ticket(), "which type?"),
    ("#subject", make.ticket(), "which subject?"),
    ("#note\n#reply", make.ticket(), "exclude each other"),
    ("#for eve@elsewhere.test", make.ticket(), "already ann@client.test's"),
    ("#for eve", None, "no mail address"),
    ("#for eve@elsewhere.test, ann@client.test", None, "no mail address"),
    ("#for help+x@desk.test", None, "the desk's own"),
    ("#nonsense", make.ticket(), "unknown command"),
    ("#close.", make.ticket(), "unknown command"),
    *((f"#{word} x", None, "names no ticket yet") for word in ("tag", "type", "subject", "release", "mine")),
    *((line, None, "names no ticket yet") for line in ("#status open", "#close", "#reopen", "#priority P1")),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "ticket", "why"), REFUSED)
def test_lines_that_are_refused(typed: str, ticket: Ticket | None, why: str) -> None:
    found = run(typed, ticket)
    assert found.failed
    assert happened(found) == []
    assert why in [r for r in found.results if not r.ok][-1].outcome


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("#priority P1", (Level.MEDIUM, Level.MEDIUM, Priority.P1)),
        ("#priority 5", (Level.MEDIUM, Level.MEDIUM, Priority.P5)),
        ("#priority p2", (Level.MEDIUM, Level.MEDIUM, Priority.P2)),
        ("#impact high", (Level.HIGH, Level.MEDIUM, Priority.P2)),
        ("#impact h\n#urgency h", (Level.HIGH, Level.HIGH, Priority.P1)),
        ("#urgency low\n#impact low", (Level.LOW, Level.LOW, Priority.P5)),
        ("#urgency low", (Level.MEDIUM, Level.LOW, Priority.P4)),
    ],
)
def test_priority_and_what_it_follows_from(typed: str, expected: tuple[Level, Level, Priority]) -> None:
    after = run(typed).context.ticket
    assert after is not None
    assert (after.impact, after.urgency, after.priority) == expected


def test_what_is_said_twice_about_the_closing_is_kept_twice() -> None:
    assert happened(run("#close\nfix: new fuse\nfix: new cable"))[1] == ev.ResolutionRecorded(fix="new fuse\nnew cable")


def test_closing_resolves_records_details_and_sets_the_day_it_closes() -> None:
    found = run("#close\ncause: worn fuse\nfix: new fuse")
    status, details = happened(found)
    assert isinstance(status, ev.StatusChanged)
    assert (status.status, status.close_due_at) == (Status.RESOLVED, NOW.replace(day=9))
    assert details == ev.ResolutionRecorded("worn fuse", "new fuse", "")


# ------------------------------------------------------------------ all or nothing


@pytest.mark.parametrize("bad", ["#nonsense", "#priority P9", "#close now", "#assign max"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_line_undoes_all_and_the_mail_comes_back_explained(bad: str, place: int) -> None:
    lines = ["#mine", "#tag hot"]
    lines.insert(place, bad)
    situation = make.from_technician("\n".join(lines) + "\n\nSecret plan.")
    decision = decide_message(situation, DESK)
    assert (decision.outcome, make.names(decision)) == (Outcome.HELD, ["MailHeld"])
    assert "Secret plan" not in repr(decision.acts)
    notice = make.notice(decision, NoticeName.COMMAND_REJECTED)
    assert [(r.line, r.ok) for r in notice.results] == [(line, line != bad) for line in lines]
    assert all(r.outcome.startswith("understood, not done") for r in notice.results if r.ok)
    assert "Secret plan" in notice.text


def test_the_answer_names_the_nearest_command() -> None:
    notice = make.notice(make.decide("#clsoe\n\nDone."), NoticeName.COMMAND_REJECTED)
    assert [(r.line, r.hint) for r in notice.results] == [("#clsoe", "#close")]
    # Also where more proof would be needed before anything ran.
    notice = make.notice(make.decide("#clsoe", make.by_token(spent=True)), NoticeName.COMMAND_REJECTED)
    assert [r.hint for r in notice.results] == ["#close"]


def test_lines_see_what_the_lines_above_them_did() -> None:
    found = run("#close\n#reopen\n#tag a\n#tag b")
    assert [type(e).__name__ for e in happened(found)] == [
        "StatusChanged", "StatusChanged", "TagsChanged", "TagsChanged",
    ]  # fmt: skip
    assert found.context.ticket is not None
    assert (found.context.ticket.status, found.context.ticket.tags) == (Status.OPEN, ("a", "b"))


def test_released_mail_runs_its_good_lines() -> None:
    found = run("#mine\n#nonsense\n#tag hot", skip_bad=True)
    assert (found.failed, len(found.context.strands[0].acts), [r.ok for r in found.results]) == (
        False,
        2,
        [True, False, True],
    )


def test_quoted_commands_never_run() -> None:
    # Only what was typed is read: the quoted text stands in `text` alone.
    situation = make.from_technician("Thank you.")
    quoted = replace(situation.message, text="Thank you.\n\n> #close\n> #assign ned")
    decision = decide_message(replace(situation, message=quoted), DESK)
    assert make.names(decision) == ["CorrespondenceSent", "Assigned"]
    assert "#close" not in repr(decision)


def test_command_lines_are_not_part_of_what_goes_out() -> None:
    decision = make.decide("#tag fuse\n#mine\n\nNew fuse is in.")
    assert "#" not in "".join(n.text for n in decision.notices)
