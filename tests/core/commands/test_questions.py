"""Questions: what their values mean, how answers read, and that they change nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from maildesk.core.chronicle import facts, history
from maildesk.core.commands import VERBS, CommandRun, read_commands, run_commands
from maildesk.core.commands.context import Context, Refused, Strand
from maildesk.core.commands.criteria import describe, read_filter, read_period, read_words
from maildesk.core.commands.handbook import GROUPS
from maildesk.core.wording import happened, spoken
from maildesk.model import event as ev
from maildesk.model.clock import Clock, SlaTarget
from maildesk.model.decided import Outcome
from maildesk.model.level import Level, Priority
from maildesk.model.notice import Answer, NoticeName
from maildesk.model.question import ExplainedMail, TicketFilter
from maildesk.model.situation import Lookup
from maildesk.model.ticket import Status, Ticket
from maildesk.model.trace import TraceLine
from tests import make
from tests.make import ANN, BOB, NED, NOW, TIA

DESK = make.desk(sla=((Priority.P3, SlaTarget(first_response=4 * 3600, resolution=3 * 86400)),))
OPEN = tuple(s for s in Status if not s.is_done)
HOUR = timedelta(hours=1)


def run(typed: str, *lookups: Lookup, ticket: Ticket | None = None) -> CommandRun:
    context = Context(DESK, TIA, NOW, Strand(ticket, ticket) if ticket else None, lookups=lookups)
    return run_commands(read_commands(typed), context)


def answer(typed: str, *lookups: Lookup, ticket: Ticket | None = None) -> Answer:
    found = run(typed, *lookups, ticket=ticket)
    assert not found.failed, found.results
    (only,) = found.context.answers
    return only


def recorded(event: ev.Event, seq: int = 1, actor: str = ANN.address, **fields: Any) -> ev.Recorded:
    return ev.Recorded(1042, seq, NOW - HOUR, actor, event, **fields)


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("value", "wanted", "said"),
    [
        ("", TicketFilter(OPEN, None, None, TIA.email, ("general",)), "open, yours or unassigned in general"),
        ("mine", TicketFilter(OPEN, owner=TIA.email), "open, yours"),
        ("MINE p1 p2", TicketFilter(OPEN, (Priority.P1, Priority.P2), owner=TIA.email), "open, P1 or P2, yours"),
        ("unassigned", TicketFilter(OPEN, unowned_in=("general",)), "open, unassigned in general"),
        ("all", TicketFilter(OPEN), "open, of everybody"),
        ("unassigned all", TicketFilter(OPEN, unowned_in=("general", "network")),
         "open, unassigned in general or network"),
        ("net", TicketFilter(OPEN, queues=("network",)), "open, in network"),
        ("network, mine", TicketFilter(OPEN, queues=("network",), owner=TIA.email), "open, yours in network"),
        ("unassigned network", TicketFilter(OPEN, queues=("network",), unowned_in=("network",)),
         "open, unassigned in network"),
        ("all closed res", TicketFilter((Status.RESOLVED, Status.CLOSED)), "resolved or closed, of everybody"),
        ("P5", TicketFilter(OPEN, (Priority.P5,), None, TIA.email, ("general",)),
         "open, P5, yours or unassigned in general"),
    ],
)  # fmt: skip
def test_which_tickets_are_listed(value: str, wanted: TicketFilter, said: str) -> None:
    assert read_filter(value, TIA, DESK) == wanted
    assert describe(wanted) == said


@pytest.mark.parametrize(
    ("value", "reading", "words"),
    [
        ("waiting", read_filter, "ambiguous: waiting-requester, waiting-vendor"),
        ("mine printers", read_filter, "'printers' is none of: mine, unassigned, all, general, network, new"),
        ("P7", read_filter, "'P7' is none of"),
        ("", read_words, "which words"),
        ("vpn x", read_words, "'x' is too short"),
        ("a1 b2 c3 d4 e5 f6 g7", read_words, "7 words; look for 6 at most"),
        ("soon", read_period, "'soon' is no span of time; allowed: 24h, 7d, 4w"),
        ("0d", read_period, "no span of time"),
        ("9999w", read_period, "no span of time"),
    ],
)
def test_bad_values_say_what_is_allowed(value: str, reading: Any, words: str) -> None:
    found = reading(value, TIA, DESK) if reading is read_filter else reading(value)
    assert isinstance(found, Refused)
    assert words in found.why


@pytest.mark.parametrize(("value", "seconds"), [("", 604800), ("24h", 86400), ("2 weeks", 1209600), ("30D", 2592000)])
def test_periods(value: str, seconds: int) -> None:
    assert read_period(value) == seconds


@pytest.mark.parametrize(
    ("value", "words"), [("vpn  Vpn vpn", ("vpn", "Vpn")), ("“home office”", ("home", "office")), ("漢", ("漢",))]
)
def test_words(value: str, words: tuple[str, ...]) -> None:
    assert read_words(value) == words


# ------------------------------------------------------------------ answers


OWNED = make.ticket(1001, assignee=TIA.email, priority=Priority.P1, created_at=NOW - timedelta(days=12))
FREE = make.ticket(1002, requester=replace(BOB, name=""), created_at=NOW - timedelta(minutes=3))


def test_a_list_is_a_table() -> None:
    told = answer("#list all", Lookup("list", "all", (OWNED, FREE), 2))
    assert told.heading == "2 tickets: open, of everybody"
    assert told.rows == (
        ("Ticket", "Prio", "Status", "Age", "Requester", "Owner", "Subject"),
        ("#1001", "P1", "open", "12d", "Ann Ames", "Tia Berg", "Printer"),
        ("#1002", "P3", "open", "3m", BOB.address, "nobody", "Printer"),
    )


@pytest.mark.parametrize(
    ("lookup", "outcome"),
    [
        (Lookup("list", "", (OWNED,), 1), "1 ticket"),
        (Lookup("list", "", (OWNED, FREE), 44), "44 tickets, the first 2 are below"),
        (Lookup("list", ""), "No ticket"),
    ],
)
def test_a_line_says_how_many_there_are(lookup: Lookup, outcome: str) -> None:
    assert [r.outcome for r in run("#list", lookup).results] == [outcome]


def test_a_hit_is_shown_in_its_surroundings() -> None:
    text = "Hello,\n\n" + "so " * 100 + "the OpenVPN client says no " + "bye " * 100
    told = answer("#find vpn", Lookup("find", "vpn", (FREE, OWNED), 2, (text, "")))
    first, second = told.rows[1][-1], told.rows[2][-1]
    assert first.startswith("Printer: …") and "the OpenVPN client says no" in first and first.endswith("…")
    assert len(first) < 200
    assert second == "Printer"


def test_a_ticket_is_shown_whole() -> None:
    ticket = make.ticket(
        assignee=NED.email, participants=(BOB,), links=(1001,), tags=("fuse",), type="incident", due_at=NOW,
        checklist=("power", "cable"), steps_done=(2,), time_seconds=5400, seq=3,
    )  # fmt: skip
    entries = (
        recorded(ev.NoteAdded(TIA.address, "She broke it.", None), 3, TIA.email),
        recorded(ev.CorrespondenceReceived(ANN, "It smokes.\n> old", "It smokes.", None, (make.file(),)), 2),
        recorded(ev.TicketOpened("Printer", ANN, "", "general")),
    )
    told = answer("#show", Lookup("show", "1042", (ticket,), 1, history=entries), ticket=ticket)
    assert told.heading == "#1042 Printer"
    known = dict(told.rows)
    assert known["Queue"] == "general, Ned Ode owns it"
    assert known["Takes part"] == "Bob Bone <bob@client.test>"
    assert known["Due"] == "Wed 4 Mar 2026 13:00"
    assert (known["Sort"], known["Time spent"], known["Linked"]) == ("incident, [fuse]", "1 h 30 min", "#1001")
    assert (known["Step 1"], known["Step 2"]) == ("[ ] power", "[x] cable")
    assert told.text.split("\n\n") == [
        "Wed 4 Mar 2026 12:00  Tia Berg noted (internal):\n  She broke it.",
        "Wed 4 Mar 2026 12:00  Ann Ames wrote:\n  It smokes.\n  Files: error.log",
        "Wed 4 Mar 2026 12:00  opened in general for ann@client.test, by ann@client.test",
    ]


def test_a_long_history_ends_and_says_so() -> None:
    ticket = make.ticket(seq=500)
    entries = tuple(recorded(ev.NoteAdded(ANN, "x" * 9000, None), seq) for seq in range(20, 0, -1))
    told = answer("#show", Lookup("show", "1042", (ticket,), 1, history=entries), ticket=ticket)
    assert len(told.text) < 61_000
    assert "14 earlier entries are left out here" in told.text
    assert told.text.endswith("480 earlier entries are left out here")
    assert "[…]" in history((recorded(ev.NoteAdded(ANN, "y" * 20_000, None)),), DESK, 60_000)


def test_all_answers_of_a_mail_fit_into_one() -> None:
    entries = tuple(recorded(ev.NoteAdded(ANN, "x" * 9000, None), seq) for seq in range(20, 0, -1))
    looked = [Lookup("show", str(n), (make.ticket(n),), 1, history=entries) for n in range(1, 11)]
    found = run("\n".join(f"#show {n}" for n in range(1, 11)), *looked)
    assert len(found.context.answers) == 10
    assert sum(len(a.text) for a in found.context.answers) < 170_000


def test_what_to_do_next() -> None:
    told = answer("#next", Lookup("next", "", (OWNED,), 3, history=(recorded(ev.Assigned(TIA.email)),)))
    assert told.heading == "Next: #1001 Printer"
    assert "write #ticket 1001 above your lines" in told.text
    assert run("#next", Lookup("next", "", (OWNED,), 3)).results[0].outcome == "#1001, 2 more after it"
    assert "nothing waits for you" in run("#next", Lookup("next", "")).results[0].outcome


TRACE = (
    TraceLine("guard", "identity", True, "requester, proof token: made for this sender"),
    TraceLine("rule", "Outage", True, "subject matches 'down'"),
    TraceLine("rule", "Night", False, "business_hours equals false"),
    TraceLine("command", "#close", True, "status open → resolved"),
    TraceLine("notice", "acknowledgement", False, "a rule says no"),
)
MAIL = ExplainedMail(7, ANN.address, "Printer", Outcome.FOLLOW_UP, "a follow-up", NOW - HOUR, TRACE)


def test_why_a_ticket_is_as_it_is() -> None:
    ticket = make.ticket(first_response_due_at=NOW, priority=Priority.P3)
    by_clock = recorded(
        ev.StatusChanged("closed", "resolved"), 9, "timer", trace=(TraceLine("timer", "close", True, "silent"),)
    )
    priority = recorded(ev.PriorityChanged(Level.HIGH, Level.LOW, Priority.P3, "rule: Outage"), 2)
    lookup = Lookup("why", "1042", (ticket,), 1, history=(by_clock, priority), mails=(MAIL,))
    told = answer("#why 1042", lookup)
    known = dict(told.rows)
    assert known["Priority"] == "P3: rule: Outage"
    assert known["First answer"] == "Tue 3 Mar 2026 17:00: 4 h (P3 of the desk) since Tue 3 Mar 2026 13:00"
    assert "Solution" in known
    assert told.text.split("\n") == [
        'Wed 4 Mar 2026 12:00  mail of ann@client.test, "Printer": follow-up',
        "  a follow-up",
        "  guard    identity: requester, proof token: made for this sender",
        "  rule     Outage: hit, subject matches 'down'",
        "  rule     Night: missed, business_hours equals false",
        "  command  #close: done, status open → resolved",
        "  notice   acknowledgement: not sent, a rule says no",
        "",
        "Wed 4 Mar 2026 12:00  status resolved → closed, by timer",
        "  timer    close: due, silent",
    ]


def test_why_in_answer_to_a_result_is_about_that_mail() -> None:
    told = answer("#why", Lookup("why", "", mails=(MAIL,)), ticket=make.ticket())
    assert told.heading == "Why your mail was treated so"
    assert "#close: done" in told.text


def test_numbers_are_named() -> None:
    counts = (
        ("opened", 4), ("resolved", 2), ("reopened", 1), ("answered", 2), ("median first response", 12_000),
        ("open", 3), ("priority P1", 1), ("priority P3", 2), ("queue general", 3), ("owner ", 2),
        (f"owner {TIA.email}", 1), ("unanswered", 2), ("oldest unanswered", 1001),
    )  # fmt: skip
    found = run("#stats 2w", Lookup("stats", "2w", (OWNED,), counts=counts))
    period, now = found.context.answers
    assert period.heading == "The last 2w"
    assert dict(period.rows)["First answer"] == "after 3 h 20 min (median of 2)"
    assert dict(now.rows) == {
        "": "",
        "By priority": "P1: 1, P3: 2", "By queue": "general: 3", "By owner": "nobody: 2, Tia Berg: 1",
        "Unanswered": "2; the oldest is #1001 Printer, 12d",
    }  # fmt: skip
    assert found.results[0].outcome == "4 opened, 2 resolved, 3 open"


def test_several_questions_are_answered_in_their_order() -> None:
    found = run("#find vpn\n#list\n#help list", Lookup("list", "", (OWNED,), 1), Lookup("find", "vpn"))
    assert [a.heading for a in found.context.answers] == [
        "No ticket with vpn", "1 ticket: open, yours or unassigned in general", "#list [WORDS]",
    ]  # fmt: skip
    assert not found.changes and not found.acted


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("#show", "this mail belongs to no ticket; name one: #show 1042"),
        ("#why", "this mail belongs to no ticket"),
        ("#show printer", "'printer' is no ticket number"),
        ("#show 7", "there is no ticket 7"),
        ("#why 7", "there is no ticket 7"),
        ("#next mine", "#next takes no value"),
        ("#list frobs", "'frobs' is none of"),
        ("#find", "which words"),
        ("#stats x", "no span of time"),
        ("#help frob", "there is no command #frob"),
        ("#help re", "there is no command #re"),
        ("#help pri ority", "there is no command"),
    ],
)
def test_a_question_that_cannot_be_answered(typed: str, why: str) -> None:
    found = run(typed, Lookup("show", "7"), Lookup("why", "7"))
    assert found.failed
    assert why in found.results[0].outcome


@pytest.mark.parametrize("word", ["list", "find vpn", "show 1042", "why 1042", "next", "stats"])
def test_a_question_without_a_database_says_so(word: str) -> None:
    found = run(f"#{word}")
    assert "could not look it up" in found.results[0].outcome
    assert found.context.answers


# ------------------------------------------------------------------ help


def test_the_help_names_every_command_once() -> None:
    answers = run("#help").context.answers
    rows = [row for told in answers for row in told.rows[1:]]
    named = [word.strip("#,") for usage, _ in rows for word in usage.split() if word.startswith("#")]
    assert sorted(named) == sorted(VERBS)
    assert all(text.endswith(".") for _, text in rows)
    assert not any(told.heading == "More" for told in answers), "give the new command a place in GROUPS"
    assert {word for _, words in GROUPS for word in words} <= set(VERBS)
    assert "3 or more letters" in answers[0].text


@pytest.mark.parametrize(
    ("typed", "heading", "words"),
    [
        ("#help list", "#list [WORDS]", "`#list all P1 P2`"),
        ("#help #take", "#take", "The same as #mine."),
        ("#help prior", "#priority P1…P5", "Set the priority"),
        ("#help HELP", "#help [WORD]", "all about one of them"),
    ],
)
def test_help_on_one_command(typed: str, heading: str, words: str) -> None:
    told = answer(typed)
    assert told.heading == heading
    assert words in told.text


# ------------------------------------------------------------------ words


def test_every_event_has_words() -> None:
    without = [
        name for name, kind in ev.EVENTS.items()
        if (event := _made(kind)) and spoken(event) is None and happened(event, DESK) == name
    ]  # fmt: skip
    assert without == []


def _made(kind: Any) -> Any:
    """An event with something in every field."""
    by_type: dict[str, Any] = {
        "str": "word", "int": 7, "bool": True, "Address": ANN, "datetime": NOW, "Level": Level.LOW,
        "Priority": Priority.P1, "Clock": Clock.UPDATE,
    }  # fmt: skip
    hints = {name: str(t) for name, t in kind.__annotations__.items()}
    return kind(**{
        name: next((v for key, v in by_type.items() if key in hint), None) if "tuple" not in hint else ()
        for name, hint in hints.items()
    })  # fmt: skip


def test_nothing_is_said_of_what_is_not_set() -> None:
    names = [name for name, _ in facts(make.ticket(priority=Priority.P5), DESK, NOW)]
    assert names == ["", "State", "Queue", "Requester", "Opened", "Last change"]


def test_what_rules_keep_of_their_own_is_shown() -> None:
    assert ("site", "Rome") in facts(make.ticket(fields=(("site", "Rome"),)), DESK, NOW)


# ------------------------------------------------------------------ the whole decision


@pytest.mark.parametrize("candidates", [(), (make.by_token(),), (make.by_token(spent=True),), (make.by_subject(),)])
def test_a_question_needs_no_fresh_token_and_changes_nothing(candidates: tuple[Any, ...]) -> None:
    mail = make.message("#list\n", TIA.address, auth=make.PASS)
    decision = make.decide_message(
        make.situation(mail, *candidates, lookups=(Lookup("list", "", (OWNED,), 1),)), make.desk()
    )
    assert make.mails(decision) == [("command_result", TIA.email)]
    assert make.notice(decision, NoticeName.COMMAND_RESULT).answers[0].heading.startswith("1 ticket")
    assert (decision.acts, decision.spends_token, decision.runs_body) == ((), None, None)


def test_one_bad_question_holds_the_mail() -> None:
    decision = make.decide("#list\n#find x\n\nSee you.")
    assert decision.outcome is Outcome.HELD
    assert make.mails(decision) == [("command_rejected", TIA.email)]


# ------------------------------------------------------------------ clocks


@pytest.mark.parametrize("typed", ["#why sla", "#why SLA", "#why 1042 sla", "#why sla #1042"])
def test_the_arithmetic_of_the_clocks_is_told(typed: str) -> None:
    ticket = make.ticket(created_at=NOW - HOUR)
    told = answer(typed, Lookup("why", "1042", (ticket,)), ticket=ticket)
    assert told.heading == "Clocks of #1042 Printer"
    assert told.text.startswith("First answer: due Wed 4 Mar 2026 16:00 (3 h left)\n  Target   4 h, P3 of the desk\n")
    # The desk may know this mail's own ticket alone, and tells it as the lines above leave it.
    told = answer(f"#priority P5\n{typed}", ticket=ticket)
    assert "no target for P5 in queue general" in told.text


@pytest.mark.parametrize(
    ("typed", "lookups", "said"),
    [
        ("#why sla 9999", (Lookup("why", "9999"),), "there is no ticket 9999"),
        ("#why sla soon", (), "'soon' is no ticket number; write it like this: #why 1042"),
    ],
)
def test_clocks_of_no_ticket(typed: str, lookups: tuple[Lookup, ...], said: str) -> None:
    found = run(typed, *lookups)
    assert said in found.results[0].outcome


def test_a_ticket_is_shown_with_its_clocks() -> None:
    ticket = make.ticket(created_at=NOW - HOUR)
    known = dict(answer("#show", Lookup("show", "1042", (ticket,)), ticket=ticket).rows)
    assert known["First answer"] == "due Wed 4 Mar 2026 16:00 (3 h left)"
    assert known["Solution"] == "due Sat 7 Mar 2026 12:00 (71 h left)"
