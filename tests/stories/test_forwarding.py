"""A technician passes somebody's mail on to the desk; and what outsiders get out of mail that was passed on to them."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from maildesk.model import event as ev
from tests import clients
from tests.clients import CLIENTS, Client, Typed, Writer
from tests.desk import DESK, Sent, TestDesk
from tests.stories.people import ANN, BOB, TIA, Person

pytestmark = pytest.mark.servers

TIAS = Writer(TIA.name, TIA.address)
FORMS = [(client, form) for client in CLIENTS for form in client.forms]


def private(
    subject: str = "Printer", text: str = "The printer smokes.\n\nPlease come.\n", **headers: str
) -> EmailMessage:
    """A mail that Ann wrote to Tia alone."""
    mail = ANN.write(subject, text, to="Tia Berg <tia@staff.test>", Date="Mon, 02 Mar 2026 09:15:00 +0100", **headers)
    mail.add_attachment(b"\x00log", "application", "octet-stream", filename="error.log")
    return mail


def passed_on(mail: EmailMessage, typed: str, client: Client = CLIENTS[0], form: str = "html") -> bytes:
    return clients.forward(client, TIAS, mail.as_bytes(), DESK, Typed(typed), form)


def attached(mail: EmailMessage, typed: str, client: Client = CLIENTS[0]) -> bytes:
    return clients.forward_attached(client, TIAS, mail.as_bytes(), DESK, Typed(typed))


# ------------------------------------------------------------------ technicians


def test_from_every_program_it_becomes_the_authors_ticket(make_desk):
    desk = make_desk(policy={"acknowledgements": {"per_address": "100/24h"}})
    for number, (client, form) in enumerate(FORMS, 1001):
        mails = desk.deliver(
            passed_on(private(f"Printer {number}"), "#priority P2\n\nThe boss, canary-boss.", client, form),
            dmarc="pass",
        )
        what = f"{client.name}, {form}"
        ticket = desk.ticket(number)
        assert (ticket.requester.name, ticket.requester.address) == ("Ann Bauer", "ann@customer.test"), what
        assert (ticket.subject, ticket.priority) == (f"Printer {number}", "P2"), what
        (entry,) = desk.events(ev.CorrespondenceReceived, number)
        assert (entry.sender.address, entry.text) == ("ann@customer.test", "The printer smokes.\n\nPlease come."), what
        notes = [note.text for note in desk.events(ev.NoteAdded, number) if note.message_id]
        assert notes == ["The boss, canary-boss."], what
        assert mails.recipients == ["ann@customer.test", "tia@staff.test"], what
        assert f"Opened ticket {number} for ann@customer.test" in " ".join(mails.to("tia@staff.test").text.split()), (
            what
        )


@pytest.mark.parametrize("client", CLIENTS, ids=lambda c: c.name)
def test_attached_it_keeps_date_id_and_files(make_desk, client: Client):
    desk = make_desk()
    original = private(References="<first@customer.test>")
    desk.deliver(attached(original, "The boss, canary-boss.", client), dmarc="pass")

    (entry,) = desk.events(ev.CorrespondenceReceived)
    assert (entry.sender.address, entry.message_id) == ("ann@customer.test", original["Message-ID"])
    assert entry.text.strip() == "The printer smokes.\n\nPlease come."
    assert [a.filename for a in entry.attachments] == ["error.log"]
    origin, note = desk.events(ev.NoteAdded)
    assert "Forwarded by Tia Berg; written on 2026-03-02" in origin.text
    assert note.text == "The boss, canary-boss."


def test_colleagues_get_the_files_inside_an_attached_mail(make_desk):
    lea = {"email": "lea@staff.test", "name": "Lea Roth", "queues": ["general"]}
    tia = {"email": "tia@staff.test", "name": "Tia Berg", "queues": ["general"]}
    desk = make_desk(policy={"technicians": [tia, lea]})
    told = desk.deliver(attached(private(), "The boss, canary-boss."), dmarc="pass").to("lea@staff.test")

    assert "The printer smokes." in told.text and "canary-boss" in told.text
    files = {p.get_filename(): p.get_content() for p in told.message.iter_attachments()}
    assert files["error.log"] == b"\x00log"


def test_authors_later_answer_to_all_joins(any_desk: TestDesk):
    """Ann answers Tia's private mail, of which the desk knows nothing but what Ann's first mail was."""
    original = private()
    any_desk.deliver(attached(original, ""), dmarc="pass")
    chain = f"{original['Message-ID']} <private@staff.test>"
    answer = ANN.write("Re: Printer", "It burns.\n", to="tia@staff.test", Cc=DESK, References=chain)
    answer["In-Reply-To"] = "<private@staff.test>"
    any_desk.deliver(answer, dmarc="pass")

    assert any_desk.outcomes() == ["ticket", "follow-up"]
    assert len(any_desk.events(ev.CorrespondenceReceived)) == 2


def test_answer_to_the_forward_itself_joins(desk: TestDesk):
    forward = passed_on(private(), "")
    desk.deliver(forward, dmarc="pass")
    header = message_from_bytes(forward, policy=policy.default)
    answer = ANN.write("Re: Fwd: Printer", "It burns.\n", **{"In-Reply-To": str(header["Message-ID"])})
    desk.deliver(answer, dmarc="pass")

    assert desk.outcomes() == ["ticket", "follow-up"]


def test_acknowledgement_hangs_on_the_authors_own_mail(desk: TestDesk):
    original = private()
    ack = desk.deliver(attached(original, ""), dmarc="pass").to("ann@customer.test")

    assert str(ack.message["In-Reply-To"]) == original["Message-ID"]
    assert ack.subject == "Re: Printer [#1001]"
    assert "staff.test" not in ack.everything


@pytest.mark.parametrize("how", [passed_on, attached])
def test_mail_that_reached_the_desk_opens_no_second_ticket(any_desk: TestDesk, how):
    original = private()
    any_desk.deliver(original, dmarc="pass")
    any_desk.outgoing()
    mails = any_desk.deliver(how(original, "The boss, canary-boss."), dmarc="pass")

    assert [t.number for t in any_desk.tickets()] == [1001]
    assert [n.text for n in any_desk.events(ev.NoteAdded)] == ["The boss, canary-boss."]
    assert mails.recipients == ["tia@staff.test"]
    assert "ticket 1001 already" in " ".join(mails.to("tia@staff.test").text.split())


def test_known_mail_passed_on_without_a_word(desk: TestDesk):
    original = private()
    desk.deliver(original, dmarc="pass")
    mails = desk.deliver(attached(original, ""), dmarc="pass")

    assert desk.outcomes() == ["ticket", "follow-up"]
    assert "That mail is ticket 1001 already" in mails.to("tia@staff.test").text
    assert desk.events(ev.NoteAdded) == []


def test_without_an_address_the_technician_is_asked(desk: TestDesk):
    text = "Hers.\n\nVon: Ann Bauer\nGesendet: Montag, 2. März 2026 09:15\nAn: Tia\nBetreff: Drucker\n\nEr raucht.\n"
    mails = desk.deliver(TIA.write("WG: Drucker", text), dmarc="pass")

    assert desk.ticket().requester.address == "tia@staff.test"
    assert mails.recipients == ["tia@staff.test"]
    assert "Whose is it? Reply with #requester ADDRESS" in " ".join(mails.to("tia@staff.test").text.split())
    desk.deliver(TIA.reply(mails.to("tia@staff.test"), "#requester ann@customer.test\n"), dmarc="pass")
    assert desk.ticket().requester.address == "ann@customer.test"


def test_wrong_requester_is_put_right_by_one_line(desk: TestDesk):
    mails = desk.deliver(passed_on(private(), ""), dmarc="pass")
    desk.deliver(TIA.reply(mails.to("tia@staff.test"), "#requester bob@other.test\n"), dmarc="pass")
    assert desk.ticket().requester.address == "bob@other.test"


def test_for_above_a_forward_wins(desk: TestDesk):
    mails = desk.deliver(passed_on(private(), "#for bob@other.test Bob Lund"), dmarc="pass")

    assert desk.ticket().requester.address == "bob@other.test"
    assert mails.recipients == ["bob@other.test", "tia@staff.test"]


@pytest.mark.parametrize("dmarc", [None, "fail"])
def test_forged_forward_writes_to_nobody_outside(desk: TestDesk, dmarc: str | None):
    mails = desk.deliver(
        passed_on(private(text="The printer smokes, canary-forged.\n"), "#close\n\ncanary-top"), dmarc=dmarc
    )

    assert "ann@customer.test" not in mails.recipients
    assert all(t.requester.address != "ann@customer.test" for t in desk.tickets())


def test_requesters_forward_stays_a_requesters(desk: TestDesk):
    desk.deliver(
        clients.forward(CLIENTS[2], Writer(BOB.name, BOB.address), private().as_bytes(), DESK, Typed("fyi")),
        dmarc="pass",
    )
    assert desk.ticket().requester.address == "bob@other.test"


# ------------------------------------------------------------------ outsiders


def by_address(who: Person, notice: Sent) -> EmailMessage:
    return who.write("Re: Printer", "#close\n\nLet me in, canary-copy.\n", to=notice.reply_address)


def by_message_id(who: Person, notice: Sent) -> EmailMessage:
    mail = who.write("Re: Printer", "#close\n\nLet me in, canary-copy.\n", References=notice.message_id)
    mail["In-Reply-To"] = notice.message_id
    return mail


def by_footer(who: Person, notice: Sent) -> EmailMessage:
    (footer,) = {word for word in notice.text.split() if word.startswith("ref:")}
    return who.write("Re: Printer", f"#close\n\nLet me in, canary-copy.\n\n> {footer}\n")


def to_all(who: Person, notice: Sent) -> EmailMessage:
    return who.write("Re: Printer", "#close\n\nLet me in, canary-copy.\n", to=notice.reply_address, Cc="tia@staff.test")


def onwards(who: Person, notice: Sent) -> bytes:
    me = Writer(who.name, who.address)
    return clients.forward(CLIENTS[6], me, notice.raw, notice.reply_address, Typed("#close\n\nLet me in, canary-copy."))


@pytest.mark.parametrize("dmarc", ["pass", None])
@pytest.mark.parametrize("answer", [by_address, by_message_id, by_footer, to_all, onwards])
@pytest.mark.parametrize("site", ["desk", "plain_desk"])
def test_notice_in_an_outsiders_hands_is_worth_nothing(
    request: pytest.FixtureRequest, site: str, answer, dmarc: str | None
):
    desk: TestDesk = request.getfixturevalue(site)
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    before = desk.ticket()
    mails = desk.deliver(answer(BOB, notice), dmarc=dmarc)

    assert mails.recipients == ["tia@staff.test"]
    assert [t.number for t in desk.tickets()] == [1001]
    (pending,) = desk.events(ev.CorrespondencePending)
    assert pending.sender.address == "bob@other.test"
    after = desk.ticket()
    unchanged = ("status", "assignee", "priority", "participants", "requester", "queue")
    assert [getattr(after, name) for name in unchanged] == [getattr(before, name) for name in unchanged]
    assert "canary-copy" in mails.to("tia@staff.test").text


def test_colleague_who_got_an_answer_passed_on_waits_for_a_technician(desk: TestDesk):
    notice = desk.deliver(ANN.write("Printer", "It smokes.\n"), dmarc="pass").to("tia@staff.test")
    answer = desk.deliver(TIA.reply(notice, "Which floor?\n"), dmarc="pass").to("ann@customer.test")
    mails = desk.deliver(BOB.reply(answer, "The second, canary-bob.\n"), dmarc="pass")

    assert len(desk.events(ev.CorrespondencePending)) == 1
    assert mails.recipients == ["tia@staff.test"]
    assert desk.ticket().participants == ()
