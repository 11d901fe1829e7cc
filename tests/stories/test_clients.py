"""Every mail program against the desk: what a technician or a requester typed arrives, and nothing else of the mail.

One desk plays all of it in four passes; each test looks at one program's part.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from maildesk.model import event as ev
from maildesk.model.ticket import Ticket
from tests.clients import CLIENTS, PNG, Client, Typed, Writer, compose, forward, forward_attached, reply, reply_all
from tests.desk import DESK, Mails, Sent, TestDesk
from tests.stories.conftest import MakeDesk
from tests.stories.people import ANN as STORY_ANN

pytestmark = pytest.mark.servers

TIA = Writer("Tia Berg", "tia@staff.test")
ANN = Writer("Ann Bauer", "ann@customer.test")
EVE = Writer("Eve Stone", "eve@outside.test")
CASES = [(client, form) for client in CLIENTS for form in client.forms]
IDS = [f"{client.name} {form}".replace(" ", "-") for client, form in CASES]

PLAIN = 'Hello Ann,\n\nwhich floor is it? We said "room 12", didn\'t we.\n\nIt costs 5 € - Grüße'
NOTE = "she poured coffee into it canary-coffee"
CLOSING = "the new fuser is in."
BOLD = "we come at one o'clock sharp."
WRONG = "we bring a ladder."
ANSWER = "It's on floor 3.\nThe one beside the window."

#: What Tia types in answer to the notice of each ticket.
SAID = {
    "plain": Typed(PLAIN),
    "note": Typed(f"#note\n\n{NOTE}"),
    "close": Typed(f"#close\n\n{CLOSING}"),
    "bold": Typed(BOLD, bold="one o'clock", picture=PNG),
    "wrong": Typed(f"#clsoe\n\n{WRONG}"),
}
OTHERS = ("button", "forwarded", "attached")


@dataclass
class Played:
    """What happened: mails by (case, scene), tickets by number."""

    desk: TestDesk
    opened: dict[tuple[str, str], Sent] = field(default_factory=dict)
    answered: dict[tuple[str, str], list[Sent]] = field(default_factory=dict)
    later: dict[tuple[str, str], list[Sent]] = field(default_factory=dict)
    tickets: dict[tuple[str, str], Ticket] = field(default_factory=dict)
    histories: dict[tuple[str, str], tuple[ev.Recorded, ...]] = field(default_factory=dict)

    def events(self, kind: type[ev.Event], case: str, scene: str) -> list[ev.Event]:
        return [r.event for r in self.histories[case, scene] if isinstance(r.event, kind)]

    def to(self, address: str, case: str, scene: str) -> list[Sent]:
        return [mail for mail in self.answered.get((case, scene), []) if mail.recipient == address]


def scene_of(subject: str) -> tuple[str, str] | None:
    found = re.search(r"Printer of (\S+) \((\w+)\)", subject)
    return (found[1], found[2]) if found else None


def sorted_in(mails: Mails, into: dict[tuple[str, str], list[Sent]]) -> None:
    for mail in mails:
        scene = scene_of(mail.subject)
        if scene:
            into.setdefault(scene, []).append(mail)


def play(desk: TestDesk) -> Played:
    played = Played(desk)
    for case in IDS:
        for scene in (*SAID, *OTHERS):
            desk.receive(STORY_ANN.write(f"Printer of {case} ({scene})", "It smokes.\n"), dmarc="pass")
    desk.run_once()
    played.opened = {scene: m for m in desk.outgoing() if m.recipient == TIA.address and (scene := scene_of(m.subject))}
    for (client, form), case in zip(CASES, IDS, strict=True):
        tia_at_work(played, client, form, case)
    desk.run_once()
    sorted_in(desk.outgoing(), played.answered)
    for (client, form), case in zip(CASES, IDS, strict=True):
        others_answer(played, client, form, case)
    desk.run_once()
    sorted_in(desk.outgoing(), played.later)
    for ticket in desk.tickets():
        if scene := scene_of(ticket.subject):
            played.tickets[scene] = ticket
            played.histories[scene] = desk.history(ticket.number)
    return played


def tia_at_work(played: Played, client: Client, form: str, case: str) -> None:
    """Answer each notice; press a button; forward two notices to somebody outside."""
    desk = played.desk
    for scene, typed in SAID.items():
        answer = reply_all if scene == "bold" else reply
        desk.receive(answer(client, TIA, played.opened[case, scene].raw, typed, form), dmarc="pass")
    address, fields = pressed("Close", played.opened[case, "button"].html)
    body = Typed(fields["body"][0])
    desk.receive(compose(client, TIA, address, fields["subject"][0], body, form), dmarc="pass")


def others_answer(played: Played, client: Client, form: str, case: str) -> None:
    """Ann answers Tia's answer; Eve, who was forwarded two notices, answers both."""
    desk = played.desk
    desk.receive(reply(client, ANN, played.to(ANN.address, case, "plain")[0].raw, Typed(ANSWER), form), dmarc="pass")
    desk.receive(reply(client, TIA, played.to(TIA.address, case, "wrong")[0].raw, Typed("send"), form), dmarc="pass")
    inline = forward(client, TIA, played.opened[case, "forwarded"].raw, EVE.address, Typed("can you help?"), form)
    token = played.opened[case, "forwarded"].reply_address
    nosy = Typed("#close\n\nwho is Ann? canary-eve")
    desk.receive(compose(client, EVE, token, "Re: nosy", nosy, form), dmarc="pass")
    desk.receive(reply_all(client, EVE, inline, nosy, form), dmarc="pass", mailbox="support")
    attached = forward_attached(client, TIA, played.opened[case, "attached"].raw, DESK, Typed("look canary-look"))
    desk.receive(
        attached.replace(b"From: Tia Berg <tia@staff.test>", b"From: Eve Stone <eve@outside.test>"), dmarc="pass"
    )


def pressed(label: str, html: str) -> tuple[str, dict[str, list[str]]]:
    """Open a mailto link of a mail as a program does: address and fields (RFC 6068)."""
    link = re.search(rf'<a href="(mailto:[^"]+)"[^>]*>\s*{label}\s*</a>', html)
    assert link is not None, f"no button {label}"
    parts = urlsplit(unescape(link[1]))
    return unquote(parts.path), parse_qs(parts.query.replace("+", "%2B"))


@pytest.fixture(scope="module")
def played(make_lasting_desk: MakeDesk) -> Played:
    return play(make_lasting_desk())


each = pytest.mark.parametrize(("client", "case"), [(c, i) for (c, _), i in zip(CASES, IDS, strict=True)], ids=IDS)


@each
def test_plain_answer_reaches_the_requester_exactly_as_typed(played: Played, client: Client, case: str):
    (mail,) = played.answered[case, "plain"]
    (sent,) = played.events(ev.CorrespondenceSent, case, "plain")
    assert isinstance(sent, ev.CorrespondenceSent)
    assert (mail.recipient, sent.text) == (ANN.address, client.types(PLAIN))
    assert mail.text.startswith(f"{client.types(PLAIN)}\n\nTia Berg\nExample Support\n")


@each
@pytest.mark.parametrize("scene", ["plain", "close", "bold"])
def test_nothing_else_of_the_mail_travels_on(played: Played, client: Client, case: str, scene: str):
    (mail,) = played.to(ANN.address, case, scene)
    gone = ("A plain reply", "Commands go at", "wrote:</div>", "Sent from my", "brevity", "#close", "#Close",
            "staff.test", "X-Mailer", "User-Agent", "Thread-Index", "X-Originating", "MsoNormal", "ref:r")  # fmt: skip
    assert [word for word in gone if word in mail.everything] == []


@each
def test_note_stays_inside(played: Played, client: Client, case: str):
    assert played.to(ANN.address, case, "note") == []
    texts = [e.text for e in played.events(ev.NoteAdded, case, "note") if isinstance(e, ev.NoteAdded)]
    assert texts == [client.types(NOTE)]


@each
def test_text_below_a_command_goes_out_with_the_news(played: Played, client: Client, case: str):
    (mail,) = played.to(ANN.address, case, "close")
    assert mail.text.startswith(f"{client.types(CLOSING)}\n\nTia Berg\n")
    assert "is marked as solved" in mail.text
    assert played.tickets[case, "close"].status == "resolved"


@each
def test_words_in_bold_beside_a_picture_arrive(played: Played, client: Client, case: str):
    (mail,) = played.to(ANN.address, case, "bold")
    assert mail.text.replace("*", "").startswith(f"{client.types(BOLD)}\n")
    assert "sharp." in re.sub(r"<[^>]+>", "", mail.html)


@each
def test_mistyped_command_is_held_and_explained(played: Played, client: Client, case: str):
    assert played.to(ANN.address, case, "wrong") == []
    (result,) = played.to(TIA.address, case, "wrong")
    assert "Did you mean #close ?" in result.text
    assert client.types(WRONG) in result.text


@each
def test_held_answer_leaves_after_all_by_one_word(played: Played, client: Client, case: str):
    (mail,) = (m for m in played.later[case, "wrong"] if m.recipient == ANN.address)
    assert mail.text.startswith(f"{client.types(WRONG)}\n\nTia Berg\n")
    assert "clsoe" not in mail.everything.casefold()


@each
def test_button_works(played: Played, client: Client, case: str):
    assert played.tickets[case, "button"].status == "resolved"


@each
def test_requesters_answer_is_what_they_typed(played: Played, client: Client, case: str):
    answers = played.events(ev.CorrespondenceReceived, case, "plain")
    texts = [e.visible_text for e in answers[1:] if isinstance(e, ev.CorrespondenceReceived)]
    assert texts == [client.types(ANSWER)]


@each
def test_whoever_is_forwarded_a_notice_gets_nothing_and_does_nothing(played: Played, client: Client, case: str):
    ticket = played.tickets[case, "forwarded"]
    assert (ticket.status, ticket.participants) == ("new", ())
    assert played.events(ev.CorrespondenceReceived, case, "forwarded")[1:] == []
    for mail in Mails(m for found in played.later.values() for m in found):
        assert mail.recipient != EVE.address or "It smokes" not in mail.everything
