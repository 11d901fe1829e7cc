"""The words of technicians: which text is one, what each may do, and when; stale answers, leaks and confirmations."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.core.commands.words import Word, read_word
from maildesk.core.decide import decide_message
from maildesk.core.notices import MOST_CONFIRMATIONS
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.event import Recorded
from maildesk.model.message import Address
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.situation import Deed, RecentMail, Reported, Vouch
from maildesk.model.ticket import Status
from tests import make
from tests.make import ANN, FAIL, NO_VERDICT, NOW, TIA, TOM

DESK = make.desk()
PLAIN_SITE = make.desk(authenticates=False)
RESULT, REJECTED, ASKED = NoticeName.COMMAND_RESULT, NoticeName.COMMAND_REJECTED, NoticeName.CONFIRMATION_WANTED


@pytest.mark.parametrize(
    ("text", "word", "below"),
    [
        ("undo", Word.UNDO, ""),
        ("Undo.", Word.UNDO, ""),
        ("#undo", Word.UNDO, ""),
        ("# SEND !", Word.SEND, ""),
        ("\n\n\xa0yes,\u200b\n\n Thanks.\n", Word.YES, "Thanks."),
        ("»yes«", Word.YES, ""),
        ("*No*\nI did not.", Word.NO, "I did not."),
        ("undo that", None, ""),
        ("Please undo", None, ""),
        ("yes please", None, ""),
        ("undone", None, ""),
        ("It smokes.\nundo", None, ""),
        ("", None, ""),
    ],
)
def test_a_word_stands_alone_on_the_first_line(text: str, word: Word | None, below: str) -> None:
    spoken = read_word(text)
    assert (spoken.word if spoken else None, spoken.below if spoken else "") == (word, below)


def reported(notice: NoticeName = RESULT, outcome: Outcome = Outcome.FOLLOW_UP, **fields: Any) -> Reported:
    """A mail of Tia's, decided a minute ago; unless said otherwise it raised the priority."""
    on, at = make.ticket(), NOW - timedelta(minutes=1)
    after = replace(on, tags=("fuser",), seq=6)
    history = (Recorded(on.number, 6, at, TIA.email, ev.TagsChanged(("fuser",))),)
    values: dict[str, Any] = {"decided_at": at, "told_at": at, "deeds": (Deed(on, after, after, history),)}
    return Reported(3, TIA.address, outcome, **{"notice": notice, **values, **fields})


def said(text: str, about: Reported | None, **fields: Any) -> Decision:
    """What becomes of this text in answer to a mail about that one."""
    site = fields.pop("site", DESK)
    candidates = fields.pop("candidates", (make.by_token(),))
    return decide_message(make.from_technician(text, *candidates, reported=about, **fields), site)


# ------------------------------------------------------------------ what a word does, and when

HELD, ASKED_FOR = reported(REJECTED, Outcome.HELD), reported(ASKED, Outcome.HELD)
PENDING = reported(ASKED, Outcome.FOLLOW_UP, pending=6)
LONG_AGO = NOW - timedelta(days=15)


@pytest.mark.parametrize(
    ("text", "about", "expected"),
    [
        ("send", HELD, Vouch.SENT),
        ("send", ASKED_FOR, Vouch.SENT),
        ("yes", ASKED_FOR, Vouch.CONFIRMED),
        ("yes", PENDING, Vouch.CONFIRMED),
        ("send", PENDING, Vouch.SENT),
        ("send", replace(HELD, told_at=NOW - timedelta(days=13)), Vouch.SENT),
        ("yes", replace(ASKED_FOR, told_at=NOW - timedelta(hours=23)), Vouch.CONFIRMED),
        ("yes", HELD, "nothing to confirm"),
        ("no", ASKED_FOR, "nothing was done"),
        ("send", replace(HELD, told_at=LONG_AGO), "14 days"),
        ("yes", replace(ASKED_FOR, told_at=NOW - timedelta(hours=25)), "24 hours"),
        ("send", reported(REJECTED), "carried out already"),
        ("send", reported(RESULT), "carried out already"),
        ("yes", reported(RESULT), "carried out already"),
        ("yes", reported(ASKED), "carried out already"),
        ("send", replace(HELD, is_awaited=True), "being carried out already"),
        ("send", replace(HELD, outcome=Outcome.DISCARDED), "discarded meanwhile"),
        ("undo", HELD, "nothing of that mail was carried out"),
        ("undo", replace(HELD, is_awaited=True), "nothing of that mail was carried out"),
        ("undo", reported(is_undone=True), "undone already"),
        ("undo", reported(deeds=()), "nothing to undo"),
        ("undo", reported(decided_at=NOW - timedelta(minutes=11), told_at=NOW - timedelta(minutes=11)), "10 minutes"),
        ("undo", reported(NoticeName.FOLLOW_UP), "nothing of your last mail waits"),
        ("undo", reported(NoticeName.FOLLOW_UP, departed=((ANN.address, NOW),)), "it reached ann@client.test at 13:00"),
    ],
)
def test_what_a_word_does(text: str, about: Reported, expected: Vouch | str) -> None:
    decision = said(text, about)
    if isinstance(expected, Vouch):
        assert decision.resumes == (3, expected)
        assert (decision.acts, decision.notices) == ((), ())
    else:
        assert decision.resumes is None
        assert expected in make.notice(decision, REJECTED).detail
        assert (decision.outcome, decision.acts) == (Outcome.DISCARDED, ())
        assert make.mails(decision) == [("command_rejected", TIA.email)]


@pytest.mark.parametrize("about", [HELD, PENDING, reported(is_undone=True), reported()])
@pytest.mark.parametrize("word", ["send", "yes", "no", "undo"])
def test_what_is_typed_below_is_kept_as_a_note_and_goes_nowhere(about: Reported, word: str) -> None:
    decision = said(f"{word}\n\nShe is a liar.", about)
    (note,) = [e for e in make.events(decision) if isinstance(e, ev.NoteAdded)]
    assert note.text == "She is a liar."
    told = [(n.to.address, n.visibility) for n in decision.notices if "liar" in n.text]
    # A colleague's answer to it is a note, too.
    assert told == [(TOM.address.address, Visibility.INTERNAL)]
    assert "CorrespondenceSent" not in make.names(decision)


@pytest.mark.parametrize("text", ["undo", "send", "yes", "no"])
def test_without_a_mail_it_may_mean_a_word_is_text(text: str) -> None:
    sent = [e.text for e in make.events(said(text, None)) if isinstance(e, ev.CorrespondenceSent)]
    assert sent == [text]


@pytest.mark.parametrize(("line", "why"), [("#undo", "undo stands alone"), ("#send", "send stands alone")])
def test_a_word_among_commands_is_explained(line: str, why: str) -> None:
    decision = said(f"#tag x\n{line}", None)
    assert decision.outcome is Outcome.HELD
    assert why in make.notice(decision, REJECTED).results[1].outcome


# ------------------------------------------------------------------ undo


def test_undo_puts_back_what_was_changed_and_stops_what_waits() -> None:
    decision = said("undo", reported(waiting=((9, ANN.address), (10, "bob@client.test"))))
    assert make.events(decision)[0] == ev.TagsChanged(())
    assert decision.outbox_states == ((9, "cancelled"), (10, "cancelled"))
    assert make.mails(decision) == [("command_result", TIA.email)]
    assert {r.line for r in make.notice(decision, RESULT).results} == {
        "tags", "mail to ann@client.test", "mail to bob@client.test",
    }  # fmt: skip
    undone = [e for e in make.events(decision) if isinstance(e, ev.Undone)]
    assert [e.of for e in undone] == [3]


def test_undo_of_an_undo_is_refused() -> None:
    undone = Recorded(1042, 7, NOW, TIA.email, ev.Undone(("tags",), 2))
    deed = reported().deeds[0]
    about = reported(deeds=(replace(deed, history=(*deed.history, undone)),))
    assert "was itself an undo" in make.notice(said("undo", about), REJECTED).detail


@pytest.mark.parametrize(
    ("departed", "told"), [(((ANN.address, NOW),), [("reopened", ANN.address), ("command_result", TIA.email)]),
                           ((), [("command_result", TIA.email)])],
)  # fmt: skip
def test_only_whom_the_old_state_reached_hears_of_the_new_one(departed: Any, told: list[tuple[str, str]]) -> None:
    on = make.ticket()
    after = replace(on, status=Status.RESOLVED, resolved_at=NOW, seq=6)
    history = (Recorded(1042, 6, NOW, TIA.email, ev.StatusChanged("resolved", "open")),)
    about = reported(deeds=(Deed(on, after, after, history),), departed=departed)
    assert make.mails(said("undo", about)) == told


def test_other_tickets_are_put_back_too_and_nobody_gets_two_mails() -> None:
    deed = reported().deeds[0]
    other = make.ticket(1043)
    other_deed = Deed(
        other, replace(other, assignee=TOM.email), replace(other, assignee=TOM.email),
        (Recorded(1043, 6, NOW, TIA.email, ev.Assigned(TOM.email)),),
    )  # fmt: skip
    decision = said("undo", reported(deeds=(deed, other_deed)))
    (aside,) = decision.asides
    assert aside.ticket == 1043
    assert aside.acts[0].event == ev.Assigned(None)
    addresses = [n.to.key for n in (*decision.notices, *aside.notices)]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize(
    ("site", "auth", "cc", "works"),
    [
        (DESK, NO_VERDICT, (), False),
        (DESK, make.PASS, (), True),
        (PLAIN_SITE, NO_VERDICT, (), True),
        (PLAIN_SITE, NO_VERDICT, (ANN,), False),
    ],
)
def test_undo_by_an_ordinary_notice_needs_proof(site: Any, auth: Any, cc: Any, works: bool) -> None:
    about = reported(NoticeName.FOLLOW_UP, waiting=((9, ANN.address),))
    situation = make.from_technician("undo", auth=auth, reported=about)
    situation = replace(situation, message=replace(situation.message, cc=cc))
    assert bool(decide_message(situation, site).outbox_states) is works


# ------------------------------------------------------------------ who may say it


@pytest.mark.parametrize("site", [DESK, PLAIN_SITE])
@pytest.mark.parametrize("spent", [False, True])
@pytest.mark.parametrize("candidates", ["on a ticket", "on none"])
@pytest.mark.parametrize(("auth", "works"), [(make.PASS, True), (NO_VERDICT, True), (FAIL, False)])
def test_a_word_through_ones_own_result_mail_needs_no_verdict(
    site: Any, spent: bool, candidates: str, auth: Any, works: bool
) -> None:
    token = (make.by_token(spent=spent),) if candidates == "on a ticket" else ()
    situation = replace(make.from_technician("yes", auth=auth, reported=ASKED_FOR), candidates=token)
    decision = decide_message(situation, site)
    assert (decision.resumes is not None) is works
    assert works or (decision.outcome, make.mails(decision)) == (Outcome.HELD, [("forgery_warning", TIA.email)])


def test_text_below_a_word_is_held_where_there_is_no_ticket_to_keep_it_on() -> None:
    situation = replace(make.from_technician("yes\n\nBut hurry.", reported=ASKED_FOR), candidates=())
    decision = decide_message(situation, DESK)
    assert (decision.outcome, decision.resumes) == (Outcome.HELD, None)
    assert "the word yes alone" in make.notice(decision, REJECTED).detail


# ------------------------------------------------------------------ overtaken


def answer(author: Address = TOM.address, **ago: float) -> Recorded:
    return Recorded(1042, 4, NOW - timedelta(**ago), author.address, ev.CorrespondenceSent(author, "Pull it.", None))


@pytest.mark.parametrize(
    ("text", "answers", "held"),
    [
        ("Which floor?", (answer(minutes=3),), True),
        ("#tag x\n\nWhich floor?", (answer(minutes=3),), True),
        ("#reply\n\nWhich floor?", (answer(minutes=3),), True),
        # Tia's own newer answer does not hide Tom's.
        ("Which floor?", (answer(TIA.address, minutes=2), answer(minutes=3)), True),
        ("Which floor?", (answer(TIA.address, minutes=3),), False),
        ("Which floor?", (answer(Address("", "tia@home.test"), minutes=3),), False),
        # The notice answered was written after it, or at the same moment to tell of it.
        ("Which floor?", (answer(hours=2),), False),
        ("Which floor?", (answer(hours=1),), False),
        ("Which floor?", (answer(hours=2), answer(minutes=3)), False),
        ("#note\nWhich floor?", (answer(minutes=3),), False),
        ("#close", (answer(minutes=3),), False),
        ("Which floor?", (), False),
    ],
)
def test_an_answer_older_than_a_colleagues_is_held(text: str, answers: Any, held: bool) -> None:
    decision = make.decide(text, answers=answers)
    assert (decision.outcome is Outcome.HELD) is held
    if held:
        notice = make.notice(decision, REJECTED)
        assert (notice.answers[0].heading, notice.answers[0].text) == ("Tom Tell answered 3 minutes ago", "Pull it.")
        assert notice.text == text
        assert make.names(decision) == ["MailHeld"]


@pytest.mark.parametrize(
    ("vouched", "held"), [(None, True), (Vouch.CONFIRMED, True), (Vouch.SENT, False), (Vouch.ADMIN, False)]
)
def test_whoever_insists_is_not_overtaken(vouched: Vouch | None, held: bool) -> None:
    decision = make.decide("Which floor?", answers=(answer(minutes=3),), vouched=vouched)
    assert (decision.outcome is Outcome.HELD) is held


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=59), "less than a minute ago"), (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"), (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=25), "25 hours ago"), (timedelta(days=5), "5 days ago"),
    ],
)  # fmt: skip
def test_how_long_ago_it_was(ago: timedelta, told: str) -> None:
    early = make.by_token(issued_at=NOW - timedelta(days=9))
    decision = make.decide("Which floor?", early, answers=(replace(answer(minutes=3), at=NOW - ago),))
    assert make.notice(decision, REJECTED).answers[0].heading == f"Tom Tell answered {told}"


def test_a_bad_line_and_a_colleagues_answer_are_told_at_once() -> None:
    notice = make.notice(make.decide("#nonsense\n\nWhich floor?", answers=(answer(minutes=3),)), REJECTED)
    assert notice.answers and notice.results
    assert "not understood" in notice.detail and "answered 3 minutes ago" in notice.detail


# ------------------------------------------------------------------ leaks

SECRET = "She pulled the plug herself and will not hear of it so whoever answers had better be kind to her"
NOTES = (Recorded(1042, 4, NOW, TOM.email, ev.NoteAdded(TOM.address, SECRET, None)),)


@pytest.mark.parametrize(
    ("text", "fields", "held"),
    [
        (SECRET, {}, True),
        (f"#close\n\n{SECRET}", {}, True),
        (f"#note\n{SECRET}", {}, False),
        ("Which floor?", {}, False),
        (SECRET, {"on_desk": make.desk(leak_check=False)}, False),
        (SECRET, {"vouched": Vouch.SENT}, False),
        (SECRET, {"vouched": Vouch.ADMIN}, False),
    ],
)
def test_a_passage_of_a_note_is_held_until_its_author_insists(text: str, fields: Any, held: bool) -> None:
    decision = make.decide(text, notes=NOTES, **fields)
    assert (decision.outcome is Outcome.HELD) is held
    if held:
        assert make.notice(decision, REJECTED).answers[0].text == SECRET


# ------------------------------------------------------------------ confirmations


def test_a_confirmation_says_what_would_be_done() -> None:
    notice = make.notice(make.decide("#close\n\nNew fuse.", make.by_token(spent=True)), ASKED)
    assert [(r.line, r.ok, r.outcome) for r in notice.results] == [("#close", True, "status open → resolved")]
    assert notice.text == "New fuse."
    assert "the text would go to the requester" in notice.detail


@pytest.mark.parametrize(
    ("auth", "asked_before", "text", "told"),
    [
        (NO_VERDICT, MOST_CONFIRMATIONS - 1, "#close", ["confirmation_wanted"]),
        (NO_VERDICT, MOST_CONFIRMATIONS, "#close", []),
        (NO_VERDICT, MOST_CONFIRMATIONS, "#nonsense", []),
        (NO_VERDICT, MOST_CONFIRMATIONS, "We come.", []),
        (make.PASS, MOST_CONFIRMATIONS, "#nonsense", ["command_rejected"]),
    ],
)
def test_at_most_so_many_confirmations_an_hour(auth: Any, asked_before: int, text: str, told: list[str]) -> None:
    recent = RecentMail(confirmations_to_technician=asked_before)
    decision = make.decide(text, auth=auth, recent=recent)
    assert [n.name.value for n in decision.notices] == told
    assert told or decision.outcome is Outcome.FOLLOW_UP or "in silence" in decision.reason


@pytest.mark.parametrize(
    ("text", "vouched", "expected"),
    [
        ("#close", Vouch.CONFIRMED, ["StatusChanged"]),
        ("#close\n#nonsense", Vouch.CONFIRMED, ["MailHeld"]),
        ("#close\n#nonsense", Vouch.SENT, ["StatusChanged"]),
        ("We come.", Vouch.CONFIRMED, ["CorrespondenceSent", "Assigned"]),
        ("Hi.\nref:r" + "a" * 38, Vouch.CONFIRMED, ["MailHeld"]),
        ("Hi.\nref:r" + "a" * 38, Vouch.SENT, ["NoteAdded"]),
    ],
)
def test_what_a_mail_does_once_its_author_stands_for_it(text: str, vouched: Vouch, expected: list[str]) -> None:
    assert make.names(make.decide(text, auth=NO_VERDICT, vouched=vouched)) == expected


def test_what_is_kept_as_a_note_although_it_was_to_be_sent_is_told() -> None:
    decision = make.decide("Hi.\nref:r" + "a" * 38, vouched=Vouch.SENT)
    assert "sent to nobody" in make.notice(decision, RESULT).detail


def test_a_text_that_waited_is_settled_when_it_goes_out() -> None:
    waited = Recorded(1042, 4, NOW, TIA.email, ev.CorrespondencePending(TIA.address, "We come.", "", "<in@staff.test>"))
    events = make.events(make.decide("We come.", auth=NO_VERDICT, vouched=Vouch.CONFIRMED, notes=(waited,)))
    assert events[0] == ev.PendingSettled(4, approved=True)


@pytest.mark.parametrize(("text", "expected"), [("#reply\n\nHi.", "CorrespondenceSent"), ("Hi.", "NoteAdded")])
def test_text_under_a_number_is_public_only_by_its_own_word_and_once_confirmed(text: str, expected: str) -> None:
    assert expected in make.names(make.decide(text, make.by_subject(), vouched=Vouch.CONFIRMED))


def test_a_result_mail_carries_on_what_the_notice_meant() -> None:
    internal = make.by_token(visibility=Visibility.INTERNAL, spent=True)
    assert make.notice(make.decide("#close", internal), ASKED).visibility is Visibility.INTERNAL
