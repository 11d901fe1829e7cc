"""What holds for every mail: nobody is told what is not theirs, nothing is lost, nothing raises."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from maildesk.core.decide import decide_message, decide_timer
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Decision
from maildesk.model.desk import AcknowledgementCaps, Cap, Desk, StatusUpdates
from maildesk.model.level import Level, Priority
from maildesk.model.message import Address, AuthVerdict, BounceReport, FailedRecipient, InboundMessage, Kind
from maildesk.model.notice import Audience, NoticeName, Visibility
from maildesk.model.person import AddressDied, PersonWrote
from maildesk.model.situation import (
    Candidate,
    Proof,
    RecentMail,
    Role,
    SentMail,
    Signal,
    Situation,
    Token,
    VendorCase,
    Vouch,
)
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import ANN, BOB, EVE, NED, NOW, SUPPORT, TIA, TOM

#: Stands in every typed text and in every detail of a resolution.
CANARY = "canary-7d1f"
FOR = "target@for.test"
BOSS = "boss@rule.test"
NAMED = tuple(Address("", f"{name}@named.test") for name in ("to", "cc", "reply", "body"))

SENDERS = (
    ANN, BOB, EVE, TIA.address, Address("Tia", "tia@home.test"), TOM.address, NED.address, None,
    Address("", SUPPORT), Address("", "boss@desk.test"), Address("", "no-reply@robot.test"),
)  # fmt: skip
VERDICTS = (
    None, make.PASS, make.FAIL, AuthVerdict(dmarc="pass", from_aligned=False), AuthVerdict(dmarc="none"),
)  # fmt: skip
LINES = (
    "#close", f"#close\ncause: {CANARY}\nfix: {CANARY}", "#status open", "#status closed", "#status", "#reopen",
    "#assign me", "#assign ned", "#assign none", "#assign max", "#mine", "#release", "#priority P1", "#impact high",
    "#queue network", "#queue", "#tag hot", "#type x", "#subject Fuse", "#note", "#reply", "#replyonly", "#help",
    f"#for {FOR}", "#for support@desk.test", "#nonsense", "#close.", "#merge 7", "# heading", "#1",
)  # fmt: skip
TEXTS = (
    "", f"Try a cable. {CANARY}", f"Thanks {CANARY}", f"See {NAMED[3].address} {CANARY}",
    f"{CANARY}\nref:r" + "a" * 38, f"Hello {CANARY}\n#close",
)  # fmt: skip
WHOLE = ("close", "status", "Thanks!", "cancel", "#close", "")


def subsets(*values: Any, most: int | None = None) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=most or len(values)).map(tuple)


people = st.sampled_from((ANN, BOB, EVE, TIA.address, NED.address))
typed = st.one_of(
    st.sampled_from(WHOLE),
    st.builds(
        lambda lines, text: "\n".join(lines) + "\n\n" + text,
        st.lists(st.sampled_from(LINES), max_size=3), st.sampled_from(TEXTS),
    ),
)  # fmt: skip
tickets = st.builds(
    make.ticket,
    number=st.sampled_from((1042, 1043)),
    status=st.sampled_from(Status),
    requester=people,
    participants=subsets(BOB, EVE, TOM.address, Address("", SUPPORT), most=2),
    assignee=st.sampled_from((None, TIA.email, NED.email, "gone@staff.test")),
    priority=st.sampled_from(Priority),
    queue=st.sampled_from(("general", "network", "gone")),
    closed_at=st.sampled_from((None, NOW, NOW.replace(year=2025))),
    tags=subsets("hot", "old"),
)
tokens = st.builds(
    Token,
    outbox_id=st.just(7),
    ticket=st.just(1042),
    recipient=st.sampled_from((ANN.address, BOB.address, TIA.email, TOM.email, BOSS)),
    audience=st.sampled_from(Audience),
    visibility=st.sampled_from(Visibility),
    issued_at=st.sampled_from((NOW, NOW.replace(day=1, month=1), NOW.replace(year=2024))),
    spent=st.booleans(),
)


def _candidate(signal: Signal, ticket: Ticket, token: Token) -> Candidate:
    carries = signal in (Signal.ADDRESS_TOKEN, Signal.MESSAGE_ID_TOKEN)
    return Candidate(signal, "x", ticket, token if carries else None)


candidates = st.lists(st.builds(_candidate, st.sampled_from(Signal), tickets, tokens), max_size=3).map(tuple)
reports = st.builds(
    lambda found: BounceReport(tuple(found), "<out@desk.test>"),
    st.lists(st.builds(FailedRecipient, st.sampled_from((ANN.address, NAMED[0].address)),
                       st.sampled_from(("failed", "delayed", "delivered")), st.sampled_from(("5.1.1", "4.4.1", "")),
                       st.just("no such user")), max_size=2),
)  # fmt: skip
mails = st.builds(
    lambda text, kind, report, **fields: InboundMessage(
        "raw", "content", 1, text=text, visible_text=text, kind=kind, kind_reason="said so", message_id="<in@x>",
        bounce=report if kind is Kind.BOUNCE else None, reply_to=(NAMED[2],), **fields,
    ),
    typed, st.sampled_from(Kind), st.none() | reports,
    sender=st.sampled_from(SENDERS), auth=st.sampled_from(VERDICTS), to=subsets(Address("", SUPPORT), NAMED[0], ANN),
    cc=subsets(NAMED[1], TOM.address), subject=st.sampled_from(("", "Printer", "Re: Printer [#1042]")),
    return_path=st.sampled_from((None, "", "x@y.test")), unanswerable=st.sampled_from(("", "", "", "Precedence: bulk")),
    attachments=subsets(make.file(), make.file("logo.png", inline=True)),
    headers=st.sampled_from(((), (("Auto-Submitted", "auto-replied (vacation)"),))),
)  # fmt: skip
sent = st.builds(
    SentMail, st.just(7), st.sampled_from((None, 1042)), st.sampled_from((ANN.address, TIA.email, BOSS)),
    st.sampled_from(Audience), st.just("<out@desk.test>"),
)  # fmt: skip
counts = st.sampled_from((0, 1, 500))
situations = st.builds(
    Situation,
    message=mails,
    mailbox=st.sampled_from(("support", "gone")),
    now=st.just(NOW),
    candidates=candidates,
    known_sender=st.booleans(),
    recent=st.builds(RecentMail, counts, counts, counts),
    bounced=st.none() | sent,
    bounced_ticket=st.none() | tickets,
    body_already_ran=st.booleans(),
    vouched=st.sampled_from((None, None, None, *Vouch)),
    away=subsets(TIA.email, NED.email).map(frozenset),
    vendor_case=st.sampled_from((None, VendorCase("Acme", "CASE-1"), VendorCase("Acme", "CASE-1", (1042,)))),
    named=st.sampled_from(((), (make.ticket(7, requester=BOB),))),
)
rules = st.lists(
    st.builds(
        make.rule,
        st.just("r"),
        impact=st.sampled_from((None, Level.HIGH)),
        priority=st.sampled_from((None, Priority.P1)),
        queue=st.sampled_from((None, "network")),
        assign=st.sampled_from((None, TIA.email, "tia@home.test")),
        tags=subsets("hot"),
        status=st.sampled_from((None, "resolved", "open")),
        notify=subsets(BOSS, SUPPORT),
        cc=subsets(BOSS, SUPPORT, ANN.address),
        acknowledge=st.sampled_from((None, True, False)),
        template=st.sampled_from((None, "welcome")),
        hold=st.sampled_from((None, None, None, "odd")),
        discard=st.sampled_from((None, None, None, "spam")),
    ),
    max_size=1,
).map(tuple)
desks = st.builds(
    make.desk,
    authenticates=st.booleans(),
    technicians=st.sampled_from(((TIA, TOM, NED), (TIA,))),
    rules=rules,
    acknowledgements=st.builds(
        AcknowledgementCaps, st.sampled_from((None, Cap(3, 60))), st.sampled_from((None, Cap(100, 60))), st.just(1)
    ),
    updates=st.builds(StatusUpdates, st.booleans(), st.booleans(), st.booleans()),
)

Check = Callable[[Situation, Desk, Decision], None]


def outside(decision: Decision) -> list[Any]:
    return [n for n in decision.notices if n.audience is not Audience.TECHNICIAN]


def says_why(_: Situation, __: Desk, decision: Decision) -> None:
    assert decision.reason.strip()
    assert decision.trace
    assert all(line.step and line.name for line in decision.trace)


def outcome_disposition_and_acts_agree(_: Situation, __: Desk, decision: Decision) -> None:
    found = make.names(decision)
    match decision.outcome:
        case Outcome.TICKET:
            assert (decision.disposition, decision.ticket, found[0]) == (Disposition.ACCEPT, None, "TicketOpened")
        case Outcome.FOLLOW_UP:
            assert decision.disposition is Disposition.ACCEPT
            assert decision.ticket is not None
        case Outcome.HELD:
            assert decision.disposition is Disposition.HOLD
            assert set(found) <= {"MailHeld"}
        case Outcome.DISCARDED:
            assert (decision.disposition, found) == (Disposition.DISCARD, [])
        case _:
            raise AssertionError(decision.outcome)


def acts_fold(situation: Situation, _: Desk, decision: Decision) -> None:
    known = {c.ticket.number: c.ticket for c in reversed(situation.candidates)}
    if situation.bounced_ticket is not None and situation.message.kind is Kind.BOUNCE:
        known[situation.bounced_ticket.number] = situation.bounced_ticket
    ticket = known[decision.ticket] if decision.ticket is not None else None
    for place, act in enumerate(decision.acts, 1):
        ticket = evolve(ticket, ev.Recorded(1042, place, NOW, act.actor, act.event))
    if ticket is not None:
        decide_timer(ticket, make.desk(), NOW)


def one_mail_to_each_and_none_to_the_desk(_: Situation, desk: Desk, decision: Decision) -> None:
    keys = [n.to.key for n in decision.notices]
    assert len(keys) == len(set(keys))
    assert not any(desk.is_own_address(key) or not key for key in keys)


def results_go_last(_: Situation, __: Desk, decision: Decision) -> None:
    results = [n.name for n in decision.notices if n.name in (NoticeName.COMMAND_RESULT, NoticeName.COMMAND_REJECTED)]
    assert len(results) <= 1
    assert not results or decision.notices[-1].name is results[0]


def nobody_is_written_to_because_a_mail_names_them(situation: Situation, desk: Desk, decision: Decision) -> None:
    sender = situation.message.sender
    allowed = {t.email for t in desk.technicians} | {BOSS}
    if decision.outcome is Outcome.TICKET and sender is not None:
        allowed.add(sender.address)
    if any(rule.then.cc for rule in desk.rules):
        allowed.add(ANN.address)
    if decision.role is Role.TECHNICIAN and decision.proof is Proof.PASS:
        allowed.add(FOR)
    joined = [c.ticket for c in situation.candidates if c.ticket.number == decision.ticket]
    allowed |= {a.address for ticket in joined for a in ticket.audience}
    assert {n.to.address for n in decision.notices} <= allowed


def machines_are_not_answered(situation: Situation, _: Desk, decision: Decision) -> None:
    message = situation.message
    acknowledged = [n for n in decision.notices if n.name in (NoticeName.ACKNOWLEDGEMENT, NoticeName.STATUS_REPORT)]
    if message.kind is not Kind.PERSON or message.unanswerable:
        assert not acknowledged
    if message.kind is not Kind.PERSON:
        assert {n.name for n in outside(decision)} <= {NoticeName.RULE_NOTICE}
        assert not [a for a in decision.acts if isinstance(a.event, ev.StatusChanged) and a.actor != "rule: r"]


def internal_text_stays_inside(_: Situation, __: Desk, decision: Decision) -> None:
    internal = [
        e for e in make.events(decision)
        if isinstance(e, (ev.NoteAdded, ev.CorrespondencePending, ev.AutomaticMailReceived, ev.MailHeld))
    ]  # fmt: skip
    if internal or decision.disposition is not Disposition.ACCEPT:
        assert CANARY not in repr([(n.text, n.detail, n.results) for n in outside(decision)])
        assert not any(n.attachments for n in outside(decision))
    recorded = [e for e in make.events(decision) if isinstance(e, ev.ResolutionRecorded)]
    if recorded:
        assert not any(f"cause: {CANARY}" in n.text for n in outside(decision))


def only_believed_technicians_speak_for_the_desk(situation: Situation, desk: Desk, decision: Decision) -> None:
    spoken = [e for e in make.events(decision) if isinstance(e, (ev.CorrespondenceSent, ev.NoteAdded, ev.Assigned))]
    by_technician = [a for a in decision.acts if a.event in spoken and not a.actor.startswith("rule: ")]
    if by_technician or any(n.author for n in outside(decision)):
        assert decision.role is Role.TECHNICIAN
        assert decision.proof is Proof.PASS or (decision.proof is Proof.TOKEN and not desk.authenticates)
        assert situation.message.kind is Kind.PERSON


def a_private_address_stays_private(_: Situation, __: Desk, decision: Decision) -> None:
    if decision.role is Role.TECHNICIAN:
        public = [e for e in make.events(decision) if isinstance(e, (ev.CorrespondenceSent, ev.CorrespondenceReceived))]
        assert "tia@home.test" not in repr([*public, *(n.author for n in outside(decision))])


def unproven_mail_changes_nothing(situation: Situation, _: Desk, decision: Decision) -> None:
    message = situation.message
    disowned = message.sender is None or (message.auth is not None and message.auth.failed)
    if disowned and not situation.released and message.kind is not Kind.BOUNCE:
        assert set(make.names(decision)) <= {"MailHeld", "CorrespondencePending", "AutomaticMailReceived"}
        assert not outside(decision)
        assert (decision.spends_token, decision.absences, decision.lessons) == (None, (), ())


def who_takes_no_part_joins_nothing(situation: Situation, _: Desk, decision: Decision) -> None:
    """Neither a stranger with a copy of a token nor a technician behind a machine adds to the public side."""
    sender = situation.message.sender
    joined = [c.ticket for c in situation.candidates if c.ticket.number == decision.ticket]
    if sender is not None and joined and not any(t.takes_part(sender.address) for t in joined):
        technicians = [t for t in (TIA, TOM, NED) if t.owns(sender.address)]
        own = any(t.takes_part(who.email) for t in joined for who in technicians)
        assert own or "CorrespondenceReceived" not in make.names(decision)
        # A vendor ends the wait for it, and nothing else.
        assert (
            own
            or technicians
            or decision.role is Role.VENDOR
            or not [a for a in decision.acts if isinstance(a.event, ev.StatusChanged)]
        )


def only_the_owner_of_an_address_or_a_bounce_of_ours_speaks_for_it(
    situation: Situation, _: Desk, decision: Decision
) -> None:
    sender, sent = situation.message.sender, situation.bounced
    for lesson in decision.lessons:
        match lesson:
            case PersonWrote(address=address):
                assert sender is not None and address == sender.address
                assert situation.message.kind in (Kind.PERSON, Kind.LIST)
            case AddressDied(address=address):
                assert sent is not None and address == sent.recipient
                assert situation.message.kind is Kind.BOUNCE


def other_tickets_change_for_a_believed_technician_alone(situation: Situation, desk: Desk, decision: Decision) -> None:
    if decision.asides:
        assert [aside.ticket for aside in decision.asides] == [7]
        assert "Merged" in make.names(decision)
        only_believed_technicians_speak_for_the_desk(situation, desk, replace(decision, acts=decision.asides[0].acts))


def what_an_admin_released_is_not_held_again(situation: Situation, _: Desk, decision: Decision) -> None:
    assert not (situation.released and decision.outcome is Outcome.HELD)


CHECKS: tuple[Check, ...] = (
    says_why,
    outcome_disposition_and_acts_agree,
    acts_fold,
    one_mail_to_each_and_none_to_the_desk,
    results_go_last,
    nobody_is_written_to_because_a_mail_names_them,
    machines_are_not_answered,
    internal_text_stays_inside,
    only_believed_technicians_speak_for_the_desk,
    a_private_address_stays_private,
    unproven_mail_changes_nothing,
    who_takes_no_part_joins_nothing,
    only_the_owner_of_an_address_or_a_bounce_of_ours_speaks_for_it,
    other_tickets_change_for_a_believed_technician_alone,
    what_an_admin_released_is_not_held_again,
)


@settings(max_examples=500, deadline=None)
@given(situations, desks)
def test_whatever_comes_in(situation: Situation, desk: Desk) -> None:
    decision = decide_message(situation, desk)
    for check in CHECKS:
        check(situation, desk, decision)
    assert decide_message(situation, desk) == decision


@settings(max_examples=300, deadline=None)
@given(mails, st.sampled_from((ANN, BOB, EVE, TIA.address)), tickets, st.sampled_from((ANN.address, TIA.email)), desks)
def test_whatever_answers_a_mail_of_ours(
    mail: InboundMessage, sender: Address, ticket: Ticket, recipient: str, desk: Desk
) -> None:
    situation = make.situation(replace(mail, sender=sender), make.by_token(recipient, on=ticket))
    decision = decide_message(situation, desk)
    for check in CHECKS:
        check(situation, desk, decision)


@settings(max_examples=300, deadline=None)
@given(typed, st.sampled_from((TIA.address, Address("", "tia@home.test"))), tickets, st.sampled_from(Visibility), desks)
def test_whatever_a_technician_answers(
    text: str, sender: Address, ticket: Ticket, visibility: Visibility, desk: Desk
) -> None:
    # Most of the mails above never come as far as the commands; all of these do.
    situation = make.from_technician(text, make.by_token(on=ticket, visibility=visibility))
    situation = replace(situation, message=replace(situation.message, sender=sender))
    decision = decide_message(situation, desk)
    for check in CHECKS:
        check(situation, desk, decision)
    if visibility is Visibility.INTERNAL and "#reply" not in text:
        assert CANARY not in repr([n.text for n in outside(decision)])


@settings(max_examples=300, deadline=None)
@given(st.text(), st.sampled_from(VERDICTS))
def test_whatever_a_technician_types(text: str, auth: AuthVerdict | None) -> None:
    situation = make.from_technician(text, auth=auth)
    desk = make.desk()
    decision = decide_message(situation, desk)
    for check in CHECKS:
        check(situation, desk, decision)
