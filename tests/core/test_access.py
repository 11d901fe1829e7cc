"""Who is believed: the table of technicians, cell by cell, and its counterpart for everybody else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.core.access import identify, judge
from maildesk.core.decide import decide_message
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.message import Address, AuthVerdict, Kind
from maildesk.model.notice import Audience, NoticeName, Visibility
from maildesk.model.situation import Candidate, Proof, Role, Vouch
from maildesk.model.ticket import Ticket
from tests import make
from tests.make import ANN, BOB, EVE, FAIL, NO_VERDICT, NOW, PASS, SUPPORT, TIA, TOM

SITE = make.desk()
PLAIN_SITE = make.desk(authenticates=False)

FRESH = (make.by_token(),)
NOTE_TOKEN = (make.by_token(visibility=Visibility.INTERNAL),)
SPENT = (make.by_token(spent=True),)
OLD = (make.by_token(issued_at=NOW - timedelta(days=15)),)
NO_TOKEN = ()
OTHERS = (make.by_token(TOM.email),)
NUMBER = (make.by_subject(),)
ID_THEN_NUMBER = (make.by_id(), make.by_subject())

TEXT = "Try another cable."
COMMAND = "#close\n\nTry another cable."


def effect(decision: Decision) -> str:
    """What a technician's mail came to, in one or two words."""
    kinds = set(make.names(decision))
    told = {n.name for n in decision.notices}
    warned = ", warning" if NoticeName.FORGERY_WARNING in told else ""
    if decision.outcome is Outcome.HELD:
        explained = ", explained" if NoticeName.COMMAND_REJECTED in told else ""
        asked = ", asked" if NoticeName.CONFIRMATION_WANTED in told else ""
        return f"held{explained}{asked}{warned}"
    if decision.outcome is Outcome.TICKET:
        opened = make.events(decision)[0]
        own = decision.role is Role.TECHNICIAN and opened.requester.address == TIA.email  # type: ignore[union-attr]
        return ("own ticket" if own else "as stranger") + warned
    did = "ran, " if "StatusChanged" in kinds else ""
    entries = {"CorrespondenceSent": "public", "NoteAdded": "note", "CorrespondencePending": "pending"}
    return did + "+".join(word for name, word in entries.items() if name in kinds)


def tias(text: str, candidates: tuple[Candidate, ...], auth: AuthVerdict | None, cc: tuple[Address, ...] = ()) -> Any:
    situation = make.from_technician(text, auth=auth)
    return replace(situation, candidates=candidates, message=replace(situation.message, cc=cc))


@pytest.mark.parametrize(
    ("site", "auth", "candidates", "cc", "plain", "command"),
    [
        # dmarc=pass
        (SITE, PASS, FRESH, (), "public", "ran, public"),
        (SITE, PASS, NOTE_TOKEN, (), "note", "ran, note"),
        (SITE, PASS, FRESH, (EVE,), "public", "ran, public"),
        (SITE, PASS, SPENT, (), "public", "held, asked"),
        (SITE, PASS, OLD, (), "public", "held, asked"),
        (SITE, PASS, NO_TOKEN, (), "own ticket", "held, explained"),
        (SITE, PASS, NUMBER, (), "note", "held, asked"),
        (SITE, PASS, ID_THEN_NUMBER, (), "note", "held, asked"),
        (SITE, PASS, (make.by_id(),), (), "own ticket", "held, explained"),
        (SITE, PASS, OTHERS, (), "note", "held, asked"),
        # What was mailed to them as a requester is no technician's token, whatever stands before it.
        (SITE, PASS, (*OTHERS, make.by_token(TIA.email, audience=Audience.PUBLIC)), (), "note", "held, asked"),
        (PLAIN_SITE, PASS, FRESH, (), "public", "ran, public"),
        # no verdict, at a site that authenticates
        (SITE, NO_VERDICT, FRESH, (), "pending", "held, asked"),
        (SITE, NO_VERDICT, NOTE_TOKEN, (), "pending", "held, asked"),
        (SITE, NO_VERDICT, SPENT, (), "pending", "held, asked"),
        (SITE, NO_VERDICT, NO_TOKEN, (), "as stranger, warning", "as stranger, warning"),
        (SITE, NO_VERDICT, NUMBER, (), "as stranger, warning", "as stranger, warning"),
        (SITE, NO_VERDICT, OTHERS, (), "as stranger, warning", "as stranger, warning"),
        (SITE, AuthVerdict(dmarc="none"), FRESH, (), "pending", "held, asked"),
        (SITE, AuthVerdict(dmarc="pass", from_aligned=False), FRESH, (), "pending", "held, asked"),
        (SITE, AuthVerdict(dkim="pass", spf="pass", from_aligned=True), FRESH, (), "pending", "held, asked"),
        # no verdict, at a site that does not
        (PLAIN_SITE, NO_VERDICT, FRESH, (), "public", "ran, public"),
        (PLAIN_SITE, NO_VERDICT, NOTE_TOKEN, (), "note", "ran, note"),
        (PLAIN_SITE, NO_VERDICT, FRESH, (Address("", TOM.email), Address("", SUPPORT)), "public", "ran, public"),
        (PLAIN_SITE, NO_VERDICT, FRESH, (Address("", "support+rtoken@desk.test"),), "public", "ran, public"),
        (PLAIN_SITE, NO_VERDICT, FRESH, (EVE,), "pending", "held, asked"),
        (PLAIN_SITE, NO_VERDICT, FRESH, (ANN,), "pending", "held, asked"),
        (PLAIN_SITE, NO_VERDICT, SPENT, (), "pending", "held, asked"),
        (PLAIN_SITE, NO_VERDICT, OLD, (), "pending", "held, asked"),
        (PLAIN_SITE, NO_VERDICT, NO_TOKEN, (), "as stranger, warning", "as stranger, warning"),
        (PLAIN_SITE, NO_VERDICT, OTHERS, (), "as stranger, warning", "as stranger, warning"),
        # dmarc=fail
        *(
            (site, FAIL, candidates, (), "held, warning", "held, warning")
            for site in (SITE, PLAIN_SITE)
            for candidates in (FRESH, SPENT, NO_TOKEN, OTHERS, NUMBER)
        ),
    ],
)
def test_when_a_technician_is_believed(
    site: Any, auth: AuthVerdict | None, candidates: tuple[Candidate, ...], cc: tuple[Address, ...], plain: str,
    command: str,
) -> None:  # fmt: skip
    found = [effect(decide_message(tias(text, candidates, auth, cc), site)) for text in (TEXT, COMMAND)]
    assert found == [plain, command]


@pytest.mark.parametrize("auth", [NO_VERDICT, FAIL], ids=["none", "fail"])
@pytest.mark.parametrize("candidates", [FRESH, SPENT, NO_TOKEN, OTHERS, NUMBER])
@pytest.mark.parametrize("text", [TEXT, COMMAND])
def test_nothing_unproven_in_a_technicians_name_reaches_the_public_side(
    auth: AuthVerdict | None, candidates: tuple[Candidate, ...], text: str
) -> None:
    decision = decide_message(tias(text, candidates, auth), SITE)
    assert not {"CorrespondenceSent", "StatusChanged"} & set(make.names(decision))
    assert ANN.address not in [n.to.address for n in decision.notices]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("#help", Outcome.DISCARDED),
        ("#help\n\nMy own printer.", Outcome.TICKET),
        ("#for ann@client.test\n\nShe called.", Outcome.TICKET),
    ],
)
def test_questions_and_for_run_without_a_token(text: str, outcome: Outcome) -> None:
    decision = decide_message(tias(text, NO_TOKEN, PASS), SITE)
    assert (decision.outcome, make.mails(decision)[-1]) == (outcome, ("command_result", TIA.email))


@pytest.mark.parametrize("text", ["#reply\n\nTry a cable.", "#replyonly\n\nTry a cable."])
def test_what_cannot_be_published_is_not_quietly_made_a_note(text: str) -> None:
    assert effect(decide_message(tias(text, NUMBER, PASS), SITE)) == "held, asked"


@pytest.mark.parametrize(
    ("candidates", "text", "kept"),
    [
        (SPENT, "#note\nCheap cable.", "note"),
        (SPENT, "#help", ""),
        (OLD, "#note\nCheap cable.", "note"),
        (NUMBER, "#note\nCheap cable.", "note"),
    ],
)
def test_notes_and_questions_need_no_fresh_token(candidates: tuple[Candidate, ...], text: str, kept: str) -> None:
    assert effect(decide_message(tias(text, candidates, PASS), SITE)) == kept


@pytest.mark.parametrize(
    ("text", "spends", "remembers"),
    [
        ("#close", 7, 7),
        ("Just text.", None, None),
        ("#note\nText.", None, 7),
        ("#help", None, None),
        ("#status open", None, 7),  # It was open: the ticket did not change.
        ("#nonsense", None, None),
        ("#assign me\n\nText.", 7, 7),
    ],
)
def test_what_spends_a_token(text: str, spends: int | None, remembers: int | None) -> None:
    decision = make.decide(text)
    assert (decision.spends_token, decision.runs_body) == (spends, remembers)


def test_the_same_body_through_the_same_token_never_runs_twice() -> None:
    decision = make.decide("#close", body_already_ran=True)
    assert effect(decision) == "held, explained"
    assert effect(make.decide("Just text.", body_already_ran=True)) == "public"


def test_a_warning_is_sent_once_in_its_window_and_replaces_the_acknowledgement() -> None:
    forged = tias(TEXT, NO_TOKEN, NO_VERDICT)
    assert [m for m in make.mails(decide_message(forged, SITE)) if m[1] == TIA.email] == [
        ("forgery_warning", TIA.email)
    ]
    again = make.changed(forged, recent=make.changed(forged.recent, warnings_to_technician=1))
    assert ("forgery_warning", TIA.email) not in make.mails(decide_message(again, SITE))


def test_somebody_is_told_of_a_ticket_opened_in_the_name_of_the_only_technician() -> None:
    alone = make.desk(technicians=(TIA,))
    forged = tias(TEXT, NO_TOKEN, NO_VERDICT)
    again = make.changed(forged, recent=make.changed(forged.recent, warnings_to_technician=1))
    assert make.mails(decide_message(again, alone)) == [("ticket_opened", TIA.email)]


def test_an_alias_is_the_technician_but_mail_goes_to_the_stored_address() -> None:
    situation = make.from_technician(COMMAND)
    situation = replace(situation, message=replace(situation.message, sender=Address("", "TIA@home.test")))
    decision = decide_message(situation, SITE)
    assert effect(decision) == "ran, public"
    assert make.mails(decision)[-1] == ("command_result", TIA.email)
    assert "home.test" not in repr(decision.acts)


# ------------------------------------------------------------------ the verdict itself


@pytest.mark.parametrize(
    ("sender", "auth", "authenticates", "expected"),
    [
        (ANN, PASS, True, Proof.PASS),
        (ANN, AuthVerdict(dmarc="pass", from_aligned=False), True, Proof.NONE),
        (ANN, None, True, Proof.NONE),
        (ANN, FAIL, True, Proof.FAILED),
        (None, None, True, Proof.FAILED),
        (None, PASS, False, Proof.FAILED),
        # The desk's own domain: only the site itself can have sent it.
        (Address("", "boss@desk.test"), None, True, Proof.FAILED),
        (Address("", "boss@DESK.test"), AuthVerdict(dmarc="none"), True, Proof.FAILED),
        (Address("", "boss@desk.test"), PASS, True, Proof.PASS),
        (Address("", "boss@desk.test"), None, False, Proof.NONE),
        (Address("", "boss@sub.desk.test"), None, True, Proof.NONE),
    ],
)
def test_the_verdict(sender: Address | None, auth: AuthVerdict | None, authenticates: bool, expected: Proof) -> None:
    assert judge(make.message(sender=sender, auth=auth), make.desk(authenticates=authenticates)) is expected


# ------------------------------------------------------------------ merged tickets, mailing lists

#: The survivor took in whoever took part in what went into it.
BOBS = make.ticket(1001, requester=BOB, participants=(ANN, EVE))
ANNS = make.ticket(1042, merged_into=1001)
EVES = make.ticket(1003, requester=EVE, merged_into=1042)


def merged(candidate: Candidate, *, on: Ticket = BOBS) -> Candidate:
    """The same signal, on a ticket that went into another one."""
    return replace(candidate, ticket=on, merged=(EVES, ANNS))


@pytest.mark.parametrize(
    ("sender", "candidate", "auth", "role", "ticket"),
    [
        # Whoever took part in what was merged takes part in the survivor; it becomes nobody's own by that.
        (ANN, make.by_id(), NO_VERDICT, Role.PARTICIPANT, 1001),
        (EVE, make.by_id(), NO_VERDICT, Role.PARTICIPANT, 1001),
        (BOB, make.by_id(), NO_VERDICT, Role.REQUESTER, 1001),
        (ANN, make.by_token(ANN.address), NO_VERDICT, Role.PARTICIPANT, 1001),
        (ANN, make.by_subject(), PASS, Role.PARTICIPANT, 1001),
        (ANN, make.by_subject(), NO_VERDICT, Role.STRANGER, None),
        (ANN, make.by_id(), FAIL, Role.STRANGER, None),
        (Address("", "mallory@elsewhere.test"), make.by_id(), PASS, Role.STRANGER, None),
    ],
)
def test_who_took_part_in_a_merged_ticket(
    sender: Address, candidate: Candidate, auth: AuthVerdict | None, role: Role, ticket: int | None
) -> None:
    found = identify(make.situation(make.message(sender=sender, auth=auth), merged(candidate)), SITE)
    assert (found.role, found.ticket and found.ticket.number) == (role, ticket)


@pytest.mark.parametrize(
    ("candidate", "waits"), [(make.by_id(), False), (make.by_token(ANN.address), True), (make.by_subject(), False)]
)
def test_who_was_taken_out_after_a_merge_stays_out(candidate: Candidate, waits: bool) -> None:
    mail = make.situation(make.message(auth=PASS), merged(candidate, on=make.ticket(1001, requester=BOB)))
    found = identify(mail, SITE)
    assert (found.role, found.holds_copy) == (Role.STRANGER, waits)


def test_one_word_of_a_merged_requester_does_not_close_the_survivor() -> None:
    mail = make.message("close", auth=PASS)
    assert make.statuses(decide_message(make.situation(mail, merged(make.by_token(ANN.address))), SITE)) == []


def test_a_technicians_token_on_a_merged_ticket_counts_for_the_survivor() -> None:
    decision = decide_message(tias(COMMAND, (merged(make.by_token()),), PASS), SITE)
    assert (decision.ticket, effect(decision)) == (1001, "ran, public")


LISTED = replace(make.by_id(), same_list=True)


@pytest.mark.parametrize(
    ("candidate", "auth", "joins"),
    [
        (LISTED, NO_VERDICT, True),
        (LISTED, PASS, True),
        (LISTED, FAIL, False),
        (make.by_id(), PASS, False),
        # What the list knows is the thread, not our number.
        (replace(make.by_subject(), same_list=True), PASS, False),
    ],
)
def test_a_list_takes_part_in_the_ticket_it_opened(candidate: Candidate, auth: AuthVerdict | None, joins: bool) -> None:
    resolved = replace(candidate, ticket=make.resolved())
    mail = make.message(sender=EVE, auth=auth, kind=Kind.LIST, unanswerable="List-Id")
    decision = decide_message(make.situation(mail, resolved), SITE)
    assert (decision.outcome is Outcome.FOLLOW_UP) is joins
    assert "CorrespondenceReceived" not in make.names(decision) or not joins
    assert make.statuses(decision) == []
    assert [m for m in make.mails(decision) if m[1] in (ANN.address, EVE.address)] == []


# ------------------------------------------------------------------ everybody else

OWN_TOKEN = (make.by_token(ANN.address),)
TICKET = make.ticket(participants=(BOB,))
BOBS_TOKEN = (make.by_token(BOB.address, on=TICKET),)
LATE_TOKEN = (make.by_token(ANN.address, issued_at=NOW - timedelta(days=401)),)


@pytest.mark.parametrize(
    ("sender", "candidates", "auth", "expected"),
    [
        # The requester.
        (ANN, OWN_TOKEN, PASS, "joins as requester, pass"),
        (ANN, OWN_TOKEN, NO_VERDICT, "joins as requester, token"),
        (ANN, OWN_TOKEN, FAIL, "pending"),
        (Address("", "ANN@Client.test"), OWN_TOKEN, NO_VERDICT, "joins as requester, token"),
        (ANN, (make.by_id(),), PASS, "joins as requester, pass"),
        (ANN, (make.by_id(),), NO_VERDICT, "joins as requester, none"),
        (ANN, (make.by_id(),), FAIL, "held"),
        (ANN, (make.by_subject(),), PASS, "joins as requester, pass"),
        (ANN, (make.by_subject(),), NO_VERDICT, "new ticket, claims 1042"),
        (ANN, (make.by_subject(),), FAIL, "held"),
        (ANN, (), NO_VERDICT, "new ticket"),
        (ANN, (), FAIL, "held"),
        # A participant, with their own token, a copy of the requester's, or less.
        (BOB, BOBS_TOKEN, NO_VERDICT, "joins as participant, token"),
        (BOB, (make.by_token(ANN.address, on=TICKET),), NO_VERDICT, "joins as participant, none"),
        (BOB, (make.by_id(TICKET),), NO_VERDICT, "joins as participant, none"),
        (BOB, (make.by_subject(TICKET),), PASS, "joins as participant, pass"),
        (BOB, (make.by_subject(TICKET),), NO_VERDICT, "new ticket, claims 1042"),
        # A stranger: a copy of a token shows their words to technicians, nothing else joins.
        (EVE, OWN_TOKEN, PASS, "pending"),
        (EVE, OWN_TOKEN, NO_VERDICT, "pending"),
        (EVE, OWN_TOKEN, FAIL, "pending"),
        (EVE, (make.by_token(TIA.email),), PASS, "pending"),
        (EVE, LATE_TOKEN, PASS, "new ticket, claims 1042"),
        # Who no longer takes part keeps nothing but a copy.
        (BOB, (make.by_token(BOB.address),), PASS, "pending"),
        (EVE, (make.by_id(),), PASS, "new ticket, claims 1042"),
        (EVE, (make.by_subject(),), PASS, "new ticket, claims 1042"),
        (EVE, (make.by_subject(),), FAIL, "held"),
        (EVE, (), PASS, "new ticket"),
        (EVE, (), NO_VERDICT, "new ticket"),
        (EVE, (), FAIL, "held"),
        (None, (), PASS, "held"),
        (None, OWN_TOKEN, PASS, "held"),
    ],
)
def test_who_joins_a_ticket(
    sender: Address | None, candidates: tuple[Candidate, ...], auth: AuthVerdict | None, expected: str
) -> None:
    decision = decide_message(make.situation(make.message(sender=sender, auth=auth), *candidates), SITE)
    if decision.outcome is Outcome.FOLLOW_UP:
        joined = "CorrespondenceReceived" in make.names(decision)
        found = f"joins as {decision.role}, {decision.proof}" if joined else "pending"
    elif decision.outcome is Outcome.TICKET:
        claims = make.events(decision)[0].claims  # type: ignore[union-attr]
        found = "new ticket" + (f", claims {claims}" if claims else "")
    else:
        found = decision.outcome.value
    assert found == expected


@pytest.mark.parametrize("auth", [PASS, NO_VERDICT, FAIL], ids=["pass", "none", "fail"])
@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.LIST, Kind.ALERT, Kind.AUTO_REPLY])
def test_a_copy_of_a_token_changes_nothing_and_reaches_technicians_only(auth: AuthVerdict | None, kind: Kind) -> None:
    on = make.resolved(participants=(BOB,))
    mail = make.message("close", EVE, auth=auth, kind=kind)
    decision = decide_message(make.situation(mail, make.by_token(ANN.address, on=on)), SITE)
    assert set(make.names(decision)) <= {"CorrespondencePending", "AutomaticMailReceived"}
    assert {n.audience for n in decision.notices} <= {Audience.TECHNICIAN}


# ------------------------------------------------------------------ a technician as a requester


@pytest.mark.parametrize("sender", [TIA.email, "tia@home.test"])
@pytest.mark.parametrize("on", [make.ticket(requester=TIA.address)])
def test_a_technicians_answer_on_their_own_ticket_is_a_requesters(sender: str, on: Any) -> None:
    mail = make.message("#close\nIt works again.", Address("", sender), auth=PASS)
    own = make.by_token(TIA.email, on=on, audience=Audience.PUBLIC)
    decision = decide_message(make.situation(mail, own), SITE)
    assert (decision.role, make.names(decision)) == (Role.REQUESTER, ["CorrespondenceReceived"])
    assert "#close" in make.events(decision)[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize("found", [make.by_token(TIA.email, audience=Audience.PUBLIC), make.by_id()])
def test_a_forged_technician_is_held_on_their_own_ticket_too(found: Candidate) -> None:
    on = make.ticket(requester=TIA.address)
    mail = make.message(sender=TIA.address, auth=FAIL)
    decision = decide_message(make.situation(mail, replace(found, ticket=on)), SITE)
    assert effect(decision) == "held, warning"


# ------------------------------------------------------------------ released mail


@pytest.mark.parametrize(
    ("text", "candidates", "expected"),
    [
        (COMMAND, FRESH, "ran, public"),
        (COMMAND, SPENT, "ran, public"),
        (TEXT, NO_TOKEN, "own ticket"),
        ("#close\n#nonsense\n\nText.", NO_TOKEN, "own ticket"),
        (COMMAND, NUMBER, "ran, note"),
        ("\n".join(["#tag x"] * 11) + "\n\nText.", FRESH, "note"),
        ("It says ref:r" + "a" * 38, FRESH, "note"),
    ],
)
def test_released_mail_of_a_technician_takes_effect(
    text: str, candidates: tuple[Candidate, ...], expected: str
) -> None:
    situation = replace(tias(text, candidates, FAIL), vouched=Vouch.ADMIN)
    assert effect(decide_message(situation, SITE)) == expected


def test_released_mail_whose_commands_ran_before_is_kept_as_a_note() -> None:
    decision = make.decide("#close\n\nText.", body_already_ran=True, vouched=Vouch.ADMIN)
    assert make.names(decision) == ["NoteAdded"]


def test_released_mail_without_a_sender_writes_to_nobody_the_mail_names() -> None:
    mail = make.message(sender=None, sender_problem="two mailboxes", reply_to=(EVE,), unanswerable="no clear sender")
    decision = decide_message(make.situation(mail, vouched=Vouch.ADMIN), SITE)
    assert decision.outcome is Outcome.TICKET
    assert EVE.address not in repr((decision.acts, decision.notices))


def test_nothing_is_addressed_to_a_requester_without_an_address() -> None:
    opened = decide_message(make.situation(make.message(sender=None), vouched=Vouch.ADMIN), SITE)
    assert "the mail names nobody to answer" in [line.because for line in opened.trace]
    nobody = Address("unknown sender", "")
    anonymous = make.ticket(requester=nobody, participants=(BOB,))
    reply = make.decide("Try a cable.", make.by_token(on=anonymous))
    assert all(notice.to.address for notice in (*opened.notices, *reply.notices))
    assert BOB in [notice.to for notice in reply.notices]


def test_identify_is_the_same_whatever_the_case_of_an_address() -> None:
    upper = make.message(sender=Address("", "Tia@STAFF.test"), auth=PASS)
    assert identify(make.situation(upper, *FRESH), SITE).technician is TIA
