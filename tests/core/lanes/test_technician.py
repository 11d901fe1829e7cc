"""Technicians' mail: how many mails follow, notes, ownership, and what never goes outside."""

from dataclasses import replace
from typing import Any

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.desk import StatusUpdates
from maildesk.model.level import Priority
from maildesk.model.message import Address, Kind
from maildesk.model.notice import Audience, NoticeName, Visibility
from maildesk.model.situation import Vouch
from maildesk.model.ticket import Status, Ticket
from tests import make
from tests.make import ANN, BOB, FAIL, NED, PASS, TIA, TOM

DESK = make.desk()
INTERNAL = make.by_token(visibility=Visibility.INTERNAL)


# ------------------------------------------------------------------ how many mails


@pytest.mark.parametrize(
    ("text", "candidates", "expected"),
    [
        # A lone note or a plain reply is not answered.
        ("Try a cable.", (), [("correspondence", ANN.address), ("taken", TOM.email)]),
        ("#note\nA cheap cable.", (), [("note", TOM.email)]),
        ("A cheap cable.", (INTERNAL,), [("note", TOM.email)]),
        # Everything else by exactly one result mail, the last.
        ("#note\n#mine\nCheap.", (), [("taken", TOM.email), ("command_result", TIA.email)]),
        ("#mine", (), [("taken", TOM.email), ("command_result", TIA.email)]),
        ("#assign tom", (), [("assigned_to_you", TOM.email), ("command_result", TIA.email)]),
        ("#help", (), [("command_result", TIA.email)]),
        ("#nonsense", (), [("command_rejected", TIA.email)]),
        ("#priority P1\n#nonsense\n\nText.", (), [("command_rejected", TIA.email)]),
        # Text under #close travels in the news.
        ("#close\n\nNew fuse.", (), [("resolved", ANN.address), ("taken", TOM.email), ("command_result", TIA.email)]),
        ("#close", (), [("resolved", ANN.address), ("command_result", TIA.email)]),
        ("#close\n#note\nIt was unplugged.", (), [
            ("note", TOM.email), ("resolved", ANN.address), ("command_result", TIA.email)]),
        ("#close", (make.by_token(on=make.resolved()),), [("command_result", TIA.email)]),
        ("#reopen", (make.by_token(on=make.resolved()),), [("reopened", ANN.address), ("command_result", TIA.email)]),
        ("#reopen\n\nSorry.", (make.by_token(on=make.resolved(assignee=TIA.email)),), [
            ("correspondence", ANN.address), ("command_result", TIA.email)]),
        # Participants get it too, the owner and a new team are told.
        ("Hi.", (make.by_token(on=make.ticket(participants=(BOB,), assignee=TIA.email)),), [
            ("correspondence", ANN.address), ("correspondence", BOB.address)]),
        ("Hi.", (make.by_token(on=make.ticket(assignee=NED.email)),), [
            ("correspondence", ANN.address), ("follow_up", NED.email)]),
        ("#replyonly\n\nHi.", (), [("correspondence", ANN.address), ("follow_up", TOM.email)]),
        ("#release", (make.by_token(on=make.ticket(assignee=TIA.email)),), [
            ("given_back", TOM.email), ("command_result", TIA.email)]),
        ("#assign none", (make.by_token(on=make.ticket(assignee=NED.email)),), [
            ("given_back", TOM.email), ("command_result", TIA.email)]),
        ("#release", (), [("command_result", TIA.email)]),
        ("#queue network", (), [("queue_changed", NED.email), ("command_result", TIA.email)]),
        ("#queue network", (make.by_token(on=make.ticket(assignee=TIA.email)),), [
            ("queue_changed", NED.email), ("command_result", TIA.email)]),
        ("#queue network", (make.by_token(on=make.ticket(assignee=TOM.email)),), [
            ("queue_changed", NED.email), ("queue_changed", TOM.email), ("command_result", TIA.email)]),
        # Technicians on the public side still get one mail.
        ("Hi.", (make.by_token(on=make.ticket(participants=(TOM.address, TIA.address))),), [
            ("correspondence", ANN.address), ("correspondence", TOM.email)]),
    ],
)  # fmt: skip
def test_how_many_mails_follow_a_technicians(text: str, candidates: Any, expected: list[tuple[str, str]]) -> None:
    assert make.mails(make.decide(text, *candidates)) == expected


@pytest.mark.parametrize("updates", [StatusUpdates(resolved=False, reopened=False), StatusUpdates(assigned=True)])
def test_the_requester_is_told_of_the_changes_the_desk_wants_told(updates: StatusUpdates) -> None:
    desk = make.desk(updates=updates)
    told = {name for name, to in make.mails(make.decide("#close", on_desk=desk)) if to == ANN.address}
    assert told == ({"resolved"} if updates.resolved else set())
    told = {name for name, to in make.mails(make.decide("#assign ned", on_desk=desk)) if to == ANN.address}
    assert told == ({"assigned"} if updates.assigned else set())


def test_opening_a_ticket_of_ones_own_is_acknowledged_and_the_queue_told() -> None:
    decision = decide_message(replace(make.from_technician("My mouse."), candidates=()), DESK)
    assert make.mails(decision) == [("ticket_opened", TOM.email), ("acknowledgement", TIA.email)]


def test_a_ticket_for_somebody_else() -> None:
    situation = replace(make.from_technician("#for ann@client.test\n\nShe called: smoke."), candidates=())
    private = replace(situation, message=replace(situation.message, sender=Address("", "tia@home.test")))
    decision = decide_message(private, DESK)
    opened, entry = make.events(decision)
    assert (opened.requester.address, entry.sender, entry.text) == (  # type: ignore[union-attr]
        "ann@client.test", TIA.address, "She called: smoke.",
    )  # fmt: skip
    assert make.mails(decision) == [
        ("ticket_opened", TOM.email), ("acknowledgement", ANN.address), ("command_result", TIA.email),
    ]  # fmt: skip


# ------------------------------------------------------------------ technicians' text


@pytest.mark.parametrize(
    ("priority", "text", "delay"),
    [(Priority.P3, "Hi.", 60.0), (Priority.P1, "Hi.", 0.0), (Priority.P3, "#priority P1\n\nHi.", 0.0)],
)
def test_an_answer_waits_in_the_recall_window_but_never_on_p1(priority: Priority, text: str, delay: float) -> None:
    decision = make.decide(text, make.by_token(on=make.ticket(priority=priority)))
    assert make.notice(decision, NoticeName.CORRESPONDENCE).delay_seconds == delay
    assert {n.delay_seconds for n in decision.notices if n.audience is Audience.TECHNICIAN} <= {0.0}


@pytest.mark.parametrize(
    ("text", "on", "owner"),
    [
        ("Hi.", make.ticket(), TIA.email),
        ("Hi.", make.ticket(assignee=TOM.email), None),
        ("#replyonly\n\nHi.", make.ticket(), None),
        ("#assign ned\n\nHi.", make.ticket(), NED.email),
        ("#release\n\nHi.", make.ticket(assignee=TIA.email), ""),
        ("#note\nHi.", make.ticket(), None),
    ],
)
def test_the_first_to_reply_owns_the_ticket_unless_they_say_otherwise(text: str, on: Ticket, owner: str | None) -> None:
    assigned = [
        e.assignee or "" for e in make.events(make.decide(text, make.by_token(on=on))) if isinstance(e, ev.Assigned)
    ]
    assert assigned == ([] if owner is None else [owner])


def test_an_answer_opens_a_new_ticket() -> None:
    assert make.statuses(make.decide("Hi.", make.by_token(on=make.ticket(status=Status.NEW)))) == ["open"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A cheap cable.", ["NoteAdded"]),
        ("#reply\n\nTry a cable.", ["CorrespondenceSent", "Assigned"]),
        ("#reply\n#note\nText.", ["MailHeld"]),
    ],
)
def test_the_answer_to_a_note_is_a_note_unless_it_says_reply(text: str, expected: list[str]) -> None:
    assert make.names(make.decide(text, INTERNAL)) == expected


@pytest.mark.parametrize(("visibility", "expected"), [(Visibility.PUBLIC, "follow-up"), (Visibility.INTERNAL, "held")])
def test_a_spent_token_does_not_turn_a_note_into_an_answer(visibility: Visibility, expected: str) -> None:
    decision = make.decide("#reply\n\nTry a cable.", make.by_token(visibility=visibility, spent=True))
    assert decision.outcome.value == expected
    assert (("confirmation_wanted", TIA.email) in make.mails(decision)) is (expected == "held")


def test_a_reply_to_a_result_mail_means_what_the_mail_it_reports_on_meant() -> None:
    assert make.notice(make.decide("#mine", INTERNAL), NoticeName.COMMAND_RESULT).visibility is Visibility.INTERNAL
    assert make.notice(make.decide("#mine"), NoticeName.COMMAND_RESULT).visibility is Visibility.PUBLIC


@pytest.mark.parametrize(
    ("text", "attached", "entries"),
    [
        ("#assign ned", (make.file("logo.png", inline=True),), []),
        ("#note", (make.file("logo.png", inline=True),), []),
        ("", (make.file("logo.png", inline=True),), ["NoteAdded"]),
        ("", (), ["NoteAdded"]),
        ("#assign ned", (make.file(),), ["CorrespondenceSent"]),
        ("", (make.file(),), ["CorrespondenceSent"]),
    ],
)
def test_the_picture_in_a_signature_is_no_answer(text: str, attached: Any, entries: list[str]) -> None:
    situation = make.from_technician(text)
    situation = replace(situation, message=replace(situation.message, attachments=attached))
    found = make.names(decide_message(situation, DESK))
    assert [n for n in found if n in ("NoteAdded", "CorrespondenceSent")] == entries


@pytest.mark.parametrize("kind", [Kind.LIST, Kind.ALERT])
def test_a_technicians_mail_that_a_machine_passed_on_reaches_nobody_outside(kind: Kind) -> None:
    situation = make.from_technician("#close\n\nThe customer is lying.", INTERNAL)
    passed_on = replace(situation, message=replace(situation.message, kind=kind, kind_reason="List-Id"))
    decision = decide_message(passed_on, DESK)
    assert make.names(decision) == ["CorrespondencePending"]
    assert {n.audience for n in decision.notices} == {Audience.TECHNICIAN}
    forged = replace(passed_on, message=replace(passed_on.message, auth=FAIL))
    assert make.mails(decide_message(forged, DESK)) == [("forgery_warning", TIA.email)]


def test_a_ticket_a_technician_opens_through_a_list_is_for_their_stored_address() -> None:
    mail = make.message(sender=Address("Tia", "tia@home.test"), auth=PASS, kind=Kind.LIST)
    decision = decide_message(make.situation(mail), DESK)
    assert decision.outcome is Outcome.TICKET
    assert "home.test" not in repr(decision.acts)


def test_a_quoted_notification_that_was_not_cut_off_is_never_sent_on() -> None:
    decision = make.decide("Hi.\nInternal: unpaid bills\nref:r" + "a" * 38)
    assert (decision.outcome, make.mails(decision)) == (Outcome.HELD, [("command_rejected", TIA.email)])


def test_nothing_answers_a_null_sender() -> None:
    situation = make.from_technician("#nonsense")
    decision = decide_message(replace(situation, message=replace(situation.message, return_path="")), DESK)
    assert (decision.outcome, decision.notices) == (Outcome.HELD, ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#reply\n#tag fuser\n\nWe come.", "the text would go to the requester"),
        ("#tag fuser\n\nWe come.", "the text would become a note"),
        ("#note\n#tag fuser\n\nWe come.", "the text would become a note"),
    ],
)
def test_whoever_is_asked_to_confirm_learns_where_the_text_will_go(text: str, told: str) -> None:
    asked = make.notice(make.decide(text, make.by_subject()), NoticeName.CONFIRMATION_WANTED)
    assert told in asked.detail
    confirmed = make.decide(text, make.by_subject(), vouched=Vouch.CONFIRMED)
    assert ("CorrespondenceSent" in make.names(confirmed)) is ("requester" in told)


def test_a_question_aside_that_repeats_a_note_is_held() -> None:
    passage = "she pulled the plug herself and will not hear of it so whoever answers had better be very kind"
    note = ev.Recorded(1042, 2, make.NOW, TOM.email, ev.NoteAdded(TOM.address, passage, "<note@staff.test>"))
    decision = make.decide(f"#side sam@supplier.test: Is it true that {passage}?", notes=(note,))
    assert (decision.outcome, decision.asides) == (Outcome.HELD, ())
    assert {n.audience for n in decision.notices} == {Audience.TECHNICIAN}


def test_a_confirmed_text_settles_nobody_elses_entry() -> None:
    """Ann's entry has the same words under the same id, but it is not hers that was confirmed."""
    situation = make.from_technician("We come.", vouched=Vouch.CONFIRMED)
    message_id = situation.message.message_id
    waiting = tuple(
        ev.Recorded(1042, seq, make.NOW, who.address, ev.CorrespondencePending(who, "We come.", "why", message_id))
        for seq, who in ((2, ANN), (3, TIA.address))
    )
    settled = make.events(decide_message(replace(situation, notes=waiting), DESK))
    assert [e.entry for e in settled if isinstance(e, ev.PendingSettled)] == [3]
