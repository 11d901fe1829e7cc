"""Tickets that leave their team's hands: up, or out of sight."""

from dataclasses import replace

import pytest

from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import Queue, Vendor
from maildesk.model.message import Address
from maildesk.model.notice import Audience, NoticeName, Visibility
from maildesk.model.situation import Vouch
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.core.commands.lines import happened, refusal, run
from tests.make import NED, TIA, TOM

ACME = Vendor("Acme", "acme.test", lambda _: None, "help@acme.test")
MUTE = Vendor("Mute", "mute.test", lambda _: None)
DESK = make.desk(
    queues=(Queue("general", escalates_to="network"), Queue("network", 2, "Acme"), Queue("backbone", 3)),
    vendors=(ACME, MUTE),
)
UP = ev.QueueChanged("network", "general")
MINE = ev.WatchersChanged((TIA.email,))
TO_ACME = (
    ev.SideAsked(Address("Acme", "help@acme.test"), TIA.address, "Is it known?", None), MINE,
    ev.StatusChanged("waiting-vendor", "open"),
)  # fmt: skip


def gone(queue: str, reason: str = "not recorded", before: str = "general") -> ev.Escalated:
    """The escalation by Tia, without its sheet."""
    return ev.Escalated(TIA.email, queue, before, reason)


def plain(event: ev.Event) -> ev.Event:
    return replace(event, sheet=()) if isinstance(event, ev.Escalated) else event


@pytest.mark.parametrize(
    ("typed", "ticket", "expected"),
    [
        ("#escalate", make.ticket(), [UP, MINE, gone("network")]),
        (
            "#escalate",
            make.ticket(assignee=TOM.email),
            [UP, ev.Assigned(None), ev.WatchersChanged((TOM.email, TIA.email)), gone("network")],
        ),
        (
            "#escalate",
            make.ticket(assignee=TIA.email, watchers=(TOM.email,)),
            [UP, ev.Assigned(None), ev.WatchersChanged((TOM.email, TIA.email)), gone("network")],
        ),
        ("#escalate", make.ticket(watchers=(TIA.email,)), [UP, gone("network")]),
        # Whoever works in the next level keeps it.
        ("#escalate", make.ticket(assignee=NED.email), [UP, MINE, gone("network")]),
        ("#esc backbone", make.ticket(), [ev.QueueChanged("backbone", "general"), MINE, gone("backbone")]),
        (
            "#escalate back",
            make.ticket(queue="network"),
            [ev.QueueChanged("backbone", "network"), MINE, gone("backbone", before="network")],
        ),
        # Where the reason stands.
        (
            "#escalate network: it is dead: all of it",
            make.ticket(),
            [UP, MINE, gone("network", "it is dead: all of it")],
        ),
        ("#escalate: it is dead: all of it", make.ticket(), [UP, MINE, gone("network", "it is dead: all of it")]),
        ("#Escalate: Network", make.ticket(), [UP, MINE, gone("network")]),
        ("#escalate: network: dead", make.ticket(), [UP, MINE, gone("network", "dead")]),
        ("#escalate\nreason: dead", make.ticket(), [UP, MINE, gone("network", "dead")]),
        ("#escalate\n\nReason: dead\ntried: a boot\n\nLook soon.", make.ticket(), [UP, MINE, gone("network", "dead")]),
        ("#escalate\n\nThe switch\nis dead.", make.ticket(), [UP, MINE, gone("network", "The switch is dead.")]),
        # A vendor, by name or as the next level: the text goes there, and the ticket waits.
        (
            "#escalate vendor acme\n\nIs it known?",
            make.ticket(assignee=TOM.email),
            [*TO_ACME[:2], gone("Acme", "Is it known?"), TO_ACME[2]],
        ),
        (
            "#escalate Acme: out of our hands\n\nIs it known?",
            make.ticket(watchers=(TIA.email,)),
            [TO_ACME[0], gone("Acme", "out of our hands"), TO_ACME[2]],
        ),
        (
            "#escalate\n\nIs it known?",
            make.ticket(queue="network", status=Status.WAITING_VENDOR),
            [*TO_ACME[:2], gone("Acme", "Is it known?", "network")],
        ),
        ("#spam", make.ticket(), [ev.TagsChanged(("spam",)), ev.StatusChanged("closed", "open")]),
        ("#spam", make.ticket(tags=("spam",)), [ev.StatusChanged("closed", "open")]),
        ("#spam", make.closed(1, tags=("spam",)), []),
    ],
)
def test_lines_that_work(typed: str, ticket: Ticket, expected: list[ev.Event]) -> None:
    found = run(typed, ticket, on_desk=DESK)
    assert not found.failed, found.results
    assert [plain(event) for event in happened(found)] == expected


@pytest.mark.parametrize(
    ("typed", "ticket", "why"),
    [
        ("#escalate", make.ticket(queue="backbone"), "backbone has no further level; name a queue: general, network"),
        ("#escalate moon", make.ticket(), "none of: network, backbone"),
        ("#escalate it is dead", make.ticket(), "none of: network, backbone"),
        ("#escalate moon: it is dead", make.ticket(), "none of: network, backbone"),
        ("#escalate vendor moon\n\nText.", make.ticket(), "none of: Acme, Mute"),
        ("#escalate vendor mute\n\nText.", make.ticket(), "nobody knows where Mute is written to"),
        ("#escalate acme", make.ticket(), "is sent the text below and nothing else, and there is none"),
        ("#side eve@elsewhere.test\n#escalate acme\n\nText.", make.ticket(), "uses the text below already"),
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


def test_a_hint_says_how_a_reason_is_written() -> None:
    assert refusal(run("#escalate it is dead", make.ticket(), on_desk=DESK))[1] == "#escalate QUEUE: reason"
    assert refusal(run("#escalate netwrk: dead", make.ticket(), on_desk=DESK))[1] == "#escalate network: reason"


# ------------------------------------------------------------------ the handover sheet is asked for


WHOLE = "#escalate\ntried: a new cable"


def handed_on(text: str, *notes: ev.Event, owner: str | None = TIA.email, **fields: object) -> Decision:
    """Tia's mail on a ticket on which these notes were made."""
    on = make.ticket(assignee=owner)
    entries = tuple(ev.Recorded(on.number, n, make.NOW, TIA.email, note) for n, note in enumerate(notes, 1))
    return make.decide(text, make.by_token(on=on), on_desk=DESK, notes=entries, **fields)


@pytest.mark.parametrize(
    ("typed", "lacks"),
    [
        ("#escalate", "the handover sheet lacks what was tried (tried:) and why it is handed on (reason:)"),
        ("#escalate\n\nThe switch is dead.", "the handover sheet lacks what was tried (tried:)"),
        ("#escalate: it is dead", "the handover sheet lacks what was tried (tried:)"),
        ("#escalate\nreason: dead\nsymptom: smoke", "the handover sheet lacks what was tried (tried:)"),
        ("#escalate\ntried:\nreason: dead", "the handover sheet lacks what was tried (tried:)"),
        ("#escalate\ntried: a new cable", "the handover sheet lacks why it is handed on (reason:)"),
    ],
)
def test_what_is_missing_is_asked_first(typed: str, lacks: str) -> None:
    decision = handed_on(typed)
    assert (decision.outcome, make.names(decision)) == (Outcome.HELD, ["MailHeld"])
    assert make.mails(decision) == [("command_rejected", TIA.email)]
    assert make.notice(decision, NoticeName.COMMAND_REJECTED).detail == lacks
    # Whoever insists is obeyed: it is handed over with what there is.
    sent = handed_on(typed, vouched=Vouch.SENT)
    assert "QueueChanged" in make.names(sent)
    told = {a.heading: a.text for a in make.notice(sent, NoticeName.ESCALATED).answers}
    assert "not recorded" in (told["Steps tried"], told["Reason"])


def test_the_form_is_the_mail_with_lines_to_fill_in() -> None:
    decision = handed_on("#priority P2\n#escalate network\nsymptom: smoke\n\nLook at it.")
    (form,) = make.notice(decision, NoticeName.COMMAND_REJECTED).answers
    assert form.text == "#priority P2\n#escalate network\nsymptom: smoke\ntried: \n\nLook at it."
    filled = form.text.replace("tried: ", "tried: a new cable")
    assert "QueueChanged" in make.names(handed_on(filled))


@pytest.mark.parametrize(
    ("typed", "notes"),
    [
        ("#escalate\ntried: a new cable\n\nThe switch is dead.", ()),
        ("#escalate\ntried: a new cable\nreason: dead", ()),
        ("#escalate: dead", (ev.NoteAdded(TIA.address, "A new cable.", None),)),
    ],
)
def test_nothing_is_asked_when_nothing_is_missing(typed: str, notes: tuple[ev.Event, ...]) -> None:
    assert "QueueChanged" in make.names(handed_on(typed, *notes))


@pytest.mark.parametrize("text", ["tried: a new cable", "Reason: it is dead\ntried: a cable", "#mine\nasset: LAP-1"])
def test_lines_alone_in_answer_to_the_question_stay_inside(text: str) -> None:
    on = make.ticket(assignee=TIA.email)
    decision = make.decide(text, make.by_token(on=on, notice=NoticeName.COMMAND_REJECTED), on_desk=DESK)
    assert decision.outcome is Outcome.HELD
    notice = make.notice(decision, NoticeName.COMMAND_REJECTED)
    assert "count only below #escalate" in notice.detail
    assert notice.answers[0].text.startswith("#escalate\n")
    # In answer to any other mail they are words like all.
    assert make.decide(text, make.by_token(on=on), on_desk=DESK).outcome is Outcome.FOLLOW_UP


# ------------------------------------------------------------------ who is told


def test_the_text_is_a_note_to_whoever_takes_over() -> None:
    decision = handed_on(f"{WHOLE}\n\nThe switch is dead.", owner=None)
    assert make.names(decision) == ["QueueChanged", "WatchersChanged", "Escalated", "NoteAdded"]
    assert make.mails(decision) == [
        ("escalated", NED.email), ("queue_changed", TOM.email), ("command_result", TIA.email),
    ]  # fmt: skip
    notice = make.notice(decision, NoticeName.ESCALATED)
    assert (notice.text, notice.visibility) == ("The switch is dead.", Visibility.INTERNAL)
    assert notice.detail == "escalated from general to network by Tia Berg"
    assert [a.heading for a in notice.answers] == [
        "Symptom", "Impact and urgency", "Asset", "Steps tried", "Asked and answered", "SLA left", "Reason",
    ]  # fmt: skip
    short = make.notice(decision, NoticeName.QUEUE_CHANGED)
    assert short.detail == "escalated: The switch is dead. You need not do anything"
    assert (short.visibility, short.answers) == (Visibility.INTERNAL, ())


def test_without_a_text_the_sheet_says_it_all() -> None:
    decision = handed_on("#escalate\ntried: a cable\nreason: dead")
    assert make.mails(decision) == [("escalated", NED.email), ("command_result", TIA.email)]
    assert make.notice(decision, NoticeName.ESCALATED).text == ""


def test_a_vendor_sees_the_text_and_nothing_else() -> None:
    decision = handed_on("#escalate vendor acme\ntried: canary-tried\nsymptom: canary-symptom\n\nIs it known?")
    asked = make.notice(decision, NoticeName.SIDE_QUESTION)
    assert (asked.to.address, asked.audience, asked.text) == ("help@acme.test", Audience.ASIDE, "Is it known?")
    assert (asked.detail, asked.answers) == ("", ())
    assert make.mails(decision) == [("side_question", "help@acme.test"), ("command_result", TIA.email)]
    # What was written for the inside is kept there.
    (gone_to,) = [e for e in make.events(decision) if isinstance(e, ev.Escalated)]
    assert dict(gone_to.sheet)["Steps tried"] == "canary-tried"


def test_what_the_sheet_says_does_not_go_outside_by_accident() -> None:
    secret = "we unplugged the third switch on the left and found that the cleaners had used it as a shelf"
    sheet = ev.Escalated(TOM.email, "network", "general", "", (("Steps tried", secret),))
    decision = handed_on(f"Hello, {secret}, sorry.", sheet)
    assert decision.outcome is Outcome.HELD


# ------------------------------------------------------------------ and at the end


@pytest.mark.parametrize(
    ("typed", "escalators", "asked"),
    [
        ("#close\n\nA new switch.", (TOM.email,), [TOM.email]),
        ("#close", (TOM.email, NED.email), [TOM.email, NED.email]),
        ("#status closed\n#note\n\nA new switch.", (TOM.email,), [TOM.email]),
        # Who solves it need not be asked, nor who works here no more.
        ("#close", (TIA.email, TOM.email), [TOM.email]),
        ("#close", (TIA.email,), []),
        ("#close", ("gone@staff.test",), []),
        ("#close", (), []),
        # It is no solution.
        ("#spam", (TOM.email,), []),
        ("#wait", (TOM.email,), []),
    ],
)
def test_whoever_handed_it_on_confirms_the_solution(typed: str, escalators: tuple[str, ...], asked: list[str]) -> None:
    on = make.ticket(assignee=TIA.email, escalators=escalators, watchers=(TOM.email,))
    decision = make.decide(typed, make.by_token(on=on))
    told = [n for n in decision.notices if n.name is NoticeName.CONFIRM_WITH_REQUESTER]
    assert [n.to.address for n in told] == asked
    assert {n.visibility for n in told} <= {Visibility.PUBLIC}
    # It is the only mail they get.
    assert len({n.to.address for n in decision.notices}) == len(decision.notices)
    if asked:
        assert ev.EscalatorsChanged(()) in make.events(decision)


@pytest.mark.parametrize("text", ["#spam", "#spam\n\nHe sells pills."])
def test_nobody_outside_is_told_of_spam(text: str) -> None:
    decision = make.decide(text)
    assert {to for _, to in make.mails(decision)} <= {TIA.email, TOM.email}
    assert make.statuses(decision) == [Status.CLOSED]
    assert "CorrespondenceSent" not in make.names(decision)
