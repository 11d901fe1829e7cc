"""The table of who is believed, every cell: whoever says to write, whatever proves it, wherever the desk stands.

The two tables below are the promise as it is written down for users. They know nothing of `core.access`; each cell is
decided by the whole core and must come out as its row says, and whatever comes out may write to nobody who is not
stored and entitled.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product

import pytest

from maildesk.core.decide import decide_message
from maildesk.model import event as ev
from maildesk.model.decided import Disposition, Outcome
from maildesk.model.decision import Act, Decision
from maildesk.model.desk import Desk
from maildesk.model.message import Address, AuthVerdict, Kind
from maildesk.model.notice import Audience, Notice, NoticeName, Visibility
from maildesk.model.situation import Candidate, Role, Signal, Situation
from maildesk.model.ticket import Status, Ticket, evolve
from tests import make
from tests.make import ANN, BOB, EVE, FAIL, NED, NOW, PASS, TIA, TOM

ANY = "any"

#: verdict, token, site, who else got the mail → what becomes of text, of commands. The first row that fits counts.
TECHNICIANS = (
    # dmarc=pass
    ("pass", "unspent", ANY, ANY, "as the notice says", "run"),
    ("pass", "spent", ANY, ANY, "as the notice says", "confirm"),
    ("pass", "number", ANY, ANY, "note", "confirm"),
    ("pass", "no token", ANY, ANY, "own ticket", "confirm"),
    # no verdict
    ("none", "unspent", "without", "nobody", "as the notice says", "run"),
    ("none", "unspent", ANY, ANY, "pending", "confirm"),
    ("none", "spent", ANY, ANY, "pending", "confirm"),
    ("none", ANY, ANY, ANY, "stranger", "stranger"),
    # dmarc=fail
    ("fail", ANY, ANY, ANY, "held", "held"),
)

#: role, verdict, what ties the mail to the ticket → what becomes of it. Commands of outsiders are text.
OUTSIDERS = (
    ("takes part", "fail", "own token", "pending"),
    ("takes part", "fail", ANY, "held"),
    ("takes part", ANY, "own token", "joins"),
    # Somebody else's copy of a mail of the same ticket: an id like any other to who takes part.
    ("takes part", ANY, "token", "joins"),
    ("takes part", ANY, "stored id", "joins"),
    ("takes part", "pass", "number", "joins"),
    ("takes part", ANY, "number", "new ticket, claim"),
    ("stranger", ANY, "token", "pending"),
    ("stranger", "fail", ANY, "held"),
    ("stranger", ANY, "stored id", "new ticket, claim"),
    ("stranger", ANY, "number", "new ticket, claim"),
    (ANY, "fail", ANY, "held"),
    (ANY, ANY, "nothing", "new ticket"),
)

TICKET = make.ticket(participants=(BOB,))
SENDERS = {
    "technician": TIA.address,
    "technician's alias": Address("Tia", "Tia@home.test"),
    "requester": ANN,
    "participant": BOB,
    "stranger": EVE,
}
VERDICTS: dict[str, tuple[AuthVerdict | None, ...]] = {
    "pass": (PASS,),
    # A pass for another domain, and one of a signature without DMARC, are none either.
    "none": (None, AuthVerdict("pass", "pass", "pass")),
    "fail": (FAIL,),
}
SITES = {"with": make.desk(), "without": make.desk(authenticates=False)}
TEXTS = {
    "plain": "Try another cable.",
    "commands": "#close\n\nTry another cable.",
    "note": "#note\nTry another cable.",
    "question": "#help",
    "for": "#for ann@client.test\n\nShe called about a cable.",
    "nonsense": "#nonsense\n\nTry another cable.",
}
COPIES = {"nobody": (), "cc": (EVE,), "to": (EVE,), "colleagues": (TOM.address, Address("", "help@desk.test"))}
SIGNALS = (Signal.ADDRESS_TOKEN, Signal.MESSAGE_ID_TOKEN)


def _token(recipient: str, **fields: object) -> tuple[Candidate, ...]:
    return (make.by_token(recipient, on=TICKET, **fields),)


#: What may tie a mail to the ticket; a token's own words say what it is worth to a technician it was made for.
TIES: dict[str, tuple[Candidate, ...]] = {
    "nothing": (),
    "number": (make.by_subject(TICKET),),
    "stored id": (make.by_id(TICKET),),
    "fresh": _token(TIA.email),
    "note": _token(TIA.email, visibility=Visibility.INTERNAL),
    "result": _token(TIA.email, notice=NoticeName.COMMAND_RESULT),
    "result of a note": _token(TIA.email, notice=NoticeName.COMMAND_RESULT, visibility=Visibility.INTERNAL),
    "spent": _token(TIA.email, spent=True),
    "spent note": _token(TIA.email, spent=True, visibility=Visibility.INTERNAL),
    "old": _token(TIA.email, issued_at=NOW - timedelta(days=15)),
    "another technician's": _token(TOM.email),
    "the requester's": _token(ANN.address),
    "a participant's": _token(BOB.address),
    "fresh, behind another's": (*_token(TOM.email), *_token(TIA.email)),
}
TO_TECHNICIAN = {
    "nothing": "no token", "stored id": "no token",
    "number": "number", "another technician's": "number", "the requester's": "number", "a participant's": "number",
    "spent": "spent", "spent note": "spent", "old": "spent",
}  # fmt: skip
NOTES = {"note", "result of a note", "spent note"}


@dataclass(frozen=True)
class Cell:
    """One mail."""

    role: str
    verdict: str
    auth: AuthVerdict | None
    site: str
    tie: str
    signal: Signal
    copies: str
    text: str

    @property
    def desk(self) -> Desk:
        return SITES[self.site]

    @property
    def situation(self) -> Situation:
        others = COPIES[self.copies]
        to = (Address("", make.SUPPORT), *(others if self.copies == "to" else ()))
        mail = make.message(
            TEXTS[self.text], SENDERS[self.role], auth=self.auth, to=to, cc=() if self.copies == "to" else others
        )
        candidates = (replace(c, signal=self.signal) if c.token else c for c in TIES[self.tie])
        return make.situation(mail, *candidates)

    @property
    def is_technician(self) -> bool:
        return self.role.startswith("technician")


def cells(role: str, verdict: str, site: str) -> Iterator[Cell]:
    for auth, (tie, candidates), signal, copies, text in product(
        VERDICTS[verdict], TIES.items(), SIGNALS, COPIES, TEXTS
    ):
        if signal is SIGNALS[0] or any(c.token for c in candidates):
            yield Cell(role, verdict, auth, site, tie, signal, copies, text)


def fits(row: tuple[str, ...], facts: tuple[str, ...]) -> bool:
    return all(wanted in (ANY, fact) for wanted, fact in zip(row, facts, strict=False))


# ------------------------------------------------------------------ what ought to come of it


def expected(cell: Cell) -> str:
    return _of_technician(cell) if cell.is_technician else _of_outsider(cell)


def _of_technician(cell: Cell) -> str:
    seen_by = "outsiders" if cell.copies in ("cc", "to") else "nobody"
    facts = (cell.verdict, TO_TECHNICIAN.get(cell.tie, "unspent"), cell.site, seen_by)
    plain, commands = next(row[4:] for row in TECHNICIANS if fits(row[:4], facts))
    text = {"as the notice says": "note" if cell.tie in NOTES else "public"}.get(plain, plain)
    if plain in ("held", "stranger"):
        return plain
    match cell.text:
        case "plain":
            return text
        case "commands":
            return f"ran, {text}" if commands == "run" else "confirm"
        case "note" if plain == "own ticket":
            return "confirm"
        case "note":
            return "pending" if plain == "pending" else "note"
        case "question":
            return "answered"
        case "for" if plain == "own ticket":
            return "ticket of Ann's"
        case _:
            return "confirm"


def _of_outsider(cell: Cell) -> str:
    owner = {"the requester's": "requester", "a participant's": "participant"}.get(cell.tie, "")
    tie = cell.tie if cell.tie in ("nothing", "number", "stored id") else "own token" if owner == cell.role else "token"
    role = "stranger" if cell.role == "stranger" else "takes part"
    return next(row[3] for row in OUTSIDERS if fits(row[:3], (role, cell.verdict, tie)))


# ------------------------------------------------------------------ what came of it


def found(decision: Decision, cell: Cell) -> str:
    kinds = set(make.names(decision))
    told = {n.name for n in decision.notices}
    match decision.outcome:
        case Outcome.HELD if told & {NoticeName.COMMAND_REJECTED, NoticeName.CONFIRMATION_WANTED}:
            return "confirm"
        case Outcome.HELD:
            return "held"
        case Outcome.DISCARDED:
            return "answered" if told == {NoticeName.COMMAND_RESULT} and not decision.acts else "discarded"
        case Outcome.TICKET:
            return _opened(decision, cell)
    did = "ran, " if Status.RESOLVED in make.statuses(decision) else ""
    entries = {
        "CorrespondenceSent": "public", "NoteAdded": "note", "CorrespondencePending": "pending",
        "CorrespondenceReceived": "joins",
    }  # fmt: skip
    said = [word for name, word in entries.items() if name in kinds]
    return did + "+".join(said) if said else "answered" if told == {NoticeName.COMMAND_RESULT} else "nothing"


def _opened(decision: Decision, cell: Cell) -> str:
    opened = make.events(decision)[0]
    assert isinstance(opened, ev.TicketOpened)
    if cell.is_technician and decision.role is Role.TECHNICIAN:
        return {TIA.email: "own ticket", ANN.address: "ticket of Ann's"}[opened.requester.address]
    claim = ", claim" if opened.claims else ""
    return "stranger" if cell.is_technician else f"new ticket{claim}"


# ------------------------------------------------------------------ whom it writes to

STORED = {t.email for t in (TIA, TOM, NED)}


def after(ticket: Ticket | None, acts: tuple[Act, ...]) -> Ticket | None:
    for act in acts:
        number, seq = (ticket.number, ticket.seq + 1) if ticket else (2000, 1)
        ticket = evolve(ticket, ev.Recorded(number, seq, NOW, act.actor, act.event))
    return ticket


def wrong(decision: Decision, cell: Cell) -> Iterator[str]:
    """Name every mail to somebody who is not stored and entitled, and everything that must never happen."""
    ticket = after(TICKET if decision.ticket else None, decision.acts)
    yield from (f"{n.name} to {n.to.address}" for n in decision.notices if not _is_entitled(n, ticket))
    for aside in decision.asides:
        yield from (f"aside: {n.name} to {n.to.address}" for n in aside.notices)
    written_to = [n.to.key for n in decision.notices]
    if len(written_to) != len(set(written_to)):
        yield f"two mails to one address: {written_to}"
    if decision.disposition is Disposition.HOLD and not set(make.names(decision)) <= {"MailHeld"}:
        yield f"held, and yet: {make.names(decision)}"
    if not cell.is_technician and set(make.names(decision)) & {"NoteAdded", "CorrespondenceSent"}:
        yield "an outsider speaks as a technician"
    if any(n.audience is not Audience.TECHNICIAN for n in decision.notices) and cell.verdict == "fail":
        yield "mail to the outside for a mail that failed authentication"


def _is_entitled(notice: Notice, ticket: Ticket | None) -> bool:
    if notice.audience is Audience.TECHNICIAN:
        return notice.to.address in STORED
    return notice.audience is Audience.PUBLIC and ticket is not None and ticket.takes_part(notice.to.address)


GROUPS = tuple(product(SENDERS, VERDICTS, SITES))


@pytest.mark.parametrize(("role", "verdict", "site"), GROUPS, ids=["-".join(group) for group in GROUPS])
def test_every_cell(role: str, verdict: str, site: str) -> None:
    failures = []
    for cell in cells(role, verdict, site):
        decision = decide_message(cell.situation, cell.desk)
        came, ought = found(decision, cell), expected(cell)
        problems = [*([f"came to {came}, not {ought}"] if came != ought else []), *wrong(decision, cell)]
        failures += [f"{cell}: {problem}" for problem in problems]
    assert failures[:8] == [], f"{len(failures)} cells"


def test_there_are_thousands_of_cells() -> None:
    assert sum(1 for group in GROUPS for _ in cells(*group)) > 5000


MACHINES = (Kind.AUTO_REPLY, Kind.LIST, Kind.ALERT, Kind.OWN, Kind.BOUNCE)


@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.parametrize("role", SENDERS)
def test_machines_change_nothing_and_are_answered_by_nothing(kind: Kind, role: str) -> None:
    for verdict, site in product(VERDICTS, SITES):
        for cell in cells(role, verdict, site):
            if cell.copies != "nobody" or cell.text not in ("plain", "commands"):
                continue
            situation = cell.situation
            mail = replace(situation.message, kind=kind, unanswerable=f"it is {kind}")
            decision = decide_message(replace(situation, message=mail), cell.desk)
            spoken = {"CorrespondenceSent", "NoteAdded", "StatusChanged", "Assigned", "ParticipantAdded"}
            if decision.ticket is not None:
                assert not spoken & set(make.names(decision)), cell
            assert SENDERS[role].key not in [n.to.key for n in decision.notices] or cell.is_technician, cell
            assert not [n for n in decision.notices if n.name is NoticeName.ACKNOWLEDGEMENT], cell
