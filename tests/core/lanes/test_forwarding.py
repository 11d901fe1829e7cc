"""A technician passes on somebody's mail, or logs a call: whose ticket it becomes, what is a note, who is told."""

from dataclasses import replace

import pytest

from maildesk.core.decide import decide_message
from maildesk.core.lanes.technician.forwarding import find_named_requester
from maildesk.mail.forwarded import NO_ADDRESS, NOBODY_NAMED
from maildesk.model import event as ev
from maildesk.model.decided import Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import StatusUpdates
from maildesk.model.message import Address, AuthVerdict, Forwarded
from maildesk.model.notice import NoticeName, Visibility
from maildesk.model.situation import Candidate, RecentMail, Signal, Situation
from tests import make
from tests.make import ANN, NED, TIA, TOM

DESK = make.desk()
NO_REPLY = Address("Shop", "no-reply@shop.test")
TOM_WROTE = Forwarded(TOM.address, "Which floor?", name="Tom Tell", subject="Re: Printer")


def anns(**fields: object) -> Forwarded:
    """Ann's mail as a program passes it on."""
    values: dict[str, object] = {
        "name": "Ann Ames", "subject": "Fwd: Printer", "written": "Mon, 2 Mar 2026 at 09:15",
        "message_id": "<orig@client.test>", "language": "de",
    }  # fmt: skip
    return Forwarded(ANN, "It smokes.\n\n-- \nAnn", **(values | fields))  # type: ignore[arg-type]


def passing_on(
    *passed_on: Forwarded,
    typed: str = "",
    candidates: tuple[Candidate, ...] = (),
    auth: AuthVerdict | None = make.PASS,
    **fields: object,
) -> Situation:
    """Tia's mail to the desk with these words above what is passed on."""
    found = tuple(replace(f, preface=typed) for f in passed_on)
    whole = f"{typed}\n\n---------- Forwarded message ---------\n…"
    mail = make.message(
        whole,
        Address("Tia", TIA.email),
        auth=auth,
        subject="Fwd: Printer",
        forwarded=found,
        message_id="<fwd@staff.test>",
    )
    return make.situation(mail, *candidates, **({"next_number": 1042} | fields))


def decided(*passed_on: Forwarded, on_desk: object = DESK, **fields: object) -> Decision:
    return decide_message(passing_on(*passed_on, **fields), on_desk)  # type: ignore[arg-type]


def calling(text: str, **fields: object) -> Decision:
    """What becomes of a call that Tia logs."""
    return decide_message(replace(make.from_technician(text, **fields), candidates=()), DESK)  # type: ignore[arg-type]


# ------------------------------------------------------------------ forwards


def test_the_author_becomes_the_requester() -> None:
    decision = decided(anns())
    opened, entry, origin = make.events(decision)
    assert isinstance(opened, ev.TicketOpened)
    assert (opened.requester, opened.subject, opened.language) == (ANN, "Printer", "de")
    assert entry == ev.CorrespondenceReceived(ANN, "It smokes.\n\n-- \nAnn", "It smokes.", "<orig@client.test>")
    assert isinstance(origin, ev.NoteAdded)
    assert origin.text == "Forwarded by Tia Berg; written on Mon, 2 Mar 2026 at 09:15 by Ann Ames."
    assert make.mails(decision) == [
        ("ticket_opened", TOM.email), ("acknowledgement", ANN.address), ("command_result", TIA.email),
    ]  # fmt: skip
    told = make.notice(decision, NoticeName.COMMAND_RESULT)
    assert told.detail == "opened ticket 1042 for ann@client.test; reply with #requester ADDRESS if that is wrong"
    assert decision.outcome is Outcome.TICKET


def test_an_exact_date_is_shown_in_the_desks_own_time() -> None:
    origin = make.events(decided(anns(date_at=make.NOW)))[2]
    assert "written on 2026-03-04 13:00 CET" in origin.text  # type: ignore[union-attr]


def test_what_stands_above_is_a_note_and_commands() -> None:
    decision = decided(anns(), typed="#priority P1\n#mine\n\nShe is the boss.")
    notes = [e for e in make.events(decision) if isinstance(e, ev.NoteAdded)]
    assert [(n.author, n.text) for n in notes][1:] == [(TIA.address, "She is the boss.")]
    changed = [e for e in make.events(decision) if isinstance(e, (ev.PriorityChanged, ev.Assigned))]
    assert [type(e).__name__ for e in changed] == ["PriorityChanged", "Assigned"]
    assert make.mails(decision) == [("acknowledgement", ANN.address), ("command_result", TIA.email)]
    assert all("boss" not in n.text + n.detail for n in decision.notices if n.to == ANN)


def test_colleagues_read_the_note_too() -> None:
    told = make.notice(decided(anns(), typed="She is the boss."), NoticeName.TICKET_OPENED)
    assert (told.author, told.detail) == (ANN, "forwarded by Tia Berg, with a note: She is the boss.")


def test_files_beside_an_attached_mail_are_internal() -> None:
    log, shot = replace(make.file("error.log"), index=2), replace(make.file("shot.png"), index=0)
    eml = replace(make.file("Printer.eml"), index=1, content_type="message/rfc822")
    situation = passing_on(anns(attachments=(log,)))
    mail = replace(situation.message, attachments=(shot, eml))
    _, entry, _, note = make.events(decide_message(replace(situation, message=mail), DESK))
    assert entry.attachments == (log,)  # type: ignore[union-attr]
    assert (note.text, note.attachments) == ("(files)", (shot,))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("passed_on", "requester"),
    [
        ((TOM_WROTE, anns()), ANN),
        ((replace(TOM_WROTE, sender=Address("", make.SUPPORT)), anns()), ANN),
        ((anns(), TOM_WROTE), ANN),
    ],
    ids=["a colleague's", "the desk's", "hers"],
)
def test_colleagues_only_pass_it_on(passed_on: tuple[Forwarded, ...], requester: Address) -> None:
    opened = make.events(decided(*passed_on))[0]
    assert opened.requester == requester  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("passed_on", "doubt"),
    [
        ((replace(anns(), sender=None, doubt=NO_ADDRESS),), NO_ADDRESS),
        ((Forwarded(None, "…", doubt=NOBODY_NAMED),), NOBODY_NAMED),
        ((TOM_WROTE,), "tom@staff.test is a technician's address"),
        ((replace(anns(), sender=Address("", "help+x@desk.test")),), "the desk's own"),
        ((replace(anns(), sender=NO_REPLY),), "nobody seems to read no-reply@shop.test"),
        ((replace(anns(), text=f"x\nref:r{'a' * 38}"),), "a mail of this desk stands in it"),
    ],
)
def test_in_doubt_it_is_the_technicians_own_ticket_and_they_are_asked(
    passed_on: tuple[Forwarded, ...], doubt: str
) -> None:
    decision = decided(*passed_on)
    opened, entry = make.events(decision)
    assert (opened.requester, entry.sender) == (TIA.address, TIA.address)  # type: ignore[union-attr]
    assert make.mails(decision) == [("ticket_opened", TOM.email), ("command_result", TIA.email)]
    told = make.notice(decision, NoticeName.COMMAND_RESULT).detail
    assert doubt in told
    assert "Whose is it? Reply with #requester ADDRESS" in told


def test_an_answer_to_somebody_else_is_asked_about() -> None:
    chain = "Which floor?\n\nOn Mon, 2 Mar 2026 at 09:15, Ann Ames <ann@client.test> wrote:\n> It smokes."
    situation = passing_on(typed="Which floor?")
    mail = replace(situation.message, subject="Re: Printer", text=chain, references=("<orig@client.test>",))
    decision = decide_message(replace(situation, message=mail), DESK)
    assert make.events(decision)[0].requester == TIA.address  # type: ignore[union-attr]
    assert "it quotes ann@client.test. Whose is it?" in make.notice(decision, NoticeName.COMMAND_RESULT).detail


@pytest.mark.parametrize(
    "found", [anns(), replace(anns(), sender=None, doubt=NO_ADDRESS), replace(anns(), sender=NO_REPLY)]
)
def test_for_wins_over_what_was_found(found: Forwarded) -> None:
    decision = decided(found, typed="#for eve@elsewhere.test Eve Eden\n\nHer new address.")
    opened, entry = make.events(decision)[:2]
    assert opened.requester == Address("Eve Eden", "eve@elsewhere.test")  # type: ignore[union-attr]
    assert (entry.sender.address, entry.visible_text) == ("eve@elsewhere.test", "It smokes.")  # type: ignore[union-attr]
    assert ("acknowledgement", "eve@elsewhere.test") in make.mails(decision)


KNOWN = Candidate(Signal.STORED_ID, "<orig@client.test>", make.ticket())


def test_a_mail_that_is_known_opens_nothing() -> None:
    decision = decided(anns(), candidates=(KNOWN,))
    assert (decision.ticket, decision.acts, decision.outcome) == (1042, (), Outcome.FOLLOW_UP)
    assert make.mails(decision) == [("command_result", TIA.email)]
    assert make.notice(decision, NoticeName.COMMAND_RESULT).detail == "that mail is ticket 1042 already"


def test_words_above_a_known_mail_are_a_note_there() -> None:
    decision = decided(anns(), typed="She is the boss.", candidates=(KNOWN,))
    assert make.events(decision) == [ev.NoteAdded(TIA.address, "She is the boss.", "<fwd@staff.test>")]
    assert make.mails(decision) == [("note", TOM.email), ("command_result", TIA.email)]
    assert "ticket 1042 already" in make.notice(decision, NoticeName.COMMAND_RESULT).detail


def test_commands_above_a_known_mail_ask_for_more_proof() -> None:
    decision = decided(anns(), typed="#close", candidates=(KNOWN,))
    assert (decision.outcome, decision.ticket) == (Outcome.HELD, 1042)
    assert {name for name, _ in make.mails(decision)} <= {"confirmation_wanted", "command_rejected"}


def test_another_mail_of_a_known_conversation_is_linked() -> None:
    on_it = Candidate(Signal.STORED_ID, "<earlier@client.test>", make.ticket())
    opened = make.events(decided(anns(), candidates=(on_it,)))[0]
    assert (opened.requester, opened.claims) == (ANN, 1042)  # type: ignore[union-attr]


@pytest.mark.parametrize(("auth", "held"), [(make.NO_VERDICT, False), (make.FAIL, True)])
def test_without_proof_nobody_is_believed(auth: AuthVerdict | None, held: bool) -> None:
    decision = decided(anns(), typed="#priority P1", auth=auth)
    assert all(n.to.key != ANN.key for n in decision.notices)
    assert (decision.outcome is Outcome.HELD) is held
    assert not any(isinstance(e, ev.TicketOpened) and e.requester == ANN for e in make.events(decision))


def test_requesters_forwards_are_their_own() -> None:
    mail = make.message("fyi", make.BOB, auth=make.PASS, forwarded=(anns(),))
    opened = make.events(decide_message(make.situation(mail), DESK))[0]
    assert opened.requester == make.BOB  # type: ignore[union-attr]


def test_caps_hold_for_whom_the_ticket_is() -> None:
    full = RecentMail(acknowledgements_to_sender=3)
    assert [to for _, to in make.mails(decided(anns(), recent=full))] == [TOM.email, TIA.email]


@pytest.mark.parametrize(
    ("typed", "passed_on", "named"),
    [
        ("", (anns(),), ANN),
        ("#for bob@client.test Bob\n\nx", (anns(),), Address("Bob", "bob@client.test")),
        ("#for bob@client.test\n\nx", (), Address("", "bob@client.test")),
        ("#for bob", (), None),
        ("", (TOM_WROTE,), None),
        ("x", (), None),
    ],
)
def test_whom_the_facts_are_looked_up_for(typed: str, passed_on: tuple[Forwarded, ...], named: Address | None) -> None:
    assert find_named_requester(passing_on(*passed_on, typed=typed).message, DESK) == named


# ------------------------------------------------------------------ calls


def test_a_call_takes_all_other_commands() -> None:
    decision = calling("#for ann@client.test Ann Ames\n#via phone\n#time 15m\n#priority P2\n#mine\n\nIt smokes.")
    opened, entry = make.events(decision)[:2]
    assert (opened.requester, entry.text) == (ANN, "It smokes.")  # type: ignore[union-attr]
    assert make.names(decision)[2:] == ["ChannelSet", "TimeLogged", "PriorityChanged", "Assigned"]
    assert make.mails(decision) == [("acknowledgement", ANN.address), ("command_result", TIA.email)]


@pytest.mark.parametrize("order", ["#for ann@client.test\n#assign ned", "#assign ned\n#for ann@client.test"])
def test_the_owner_is_told_whatever_the_order_of_the_lines(order: str) -> None:
    decision = calling(f"{order}\n\nIt smokes.")
    assert make.mails(decision) == [
        ("ticket_opened", NED.email), ("acknowledgement", ANN.address), ("command_result", TIA.email),
    ]  # fmt: skip


def test_a_call_that_is_solved_already_is_told_as_solved() -> None:
    decision = calling("#for ann@client.test\n#close\ncause: worn\nfix: new one\n\nIt smoked.")
    assert ("resolved", ANN.address) in make.mails(decision)
    assert "acknowledgement" not in dict(make.mails(decision))
    assert make.statuses(decision) == ["resolved"]
    (recorded,) = [e for e in make.events(decision) if isinstance(e, ev.ResolutionRecorded)]
    assert (recorded.cause, recorded.fix) == ("worn", "new one")


def test_a_desk_that_tells_nobody_of_solutions_stays_silent() -> None:
    situation = replace(make.from_technician("#for ann@client.test\n#close\n\nIt smoked."), candidates=())
    decision = decide_message(situation, make.desk(updates=StatusUpdates(resolved=False)))
    assert ANN.address not in [to for _, to in make.mails(decision)]


def test_a_note_beside_a_call_stays_inside() -> None:
    decision = calling("#for ann@client.test\n#note\n\nShe sounded angry.")
    assert make.names(decision) == ["TicketOpened", "NoteAdded"]
    assert all(n.text == "" for n in decision.notices if n.to.key == ANN.key)
    told = make.notice(decision, NoticeName.TICKET_OPENED)
    assert (told.text, told.visibility) == ("She sounded angry.", Visibility.INTERNAL)


def test_an_answer_beside_a_call_goes_out() -> None:
    decision = calling("#for ann@client.test\n#reply\n\nSomebody comes at ten.")
    assert "CorrespondenceSent" in make.names(decision)
    assert ("correspondence", ANN.address) in make.mails(decision)
    assert "acknowledgement" not in dict(make.mails(decision))


def test_what_a_technician_types_is_under_no_id_of_theirs() -> None:
    """It would stand in References of mail to Ann."""
    entry = make.events(calling("#for ann@client.test\n\nIt smokes."))[1]
    assert entry.message_id is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#for ann", "no mail address"),
        ("#for ann@client.test, bob@client.test", "no mail address"),
        ("#for support@desk.test", "the desk's own address"),
        ("#for ann@client.test\n#for bob@client.test", "for ann@client.test already"),
        ("#for ann@client.test\n#prioritty P1", "unknown command"),
        ("#for ann@client.test\n#split", "no ticket"),
        ("#ticket 7\n#for eve@elsewhere.test\n#close", "ticket 7 is already ann@client.test's"),
    ],
)
def test_one_bad_line_holds_the_call(text: str, why: str) -> None:
    decision = calling(f"{text}\n\nIt smokes.", named=(make.ticket(7),))
    assert decision.outcome is Outcome.HELD
    assert any(why in r.outcome for r in decision.commands)


def test_other_tickets_are_touched_only_after_a_confirmation() -> None:
    decision = calling("#for ann@client.test\n#link 7\n\nIt smokes.", named=(make.ticket(7),))
    assert decision.outcome is Outcome.HELD


@pytest.mark.parametrize(
    ("value", "person"),
    [
        ("ann@x.test", Address("", "ann@x.test")),
        ("<ann@x.test>", Address("", "ann@x.test")),
        ("ann@x.test Ann Bauer", Address("Ann Bauer", "ann@x.test")),
        ("Ann Bauer <ann@x.test>", Address("Ann Bauer", "ann@x.test")),
        ('"Ann Bauer" <ann@x.test>', Address("Ann Bauer", "ann@x.test")),
        ("ann@x.test (Ann)", Address("Ann", "ann@x.test")),
        ("ann@x.test bob@x.test", None),
        ("Ann", None),
        ("", None),
    ],
)
def test_how_a_person_may_be_written(value: str, person: Address | None) -> None:
    decision = calling(f"#for {value}\n\nIt smokes.")
    opened = next((e for e in make.events(decision) if isinstance(e, ev.TicketOpened)), None)
    assert (opened.requester if opened else None) == person
