"""Every command there is, typed in some mail program in answer to a ticket of its own: what it does, and who is told.

One desk plays all of it in three passes; each test looks at one command.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from maildesk.core.commands import VERBS
from maildesk.model import event as ev
from maildesk.model.ticket import Ticket
from tests.desk import TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN, CLIENTS, NED, TIA

pytestmark = pytest.mark.servers

RULES = "rules:\n  - {name: Steps, when: {subject: {contains: step}}, then: {checklist: [Unplug it, Plug it in]}}\n"
MANY = {"acknowledgements": {"per_address": "1000/24h"}}


@dataclass
class Seen:
    """What came of one command. `told`: the recipients of its mails."""

    ticket: Ticket
    history: tuple[ev.Recorded, ...]
    target: Ticket
    told: list[str]

    def texts(self, kind: type[ev.Event]) -> list[str]:
        return [str(getattr(r.event, "text", "")) for r in self.history if isinstance(r.event, kind)]

    def statuses(self) -> list[str]:
        return [r.event.status for r in self.history if isinstance(r.event, ev.StatusChanged)]

    def owners(self) -> list[str | None]:
        return [r.event.assignee for r in self.history if isinstance(r.event, ev.Assigned)]

    def happened(self, kind: type[ev.Event]) -> int:
        return sum(isinstance(r.event, kind) for r in self.history)


def people(ticket: Ticket) -> list[str]:
    return [p.address for p in ticket.participants]


BILL, DORA, SAM = "bill@customer.test", "dora@other.test", "sam@supplier.test"

#: command → what is typed, who outside is told, what is looked at, what it ought to be.
ROWS: dict[str, tuple[str, list[str], Callable[[Seen], object], object]] = {
    "note": ("#note\n\nHers, canary-n.", [], lambda s: s.texts(ev.NoteAdded), ["Hers, canary-n."]),
    "reply": ("#Reply\n\nWe come.", [ANN.address], lambda s: s.texts(ev.CorrespondenceSent), ["We come."]),
    "ask": ("#ask Which floor?", [ANN.address], lambda s: s.statuses()[-1], "waiting-requester"),
    "replyonly": ("#replyonly\n\nWe come.", [ANN.address], lambda s: s.ticket.assignee, None),
    "status": ("#status waiting-vendor", [], lambda s: s.ticket.status, "waiting-vendor"),
    "wait": ("#wait\N{NO-BREAK SPACE}vendor", [], lambda s: s.ticket.status, "waiting-vendor"),
    "close": ("#Close", [ANN.address], lambda s: s.ticket.status, "resolved"),
    "resolve": (
        "#resolve\ncause: worn canary-c\nfix: new one canary-f\nconfig: printer 7 canary-g", [ANN.address],
        lambda s: next((r.event.cause, r.event.fix, r.event.config) for r in s.history
                       if isinstance(r.event, ev.ResolutionRecorded)),
        ("worn canary-c", "new one canary-f", "printer 7 canary-g"),
    ),
    "reopen": ("#close\n#reopen", [], lambda s: s.statuses(), ["resolved", "open"]),
    "priority": ("#PRIORITY: p2", [], lambda s: s.ticket.priority, "P2"),
    "impact": ("#impact high", [], lambda s: s.ticket.impact, "high"),
    "urgency": ("#urgency\N{NO-BREAK SPACE}low", [], lambda s: s.ticket.urgency, "low"),
    "queue": ("#queue network", [], lambda s: s.ticket.queue, "network"),
    "tag": ("#Tag\N{NO-BREAK SPACE}fuser", [], lambda s: s.ticket.tags, ("fuser",)),
    "type": ("#type Incident", [], lambda s: s.ticket.type, "incident"),
    "subject": ("#subject The fuser", [], lambda s: s.ticket.subject, "The fuser"),
    "assign": (
        "#assign \N{LEFT DOUBLE QUOTATION MARK}Ned Ode\N{RIGHT DOUBLE QUOTATION MARK}", [],
        lambda s: (s.ticket.assignee, NED.address in s.told), (NED.address, True),
    ),
    "mine": ("#mine", [], lambda s: s.ticket.assignee, TIA.address),
    "take": ("#take", [], lambda s: s.ticket.assignee, TIA.address),
    "release": ("#mine\n#release", [], lambda s: s.owners(), [TIA.address, None]),
    "for": (f"#for {BILL} Bill Lund\n\nHe called.", [BILL], lambda s: s.ticket.requester.address, BILL),
    "cc": (f"#cc {BILL}", [BILL], lambda s: people(s.ticket), [BILL]),
    "bcc-note": ("#bcc-note ned\n\nHers, canary-b.", [], lambda s: NED.address in s.told, True),
    "watch": ("#watch ned", [], lambda s: s.ticket.watchers, (NED.address,)),
    "unwatch": ("#watch ned\n#unwatch ned", [], lambda s: (s.happened(ev.WatchersChanged), s.ticket.watchers), (2, ())),
    "requester": (f"#requester {BILL}", [BILL], lambda s: s.ticket.requester.address, BILL),
    "snooze": ("#snooze 2h", [], lambda s: s.ticket.snoozed_until is not None, True),
    "due": ("#due 3d", [], lambda s: s.ticket.due_at is not None, True),
    "eta": ("#eta 2h", [ANN.address], lambda s: s.ticket.expected_at is not None, True),
    "time": ("#time 1h30", [], lambda s: s.ticket.time_seconds, 5400),
    "step": ("#step 2", [], lambda s: s.ticket.steps_done, (2,)),
    "via": ("#via phone", [], lambda s: s.ticket.channel, "phone"),
    "escalate": (
        "#escalate\ntried: a cable\n\nIt is dead.", [],
        lambda s: (s.ticket.queue, NED.address in s.told), ("network", True),
    ),
    "spam": ("#spam", [], lambda s: (s.ticket.status, s.ticket.tags), ("closed", ("spam",))),
    "ticket": ("#ticket {target}\n#via phone", [], lambda s: s.target.channel, "phone"),
    "link": ("#link {target}", [], lambda s: s.ticket.links == (s.target.number,), True),
    "merge": ("#merge {target}", [], lambda s: s.ticket.merged_into == s.target.number, True),
    "split": ("#split Mouse\n\nHers, canary-m.", [], lambda s: len(s.ticket.links), 1),
    "list": ("#list", [], lambda s: s.happened(ev.NoteAdded), 0),
    "find": ("#find smokes", [], lambda s: s.happened(ev.NoteAdded), 0),
    "show": ("#show", [], lambda s: s.happened(ev.NoteAdded), 0),
    "why": ("#why", [], lambda s: s.happened(ev.NoteAdded), 0),
    "next": ("#next", [], lambda s: s.happened(ev.NoteAdded), 0),
    "stats": ("#stats 7d", [], lambda s: s.happened(ev.NoteAdded), 0),
    "help": ("#help list", [], lambda s: s.happened(ev.NoteAdded), 0),
    "undo": ("#tag fuser", [], lambda s: (s.happened(ev.TagsChanged), s.ticket.tags), (2, ())),
    "send": ("#frobnicate\n\nWe come.", [ANN.address], lambda s: s.texts(ev.CorrespondenceSent), ["We come."]),
    "approve": ("#approve", [DORA], lambda s: (people(s.ticket), s.ticket.proposed), ([DORA], ())),
    "refuse": ("#refuse", [], lambda s: (people(s.ticket), s.ticket.proposed), ([], ())),
    "side": (f"#side {SAM}: Which fuser?", [SAM], lambda s: s.texts(ev.SideAsked), ["Which fuser?"]),
}  # fmt: skip

#: Commands that answer what an earlier one came to: they are typed in answer to its result mail.
AFTERWARDS = {"undo": "#undo", "send": "#Send"}
#: A lone note or plain answer is answered by nothing.
UNANSWERED = {"note", "reply", "replyonly", "bcc-note"}


def subject_of(word: str) -> str:
    return f"Printer ({word})"


def play(desk: TestDesk) -> dict[str, Seen]:
    for word in ("target", *ROWS):
        copy = {"Cc": DORA} if word in ("approve", "refuse") else {}
        desk.receive(ANN.write(subject_of(word), "It smokes.\n", **copy), dmarc="pass")
    desk.run_once()
    tickets = {t.subject: t.number for t in desk.tickets()}
    numbers = {word: tickets[subject_of(word)] for word in ("target", *ROWS)}
    notices = {str(m.message["X-Maildesk-Ticket"]): m for m in desk.outgoing() if m.recipient == TIA.address}
    before = len(desk.outbox())
    for n, (word, (typed, *_)) in enumerate(ROWS.items()):
        tia = TIA.using(CLIENTS[n % len(CLIENTS)])
        text = typed.replace("{target}", str(numbers["target"]))
        answer = tia.write("A call", text) if word == "for" else tia.reply(notices[str(numbers[word])], text)
        desk.receive(answer, dmarc="pass")
    desk.run_once()
    numbers["for"] = next(t.number for t in desk.tickets() if t.subject == "A call")
    results = {str(m.message["X-Maildesk-Ticket"]): m for m in desk.outgoing() if m.recipient == TIA.address}
    for word, typed in AFTERWARDS.items():
        desk.receive(TIA.reply(results[str(numbers[word])], typed), dmarc="pass")
    desk.run_once()
    rows = desk.outbox()[before:]
    target = desk.ticket(numbers["target"])
    return {
        word: Seen(desk.ticket(n), desk.history(n), target, [row.recipient for row in rows if row.ticket == n])
        for word, n in numbers.items()
    }


@pytest.fixture(scope="module")
def played(make_lasting_desk: MakeDesk) -> dict[str, Seen]:
    return play(make_lasting_desk(policy=MANY, rules=RULES))


def test_no_command_is_left_out():
    assert set(ROWS) == set(VERBS)


@pytest.mark.parametrize("word", ROWS)
def test_command_does_what_it_says(played: dict[str, Seen], word: str):
    _, _, look, wanted = ROWS[word]
    assert look(played[word]) == wanted


@pytest.mark.parametrize("word", ROWS)
def test_everybody_entitled_is_told_once_and_nobody_else(played: dict[str, Seen], word: str):
    told = played[word].told
    results = 2 if word in AFTERWARDS else 0 if word in UNANSWERED else 1
    assert told.count(TIA.address) == results
    assert sorted(a for a in told if a not in (TIA.address, NED.address)) == ROWS[word][1]
